//! A waivers file becomes waivers, or all of its problems.
//!
//! Only its form is checked: which rules and connectors there are is not known here.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};

use super::{Subject, Waiver};
use crate::{
    facts::{self, Expectable, Kind},
    inventory::{
        SourceFile,
        check::{Check, is_name, no_map, read, suggest, wrong},
        places::{Spot, short},
        raw::{Block, Free, OneOrMore, RawWaiver, RawWaivers, Slot},
    },
    matcher::Matcher,
    problem::{self, Problem},
};

/// How many days ahead a waiver may end.
pub const MAX_DAYS: i32 = 180;

/// The waivers of a file. Expired ones are valid: that they are is for the reports to say.
///
/// # Errors
/// Everything that is wrong with the file, sorted by place.
pub fn parse(file: &SourceFile, today: Date) -> Result<Vec<Waiver>, Vec<Problem>> {
    let mut check = Check::default();
    let mut all = Vec::new();
    if let Some(document) = read::<RawWaivers>(file, &mut check.problems) {
        let root = document.places.root();
        match &document.raw {
            Slot::Given(raw) => {
                check.unknown(raw, &root);
                check.version(&raw.version, &root, RawWaivers::NAME);
                if let Slot::Absent = raw.waivers {
                    let problem = root.problem("a waivers file has no `waivers`");
                    check.add(problem.help("write `waivers: []` if there are none"));
                }
                for (raw, spot) in check.items(&raw.waivers, &root.key("waivers"), "waivers") {
                    check.unknown(raw, &spot);
                    all.extend(waiver(&mut check, raw, &spot, today));
                }
            }
            Slot::Wrong(written) => check.add(no_map::<RawWaivers>(*written, &root)),
            Slot::Null | Slot::Absent => check.add(crate::inventory::empty(root.place())),
        }
    }
    if check.problems.is_empty() {
        return Ok(all);
    }
    problem::sort(&mut check.problems);
    check.problems.dedup();
    Err(check.problems)
}

/// One entry.
fn waiver(check: &mut Check, raw: &RawWaiver, spot: &Spot<'_>, today: Date) -> Option<Waiver> {
    let subject = subject(check, raw, spot);
    let connector = connector(check, raw, spot);
    if let (Some(Subject::Missing), Some(pattern)) = (&subject, &connector)
        && pattern.contains('*')
    {
        let problem = spot
            .key("connector")
            .problem("a `*` never covers missing connectors");
        check.add(problem.help("name the one that may be missing"));
    }
    let observed = observed(check, raw, spot, subject.as_ref());
    let reason = required(
        check,
        &raw.reason,
        spot,
        "reason",
        "say why the finding may exist",
    );
    let owner = required(check, &raw.owner, spot, "owner", "say who answers for it");
    let ticket = check
        .text(&raw.ticket, &spot.key("ticket"), "ticket")
        .map(str::to_owned);
    let expires = expires(check, raw, spot, today);
    Some(Waiver {
        subject: subject?,
        connector: connector?,
        reason: reason?,
        owner: owner?,
        ticket,
        expires: expires?,
        observed,
        place: spot.place(),
    })
}

/// A text that each waiver must have.
fn required(
    check: &mut Check,
    slot: &Slot<String>,
    spot: &Spot<'_>,
    name: &str,
    help: &str,
) -> Option<String> {
    if let Slot::Absent = slot {
        check.add(
            spot.problem(format!("this waiver has no `{name}`"))
                .help(help),
        );
        return None;
    }
    check.text(slot, &spot.key(name), name).map(str::to_owned)
}

/// What is waived: `rule` or `drift`.
fn subject(check: &mut Check, raw: &RawWaiver, spot: &Spot<'_>) -> Option<Subject> {
    match (&raw.rule, &raw.drift) {
        (Slot::Absent, Slot::Absent) => {
            let problem = spot.problem("this waiver doesn't say what it permits");
            check.add(
                problem
                    .help("write `rule: ID`, or `drift:` with a field, `missing` or `unmanaged`"),
            );
            None
        }
        (Slot::Absent, drift) => {
            let spot = spot.key("drift");
            let path = check.text(drift, &spot, "drift")?;
            match path {
                "missing" => Some(Subject::Missing),
                "unmanaged" => Some(Subject::Unmanaged),
                _ => field(check, path, &spot),
            }
        }
        (rule, Slot::Absent) => rules(check, rule, &spot.key("rule")),
        _ => {
            let problem = spot
                .key("drift")
                .at_key()
                .problem("a waiver is for a `rule` or for `drift`, not for both");
            check.add(
                problem
                    .related(spot.key("rule").at_key().place(), "`rule` is here")
                    .help("make it two waivers"),
            );
            None
        }
    }
}

fn rules(check: &mut Check, slot: &Slot<OneOrMore>, spot: &Spot<'_>) -> Option<Subject> {
    let before = check.problems.len();
    let rules = match check.take(slot, spot, "rule")? {
        OneOrMore::One(rule) => vec![(rule.clone(), *spot)],
        OneOrMore::More(items) => {
            let mut all = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let spot = spot.item(index);
                all.extend(
                    check
                        .take(item, &spot, &format!("rule[{index}]"))
                        .map(|rule| (rule.clone(), spot)),
                );
            }
            all
        }
    };
    for (_, spot) in rules.iter().filter(|(rule, _)| rule.trim().is_empty()) {
        check.add(spot.problem("a rule's id is empty"));
    }
    if check.problems.len() > before {
        return None;
    }
    if rules.is_empty() {
        check.add(spot.problem("`rule` is an empty list, so nothing is permitted"));
        return None;
    }
    Some(Subject::Rule(
        rules
            .into_iter()
            .map(|(rule, spot)| (rule, spot.place()))
            .collect(),
    ))
}

/// Drift of a field, which must be one that can drift.
fn field(check: &mut Check, path: &str, spot: &Spot<'_>) -> Option<Subject> {
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
            let mut known: Vec<&str> = facts::TABLE
                .iter()
                .filter(|spec| spec.expect == Expectable::Yes)
                .map(|spec| spec.path)
                .collect();
            known.retain(|path| *path != "tags");
            known.extend(["tags.KEY", "missing", "unmanaged"]);
            suggest(path, &known)
        }
    };
    check.add(
        spot.problem(format!("`{}` is no field that can drift", short(path)))
            .help(why),
    );
    None
}

/// The address, or a pattern of addresses.
fn connector(check: &mut Check, raw: &RawWaiver, spot: &Spot<'_>) -> Option<String> {
    let allowed = check
        .take(
            &raw.allow_wildcard,
            &spot.key("allow_wildcard"),
            "allow_wildcard",
        )
        .copied();
    let text = required(
        check,
        &raw.connector,
        spot,
        "connector",
        "write its address, TARGET/ID",
    )?;
    let spot = spot.key("connector");
    let is_part = |part: &str| is_name(&part.replace('*', "x"));
    let is_address = text
        .split_once('/')
        .is_some_and(|(target, id)| is_part(target) && is_part(id));
    if !is_address {
        let problem = spot.problem(format!(
            "`{}` is not an address: TARGET/ID is expected",
            short(&text)
        ));
        check.add(if text.contains('*') {
            problem.help("`*/*` is every connector of every target")
        } else {
            problem
        });
        return None;
    }
    if text.contains('*') && allowed != Some(true) {
        let problem = spot.problem(format!("`{}` may cover many connectors", short(&text)));
        check.add(problem.help("write `allow_wildcard: true` beside it if that is meant"));
        return None;
    }
    Some(text)
}

/// The value that is permitted: a text, a list of texts for sets, or `null` for absent.
fn observed(
    check: &mut Check,
    raw: &RawWaiver,
    spot: &Spot<'_>,
    subject: Option<&Subject>,
) -> Option<Matcher> {
    let written = spot.key("observed");
    match (subject, &raw.observed) {
        (Some(Subject::Drift(path)), Slot::Absent) => {
            let problem = spot.problem(format!("a waiver for drift of `{path}` has no `observed`"));
            check.add(problem.help("write the value that is permitted, so that another one counts again; `null` if it is absent"));
            None
        }
        (_, Slot::Absent) => None,
        (Some(Subject::Missing | Subject::Unmanaged), _) => {
            let problem = written
                .at_key()
                .problem("`observed` is for drift of a field, or for a rule");
            check.add(problem.help("take it away"));
            None
        }
        (_, Slot::Null) => Some(Matcher::Absent),
        (_, Slot::Given(Free::Text(text))) => Some(Matcher::Exact(text.clone())),
        (_, Slot::Given(Free::List(items))) => {
            let mut texts = BTreeSet::new();
            for (index, item) in items.iter().enumerate() {
                let spot = written.item(index);
                match item {
                    Slot::Given(Free::Text(text)) => {
                        texts.insert(text.clone());
                    }
                    Slot::Given(other) => check.add(wrong(
                        other.written(),
                        &spot,
                        &format!("observed[{index}]"),
                        "a text",
                    )),
                    _ => check.add(
                        spot.problem(format!("`observed[{index}]` is empty: a text is expected")),
                    ),
                }
            }
            Some(Matcher::Set(texts))
        }
        (_, Slot::Given(other)) => {
            let problem = wrong(
                other.written(),
                &written,
                "observed",
                "a text, a list of texts, or null",
            );
            check.add(problem);
            None
        }
        (_, Slot::Wrong(_)) => None,
    }
}

/// The last day.
fn expires(check: &mut Check, raw: &RawWaiver, spot: &Spot<'_>, today: Date) -> Option<Date> {
    let text = required(
        check,
        &raw.expires,
        spot,
        "expires",
        "write its last day, like `expires: 2026-12-31`",
    )?;
    let spot = spot.key("expires");
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| {
            if matches!(at, 4 | 7) {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    let Some(date) = has_form.then(|| text.parse::<Date>().ok()).flatten() else {
        check.add(spot.problem(format!(
            "`{}` is not a date: YYYY-MM-DD is expected",
            short(&text)
        )));
        return None;
    };
    let latest = today.checked_add(MAX_DAYS.days()).unwrap_or(Date::MAX);
    if date > latest {
        let problem = spot.problem(format!("{date} is more than {MAX_DAYS} days ahead"));
        check.add(problem.help(format!("the latest day is {latest}")));
        return None;
    }
    Some(date)
}
