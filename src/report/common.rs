//! What the formats share: safe text, the words of the result, and the entries that some of them list.
//!
//! Nothing here knows a format.

pub(super) mod basis;
pub(super) mod checks;
pub(super) mod completeness;
pub(super) mod coverage;
pub(super) mod entry;
pub(super) mod findings;
pub(super) mod headline;
pub(super) mod outcome;
pub(super) mod paths;
pub(super) mod terminal;
pub(super) mod times;
pub(super) mod value;
