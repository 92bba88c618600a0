//! `hubdrift schema`: prints the JSON Schema of a file format.

use crate::terminal;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub enum Options {
    /// The schema of the inventory.
    Inventory,
    /// The schema of waivers files.
    Waivers,
    /// The schema of JSON reports.
    Report,
    /// The schema of snapshots.
    Snapshot,
}

/// Prints the schema.
///
/// # Errors
/// When it can't be written.
pub fn run(options: Options) -> anyhow::Result<()> {
    let schema = match options {
        Options::Inventory => hubdrift::schema::inventory(),
        Options::Waivers => hubdrift::schema::waivers(),
        Options::Report => hubdrift::schema::report(),
        Options::Snapshot => hubdrift::schema::snapshot(),
    };
    terminal::print(&format!("{schema:#}\n"))
}
