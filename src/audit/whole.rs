//! The audit as data: everything a report may say, and nothing else.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    evidence::{RuleRecord, WaiverUse},
    finding::Finding,
    judged::{Judged, Summary, Verdict},
    record::{ConnectorRecord, ErrorRecord, TargetRecord},
};
use crate::model::Requests;

/// The name and version of the report's form.
pub const SCHEMA: &str = "hubdrift.report/1";

/// One run, joined and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// [`SCHEMA`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// When and with how many requests; the only part that may differ between
    /// two runs over the same facts with the same `--now`.
    pub run: Run,
    /// Whether reading was cut short.
    pub interrupted: bool,
    /// Under which conditions it was judged.
    pub judged: Judged,
    /// The result of the whole run.
    pub verdict: Verdict,
    /// Counts.
    pub summary: Summary,
    /// The targets in scope, by name.
    pub targets: Vec<TargetRecord>,
    /// The connectors in scope, by address.
    pub connectors: Vec<ConnectorRecord>,
    /// Everything a person should look at, sorted.
    pub findings: Vec<Finding>,
    /// Findings of the baseline that are gone. None of them counts.
    pub resolved: Vec<Finding>,
    /// The rules that judged, by id.
    pub rules: Vec<RuleRecord>,
    /// The waivers, in their file's order, and whether each was of use.
    pub waivers: Vec<WaiverUse>,
    /// With exit 1: what was wrong.
    pub errors: Vec<ErrorRecord>,
}

/// The program that made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `hubdrift`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The circumstances of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Run {
    /// RFC 3339.
    #[serde(with = "super::time")]
    #[schemars(with = "String")]
    pub started_at: Option<Timestamp>,
    /// RFC 3339.
    #[serde(with = "super::time")]
    #[schemars(with = "String")]
    pub finished_at: Option<Timestamp>,
    /// How many requests it took.
    pub requests: Requests,
}
