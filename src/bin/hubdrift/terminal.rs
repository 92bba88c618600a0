//! What a person at a terminal sees beside the reports: answers on standard output, notes on standard error,
//! colours where they are wanted.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;
use hubdrift::audit::code;

/// Whether standard output takes colours.
pub fn colors_stdout(choice: ColorChoice) -> bool {
    are_wanted(choice, || AutoStream::choice(&io::stdout()))
}

/// Whether standard error takes colours.
pub fn colors_stderr(choice: ColorChoice) -> bool {
    are_wanted(choice, || AutoStream::choice(&io::stderr()))
}

fn are_wanted(choice: ColorChoice, detect: impl Fn() -> ColorChoice) -> bool {
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

/// Prints what a command was asked for.
///
/// # Errors
/// When standard output can't be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .context("failed to write to standard output")
}

/// The same as the last step of a command: gives its exit code.
pub fn answer(text: &str) -> u8 {
    match print(text) {
        Ok(()) => code::CLEAN,
        Err(_) => code::FAILED,
    }
}

/// Prints a note on standard error. It is no error if that is closed.
pub fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
