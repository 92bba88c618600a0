//! One file a command, and what they share.

pub mod check;
pub mod demo;
pub mod emulate;
mod load;
pub mod schema;
pub mod validate;
