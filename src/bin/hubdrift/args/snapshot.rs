//! The arguments about files that hold what was observed.

use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::{AwsArgs, InputArgs, OutputArgs, TargetArgs};
use crate::commands::{check::Overrides, snapshot, source::Evidence};

#[derive(Args)]
pub struct EvidenceArgs {
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
    // No environment variable: it judges.
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
}

impl EvidenceArgs {
    pub fn into_options(self) -> Evidence {
        Evidence {
            observed: self.observed,
            max_age: self.max_age,
            save: self.save_snapshot,
            only_save: false,
        }
    }
}

#[derive(Args)]
pub struct SnapshotArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    only: TargetArgs,
    /// Nothing to read is no error
    #[arg(long, help_heading = "Judging")]
    allow_empty: bool,
    /// Where to save it; `-` is standard output
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        env = "HUBDRIFT_OUTPUT",
        help_heading = "Output"
    )]
    file: PathBuf,
    /// Don't show how far reading is
    #[arg(long, env = "HUBDRIFT_NO_PROGRESS", help_heading = "Output")]
    no_progress: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

impl SnapshotArgs {
    pub fn into_options(self, set: Overrides) -> snapshot::Options {
        snapshot::Options {
            input: self.input.into_options(),
            only: self.only.target,
            allow_empty: self.allow_empty,
            output: self.file,
            progress: !(self.no_progress || self.output.quiet),
            color: self.output.color(),
            quiet: self.output.quiet,
            limits: self.aws.limits(),
            access: self.aws.into_access(),
            set,
        }
    }
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
