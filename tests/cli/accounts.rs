//! Roles, profiles and tokens: each target is read as whom the inventory says, and as nobody else.

use serde_json::{Value, json};

use crate::support::{World, jira, living_in, with};

const OTHER: &str = "222233334444";
const ROLE: &str = "arn:aws:iam::222233334444:role/hubdrift";

/// A role that the base credentials may assume, in an account with one healthy connector.
fn with_role(role: &Value) -> World {
    World::new()
        .serves("other", "us-east-1")
        .target_state("account", OTHER)
        .has(living_in(OTHER, "us-east-1", jira(1, "alpha")))
        .emulator(
            "credentials",
            json!([{"access_key_id": "EMULATOR", "secret_access_key": "emulator", "account": "111122223333"}]),
        )
        .emulator("roles", json!([role]))
}

fn trusted() -> Value {
    json!({"role_arn": ROLE, "trusts": ["111122223333"], "external_id": "x-42"})
}

/// An inventory of one target, `other`, with these settings.
fn inventory(settings: &str) -> String {
    format!(
        "version: 1\ntargets:\n  other: {{account: \"{OTHER}\", region: us-east-1, {settings}}}\nconnectors:\n  - {{id: alpha, name: alpha}}\n"
    )
}

fn check(settings: &str) -> crate::support::Checked {
    with_role(&trusted())
        .file("hubdrift.yaml", &inventory(settings))
        .check(&[])
}

#[test]
fn a_role_is_assumed_by_arn_or_by_name() {
    check(&format!("role_arn: \"{ROLE}\", external_id: x-42"))
        .ends_with(0)
        .results_in("result: CLEAN exit=0");
    let checked =
        check("role_name: hubdrift, external_id: x-42, session_name: nightly").ends_with(0);
    assert_eq!(
        checked.report["targets"][0]["caller_arn"],
        format!("arn:aws:sts::{OTHER}:assumed-role/hubdrift/nightly")
    );
}

#[test]
fn a_role_that_can_not_be_assumed_leaves_its_target_unread() {
    for settings in [
        "role_name: hubdrift",
        "role_name: hubdrift, external_id: wrong",
        "role_name: nobody",
    ] {
        let checked = check(settings).ends_with(4);
        assert_eq!(checked.unread("other/alpha"), "access_denied", "{settings}");
        assert_eq!(checked.findings("unlisted").len(), 1, "{settings}");
    }
}

#[test]
fn without_the_role_the_account_is_another() {
    let checked = check("unmanaged: fail").ends_with(4);
    assert_eq!(checked.unread("other/alpha"), "wrong_account");
    let world = with_role(&trusted()).file(
        "hubdrift.yaml",
        &inventory("role_name: hubdrift, external_id: x-42"),
    );
    let checked = world.check(&["--no-assume-role"]).ends_with(4);
    assert_eq!(checked.unread("other/alpha"), "wrong_account");
}

#[test]
fn what_goes_wrong_with_a_role_is_told_apart() {
    for (fault, kind) in [
        (json!({"error": {"type": "AccessDenied"}}), "access_denied"),
        (
            json!({"error": {"type": "Throttling", "status": 400}}),
            "throttled",
        ),
        (
            json!({"error": {"type": "InternalFailure", "status": 500}}),
            "service_error",
        ),
        (
            json!({"error": {"type": "ExpiredToken", "status": 403}}),
            "credentials",
        ),
        (json!({"drop": true}), "network"),
        (json!({"truncate": true}), "network"),
        (json!({"delay_ms": 5000}), "timeout"),
    ] {
        let mut fault = fault;
        fault["operation"] = json!("assume_role");
        let said = fault.to_string();
        let checked = with_role(&trusted())
            .fault(fault)
            .file(
                "hubdrift.yaml",
                &inventory("role_name: hubdrift, external_id: x-42"),
            )
            .check(&["--max-attempts", "1", "--attempt-timeout", "1s"])
            .ends_with(4);
        assert_eq!(checked.unread("other/alpha"), kind, "{said}");
    }
}

#[test]
#[cfg(unix)]
fn a_role_is_assumed_once_for_all_its_regions_and_retried_when_throttled() {
    // In the region that is set. Where none is, STS is asked in each target's own.
    let world = with_role(&trusted())
        .env("AWS_REGION", "us-east-1")
        .serves("other-eu", "eu-west-1")
        .target_state("account", OTHER)
        .fault(json!({"operation": "assume_role", "times": 1, "error": {"type": "Throttling", "status": 400}}))
        .file(
            "hubdrift.yaml",
            &format!(
                "version: 1\ntarget_defaults: {{role_name: hubdrift, external_id: x-42, account: \"{OTHER}\"}}\n\
                 targets:\n  other: {{region: us-east-1}}\n  other-eu: {{region: eu-west-1}}\n\
                 connectors:\n  - {{id: alpha, target: other, name: alpha}}\n"
            ),
        );
    world.run(&["check"]).ends_with(0);
    let said = world.requests();
    assert!(
        said.contains("assume_role 2") && said.contains("identity 1"),
        "{said}"
    );
}

#[test]
fn a_session_that_ends_is_had_anew() {
    // Every session is over before it can be kept, so each request has one of its own.
    let role = json!({"role_arn": ROLE, "trusts": ["111122223333"], "session_seconds": 60});
    with_role(&role)
        .file("hubdrift.yaml", &inventory("role_name: hubdrift"))
        .check(&[])
        .ends_with(0);
}

#[test]
fn a_profile_of_a_target_needs_no_credentials_in_the_environment() {
    let world = |profile: &str| {
        World::new()
            .serves("other", "us-east-1")
            .target_state("account", OTHER)
            .has(with(
                living_in(OTHER, "us-east-1", jira(1, "alpha")),
                "/ConnectorArn",
                Value::Null,
            ))
            .emulator(
                "credentials",
                json!([{"access_key_id": "AUDIT", "secret_access_key": "s", "account": OTHER}]),
            )
            .file(
                "home/.aws/credentials",
                "[audit]\naws_access_key_id = AUDIT\naws_secret_access_key = s\n",
            )
            .file("hubdrift.yaml", &inventory(&format!("profile: {profile}")))
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
    };
    world("audit").check(&[]).ends_with(0);
    let checked = world("nobody").check(&[]).ends_with(4);
    assert_eq!(checked.unread("other/alpha"), "credentials");
}

#[test]
fn a_token_of_somebody_else_is_credentials_too() {
    // What GitHub's OIDC gives a job.
    let world = with_role(&trusted())
        .emulator(
            "web_identity",
            json!([{"role_arn": ROLE, "token": "of-the-job"}]),
        )
        .file("token", "of-the-job")
        .file("hubdrift.yaml", &inventory("unmanaged: fail"))
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_ROLE_ARN", ROLE)
        .env("AWS_REGION", "us-east-1");
    let token = world.path("token").display().to_string();
    world
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .check(&[])
        .ends_with(0);
}

#[test]
fn each_service_may_have_an_endpoint_of_its_own() {
    let world = World::clean();
    let here = format!("http://{}", world.address());
    let nowhere = "http://127.0.0.1:9";
    World::clean()
        .env("AWS_ENDPOINT_URL_SECURITYHUB", nowhere)
        .check(&["--max-attempts", "1"])
        .ends_with(4);
    World::clean()
        .env("AWS_ENDPOINT_URL_STS", nowhere)
        .check(&["--max-attempts", "1"])
        .ends_with(4);
    world
        .env("AWS_ENDPOINT_URL", nowhere)
        .env("AWS_ENDPOINT_URL_SECURITYHUB", &here)
        .env("AWS_ENDPOINT_URL_STS", &here)
        .check(&[])
        .ends_with(0);
    let world = World::clean().env("AWS_ENDPOINT_URL", nowhere);
    let here = format!("http://{}", world.address());
    world.check(&["--endpoint-url", &here]).ends_with(0);
}
