//! Everything that can go wrong with a request, for each request: it is said what, the run is
//! incomplete, and nothing else suffers.

use serde_json::{Value, json};

use crate::support::{Checked, World, id, jira};

pub const OPERATIONS: [&str; 4] = ["get", "list", "tags", "identity"];

/// A world that needs all four operations: found by name, and its tags are expected.
pub fn needs_all() -> World {
    World::new()
        .has_tagged(jira(1, "alpha"), &json!({"team": "secops"}))
        .expects("id: alpha, name: alpha, expect: {tags: {team: secops}}")
}

fn error(code: &str) -> Value {
    json!({"error": {"type": code, "message": "said by the API"}})
}

fn answer(status: u16, content_type: &str, body: &str) -> Value {
    json!({"answer": {"status": status, "content_type": content_type, "body": body}})
}

/// What goes wrong, and what it is called for each operation. `missing` is the one answer
/// that settles something.
#[expect(clippy::too_many_lines, reason = "one table")]
fn faults() -> Vec<(&'static str, Value, [&'static str; 4])> {
    let same = |kind| [kind; 4];
    let html = "<html><body>proxy</body></html>";
    vec![
        (
            "access denied",
            error("AccessDeniedException"),
            same("access_denied"),
        ),
        ("throttled", error("ThrottlingException"), same("throttled")),
        (
            "internal",
            error("InternalServerException"),
            same("service_error"),
        ),
        (
            "validation",
            error("ValidationException"),
            same("service_error"),
        ),
        (
            "unknown key",
            error("UnrecognizedClientException"),
            same("credentials"),
        ),
        (
            "expired",
            error("ExpiredTokenException"),
            same("credentials"),
        ),
        (
            "no hub",
            json!({"error": {"type": "ConflictException", "message": "Security Hub V2 is not enabled"}}),
            same("hub_disabled"),
        ),
        (
            "another conflict",
            error("ConflictException"),
            same("service_error"),
        ),
        (
            "not found",
            error("ResourceNotFoundException"),
            // It is listed: of two answers that contradict each other one is wrong.
            [
                "malformed_response",
                "service_error",
                "service_error",
                "service_error",
            ],
        ),
        (
            "a proxy's 404",
            answer(404, "text/html", html),
            same("service_error"),
        ),
        (
            "a JSON 404 without type",
            answer(404, "application/json", "{}"),
            same("service_error"),
        ),
        (
            "a proxy's 403",
            answer(403, "text/html", html),
            same("service_error"),
        ),
        (
            "a proxy's 502",
            answer(502, "text/html", html),
            same("service_error"),
        ),
        (
            "a redirect",
            answer(302, "text/html", ""),
            same("service_error"),
        ),
        (
            "HTML",
            answer(200, "text/html", html),
            same("malformed_response"),
        ),
        (
            "nothing",
            answer(200, "application/json", ""),
            same("malformed_response"),
        ),
        (
            "no content",
            answer(204, "application/json", ""),
            same("malformed_response"),
        ),
        (
            "{}",
            answer(200, "application/json", "{}"),
            same("malformed_response"),
        ),
        (
            "null",
            answer(200, "application/json", "null"),
            same("malformed_response"),
        ),
        (
            "[]",
            answer(200, "application/json", "[]"),
            same("malformed_response"),
        ),
        (
            "half of JSON",
            answer(200, "application/json", "{\"Connectors\":["),
            same("malformed_response"),
        ),
        (
            "two answers",
            answer(200, "application/json", "{\"Connectors\":[],\"Tags\":{}}{}"),
            same("malformed_response"),
        ),
        (
            "wrong types",
            answer(200, "application/json", "{\"Connectors\":{},\"Tags\":[]}"),
            same("malformed_response"),
        ),
        ("dropped", json!({"drop": true}), same("network")),
        ("truncated", json!({"truncate": true}), same("network")),
    ]
}

fn assert_fault(name: &str, operation: &str, kind: &str, checked: &Checked) {
    let about = format!("{name} on {operation}: {:#?}", checked.run);
    assert_eq!(checked.run.code, 4, "{about}");
    assert_eq!(checked.unread("prod/alpha"), kind, "{about}");
    let unlisted = checked.findings("unlisted").len();
    let of_target = matches!(operation, "list" | "identity");
    assert_eq!(unlisted, usize::from(of_target), "{about}");
    for rule in ["kms-key-set", "connector-connected"] {
        assert_eq!(checked.outcome("prod/alpha", rule), "error", "{about}");
    }
}

/// One test for each operation, so that they run side by side.
fn each_fault_of(operation: &str) {
    let place = OPERATIONS
        .iter()
        .position(|it| *it == operation)
        .expect("an operation");
    for (name, mut fault, kinds) in faults() {
        fault["operation"] = json!(operation);
        // One attempt: the waits between several would be most of this test.
        let checked = needs_all().fault(fault).check(&["--max-attempts", "1"]);
        assert_fault(name, operation, kinds[place], &checked);
    }
}

#[test]
fn without_a_fault_the_world_of_this_matrix_is_clean() {
    needs_all()
        .check(&[])
        .ends_with(0)
        .results_in("result: CLEAN exit=0");
}

#[test]
fn every_fault_of_get_connector() {
    each_fault_of("get");
}

#[test]
fn every_fault_of_list_connectors() {
    each_fault_of("list");
}

#[test]
fn every_fault_of_list_tags() {
    each_fault_of("tags");
}

#[test]
fn every_fault_of_get_caller_identity() {
    each_fault_of("identity");
}

#[test]
fn what_passes_is_waited_for() {
    let passing = [
        error("ThrottlingException"),
        error("InternalServerException"),
        answer(503, "text/html", "<html>"),
        json!({"drop": true}),
        json!({"truncate": true}),
    ];
    for (fault, operation) in passing.into_iter().zip(OPERATIONS.into_iter().cycle()) {
        let mut fault = fault;
        fault["operation"] = json!(operation);
        fault["times"] = json!(1);
        let checked = needs_all().fault(fault.clone()).check(&[]);
        assert_eq!(checked.run.code, 0, "{fault}: {:#?}", checked.run);
        assert_eq!(checked.report["run"]["requests"]["retried"], 1, "{fault}");
    }
}

#[test]
fn throttling_is_counted_and_the_api_is_quoted() {
    let fault = json!({"operation": "get", "times": 2, "error": {"type": "ThrottlingException"}});
    let checked = World::clean().fault(fault).check(&[]).ends_with(0);
    assert_eq!(checked.report["run"]["requests"]["throttled"], 2);
    let fault = json!({"operation": "get", "error": {"type": "ThrottlingException", "message": "Rate exceeded"}});
    let checked = World::clean()
        .fault(fault)
        .check(&["--max-attempts", "2"])
        .ends_with(4);
    let unread = &checked.connector("prod/alpha")["unread"];
    let message = unread["message"].as_str().expect("a message");
    assert!(
        message.contains("Rate exceeded") && message.contains("2 attempts"),
        "{message}"
    );
    assert!(unread["request_id"].is_string(), "{unread}");
}

#[test]
fn what_can_not_pass_is_asked_once() {
    let denied = json!({"operation": "get", "error": {"type": "AccessDeniedException"}});
    let checked = World::clean().fault(denied).check(&[]).ends_with(4);
    assert_eq!(checked.report["run"]["requests"]["retried"], 0);
}

#[test]
fn one_target_that_fails_does_not_stop_the_other() {
    World::of_two_targets("").check(&[]).ends_with(0);
    for fault in [
        error("AccessDeniedException"),
        json!({"drop": true}),
        answer(200, "text/html", "<html>"),
    ] {
        let mut fault = fault;
        fault["region"] = json!("us-east-1");
        let checked = World::of_two_targets("")
            .fault(fault)
            .check(&["--max-attempts", "1"])
            .ends_with(4);
        assert_eq!(checked.state("prod/alpha"), "unread");
        assert_eq!(checked.state("europe/gamma"), "in_sync");
        assert_eq!(checked.outcome("europe/gamma", "kms-key-set"), "pass");
    }
}

#[test]
fn a_disabled_hub_is_said_once_for_each_target() {
    let world = World::new()
        .has(jira(1, "alpha"))
        .has(jira(2, "beta"))
        .target_state("hub", "disabled")
        .expects("id: alpha, name: alpha")
        .expects(&format!("id: beta, connector_id: {}", id(2)));
    let checked = world.check(&[]).ends_with(4);
    assert_eq!(checked.findings("unlisted").len(), 1);
    assert_eq!(checked.unread("prod/alpha"), "hub_disabled");
    assert_eq!(checked.unread("prod/beta"), "hub_disabled");
    assert_eq!(checked.report["targets"][0]["hub"], "disabled");
    assert_eq!(
        checked.report["run"]["requests"]["sent"], 2,
        "identity and one listing"
    );
}

#[test]
fn a_hub_may_be_expected_to_be_disabled() {
    let expecting = || World::new().target_setting("hub: disabled");
    let checked = expecting()
        .target_state("hub", "disabled")
        .check(&[])
        .ends_with(0);
    assert_eq!(checked.report["targets"][0]["status"], "read");
    let checked = expecting()
        .check(&[])
        .ends_with(2)
        .results_in("result: DRIFT exit=2");
    assert_eq!(checked.findings("changed")[0]["address"], "prod");
    // That it is disabled is known only when the API says so.
    let denied = json!({"operation": "list", "error": {"type": "AccessDeniedException"}});
    expecting()
        .target_state("hub", "disabled")
        .fault(denied)
        .check(&[])
        .ends_with(4);
}

#[test]
fn another_account_is_not_looked_into() {
    let world = World::new()
        .has(jira(1, "alpha"))
        .expects("id: alpha, name: alpha")
        .emulator(
            "credentials",
            json!([
                {"access_key_id": "EMULATOR", "secret_access_key": "emulator", "account": "444455556666"},
            ]),
        );
    let checked = world.check(&[]).ends_with(4).says("444455556666");
    assert_eq!(checked.unread("prod/alpha"), "wrong_account");
    assert_eq!(
        checked.report["run"]["requests"]["sent"], 1,
        "only the identity was asked"
    );
}

#[test]
fn an_identity_that_is_none_is_not_believed() {
    for account in ["", "1234", "none"] {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        let checked = World::clean()
            .fault(json!({"operation": "identity", "answer": {"content_type": "text/xml", "body": body}}))
            .check(&[])
            .ends_with(4);
        assert_eq!(
            checked.unread("prod/alpha"),
            "malformed_response",
            "{account}"
        );
    }
}

#[test]
fn nobody_listening_is_a_network_error() {
    let world = World::clean();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let endpoint = format!("http://127.0.0.1:{port}");
    let checked = world
        .check(&["--max-attempts", "1", "--endpoint-url", &endpoint])
        .ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "network");
}

#[test]
fn a_hub_that_listed_connectors_is_not_disabled_as_expected() {
    let not_enabled =
        json!({"type": "ConflictException", "message": "Security Hub V2 is not enabled"});
    let checked = World::new()
        .target_setting("hub: disabled")
        .has(crate::support::jira(1, "alpha"))
        .has(crate::support::jira(2, "beta"))
        .emulator("page_size", json!(1))
        .fault(json!({"operation": "list", "page": 2, "error": not_enabled}))
        .check(&[])
        .ends_with(4);
    assert_eq!(checked.report["targets"][0]["status"], "incomplete");
}

#[test]
fn only_200_is_an_answer() {
    for status in [201, 202, 203, 206] {
        let body = r#"{"Connectors":[]}"#;
        World::new()
            .fault(json!({"operation": "list", "answer": {"status": status, "body": body}}))
            .check(&[])
            .ends_with(4)
            .says(&format!("status {status}, where the API answers with 200"));
    }
}
