//! The arguments of `hubdrift report`.

use std::path::PathBuf;

use clap::Args;

use super::output::{OutputArgs, report_to};
use crate::{commands::report::Options, files::ReportTo};

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
    pub fn into_options(self) -> Options {
        Options {
            saved: self.saved,
            reports: self.report,
            color: self.output.color(),
            quiet: self.output.quiet,
        }
    }
}
