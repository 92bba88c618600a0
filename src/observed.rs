//! Files that stand in for AWS: the text of one comes in, and the observations that a plan asks
//! for come out.
//!
//! A file answers as AWS did when it was written, and no more than that: what the plan needs and
//! the file doesn't hold is unread. Nothing here knows the wire's names, compares or judges.

mod answers;
mod file;
mod parse_error;
mod reading;
pub mod snapshot;

pub use answers::Answers;
pub use file::{Age, ObservedFile};
pub use parse_error::ParseError;
