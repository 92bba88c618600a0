//! Expected and observed become drift, each field with its fix.

use serde::{Deserialize, Serialize};

use crate::model::Place;

/// A field whose observed value is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// How a drifted field could be put right. hubdrift never does it itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The kind of change.
    pub kind: FixKind,
    /// A command as an argument list; empty where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixKind {
    /// `aws securityhub update-connector-v2`.
    Update,
    /// `aws securityhub tag-resource` or `untag-resource`.
    Tag,
    /// The connector has to be authorised anew.
    Reauthorise,
    /// The connector must be replaced by a new one.
    Replace,
    /// No command can be given.
    None,
}
