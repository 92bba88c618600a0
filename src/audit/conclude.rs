//! What a whole audit comes to: its order, its counts and its verdict, computed from nothing but its records.
//!
//! A run and the merging of saved reports both end here.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Audit, ConnectorRecord, Coverage, ErrorRecord, Finding, FindingKind, Judged, Run, SCHEMA,
    State, Summary, Tool, Verdict, verdict::verdict,
};
use crate::model::Outcome;

/// Sorts, counts and judges what `audit` holds.
pub(crate) fn conclude(audit: &mut Audit) {
    audit.targets.sort_by(|a, b| a.name.cmp(&b.name));
    audit.connectors.sort_by(|a, b| a.address.cmp(&b.address));
    audit.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    audit.resolved.sort_by(|a, b| order(a).cmp(&order(b)));
    audit.summary = summarise(audit);
    audit.verdict = verdict(audit);
}

/// The name and version of this program.
pub fn tool() -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The audit of a run that has no result to trust.
pub fn failed(judged: Judged, run: Run, errors: Vec<ErrorRecord>) -> Audit {
    let mut audit = Audit {
        schema: SCHEMA.to_owned(),
        tool: tool(),
        run,
        interrupted: false,
        judged,
        verdict: Verdict::NONE,
        summary: Summary::default(),
        targets: Vec::new(),
        connectors: Vec::new(),
        findings: Vec::new(),
        resolved: Vec::new(),
        rules: Vec::new(),
        waivers: Vec::new(),
        errors,
    };
    audit.summary = summarise(&audit);
    audit
}

/// Says of an audit that something came to light which leaves no result to trust.
pub fn distrust(audit: &mut Audit, errors: impl IntoIterator<Item = ErrorRecord>) {
    let before = audit.errors.len();
    audit.errors.extend(errors);
    if audit.errors.len() > before {
        audit.verdict = verdict(audit);
    }
}

/// Findings are shown worst kind first, then by place in the account.
fn order(finding: &Finding) -> (FindingKind, &str, Option<&str>, Option<Cow<'_, str>>, &str) {
    (
        finding.kind(),
        &finding.address,
        finding.rule(),
        finding.path(),
        &finding.message,
    )
}

/// Counts what `audit` holds.
pub(crate) fn summarise(audit: &Audit) -> Summary {
    let mut states: BTreeMap<_, _> = State::ALL.map(|state| (state, 0)).into();
    let outcomes = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::NotApplicable,
        Outcome::Skipped,
        Outcome::Error,
    ];
    let mut outcomes: BTreeMap<_, _> = outcomes.map(|outcome| (outcome, 0)).into();
    let mut coverage = Coverage::default();
    for record in &audit.connectors {
        *states.entry(record.state).or_default() += 1;
        for result in &record.results {
            *outcomes.entry(result.result.outcome).or_default() += 1;
        }
        let exists = exists(record);
        coverage.read.done += u64::from(record.state != State::Unread);
        coverage.checked.done += u64::from(record.is_checked());
        coverage.managed.done += u64::from(exists && record.location.is_some());
        coverage.managed.of += u64::from(exists);
    }
    let set_aside = audit.targets.iter().map(|target| target.set_aside).sum();
    coverage.managed.of += set_aside;
    let all = audit.connectors.len() as u64;
    (coverage.read.of, coverage.checked.of) = (all, all);
    let count =
        |of: fn(&Finding) -> bool| audit.findings.iter().filter(|finding| of(finding)).count();
    Summary {
        states,
        outcomes,
        counted: count(Finding::counted) as u64,
        waived: count(|finding| finding.waiver.is_some()) as u64,
        coverage,
        uncompared_fields: audit.connectors.iter().map(|it| it.uncompared).sum(),
        set_aside,
    }
}

/// Whether it is known to exist: an unmanaged one from the listing, also when it could not be
/// read; an expected one from an answer, also when that was not whole.
fn exists(record: &ConnectorRecord) -> bool {
    let answered =
        record.name.is_some() || record.connector_arn.is_some() || record.provider.is_some();
    match record.state {
        State::Missing => false,
        State::InSync | State::Changed | State::Unmanaged => true,
        State::Unread => record.location.is_none() || answered,
    }
}
