//! Waivers: dated, owned permissions for findings to exist.
//!
//! [`parse()`] reads their file and checks its form; [`check_rules`] compares the
//! rules they name with those there are. Which findings they cover is for the
//! one function that applies them.

mod apply;
mod parse;
mod pattern;
pub(crate) mod raw;
mod rules;
mod types;

pub use apply::{Decision, Ledger, Question, WARN_DAYS, refusal_at, stale};
pub(crate) use parse::drifting_fields;
pub use parse::{MAX_DAYS, parse};
pub use pattern::{covers, may_be_in};
pub use rules::{check_rules, check_waivable};
pub use types::{Subject, Waiver};
