//! The arguments of `hubdrift targets`.

use clap::Args;

use super::{
    aws::AwsArgs,
    input::{InventoryArgs, TargetArgs},
    output::ColorArgs,
    overrides::Overrides,
};
use crate::commands::targets::Options;

#[derive(Args)]
pub struct TargetsArgs {
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    only: TargetArgs,
    #[command(flatten)]
    color: ColorArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

impl TargetsArgs {
    pub fn into_options(self, overrides: Overrides) -> Options {
        Options {
            inventory: self.inventory.inventory,
            only: self.only.target,
            color: self.color.choice(),
            source: self.aws.into_source(overrides.reading, false),
        }
    }
}
