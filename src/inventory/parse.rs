//! Inventory files become one inventory, or all of their problems.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    FileRef, Inventory, SourceFile,
    check::{Check, Document, no_map, read},
    connectors::connectors,
    places::Spot,
    policies::policies,
    raw::{Block, RawInventory, Slot},
    targets::targets,
};
use crate::{
    model::Place,
    problem::{self, Problem},
};

/// One file's block of the outermost keys.
#[derive(Clone, Copy)]
pub(super) struct Root<'a> {
    pub raw: &'a RawInventory,
    pub spot: Spot<'a>,
}

impl Root<'_> {
    /// A path that the file names, which is meant from the file's own directory.
    pub fn path(&self, named: &str) -> String {
        let file = self.spot.place().file;
        Path::new(&*file).parent().map_or_else(
            || named.to_owned(),
            |dir| dir.join(named).to_string_lossy().into_owned(),
        )
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
                super::places::short(name)
            ));
            check.add(problem.help(super::check::suggest(name, &names)));
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
    let mut documents: Vec<Document<RawInventory>> = Vec::new();
    for file in files {
        if seen.insert(&file.path) {
            documents.extend(read(file, &mut check.problems));
        } else {
            check.add(Problem::at(
                Place::start_of(file.path.as_str()),
                "this file is given twice",
            ));
        }
    }
    let mut roots = Vec::new();
    for document in &documents {
        let spot = document.places.root();
        match &document.raw {
            Slot::Given(raw) => roots.push(Root { raw, spot }),
            Slot::Wrong(written) => check.add(no_map::<RawInventory>(*written, &spot)),
            Slot::Null | Slot::Absent => check.add(super::source::empty(Place::start_of(
                document.places.file().as_ref(),
            ))),
        }
    }
    for root in &roots {
        check.unknown(root.raw, &root.spot);
        check.version(&root.raw.version, &root.spot, RawInventory::NAME);
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
fn waivers(check: &mut Check, roots: &[Root<'_>]) -> Option<FileRef> {
    let mut found: Option<FileRef> = None;
    for root in roots {
        let spot = root.spot.key("waivers");
        let Some(named) = check.text(&root.raw.waivers, &spot, "waivers") else {
            continue;
        };
        let path = root.path(named);
        match &found {
            None => {
                found = Some(FileRef {
                    path,
                    place: spot.place(),
                });
            }
            Some(first) if first.path == path => {}
            Some(first) => check.add(
                spot.problem(format!("a second waivers file: `{path}`"))
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

/// The labels of a connector, or those that a `match` asks for.
pub(super) fn labels(
    check: &mut Check,
    slot: &Slot<super::raw::Table<String>>,
    spot: &Spot<'_>,
) -> BTreeMap<String, String> {
    let entries = check.entries(slot, spot, "labels");
    entries
        .into_iter()
        .map(|(key, value, _)| (key.to_owned(), value.clone()))
        .collect()
}
