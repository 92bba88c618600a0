//! The types of providers that are known. An answer may name others, which are kept as they are.

/// Jira Cloud.
pub const JIRA_CLOUD: &str = "JIRA_CLOUD";
/// ServiceNow.
pub const SERVICENOW: &str = "SERVICENOW";
/// Microsoft Azure.
pub const AZURE: &str = "AZURE";
/// Google Cloud.
pub const GCP: &str = "GCP";
