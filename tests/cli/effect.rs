//! Flags without effect on the inventory that is given: refused where they are typed; what a runner's
//! environment sets for all its jobs is not.

use crate::support::{World, jira};

const PROFILES: &str = "[one]\naws_access_key_id = EMULATOR\naws_secret_access_key = emulator\n";

/// A world of one connector in a target with this setting beside its account.
fn world(setting: &str) -> World {
    let inventory = format!(
        "version: 1\ntargets:\n  prod: {{account: \"111122223333\"{setting}}}\nconnectors:\n  - {{id: alpha, name: alpha}}\n"
    );
    World::new()
        .has(jira(1, "alpha"))
        .file("home/.aws/credentials", PROFILES)
        .file("hubdrift.yaml", &inventory)
}

/// A flag without effect beside `setting`: typed it is refused, set in the environment it isn't.
fn refused(setting: &str, flag: &[&str], variable: (&'static str, &str), says: &str) {
    for command in [&["check"][..], &["snapshot", "-o", "s.json"], &["targets"]] {
        let arguments = [command, flag].concat();
        world(setting)
            .run(&arguments)
            .ends_with(1)
            .complains(&[flag[0], says]);
        let (name, value) = variable;
        world(setting).env(name, value).run(command).ends_with(0);
    }
}

#[test]
fn a_region_where_each_target_has_its_own() {
    refused(
        ", region: us-east-1",
        &["--region", "us-east-1"],
        ("HUBDRIFT_REGION", "us-east-1"),
        "has a region of its own",
    );
    world("").check(&["--region", "us-east-1"]).ends_with(0);
    // One target in scope that takes it is enough; one out of scope isn't.
    let two = || {
        world("").file(
            "hubdrift.yaml",
            "version: 1\ntargets:\n  prod: {account: \"111122223333\", region: us-east-1}\n  other: {account: \"111122223333\"}\nconnectors: []\n",
        )
        .serves("other", "eu-west-1")
    };
    let flag = ["--region", "eu-west-1"];
    two()
        .check(&[&flag[..], &["--target", "other"]].concat())
        .ends_with(0);
    two()
        .run(&[&["check", "--target", "prod"], &flag[..]].concat())
        .ends_with(1)
        .complains(&["--region"]);
}

#[test]
fn a_profile_where_each_target_has_its_own() {
    refused(
        ", region: us-east-1, profile: one",
        &["--profile", "one"],
        ("HUBDRIFT_PROFILE", "one"),
        "has a profile of its own",
    );
    world(", region: us-east-1")
        .check(&["--profile", "one"])
        .ends_with(0);
}

#[test]
fn no_role_to_leave_aside() {
    refused(
        ", region: us-east-1",
        &["--no-assume-role"],
        ("HUBDRIFT_NO_ASSUME_ROLE", "1"),
        "no target in scope has a role",
    );
    world(", region: us-east-1, role_name: hubdrift")
        .check(&["--no-assume-role"])
        .ends_with(0);
}

#[test]
fn a_role_left_aside_leads_to_the_account_that_its_arn_names_or_nowhere() {
    let inventory = "version: 1\ntargets:\n  prod: {role_arn: \"arn:aws:iam::222233334444:role/hubdrift\", region: us-east-1}\nconnectors:\n  - {id: alpha, name: alpha}\n";
    let world = World::new()
        .has(jira(1, "alpha"))
        .file("hubdrift.yaml", inventory);
    let checked = world.check(&["--no-assume-role"]).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "wrong_account");
}

#[test]
fn what_is_said_twice() {
    world(", region: us-east-1")
        .run(&["check", "--target", "prod", "--target", "prod"])
        .ends_with(1)
        .complains(&["--target names `prod` twice"]);
    let without = world(", region: us-east-1").file(
        "hubdrift.yaml",
        "version: 1\nconnectors: []\npolicies: {builtin: false, paths: [x.rhai]}\n",
    );
    let without = without.file(
        "x.rhai",
        "const META = #{id: \"x\", title: \"t\", severity: \"low\", remediation: \"r\"};\nfn check(ctx) { pass() }\n",
    );
    without.run(&["validate"]).ends_with(0);
    without
        .run(&["validate", "--no-builtin-rules"])
        .ends_with(1)
        .complains(&["--no-builtin-rules", "builtin: false"]);
}

#[test]
fn a_target_that_nobody_asks() {
    let world = World::clean().file(
        "hubdrift.yaml",
        "version: 1\ntarget_defaults: {unmanaged: ignore, account: \"111122223333\"}\ntargets:\n  prod: {region: us-east-1}\n  europe: {region: eu-west-1}\nconnectors:\n  - {id: alpha, target: prod, name: alpha}\n",
    );
    for command in [&["check"][..], &["snapshot", "-o", "s.json"]] {
        world.run(command).ends_with(1).complains(&[
            "hubdrift.yaml:5:3",
            "`europe` would not be asked",
            "--allow-empty",
        ]);
        let permitted = world.run(&[command, &["--allow-empty"]].concat());
        assert_ne!(permitted.code, 1, "{permitted:#?}");
    }
    world.run(&["check", "--target", "prod"]).ends_with(0);
}

/// `validate` refuses what `check` refuses of the same files, in the same words.
#[test]
fn what_would_check_nothing_is_not_valid() {
    let rule = "const META = #{id: \"x\", title: \"t\", severity: \"low\", remediation: \"r\"};\nfn check(ctx) { pass() }\n";
    let target = "version: 1\ntargets:\n  prod: {account: \"111122223333\", region: us-east-1";
    let alpha = "connectors:\n  - {id: alpha, name: alpha}\n";
    for (inventory, says) in [
        (
            format!(
                "{target}}}\n  europe: {{account: \"111122223333\", region: eu-west-1, unmanaged: ignore}}\nconnectors:\n  - {{id: alpha, target: prod, name: alpha}}\n"
            ),
            "the target `europe` would not be asked at all",
        ),
        (
            format!("{target}, unmanaged: ignore}}\n"),
            "no connector to read and no target to list",
        ),
        (
            format!("{target}}}\n{alpha}policies: {{builtin: false}}\n"),
            "nothing would be judged",
        ),
        (
            format!(
                "{target}}}\n{alpha}  - {{id: beta, name: beta, labels: {{by: nobody}}}}\npolicies: {{builtin: false, paths: [x.rhai], rules: [{{rule: x, level: off, match: {{labels: {{by: nobody}}}}}}]}}\n"
            ),
            "nothing would check `prod/beta`",
        ),
    ] {
        let world = World::clean()
            .file("x.rhai", rule)
            .file("hubdrift.yaml", &inventory);
        let checked = world.run(&["check"]).ends_with(1);
        let checked = checked.complains(&[says, "--allow-empty"]);
        let validated = world.run(&["validate"]).ends_with(1);
        assert_eq!(validated.stdout, "", "{validated:#?}");
        for line in validated.stderr.lines() {
            assert!(checked.stderr.contains(line), "{line}: {checked:#?}");
        }
        validated.complains(&[says, "--allow-empty"]);
        world
            .run(&["validate", "--allow-empty"])
            .ends_with(0)
            .says(&["valid: "]);
    }
}

#[test]
fn unmanaged_connectors_that_no_rule_judges() {
    let rule = "const META = #{id: \"x\", title: \"t\", severity: \"low\", remediation: \"r\"};\nfn check(ctx) { pass() }\n";
    let validate = |setting: &str, rules: &str| {
        let inventory = format!(
            "version: 1\ntargets:\n  prod: {{region: us-east-1{setting}}}\nconnectors:\n  - {{id: alpha, name: alpha, labels: {{env: prod}}}}\npolicies: {{builtin: false, paths: [x.rhai], rules: [{rules}]}}\n"
        );
        World::new()
            .file("x.rhai", rule)
            .file("hubdrift.yaml", &inventory)
            .run(&["validate"])
    };
    let labelled =
        "{rule: x, level: off}, {rule: x, level: mandatory, match: {labels: {env: prod}}}";
    validate(", unmanaged: judge", labelled)
        .ends_with(1)
        .complains(&[
            "hubdrift.yaml:3:3",
            "`unmanaged: judge`",
            "no rule is on",
            "help",
        ]);
    validate("", labelled).ends_with(0);
    validate(
        ", unmanaged: judge",
        "{rule: x, level: off}, {rule: x, level: mandatory, match: {provider: GCP}}",
    )
    .ends_with(0);
}
