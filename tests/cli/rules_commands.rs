//! `hubdrift rules …`: rules written, shown and tested as their authors do it, without AWS.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Run, hubdrift};

/// A directory in which `hubdrift` is run.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("written");
        self
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    #[track_caller]
    fn rules(&self, arguments: &[&str]) -> Run {
        self.run(&[&["rules"], arguments].concat())
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = hubdrift(self.0.path(), arguments);
        command.current_dir(self.0.path());
        let run = Run::of(command);
        for out in [&run.stdout, &run.stderr] {
            assert!(
                out.chars().all(|c| c == '\n' || !c.is_control()),
                "{run:#?}"
            );
        }
        run
    }
}

const INVENTORY: &str = "version: 1\ntargets: {prod: {}}\nconnectors: []\npolicies:\n  paths: [policies]\n  rules:\n    - {rule: kms-key-set, level: advisory, severity: low}\n    - {rule: health-check-fresh, params: {max_age_hours: 48}}\n";

#[test]
fn a_new_rule_and_its_tests_hold_as_they_are() {
    let place = Place::new();
    place
        .rules(&["new", "team-described"])
        .ends_with(0)
        .says(&["policies/team-described.rhai", "rules test"]);
    place.rules(&["test", "policies"]).ends_with(0).says(&[
        "ok     team-described  4 cases, 1 fact taken away",
        "1 rule tested: all hold",
    ]);
    place
        .rules(&["lint", "policies"])
        .ends_with(0)
        .says(&["nothing found"]);
    // Either file names both.
    for path in [
        "policies/team-described.rhai",
        "policies/team-described.test.yaml",
    ] {
        place.rules(&["test", path]).ends_with(0).says(&["4 cases"]);
    }
    // A second time nothing is touched, not even the file that is lacking.
    fs::remove_file(place.0.path().join("policies/team-described.test.yaml")).expect("removed");
    let before = place.read("policies/team-described.rhai");
    place
        .rules(&["new", "team-described"])
        .ends_with(1)
        .complains(&["policies/team-described.rhai", "nothing was written"]);
    assert_eq!(place.read("policies/team-described.rhai"), before);
    assert!(
        !place
            .0
            .path()
            .join("policies/team-described.test.yaml")
            .exists()
    );
    place.rules(&["test", "policies"]).ends_with(3).says(&[
        "FAILED",
        "has no tests",
        "policies/team-described.test.yaml",
    ]);
}

#[test]
fn an_id_that_can_t_be_one_is_refused() {
    let place = Place::new();
    for bad in [
        "",
        "Team",
        "a b",
        "../x",
        "a/b",
        "-a",
        "a-",
        "a--b",
        "x.rhai",
        "\u{1b}[31m",
    ] {
        let run = place.rules(&["new", "--", bad]).ends_with(1);
        assert!(run.stderr.contains("can't be a rule's id"), "{run:#?}");
    }
    place
        .rules(&["new", "kms-key-set"])
        .ends_with(1)
        .complains(&["is a built-in rule"]);
    assert!(!place.0.path().join("policies").exists());
}

#[test]
fn the_built_in_rules_hold_and_can_be_exported() {
    let place = Place::new();
    let run = place
        .rules(&["test"])
        .ends_with(0)
        .says(&["all hold", "ok     kms-key-set"]);
    let rules = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("ok "))
        .count();
    assert_eq!(rules, hubdrift::policy::builtin().len());
    place.rules(&["lint"]).ends_with(0);
    place
        .rules(&["export", "out/rules"])
        .ends_with(0)
        .says(&["out/rules"]);
    place.rules(&["test", "out/rules"]).ends_with(0);
    // What somebody changed is not replaced unasked.
    fs::write(place.0.path().join("out/rules/kms-key-set.rhai"), "mine").expect("written");
    place
        .rules(&["export", "out/rules"])
        .ends_with(1)
        .complains(&["out/rules/kms-key-set.rhai", "nothing was written"]);
    assert_eq!(place.read("out/rules/kms-key-set.rhai"), "mine");
    place
        .rules(&["export", "out/rules", "--force"])
        .ends_with(0);
    assert!(
        place
            .read("out/rules/kms-key-set.rhai")
            .contains("const META")
    );
}

const RULE: &str = "const META = #{ id: \"own\", title: \"t \u{1b}[31m|x\", severity: \"low\", remediation: \"r\" };\nfn check(ctx) {\n    if present(ctx.observed.description) { return pass(); }\n    fail(\"none\")\n}\n";
const TESTS: &str = "base: {name: a}\ncases:\n  - {name: one, set: {description: x}, expect: {outcome: pass}}\n  - {name: \"two ]]>\", expect: {outcome: fail, message: other}}\n";

#[test]
fn a_test_that_fails_is_shown_and_reported() {
    let place = Place::new()
        .file("policies/own.rhai", RULE)
        .file("policies/own.test.yaml", TESTS)
        .file("hubdrift.yaml", INVENTORY);
    let run = place
        .rules(&["test", "--report", "junit=out.xml"])
        .ends_with(3)
        .says(&[
            "FAILED own",
            "1 of 2 cases",
            "policies/own.test.yaml:4:56",
            "expected the message \"other\"",
            "the rule said: none",
            "21 rules tested: 1 failed",
        ]);
    assert!(
        run.stdout.contains("no case shows the rule failing"),
        "{run:#?}"
    );
    let junit = place.read("out.xml");
    let report = quick_junit::Report::deserialize_from_str(&junit).expect("JUnit");
    let suite = report
        .test_suites
        .iter()
        .find(|suite| &*suite.name == "own")
        .expect("own");
    let failed = suite
        .test_cases
        .iter()
        .filter(|case| !matches!(case.status, quick_junit::TestCaseStatus::Success { .. }));
    let failed: Vec<_> = failed.map(|case| case.name.to_string()).collect();
    assert_eq!(failed, ["case: two ]]>", "coverage: seen to fail"]);
    assert!(junit.contains("--> policies/own.test.yaml:4:56"), "{junit}");
    // The report alone, and nothing to say but the exit code.
    let run = place.rules(&["test", "-q"]).ends_with(3);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = place.rules(&["test", "--report", "junit"]).ends_with(3);
    assert!(run.stdout.starts_with("<?xml"), "{run:#?}");
}

#[test]
fn what_is_invalid_ends_with_1_and_leaves_no_green_report() {
    let place = Place::new()
        .file("policies/own.rhai", RULE)
        .file("policies/own.test.yaml", "base: {nam: a}\ncases: []\n")
        .file("out.xml", "green");
    place
        .rules(&["test", "policies", "--report", "junit=out.xml"])
        .ends_with(1)
        .complains(&[
            "policies/own.test.yaml:1:8",
            "`nam` is no fact",
            "did you mean `name`?",
        ]);
    let junit = place.read("out.xml");
    assert!(
        junit.contains("<failure") && junit.contains("`nam` is no fact"),
        "{junit}"
    );
    for (path, complaint) in [
        ("nowhere", "there is no file `nowhere`"),
        ("policies/own.txt", "there is no file"),
        (
            "policies/other.test.yaml",
            "there is no file `policies/other.rhai`",
        ),
    ] {
        place
            .rules(&["test", path])
            .ends_with(1)
            .complains(&[complaint]);
    }
    // Nothing to test is no success.
    let empty = Place::new().file(
        "hubdrift.yaml",
        "version: 1\ntargets: {prod: {}}\nconnectors: []\npolicies: {builtin: false}\n",
    );
    for command in ["test", "lint"] {
        empty
            .rules(&[command])
            .ends_with(1)
            .complains(&["no rules"]);
    }
    // No report replaces what the run reads.
    let before = place.read("policies/own.rhai");
    place
        .rules(&["test", "policies", "--report", "text=policies/own.rhai"])
        .ends_with(1);
    assert_eq!(place.read("policies/own.rhai"), before);
    place
        .rules(&["test", "--report", "sarif=x"])
        .ends_with(1)
        .complains(&["text, junit"]);
}

#[test]
fn lint_finds_what_validate_refuses() {
    let bad = RULE.replace("observed.description", "observed.descripton");
    let place = Place::new()
        .file("policies/own.rhai", &bad)
        .file("hubdrift.yaml", INVENTORY);
    let says = [
        "policies/own.rhai:3:29",
        "no field `descripton`",
        "did you mean `description`?",
    ];
    place.rules(&["lint"]).ends_with(3).complains(&says);
    place
        .rules(&["lint", "policies/own.rhai"])
        .ends_with(3)
        .complains(&says);
    place.run(&["validate"]).ends_with(1).complains(&says);
    // What only does nothing is found, and not refused.
    let idle = format!("{RULE}fn idle() {{ 1 }}\n");
    let place = place.file("policies/own.rhai", &idle);
    place
        .rules(&["lint"])
        .ends_with(3)
        .complains(&["nobody calls the function `idle`"]);
    place.run(&["validate"]).ends_with(0);
    let place = place.file("policies/own.rhai", "fn check(");
    place
        .rules(&["lint"])
        .ends_with(1)
        .complains(&["does not compile"]);
}

#[test]
fn rules_are_listed_as_they_are_set() {
    let place = Place::new();
    let run = place
        .rules(&["list"])
        .ends_with(0)
        .says(&["RULE", "health-check-fresh", "builtin"]);
    let line = |run: &Run, id: &str| {
        let mut lines = run.stdout.lines();
        let line = lines.find(|line| line.starts_with(id)).expect("a line");
        line.split_whitespace()
            .take(4)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        line(&run, "kms-key-set"),
        ["kms-key-set", "high", "mandatory", "builtin"]
    );
    let place = place
        .file("policies/own.rhai", RULE)
        .file("hubdrift.yaml", INVENTORY);
    let run = place
        .rules(&["list"])
        .ends_with(0)
        .says(&["t \\u{1b}[31m|x"]);
    assert_eq!(
        line(&run, "kms-key-set"),
        ["kms-key-set", "low", "advisory", "builtin"]
    );
    assert_eq!(
        line(&run, "own"),
        ["own", "low", "mandatory", "policies/own.rhai"]
    );
    let run = place.rules(&["list", "--format", "json"]).ends_with(0);
    let rules: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let of = |id: &str| {
        rules
            .as_array()
            .expect("a list")
            .iter()
            .find(|rule| rule["id"] == id)
            .expect("the rule")
            .clone()
    };
    assert_eq!(of("health-check-fresh")["params"]["max_age_hours"], 48);
    assert_eq!(of("kms-key-set")["level"], "advisory");
}

#[test]
fn a_rule_is_shown_whole() {
    let place = Place::new();
    place
        .rules(&["show", "health-check-fresh"])
        .ends_with(0)
        .says(&[
            "health-check-fresh\n  Connector's health was checked recently",
            "max_age_hours = 24",
            "What to do about a failure",
            "policies:\n    rules:\n      - rule: health-check-fresh",
            "waivers:\n    - rule: health-check-fresh",
        ]);
    let run = place
        .rules(&["show", "kms-key-set", "--source"])
        .ends_with(0);
    assert!(
        run.stdout.starts_with("//!") && run.stdout.contains("fn check(ctx)"),
        "{run:#?}"
    );
    place
        .rules(&["show", "kms-key-st"])
        .ends_with(1)
        .complains(&["there is no rule `kms-key-st`: did you mean `kms-key-set`?"]);
    let place = place
        .file("policies/own.rhai", RULE)
        .file("hubdrift.yaml", INVENTORY);
    place
        .rules(&["show", "health-check-fresh"])
        .ends_with(0)
        .says(&["max_age_hours = 48 (by default 24)"]);
    place
        .rules(&["show", "own"])
        .ends_with(0)
        .says(&["policies/own.rhai"]);
    place
        .rules(&["show", "own", "--inventory", "none.yaml"])
        .ends_with(1)
        .complains(&["none.yaml"]);
}

#[test]
fn the_facts_are_described() {
    let place = Place::new();
    place.rules(&["facts"]).ends_with(0).says(&[
        "target.account",
        "provider.auth_status\n      enum, optional but for SERVICENOW.",
        "ACTIVE | FAILED",
        "\"observed\"",
    ]);
    let run = place.rules(&["facts", "--format", "json"]).ends_with(0);
    let facts: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let listed = facts["facts"].as_array().expect("facts");
    assert_eq!(listed.len(), hubdrift::facts::TABLE.len());
    for fact in listed {
        let pointer = format!(
            "/example/observed/{}",
            fact["path"].as_str().expect("a path").replace('.', "/")
        );
        assert_eq!(facts.pointer(&pointer), Some(&fact["example"]), "{pointer}");
    }
}
