//! The records of an audit as data: targets, connectors, and what differs or was said of them.
//!
//! What derives its serialisation stands in the JSON report (`hubdrift.report/1`) as it is here, so
//! its keys are a contract: some may be added within `/1`, none may change its meaning. Texts that
//! came from AWS are kept as they came; each report makes them safe for its reader.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    diff::Drift,
    model::{
        Hub, Place, Shared, Unread,
        names::{names, open_names},
    },
    policy::RuleResult,
};

/// A target and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetRecord {
    /// Its name in the inventory.
    pub name: String,
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Who asked.
    pub caller_arn: Option<String>,
    /// `read`, `incomplete`, `unread`, `not_asked` or `out_of_scope`.
    pub status: TargetStatus,
    /// Why it isn't `read`.
    pub reason: Option<Unread>,
    /// Whether Security Hub is enabled.
    pub hub: Hub,
    /// How many connectors the listing held, each counted once; `None` when it wasn't read or wasn't needed.
    pub listed: Option<u64>,
    /// Unmanaged connectors in it that the inventory leaves aside.
    #[serde(default)]
    pub set_aside: u64,
    /// The shard it is in, with `--shard`.
    #[serde(default)]
    pub shard: Option<u32>,
}

/// How far a target was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetStatus {
    /// It was reached, and listed if that was needed.
    Read,
    /// It was reached; its listing failed.
    Incomplete,
    /// Nothing of it could be read.
    Unread,
    /// There was nothing to read and nothing to list in it, so nobody asked (`--allow-empty`).
    NotAsked,
    /// A filter or a shard left it out.
    OutOfScope,
}

/// The state of a connector.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All that is expected is observed.
    InSync,
    /// A field differs.
    Changed,
    /// It is expected and isn't there.
    Missing,
    /// It is there and isn't expected.
    Unmanaged,
    /// It could not be observed, or not whole.
    Unread,
}

names!(State {
    InSync => "in_sync",
    Changed => "changed",
    Missing => "missing",
    Unmanaged => "unmanaged",
    Unread => "unread",
});

/// One connector: what was expected, observed and said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorRecord {
    /// `TARGET/ID`, or `TARGET/CONNECTOR_ID` when it is unmanaged.
    pub address: String,
    /// Its target's name.
    pub target: String,
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The connector's id, if it is known.
    pub connector_id: Option<String>,
    /// Its ARN, if it is known.
    pub connector_arn: Option<String>,
    /// Its name, if it is known.
    pub name: Option<String>,
    /// The provider's type, if it is known.
    pub provider: Option<String>,
    /// The user's labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Where the inventory expects it; `None` when it is unmanaged.
    pub location: Option<Place>,
    /// Its state.
    pub state: State,
    /// When it was read, RFC 3339.
    #[schemars(with = "Option<String>")]
    pub observed_at: Option<Timestamp>,
    /// The request that was answered.
    pub request_id: Option<String>,
    /// Why it is unread, or what of it is.
    pub unread: Option<Unread>,
    /// For a missing connector: an unmanaged one of the expected name, which may have replaced it.
    #[serde(default)]
    pub replaced_by: Option<String>,
    /// The fields that differ.
    #[serde(default)]
    pub drift: Vec<DriftRecord>,
    /// How many fields were compared, of a connector that is there; what finds it is none of them.
    /// Absent in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<u64>,
    /// How many of its facts were observed that could be expected and are not.
    #[serde(default)]
    pub uncompared: u64,
    /// What the rules said, by rule.
    #[serde(default)]
    pub results: Shared<ResultRecord>,
    /// The waiver of its being missing or unmanaged; boxed, because few have one.
    #[serde(default)]
    pub waiver: Option<Box<WaiverRecord>>,
    /// What was observed, with `--include-observed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<serde_json::Value>,
}

/// A field that differs, and whether that is waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftRecord {
    /// The drift.
    #[serde(flatten)]
    pub drift: Drift,
    /// Its waiver.
    #[serde(default)]
    pub waiver: Option<Box<WaiverRecord>>,
}

/// What a rule said, and whether that is waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResultRecord {
    /// The result.
    #[serde(flatten)]
    pub result: RuleResult,
    /// Its waiver; boxed, because there are many results and few waivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Box<WaiverRecord>>,
}

/// The waiver of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRecord {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day, `YYYY-MM-DD`, UTC.
    #[schemars(with = "String")]
    pub expires: Date,
}

/// Why there is no result to trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRecord {
    /// `usage`, `inventory`, `rules`, `waivers`, `baseline`, `snapshot`, `settings`, `credentials`, `empty`,
    /// `report` (one that is not written, or not read) or `internal`.
    #[schemars(with = "String")]
    pub kind: ErrorKind,
    /// What was wrong.
    pub message: String,
    /// Where.
    pub location: Option<Place>,
}

/// What a problem that leaves no result is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ErrorKind {
    /// The command line.
    Usage,
    /// An inventory.
    Inventory,
    /// Rules.
    Rules,
    /// Waivers.
    Waivers,
    /// The saved report that findings are compared with.
    Baseline,
    /// A file that holds what was observed.
    Snapshot,
    /// AWS settings of the environment, a profile or a flag.
    Settings,
    /// There are no credentials at all.
    Credentials,
    /// There is nothing to read, or nothing to judge it by.
    Empty,
    /// A report that is not written, or not read.
    Report,
    /// A panic, or what only a broken machine brings about.
    Internal,
    /// What another version of `/1` calls it.
    Other(String),
}

open_names!(ErrorKind {
    Usage => "usage",
    Inventory => "inventory",
    Rules => "rules",
    Waivers => "waivers",
    Baseline => "baseline",
    Snapshot => "snapshot",
    Settings => "settings",
    Credentials => "credentials",
    Empty => "empty",
    Report => "report",
    Internal => "internal",
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of error and of input file is written in reports by the name that it has in words.
    #[test]
    fn names_are_those_that_are_written() {
        use crate::audit::InputKind;

        let kinds = [
            ErrorKind::Usage,
            ErrorKind::Inventory,
            ErrorKind::Rules,
            ErrorKind::Waivers,
            ErrorKind::Baseline,
            ErrorKind::Snapshot,
            ErrorKind::Settings,
            ErrorKind::Credentials,
            ErrorKind::Empty,
            ErrorKind::Report,
            ErrorKind::Internal,
            ErrorKind::Other("of another version".to_owned()),
        ];
        for kind in kinds {
            let name = serde_json::to_value(&kind).expect("JSON");
            assert_eq!(name, kind.as_str());
            assert_eq!(
                serde_json::from_value::<ErrorKind>(name).expect("a kind"),
                kind
            );
        }
        let kinds = [
            InputKind::Inventory,
            InputKind::Rule,
            InputKind::Waivers,
            InputKind::Snapshot,
            InputKind::Baseline,
            InputKind::Other("of another version".to_owned()),
        ];
        for kind in kinds {
            let name = serde_json::to_value(&kind).expect("JSON");
            assert_eq!(name, kind.as_str());
            assert_eq!(
                serde_json::from_value::<InputKind>(name).expect("a kind"),
                kind
            );
        }
        for kind in crate::audit::FindingKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
        }
        for state in State::ALL {
            assert_eq!(serde_json::to_value(state).expect("JSON"), state.as_str());
        }
        for why in crate::audit::WhyNot::ALL {
            assert_eq!(serde_json::to_value(why).expect("JSON"), why.as_str());
        }
        for kind in crate::audit::FailOn::ALL {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
        }
        for reason in crate::model::UnreadReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("JSON"), reason.as_str());
        }
    }
}
