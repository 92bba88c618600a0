//! `hubdrift targets` says who and where would be read, before anything is, and asks STS only.

use serde_json::json;

use crate::support::{ACCOUNT, Run, World, jira, living_in};

const OTHER: &str = "222233334444";
const ROLE: &str = "arn:aws:iam::222233334444:role/hubdrift";

/// A target read with the environment's key, and one in another account, read through a role.
fn two() -> World {
    World::new()
        .has(jira(1, "alpha"))
        .serves("other", "eu-west-1")
        .target_state("account", OTHER)
        .has(living_in(OTHER, "eu-west-1", jira(1, "alpha")))
        .emulator(
            "credentials",
            json!([{"access_key_id": "EMULATOR", "secret_access_key": "emulator", "account": ACCOUNT}]),
        )
        .emulator("roles", json!([{"role_arn": ROLE, "trusts": [ACCOUNT]}]))
        .file("hubdrift.yaml", &inventory("role_arn: \"arn:aws:iam::222233334444:role/hubdrift\""))
}

fn inventory(settings: &str) -> String {
    format!(
        "version: 1\ntargets:\n  prod: {{account: \"{ACCOUNT}\", region: us-east-1}}\n  other: {{region: eu-west-1, {settings}}}\n"
    )
}

/// The line of a target, and what is said below it.
#[track_caller]
fn block<'a>(run: &'a Run, target: &str) -> Vec<&'a str> {
    let begins = format!("{target} ");
    let mut lines = run.stdout.lines().skip_while(|it| !it.starts_with(&begins));
    let first = lines.next();
    let first = first.unwrap_or_else(|| panic!("no {target}: {run:#?}"));
    let below = lines.map_while(|it| it.strip_prefix("    "));
    [first].into_iter().chain(below).collect()
}

#[test]
fn each_target_is_told_with_its_caller_and_where_all_of_it_was_set() {
    let world = two();
    let run = world.run(&["targets"]).ends_with(0);
    let address = world.address();
    let endpoint = format!("endpoint_url: http://{address} (AWS_ENDPOINT_URL)");
    let prod = block(&run, "prod");
    assert!(
        prod[0].starts_with(&format!("prod {ACCOUNT} us-east-1 as arn:aws:")),
        "{run:#?}"
    );
    let other = block(&run, "other");
    assert_eq!(
        other[0],
        format!("other {OTHER} eu-west-1 as arn:aws:sts::{OTHER}:assumed-role/hubdrift/hubdrift")
    );
    assert!(
        other.contains(&format!("role:         {ROLE} (hubdrift.yaml:4:3)").as_str()),
        "{run:#?}"
    );
    for (block, region) in [
        (prod, "us-east-1 (target `prod`)"),
        (other, "eu-west-1 (target `other`)"),
    ] {
        let has = |part: &str| block.iter().any(|line| line.contains(part));
        assert!(has(&endpoint) && has(region), "{run:#?}");
        assert!(
            has("credentials:  keys …") && has("(AWS_ACCESS_KEY_ID)"),
            "{run:#?}"
        );
    }
    assert!(
        run.stdout
            .ends_with("2 targets: each would be read as said above\n"),
        "{run:#?}"
    );
    assert!(!run.stdout.contains("emulator ("), "the key: {run:#?}");
}

#[test]
#[cfg(unix)]
fn nobody_but_sts_is_asked() {
    let world = two();
    world.run(&["targets"]).ends_with(0);
    let said = world.requests();
    assert!(
        said.contains("identity 2") && said.contains("assume_role 1"),
        "{said}"
    );
    assert!(said.contains("get 0, list 0, tags 0,"), "{said}");
}

#[test]
fn a_target_that_is_not_who_it_should_be_is_1() {
    let world = two().file(
        "hubdrift.yaml",
        &inventory(&format!("account: \"{OTHER}\"")),
    );
    let run = world.run(&["targets"]).ends_with(1);
    let other = block(&run, "other");
    let begins = format!("other {OTHER} eu-west-1 can't be read: wrong_account: ");
    assert!(
        other[0].starts_with(&begins) && other[0].contains(ACCOUNT),
        "{run:#?}"
    );
    assert!(
        block(&run, "prod")[0].contains(" as arn:"),
        "the other is told: {run:#?}"
    );
    assert!(
        run.stdout
            .ends_with("2 targets: 1 can't be read, for the reasons above\n"),
        "{run:#?}"
    );
    // What isn't looked at doesn't count.
    world
        .run(&["targets", "--target", "prod"])
        .ends_with(0)
        .says(&["1 target: each"]);
}

#[test]
fn a_role_that_can_not_be_assumed_is_1() {
    let role = "role_arn: \"arn:aws:iam::222233334444:role/nobody\"";
    let run = two()
        .file("hubdrift.yaml", &inventory(role))
        .run(&["targets"])
        .ends_with(1);
    assert!(
        block(&run, "other")[0].contains("can't be read: access_denied: "),
        "{run:#?}"
    );
}

#[test]
fn a_role_that_is_left_aside_is_told_and_leads_elsewhere() {
    let role = format!("role_arn: \"{ROLE}\", account: \"{OTHER}\"");
    let world = two().file("hubdrift.yaml", &inventory(&role));
    let run = world.run(&["targets", "--no-assume-role"]).ends_with(1);
    let other = block(&run, "other");
    assert!(other[0].contains("wrong_account"), "{run:#?}");
    assert!(
        other
            .iter()
            .any(|it| it.ends_with("left aside (--no-assume-role)")),
        "{run:#?}"
    );
    let world = world.env("HUBDRIFT_NO_ASSUME_ROLE", "true");
    let run = world.run(&["targets"]).ends_with(1);
    assert!(
        run.stdout.contains("left aside (HUBDRIFT_NO_ASSUME_ROLE)"),
        "{run:#?}"
    );
}

#[test]
fn two_targets_that_are_one_place_are_1() {
    let twice = "version: 1\ntargets:\n  one: {region: us-east-1}\n  two: {region: us-east-1, profile: audit}\n";
    let world = World::new().file("hubdrift.yaml", twice).file(
        "home/.aws/credentials",
        "[audit]\naws_access_key_id = EMULATOR\naws_secret_access_key = emulator\n",
    );
    let run = world.run(&["targets"]).ends_with(1);
    let two = block(&run, "two");
    assert!(
        two[0].contains("wrong_account: ") && two[0].contains("`one`"),
        "{run:#?}"
    );
    assert!(block(&run, "one")[0].contains(" as arn:"), "{run:#?}");
}

#[test]
fn what_profile_and_environment_set_is_told_with_its_place_and_without_passwords() {
    let world = World::new()
        .file("hubdrift.yaml", "version: 1\n")
        .file(
            "home/.aws/config",
            "[profile audit]\nregion = us-east-1\naws_access_key_id = EMULATOR\naws_secret_access_key = emulator\n",
        )
        .env("AWS_PROFILE", "audit")
        .env("NO_PROXY", "127.0.0.1")
        .env("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let run = world.run(&["targets"]).ends_with(0);
    let default = block(&run, "default").join("\n");
    for part in [
        "profile:      audit (AWS_PROFILE)",
        "config:2",
        "http://[redacted]@proxy.example:3128 (HTTPS_PROXY)",
        "127.0.0.1 (NO_PROXY)",
    ] {
        assert!(default.contains(part), "no {part}: {run:#?}");
    }
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"));
}

#[test]
fn what_can_not_be_begun_is_1_and_says_why() {
    World::new()
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .run(&["targets"])
        .ends_with(1)
        .complains(&["no AWS credentials"]);
    World::new()
        .file("hubdrift.yaml", "version: 1\ntargts: {}\n")
        .run(&["targets"])
        .ends_with(1)
        .complains(&["hubdrift.yaml:2:1", "targts"]);
    World::new()
        .run(&["targets", "--target", "nobody"])
        .ends_with(1)
        .complains(&["nobody", "prod"]);
}

#[test]
fn rules_and_waivers_are_another_s_business() {
    let world = World::new().inventory_more("waivers: not-there.yaml");
    world.run(&["targets"]).ends_with(0);
    world.run(&["check"]).ends_with(1);
}

#[test]
fn a_profile_that_is_not_there_is_told_of_its_target_and_the_others_are_told() {
    let text = "version: 1\ntargets:\n  prod: {region: us-east-1}\n  lost: {region: eu-west-1, profile: nobody}\n";
    let world = World::new().file("hubdrift.yaml", text);
    let run = world.run(&["targets"]).ends_with(1);
    let lost = block(&run, "lost");
    assert!(
        lost[0].contains("can't be read: credentials: ") && lost[0].contains("nobody"),
        "{run:#?}"
    );
    assert_eq!(lost.len(), 1, "nothing else is known of it: {run:#?}");
    assert!(block(&run, "prod")[0].contains(" as arn:"), "{run:#?}");
}
