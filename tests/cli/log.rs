//! What is said on standard error: progress on a terminal only, and with `-v` each request.

use serde_json::json;

use crate::support::{World, id, jira};

#[test]
fn elsewhere_than_on_a_terminal_nothing_is_said_of_a_run_that_goes_well() {
    let run = World::clean().run(&["check"]).ends_with(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn each_request_is_logged_with_its_id_attempt_and_time() {
    let throttled =
        json!({"operation": "get", "times": 1, "error": {"type": "ThrottlingException"}});
    let run = World::clean()
        .fault(throttled)
        .run(&["check", "-v"])
        .ends_with(0);
    let line = |parts: &[&str]| {
        run.stderr
            .lines()
            .any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let subject = id(1);
    assert!(
        line(&["sts:GetCallerIdentity", "attempt=1", "answered"]),
        "{}",
        run.stderr
    );
    assert!(
        line(&["securityhub:ListConnectorsV2", "page 1", "answered"]),
        "{}",
        run.stderr
    );
    assert!(
        line(&[
            "securityhub:GetConnectorV2",
            &subject,
            "attempt=1",
            "throttled"
        ]),
        "{}",
        run.stderr
    );
    assert!(
        line(&[
            "securityhub:GetConnectorV2",
            &subject,
            "attempt=2",
            "answered",
            "took_ms=",
            "request_id="
        ]),
        "{}",
        run.stderr
    );
}

#[test]
fn no_secret_is_ever_logged_whatever_the_environment_asks_for() {
    let world = World::new()
        .has(jira(1, "alpha"))
        .expects("id: alpha, name: alpha")
        .env("RUST_LOG", "trace")
        .env("AWS_LOG", "trace");
    let run = world.run(&["check", "-v"]).ends_with(0);
    for secret in [
        "AuthUrl",
        "auth.example",
        "AWS4-HMAC",
        "Signature=",
        "JiraCloud",
    ] {
        assert!(!run.stderr.contains(secret), "{secret}: {}", run.stderr);
    }
}
