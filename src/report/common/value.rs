//! Values of facts become short readable text: what was observed, and what an inventory asks for.
//!
//! All of it may have come from AWS, so all of it is made safe here.

use jiff::Timestamp;
use serde_json::Value;

use crate::text;

/// How much of one value is shown; the JSON report has all of it.
const LONGEST: usize = 160;

/// How many names are listed before the rest is only counted.
const NAMES: usize = 8;

/// A text from anywhere as one safe line of bounded length, saying how long it was.
pub(in crate::report) fn line(text: &str, max_chars: usize) -> String {
    let short = text::truncate(text, max_chars);
    with_length(text::terminal(&short).into_owned(), &short, text)
}

/// A time, RFC 3339; empty where it is not known.
pub(in crate::report) fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.to_string())
}

/// The first few names, and how many more there are.
pub(in crate::report) fn names(all: &[&str]) -> String {
    names_up_to(NAMES, all)
}

/// The first `most` names, and how many more there are.
pub(in crate::report) fn names_up_to(most: usize, all: &[&str]) -> String {
    let mut shown: Vec<String> = all.iter().take(most).map(|name| line(name, 120)).collect();
    if all.len() > most {
        shown.push(format!("and {} more", all.len() - most));
    }
    shown.join(", ")
}

/// A name such as `not_applicable` in words.
pub(in crate::report) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// `12 connectors`, `1 connector`.
pub(in crate::report) fn count(n: u64, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// An observed value: `"text"`, `["a", "b"]`, `(absent)`.
pub(in crate::report) fn observed(value: &Value) -> String {
    match value {
        Value::Null => "(absent)".to_owned(),
        Value::Array(items) => format!("[{}]", list(items)),
        other => item(other),
    }
}

/// What an inventory asks for: a value, or a matcher in words.
pub(in crate::report) fn expected(value: &Value) -> String {
    let Value::Object(matcher) = value else {
        return observed(value);
    };
    let mut entries = matcher.iter();
    match (entries.next(), entries.next()) {
        (Some((key, Value::String(regex))), None) if key == "matches" => {
            format!("matches /{}/", line(regex, LONGEST))
        }
        (Some((key, Value::Array(items))), None) if key == "one_of" => {
            format!("one of {}", list(items))
        }
        (Some((key, Value::Bool(true))), None) if key == "present" => "(present)".to_owned(),
        _ => observed(value),
    }
}

/// For two lists that compare as sets: what is observed too much and what is lacking.
pub(in crate::report) fn set_difference(
    observed: &Value,
    expected: &Value,
) -> Option<(String, String)> {
    let (Value::Array(observed), Value::Array(expected)) = (observed, expected) else {
        return None;
    };
    let without = |from: &[Value], other: &[Value]| {
        let other: std::collections::HashSet<&str> =
            other.iter().filter_map(Value::as_str).collect();
        let left: Vec<Value> = from
            .iter()
            .filter(|item| item.as_str().is_some_and(|text| !other.contains(text)))
            .cloned()
            .collect();
        list(&left)
    };
    Some((without(observed, expected), without(expected, observed)))
}

fn quoted(text: &str) -> String {
    let short = text::truncate(text, LONGEST);
    // A quote or backslash of the text itself must not look like one of ours.
    let escaped = short.replace('\\', "\\\\").replace('"', "\\\"");
    let shown = format!("\"{}\"", text::terminal(&escaped));
    with_length(shown, &short, text)
}

/// `shown`, followed by the length of the whole text where `short` is not all of it.
fn with_length(mut shown: String, short: &str, whole: &str) -> String {
    if short.len() < whole.len() {
        shown.push_str(&format!(" ({} characters in all)", whole.chars().count()));
    }
    shown
}

fn list(items: &[Value]) -> String {
    let mut shown = String::new();
    for (at, item) in items.iter().enumerate() {
        if shown.len() > 2 * LONGEST {
            shown.push_str(&format!(", … ({} in all)", items.len()));
            break;
        }
        if at > 0 {
            shown.push_str(", ");
        }
        shown.push_str(&self::item(item));
    }
    shown
}

/// A value within a list, or a scalar. No fact is a list of lists, so those are shown as JSON.
fn item(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => line(&other.to_string(), LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_like_values_and_matchers_like_words() {
        assert_eq!(observed(&json!(null)), "(absent)");
        assert_eq!(observed(&json!("")), "\"\"");
        assert_eq!(
            observed(&json!("a\"\\u{1b}\u{1b}")),
            "\"a\\\"\\\\u{1b}\\u{1b}\""
        );
        assert_eq!(observed(&json!(["b", "a"])), "[\"b\", \"a\"]");
        assert_eq!(expected(&json!({"matches": "^J\\d"})), "matches /^J\\d/");
        assert_eq!(
            expected(&json!({"one_of": ["a", "b"]})),
            "one of \"a\", \"b\""
        );
        assert_eq!(expected(&json!({"present": true})), "(present)");
        assert_eq!(expected(&json!({"matches": 1})), "{\"matches\":1}");
    }

    #[test]
    fn long_values_say_how_long_they_were() {
        let shown = observed(&json!("x".repeat(100_000)));
        assert!(shown.len() < 250, "{shown}");
        assert!(
            shown.ends_with("… (100000 characters in all)")
                || shown.ends_with("…\" (100000 characters in all)")
        );
        assert!(observed(&json!(vec!["region"; 10_000])).ends_with("(10000 in all)]"));
    }

    #[test]
    fn sets_differ_by_their_members() {
        let difference = set_difference(&json!(["a", "b"]), &json!(["b", "c"]));
        assert_eq!(difference, Some(("\"a\"".into(), "\"c\"".into())));
    }
}
