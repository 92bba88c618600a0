//! Inventory files become one inventory, or all of their problems.

use std::{collections::BTreeSet, path::Path};

use super::{
    FileRef, Inventory, connectors::connectors, policies::policies, raw::RawInventory,
    targets::targets,
};
use crate::{
    model::Place,
    problem::{self, Problem},
    yaml::{SourceFile, blocks::Block, check::Check, places::Spot, scan::scan},
};

/// A file that is named at `spot`, as `path` from the directory of the naming one.
pub(super) fn file_ref(path: &str, spot: &Spot<'_>) -> FileRef {
    let dir = Path::new(&**spot.file()).parent();
    FileRef {
        path: dir.map_or_else(
            || path.to_owned(),
            |dir| dir.join(path).to_string_lossy().into_owned(),
        ),
        place: spot.place(),
    }
}

/// What is known of all files while connectors and policies are checked.
pub(super) struct Known<'a> {
    /// Every target's name, with whether it is sound and what is known of it.
    pub targets: &'a [super::Target],
    /// The names of targets that have problems of their own.
    pub broken_targets: BTreeSet<String>,
    /// Whether every file could be read. If not, what seems to be missing may stand in the others.
    pub whole: bool,
}

impl<'a> Known<'a> {
    /// The target of that name.
    pub fn target(&self, name: &str) -> Option<&'a super::Target> {
        let at = self
            .targets
            .binary_search_by(|target| target.name.as_str().cmp(name))
            .ok()?;
        self.targets.get(at)
    }

    /// Checks that a target of that name is defined.
    pub fn check_target(&self, check: &mut Check, name: &str, spot: &Spot<'_>) -> bool {
        if self.target(name).is_some() || self.broken_targets.contains(name) {
            return true;
        }
        if self.whole {
            let names: Vec<&str> = self
                .targets
                .iter()
                .map(|target| target.name.as_str())
                .collect();
            let problem = spot.problem(format!(
                "there is no target `{}`",
                crate::yaml::places::short(name)
            ));
            check.add(problem.help(crate::yaml::check::suggest(name, &names)));
        }
        false
    }
}

/// The inventory that `files` are together.
///
/// # Errors
/// Everything that is wrong with them, sorted by place. A syntax error alone
/// ends the reading of a file.
pub fn parse(files: &[SourceFile]) -> Result<Inventory, Vec<Problem>> {
    let mut check = Check::default();
    let mut seen = BTreeSet::new();
    let mut documents = Vec::new();
    for file in files {
        if seen.insert(&file.path) {
            documents.extend(scan(file, &mut check.problems));
        } else {
            check.add(Problem::at(
                Place::start_of(file.path.as_str()),
                "this file is given twice",
            ));
        }
    }
    let mut roots = Vec::new();
    for document in &documents {
        roots.extend(check.file::<RawInventory<'_>>(document));
    }
    for root in &roots {
        check.version(&root.version, RawInventory::NAME);
    }
    let whole = roots.len() == files.len();

    let (targets, broken_targets) = targets(&mut check, &roots);
    let known = Known {
        targets: &targets,
        broken_targets,
        whole,
    };
    let before = check.problems.len();
    let connectors = connectors(&mut check, &roots, &known);
    let all_connectors = check.problems.len() == before;
    let policies = policies(
        &mut check,
        &roots,
        &known,
        all_connectors.then_some(&connectors[..]),
    );
    let waivers = waivers(&mut check, &roots);

    if check.problems.is_empty() {
        return Ok(Inventory {
            targets,
            connectors,
            policies,
            waivers,
        });
    }
    problem::sort(&mut check.problems);
    check.problems.dedup();
    Err(check.problems)
}

/// The waivers file. Several files may name the same one.
fn waivers(check: &mut Check, roots: &[RawInventory<'_>]) -> Option<FileRef> {
    let mut found: Option<FileRef> = None;
    for root in roots {
        let Some(named) = check.text(&root.waivers, "waivers") else {
            continue;
        };
        let named = file_ref(named, &root.waivers);
        match &found {
            None => found = Some(named),
            Some(first) if first.path == named.path => {}
            Some(first) => check.add(
                root.waivers
                    .problem(format!("a second waivers file: `{}`", named.path))
                    .related(
                        first.place.clone(),
                        format!("`{}` is named here", first.path),
                    )
                    .help("one inventory has one waivers file"),
            ),
        }
    }
    found
}
