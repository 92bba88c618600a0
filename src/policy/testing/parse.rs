//! A test file becomes cases, or all that is wrong with it.
//!
//! Only its form is checked: what the rule says of itself is not known here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    raw::{RawCase, RawTarget, RawTests, RawWanted},
    values::{self, Path},
};
use crate::{
    inventory::{
        Expectation, SourceFile,
        check::{Check, no_map, read},
        empty,
        expect::{expect, text_matcher},
        places::{Spot, short},
        policies::params,
        raw::{Free, Slot, Table},
    },
    matcher::Matcher,
    model::{Connector, Fact, Outcome, Place, Value},
    policy::{TargetFacts, analysis::Thing},
    problem::{self, Problem},
};

/// The time that cases are judged at if they don't say.
const NOW: &str = "2026-06-01T12:00:00Z";

/// The outcomes that a case can expect. `skipped` needs a connector that is missing.
const OUTCOMES: &[&str] = &["pass", "fail", "not_applicable", "error"];

/// Parameters, with where each is written.
pub(super) type Params = BTreeMap<String, (serde_json::Value, Place)>;

/// A test file.
#[derive(Debug)]
pub(super) struct Tests {
    pub params: Params,
    pub cases: Vec<Case>,
    /// What the rule may pass without.
    pub tolerates: Vec<(Thing, Written)>,
    /// The enums that the rule may pass with a value of that nobody knows.
    pub tolerates_unknown: Vec<(Thing, Written)>,
    /// Where the cases are.
    pub place: Written,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub name: String,
    pub place: Written,
    pub situation: Situation,
    /// Laid over those of the file.
    pub params: Params,
    pub wanted: Wanted,
}

/// What the rule is given.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    pub connector: Connector,
    pub labels: BTreeMap<String, String>,
    pub target: TargetFacts,
    pub expected: Vec<Expectation>,
    pub now: Timestamp,
    /// The tags are not merely empty.
    pub tags_unread: bool,
}

/// What the rule should say.
#[derive(Debug)]
pub(super) struct Wanted {
    pub outcome: Outcome,
    pub outcome_at: Written,
    pub path: Option<(String, Written)>,
    pub message: Option<(Matcher, Written)>,
}

/// Where something is written, to speak of it later.
#[derive(Debug, Clone)]
pub(super) struct Written {
    place: Place,
    width: usize,
}

impl Written {
    fn of(spot: &Spot<'_>) -> Self {
        Self {
            place: spot.place(),
            width: spot.width(),
        }
    }

    /// The place alone.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// A problem there.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(self.place.clone(), message).width(self.width)
    }
}

/// Reads a test file.
pub(super) fn parse(file: &SourceFile) -> Result<Tests, Vec<Problem>> {
    let mut check = Check::default();
    let mut tests = None;
    if let Some(document) = read::<RawTests>(file, &mut check.problems) {
        let root = document.places.root();
        match &document.raw {
            Slot::Given(raw) => {
                check.unknown(raw, &root);
                tests = Some(read_tests(&mut check, raw, &root));
            }
            Slot::Wrong(written) => check.add(no_map::<RawTests>(*written, &root)),
            Slot::Null | Slot::Absent => check.add(empty(root.place())),
        }
    }
    match tests {
        Some(tests) if check.problems.is_empty() => Ok(tests),
        _ => {
            problem::sort(&mut check.problems);
            check.problems.dedup();
            Err(check.problems)
        }
    }
}

fn read_tests(check: &mut Check, raw: &RawTests, root: &Spot<'_>) -> Tests {
    let base_spot = root.key("base");
    if let Slot::Absent = raw.base {
        let problem = root.problem("these tests have no `base`");
        check.add(problem.help("write the facts of a connector that the cases start from"));
    }
    let connector = check
        .take(&raw.base, &base_spot, "base")
        .map(|Table(entries)| values::connector(check, entries, &base_spot))
        .unwrap_or_default();
    let base = Situation {
        connector,
        labels: labels(check, &raw.labels, &root.key("labels")),
        target: target(
            check,
            &raw.target,
            &root.key("target"),
            TargetFacts {
                name: "prod".to_owned(),
                account: Some("111122223333".to_owned()),
                region: Some("us-east-1".to_owned()),
            },
        ),
        expected: expect(check, &raw.expected, &root.key("expected")),
        now: now(check, &raw.now, &root.key("now")).unwrap_or_else(default_now),
        tags_unread: false,
    };
    let cases_spot = root.key("cases");
    if let Slot::Absent = raw.cases {
        check.add(root.problem("these tests have no `cases`"));
    }
    let mut cases: Vec<Case> = Vec::new();
    for (raw, spot) in check.items(&raw.cases, &cases_spot, "cases") {
        check.unknown(raw, &spot);
        let Some(case) = case(check, raw, &spot, &base) else {
            continue;
        };
        if let Some(first) = cases.iter().find(|other| other.name == case.name) {
            let message = format!("two cases have the name `{}`", short(&case.name));
            let first = first.place.place().clone();
            check.add(case.place.problem(message).related(first, "the other one"));
        }
        cases.push(case);
    }
    Tests {
        params: params(check, &raw.params, &root.key("params")),
        cases,
        tolerates: tolerates(check, &raw.tolerates, root, "tolerates"),
        tolerates_unknown: tolerates_unknown(check, raw, root),
        place: Written::of(&cases_spot.at_key()),
    }
}

fn tolerates(
    check: &mut Check,
    slot: &Slot<Vec<Slot<String>>>,
    root: &Spot<'_>,
    name: &str,
) -> Vec<(Thing, Written)> {
    let mut all: Vec<(Thing, Written)> = Vec::new();
    for (text, spot) in check.items(slot, &root.key(name), name) {
        let Some(thing) = values::thing(check, text, &spot) else {
            continue;
        };
        if let Some((_, first)) = all.iter().find(|(other, _)| *other == thing) {
            let problem = spot.problem(format!("`{}` is tolerated twice", short(text)));
            check.add(problem.related(first.place.clone(), "first here"));
        }
        all.push((thing, Written::of(&spot)));
    }
    all
}

fn tolerates_unknown(check: &mut Check, raw: &RawTests, root: &Spot<'_>) -> Vec<(Thing, Written)> {
    let all = tolerates(check, &raw.tolerates_unknown, root, "tolerates_unknown");
    for (thing, at) in all.iter().filter(|(thing, _)| !thing.is_enum()) {
        let problem = at.problem(format!(
            "`{thing}` is no enum, so no value of it is unknown"
        ));
        check.add(problem.help("what may be absent stands in `tolerates`"));
    }
    all
}

fn case(check: &mut Check, raw: &RawCase, spot: &Spot<'_>, base: &Situation) -> Option<Case> {
    if let Slot::Absent = raw.name {
        let problem = spot.problem("this case has no `name`");
        check.add(problem.help("say in a few words what it shows"));
    }
    let name_spot = spot.key("name");
    let name = check.text(&raw.name, &name_spot, "name").map(str::to_owned);
    let mut situation = base.clone();
    if let Some(labels) = given(check, &raw.labels, |check, slot| {
        labels(check, slot, &spot.key("labels"))
    }) {
        situation.labels = labels;
    }
    if let Some(expected) = given(check, &raw.expected, |check, slot| {
        expect(check, slot, &spot.key("expected"))
    }) {
        situation.expected = expected;
    }
    situation.target = target(check, &raw.target, &spot.key("target"), situation.target);
    if let Some(now) = now(check, &raw.now, &spot.key("now")) {
        situation.now = now;
    }
    let unset = unset(check, raw, &spot.key("unset"), &mut situation);
    set(check, raw, &spot.key("set"), &mut situation, &unset);
    let params = params(check, &raw.params, &spot.key("params"));
    let wanted = wanted(check, &raw.expect, spot);
    Some(Case {
        name: name?,
        place: Written::of(&name_spot),
        situation,
        params,
        wanted: wanted?,
    })
}

/// What a slot holds, unless it is absent.
fn given<T, U>(
    check: &mut Check,
    slot: &Slot<T>,
    read: impl FnOnce(&mut Check, &Slot<T>) -> U,
) -> Option<U> {
    match slot {
        Slot::Absent => None,
        slot => Some(read(check, slot)),
    }
}

fn default_now() -> Timestamp {
    NOW.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn now(check: &mut Check, slot: &Slot<String>, spot: &Spot<'_>) -> Option<Timestamp> {
    let text = check.take(slot, spot, "now")?;
    values::time(check, text, spot)
}

fn labels(
    check: &mut Check,
    slot: &Slot<Table<String>>,
    spot: &Spot<'_>,
) -> BTreeMap<String, String> {
    let entries = check.entries(slot, spot, "labels");
    entries
        .into_iter()
        .map(|(key, value, _)| (key.to_owned(), value.clone()))
        .collect()
}

/// Lays what is written over `below`. A `null` is what is not known.
fn target(
    check: &mut Check,
    slot: &Slot<RawTarget>,
    spot: &Spot<'_>,
    below: TargetFacts,
) -> TargetFacts {
    let Some(raw) = check.block(slot, spot, "target") else {
        return below;
    };
    let mut lay = |slot: &Slot<String>, name: &str, below: Option<String>| match slot {
        Slot::Absent => below,
        Slot::Null => None,
        slot => check.text(slot, &spot.key(name), name).map(str::to_owned),
    };
    TargetFacts {
        account: lay(&raw.account, "account", below.account),
        region: lay(&raw.region, "region", below.region),
        name: match &raw.name {
            Slot::Absent => below.name,
            slot => check
                .text(slot, &spot.key("name"), "name")
                .map(str::to_owned)
                .unwrap_or(below.name),
        },
    }
}

/// Takes facts, tags and labels away; says which.
fn unset(
    check: &mut Check,
    raw: &RawCase,
    spot: &Spot<'_>,
    situation: &mut Situation,
) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (text, spot) in check.items(&raw.unset, spot, "unset") {
        let Some(path) = values::path(check, text, &spot) else {
            continue;
        };
        all.insert(text.clone());
        match path {
            Path::Fact(spec) => {
                situation.connector.set(spec.fact, None);
                situation.tags_unread |= spec.fact == Fact::Tags;
            }
            Path::Tag(key) => {
                let mut tags = situation.connector.tags().cloned().unwrap_or_default();
                tags.remove(&key);
                situation.connector.set(Fact::Tags, Some(Value::Tags(tags)));
            }
            Path::Label(key) => {
                situation.labels.remove(&key);
            }
        }
    }
    all
}

/// Sets facts, tags and labels.
fn set(
    check: &mut Check,
    raw: &RawCase,
    spot: &Spot<'_>,
    situation: &mut Situation,
    unset: &BTreeSet<String>,
) {
    let Some(Table(entries)) = check.take(&raw.set, spot, "set") else {
        return;
    };
    for (text, slot) in entries {
        let spot = spot.key(text);
        if unset.contains(text) {
            let problem = spot
                .at_key()
                .problem(format!("`{}` is both set and unset", short(text)));
            check.add(problem);
        }
        if text == "<<" && spot.at_key().plain() {
            continue;
        }
        match values::path(check, text, &spot) {
            None => {}
            Some(Path::Fact(spec)) => {
                if let Some(value) = values::value(check, spec, slot, &spot) {
                    situation.connector.set(spec.fact, Some(value));
                }
            }
            Some(Path::Tag(key)) => {
                if let Some(value) = values::part(check, slot, &spot, text) {
                    let mut tags = situation.connector.tags().cloned().unwrap_or_default();
                    tags.insert(key, value);
                    situation.connector.set(Fact::Tags, Some(Value::Tags(tags)));
                }
            }
            Some(Path::Label(key)) => {
                if let Some(value) = values::part(check, slot, &spot, text) {
                    situation.labels.insert(key, value);
                }
            }
        }
    }
}

fn wanted(check: &mut Check, slot: &Slot<RawWanted>, case: &Spot<'_>) -> Option<Wanted> {
    if let Slot::Absent = slot {
        let problem = case.problem("this case has no `expect`");
        check.add(problem.help("write `expect: {outcome: pass}`, or another outcome"));
    }
    let spot = case.key("expect");
    let raw = check.block(slot, &spot, "expect")?;
    if let Slot::Absent = raw.outcome {
        let problem = spot.problem("`expect` has no `outcome`");
        check.add(problem.help(format!("one of: {}", OUTCOMES.join(", "))));
    }
    let outcome_spot = spot.key("outcome");
    let outcome = check.member(&raw.outcome, &outcome_spot, "outcome", OUTCOMES, |name| {
        let named = Outcome::from_name(name);
        named.filter(|outcome| OUTCOMES.contains(&outcome.as_str()))
    });
    let path_spot = spot.key("path");
    let path = check
        .text(&raw.path, &path_spot, "path")
        .map(str::to_owned)
        .filter(|text| {
            matches!(values::path(check, text, &path_spot), Some(path) if !matches!(path, Path::Label(_)))
        });
    let message_spot = spot.key("message");
    let message = match &raw.message {
        Slot::Absent => None,
        slot => message(check, slot, &message_spot),
    };
    Some(Wanted {
        outcome: outcome?,
        outcome_at: Written::of(&outcome_spot),
        path: path.map(|path| (path, Written::of(&path_spot))),
        message: message.map(|matcher| (matcher, Written::of(&message_spot))),
    })
}

fn message(check: &mut Check, slot: &Slot<Free>, spot: &Spot<'_>) -> Option<Matcher> {
    let matcher = text_matcher(check, slot, spot, "message", &mut |_, _, _| {});
    if let Some(Matcher::Absent) = matcher {
        check.add(spot.problem("`message` is empty").help("take the key away"));
        return None;
    }
    matcher
}
