//! Cases that pass become cases that must not: a fact taken away, an enum's value that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CheckKind, TestCheck,
    parse::{Case, Situation, Written},
    run::evaluate,
};
use crate::{
    facts::{self, Kind, Spec},
    model::{Fact, Issue, Outcome, Value},
    policy::Policy,
    problem::Problem,
};

/// A value that no enum of the API has.
const UNKNOWN: &str = "SOMETHING_NEW";

/// How many cases a message names.
const NAMED: usize = 3;

/// All that was tried, by kind and fact.
#[derive(Debug)]
pub(super) struct Matrix {
    /// The facts that the rule may look at.
    looked_at: BTreeSet<Fact>,
    rows: BTreeMap<(CheckKind, Fact), Row>,
}

#[derive(Debug, Default)]
struct Row {
    tried: usize,
    /// The cases that passed all the same.
    passed: Vec<(String, Written)>,
}

impl Matrix {
    pub(super) fn new(looked_at: BTreeSet<Fact>) -> Self {
        Self {
            looked_at,
            rows: BTreeMap::new(),
        }
    }

    /// Tries a case that passes in every way in which it must not.
    pub(super) fn add(&mut self, policy: &Policy, case: &Case) {
        let mut tries = Vec::new();
        for &fact in &self.looked_at {
            let absent = without(&case.situation, fact);
            tries.extend(absent.map(|it| (CheckKind::Absence, fact, it)));
            let unknown = unknown(&case.situation, fact);
            tries.extend(unknown.map(|it| (CheckKind::UnknownEnum, fact, it)));
        }
        let (keys, situations): (Vec<_>, Vec<_>) = tries
            .into_iter()
            .map(|(kind, fact, situation)| ((kind, fact), situation))
            .unzip();
        for (key, result) in keys.into_iter().zip(evaluate(policy, &situations)) {
            let row = self.rows.entry(key).or_default();
            row.tried += 1;
            if result.outcome == Outcome::Pass {
                row.passed.push((case.name.clone(), case.place.clone()));
            }
        }
    }

    /// What holds. That something is tolerated in vain is said where `sound`, the cases as
    /// they are written being right.
    pub(super) fn checks(
        &self,
        tolerates: &[(&'static Spec, Written)],
        sound: bool,
    ) -> Vec<TestCheck> {
        let tolerated = |fact: Fact| tolerates.iter().any(|(spec, _)| spec.fact == fact);
        let mut checks: Vec<_> = self
            .rows
            .iter()
            .map(|((kind, fact), row)| TestCheck {
                kind: *kind,
                name: facts::spec(*fact).path.to_owned(),
                evaluations: row.tried,
                failure: if tolerated(*fact) {
                    None
                } else {
                    still_passes(*kind, facts::spec(*fact), row)
                },
            })
            .collect();
        let needless = |spec: &Spec| {
            let mut rows = self.rows.iter().filter(|((_, fact), _)| *fact == spec.fact);
            rows.all(|(_, row)| row.passed.is_empty())
        };
        checks.extend(tolerates.iter().map(|(spec, at)| TestCheck {
            kind: CheckKind::Tolerates,
            name: spec.path.to_owned(),
            evaluations: 0,
            failure: (sound && needless(spec)).then(|| {
                at.problem(format!(
                    "`{}` is tolerated for nothing: the rule never passes without it, or with a value of it that is not known",
                    spec.path
                ))
                .help("take it out of `tolerates`")
            }),
        }));
        checks
    }
}

/// The problem of a rule that passes without what it looks at.
fn still_passes(kind: CheckKind, spec: &Spec, row: &Row) -> Option<Problem> {
    let (_, first) = row.passed.first()?;
    let mut names: Vec<_> = row
        .passed
        .iter()
        .take(NAMED)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if row.passed.len() > NAMED {
        names.push(format!("{} more", row.passed.len() - NAMED));
    }
    let (names, path) = (names.join(", "), spec.path);
    let (message, help) = if kind == CheckKind::Absence {
        (
            format!("the rule still passes without `{path}`: {names}"),
            format!("let it fail where `present({path})` is false"),
        )
    } else {
        (
            format!(
                "the rule still passes when `{path}` is {UNKNOWN}, which nobody knows: {names}"
            ),
            format!("compare `{path}` itself with the members that may pass"),
        )
    };
    let problem = first.problem(message);
    Some(problem.help(format!("{help}, or list `{path}` under `tolerates`")))
}

/// The situation without a fact that is there and that the API doesn't promise.
fn without(situation: &Situation, fact: Fact) -> Option<Situation> {
    let provider = situation.connector.text(Fact::ProviderType);
    let optional = !facts::is_promised(facts::spec(fact), provider);
    // Tags that are not written are read, and empty.
    let there =
        situation.connector.get(fact).is_some() || (fact == Fact::Tags && !situation.tags_unread);
    (optional && there).then(|| {
        let mut situation = situation.clone();
        situation.connector.set(fact, None);
        situation.tags_unread |= fact == Fact::Tags;
        situation
    })
}

/// The situation with a value of an enum, or of the enums in it, that nobody knows.
fn unknown(situation: &Situation, fact: Fact) -> Option<Situation> {
    let value = match (facts::spec(fact).kind, situation.connector.get(fact)?) {
        (Kind::Enum(_), _) => Value::Text(UNKNOWN.to_owned()),
        (Kind::Issues, Value::Issues(issues)) if !issues.is_empty() => {
            let unknown = |issue: &Issue| Issue {
                code: Some(UNKNOWN.to_owned()),
                message: issue.message.clone(),
            };
            Value::Issues(issues.iter().map(unknown).collect())
        }
        _ => return None,
    };
    let mut situation = situation.clone();
    situation.connector.set(fact, Some(value));
    Some(situation)
}
