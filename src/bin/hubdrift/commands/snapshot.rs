//! `hubdrift snapshot`: load, plan and observe as `check` does, and save it. Nothing is judged; the exit code
//! says whether all of it was read.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, ReadCoverage, code},
    text,
};

use super::{
    failure::{Failure, guarded},
    load::{self, Input},
    scope,
    session::Session,
    source::Aws,
};
use crate::{clock::Clock, files::Outputs, terminal};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Inventory and rules: they say what is to be read.
    pub input: Input,
    /// Targets to look at; empty for all.
    pub only: Vec<String>,
    /// Whether nothing to read is no error.
    pub allow_empty: bool,
    /// How AWS is read.
    pub source: Aws,
    /// Where to save it; `-` is standard output.
    pub output: PathBuf,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to say nothing when all is well.
    pub quiet: bool,
}

/// Saves what is observed and gives the exit code: 0, 1 or 4, or 130 when it was interrupted.
pub fn run(options: &Options) -> u8 {
    match save(options) {
        Ok(code) => code,
        Err(failure) => failure.end(options.color),
    }
}

fn save(options: &Options) -> Result<u8, Box<Failure>> {
    let clock = Clock::start(None);
    let session = Session::start()?;
    let loaded = guarded(|| load::load(&options.input, clock.at));
    let inputs = load::files(&options.input, &loaded);
    let place = Outputs::open(&[], &inputs, None).0.reserve(&options.output);
    let place = place.map_err(|error| Failure::unwritable(&[error]))?;
    let coverage = guarded(|| {
        let loaded = loaded?;
        let (inventory, policy) = (&loaded.inventory, &loaded.policy);
        let plan = scope::to_read(inventory, policy, &options.only, options.allow_empty)?;
        scope::flags_have_effect(&options.source.overrides, &plan)?;
        let observed = options
            .source
            .observe(&plan, &session, clock, Some(place))?;
        Ok(audit::read_coverage(
            inventory,
            &plan,
            &observed.observations,
        ))
    });
    let is_interrupted = session.is_interrupted();
    session.end();
    Ok(finish(&coverage?, is_interrupted, options))
}

/// Says what was saved and what could not be read, and gives the exit code.
fn finish(coverage: &ReadCoverage, is_interrupted: bool, options: &Options) -> u8 {
    for gap in &coverage.gaps {
        let line = format!("{} {}", gap.address, gap.message);
        terminal::note(&format!("unread: {}\n", text::terminal(&line)));
    }
    if !options.quiet {
        terminal::note(&format!(
            "saved {}: {} targets, {} connectors read\n",
            options.output.display(),
            coverage.targets,
            coverage.connectors
        ));
    }
    if is_interrupted {
        code::INTERRUPTED
    } else if coverage.gaps.is_empty() {
        code::CLEAN
    } else {
        code::INCOMPLETE
    }
}
