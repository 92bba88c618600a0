//! A worker evaluates all rules on one connector after the other, on one thread.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use rhai::{Caches, Engine};

use super::{
    applies::{other_provider, without_evaluation},
    call::call,
    circuit_breaker::{self, CircuitBreaker},
    compile::{Compiled, Rule},
    evaluation::Evaluation,
    memo::Memo,
    problems::place,
    settings::Effective,
};
use crate::{
    matcher::Matcher,
    model::{Connector, Fact, Outcome, Shared, Value},
    policy::{
        language::{
            context::Ctx,
            inputs::{Inputs, Known},
            question::Question,
            values::TimeValue,
        },
        rule::RuleResult,
        subject::{Subject, SubjectState},
    },
    recent::Recent,
};

/// What evaluates rules on one connector after the other.
pub(crate) struct Worker<'a> {
    engine: &'a Engine,
    breaker: &'a CircuitBreaker,
    /// Those that are on.
    rules: Vec<Memoised<'a>>,
    now: TimeValue,
    /// The last lists of results, to be shared by connectors that have the same. Of the built-in rules 13 are on:
    /// 0.9 KB (64 bytes a result), so a list for each of 100,000 connectors would take 90 MB.
    results: Recent<Shared<RuleResult>>,
}

/// A rule with what a worker keeps of it from one connector to the next.
struct Memoised<'a> {
    /// Its index among all rules.
    index: usize,
    rule: &'a Rule,
    /// What rhai found out about the rule's calls, which is the same for every connector: a name
    /// and argument types to a function of the engine's or the rule's own. No value is kept. Measured as in `memo`:
    /// without this, evaluating takes 18 % more instructions.
    caches: Caches,
    memo: Memo,
}

impl<'a> Worker<'a> {
    /// Evaluates those of the rules that are on, at the time `now`.
    pub(crate) fn new(compiled: &'a Compiled, breaker: &'a CircuitBreaker, now: Timestamp) -> Self {
        let rules = compiled.rules.iter().enumerate();
        let on = rules.filter(|(_, rule)| rule.is_on());
        let memoised = |(index, rule): (usize, &'a Rule)| Memoised {
            index,
            rule,
            caches: Caches::new(),
            memo: Memo::default(),
        };
        Self {
            engine: &compiled.engine,
            breaker,
            rules: on.map(memoised).collect(),
            now: TimeValue::new(now),
            results: Recent::default(),
        }
    }

    /// Evaluates all rules on one connector.
    pub(crate) fn subject(&mut self, subject: &Subject<'_>) -> Shared<RuleResult> {
        let inputs = match subject.state {
            SubjectState::Present(connector) => Some(self.inputs(subject, connector)),
            SubjectState::Missing | SubjectState::Unread(_) => None,
        };
        let (engine, breaker) = (self.engine, self.breaker);
        let one = |memoised: &mut Memoised<'_>| {
            let rule = memoised.rule;
            let effective = rule.settings.for_subject(subject);
            let evaluation = without_evaluation(rule, &effective, subject)
                .or_else(|| {
                    // Parameters that a `match` set for this connector are not among what the rule asks.
                    let may_memoise = matches!(effective, Cow::Borrowed(_));
                    let inputs = inputs.as_ref()?;
                    Some(memoised.evaluate(engine, breaker, inputs, &effective, may_memoise))
                })
                .unwrap_or_else(|| Evaluation::error("there are no facts to judge"));
            RuleResult {
                rule: rule.meta.id.clone(),
                outcome: evaluation.outcome,
                severity: effective.severity,
                level: effective.level,
                message: evaluation.message,
                path: evaluation.path,
                rule_location: evaluation
                    .position
                    .map(|position| Box::new(place(&rule.place.file, position))),
            }
        };
        let results: Vec<_> = self.rules.iter_mut().map(one).collect();
        if let Some(same) = self.results.find(|it| ***it == results) {
            return same.clone();
        }
        let results = Shared::from(results);
        self.results.keep(results.clone());
        results
    }

    /// What the rules on one connector share.
    fn inputs(&self, subject: &Subject<'_>, observed: &Arc<Connector>) -> Arc<Inputs> {
        Arc::new(Inputs::new(Known {
            now: self.now.clone(),
            target: subject.target.clone(),
            labels: Arc::new(subject.labels.clone()),
            expected: Arc::new(expected(subject)),
            observed: observed.clone(),
            tags_read: subject.tags_read,
            drift: Arc::new(subject.drift.to_vec()),
        }))
    }

    /// What the rules asked of the last connectors for their verdicts.
    pub(crate) fn asked(&self) -> BTreeSet<Question> {
        let memos = self.rules.iter().map(|memoised| &memoised.memo);
        memos.flat_map(Memo::asked).cloned().collect()
    }
}

impl Memoised<'_> {
    /// What the rule says of a connector that was read.
    fn evaluate(
        &mut self,
        engine: &Engine,
        breaker: &CircuitBreaker,
        inputs: &Arc<Inputs>,
        effective: &Effective,
        may_memoise: bool,
    ) -> Evaluation {
        if may_memoise && let Some(evaluation) = self.memo.find(inputs) {
            return evaluation.clone();
        }
        let mut asked = BTreeSet::new();
        let providers = self.rule.meta.providers.as_ref();
        let elsewhere = providers.and_then(|providers| {
            asked.insert(Question::Fact(Fact::ProviderType));
            other_provider(providers, inputs.provider())
        });
        let evaluation = elsewhere.unwrap_or_else(|| {
            if breaker.is_open(self.index) {
                return Evaluation::error(circuit_breaker::message());
            }
            let ctx = Ctx {
                inputs: inputs.clone(),
                params: effective.params.clone(),
                needs_tags: self.rule.meta.needs_tags,
            };
            let mut called = call(engine, self.rule, &mut self.caches, &ctx);
            if called.timed_out {
                breaker.note_timeout(self.index);
            }
            asked.append(&mut called.asked);
            called.evaluation
        });
        if may_memoise && evaluation.outcome != Outcome::Error {
            self.memo.keep(asked, inputs, &evaluation);
        }
        evaluation
    }
}

/// What the inventory expects exactly, as a connector.
fn expected(subject: &Subject<'_>) -> Connector {
    let mut expected = Connector::default();
    let mut tags = BTreeMap::new();
    for expectation in subject.expected {
        let value = match &expectation.matcher {
            Matcher::Exact(text) => Value::Text(text.clone()),
            Matcher::Set(set) => Value::Set(set.iter().cloned().collect()),
            _ => continue,
        };
        match (&expectation.key, value) {
            (Some(key), Value::Text(text)) => {
                tags.insert(key.clone(), text);
            }
            (Some(_), _) => {}
            (None, value) => expected.set(expectation.fact, Some(value)),
        }
    }
    if !tags.is_empty() {
        expected.set(Fact::Tags, Some(Value::Tags(tags)));
    }
    expected
}
