//! Matchers: what an inventory may say a value should be.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::json;

use crate::model::Value;

/// What a value should be.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// `null`: it must be absent.
    Absent,
    /// `{present: true}`: it must be there, and have more in it than blanks.
    Present,
    /// A text: exactly this.
    Exact(String),
    /// A list, for sets: exactly these, in any order.
    Set(BTreeSet<String>),
    /// `{one_of: [..]}`: one of these.
    OneOf(Vec<String>),
    /// `{matches: REGEX}`: the expression is found in it.
    Matches(Regex),
}

impl Matcher {
    /// Whether `value` is what it should be. An absent value satisfies [`Matcher::Absent`] alone.
    pub fn accepts(&self, value: Option<&Value>) -> bool {
        let text = match value {
            Some(Value::Text(text)) => Some(text.as_str()),
            Some(Value::Time(time)) => Some(time.text.as_str()),
            _ => None,
        };
        match self {
            Self::Absent => value.is_none(),
            Self::Present => match value {
                None => false,
                // Blanks say no more than an empty text.
                Some(Value::Text(text)) => !text.trim().is_empty(),
                Some(Value::Set(set)) => set.iter().any(|text| !text.trim().is_empty()),
                Some(Value::Issues(issues)) => !issues.is_empty(),
                Some(Value::Time(_) | Value::Tags(_)) => true,
            },
            Self::Exact(expected) => text == Some(expected),
            Self::OneOf(expected) => text.is_some_and(|text| expected.iter().any(|e| e == text)),
            Self::Matches(regex) => text.is_some_and(|text| regex.is_match(text)),
            Self::Set(expected) => match value {
                Some(Value::Set(observed)) => {
                    observed.iter().collect::<BTreeSet<_>>() == expected.iter().collect()
                }
                _ => false,
            },
        }
    }

    /// Whether it is an expression that is found in every text, and so compares nothing. Tried on samples.
    pub fn is_in_every_text(&self) -> bool {
        match self {
            Self::Matches(regex) => {
                ["", " "].iter().all(|text| regex.is_match(text))
                    && samples().all(|text| regex.is_match(&text))
            }
            _ => false,
        }
    }

    /// The matcher as the inventory writes it, for reports.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Absent => serde_json::Value::Null,
            Self::Present => json!({ "present": true }),
            Self::Exact(text) => json!(text),
            Self::Set(set) => json!(set),
            Self::OneOf(texts) => json!({ "one_of": texts }),
            Self::Matches(regex) => json!({ "matches": regex.as_str() }),
        }
    }
}

/// Sample texts: each of many characters alone and repeated. An expression that is found in all of them
/// is taken to be found in every text.
fn samples() -> impl Iterator<Item = String> {
    let letters = ('!'..='~').chain("éßЖ中🙂".chars());
    letters.flat_map(|letter| {
        let letter = letter.to_string();
        [letter.repeat(64), letter]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn nothing_but_absent_accepts_absence() {
        let regex = Regex::new("").expect("a regex");
        for matcher in [
            Matcher::Present,
            Matcher::Exact(String::new()),
            Matcher::Set(BTreeSet::new()),
            Matcher::OneOf(vec![String::new()]),
            Matcher::Matches(regex),
        ] {
            assert!(!matcher.accepts(None), "{matcher:?}");
        }
        assert!(Matcher::Absent.accepts(None));
        assert!(!Matcher::Absent.accepts(Some(&text(""))));
    }

    #[test]
    fn present_wants_something_in_it() {
        assert!(Matcher::Present.accepts(Some(&text("x"))));
        assert!(!Matcher::Present.accepts(Some(&text(""))));
        assert!(!Matcher::Present.accepts(Some(&text(" \t"))));
        let set = |items: &[&str]| Value::Set(items.iter().map(ToString::to_string).collect());
        assert!(!Matcher::Present.accepts(Some(&set(&["", " "]))));
        assert!(Matcher::Present.accepts(Some(&set(&["", "x"]))));
        assert!(!Matcher::Present.accepts(Some(&Value::Set(Vec::new()))));
    }

    #[test]
    fn what_is_in_every_text_compares_nothing() {
        let is = |source: &str| {
            Matcher::Matches(Regex::new(source).expect("a regex")).is_in_every_text()
        };
        for source in ["", "^", "$", ".*", "^.*$", "(?s)^.*$", "x*", "a|", r"\b|"] {
            assert!(is(source), "{source}");
        }
        // These want something to be there.
        for source in [".", ".+", "^$", "x", "^[^x]*$", r"\w*\b"] {
            assert!(!is(source), "{source}");
        }
        assert!(!Matcher::Present.is_in_every_text());
    }

    #[test]
    fn sets_compare_without_order() {
        let matcher = Matcher::Set(["b", "a"].map(str::to_owned).into());
        assert!(matcher.accepts(Some(&Value::Set(vec!["a".into(), "b".into()]))));
        assert!(!matcher.accepts(Some(&Value::Set(vec!["a".into()]))));
        assert!(!matcher.accepts(Some(&text("a"))));
    }

    #[test]
    fn matches_is_found_anywhere_unless_anchored() {
        let matcher = |source: &str| Matcher::Matches(Regex::new(source).expect("a regex"));
        assert!(matcher("ira").accepts(Some(&text("Jira"))));
        assert!(!matcher("^ira").accepts(Some(&text("Jira"))));
    }
}
