//! A finding as it is written in `hubdrift.report/1`: flat, with a key for whatever some kind of it has.

use std::{borrow::Cow, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::waiver::{null_is_a_value, subject};
use crate::{
    audit::{
        self, About, Age, Audit, Change, FindingKind, Flags, HUB, RuleFinding, WaiverRecord,
        WhyNot, findings::changed_message,
    },
    model::{Level, Place, Severity},
    saved::Contradiction,
    waiver,
};

/// Anything a person should look at.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Finding<'a> {
    /// The same for the same finding in every run: 32 hex digits.
    fingerprint: Cow<'a, str>,
    /// What kind it is.
    kind: FindingKind,
    /// The connector's address; the target's name for `unlisted`; the waiver's pattern for `stale_waiver`.
    address: Cow<'a, str>,
    /// The account.
    account: Option<Cow<'a, str>>,
    /// The region.
    region: Option<Cow<'a, str>>,
    /// The connector's ARN, if it is known.
    connector_arn: Option<Cow<'a, str>>,
    /// The rule that said it.
    rule: Option<Arc<str>>,
    /// The fact it is about.
    path: Option<Cow<'a, str>>,
    /// How bad it is.
    severity: Severity,
    /// The rule's level; `None` for what no rule said.
    level: Option<Level>,
    /// What a person is told.
    message: Cow<'a, str>,
    /// For drift: what is expected; null for "must be absent".
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    expected: Option<Cow<'a, Json>>,
    /// Of the fact it is about: what was observed; null for absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    observed: Option<Cow<'a, Json>>,
    /// Where the inventory speaks of it.
    location: Option<Cow<'a, Place>>,
    /// Its waiver.
    waiver: Option<Cow<'a, WaiverRecord>>,
    /// Against a baseline: whether it is new.
    #[serde(default)]
    baseline: Option<Age>,
    /// Whether it changes the exit code.
    counted: bool,
    /// Why it doesn't.
    why_not: Option<WhyNot>,
}

impl<'a> Finding<'a> {
    pub(super) fn of(finding: &'a audit::Finding, counted: bool) -> Self {
        Self {
            fingerprint: Cow::Borrowed(&finding.fingerprint),
            kind: finding.kind(),
            address: Cow::Borrowed(&finding.address),
            account: finding.account.as_deref().map(Cow::Borrowed),
            region: finding.region.as_deref().map(Cow::Borrowed),
            connector_arn: finding.connector_arn.as_deref().map(Cow::Borrowed),
            rule: finding.by_rule().map(|found| Arc::clone(&found.rule)),
            path: finding.path(),
            severity: finding.severity,
            level: finding.level(),
            message: finding.full_message(),
            expected: finding.expected().map(Cow::Borrowed),
            observed: finding.observed().map(Cow::Borrowed),
            location: finding.location.as_ref().map(Cow::Borrowed),
            waiver: finding.waiver.as_ref().map(Cow::Borrowed),
            baseline: finding.baseline,
            counted,
            why_not: finding.why_not,
        }
    }

    /// The finding that was written; whether it counts is for the caller.
    pub(super) fn read(self) -> Result<audit::Finding, Contradiction> {
        let lacking = |what| Contradiction::Lacking {
            kind: self.kind,
            address: self.address.clone().into_owned(),
            what,
        };
        let [expected, observed] =
            [&self.expected, &self.observed].map(|it| it.as_deref().cloned());
        let path = self.path.as_deref();
        let found = |observed| {
            Ok(RuleFinding {
                rule: self.rule.clone().ok_or_else(|| lacking("rule"))?,
                level: self.level.ok_or_else(|| lacking("level"))?,
                path: path.map(str::to_owned),
                observed,
                result: None,
            })
        };
        let about = match self.kind {
            FindingKind::Unread => About::Unread,
            FindingKind::Unlisted => About::Unlisted,
            FindingKind::RuleError if self.rule.is_none() => About::RuleError(None),
            FindingKind::RuleError => About::RuleError(Some(found(observed)?)),
            FindingKind::NotChecked => About::NotChecked,
            FindingKind::Missing => About::Missing,
            FindingKind::Changed if path == Some(HUB) => About::HubEnabled,
            FindingKind::Changed => About::Changed(Change {
                path: path.ok_or_else(|| lacking("path"))?.to_owned(),
                expected,
                observed,
                drift: None,
            }),
            FindingKind::Unmanaged => About::Unmanaged,
            FindingKind::Policy => About::Policy(found(observed)?),
            FindingKind::StaleWaiver => About::StaleWaiver(path.map(subject)),
        };
        Ok(audit::Finding {
            fingerprint: self.fingerprint.into_owned(),
            about,
            record: None,
            address: self.address.into_owned(),
            account: self.account.map(Cow::into_owned),
            region: self.region.map(Cow::into_owned),
            connector_arn: self.connector_arn.map(Cow::into_owned),
            severity: self.severity,
            message: self.message.into_owned(),
            refusal: None,
            location: self.location.map(Cow::into_owned),
            waiver: self.waiver.map(Cow::into_owned),
            baseline: self.baseline,
            why_not: self.why_not,
        })
    }

    /// The same, where a reason why it doesn't count stands exactly where it doesn't count.
    pub(super) fn read_as_counted(self, flags: &Flags) -> Result<audit::Finding, Contradiction> {
        let counted = self.counted;
        let written = audit::fingerprint(
            self.kind,
            &self.address,
            self.rule.as_deref(),
            self.path.as_deref(),
        );
        let finding = self.read()?;
        // A rule or a path that its kind has no place for would be lost without a word.
        if finding.compute_fingerprint() != written {
            return Err(Contradiction::Fingerprint {
                kind: finding.kind(),
                address: finding.address,
            });
        }
        if counted == finding.counted() {
            return Ok(finding);
        }
        Err(Contradiction::Counted {
            kind: finding.kind(),
            counts: finding.why_not_under(flags).is_none(),
            address: finding.address,
        })
    }
}

/// Parts the message of each finding from the reason why a waiver doesn't permit it, which is
/// written behind it in brackets.
pub(super) fn part_refusals(audit: &mut Audit) {
    let connectors = &audit.connectors;
    for finding in audit.findings.iter_mut().chain(&mut audit.resolved) {
        let own = finding.record.and_then(|at| connectors.get(at));
        let known = match &finding.about {
            About::Policy(found) => {
                let result = own.and_then(|own| own.results.get(found.result?));
                result.map(|it| Cow::Borrowed(it.result.message.as_deref().unwrap_or_default()))
            }
            About::Changed(change) => {
                // Reports of earlier versions have the values in the record alone.
                let drift = own.and_then(|own| own.drift.get(change.drift?));
                let values = match (&change.expected, &change.observed, drift) {
                    (Some(expected), Some(observed), _) => Some((expected, observed)),
                    (_, _, Some(it)) => Some((&it.drift.expected, &it.drift.observed)),
                    _ => None,
                };
                values.map(|(expected, observed)| {
                    Cow::Owned(changed_message(&change.path, observed, expected))
                })
            }
            About::Missing | About::Unmanaged => None,
            // No waiver is asked about these.
            _ => continue,
        };
        let known = known.filter(|known| finding.message.starts_with(&**known));
        let Some(at) = waiver::refusal_at(&finding.message, known.map(|known| known.len())) else {
            continue;
        };
        let refusal = finding.message.split_off(at);
        finding.refusal = refusal
            .strip_prefix(" (")
            .and_then(|it| it.strip_suffix(')'))
            .map(str::to_owned);
    }
}
