//! What an answer can lack or lie about: whatever it is, nothing of it is clean.

use serde_json::{Value, json};

use crate::support::{Checked, World, id, jira, with, without};

/// Serves `body` as the expected connector and checks it.
fn check(body: Value) -> Checked {
    World::serving(body).check(&["--include-observed"])
}

#[test]
fn a_body_without_what_the_api_always_sends_is_unread() {
    let required = [
        ("/Health", "health.connector_status"),
        ("/Health/ConnectorStatus", "health.connector_status"),
        ("/Health/LastCheckedAt", "health.last_checked_at"),
        ("/CreatedAt", "created_at"),
        ("/LastUpdatedAt", "last_updated_at"),
        ("/ProviderDetail", "provider.type"),
    ];
    for (pointer, path) in required {
        let checked = check(without(jira(1, "alpha"), pointer))
            .ends_with(4)
            .says(path);
        assert_eq!(
            checked.unread("prod/alpha"),
            "malformed_response",
            "{pointer}"
        );
        // What is there is shown; what isn't, is not made up.
        let observed = &checked.connector("prod/alpha")["observed"];
        assert!(
            observed.to_string().contains("acme") || pointer == "/ProviderDetail",
            "{observed:#}"
        );
    }
}

#[test]
fn a_null_is_as_absent_as_nothing() {
    for pointer in [
        "/Health",
        "/CreatedAt",
        "/ProviderDetail",
        "/Name",
        "/ProviderDetail/JiraCloud",
    ] {
        let checked = check(with(jira(1, "alpha"), pointer, Value::Null)).ends_with(4);
        assert_eq!(
            checked.unread("prod/alpha"),
            "malformed_response",
            "{pointer}"
        );
    }
}

#[test]
fn a_nameless_connector_is_neither_missing_nor_clean() {
    // Not in the listing, not in the answer: it may be the one, so it is not called missing.
    let nameless = without(jira(1, "alpha"), "/Name");
    let checked = check(nameless.clone()).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    let by_id = World::new()
        .has(nameless)
        .expects(&format!("id: alpha, connector_id: {}", id(1)));
    let checked = by_id.check(&[]).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    assert!(checked.connector("prod/alpha")["name"].is_null());
}

#[test]
fn rules_do_not_pass_on_what_is_absent() {
    let cases = [
        ("/Health", "connector-connected"),
        ("/Health", "health-check-fresh"),
        ("/Health", "no-health-issues"),
        ("/Health/ConnectorStatus", "connector-connected"),
        ("/Health/LastCheckedAt", "health-check-fresh"),
        ("/Health/Issues", "no-health-issues"),
        ("/EnablementStatus", "enablement-enabled"),
        ("/KmsKeyArn", "kms-key-set"),
        ("/ProviderDetail/JiraCloud/AuthStatus", "auth-active"),
        ("/ProviderDetail", "auth-active"),
        ("/ProviderDetail", "kms-key-set"),
    ];
    for (pointer, rule) in cases {
        let checked = check(without(jira(1, "alpha"), pointer));
        assert_ne!(
            checked.outcome("prod/alpha", rule),
            "pass",
            "{rule} without {pointer}"
        );
    }
}

#[test]
fn an_empty_provider_is_read_as_far_as_it_goes() {
    let checked = check(with(jira(1, "alpha"), "/ProviderDetail", json!({}))).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    assert_eq!(checked.outcome("prod/alpha", "connector-connected"), "pass");
    let two = json!({"JiraCloud": {}, "ServiceNow": {}});
    let checked = check(with(jira(1, "alpha"), "/ProviderDetail", two)).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
}

#[test]
fn unknown_enum_values_keep_their_names_and_pass_nothing() {
    let cases = [
        (
            "/EnablementStatus",
            "enablement_status",
            "enablement-enabled",
        ),
        (
            "/Health/ConnectorStatus",
            "health.connector_status",
            "connector-connected",
        ),
        (
            "/ProviderDetail/JiraCloud/AuthStatus",
            "provider.auth_status",
            "auth-active",
        ),
    ];
    for (pointer, path, rule) in cases {
        // Close to a member, empty, and in another case: none of these is one.
        for value in ["BRAND_NEW", "", "enabled", "ACTIVE ", "connected"] {
            let checked = check(with(jira(1, "alpha"), pointer, json!(value)));
            let outcome = checked.outcome("prod/alpha", rule);
            assert!(
                outcome == "error" || value.is_empty() && outcome == "fail",
                "{rule} on `{value}`: {outcome}"
            );
            let code = if outcome == "error" { 4 } else { 3 };
            let checked = checked.ends_with(code);
            let observed = checked.connector("prod/alpha")["observed"]
                .pointer(&format!("/{}", path.replace('.', "/")));
            let flat = &checked.connector("prod/alpha")["observed"][path];
            assert!(
                observed == Some(&json!(value)) || flat == value,
                "{path}: {:#}",
                checked.connector("prod/alpha")
            );
        }
    }
}

#[test]
fn a_rule_that_excludes_the_bad_values_does_not_pass_an_unknown_one() {
    let rule = r#"const META = #{id: "not-failed", title: "t", severity: "low", remediation: "r"};
fn check(ctx) {
    if ctx.observed.health.connector_status == "FAILED_TO_CONNECT" { return fail("failed"); }
    pass()
}"#;
    let world = |status: &str| {
        let body = with(jira(1, "alpha"), "/Health/ConnectorStatus", json!(status));
        World::serving(body).file("rules/not-failed.rhai", rule)
    };
    let outcome = |world: World| {
        let checked = world.check(&["--policies", "rules", "--no-builtin-rules"]);
        (
            checked.outcome("prod/alpha", "not-failed").to_owned(),
            checked.run.code,
        )
    };
    assert_eq!(outcome(world("DEGRADED")), ("pass".to_owned(), 0));
    assert_eq!(outcome(world("FAILED_TO_CONNECT")), ("fail".to_owned(), 3));
    assert_eq!(outcome(world("BRAND_NEW")), ("error".to_owned(), 4));
}

#[test]
fn providers_keep_their_names() {
    let azure = json!({"Azure": {
        "AWSConfigConnectorArn": "arn:aws:config:us-east-1:111122223333:connector/x",
        "ScopeConfiguration": {"ScopeType": "TENANT", "ScopeValues": ["t"]},
        "AzureRegions": ["westeurope"],
    }});
    let gcp = json!({"GCP": {
        "AWSConfigConnectorArn": "arn:aws:config:us-east-1:111122223333:connector/x",
        "ScopeConfiguration": {"ScopeType": "PROJECT", "ScopeValues": ["p"]},
        "GCPRegions": ["europe-west1"],
    }});
    for (detail, name) in [(azure, "AZURE"), (gcp, "GCP")] {
        let checked = check(with(jira(1, "alpha"), "/ProviderDetail", detail)).ends_with(0);
        assert_eq!(checked.connector("prod/alpha")["provider"], name);
        assert_eq!(
            checked.outcome("prod/alpha", "auth-active"),
            "not_applicable"
        );
    }
    let unknown =
        json!({"AcmeDesk": {"Queue": "q", "AuthStatus": "FAILED", "AuthUrl": "do-not-print-me"}});
    let checked = check(with(jira(1, "alpha"), "/ProviderDetail", unknown)).says("AcmeDesk");
    assert_eq!(checked.connector("prod/alpha")["provider"], "AcmeDesk");
    // A rule for certain providers doesn't know whether this is one of them.
    assert_ne!(checked.outcome("prod/alpha", "auth-active"), "pass");
    assert_ne!(
        checked.run.code, 0,
        "nothing is known of a provider's health that nobody knows"
    );
}

#[test]
fn the_provider_is_compared_by_the_name_it_has() {
    let body = with(jira(1, "alpha"), "/ProviderDetail", json!({"AcmeDesk": {}}));
    let world = World::new()
        .has(body)
        .expects("id: alpha, name: alpha, expect: {provider: {type: JIRA_CLOUD}}");
    let checked = world.check(&[]);
    assert_ne!(checked.state("prod/alpha"), "in_sync");
    assert_eq!(checked.findings("changed")[0]["observed"], "AcmeDesk");
}

#[test]
fn another_connectors_answer_is_no_answer() {
    let checked = World::new()
        .has(jira(2, "alpha"))
        .expects(&format!("id: alpha, connector_id: {}", id(1)))
        .target_setting("unmanaged: ignore")
        .check(&[])
        .ends_with(4)
        .says("another connector");
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    // The same id with another name than the listing has.
    let checked = World::serving(jira(1, "beta"))
        .lists(&json!([{"ConnectorId": id(1), "Name": "alpha", "ProviderSummary": {}}]))
        .check(&[])
        .ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
}

#[test]
fn a_body_over_the_bound_is_no_answer() {
    let large = |size| with(jira(1, "alpha"), "/Description", json!("x".repeat(size)));
    let checked = check(large(1024 * 1024)).ends_with(4).says("1 MiB");
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    check(large(1000 * 1024)).ends_with(0);
}

#[test]
fn times_that_are_none_are_not_guessed() {
    for time in [
        "",
        "yesterday",
        "2026-11-22",
        "1700000000",
        "2026-13-01T00:00:00Z",
    ] {
        let checked =
            check(with(jira(1, "alpha"), "/Health/LastCheckedAt", json!(time))).ends_with(4);
        assert_eq!(checked.unread("prod/alpha"), "malformed_response", "{time}");
    }
    // A number is not what the API promises.
    check(with(jira(1, "alpha"), "/CreatedAt", json!(1_700_000_000))).ends_with(4);
    let old = with(
        jira(1, "alpha"),
        "/Health/LastCheckedAt",
        json!("2026-11-12T11:00:00Z"),
    );
    let checked = check(old).ends_with(3);
    assert_eq!(checked.outcome("prod/alpha", "health-check-fresh"), "fail");
}

#[test]
fn names_that_two_connectors_have_mean_neither() {
    let world = World::clean().has(jira(2, "alpha"));
    let checked = world.check(&[]).ends_with(4).says("write the connector_id");
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
}

#[test]
fn listing_entries_without_name_or_id() {
    let summary = json!({"ConnectorId": id(1), "ProviderSummary": {}});
    let checked = World::serving(jira(1, "alpha"))
        .lists(&json!([summary]))
        .check(&[])
        .ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    for entry in [
        json!({"Name": "beta"}),
        json!({"ConnectorId": "../x", "Name": "b"}),
        json!(null),
        json!("x"),
        json!({"ConnectorId": 1}),
    ] {
        let named = json!({"ConnectorId": id(1), "Name": "alpha"});
        let checked = World::serving(jira(1, "alpha"))
            .lists(&json!([named, entry]))
            .check(&[])
            .ends_with(4);
        assert_eq!(
            checked.unread("prod/alpha"),
            "malformed_response",
            "{entry}"
        );
        assert_eq!(checked.findings("unlisted").len(), 1, "{entry}");
    }
}

#[test]
fn an_unmanaged_connector_that_can_not_be_read_is_still_there() {
    let world = World::clean()
        .has(jira(2, "beta"))
        .fault(json!({"operation": "get", "connector_id": id(2), "drop": true}));
    let checked = world.check(&["--max-attempts", "1"]).ends_with(4);
    let address = format!("prod/{}", id(2));
    assert_eq!(checked.unread(&address), "network");
    assert_eq!(
        checked.findings("unmanaged")[0]["address"],
        address.as_str()
    );
}

#[test]
fn a_token_that_comes_again_ends_the_listing_as_unread() {
    let page =
        json!({"Connectors": [{"ConnectorId": id(1), "Name": "alpha"}], "NextToken": "again"});
    let world =
        World::clean().fault(json!({"operation": "list", "answer": {"body": page.to_string()}}));
    let checked = world.check(&[]).ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "malformed_response");
    assert_eq!(checked.findings("unlisted").len(), 1);
}

#[test]
fn a_page_that_fails_leaves_names_and_unmanaged_unknown() {
    let world = |second: Value| {
        World::clean()
            .has(jira(2, "beta"))
            .expects("id: beta, name: beta")
            .expects(&format!("id: gamma, connector_id: {}", id(3)))
            .has(jira(3, "gamma"))
            .emulator("page_size", json!(1))
            .fault(second)
    };
    let checked =
        world(json!({"operation": "list", "page": 2, "error": {"type": "AccessDeniedException"}}))
            .check(&[])
            .ends_with(4);
    // The first was listed; but whether another has its name is not known.
    assert_eq!(checked.unread("prod/alpha"), "access_denied");
    assert_eq!(checked.unread("prod/beta"), "access_denied");
    // By its id a connector is found without the listing.
    assert_eq!(checked.state("prod/gamma"), "in_sync");
    assert_eq!(checked.findings("unlisted").len(), 1);
    assert_eq!(
        checked.findings("missing").len() + checked.findings("unmanaged").len(),
        0
    );
    assert!(checked.report["targets"][0]["listed"].is_null());
    // All three pages, each once refused for being too many.
    let throttle = json!({"operation": "list", "page": 2, "times": 1, "error": {"type": "ThrottlingException"}});
    world(throttle).check(&[]).ends_with(0);
}

#[test]
fn auth_url_is_in_no_output() {
    // The worlds all hold one, and every run looks for it; here it is drift, and deep inside.
    let deep = json!({"AcmeDesk": {"Inner": [{"AuthUrl": "do-not-print-me"}]}});
    check(with(jira(1, "alpha"), "/ProviderDetail", deep));
    let body = with(jira(1, "alpha"), "/AuthUrl", json!("do-not-print-me"));
    check(body).ends_with(0);
    let number = with(
        jira(1, "alpha"),
        "/ProviderDetail/JiraCloud/AuthUrl",
        json!({"do-not-print-me": 1}),
    );
    check(number).ends_with(0);
    // Cut off in the middle, and beginning with the secret.
    let cut = json!({"operation": "get", "answer": {"body": "{\"AuthUrl\":\"do-not-print-me"}});
    World::clean().fault(cut).check(&[]).ends_with(4);
}

#[test]
fn an_answer_with_the_arn_of_another_account_is_not_about_this_one() {
    let arn = format!(
        "arn:aws:securityhub:us-east-1:999999999999:connectorv2/{}",
        id(1)
    );
    let checked = World::serving(with(jira(1, "alpha"), "/ConnectorArn", json!(arn)))
        .check(&[])
        .ends_with(4);
    assert_eq!(checked.unread("prod/alpha"), "wrong_account");
}

#[test]
fn an_empty_region_hints_at_the_home_region() {
    World::new()
        .expects("id: alpha, name: alpha")
        .check(&[])
        .ends_with(2)
        .says("home region");
}
