//! One file a command, and what they share.

pub mod check;
pub mod demo;
pub mod emulate;
mod finish;
mod load;
pub mod report;
pub mod rules;
mod saved_report;
pub mod schema;
mod scope;
pub mod snapshot;
pub mod source;
pub mod targets;
pub mod validate;
