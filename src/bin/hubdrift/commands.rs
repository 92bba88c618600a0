//! One file a command, and the stages that they share: load, plan (`scope`), observe (`source`), finish.

pub mod check;
pub mod demo;
pub mod emulate;
mod failure;
pub mod finish;
pub mod load;
pub mod report;
pub mod rules;
mod saved_report;
pub mod schema;
mod scope;
mod session;
pub mod snapshot;
mod snapshot_file;
pub mod source;
pub mod targets;
pub mod validate;
