//! A path becomes the rules in it. A file that looks like a rule and would not be read is refused by its name.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use hubdrift::{
    policy::{Source, testing},
    problem::Problem,
    text,
};

use super::read::{read, unreadable};

/// Reads the rules at `path`: a `.rhai` file, or every such file in a directory.
pub fn read_rules(path: &Path) -> Result<Vec<Source>, Vec<Problem>> {
    let name = path.display().to_string();
    if !path.is_dir() {
        if path.is_file() && !is_rule(path) {
            return Err(vec![
                Problem::without_place(format!(
                    "`{name}` is not a rule: its name doesn't end in .rhai"
                ))
                .help("name a rule, or a directory of them"),
            ]);
        }
        return Ok(vec![read_rule(path).map_err(|problem| vec![problem])?]);
    }
    let entries = entries(path).map_err(|error| vec![unreadable(&name, &error)])?;
    let names: BTreeSet<_> = entries.iter().map(|path| file_name(path)).collect();
    let mut seen = BTreeSet::from_iter(path.canonicalize());
    // A rule that is passed over silently would be a check that is not made.
    let mut problems = Vec::new();
    let (mut sources, mut has_rule) = (Vec::new(), false);
    for path in &entries {
        if is_rule(path) {
            has_rule = true;
            match read_rule(path) {
                Ok(source) => sources.push(source),
                Err(problem) => problems.push(problem),
            }
        } else if !is_hidden(path) && path.is_dir() {
            below(path, &mut seen, &mut problems);
        } else if !is_hidden(path) {
            problems.extend(mistaken_rule(path, &names).or_else(|| mistaken_tests(path, &names)));
        }
    }
    if problems.is_empty() && !has_rule {
        let problem =
            Problem::without_place(format!("the directory `{name}` holds no rule (*.rhai)"));
        problems.push(problem.help("name the directory that holds them, or take it away"));
    }
    if problems.is_empty() {
        Ok(sources)
    } else {
        Err(problems)
    }
}

/// What is in a directory, sorted.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let listed = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let mut entries = listed.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn is_rule(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("rhai"))
}

/// Whether it is passed over: files of editors, and the directory that the files of a mounted Kubernetes
/// `ConfigMap` link to.
fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

/// Adds the problems of folders, at and below `folder`, in which something looks like a rule. `seen` are
/// those that were visited: a link may lead to one again.
fn below(folder: &Path, seen: &mut BTreeSet<PathBuf>, problems: &mut Vec<Problem>) {
    if folder
        .canonicalize()
        .is_ok_and(|folder| !seen.insert(folder))
    {
        return;
    }
    let name = folder.display().to_string();
    let entries = match entries(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(unreadable(&name, &error));
            return;
        }
    };
    let names: BTreeSet<_> = entries.iter().map(|path| file_name(path)).collect();
    let is_like = |path: &&PathBuf| {
        is_rule(path)
            || (!is_hidden(path) && path.is_file() && mistaken_rule(path, &names).is_some())
    };
    if let Some(first) = entries.iter().find(is_like) {
        let message = format!(
            "the rules in `{name}` are not read ({}): a directory's own rules are",
            file_name(first)
        );
        let problem = Problem::without_place(message);
        problems.push(problem.help("name that directory as well, or move them"));
    }
    for path in entries
        .iter()
        .filter(|path| !is_hidden(path) && path.is_dir())
    {
        below(path, seen, problems);
    }
}

/// The problem of a file that is named like a rule, and is none. `beside` are the names in its directory.
fn mistaken_rule(path: &Path, beside: &BTreeSet<String>) -> Option<Problem> {
    let name = file_name(path);
    let lower = name.to_ascii_lowercase();
    // A copy of a rule that is read, as editors and merges leave them.
    let is_copy = lower
        .find(".rhai")
        .is_some_and(|at| at + ".rhai".len() < name.len() && has_rule(&name[..at], beside));
    let (_, ending) = lower.rsplit_once('.')?;
    let is_misspelt = ending.starts_with('r') && text::nearest(ending, ["rhai"]).is_some();
    let is_like = lower.contains(".rhai") || is_misspelt;
    (is_like && !is_copy).then(|| {
        let message = format!(
            "`{}` is not read: the ending of a rule is .rhai",
            path.display()
        );
        Problem::without_place(message).help("rename it, or take it away")
    })
}

/// The problem of a file that is named like the tests of a rule, and is none.
fn mistaken_tests(path: &Path, beside: &BTreeSet<String>) -> Option<Problem> {
    let (name, shown) = (file_name(path), path.display());
    if let Some(stem) = name.strip_suffix(testing::ENDING) {
        let rule = path.with_file_name(format!("{stem}.rhai"));
        return (!has_rule(stem, beside)).then(|| {
            let rule = rule.display();
            let message = format!("there is no rule `{rule}` for the tests in `{shown}`");
            Problem::without_place(message).help("name both alike, or take the tests away")
        });
    }
    let lower = name.to_ascii_lowercase();
    let stem = [testing::ENDING, ".test.yml"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))?;
    // Only beside a rule: other tools have tests, too.
    has_rule(&name[..stem.len()], beside).then(|| {
        let ending = testing::ENDING;
        let message = format!("`{shown}` is not read: the ending of a rule's tests is {ending}");
        Problem::without_place(message).help("rename it, or take it away")
    })
}

fn has_rule(stem: &str, beside: &BTreeSet<String>) -> bool {
    beside.contains(&format!("{stem}.rhai"))
}

fn read_rule(path: &Path) -> Result<Source, Problem> {
    let file = read(path)?;
    Ok(Source {
        path: file.path,
        text: file.text,
    })
}
