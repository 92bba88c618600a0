//! `hubdrift snapshot`: observe as `check` does, and save it; the exit code says whether all of it was read.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::audit::{Audit, FindingKind, Flags};
use jiff::Timestamp;

use super::{
    check::{self, Input, Session},
    evidence::Evidence,
    load::{self, Failure},
    outcome::{self, guarded},
};
use crate::{
    files::Outputs,
    observe::{Access, Limits},
    terminal,
};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Inventory and rules: they say what is to be read.
    pub input: Input,
    /// Targets to look at; empty for all.
    pub only: Vec<String>,
    /// Whether nothing to read is no error.
    pub allow_empty: bool,
    /// Where to save it; `-` is standard output.
    pub output: PathBuf,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to say nothing when all is well.
    pub quiet: bool,
    /// Whether to show how far reading is, on a terminal.
    pub progress: bool,
    /// How AWS is reached.
    pub access: Access,
    /// How hard to press.
    pub limits: Limits,
    /// What of all this was set, and where.
    pub set: check::Overrides,
}

/// Saves what is observed and gives the exit code: 0, 1 or 4, or 130 when it was interrupted.
pub fn run(options: Options) -> u8 {
    let begun = Timestamp::now();
    let session = match Session::start() {
        Ok(session) => session,
        Err(failure) => return fail(&failure, options.color),
    };
    let loaded = guarded(|| load::load(&options.input, begun));
    let read = load::read(&loaded);
    let mut inputs = options.input.paths();
    inputs.extend(read.iter().map(PathBuf::as_path));
    let place = Outputs::open(&[], &inputs, None).0.reserve(&options.output);
    let place = match place {
        Ok(place) => place,
        Err(error) => return fail(&outcome::unwritable(&[error]), options.color),
    };
    let name = options.output.display().to_string();
    let check = check::Options {
        input: options.input,
        only: options.only,
        shard: None,
        baseline: None,
        flags: Flags {
            allow_empty: options.allow_empty,
            ..Flags::default()
        },
        now: None,
        reports: Vec::new(),
        include_observed: false,
        color: options.color,
        quiet: options.quiet,
        progress: options.progress,
        access: options.access,
        limits: options.limits,
        evidence: Evidence {
            save: Some(options.output),
            only_save: true,
            ..Evidence::default()
        },
        set: options.set,
    };
    let audited =
        loaded.and_then(|loaded| check::examine(&session, &check, &loaded, begun, Some(place)));
    session.end();
    match audited {
        Ok(audit) => finish(&audit, &name, options.quiet),
        Err(failure) => fail(&failure, options.color),
    }
}

fn fail(failure: &Failure, color: ColorChoice) -> u8 {
    terminal::note(&failure.render(terminal::colors_stderr(color)));
    1
}

/// Says what was saved and what could not be read, and gives the exit code.
fn finish(audit: &Audit, name: &str, quiet: bool) -> u8 {
    let is_gap = |kind| matches!(kind, FindingKind::Unread | FindingKind::Unlisted);
    let gaps: Vec<_> = audit
        .findings
        .iter()
        .filter(|it| is_gap(it.kind()))
        .collect();
    for gap in &gaps {
        let line = format!("{} {}", gap.address, gap.full_message());
        terminal::note(&format!("unread: {}\n", hubdrift::text::terminal(&line)));
    }
    if !quiet {
        let read = audit.summary.coverage.read;
        terminal::note(&format!(
            "saved {name}: {} targets, {read} connectors read\n",
            audit.judged.scope.targets
        ));
    }
    match audit.verdict.exit_code {
        interrupted @ 130 => interrupted,
        _ if gaps.is_empty() => 0,
        _ => 4,
    }
}
