//! How a rule's result is given: severity, level and outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::names;

/// How bad it is when a rule fails. Ordered: `Info` is the least.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending some day.
    Low,
    /// Worth mending soon.
    Medium,
    /// Worth mending now.
    High,
    /// Worth waking somebody.
    Critical,
}

/// Whether a failing rule counts. Ordered: `Off` is the least.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The rule isn't evaluated.
    Off,
    /// A failure is reported and never changes the exit code.
    Advisory,
    /// A failure is exit 3.
    Mandatory,
}

/// What a rule said of a connector.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rule was evaluated and its condition holds.
    Pass,
    /// The rule was evaluated and its condition doesn't hold.
    Fail,
    /// The rule isn't for this connector.
    NotApplicable,
    /// There is no connector to judge.
    Skipped,
    /// The rule could not be evaluated. Nothing waives it.
    Error,
}

names!(Severity { Info => "info", Low => "low", Medium => "medium", High => "high", Critical => "critical" });
names!(Level { Off => "off", Advisory => "advisory", Mandatory => "mandatory" });
names!(Outcome {
    Pass => "pass",
    Fail => "fail",
    NotApplicable => "not_applicable",
    Skipped => "skipped",
    Error => "error",
});
