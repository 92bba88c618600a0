//! What an inventory says: targets, expected connectors, and the settings of rules, each with its place.

use std::collections::BTreeMap;

use crate::{
    matcher::Matcher,
    model::{ConnectorArn, ConnectorId, Fact, Level, Place, Severity},
};

/// What a team expects, from all inventory files of a run.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Where to look, sorted by name.
    pub targets: Vec<Target>,
    /// What is expected there, in the files' order.
    pub connectors: Vec<Expected>,
    /// Which rules judge it, and how.
    pub policies: Policies,
    /// The waivers file, if one is named.
    pub waivers: Option<FileRef>,
}

impl Inventory {
    /// The expected connectors by their target's name, in the files' order.
    pub(crate) fn connectors_by_target(&self) -> BTreeMap<&str, Vec<&Expected>> {
        let mut by_target: BTreeMap<&str, Vec<&Expected>> = BTreeMap::new();
        for connector in &self.connectors {
            let of_target = by_target.entry(&connector.target).or_default();
            of_target.push(connector);
        }
        by_target
    }
}

/// A file that an inventory names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The path, joined to the directory of the inventory that names it.
    pub path: String,
    /// Where it is named.
    pub place: Place,
}

/// One (account, region) to look in.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name; `default` when the inventory defines no target.
    pub name: String,
    /// The account it must be, verified before anything is read.
    pub account: Option<String>,
    /// The region; `None` takes the environment's.
    pub region: Option<String>,
    /// Whose credentials to use.
    pub credentials: Credentials,
    /// How connectors count that the inventory doesn't list.
    pub unmanaged: Unmanaged,
    /// Unmanaged connectors that are another inventory's.
    pub unmanaged_except: Vec<Exception>,
    /// Whether Security Hub is expected to be enabled.
    pub hub_enabled: bool,
    /// Where it is defined; `None` for the implied one.
    pub place: Option<Place>,
}

/// Whose credentials a target uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// A profile of the AWS configuration.
    pub profile: Option<String>,
    /// A role to assume.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
}

/// How an unmanaged connector counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmanaged {
    /// It is a finding, and judged by the rules.
    #[default]
    Fail,
    /// It is judged by the rules.
    Judge,
    /// It is counted.
    Ignore,
}

impl Unmanaged {
    /// Every member's name, as files write it.
    pub const NAMES: &'static [&'static str] = &["fail", "judge", "ignore"];

    /// The member of that name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "fail" => Some(Self::Fail),
            "judge" => Some(Self::Judge),
            "ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}

/// Unmanaged connectors that are not findings.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The fact that is looked at: `name` or `connector_id`.
    pub fact: Fact,
    /// What it must be.
    pub matcher: Matcher,
    /// Where it is written.
    pub place: Place,
}

/// A connector that should exist.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The inventory's name for it.
    pub id: String,
    /// The name of its target.
    pub target: String,
    /// How it is found.
    pub identity: Identity,
    /// The user's own labels.
    pub labels: BTreeMap<String, String>,
    /// What it should be like; only this is compared.
    pub expect: Vec<Expectation>,
    /// Where it is written.
    pub place: Place,
}

impl Expected {
    /// `TARGET/ID`.
    pub fn address(&self) -> String {
        format!("{}/{}", self.target, self.id)
    }
}

/// How an expected connector is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// By its name, which survives a new id.
    Name(String),
    /// By its id.
    Id(ConnectorId),
    /// By its ARN.
    Arn(Box<ConnectorArn>),
}

impl Identity {
    /// The id, where it is known without asking.
    pub fn id(&self) -> Option<&ConnectorId> {
        match self {
            Self::Name(_) => None,
            Self::Id(id) => Some(id),
            Self::Arn(arn) => Some(&arn.id),
        }
    }
}

/// What one field should be.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The fact.
    pub fact: Fact,
    /// For tags: which one.
    pub key: Option<String>,
    /// What it should be.
    pub matcher: Matcher,
    /// Where it is written.
    pub place: Place,
}

impl Expectation {
    /// The fact's path, with the tag's key: `kms_key_arn`, `tags.team`.
    pub fn path(&self) -> String {
        let path = crate::facts::spec(self.fact).path;
        match &self.key {
            Some(key) => format!("{path}.{key}"),
            None => path.to_owned(),
        }
    }
}

/// Which rules judge, and how.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Whether the built-in rules are among them.
    pub builtin: bool,
    /// Directories or files of further rules.
    pub paths: Vec<FileRef>,
    /// Settings of single rules, in the files' order; for a connector, later ones win.
    pub rules: Vec<RuleSetting>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            builtin: true,
            paths: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// How one rule is set.
#[derive(Debug, Clone)]
pub struct RuleSetting {
    /// The rule's id.
    pub rule: String,
    /// Where the id is written.
    pub rule_place: Place,
    /// Its level, if set.
    pub level: Option<Level>,
    /// Its severity, if set.
    pub severity: Option<Severity>,
    /// Its parameters, with where each is written.
    pub params: BTreeMap<String, (serde_json::Value, Place)>,
    /// Which of `severity` and `params` is written first, and where.
    pub set_at: Option<(&'static str, Place)>,
    /// The connectors this is for; `None` for all.
    pub selector: Option<Selector>,
}

/// A `match`: which connectors a setting is for. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// Labels that must be there with these values.
    pub labels: BTreeMap<String, String>,
    /// The target's name.
    pub target: Option<String>,
    /// The provider's type, as observed.
    pub provider: Option<String>,
    /// Where it is written.
    pub place: Place,
}
