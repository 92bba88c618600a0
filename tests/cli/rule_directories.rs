//! A directory of rules: what looks like a rule is read, or refused by name.

use std::fs;

use crate::support::{Run, World};

const RULE: &str = r#"const META = #{id: "x", title: "t", severity: "low", remediation: "r"};
fn check(ctx) { pass() }
"#;

/// What `validate` says of a directory with these files.
fn validate(files: &[&str]) -> Run {
    let world = files
        .iter()
        .fold(World::new(), |world, file| world.file(file, RULE));
    world.run(&["validate", "--policies", "rules"])
}

#[test]
fn what_looks_like_a_rule_is_refused_by_name() {
    for (file, part) in [
        ("rules/y.RHAI", "the ending of a rule is .rhai"),
        ("rules/y.Rhai", "the ending of a rule is .rhai"),
        ("rules/y.rhia", "the ending of a rule is .rhai"),
        ("rules/y.rha", "the ending of a rule is .rhai"),
        ("rules/y.rhai.txt", "the ending of a rule is .rhai"),
        ("rules/y.rhai.disabled", "the ending of a rule is .rhai"),
        ("rules/y.rhai~", "the ending of a rule is .rhai"),
        ("rules/y.rhai ", "the ending of a rule is .rhai"),
        ("rules/more/y.rhai", "a directory's own rules are"),
        ("rules/more/y.rhia", "a directory's own rules are"),
        ("rules/one/two/three/y.rhai", "a directory's own rules are"),
        ("rules/y.test.yaml", "there is no rule `rules/y.rhai`"),
        (
            "rules/x.test.yml",
            "the ending of a rule's tests is .test.yaml",
        ),
        (
            "rules/x.TEST.yaml",
            "the ending of a rule's tests is .test.yaml",
        ),
    ] {
        let directory = file.rsplit_once('/').expect("a directory").0;
        let named = if directory == "rules" {
            file
        } else {
            directory
        };
        validate(&["rules/x.rhai", file])
            .ends_with(1)
            .complains(&[named, part, "help"]);
        // Whether or not there is a rule beside it.
        if !file.contains("x.") {
            validate(&[file]).ends_with(1).complains(&[named]);
        }
    }
}

#[test]
fn all_that_is_not_read_is_said_at_once() {
    validate(&[
        "rules/x.rhai",
        "rules/a.rhia",
        "rules/b.RHAI",
        "rules/more/c.rhai",
    ])
    .ends_with(1)
    .complains(&["rules/a.rhia", "rules/b.RHAI", "rules/more"]);
}

#[test]
fn what_is_no_rule_is_left_alone() {
    validate(&[
        "rules/x.rhai",
        "rules/x.test.yaml",
        "rules/README.md",
        "rules/rules.yaml",
        "rules/docker-compose.test.yml",
        // Copies of a rule that is read, as editors and merges leave them.
        "rules/x.rhai.orig",
        "rules/x.rhai~",
        "rules/.x.rhai.swp",
        "rules/.git/y.rhai",
        "rules/docs/README.md",
        "rules/docs/rules.rs",
        "rules/docs/words.thai",
        "rules/charts/compose.test.yaml",
    ])
    .ends_with(0);
}

/// The mount of a Kubernetes `ConfigMap` holds the files in a hidden directory, and links to them.
#[cfg(unix)]
#[test]
fn rules_of_a_config_map_are_read_once() {
    use std::os::unix::fs::symlink;
    let hidden = "..2026_11_22_10_00_00.123";
    let world = World::new().file(&format!("rules/{hidden}/x.rhai"), RULE);
    let rules = world.path("rules");
    symlink(hidden, rules.join("..data")).expect("a link");
    symlink("..data/x.rhai", rules.join("x.rhai")).expect("a link");
    let run = world.run(&["rules", "list", "--policies", "rules", "--format", "json"]);
    let run = run.ends_with(0);
    assert_eq!(run.stdout.matches("\"x\"").count(), 1, "{}", run.stdout);
    world.run(&["validate", "--policies", "rules"]).ends_with(0);
}

#[cfg(unix)]
#[test]
fn folders_behind_links_are_folders() {
    use std::os::unix::fs::symlink;
    let world = World::new()
        .file("rules/x.rhai", RULE)
        .file("elsewhere/y.rhai", RULE);
    // One that leads back holds nothing new.
    symlink(".", world.path("rules/again")).expect("a link");
    world.run(&["validate", "--policies", "rules"]).ends_with(0);
    symlink("../elsewhere", world.path("rules/more")).expect("a link");
    world
        .run(&["validate", "--policies", "rules"])
        .ends_with(1)
        .complains(&["rules/more"]);
    fs::remove_file(world.path("rules/more")).expect("removed");
    // What a link points at and isn't there can't be known to be none.
    symlink("nowhere.rhai", world.path("rules/y.rhai")).expect("a link");
    world
        .run(&["validate", "--policies", "rules"])
        .ends_with(1)
        .complains(&["rules/y.rhai"]);
}

#[test]
fn a_directory_that_is_named_twice() {
    let world = World::new()
        .inventory_more("policies: {paths: [rules]}\n")
        .file("rules/x.rhai", RULE)
        .file("more/y.rhai", &RULE.replace("\"x\"", "\"y\""));
    for command in ["validate", "check"] {
        for (path, place) in [("rules", "hubdrift.yaml:"), ("./rules/", "hubdrift.yaml:")] {
            let run = world.run(&[command, "--policies", path]).ends_with(1);
            let run = run.complains(&["named twice", path, place, "take one away"]);
            assert!(!run.stderr.contains("two rules"), "{run:#?}");
        }
        let twice = ["--policies", "more", "--policies", "./more"];
        let run = world.run(&[&[command][..], &twice].concat()).ends_with(1);
        let run = run.complains(&["`./more` is named twice", "take one away"]);
        assert!(!run.stderr.contains("two rules"), "{run:#?}");
    }
    world.run(&["validate", "--policies", "more"]).ends_with(0);
}

#[test]
fn the_inventorys_directories_are_looked_at_the_same() {
    let world = World::new()
        .inventory_more("policies: {paths: [rules]}\n")
        .file("rules/x.rhai", RULE)
        .file("rules/more/y.rhai", RULE);
    for arguments in [
        &["validate"][..],
        &["check"],
        &["rules", "test"],
        &["rules", "lint"],
    ] {
        world
            .run(arguments)
            .ends_with(1)
            .complains(&["rules/more", "a directory's own rules are"]);
    }
}
