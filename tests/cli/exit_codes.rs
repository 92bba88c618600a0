//! Each exit code over the real wire: the same with every format, and the worst part wins.

use serde_json::json;

use crate::support::{World, id, jira, with, without};

const PLAIN: &str = "id: alpha, name: alpha";
const DRIFTED: &str = "id: alpha, name: alpha, expect: {description: other}";

/// A connector that no rule accepts.
fn without_key(n: u32, name: &str) -> serde_json::Value {
    without(jira(n, name), "/KmsKeyArn")
}

fn denied() -> serde_json::Value {
    json!({"operation": "get", "connector_id": id(2), "error": {"type": "AccessDeniedException"}})
}

/// A world with a second connector, which can't be read.
fn with_unread(world: World) -> World {
    world
        .has(jira(2, "beta"))
        .expects("id: beta, name: beta")
        .fault(denied())
}

/// Every scenario, its exit code and the words of its result.
pub fn scenarios() -> Vec<(&'static str, World, i32, &'static str)> {
    let drift = || World::new().has(jira(1, "alpha")).expects(DRIFTED);
    let policy = || World::new().has(without_key(1, "alpha")).expects(PLAIN);
    let both = || World::new().has(without_key(1, "alpha")).expects(DRIFTED);
    vec![
        ("clean", World::clean(), 0, "result: CLEAN exit=0"),
        ("changed", drift(), 2, "result: DRIFT exit=2"),
        (
            "missing",
            World::new().expects(PLAIN),
            2,
            "result: DRIFT exit=2",
        ),
        (
            "unmanaged",
            World::clean().has(jira(2, "beta")),
            2,
            "result: DRIFT exit=2",
        ),
        ("policy", policy(), 3, "result: POLICY exit=3"),
        (
            "unread",
            with_unread(World::clean()),
            4,
            "result: INCOMPLETE exit=4",
        ),
        ("drift and policy", both(), 3, "result: POLICY DRIFT exit=3"),
        (
            "drift and unread",
            with_unread(drift()),
            4,
            "result: INCOMPLETE DRIFT exit=4",
        ),
        (
            "policy and unread",
            with_unread(policy()),
            4,
            "result: INCOMPLETE POLICY exit=4",
        ),
        (
            "all",
            with_unread(both()),
            4,
            "result: INCOMPLETE POLICY DRIFT exit=4",
        ),
    ]
}

#[test]
fn each_scenario_has_its_code_and_says_why() {
    for (name, world, code, result) in scenarios() {
        let checked = world.check(&[]);
        assert_eq!(checked.run.code, code, "{name}: {:#?}", checked.run);
        let verdict = &checked.report["verdict"];
        let words = [
            ("complete", "INCOMPLETE", false),
            ("drift", "DRIFT", true),
            ("policy", "POLICY", true),
        ];
        for (key, word, when) in words {
            assert_eq!(
                verdict[key] == json!(when),
                result.contains(word),
                "{name}: {verdict}"
            );
        }
        checked.results_in(result);
    }
}

#[test]
fn no_format_changes_the_code() {
    let formats: [&[&str]; 7] = [
        &["--report", "text"],
        &["--report", "json"],
        &["--report", "junit"],
        &["-q"],
        &["-q", "--report", "junit=q.xml"],
        &[
            "--report",
            "json=a.json",
            "--report",
            "junit=a.xml",
            "--report",
            "text=a.txt",
        ],
        &[
            "--report",
            "junit",
            "--report",
            "json=b.json",
            "--report",
            "json=c.json",
        ],
    ];
    for (name, world, code, _) in scenarios() {
        for format in formats {
            let run = world.run(&[&["check"], format].concat());
            assert_eq!(run.code, code, "{name} with {format:?}: {run:#?}");
        }
        let same = world.read("b.json") == world.read("c.json");
        assert!(same, "{name}: two reports of one run differ");
    }
}

#[test]
fn no_format_changes_the_code_of_a_run_without_result() {
    let world = World::clean().file("hubdrift.yaml", "version: 2\n");
    for format in hubdrift::report::Format::ALL {
        let name = format.as_str();
        world.run(&["check", "--report", name]).ends_with(1);
        let file = format!("{name}=a");
        world.run(&["check", "--report", &file]).ends_with(1);
    }
    let checked = world.check(&[]).ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "inventory");
}

#[test]
fn clap_is_told_that_2_means_drift() {
    let world = World::clean();
    let usages: [&[&str]; 9] = [
        &[],
        &["chekc"],
        &["check", "--fial-on", "changed"],
        &["check", "--fail-on", "chnaged"],
        &["check", "--fail-on", ""],
        &["check", "--now", "yesterday"],
        &["check", "--report", "xml"],
        &["check", "--report", "json="],
        &["check", "--deadline", "0s"],
    ];
    for usage in usages {
        let run = world.run(usage).ends_with(1);
        assert_eq!(run.stdout, "", "{usage:?}");
        assert!(!run.stderr.is_empty(), "{usage:?}");
    }
    for (no_instant, why) in [
        ("2026-11-22", "time component"),
        ("2026-11-22T12:00", "offset component"),
        ("2026-11-22T12:00:00[Europe/Vienna]", "offset component"),
        ("2027-02-29T12:00:00Z", "day"),
    ] {
        world
            .run(&["check", "--now", no_instant])
            .ends_with(1)
            .complains(&[
                "write it with its offset from UTC, like 2026-06-01T12:00:00Z",
                why,
            ]);
    }
    world.run(&["--help"]).ends_with(0).says(&[
        "check",
        "validate",
        "emulate",
        "demo",
        "Exit codes",
    ]);
    world
        .run(&["check", "--help"])
        .ends_with(0)
        .says(&["--fail-on", "--report-only"]);
    world.run(&["--version"]).ends_with(0).says(&["hubdrift "]);
}

#[test]
fn a_gate_is_not_turned_green_from_the_environment() {
    let world = World::new().has(without_key(1, "alpha")).expects(DRIFTED);
    let names = [
        "HUBDRIFT_FAIL_ON",
        "HUBDRIFT_REPORT_ONLY",
        "HUBDRIFT_ALLOW_EMPTY",
        "HUBDRIFT_NOW",
    ];
    let world = names.into_iter().fold(world, |world, name| {
        let value = if name == "HUBDRIFT_FAIL_ON" {
            "missing"
        } else {
            "true"
        };
        world.env(name, value)
    });
    world.check(&[]).ends_with(3);
}

#[test]
fn an_unread_connector_is_one_finding_and_the_others_are_judged() {
    let checked = with_unread(World::clean()).check(&[]).ends_with(4);
    assert_eq!(checked.unread("prod/beta"), "access_denied");
    assert_eq!(checked.state("prod/alpha"), "in_sync");
    assert_eq!(checked.outcome("prod/alpha", "kms-key-set"), "pass");
    assert_eq!(checked.outcome("prod/beta", "kms-key-set"), "error");
    assert_eq!(checked.findings("unread").len(), 1);
}

#[test]
fn missing_is_one_finding_and_its_rules_are_skipped() {
    let checked = World::clean()
        .expects("id: beta, name: beta")
        .check(&[])
        .ends_with(2);
    assert_eq!(checked.state("prod/beta"), "missing");
    assert_eq!(checked.outcome("prod/beta", "kms-key-set"), "skipped");
    assert_eq!(checked.report["verdict"]["complete"], true);
}

#[test]
fn unmanaged_connectors_are_judged_unless_they_are_ignored() {
    let bad = with(
        without_key(2, "beta"),
        "/EnablementStatus",
        json!("FAILED_TO_ENABLE"),
    );
    let world = |setting: &str| World::clean().has(bad.clone()).target_setting(setting);
    let checked = world("unmanaged: fail").check(&[]).ends_with(3);
    assert_eq!(checked.state(&format!("prod/{}", id(2))), "unmanaged");
    let checked = world("unmanaged: judge")
        .check(&[])
        .ends_with(3)
        .results_in("result: POLICY exit=3");
    assert_eq!(checked.findings("unmanaged").len(), 0);
    world("unmanaged: ignore").check(&[]).ends_with(0);
    let checked = world("unmanaged_except: [{name: beta}]")
        .check(&[])
        .ends_with(0);
    assert_eq!(checked.report["summary"]["set_aside"], 1);
}
