//! Cases that pass become cases that must not: something taken away, an enum's value that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CheckKind, TestCheck,
    parse::{Case, Situation, Tests, Written},
    run::{asked, evaluate},
};
use crate::{
    facts::{self, Kind},
    model::{Fact, Issue, Outcome, Value},
    policy::{
        authoring::analysis::{LooksAt, Thing},
        language::inputs::Question,
        run::Policy,
    },
    problem::Problem,
};

/// A value that no enum of the API has.
const UNKNOWN: &str = "SOMETHING_NEW";

/// How many cases a message names.
const NAMED: usize = 3;

/// All that was tried, by kind and thing.
#[derive(Debug)]
pub(crate) struct Matrix {
    /// What the rule may look at.
    looks_at: LooksAt,
    rows: BTreeMap<(CheckKind, Thing), Row>,
    /// What was there in a case that passed.
    there: BTreeSet<Thing>,
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
    pub(crate) fn new(looks_at: LooksAt) -> Self {
        Self {
            looks_at,
            rows: BTreeMap::new(),
            there: BTreeSet::new(),
            first: None,
        }
    }

    /// Tries a case that passes in every way in which it must not.
    pub(crate) fn add(&mut self, policy: &Policy, case: &Case) {
        self.first.get_or_insert_with(|| case.place.clone());
        let mut tries = Vec::new();
        let asked = asked(policy, &case.situation);
        let looks_at = self.looks_at.and(&asked);
        for thing in things(&looks_at, &case.situation) {
            if is_there(&case.situation, &thing) {
                self.there.insert(thing.clone());
            } else if is_asked(&asked, &thing) && !is_promised(&case.situation, &thing) {
                let row = self.rows.entry((CheckKind::Absence, thing.clone()));
                let row = row.or_default();
                row.tried += 1;
                row.passed.push((case.name.clone(), case.place.clone()));
            }
            for situation in without(&case.situation, &thing, &looks_at) {
                tries.push(((CheckKind::Absence, thing.clone()), situation));
            }
            if let Some(situation) = unknown(&case.situation, &thing) {
                tries.push(((CheckKind::UnknownEnum, thing), situation));
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
        let tolerated = |kind, thing: &Thing| {
            let mut tolerated = tolerates(kind).iter();
            tolerated.any(|(other, _)| other == thing)
        };
        let mut checks: Vec<_> = self
            .rows
            .iter()
            .map(|((kind, thing), row)| TestCheck {
                kind: *kind,
                name: thing.to_string(),
                evaluations: row.tried,
                failure: if tolerated(*kind, thing) {
                    None
                } else {
                    still_passes(*kind, thing, row)
                },
            })
            .collect();
        let sure = self.looks_at.things.iter().filter(|(_, sure)| **sure);
        let is_told = |thing: &Thing| {
            let row = (CheckKind::Absence, thing.clone());
            self.there.contains(thing) || self.rows.contains_key(&row)
        };
        let unseen = sure.map(|(thing, _)| thing).filter(|it| !is_told(it));
        for (thing, at) in unseen.zip(self.first.iter().cycle()) {
            checks.push(TestCheck {
                kind: CheckKind::Absence,
                name: thing.to_string(),
                evaluations: 0,
                failure: (!tolerated(CheckKind::Absence, thing)).then(|| never_seen(thing, at)),
            });
        }
        for kind in [CheckKind::Absence, CheckKind::UnknownEnum] {
            let of_kind = tolerates(kind).iter();
            checks.extend(of_kind.map(|(thing, at)| TestCheck {
                kind: CheckKind::Tolerates,
                name: match kind {
                    CheckKind::UnknownEnum => format!("{thing}, unknown"),
                    _ => thing.to_string(),
                },
                evaluations: 0,
                failure:
                    (sound && self.is_needless(kind, thing)).then(|| needless(kind, thing, at)),
            }));
        }
        checks
    }

    /// Whether the rule was never seen passing where this is tolerated. Of what no passing case
    /// has, nothing was seen.
    fn is_needless(&self, kind: CheckKind, thing: &Thing) -> bool {
        let unseen = self.looks_at.things.contains_key(thing) && !self.there.contains(thing);
        let row = self.rows.get(&(kind, thing.clone()));
        !unseen && row.is_none_or(|row| row.passed.is_empty())
    }
}

/// What a rule may look at in a situation.
fn things(looks_at: &LooksAt, situation: &Situation) -> BTreeSet<Thing> {
    let mut things: BTreeSet<_> = looks_at.things.keys().cloned().collect();
    if looks_at.drift {
        things.extend(situation.expected.iter().map(|it| match &it.key {
            Some(key) => Thing::Tag(key.clone()),
            None => Thing::Fact(it.fact),
        }));
    }
    things
}

/// Whether a rule asked for a thing, as far as that is known of a single one.
fn is_asked(asked: &[Question], thing: &Thing) -> bool {
    match thing {
        Thing::Fact(fact) => asked.contains(&Question::Observed(*fact)),
        Thing::Expected(fact) => asked.contains(&Question::Expected(*fact)),
        Thing::Account => asked.contains(&Question::TargetAccount),
        Thing::Region => asked.contains(&Question::TargetRegion),
        _ => false,
    }
}

/// Whether the API promises a thing, so that no rule has to do without it.
fn is_promised(situation: &Situation, thing: &Thing) -> bool {
    let provider = situation.connector.text(Fact::ProviderType);
    match thing {
        Thing::Fact(fact) => facts::is_promised(facts::spec(*fact), provider),
        _ => false,
    }
}

/// The problem of what no case shows.
fn never_seen(thing: &Thing, at: &Written) -> Problem {
    at.problem(format!(
        "no case that passes has `{thing}`, so nobody saw whether the rule needs it"
    ))
    .help(format!(
        "write it into a case that passes, or list `{thing}` under `tolerates`"
    ))
}

/// The problem of what is tolerated and doesn't happen.
fn needless(kind: CheckKind, thing: &Thing, at: &Written) -> Problem {
    let (key, without) = match kind {
        CheckKind::UnknownEnum => ("tolerates_unknown", "with a value of it that is not known"),
        _ => ("tolerates", "without it"),
    };
    at.problem(format!(
        "`{thing}` is tolerated for nothing: the rule never passes {without}"
    ))
    .help(format!("take it out of `{key}`"))
}

/// The problem of a rule that passes without what it looks at.
fn still_passes(kind: CheckKind, thing: &Thing, row: &Row) -> Option<Problem> {
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
            format!("the rule still passes without `{thing}`: {names}"),
            format!("let it fail where `present({thing})` is false"),
            "tolerates",
        )
    } else {
        (
            format!(
                "the rule still passes when `{thing}` is {UNKNOWN}, which nobody knows: {names}"
            ),
            format!("compare `{thing}` itself with the members that may pass"),
            "tolerates_unknown",
        )
    };
    let problem = first.problem(message);
    Some(problem.help(format!("{help}, or list `{thing}` under `{key}`")))
}

/// Whether a thing is there, so that it can be taken away.
fn is_there(situation: &Situation, thing: &Thing) -> bool {
    match thing {
        // Tags that are not written are read, and empty.
        Thing::Fact(Fact::Tags) => !situation.tags_unread,
        Thing::Fact(fact) => situation.connector.get(*fact).is_some(),
        Thing::Tag(key) => {
            let tags = situation.connector.tags();
            tags.is_some_and(|tags| tags.contains_key(key))
        }
        Thing::Labels => !situation.labels.is_empty(),
        Thing::Label(key) => situation.labels.contains_key(key),
        Thing::Expected(fact) => situation.expected.iter().any(|it| it.fact == *fact),
        Thing::Account => situation.target.account.is_some(),
        Thing::Region => situation.target.region.is_some(),
    }
}

/// The situations without a thing that is there and that the API doesn't promise.
///
/// Of all tags and of all labels, those that the rule names are taken away by themselves; so once
/// more they stay, or one that the rule needs would hide that it passes without the others.
fn without(situation: &Situation, thing: &Thing, looks_at: &LooksAt) -> Vec<Situation> {
    if is_promised(situation, thing) || !is_there(situation, thing) {
        return Vec::new();
    }
    let with = |change: &dyn Fn(&mut Situation)| {
        let mut situation = situation.clone();
        change(&mut situation);
        situation
    };
    match thing {
        Thing::Fact(Fact::Tags) => {
            let unread = with(&|it| {
                it.connector.set(Fact::Tags, None);
                it.tags_unread = true;
            });
            let mut all = vec![unread];
            if looks_at.all_tags {
                all.push(with(&|it| it.connector.set(Fact::Tags, None)));
                let tags = situation.connector.tags();
                let named = tags.and_then(|tags| named(tags, looks_at, Thing::Tag));
                all.extend(named.map(|named| {
                    with(&|it| {
                        let tags = Value::Tags(named.clone());
                        it.connector.set(Fact::Tags, Some(tags));
                    })
                }));
            }
            all
        }
        Thing::Fact(Fact::HealthIssues) => vec![
            with(&|it| it.connector.set(Fact::HealthIssues, None)),
            with(&|it| set_issues(it, |_| Issue::default())),
        ],
        Thing::Fact(fact) => vec![with(&|it| it.connector.set(*fact, None))],
        Thing::Tag(key) => vec![with(&|it| {
            let mut tags = it.connector.tags().cloned().unwrap_or_default();
            tags.remove(key);
            it.connector.set(Fact::Tags, Some(Value::Tags(tags)));
        })],
        Thing::Labels => {
            let named = named(&situation.labels, looks_at, Thing::Label);
            let kept = std::iter::once(BTreeMap::new()).chain(named);
            kept.map(|kept| with(&|it| it.labels.clone_from(&kept)))
                .collect()
        }
        Thing::Label(key) => vec![with(&|it| {
            it.labels.remove(key);
        })],
        Thing::Expected(fact) => vec![with(&|it| it.expected.retain(|it| it.fact != *fact))],
        Thing::Account => vec![with(&|it| it.target.account = None)],
        Thing::Region => vec![with(&|it| it.target.region = None)],
    }
}

/// Those of `all` that the rule names; `None` if these are all of them, or none.
fn named(
    all: &BTreeMap<String, String>,
    looks_at: &LooksAt,
    thing: impl Fn(String) -> Thing,
) -> Option<BTreeMap<String, String>> {
    let mut named = all.clone();
    named.retain(|key, _| looks_at.names(&thing(key.clone())));
    (!named.is_empty() && named.len() < all.len()).then_some(named)
}

/// The situation with a value of an enum, or of the enums in it, that nobody knows.
fn unknown(situation: &Situation, thing: &Thing) -> Option<Situation> {
    let Thing::Fact(fact) = *thing else {
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
