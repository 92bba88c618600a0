//! Saved reports: verified, merged where they are the shards of one run, and compared with a new run.
//!
//! Goes in: audits that were read back. Comes out: one audit, or why there is none. It knows no file
//! and no form of a report.

mod baseline;
mod contradiction;
mod merge;
mod resolved;
mod shards;
mod verify;

pub use baseline::{Baseline, CLOCKS, audit_against};
pub use contradiction::Contradiction;
pub use merge::merge;
pub use shards::{Part, Refusal};
pub use verify::verify;
