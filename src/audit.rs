//! The audit: observations, drift, rule results and waivers joined and judged; the only thing reports see.

mod baseline;
mod believe;
mod checked;
mod conclude;
mod coverage;
mod evidence;
mod findings;
mod join;
mod judged;
mod merge;
mod record;
mod resolve;
mod verdict;
mod verify;

pub use baseline::{Baseline, CLOCKS};
pub use checked::{NOTHING_CHECKED, never_checked};
pub use conclude::distrust;
pub use coverage::{Gap, ReadCoverage, read_coverage};
pub use evidence::*;
pub use join::{Inputs, audit, failed, tool};
pub use judged::*;
pub use merge::{Part, Refusal, merge};
pub use record::*;
pub use verdict::{Counted, code, exit_code, verdict};
pub use verify::{Contradiction, verify};
