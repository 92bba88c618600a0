//! `--baseline` and `--new-only`, as a pipeline types them.

use serde_json::{Value, json};

use crate::support::{NOW, World, id, jira, without};

/// A changed connector on which a rule fails.
fn messy() -> World {
    World::new()
        .has(without(jira(1, "alpha"), "/KmsKeyArn"))
        .expects("id: alpha, name: alpha, expect: {description: other}")
}

fn rolling(world: &World, more: &[&str]) -> crate::support::Run {
    let all = [
        &[
            "check",
            "--baseline",
            "last.json",
            "--report",
            "json=last.json",
        ],
        more,
    ];
    world.run(&all.concat())
}

fn saved(world: &World) -> Value {
    serde_json::from_str(&world.read("last.json")).expect("a report")
}

#[test]
fn the_report_of_each_run_is_the_baseline_of_the_next() {
    let world = messy();
    let note = "there is no such file yet, so every finding is new";
    rolling(&world, &["--new-only"])
        .ends_with(3)
        .complains(&[&format!("note: baseline last.json: {note}")])
        .says(&[
            note,
            "2 new, 0 existing, 0 resolved",
            "result: POLICY DRIFT exit=3",
        ]);
    assert_eq!(saved(&world)["findings"][0]["baseline"], "new");
    let again = rolling(&world, &["--new-only"]).ends_with(0).says(&[
        "0 new, 2 existing, 0 resolved",
        "result: POLICY DRIFT exit=0",
    ]);
    assert!(
        !again.stdout.contains("CLEAN") && !again.stderr.contains("note:"),
        "{again:#?}"
    );
    let report = saved(&world);
    assert_eq!(report["judged"]["flags"]["new_only"], true);
    assert_eq!(
        report["verdict"],
        json!({"exit_code": 0, "complete": true, "drift": true, "policy": true})
    );
    let baseline = report["judged"]["inputs"]
        .as_array()
        .expect("inputs")
        .last()
        .expect("one");
    assert_eq!(
        (&baseline["kind"], &baseline["path"]),
        (&json!("baseline"), &json!("last.json"))
    );
    for finding in report["findings"].as_array().expect("findings") {
        assert_eq!(
            (&finding["baseline"], &finding["why_not"]),
            (&json!("existing"), &json!("existing"))
        );
    }
    // Without the flag it takes nothing away, and what is gone is said.
    rolling(&world, &[])
        .ends_with(3)
        .says(&["in the baseline already"]);
    let mended = World::clean().file("last.json", &world.read("last.json"));
    rolling(&mended, &[])
        .ends_with(0)
        .says(&["Gone since the baseline", "1 resolved"]);
    let junit = mended.run(&["check", "--baseline", "last.json", "--report", "junit"]);
    assert!(junit.stdout.contains("baseline"), "{junit:#?}");
}

#[test]
fn what_is_unread_is_never_in_the_baseline() {
    let world = World::clean().fault(
        json!({"operation": "get", "connector_id": id(1), "error": {"type": "AccessDeniedException"}}),
    );
    for _ in 0..2 {
        rolling(&world, &["--new-only"])
            .ends_with(4)
            .says(&["INCOMPLETE"]);
        assert_eq!(saved(&world)["findings"][0]["baseline"], "new");
    }
    rolling(&world, &["--new-only"])
        .ends_with(4)
        .complains(&["its run was incomplete, and what it didn't read or judge is new"]);
}

#[test]
fn a_baseline_that_is_none_is_no_result_to_trust() {
    let whole = messy();
    rolling(&whole, &[]).ends_with(3);
    let good = whole.read("last.json");
    let cut = &good[..good.len() / 2];
    let edited = good.replacen("\"exit_code\": 3", "\"exit_code\": 0", 1);
    let newer = good.replacen("hubdrift.report/1", "hubdrift.report/2", 1);
    for (text, part) in [
        ("", "last.json:1:1"),
        ("not JSON", "last.json:1:2"),
        ("{}", "missing field"),
        (cut, "was it cut off?"),
        (
            &*edited,
            "the report contradicts itself: its verdict is exit 0",
        ),
        (&*newer, "this version reads \"hubdrift.report/1\""),
        (
            "{\"schema\": \"hubdrift.snapshot/1\"}",
            "hubdrift.snapshot/1",
        ),
    ] {
        let world = messy().file("last.json", text);
        rolling(&world, &[]).ends_with(1).complains(&[part]);
        let report = saved(&world);
        assert_eq!(report["errors"][0]["kind"], "baseline", "{text:.20}");
    }
    let directory = messy().file("last.json/x", "");
    directory
        .run(&["check", "--baseline", "last.json"])
        .ends_with(1)
        .complains(&["is a directory"]);
}

#[test]
fn a_baseline_of_later_is_refused_with_what_to_do() {
    let world = messy();
    let later = [
        "check",
        "--now",
        "2027-01-01T00:00:00Z",
        "--report",
        "json=later.json",
    ];
    let found = world.run(&later);
    assert!(matches!(found.code, 2 | 3), "{found:#?}");
    let said = format!(
        "this is no baseline: it was judged at 2027-01-01T00:00:00Z, which is after {NOW}, the time \
         to judge at: compare with an earlier report, or see which clock or --now is wrong"
    );
    world
        .run(&[
            "check",
            "--baseline",
            "later.json",
            "--new-only",
            "--report",
            "json=r.json",
        ])
        .ends_with(1)
        .complains(&["later.json:1:1", &said]);
    let report: Value = serde_json::from_str(&world.read("r.json")).expect("a report");
    assert_eq!(report["errors"][0]["kind"], "baseline");
    // By a clock too: what is to come was found by nobody.
    let later = world
        .read("later.json")
        .replace("2027-01-01T", "9999-01-01T");
    let world = world.file("later.json", &later);
    world
        .by_the_clock()
        .run(&["check", "--baseline", "later.json", "--new-only"])
        .ends_with(1)
        .complains(&["it was judged at 9999-01-01T00:00:00Z, which is after"]);
}

/// A rule of the team's, which fails.
fn rule(severity: &str, words: &str) -> String {
    format!(
        "const META = #{{id: \"own\", title: \"t\", severity: \"{severity}\", remediation: \"r\"}};\n\
         fn check(ctx) {{ fail(\"{words}\") }}\n"
    )
}

#[test]
fn a_rule_that_was_rewritten_is_named_and_hides_nothing() {
    let check = |world: &World| rolling(world, &["--new-only", "--policies", "own"]);
    let world = World::clean().file("own/own.rhai", &rule("low", "no owner"));
    check(&world).ends_with(3);
    check(&world).ends_with(0);
    let world = world.file(
        "own/own.rhai",
        &format!("// Better.\n{}", rule("low", "no owner")),
    );
    let note = "rules that were rewritten since, of which what they say in the same words is existing: own";
    check(&world)
        .ends_with(0)
        .complains(&[&format!("note: baseline last.json: {note}")])
        .says(&["rules that were rewritten since"]);
    assert_eq!(saved(&world)["judged"]["baseline"]["notes"], json!([note]));
    let worse = world.file("own/own.rhai", &rule("critical", "no owner"));
    check(&worse).ends_with(3);
    let other = worse.file("own/own.rhai", &rule("critical", "a password is in it"));
    check(&other).ends_with(3).says(&["1 new, 0 existing"]);
}

#[test]
fn a_report_of_a_failed_run_makes_everything_new() {
    let world = messy();
    rolling(&world, &[]).ends_with(3);
    let broken = World::clean()
        .file("last.json", &world.read("last.json"))
        .file("hubdrift.yaml", "version: 2");
    rolling(&broken, &["--new-only"]).ends_with(1);
    assert_eq!(saved(&broken)["verdict"]["exit_code"], 1);
    let again = messy().file("last.json", &broken.read("last.json"));
    rolling(&again, &["--new-only"])
        .ends_with(3)
        .complains(&["its run had no result, so every finding is new"]);
    rolling(&again, &["--new-only"]).ends_with(0);
}

#[test]
fn nothing_but_a_json_report_replaces_the_baseline() {
    let world = messy();
    rolling(&world, &[]).ends_with(3);
    let before = world.read("last.json");
    for arguments in [
        &["--report", "html=last.json"][..],
        &["--report", "json=+last.json"],
        &["--save-snapshot", "last.json"],
    ] {
        let all = [&["check", "--baseline", "last.json", "-q"], arguments].concat();
        world.run(&all).ends_with(1).complains(&["last.json"]);
    }
    assert_eq!(world.read("last.json"), before);
}

#[test]
fn only_new_ones_need_something_to_be_new_against() {
    messy()
        .run(&["check", "--new-only"])
        .ends_with(1)
        .complains(&["--baseline"]);
    // A runner's settings name a baseline; they take nothing away.
    let world = messy()
        .env("HUBDRIFT_NEW_ONLY", "true")
        .env("HUBDRIFT_BASELINE", "last.json");
    rolling(&world, &[]).ends_with(3);
    world.run(&["check"]).ends_with(3).says(&["2 existing"]);
    world.run(&["check", "--new-only"]).ends_with(0);
}
