//! Paths become rules with the test files beside them, or all that is wrong with the files.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use hubdrift::{
    inventory,
    policy::{self, Source, testing},
    problem::{Problem, Sources},
    yaml::SourceFile,
};

use crate::files;

/// Rules, their tests, and the sources of both.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The rules.
    pub rules: Vec<Source>,
    /// The test files that are there.
    pub tests: Vec<SourceFile>,
    /// The files' texts, of which problems show lines.
    pub sources: Sources,
    /// The files that were read.
    pub paths: Vec<PathBuf>,
}

/// The inventory that is read where no path is given.
pub const INVENTORY: &str = "hubdrift.yaml";

/// Reads what `paths` name; without any, the inventory's rules and the built-in ones.
///
/// # Errors
/// All that can't be read, with the texts of the files that could.
pub fn gather(paths: &[PathBuf]) -> Result<Gathered, (Vec<Problem>, Sources)> {
    let mut gathered = Gathered::default();
    let mut problems = Vec::new();
    if paths.is_empty() {
        problems.extend(gathered.defaults());
    }
    for path in paths {
        problems.extend(gathered.path(path));
    }
    if problems.is_empty() {
        Ok(gathered)
    } else {
        Err((problems, gathered.sources))
    }
}

impl Gathered {
    /// Adds the rules of a check in this directory; gives what is wrong with them.
    fn defaults(&mut self) -> Vec<Problem> {
        let mut builtin = true;
        let mut problems = Vec::new();
        if Path::new(INVENTORY).exists() {
            let read = files::read(Path::new(INVENTORY)).map_err(|problem| vec![problem]);
            let parsed = read.and_then(|file| {
                self.sources.insert(file.path.clone(), file.text.clone());
                inventory::parse(std::slice::from_ref(&file))
            });
            match parsed {
                Ok(inventory) => {
                    builtin = inventory.policies.builtin;
                    for named in &inventory.policies.paths {
                        problems.extend(self.path(Path::new(&named.path)));
                    }
                }
                Err(more) => problems.extend(more),
            }
        }
        if builtin {
            for rule in policy::builtin() {
                self.rule(rule);
            }
            for file in policy::builtin_tests() {
                self.test(file);
            }
        }
        problems
    }

    /// Adds a rule, a test file, or a directory; gives what is wrong with it.
    fn path(&mut self, path: &Path) -> Vec<Problem> {
        let name = path.display().to_string();
        if path.is_dir() {
            return self.directory(path);
        }
        let rule = match testing::rule_path(&name) {
            Some(rule) => PathBuf::from(rule),
            None => path.to_owned(),
        };
        let rules = match files::read_rules(&rule) {
            Ok(rules) => rules,
            Err(problems) => return problems,
        };
        let mut problems = Vec::new();
        for rule in rules {
            let tests = testing::tests_path(&rule.path);
            self.rule(rule);
            // A test file that was named must be there. One beside a rule may be lacking: `rules test` then
            // says that the rule has no tests.
            if tests == name || Path::new(&tests).exists() {
                problems.extend(self.test_file(Path::new(&tests)));
            }
        }
        problems
    }

    fn directory(&mut self, path: &Path) -> Vec<Problem> {
        let mut problems = Vec::new();
        match files::read_rules(path) {
            Ok(rules) => rules.into_iter().for_each(|rule| self.rule(rule)),
            Err(more) => problems.extend(more),
        }
        let listed = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let tests: BTreeSet<_> = listed
            .unwrap_or_default()
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(testing::ENDING))
            .collect();
        for tests in tests {
            problems.extend(self.test_file(&tests));
        }
        problems
    }

    fn test_file(&mut self, path: &Path) -> Option<Problem> {
        match files::read(path) {
            Ok(file) => {
                self.test(file);
                None
            }
            Err(problem) => Some(problem),
        }
    }

    /// Adds a rule; one that two paths name is one rule.
    fn rule(&mut self, rule: Source) {
        if self.note(&rule.path, &rule.text) {
            self.rules.push(rule);
        }
    }

    fn test(&mut self, file: SourceFile) {
        if self.note(&file.path, &file.text) {
            self.tests.push(file);
        }
    }

    /// Adds a file's text; gives whether it is new.
    fn note(&mut self, path: &str, text: &str) -> bool {
        let first = self
            .sources
            .insert(path.to_owned(), text.to_owned())
            .is_none();
        if first {
            self.paths.push(PathBuf::from(path));
        }
        first
    }
}
