//! What a report says beyond its findings, so that years later it alone tells by what they were judged:
//! which waivers there were, how rules were set, and what findings were compared with.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::WaiverRecord;
use crate::{
    inventory::RuleSetting,
    model::{Level, Place, Severity},
    waiver::{Subject, Waiver},
};

/// A waiver of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverUse {
    /// What it permits.
    pub subject: WaiverSubject,
    /// The address of the connector; `*` stands for any characters.
    pub connector: String,
    /// Why, by whom and until when.
    pub waiver: WaiverRecord,
    /// The observed value that it is for, if it is for one; null for absent.
    pub observed: Option<serde_json::Value>,
    /// Where it is written.
    pub location: Place,
    /// Whether it permitted a finding of this run.
    pub used: bool,
}

/// What a waiver permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverSubject {
    /// That these rules fail.
    Rules(Vec<String>),
    /// That a field differs.
    Drift(String),
    /// That the connector is missing.
    Missing,
    /// That the connector is not in the inventory.
    Unmanaged,
    /// What another version of `/1` permits. Here it permits nothing.
    Other(String),
}

impl fmt::Display for WaiverSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules(rules) => write!(f, "rule {}", rules.join(", ")),
            Self::Drift(path) => write!(f, "drift {path}"),
            Self::Missing => f.write_str("missing"),
            Self::Unmanaged => f.write_str("unmanaged"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<&Subject> for WaiverSubject {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::Rule(rules) => {
                Self::Rules(rules.iter().map(|(rule, _)| rule.clone()).collect())
            }
            Subject::Drift(path) => Self::Drift(path.clone()),
            Subject::Missing => Self::Missing,
            Subject::Unmanaged => Self::Unmanaged,
        }
    }
}

impl WaiverUse {
    pub(super) fn new(waiver: &Waiver, used: bool) -> Self {
        Self {
            subject: (&waiver.subject).into(),
            connector: waiver.connector.clone(),
            waiver: waiver.into(),
            observed: waiver
                .observed
                .as_ref()
                .map(crate::matcher::Matcher::to_json),
            location: waiver.place.clone(),
            used,
        }
    }
}

impl From<&Waiver> for WaiverRecord {
    fn from(waiver: &Waiver) -> Self {
        Self {
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            ticket: waiver.ticket.clone(),
            expires: waiver.expires,
        }
    }
}

/// A rule that judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRecord {
    /// Its id.
    pub id: Arc<str>,
    /// One line.
    pub title: String,
    /// Its severity where no `match` says otherwise.
    pub severity: Severity,
    /// Its level where no `match` says otherwise.
    pub level: Level,
    /// Its parameters where no `match` says otherwise.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// Where an entry of the inventory has a `match`: every entry for the rule, in the order in
    /// which they are laid over its defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<RuleSettingRecord>,
    /// What to do about a failure.
    pub remediation: String,
    /// Controls of standards.
    #[serde(default)]
    pub controls: Vec<String>,
    /// A page about it.
    #[serde(default)]
    pub help_uri: Option<String>,
    /// `builtin` or `file`.
    pub source: String,
    /// The SHA-256 of its source, in hex.
    pub sha256: String,
    /// Its file; `None` for built-in rules.
    pub location: Option<Place>,
}

/// An entry of the inventory that sets a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSettingRecord {
    /// Which connectors it is for; absent: all.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<MatchRecord>,
    /// The level it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The severity it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The parameters it sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, serde_json::Value>,
    /// Where it is written.
    pub location: Place,
}

/// Which connectors a setting is for. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatchRecord {
    /// Labels with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The target's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The provider's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// Every entry for the rule `id` in their order, if one of them has a `match`: without one, the
/// rule's own record says all.
pub(super) fn settings_of(id: &str, settings: &[RuleSetting]) -> Vec<RuleSettingRecord> {
    let own = || settings.iter().filter(|entry| entry.rule == id);
    if own().all(|entry| entry.selector.is_none()) {
        return Vec::new();
    }
    let params = |entry: &RuleSetting| {
        let params = entry.params.iter();
        params
            .map(|(name, (value, _))| (name.clone(), value.clone()))
            .collect()
    };
    own()
        .map(|entry| RuleSettingRecord {
            matches: entry.selector.as_ref().map(|selector| MatchRecord {
                labels: selector.labels.clone(),
                target: selector.target.clone(),
                provider: selector.provider.clone(),
            }),
            level: entry.level,
            severity: entry.severity,
            params: params(entry),
            location: entry.rule_place.clone(),
        })
        .collect()
}

/// The saved report that findings were compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineRecord {
    /// Its path as it was given.
    pub path: String,
    /// The time it was judged at, RFC 3339; null where there is no such file yet.
    #[schemars(with = "Option<String>")]
    pub judged_at: Option<Timestamp>,
    /// What has to be known to read `new` and `existing` rightly, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}
