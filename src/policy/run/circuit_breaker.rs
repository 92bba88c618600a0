//! A circuit breaker for each rule: one that takes too long again and again is not run any more, or it would cost
//! half a second for each of 100,000 connectors.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{applies::is_run, compile::Rule};
use crate::{
    model::{Outcome, Shared},
    policy::{rule::RuleResult, subject::Subject},
};

/// Connectors on which a rule may take too long before its breaker opens; on each it had two tries.
const MAX_TIMEOUTS: u32 = 3;

/// On how many connectors each rule has taken too long.
#[derive(Debug)]
pub(crate) struct CircuitBreaker(Vec<AtomicU32>);

impl CircuitBreaker {
    /// For these rules, in this order.
    pub(crate) fn new(rules: &[Rule]) -> Self {
        Self(rules.iter().map(|_| AtomicU32::new(0)).collect())
    }

    /// Notes that the rule at `index` took too long.
    pub(crate) fn note_timeout(&self, index: usize) {
        if let Some(timeouts) = self.0.get(index) {
            timeouts.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the rule at `index` isn't to be run any more.
    pub(crate) fn is_open(&self, index: usize) -> bool {
        self.0
            .get(index)
            .is_some_and(|timeouts| timeouts.load(Ordering::Relaxed) >= MAX_TIMEOUTS)
    }

    /// Makes a rule whose breaker is open an error for every connector that it applies to.
    ///
    /// Which of them it had judged by then depends on the threads; a report must not.
    pub(crate) fn overrule(
        &self,
        rules: &[Rule],
        subjects: &[Subject<'_>],
        results: &mut [Shared<RuleResult>],
    ) {
        for (index, rule) in rules.iter().enumerate() {
            if !self.is_open(index) {
                continue;
            }
            for (subject, results) in subjects.iter().zip(results.iter_mut()) {
                if !is_run(rule, subject) {
                    continue;
                }
                let at = results.iter().position(|it| it.rule == rule.meta.id);
                if let Some(result) = at.and_then(|at| results.get_mut(at)) {
                    result.outcome = Outcome::Error;
                    result.message = Some(message().into());
                    result.path = None;
                    result.rule_location = Some(Box::new(rule.place.clone()));
                }
            }
        }
    }
}

/// Why a rule whose breaker is open says nothing.
pub(crate) fn message() -> String {
    format!("the rule was given up: it took longer than 250 ms on {MAX_TIMEOUTS} connectors")
}
