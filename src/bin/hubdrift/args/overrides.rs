//! Which flags change what is read or how it is judged, what they are set to, and where.
//!
//! A flag is told of unless it stands in [`UNTOLD`]: a new one can't be forgotten.

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use hubdrift::{model::Override, text};

use crate::commands::check::Overrides;

/// Arguments that are said elsewhere in a report, or change neither what is read nor how it is judged.
const UNTOLD: &[&str] = &[
    // The report names these files with their digests, and says from when what was observed is.
    "inventory",
    "observed",
    "save_snapshot",
    "baseline",
    // The report's scope says it, until the shards are put together.
    "shard",
    // How results are shown.
    "report",
    "include_observed",
    "no_progress",
    "color",
    "quiet",
    "verbose",
    "file",
    // How hard to press: what is not read in time is unread.
    "concurrency",
    "max_rps",
    "burst",
    "max_attempts",
    "attempt_timeout",
    "deadline",
];

/// Those of the others that change who is asked, and where: a snapshot keeps them.
const READING: &[&str] = &["endpoint_url", "profile", "region", "no_assume_role"];

/// What was set of the arguments of `command`.
pub fn overrides(command: &Command, matches: &ArgMatches) -> Overrides {
    let mut found = Overrides::default();
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if UNTOLD.contains(&id) {
            continue;
        }
        let list = if READING.contains(&id) {
            &mut found.reading
        } else {
            &mut found.judging
        };
        list.extend(set(argument, matches));
    }
    found
}

/// The argument, if it was set.
fn set(argument: &Arg, matches: &ArgMatches) -> Option<Override> {
    let id = argument.get_id().as_str();
    let from = match matches.value_source(id)? {
        ValueSource::CommandLine => Override::COMMAND_LINE.to_owned(),
        ValueSource::EnvVariable => argument.get_env()?.to_string_lossy().into_owned(),
        _ => return None,
    };
    let value = if let ArgAction::SetTrue = argument.get_action() {
        if !matches.get_flag(id) {
            return None;
        }
        None
    } else {
        let values = matches.get_raw(id)?;
        let values: Vec<_> = values
            .map(|value| text::without_password(&value.to_string_lossy()).into_owned())
            .collect();
        Some(values.join(", "))
    };
    let name = argument.get_long().unwrap_or(id);
    Some(Override::new(format!("--{name}"), value, from))
}
