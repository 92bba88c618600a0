//! `hubdrift schema`: prints the JSON Schema of a file format.

use std::io::Write as _;

use anyhow::Context as _;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub enum Options {
    /// The schema of the inventory.
    Inventory,
}

/// Prints the schema.
///
/// # Errors
/// When it can't be written.
pub fn run(options: Options) -> anyhow::Result<()> {
    let Options::Inventory = options;
    let text = serde_json::to_string_pretty(&hubdrift::schema::inventory())?;
    writeln!(std::io::stdout(), "{text}").context("failed to write to standard output")
}
