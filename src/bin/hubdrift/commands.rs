//! One file a command, and what they share.

pub mod check;
pub mod demo;
pub mod emulate;
pub mod evidence;
mod load;
pub mod rules;
pub mod schema;
pub mod snapshot;
pub mod validate;
