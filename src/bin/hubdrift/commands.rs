//! One file a command, and what they share.

pub mod check;
pub mod demo;
pub mod effect;
pub mod emulate;
pub mod evidence;
mod load;
mod outcome;
pub mod report;
pub mod rules;
mod saved;
pub mod schema;
pub mod snapshot;
pub mod targets;
pub mod validate;
