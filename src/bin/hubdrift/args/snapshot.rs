//! The arguments of `hubdrift snapshot`.

use std::path::PathBuf;

use clap::Args;

use super::{
    aws::AwsArgs,
    input::{InputArgs, TargetArgs},
    output::OutputArgs,
    overrides::Overrides,
};
use crate::commands::snapshot::Options;

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
    pub fn into_options(self, overrides: Overrides) -> Options {
        let progress = !(self.no_progress || self.output.quiet);
        Options {
            input: self.input.into_options(),
            only: self.only.target,
            allow_empty: self.allow_empty,
            source: self.aws.into_source(overrides.reading, progress),
            output: self.file,
            color: self.output.color(),
            quiet: self.output.quiet,
        }
    }
}
