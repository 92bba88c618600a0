//! Expected and observed become drift, each field with its fix.

mod fix;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::Expected,
    model::{Connector, Fact, Place, Value},
};

pub use fix::{Fix, FixKind};

/// A field whose observed value is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The fact's path, such as `provider.project_key` or `tags.team`.
    pub path: String,
    /// What the inventory says: a value, a matcher (`{"matches": "^x"}`), or null for "must be absent".
    pub expected: serde_json::Value,
    /// What the API answered; null for absent.
    pub observed: serde_json::Value,
    /// Where the inventory says it.
    pub location: Place,
    /// How it could be put right.
    pub fix: Fix,
}

/// Compares what is expected of a connector with what was observed of it.
///
/// Only what the inventory writes is compared, and only with what was read: what
/// was not read neither differs nor is absent. The result is in the order of
/// the table of facts.
pub fn diff(expected: &Expected, observed: &Connector) -> Vec<Drift> {
    let mut drifted: Vec<_> = expected
        .expect
        .iter()
        .filter(|expectation| !observed.is_unread(expectation.fact))
        .filter_map(|expectation| {
            let tag;
            let value = match (&expectation.key, observed.get(expectation.fact)) {
                (Some(key), Some(Value::Tags(tags))) => {
                    tag = tags.get(key).map(|text| Value::Text(text.clone()));
                    tag.as_ref()
                }
                (_, value) => value,
            };
            (!expectation.matcher.accepts(value)).then(|| {
                let drift = Drift {
                    path: expectation.path(),
                    expected: expectation.matcher.to_json(),
                    observed: value.map_or(serde_json::Value::Null, to_json),
                    location: expectation.place.clone(),
                    fix: fix::fix(expectation, expected, observed),
                };
                ((expectation.fact, drift.path.clone()), drift)
            })
        })
        .collect();
    drifted.sort_by(|a, b| a.0.cmp(&b.0));
    drifted.into_iter().map(|(_, drift)| drift).collect()
}

/// A value as reports show it.
pub fn to_json(value: &Value) -> serde_json::Value {
    use serde_json::json;
    match value {
        Value::Text(text) => json!(text),
        Value::Time(time) => json!(time.text),
        Value::Set(texts) => json!(texts),
        Value::Issues(issues) => issues
            .iter()
            .map(|issue| json!({ "code": issue.code, "message": issue.message }))
            .collect(),
        Value::Tags(tags) => json!(tags),
    }
}

/// All facts of a connector that were read, by path, as reports show them.
pub fn facts_to_json(connector: &Connector) -> serde_json::Value {
    let entry = |fact: &Fact| {
        connector
            .get(*fact)
            .map(|value| (crate::facts::spec(*fact).path.to_owned(), to_json(value)))
    };
    serde_json::Value::Object(Fact::ALL.iter().filter_map(entry).collect())
}

#[cfg(test)]
mod tests;
