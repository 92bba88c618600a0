//! The audit: observations, drift, rule results and waivers joined and judged; the only thing reports see.

mod findings;
mod join;
mod record;
mod resolve;
mod verdict;

pub use join::{Inputs, audit, failed, tool};
pub use record::*;
pub use verdict::{Counted, exit_code, verdict};
