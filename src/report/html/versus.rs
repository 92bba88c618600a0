//! What is expected and what was observed, side by side, with what differs marked.

use serde_json::Value;

use crate::report::common::value;

/// The two values, and for lists what tells them apart.
pub(super) struct Versus {
    pub(super) expected: Marked,
    pub(super) observed: Marked,
    /// For lists: what is observed too much, and what is lacking.
    pub(super) sets: Option<(String, String)>,
}

/// A value, with the part of it that differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) before: String,
    pub(super) differs: String,
    pub(super) after: String,
}

impl Versus {
    pub(super) fn of(expected: &Value, observed: &Value) -> Self {
        let sets = value::set_difference(observed, expected);
        let (wanted, seen) = (value::expected(expected), value::observed(observed));
        let (expected, observed) = if expected.is_string() && observed.is_string() {
            mark(&wanted, &seen)
        } else {
            (Marked::plain(wanted), Marked::plain(seen))
        };
        Self {
            expected,
            observed,
            sets,
        }
    }
}

impl Marked {
    fn plain(text: String) -> Self {
        Self {
            before: text,
            differs: String::new(),
            after: String::new(),
        }
    }

    fn cut(text: &str, from: usize, until: usize) -> Self {
        Self {
            before: text[..from].to_owned(),
            differs: text[from..until].to_owned(),
            after: text[until..].to_owned(),
        }
    }
}

/// Both texts, with what lies between their common beginning and their common end marked, in whole
/// words; nothing is marked where they have too little in common for that to help.
fn mark(a: &str, b: &str) -> (Marked, Marked) {
    let same = |(a, b): &(char, char)| a == b;
    let length = |(c, _): (char, char)| c.len_utf8();
    let start: usize = a.chars().zip(b.chars()).take_while(same).map(length).sum();
    let pairs = a[start..].chars().rev().zip(b[start..].chars().rev());
    let end: usize = pairs.take_while(same).map(length).sum();
    let start = a[..start].trim_end_matches(char::is_alphanumeric).len();
    let end = a[a.len() - end..]
        .trim_start_matches(char::is_alphanumeric)
        .len();
    // Two of them are the quotes.
    if (start + end) * 3 < a.len().min(b.len()) + 6 {
        return (Marked::plain(a.to_owned()), Marked::plain(b.to_owned()));
    }
    (
        Marked::cut(a, start, a.len() - end),
        Marked::cut(b, start, b.len() - end),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_is_marked() {
        let (a, b) = mark("\"arn:aws:kms:us-east-1:1\"", "\"arn:aws:kms:us-west-1:1\"");
        assert_eq!((&*a.before, &*a.differs), ("\"arn:aws:kms:us-", "east"));
        assert_eq!((&*b.differs, &*b.after), ("west", "-1:1\""));
        let (a, b) = mark("\"Jira\"", "\"it's ours\"");
        assert_eq!((&*a.before, &*a.differs), ("\"Jira\"", ""));
        assert_eq!((&*b.before, &*b.differs), ("\"it's ours\"", ""));
        let (a, b) = mark("\"Jira of team 4\"", "\"Jira of team 42\"");
        assert_eq!((&*a.differs, &*b.differs), ("4", "42"));
        let (a, b) = mark("\"Jira of team\"", "\"Jira of the team\"");
        assert_eq!((&*a.differs, &*b.differs), ("team", "the team"));
    }

    proptest! {
        #[test]
        fn marking_loses_nothing(a in ".{0,20}", b in ".{0,20}", shared in ".{0,20}") {
            let (a, b) = (format!("\"{shared}{a}{shared}\""), format!("\"{shared}{b}{shared}\""));
            for (marked, whole) in <[_; 2]>::from(mark(&a, &b)).into_iter().zip([a, b]) {
                prop_assert_eq!([marked.before, marked.differs, marked.after].concat(), whole);
            }
        }
    }
}
