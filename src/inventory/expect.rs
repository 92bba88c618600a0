//! `expect` becomes what each field should be; the keys are read off the table of facts.

use super::types::Expectation;
use crate::{
    facts::{self, EnumSpec, Expectable, Kind, PROVIDER_TYPE, Spec},
    matcher::Matcher,
    model::{Arn, Fact},
    text::{excerpt, nearest},
    yaml::{Node, Validator, Yaml, suggest},
};

/// The keys of matchers that are written as a map.
const MATCHERS: &[&str] = &["one_of", "matches", "present"];

/// What the facts should be like, in the file's order.
pub(crate) fn expect(check: &mut Validator, node: &Node<'_>) -> Vec<Expectation> {
    let mut all = Vec::new();
    check.require_map(node, "expect");
    group(check, node, "", &mut all);
    // There may be a hundred thousand of these lists, and a growing list allocates spare room.
    all.shrink_to_fit();
    all
}

/// The keys of one level of facts: `prefix` is empty, or ends with a dot.
fn group(check: &mut Validator, node: &Node<'_>, prefix: &str, all: &mut Vec<Expectation>) {
    for (key, node) in node.entries() {
        let path = format!("{prefix}{key}");
        // Facts are nested, never written with a dot: there is one way to write each.
        match facts::by_path(&path).filter(|_| !key.contains('.')) {
            Some(spec) => field(check, spec, &node, all),
            None if prefix.is_empty() && is_group(key) && node.value() == Yaml::Map => {
                check.refuse_empty(&node, key);
                group(check, &node, &format!("{key}."), all);
            }
            None if prefix.is_empty() && is_group(key) => {
                let help = "write the fields that should be so, or take the key away";
                check.refuse_type(&node, key, "a map", Some(help));
            }
            None => unknown(check, key, prefix, &node),
        }
    }
}

/// Whether facts are grouped under `key`.
fn is_group(key: &str) -> bool {
    let mut groups = facts::TABLE
        .iter()
        .filter_map(|spec| spec.path.split_once('.'));
    groups.any(|(group, _)| group == key)
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
fn unknown(check: &mut Validator, key: &str, prefix: &str, node: &Node<'_>) {
    let place = if prefix.is_empty() {
        "`expect`".to_owned()
    } else {
        format!("`{}`", prefix.trim_end_matches('.'))
    };
    let problem = node
        .at_key()
        .problem(format!("unknown key `{}` in {place}", excerpt(key)));
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
fn field(check: &mut Validator, spec: &'static Spec, node: &Node<'_>, all: &mut Vec<Expectation>) {
    if let Expectable::No(why) = spec.expect {
        check.add(
            node.at_key()
                .problem(format!("`{}` can't be expected: {why}", spec.path)),
        );
        return;
    }
    let matcher = match spec.kind {
        Kind::Tags => return tags(check, spec, node, all),
        Kind::Set => set_matcher(check, node, spec.path),
        _ => text_matcher(check, node, spec.path, &mut |check, text, node| {
            refuse_impossible(check, spec, text, node);
        }),
    };
    let matcher = matcher.and_then(|matcher| refuse_vacuous(check, &node.at_key(), matcher));
    all.extend(matcher.map(|matcher| Expectation {
        fact: spec.fact,
        key: None,
        matcher,
        place: node.at_key().place(),
    }));
}

/// Tags: a matcher for each key.
fn tags(check: &mut Validator, spec: &Spec, node: &Node<'_>, all: &mut Vec<Expectation>) {
    if node.value() != Yaml::Map {
        let help = "a tag that must be absent is written `tags: {KEY: null}`";
        return check.refuse_type(node, "tags", "a map", Some(help));
    }
    check.refuse_empty(node, "tags");
    for (key, node) in node.entries() {
        let path = format!("tags.{key}");
        let matcher = text_matcher(check, &node, &path, &mut |_, _, _| {});
        let matcher = matcher.and_then(|it| refuse_vacuous(check, &node.at_key(), it));
        all.extend(matcher.map(|matcher| Expectation {
            fact: spec.fact,
            key: Some(key.to_owned()),
            matcher,
            place: node.at_key().place(),
        }));
    }
}

/// Refuses an expression that is found in every text, because it compares nothing.
fn refuse_vacuous(check: &mut Validator, node: &Node<'_>, matcher: Matcher) -> Option<Matcher> {
    let Matcher::Matches(regex) = &matcher else {
        return Some(matcher);
    };
    if !matcher.is_in_every_text() {
        return Some(matcher);
    }
    let message = format!(
        "`{}` is found in every text, so nothing is compared",
        excerpt(regex.as_str())
    );
    check.add(
        node.problem(message)
            .help("write `{present: true}` if it may be any, but must be there"),
    );
    None
}

/// Refuses an exact value that the fact can never have.
fn refuse_impossible(check: &mut Validator, spec: &Spec, text: &str, node: &Node<'_>) {
    match spec.kind {
        // A provider that is not known yet has a name too.
        Kind::Enum(members) if !std::ptr::eq(members, &raw const PROVIDER_TYPE) => {
            member(check, spec, members, text, node);
        }
        Kind::Arn if spec.fact == Fact::KmsKeyArn => kms_key(check, text, node),
        Kind::Arn => _ = check.parse::<Arn>(text, node),
        _ => {}
    }
}

fn member(check: &mut Validator, spec: &Spec, members: &EnumSpec, text: &str, node: &Node<'_>) {
    if !members.knows(text) {
        let problem = node.problem(format!(
            "`{}` is no value of `{}`",
            excerpt(text),
            spec.path
        ));
        check.add(problem.help(suggest(text, members.members)));
    }
}

/// The ARN of a KMS key. The API answers with the key, so an alias would always differ.
fn kms_key(check: &mut Validator, text: &str, node: &Node<'_>) {
    const ALIAS: &str = "is a KMS alias, not a key";
    let why = if text.starts_with("alias/") {
        ALIAS
    } else {
        let Some(arn) = check.parse::<Arn>(text, node) else {
            return;
        };
        match arn.resource.split_once('/') {
            Some(("alias", _)) if arn.service == "kms" => ALIAS,
            Some(("key", _)) if arn.service == "kms" && !arn.account.is_empty() => return,
            _ => "is not a KMS key's ARN",
        }
    };
    let problem = node.problem(format!("`{}` {why}", excerpt(text)));
    check.add(problem.help("write the ARN of the key, like arn:aws:kms:us-east-1:111122223333:key/UUID: the API answers with it"));
}

/// Checks each exact text in a matcher.
pub(crate) type Form<'f> = dyn FnMut(&mut Validator, &str, &Node<'_>) + 'f;

/// The matcher of a text: exact, `null`, `one_of`, `matches` or `present`.
pub(crate) fn text_matcher(
    check: &mut Validator,
    node: &Node<'_>,
    path: &str,
    form: &mut Form<'_>,
) -> Option<Matcher> {
    match node.value() {
        Yaml::Null => check
            .explicit_null(node, path, "it must be absent")
            .then_some(Matcher::Absent),
        Yaml::Text(text) => {
            form(check, text, node);
            Some(Matcher::Exact(text.to_owned()))
        }
        Yaml::Map => matcher_map(check, node, path, Some(form)),
        Yaml::List => {
            let problem = node.problem(format!("`{}` is one value, not a list", excerpt(path)));
            check.add(problem.help("several possible values are written `{one_of: [..]}`"));
            None
        }
        _ => {
            check.refuse_type(node, path, "a text or a matcher", None);
            None
        }
    }
}

/// The matcher of a set: a list, `null` or `present`.
fn set_matcher(check: &mut Validator, node: &Node<'_>, path: &str) -> Option<Matcher> {
    match node.value() {
        Yaml::Null => check
            .explicit_null(node, path, "it must be absent")
            .then_some(Matcher::Absent),
        Yaml::List => {
            all_texts(check, node, path).map(|texts| Matcher::Set(texts.into_iter().collect()))
        }
        Yaml::Map => matcher_map(check, node, path, None),
        _ => {
            check.refuse_type(node, path, "a list", None);
            None
        }
    }
}

/// A matcher written as a map. `form` is `None` for sets, which only have `present`.
fn matcher_map(
    check: &mut Validator,
    map: &Node<'_>,
    path: &str,
    form: Option<&mut Form<'_>>,
) -> Option<Matcher> {
    let mut entries = map.entries();
    let (1, Some((key, node))) = (entries.len(), entries.next()) else {
        let problem = map.problem(format!(
            "`{}` has a matcher with {} keys: one is expected",
            excerpt(path),
            map.entries().len()
        ));
        check.add(problem.help(format!("matchers: {}", MATCHERS.join(", "))));
        return None;
    };
    match (key, node.value(), form) {
        (_, Yaml::Refused, _) => None,
        ("present", Yaml::Bool(true), _) => Some(Matcher::Present),
        ("present", _, _) => {
            let problem = node.problem("`present` can only be true");
            check.add(problem.help(format!(
                "what must be absent is written `{}: null`",
                excerpt(path)
            )));
            None
        }
        ("one_of" | "matches", _, None) => {
            let problem = node.at_key().problem(format!("`{key}` is not for sets"));
            check.add(problem.help("write the list itself: its order means nothing"));
            None
        }
        ("one_of", Yaml::List, Some(form)) => {
            let all = all_texts(check, &node, "one_of")?;
            if all.is_empty() {
                check.add(node.problem("`one_of` is an empty list, so nothing could match"));
                return None;
            }
            for (text, node) in all.iter().zip(node.items()) {
                form(check, text, &node);
            }
            Some(Matcher::OneOf(all))
        }
        ("matches", Yaml::Text(source), Some(_)) => {
            check.regex(source, &node).map(Matcher::Matches)
        }
        ("one_of" | "matches", _, Some(_)) => {
            let expected = if key == "one_of" {
                "a list"
            } else {
                "a text: a regular expression"
            };
            check.refuse_type(&node, key, expected, None);
            None
        }
        _ => {
            let problem = node
                .at_key()
                .problem(format!("unknown matcher `{}`", excerpt(key)));
            check.add(problem.help(suggest(key, MATCHERS)));
            None
        }
    }
}

/// A list of texts, each of them once; `None` if an item is something else.
fn all_texts(check: &mut Validator, node: &Node<'_>, path: &str) -> Option<Vec<String>> {
    let texts = check.distinct_texts(node, path);
    (texts.len() == node.items().len()).then_some(texts)
}
