//! Values are taken out of a file's tree, and what is wrong with them becomes problems.
//!
//! Every input file is validated by this. Nothing here knows what an inventory or a waiver is.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    str::FromStr,
};

use regex::Regex;

use super::{
    blocks::Block,
    scalar::Yaml,
    source::empty_file,
    tree::{Document, Node},
};
use crate::{
    model::Place,
    problem::{self, Problem},
    text::{excerpt, nearest},
};

/// Gathers problems while values are taken out of a tree.
#[derive(Default)]
pub(crate) struct Validator {
    /// What was found so far.
    pub problems: Vec<Problem>,
    /// Compiled expressions: they are often the same on many connectors, and costly to compile.
    regexes: HashMap<String, Regex>,
}

impl Validator {
    /// Adds a problem.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Ends the validation: what was read, or all problems, sorted by place, each of them once.
    pub fn finish<T>(mut self, read: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(read);
        }
        problem::sort(&mut self.problems);
        self.problems.dedup();
        Err(self.problems)
    }

    /// The block that a whole file is.
    pub fn file<'a, T: Block<'a>>(&mut self, document: &'a Document<'_>) -> Option<T> {
        let root = document.root();
        match root.value() {
            Yaml::Map => return Some(self.known_keys(root)),
            Yaml::Refused => {}
            Yaml::Null | Yaml::Absent => self.add(empty_file(root.file().clone())),
            other => {
                let message = format!("{} must be a map, not {}", T::NAME, other.name());
                self.add(root.problem(message));
            }
        }
        None
    }

    /// The version of a file's format: 1.
    pub fn version(&mut self, node: &Node<'_>, file_kind: &str) {
        let problem = match node.value() {
            Yaml::Int(1) => return,
            Yaml::Absent => {
                let start = Place::start_of(node.file().clone());
                Problem::at(start, format!("{file_kind} has no `version`"))
                    .help("begin it with `version: 1`")
            }
            Yaml::Text(_) | Yaml::Float(_) => wrong_type(node, "version", WHOLE_NUMBER)
                .help("write `version: 1`, without quotes or a point"),
            Yaml::Int(other) => node
                .problem(format!("version {other} is not known to this hubdrift"))
                .help("write `version: 1`"),
            _ => return self.refuse_type(node, "version", WHOLE_NUMBER, Some(FILL_OR_REMOVE)),
        };
        self.add(problem);
    }

    /// A block: a map with known keys. Others are problems.
    pub fn block<'a, T: Block<'a>>(&mut self, node: &Node<'a>, name: &str) -> Option<T> {
        self.require_map(node, name).then(|| self.known_keys(*node))
    }

    /// Calls `each` with every block of a list.
    pub fn blocks<'a, T: Block<'a>>(
        &mut self,
        node: &Node<'a>,
        name: &str,
        mut each: impl FnMut(&mut Self, &T),
    ) {
        self.require_list(node, name);
        for (index, item) in node.items().enumerate() {
            if let Some(block) = self.block(&item, &format!("{name}[{index}]")) {
                each(self, &block);
            }
        }
    }

    /// The block that a map is. Keys that it doesn't know are problems.
    fn known_keys<'a, T: Block<'a>>(&mut self, map: Node<'a>) -> T {
        T::read(map, |key, value| {
            let message = format!("unknown key `{}` in {}", excerpt(key), T::NAME);
            let problem = value.at_key().problem(message);
            self.add(problem.help(suggest(key, T::KEYS)));
        })
    }

    /// Whether a value is a list. Another type is a problem.
    pub fn require_list(&mut self, node: &Node<'_>, name: &str) -> bool {
        let is = |value| (value == Yaml::List).then_some(());
        self.take(node, name, "a list", is).is_some()
    }

    /// Whether a value is a map. Another type is a problem.
    pub fn require_map(&mut self, node: &Node<'_>, name: &str) -> bool {
        let is = |value| (value == Yaml::Map).then_some(());
        self.take(node, name, "a map", is).is_some()
    }

    /// Refuses a list or map that is written and empty: it has no effect, and whoever wrote it may
    /// believe that it has.
    pub fn refuse_empty(&mut self, node: &Node<'_>, name: &str) {
        let is_empty = match node.value() {
            Yaml::List => node.items().len() == 0,
            Yaml::Map => node.entries().len() == 0,
            _ => false,
        };
        if is_empty {
            let message = format!("`{}` is empty, so it has no effect", excerpt(name));
            let problem = node.at_key().problem(message);
            self.add(problem.help("take it away, or write what belongs in it"));
        }
    }

    /// A text, which may be empty.
    pub fn any_text<'a>(&mut self, node: &Node<'a>, name: &str) -> Option<&'a str> {
        self.take(node, name, "a text", |value| match value {
            Yaml::Text(text) => Some(text),
            _ => None,
        })
    }

    /// A text that is not empty.
    pub fn text<'a>(&mut self, node: &Node<'a>, name: &str) -> Option<&'a str> {
        let text = self.any_text(node, name)?;
        if text.trim().is_empty() {
            self.add(node.problem(format!("`{name}` is an empty text")));
            return None;
        }
        Some(text)
    }

    /// One text, or a list of them, each with its node.
    pub fn text_or_list<'a>(
        &mut self,
        node: &Node<'a>,
        name: &str,
    ) -> Option<Vec<(&'a str, Node<'a>)>> {
        let expected = "a text or a list of texts";
        let one = self.take(node, name, expected, |value| match value {
            Yaml::Text(text) => Some(Some(text)),
            Yaml::List => Some(None),
            _ => None,
        })?;
        Some(match one {
            Some(text) => vec![(text, *node)],
            None => self.text_list(node, name),
        })
    }

    /// The texts of a list, each with its node.
    pub fn text_list<'a>(&mut self, node: &Node<'a>, name: &str) -> Vec<(&'a str, Node<'a>)> {
        self.require_list(node, name);
        let text = |(index, item)| {
            let text = self.any_text(&item, &format!("{name}[{index}]"))?;
            Some((text, item))
        };
        node.items().enumerate().filter_map(text).collect()
    }

    /// The texts of a list in which none may stand twice.
    pub fn distinct_texts(&mut self, node: &Node<'_>, name: &str) -> Vec<String> {
        let mut seen = HashSet::new();
        let mut texts = Vec::new();
        for (index, item) in node.items().enumerate() {
            match item.value() {
                Yaml::Text(text) if seen.insert(text) => texts.push(text.to_owned()),
                Yaml::Text(text) => {
                    let problem = item.problem(format!("`{}` is written twice", excerpt(text)));
                    self.add(problem.help("take one away"));
                }
                _ => self.refuse_type(&item, &format!("{name}[{index}]"), "a text", None),
            }
        }
        texts
    }

    /// A map of texts whose keys are the user's own.
    pub fn text_map(&mut self, node: &Node<'_>, name: &str) -> BTreeMap<String, String> {
        self.require_map(node, name);
        let text = |(key, value): (&str, Node<'_>)| {
            let text = self.any_text(&value, &format!("{name}.{key}"))?;
            Some((key.to_owned(), text.to_owned()))
        };
        node.entries().filter_map(text).collect()
    }

    /// A text parsed as `T`. The parser's error is a problem.
    pub fn parse<T>(&mut self, text: &str, node: &Node<'_>) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        text.parse()
            .map_err(|err: T::Err| self.add(node.problem(err.to_string())))
            .ok()
    }

    /// `true` or `false`.
    pub fn flag(&mut self, node: &Node<'_>, name: &str) -> Option<bool> {
        self.take(node, name, "true or false", |value| match value {
            Yaml::Bool(flag) => Some(flag),
            _ => None,
        })
    }

    /// The member of an enum, found by its name.
    pub fn member<T>(
        &mut self,
        node: &Node<'_>,
        name: &str,
        names: &[&'static str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.any_text(node, name)?;
        let found = from_name(text);
        if found.is_none() {
            let problem = node.problem(format!("`{}` is no {name}", excerpt(text)));
            self.add(problem.help(suggest(text, names)));
        }
        found
    }

    /// A regular expression.
    pub fn regex(&mut self, source: &str, node: &Node<'_>) -> Option<Regex> {
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
                let source = excerpt(source);
                self.add(node.problem(format!("`{source}` is not a regular expression: {why}")));
                None
            }
        }
    }

    /// Whether a `null` is written out, where it means `meaning`. A key without a value may be a
    /// template that nobody filled in, and is a problem.
    pub fn explicit_null(&mut self, node: &Node<'_>, name: &str, meaning: &str) -> bool {
        let is_explicit = !node.is_unfilled();
        if !is_explicit {
            let problem = no_value(node, name, "a value or a written `null`");
            self.add(problem.help(format!("write a value, or `null` if {meaning}")));
        }
        is_explicit
    }

    /// Adds the problem of a value that is not of the `expected` type, with `help` if it is `null`.
    /// An absent value is no problem, and one that the scan refused has its problem already.
    pub fn refuse_type(&mut self, node: &Node<'_>, name: &str, expected: &str, help: Option<&str>) {
        match node.value() {
            Yaml::Absent | Yaml::Refused => {}
            Yaml::Null => {
                let problem = no_value(node, name, expected);
                self.add(match help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
            }
            _ => self.add(wrong_type(node, name, expected)),
        }
    }

    /// What `read` makes of a value. `None` from it is a problem, unless the value is absent.
    fn take<'a, T>(
        &mut self,
        node: &Node<'a>,
        name: &str,
        expected: &str,
        read: impl FnOnce(Yaml<'a>) -> Option<T>,
    ) -> Option<T> {
        let taken = read(node.value());
        if taken.is_none() {
            self.refuse_type(node, name, expected, Some(FILL_OR_REMOVE));
        }
        taken
    }
}

const WHOLE_NUMBER: &str = "a whole number";
const FILL_OR_REMOVE: &str = "write a value, or take the key away";

/// The problem of a key without a value.
fn no_value(node: &Node<'_>, name: &str, expected: &str) -> Problem {
    let name = excerpt(name);
    node.problem(format!("`{name}` is empty: {expected} is expected"))
}

/// The problem of a value of another type.
fn wrong_type(node: &Node<'_>, name: &str, expected: &str) -> Problem {
    let (name, value) = (excerpt(name), node.value());
    let problem = node.problem(format!("`{name}` must be {expected}, not {}", value.name()));
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
