//! `hubdrift check`: observe, judge, report; the exit code is the audit's.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, ErrorRecord, Flags, Judged, Ratio, Run, Scope},
    plan, policy,
    report::{self, Format, Style},
};
use jiff::Timestamp;
use tokio::{runtime::Runtime, sync::watch};

pub use super::load::Input;
use super::{
    evidence::{self, Evidence, Now},
    load::{self, Failure, Loaded},
};
use crate::{
    files::{Destination, Outputs, ReportTo, Reserved},
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
    let mut inputs = options.input.paths();
    inputs.extend(options.evidence.observed.as_deref());
    let (mut outputs, mut unwritable) = open(&options.reports, &inputs, options.quiet);
    let save = options.evidence.save.as_deref();
    let place = save.map(|path| outputs.reserve(path)).transpose();
    let place = place.map_err(|error| unwritable.push(error)).ok().flatten();
    // Without a place for each report there would be no telling what was found.
    let judged = if unwritable.is_empty() {
        examine(runtime, options, load, begun, place)
    } else {
        let record = |error: &anyhow::Error| ErrorRecord {
            kind: "report".to_owned(),
            message: format!("{error:#}"),
            location: None,
        };
        let mut failure = Failure::new("report", String::new());
        failure.problems = unwritable
            .iter()
            .map(|e| hubdrift::problem::Problem::without_place(format!("{e:#}")))
            .collect();
        failure.errors = unwritable.iter().map(record).collect();
        Err(Box::new(failure))
    };
    match judged {
        Ok(audit) => {
            // The text report says it; who reads another hears of it all the same.
            if !options.quiet && !outputs.implied {
                for said in report::observed(&audit) {
                    terminal::note(&format!("note: {said}\n"));
                }
            }
            write(outputs, &audit, options.color)
        }
        Err(failure) => {
            terminal::note(&failure.render(terminal::colors_stderr(options.color)));
            let judged = Judged {
                inputs: failure.inputs.clone(),
                ..conditions(options, now)
            };
            let run = Run {
                started_at: begun.to_string(),
                finished_at: Timestamp::now().to_string(),
                ..Run::default()
            };
            // A person has just read the errors; only reports that were asked for repeat them.
            write(
                outputs.named(),
                &audit::failed(judged, run, failure.errors),
                options.color,
            )
        }
    }
}

/// Loads, observes and judges. A snapshot goes to `place`, if there is one.
///
/// # Errors
/// When there would be no result to trust; a panic is one of the reasons.
pub fn examine(
    runtime: &Runtime,
    options: &Options,
    load: impl Fn(&Input, Timestamp) -> Result<Loaded, Box<Failure>>,
    begun: Timestamp,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    guarded(|| {
        let loaded = load(&options.input, options.now.unwrap_or(begun))?;
        // Listened for until the reports are written: a second signal ends that, too.
        let stop = interrupt::listen(runtime)
            .map_err(|error| Failure::internal("listen for signals", &error))?;
        judge(&loaded, options, begun, runtime, &stop, place)
    })
}

/// Writes the reports that a command line asks for although it makes no sense, so that no older
/// green one stays behind. `inputs` are the files that it may have meant to read.
pub fn report_usage(reports: &[ReportTo], inputs: &[PathBuf], message: String) {
    let now = Timestamp::now();
    let judged = Judged {
        now: now.to_string(),
        ..Judged::default()
    };
    let run = Run {
        started_at: now.to_string(),
        finished_at: now.to_string(),
        ..Run::default()
    };
    let error = ErrorRecord {
        kind: "usage".to_owned(),
        message,
        location: None,
    };
    let files: Vec<_> = reports
        .iter()
        .filter(|report| report.destination != Destination::Stdout)
        .cloned()
        .collect();
    let inputs: Vec<_> = inputs.iter().map(PathBuf::as_path).collect();
    let (reports, _) = open(&files, &inputs, true);
    write(
        reports,
        &audit::failed(judged, run, vec![error]),
        ColorChoice::Never,
    );
}

/// Finds the reports' places, with the text report on standard output where nothing goes there that
/// must be alone.
pub fn open(reports: &[ReportTo], inputs: &[&Path], quiet: bool) -> (Reports, Vec<anyhow::Error>) {
    let (outputs, errors) = Outputs::open(reports, inputs);
    let implied = !quiet && outputs.leaves_room_for_text();
    (Reports { outputs, implied }, errors)
}

/// The reports of a run.
#[derive(Debug)]
pub struct Reports {
    outputs: Outputs,
    /// Whether the text report goes to standard output without having been asked for.
    implied: bool,
}

impl Reports {
    /// Finds the place of a snapshot.
    fn reserve(&mut self, path: &Path) -> anyhow::Result<Reserved> {
        anyhow::ensure!(
            !self.implied || path != Path::new("-"),
            "the text report goes to standard output, so the snapshot can't (-q leaves it away)"
        );
        self.outputs.reserve(path)
    }

    /// Only those that were asked for.
    fn named(self) -> Self {
        Self {
            implied: false,
            ..self
        }
    }
}

/// Writes every report and gives the exit code: the audit's, or 1 when one could not be written.
pub fn write(reports: Reports, audit: &Audit, color: ColorChoice) -> u8 {
    let style = |to_stdout| Style {
        color: to_stdout && terminal::colors_stdout(color),
    };
    let render = |format, to_stdout| report::render(format, audit, style(to_stdout));
    let mut errors = reports.outputs.write(render);
    // After annotations that go there too: its last lines are the result.
    if reports.implied {
        let text = ReportTo {
            format: Format::Text,
            destination: Destination::Stdout,
        };
        errors.extend(Outputs::open(&[text], &[]).0.write(render));
    }
    for error in &errors {
        terminal::note(&format!("error: {error:#}\n"));
    }
    if errors.is_empty() {
        audit.verdict.exit_code
    } else {
        1
    }
}

/// A panic is an internal error like any other: there is no result to trust.
fn guarded(work: impl FnOnce() -> Result<Audit, Box<Failure>>) -> Result<Audit, Box<Failure>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let said = said
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Box::new(Failure::new(
            "internal",
            format!("hubdrift failed inside ({said}); please report it"),
        )))
    })
}

/// Under which conditions the run is judged.
fn conditions(options: &Options, now: Timestamp) -> Judged {
    Judged {
        now: now.to_string(),
        now_overridden: options.now.is_some(),
        flags: options.flags.clone(),
        scope: Scope::default(),
        inputs: Vec::new(),
    }
}

/// Observes what `loaded` asks for, and judges it.
///
/// # Errors
/// When there would be no result to trust: nothing to check, no credentials.
fn judge(
    loaded: &Loaded,
    options: &Options,
    begun: Timestamp,
    runtime: &Runtime,
    stop: &watch::Receiver<bool>,
    place: Option<Reserved>,
) -> Result<Audit, Box<Failure>> {
    let now = options.now.unwrap_or(begun);
    let fail = |kind: &str, message: String| {
        Box::new(Failure {
            inputs: loaded.inputs.clone(),
            ..Failure::new(kind, message)
        })
    };
    let Loaded {
        inventory,
        policy,
        waivers,
        inputs,
    } = loaded;
    let may_be_empty = options.flags.allow_empty || options.evidence.only_save;
    if !policy.rules().iter().any(policy::Rule::is_on) && !may_be_empty {
        let message = "there are no rules, or all are off, so nothing would be judged (--allow-empty permits that)";
        return Err(fail("empty", message.to_owned()));
    }
    let plan = plan::plan(
        inventory,
        &options.only,
        policy.needs_tags(),
        options.flags.allow_empty,
    )
    .map_err(|error| fail("empty", error.to_string()))?;
    let with_inputs = |mut failure: Box<Failure>| {
        failure.inputs.splice(0..0, inputs.iter().cloned());
        failure
    };
    let mut inputs = inputs.clone();
    let observations = if let Some(path) = &options.evidence.observed {
        let now = Now {
            at: now,
            overridden: options.now.is_some(),
        };
        let (observations, file) =
            evidence::replay(path, options.evidence.max_age, &plan, now).map_err(with_inputs)?;
        inputs.push(file);
        observations
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
        if let (Some(place), Some(path)) = (place, &options.evidence.save) {
            inputs.push(evidence::save(place, path, &observations, begun).map_err(with_inputs)?);
        }
        observations
    };
    let interrupted = *stop.borrow();
    let judged = Judged {
        scope: Scope {
            targets: Ratio {
                done: plan.targets.len() as u64,
                of: plan.targets_of as u64,
            },
            shard: None,
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
    Ok(audit::audit(audit::Inputs {
        inventory,
        plan: &plan,
        observations: &observations,
        policy,
        waivers,
        now,
        judged,
        run,
        include_observed: options.include_observed,
        interrupted,
    }))
}
