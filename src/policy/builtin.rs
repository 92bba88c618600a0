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
    "connector-connected",
    "enablement-enabled",
    "health-check-fresh",
    "kms-key-set",
    "no-health-issues",
];

/// The built-in rules, by id.
pub fn builtin() -> Vec<Source> {
    let source = |(id, text): &(&str, &str)| Source {
        path: format!("builtin:{id}.rhai"),
        text: (*text).to_owned(),
    };
    RULES.iter().map(source).collect()
}
