//! The arguments about saved reports: one to compare with, several to put together.

use std::path::PathBuf;

use clap::Args;
use hubdrift::plan::Shard;

use super::{OutputArgs, report_to};
use crate::{commands::report, files::ReportTo};

/// Which part of a whole is checked, and what it is compared with.
#[derive(Args)]
pub struct PartArgs {
    /// Look at one of N shares of the targets, the Ith; `hubdrift report` puts their JSON reports
    /// together
    #[arg(
        long,
        value_name = "I/N",
        env = "HUBDRIFT_SHARD",
        help_heading = "Input"
    )]
    pub shard: Option<Shard>,
    /// An earlier JSON report: findings are new or existing. It need not be there yet, and may be
    /// the one that is written
    #[arg(
        long,
        value_name = "REPORT.json",
        env = "HUBDRIFT_BASELINE",
        help_heading = "Input"
    )]
    pub baseline: Option<PathBuf>,
    // No environment variable: it takes findings away.
    /// What the baseline holds doesn't count
    #[arg(long, requires = "baseline", help_heading = "Judging")]
    pub new_only: bool,
}

#[derive(Args)]
pub struct ReportArgs {
    /// JSON reports of `check`; `-` is standard input. One is rendered again; the shards of a run
    /// are put together, and one that is lacking makes the result incomplete
    #[arg(value_name = "REPORT.json", required = true)]
    saved: Vec<PathBuf>,
    /// Write a report, as `check` does (repeatable)
    #[arg(long, value_name = "FORMAT[=PATH]", env = "HUBDRIFT_REPORT", value_delimiter = None, value_parser = report_to, help_heading = "Output")]
    report: Vec<ReportTo>,
    #[command(flatten)]
    output: OutputArgs,
}

impl ReportArgs {
    pub fn into_options(self) -> report::Options {
        report::Options {
            saved: self.saved,
            reports: self.report,
            color: self.output.color(),
            quiet: self.output.quiet,
        }
    }
}
