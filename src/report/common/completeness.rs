//! Why not everything in scope was read and checked, in counts such as `2 unread connectors`.

use super::value::count;
use crate::{
    audit::{Audit, ConnectorRecord, Finding, FindingKind, State, code},
    model::Outcome,
};

/// Whether there is a result to trust.
pub(in crate::report) fn has_result(audit: &Audit) -> bool {
    audit.verdict.exit_code != code::FAILED && audit.errors.is_empty()
}

/// Why the run is incomplete, in counts; empty when it isn't.
pub(in crate::report) fn incomplete_because(audit: &Audit) -> Vec<String> {
    let of = |kind| {
        let findings = audit.findings.iter();
        findings
            .filter(|f| f.kind() == kind && f.is_incomplete())
            .count()
    };
    let unread = |c: &&ConnectorRecord| c.state == State::Unread || c.unread.is_some();
    let unread = audit.connectors.iter().filter(unread).count();
    // Where a finding and its record disagree, the worse is said.
    let unread = unread.max(of(FindingKind::Unread));
    let not_checked = of(FindingKind::NotChecked) as u64;
    let mut reasons: Vec<String> = [
        (unread, "unread connector"),
        (of(FindingKind::Unlisted), "unlisted target"),
        (of(FindingKind::RuleError), "rule error"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, noun)| count(n as u64, noun))
    .collect();
    if not_checked > 0 {
        reasons.push(unchecked(not_checked));
    }
    if reasons.is_empty() && !audit.verdict.complete {
        let skips = |c: &&ConnectorRecord| {
            c.results
                .iter()
                .any(|r| r.result.outcome == Outcome::Skipped)
        };
        let skipped = audit.connectors.iter().filter(skips).count();
        reasons.push(match (skipped, audit.errors.is_empty()) {
            (0, false) => "nothing was judged".to_owned(),
            (0, true) => "the run did not get to its end".to_owned(),
            (n, _) => format!(
                "rules were skipped on {} that may be missing without counting",
                count(n as u64, "connector")
            ),
        });
    }
    reasons
}

/// What was not read and checked although the run is not incomplete, in counts: what
/// `--allow-empty` permits.
pub(in crate::report) fn permitted_gaps(audit: &Audit) -> Vec<String> {
    let not_asked = audit.not_asked().len() as u64;
    let records = audit.connectors.iter().filter(|it| it.is_unchecked());
    let permitted = |f: &&Finding| f.kind() == FindingKind::NotChecked && !f.is_incomplete();
    let permitted = audit.findings.iter().filter(permitted).count();
    let incomplete = audit.findings.iter();
    let incomplete =
        incomplete.filter(|f| f.kind() == FindingKind::NotChecked && f.is_incomplete());
    let not_checked = records
        .count()
        .saturating_sub(incomplete.count())
        .max(permitted) as u64;
    let mut gaps = Vec::new();
    if not_asked > 0 {
        gaps.push(format!("{} not asked", count(not_asked, "target")));
    }
    if not_checked > 0 {
        gaps.push(unchecked(not_checked));
    }
    gaps
}

/// Why not everything in scope was read and checked, permitted or not; empty only where it was.
pub(in crate::report) fn lacking(audit: &Audit) -> Vec<String> {
    let mut reasons = incomplete_because(audit);
    reasons.extend(permitted_gaps(audit));
    if reasons.is_empty() && !audit.is_read_and_checked() {
        reasons.push("not everything was read and checked".to_owned());
    }
    reasons
}

fn unchecked(n: u64) -> String {
    format!("{} that nothing checked", count(n, "connector"))
}
