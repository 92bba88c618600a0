//! The audit: observations, drift, rule results and waivers joined and judged; the only thing reports see.

mod record;

pub use record::*;
