//! The arguments about what is read: inventory, rules, waivers, and the targets in scope.

use std::path::PathBuf;

use clap::Args;

use crate::commands::load::Input;

#[derive(Args)]
pub struct InventoryArgs {
    /// The inventory; several files are one inventory
    #[arg(value_name = "INVENTORY", default_value = "hubdrift.yaml", env = "HUBDRIFT_INVENTORY", value_delimiter = None)]
    pub inventory: Vec<PathBuf>,
}

#[derive(Args)]
pub struct TargetArgs {
    /// Look at this target only (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        env = "HUBDRIFT_TARGET",
        help_heading = "Input"
    )]
    pub target: Vec<String>,
}

#[derive(Args)]
pub struct InputArgs {
    #[command(flatten)]
    inventory: InventoryArgs,
    /// More rules: a .rhai file, or a directory of them (repeatable)
    #[arg(
        long,
        value_name = "PATH",
        env = "HUBDRIFT_POLICIES",
        help_heading = "Input"
    )]
    policies: Vec<PathBuf>,
    /// Leave the built-in rules out
    // No environment variable for this and the next: they take findings away, and a gate is not
    // turned green from a runner's settings.
    #[arg(long, help_heading = "Input")]
    no_builtin_rules: bool,
    /// The waivers, instead of the inventory's
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    waivers: Option<PathBuf>,
}

impl InputArgs {
    pub fn into_options(self) -> Input {
        Input {
            inventory: self.inventory.inventory,
            policies: self.policies,
            builtin_rules: !self.no_builtin_rules,
            waivers: self.waivers,
        }
    }
}
