//! What connectors and rule settings refer to: the targets of all files, and other files.

use std::{collections::BTreeSet, path::Path};

use super::types::{FileRef, Target};
use crate::{
    text::excerpt,
    yaml::{Node, Validator, suggest},
};

/// What a target's name and an id may consist of.
pub(super) const NAME_HELP: &str =
    "letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit";

/// The file that `node` names. Its `path` is relative to the directory of the file that names it.
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

/// The targets of all files, for checking what refers to them.
pub(super) struct KnownTargets<'a> {
    /// The targets without problems, sorted by name.
    pub targets: &'a [Target],
    /// The names of targets that have problems of their own.
    pub broken: BTreeSet<String>,
    /// Whether every file could be read. If not, a target that seems to be missing may be in another one.
    pub is_whole: bool,
}

impl<'a> KnownTargets<'a> {
    /// The target of that name.
    pub fn target(&self, name: &str) -> Option<&'a Target> {
        let at = self
            .targets
            .binary_search_by(|target| target.name.as_str().cmp(name))
            .ok()?;
        self.targets.get(at)
    }

    /// The names of the targets without problems.
    pub fn target_names(&self) -> impl Iterator<Item = &'a str> {
        self.targets.iter().map(|target| target.name.as_str())
    }

    /// Whether a target of that name is defined. An unknown one is a problem, unless a file could not be read.
    pub fn check_target(&self, check: &mut Validator, name: &str, node: &Node<'_>) -> bool {
        if self.target(name).is_some() || self.broken.contains(name) {
            return true;
        }
        if self.is_whole {
            let names: Vec<&str> = self.target_names().collect();
            let problem = node.problem(format!("there is no target `{}`", excerpt(name)));
            check.add(problem.help(suggest(name, &names)));
        }
        false
    }
}
