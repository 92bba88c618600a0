//! Saved JSON reports become audits again, or a problem with its place.

use std::{io::ErrorKind, path::Path};

use hubdrift::{
    audit::{Audit, Input, InputKind},
    model::Place,
    problem::Problem,
    report::json::{self, ParseError},
    saved::{Baseline, Part, verify},
    text,
};
use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use crate::{clock::Clock, files::SavedFile};

/// A saved report to compare findings with, and its file, if there is one yet.
#[derive(Debug)]
pub struct Compared {
    /// What the findings are compared with.
    pub baseline: Baseline,
    /// The file, for the report.
    pub input: Option<Input>,
}

/// Reads the baseline of a run. That there is none yet is no error: the first run has none.
///
/// # Errors
/// When there is a file that can't be read, is no report, contradicts itself, or is of a later time.
pub fn baseline(path: &Path, clock: Clock) -> Result<Compared, Box<Failure>> {
    let name = path.display().to_string();
    // A link that points at nothing counts as no file, too; a file that can't be accessed is an error.
    if path
        .metadata()
        .is_err_and(|error| error.kind() == ErrorKind::NotFound)
    {
        return Ok(Compared {
            baseline: Baseline::none(name),
            input: None,
        });
    }
    let fail = |problem| Box::new(Failure::of("baseline", problem));
    let (audit, input) = read(path).map_err(fail)?;
    if let Err(contradiction) = verify(&audit) {
        let error = ParseError::Contradicts(contradiction);
        return Err(fail(problem(&name, &error)));
    }
    let baseline = Baseline::of(name.as_str(), audit);
    if let Some(why) = baseline.refusal(clock.at, clock.is_chosen) {
        let problem = Problem::at(Place::start_of(name), format!("this is no baseline: {why}"));
        return Err(fail(problem));
    }
    Ok(Compared {
        baseline,
        input: Some(input),
    })
}

/// Reads a saved report.
///
/// # Errors
/// When it can't be read, or is no report.
pub fn report(path: &Path) -> Result<Part, Problem> {
    let (audit, _) = read(path)?;
    Ok(Part {
        name: path.display().to_string(),
        audit,
    })
}

fn read(path: &Path) -> Result<(Audit, Input), Problem> {
    let name = path.display().to_string();
    let file = SavedFile::read(path)?;
    let content = file.text()?;
    let audit = json::parse(content.as_bytes()).map_err(|error| problem(&name, &error))?;
    let input = Input {
        path: name,
        kind: InputKind::Baseline,
        sha256: text::hex(&Sha256::digest(content.as_bytes())),
        observed_at: None,
    };
    Ok((audit, input))
}

/// Why a file is no report, with the place where that shows.
fn problem(name: &str, error: &ParseError) -> Problem {
    let ParseError::Malformed(source) = error else {
        return Problem::at(Place::start_of(name), error.to_string());
    };
    let one = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let place = Place::new(name, one(source.line()), one(source.column()));
    // The problem has the place already.
    let message = source.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(message, _)| message);
    let problem = Problem::at(place, format!("{error}: {message}"));
    if source.is_eof() {
        problem.help("the file ends too early: was it cut off?")
    } else if message.starts_with("unknown variant") {
        problem.help("if a newer hubdrift wrote it, read it with that one")
    } else {
        problem
    }
}
