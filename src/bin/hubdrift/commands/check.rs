//! `hubdrift check`: observe, judge, report; the exit code is the audit's.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, Flags, Judged, Ratio, Run, Scope},
    plan::{self, Plan, Shard},
    problem::Problem,
};
use jiff::Timestamp;
use tokio::{runtime::Runtime, sync::watch};

use super::{
    effect::{self, Typed},
    evidence::{self, Evidence, Now},
    load::{self, Failure, Loaded},
    outcome::{self, guarded},
    saved,
};
pub use super::{load::Input, outcome::report_usage};
use crate::{
    files::{ReportTo, Reserved},
    interrupt,
    observe::{self, Access, Limits},
    progress::Progress,
    terminal,
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
    /// The reports.
    pub reports: Vec<ReportTo>,
    /// Whether facts go into the reports.
    pub include_observed: bool,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
    /// Whether to show how far reading is, on a terminal.
    pub progress: bool,
    /// How AWS is reached.
    pub access: Access,
    /// Which of the flags about that were typed.
    pub typed: Typed,
    /// How hard to press.
    pub limits: Limits,
    /// A file instead of AWS, or one to save to.
    pub evidence: Evidence,
}

/// Runs the check and gives the exit code.
pub fn run(options: &Options) -> u8 {
    run_on(options, load::load)
}

/// The same, on what `load` gives.
pub fn run_on(
    options: &Options,
    load: impl Fn(&Input, Timestamp) -> Result<Loaded, Box<Failure>>,
) -> u8 {
    let begun = Timestamp::now();
    let now = options.now.unwrap_or(begun);
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::note(&format!("error: failed to start the runtime: {error}\n"));
            return 1;
        }
    };
    let code = run_in(&runtime, options, load, begun, now);
    // Reads that were given up must not hold up the end.
    runtime.shutdown_background();
    code
}

fn run_in(
    runtime: &Runtime,
    options: &Options,
    load: impl Fn(&Input, Timestamp) -> Result<Loaded, Box<Failure>>,
    begun: Timestamp,
    now: Timestamp,
) -> u8 {
    // The inventory names files as well, and no report may go where one of them is.
    let loaded = guarded(|| load(&options.input, now));
    let read = load::read(&loaded);
    let mut inputs = options.input.paths();
    inputs.extend(read.iter().map(PathBuf::as_path));
    inputs.extend(options.evidence.observed.as_deref());
    let baseline = options.baseline.as_deref();
    let (mut outputs, mut unwritable) =
        outcome::open(&options.reports, &inputs, baseline, options.quiet);
    let save = options.evidence.save.as_deref();
    let place = save.map(|path| outputs.reserve(path)).transpose();
    let place = place.map_err(|error| unwritable.push(error)).ok().flatten();
    // Without a place for each report there would be no telling what was found.
    let judged = if unwritable.is_empty() {
        loaded.and_then(|loaded| examine(runtime, options, &loaded, begun, place))
    } else {
        Err(outcome::unwritable(&unwritable))
    };
    let run = Run {
        started_at: begun.to_string(),
        ..Run::default()
    };
    outcome::finish(
        outputs,
        judged,
        (conditions(options, now), run),
        options.color,
    )
}

/// Observes and judges what was loaded. A snapshot goes to `place`, if there is one.
///
/// # Errors
/// When there would be no result to trust; a panic is one of the reasons.
pub fn examine(
    runtime: &Runtime,
    options: &Options,
    loaded: &Loaded,
    begun: Timestamp,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    guarded(|| {
        let now = Now {
            at: options.now.unwrap_or(begun),
            overridden: options.now.is_some(),
        };
        let baseline = options.baseline.as_deref();
        let baseline = baseline.map(|path| saved::baseline(path, now)).transpose();
        let baseline = baseline.map_err(|failure| failure.after(&loaded.inputs))?;
        // Listened for until the reports are written: a second signal ends that, too.
        let stop = interrupt::listen(runtime)
            .map_err(|error| Failure::internal("listen for signals", &error))?;
        judge(
            loaded,
            baseline.as_ref(),
            options,
            begun,
            runtime,
            &stop,
            place,
        )
    })
}

/// Under which conditions the run is judged.
fn conditions(options: &Options, now: Timestamp) -> Judged {
    Judged {
        now: now.to_string(),
        since: None,
        now_overridden: options.now.is_some(),
        flags: options.flags.clone(),
        scope: Scope {
            shard: options.shard.map(|shard| shard.to_string()),
            ..Scope::default()
        },
        inputs: Vec::new(),
        baseline: None,
    }
}

/// What is to be read, all shards together; or the kind of failure, and why.
fn planned(loaded: &Loaded, options: &Options) -> Result<Plan, (&'static str, Vec<Problem>)> {
    let plan = plan::plan(
        &loaded.inventory,
        &options.only,
        loaded.policy.needs_tags(),
        options.flags.allow_empty,
    )
    .map_err(|error| ("empty", effect::of_empty(error)))?;
    let useless = effect::without_effect(options.typed, &plan);
    if useless.is_empty() {
        Ok(plan)
    } else {
        Err(("usage", useless))
    }
}

/// Observes what `loaded` asks for, and judges it.
///
/// # Errors
/// When there would be no result to trust: nothing to check, no credentials.
fn judge(
    loaded: &Loaded,
    baseline: Option<&saved::Compared>,
    options: &Options,
    begun: Timestamp,
    runtime: &Runtime,
    stop: &watch::Receiver<bool>,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    let now = options.now.unwrap_or(begun);
    let fail_all = |kind: &str, problems: Vec<Problem>| {
        Box::new(Failure {
            inputs: loaded.inputs.clone(),
            ..Failure::all(kind, problems)
        })
    };
    let fail = |kind, message| fail_all(kind, vec![Problem::without_place(message)]);
    let Loaded {
        inventory,
        policy,
        waivers,
        inputs,
    } = loaded;
    let plan = planned(loaded, options).map_err(|(kind, problems)| fail_all(kind, problems))?;
    let may_be_empty = options.flags.allow_empty || options.evidence.only_save;
    if !policy.may_judge(plan.connectors(inventory)) && !may_be_empty {
        let message = "there are no rules, or all are off for what is in scope, so nothing would be judged (--allow-empty permits that)";
        return Err(fail("empty", message.to_owned()));
    }
    let unchecked = audit::never_checked(inventory, &plan, policy);
    if !unchecked.is_empty() && !may_be_empty {
        let problem = |(place, message)| Problem::at(place, message);
        let problems = unchecked.into_iter().map(problem).collect();
        let failure = Failure::all("empty", problems);
        return Err(Box::new(failure).after(inputs));
    }
    let plan = match options.shard {
        Some(shard) => plan.shard(shard),
        None => plan,
    };
    let mut inputs = inputs.clone();
    inputs.extend(baseline.and_then(|it| it.input.clone()));
    let with_inputs = |failure: Box<Failure>| failure.after(&inputs);
    let (observations, file) = if let Some(path) = &options.evidence.observed {
        let now = Now {
            at: now,
            overridden: options.now.is_some(),
        };
        let (observations, file) =
            evidence::replay(path, options.evidence.max_age, &plan, now).map_err(with_inputs)?;
        (observations, Some(file))
    } else {
        let limits = Limits {
            keep_answers: place.is_some(),
            ..options.limits.clone()
        };
        let observations = runtime
            .block_on(observe::observe(
                &plan,
                &options.access,
                &limits,
                stop.clone(),
                Progress::new(options.progress),
            ))
            .map_err(|error| fail("credentials", error.to_string()))?;
        let file = match (place, &options.evidence.save) {
            (Some(place), Some(path)) => {
                Some(evidence::save(place, path, &observations, begun).map_err(with_inputs)?)
            }
            _ => None,
        };
        (observations, file)
    };
    inputs.extend(file);
    let interrupted = *stop.borrow();
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
        ..conditions(options, now)
    };
    let run = Run {
        started_at: begun.to_string(),
        finished_at: Timestamp::now().to_string(),
        requests: observations.requests,
    };
    let audit = audit::audit(audit::Inputs {
        inventory,
        plan: &plan,
        observations: &observations,
        policy,
        waivers,
        baseline: baseline.map(|it| &it.baseline),
        now,
        judged,
        run,
        include_observed: options.include_observed,
        interrupted,
    });
    // The process ends soon and gives all of it back at once; of 100,000 connectors that is quicker.
    std::mem::forget(observations);
    Ok(audit)
}
