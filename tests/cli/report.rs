//! `hubdrift report` and `--shard`: saved reports rendered again, and put together.

use std::{fs, process::Command};

use hubdrift::report::Format;
use serde_json::Value;

use crate::{
    exit_codes::scenarios,
    support::{NOW, Run, World, assert_whole, every, hubdrift, jira, without},
};

fn messy() -> World {
    World::new()
        .has(without(jira(1, "al\u{202e}pha"), "/KmsKeyArn"))
        .has(jira(2, "beta"))
        .expects("id: alpha, name: \"al\\u202epha\", expect: {description: other}")
}

fn run(world: &World, arguments: &[&str], more: &[String]) -> Run {
    let all: Vec<_> = arguments
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
        .collect();
    world.run(&all)
}

#[test]
fn a_saved_report_gives_what_the_run_itself_gave() {
    let worlds = [
        (messy(), 3),
        (World::clean(), 0),
        (World::clean().file("hubdrift.yaml", "version: 2"), 1),
    ];
    for (world, code) in worlds {
        let first = run(&world, &["check", "--include-observed"], &every("first")).ends_with(code);
        let again = run(&world, &["report", "first.json"], &every("again")).ends_with(code);
        for format in Format::ALL {
            let of = |name: &str| world.read(&format!("{name}.{}", format.as_str()));
            assert_eq!(of("again"), of("first"), "{}", format.as_str());
            assert_whole(format, &of("first"));
        }
        if code != 1 {
            assert_eq!(again.stdout, first.stdout, "what is said on a terminal");
        }
        // From a pipe, too; and without a word where none is asked for.
        let piped = Command::new("sh")
            .arg("-c")
            .arg("exec \"$0\" report - -q --report junit < first.json")
            .arg(env!("CARGO_BIN_EXE_hubdrift"))
            .current_dir(world.path("."))
            .output()
            .expect("it runs");
        assert_eq!(piped.status.code(), Some(code));
        assert_eq!(
            String::from_utf8(piped.stdout).expect("text"),
            world.read("first.junit")
        );
    }
}

#[test]
fn all_formats_of_a_run_end_as_the_run_does_and_are_what_its_json_report_gives() {
    for (name, world, code, result) in scenarios() {
        let alone = world.run(&["check"]).ends_with(code);
        let first = run(&world, &["check"], &every("first"));
        assert_eq!(first.code, code, "{name}: {first:#?}");
        let again = run(&world, &["report", "first.json"], &every("again"));
        assert_eq!(again.code, code, "{name}: {again:#?}");
        for said in [&alone.stdout, &first.stdout, &again.stdout] {
            assert!(said.contains(result), "{name}: {said}");
        }
        for format in Format::ALL {
            let of = |name: &str| world.read(&format!("{name}.{}", format.as_str()));
            assert_eq!(of("again"), of("first"), "{name} as {}", format.as_str());
            assert_whole(format, &of("first"));
            // And when it is the only one that is asked for.
            let one = format!("{}=one", format.as_str());
            let only = world.run(&["report", "first.json", "-q", "--report", &one]);
            assert_eq!(only.code, code, "{name} as {}", format.as_str());
            assert_eq!(world.read("one"), of("first"), "{name}");
        }
    }
}

/// Runs hubdrift without AWS, an environment or an inventory.
fn alone(world: &World, arguments: &[&str]) -> Run {
    let home = world.path("home");
    fs::create_dir_all(&home).expect("a home");
    let mut command = hubdrift(&home, arguments);
    command.current_dir(world.path("."));
    Run::of(command)
}

/// Four targets with a connector each, which are to be read from a file.
fn four() -> World {
    let mut inventory = "version: 1\ntargets:\n".to_owned();
    let mut targets = Vec::new();
    for n in 1..5_u32 {
        let account = format!("{n}").repeat(12);
        inventory.push_str(&format!(
            "  t{n}: {{account: \"{account}\", region: us-east-1}}\n"
        ));
        let body = jira(n, "same")
            .to_string()
            .replace("111122223333", &account);
        let body: Value = serde_json::from_str(&body).expect("a body");
        targets.push(serde_json::json!({
            "name": format!("t{n}"), "account": account, "region": "us-east-1", "hub": "enabled",
            "listing": {"complete": true, "summaries": [{"ConnectorId": body["ConnectorId"], "Name": "same"}]},
            "connectors": [{"connector_id": body["ConnectorId"], "observed_at": NOW, "body": body, "tags": {}}],
        }));
    }
    inventory.push_str("connectors:\n");
    for n in 1..5 {
        inventory.push_str(&format!("  - {{id: c, target: t{n}, name: same}}\n"));
    }
    let snapshot = serde_json::json!({"schema": "hubdrift.snapshot/1", "targets": targets});
    World::new()
        .file("hubdrift.yaml", &inventory)
        .file("s.json", &snapshot.to_string())
}

fn check(world: &World, more: &[&str]) -> Run {
    let all = [&["check", "--observed", "s.json"], more].concat();
    alone(world, &all)
}

#[test]
fn the_shards_of_a_run_make_one_report() {
    let world = four();
    let whole = check(&world, &["--report", "json=whole.json"])
        .ends_with(0)
        .says(&["result: CLEAN exit=0"]);
    for n in 1..=3 {
        let shard = format!("{n}/3");
        let to = format!("json=shard-{n}.json");
        let run = check(&world, &["--shard", &shard, "--report", &to]).ends_with(0);
        assert!(!run.stdout.contains("CLEAN"), "{run:#?}");
        assert!(run.stdout.contains(&format!("shard {n}/3")), "{run:#?}");
        let report: Value =
            serde_json::from_str(&world.read(&format!("shard-{n}.json"))).expect("JSON");
        assert_eq!(report["judged"]["scope"]["shard"], shard);
        assert_eq!(
            report["targets"].as_array().expect("targets").len(),
            4,
            "each knows all"
        );
    }
    let shards = ["report", "shard-3.json", "shard-1.json", "shard-2.json"];
    let merged = alone(
        &world,
        &[&shards[..], &["--report", "json=merged.json"]].concat(),
    )
    .ends_with(0);
    assert_eq!(merged.stdout, whole.stdout);
    let without_times = |name: &str| -> Value {
        let mut report: Value = serde_json::from_str(&world.read(name)).expect("JSON");
        report["run"] = Value::Null;
        for target in report["targets"].as_array_mut().expect("targets") {
            target["shard"] = Value::Null;
        }
        report
    };
    assert_eq!(without_times("merged.json"), without_times("whole.json"));
    // What was put together is whole, and can be read again.
    alone(&world, &["report", "merged.json"])
        .ends_with(0)
        .says(&["CLEAN"]);
}

#[test]
fn a_lost_shard_is_incomplete_and_named() {
    let world = four();
    for n in 1..=2 {
        let (shard, to) = (format!("{n}/2"), format!("json=shard-{n}.json"));
        check(&world, &["--shard", &shard, "--report", &to]).ends_with(0);
    }
    for (there, lost) in [(1, 2), (2, 1)] {
        let there = format!("shard-{there}.json");
        let run = alone(
            &world,
            &[
                "report",
                &there,
                "--report",
                "text",
                "--report",
                "junit=j.xml",
            ],
        )
        .ends_with(4);
        assert!(run.stdout.contains("result: INCOMPLETE exit=4"), "{run:#?}");
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(&format!("shard {lost}/2 is not among the reports")),
            "{words}"
        );
        assert!(world.read("j.xml").contains("<error"));
    }
}

#[test]
fn a_shard_that_failed_is_named_when_its_report_is_merged() {
    let world = four();
    check(&world, &["--shard", "1/2", "--report", "json=1.json"]).ends_with(0);
    let failed = [
        "check",
        "--observed",
        "none.json",
        "--shard",
        "2/2",
        "--report",
        "json=2.json",
    ];
    alone(&world, &failed).ends_with(1);
    alone(&world, &["report", "1.json", "2.json"])
        .ends_with(1)
        .says(&[
            "shard 2/2: there is no file `none.json`",
            "ERROR INCOMPLETE exit=1",
        ]);
}

#[test]
fn an_empty_shard_is_fine_and_an_empty_run_is_not() {
    let world = four();
    let codes: Vec<_> = (1..=40)
        .map(|n| check(&world, &["-q", "--shard", &format!("{n}/40")]).code)
        .collect();
    assert!(codes.iter().all(|code| *code == 0), "{codes:?}");
    let nothing = World::new().file(
        "hubdrift.yaml",
        "version: 1\ntarget_defaults: {unmanaged: ignore}\n",
    );
    alone(&nothing, &["check", "--shard", "1/2"])
        .ends_with(1)
        .complains(&["nothing would be checked"]);
    for shard in ["0/2", "3/2", "1", "1/999", "a/b"] {
        check(&world, &["--shard", shard])
            .ends_with(1)
            .complains(&["is no shard"]);
    }
}

#[test]
fn what_can_not_be_read_is_refused_with_its_place_and_leaves_nothing_green() {
    let world = World::clean();
    world
        .run(&["check", "--report", "json=good.json"])
        .ends_with(0);
    let good = world.read("good.json");
    let cut: String = good.chars().take(good.len() / 2).collect();
    let place = format!("bad.json:{}:", cut.lines().count());
    let kind = good.replacen(
        "\"state\": \"in_sync\"",
        "\"state\": \"\\u001b[31mgreen\"",
        1,
    );
    for (text, part) in [
        ("", "bad.json:1:"),
        ("{\"schema\": 1}", "bad.json:1:12"),
        (&*cut, &*place),
        (&*kind, "unknown variant"),
        (
            &*good.replacen("hubdrift.report/1", "hubdrift.report/9", 1),
            "hubdrift.report/9",
        ),
        (
            &*good.replacen("\"complete\": true", "\"complete\": false", 1),
            "contradicts itself",
        ),
    ] {
        let world = World::new()
            .file("bad.json", text)
            .file("old.json", &good)
            .file("old.xml", "<green/>");
        let run = alone(
            &world,
            &[
                "report",
                "bad.json",
                "--report",
                "json=old.json",
                "--report",
                "junit=old.xml",
            ],
        )
        .ends_with(1)
        .complains(&[part]);
        assert!(!run.stderr.contains('\u{1b}'), "{run:#?}");
        let report: Value = serde_json::from_str(&world.read("old.json")).expect("JSON");
        assert_eq!(report["errors"][0]["kind"], "report");
        assert!(world.read("old.xml").contains("<error"));
    }
    alone(&world, &["report", "none.json", "other.json"])
        .ends_with(1)
        .complains(&[
            "there is no file `none.json`",
            "there is no file `other.json`",
        ]);
    alone(&world, &["report"]).ends_with(1);
    alone(&world, &["report", "good.json", "good.json"])
        .ends_with(1)
        .complains(&["`good.json` is no shard's report"]);
    let before = world.read("good.json");
    alone(
        &world,
        &["report", "good.json", "--report", "json=good.json"],
    )
    .ends_with(1)
    .complains(&["is read by this run"]);
    assert_eq!(world.read("good.json"), before);
}

#[test]
fn another_version_s_report_says_so() {
    let world = World::clean();
    world
        .run(&["check", "--report", "json=a.json"])
        .ends_with(0);
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let newer = world
        .read("a.json")
        .replacen(&version, "\"version\": \"99.0.0\"", 1)
        .replacen("\"run\": {", "\"added_later\": [1],\n  \"run\": {", 1);
    let world = world.file("b.json", &newer);
    alone(&world, &["report", "b.json"])
        .ends_with(0)
        .complains(&["`b.json` was written by hubdrift 99.0.0"]);
    alone(&world, &["report", "b.json", "-q"]).ends_with(0);
    // What it found that this version doesn't know is not left out.
    let kind = newer.replacen(
        "\"findings\": []",
        "\"findings\": [{\"kind\": \"later\"}]",
        1,
    );
    let world = world.file("c.json", &kind);
    for arguments in [
        &["report", "c.json"][..],
        &["check", "--baseline", "c.json"],
    ] {
        alone(&world, arguments)
            .ends_with(1)
            .complains(&["unknown variant `later`", "if a newer hubdrift wrote it"]);
    }
}

#[test]
fn the_schemas_are_printed_as_they_are_committed() {
    let world = World::new();
    for what in ["report", "waivers", "inventory", "snapshot"] {
        let committed = format!("{}/schemas/{what}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let printed = alone(&world, &["schema", what]).ends_with(0).stdout;
        assert_eq!(
            printed,
            fs::read_to_string(committed).expect("it is committed")
        );
    }
}
