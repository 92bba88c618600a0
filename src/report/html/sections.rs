//! Targets and rules as the page shows them.

use std::collections::{BTreeMap, HashMap};

use super::{
    charts::Bar,
    findings::{Group, Subject},
};
use crate::{
    audit::{Audit, RuleRecord, State, TargetRecord, TargetStatus},
    model::{Hub, Level, Outcome},
    report::common::{
        summary::{Tally, tallies},
        value,
    },
};

/// Counts, each with the name of what it counts.
pub(super) type Counts = Vec<(&'static str, u64)>;

/// How many of each state and outcome there are; every one is there.
pub(super) fn states(audit: &Audit) -> Counts {
    let n = |state| audit.summary.states.get(&state).copied().unwrap_or(0);
    State::ALL.map(|state| (state.as_str(), n(state))).into()
}

/// The outcomes, in the order in which they are shown.
const OUTCOMES: [Outcome; 5] = [
    Outcome::Pass,
    Outcome::Fail,
    Outcome::Error,
    Outcome::Skipped,
    Outcome::NotApplicable,
];

pub(super) fn outcomes(tally: &Tally) -> Counts {
    let n = |outcome| tally.get(&outcome).copied().unwrap_or(0);
    OUTCOMES
        .map(|outcome| (outcome.as_str(), n(outcome)))
        .into()
}

/// A target's tile.
pub(super) struct TargetView<'a> {
    pub(super) record: &'a TargetRecord,
    /// Its place in the filter's list; `None` when there is nothing to look at.
    pub(super) filter: Option<usize>,
    /// How many findings of it count.
    pub(super) counting: usize,
    pub(super) states: Counts,
    pub(super) bar: Bar,
}

impl TargetView<'_> {
    /// The status; also the class that colours it.
    pub(super) fn status(&self) -> &'static str {
        match self.record.status {
            TargetStatus::Read if self.counting > 0 => "findings",
            TargetStatus::Read => "read",
            TargetStatus::Incomplete => "incomplete",
            TargetStatus::Unread => "unread",
            TargetStatus::NotAsked => "not_asked",
            TargetStatus::OutOfScope => "out_of_scope",
        }
    }

    pub(super) fn status_words(&self) -> String {
        match self.status() {
            "findings" if self.counting == 1 => "read, 1 finding".to_owned(),
            "findings" => format!("read, {} findings", self.counting),
            "incomplete" => "not read whole".to_owned(),
            "unread" => "could not be read".to_owned(),
            "not_asked" => "not asked: nothing to read or list".to_owned(),
            "out_of_scope" => "out of scope".to_owned(),
            status => status.to_owned(),
        }
    }

    pub(super) fn hub(&self) -> Option<&'static str> {
        match self.record.hub {
            Hub::Enabled => None,
            Hub::Disabled => Some("Security Hub is not enabled"),
            Hub::Unknown => Some("whether Security Hub is enabled is not known"),
        }
    }
}

/// The targets, in the audit's order; `filter` has the places of those with findings.
pub(super) fn targets<'a>(
    audit: &'a Audit,
    groups: &[Group<'_>],
    filter: &HashMap<&str, usize>,
) -> Vec<TargetView<'a>> {
    let mut states: HashMap<&str, BTreeMap<State, u64>> = HashMap::new();
    for record in &audit.connectors {
        let states = states.entry(&record.target).or_default();
        *states.entry(record.state).or_default() += 1;
    }
    let mut counting: HashMap<&str, usize> = HashMap::new();
    for group in groups {
        if let Some(target) = target_of(group) {
            let counted = group.items.iter().filter(|item| item.why_not.is_none());
            *counting.entry(target).or_default() += counted.count();
        }
    }
    let view = |record: &'a TargetRecord| {
        let name = record.name.as_str();
        let n = |state| {
            states
                .get(name)
                .and_then(|states| states.get(&state))
                .copied()
        };
        let states: Counts = State::ALL
            .map(|state| (state.as_str(), n(state).unwrap_or(0)))
            .into();
        TargetView {
            record,
            filter: filter.get(name).copied(),
            counting: counting.get(name).copied().unwrap_or(0),
            bar: Bar::stacked(&states),
            states,
        }
    };
    audit.targets.iter().map(view).collect()
}

/// The name of the target that a group is of.
pub(super) fn target_of<'a>(group: &Group<'a>) -> Option<&'a str> {
    match group.about {
        Subject::Connector(record) => Some(&record.target),
        Subject::Target(target, _) => Some(&target.name),
        Subject::Other(_) => None,
    }
}

/// A rule's row.
pub(super) struct RuleView<'a> {
    pub(super) record: &'a RuleRecord,
    pub(super) outcomes: Counts,
    pub(super) bar: Bar,
    /// `max_age_hours = 48`
    pub(super) params: String,
}

impl RuleView<'_> {
    /// Whether the rule is on and came to no judgement at all.
    pub(super) fn is_idle(&self) -> bool {
        let judged = |(name, n): &(&str, u64)| *n > 0 && matches!(*name, "pass" | "fail" | "error");
        self.record.level != Level::Off && !self.outcomes.iter().any(judged)
    }

    /// Its page, where the address is one that a browser may safely be sent to.
    pub(super) fn link(&self) -> Option<&str> {
        self.record
            .help_uri
            .as_deref()
            .filter(|uri| uri.starts_with("https://") && uri.len() <= 300)
    }
}

/// The rules, in the audit's order.
pub(super) fn rules<'a>(audit: &'a Audit) -> Vec<RuleView<'a>> {
    let tallies = tallies(audit);
    let nothing = Tally::new();
    let view = |record: &'a RuleRecord| {
        let RuleRecord { id, params, .. } = record;
        let outcomes = outcomes(tallies.get(&**id).unwrap_or(&nothing));
        let params: Vec<String> = params
            .iter()
            .take(20)
            .map(|(key, set)| format!("{} = {}", value::line(key, 60), value::observed(set)))
            .collect();
        RuleView {
            record,
            bar: Bar::stacked(&outcomes),
            outcomes,
            params: params.join(", "),
        }
    };
    audit.rules.iter().map(view).collect()
}
