//! A setting with its origin, and the problems found while settings are gathered.

use std::fmt;

/// A value, and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T = String> {
    /// The value.
    pub value: T,
    /// Where it was set: a variable, a flag, or a profile with its file and line.
    pub from: String,
}

impl<T> Setting<T> {
    /// This value, set there.
    pub fn new(value: impl Into<T>, from: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            from: from.into(),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.value, self.from)
    }
}

/// Something wrong with the settings, in words: the setting, where it is, and what to do.
pub type Problem = String;

/// All problems that were found, each once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Adds several.
    pub fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|it| self.push(it));
    }

    /// The value; nothing where there is a problem instead, which is added.
    pub fn value<T>(&mut self, found: Result<T, Problem>) -> Option<T> {
        found.map_err(|it| self.push(it)).ok()
    }

    /// The value; nothing where there are problems instead, which are added.
    pub fn value_of_all<T>(&mut self, found: Result<T, Vec<Problem>>) -> Option<T> {
        found.map_err(|it| self.extend(it)).ok()
    }

    /// All of them.
    pub fn all(self) -> Vec<Problem> {
        self.0
    }

    /// The value, unless there were problems.
    ///
    /// # Errors
    /// When there were.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }
}
