//! What the validation of every input file shares: reading a file in its two
//! ways, and taking values out of raw types while gathering problems.
//!
//! Nothing here knows what an inventory or a waiver is.

use std::collections::HashMap;

use regex::Regex;
use serde::Deserialize;

use super::{
    places::{Places, Spot, place_after, short},
    raw::{Block, Raw, Slot, Table, Written},
    scan::scan,
    source::SourceFile,
};
use crate::{model::Place, problem::Problem, text::nearest};

/// A file as it was written, with its places.
pub(crate) struct Document<T> {
    /// The values.
    pub raw: Slot<T>,
    /// Where they are.
    pub places: Places,
}

/// Reads a file. Problems go to `problems`; `None` when nothing more can be said of it.
pub(crate) fn read<T: for<'de> Raw<'de>>(
    source: &SourceFile,
    problems: &mut Vec<Problem>,
) -> Option<Document<T>> {
    let (places, found) = match scan(source) {
        Ok(scanned) => scanned,
        Err(found) => {
            problems.extend(found);
            return None;
        }
    };
    let refused = !found.is_empty();
    problems.extend(found);
    // The first document only: a second one is among the problems already.
    let document = serde_yaml::Deserializer::from_str(source.body()).next()?;
    match Slot::deserialize(document) {
        Ok(raw) => Some(Document { raw, places }),
        Err(err) => {
            // What the scan refused may be why, and is said better there.
            if !refused {
                problems.push(unreadable(source, &places, &err));
            }
            None
        }
    }
}

/// The problem of a file that the reader of values refuses, though the scan didn't.
fn unreadable(source: &SourceFile, places: &Places, err: &serde_yaml::Error) -> Problem {
    let place = err.location().map_or_else(
        || Place::start_of(places.file().as_ref()),
        |location| place_after(places.file(), source.body(), location.index()),
    );
    let message = err.to_string();
    // The message ends with a place of its own, which counts otherwise.
    let message = message.split(" at line ").next().unwrap_or_default();
    Problem::at(place, format!("this is not YAML: {message}"))
}

/// Gathers problems while values are taken out of raw types.
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

    /// The value of a slot. A `null` or another type is a problem; absence isn't.
    pub fn take<'r, T: for<'de> Raw<'de>>(
        &mut self,
        slot: &'r Slot<T>,
        spot: &Spot<'_>,
        name: &str,
    ) -> Option<&'r T> {
        match slot {
            Slot::Absent | Slot::Wrong(Written::Tagged) => None,
            Slot::Given(value) => Some(value),
            Slot::Null => {
                let problem = spot.problem(format!(
                    "`{}` is empty: {} is expected",
                    short(name),
                    T::EXPECTED
                ));
                self.add(problem.help("write a value, or take the key away"));
                None
            }
            Slot::Wrong(written) => {
                self.add(wrong(*written, spot, name, T::EXPECTED));
                None
            }
        }
    }

    /// A text that is not empty.
    pub fn text<'r>(
        &mut self,
        slot: &'r Slot<String>,
        spot: &Spot<'_>,
        name: &str,
    ) -> Option<&'r str> {
        let text = self.take(slot, spot, name)?;
        if text.trim().is_empty() {
            self.add(spot.problem(format!("`{name}` is an empty text")));
            return None;
        }
        Some(text)
    }

    /// The member of an enum, found by its name.
    pub fn member<T>(
        &mut self,
        slot: &Slot<String>,
        spot: &Spot<'_>,
        name: &str,
        names: &[&'static str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.take(slot, spot, name)?;
        let found = from_name(text);
        if found.is_none() {
            let problem = spot.problem(format!("`{}` is no {name}", short(text)));
            self.add(problem.help(suggest(text, names)));
        }
        found
    }

    /// The keys that a block doesn't know.
    pub fn unknown<T: Block>(&mut self, block: &T, spot: &Spot<'_>) {
        for key in block.unknown() {
            let spot = spot.key(key).at_key();
            // A merge key is refused by the scan, which says more about it.
            if key == "<<" && spot.plain() {
                continue;
            }
            let problem = spot.problem(format!("unknown key `{}` in {}", short(key), T::NAME));
            self.add(problem.help(suggest(key, T::KEYS)));
        }
    }

    /// A block: a map with known keys.
    pub fn block<'r, T: Block + for<'de> Raw<'de>>(
        &mut self,
        slot: &'r Slot<T>,
        spot: &Spot<'_>,
        name: &str,
    ) -> Option<&'r T> {
        let block = self.take(slot, spot, name)?;
        self.unknown(block, spot);
        Some(block)
    }

    /// The items of a list that have the right type, with where they are.
    pub fn items<'r, 's, T: for<'de> Raw<'de>>(
        &mut self,
        slot: &'r Slot<Vec<Slot<T>>>,
        spot: &Spot<'s>,
        name: &str,
    ) -> Vec<(&'r T, Spot<'s>)> {
        let Some(items) = self.take(slot, spot, name) else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let spot = spot.item(index);
            if let Some(item) = self.take(item, &spot, &format!("{name}[{index}]")) {
                all.push((item, spot));
            }
        }
        all
    }

    /// The entries of a map whose keys are the user's own, with where their values are.
    pub fn entries<'r, 's, T: for<'de> Raw<'de>>(
        &mut self,
        slot: &'r Slot<Table<T>>,
        spot: &Spot<'s>,
        name: &str,
    ) -> Vec<(&'r str, &'r T, Spot<'s>)> {
        let Some(Table(entries)) = self.take(slot, spot, name) else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let spot = spot.key(key);
            if let Some(value) = self.take(value, &spot, &format!("{name}.{key}")) {
                all.push((key.as_str(), value, spot));
            }
        }
        all
    }

    /// The version of a file's format: 1.
    pub fn version(&mut self, slot: &Slot<i128>, root: &Spot<'_>, what: &str) {
        let spot = root.key("version");
        match slot {
            Slot::Absent => self.add(
                Problem::at(
                    Place {
                        line: 1,
                        column: 1,
                        ..root.place()
                    },
                    format!("{what} has no `version`"),
                )
                .help("begin it with `version: 1`"),
            ),
            Slot::Wrong(written @ (Written::Text | Written::Number)) => {
                let problem = wrong(*written, &spot, "version", i128::EXPECTED);
                self.add(problem.help("write `version: 1`, without quotes or a point"));
            }
            _ => match self.take(slot, &spot, "version") {
                None | Some(1) => {}
                Some(other) => {
                    let problem =
                        spot.problem(format!("version {other} is not known to this hubdrift"));
                    self.add(problem.help("write `version: 1`"));
                }
            },
        }
    }
}

/// The problem of a file that holds something else than a map.
pub(crate) fn no_map<T: Block>(written: Written, root: &Spot<'_>) -> Problem {
    root.problem(format!("{} must be a map, not {}", T::NAME, written.name()))
}

/// The problem of a value of another type.
pub(crate) fn wrong(written: Written, spot: &Spot<'_>, name: &str, expected: &str) -> Problem {
    let name = short(name);
    let problem = spot.problem(format!(
        "`{name}` must be {expected}, not {}",
        written.name()
    ));
    match written {
        Written::Number | Written::Bool if expected.starts_with("a text") => {
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
