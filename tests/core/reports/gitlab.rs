//! The gitlab report.
