//! Which answers are believed, over real HTTP: what is of elsewhere, and what contradicts itself.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, World, id, jira, with};

fn arn(n: u32) -> String {
    format!(
        "arn:aws:securityhub:us-east-1:{ACCOUNT}:connectorv2/{}",
        id(n)
    )
}

#[test]
fn an_answer_of_elsewhere_leaves_the_connector_unread() {
    for (other, expected) in [
        (arn(1).replace("us-east-1", "eu-west-1"), "wrong_region"),
        (
            arn(1).replace("arn:aws:", "arn:aws-us-gov:"),
            "wrong_region",
        ),
        (arn(1).replace(ACCOUNT, "999988887777"), "wrong_account"),
        (arn(1).to_uppercase(), "malformed_response"),
        (arn(2), "malformed_response"),
    ] {
        // Its tags are needed, and not asked for: they would be of elsewhere too.
        let checked = World::new()
            .has_tagged(
                with(jira(1, "alpha"), "/ConnectorArn", json!(other)),
                &json!({"team": "secops"}),
            )
            .lists(&json!([{"ConnectorId": id(1), "Name": "alpha"}]))
            .expects("id: alpha, name: alpha, expect: {tags: {team: secops}}")
            .check(&[])
            .ends_with(4);
        assert_eq!(checked.unread("prod/alpha"), expected, "{other}");
        assert!(!checked.connector("prod/alpha")["request_id"].is_null());
        assert_eq!(
            checked.report["run"]["requests"]["sent"], 3,
            "identity, list and connector"
        );
    }
}

#[test]
fn an_entry_of_elsewhere_makes_the_list_unread() {
    for (other, expected) in [
        (arn(1).replace("us-east-1", "eu-west-1"), "wrong_region"),
        (arn(1).replace(ACCOUNT, "999988887777"), "wrong_account"),
        (arn(2), "malformed_response"),
    ] {
        let entry = json!({"ConnectorId": id(1), "ConnectorArn": other, "Name": "alpha"});
        let checked = World::new()
            .has(jira(1, "alpha"))
            .lists(&json!([entry]))
            .expects("id: alpha, name: alpha")
            .check(&[])
            .ends_with(4);
        assert_eq!(checked.unread("prod/alpha"), expected, "{other}");
        let unlisted = &checked.findings("unlisted")[0]["message"];
        assert!(
            unlisted.as_str().is_some_and(|it| it.contains("page 1")),
            "{unlisted}"
        );
    }
}

#[test]
fn a_hub_is_off_only_by_the_words_of_security_hub_about_this_account() {
    let conflict = |said: &str| json!({"operation": "list", "error": {"type": "ConflictException", "status": 409, "message": said}});
    let ends = |said: &str, code: i32| {
        let off = World::new().target_setting("hub: disabled");
        off.fault(conflict(said)).check(&[]).ends_with(code)
    };
    ends("Security Hub V2 is not enabled", 0);
    ends(&format!("Security Hub V2 is not enabled for {ACCOUNT}"), 0);
    for said in [
        "Security Hub V2 is not enabled for 999988887777",
        "AWS Config is not enabled",
        "The requested feature is not enabled",
    ] {
        let checked = ends(said, 4);
        let why = &checked.report["targets"][0]["reason"]["kind"];
        assert_eq!(why, "service_error", "{said}");
    }
}

#[test]
fn an_error_is_believed_with_its_own_status_only() {
    let off = "Security Hub V2 is not enabled";
    for (status, kind, sent) in [
        (400, "service_error", 1),
        (403, "service_error", 1),
        (429, "throttled", 2),
        (500, "service_error", 2),
        (503, "service_error", 2),
    ] {
        let error = |name: &str| json!({"type": name, "status": status, "message": off});
        let missing = World::new()
            .target_setting("unmanaged: ignore")
            .expects(&format!("id: alpha, connector_id: {}", id(1)))
            .fault(json!({"operation": "get", "error": error("ResourceNotFoundException")}))
            .check(&["--max-attempts", "2"])
            .ends_with(4);
        assert_eq!(missing.unread("prod/alpha"), kind, "{status}");
        assert_eq!(missing.report["run"]["requests"]["sent"], 1 + sent);
        let disabled = World::new()
            .target_setting("hub: disabled")
            .fault(json!({"operation": "list", "error": error("ConflictException")}))
            .check(&["--max-attempts", "2"])
            .ends_with(4);
        let reason = &disabled.report["targets"][0]["reason"]["kind"];
        assert_eq!(reason, kind, "{status}");
        assert_eq!(disabled.report["run"]["requests"]["sent"], 1 + sent);
    }
}

#[test]
fn a_caller_of_elsewhere_is_believed_nowhere() {
    let other = "arn:aws:iam::999988887777:user/x".to_owned();
    let partition = format!("arn:aws-us-gov:iam::{ACCOUNT}:user/x");
    for caller in [other.as_str(), &partition, "somebody", ""] {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{caller}</Arn><UserId>U</UserId>\
             <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        let world = World::clean().fault(
            json!({"operation": "identity", "answer": {"content_type": "text/xml", "body": body}}),
        );
        let checked = world.check(&[]).ends_with(4);
        assert_eq!(checked.unread("prod/alpha"), "malformed_response");
        assert_eq!(
            checked.report["run"]["requests"]["sent"], 1,
            "only the identity was asked"
        );
        let run = world.run(&["targets"]).ends_with(1);
        run.says(&["can't be read: malformed_response"]);
    }
}

#[test]
fn two_targets_that_turn_out_to_be_one_place_are_not_two() {
    let world = World::clean()
        .file(
            "home/.aws/credentials",
            "[second]\naws_access_key_id = EMULATOR\naws_secret_access_key = emulator\n",
        )
        .file(
            "hubdrift.yaml",
            &format!(
                "version: 1\ntargets:\n  prod: {{account: \"{ACCOUNT}\", region: us-east-1}}\n  second: {{region: us-east-1, profile: second}}\n\
                 connectors:\n  - {{id: alpha, target: prod, name: alpha}}\n  - {{id: alpha, target: second, name: alpha}}\n"
            ),
        );
    let checked = world
        .check(&["--save-snapshot", "s.json"])
        .ends_with(4)
        .says("`prod` and `second` are one place");
    assert_eq!(checked.state("prod/alpha"), "in_sync");
    assert_eq!(checked.unread("second/alpha"), "wrong_account");
    let replayed = world.check(&["--observed", "s.json"]).ends_with(4);
    assert_eq!(replayed.unread("second/alpha"), "wrong_account");
}

#[test]
fn what_nobody_listed_is_not_made_up_by_who_serves_it() {
    let world = World::clean().target_setting("unmanaged: ignore");
    let world = world.file(
        "hubdrift.yaml",
        &format!(
            "version: 1\ntargets:\n  prod: {{account: \"{ACCOUNT}\", region: us-east-1, unmanaged: ignore}}\n\
             connectors:\n  - {{id: alpha, connector_id: {}}}\n",
            id(1)
        ),
    );
    world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
    let state: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
    let served = World::of_state(state).expects(&format!("id: alpha, connector_id: {}", id(1)));
    let checked = served.check(&["--max-attempts", "1"]).ends_with(4);
    assert_eq!(checked.state("prod/alpha"), "in_sync");
    assert_eq!(checked.findings("unlisted").len(), 1);
}
