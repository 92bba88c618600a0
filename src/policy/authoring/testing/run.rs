//! Situations become what the rule says of them, and that is compared with what a case wants.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    parse::{Case, Wanted, Written},
    report::{CheckKind, TestCheck},
    situation::Situation,
};
use crate::{
    diff,
    inventory::{Expected, Identity},
    model::{Connector, Fact, Outcome, Place, Unread, UnreadReason, Value},
    policy::{
        language::question::Question,
        rule::RuleResult,
        run::Policy,
        subject::{Subject, SubjectState, TargetFacts},
    },
    problem::Problem,
};

/// What the one rule of `policy` says of each situation; all are judged at one time.
pub(crate) fn evaluate(policy: &Policy, situations: &[Situation]) -> Vec<RuleResult> {
    let Some(first) = situations.first() else {
        return Vec::new();
    };
    let results = judged(policy, situations, |subjects| {
        policy.evaluate(subjects, first.now)
    });
    results.iter().flatten().cloned().collect()
}

/// What the one rule of `policy` asks in a situation in which it comes to a verdict.
pub(crate) fn asked(policy: &Policy, situation: &Situation) -> BTreeSet<Question> {
    judged(policy, std::slice::from_ref(situation), |subjects| {
        policy.asked(&subjects[0], situation.now)
    })
}

/// What `judge` makes of situations as a check would have read them.
fn judged<T>(
    policy: &Policy,
    situations: &[Situation],
    judge: impl FnOnce(&[Subject<'_>]) -> T,
) -> T {
    let readings: Vec<_> = situations
        .iter()
        .map(|situation| Reading::new(policy, situation))
        .collect();
    let subjects: Vec<_> = situations
        .iter()
        .zip(&readings)
        .map(|(situation, reading)| Subject {
            target: &reading.target,
            labels: &situation.labels,
            expected: &situation.expected,
            state: match &reading.unread {
                Some(unread) => SubjectState::Unread(unread),
                None => SubjectState::Present(&reading.connector),
            },
            drift: &reading.drift,
            tags_read: reading.connector.tags().is_some(),
        })
        .collect();
    judge(&subjects)
}

/// A situation as a check would have read it.
struct Reading {
    target: Arc<TargetFacts>,
    connector: Arc<Connector>,
    drift: Vec<diff::Drift>,
    unread: Option<Unread>,
}

impl Reading {
    fn new(policy: &Policy, situation: &Situation) -> Self {
        let mut connector = situation.connector.clone();
        let expects_tags = situation.expected.iter().any(|e| e.fact == Fact::Tags);
        // Tags are read only where the rule or the inventory asks for them.
        if !(policy.needs_tags() || expects_tags) {
            connector.set(Fact::Tags, None);
        } else if connector.tags().is_none() && !situation.tags_unread {
            connector.set(Fact::Tags, Some(Value::Tags(BTreeMap::new())));
        }
        let unread = (expects_tags && connector.tags().is_none()).then(|| {
            Unread::new(
                UnreadReason::AccessDenied,
                "its tags were not read, but the inventory expects some",
            )
        });
        let expected = Expected {
            id: "case".to_owned(),
            target: situation.target.name.clone(),
            identity: Identity::Name(connector.text(Fact::Name).unwrap_or_default().to_owned()),
            labels: situation.labels.clone(),
            expect: situation.expected.clone(),
            place: Place::start_of("case"),
        };
        let drift = match unread {
            Some(_) => Vec::new(),
            None => diff::diff(&expected, &connector),
        };
        Self {
            target: Arc::new(situation.target.clone()),
            connector: Arc::new(connector),
            drift,
            unread,
        }
    }
}

/// Which outcomes the cases showed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pass: bool,
    fail: bool,
}

impl Seen {
    /// That the rule was seen passing, and failing.
    pub(crate) fn checks(&self, at: &Written) -> [TestCheck; 2] {
        [(self.pass, "pass"), (self.fail, "fail")].map(|(seen, outcome)| TestCheck {
            kind: CheckKind::Coverage,
            name: format!("seen to {outcome}"),
            evaluations: 0,
            failure: (!seen).then(|| {
                at.problem(format!("no case shows the rule {outcome}ing"))
                    .help("a rule that can only end in one way checks nothing: add a case")
            }),
        })
    }
}

/// Runs one case.
pub(crate) fn case(policy: &Policy, case: &Case, seen: &mut Seen) -> TestCheck {
    let result = evaluate(policy, std::slice::from_ref(&case.situation)).pop();
    let failure = match &result {
        Some(result) => compare(case, &case.wanted, result),
        None => Some(case.place.problem("the rule said nothing")),
    };
    if failure.is_none() {
        seen.pass |= case.wanted.outcome == Outcome::Pass;
        seen.fail |= case.wanted.outcome == Outcome::Fail;
    }
    TestCheck {
        kind: CheckKind::Case,
        name: case.name.clone(),
        evaluations: 1,
        failure,
    }
}

/// Why a result is not what was wanted.
fn compare(case: &Case, wanted: &Wanted, got: &RuleResult) -> Option<Problem> {
    let mut differs = Vec::new();
    if got.outcome != wanted.outcome {
        let message = format!(
            "expected the outcome {}, got {}",
            wanted.outcome, got.outcome
        );
        differs.push((&wanted.outcome_at, message));
    }
    if let Some((path, at)) = &wanted.path
        && got.path.as_deref() != Some(path)
    {
        let message = match &got.path {
            Some(got) => format!("expected the path `{path}`, got `{got}`"),
            None => format!("expected the path `{path}`, got none"),
        };
        differs.push((at, message));
    }
    if let Some((matcher, at)) = &wanted.message {
        let said = got
            .message
            .as_deref()
            .map(|said| Value::Text(said.to_owned()));
        if !matcher.accepts(said.as_ref()) {
            let message = format!("expected the message {}", matcher.to_json());
            differs.push((at, message));
        }
    }
    let (at, _) = differs.first()?;
    let messages: Vec<_> = differs
        .iter()
        .map(|(_, message)| message.as_str())
        .collect();
    let mut problem = at.problem(format!("`{}`: {}", case.name, messages.join("; ")));
    problem = problem.help(match &got.message {
        Some(message) => format!("the rule said: {message}"),
        None => format!("the rule said {} and nothing else", got.outcome),
    });
    if let Some(place) = &got.rule_location {
        problem = problem.related(Place::clone(place), "it ended here");
    }
    Some(problem)
}
