//! The walls of the house: which module may know which, and what the core must never touch.
//!
//! Read off the sources as text, so that a wall is held even where the compiler would let
//! somebody through. The checker is itself checked, on sources that break each wall.

mod circles;
mod exit_codes;
mod tables;
mod the_checker;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use tables::{
    ALLOWED, BANNED_IN_LIBRARY, BANNED_IN_SETTINGS, FORMATS, ONE_WAY, ONLY_IN_BINARY, WRITTEN_ONCE,
};

/// A source file: its path below the folder it was read from, and its text.
type Source = (String, String);

fn sources(folder: &str) -> Vec<Source> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(root, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root)
                    .expect("below the root")
                    .to_str()
                    .expect("UTF-8");
                found.push((
                    name.replace('\\', "/"),
                    fs::read_to_string(&path).expect("a text"),
                ));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found
}

fn library() -> Vec<Source> {
    sources("src")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("bin/"))
        .collect()
}

/// The code of a file: without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module of the library that a file belongs to.
fn module(path: &str) -> &str {
    path.split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs")
}

/// The modules that a piece of code names after `crate::`, also in a group of imports.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let ident = |text: &str| -> String {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = true;
            for (index, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => item = true,
                    c if item && c.is_alphabetic() => {
                        found.insert(ident(&group[index..]));
                        item = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert(ident(rest));
        }
    }
    found
}

/// All that stands in the sources against the table.
fn broken_edges(sources: &[Source]) -> Vec<String> {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut broken = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| path != "lib.rs") {
        let from = module(path);
        let Some(to) = allowed.get(from) else {
            broken.push(format!("{path}: the module `{from}` is not in the table"));
            continue;
        };
        for import in imports(&code(text)) {
            if import != from && !to.contains(&import.as_str()) {
                broken.push(format!("{path}: `{from}` may not import `{import}`"));
            }
        }
    }
    broken
}

/// All that names what it may not.
fn broken_bans(sources: &[Source], bans: &[(&str, &[&str])]) -> Vec<String> {
    let mut broken = Vec::new();
    for (path, text) in sources {
        let code = code(text);
        for (word, except) in bans {
            let excepted = except.iter().any(|prefix| path.starts_with(prefix));
            if !excepted && names(&code, word) {
                broken.push(format!("{path}: names `{word}`"));
            }
        }
    }
    broken
}

/// Whether `word` stands in `code` and is not the end of a longer name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"' || c == '`')
    })
}

#[test]
fn every_import_of_the_library_is_in_the_table() {
    assert_eq!(broken_edges(&library()), Vec::<String>::new());
}

#[test]
fn the_table_has_no_circles_and_no_strangers() {
    let mut above = BTreeSet::new();
    for (module, imports) in ALLOWED {
        for import in *imports {
            assert!(
                above.contains(import),
                "`{module}` imports `{import}`, which does not stand above it"
            );
        }
        above.insert(module);
    }
    let modules: BTreeSet<_> = library()
        .iter()
        .map(|(path, _)| module(path).to_owned())
        .filter(|module| module != "lib")
        .collect();
    assert_eq!(
        modules,
        above.into_iter().map(|&module| module.to_owned()).collect()
    );
}

#[test]
fn the_crate_s_documentation_lists_the_modules_in_the_table_s_order() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"))
        .expect("lib.rs");
    let listed: Vec<_> = lib
        .lines()
        .map(|line| line.strip_prefix("pub ").unwrap_or(line))
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(
        listed,
        ALLOWED
            .iter()
            .map(|(module, _)| *module)
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_library_touches_nothing_of_the_world() {
    assert_eq!(
        broken_bans(&library(), BANNED_IN_LIBRARY),
        Vec::<String>::new()
    );
}

#[test]
fn each_dependency_of_the_binary_stays_in_its_room() {
    assert_eq!(
        broken_bans(&sources("src/bin/hubdrift"), ONLY_IN_BINARY),
        Vec::<String>::new()
    );
}

#[test]
fn settings_are_read_by_pure_functions() {
    let mut of_settings = sources("src/bin/hubdrift");
    of_settings.retain(|(path, _)| path.starts_with("observe/settings"));
    assert!(of_settings.len() > 5);
    assert_eq!(
        broken_bans(&of_settings, BANNED_IN_SETTINGS),
        Vec::<String>::new()
    );
}

#[test]
fn no_files_of_the_library_go_round_in_a_circle() {
    let edges = circles::edges("lib.rs", &library());
    assert!(edges.len() > 300, "the edges are not found any more");
    assert_eq!(circles::circles(&edges), Vec::<String>::new());
}

#[test]
fn no_files_of_the_binary_go_round_in_a_circle() {
    let edges = circles::edges("main.rs", &sources("src/bin/hubdrift"));
    assert!(edges.len() > 100, "the edges are not found any more");
    assert_eq!(circles::circles(&edges), Vec::<String>::new());
}

/// The edges of the library that lead from a folder to one that it may not know.
fn broken_folders(edges: &BTreeSet<(String, String)>) -> Vec<String> {
    let is_in = |path: &str, folder: &str| {
        let rest = path.strip_prefix(folder);
        rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    };
    let format = |path: &str| FORMATS.iter().find(|folder| is_in(path, folder));
    let is_broken = |(from, to): &&(String, String)| {
        let mut walls = ONE_WAY.iter();
        let crosses = |(folder, banned): &(&str, &[&str])| {
            is_in(from, folder) && banned.iter().any(|banned| is_in(to, banned))
        };
        let other_format = format(from).zip(format(to)).is_some_and(|(a, b)| a != b);
        walls.any(crosses) || other_format
    };
    let broken = edges.iter().filter(is_broken);
    broken.map(|(from, to)| format!("{from} -> {to}")).collect()
}

/// The texts that stand outside of the files that may write them.
fn broken_texts(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for (path, text) in sources
        .iter()
        .filter(|(path, _)| !path.ends_with("tests.rs"))
    {
        let code = code(text);
        for (texts, files) in WRITTEN_ONCE {
            if files.iter().any(|prefix| path.starts_with(prefix)) {
                continue;
            }
            for text in *texts {
                if code.contains(&format!("\"{text}\"")) {
                    broken.push(format!("{path}: writes \"{text}\""));
                }
            }
        }
    }
    broken
}

#[test]
fn folders_of_a_room_are_used_in_one_direction() {
    let edges = circles::edges("lib.rs", &library());
    assert_eq!(broken_folders(&edges), Vec::<String>::new());
}

#[test]
fn the_formats_of_the_table_are_those_of_the_reports() {
    let parent = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report.rs"))
        .expect("report.rs");
    let declared = parent.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let declared: BTreeSet<_> = declared
        .filter(|name| *name != "common")
        .map(|name| format!("report/{name}"))
        .collect();
    let listed: BTreeSet<_> = FORMATS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(declared, listed);
}

#[test]
fn names_of_the_wire_of_providers_and_of_partitions_are_written_once() {
    assert_eq!(broken_texts(&sources("src")), Vec::<String>::new());
}

#[test]
fn exit_codes_are_numbers_in_the_verdict_alone() {
    let mut broken = Vec::new();
    for (path, text) in sources("src") {
        if path == "audit/verdict.rs" {
            continue;
        }
        let numbers = exit_codes::numbers(&text);
        broken.extend(numbers.iter().map(|number| format!("{path}: {number}")));
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        assert!(text.starts_with("//!"), "{path} does not begin with `//!`");
    }
}
