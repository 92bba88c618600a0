//! Several reports are written as one: if one can't be written, all others say so.
//!
//! So every file is written beside its place (staged) before one is put there, a report that turns out
//! to be wrong is written again, and what can't be taken back (a pipe, a device, standard output) is
//! written last.

use anyhow::bail;
use hubdrift::{audit::ErrorKind, report::Format};

use super::place::{Added, Place, Staged};
use crate::interrupt;

/// A report that could not be written or rendered. The others have to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The kind of error.
    pub kind: ErrorKind,
    /// What went wrong.
    pub message: String,
}

/// A report's bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What is written.
    pub bytes: Vec<u8>,
    /// Why they are not the report, but say this.
    pub broken: Option<String>,
}

impl From<Vec<u8>> for Rendered {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            broken: None,
        }
    }
}

/// A report, and how far its writing is.
#[derive(Debug)]
pub struct Output {
    /// Its format.
    pub format: Format,
    /// Where it goes.
    pub place: Place,
    state: State,
    /// Whether it could not be rendered.
    is_broken: bool,
    /// Whether this run has put a file in its place.
    is_put: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing of it is written.
    Nothing,
    /// It waits beside its place.
    Staged(Staged),
    /// It is at the end of a file.
    Added(Added),
    /// It went to a pipe, a device or standard output.
    Sent,
    /// It can't be written.
    Lost,
}

impl Output {
    pub const fn new(format: Format, place: Place) -> Self {
        Self {
            format,
            place,
            state: State::Nothing,
            is_broken: false,
            is_put: false,
        }
    }

    /// When it is written, as a key to sort by. A named pipe comes after all that can be written again, and
    /// standard output last: a person reads it. Annotations come before the text report, whose last
    /// lines are the result.
    pub fn turn(&self) -> (u8, bool) {
        let place = match &self.place {
            Place::Whole { .. } => 0,
            place if place.is_added_to() => 1,
            Place::Stdout => 4,
            place if place.takes_more() => 2,
            Place::End { .. } => 3,
        };
        (place, self.format == Format::Text)
    }

    fn lose(&mut self, error: &anyhow::Error) -> Lost {
        if self.is_put {
            // It doesn't say that another report was lost, and can't be replaced any more.
            self.place.clear();
        }
        self.state = State::Lost;
        Lost {
            kind: ErrorKind::Report,
            message: format!(
                "failed to write the {} report: {error:#}",
                self.format.as_str()
            ),
        }
    }

    const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }
}

/// The steps in which reports are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Whole files are written beside their places.
    Stage,
    /// Reports are added to the end of files.
    Add,
    /// Whole files are put in their places.
    Put,
    /// Reports are written to pipes, devices and standard output.
    Send,
}

/// Writes each report as `render` gives it, with the flag saying whether it goes to standard output,
/// and with all that was lost before. Every one is tried; what was lost is given.
pub fn write(
    mut outputs: Vec<Output>,
    render: impl Fn(Format, bool, &[Lost]) -> Rendered,
) -> Vec<Lost> {
    let mut lost = Vec::new();
    // Each round but the last loses one more report.
    loop {
        let known = lost.len();
        round(&mut outputs, &render, &mut lost);
        if lost.len() == known {
            return lost;
        }
    }
}

/// Writes all reports that are not lost, and stops when one more is.
fn round(
    outputs: &mut [Output],
    render: &impl Fn(Format, bool, &[Lost]) -> Rendered,
    lost: &mut Vec<Lost>,
) {
    let known = lost.len();
    // Several may have been added to one file: they are taken back in reverse order.
    for output in outputs.iter_mut().rev() {
        output.state = match std::mem::replace(&mut output.state, State::Nothing) {
            State::Added(added) => {
                added.take_back();
                State::Nothing
            }
            State::Staged(_) => State::Nothing,
            state => state,
        };
    }
    for step in [Step::Stage, Step::Add, Step::Put, Step::Send] {
        for output in outputs.iter_mut().filter(|output| !output.is_lost()) {
            let mut bytes = |output: &mut Output| {
                let rendered = render(output.format, output.place.is_stdout(), lost);
                if let Some(message) = rendered.broken.filter(|_| !output.is_broken) {
                    output.is_broken = true;
                    let kind = ErrorKind::Internal;
                    lost.push(Lost { kind, message });
                }
                rendered.bytes
            };
            let done = match (step, &output.place) {
                (Step::Stage, Place::Whole { .. }) => {
                    let bytes = bytes(output);
                    output.place.stage(&bytes).map(State::Staged)
                }
                (Step::Put, Place::Whole { .. }) => {
                    match std::mem::replace(&mut output.state, State::Nothing) {
                        State::Staged(staged) => staged.put().map(|()| {
                            output.is_put = true;
                            State::Nothing
                        }),
                        state => Ok(state),
                    }
                }
                (Step::Add, place) if place.is_added_to() => {
                    let bytes = bytes(output);
                    output.place.add(&bytes).map(State::Added)
                }
                (Step::Send, Place::Stdout | Place::End { .. }) => match output.state {
                    State::Added(_) => continue,
                    State::Sent if !output.place.takes_more() => continue,
                    _ => {
                        let bytes = bytes(output);
                        // If rendering it failed, the others have to say so first.
                        if lost.len() > known {
                            return;
                        }
                        send(&output.place, bytes).map(|()| State::Sent)
                    }
                },
                _ => continue,
            };
            match done {
                Ok(state) => output.state = state,
                Err(error) => lost.push(output.lose(&error)),
            }
            if step == Step::Send && lost.len() > known {
                return;
            }
        }
        if lost.len() > known {
            return;
        }
    }
}

/// Writes to a pipe, a device or standard output, which a reader may hold up for ever. It is given up a
/// second after a signal, so that the other reports can say what was not written.
pub fn send(place: &Place, bytes: Vec<u8>) -> anyhow::Result<()> {
    let there = place.clone();
    interrupt::wait(move || there.write(&bytes))
        .unwrap_or_else(|| bail!("{}: interrupted before all of it was read", place.name()))
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, fs, path::Path};

    use super::*;
    use crate::files::place::USUAL;

    fn whole(path: &Path) -> Output {
        let place = Place::whole(path, "a report", USUAL).expect("a place");
        Output::new(Format::Json, place)
    }

    fn appended(path: &Path) -> Output {
        Output::new(
            Format::Markdown,
            Place::end(path, "a report").expect("a place"),
        )
    }

    /// Says what was lost, or that all is well.
    fn verdict(_: Format, _: bool, lost: &[Lost]) -> Rendered {
        let errors = lost.iter().map(|lost| format!("lost: {}\n", lost.message));
        let errors: String = errors.collect();
        let text = if errors.is_empty() {
            "green\n"
        } else {
            &errors
        };
        text.as_bytes().to_vec().into()
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn what_is_in_its_place_already_is_written_again_where_another_can_not_be_put_there() {
        let home = tempfile::tempdir().expect("a directory");
        let path = |name: &str| home.path().join(name);
        fs::write(path("log"), "before\n").expect("written");
        let outputs = ["a", "b", "c"].map(|name| whole(&path(name)));
        // Two are added to one file.
        let added = [appended(&path("log")), appended(&path("log"))];
        let outputs = outputs.into_iter().chain(added);
        let outputs: Vec<_> = outputs.collect();
        // What stands in the place is no file any more.
        fs::create_dir(path("b")).expect("made");
        let lost = write(outputs, verdict);
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert!(
            lost[0]
                .message
                .starts_with("failed to write the json report")
        );
        for name in ["a", "c", "log"] {
            let text = read(&path(name));
            assert!(text.contains("lost: failed"), "{name}: {text}");
            assert!(!text.contains("green"), "{name}: {text}");
        }
        let log = read(&path("log"));
        assert!(log.starts_with("before\nlost:"), "{log}");
        assert_eq!(log.matches("lost:").count(), 2, "{log}");
        let left = fs::read_dir(home.path()).expect("listed").count();
        assert_eq!(left, 4, "nothing is left beside them");
    }

    #[test]
    fn what_somebody_added_behind_it_stays_and_the_truth_is_added() {
        let home = tempfile::tempdir().expect("a directory");
        let path = |name: &str| home.path().join(name);
        let outputs = vec![whole(&path("a")), appended(&path("log"))];
        fs::create_dir(path("a")).expect("made");
        let rounds = Cell::new(0);
        let lost = write(outputs, |format, to_stdout, lost| {
            rounds.set(rounds.get() + 1);
            // After the first two were rendered, before it is known that one can't be put.
            if format == Format::Json || rounds.get() > 2 {
                return verdict(format, to_stdout, lost);
            }
            b"green\n".to_vec().into()
        });
        assert_eq!(lost.len(), 1);
        assert!(!read(&path("log")).contains("green"));

        let added = appended(&path("log"));
        let Ok(first) = added.place.add(b"green\n") else {
            panic!("added")
        };
        fs::write(path("log"), "green\nanother's\n").expect("written");
        first.take_back();
        assert_eq!(read(&path("log")), "green\nanother's\n");
    }

    #[test]
    fn what_was_in_its_place_and_can_not_be_corrected_is_taken_away() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a");
        let mut output = whole(&path);
        let put = |output: &mut Output, text: &[u8]| {
            let staged = output.place.stage(text).expect("staged");
            staged.put().expect("put");
            output.is_put = true;
        };
        put(&mut output, b"green\n");
        output.lose(&anyhow::anyhow!("the disk is full"));
        assert!(!path.exists());
        // What an earlier run left is not this run's to take away.
        fs::write(&path, "older\n").expect("written");
        let mut output = whole(&path);
        output.lose(&anyhow::anyhow!("the disk is full"));
        assert_eq!(read(&path), "older\n");
    }

    #[test]
    fn one_that_can_not_be_rendered_is_told_in_the_others_and_says_so_itself() {
        let home = tempfile::tempdir().expect("a directory");
        let path = |name: &str| home.path().join(name);
        let outputs = vec![whole(&path("a")), appended(&path("log"))];
        let lost = write(outputs, |format, to_stdout, lost| {
            let broken = (format == Format::Markdown).then(|| "a bug".to_owned());
            let Rendered { bytes, .. } = verdict(format, to_stdout, lost);
            Rendered { bytes, broken }
        });
        let expected = Lost {
            kind: ErrorKind::Internal,
            message: "a bug".to_owned(),
        };
        assert_eq!(lost, [expected]);
        assert_eq!(read(&path("a")), "lost: a bug\n");
        assert_eq!(read(&path("log")), "lost: a bug\n");
    }
}
