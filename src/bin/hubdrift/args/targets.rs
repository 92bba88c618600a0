//! The arguments of `hubdrift targets`.

use clap::Args;

use super::{AwsArgs, ColorArgs, InventoryArgs, TargetArgs};
use crate::commands::{check::Overrides, targets};

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
    pub fn into_options(self, set: Overrides) -> targets::Options {
        targets::Options {
            inventory: self.inventory.inventory,
            only: self.only.target,
            color: self.color.choice(),
            limits: self.aws.limits(),
            access: self.aws.into_access(),
            set: set.reading,
        }
    }
}
