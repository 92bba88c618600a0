//! Ablation testing: cases that pass become cases that must not, each without one answer that the rule asks for, or
//! with an enum's value that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    parse::{Case, Tests, Written},
    report::{CheckKind, TestCheck},
    run::{asked, evaluate},
    situation::Situation,
};
use crate::{
    facts::{self, Kind},
    model::{Fact, Issue, Outcome, Value},
    policy::{authoring::analysis::MayAsk, language::question::Question, run::Policy},
    problem::Problem,
};

/// A value that no enum of the API has.
const UNKNOWN: &str = "SOMETHING_NEW";

/// How many cases a message names.
const NAMED: usize = 3;

/// All that was tried (ablation testing), by kind and question.
#[derive(Debug)]
pub(crate) struct Matrix {
    /// What the rule may look at.
    may_ask: MayAsk,
    rows: BTreeMap<(CheckKind, Question), Row>,
    /// The questions that had an answer in a case that passed.
    answered: BTreeSet<Question>,
    /// The first case that passed.
    first: Option<Written>,
}

#[derive(Debug, Default)]
struct Row {
    tried: usize,
    /// The cases that passed all the same.
    passed: Vec<(String, Written)>,
}

impl Matrix {
    pub(crate) fn new(may_ask: MayAsk) -> Self {
        Self {
            may_ask,
            rows: BTreeMap::new(),
            answered: BTreeSet::new(),
            first: None,
        }
    }

    /// Tries a case that passes in every way in which it must not.
    pub(crate) fn add(&mut self, policy: &Policy, case: &Case) {
        self.first.get_or_insert_with(|| case.place.clone());
        let mut tries = Vec::new();
        let asked = asked(policy, &case.situation);
        let may_ask = self.may_ask.and(&asked);
        for question in questions(&may_ask, &case.situation) {
            if case.situation.has(&question) {
                self.answered.insert(question.clone());
            } else if asked.contains(&question)
                // Whoever asks for one label asks for all of them.
                && question != Question::Labels
                && !is_promised(&case.situation, &question)
            {
                let row = self.rows.entry((CheckKind::Absence, question.clone()));
                let row = row.or_default();
                row.tried += 1;
                row.passed.push((case.name.clone(), case.place.clone()));
            }
            for situation in without(&case.situation, &question, &may_ask) {
                tries.push(((CheckKind::Absence, question.clone()), situation));
            }
            if let Some(situation) = unknown(&case.situation, &question) {
                tries.push(((CheckKind::UnknownEnum, question), situation));
            }
        }
        let (keys, situations): (Vec<_>, Vec<_>) = tries.into_iter().unzip();
        for (key, result) in keys.into_iter().zip(evaluate(policy, &situations)) {
            let row = self.rows.entry(key).or_default();
            row.tried += 1;
            let named = row
                .passed
                .last()
                .is_some_and(|(name, _)| *name == case.name);
            if result.outcome == Outcome::Pass && !named {
                row.passed.push((case.name.clone(), case.place.clone()));
            }
        }
    }

    /// What holds. That something is tolerated in vain is said where `sound`, the cases as
    /// they are written being right.
    pub(crate) fn checks(&self, tests: &Tests, sound: bool) -> Vec<TestCheck> {
        let tolerates = |kind| match kind {
            CheckKind::UnknownEnum => &tests.tolerates_unknown[..],
            _ => &tests.tolerates[..],
        };
        let tolerated = |kind, question: &Question| {
            let mut tolerated = tolerates(kind).iter();
            tolerated.any(|(other, _)| other == question)
        };
        let mut checks: Vec<_> = self
            .rows
            .iter()
            .map(|((kind, question), row)| TestCheck {
                kind: *kind,
                name: question.to_string(),
                evaluations: row.tried,
                failure: if tolerated(*kind, question) {
                    None
                } else {
                    still_passes(*kind, question, row)
                },
            })
            .collect();
        let sure = self.may_ask.questions.iter().filter(|(_, sure)| **sure);
        let is_tried = |question: &Question| {
            let row = (CheckKind::Absence, question.clone());
            self.answered.contains(question) || self.rows.contains_key(&row)
        };
        let unseen = sure
            .map(|(question, _)| question)
            .filter(|it| !is_tried(it));
        for (question, at) in unseen.zip(self.first.iter().cycle()) {
            checks.push(TestCheck {
                kind: CheckKind::Absence,
                name: question.to_string(),
                evaluations: 0,
                failure: (!tolerated(CheckKind::Absence, question))
                    .then(|| never_seen(question, at)),
            });
        }
        for kind in [CheckKind::Absence, CheckKind::UnknownEnum] {
            let of_kind = tolerates(kind).iter();
            checks.extend(of_kind.map(|(question, at)| {
                TestCheck {
                    kind: CheckKind::Tolerates,
                    name: match kind {
                        CheckKind::UnknownEnum => format!("{question}, unknown"),
                        _ => question.to_string(),
                    },
                    evaluations: 0,
                    failure: (sound && self.is_needless(kind, question))
                        .then(|| needless(kind, question, at)),
                }
            }));
        }
        checks
    }

    /// Whether the rule was never seen passing where this is tolerated. Of what no passing case
    /// has, nothing was seen.
    fn is_needless(&self, kind: CheckKind, question: &Question) -> bool {
        let unseen =
            self.may_ask.questions.contains_key(question) && !self.answered.contains(question);
        let row = self.rows.get(&(kind, question.clone()));
        !unseen && row.is_none_or(|row| row.passed.is_empty())
    }
}

/// What a rule may look at in a situation.
fn questions(may_ask: &MayAsk, situation: &Situation) -> BTreeSet<Question> {
    let mut questions: BTreeSet<_> = may_ask.questions.keys().cloned().collect();
    if questions.contains(&Question::Drift) {
        questions.extend(situation.expected.iter().map(|it| match &it.key {
            Some(key) => Question::Tag(key.clone()),
            None => Question::Fact(it.fact),
        }));
    }
    questions
}

/// Whether the API promises an answer, so that no rule has to do without it.
fn is_promised(situation: &Situation, question: &Question) -> bool {
    let provider = situation.connector.text(Fact::ProviderType);
    match question {
        Question::Fact(fact) => facts::is_promised(facts::spec(*fact), provider),
        question => question.is_always_there(),
    }
}

/// The problem of what no case shows.
fn never_seen(question: &Question, at: &Written) -> Problem {
    at.problem(format!(
        "no case that passes has `{question}`, so nobody saw whether the rule needs it"
    ))
    .help(format!(
        "write it into a case that passes, or list `{question}` under `tolerates`"
    ))
}

/// The problem of what is tolerated and doesn't happen.
fn needless(kind: CheckKind, question: &Question, at: &Written) -> Problem {
    let (key, without) = match kind {
        CheckKind::UnknownEnum => ("tolerates_unknown", "with a value of it that is not known"),
        _ => ("tolerates", "without it"),
    };
    at.problem(format!(
        "`{question}` is tolerated for nothing: the rule never passes {without}"
    ))
    .help(format!("take it out of `{key}`"))
}

/// The problem of a rule that passes without what it looks at.
fn still_passes(kind: CheckKind, question: &Question, row: &Row) -> Option<Problem> {
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
    let names = names.join(", ");
    let (message, help, key) = if kind == CheckKind::Absence {
        (
            format!("the rule still passes without `{question}`: {names}"),
            format!("let it fail where `present({question})` is false"),
            "tolerates",
        )
    } else {
        (
            format!(
                "the rule still passes when `{question}` is {UNKNOWN}, which nobody knows: {names}"
            ),
            format!("compare `{question}` itself with the members that may pass"),
            "tolerates_unknown",
        )
    };
    let problem = first.problem(message);
    Some(problem.help(format!("{help}, or list `{question}` under `{key}`")))
}

/// The situations without an answer that is there and that the API doesn't promise.
///
/// Of all tags and of all labels, those that the rule names are taken away by themselves; so once
/// more they stay, or one that the rule needs would hide that it passes without the others.
fn without(situation: &Situation, question: &Question, may_ask: &MayAsk) -> Vec<Situation> {
    if is_promised(situation, question) || !situation.has(question) {
        return Vec::new();
    }
    let with = |change: &dyn Fn(&mut Situation)| {
        let mut situation = situation.clone();
        change(&mut situation);
        situation
    };
    let mut all = vec![with(&|it| it.remove(question))];
    match question {
        Question::Fact(Fact::Tags) if may_ask.all_tags => {
            all.push(with(&|it| it.connector.set(Fact::Tags, None)));
            let tags = situation.connector.tags();
            let named = tags.and_then(|tags| named(tags, may_ask, Question::Tag));
            all.extend(named.map(|named| {
                with(&|it| {
                    let tags = Value::Tags(named.clone());
                    it.connector.set(Fact::Tags, Some(tags));
                })
            }));
        }
        Question::Fact(Fact::HealthIssues) => {
            all.push(with(&|it| set_issues(it, |_| Issue::default())));
        }
        Question::Labels => {
            let named = named(&situation.labels, may_ask, Question::Label);
            all.extend(named.map(|named| with(&|it| it.labels.clone_from(&named))));
        }
        _ => {}
    }
    all
}

/// Those of `all` that the rule names; `None` if these are all of them, or none.
fn named(
    all: &BTreeMap<String, String>,
    may_ask: &MayAsk,
    question: impl Fn(String) -> Question,
) -> Option<BTreeMap<String, String>> {
    let mut named = all.clone();
    named.retain(|key, _| may_ask.is_sure(&question(key.clone())));
    (!named.is_empty() && named.len() < all.len()).then_some(named)
}

/// The situation with a value of an enum, or of the enums in it, that nobody knows.
fn unknown(situation: &Situation, question: &Question) -> Option<Situation> {
    let Question::Fact(fact) = *question else {
        return None;
    };
    situation.connector.get(fact)?;
    let mut situation = situation.clone();
    match facts::spec(fact).kind {
        Kind::Enum(_) => {
            let value = Value::Text(UNKNOWN.to_owned());
            situation.connector.set(fact, Some(value));
        }
        Kind::Issues => set_issues(&mut situation, |issue| Issue {
            code: Some(UNKNOWN.to_owned()),
            message: issue.message.clone(),
        }),
        _ => return None,
    }
    Some(situation)
}

/// Changes every issue; where there is none, there is one then.
fn set_issues(situation: &mut Situation, change: impl Fn(&Issue) -> Issue) {
    let none = [Issue::default()];
    let issues = match situation.connector.get(Fact::HealthIssues) {
        Some(Value::Issues(issues)) if !issues.is_empty() => &issues[..],
        _ => &none,
    };
    let issues = issues.iter().map(change).collect();
    let issues = Some(Value::Issues(issues));
    situation.connector.set(Fact::HealthIssues, issues);
}
