//! The audit: observations, drift, rule results and waivers joined and judged; the only thing reports see.
//!
//! Goes in: what was expected, planned and observed, rules and waivers. Comes out: one [`Audit`] with
//! its verdict and exit code. It knows no saved report, and not how one is written.

mod believe;
mod checked;
mod conclude;
mod coverage;
mod evidence;
mod finding;
pub(crate) mod findings;
mod join;
mod judge;
mod judged;
mod links;
pub(crate) mod reading;
mod record;
mod records;
pub(crate) mod resolve;
mod time;
mod verdict;
mod whole;

pub use checked::{NOTHING_CHECKED, never_checked};
pub(crate) use conclude::{conclude, summarise};
pub use conclude::{distrust, failed, tool};
pub use coverage::{Gap, ReadCoverage, read_coverage};
pub use evidence::*;
pub use finding::*;
pub(crate) use join::{Comparison, Joined, audit_compared};
pub use join::{Inputs, audit};
pub(crate) use judge::Judgement;
pub use judged::*;
pub use record::*;
pub use verdict::{Counted, code, exit_code, verdict};
pub use whole::*;
