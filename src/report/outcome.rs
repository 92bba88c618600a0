//! What every format for people says alike: which findings are a connector's, whether they count and why not, and the words of the result.
//!
//! It repeats the audit's verdict and never makes one of its own, but for this:
//! where the audit's parts contradict each other, the worse one is said.

use std::collections::HashMap;

use crate::{
    audit::{Age, Audit, FailOn, Finding, FindingKind, Flags, State, WaiverRecord, WhyNot},
    diff::Drift,
    model::{Level, Outcome},
};

use super::value;

/// The exit code of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

/// Findings by the address they are about; each is taken once, so that none is shown twice or lost.
///
/// Stale waivers are about the waivers file, even where their pattern is an address.
pub(super) struct Findings<'a> {
    by_address: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(audit: &'a Audit) -> Self {
        let mut by_address: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in audit
            .findings
            .iter()
            .filter(|finding| finding.kind() != FindingKind::StaleWaiver)
        {
            by_address
                .entry(&finding.address)
                .or_default()
                .push(finding);
        }
        Self { by_address }
    }

    /// What there is about that address, not taken yet.
    pub(super) fn take(&mut self, address: &str) -> Own<'a> {
        Own(self.by_address.remove(address).unwrap_or_default())
    }

    /// What nobody took, in the audit's order.
    pub(super) fn rest(self, audit: &'a Audit) -> Vec<&'a Finding> {
        audit
            .findings
            .iter()
            .filter(|finding| {
                finding.kind() == FindingKind::StaleWaiver
                    || self.by_address.contains_key(finding.address.as_str())
            })
            .collect()
    }
}

/// The findings about one address.
pub(super) struct Own<'a>(pub(super) Vec<&'a Finding>);

impl<'a> Own<'a> {
    /// Takes the first finding of that kind.
    pub(super) fn take(&mut self, kind: FindingKind) -> Option<&'a Finding> {
        self.take_where(|finding| finding.kind() == kind)
    }

    /// Takes the finding of that field's drift.
    pub(super) fn take_drift(&mut self, path: &str) -> Option<&'a Finding> {
        self.take_where(|finding| {
            finding.kind() == FindingKind::Changed && finding.path().as_deref() == Some(path)
        })
    }

    /// Takes the finding of that rule's failure or error.
    pub(super) fn take_rule(&mut self, rule: &str, outcome: Outcome) -> Option<&'a Finding> {
        let kind = match outcome {
            Outcome::Fail => FindingKind::Policy,
            Outcome::Error => FindingKind::RuleError,
            Outcome::Pass | Outcome::NotApplicable | Outcome::Skipped => return None,
        };
        self.take_where(|finding| finding.kind() == kind && finding.rule() == Some(rule))
    }

    fn take_where(&mut self, wanted: impl Fn(&Finding) -> bool) -> Option<&'a Finding> {
        let at = self.0.iter().position(|finding| wanted(finding))?;
        Some(self.0.remove(at))
    }
}

/// Why something doesn't count, in words; `None` when it does.
///
/// The finding decides. Where an audit has none, the record's own waiver and
/// level do: then nothing is taken away that they don't take away.
pub(super) fn why_not(
    finding: Option<&Finding>,
    waiver: Option<&WaiverRecord>,
    level: Option<Level>,
    flags: &Flags,
) -> Option<String> {
    let Some(finding) = finding else {
        return match (waiver, level) {
            (Some(waiver), _) => Some(waived(waiver)),
            (None, Some(Level::Advisory | Level::Off)) => Some(ADVISORY.to_owned()),
            (None, _) => None,
        };
    };
    if finding.counted() {
        return None;
    }
    Some(match finding.why_not {
        Some(WhyNot::Waived) => match finding.waiver.as_ref().or(waiver) {
            Some(waiver) => waived(waiver),
            None => "waived".to_owned(),
        },
        Some(WhyNot::Advisory) => ADVISORY.to_owned(),
        Some(WhyNot::Existing) => "in the baseline already (--new-only)".to_owned(),
        Some(WhyNot::NotInFailOn) if flags.report_only => "not counted (--report-only)".to_owned(),
        Some(WhyNot::NotInFailOn) => "not counted (not in --fail-on)".to_owned(),
        Some(WhyNot::AllowEmpty) => "permitted (--allow-empty)".to_owned(),
        None => "not counted".to_owned(),
    })
}

/// What an advisory rule's failure is worth.
const ADVISORY: &str = "advisory, doesn't change the exit code";

/// `waived until 2026-12-31 by secops@example.com (SEC-42): reason`.
pub(super) fn waived(waiver: &WaiverRecord) -> String {
    let ticket = match &waiver.ticket {
        Some(ticket) => format!(" ({})", value::line(ticket, 80)),
        None => String::new(),
    };
    format!(
        "waived until {} by {}{ticket}: {}",
        waiver.expires,
        value::line(&waiver.owner, 80),
        value::line(&waiver.reason, 300)
    )
}

/// What a finding says beyond `said`, such as why a waiver doesn't help; all of it if it says something else.
pub(super) fn beyond(finding: Option<&Finding>, said: &str) -> Option<String> {
    let message = finding?.full_message();
    let rest = message.strip_prefix(said).unwrap_or(&message).trim();
    let rest = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(rest);
    (!rest.is_empty()).then(|| value::line(rest, 300))
}

/// A drifted field as the audit's finding words it; what follows that is news.
pub(super) fn drift_words(drift: &Drift) -> String {
    let words = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "absent".to_owned(),
        other => other.to_string(),
    };
    format!(
        "{} is {}, expected {}",
        drift.path,
        words(&drift.observed),
        words(&drift.expected)
    )
}

/// Whether the finding has a waiver that doesn't help any more.
pub(super) fn waiver_ran_out(finding: Option<&Finding>) -> Option<&WaiverRecord> {
    finding.filter(|finding| finding.counted())?.waiver.as_ref()
}

/// The result in one word a kind.
pub(super) struct Headline {
    /// `INCOMPLETE POLICY DRIFT`, `CLEAN`, `CLEAN (1 waived)`, or what stands in its place.
    pub(super) words: String,
    /// Whether it is `CLEAN`, with whatever was permitted.
    pub(super) clean: bool,
}

impl Headline {
    pub(super) fn of(audit: &Audit) -> Self {
        let verdict = audit.verdict;
        let found = |kind: fn(FindingKind) -> bool| {
            audit.findings.iter().any(|f| f.counted() && kind(f.kind()))
        };
        let incomplete = !incomplete_because(audit).is_empty();
        let mut words = Vec::new();
        if verdict.exit_code == INTERRUPTED {
            words.push("INTERRUPTED");
        }
        if verdict.exit_code == 1 || !audit.errors.is_empty() {
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
        if verdict.exit_code != 0 {
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
}

/// What was found and may be so, in counts: `2 waived, 1 advisory`; empty where there is none.
fn permitted(audit: &Audit) -> String {
    let of = |why| {
        let findings = audit.findings.iter();
        findings.filter(|it| it.why_not == Some(why)).count()
    };
    let said = [(WhyNot::Waived, "waived"), (WhyNot::Advisory, "advisory")]
        .map(|(why, word)| (of(why), word))
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"));
    said.collect::<Vec<_>>().join(", ")
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

/// Whether filters, a shard or a target that was not asked narrowed what was looked at.
pub(super) fn is_partial(audit: &Audit) -> bool {
    let scope = &audit.judged.scope;
    scope.shard.is_some()
        || !scope.filters.is_empty()
        || scope.targets.done != scope.targets.of
        || audit.targets.iter().any(|target| !target.status.is_asked())
}

/// Whether some rule was on, and judged something unless there was nothing to judge.
pub(super) fn rules_evaluated(audit: &Audit) -> bool {
    let mut results = audit
        .connectors
        .iter()
        .flat_map(|connector| &connector.results);
    let nothing_to_judge = audit.connectors.is_empty() && audit.errors.is_empty();
    audit.rules.iter().any(|rule| rule.level != Level::Off)
        && (nothing_to_judge
            || results.any(|result| {
                !matches!(
                    result.result.outcome,
                    Outcome::Skipped | Outcome::NotApplicable
                )
            }))
}

/// The flags in force that change what counts, one sentence each.
pub(super) fn flags(audit: &Audit) -> Vec<String> {
    let flags = &audit.judged.flags;
    let mut said = Vec::new();
    if flags.report_only {
        said.push("--report-only: nothing counts but what is unread and rules that err".to_owned());
    }
    if flags.fail_on != FailOn::DEFAULT {
        let names: Vec<&str> = flags
            .fail_on
            .iter()
            .map(|kind| fail_on_name(*kind))
            .collect();
        let names = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        said.push(format!(
            "--fail-on: of drift and policy, what counts is {names}"
        ));
    }
    if flags.new_only {
        said.push("--new-only: what the baseline holds doesn't count".to_owned());
    }
    if flags.allow_empty {
        said.push("--allow-empty: nothing to check is no error".to_owned());
    }
    if audit.judged.now_overridden {
        said.push(format!(
            "--now: judged as if it were {}",
            value::time(audit.judged.now)
        ));
    }
    said
}

/// What the findings were compared with, what came of it, and what has to be known of it.
pub(super) fn baseline(audit: &Audit) -> Vec<String> {
    let Some(baseline) = &audit.judged.baseline else {
        return Vec::new();
    };
    let path = value::line(&baseline.path, 200);
    let judged = match &baseline.judged_at {
        Some(at) => format!(" (judged at {at})"),
        None => String::new(),
    };
    let of = |age| {
        audit
            .findings
            .iter()
            .filter(|it| it.baseline == Some(age))
            .count()
    };
    let mut said = vec![format!(
        "{path}{judged}: {} new, {} existing, {} resolved",
        of(Age::New),
        of(Age::Existing),
        audit.resolved.len()
    )];
    let notes = baseline.notes.iter().take(20);
    said.extend(notes.map(|note| value::line(note, 300)));
    said
}

/// Whether a finding is new, in words; `None` where there is no baseline, or it is said as the
/// reason why the finding doesn't count.
pub(super) fn age(finding: Option<&Finding>) -> Option<&'static str> {
    let finding = finding.filter(|finding| finding.why_not != Some(WhyNot::Existing))?;
    finding.baseline.map(|age| match age {
        Age::New => "new since the baseline",
        Age::Existing => "in the baseline already",
    })
}

/// The kind as `--fail-on` names it.
pub(super) const fn fail_on_name(kind: FailOn) -> &'static str {
    match kind {
        FailOn::Changed => "changed",
        FailOn::Missing => "missing",
        FailOn::Unmanaged => "unmanaged",
        FailOn::Policy => "policy",
        FailOn::StaleWaiver => "stale-waiver",
    }
}

/// `12 connectors`, `1 connector`.
pub(super) fn count(n: u64, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// Why the run is incomplete, in counts; empty when it isn't.
pub(super) fn incomplete_because(audit: &Audit) -> Vec<String> {
    let of = |kind| {
        let findings = audit.findings.iter();
        findings
            .filter(|f| f.kind() == kind && f.is_incomplete())
            .count()
    };
    let unread =
        |c: &&crate::audit::ConnectorRecord| c.state == State::Unread || c.unread.is_some();
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
        let skips = |c: &&crate::audit::ConnectorRecord| {
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
pub(super) fn permitted_gaps(audit: &Audit) -> Vec<String> {
    let not_asked = audit.not_asked().len() as u64;
    let records = audit.connectors.iter().filter(|it| it.is_unchecked());
    let permitted = |f: &&Finding| f.kind() == FindingKind::NotChecked && !f.is_incomplete();
    let permitted = audit.findings.iter().filter(permitted).count();
    let told = audit.findings.iter();
    let told = told.filter(|f| f.kind() == FindingKind::NotChecked && f.is_incomplete());
    let not_checked = records.count().saturating_sub(told.count()).max(permitted) as u64;
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
pub(super) fn lacking(audit: &Audit) -> Vec<String> {
    let mut said = incomplete_because(audit);
    said.extend(permitted_gaps(audit));
    if said.is_empty() && !audit.is_read_and_checked() {
        said.push("not everything was read and checked".to_owned());
    }
    said
}

fn unchecked(n: u64) -> String {
    format!("{} that nothing checked", count(n, "connector"))
}
