//! The audit's counts in words, and how often each rule came to each outcome.

use std::collections::BTreeMap;

use super::value::{count, words};
use crate::{
    audit::{Audit, ConnectorRecord, State},
    model::{Level, Outcome},
};

/// How often a rule came to each outcome.
pub(in crate::report) type Tally = BTreeMap<Outcome, u64>;

/// `5 in sync, 1 changed, …`: the connectors of each state.
pub(in crate::report) fn states(audit: &Audit) -> String {
    let states = &audit.summary.states;
    let n = |state| states.get(&state).copied().unwrap_or(0);
    let states = State::ALL.map(|state| format!("{} {}", n(state), words(state.as_str())));
    states.join(", ")
}

/// `4 rules: 17 pass, 1 fail, …`: the rules that are on, and the results of each outcome.
pub(in crate::report) fn rules(audit: &Audit) -> String {
    let outcomes = [
        (Outcome::Pass, "pass"),
        (Outcome::Fail, "fail"),
        (Outcome::NotApplicable, "not applicable"),
        (Outcome::Skipped, "skipped"),
        (Outcome::Error, "in error"),
    ]
    .map(|(outcome, words)| {
        let n = audit.summary.outcomes.get(&outcome).copied().unwrap_or(0);
        format!("{n} {words}")
    });
    let on = audit.rules.iter().filter(|rule| rule.level != Level::Off);
    let rules = count(on.count() as u64, "rule");
    format!("{rules}: {}", outcomes.join(", "))
}

/// The unmanaged connectors that the inventory leaves alone; `None` where there are none.
pub(in crate::report) fn set_aside(audit: &Audit) -> Option<String> {
    let n = audit.summary.set_aside;
    let connectors = count(n, "unmanaged connector");
    (n > 0).then(|| format!("{connectors} that the inventory says to leave alone"))
}

/// The observed fields that nothing compares; `None` where there are none.
pub(in crate::report) fn uncompared_fields(audit: &Audit) -> Option<String> {
    let n = audit.summary.uncompared_fields;
    (n > 0).then(|| format!("{n} observed that no expectation compares"))
}

/// How many results of a connector have that outcome.
pub(in crate::report) fn results_of(record: &ConnectorRecord, outcome: Outcome) -> u64 {
    let results = record.results.iter();
    results.filter(|it| it.result.outcome == outcome).count() as u64
}

/// The tally of each rule that has results.
pub(in crate::report) fn tallies(audit: &Audit) -> BTreeMap<&str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for result in audit.connectors.iter().flat_map(|record| &record.results) {
        let tally = tallies.entry(&result.result.rule).or_default();
        *tally.entry(result.result.outcome).or_default() += 1;
    }
    tallies
}
