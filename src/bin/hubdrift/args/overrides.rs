//! Which flags change what is read or how it is judged, what they are set to, and where.
//!
//! A report lists every flag but those in [`UNLISTED`], so that a new one can't be forgotten.

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use hubdrift::{model::Override, text};

/// What was set on the command line, or by a variable that stands for a flag.
#[derive(Default)]
pub struct Overrides {
    /// What changes who is asked, and where.
    pub reading: Vec<Override>,
    /// What changes the rest of what is read, and how it is judged.
    pub judging: Vec<Override>,
}

/// Arguments that a report has elsewhere, or that change neither what is read nor how it is judged.
const UNLISTED: &[&str] = &[
    // The report names these files with their digests, and the time at which they were observed.
    "inventory",
    "observed",
    "save_snapshot",
    "baseline",
    // It is in the report's scope, until the shards are put together.
    "shard",
    // How results are shown.
    "report",
    "include_observed",
    "no_progress",
    "color",
    "quiet",
    "verbose",
    "file",
    // How many requests are sent, and for how long: what is not read in time is unread.
    "concurrency",
    "max_rps",
    "burst",
    "max_attempts",
    "attempt_timeout",
    "deadline",
];

/// Those of the others that change who is asked, and where: a snapshot saves them, too.
const READING: &[&str] = &["endpoint_url", "profile", "region", "no_assume_role"];

/// What was set of the arguments of `command`.
pub fn overrides(command: &Command, matches: &ArgMatches) -> Overrides {
    let mut found = Overrides::default();
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if UNLISTED.contains(&id) {
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
