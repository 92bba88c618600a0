//! What is known of all files while one of their connectors or rule settings is checked.

use std::{collections::BTreeSet, path::Path};

use super::types::{FileRef, Target};
use crate::{
    text::excerpt,
    yaml::{Node, Validator, suggest},
};

/// A file that is named at `node`, as `path` from the directory of the naming one.
pub(super) fn file_ref(path: &str, node: &Node<'_>) -> FileRef {
    let dir = Path::new(&**node.file()).parent();
    FileRef {
        path: dir.map_or_else(
            || path.to_owned(),
            |dir| dir.join(path).to_string_lossy().into_owned(),
        ),
        place: node.place(),
    }
}

/// What is known of all files while connectors and policies are checked.
pub(super) struct Known<'a> {
    /// Every target's name, with whether it is sound and what is known of it.
    pub targets: &'a [Target],
    /// The names of targets that have problems of their own.
    pub broken_targets: BTreeSet<String>,
    /// Whether every file could be read. If not, what seems to be missing may stand in the others.
    pub whole: bool,
}

impl<'a> Known<'a> {
    /// The target of that name.
    pub fn target(&self, name: &str) -> Option<&'a Target> {
        let at = self
            .targets
            .binary_search_by(|target| target.name.as_str().cmp(name))
            .ok()?;
        self.targets.get(at)
    }

    /// Checks that a target of that name is defined.
    pub fn check_target(&self, check: &mut Validator, name: &str, node: &Node<'_>) -> bool {
        if self.target(name).is_some() || self.broken_targets.contains(name) {
            return true;
        }
        if self.whole {
            let names: Vec<&str> = self
                .targets
                .iter()
                .map(|target| target.name.as_str())
                .collect();
            let problem = node.problem(format!("there is no target `{}`", excerpt(name)));
            check.add(problem.help(suggest(name, &names)));
        }
        false
    }
}
