//! The rules that come with hubdrift, in the binary itself.

use super::{paths::tests_path, rule::Source};
use crate::yaml::SourceFile;

/// A rule as it was built in.
struct Builtin {
    id: &'static str,
    text: &'static str,
    tests: &'static str,
}

/// Each rule under `policies/` with its tests, held complete by a test.
macro_rules! rules {
    ($($id:literal),* $(,)?) => {
        &[$(Builtin {
            id: $id,
            text: include_str!(concat!("../../policies/", $id, ".rhai")),
            tests: include_str!(concat!("../../policies/", $id, ".test.yaml")),
        }),*]
    };
}

const RULES: &[Builtin] = rules![
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
    let source = |rule: &Builtin| Source {
        path: path(rule),
        text: rule.text.to_owned(),
    };
    RULES.iter().map(source).collect()
}

/// The test files of the built-in rules, by id.
pub fn builtin_tests() -> Vec<SourceFile> {
    let file = |rule: &Builtin| SourceFile {
        path: tests_path(&path(rule)),
        text: rule.tests.to_owned(),
    };
    RULES.iter().map(file).collect()
}

fn path(rule: &Builtin) -> String {
    format!("builtin:{}.rhai", rule.id)
}
