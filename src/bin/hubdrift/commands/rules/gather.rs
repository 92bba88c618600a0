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
    problems: Vec<Problem>,
}

/// The inventory that is read where no path is given.
pub const INVENTORY: &str = "hubdrift.yaml";

/// Reads what `paths` name; without any, the inventory's rules and the built-in ones.
///
/// # Errors
/// All that can't be read, with the texts of the files that could.
pub fn gather(paths: &[PathBuf]) -> Result<Gathered, (Vec<Problem>, Sources)> {
    let mut gathered = Gathered::default();
    if paths.is_empty() {
        gathered.defaults();
    }
    for path in paths {
        gathered.path(path);
    }
    if gathered.problems.is_empty() {
        Ok(gathered)
    } else {
        Err((gathered.problems, gathered.sources))
    }
}

impl Gathered {
    /// Adds the rules of a check in this directory.
    fn defaults(&mut self) {
        let mut builtin = true;
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
                        self.path(Path::new(&named.path));
                    }
                }
                Err(problems) => self.problems.extend(problems),
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
    }

    /// Adds a rule, a test file, or a directory.
    fn path(&mut self, path: &Path) {
        if path.is_dir() {
            return self.directory(path);
        }
        let name = path.display().to_string();
        let rule = match testing::rule_path(&name) {
            Some(rule) => PathBuf::from(rule),
            None => path.to_owned(),
        };
        for rule in self.read_rules(&rule) {
            let tests = testing::tests_path(&rule.path);
            self.rule(rule);
            // A test file that was named must be there. One beside a rule may be lacking: `rules test` then
            // says that the rule has no tests.
            if tests == name || Path::new(&tests).exists() {
                self.test_file(Path::new(&tests));
            }
        }
    }

    fn directory(&mut self, path: &Path) {
        for rule in self.read_rules(path) {
            self.rule(rule);
        }
        let listed = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let tests: BTreeSet<_> = listed
            .unwrap_or_default()
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(testing::ENDING))
            .collect();
        for tests in tests {
            self.test_file(&tests);
        }
    }

    fn read_rules(&mut self, path: &Path) -> Vec<Source> {
        files::read_rules(path).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            Vec::new()
        })
    }

    fn test_file(&mut self, path: &Path) {
        match files::read(path) {
            Ok(file) => self.test(file),
            Err(problem) => self.problems.push(problem),
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
        let before = self.sources.insert(path.to_owned(), text.to_owned());
        let is_new = before.is_none();
        if is_new {
            self.paths.push(PathBuf::from(path));
        }
        is_new
    }
}
