//! `hubdrift demo`: the quickstart's scenario, served in this process and checked over real HTTP.
//!
//! The same path as a real run, but for the key and the endpoint: the
//! environment's AWS settings are left alone.

use std::{io::Write as _, net::Ipv4Addr, path::Path};

use anstream::ColorChoice;
use anyhow::Context as _;
use hubdrift::{audit::Flags, inventory::SourceFile, problem::Problem};
use jiff::Timestamp;

use super::{check, effect::Typed, evidence::Evidence, load};
use crate::{
    emulator::{self, State},
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

/// The scenario is judged as on the day it was written for, so that it looks the same every day.
const NOW: &str = "2026-11-22T12:00:00Z";

/// Runs the demonstration.
///
/// # Errors
/// When it can't be run; what the check finds is no error.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let state = State::parse(&format!("{DIRECTORY}/state.json"), STATE)?;
    let (access_key_id, secret_access_key) = state.example_key();
    let (access_key_id, secret_access_key) =
        (access_key_id.to_owned(), secret_access_key.to_owned());
    // The emulator has threads of its own, as it would in another process.
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    let running = runtime.block_on(emulator::start(state, (Ipv4Addr::LOCALHOST, 0).into()))?;

    let now: Timestamp = NOW.parse().context("the scenario's time")?;
    let check = check::Options {
        input: check::Input {
            inventory: vec![Path::new(DIRECTORY).join("hubdrift.yaml")],
            policies: Vec::new(),
            builtin_rules: true,
            waivers: None,
        },
        only: Vec::new(),
        shard: None,
        baseline: None,
        flags: Flags::default(),
        now: Some(now),
        reports: options.reports.clone(),
        include_observed: false,
        color: options.color,
        quiet: options.quiet,
        progress: false,
        typed: Typed::default(),
        access: Access::Fixed {
            endpoint_url: format!("http://{}", running.address()),
            access_key_id,
            secret_access_key,
        },
        limits: Limits::default(),
        evidence: Evidence::default(),
    };
    let code = check::run_on(&check, |input, now| {
        load::load_from(&scenario_file, input, now)
    });
    runtime.block_on(running.shutdown());
    anyhow::ensure!(code != 1, "the demonstration failed");
    if !options.quiet {
        let said = format!(
            "\nThis was `hubdrift check` on {DIRECTORY}, served by an emulator in this process.\n\
             On an account it would have ended with exit code {code}.\n"
        );
        if std::io::stdout().lock().write_all(said.as_bytes()).is_err() {
            terminal::note("error: failed to write to standard output\n");
        }
    }
    Ok(())
}

/// A file of the scenario.
#[expect(
    clippy::result_large_err,
    reason = "one for each file; a box would only be taken apart again"
)]
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
