//! What the validation of every input file shares: taking values out of a tree while gathering problems.
//!
//! Nothing here knows what an inventory or a waiver is.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::{
    blocks::Block,
    scalar::Yaml,
    source::empty,
    tree::{Document, Spot, short},
};
use crate::{model::Place, problem::Problem, text::nearest};

/// Gathers problems while values are taken out of a tree.
#[derive(Default)]
pub(crate) struct Check {
    /// What was found so far.
    pub problems: Vec<Problem>,
    /// Expressions are often the same on many connectors, and dear to compile.
    regexes: HashMap<String, Regex>,
}

impl Check {
    /// A regular expression.
    pub fn regex(&mut self, source: &str, spot: &Spot<'_>) -> Option<Regex> {
        if let Some(known) = self.regexes.get(source) {
            return Some(known.clone());
        }
        match Regex::new(source) {
            Ok(regex) => {
                self.regexes.insert(source.to_owned(), regex.clone());
                Some(regex)
            }
            Err(err) => {
                // The error draws the expression over several lines; its last one says what is wrong.
                let err = err.to_string();
                let why = err
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                self.add(spot.problem(format!(
                    "`{}` is not a regular expression: {why}",
                    short(source)
                )));
                None
            }
        }
    }

    /// Adds a problem.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What `read` takes a value for. A `null` or another type is a problem; absence isn't.
    fn take<'a, T>(
        &mut self,
        spot: &Spot<'a>,
        name: &str,
        expected: &str,
        read: impl FnOnce(Yaml<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = spot.value();
        let taken = read(value);
        if taken.is_none() {
            match value {
                Yaml::Absent | Yaml::Refused => {}
                Yaml::Null => self
                    .add(nothing(spot, name, expected).help("write a value, or take the key away")),
                _ => self.add(wrong(spot, name, expected)),
            }
        }
        taken
    }

    /// Whether a null is written out, where it means `meaning`. A key with nothing behind it may be a
    /// template that nobody filled in, and is a problem.
    pub fn is_written_null(&mut self, spot: &Spot<'_>, name: &str, meaning: &str) -> bool {
        if spot.is_unfilled() {
            let problem = nothing(spot, name, "a value or a written `null`");
            self.add(problem.help(format!("write a value, or `null` if {meaning}")));
        }
        !spot.is_unfilled()
    }

    /// A text, which may be empty.
    pub fn any_text<'a>(&mut self, spot: &Spot<'a>, name: &str) -> Option<&'a str> {
        self.take(spot, name, "a text", |value| match value {
            Yaml::Text(text) => Some(text),
            _ => None,
        })
    }

    /// A text that is not empty.
    pub fn text<'a>(&mut self, spot: &Spot<'a>, name: &str) -> Option<&'a str> {
        let text = self.any_text(spot, name)?;
        if text.trim().is_empty() {
            self.add(spot.problem(format!("`{name}` is an empty text")));
            return None;
        }
        Some(text)
    }

    /// One text, or a list of them, each with where it is.
    pub fn one_or_more<'a>(
        &mut self,
        spot: &Spot<'a>,
        name: &str,
    ) -> Option<Vec<(&'a str, Spot<'a>)>> {
        let expected = "a text or a list of texts";
        let one = self.take(spot, name, expected, |value| match value {
            Yaml::Text(text) => Some(Some(text)),
            Yaml::List => Some(None),
            _ => None,
        })?;
        Some(match one {
            Some(text) => vec![(text, *spot)],
            None => self.texts(spot, name),
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, spot: &Spot<'_>, name: &str) -> Option<bool> {
        self.take(spot, name, "true or false", |value| match value {
            Yaml::Bool(flag) => Some(flag),
            _ => None,
        })
    }

    /// The member of an enum, found by its name.
    pub fn member<T>(
        &mut self,
        spot: &Spot<'_>,
        name: &str,
        names: &[&'static str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.any_text(spot, name)?;
        let found = from_name(text);
        if found.is_none() {
            let problem = spot.problem(format!("`{}` is no {name}", short(text)));
            self.add(problem.help(suggest(text, names)));
        }
        found
    }

    /// A block: a map with known keys. Others are problems.
    pub fn block<'a, T: Block<'a>>(&mut self, spot: &Spot<'a>, name: &str) -> Option<T> {
        self.is_map(spot, name).then(|| self.keys(*spot))
    }

    /// The block that a whole file is.
    pub fn file<'a, T: Block<'a>>(&mut self, document: &'a Document<'_>) -> Option<T> {
        let root = document.root();
        match root.value() {
            Yaml::Map => return Some(self.keys(root)),
            Yaml::Refused => {}
            Yaml::Null | Yaml::Absent => {
                self.add(empty(Place::start_of(root.file().clone())));
            }
            other => {
                let message = format!("{} must be a map, not {}", T::NAME, other.name());
                self.add(root.problem(message));
            }
        }
        None
    }

    /// A block's keys, those that it doesn't know being problems.
    fn keys<'a, T: Block<'a>>(&mut self, map: Spot<'a>) -> T {
        T::read(map, |key, value| {
            let problem =
                value
                    .at_key()
                    .problem(format!("unknown key `{}` in {}", short(key), T::NAME));
            self.add(problem.help(suggest(key, T::KEYS)));
        })
    }

    /// Whether a value is a list, as it should be.
    pub fn is_list(&mut self, spot: &Spot<'_>, name: &str) -> bool {
        let is = |value| (value == Yaml::List).then_some(());
        self.take(spot, name, "a list", is).is_some()
    }

    /// Whether a value is a map, as it should be.
    pub fn is_map(&mut self, spot: &Spot<'_>, name: &str) -> bool {
        let is = |value| (value == Yaml::Map).then_some(());
        self.take(spot, name, "a map", is).is_some()
    }

    /// Whether a list or map has something in it. One that is written and has nothing in it says
    /// nothing, and whoever wrote it may believe otherwise.
    pub fn something(&mut self, spot: &Spot<'_>, name: &str) -> bool {
        let is_empty = match spot.value() {
            Yaml::List => spot.items().len() == 0,
            Yaml::Map => spot.entries().len() == 0,
            _ => false,
        };
        if is_empty {
            let message = format!("`{}` is empty, so it has no effect", short(name));
            self.add(
                spot.at_key()
                    .problem(message)
                    .help("take it away, or write what belongs in it"),
            );
        }
        !is_empty
    }

    /// The blocks of a list, one after the other.
    pub fn blocks<'a, T: Block<'a>>(
        &mut self,
        spot: &Spot<'a>,
        name: &str,
        mut each: impl FnMut(&mut Self, &T),
    ) {
        self.is_list(spot, name);
        for (index, spot) in spot.items().enumerate() {
            if let Some(block) = self.block(&spot, &format!("{name}[{index}]")) {
                each(self, &block);
            }
        }
    }

    /// The texts of a list, with where they are.
    pub fn texts<'a>(&mut self, spot: &Spot<'a>, name: &str) -> Vec<(&'a str, Spot<'a>)> {
        self.is_list(spot, name);
        let text = |(index, spot)| {
            let text = self.any_text(&spot, &format!("{name}[{index}]"))?;
            Some((text, spot))
        };
        spot.items().enumerate().filter_map(text).collect()
    }

    /// A map of texts whose keys are the user's own.
    pub fn labels(&mut self, spot: &Spot<'_>, name: &str) -> BTreeMap<String, String> {
        self.is_map(spot, name);
        let label = |(key, value): (&str, Spot<'_>)| {
            let text = self.any_text(&value, &format!("{name}.{key}"))?;
            Some((key.to_owned(), text.to_owned()))
        };
        spot.entries().filter_map(label).collect()
    }

    /// The version of a file's format: 1.
    pub fn version(&mut self, spot: &Spot<'_>, what: &str) {
        let expected = "a whole number";
        match spot.value() {
            Yaml::Absent => self.add(
                Problem::at(
                    Place::start_of(spot.file().clone()),
                    format!("{what} has no `version`"),
                )
                .help("begin it with `version: 1`"),
            ),
            Yaml::Text(_) | Yaml::Float(_) => {
                let problem = wrong(spot, "version", expected);
                self.add(problem.help("write `version: 1`, without quotes or a point"));
            }
            Yaml::Int(1) => {}
            Yaml::Int(other) => {
                let problem =
                    spot.problem(format!("version {other} is not known to this hubdrift"));
                self.add(problem.help("write `version: 1`"));
            }
            _ => {
                self.take(spot, "version", expected, |_| None::<()>);
            }
        }
    }
}

/// The problem of a key without a value.
pub(crate) fn nothing(spot: &Spot<'_>, name: &str, expected: &str) -> Problem {
    let name = short(name);
    spot.problem(format!("`{name}` is empty: {expected} is expected"))
}

/// The problem of a value of another type.
pub(crate) fn wrong(spot: &Spot<'_>, name: &str, expected: &str) -> Problem {
    let (name, value) = (short(name), spot.value());
    let problem = spot.problem(format!("`{name}` must be {expected}, not {}", value.name()));
    match value {
        Yaml::Int(_) | Yaml::Float(_) | Yaml::Bool(_) if expected.starts_with("a text") => {
            problem.help("put it in quotes")
        }
        _ => problem,
    }
}

/// `did you mean …?`, or what there is to choose from.
pub(crate) fn suggest(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Whether a text can be part of an address.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
