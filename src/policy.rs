//! Rules become outcomes: sources are compiled once, then evaluated on every connector in parallel.
//!
//! The only place that names rhai; nothing of it shows in what is public here.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    diff::Drift,
    inventory::Expectation,
    model::{Connector, Level, Outcome, Place, Severity, Unread},
};

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

/// A connector as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The target it is in.
    pub target: &'a TargetFacts,
    /// The user's labels.
    pub labels: &'a BTreeMap<String, String>,
    /// What the inventory expects of it; empty when it is unmanaged.
    pub expected: &'a [Expectation],
    /// What was observed.
    pub state: SubjectState<'a>,
    /// How the two differ.
    pub drift: &'a [Drift],
    /// Whether the tags were asked for.
    pub tags_read: bool,
}

/// What there is to judge.
#[derive(Debug, Clone, Copy)]
pub enum SubjectState<'a> {
    /// The connector.
    Present(&'a Connector),
    /// There is none: rules are skipped.
    Missing,
    /// It could not be read: rules are errors.
    Unread(&'a Unread),
}

/// A target as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetFacts {
    /// Its name in the inventory.
    pub name: String,
    /// The account, when it is known.
    pub account: Option<String>,
    /// The region, when it is known.
    pub region: Option<String>,
}

/// What one rule said of one connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub message: Option<String>,
    /// The fact that the rule points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where in the rule it happened, for errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_location: Option<Place>,
}
