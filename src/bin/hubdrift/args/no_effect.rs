//! Flags that have no effect beside the others are refused: whoever types one expects an effect.
//!
//! What a variable of the environment sets is a default for many commands, and is not refused. Nor is
//! a flag that repeats what holds already, such as `--no-progress` beside `-q`, or `--shard 1/1` of a
//! pipeline that counts its jobs.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use clap::{ArgMatches, Command, error::ErrorKind, parser::ValueSource};
use hubdrift::{audit::FailOn, report::Format};

use crate::files::{Destination, ReportTo};

/// The arguments about AWS: their ids, and the flags.
const AWS: [(&str, &str); 10] = [
    ("endpoint_url", "--endpoint-url"),
    ("profile", "--profile"),
    ("region", "--region"),
    ("no_assume_role", "--no-assume-role"),
    ("concurrency", "--concurrency"),
    ("max_rps", "--max-rps"),
    ("burst", "--burst"),
    ("max_attempts", "--max-attempts"),
    ("attempt_timeout", "--attempt-timeout"),
    ("deadline", "--deadline"),
];

/// The commands that send requests.
const ASKING: [&str; 4] = ["check", "snapshot", "targets", "demo"];

/// Looks for flags without effect.
///
/// # Errors
/// All of them, each with what to do.
pub fn check(command: &mut Command, all: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, matches)) = all.subcommand() else {
        return Ok(());
    };
    let given = Given { matches };
    let mut problems = Vec::new();
    if all.value_source("verbose") == Some(ValueSource::CommandLine) && !ASKING.contains(&name) {
        problems.push(format!(
            "-v has no effect on `{name}`, which sends no requests: leave it out"
        ));
    }
    if name == "check" {
        problems.extend(of_check(&given, all));
    }
    if name == "snapshot" && given.is_typed("waivers") {
        problems.push(
            "--waivers has no effect on a snapshot, which judges nothing: leave it out".to_owned(),
        );
    }
    if ["check", "snapshot", "targets"].contains(&name) {
        problems.extend(given.twice("target", "--target", String::clone));
        problems.extend(
            given.twice::<PathBuf>("inventory", "the inventory", |it| it.display().to_string()),
        );
        problems.extend(of_limits(&given));
    }
    // Any other place that is named twice is refused where places are found.
    let added = |it: &ReportTo| match &it.destination {
        Destination::Append(path) => format!("{}=+{}", it.format.as_str(), path.display()),
        Destination::Stdout | Destination::File(_) => String::new(),
    };
    let with_reports = match (name, matches.subcommand()) {
        ("check" | "report" | "demo", _) => Some(matches),
        ("rules", Some(("test", matches))) => Some(matches),
        _ => None,
    };
    if let Some(matches) = with_reports {
        problems.extend(Given { matches }.twice("report", "--report", added));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(command.error(ErrorKind::ArgumentConflict, problems.join("\nerror: ")))
    }
}

fn of_check(given: &Given<'_>, all: &ArgMatches) -> Vec<String> {
    let mut problems = Vec::new();
    if given.is_set("observed") {
        let mut typed: Vec<_> = AWS
            .iter()
            .filter(|(id, _)| given.is_typed(id))
            .map(|(_, flag)| *flag)
            .collect();
        if all.value_source("verbose") == Some(ValueSource::CommandLine) {
            typed.push("-v");
        }
        if !typed.is_empty() {
            let have = if typed.len() == 1 { "has" } else { "have" };
            problems.push(format!(
                "{} {have} no effect beside --observed, with which nothing is asked of AWS: leave one of them out",
                typed.join(", ")
            ));
        }
    } else if given.is_typed("max_age") {
        problems.push(
            "--max-age has no effect without --observed, since what is read from AWS is of now: \
             name the file with --observed, or leave it out"
                .to_owned(),
        );
    }
    if given.is_typed("fail_on") && given.is_typed("report_only") {
        problems.push(
            "--fail-on has no effect beside --report-only, with which nothing found counts: leave one of them out"
                .to_owned(),
        );
    }
    problems.extend(given.twice("fail_on", "--fail-on", |&kind: &FailOn| kind.to_string()));
    let mut reports = given.all::<ReportTo>("report");
    if given.is_typed("include_observed") && !reports.any(|it| it.format == Format::Json) {
        problems.push(
            "--include-observed has no effect without a JSON report: add --report json=PATH, or leave it out"
                .to_owned(),
        );
    }
    problems
}

/// The problem of an attempt that the deadline ends before its time is up.
fn of_limits(given: &Given<'_>) -> Option<String> {
    let one = |id| given.matches.get_one::<Duration>(id).copied();
    let (attempt, deadline) = (one("attempt_timeout")?, one("deadline")?);
    let is_late = given.is_typed("attempt_timeout") && attempt >= deadline;
    is_late.then(|| {
        "--attempt-timeout has no effect, since --deadline ends all reading before: make it shorter, or --deadline longer"
            .to_owned()
    })
}

/// What a command was given.
struct Given<'a> {
    matches: &'a ArgMatches,
}

impl Given<'_> {
    fn source(&self, id: &str) -> Option<ValueSource> {
        self.matches.value_source(id)
    }

    /// Whether it was typed, and doesn't come from a variable.
    fn is_typed(&self, id: &str) -> bool {
        self.source(id) == Some(ValueSource::CommandLine)
    }

    /// Whether it is set at all.
    fn is_set(&self, id: &str) -> bool {
        self.is_typed(id) || self.source(id) == Some(ValueSource::EnvVariable)
    }

    fn all<T: Clone + Send + Sync + 'static>(&self, id: &str) -> impl Iterator<Item = &T> {
        self.matches.get_many(id).into_iter().flatten()
    }

    /// The problems of what was typed twice, by the name that `shown` gives it; what has none may be.
    fn twice<T: Clone + Send + Sync + 'static>(
        &self,
        id: &str,
        flag: &str,
        shown: impl Fn(&T) -> String,
    ) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let shown = self.all(id).map(shown).filter(|it| !it.is_empty());
        let again: BTreeSet<_> = shown.filter(|it| !seen.insert(it.clone())).collect();
        again
            .into_iter()
            .filter(|_| self.is_typed(id))
            .map(|it| {
                format!("{flag} names `{it}` twice, and the second has no effect: leave it out")
            })
            .collect()
    }
}
