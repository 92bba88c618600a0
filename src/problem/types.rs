//! One problem in a user's file: what is wrong, where, and what to do.

use std::{collections::BTreeMap, fmt};

use crate::model::Place;

/// One thing that is wrong with a user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: a lowercase sentence without a full stop.
    pub message: String,
    /// Where; `None` for what has no place, such as a file that isn't there.
    pub place: Option<Place>,
    /// How many characters to underline, at least one.
    pub width: u32,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that matters, and why: `first defined here`.
    pub related: Option<(Place, String)>,
}

impl Problem {
    /// A problem at a place.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            ..Self::without_place(message)
        }
    }

    /// A problem of no particular place.
    pub fn without_place(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            width: 1,
            help: None,
            related: None,
        }
    }

    /// The same, underlining `width` characters.
    #[must_use]
    pub fn width(mut self, width: usize) -> Self {
        self.width = u32::try_from(width.max(1)).unwrap_or(u32::MAX);
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, pointing at another place too, if there is one.
    #[must_use]
    pub fn related(mut self, place: impl Into<Option<Place>>, label: impl Into<String>) -> Self {
        self.related = place.into().map(|place| (place, label.into()));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Puts problems in the order in which they are shown: by file, line and column;
/// those of no place come first.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by(order);
}

/// The order of [`sort`].
pub fn order(a: &Problem, b: &Problem) -> std::cmp::Ordering {
    a.place.cmp(&b.place)
}

/// The texts of the files that problems stand in, by path.
pub type Sources = BTreeMap<String, String>;
