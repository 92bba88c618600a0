//! The walls of the house: which module may know which, and what the core must never touch.
//!
//! Read off the sources as text, so that a wall is held even where the compiler would let
//! somebody through. The checker is itself checked, on sources that break each wall.

mod circles;
mod exit_codes;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// For each module of the library the modules it may import, in the order data flows.
/// An edge points to a module further up, so that there are no circles.
const ALLOWED: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("recent", &[]),
    ("model", &[]),
    ("facts", &["model"]),
    ("problem", &["model", "text"]),
    ("wire", &["model"]),
    ("matcher", &["model"]),
    ("yaml", &["model", "problem", "text"]),
    (
        "inventory",
        &["facts", "matcher", "model", "problem", "text", "yaml"],
    ),
    ("plan", &["inventory", "model"]),
    ("observed", &["inventory", "model", "plan", "wire"]),
    ("diff", &["facts", "inventory", "matcher", "model", "wire"]),
    (
        "policy",
        &[
            "diff",
            "facts",
            "inventory",
            "matcher",
            "model",
            "problem",
            "recent",
            "text",
            "yaml",
        ],
    ),
    (
        "waiver",
        &["facts", "matcher", "model", "problem", "text", "yaml"],
    ),
    (
        "audit",
        &[
            "diff",
            "facts",
            "inventory",
            "matcher",
            "model",
            "plan",
            "policy",
            "recent",
            "text",
            "waiver",
        ],
    ),
    (
        "saved",
        &["audit", "inventory", "model", "plan", "policy", "waiver"],
    ),
    (
        "report",
        &[
            "audit", "diff", "model", "policy", "saved", "text", "waiver",
        ],
    ),
    (
        "schema",
        &[
            "audit",
            "facts",
            "inventory",
            "model",
            "observed",
            "report",
            "waiver",
            "wire",
            "yaml",
        ],
    ),
];

/// What no file of the library may name, and the files that may all the same.
const BANNED_IN_LIBRARY: &[(&str, &[&str])] = &[
    ("std::fs", &[]),
    ("std::env", &[]),
    ("std::net", &[]),
    ("std::process", &[]),
    // The formatter of serde_json writes into its buffer through this.
    ("std::io", &["report/common/json_text.rs"]),
    ("tokio", &[]),
    ("async ", &[]),
    ("SystemTime", &[]),
    ("Timestamp::now", &[]),
    ("Zoned::now", &[]),
    // The deadline of a rule is the one clock of the core.
    ("Instant", &["policy/language/meter.rs"]),
    ("rhai", &["policy.rs", "policy/"]),
    // One reader of YAML, in one place.
    ("granit_parser", &["yaml/scan.rs"]),
    ("println!", &[]),
    ("dbg!", &[]),
];

/// What only these files of the binary may name.
const ONLY_IN_BINARY: &[(&str, &[&str])] = &[
    ("aws_", &["observe.rs", "observe/", "emulator/sigv4.rs"]),
    // Of all that, the emulator computes signatures, and nothing else.
    ("aws_sigv4", &["emulator/sigv4.rs"]),
    ("aws_config", &["observe.rs", "observe/"]),
    ("aws_sdk", &["observe.rs", "observe/"]),
    ("aws_smithy", &["observe.rs", "observe/"]),
    ("hyper", &["emulator.rs", "emulator/"]),
    ("clap", &["args.rs", "args/", "main.rs"]),
    ("rhai::", &[]),
    ("granit_parser", &[]),
    // One clock value for a run; what is asked of AWS, or served in its place, has times of its own.
    ("Timestamp::now", &["clock.rs", "observe/", "emulator/"]),
];

/// Texts that stand in the code of these files of `src` alone, quotes included.
const WRITTEN_ONCE: &[(&[&str], &[&str])] = &[
    // Keys of the API's JSON: wire reads and writes them, the emulator is the API.
    (
        &[
            "ConnectorArn",
            "KmsKeyArn",
            "CreatedAt",
            "LastUpdatedAt",
            "EnablementStatusReason",
            "LastCheckedAt",
            "ProviderDetail",
            "JiraCloud",
            "ServiceNow",
            "CloudId",
            "ProjectKey",
            "AuthUrl",
            "AuthStatus",
            "InstanceName",
            "SecretArn",
            "AWSConfigConnectorArn",
            "ScopeConfiguration",
            "ScopeValues",
            "AzureRegions",
            "GCPRegions",
            "NextToken",
            "ResponseMetadata",
            "SDK_UNKNOWN_MEMBER",
            "HTTPHeaders",
        ],
        &["wire/", "bin/hubdrift/emulator/"],
    ),
    // The same, which are names of the API's enums as well.
    (
        &["EnablementStatus", "ConnectorStatus", "ScopeType"],
        &["wire/", "bin/hubdrift/emulator/", "facts/enums.rs"],
    ),
    (
        &["JIRA_CLOUD", "SERVICENOW", "AZURE"],
        &["model/provider.rs", "bin/hubdrift/emulator/"],
    ),
    (
        &[
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
            "aws-eusc",
        ],
        &["model/region.rs"],
    ),
];

/// Folders of the library whose files may not name those of the others.
const ONE_WAY: &[(&str, &[&str])] = &[
    ("policy/language", &["policy/run", "policy/authoring"]),
    ("policy/run", &["policy/authoring"]),
    ("report/common", FORMATS),
];

/// The formats, none of which names another.
const FORMATS: &[&str] = &[
    "report/text",
    "report/json",
    "report/junit",
    "report/sarif",
    "report/markdown",
    "report/html",
    "report/github",
    "report/gitlab",
    "report/ocsf",
    "report/prometheus",
];

/// What reads settings is given the environment and the files: its tests need neither.
const BANNED_IN_SETTINGS: &[(&str, &[&str])] = &[
    ("std::fs", &[]),
    ("std::env", &[]),
    ("std::process", &[]),
    ("std::net::Tcp", &[]),
    ("tokio", &[]),
    ("aws_config", &[]),
    ("aws_sdk", &[]),
    ("aws_smithy", &[]),
];

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

mod the_checker {
    use super::*;

    fn source(path: &str, text: &str) -> Vec<Source> {
        vec![(path.to_owned(), text.to_owned())]
    }

    #[test]
    fn finds_an_edge_that_is_not_allowed() {
        for text in [
            "use crate::audit::Audit;",
            "use crate::{model::Fact, audit};",
            "use crate::{\n    model::{Fact, Value},\n    audit::Audit,\n};",
            "fn f() -> crate::audit::Audit { todo() }",
        ] {
            assert_eq!(
                broken_edges(&source("wire.rs", text)),
                ["wire.rs: `wire` may not import `audit`"],
                "{text}"
            );
        }
        assert_eq!(
            broken_edges(&source(
                "report/junit.rs",
                "use crate::inventory::Inventory;"
            )),
            ["report/junit.rs: `report` may not import `inventory`"]
        );
    }

    #[test]
    fn finds_a_module_that_nobody_gave_a_place() {
        assert_eq!(
            broken_edges(&source("cache.rs", "")),
            ["cache.rs: the module `cache` is not in the table"]
        );
    }

    #[test]
    fn lets_through_what_is_allowed_and_what_is_no_code() {
        for text in [
            "use crate::{model::{Fact, Value}};",
            "// use crate::audit::Audit;",
            "//! [`crate::audit`]",
            "#[cfg(test)]\nmod tests {\n use crate::audit::Audit;\n}",
        ] {
            assert_eq!(
                broken_edges(&source("wire.rs", text)),
                Vec::<String>::new(),
                "{text}"
            );
        }
    }

    #[test]
    fn finds_a_folder_that_knows_what_uses_it() {
        let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let broken = |from, to| !broken_folders(&[edge(from, to)].into()).is_empty();
        for (from, to) in [
            ("policy/language/meter.rs", "policy/run/worker.rs"),
            ("policy/run/memo.rs", "policy/authoring/lint.rs"),
            ("report/common/entry.rs", "report/json.rs"),
            ("report/ocsf/event.rs", "report/json.rs"),
        ] {
            assert!(broken(from, to), "{from} {to}");
            assert!(
                !broken(to, from) || from.starts_with("report/ocsf"),
                "{to} {from}"
            );
        }
        assert!(!broken("report/html/row.rs", "report/html/findings.rs"));
        assert!(!broken("report/text.rs", "report/common/value.rs"));
    }

    #[test]
    fn finds_a_text_that_is_written_twice() {
        let broken = |path, text| broken_texts(&source(path, text));
        assert_eq!(
            broken("diff/fix.rs", "fn f() { g(\"JiraCloud\") }"),
            ["diff/fix.rs: writes \"JiraCloud\""]
        );
        for (path, text) in [
            ("wire/provider.rs", "const JIRA: &str = \"JiraCloud\";"),
            ("diff/fix.rs", "// \"JiraCloud\""),
            (
                "diff/fix.rs",
                "#[cfg(test)]\nmod tests { const JIRA: &str = \"JiraCloud\"; }",
            ),
        ] {
            assert_eq!(broken(path, text), Vec::<String>::new());
        }
    }

    #[test]
    fn finds_exit_codes_that_are_numbers() {
        for (text, found) in [
            ("fn f() { if verdict.exit_code == 1 {} }", "exit_code == 1"),
            (
                "fn f() { match audit.verdict.exit_code { 0 => a, _ => b } }",
                "0",
            ),
            (
                "fn f() { match v.exit_code { 2 | code::POLICY if x => a, _ => b } }",
                "2",
            ),
            ("fn f() { std::process::exit(130) }", "exit(130) 130"),
            ("fn f() { ExitCode::from(1) }", "from(1)"),
            (
                "fn f() { match (v.exit_code, x) { (4, true) => a, _ => g(2) } }",
                "4",
            ),
            ("fn f() { matches!(v.exit_code, code::CLEAN | 2) }", "2"),
            (
                "const V: Verdict = Verdict { exit_code: 1, drift };",
                "exit_code : 1",
            ),
        ] {
            assert_eq!(exit_codes::numbers(text).join(" "), found, "{text}");
        }
        for text in [
            "fn f() { if verdict.exit_code == code::FAILED { g(1) } }",
            "fn f() { match v.exit_code { code::CLEAN => 1, _ => 2 } }",
            "fn f() { match count { 0 => a, _ => b } }",
        ] {
            assert_eq!(exit_codes::numbers(text), Vec::<String>::new(), "{text}");
        }
    }

    /// The circles of a library of these files.
    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        circles::circles(&circles::edges("lib.rs", &sources))
    }

    #[test]
    fn finds_two_files_that_name_each_other() {
        for (one, other) in [
            (
                "use super::b::g; pub fn f() {}",
                "use super::a::f; pub fn g() {}",
            ),
            (
                "use crate::room::{b::{self as other, g}, c};",
                "fn g() { super::a::f() }",
            ),
            (
                "fn f() { format!(\"{}\", super::b::g()) }",
                "use super::*; fn g() { let it: crate::room::a::F; }",
            ),
        ] {
            let files = [
                ("lib.rs", "mod room;"),
                ("room.rs", "mod a; mod b; mod c;"),
                ("room/a.rs", one),
                ("room/b.rs", other),
                ("room/c.rs", ""),
            ];
            assert_eq!(
                circles_of(&files),
                ["room/a.rs -> room/b.rs, room/b.rs -> room/a.rs"],
                "{one} {other}"
            );
        }
    }

    #[test]
    fn finds_a_circle_through_a_third_file_and_through_what_a_parent_hands_on() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::g;"),
            ("b.rs", "pub use self::hidden::g; mod hidden;"),
            ("b/hidden.rs", "pub fn g() { crate::c::h() }"),
            ("c.rs", "pub fn h() { crate::a::f() }"),
        ];
        assert_eq!(
            circles_of(&files),
            ["a.rs -> b/hidden.rs, b/hidden.rs -> c.rs, c.rs -> a.rs"]
        );
    }

    #[test]
    fn finds_a_parent_and_a_child_that_name_each_other() {
        for parent in [
            "mod child; pub struct P; fn f() { child::g() }",
            "mod child; pub use child::g; pub struct P; fn f() { g() }",
        ] {
            let files = [
                ("lib.rs", "mod room;"),
                ("room.rs", parent),
                ("room/child.rs", "use super::P; pub fn g() {}"),
            ];
            assert_eq!(
                circles_of(&files),
                ["room.rs -> room/child.rs, room/child.rs -> room.rs"],
                "{parent}"
            );
        }
    }

    #[test]
    fn lets_through_what_is_no_circle() {
        for (parent, one, other) in [
            // A name that is handed on is looked through.
            (
                "mod a; mod b; pub use a::f;",
                "pub fn f() {}",
                "use super::f;",
            ),
            // Comments, texts and tests are no code.
            (
                "mod a; mod b;",
                "use super::b::g; pub fn f() {}",
                "// super::a::f\nconst S: &str = \"super::a::f\";",
            ),
            (
                "mod a; mod b;",
                "use super::b::g;",
                "#[cfg(test)] mod tests { use super::super::a::f; }",
            ),
            (
                "mod a; #[cfg(test)]\nmod b;",
                "use super::b::g; pub fn f() {}",
                "use super::a::f;",
            ),
        ] {
            let files = [
                ("lib.rs", "mod room;"),
                ("room.rs", parent),
                ("room/a.rs", one),
                ("room/b.rs", other),
            ];
            assert_eq!(
                circles_of(&files),
                Vec::<String>::new(),
                "{parent} {one} {other}"
            );
        }
    }

    #[test]
    fn finds_what_is_banned() {
        let bans = |path, text| broken_bans(&source(path, text), BANNED_IN_LIBRARY);
        assert_eq!(
            bans("wire.rs", "let t = std::fs::read(p);"),
            ["wire.rs: names `std::fs`"]
        );
        assert_eq!(
            bans("audit/join.rs", "let t = Timestamp::now();"),
            ["audit/join.rs: names `Timestamp::now`"]
        );
        assert_eq!(
            bans("report/text.rs", "use rhai::Engine;"),
            ["report/text.rs: names `rhai`"]
        );
        assert_eq!(
            bans(
                "policy/language/meter.rs",
                "use rhai::Engine; use std::time::Instant;"
            ),
            Vec::<String>::new()
        );
    }
}
