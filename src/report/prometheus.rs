//! Metrics for the textfile collector.

use crate::audit::Audit;

/// Renders the report.
pub(super) fn render(_audit: &Audit) -> Vec<u8> {
    Vec::new()
}
