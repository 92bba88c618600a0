//! What a rule is to the rest of the program: its text, what its `META` says, what came of it.

use std::{collections::BTreeMap, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Level, Outcome, Place, Severity};

/// The text of one rule.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path for messages; its stem is the rule's id. Built-in rules have `builtin:ID.rhai`.
    pub path: String,
    /// The Rhai source.
    pub text: String,
}

/// What a rule says of itself, its `META`.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// Its id: the file's stem.
    pub id: Arc<str>,
    /// One line.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// Its level where the inventory sets none. A rule that means nothing without a team's own
    /// settings is `off`, and a setting that would have no effect is refused.
    pub level: Level,
    /// What to do about a failure.
    pub remediation: String,
    /// Controls of standards, such as `NIST.800-53.r5 SC-12`.
    pub controls: Vec<String>,
    /// A page about it.
    pub help_uri: Option<String>,
    /// The provider types it is for; `None` for all.
    pub providers: Option<Vec<String>>,
    /// Its parameters with their defaults.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Whether a failure may be waived.
    pub waivable: bool,
    /// Whether it needs the connector's tags.
    pub needs_tags: bool,
}

/// What one rule said of one connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What it said.
    pub outcome: Outcome,
    /// The severity in force for this connector.
    pub severity: Severity,
    /// The level in force for this connector.
    pub level: Level,
    /// Why; every outcome but `pass` has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Arc<str>>,
    /// The fact that the rule points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Arc<str>>,
    /// Where in the rule it happened, for errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_location: Option<Box<Place>>,
}
