//! What a person at a terminal sees beside the reports: notes on standard error, colours where they are wanted.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};

/// Whether standard output takes colours.
pub fn colors_stdout(choice: ColorChoice) -> bool {
    wanted(choice, || AutoStream::choice(&io::stdout()))
}

/// Whether standard error takes colours.
pub fn colors_stderr(choice: ColorChoice) -> bool {
    wanted(choice, || AutoStream::choice(&io::stderr()))
}

fn wanted(choice: ColorChoice, detect: impl Fn() -> ColorChoice) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let chosen = match choice {
        // anstream doesn't read FORCE_COLOR, which CI systems set.
        ColorChoice::Auto if set("FORCE_COLOR") && !set("NO_COLOR") => {
            return std::env::var_os("FORCE_COLOR").is_some_and(|value| value != "0");
        }
        ColorChoice::Auto => detect(),
        chosen => chosen,
    };
    !matches!(chosen, ColorChoice::Never)
}

/// Says something beside the reports. Nobody listening is no error.
pub fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
