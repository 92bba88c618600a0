//! `hubdrift report`: saved JSON reports are put together and rendered again; the exit code is theirs.

use std::path::{Path, PathBuf};

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, Judged, Run},
    problem::Problem,
    saved::Part,
    text,
};
use jiff::Timestamp;

use super::{
    load::Failure,
    outcome::{self, guarded},
    saved,
};
use crate::{files::ReportTo, terminal};

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
    let begun = Timestamp::now();
    let inputs: Vec<_> = options.saved.iter().map(PathBuf::as_path).collect();
    let (outputs, unwritable) = outcome::open(&options.reports, &inputs, None, options.quiet);
    let merged = if unwritable.is_empty() {
        guarded(|| merge(&inputs, options.quiet))
    } else {
        Err(outcome::unwritable(&unwritable))
    };
    let conditions = Judged {
        now: Some(begun),
        ..Judged::default()
    };
    let run = Run {
        started_at: Some(begun),
        ..Run::default()
    };
    outcome::finish(outputs, merged, (conditions, run), options.color)
}

/// Reads and merges. All files that can't be read are named.
fn merge(paths: &[&Path], quiet: bool) -> Result<Audit, Box<Failure>> {
    let (mut parts, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match saved::report(path) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Box::new(Failure::all("report", problems)));
    }
    for Part { name, audit } in &parts {
        if audit.tool != audit::tool() && !quiet {
            let said = format!(
                "`{name}` was written by {} {}, and this is {}: what only the other knows is left out",
                audit.tool.name,
                audit.tool.version,
                audit::tool().version
            );
            terminal::note(&format!("note: {}\n", text::terminal(&said)));
        }
    }
    hubdrift::saved::merge(parts).map_err(|refusal| {
        let problem = Problem::without_place(refusal.to_string());
        Box::new(Failure::of("report", problem))
    })
}
