//! `rules new` and `rules export`: rules become files, and no file is replaced unasked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use hubdrift::policy;

use crate::files;

/// Writes a new rule and its tests; gives what to say.
///
/// # Errors
/// When the id can't be one, or a file is there.
pub fn new(id: &str, dir: &Path) -> anyhow::Result<String> {
    let (rule, tests) = policy::template(id)?;
    let paths = [
        (dir.join(format!("{id}.rhai")), rule),
        (dir.join(format!("{id}.test.yaml")), tests),
    ];
    write(&paths, dir, false)?;
    let [rule, tests] = paths.map(|(path, _)| path.display().to_string());
    Ok(format!(
        "wrote {rule} and {tests}\nrun: hubdrift rules test {rule}\nto use it: `policies: {{paths: [{}]}}` in the inventory\n",
        dir.display()
    ))
}

/// Writes the built-in rules and their tests; gives what to say.
///
/// # Errors
/// When a file is there and may not be replaced, or can't be written.
pub fn export(dir: &Path, force: bool) -> anyhow::Result<String> {
    let rules = policy::builtin();
    let count = rules.len();
    let rules = rules.into_iter().map(|rule| (rule.path, rule.text));
    let tests = policy::builtin_tests().into_iter();
    let all = rules.chain(tests.map(|file| (file.path, file.text)));
    let all: Vec<_> = all
        .map(|(path, text)| (dir.join(path.trim_start_matches("builtin:")), text))
        .collect();
    write(&all, dir, force)?;
    Ok(format!(
        "wrote {count} rules and their tests to {0}\nto use them instead of the built-in ones: `policies: {{builtin: false, paths: [{0}]}}` in the inventory\n",
        dir.display()
    ))
}

/// Writes all of them, or none where one is there already.
fn write(all: &[(PathBuf, String)], dir: &Path, replace: bool) -> anyhow::Result<()> {
    let there = all.iter().map(|(path, _)| path);
    let there: Vec<_> = there
        .filter(|path| !replace && fs::symlink_metadata(path).is_ok())
        .map(|path| format!("`{}`", path.display()))
        .collect();
    if !there.is_empty() {
        bail!(
            "nothing was written, because these are there: {}",
            there.join(", ")
        );
    }
    fs::create_dir_all(dir).with_context(|| format!("failed to make `{}`", dir.display()))?;
    for (path, text) in all {
        files::write_new(path, text.as_bytes(), replace)?;
    }
    Ok(())
}
