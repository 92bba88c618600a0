//! `expect` becomes what each field should be; the keys are read off the table of facts.

use super::{
    Expectation,
    check::{Check, suggest, wrong},
    places::{Spot, short},
    raw::{Free, Slot, Table},
};
use crate::{
    facts::{self, EnumSpec, Expectable, Kind, PROVIDER_TYPE, Spec},
    matcher::Matcher,
    model::{Arn, Fact},
    text::nearest,
};

/// The keys of matchers.
pub(crate) const MATCHERS: &[&str] = &["one_of", "matches", "present"];

/// What `expect` says, in the file's order.
pub(crate) fn expect(
    check: &mut Check,
    slot: &Slot<Table<Free>>,
    spot: &Spot<'_>,
) -> Vec<Expectation> {
    let mut all = Vec::new();
    if let Some(Table(entries)) = check.take(slot, spot, "expect") {
        group(check, entries, spot, "", &mut all);
    }
    all
}

/// The keys of one level of facts: `prefix` is empty, or ends with a dot.
fn group(
    check: &mut Check,
    entries: &[(String, Slot<Free>)],
    spot: &Spot<'_>,
    prefix: &str,
    all: &mut Vec<Expectation>,
) {
    for (key, value) in entries {
        let spot = spot.key(key);
        let path = format!("{prefix}{key}");
        // Facts are nested, never written with a dot: one way to say a thing is enough.
        match facts::by_path(&path).filter(|_| !key.contains('.')) {
            Some(spec) => field(check, spec, value, &spot, all),
            None if prefix.is_empty() && is_group(key) => match value {
                Slot::Given(Free::Map(entries)) => {
                    group(check, entries, &spot, &format!("{key}."), all);
                }
                Slot::Given(other) => check.add(wrong(other.written(), &spot, key, "a map")),
                Slot::Wrong(_) | Slot::Absent => {}
                Slot::Null => {
                    let problem = spot.problem(format!("`{key}` is empty: a map is expected"));
                    check.add(
                        problem.help("write the fields that should be so, or take the key away"),
                    );
                }
            },
            None => unknown(check, key, prefix, &spot),
        }
    }
}

/// Whether facts are grouped under `key`.
fn is_group(key: &str) -> bool {
    facts::TABLE.iter().any(|spec| {
        spec.path
            .split_once('.')
            .is_some_and(|(group, _)| group == key)
    })
}

/// The keys that may stand in `expect` under `prefix`.
fn known(prefix: &str) -> Vec<&'static str> {
    let mut keys: Vec<&str> = facts::TABLE
        .iter()
        .filter(|spec| spec.expect == Expectable::Yes)
        .filter_map(|spec| spec.path.strip_prefix(prefix))
        .map(|rest| rest.split('.').next().unwrap_or(rest))
        .collect();
    keys.dedup();
    keys
}

/// A key that is no fact, at least not here.
fn unknown(check: &mut Check, key: &str, prefix: &str, spot: &Spot<'_>) {
    if key == "<<" && spot.at_key().plain() {
        return;
    }
    let place = if prefix.is_empty() {
        "`expect`".to_owned()
    } else {
        format!("`{}`", prefix.trim_end_matches('.'))
    };
    let problem = spot
        .at_key()
        .problem(format!("unknown key `{}` in {place}", short(key)));
    let elsewhere = facts::TABLE
        .iter()
        .map(|spec| spec.path)
        .find(|path| *path == key || path.rsplit('.').next() == Some(key));
    let here = known(prefix);
    let help = match elsewhere.map(|path| (path, path.split_once('.'))) {
        Some((_, Some((group, name)))) => format!("write it as `{name}` in `{group}`"),
        Some((path, None)) => format!("write `{path}` directly in `expect`"),
        None if nearest(key, here.iter().copied()).is_none() => {
            let deeper = facts::TABLE
                .iter()
                .filter(|spec| spec.expect == Expectable::Yes);
            let near = deeper
                .filter_map(|spec| spec.path.split_once('.'))
                .find(|(_, name)| nearest(key, [*name]).is_some());
            match near {
                Some((group, name)) => format!("did you mean `{name}` in `{group}`?"),
                None => suggest(key, &here),
            }
        }
        None => suggest(key, &here),
    };
    check.add(problem.help(help));
}

/// What one fact should be.
fn field(
    check: &mut Check,
    spec: &'static Spec,
    value: &Slot<Free>,
    spot: &Spot<'_>,
    all: &mut Vec<Expectation>,
) {
    if let Expectable::No(why) = spec.expect {
        check.add(
            spot.at_key()
                .problem(format!("`{}` can't be expected: {why}", spec.path)),
        );
        return;
    }
    let place = spot.at_key().place();
    if spec.kind == Kind::Tags {
        tags(check, spec, value, spot, all);
    } else if spec.kind == Kind::Set {
        if let Some(matcher) = set_matcher(check, value, spot, spec.path) {
            all.push(Expectation {
                fact: spec.fact,
                key: None,
                matcher,
                place,
            });
        }
    } else if let Some(matcher) =
        text_matcher(check, value, spot, spec.path, &mut |check, text, spot| {
            form(check, spec, text, spot);
        })
    {
        all.push(Expectation {
            fact: spec.fact,
            key: None,
            matcher,
            place,
        });
    }
}

/// Tags: a matcher for each key.
fn tags(
    check: &mut Check,
    spec: &Spec,
    value: &Slot<Free>,
    spot: &Spot<'_>,
    all: &mut Vec<Expectation>,
) {
    match value {
        Slot::Given(Free::Map(entries)) => {
            for (key, value) in entries {
                let spot = spot.key(key);
                if let Some(matcher) = text_matcher(
                    check,
                    value,
                    &spot,
                    &format!("tags.{key}"),
                    &mut |_, _, _| {},
                ) {
                    let place = spot.at_key().place();
                    all.push(Expectation {
                        fact: spec.fact,
                        key: Some(key.clone()),
                        matcher,
                        place,
                    });
                }
            }
        }
        Slot::Given(other) => check.add(wrong(other.written(), spot, "tags", "a map")),
        Slot::Null => {
            let problem = spot.problem("`tags` is empty: a map is expected");
            check.add(problem.help("a tag that must be absent is written `tags: {KEY: null}`"));
        }
        Slot::Wrong(_) | Slot::Absent => {}
    }
}

/// What an exact value must look like to be possible at all.
fn form(check: &mut Check, spec: &Spec, text: &str, spot: &Spot<'_>) {
    match spec.kind {
        // A provider that is not known yet has a name too.
        Kind::Enum(members) if !std::ptr::eq(members, &raw const PROVIDER_TYPE) => {
            member(check, spec, members, text, spot);
        }
        Kind::Arn if spec.fact == Fact::KmsKeyArn => kms_key(check, text, spot),
        Kind::Arn => {
            if let Err(err) = text.parse::<Arn>() {
                check.add(spot.problem(err.to_string()));
            }
        }
        _ => {}
    }
}

fn member(check: &mut Check, spec: &Spec, members: &EnumSpec, text: &str, spot: &Spot<'_>) {
    if !members.knows(text) {
        let problem = spot.problem(format!("`{}` is no value of `{}`", short(text), spec.path));
        check.add(problem.help(suggest(text, members.members)));
    }
}

/// The ARN of a KMS key. The API answers with the key, so an alias would always differ.
fn kms_key(check: &mut Check, text: &str, spot: &Spot<'_>) {
    let help = "write the ARN of the key, like arn:aws:kms:us-east-1:111122223333:key/UUID: the API answers with it";
    if text.starts_with("alias/") {
        check.add(
            spot.problem(format!("`{}` is a KMS alias, not a key", short(text)))
                .help(help),
        );
        return;
    }
    match text.parse::<Arn>() {
        Ok(arn) if arn.service == "kms" && arn.resource.starts_with("alias/") => {
            check.add(
                spot.problem(format!("`{}` is a KMS alias, not a key", short(text)))
                    .help(help),
            );
        }
        Ok(arn)
            if arn.service == "kms"
                && arn.resource.starts_with("key/")
                && !arn.account.is_empty() => {}
        Ok(_) => check.add(
            spot.problem(format!("`{}` is not a KMS key's ARN", short(text)))
                .help(help),
        ),
        Err(err) => check.add(spot.problem(err.to_string())),
    }
}

/// Checks one text that a matcher names.
pub(crate) type Form<'f> = dyn FnMut(&mut Check, &str, &Spot<'_>) + 'f;

/// The matcher of a text: exact, `null`, `one_of`, `matches` or `present`.
pub(crate) fn text_matcher(
    check: &mut Check,
    slot: &Slot<Free>,
    spot: &Spot<'_>,
    path: &str,
    form: &mut Form<'_>,
) -> Option<Matcher> {
    match slot {
        Slot::Null => Some(Matcher::Absent),
        Slot::Given(Free::Text(text)) => {
            form(check, text, spot);
            Some(Matcher::Exact(text.clone()))
        }
        Slot::Given(Free::Map(entries)) => written_out(check, entries, spot, path, Some(form)),
        Slot::Given(Free::List(_)) => {
            let problem = spot.problem(format!("`{}` is one value, not a list", short(path)));
            check.add(problem.help("several possible values are written `{one_of: [..]}`"));
            None
        }
        Slot::Given(other) => {
            check.add(wrong(other.written(), spot, path, "a text or a matcher"));
            None
        }
        Slot::Wrong(_) | Slot::Absent => None,
    }
}

/// The matcher of a set: a list, `null` or `present`.
fn set_matcher(
    check: &mut Check,
    slot: &Slot<Free>,
    spot: &Spot<'_>,
    path: &str,
) -> Option<Matcher> {
    match slot {
        Slot::Null => Some(Matcher::Absent),
        Slot::Given(Free::List(items)) => {
            texts(check, items, spot, path).map(|texts| Matcher::Set(texts.into_iter().collect()))
        }
        Slot::Given(Free::Map(entries)) => written_out(check, entries, spot, path, None),
        Slot::Given(other) => {
            check.add(wrong(other.written(), spot, path, "a list"));
            None
        }
        Slot::Wrong(_) | Slot::Absent => None,
    }
}

/// A matcher written as a map. Sets have no `form`, and of these only `present`.
fn written_out(
    check: &mut Check,
    entries: &[(String, Slot<Free>)],
    spot: &Spot<'_>,
    path: &str,
    form: Option<&mut Form<'_>>,
) -> Option<Matcher> {
    let [(key, value)] = entries else {
        let problem = spot.problem(format!(
            "`{}` has a matcher with {} keys: one is expected",
            short(path),
            entries.len()
        ));
        check.add(problem.help(format!("matchers: {}", MATCHERS.join(", "))));
        return None;
    };
    let spot = spot.key(key);
    match (key.as_str(), value, form) {
        ("present", Slot::Given(Free::Bool(true)), _) => Some(Matcher::Present),
        ("present", _, _) => {
            let problem = spot.problem("`present` can only be true");
            check.add(problem.help(format!(
                "what must be absent is written `{}: null`",
                short(path)
            )));
            None
        }
        ("one_of" | "matches", _, None) => {
            let problem = spot.at_key().problem(format!("`{key}` is not for sets"));
            check.add(problem.help("write the list itself: its order means nothing"));
            None
        }
        ("one_of", Slot::Given(Free::List(items)), Some(form)) => {
            let all = texts(check, items, &spot, "one_of")?;
            if all.is_empty() {
                check.add(spot.problem("`one_of` is an empty list, so nothing could match"));
                return None;
            }
            for (index, text) in all.iter().enumerate() {
                form(check, text, &spot.item(index));
            }
            Some(Matcher::OneOf(all))
        }
        ("matches", Slot::Given(Free::Text(source)), Some(_)) => {
            check.regex(source, &spot).map(Matcher::Matches)
        }
        ("one_of" | "matches", value, Some(_)) => {
            let expected = if key == "one_of" {
                "a list"
            } else {
                "a text: a regular expression"
            };
            match value {
                Slot::Given(other) => check.add(wrong(other.written(), &spot, key, expected)),
                Slot::Null => {
                    check.add(spot.problem(format!("`{key}` is empty: {expected} is expected")));
                }
                Slot::Wrong(_) | Slot::Absent => {}
            }
            None
        }
        _ => {
            let problem = spot
                .at_key()
                .problem(format!("unknown matcher `{}`", short(key)));
            check.add(problem.help(suggest(key, MATCHERS)));
            None
        }
    }
}

/// A list of texts; `None` when one of them is none.
fn texts(
    check: &mut Check,
    items: &[Slot<Free>],
    spot: &Spot<'_>,
    path: &str,
) -> Option<Vec<String>> {
    let before = check.problems.len();
    let mut all = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let (spot, path) = (spot.item(index), format!("{path}[{index}]"));
        match item {
            Slot::Given(Free::Text(text)) => all.push(text.clone()),
            Slot::Given(other) => check.add(wrong(other.written(), &spot, &path, "a text")),
            Slot::Null => check.add(spot.problem(format!("`{path}` is empty: a text is expected"))),
            Slot::Wrong(_) | Slot::Absent => {}
        }
    }
    (check.problems.len() == before).then_some(all)
}
