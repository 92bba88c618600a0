//! Bad input through the real binary: exit 1, each problem with its place, and all of them at once.

use std::time::{Duration, Instant};

use crate::support::{World, jira};

/// Checks and validates a world whose input is broken: both end with 1 and say the same.
#[track_caller]
fn refused(world: &World, parts: &[&str]) {
    for command in ["check", "validate"] {
        let run = world.run(&[command]).ends_with(1);
        assert_eq!(run.stdout, "", "{run:#?}");
        run.complains(parts);
    }
    let checked = world.check(&[]).ends_with(1);
    assert!(
        !checked.report["errors"]
            .as_array()
            .expect("errors")
            .is_empty()
    );
}

fn inventory(text: &str) -> World {
    World::new().file("hubdrift.yaml", text)
}

#[test]
fn inventories_that_are_none() {
    refused(&inventory(""), &["hubdrift.yaml", "empty"]);
    refused(&inventory("# nothing\n"), &["hubdrift.yaml", "empty"]);
    refused(&inventory("{ not: [yaml"), &["hubdrift.yaml:1:"]);
    refused(&inventory("\tversion: 1\n"), &["hubdrift.yaml:1:"]);
    refused(&inventory("- a\n- b\n"), &["hubdrift.yaml:1:1"]);
    refused(&inventory("hello"), &["hubdrift.yaml:1:1"]);
    let bytes = World::new();
    std::fs::write(bytes.path("hubdrift.yaml"), [0xff, 0xfe, 0x00]).expect("written");
    refused(&bytes, &["hubdrift.yaml"]);
}

#[test]
fn a_file_that_is_not_there() {
    let world = World::clean();
    for command in ["check", "validate"] {
        world
            .run(&[command, "other.yaml"])
            .ends_with(1)
            .complains(&["there is no file `other.yaml`"]);
        world
            .run(&[command, "home"])
            .ends_with(1)
            .complains(&["`home` is a directory"]);
        world
            .run(&[command, "--waivers", "w.yaml"])
            .ends_with(1)
            .complains(&["there is no file `w.yaml`"]);
        world
            .run(&[command, "--policies", "p"])
            .ends_with(1)
            .complains(&["`p`"]);
        // What one file says is not enough where two were named.
        world
            .run(&[command, "hubdrift.yaml", "other.yaml"])
            .ends_with(1);
    }
    refused(
        &World::clean().inventory_more("waivers: gone.yaml"),
        &["hubdrift.yaml:6:10", "gone.yaml"],
    );
    refused(
        &World::clean().inventory_more("policies: {paths: [gone/]}"),
        &["hubdrift.yaml:6:", "gone"],
    );
}

#[test]
fn a_yaml_bomb_is_refused_at_once() {
    let began = Instant::now();
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (one, next) in "abcdefghij".chars().zip("bcdefghijk".chars()) {
        bomb.push_str(&format!(
            "{next}: &{next} [*{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}]\n"
        ));
    }
    refused(&inventory(&bomb), &["hubdrift.yaml:"]);
    let deep = format!("version: {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&inventory(&deep), &["hubdrift.yaml:1:"]);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn mistakes_in_an_inventory_have_their_place() {
    let cases = [
        (
            "version: 1\nversion: 1\nconnectors: []\n",
            "hubdrift.yaml:2:1",
            "version",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, nmae: a}\n",
            "hubdrift.yaml:3:13",
            "name",
        ),
        (
            "version: 1\nconnectors: 7\n",
            "hubdrift.yaml:2:13",
            "connectors",
        ),
        (
            "version: \"1\"\nconnectors: []\n",
            "hubdrift.yaml:1:10",
            "version",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, connector_arn: \"arn:aws:s3:::x\"}\n",
            "hubdrift.yaml:3:28",
            "arn",
        ),
        (
            "version: 1\ntargets:\n  p: {account: 111122223333, region: us-east-1}\nconnectors: []\n",
            "hubdrift.yaml:3:16",
            "quot",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, name: a}\n  - {id: a, name: b}\n",
            "hubdrift.yaml:4:10",
            "default/a",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, name: a}\n  - {id: b, name: a}\n",
            "hubdrift.yaml:4:",
            "a",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, connector_id: x}\n",
            "hubdrift.yaml:3:",
            "UUID",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, name: a, expect: {created_at: x}}\n",
            "hubdrift.yaml:3:",
            "created_at",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, name: a, target: q}\n",
            "hubdrift.yaml:3:",
            "`q`",
        ),
        (
            "version: 1\nconnectors:\n  - {id: a, name: a, expect: {description: {matches: \"(\"}}}\n",
            "hubdrift.yaml:3:",
            "(",
        ),
    ];
    for (text, place, word) in cases {
        refused(&inventory(text), &[place, word]);
    }
}

#[test]
fn mistakes_in_rules_have_their_place() {
    let world = |text: &str| {
        World::clean()
            .file("p/own.rhai", text)
            .inventory_more("policies: {paths: [p/]}")
    };
    let meta =
        "const META = #{id: \"own\", title: \"t\", severity: \"low\", remediation: \"r\"};\n";
    refused(
        &world(&format!("{meta}fn check(ctx) {{\n    pass(\n}}\n")),
        &["p/own.rhai:4:1"],
    );
    refused(
        &world(&format!("{meta}fn check(ctx) {{ pass() \n")),
        &["p/own.rhai:"],
    );
    refused(&world(meta), &["p/own.rhai", "check"]);
    refused(
        &world("fn check(ctx) { pass() }\n"),
        &["p/own.rhai", "META"],
    );
    let unknown = meta.replace("title:", "titel:");
    refused(
        &world(&format!("{unknown}fn check(ctx) {{ pass() }}\n")),
        &["p/own.rhai:1:", "titel", "title"],
    );
    let other = meta.replace("own", "other");
    refused(
        &world(&format!("{other}fn check(ctx) {{ pass() }}\n")),
        &["p/own.rhai:1:", "other", "own"],
    );
    let odd = meta.replace("low", "lowest");
    refused(
        &world(&format!("{odd}fn check(ctx) {{ pass() }}\n")),
        &["p/own.rhai:1:", "lowest"],
    );
    refused(
        &world(&format!("{meta}fn check(ctx) {{ pass() }}\nprint(1);\n")),
        &["p/own.rhai:3:"],
    );
    refused(&world(""), &["p/own.rhai"]);
    let twice = format!("{meta}fn check(ctx) {{ pass() }}\n");
    refused(
        &world(&twice)
            .file("q/own.rhai", &twice)
            .inventory_more("")
            .file(
                "hubdrift.yaml",
                "version: 1\nconnectors: [{id: a, name: a}]\npolicies: {paths: [p/, q/]}\n",
            ),
        &["p/own.rhai", "q/own.rhai"],
    );
    refused(
        &World::clean()
            .file("p/readme.md", "")
            .inventory_more("policies: {paths: [p/]}"),
        &["p", "no rule"],
    );
    refused(
        &World::clean().inventory_more("policies: {rules: [{rule: kms-key-sett}]}"),
        &["hubdrift.yaml:6:", "kms-key-set"],
    );
    refused(
        &World::clean().inventory_more(
            "policies: {rules: [{rule: health-check-fresh, params: {max_age_hours: many}}]}",
        ),
        &["hubdrift.yaml:6:", "max_age_hours"],
    );
}

#[test]
fn mistakes_in_waivers_have_their_place() {
    let world = |text: &str| {
        World::clean()
            .file("w.yaml", text)
            .inventory_more("waivers: w.yaml")
    };
    let entry = |inside: &str| world(&format!("version: 1\nwaivers:\n  - {{{inside}}}\n"));
    refused(&world(""), &["w.yaml"]);
    refused(&world("version: 1\nwaivers: [\n"), &["w.yaml:"]);
    refused(
        &world("version: 1\nwavers: []\n"),
        &["w.yaml:2:1", "waivers"],
    );
    refused(
        &entry(
            "rule: kms-key-sett, connector: prod/alpha, reason: r, owner: o, expires: 2027-01-01",
        ),
        &["w.yaml:3:", "kms-key-sett", "kms-key-set"],
    );
    refused(
        &entry("rule: kms-key-set, connector: prod/alpha, reason: r, owner: o"),
        &["w.yaml:3:", "expires"],
    );
    refused(
        &entry("rule: kms-key-set, connector: prod/alpha, reason: r, expires: 2027-01-01"),
        &["w.yaml:3:", "owner"],
    );
    refused(
        &entry(
            "rule: kms-key-set, connector: prod/alpha, reason: r, owner: o, expires: 2099-01-01",
        ),
        &["w.yaml:3:", "180"],
    );
    refused(
        &entry("rule: kms-key-set, connector: prod/alpha, reason: r, owner: o, expires: soon"),
        &["w.yaml:3:", "expires"],
    );
    refused(
        &entry(
            "rule: kms-key-set, connector: \"prod/*\", reason: r, owner: o, expires: 2027-01-01",
        ),
        &["w.yaml:3:", "allow_wildcard"],
    );
    refused(
        &entry(
            "drift: kms_key_arn, connector: prod/alpha, reason: r, owner: o, expires: 2027-01-01",
        ),
        &["w.yaml:3:", "observed"],
    );
}

#[test]
fn everything_that_is_wrong_is_said_in_one_run() {
    let world = inventory("version: 1\nconnectors:\n  - {id: a, nmae: a}\n  - {id: b, name: b, expect: {created_at: x}}\n")
        .file("p/one.rhai", "fn check(")
        .file("p/two.rhai", "fn check(ctx) { pass() }")
        .file("w.yaml", "version: 1\nwaivers:\n  - {rule: x}\n");
    for command in ["check", "validate"] {
        let run = world
            .run(&[command, "--policies", "p", "--waivers", "w.yaml"])
            .ends_with(1);
        run.complains(&[
            "hubdrift.yaml:3:",
            "hubdrift.yaml:4:",
            "p/one.rhai:1:",
            "p/two.rhai",
            "w.yaml:3:",
        ]);
    }
    let checked = world
        .check(&["--policies", "p", "--waivers", "w.yaml"])
        .ends_with(1);
    let errors = checked.report["errors"].as_array().expect("errors");
    for kind in ["inventory", "rules", "waivers"] {
        assert!(
            errors.iter().any(|error| error["kind"] == kind),
            "{kind}: {errors:#?}"
        );
    }
}

#[test]
fn validate_needs_no_aws() {
    let world = World::clean()
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let run = world.run(&["validate"]).ends_with(0);
    assert_eq!(
        run.stdout,
        "valid: 1 target, 1 expected connector, 13 rules, 0 waivers\n"
    );
    let run = world.run(&["validate", "-q"]).ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn several_files_are_one_inventory() {
    let target = "targets:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
    let world = World::new()
        .has(jira(1, "alpha"))
        .has(jira(2, "beta"))
        .file(
            "a.yaml",
            &format!("version: 1\n{target}connectors:\n  - {{id: alpha, name: alpha}}\n"),
        )
        .file(
            "b.yaml",
            &format!("version: 1\n{target}connectors:\n  - {{id: beta, name: beta}}\n"),
        )
        .file(
            "c.yaml",
            "version: 1\ntargets:\n  prod: {account: \"111122223333\", region: eu-west-1}\n",
        );
    world.check(&["a.yaml", "b.yaml"]).ends_with(0);
    world.check(&["a.yaml"]).ends_with(2);
    world.check(&["a.yaml", "c.yaml"]).ends_with(1);
    world.check(&["a.yaml", "a.yaml"]).ends_with(1);
}
