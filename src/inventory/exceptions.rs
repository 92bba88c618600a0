//! `unmanaged_except` becomes exceptions, each of them narrower than "all".

use std::collections::BTreeMap;

use super::{expect::text_matcher, raw::RawException, types::Exception};
use crate::{
    matcher::Matcher,
    model::{ConnectorId, Fact, Value},
    text::excerpt,
    yaml::{Node, Validator, Yaml},
};

/// The exceptions; `None` where no list is written.
pub(super) fn exceptions(check: &mut Validator, node: &Node<'_>) -> Option<Vec<Exception>> {
    let before = check.problems.len();
    let mut all: Vec<Exception> = Vec::new();
    let mut seen = BTreeMap::new();
    check.blocks(node, "unmanaged_except", |check, raw| {
        let Some(exception) = exception(check, raw) else {
            return;
        };
        let is = (exception.fact, exception.matcher.to_json().to_string());
        match seen.get(&is) {
            None => _ = seen.insert(is, exception.place.clone()),
            Some(first) => {
                let problem = raw.node.problem("this exception is written twice");
                let problem = problem.related(first.clone(), "the first is here");
                check.add(problem.help("take one away"));
            }
        }
        all.push(exception);
    });
    if check.problems.len() == before && excepts_all(&all) {
        let message = "these exceptions together except every unmanaged connector";
        check.add(node.at_key().problem(message).help(IGNORE));
    }
    (node.value() == Yaml::List).then_some(all)
}

const IGNORE: &str = "write `unmanaged: ignore` instead";

/// An entry of `unmanaged_except`.
fn exception(check: &mut Validator, raw: &RawException<'_>) -> Option<Exception> {
    let (fact, name, node) = match (raw.name.is_absent(), raw.connector_id.is_absent()) {
        (false, true) => (Fact::Name, "name", raw.name),
        (true, false) => (Fact::ConnectorId, "connector_id", raw.connector_id),
        _ => {
            let message = "an exception has either `name` or `connector_id`";
            check.add(raw.node.problem(message));
            return None;
        }
    };
    if node.value() == Yaml::Null {
        check.add(node.problem(format!("`{name}` is never absent: say what it is")));
        return None;
    }
    let matcher = text_matcher(check, &node, name, &mut |check, text, node| {
        if fact == Fact::ConnectorId {
            check.parse::<ConnectorId>(text, node);
        }
    })?;
    let place = node.place();
    let exception = Exception {
        fact,
        matcher,
        place,
    };
    if excepts_all(std::slice::from_ref(&exception)) {
        let message = match &exception.matcher {
            Matcher::Matches(regex) => format!(
                "`{}` is found in every usual {name}, so this excepts every unmanaged connector",
                excerpt(regex.as_str())
            ),
            _ => "this excepts every unmanaged connector".to_owned(),
        };
        check.add(node.problem(message).help(IGNORE));
        return None;
    }
    Some(exception)
}

/// Whether every connector is excepted, by its name or by its id. Tried on sample names and ids: an
/// expression that accepts all of these counts as "all", even if some odd name would not match.
fn excepts_all(exceptions: &[Exception]) -> bool {
    let is_excepted = |fact: Fact, text: String| {
        let value = Value::Text(text);
        let mut of_fact = exceptions.iter().filter(|it| it.fact == fact);
        of_fact.any(|it| it.matcher.accepts(Some(&value)))
    };
    names().all(|name| is_excepted(Fact::Name, name))
        || ids().all(|id| is_excepted(Fact::ConnectorId, id))
}

/// Names as people write them, with every letter: short and long ones, of one word and of several.
fn names() -> impl Iterator<Item = String> {
    let letters = ('a'..='z').chain('A'..='Z');
    letters.flat_map(|letter| {
        let word = |n| letter.to_string().repeat(n);
        let (short, long) = (word(3), word(40));
        let several = ["-", "_"].map(|between| format!("{short}{between}{short}"));
        [short, long].into_iter().chain(several)
    })
}

/// Ids with every digit at every place where AWS may choose it: they are UUIDs of version 4.
fn ids() -> impl Iterator<Item = String> {
    "0123456789abcdef".chars().flat_map(|digit| {
        let digits = |n| digit.to_string().repeat(n);
        ["8", "9", "a", "b"].map(|variant| {
            [
                digits(8),
                digits(4),
                format!("4{}", digits(3)),
                format!("{variant}{}", digits(3)),
                digits(12),
            ]
            .join("-")
        })
    })
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::model::Place;

    fn matches(fact: Fact, source: &str) -> Exception {
        Exception {
            fact,
            matcher: Matcher::Matches(Regex::new(source).expect("a regex")),
            place: Place::start_of("hubdrift.yaml"),
        }
    }

    #[test]
    fn what_accepts_every_name_or_id_narrows_nothing() {
        for source in [
            "",
            ".",
            "^",
            "$",
            ".*",
            ".+",
            "^.*$",
            "(?s).",
            "x*",
            "a|",
            "^.{1,64}$",
            r"\D|\d",
            "..",
            "^[^-]",
            r"\w",
            r"\b",
            "[a-zA-Z0-9_-]",
        ] {
            assert!(excepts_all(&[matches(Fact::Name, source)]), "{source}");
        }
        for source in ["", "-", "^[0-9a-f-]+$", "^.{36}$", "4", "-4", "[0-9]"] {
            assert!(
                excepts_all(&[matches(Fact::ConnectorId, source)]),
                "{source}"
            );
        }
    }

    #[test]
    fn what_leaves_something_narrows() {
        for source in ["^stg-", "-", "^$", "^.$", "[a-z]", "(?i)x"] {
            assert!(!excepts_all(&[matches(Fact::Name, source)]), "{source}");
        }
        for source in ["^0", "-8", "f", "4$"] {
            assert!(
                !excepts_all(&[matches(Fact::ConnectorId, source)]),
                "{source}"
            );
        }
        assert!(!excepts_all(&[]));
    }

    #[test]
    fn several_may_leave_nothing_together() {
        let halves = [
            matches(Fact::Name, "^[a-m]"),
            matches(Fact::Name, "^[^a-m]"),
        ];
        assert!(excepts_all(&halves));
        assert!(!excepts_all(&halves[..1]));
        // One fact doesn't complete the other.
        let both = [
            matches(Fact::Name, "^[a-m]"),
            matches(Fact::ConnectorId, "^[^0]"),
        ];
        assert!(!excepts_all(&both));
    }
}
