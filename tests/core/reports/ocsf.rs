//! The ocsf report.
