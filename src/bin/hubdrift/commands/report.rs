//! `hubdrift report`: saved JSON reports are put together and rendered again; the exit code is theirs.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, ErrorKind},
    problem::Problem,
    saved::{self, Part},
    text,
};

use super::{
    failure::{Failure, guarded},
    finish, saved_report,
};
use crate::{clock::Clock, files::ReportTo, terminal};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// The saved reports; `-` is standard input.
    pub saved: Vec<PathBuf>,
    /// The reports to make of them.
    pub reports: Vec<ReportTo>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
}

/// Renders the reports and gives the exit code of what they come to.
pub fn run(options: &Options) -> u8 {
    let clock = Clock::start(None);
    let (reports, places) =
        finish::open(&options.reports, None, &options.saved, None, options.quiet);
    let merged = places.and_then(|_| guarded(|| merge(&options.saved, options.quiet)));
    finish::finish(reports, merged, clock.judged(), clock, options.color)
}

/// Reads and merges. All files that can't be read are named.
fn merge(paths: &[PathBuf], quiet: bool) -> Result<Audit, Box<Failure>> {
    let (mut parts, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match saved_report::report(path) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Box::new(Failure::all(ErrorKind::Report, problems)));
    }
    for Part { name, audit } in &parts {
        if audit.tool != audit::tool() && !quiet {
            let note = format!(
                "`{name}` was written by {} {}, and this is {}: what only the other knows is left out",
                audit.tool.name,
                audit.tool.version,
                audit::tool().version
            );
            terminal::note(&format!("note: {}\n", text::terminal(&note)));
        }
    }
    saved::merge(parts).map_err(|refusal| {
        let problem = Problem::without_place(refusal.to_string());
        Box::new(Failure::of(ErrorKind::Report, problem))
    })
}
