//! Inputs become texts; reports become whole files, or nothing.

mod outputs;
mod place;
mod saved;
mod writing;

use std::{ffi::OsStr, fs, io, path::Path};

use hubdrift::{inventory::SourceFile, policy::Source, problem::Problem};

use crate::interrupt;

pub use outputs::{Destination, Outputs, ReportTo, Reserved};
pub use place::{is_stdout, write_new};
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
    let from = path.to_owned();
    let read = when_it_comes(path, move || fs::read(from));
    let bytes = read.map_err(|error| unreadable(&name, &error))?;
    SourceFile::from_bytes(name, bytes)
}

/// What `read` gives. A pipe is not waited for any more after a signal.
fn when_it_comes<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    if path.is_file() {
        return read();
    }
    let interrupted = || Err(io::Error::other("interrupted before all of it was there"));
    interrupt::wait(read).unwrap_or_else(interrupted)
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

/// Reads the rules at `path`: a `.rhai` file, or every such file in a directory.
pub fn read_rules(path: &Path) -> Result<Vec<Source>, Vec<Problem>> {
    let name = path.display().to_string();
    let is_rule = |path: &Path| path.extension() == Some(OsStr::new("rhai"));
    let one = |problem| vec![problem];
    if !path.is_dir() {
        if path.is_file() && !is_rule(path) {
            let problem = Problem::without_place(format!(
                "`{name}` is not a rule: its name doesn't end in .rhai"
            ));
            return Err(one(problem));
        }
        return Ok(vec![read_rule(path).map_err(one)?]);
    }
    let listed = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let listed = listed.map_err(|error| one(unreadable(&name, &error)))?;
    let mut entries: Vec<_> = listed.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    // A rule that nobody reads would be a check that nobody makes.
    let passed_over: Vec<_> = entries
        .iter()
        .filter_map(|path| passed_over(path))
        .collect();
    if !passed_over.is_empty() {
        return Err(passed_over);
    }
    let paths: Vec<_> = entries.into_iter().filter(|path| is_rule(path)).collect();
    if paths.is_empty() {
        let problem =
            Problem::without_place(format!("the directory `{name}` holds no rule (*.rhai)"));
        return Err(one(
            problem.help("name the directory that holds them, or take it away")
        ));
    }
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read_rule(&path) {
            Ok(source) => sources.push(source),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(sources)
    } else {
        Err(problems)
    }
}

/// What looks as if somebody took it for a rule of this directory, and is none.
fn passed_over(path: &Path) -> Option<Problem> {
    let name = path.display();
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    if extension != "rhai" && extension.eq_ignore_ascii_case("rhai") {
        return Some(Problem::without_place(format!(
            "`{name}` is not read: the ending of a rule is .rhai"
        )));
    }
    let is_rule = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.path().extension() == Some(OsStr::new("rhai")))
    };
    let holds_rules =
        path.is_dir() && fs::read_dir(path).is_ok_and(|mut entries| entries.any(is_rule));
    holds_rules.then(|| {
        Problem::without_place(format!(
            "the rules in `{name}` are not read: a directory's own rules are"
        ))
        .help("name that directory as well, or move them")
    })
}

#[expect(
    clippy::result_large_err,
    reason = "one for each file; a box would only be taken apart again"
)]
fn read_rule(path: &Path) -> Result<Source, Problem> {
    let file = read(path)?;
    Ok(Source {
        path: file.path,
        text: file.text,
    })
}
