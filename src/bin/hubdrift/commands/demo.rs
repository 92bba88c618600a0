//! `hubdrift demo`: the quickstart's scenario, served in this process and checked over real HTTP.
//!
//! It takes the same path as a real run, with a key and an endpoint of its own: the environment's AWS
//! settings are ignored.

use std::{net::Ipv4Addr, path::Path};

use anstream::ColorChoice;
use anyhow::Context as _;
use hubdrift::{
    audit::{self, Audit, ErrorKind, Flags, State, code},
    model::Override,
    problem::Problem,
    yaml::SourceFile,
};
use jiff::Timestamp;

use super::{
    check,
    failure::{Failure, guarded},
    finish,
    load::Input,
    source::{Aws, Source},
};
use crate::{
    clock::Clock,
    emulator,
    files::ReportTo,
    observe::{Access, Limits},
    terminal,
};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Reports beside the one on the terminal.
    pub reports: Vec<ReportTo>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
}

/// The files of the scenario, under the paths they have in the repository.
const DIRECTORY: &str = "examples/01_quickstart";
const INVENTORY: &str = include_str!("../../../../examples/01_quickstart/hubdrift.yaml");
const WAIVERS: &str = include_str!("../../../../examples/01_quickstart/waivers.yaml");
const STATE: &str = include_str!("../../../../examples/01_quickstart/state.json");

/// The scenario is judged as on the day it was written for, so that it looks the same every day:
/// 2026-11-22T12:00:00Z.
const NOW: Timestamp = Timestamp::constant(1_795_348_800, 0);

/// What a check of the scenario ends with.
const EXIT_CODE: u8 = code::INCOMPLETE;

/// How many connectors the scenario has in each state.
const STATES: [(State, u64); 5] = [
    (State::InSync, 2),
    (State::Changed, 1),
    (State::Missing, 1),
    (State::Unmanaged, 2),
    (State::Unread, 1),
];

/// Runs the demonstration, and gives its exit code: what the check finds is no error, but it has to
/// find what the scenario has.
pub fn run(options: &Options) -> u8 {
    let clock = Clock::start(Some(NOW));
    match guarded(|| Served::start().map_err(|error| failure(&error))) {
        Ok(served) => check(options, served),
        Err(failure) => {
            let (reports, places) = finish::open(&options.reports, None, &[], None, options.quiet);
            let result = places.and(Err(failure));
            finish::finish(reports, result, clock.judged(), clock, options.color)
        }
    }
}

fn failure(error: &anyhow::Error) -> Box<Failure> {
    let message = format!("the demonstration can't be run: {error:#}");
    Box::new(Failure::new(ErrorKind::Internal, message))
}

/// The scenario, served. The emulator has threads of its own, as it would in another process.
struct Served {
    runtime: tokio::runtime::Runtime,
    running: emulator::Running,
    access_key_id: String,
    secret_access_key: String,
}

impl Served {
    fn start() -> anyhow::Result<Self> {
        let state = emulator::State::parse(&format!("{DIRECTORY}/state.json"), STATE)?;
        let (id, secret) = state.example_key();
        let (access_key_id, secret_access_key) = (id.to_owned(), secret.to_owned());
        let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
        let running = runtime.block_on(emulator::start(state, (Ipv4Addr::LOCALHOST, 0).into()))?;
        Ok(Self {
            runtime,
            running,
            access_key_id,
            secret_access_key,
        })
    }
}

/// Checks what is served.
fn check(options: &Options, served: Served) -> u8 {
    let check = check::Options {
        input: Input {
            inventory: vec![Path::new(DIRECTORY).join("hubdrift.yaml")],
            policies: Vec::new(),
            builtin_rules: true,
            waivers: None,
        },
        only: Vec::new(),
        shard: None,
        baseline: None,
        flags: Flags::default(),
        now: Some(NOW),
        source: Source::Aws(Aws {
            access: Access::Fixed {
                endpoint_url: format!("http://{}", served.running.address()),
                access_key_id: served.access_key_id,
                secret_access_key: served.secret_access_key,
            },
            limits: Limits::default(),
            progress: false,
            overrides: vec![Override::new(
                "endpoint",
                Some("the emulator in this process".to_owned()),
                "hubdrift demo",
            )],
        }),
        save: None,
        reports: options.reports.clone(),
        include_observed: false,
        color: options.color,
        quiet: options.quiet,
        overrides: Vec::new(),
    };
    let code = check::run_on(&scenario_file, &check, as_written);
    served.runtime.block_on(served.running.shutdown());
    if code != EXIT_CODE {
        return code;
    }
    if options.quiet {
        return code::CLEAN;
    }
    let text = format!(
        "\nThis was `hubdrift check` on {DIRECTORY}, served by an emulator in this process.\n\
         On an account it would have ended with exit code {code}.\n"
    );
    match terminal::print(&text) {
        Ok(()) => code::CLEAN,
        Err(error) => {
            terminal::note(&format!("error: {error}\n"));
            code::FAILED
        }
    }
}

/// Whether the check found what the scenario has. Where nothing could be read it ends with the same
/// exit code, and shows nothing of what it is to show.
fn as_written(audit: &mut Audit) {
    let found = |(state, _)| {
        audit
            .summary
            .states
            .get(&state)
            .copied()
            .unwrap_or_default()
    };
    let is_found = STATES.iter().all(|&it| found(it) == it.1);
    // A run that was interrupted has an exit code of its own.
    if audit.verdict.exit_code == EXIT_CODE && !is_found {
        let message = "the demonstration did not find what its scenario has: the endpoint in this process could not be read";
        terminal::note(&format!("error: {message}\n"));
        let errors = Failure::new(ErrorKind::Internal, message).errors;
        audit::distrust(audit, errors);
    }
}

/// A file of the scenario.
fn scenario_file(path: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    let text = match path.file_name().and_then(|name| name.to_str()) {
        Some("hubdrift.yaml") => INVENTORY,
        Some("waivers.yaml") => WAIVERS,
        _ => {
            return Err(Problem::without_place(format!(
                "the scenario has no file `{name}`"
            )));
        }
    };
    SourceFile::from_bytes(name, text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use hubdrift::audit::{Judged, Run};

    use super::*;

    #[test]
    fn only_what_the_scenario_has_ends_well() {
        let found = |states: &[(State, u64)], code| {
            let mut audit = audit::failed(Judged::default(), Run::default(), Vec::new());
            audit.verdict.exit_code = code;
            audit.summary.states.extend(states.iter().copied());
            as_written(&mut audit);
            (audit.verdict.exit_code, audit.errors.len())
        };
        assert_eq!(found(&STATES, EXIT_CODE), (EXIT_CODE, 0));
        // Where nothing could be read the code is the same.
        assert_eq!(found(&[(State::Unread, 5)], EXIT_CODE), (1, 1));
        assert_eq!(found(&[(State::Unread, 5)], 130), (130, 0));
    }
}
