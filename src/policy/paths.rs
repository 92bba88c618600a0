//! Where rules and their tests lie, and which id a rule has by its path.

/// How the name of a test file ends.
pub const ENDING: &str = ".test.yaml";

/// A rule's id, by its path: the file's stem.
pub(crate) fn id_of(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = name.strip_prefix("builtin:").unwrap_or(name);
    name.strip_suffix(".rhai").unwrap_or(name)
}

/// Where the tests of the rule at `source` are: beside it, `ID.test.yaml` for `ID.rhai`.
pub fn tests_path(source: &str) -> String {
    let stem = source.strip_suffix(".rhai").unwrap_or(source);
    format!("{stem}{ENDING}")
}

/// Where the rule is that the tests at `tests` are for; `None` if that is no path of tests.
pub fn rule_path(tests: &str) -> Option<String> {
    tests
        .strip_suffix(ENDING)
        .map(|stem| format!("{stem}.rhai"))
}
