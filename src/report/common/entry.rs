//! The entries of formats that are lists (SARIF, Code Quality, annotations): one for each finding and
//! each error and, where neither says that the run ended badly, one for the run.
//!
//! So a list is empty only where there is nothing to say, and a reader who takes an empty list for a
//! clean run is right.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use sha2::{Digest, Sha256};

use crate::{
    audit::{About, Audit, ErrorRecord, Finding, InputKind, RuleRecord, WhyNot, code},
    diff::Drift,
    model::{Place, Severity},
    text,
};

use super::{
    checks::{ERROR, VERDICT},
    completeness::{incomplete_because, lacking},
    fix,
    headline::Headline,
    remarks, value,
};

/// How much of a message is written, in characters; the JSON report has all of it.
const MESSAGE: usize = 500;

/// How much of a suggested command is written, in bytes: half a command helps nobody.
const COMMAND: usize = 1_000;

/// The check of a failure whose rule has no name, as only a report that others wrote can say.
const UNNAMED: &str = "policy";

/// What an entry is to the verdict. Ordered: the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Standing {
    /// Something is not known: unread, unlisted, a rule's error, or there is no result at all.
    Unknown,
    /// It counts as drift or policy.
    Counts,
    /// It doesn't count: advisory, in the baseline, or a kind that was left out.
    Aside,
    /// A waiver permits it.
    Waived,
}

/// One thing to list.
pub(in crate::report) struct Entry<'a> {
    /// What it is to the verdict.
    pub(in crate::report) standing: Standing,
    /// How bad it is.
    pub(in crate::report) severity: Severity,
    /// The rule's id, or that of one of [`CHECKS`](super::checks::CHECKS). A rule's may hold what is unsafe to show.
    pub(in crate::report) check: &'a str,
    /// What it is about; nothing where it is about the run.
    pub(in crate::report) address: Option<&'a str>,
    place: Option<&'a Place>,
    /// Stable over runs, and no other entry's.
    pub(in crate::report) fingerprint: String,
    /// The finding; `None` for an error and for the run.
    pub(in crate::report) finding: Option<&'a Finding>,
    text: String,
    why_not: Option<String>,
    advice: Option<Cow<'a, str>>,
}

/// A place that every reader takes: lines and columns from 1, and no larger than they can count.
pub(in crate::report) struct Position<'a> {
    /// The path as the user gave it.
    pub(in crate::report) file: &'a str,
    /// Line, from 1.
    pub(in crate::report) line: u32,
    /// Column in characters, from 1.
    pub(in crate::report) column: u32,
}

impl<'a> Position<'a> {
    fn of(place: &'a Place) -> Self {
        // A report that others wrote may say anything; some readers count in 32 bits with a sign.
        let bounded = |n: u32| n.clamp(1, 1 << 30);
        Self {
            file: &place.file,
            line: bounded(place.line),
            column: bounded(place.column),
        }
    }
}

impl Entry<'_> {
    /// Where a user's file speaks of it.
    pub(in crate::report) fn position(&self) -> Option<Position<'_>> {
        self.place.map(Position::of)
    }

    /// The same, for readers who show nothing without a place: what has none stands at the top of
    /// the first inventory.
    pub(in crate::report) fn position_or_inventory<'s>(&'s self, audit: &'s Audit) -> Position<'s> {
        self.position().unwrap_or_else(|| Position {
            file: inventory(audit),
            line: 1,
            column: 1,
        })
    }

    /// What is to be said, as one safe line of bounded length: `prod/jira: missing: …`.
    pub(in crate::report) fn message(&self) -> String {
        let mut message = match self.address {
            Some(address) => format!("{}: {}", value::line(address, 200), self.text),
            None => self.text.clone(),
        };
        if let Some(why_not) = &self.why_not {
            message.push_str(&format!("; {why_not}"));
        }
        message
    }

    /// What to do about it, as one safe line of bounded length.
    pub(in crate::report) fn advice(&self) -> Option<String> {
        let advice = self.advice.as_deref().filter(|advice| !advice.is_empty())?;
        Some(value::line(advice, MESSAGE.max(COMMAND)))
    }
}

/// Every entry, the worst first, and as the audit has them among equals.
pub(in crate::report) fn entries(audit: &Audit) -> Vec<Entry<'_>> {
    let known = Known::of(audit);
    let mut entries: Vec<Entry<'_>> = audit.errors.iter().map(of_error).collect();
    entries.extend(
        audit
            .findings
            .iter()
            .map(|finding| known.of_finding(finding)),
    );
    entries.extend(of_run(audit, &entries));
    entries.sort_by_key(|entry| (entry.standing, Reverse(entry.severity)));
    let mut taken = HashSet::new();
    for entry in &mut entries {
        // The audit's differ already; those of a report that others wrote might not.
        let mut fingerprint = entry.fingerprint.clone();
        while !taken.insert(fingerprint.clone()) {
            fingerprint = digest(&[&fingerprint]);
        }
        entry.fingerprint = fingerprint;
    }
    entries
}

/// The file that stands for the run where something has no place.
fn inventory(audit: &Audit) -> &str {
    let mut inputs = audit.judged.inputs.iter();
    let first = inputs.find(|input| input.kind == InputKind::Inventory && !input.path.is_empty());
    first.map_or("hubdrift.yaml", |input| &input.path)
}

/// An audit, with its rules by id.
struct Known<'a> {
    audit: &'a Audit,
    rules: HashMap<&'a str, &'a RuleRecord>,
}

impl<'a> Known<'a> {
    fn of(audit: &'a Audit) -> Self {
        Self {
            audit,
            rules: audit.rules.iter().map(|rule| (&*rule.id, rule)).collect(),
        }
    }

    fn of_finding(&self, finding: &'a Finding) -> Entry<'a> {
        let standing = match finding.why_not {
            _ if finding.is_incomplete() => Standing::Unknown,
            None => Standing::Counts,
            Some(WhyNot::Waived) => Standing::Waived,
            Some(_) => Standing::Aside,
        };
        let drift = self.audit.drift_of(finding);
        let why_not = remarks::why_not(finding, &self.audit.judged.flags)
            .filter(|_| standing != Standing::Unknown);
        let advice = match (&finding.about, drift) {
            _ if standing == Standing::Waived => None,
            (_, Some(drift)) => advice(drift).map(Cow::Owned),
            (About::Policy(found), None) => {
                let rule = self.rules.get(&*found.rule);
                rule.map(|rule| Cow::Borrowed(rule.remediation.as_str()))
            }
            _ => None,
        };
        Entry {
            standing,
            severity: finding.severity,
            check: check_of(&finding.about),
            address: Some(&finding.address),
            place: finding.location.as_ref().filter(|p| !p.file.is_empty()),
            fingerprint: value::line(&finding.fingerprint, 80),
            finding: Some(finding),
            text: finding_text(finding, drift),
            why_not,
            advice,
        }
    }
}

fn check_of(about: &About) -> &str {
    match about {
        About::Unread => "incomplete/unread",
        About::Unlisted => "incomplete/unlisted",
        About::RuleError(_) => "incomplete/rule-error",
        About::NotChecked => "incomplete/not-checked",
        About::Missing => "drift/missing",
        About::Changed(_) | About::HubEnabled => "drift/changed",
        About::Unmanaged => "drift/unmanaged",
        About::Policy(found) if found.rule.trim().is_empty() => UNNAMED,
        About::Policy(found) => &found.rule,
        About::StaleWaiver(_) => "waiver/stale",
    }
}

/// The finding in words that stand alone.
fn finding_text(finding: &Finding, drift: Option<&Drift>) -> String {
    if let Some(drift) = drift {
        // Each value is shortened by itself, so that a long one doesn't hide the other.
        let mut text = format!(
            "{} is {}, expected {}",
            value::line(&drift.path, 120),
            value::observed(&drift.observed),
            value::expected(&drift.expected)
        );
        if let Some(refusal) = remarks::refusal(Some(finding)) {
            text.push_str(&format!(" ({refusal})"));
        }
        return text;
    }
    let message = match value::line(&finding.full_message(), MESSAGE) {
        empty if empty.trim().is_empty() => "no message".to_owned(),
        message => message,
    };
    let about = match &finding.about {
        About::Unread => "unread".to_owned(),
        About::Missing => "missing".to_owned(),
        About::Unmanaged => "unmanaged".to_owned(),
        About::Policy(found) => value::line(&found.rule, 120),
        About::RuleError(Some(found)) => {
            format!("{} could not be evaluated", value::line(&found.rule, 120))
        }
        About::StaleWaiver(Some(subject)) => {
            format!("waiver of {}", value::line(&subject.to_string(), 120))
        }
        About::Unlisted
        | About::RuleError(None)
        | About::NotChecked
        | About::Changed(_)
        | About::HubEnabled
        | About::StaleWaiver(None) => return message,
    };
    format!("{about}: {message}")
}

fn advice(drift: &Drift) -> Option<String> {
    match fix::command(&drift.fix, COMMAND) {
        Some(Ok(command)) => Some(command),
        Some(Err(_)) | None => {
            fix::must(drift.fix.kind).map(|must| format!("the connector {must}"))
        }
    }
}

fn of_error(error: &ErrorRecord) -> Entry<'_> {
    let place = error.location.as_ref().filter(|p| !p.file.is_empty());
    let file = place.map_or("", |place| &place.file);
    Entry {
        standing: Standing::Unknown,
        severity: Severity::High,
        check: ERROR,
        address: None,
        place,
        fingerprint: digest(&["error", error.kind.as_str(), file, &error.message]),
        finding: None,
        text: format!(
            "{}: {}",
            value::line(error.kind.as_str(), 80),
            value::line(&error.message, MESSAGE)
        ),
        why_not: None,
        advice: None,
    }
}

/// What the run itself has to say where the entries don't: an incomplete run never lists nothing
/// that is unknown, one that found something never nothing that counts, and one that did not read
/// and check everything never nothing at all.
fn of_run<'a>(audit: &Audit, entries: &[Entry<'a>]) -> Option<Entry<'a>> {
    let lists = |standing| entries.iter().any(|entry| entry.standing == standing);
    let because = lacking(audit);
    let is_complete = incomplete_because(audit).is_empty();
    let standing = match audit.verdict.exit_code {
        code::CLEAN if is_complete => Standing::Aside,
        code::DRIFT | code::POLICY if is_complete => Standing::Counts,
        _ => Standing::Unknown,
    };
    let is_listed = match standing {
        Standing::Aside => because.is_empty(),
        other => lists(other),
    };
    if is_listed {
        return None;
    }
    let mut text = Headline::of(audit).line(audit);
    if !because.is_empty() {
        text.push_str(&format!(": {}", because.join(", ")));
    }
    Some(Entry {
        standing,
        severity: Severity::High,
        check: VERDICT,
        address: None,
        place: None,
        fingerprint: digest(&[VERDICT]),
        finding: None,
        text,
        why_not: None,
        advice: None,
    })
}

/// As the audit makes the fingerprints of findings: 16 bytes of SHA-256 over NUL-separated parts, in hex.
fn digest(parts: &[&str]) -> String {
    text::hex(&Sha256::digest(parts.join("\0").as_bytes())[..16])
}
