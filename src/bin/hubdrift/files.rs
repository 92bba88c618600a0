//! Inputs become texts; reports become whole files, or nothing.

mod outputs;
mod place;
mod rules;
mod saved;
mod writing;

use std::{fs, io, path::Path};

use hubdrift::{inventory::SourceFile, problem::Problem};

pub use outputs::{Destination, Outputs, ReportTo, Reserved};
pub use place::{is_stdout, write_new};
pub use rules::read_rules;
pub use saved::SavedFile;
pub use writing::{Lost, Rendered};

/// Reads a file that a user wrote.
///
/// # Errors
/// When it can't be read, or isn't text.
#[expect(
    clippy::result_large_err,
    reason = "one for each file; a box would only be taken apart again"
)]
pub fn read(path: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| unreadable(&name, &error))?;
    SourceFile::from_bytes(name, bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::without_place(format!("there is no file `{name}`")),
        io::ErrorKind::IsADirectory => {
            Problem::without_place(format!("`{name}` is a directory, and a file is expected"))
        }
        _ => Problem::without_place(format!("failed to read `{name}`: {error}")),
    }
}
