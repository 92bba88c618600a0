//! What is wrong with one rule's file, each problem with its place.

use std::sync::Arc;

use rhai::Position;

use crate::{model::Place, problem::Problem};

/// A place in a rule's file.
pub(crate) fn place(file: &Arc<str>, position: Position) -> Place {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1);
    Place::new(
        file.clone(),
        number(position.line()),
        number(position.position()),
    )
}

/// Gathers what is wrong with one file.
pub(crate) struct Problems {
    pub file: Arc<str>,
    pub list: Vec<Problem>,
}

impl Problems {
    /// A problem of this file; it isn't added.
    pub(crate) fn at(&self, position: Position, message: impl Into<String>) -> Problem {
        Problem::at(place(&self.file, position), message)
    }

    pub(crate) fn add(&mut self, position: Position, message: impl Into<String>) {
        self.list.push(self.at(position, message));
    }

    pub(crate) fn add_with_help(&mut self, position: Position, message: &str, help: &str) {
        self.list.push(self.at(position, message).help(help));
    }
}
