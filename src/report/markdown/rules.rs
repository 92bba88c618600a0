//! The rules in the Markdown report: what each came to, why some did not judge, and what to do about failures.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

use crate::{
    audit::Audit,
    model::{Level, Outcome},
    report::common::value::count,
};

use super::escape::{self, MESSAGE, NAME, code};

/// The columns of [`table`].
pub(super) const COLUMNS: [&str; 8] = [
    "rule",
    "level",
    "pass",
    "fail",
    "not applicable",
    "skipped",
    "in error",
    "why not judged",
];

/// What a rule came to.
#[derive(Default)]
pub(super) struct Tally<'a> {
    outcomes: BTreeMap<Outcome, u64>,
    /// Why it did not judge, and how often for that.
    reasons: HashMap<&'a str, u64>,
}

/// The tallies of rules, by id.
type Tallies<'a> = HashMap<&'a str, Tally<'a>>;

/// What each rule that has results came to.
pub(super) fn tallies(audit: &Audit) -> Tallies<'_> {
    let mut tallies = Tallies::new();
    for result in audit.connectors.iter().flat_map(|record| &record.results) {
        let result = &result.result;
        let tally = tallies.entry(&result.rule).or_default();
        *tally.outcomes.entry(result.outcome).or_default() += 1;
        if !matches!(result.outcome, Outcome::Pass | Outcome::Fail) {
            let reason = result.message.as_deref().unwrap_or("no reason given");
            *tally.reasons.entry(reason).or_default() += 1;
        }
    }
    tallies
}

/// Each rule, with what it came to.
pub(super) fn table(audit: &Audit, tallies: &Tallies<'_>) -> Vec<String> {
    let row = |rule: &crate::audit::RuleRecord| {
        let tally = tallies.get(&*rule.id);
        let of = |outcome| {
            let n = tally.and_then(|tally| tally.outcomes.get(&outcome));
            n.copied().unwrap_or(0).to_string()
        };
        let reasons = tally.map(|tally| &tally.reasons);
        // The most frequent one; of two the first by name, so that it is always the same.
        let most = reasons.and_then(|reasons| {
            reasons
                .iter()
                .max_by_key(|(reason, n)| (**n, Reverse(**reason)))
        });
        let why = most.map_or_else(String::new, |(reason, _)| {
            let others = reasons.map_or(0, |reasons| reasons.len() as u64 - 1);
            let more = match others {
                0 => String::new(),
                n => format!(", and {}", count(n, "other reason")),
            };
            format!("{}{more}", escape::text(reason, MESSAGE))
        });
        escape::row(&[
            code(&rule.id, NAME),
            rule.level.to_string(),
            of(Outcome::Pass),
            of(Outcome::Fail),
            of(Outcome::NotApplicable),
            of(Outcome::Skipped),
            of(Outcome::Error),
            why,
        ])
    };
    audit.rules.iter().map(row).collect()
}

/// What to do about each rule that failed, once a rule, the most severe first.
pub(super) fn failed(audit: &Audit, tallies: &Tallies<'_>) -> Vec<String> {
    let mut rules: Vec<_> = audit
        .rules
        .iter()
        .filter_map(|rule| Some((rule, *tallies.get(&*rule.id)?.outcomes.get(&Outcome::Fail)?)))
        .collect();
    rules.sort_by_key(|(rule, _)| Reverse((rule.level, rule.severity)));
    rules
        .into_iter()
        .map(|(rule, n)| {
            let level = match rule.level {
                Level::Mandatory => String::new(),
                level => format!(", {level}"),
            };
            let mut out = format!(
                "- {} {}{level}, failed on {}: {}\n  - {}\n",
                code(&rule.id, NAME),
                rule.severity,
                count(n, "connector"),
                escape::text(&rule.title, MESSAGE),
                escape::text(&rule.remediation, 2 * MESSAGE),
            );
            let controls = rule.controls.iter().take(10);
            let mut more: Vec<String> = controls.map(|it| escape::text(it, NAME)).collect();
            more.extend(rule.help_uri.as_deref().map(escape::link));
            if !more.is_empty() {
                let _ = writeln!(out, "  - {}", more.join(", "));
            }
            out
        })
        .collect()
}
