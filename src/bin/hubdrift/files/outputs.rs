//! The outputs of a run: their places are found before anything is asked of AWS, and no two outputs
//! share a file, nor an output and an input.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::bail;
use hubdrift::report::Format;

use super::{
    place::{self, PRIVATE, Place, USUAL},
    writing::{self, Lost, Output, Rendered},
};

/// A report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTo {
    /// Its format.
    pub format: Format,
    /// Where it goes.
    pub destination: Destination,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, whole or not there; or written through, where it is no regular file.
    File(PathBuf),
    /// The end of a file.
    Append(PathBuf),
}

/// Places for reports, found before anything is asked of AWS.
#[derive(Debug)]
pub struct Outputs {
    reports: Vec<Output>,
    /// The files that something goes to.
    taken: Taken,
}

/// The place of one file that is no report, found before anything is asked of AWS.
#[derive(Debug)]
pub struct Reserved {
    place: Place,
    /// As it was given.
    name: String,
}

impl Reserved {
    /// Its path as it was given; `-` is standard output.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written; then what was there before still is.
    pub fn write(self, bytes: Vec<u8>) -> anyhow::Result<()> {
        match self.place {
            Place::Whole { .. } => self.place.stage(&bytes)?.put(),
            place => writing::send(&place, bytes),
        }
    }
}

impl Outputs {
    /// Finds a place for each report. The errors say which can't be written, or go where another
    /// goes; the others have their place all the same.
    ///
    /// `inputs` are files that the run reads, and that nothing may replace; `baseline` is one that a
    /// JSON report may.
    pub fn open(
        reports: &[ReportTo],
        inputs: &[PathBuf],
        baseline: Option<&Path>,
    ) -> (Self, Vec<anyhow::Error>) {
        let compared = baseline.into_iter().map(|path| (path, Use::Baseline));
        let read = compared.chain(inputs.iter().map(|path| (path.as_path(), Use::Read)));
        let mut outputs = Self {
            reports: Vec::new(),
            taken: read
                .filter_map(|(path, to)| Some((place::real(path).ok()?, to)))
                .collect(),
        };
        let errors = reports
            .iter()
            .filter_map(|to| outputs.add(to).err())
            .collect();
        outputs.reports.sort_by_key(Output::turn);
        (outputs, errors)
    }

    fn add(&mut self, to: &ReportTo) -> anyhow::Result<()> {
        const WHAT: &str = "a report";
        let format = to.format;
        let place = match &to.destination {
            Destination::Stdout => {
                anyhow::ensure!(
                    self.on_stdout().all(|other| may_share(format, other)),
                    "two reports go to standard output: give one of them a path"
                );
                Place::Stdout
            }
            Destination::File(path) => Place::whole(path, WHAT, USUAL)?,
            Destination::Append(path) => Place::end(path, WHAT)?,
        };
        let to = match place {
            Place::Whole { .. } if format == Format::Json => Use::Renewed,
            Place::Whole { .. } => Use::Replaced,
            // The reader of a named pipe would take two reports for one.
            Place::End { .. } if !place.takes_more() => Use::Replaced,
            Place::End { .. } | Place::Stdout => Use::Appended,
        };
        take(&mut self.taken, &place, to, WHAT)?;
        self.reports.push(Output::new(format, place));
        Ok(())
    }

    /// Finds the place of a snapshot: standard output (`-`), or a file that no report goes to.
    /// A new file is for its owner only, because an answer may hold what nobody knows to be a
    /// secret; one that is there keeps its permissions.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn reserve(&mut self, path: &Path) -> anyhow::Result<Reserved> {
        const WHAT: &str = "a snapshot";
        let name = path.display().to_string();
        if place::is_stdout(path) {
            anyhow::ensure!(
                self.on_stdout().next().is_none(),
                "a report goes to standard output already"
            );
            let place = Place::Stdout;
            return Ok(Reserved { place, name });
        }
        let place = Place::whole(path, WHAT, PRIVATE)?;
        take(&mut self.taken, &place, Use::Replaced, WHAT)?;
        Ok(Reserved { place, name })
    }

    /// Whether the text report may go to standard output too.
    pub fn leaves_room_for_text(&self) -> bool {
        self.on_stdout()
            .all(|format| may_share(Format::Text, format))
    }

    fn on_stdout(&self) -> impl Iterator<Item = Format> {
        let on_stdout = |output: &&Output| output.place.is_stdout();
        self.reports
            .iter()
            .filter(on_stdout)
            .map(|output| output.format)
    }

    /// The text report goes to standard output too, after all others.
    pub fn add_text(&mut self) {
        self.reports.push(Output::new(Format::Text, Place::Stdout));
    }

    /// Writes each report as `render` gives it, with the flag saying whether it goes to standard
    /// output, and with all that was lost before. Every one is tried; what was lost is given.
    pub fn write(self, render: impl Fn(Format, bool, &[Lost]) -> Rendered) -> Vec<Lost> {
        writing::write(self.reports, render)
    }
}

/// Whether both may go to standard output: GitHub's annotations are lines of a log, which the text
/// report is as well, and no line of it can be taken for one.
const fn may_share(one: Format, other: Format) -> bool {
    matches!(
        (one, other),
        (Format::Github, Format::Text) | (Format::Text, Format::Github)
    )
}

/// What the run does with a file. Several reports may be appended to one file, and a JSON report may
/// replace the baseline; any other two uses of a file conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    /// Read as the baseline, before anything is written.
    Baseline,
    Replaced,
    /// Replaced by a JSON report, which the next run can take for its baseline.
    Renewed,
    Appended,
}

/// The files of the run.
type Taken = BTreeMap<PathBuf, Use>;

/// Takes the file of `place`, if it is one, for `what`.
///
/// # Errors
/// When the run uses that file for something that conflicts with it.
fn take(taken: &mut Taken, place: &Place, to: Use, what: &str) -> anyhow::Result<()> {
    let Some(file) = place.file() else {
        return Ok(());
    };
    let path = file.display().to_string();
    match taken.get(&file) {
        None => {
            taken.insert(file, to);
            Ok(())
        }
        Some(Use::Baseline) if to == Use::Renewed => {
            taken.insert(file, to);
            Ok(())
        }
        Some(Use::Appended) if to == Use::Appended => Ok(()),
        Some(Use::Baseline) => bail!(
            "`{path}` is the baseline, and {what} can't go there: a JSON report may, which replaces it"
        ),
        Some(Use::Read) => bail!("`{path}` is read by this run, so {what} can't go there"),
        Some(_) if what == "a report" => bail!("two reports go to `{path}`"),
        Some(_) => bail!(
            "a report and {} go to `{path}`",
            what.replacen("a ", "the ", 1)
        ),
    }
}
