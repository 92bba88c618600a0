//! Findings as data: what each is about, and whether it counts. How they come about is not known here.

use std::{borrow::Cow, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{
    evidence::WaiverSubject,
    judged::{FailOn, Flags},
    record::WaiverRecord,
};
use crate::model::{Level, Place, Severity, names::names};

/// Anything a person should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The same for the same finding in every run: 32 hex digits.
    pub fingerprint: String,
    /// What it is about.
    pub about: About,
    /// The index of the record it is about, in the audit's list of connectors; of targets, where it
    /// is about a target; or of waivers. `None` where the audit has no such record: the finding is
    /// of an earlier run, or of a shard that is not there.
    pub record: Option<usize>,
    /// The connector's address; the name of the target; the address pattern of the waiver.
    pub address: String,
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The connector's ARN, if it is known.
    pub connector_arn: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in words.
    pub message: String,
    /// Why a waiver that is about it doesn't permit it.
    pub refusal: Option<String>,
    /// Where the inventory, or the waivers file, speaks of it.
    pub location: Option<Place>,
    /// Its waiver.
    pub waiver: Option<WaiverRecord>,
    /// Against a baseline: whether it is new.
    pub baseline: Option<Age>,
    /// Why it doesn't change the exit code; `None` where it does.
    pub why_not: Option<WhyNot>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// A connector could not be read, or not whole.
    Unread,
    /// What exists in a target could not be listed.
    Unlisted,
    /// A rule could not be evaluated; `None`: no rule could, because the connector is missing.
    RuleError(Option<RuleFinding>),
    /// No rule gave a verdict on a connector, and no field of it was compared.
    NotChecked,
    /// A connector is not there.
    Missing,
    /// A field of a connector differs.
    Changed(Change),
    /// Security Hub is enabled in a target, and the inventory expects that it isn't.
    HubEnabled,
    /// A connector is not in the inventory.
    Unmanaged,
    /// A rule failed.
    Policy(RuleFinding),
    /// A waiver is of no use any more, or soon. What it permits, where that is known.
    StaleWaiver(Option<WaiverSubject>),
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFinding {
    /// The rule.
    pub rule: Arc<str>,
    /// Its level for this connector.
    pub level: Level,
    /// The fact that it points at.
    pub path: Option<String>,
    /// The value of that fact, if it has one.
    pub observed: Option<Json>,
    /// The index of the rule's result in the connector's record.
    pub result: Option<usize>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The fact.
    pub path: String,
    /// What is expected, null for "must be absent"; `None` in reports of earlier versions.
    pub expected: Option<Json>,
    /// What was observed, null for absent; `None` in reports of earlier versions.
    pub observed: Option<Json>,
    /// The index of the field in the connector's record.
    pub drift: Option<usize>,
}

/// The path that stands for a target's hub, which is no fact of a connector.
pub(crate) const HUB: &str = "hub";

impl Finding {
    /// A finding of which no more is known yet.
    pub fn new(
        about: About,
        address: impl Into<String>,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        Self {
            fingerprint: String::new(),
            about,
            record: None,
            address: address.into(),
            account: None,
            region: None,
            connector_arn: None,
            severity,
            message: message.into(),
            refusal: None,
            location: None,
            waiver: None,
            baseline: None,
            why_not: None,
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> FindingKind {
        self.about.kind()
    }

    /// Whether it changes the exit code.
    pub const fn counted(&self) -> bool {
        self.why_not.is_none()
    }

    /// What a rule found, if a rule found it.
    pub const fn by_rule(&self) -> Option<&RuleFinding> {
        match &self.about {
            About::RuleError(Some(found)) | About::Policy(found) => Some(found),
            _ => None,
        }
    }

    /// The rule that found it.
    pub fn rule(&self) -> Option<&str> {
        self.by_rule().map(|found| &*found.rule)
    }

    /// The rule's level; `None` for what no rule found.
    pub fn level(&self) -> Option<Level> {
        self.by_rule().map(|found| found.level)
    }

    /// The fact it is about; of a stale waiver, what the waiver permits.
    pub fn path(&self) -> Option<Cow<'_, str>> {
        match &self.about {
            About::Changed(change) => Some(Cow::Borrowed(&change.path)),
            About::HubEnabled => Some(Cow::Borrowed(HUB)),
            About::StaleWaiver(subject) => Some(Cow::Owned(subject.as_ref()?.to_string())),
            _ => self.by_rule()?.path.as_deref().map(Cow::Borrowed),
        }
    }

    /// The rule that found it, or else the fact it is about.
    pub fn rule_or_path(&self) -> Option<Cow<'_, str>> {
        self.rule().map(Cow::Borrowed).or_else(|| self.path())
    }

    /// For a field that differs: what is expected.
    pub const fn expected(&self) -> Option<&Json> {
        match &self.about {
            About::Changed(change) => change.expected.as_ref(),
            _ => None,
        }
    }

    /// Of the fact it is about: what was observed.
    pub fn observed(&self) -> Option<&Json> {
        match &self.about {
            About::Changed(change) => change.observed.as_ref(),
            _ => self.by_rule()?.observed.as_ref(),
        }
    }

    /// The message, and behind it in brackets why a waiver doesn't permit what was found.
    pub fn full_message(&self) -> Cow<'_, str> {
        match &self.refusal {
            Some(why) => Cow::Owned(format!("{} ({why})", self.message)),
            None => Cow::Borrowed(&self.message),
        }
    }

    /// Gives it its fingerprint, and says whether it counts under these flags.
    pub(crate) fn settle(&mut self, flags: &Flags) {
        self.fingerprint = self.compute_fingerprint();
        self.why_not = self.why_not_under(flags);
    }

    /// The fingerprint of what it is about.
    pub(crate) fn compute_fingerprint(&self) -> String {
        fingerprint(
            self.kind(),
            &self.address,
            self.rule(),
            self.path().as_deref(),
        )
    }

    /// Why it doesn't count under these flags, if it doesn't.
    pub(crate) fn why_not_under(&self, flags: &Flags) -> Option<WhyNot> {
        let chosen = match &self.about {
            About::NotChecked if flags.allow_empty => return Some(WhyNot::AllowEmpty),
            // Nothing takes these away.
            About::Unread | About::Unlisted | About::RuleError(_) | About::NotChecked => {
                return None;
            }
            About::Missing => FailOn::Missing,
            About::Changed(_) | About::HubEnabled => FailOn::Changed,
            About::Unmanaged => FailOn::Unmanaged,
            About::Policy(_) => FailOn::Policy,
            About::StaleWaiver(_) => FailOn::StaleWaiver,
        };
        if self.waiver.is_some() {
            return Some(WhyNot::Waived);
        }
        if self.level().is_some_and(|level| level != Level::Mandatory) {
            return Some(WhyNot::Advisory);
        }
        if flags.new_only && self.baseline == Some(Age::Existing) {
            return Some(WhyNot::Existing);
        }
        let counts = !flags.report_only && flags.fail_on.contains(&chosen);
        (!counts).then_some(WhyNot::NotInFailOn)
    }
}

/// The first 16 bytes, in hex, of SHA-256 over kind, address, rule and path, separated by NUL.
pub(crate) fn fingerprint(
    kind: FindingKind,
    address: &str,
    rule: Option<&str>,
    path: Option<&str>,
) -> String {
    let (rule, path) = (rule.unwrap_or_default(), path.unwrap_or_default());
    let text = [kind.as_str(), address, rule, path].join("\0");
    crate::text::hex(&Sha256::digest(text.as_bytes())[..16])
}

impl About {
    /// The kind of such findings.
    pub const fn kind(&self) -> FindingKind {
        match self {
            Self::Unread => FindingKind::Unread,
            Self::Unlisted => FindingKind::Unlisted,
            Self::RuleError(_) => FindingKind::RuleError,
            Self::NotChecked => FindingKind::NotChecked,
            Self::Missing => FindingKind::Missing,
            Self::Changed(_) | Self::HubEnabled => FindingKind::Changed,
            Self::Unmanaged => FindingKind::Unmanaged,
            Self::Policy(_) => FindingKind::Policy,
            Self::StaleWaiver(_) => FindingKind::StaleWaiver,
        }
    }
}

/// The kinds of finding, in the order in which they are shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A connector could not be read, or not whole.
    Unread,
    /// What exists in a target could not be listed.
    Unlisted,
    /// A rule could not be evaluated.
    RuleError,
    /// No rule gave a verdict on a connector, and no field of it was compared.
    NotChecked,
    /// A connector is not there.
    Missing,
    /// A field differs.
    Changed,
    /// A connector is not in the inventory.
    Unmanaged,
    /// A rule failed.
    Policy,
    /// A waiver is of no use any more, or soon.
    StaleWaiver,
}

names!(FindingKind {
    Unread => "unread",
    Unlisted => "unlisted",
    RuleError => "rule_error",
    NotChecked => "not_checked",
    Missing => "missing",
    Changed => "changed",
    Unmanaged => "unmanaged",
    Policy => "policy",
    StaleWaiver => "stale_waiver",
});

impl FindingKind {
    /// Whether it makes the run incomplete: nothing takes these away, but `--allow-empty` the last.
    pub const fn is_incomplete(self) -> bool {
        matches!(
            self,
            Self::Unread | Self::Unlisted | Self::RuleError | Self::NotChecked
        )
    }
}

/// Whether a finding is in the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// It isn't.
    New,
    /// It is.
    Existing,
}

/// Why a finding doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// A waiver permits it.
    Waived,
    /// Its rule is advisory.
    Advisory,
    /// The baseline has it.
    Existing,
    /// `--fail-on` or `--report-only` leaves its kind out.
    NotInFailOn,
    /// `--allow-empty` permits that nothing is checked.
    AllowEmpty,
}

names!(WhyNot {
    Waived => "waived",
    Advisory => "advisory",
    Existing => "existing",
    NotInFailOn => "not_in_fail_on",
    AllowEmpty => "allow_empty",
});
