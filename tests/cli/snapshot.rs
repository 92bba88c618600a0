//! What was observed, saved and checked again: the same report, and nothing that looks better.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::support::{Checked, Run, SECRET, World, hubdrift, id, jira, with, without};

/// Runs `hubdrift` where there is no AWS: no credentials, no endpoint, no region.
fn offline(world: &World, arguments: &[&str]) -> Run {
    let mut command = world.command(arguments);
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ] {
        command.env_remove(name);
    }
    // Whoever asks all the same, asks nobody.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    Run::of(command)
}

/// A JSON report without the object that may differ.
fn facts(json: &str) -> String {
    let run = json.find("  \"run\": {").expect("a run");
    let end = run + json[run..].find("\n  },\n").expect("its end");
    format!("{}{}", &json[..run], &json[end..])
}

/// A JUnit report without the times of the run.
fn timeless(junit: &str) -> String {
    let without = |text: &str, name: &str| -> String {
        let mut parts = text.split(name);
        let first = parts.next().unwrap_or_default().to_owned();
        let rest = parts.map(|part| part.split_once('"').expect("a quote").1);
        [first].into_iter().chain(rest.map(str::to_owned)).collect()
    };
    without(&without(junit, " timestamp=\""), " time=\"")
}

const REPORTS: [&str; 3] = ["check", "--report", "json=report.json"];

/// Checks live, saves, and checks what was saved; both reports must be the same to the byte.
fn same(world: &World, more: &[&str]) -> Run {
    let all = |last: [&'static str; 2]| -> Vec<&str> {
        let junit = ["--report", "junit=report.xml"];
        REPORTS
            .iter()
            .chain(&junit)
            .chain(more)
            .copied()
            .chain(last)
            .collect()
    };
    let reports = || {
        (
            facts(&world.read("report.json")),
            timeless(&world.read("report.xml")),
        )
    };
    let live = world.run(&all(["--save-snapshot", "saved.json"]));
    let of_live = reports();
    let replayed = offline(world, &all(["--observed", "saved.json"]));
    assert_eq!(live.code, replayed.code, "{live:#?}{replayed:#?}");
    assert_eq!(live.stdout, replayed.stdout);
    let (json, junit) = reports();
    assert_eq!(of_live.0, json);
    assert_eq!(of_live.1, junit);
    assert!(!world.read("saved.json").contains(SECRET));
    replayed
}

fn quickstart() -> World {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples/01_quickstart")
            .join(name);
        fs::read_to_string(path).expect("a file of the example")
    };
    let state: Value = serde_json::from_str(&read("state.json")).expect("JSON");
    let key = &state["emulator"]["credentials"][0];
    let mut world = World::of_state(state.clone())
        .file("hubdrift.yaml", &read("hubdrift.yaml"))
        .file("waivers.yaml", &read("waivers.yaml"));
    for (name, field) in [
        ("AWS_ACCESS_KEY_ID", "access_key_id"),
        ("AWS_SECRET_ACCESS_KEY", "secret_access_key"),
    ] {
        if let Some(value) = key[field].as_str() {
            world = world.env(name, value);
        }
    }
    world
}

#[test]
fn the_quickstart_is_the_same_when_it_is_replayed() {
    let replayed = same(&quickstart(), &["--include-observed"]);
    assert_eq!(replayed.code, 4, "{replayed:#?}");
}

fn fault(connector: u32, fault: &Value) -> Value {
    let mut all = json!({"operation": "get", "connector_id": id(connector)});
    for (key, value) in fault.as_object().expect("an object") {
        all[key] = value.clone();
    }
    all
}

/// Every way in which a connector can be unread, beside a clean one and an unmanaged one.
fn faulty() -> World {
    let error = |kind: &str| json!({"error": {"type": kind, "message": "it is\u{1b}[31m so"}});
    World::new()
        .has_tagged(jira(1, "alpha"), &json!({"team": "secops"}))
        .has(jira(2, "beta"))
        .has(without(jira(3, "gamma"), "/Health"))
        .has(with(jira(4, "delta"), "/Name", json!(5)))
        .has(jira(5, "stray"))
        .has(jira(6, "echo"))
        .expects("id: alpha, name: alpha, expect: {tags: {team: platform}}")
        .expects("id: beta, name: beta")
        .expects("id: gamma, name: gamma")
        .expects(&format!("id: delta, connector_id: {}", id(4)))
        .expects(&format!("id: gone, connector_id: {}", id(40)))
        .expects("id: echo, name: echo")
        .expects("id: nobody, name: nobody")
        .lists(&json!([
            {"ConnectorId": id(1), "Name": "alpha"}, {"ConnectorId": id(2), "Name": "beta"},
            {"ConnectorId": id(3), "Name": "gamma"}, {"ConnectorId": id(4), "Name": "delta"},
            {"ConnectorId": id(5), "Name": "stray"}, {"ConnectorId": id(6), "Name": "echo"},
        ]))
        .fault(fault(2, &error("AccessDeniedException")))
        .fault(fault(6, &json!({"drop": true})))
}

#[test]
fn what_was_not_read_is_as_unread_when_it_is_replayed() {
    let replayed = same(&faulty(), &["--max-attempts", "1", "--include-observed"]);
    assert_eq!(replayed.code, 4, "{replayed:#?}");
}

/// What the list and the answers say against each other.
fn contradicting() -> World {
    World::new()
        .has(jira(1, "alpha"))
        .has(jira(2, "beta"))
        .has(jira(3, "stray"))
        .has(jira(4, "delta"))
        .expects(&format!("id: alpha, connector_id: {}", id(1)))
        .expects("id: beta, name: beta")
        .expects(&format!("id: gone, connector_id: {}", id(9)))
        .expects(&format!(
            "id: arn, connector_arn: \"arn:aws:securityhub:us-east-1:111122223333:connectorv2/{}\"",
            id(4)
        ))
        .lists(&json!([
            {"ConnectorId": id(2), "Name": "other"}, {"ConnectorId": id(3), "Name": "stray"},
            {"ConnectorId": id(4), "Name": "delta"}, {"ConnectorId": id(9), "Name": "gone"},
        ]))
}

#[test]
fn what_contradicts_itself_does_so_when_it_is_replayed() {
    let world = contradicting();
    let replayed = same(&world, &["--include-observed"]);
    assert_eq!(replayed.code, 4, "{replayed:#?}");
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    let kinds = |kind: &str| {
        let all = report["findings"].as_array().expect("findings");
        all.iter().filter(|it| it["kind"] == kind).count()
    };
    assert_eq!(
        (kinds("unread"), kinds("unlisted"), kinds("missing")),
        (2, 1, 0)
    );
    let everything = same(
        &World::new()
            .has(jira(1, "a"))
            .lists(&json!([]))
            .expects(&format!("id: a, connector_id: {}", id(1))),
        &[],
    );
    assert_eq!(everything.code, 4);
}

#[test]
fn targets_and_listings_that_failed_have_failed_when_they_are_replayed() {
    let denied = json!({"error": {"type": "AccessDeniedException", "message": "no"}});
    let mut list = denied.clone();
    list["operation"] = json!("list");
    let unlisted = World::clean().fault(list);
    assert_eq!(same(&unlisted, &[]).code, 4);
    let disabled = World::clean().target_state("hub", "disabled");
    assert_eq!(same(&disabled, &[]).code, 4);
    let off = World::new()
        .target_state("hub", "disabled")
        .target_setting("hub: disabled");
    assert_eq!(same(&off, &[]).code, 0);
    let elsewhere = World::clean().file(
        "hubdrift.yaml",
        "version: 1\ntargets:\n  prod: {account: \"444455556666\", region: us-east-1}\n",
    );
    assert_eq!(same(&elsewhere, &[]).code, 4);
}

#[test]
fn a_clean_account_is_clean_when_it_is_replayed_and_says_of_when() {
    let world = World::clean();
    let replayed = same(&world, &[]);
    assert_eq!(replayed.code, 0);
    assert!(replayed.stdout.contains("observed 20"), "{replayed:#?}");
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    let inputs = report["judged"]["inputs"].as_array().expect("inputs");
    let snapshot = inputs.iter().find(|it| it["kind"] == "snapshot");
    let snapshot = snapshot.expect("the snapshot is an input");
    assert_eq!(snapshot["path"], "saved.json");
    assert_eq!(snapshot["sha256"].as_str().expect("a digest").len(), 64);
}

#[test]
fn the_snapshot_command_says_whether_all_was_read() {
    let world = World::clean();
    world
        .run(&["snapshot", "-o", "s.json"])
        .ends_with(0)
        .complains(&["saved s.json: 1/1 targets, 1/1 connectors read"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(world.path("s.json"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    offline(&world, &["check", "--observed", "s.json"]).ends_with(0);
    let printed = world.run(&["snapshot", "-q", "-o", "-"]).ends_with(0);
    assert!(
        printed
            .stdout
            .starts_with("{\n  \"schema\": \"hubdrift.snapshot/1\"")
    );

    let world = faulty();
    world
        .run(&["snapshot", "-o", "s.json", "--max-attempts", "1"])
        .ends_with(4)
        .complains(&["unread: prod/beta access_denied", "it is\\u{1b}[31m so"]);
    assert!(!world.read("s.json").contains(SECRET));

    let world = World::clean();
    world
        .run(&["snapshot", "-o", "nowhere/s.json"])
        .ends_with(1)
        .complains(&["nowhere/s.json"]);
    world.run(&["snapshot"]).ends_with(1);
    let nobody = World::clean()
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    fs::write(nobody.path("s.json"), "older").expect("it is written");
    nobody.run(&["snapshot", "-o", "s.json"]).ends_with(1);
    assert_eq!(nobody.read("s.json"), "older", "nothing was observed");
    assert!(
        !nobody
            .files()
            .iter()
            .any(|name| name.starts_with(".hubdrift"))
    );
}

#[test]
fn a_snapshot_is_served_as_the_account_was() {
    for (world, code) in [(World::clean(), 0), (faulty(), 4), (quickstart(), 4)] {
        let live = world.check(&["--max-attempts", "1", "--save-snapshot", "s.json"]);
        assert_eq!(live.run.code, code);
        let mut state: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
        state["emulator"] = json!({});
        let inventory = world.read("hubdrift.yaml");
        let mut again = World::of_state(state).file("hubdrift.yaml", &inventory);
        if world.files().contains(&"waivers.yaml".to_owned()) {
            again = again.file("waivers.yaml", &world.read("waivers.yaml"));
        }
        let again = again.check(&["--max-attempts", "1"]);
        assert_eq!(again.run.code, code, "{:#?}", again.run);
        assert_eq!(again.report["verdict"], live.report["verdict"]);
        assert_eq!(again.report["summary"], live.report["summary"]);
    }
}

/// Checks a file of `answers`.
fn observed(world: World, answers: &str) -> Checked {
    let world = world.file("answers.json", answers);
    world.check(&["--observed", "answers.json"])
}

#[test]
fn a_saved_answer_is_clean_only_where_nothing_else_is_asked() {
    let answer = jira(1, "alpha").to_string();
    let ignoring = || World::clean().target_setting("unmanaged: ignore");
    // By its name it may be one of two.
    let named = observed(ignoring(), &answer).ends_with(4);
    assert_eq!(named.unread("prod/alpha"), "not_in_file");
    let by_id = || World::new().expects(&format!("id: alpha, connector_id: {}", id(1)));
    let ignoring = || by_id().target_setting("unmanaged: ignore");
    let clean = observed(ignoring(), &answer).ends_with(0);
    assert_eq!(clean.state("prod/alpha"), "in_sync");
    clean.says("observed at a time that the file doesn't say, in answers.json");

    let unlisted = observed(by_id(), &answer).ends_with(4);
    assert_eq!(unlisted.state("prod/alpha"), "in_sync");
    assert_eq!(unlisted.findings("unlisted").len(), 1);

    // By name or by id: what the file doesn't hold is not missing.
    for identity in ["name: beta".to_owned(), format!("connector_id: {}", id(2))] {
        let lost = observed(
            ignoring().expects(&format!("id: beta, {identity}")),
            &answer,
        );
        let lost = lost.ends_with(4);
        assert_eq!(lost.unread("prod/beta"), "not_in_file");
        assert_eq!(lost.findings("missing").len(), 0);
    }
    let tagged = World::new()
        .target_setting("unmanaged: ignore")
        .expects(&format!(
            "id: alpha, connector_id: {}, expect: {{tags: {{team: null}}}}",
            id(1)
        ));
    let tagged = observed(tagged, &answer).ends_with(4);
    assert_eq!(tagged.unread("prod/alpha"), "not_in_file");

    let lacking = without(jira(1, "alpha"), "/Health").to_string();
    let lacking = observed(ignoring(), &lacking).ends_with(4);
    assert_eq!(lacking.unread("prod/alpha"), "malformed_response");
    let other_account = answer.replace("111122223333", "444455556666");
    observed(ignoring(), &other_account).ends_with(4);
    observed(ignoring(), "[]").ends_with(4);

    // One that nobody expects is known to be there, and the others are not.
    let stray = format!("[{answer},{}]", jira(2, "stray"));
    let stray = observed(World::clean(), &stray).ends_with(4);
    assert_eq!(stray.findings("unmanaged").len(), 1);
}

#[test]
fn a_file_that_is_no_evidence_is_no_result() {
    let refused = |text: &str, says: &str| {
        let checked = observed(World::clean().target_setting("unmanaged: ignore"), text);
        let checked = checked.ends_with(1);
        assert_eq!(checked.report["errors"][0]["kind"], "snapshot");
        let said = checked.report["errors"][0]["message"]
            .as_str()
            .expect("text");
        assert!(said.contains(says), "{said}");
        assert!(checked.report["errors"][0]["location"]["line"].is_u64());
    };
    refused("{}", "says nothing");
    refused("", "empty");
    refused(r#"{"Connectors": []}"#, "list-connectors-v2");
    refused("{\"schema\":", "EOF");
    refused(&jira(1, "alpha").to_string()[..200], "EOF");
    let world = World::clean();
    world
        .run(&["check", "--observed", "nowhere.json"])
        .ends_with(1)
        .complains(&["there is no file `nowhere.json`"]);
    world
        .run(&["check", "--observed", "a", "--save-snapshot", "b"])
        .ends_with(1)
        .complains(&["cannot be used with"]);
    let place = world
        .file("bad.json", "{\n \"schema\": \"hubdrift.snapshot/9\"}")
        .run(&["check", "--observed", "bad.json"])
        .ends_with(1);
    place.complains(&["bad.json:2:33", "hubdrift.snapshot/9"]);
}

#[test]
fn an_old_snapshot_is_refused_where_an_age_is_asked_for() {
    let world = World::clean();
    world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
    let mut state: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
    for time in ["/taken_at", "/targets/0/connectors/0/observed_at"] {
        *state.pointer_mut(time).expect("a time") = json!("2026-11-22T09:00:00Z");
    }
    let world = world.file("s.json", &state.to_string());
    let check = |more: &[&str]| {
        let all = [&["--observed", "s.json"], more].concat();
        world.check(&all)
    };
    check(&[])
        .ends_with(0)
        .says("observed 2026-11-22T09:00:00Z, 3 hours before now, in s.json");
    check(&["--max-age", "3h"]).ends_with(0);
    let refused = check(&["--max-age", "2h 59m"]).ends_with(1);
    assert_eq!(refused.report["errors"][0]["kind"], "snapshot");
    refused.run.complains(&["`s.json` is too old"]);
    // No setting of a runner takes the age away, or sets it.
    let set = world
        .env("HUBDRIFT_MAX_AGE", "1h")
        .env("HUBDRIFT_OBSERVED", "s.json");
    set.check(&[]).ends_with(0);
}

#[test]
fn the_snapshot_has_a_place_of_its_own() {
    let world = World::clean();
    world
        .run(&[
            "check",
            "--report",
            "json=a.json",
            "--save-snapshot",
            "a.json",
        ])
        .ends_with(1)
        .complains(&["a report and the snapshot go to"]);
    world
        .run(&["check", "--save-snapshot", "-"])
        .ends_with(1)
        .complains(&["the text report goes to standard output"]);
    let printed = hubdrift(&world.path("home"), &["schema", "snapshot"]);
    let schema = Run::of(printed).ends_with(0);
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/snapshot.schema.json");
    assert_eq!(
        schema.stdout,
        fs::read_to_string(committed).expect("it is committed")
    );
}
