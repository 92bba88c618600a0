//! Inventory files become one inventory, or all of their problems.

use std::collections::BTreeSet;

use super::{
    connectors::connectors,
    policies::policies,
    raw::RawInventory,
    references::{KnownTargets, file_ref},
    targets::targets,
    types::{FileRef, Inventory},
};
use crate::{
    model::Place,
    problem::Problem,
    yaml::{Block, SourceFile, Validator, scan},
};

/// The inventory that `files` are together.
///
/// # Errors
/// Everything that is wrong with them, sorted by place. A syntax error alone
/// ends the reading of a file.
pub fn parse(files: &[SourceFile]) -> Result<Inventory, Vec<Problem>> {
    let mut check = Validator::default();
    let mut seen = BTreeSet::new();
    let mut documents = Vec::new();
    for file in files {
        if seen.insert(&file.path) {
            documents.extend(scan(file, &mut check.problems));
        } else {
            let start = Place::start_of(file.path.as_str());
            check.add(Problem::at(start, "this file is given twice"));
        }
    }
    let mut roots = Vec::new();
    for document in &documents {
        roots.extend(check.file::<RawInventory<'_>>(document));
    }
    for root in &roots {
        check.version(&root.version, RawInventory::NAME);
    }
    let is_whole = roots.len() == files.len();

    let (targets, broken) = targets(&mut check, &roots);
    let known = KnownTargets {
        targets: &targets,
        broken,
        is_whole,
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

    check.finish(Inventory {
        targets,
        connectors,
        policies,
        waivers,
    })
}

/// The waivers file. Several files may name the same one.
fn waivers(check: &mut Validator, roots: &[RawInventory<'_>]) -> Option<FileRef> {
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
