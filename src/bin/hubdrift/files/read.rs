//! A path becomes the text of a file that a user wrote, or the problem of why it can't be read.

use std::{fs, io, path::Path};

use hubdrift::{problem::Problem, yaml::SourceFile};

use crate::interrupt;

/// Reads a file that a user wrote.
///
/// # Errors
/// When it can't be read, or isn't text.
pub fn read(path: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    let from = path.to_owned();
    let read = wait_for(path, move || fs::read(from));
    let bytes = read.map_err(|error| unreadable(&name, &error))?;
    SourceFile::from_bytes(name, bytes)
}

/// What `read` gives. After a signal a pipe is not waited for any more.
pub fn wait_for<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    if path.is_file() {
        return read();
    }
    let interrupted = || Err(io::Error::other("interrupted before all of it was there"));
    interrupt::wait(read).unwrap_or_else(interrupted)
}

/// The problem of a file that can't be read.
pub fn unreadable(name: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::without_place(format!("there is no file `{name}`")),
        io::ErrorKind::IsADirectory => {
            Problem::without_place(format!("`{name}` is a directory, and a file is expected"))
        }
        _ => Problem::without_place(format!("failed to read `{name}`: {error}")),
    }
}
