//! Whether the parts of a saved report agree, so that one edited by hand doesn't come out greener.
//!
//! What is checked holds for every report of `/1`, whichever version wrote it: what counts follows
//! from the flags, the verdict from the findings, and whatever is wrong in a record is a finding
//! too. Who edits all of a report's parts alike is not found out: it bears no signature.

use std::{collections::HashSet, fmt};

use super::{
    Age, Audit, ConnectorRecord, Finding, FindingKind, State, TargetStatus,
    conclude::summarise,
    findings::{fingerprint, why_not},
    join::tool,
    verdict::verdict,
};
use crate::model::Outcome;

/// The exit code of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

/// Two parts of a report that can't both be true: which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the report contradicts itself: {0}")]
pub struct Contradiction(String);

/// Compares what an audit says with what follows from its own records.
///
/// # Errors
/// The first contradiction.
pub fn verify(audit: &Audit) -> Result<(), Contradiction> {
    for finding in &audit.findings {
        check_finding(audit, finding)?;
    }
    let told: HashSet<_> = audit.findings.iter().map(Told::of).collect();
    let told = |kind, address, rule, path| told.contains(&Told(kind, address, rule, path));
    let mut in_scope = HashSet::new();
    for target in &audit.targets {
        let (name, unread) = (target.name.as_str(), FindingKind::Unlisted);
        let is_open = matches!(
            target.status,
            TargetStatus::Unread | TargetStatus::Incomplete
        );
        if is_open && !told(unread, name, None, None) {
            return contradiction(format_args!(
                "target {name} was not read, and no finding says so"
            ));
        }
        if target.status != TargetStatus::OutOfScope && !in_scope.insert(name) {
            return contradiction(format_args!("there are two targets {name}"));
        }
    }
    let mut addresses = HashSet::new();
    for record in &audit.connectors {
        let address = record.address.as_str();
        if !in_scope.contains(record.target.as_str()) {
            return contradiction(format_args!("{address} is in no target that was looked at"));
        }
        if !addresses.insert(address) {
            return contradiction(format_args!("there are two connectors {address}"));
        }
        for (kind, rule, path) in wrongs(record) {
            if !told(kind, address, rule, path) {
                let about = rule.or(path).map(|about| format!(" ({about})"));
                return contradiction(format_args!(
                    "{address} is {}{}, and no finding says so",
                    kind.as_str().replace('_', " "),
                    about.unwrap_or_default(),
                ));
            }
        }
    }
    check_verdict(audit)
}

/// What is compared of a finding: its kind, address, rule, and the path of a changed field.
#[derive(PartialEq, Eq, Hash)]
struct Told<'a>(FindingKind, &'a str, Option<&'a str>, Option<&'a str>);

impl<'a> Told<'a> {
    fn of(finding: &'a Finding) -> Self {
        let is_changed = finding.kind == FindingKind::Changed;
        let path = finding.path.as_deref().filter(|_| is_changed);
        Self(
            finding.kind,
            &finding.address,
            finding.rule.as_deref(),
            path,
        )
    }
}

/// What has to be a finding of a connector: kind, rule, and the path of a changed field.
fn wrongs(
    record: &ConnectorRecord,
) -> impl Iterator<Item = (FindingKind, Option<&str>, Option<&str>)> {
    let is_unread = record.state == State::Unread;
    let state = match record.state {
        State::Unread => Some(FindingKind::Unread),
        _ if record.unread.is_some() => Some(FindingKind::Unread),
        State::Missing => Some(FindingKind::Missing),
        // An unmanaged one may be judged and no finding; a changed one is by its fields.
        State::InSync | State::Changed | State::Unmanaged => None,
    };
    let drift = record.drift.iter();
    let drift = drift.map(|it| (FindingKind::Changed, None, Some(it.drift.path.as_str())));
    let results = record.results.iter().filter_map(move |it| {
        let kind = match it.result.outcome {
            Outcome::Fail => FindingKind::Policy,
            // An unread connector is one finding, not one for each rule.
            Outcome::Error if !is_unread => FindingKind::RuleError,
            _ => return None,
        };
        Some((kind, Some(&*it.result.rule), None))
    });
    let state = state.map(|kind| (kind, None, None)).into_iter();
    state.chain(drift).chain(results)
}

fn check_finding(audit: &Audit, finding: &Finding) -> Result<(), Contradiction> {
    let Finding { kind, address, .. } = finding;
    let kind = kind.as_str();
    if finding.fingerprint != fingerprint(finding) {
        return contradiction(format_args!(
            "the fingerprint of {kind} {address} is another's"
        ));
    }
    let why_not = why_not(finding, &audit.judged.flags);
    if (finding.why_not, finding.counted) != (why_not, why_not.is_none()) {
        let should = if why_not.is_none() {
            "counts"
        } else {
            "doesn't count"
        };
        return contradiction(format_args!(
            "{kind} {address} {should}, but it says otherwise"
        ));
    }
    let permits = |waiver| {
        audit
            .waivers
            .iter()
            .any(|it| &it.waiver == waiver && it.used)
    };
    if finding
        .waiver
        .as_ref()
        .is_some_and(|waiver| !permits(waiver))
    {
        return contradiction(format_args!(
            "no waiver of the run permits {kind} {address}"
        ));
    }
    if finding.baseline == Some(Age::Existing)
        && (audit.judged.baseline.is_none() || finding.kind.is_incomplete())
    {
        return contradiction(format_args!("{kind} {address} is in no baseline"));
    }
    Ok(())
}

fn check_verdict(audit: &Audit) -> Result<(), Contradiction> {
    let said = audit.verdict;
    let follows = verdict(
        &audit.findings,
        &audit.errors,
        said.exit_code == INTERRUPTED,
    );
    if said != follows {
        return contradiction(format_args!(
            "its verdict is exit {}, complete {}, drift {}, policy {}, but from its findings \
             follows exit {}, complete {}, drift {}, policy {}",
            said.exit_code,
            said.complete,
            said.drift,
            said.policy,
            follows.exit_code,
            follows.complete,
            follows.drift,
            follows.policy,
        ));
    }
    let scope = audit.judged.scope.targets;
    let all = audit.targets.len() as u64;
    let looked_at = audit.targets.iter();
    let looked_at = looked_at.filter(|target| target.status != TargetStatus::OutOfScope);
    // A merged report counts the targets of lost shards among those that are unread.
    if audit.errors.is_empty() && (scope.of != all || scope.done > looked_at.count() as u64) {
        return contradiction(format_args!("its scope is not that of its targets"));
    }
    // Another version may count otherwise.
    if audit.tool == tool() && audit.summary != summarise(audit) {
        return contradiction(format_args!("its summary is not that of its records"));
    }
    Ok(())
}

fn contradiction(what: fmt::Arguments<'_>) -> Result<(), Contradiction> {
    Err(Contradiction(what.to_string()))
}
