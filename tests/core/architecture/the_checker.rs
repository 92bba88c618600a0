//! The checker is checked itself, on sources that break each wall.

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
