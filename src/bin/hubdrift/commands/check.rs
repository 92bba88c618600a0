//! `hubdrift check`: observe, judge, report; the exit code is the audit's.

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, Flags, Judged, Ratio, Run, Scope},
    model::Override,
    plan::{self, Plan, Shard},
    problem::Problem,
};
use jiff::Timestamp;
use tokio::{runtime::Runtime, sync::watch};

use super::{
    effect,
    evidence::{self, Evidence, Now},
    load::{self, Failure, Loaded},
    outcome::{self, guarded},
    saved,
};
pub use super::{load::Input, outcome::report_usage};
use crate::{
    files::{ReportTo, Reserved},
    interrupt,
    observe::{self, Access, AccessError, Limits},
    progress::Progress,
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
    /// How hard to press.
    pub limits: Limits,
    /// A file instead of AWS, or one to save to.
    pub evidence: Evidence,
    /// What of all this was set, and where.
    pub set: Overrides,
}

/// What was set on the command line, or by a variable that stands for a flag.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// What changes who is asked, and where.
    pub reading: Vec<Override>,
    /// What changes the rest of what is read, and how it is judged.
    pub judging: Vec<Override>,
}

/// Runs the check and gives the exit code.
pub fn run(options: &Options) -> u8 {
    run_on(options, load::load, |_| {})
}

/// The same, on what `load` gives; `also` looks at what came of it before it is reported.
pub fn run_on(
    options: &Options,
    load: impl Fn(&Input, Timestamp) -> Result<Loaded, Box<Failure>>,
    also: impl Fn(&mut Audit),
) -> u8 {
    let begun = Timestamp::now();
    let mut session = None;
    // Listened for until the reports are written: a later signal ends that, too.
    let started = Session::start().map(|started| session.insert(started));
    // The inventory names files as well, and no report may go where one of them is.
    let loaded = guarded(|| load(&options.input, options.now.unwrap_or(begun)));
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
        started.and_then(|session| {
            let mut audit = examine(session, options, &loaded?, begun, place)?;
            also(&mut audit);
            Ok(audit)
        })
    } else {
        Err(outcome::unwritable(&unwritable))
    };
    let run = Run {
        started_at: begun.to_string(),
        ..Run::default()
    };
    let conditions = conditions(options, now(options, begun));
    let code = outcome::finish(outputs, judged, (conditions, run), options.color);
    if let Some(session) = session {
        session.end();
    }
    code
}

/// What a run reads with, and what ends its reading.
#[derive(Debug)]
pub struct Session {
    runtime: Runtime,
    /// Turns true with the first signal.
    stop: watch::Receiver<bool>,
}

impl Session {
    /// Starts threads, and listens for signals from now on.
    ///
    /// # Errors
    /// When the machine permits no more of them.
    pub fn start() -> Result<Self, Box<Failure>> {
        guarded(|| {
            let runtime =
                Runtime::new().map_err(|error| Failure::internal("start the runtime", &error))?;
            let stop = interrupt::listen(&runtime)
                .map_err(|error| Failure::internal("listen for signals", &error))?;
            Ok(Self { runtime, stop })
        })
    }

    /// Ends it. Reads that were given up must not hold up the end.
    pub fn end(self) {
        self.runtime.shutdown_background();
    }
}

/// The time to judge at: when all is read, if none was chosen. Reading may take long, and what was
/// fresh when it began may be stale by then. A clock that was put back meanwhile makes nothing younger.
fn now(options: &Options, begun: Timestamp) -> Timestamp {
    options.now.unwrap_or_else(|| Timestamp::now().max(begun))
}

/// Observes and judges what was loaded. A snapshot goes to `place`, if there is one.
///
/// # Errors
/// When there would be no result to trust; a panic is one of the reasons.
pub fn examine(
    session: &Session,
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
        judge(loaded, baseline.as_ref(), options, begun, session, place)
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
        overrides: match options.evidence.observed {
            // Nobody is asked: what was set for that has no effect.
            Some(_) => options.set.judging.clone(),
            None => [&*options.set.reading, &*options.set.judging].concat(),
        },
    }
}

/// Why reading can't begin.
pub fn inaccessible(error: AccessError) -> Box<Failure> {
    Box::new(match error {
        AccessError::Settings(wrong) => {
            let problems = wrong.into_iter().map(Problem::without_place).collect();
            Failure::all("settings", problems)
        }
        error @ AccessError::NoCredentials(_) => Failure::new("credentials", error.to_string()),
    })
}

/// What is to be read.
///
/// # Errors
/// When nothing would be read or judged, or a flag has no effect.
fn planned(loaded: &Loaded, options: &Options) -> Result<Plan, Box<Failure>> {
    let (allow_empty, judges) = (options.flags.allow_empty, !options.evidence.only_save);
    let plan = in_scope(loaded, &options.only, allow_empty, judges)?;
    let useless = effect::without_effect(&options.set.reading, &plan);
    if !useless.is_empty() {
        return Err(Box::new(Failure::all("usage", useless)).after(&loaded.inputs));
    }
    Ok(match options.shard {
        Some(shard) => plan.shard(shard),
        None => plan,
    })
}

/// What is to be read in the targets named in `only`, or in all if none is.
///
/// # Errors
/// When nothing would be read, or judged by a run that `judges`; unless it may be empty.
pub fn in_scope(
    loaded: &Loaded,
    only: &[String],
    allow_empty: bool,
    judges: bool,
) -> Result<Plan, Box<Failure>> {
    let Loaded {
        inventory,
        policy,
        inputs,
        ..
    } = loaded;
    let refuse = |problems| Err(Box::new(Failure::all("empty", problems)).after(inputs));
    let plan = match plan::plan(inventory, only, policy.needs_tags(), allow_empty) {
        Ok(plan) => plan,
        Err(error) => return refuse(effect::of_empty(error)),
    };
    if judges && !allow_empty {
        if !policy.may_judge(plan.connectors(inventory)) {
            let message = "there are no rules, or all are off for what is in scope, so nothing would be judged (--allow-empty permits that)";
            return refuse(vec![Problem::without_place(message)]);
        }
        let unchecked = audit::never_checked(inventory, &plan, policy);
        if !unchecked.is_empty() {
            let problem = |(place, message)| Problem::at(place, message);
            return refuse(unchecked.into_iter().map(problem).collect());
        }
    }
    Ok(plan)
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
    Session { runtime, stop }: &Session,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    let Loaded {
        inventory,
        policy,
        waivers,
        inputs,
    } = loaded;
    let plan = planned(loaded, options)?;
    let mut inputs = inputs.clone();
    inputs.extend(baseline.and_then(|it| it.input.clone()));
    let with_inputs = |failure: Box<Failure>| failure.after(&inputs);
    let (observations, file, now) = if let Some(path) = &options.evidence.observed {
        let clock = || Now {
            at: now(options, begun),
            overridden: options.now.is_some(),
        };
        let (observations, file, now) =
            evidence::replay(path, options.evidence.max_age, &plan, clock).map_err(with_inputs)?;
        (observations, Some(file), now.at)
    } else {
        let limits = Limits {
            keep_answers: place.is_some(),
            ..options.limits.clone()
        };
        let mut observations = runtime
            .block_on(observe::observe(
                &plan,
                &options.access,
                &limits,
                stop.clone(),
                Progress::new(options.progress),
            ))
            .map_err(|error| inaccessible(error).after(&loaded.inputs))?;
        let typed = options.set.reading.iter().cloned();
        observations.overrides.splice(0..0, typed);
        let now = now(options, begun);
        let file = match (place, &options.evidence.save) {
            (Some(place), Some(path)) => {
                Some(evidence::save(place, path, &observations, begun).map_err(with_inputs)?)
            }
            _ => None,
        };
        (observations, file, now)
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
        // How it was read is said by what was observed.
        overrides: options.set.judging.clone(),
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
    Ok(audit)
}
