//! The JSON Schemas of inventories and waivers, for editors that help while one is written, and of
//! snapshots and reports, for whoever reads them.
//!
//! What the table of facts and the types of the report say is read off them. A schema says what can
//! be said about form; `validate` says the rest.

mod inventory;
mod parts;
mod report;
mod snapshot;
mod waivers;

pub use inventory::inventory;
pub use report::report;
pub use snapshot::snapshot;
pub use waivers::waivers;
