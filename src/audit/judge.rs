//! What is expected and what was observed of each connector, compared field by field and judged by the rules.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    State, checked,
    reading::{Resolved, Seen},
    resolve,
};
use crate::{
    diff::{self, Drift},
    inventory::Inventory,
    model::{Connector, Observations, Shared, TargetObservation},
    plan::{Plan, TargetPlan},
    policy::{Policy, RuleResult, Subject, SubjectState, TargetFacts},
};

/// A connector, compared and judged.
pub(crate) struct Judgement<'a> {
    pub plan: &'a TargetPlan,
    pub facts: &'a Arc<TargetFacts>,
    pub resolved: Resolved<'a>,
    pub drift: Vec<Drift>,
    pub results: Shared<RuleResult>,
}

impl Judgement<'_> {
    pub fn address(&self) -> String {
        self.resolved.address(&self.facts.name)
    }

    pub fn state(&self) -> State {
        match &self.resolved.state {
            Seen::Missing => State::Missing,
            Seen::Unread(_)
            | Seen::Present {
                lacking: Some(_), ..
            } => State::Unread,
            Seen::Present { .. } if self.resolved.expected.is_none() => State::Unmanaged,
            Seen::Present { .. } if self.drift.is_empty() => State::InSync,
            Seen::Present { .. } => State::Changed,
        }
    }

    pub fn connector(&self) -> Option<&Connector> {
        self.resolved.connector()
    }

    /// Whether a rule gave a verdict on it, or a field of it is compared.
    pub fn is_checked(&self) -> bool {
        let outcomes = self.results.iter().map(|result| result.outcome);
        checked::has_verdict(outcomes) || self.compared() > 0
    }

    /// How many of its fields are compared.
    pub fn compared(&self) -> u64 {
        match (self.connector(), self.resolved.expected) {
            (Some(connector), Some(expected)) => checked::compared(expected, connector),
            _ => 0,
        }
    }
}

/// Joins what is expected with what was observed, and lets the rules judge it: the connectors by
/// address, and for each target how many are left aside.
pub(super) fn judge<'a>(
    inventory: &'a Inventory,
    plan: &'a Plan,
    observations: &'a Observations,
    target_facts: &'a [Arc<TargetFacts>],
    policy: &Policy,
    now: Timestamp,
) -> (Vec<Judgement<'a>>, Vec<u64>) {
    let expected = inventory.connectors_by_target();
    let mut judgements = Vec::new();
    let mut set_aside = Vec::new();
    for ((plan, target), facts) in plan
        .targets
        .iter()
        .zip(&observations.targets)
        .zip(target_facts)
    {
        let expected = expected
            .get(target.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        let resolved = resolve::resolve(plan, expected, target);
        set_aside.push(resolved.set_aside);
        judgements.par_extend(resolved.connectors.into_par_iter().map(|resolved| {
            let drift = match (&resolved.state, resolved.expected) {
                (Seen::Present { connector, .. }, Some(expected)) => {
                    diff::diff(expected, connector)
                }
                _ => Vec::new(),
            };
            Judgement {
                plan,
                facts,
                resolved,
                drift,
                results: Shared::default(),
            }
        }));
    }
    evaluate(policy, &mut judgements, now);
    judgements.sort_by_cached_key(Judgement::address);
    (judgements, set_aside)
}

pub(super) fn facts_of(target: &TargetObservation) -> TargetFacts {
    TargetFacts {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
    }
}

fn evaluate(policy: &Policy, judgements: &mut [Judgement<'_>], now: Timestamp) {
    let no_labels = BTreeMap::new();
    let subjects: Vec<_> = judgements
        .iter()
        .map(|judgement| Subject {
            target: judgement.facts,
            labels: judgement
                .resolved
                .expected
                .map_or(&no_labels, |expected| &expected.labels),
            expected: judgement
                .resolved
                .expected
                .map_or(&[][..], |expected| &expected.expect),
            state: match &judgement.resolved.state {
                Seen::Present { connector, .. } => SubjectState::Present(connector),
                Seen::Missing => SubjectState::Missing,
                Seen::Unread(why) => SubjectState::Unread(why),
            },
            drift: &judgement.drift,
            tags_read: judgement.resolved.tags_read,
        })
        .collect();
    let results = policy.evaluate(&subjects, now);
    for (judgement, results) in judgements.iter_mut().zip(results) {
        judgement.results = results;
    }
}
