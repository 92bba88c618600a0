//! How much of the inventory was read and judged: the scope in words, percentages, connectors that are
//! unread with their target, and rules that judged nothing.

use std::collections::{HashMap, HashSet};

use super::value::{self, count};
use crate::{
    audit::{Audit, ConnectorRecord, Ratio, State, TargetRecord, TargetStatus},
    model::{Level, Outcome},
};

/// `3 of 4 targets, shard 1/2, only --target prod, without stage`
pub(in crate::report) fn scope(audit: &Audit) -> String {
    let scope = &audit.judged.scope;
    let targets = scope.targets;
    let mut scope_words = format!("{} of {}", targets.done, count(targets.of, "target"));
    if let Some(shard) = &scope.shard {
        scope_words.push_str(&format!(", shard {}", value::line(shard, 40)));
    }
    if !scope.filters.is_empty() {
        let filters: Vec<&str> = scope.filters.iter().map(String::as_str).collect();
        scope_words.push_str(&format!(", only {}", value::names(&filters)));
    }
    let left_out: Vec<&str> = audit
        .targets
        .iter()
        .filter(|target| target.status == TargetStatus::OutOfScope)
        .map(|target| target.name.as_str())
        .collect();
    if !left_out.is_empty() {
        scope_words.push_str(&format!(", without {}", value::names(&left_out)));
    }
    let not_asked = audit.not_asked();
    if !not_asked.is_empty() {
        scope_words.push_str(&format!(", not asked: {}", value::names(&not_asked)));
    }
    scope_words
}

/// Whether filters, a shard or a target that was not asked narrowed what was looked at.
pub(in crate::report) fn is_partial(audit: &Audit) -> bool {
    let scope = &audit.judged.scope;
    scope.shard.is_some()
        || !scope.filters.is_empty()
        || scope.targets.done != scope.targets.of
        || audit.targets.iter().any(|target| !target.status.is_asked())
}

/// Whether there is anything to count; where errors kept all from being judged there is not.
pub(in crate::report) fn was_judged(audit: &Audit) -> bool {
    audit.errors.is_empty() || !audit.connectors.is_empty()
}

/// Whether no rule was evaluated, although no error is the cause.
pub(in crate::report) fn lacks_rules(audit: &Audit) -> bool {
    audit.errors.is_empty() && !rules_evaluated(audit)
}

/// Whether some rule was on, and judged something unless there was nothing to judge.
pub(in crate::report) fn rules_evaluated(audit: &Audit) -> bool {
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

/// Rounded down, so that 100% means all; `-` of nothing.
pub(in crate::report) fn percent(ratio: Ratio) -> String {
    match (u128::from(ratio.done) * 100).checked_div(u128::from(ratio.of)) {
        Some(percent) => format!("{percent}%"),
        None => "-".to_owned(),
    }
}

/// By target, the addresses of the connectors that are unread for no other reason than their target's.
pub(in crate::report) fn lost_with_targets(audit: &Audit) -> HashMap<&str, Vec<&str>> {
    let targets: HashMap<&str, &TargetRecord> = audit
        .targets
        .iter()
        .map(|target| (target.name.as_str(), target))
        .collect();
    let mut lost: HashMap<&str, Vec<&str>> = HashMap::new();
    for record in &audit.connectors {
        if let Some(target) = targets.get(record.target.as_str())
            && record.drift.is_empty()
            && has_reason_of(target, record)
        {
            lost.entry(&target.name).or_default().push(&record.address);
        }
    }
    lost
}

/// Whether a connector is unread for the reason for which its target is.
fn has_reason_of(target: &TargetRecord, record: &ConnectorRecord) -> bool {
    record.state == State::Unread
        && matches!(
            target.status,
            TargetStatus::Unread | TargetStatus::Incomplete
        )
        && match (&record.unread, &target.reason) {
            (Some(unread), Some(reason)) => {
                unread.kind == reason.kind && unread.message == reason.message
            }
            _ => false,
        }
}

/// The rules that are on and applied to no connector at all, where there are connectors.
pub(in crate::report) fn idle_rules(audit: &Audit) -> Vec<&str> {
    if audit.connectors.is_empty() {
        return Vec::new();
    }
    let results = audit.connectors.iter().flat_map(|record| &record.results);
    let applied: HashSet<&str> = results
        .filter(|result| result.result.outcome != Outcome::NotApplicable)
        .map(|result| &*result.result.rule)
        .collect();
    let on = audit.rules.iter().filter(|rule| rule.level != Level::Off);
    on.map(|rule| &*rule.id)
        .filter(|id| !applied.contains(id))
        .collect()
}
