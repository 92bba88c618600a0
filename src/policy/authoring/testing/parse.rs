//! A test file becomes cases, or all that is wrong with it.
//!
//! Only its form is checked: what the rule says of itself is not known here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    raw::{RawCase, RawTarget, RawTests, RawWanted},
    situation::Situation,
    values,
};
use crate::{
    facts,
    inventory::{expect, params, text_matcher},
    matcher::Matcher,
    model::{Fact, Outcome, Place, Value},
    policy::{language::question::Question, subject::TargetFacts},
    problem::{self, Problem},
    text::excerpt,
    yaml::{Node, SourceFile, Validator, Yaml, scan},
};

/// The time that cases are judged at if they don't say.
const NOW: &str = "2026-06-01T12:00:00Z";

/// The outcomes that a case can expect. `skipped` needs a connector that is missing.
const OUTCOMES: &[&str] = &["pass", "fail", "not_applicable", "error"];

/// Parameters, with where each is written.
pub(crate) type Params = BTreeMap<String, (serde_json::Value, Place)>;

/// A test file.
#[derive(Debug)]
pub(crate) struct Tests {
    pub params: Params,
    pub cases: Vec<Case>,
    /// What the rule may pass without.
    pub tolerates: Vec<(Question, Written)>,
    /// The enums that the rule may pass with a value of that nobody knows.
    pub tolerates_unknown: Vec<(Question, Written)>,
    /// Where the cases are.
    pub place: Written,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    pub name: String,
    pub place: Written,
    pub situation: Situation,
    /// Laid over those of the file.
    pub params: Params,
    pub wanted: Wanted,
}

/// What the rule should say.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub outcome: Outcome,
    pub outcome_at: Written,
    pub path: Option<(String, Written)>,
    pub message: Option<(Matcher, Written)>,
}

/// Where something is written, to speak of it later.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    place: Place,
    width: usize,
}

impl Written {
    fn of(spot: &Node<'_>) -> Self {
        Self {
            place: spot.place(),
            width: spot.width(),
        }
    }

    /// The place alone.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A problem there.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(self.place.clone(), message).width(self.width)
    }
}

/// Reads a test file.
pub(crate) fn parse(file: &SourceFile) -> Result<Tests, Vec<Problem>> {
    let mut check = Validator::default();
    let document = scan(file, &mut check.problems);
    let raw = document.as_ref().and_then(|document| check.file(document));
    let tests = raw.map(|raw| read_tests(&mut check, &raw));
    match tests {
        Some(tests) if check.problems.is_empty() => Ok(tests),
        _ => {
            problem::sort(&mut check.problems);
            check.problems.dedup();
            Err(check.problems)
        }
    }
}

fn read_tests(check: &mut Validator, raw: &RawTests<'_>) -> Tests {
    if raw.base.is_absent() {
        let problem = raw.node.problem("these tests have no `base`");
        check.add(problem.help("write the facts of a connector that the cases start from"));
    }
    check.require_map(&raw.base, "base");
    let base = Situation {
        connector: values::connector(check, &raw.base),
        labels: check.text_map(&raw.labels, "labels"),
        target: target(
            check,
            &raw.target,
            TargetFacts {
                name: "prod".to_owned(),
                account: Some("111122223333".to_owned()),
                region: Some("us-east-1".to_owned()),
            },
        ),
        expected: expect(check, &raw.expected),
        now: now(check, &raw.now).unwrap_or_else(default_now),
        tags_unread: false,
    };
    if raw.cases.is_absent() {
        check.add(raw.node.problem("these tests have no `cases`"));
    }
    let mut cases: Vec<Case> = Vec::new();
    check.blocks(&raw.cases, "cases", |check, raw| {
        let Some(case) = case(check, raw, &base) else {
            return;
        };
        if let Some(first) = cases.iter().find(|other| other.name == case.name) {
            let message = format!("two cases have the name `{}`", excerpt(&case.name));
            let first = first.place.place().clone();
            check.add(case.place.problem(message).related(first, "the other one"));
        }
        cases.push(case);
    });
    Tests {
        params: params(check, &raw.params),
        cases,
        tolerates: tolerates(check, &raw.tolerates, "tolerates"),
        tolerates_unknown: tolerates_unknown(check, raw),
        place: Written::of(&raw.cases.at_key()),
    }
}

fn tolerates(check: &mut Validator, spot: &Node<'_>, name: &str) -> Vec<(Question, Written)> {
    let mut all: Vec<(Question, Written)> = Vec::new();
    for (text, spot) in check.text_list(spot, name) {
        let Some(question) = values::question(check, text, &spot) else {
            continue;
        };
        if let Some((_, first)) = all.iter().find(|(other, _)| *other == question) {
            let problem = spot.problem(format!("`{}` is tolerated twice", excerpt(text)));
            check.add(problem.related(first.place.clone(), "first here"));
        }
        all.push((question, Written::of(&spot)));
    }
    all
}

fn tolerates_unknown(check: &mut Validator, raw: &RawTests<'_>) -> Vec<(Question, Written)> {
    let all = tolerates(check, &raw.tolerates_unknown, "tolerates_unknown");
    for (question, at) in all.iter().filter(|(question, _)| !question.is_enum()) {
        let problem = at.problem(format!(
            "`{question}` is no enum, so no value of it is unknown"
        ));
        check.add(problem.help("what may be absent stands in `tolerates`"));
    }
    all
}

fn case(check: &mut Validator, raw: &RawCase<'_>, base: &Situation) -> Option<Case> {
    if raw.name.is_absent() {
        let problem = raw.node.problem("this case has no `name`");
        check.add(problem.help("say in a few words what it shows"));
    }
    let name = check.text(&raw.name, "name");
    let mut situation = base.clone();
    if !raw.labels.is_absent() {
        situation.labels = check.text_map(&raw.labels, "labels");
    }
    if !raw.expected.is_absent() {
        situation.expected = expect(check, &raw.expected);
    }
    situation.target = target(check, &raw.target, situation.target);
    if let Some(now) = now(check, &raw.now) {
        situation.now = now;
    }
    for (spot, name) in [
        (&raw.set, "set"),
        (&raw.unset, "unset"),
        (&raw.params, "params"),
    ] {
        check.refuse_empty(spot, name);
    }
    let unset = unset(check, &raw.unset, &mut situation);
    set(check, &raw.set, &mut situation, &unset);
    let params = params(check, &raw.params);
    let wanted = wanted(check, raw);
    Some(Case {
        name: name?.to_owned(),
        place: Written::of(&raw.name),
        situation,
        params,
        wanted: wanted?,
    })
}

fn default_now() -> Timestamp {
    NOW.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn now(check: &mut Validator, spot: &Node<'_>) -> Option<Timestamp> {
    let text = check.any_text(spot, "now")?;
    values::time(check, text, spot)
}

/// Lays what is written over `below`. A `null` is what is not known.
fn target(check: &mut Validator, spot: &Node<'_>, below: TargetFacts) -> TargetFacts {
    let Some(raw) = check.block::<RawTarget<'_>>(spot, "target") else {
        return below;
    };
    let mut lay = |spot: &Node<'_>, name: &str, below: Option<String>| match spot.value() {
        Yaml::Absent => below,
        Yaml::Null => {
            check.explicit_null(spot, name, "it is not known");
            None
        }
        _ => check.text(spot, name).map(str::to_owned),
    };
    TargetFacts {
        account: lay(&raw.account, "account", below.account),
        region: lay(&raw.region, "region", below.region),
        name: check
            .text(&raw.name, "name")
            .map_or(below.name, str::to_owned),
    }
}

/// Takes facts, tags and labels away; says which.
fn unset(check: &mut Validator, spot: &Node<'_>, situation: &mut Situation) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (text, spot) in check.text_list(spot, "unset") {
        let Some(path) = values::path(check, text, &spot) else {
            continue;
        };
        let is_first = all.insert(text.to_owned());
        let was_there = situation.has(&path);
        situation.remove(&path);
        if !is_first || !was_there {
            let message = format!("`{}` is not there to be taken away", excerpt(text));
            let help = "write it into `base` or `labels`, or take it away here";
            check.add(spot.problem(message).help(help));
        }
    }
    all
}

/// Sets facts, tags and labels.
fn set(
    check: &mut Validator,
    spot: &Node<'_>,
    situation: &mut Situation,
    unset: &BTreeSet<String>,
) {
    check.require_map(spot, "set");
    for (text, spot) in spot.entries() {
        if unset.contains(text) {
            let problem = spot
                .at_key()
                .problem(format!("`{}` is both set and unset", excerpt(text)));
            check.add(problem);
        }
        let was_so = match values::path(check, text, &spot) {
            None => false,
            Some(Question::Fact(fact)) => values::value(check, facts::spec(fact), &spot)
                .is_some_and(|value| {
                    let was_so = situation.connector.get(fact) == Some(&value);
                    situation.connector.set(fact, Some(value));
                    was_so
                }),
            Some(path) => values::text(check, &spot, text).is_some_and(|value| match path {
                Question::Tag(key) => {
                    let mut tags = situation.connector.tags().cloned().unwrap_or_default();
                    let was_so = tags.insert(key, value.clone()) == Some(value);
                    situation.connector.set(Fact::Tags, Some(Value::Tags(tags)));
                    was_so
                }
                Question::Label(key) => situation.labels.insert(key, value.clone()) == Some(value),
                _ => false,
            }),
        };
        if was_so {
            let message = format!("`{}` is so already, so this changes nothing", excerpt(text));
            let problem = spot.at_key().problem(message);
            check.add(problem.help("write another value, or take it away here"));
        }
    }
}

fn wanted(check: &mut Validator, case: &RawCase<'_>) -> Option<Wanted> {
    if case.expect.is_absent() {
        let problem = case.node.problem("this case has no `expect`");
        check.add(problem.help("write `expect: {outcome: pass}`, or another outcome"));
    }
    let raw: RawWanted<'_> = check.block(&case.expect, "expect")?;
    if raw.outcome.is_absent() {
        let problem = raw.node.problem("`expect` has no `outcome`");
        check.add(problem.help(format!("one of: {}", OUTCOMES.join(", "))));
    }
    let outcome = check.member(&raw.outcome, "outcome", OUTCOMES, |name| {
        let named = Outcome::from_name(name);
        named.filter(|outcome| OUTCOMES.contains(&outcome.as_str()))
    });
    let path = check.text(&raw.path, "path").filter(|text| {
        matches!(values::path(check, text, &raw.path), Some(path) if !matches!(path, Question::Label(_)))
    });
    let message = message(check, &raw.message);
    Some(Wanted {
        outcome: outcome?,
        outcome_at: Written::of(&raw.outcome),
        path: path.map(|path| (path.to_owned(), Written::of(&raw.path))),
        message: message.map(|matcher| (matcher, Written::of(&raw.message))),
    })
}

fn message(check: &mut Validator, spot: &Node<'_>) -> Option<Matcher> {
    let matcher = text_matcher(check, spot, "message", &mut |_, _, _| {});
    if matcher.as_ref().is_some_and(Matcher::is_in_every_text) {
        let problem = spot.problem("this is found in every message, so it says nothing");
        check.add(problem.help("write a part of the message, or take the key away"));
    }
    if let Some(Matcher::Absent) = matcher {
        check.add(spot.problem("`message` is empty").help("take the key away"));
        return None;
    }
    matcher
}
