//! Who asks, and where: credentials, profiles, regions, and odd settings of the environment.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{ACCOUNT, World, jira};

#[test]
fn without_credentials_there_is_advice_at_once() {
    let world = World::clean()
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let began = Instant::now();
    let run = world.run(&["check"]).ends_with(1).complains(&[
        "no AWS credentials",
        "AWS_ACCESS_KEY_ID",
        "--profile",
    ]);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains('␊'), "{}", run.stderr);
}

#[test]
fn a_profile_replaces_the_credentials_of_the_environment() {
    // Two accounts; the inventory is for the one of the profile.
    let world = || {
        World::clean()
            .emulator("credentials", json!([
                {"access_key_id": "EMULATOR", "secret_access_key": "emulator", "account": "444455556666"},
                {"access_key_id": "AUDIT", "secret_access_key": "s", "account": ACCOUNT},
            ]))
            .file("home/.aws/credentials", "[audit]\naws_access_key_id = AUDIT\naws_secret_access_key = s\n")
    };
    world().check(&[]).ends_with(4).says("444455556666");
    world().check(&["--profile", "audit"]).ends_with(0);
    world()
        .env("HUBDRIFT_PROFILE", "audit")
        .check(&[])
        .ends_with(0);
    // One that isn't there is not passed over.
    let checked = world().check(&["--profile", "nobody"]).ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "settings");
    assert!(
        checked.run.stderr.contains("nobody"),
        "{}",
        checked.run.stderr
    );
    world()
        .env("AWS_PROFILE", "nobody")
        .without_env("AWS_ACCESS_KEY_ID")
        .check(&[])
        .ends_with(1);
}

#[test]
fn without_a_region_there_is_advice() {
    let smallest = "version: 1\nconnectors:\n  - {id: alpha, name: alpha}\n";
    let world = || {
        World::new()
            .has(jira(1, "alpha"))
            .file("hubdrift.yaml", smallest)
    };
    world()
        .run(&["check"])
        .ends_with(1)
        .complains(&["no region", "AWS_REGION", "--region"]);
    world()
        .env("AWS_REGION", "us-east-1")
        .check(&[])
        .ends_with(0);
    world().check(&["--region", "us-east-1"]).ends_with(0);
    world()
        .env("HUBDRIFT_REGION", "us-east-1")
        .check(&[])
        .ends_with(0);
}

#[test]
fn odd_settings_of_the_environment_stop_nothing() {
    let world = World::clean()
        .env("AWS_RETRY_MODE", "nonsense")
        .env("AWS_MAX_ATTEMPTS", "-1")
        .env("RUST_LOG", "trace")
        .env("AWS_REGION", "eu-north-1");
    let checked = world.check(&[]).ends_with(0);
    assert_eq!(checked.run.stderr, "");
}

#[test]
fn a_metadata_service_that_never_answers_costs_less_than_two_seconds() {
    // It takes connections, and that is all it does.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let world = || {
        World::clean()
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &address)
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
    };
    // In a debug build on a busy machine the process itself takes its time; a second, lost one
    // after the other for region and credentials, would still show.
    for world in [world(), world().env("HUBDRIFT_REGION", "eu-west-1")] {
        world.address();
        let began = Instant::now();
        let run = world.run(&["check"]).ends_with(1);
        assert!(
            began.elapsed() < Duration::from_millis(2900),
            "{:?}: {run:#?}",
            began.elapsed()
        );
    }
}

#[test]
fn a_switch_in_the_environment_is_on_or_off_and_nothing_is_not_empty() {
    for (value, quiet) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        let run = World::clean().env("HUBDRIFT_QUIET", value).run(&["check"]);
        assert_eq!(run.stdout.is_empty(), quiet, "{value}: {run:#?}");
    }
    for name in [
        "HUBDRIFT_ENDPOINT_URL",
        "HUBDRIFT_REGION",
        "HUBDRIFT_PROFILE",
    ] {
        let run = World::clean().env(name, "").run(&["check"]).ends_with(1);
        assert!(run.stderr.contains("a value is required"), "{run:#?}");
    }
}
