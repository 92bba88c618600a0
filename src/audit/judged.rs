//! How a run was judged and what it came to: conditions, verdict and counts, as they stand in the JSON report.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{evidence::BaselineRecord, record::State};
use crate::model::{
    Override,
    names::{names, open_names},
};

/// Under which conditions a run was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Judged {
    /// The time that rules and waivers were judged at, RFC 3339.
    #[serde(with = "super::time")]
    #[schemars(with = "String")]
    pub now: Option<Timestamp>,
    /// Of shards that were judged at several times: the earliest. Then `now` is the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// Whether `--now` set it.
    pub now_overridden: bool,
    /// The flags that take findings away.
    pub flags: Flags,
    /// What was looked at, of what there is.
    pub scope: Scope,
    /// The files that went in.
    pub inputs: Vec<Input>,
    /// The saved report that the findings were compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineRecord>,
    /// Every setting that changed what was read or how it was judged, and where it was set. What
    /// was read with a snapshot is of the run that took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

/// The flags that take findings away before the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Flags {
    /// Which kinds of finding count.
    pub fail_on: Vec<FailOn>,
    /// Nothing but unread things and errors counts.
    pub report_only: bool,
    /// What the baseline holds doesn't count.
    #[serde(default)]
    pub new_only: bool,
    /// Nothing to check is no error.
    pub allow_empty: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            fail_on: FailOn::DEFAULT.to_vec(),
            report_only: false,
            new_only: false,
            allow_empty: false,
        }
    }
}

/// The kinds of finding that `--fail-on` chooses among.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A field differs.
    Changed,
    /// A connector isn't there.
    Missing,
    /// A connector isn't in the inventory.
    Unmanaged,
    /// A mandatory rule failed.
    Policy,
    /// A waiver is of no use any more.
    StaleWaiver,
}

names!(FailOn {
    Changed => "changed",
    Missing => "missing",
    Unmanaged => "unmanaged",
    Policy => "policy",
    StaleWaiver => "stale-waiver",
});

impl FailOn {
    /// What counts unless `--fail-on` says otherwise.
    pub const DEFAULT: [Self; 4] = [Self::Changed, Self::Missing, Self::Unmanaged, Self::Policy];
}

/// What was looked at, of what there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Scope {
    /// Targets that were asked, of those in the inventory.
    pub targets: Ratio,
    /// `I/N`, with `--shard`.
    #[serde(default)]
    pub shard: Option<String>,
    /// The filters in force, as they were typed.
    #[serde(default)]
    pub filters: Vec<String>,
}

/// A part of a whole, in counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Ratio {
    /// The part.
    pub done: u64,
    /// The whole.
    pub of: u64,
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.done, self.of)
    }
}

/// A file that went into the run; or the snapshot that it saved, which holds what it judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Its path as it was given.
    pub path: String,
    /// `inventory`, `rule`, `waivers`, `snapshot` or `baseline`.
    #[schemars(with = "String")]
    pub kind: InputKind,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Of a snapshot: the earliest time at which something in it was observed, RFC 3339; `None`
    /// where the file doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub observed_at: Option<Timestamp>,
}

/// What a file that went into the run holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum InputKind {
    /// An inventory.
    Inventory,
    /// A rule.
    Rule,
    /// Waivers.
    Waivers,
    /// What was observed.
    Snapshot,
    /// A saved report that findings are compared with.
    Baseline,
    /// What another version of `/1` calls it.
    Other(String),
}

open_names!(InputKind {
    Inventory => "inventory",
    Rule => "rule",
    Waivers => "waivers",
    Snapshot => "snapshot",
    Baseline => "baseline",
});

/// The result of a whole run. The three booleans are after waivers and levels
/// and before flags; the code is after flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// What the process ends with.
    pub exit_code: u8,
    /// Everything in scope was read and checked, but for what `--allow-empty` permits not to be.
    pub complete: bool,
    /// Something is changed, missing or unmanaged.
    pub drift: bool,
    /// A mandatory rule failed.
    pub policy: bool,
}

/// Counts of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Summary {
    /// Connectors by state; every state is there.
    pub states: BTreeMap<State, u64>,
    /// Rule results by outcome; every outcome is there.
    pub outcomes: BTreeMap<crate::model::Outcome, u64>,
    /// Findings that count.
    pub counted: u64,
    /// Findings that are waived.
    pub waived: u64,
    /// How much was covered.
    pub coverage: Coverage,
    /// Facts that were observed and that no expectation compares.
    pub uncompared_fields: u64,
    /// Unmanaged connectors that the inventory leaves aside (`ignore`, `unmanaged_except`).
    pub set_aside: u64,
}

/// How much of what is in scope was covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Coverage {
    /// Connectors that were read (found, or said not to exist), of all in scope.
    pub read: Ratio,
    /// Connectors that exist and are in the inventory, of all that exist as far as is known.
    pub managed: Ratio,
    /// Connectors that something checked, a rule or a comparison, and on which every rule that is on
    /// came to pass, fail or not applicable, of all in scope.
    pub checked: Ratio,
}
