//! The arguments of `hubdrift check`.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser},
};
use hubdrift::{
    audit::{FailOn, Flags},
    plan::Shard,
};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::{
    aws::AwsArgs,
    input::{InputArgs, TargetArgs},
    output::{OutputArgs, report_to},
    overrides::Overrides,
    time::time,
};
use crate::{
    commands::{check::Options, source::Source},
    files::ReportTo,
};

#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that people type"
)]
pub struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    only: TargetArgs,
    /// Look at one of N shares of the targets, the Ith; `hubdrift report` puts their JSON reports
    /// together
    #[arg(
        long,
        value_name = "I/N",
        env = "HUBDRIFT_SHARD",
        help_heading = "Input"
    )]
    shard: Option<Shard>,
    /// An earlier JSON report: findings are new or existing. It need not be there yet, and may be
    /// the one that is written
    #[arg(
        long,
        value_name = "REPORT.json",
        env = "HUBDRIFT_BASELINE",
        help_heading = "Input"
    )]
    baseline: Option<PathBuf>,
    // No environment variable for what judges: none of it is set from outside the command line.
    /// What the baseline holds doesn't count
    #[arg(long, requires = "baseline", help_heading = "Judging")]
    new_only: bool,
    /// Make no AWS call, and check what this file holds: a snapshot, or what `aws securityhub
    /// get-connector-v2` prints
    #[arg(
        long,
        value_name = "FILE",
        env = "HUBDRIFT_OBSERVED",
        conflicts_with = "save_snapshot",
        help_heading = "Input"
    )]
    observed: Option<PathBuf>,
    /// Refuse what was observed longer ago, such as 36h or 7d
    #[arg(long, value_name = "DUR", value_parser = age, help_heading = "Judging")]
    max_age: Option<SignedDuration>,
    /// Save what is observed, to be checked later with --observed
    #[arg(
        long,
        value_name = "FILE",
        env = "HUBDRIFT_SAVE_SNAPSHOT",
        help_heading = "Output"
    )]
    save_snapshot: Option<PathBuf>,

    /// What counts: changed, missing, unmanaged, policy, stale-waiver
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = fail_on(), default_values = ["changed", "missing", "unmanaged", "policy"], help_heading = "Judging")]
    fail_on: Vec<FailOn>,
    /// Nothing counts but what is unread, in error, or missing and so not judged by the rules
    #[arg(long, help_heading = "Judging")]
    report_only: bool,
    /// Nothing to check is no error
    #[arg(long, help_heading = "Judging")]
    allow_empty: bool,
    /// Judge as at this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time, help_heading = "Judging")]
    now: Option<Timestamp>,

    /// Write a report: text, json, junit, sarif, markdown, html, github, gitlab, ocsf or prometheus;
    /// to PATH, to standard output (`-` or nothing), or appended (`+PATH`); repeatable
    #[arg(long, value_name = "FORMAT[=PATH]", env = "HUBDRIFT_REPORT", value_delimiter = None, value_parser = report_to, help_heading = "Output")]
    report: Vec<ReportTo>,
    /// Put what was observed into the JSON report
    #[arg(long, env = "HUBDRIFT_INCLUDE_OBSERVED", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    include_observed: bool,
    /// Don't show how far reading is
    #[arg(long, env = "HUBDRIFT_NO_PROGRESS", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    no_progress: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

impl CheckArgs {
    pub fn into_options(self, overrides: Overrides) -> Options {
        let mut fail_on = self.fail_on;
        fail_on.sort();
        fail_on.dedup();
        let progress = !(self.no_progress || self.output.quiet);
        Options {
            input: self.input.into_options(),
            only: self.only.target,
            shard: self.shard,
            baseline: self.baseline,
            flags: Flags {
                fail_on,
                report_only: self.report_only,
                new_only: self.new_only,
                allow_empty: self.allow_empty,
            },
            now: self.now,
            source: match self.observed {
                Some(path) => Source::File {
                    path,
                    max_age: self.max_age,
                },
                None => Source::Aws(self.aws.into_source(overrides.reading, progress)),
            },
            save: self.save_snapshot,
            reports: self.report,
            include_observed: self.include_observed,
            color: self.output.color(),
            quiet: self.output.quiet,
            overrides: overrides.judging,
        }
    }
}

fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::NAMES)
        .try_map(|typed| FailOn::from_name(&typed).ok_or("there is no such kind"))
}

/// Reads an age such as `90m`, `36h` or `7d`.
fn age(text: &str) -> Result<SignedDuration, String> {
    let advice = || format!("`{text}` is not an age: write it like 90m, 36h or 7d");
    let span: Span = text.parse().map_err(|_| advice())?;
    let age = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| advice())?;
    if age > SignedDuration::ZERO {
        Ok(age)
    } else {
        Err("an age longer than nothing is expected".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_as_people_write_them() {
        assert_eq!(age("36h"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(age("7d"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(age("2w"), Ok(SignedDuration::from_hours(336)));
        for bad in [
            "0s", "-1h", "ten", "1 month", "", "36", "10M", "P1M", "P1Y", "1h ago", "1:30",
            "36 h -1h", "1e3h", "1d 24:00", "²h", "1_000h", "１h",
        ] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
