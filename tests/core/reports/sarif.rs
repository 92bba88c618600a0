//! The sarif report.
