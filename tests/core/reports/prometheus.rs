//! The prometheus report.
