//! What the formats share: an audit goes in, safe text comes out.
//!
//! Nothing here knows a format.

pub(super) mod basis;
pub(super) mod checks;
pub(super) mod completeness;
pub(super) mod coverage;
pub(super) mod entry;
pub(super) mod findings;
pub(super) mod fix;
pub(super) mod headline;
pub(super) mod json_text;
pub(super) mod paths;
pub(super) mod remarks;
pub(super) mod summary;
pub(super) mod terminal;
pub(super) mod times;
pub(super) mod value;
