//! The result in a few words, such as `INCOMPLETE DRIFT` or `CLEAN (1 waived)`.
//!
//! It repeats the audit's verdict and never makes one of its own, but for this:
//! where the audit's parts contradict each other, the worse one is said.

use super::{
    completeness::{has_result, incomplete_because, lacking, permitted_gaps},
    coverage::{is_partial, rules_evaluated},
};
use crate::audit::{Audit, FindingKind, WhyNot, code};

/// The result, one word for each kind of finding that counts.
pub(in crate::report) struct Headline {
    /// `INCOMPLETE POLICY DRIFT`, `CLEAN`, `CLEAN (1 waived)`, or what stands in its place.
    pub(in crate::report) words: String,
    /// Whether it is `CLEAN`, with whatever was permitted.
    pub(in crate::report) clean: bool,
}

impl Headline {
    pub(in crate::report) fn of(audit: &Audit) -> Self {
        let verdict = audit.verdict;
        let found = |kind: fn(FindingKind) -> bool| {
            audit.findings.iter().any(|f| f.counted() && kind(f.kind()))
        };
        let incomplete = !incomplete_because(audit).is_empty();
        let mut words = Vec::new();
        if verdict.exit_code == code::INTERRUPTED {
            words.push("INTERRUPTED");
        }
        if !has_result(audit) {
            words.push("ERROR");
        }
        if incomplete {
            words.push("INCOMPLETE");
        }
        if verdict.policy || found(|kind| kind == FindingKind::Policy) {
            words.push("POLICY");
        }
        if found(|kind| kind == FindingKind::StaleWaiver) {
            words.push("STALE-WAIVER");
        }
        let drifts = |kind| {
            matches!(
                kind,
                FindingKind::Missing | FindingKind::Changed | FindingKind::Unmanaged
            )
        };
        if verdict.drift || found(drifts) {
            words.push("DRIFT");
        }
        if !words.is_empty() {
            return Self {
                words: words.join(" "),
                clean: false,
            };
        }
        if verdict.exit_code != code::CLEAN {
            return Self {
                words: "FAILED".to_owned(),
                clean: false,
            };
        }
        let permitted = permitted(audit);
        let reservations = reservations(audit);
        let (words, clean) = match (reservations.first(), permitted.is_empty()) {
            (None, true) => ("CLEAN".to_owned(), true),
            (None, false) => (format!("CLEAN ({permitted})"), true),
            (Some(first), true) => (format!("NOTHING FOUND ({first})"), false),
            (Some(first), false) => (format!("NOTHING COUNTS ({first}; {permitted})"), false),
        };
        Self { words, clean }
    }

    /// `result: INCOMPLETE DRIFT exit=4`, which CI logs are searched for.
    pub(in crate::report) fn line(&self, audit: &Audit) -> String {
        format!("result: {} exit={}", self.words, audit.verdict.exit_code)
    }
}

/// What was found and may be so, in counts: `2 waived, 1 advisory`; empty where there is none.
fn permitted(audit: &Audit) -> String {
    let of = |why| {
        let findings = audit.findings.iter();
        findings.filter(|it| it.why_not == Some(why)).count()
    };
    let counts = [(WhyNot::Waived, "waived"), (WhyNot::Advisory, "advisory")]
        .map(|(why, word)| (of(why), word))
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Why a run that found nothing may still not be called clean.
fn reservations(audit: &Audit) -> Vec<String> {
    let mut reasons = Vec::new();
    let looked =
        !audit.connectors.is_empty() || audit.targets.iter().any(|target| target.listed.is_some());
    reasons.extend(permitted_gaps(audit));
    if is_partial(audit) {
        reasons.push("only part of the inventory was looked at".to_owned());
    }
    if !looked {
        reasons.push("there was nothing to check".to_owned());
    }
    if looked && !rules_evaluated(audit) {
        reasons.push("no rule was evaluated".to_owned());
    }
    reasons.extend(lacking(audit));
    reasons
}
