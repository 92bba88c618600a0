//! `expect` becomes what each field should be; the keys are read off the table of facts.

use std::collections::HashSet;

use super::types::Expectation;
use crate::{
    facts::{self, EnumSpec, Expectable, Kind, PROVIDER_TYPE, Spec},
    matcher::Matcher,
    model::{Arn, Fact},
    text::nearest,
    yaml::{Check, Spot, Yaml, nothing, short, suggest, wrong},
};

/// The keys of matchers.
pub(crate) const MATCHERS: &[&str] = &["one_of", "matches", "present"];

/// What the facts should be like, in the file's order.
pub(crate) fn expect(check: &mut Check, spot: &Spot<'_>) -> Vec<Expectation> {
    let mut all = Vec::new();
    check.is_map(spot, "expect");
    group(check, spot, "", &mut all);
    // There may be a hundred thousand of these lists, and a list grows by more than it needs.
    all.shrink_to_fit();
    all
}

/// The keys of one level of facts: `prefix` is empty, or ends with a dot.
fn group(check: &mut Check, spot: &Spot<'_>, prefix: &str, all: &mut Vec<Expectation>) {
    for (key, spot) in spot.entries() {
        let path = format!("{prefix}{key}");
        // Facts are nested, never written with a dot: one way to say a thing is enough.
        match facts::by_path(&path).filter(|_| !key.contains('.')) {
            Some(spec) => field(check, spec, &spot, all),
            None if prefix.is_empty() && is_group(key) => match spot.value() {
                Yaml::Map => {
                    check.something(&spot, key);
                    group(check, &spot, &format!("{key}."), all);
                }
                Yaml::Refused | Yaml::Absent => {}
                Yaml::Null => check.add(
                    nothing(&spot, key, "a map")
                        .help("write the fields that should be so, or take the key away"),
                ),
                _ => check.add(wrong(&spot, key, "a map")),
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
fn field(check: &mut Check, spec: &'static Spec, spot: &Spot<'_>, all: &mut Vec<Expectation>) {
    if let Expectable::No(why) = spec.expect {
        check.add(
            spot.at_key()
                .problem(format!("`{}` can't be expected: {why}", spec.path)),
        );
        return;
    }
    let matcher = match spec.kind {
        Kind::Tags => return tags(check, spec, spot, all),
        Kind::Set => set_matcher(check, spot, spec.path),
        _ => text_matcher(check, spot, spec.path, &mut |check, text, spot| {
            form(check, spec, text, spot);
        }),
    };
    let matcher = matcher.and_then(|matcher| comparing(check, &spot.at_key(), matcher));
    all.extend(matcher.map(|matcher| Expectation {
        fact: spec.fact,
        key: None,
        matcher,
        place: spot.at_key().place(),
    }));
}

/// Tags: a matcher for each key.
fn tags(check: &mut Check, spec: &Spec, spot: &Spot<'_>, all: &mut Vec<Expectation>) {
    match spot.value() {
        Yaml::Map => {
            check.something(spot, "tags");
            for (key, spot) in spot.entries() {
                let path = format!("tags.{key}");
                let matcher = text_matcher(check, &spot, &path, &mut |_, _, _| {});
                let matcher = matcher.and_then(|it| comparing(check, &spot.at_key(), it));
                all.extend(matcher.map(|matcher| Expectation {
                    fact: spec.fact,
                    key: Some(key.to_owned()),
                    matcher,
                    place: spot.at_key().place(),
                }));
            }
        }
        Yaml::Null => check.add(
            nothing(spot, "tags", "a map")
                .help("a tag that must be absent is written `tags: {KEY: null}`"),
        ),
        Yaml::Refused | Yaml::Absent => {}
        _ => check.add(wrong(spot, "tags", "a map")),
    }
}

/// The matcher, if there is a text that it refuses.
fn comparing(check: &mut Check, spot: &Spot<'_>, matcher: Matcher) -> Option<Matcher> {
    let Matcher::Matches(regex) = &matcher else {
        return Some(matcher);
    };
    if !matcher.is_in_every_text() {
        return Some(matcher);
    }
    let message = format!(
        "`{}` is found in every text, so nothing is compared",
        short(regex.as_str())
    );
    check.add(
        spot.problem(message)
            .help("write `{present: true}` if it may be any, but must be there"),
    );
    None
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
    spot: &Spot<'_>,
    path: &str,
    form: &mut Form<'_>,
) -> Option<Matcher> {
    match spot.value() {
        Yaml::Null => check
            .is_written_null(spot, path, "it must be absent")
            .then_some(Matcher::Absent),
        Yaml::Text(text) => {
            form(check, text, spot);
            Some(Matcher::Exact(text.to_owned()))
        }
        Yaml::Map => written_out(check, spot, path, Some(form)),
        Yaml::List => {
            let problem = spot.problem(format!("`{}` is one value, not a list", short(path)));
            check.add(problem.help("several possible values are written `{one_of: [..]}`"));
            None
        }
        Yaml::Refused | Yaml::Absent => None,
        Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) => {
            check.add(wrong(spot, path, "a text or a matcher"));
            None
        }
    }
}

/// The matcher of a set: a list, `null` or `present`.
fn set_matcher(check: &mut Check, spot: &Spot<'_>, path: &str) -> Option<Matcher> {
    match spot.value() {
        Yaml::Null => check
            .is_written_null(spot, path, "it must be absent")
            .then_some(Matcher::Absent),
        Yaml::List => {
            texts(check, spot, path).map(|texts| Matcher::Set(texts.into_iter().collect()))
        }
        Yaml::Map => written_out(check, spot, path, None),
        Yaml::Refused | Yaml::Absent => None,
        _ => {
            check.add(wrong(spot, path, "a list"));
            None
        }
    }
}

/// A matcher written as a map. Sets have no `form`, and of these only `present`.
fn written_out(
    check: &mut Check,
    map: &Spot<'_>,
    path: &str,
    form: Option<&mut Form<'_>>,
) -> Option<Matcher> {
    let mut entries = map.entries();
    let (1, Some((key, spot))) = (entries.len(), entries.next()) else {
        let problem = map.problem(format!(
            "`{}` has a matcher with {} keys: one is expected",
            short(path),
            map.entries().len()
        ));
        check.add(problem.help(format!("matchers: {}", MATCHERS.join(", "))));
        return None;
    };
    match (key, spot.value(), form) {
        (_, Yaml::Refused, _) => None,
        ("present", Yaml::Bool(true), _) => Some(Matcher::Present),
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
        ("one_of", Yaml::List, Some(form)) => {
            let all = texts(check, &spot, "one_of")?;
            if all.is_empty() {
                check.add(spot.problem("`one_of` is an empty list, so nothing could match"));
                return None;
            }
            for (text, spot) in all.iter().zip(spot.items()) {
                form(check, text, &spot);
            }
            Some(Matcher::OneOf(all))
        }
        ("matches", Yaml::Text(source), Some(_)) => {
            check.regex(source, &spot).map(Matcher::Matches)
        }
        ("one_of" | "matches", value, Some(_)) => {
            let expected = if key == "one_of" {
                "a list"
            } else {
                "a text: a regular expression"
            };
            check.add(match value {
                Yaml::Null => nothing(&spot, key, expected),
                _ => wrong(&spot, key, expected),
            });
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

/// A list of texts, each of them once; `None` when one of them is none.
fn texts(check: &mut Check, spot: &Spot<'_>, path: &str) -> Option<Vec<String>> {
    let mut seen = HashSet::new();
    let items = spot.items().enumerate().map(|(index, spot)| {
        let name = || format!("{path}[{index}]");
        match spot.value() {
            Yaml::Text(text) if seen.insert(text) => return Some(text.to_owned()),
            Yaml::Text(text) => {
                let problem = spot.problem(format!("`{}` is written twice", short(text)));
                check.add(problem.help("take one away"));
            }
            Yaml::Refused | Yaml::Absent => {}
            Yaml::Null => check.add(nothing(&spot, &name(), "a text")),
            _ => check.add(wrong(&spot, &name(), "a text")),
        }
        None
    });
    // Gathered first, so that all that is wrong in it is said.
    items.collect::<Vec<_>>().into_iter().collect()
}
