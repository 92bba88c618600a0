//! The html report.
