//! The rules that come with hubdrift, in the binary itself.

use super::Source;

/// Id and text of each rule under `policies/`, held complete by a test.
macro_rules! rules {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../policies/", $id, ".rhai")))),*]
    };
}

const RULES: &[(&str, &str)] = rules![
    "auth-active",
    "cloud-regions-allowed",
    "cloud-regions-covered",
    "cloud-scope-not-empty",
    "connector-connected",
    "description-set",
    "enablement-enabled",
    "enablement-not-failed",
    "health-check-fresh",
    "jira-domain-allowed",
    "jira-project-key-set",
    "kms-key-same-account-and-region",
    "kms-key-set",
    "name-convention",
    "no-health-issues",
    "pending-authorization-not-stale",
    "provider-recognised",
    "required-tags",
    "servicenow-instance-allowed",
    "servicenow-secret-same-account-and-region",
];

/// The built-in rules, by id.
pub fn builtin() -> Vec<Source> {
    let source = |(id, text): &(&str, &str)| Source {
        path: format!("builtin:{id}.rhai"),
        text: (*text).to_owned(),
    };
    RULES.iter().map(source).collect()
}
