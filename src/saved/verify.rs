//! Whether the parts of a saved report agree, so that one edited by hand doesn't come out greener.
//!
//! What is checked holds for every report of `/1`, whichever version wrote it: what counts follows
//! from the flags, the verdict from the findings, whatever is not well in a record is a finding
//! too, every rule that is on judged every connector, and nothing that was listed is
//! left out. Who edits all of a report's parts alike is not found out: it bears no signature.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::contradiction::Contradiction;
use crate::{
    audit::{
        About, Age, Audit, ConnectorRecord, Finding, FindingKind, Input, InputKind, ResultRecord,
        RuleRecord, State, TargetRecord, TargetStatus, WaiverRecord, WaiverSubject, WaiverUse,
        WhyNot, summarise, tool, verdict,
    },
    model::{Level, Outcome},
    waiver::covers,
};

/// How far apart the shards of one run may have been judged. Less than a day, so that what
/// yesterday's run left behind is not taken for a part of today's.
pub(super) const APART: SignedDuration = SignedDuration::from_hours(12);

/// Compares what an audit says with what follows from its own records.
///
/// # Errors
/// The first contradiction.
pub fn verify(audit: &Audit) -> Result<(), Contradiction> {
    for finding in &audit.findings {
        check_finding(audit, finding)?;
    }
    let present: HashSet<_> = audit.findings.iter().map(FindingKey::of).collect();
    let in_scope = check_targets(audit, &present)?;
    let rules = Rules::of(audit)?;
    let mut records = HashMap::new();
    let says_compared = audit.connectors.iter().any(|it| it.compared.is_some());
    for record in &audit.connectors {
        let address = record.address.as_str();
        let compared = record.compared;
        if says_compared && compared.is_none_or(|it| it < record.drift.len() as u64) {
            return Err(Contradiction::Compared(address.to_owned()));
        }
        if !in_scope.contains(record.target.as_str()) {
            return Err(Contradiction::NoTarget(address.to_owned()));
        }
        if records.insert(address, record).is_some() {
            return Err(Contradiction::TwoConnectors(address.to_owned()));
        }
        rules.check(record)?;
        if !may_drift(record) {
            return Err(Contradiction::Drift {
                address: address.to_owned(),
                state: record.state,
            });
        }
        for required in required(record) {
            check_present(&present, &required)?;
        }
    }
    let uncounted = |finding: &&Finding| {
        let why_not = finding.why_not;
        finding.about == About::Missing
            && matches!(why_not, Some(WhyNot::NotInFailOn | WhyNot::Existing))
    };
    // Nothing else would say that it was not judged.
    for finding in audit.findings.iter().filter(uncounted) {
        let Some(record) = records.get(finding.address.as_str()) else {
            continue;
        };
        let is_skipped = |it: &ResultRecord| it.result.outcome == Outcome::Skipped;
        let kind = if record.results.iter().any(is_skipped) {
            FindingKind::RuleError
        } else if record.compared.is_some() {
            FindingKind::NotChecked
        } else {
            continue;
        };
        check_present(&present, &FindingKey::new(kind, &finding.address))?;
    }
    check_verdict(audit)
}

/// The part of a finding that follows from the record that it is about.
#[derive(PartialEq, Eq, Hash)]
struct FindingKey<'a> {
    kind: FindingKind,
    address: &'a str,
    rule: Option<&'a str>,
    /// Of a changed field.
    path: Option<&'a str>,
    level: Option<Level>,
    waiver: Option<&'a WaiverRecord>,
}

impl<'a> FindingKey<'a> {
    const fn new(kind: FindingKind, address: &'a str) -> Self {
        Self {
            kind,
            address,
            rule: None,
            path: None,
            level: None,
            waiver: None,
        }
    }

    fn of(finding: &'a Finding) -> Self {
        let path = match &finding.about {
            About::Changed(change) => Some(&*change.path),
            _ => None,
        };
        Self {
            rule: finding.rule(),
            path,
            level: finding.level(),
            waiver: finding.waiver.as_ref(),
            ..Self::new(finding.kind(), &finding.address)
        }
    }
}

fn check_present(
    present: &HashSet<FindingKey<'_>>,
    required: &FindingKey<'_>,
) -> Result<(), Contradiction> {
    if present.contains(required) {
        return Ok(());
    }
    Err(Contradiction::NoFinding {
        kind: required.kind,
        address: required.address.to_owned(),
        about: required.rule.or(required.path).map(str::to_owned),
    })
}

/// Whether a connector's state fits the fields that differ.
fn may_drift(record: &ConnectorRecord) -> bool {
    match record.state {
        State::Changed => !record.drift.is_empty(),
        State::InSync | State::Missing | State::Unmanaged => record.drift.is_empty(),
        State::Unread => true,
    }
}

/// The findings that must be there of a connector.
fn required(record: &ConnectorRecord) -> impl Iterator<Item = FindingKey<'_>> {
    let own = |kind| FindingKey::new(kind, &record.address);
    let is_unread = record.state == State::Unread;
    let state = match record.state {
        State::Unread => Some(own(FindingKind::Unread)),
        _ if record.unread.is_some() => Some(own(FindingKind::Unread)),
        // Earlier versions did not say what was compared.
        _ if record.is_unchecked() && record.compared.is_some() => {
            Some(own(FindingKind::NotChecked))
        }
        State::Missing => Some(FindingKey {
            waiver: record.waiver.as_deref(),
            ..own(FindingKind::Missing)
        }),
        // An unmanaged one may be judged and no finding; a changed one is by its fields.
        State::InSync | State::Changed | State::Unmanaged => None,
    };
    let drift = record.drift.iter().map(move |it| FindingKey {
        path: Some(&it.drift.path),
        waiver: it.waiver.as_deref(),
        ..own(FindingKind::Changed)
    });
    let results = record.results.iter().filter_map(move |it| {
        let kind = match it.result.outcome {
            Outcome::Fail => FindingKind::Policy,
            // An unread connector is one finding, not one for each rule.
            Outcome::Error if !is_unread => FindingKind::RuleError,
            _ => return None,
        };
        Some(FindingKey {
            rule: Some(&it.result.rule),
            level: Some(it.result.level),
            waiver: it.waiver.as_deref(),
            ..own(kind)
        })
    });
    state.into_iter().chain(drift).chain(results)
}

/// Checks the targets, and gives the names of those that were looked at.
fn check_targets<'a>(
    audit: &'a Audit,
    present: &HashSet<FindingKey<'_>>,
) -> Result<HashSet<&'a str>, Contradiction> {
    let scope = &audit.judged.scope;
    let is_whole = scope.shard.is_none() && scope.filters.is_empty();
    let mut records: HashMap<&str, Vec<&ConnectorRecord>> = HashMap::new();
    for record in &audit.connectors {
        records.entry(&record.target).or_default().push(record);
    }
    let mut in_scope = HashSet::new();
    for target in &audit.targets {
        let name = target.name.as_str();
        if target.status == TargetStatus::OutOfScope {
            if is_whole {
                return Err(Contradiction::OutOfScope(name.to_owned()));
            }
            continue;
        }
        if target.status == TargetStatus::NotAsked {
            if !audit.judged.flags.allow_empty || target.listed.is_some() {
                return Err(Contradiction::NotAsked(name.to_owned()));
            }
            continue;
        }
        if target.status != TargetStatus::Read
            && !present.contains(&FindingKey::new(FindingKind::Unlisted, name))
        {
            return Err(Contradiction::TargetUnread(name.to_owned()));
        }
        if !in_scope.insert(name) {
            return Err(Contradiction::TwoTargets(name.to_owned()));
        }
        if lacks_listed(target, records.get(name).map_or(&[], Vec::as_slice)) {
            return Err(Contradiction::LacksListed(name.to_owned()));
        }
    }
    // What is a part may be an empty one.
    let may_be_empty = audit.judged.flags.allow_empty || scope.shard.is_some();
    if in_scope.is_empty() && audit.errors.is_empty() && !may_be_empty {
        return Err(Contradiction::Nothing);
    }
    Ok(in_scope)
}

/// Whether a connector that was listed in a target has no record and isn't set aside.
fn lacks_listed(target: &TargetRecord, records: &[&ConnectorRecord]) -> bool {
    let has_id = |it: &&ConnectorRecord| it.connector_id.is_some();
    let known = records.iter().copied().filter(has_id).count() as u64;
    // Of several with one name it is not known which is meant: then one record is for all of them.
    let is_open = |it: &&ConnectorRecord| it.state == State::Unread && !has_id(it);
    !records.iter().any(is_open)
        && target
            .listed
            .is_some_and(|listed| listed > known + target.set_aside)
}

/// The rules that judged, and at which levels each of them may have.
struct Rules<'a>(Vec<(&'a str, Vec<Level>)>);

impl<'a> Rules<'a> {
    fn of(audit: &'a Audit) -> Result<Self, Contradiction> {
        let levels = |rule: &'a RuleRecord| {
            let settings = rule.settings.iter().filter_map(|it| it.level);
            let levels: Vec<Level> = [rule.level].into_iter().chain(settings).collect();
            (&*rule.id, levels)
        };
        let is_on = |(_, levels): &(&str, Vec<Level>)| levels.iter().any(|it| *it != Level::Off);
        let on: Vec<_> = audit.rules.iter().map(levels).filter(is_on).collect();
        if audit.errors.is_empty() {
            let mut read = audit.judged.inputs.iter();
            let known: HashSet<_> = audit.rules.iter().map(|rule| &rule.sha256).collect();
            let lost = |it: &&Input| it.kind == InputKind::Rule && !known.contains(&it.sha256);
            if let Some(input) = read.find(lost) {
                return Err(Contradiction::LostRule(input.path.clone()));
            }
            if on.is_empty() && !audit.judged.flags.allow_empty {
                return Err(Contradiction::NoRule);
            }
        }
        Ok(Self(on))
    }

    /// Whether exactly these rules judged a connector, each at a level that it may have.
    fn check(&self, record: &ConnectorRecord) -> Result<(), Contradiction> {
        let address = &record.address;
        let judged = record.results.iter().map(|it| &*it.result.rule);
        if !judged.eq(self.0.iter().map(|(id, _)| *id)) {
            return Err(Contradiction::OtherRules(address.clone()));
        }
        for (ResultRecord { result, .. }, (id, levels)) in record.results.iter().zip(&self.0) {
            if !levels.contains(&result.level) {
                return Err(Contradiction::Level {
                    rule: (*id).to_owned(),
                    level: result.level.as_str(),
                    address: address.clone(),
                });
            }
            if result.outcome == Outcome::Skipped && record.state != State::Missing {
                return Err(Contradiction::Skipped {
                    rule: (*id).to_owned(),
                    address: address.clone(),
                });
            }
        }
        Ok(())
    }
}

fn check_finding(audit: &Audit, finding: &Finding) -> Result<(), Contradiction> {
    let (kind, address) = (finding.kind(), || finding.address.clone());
    if finding.fingerprint != finding.compute_fingerprint() {
        let address = address();
        return Err(Contradiction::Fingerprint { kind, address });
    }
    let why_not = finding.why_not_under(&audit.judged.flags);
    if finding.why_not != why_not {
        return Err(Contradiction::Counted {
            kind,
            address: address(),
            counts: why_not.is_none(),
        });
    }
    if let Some(waiver) = &finding.waiver {
        let permits = |it: &WaiverUse| it.used && it.waiver == *waiver && is_about(it, finding);
        if !audit.waivers.iter().any(permits) {
            let address = address();
            return Err(Contradiction::NotPermitted { kind, address });
        }
        let now = audit.judged.now;
        if now.is_none_or(|now| has_ended(waiver.expires, now)) {
            let address = address();
            return Err(Contradiction::WaiverExpired { kind, address });
        }
    }
    let baseline = audit.judged.baseline.as_ref();
    let has_baseline = baseline.is_some_and(|it| it.judged_at.is_some());
    if finding.baseline == Some(Age::Existing) && (!has_baseline || kind.is_incomplete()) {
        let address = address();
        return Err(Contradiction::NoBaseline { kind, address });
    }
    Ok(())
}

/// Whether a waiver speaks of a finding, as far as a report says what it is for.
fn is_about(waiver: &WaiverUse, finding: &Finding) -> bool {
    let subject = match (&waiver.subject, &finding.about) {
        (WaiverSubject::Missing, About::Missing) | (WaiverSubject::Unmanaged, About::Unmanaged) => {
            true
        }
        (WaiverSubject::Drift(path), About::Changed(change)) => *path == change.path,
        (WaiverSubject::Rules(rules), About::Policy(found)) => {
            rules.iter().any(|rule| **rule == *found.rule)
        }
        _ => false,
    };
    subject && covers(&waiver.connector, &finding.address)
}

fn check_verdict(audit: &Audit) -> Result<(), Contradiction> {
    let (is, follows) = (audit.verdict, verdict(audit));
    if is != follows {
        return Err(Contradiction::Verdict { is, follows });
    }
    check_times(audit)?;
    let scope = audit.judged.scope.targets;
    let all = audit.targets.len() as u64;
    let looked_at = audit.targets.iter();
    let looked_at = looked_at.filter(|target| target.status.is_asked());
    // A merged report counts the targets of lost shards among those that are unread.
    if audit.errors.is_empty() && (scope.of != all || scope.done > looked_at.count() as u64) {
        return Err(Contradiction::Scope);
    }
    // Another version may count otherwise.
    if audit.tool == tool() && audit.summary != summarise(audit) {
        return Err(Contradiction::Summary);
    }
    Ok(())
}

/// Whether the shards of a merged report are of times that may be merged.
fn check_times(audit: &Audit) -> Result<(), Contradiction> {
    let Some(since) = audit.judged.since else {
        return Ok(());
    };
    let may_be = |apart| apart > SignedDuration::ZERO && apart <= APART;
    let apart = audit.judged.now.map(|now| now.duration_since(since));
    if audit.judged.scope.shard.is_some() || !apart.is_some_and(may_be) {
        return Err(Contradiction::Times);
    }
    Ok(())
}

/// Whether a waiver's last day is over at that time.
pub(super) fn has_ended(expires: Date, now: Timestamp) -> bool {
    expires < now.to_zoned(TimeZone::UTC).date()
}
