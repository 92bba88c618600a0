//! A waivers file becomes waivers, or all of its problems.
//!
//! Only its form is checked: which rules and connectors there are is not known here.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};

use super::{
    raw::{RawWaiver, RawWaivers},
    types::{Subject, Waiver},
};
use crate::{
    facts::{self, Expectable, Kind},
    matcher::Matcher,
    model::ConnectorId,
    problem::Problem,
    text::{excerpt, is_name},
    yaml::{Block, Node, SourceFile, Validator, Yaml, scan, suggest},
};

/// How many days ahead a waiver may end at most.
pub const MAX_DAYS: i32 = 180;

/// The waivers of a file. Expired ones are valid; the reports say that they have expired.
///
/// # Errors
/// Everything that is wrong with the file, sorted by place.
pub fn parse(file: &SourceFile, today: Date) -> Result<Vec<Waiver>, Vec<Problem>> {
    let mut check = Validator::default();
    let mut all = Vec::new();
    let document = scan(file, &mut check.problems);
    if let Some(raw) = document
        .as_ref()
        .and_then(|document| check.file::<RawWaivers<'_>>(document))
    {
        check.version(&raw.version, RawWaivers::NAME);
        if raw.waivers.is_absent() {
            let problem = raw.node.problem("a waivers file has no `waivers`");
            check.add(problem.help("write `waivers: []` if there are none"));
        }
        check.blocks(&raw.waivers, "waivers", |check, raw| {
            all.extend(waiver(check, raw, today));
        });
    }
    refuse_repeated(&mut check, &all, today);
    check.finish(all)
}

/// Refuses a waiver that another one makes redundant. Expired ones permit nothing, and are left to the
/// reports.
fn refuse_repeated(check: &mut Validator, waivers: &[Waiver], today: Date) {
    let mut seen = HashMap::new();
    for waiver in waivers.iter().filter(|waiver| waiver.holds_on(today)) {
        let what = match &waiver.subject {
            Subject::Rule(rules) => rules
                .iter()
                .map(|(rule, _)| format!("rule {rule}"))
                .collect(),
            other => vec![other.to_string()],
        };
        let observed = waiver.observed.as_ref().map(|it| it.to_json().to_string());
        for what in what {
            let key = (what.clone(), &waiver.connector, observed.clone());
            if let Some(first) = seen.insert(key, &waiver.place) {
                let message = format!("this waiver permits what another one does: {what}");
                let problem = Problem::at(waiver.place.clone(), message);
                let problem = problem.related(first.clone(), "the other one is here");
                check.add(problem.help("take one away, and give the other the later `expires`"));
            }
        }
    }
}

/// One entry.
fn waiver(check: &mut Validator, raw: &RawWaiver<'_>, today: Date) -> Option<Waiver> {
    let subject = subject(check, raw);
    let connector = connector(check, raw);
    if let (Some(Subject::Missing), Some(pattern)) = (&subject, &connector)
        && pattern.contains('*')
    {
        let problem = raw
            .connector
            .problem("a `*` never covers missing connectors");
        check.add(problem.help("name the one that may be missing"));
    }
    if let (Some(subject), Some(pattern)) = (&subject, &connector) {
        refuse_unreachable(check, subject, pattern, &raw.connector);
    }
    let observed = observed(check, raw, subject.as_ref());
    let help = "say why the finding may exist";
    let reason = required(check, raw, &raw.reason, "reason", help);
    let owner = required(check, raw, &raw.owner, "owner", "say who answers for it");
    let ticket = check.text(&raw.ticket, "ticket").map(str::to_owned);
    let expires = expires(check, raw, today);
    Some(Waiver {
        subject: subject?,
        connector: connector?.to_owned(),
        reason: reason?.to_owned(),
        owner: owner?.to_owned(),
        ticket,
        expires: expires?,
        observed,
        place: raw.node.place(),
    })
}

/// A text that each waiver must have.
fn required<'a>(
    check: &mut Validator,
    raw: &RawWaiver<'a>,
    node: &Node<'a>,
    name: &str,
    help: &str,
) -> Option<&'a str> {
    if node.is_absent() {
        let problem = raw.node.problem(format!("this waiver has no `{name}`"));
        check.add(problem.help(help));
        return None;
    }
    check.text(node, name)
}

/// What is waived: `rule` or `drift`.
fn subject(check: &mut Validator, raw: &RawWaiver<'_>) -> Option<Subject> {
    match (raw.rule.is_absent(), raw.drift.is_absent()) {
        (true, true) => {
            let problem = raw.node.problem("this waiver doesn't say what it permits");
            let help = "write `rule: ID`, or `drift:` with a field, `missing` or `unmanaged`";
            check.add(problem.help(help));
            None
        }
        (true, false) => match check.text(&raw.drift, "drift")? {
            "missing" => Some(Subject::Missing),
            "unmanaged" => Some(Subject::Unmanaged),
            path => field(check, path, &raw.drift),
        },
        (false, true) => rules(check, &raw.rule),
        (false, false) => {
            let problem = raw
                .drift
                .at_key()
                .problem("a waiver is for a `rule` or for `drift`, not for both");
            let problem = problem.related(raw.rule.at_key().place(), "`rule` is here");
            check.add(problem.help("make it two waivers"));
            None
        }
    }
}

fn rules(check: &mut Validator, node: &Node<'_>) -> Option<Subject> {
    let before = check.problems.len();
    let rules = check.text_or_list(node, "rule")?;
    for (_, node) in rules.iter().filter(|(rule, _)| rule.trim().is_empty()) {
        check.add(node.problem("a rule's id is empty"));
    }
    if check.problems.len() > before {
        return None;
    }
    if rules.is_empty() {
        check.add(node.problem("`rule` is an empty list, so nothing is permitted"));
        return None;
    }
    let rules = rules.into_iter();
    let rules = rules.map(|(rule, node)| (rule.to_owned(), node.place()));
    Some(Subject::Rule(rules.collect()))
}

/// Drift of a field, which must be one that can drift.
fn field(check: &mut Validator, path: &str, node: &Node<'_>) -> Option<Subject> {
    let tag = path
        .strip_prefix("tags.")
        .is_some_and(|key| !key.is_empty());
    let why = match facts::by_path(path) {
        _ if tag => return Some(Subject::Drift(path.to_owned())),
        Some(spec) if spec.kind == Kind::Tags => "a tag is written `tags.KEY`".to_owned(),
        Some(spec) => match spec.expect {
            Expectable::Yes => return Some(Subject::Drift(path.to_owned())),
            Expectable::No(_) => "no inventory can expect it, so it never drifts".to_owned(),
        },
        None => {
            let others = ["tags.KEY", "missing", "unmanaged"];
            let known: Vec<&str> = drifting_fields().chain(others).collect();
            suggest(path, &known)
        }
    };
    check.add(
        node.problem(format!("`{}` is no field that can drift", excerpt(path)))
            .help(why),
    );
    None
}

/// The paths of the fields that can drift, without tags, which have keys.
pub(crate) fn drifting_fields() -> impl Iterator<Item = &'static str> {
    let fields = facts::TABLE
        .iter()
        .filter(|spec| spec.expect == Expectable::Yes && spec.kind != Kind::Tags);
    fields.map(|spec| spec.path)
}

/// The address, or a pattern of addresses.
fn connector<'a>(check: &mut Validator, raw: &RawWaiver<'a>) -> Option<&'a str> {
    let allowed = check.flag(&raw.allow_wildcard, "allow_wildcard");
    let node = raw.connector;
    let help = "write its address, TARGET/ID";
    let text = required(check, raw, &node, "connector", help)?;
    let is_part = |part: &str| is_name(&part.replace('*', "x"));
    let is_address = text
        .split_once('/')
        .is_some_and(|(target, id)| is_part(target) && is_part(id));
    if !is_address {
        let problem = node.problem(format!(
            "`{}` is not an address: TARGET/ID is expected",
            excerpt(text)
        ));
        check.add(if text.contains('*') {
            problem.help("`*/*` is every connector of every target")
        } else {
            problem
        });
        return None;
    }
    if !text.contains('*') && allowed == Some(true) {
        let problem = raw.allow_wildcard.at_key();
        let problem = problem.problem("`allow_wildcard` has no effect: the address has no `*`");
        check.add(problem.help("take it away"));
    }
    if text.contains('*') && allowed != Some(true) {
        let problem = node.problem(format!("`{}` may cover many connectors", excerpt(text)));
        check.add(problem.help("write `allow_wildcard: true` beside it if that is meant"));
        return None;
    }
    Some(text)
}

/// Refuses an address that no finding of this kind has: the id of an expected connector never looks
/// like a UUID, and the address of an unmanaged one always ends in its UUID.
fn refuse_unreachable(check: &mut Validator, subject: &Subject, pattern: &str, node: &Node<'_>) {
    let id = pattern.split_once('/').map_or(pattern, |(_, id)| id);
    let is_id = id.parse::<ConnectorId>().is_ok();
    let is_id_pattern = |c| matches!(c, '0'..='9' | 'a'..='f' | '-' | '*');
    let may_be_id = is_id || (id.contains('*') && id.chars().all(is_id_pattern));
    let (is, help) = match subject {
        Subject::Unmanaged if !may_be_id => (
            "no address of an unmanaged connector",
            "write TARGET/CONNECTOR_ID, as the reports have it",
        ),
        Subject::Missing | Subject::Drift(_) if is_id => (
            "the address of an unmanaged connector",
            "write TARGET/ID, with the `id` that the inventory has",
        ),
        _ => return,
    };
    let pattern = excerpt(pattern);
    let problem = node.problem(format!("`{pattern}` is {is}, so nothing is permitted"));
    check.add(problem.help(help));
}

/// Refuses a permitted value of a type that the field never has.
fn refuse_other_type(check: &mut Validator, subject: Option<&Subject>, node: &Node<'_>) {
    let Some(Subject::Drift(path)) = subject else {
        return;
    };
    let is_set = facts::by_path(path).is_some_and(|spec| spec.kind == Kind::Set);
    let (is, never) = match node.value() {
        Yaml::Text(_) if is_set => ("a list", "a text"),
        Yaml::List if !is_set => ("a text", "a list"),
        _ => return,
    };
    let problem = node.problem(format!("`{path}` is {is}, and never {never}"));
    check.add(problem.help("write the value as the reports have it"));
}

/// The value that is permitted: a text, a list of texts for sets, or `null` for absent.
fn observed(
    check: &mut Validator,
    raw: &RawWaiver<'_>,
    subject: Option<&Subject>,
) -> Option<Matcher> {
    let node = raw.observed;
    refuse_other_type(check, subject, &node);
    match (subject, node.value()) {
        (Some(Subject::Drift(path)), Yaml::Absent) => {
            let message = format!("a waiver for drift of `{path}` has no `observed`");
            check.add(raw.node.problem(message).help("write the value that is permitted, so that another one counts again; `null` if it is absent"));
            None
        }
        (_, Yaml::Absent) => None,
        (Some(Subject::Missing | Subject::Unmanaged), _) => {
            let problem = node
                .at_key()
                .problem("`observed` is for drift of a field, or for a rule");
            check.add(problem.help("take it away"));
            None
        }
        (_, Yaml::Null) => check
            .explicit_null(&node, "observed", "it is absent")
            .then_some(Matcher::Absent),
        (_, Yaml::Text(text)) => Some(Matcher::Exact(text.to_owned())),
        (_, Yaml::List) => {
            let texts = check.distinct_texts(&node, "observed");
            Some(Matcher::Set(texts.into_iter().collect()))
        }
        _ => {
            let expected = "a text, a list of texts, or null";
            check.refuse_type(&node, "observed", expected, None);
            None
        }
    }
}

/// The last day.
fn expires(check: &mut Validator, raw: &RawWaiver<'_>, today: Date) -> Option<Date> {
    let node = raw.expires;
    let latest = today.checked_add(MAX_DAYS.days()).unwrap_or(Date::MAX);
    let help = format!("write its last day as YYYY-MM-DD, {latest} at the latest");
    let text = required(check, raw, &node, "expires", &help)?;
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| {
            if matches!(at, 4 | 7) {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    let Some(date) = has_form.then(|| text.parse::<Date>().ok()).flatten() else {
        let problem = node.problem(format!("`{}` is not a date", excerpt(text)));
        check.add(problem.help(help));
        return None;
    };
    if date > latest {
        let problem = node.problem(format!(
            "{date} is more than {MAX_DAYS} days after {today}, the day (UTC) of judging"
        ));
        check.add(problem.help(help));
        return None;
    }
    Some(date)
}
