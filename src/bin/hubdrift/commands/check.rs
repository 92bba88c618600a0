//! `hubdrift check`: load, plan, observe, audit, report; the exit code is the audit's.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, Flags, Judged, Ratio, Scope},
    model::Override,
    plan::{Plan, Shard},
    saved,
};
use jiff::Timestamp;

use super::{
    failure::{Failure, guarded},
    finish,
    load::{self, Input, Loaded, Reader},
    saved_report, scope,
    session::Session,
    source::Source,
};
use crate::{
    clock::Clock,
    files::{self, ReportTo, Reserved},
};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Inventory, rules and waivers.
    pub input: Input,
    /// Targets to look at; empty for all.
    pub only: Vec<String>,
    /// Which part of the targets is looked at, if not all.
    pub shard: Option<Shard>,
    /// A saved report to compare findings with.
    pub baseline: Option<PathBuf>,
    /// What counts.
    pub flags: Flags,
    /// The time to judge at, if not now.
    pub now: Option<Timestamp>,
    /// Where observations come from.
    pub source: Source,
    /// Where what AWS answers is saved.
    pub save: Option<PathBuf>,
    /// The reports.
    pub reports: Vec<ReportTo>,
    /// Whether facts go into the reports.
    pub include_observed: bool,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
    /// The flags that change how it is judged, as they were set.
    pub overrides: Vec<Override>,
}

/// Runs the check and gives the exit code.
pub fn run(options: &Options) -> u8 {
    run_on(&files::read, options, |_| {})
}

/// The same, on inventory and waivers as `read` reads them; `revise` may change the audit before it is
/// reported.
pub fn run_on(read: Reader<'_>, options: &Options, revise: impl Fn(&mut Audit)) -> u8 {
    let clock = Clock::start(options.now);
    // Signals are listened for until the reports are written: a later one ends that, too.
    let session = Session::start();
    let loaded = guarded(|| load::load_from(read, &options.input, clock.at));
    // The inventory names files as well, and no report may go where one of them is.
    let mut inputs = load::files(&options.input, &loaded);
    inputs.extend(options.source.path().cloned());
    let (reports, place) = finish::open(
        &options.reports,
        options.save.as_deref(),
        &inputs,
        options.baseline.as_deref(),
        options.quiet,
    );
    // Without a place for each report there would be no telling what was found.
    let audit = place.and_then(|place| {
        let session = session.as_ref().map_err(Clone::clone)?;
        let mut audit = guarded(|| examine(options, session, &loaded?, clock, place))?;
        revise(&mut audit);
        Ok(audit)
    });
    let conditions = conditions(options, clock.reading_ended());
    let code = finish::finish(reports, audit, conditions, clock, options.color);
    if let Ok(session) = session {
        session.end();
    }
    code
}

/// Plans, observes and audits what was loaded. A snapshot goes to `place`, if there is one.
///
/// # Errors
/// When there would be no result to trust.
fn examine(
    options: &Options,
    session: &Session,
    loaded: &Loaded,
    clock: Clock,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    let Loaded {
        inventory,
        policy,
        waivers,
        inputs,
    } = loaded;
    let after_loading = |failure: Box<Failure>| failure.after(inputs);
    let baseline = options.baseline.as_deref();
    let baseline = baseline.map(|path| saved_report::baseline(path, clock));
    let baseline = baseline.transpose().map_err(after_loading)?;
    let plan = planned(options, loaded).map_err(after_loading)?;
    let mut inputs = inputs.clone();
    inputs.extend(baseline.as_ref().and_then(|it| it.input.clone()));
    let observed = options.source.observe(&plan, session, clock, place);
    let observed = observed.map_err(|failure| failure.after(&inputs))?;
    inputs.extend(observed.file);
    let judged = Judged {
        scope: Scope {
            targets: Ratio {
                done: plan.targets.len() as u64,
                of: plan.targets_of as u64,
            },
            shard: options.shard.map(|shard| shard.to_string()),
            filters: plan.filters.clone(),
        },
        inputs,
        // Those that change how it is read come from the observations.
        overrides: options.overrides.clone(),
        ..conditions(options, observed.clock)
    };
    let observations = observed.observations;
    let inputs = audit::Inputs {
        inventory,
        plan: &plan,
        observations: &observations,
        policy,
        waivers,
        now: observed.clock.at,
        judged,
        run: clock.run(observations.requests),
        include_observed: options.include_observed,
        interrupted: session.is_interrupted(),
    };
    let audit = saved::audit_against(inputs, baseline.as_ref().map(|it| &it.baseline));
    Ok(audit)
}

/// What is to be read and judged.
///
/// # Errors
/// When that is nothing, or a flag has no effect.
fn planned(options: &Options, loaded: &Loaded) -> Result<Plan, Box<Failure>> {
    let Loaded {
        inventory, policy, ..
    } = loaded;
    let allow_empty = options.flags.allow_empty;
    let plan = scope::to_check(inventory, policy, &options.only, allow_empty)?;
    scope::flags_have_effect(options.source.overrides(), &plan)?;
    Ok(match options.shard {
        Some(shard) => plan.shard(shard),
        None => plan,
    })
}

/// Under which conditions the run is judged, as far as they are known before it is planned.
fn conditions(options: &Options, clock: Clock) -> Judged {
    Judged {
        flags: options.flags.clone(),
        scope: Scope {
            shard: options.shard.map(|shard| shard.to_string()),
            ..Scope::default()
        },
        overrides: [options.source.overrides(), &options.overrides].concat(),
        ..clock.judged()
    }
}
