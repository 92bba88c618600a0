//! Bodies as the API sends them, and as it never should.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Connector, Fact, Value};

const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

fn read(body: &str) -> Result<Connector, Malformed> {
    connector(body.as_bytes(), &ID.parse().expect("an id"))
}

fn with(rest: &str) -> Result<Connector, Malformed> {
    read(&format!(r#"{{"ConnectorId":"{ID}"{rest}}}"#))
}

#[test]
fn what_is_absent_on_the_wire_stays_absent() {
    let connector = with("").expect("an answer");
    for fact in Fact::ALL.iter().filter(|f| **f != Fact::ConnectorId) {
        assert_eq!(connector.get(*fact), None, "{fact:?}");
    }
}

#[test]
fn half_a_character_is_no_text_and_where_nothing_is_read_it_is_none_of_ours() {
    for half in [r"\ud800", r"\udc00", r"a\ud800b", r"\ud800\ud800"] {
        assert_eq!(
            with(&format!(r#","Description":"{half}""#)),
            Err(Malformed::NotUnicode)
        );
        let secret = format!(r#","ProviderDetail":{{"JiraCloud":{{"AuthUrl":"{half}"}}}}"#);
        with(&secret).expect("an answer");
    }
    let whole = with(r#","Description":"\ud83c\udf89""#).expect("an answer");
    assert_eq!(whole.text(Fact::Description), Some("🎉"));
}

#[test]
fn null_is_absent() {
    let connector = with(r#","Name":null,"Health":null,"ProviderDetail":{"JiraCloud":null}"#)
        .expect("an answer");
    assert_eq!(connector.get(Fact::Name), None);
    assert_eq!(connector.get(Fact::ProviderType), None);
}

#[test]
fn unknown_enums_and_providers_keep_their_names() {
    let connector = with(
        r#","EnablementStatus":"SNOOZED","ProviderDetail":{"AcmeDesk":{"AuthUrl":"https://x"}}"#,
    )
    .expect("an answer");
    assert_eq!(connector.text(Fact::EnablementStatus), Some("SNOOZED"));
    assert_eq!(connector.text(Fact::ProviderType), Some("AcmeDesk"));
    assert_eq!(connector.get(Fact::ProviderAuthUrl), None);
    for fact in Fact::ALL {
        let is_other_call_s = *fact == Fact::Tags;
        let is_setting = format!("{fact:?}").starts_with("Provider") && *fact != Fact::ProviderType;
        assert_eq!(
            connector.is_unread(*fact),
            is_setting || is_other_call_s,
            "{fact:?}"
        );
    }
    assert!(!connector.is_unread(Fact::Description), "it is absent");
    let known = with(r#","ProviderDetail":{"JiraCloud":{}}"#).expect("an answer");
    assert!(!known.is_unread(Fact::ProviderDomain), "it is absent");
}

#[test]
fn gcp_is_read_though_the_sdk_does_not_know_it() {
    let connector = with(
        r#","ProviderDetail":{"GCP":{"AWSConfigConnectorArn":"arn:x","ScopeConfiguration":{"ScopeType":"PROJECT","ScopeValues":["b","a","b"]},"GCPRegions":["europe-west1"]}}"#,
    )
    .expect("an answer");
    assert_eq!(connector.text(Fact::ProviderType), Some("GCP"));
    assert_eq!(
        connector.get(Fact::ProviderScopeValues),
        Some(&Value::Set(vec!["a".into(), "b".into()]))
    );
    assert_eq!(
        connector.get(Fact::ProviderGcpRegions),
        Some(&Value::Set(vec!["europe-west1".into()]))
    );
}

#[test]
fn the_authorisation_url_is_never_taken_in() {
    for url in [
        r#""https://auth.example/secret""#,
        r#"{"a":["secret"]}"#,
        "5",
    ] {
        let connector = with(&format!(
            r#","ProviderDetail":{{"JiraCloud":{{"AuthUrl":{url}}}}}"#
        ))
        .expect("an answer");
        assert_eq!(connector.text(Fact::ProviderAuthUrl), Some(REDACTED));
        assert!(!format!("{connector:?}").contains("secret"));
    }
}

#[test]
fn what_is_no_answer_is_refused_and_says_why() {
    let message = |body: &str| read(body).expect_err(body).to_string();
    assert_eq!(
        message("<html>busy</html>"),
        "the answer is not JSON (it begins with `<html>busy</html>`)"
    );
    assert_eq!(message(""), "the answer is not JSON (it begins with ``)");
    assert_eq!(
        message("[]"),
        "the answer is not JSON (it begins with `[]`)"
    );
    assert_eq!(message("{}"), "the answer has no ConnectorId");
    assert_eq!(
        message(r#"{"ConnectorId":"other"}"#),
        "the answer is about another connector: `other`"
    );
    assert_eq!(
        with(r#","Name":5"#).expect_err("a number").to_string(),
        "the answer's field `Name` is not of the type that the API promises"
    );
    assert_eq!(
        with(r#","ProviderDetail":{"JiraCloud":{"Domain":["secret"]}}"#)
            .expect_err("a list")
            .to_string(),
        "the answer's field `ProviderDetail.JiraCloud.Domain` is not of the type that the API promises"
    );
    assert_eq!(
        with(r#","CreatedAt":"soon""#)
            .expect_err("no time")
            .to_string(),
        "the answer's CreatedAt is not a time: `soon`"
    );
    assert_eq!(
        with(r#","ProviderDetail":{"JiraCloud":{},"Azure":{}}"#)
            .expect_err("two")
            .to_string(),
        "the answer names several providers: JiraCloud, Azure"
    );
    assert!(
        with(r#","Name":"a","Name":"b""#).is_err(),
        "a repeated field"
    );
    let long = " ".repeat(MAX_BODY + 1);
    assert_eq!(message(&long), "the answer is larger than 1 MiB");
}

#[test]
fn a_list_is_no_object() {
    let health = r#"["CONNECTED","2026-11-01T09:00:00Z",null,[]]"#;
    let provider = r#"[null,"SEC",null,null,"ACTIVE",null,null,null,null,null,null]"#;
    let whole = format!(
        r#"["{ID}",null,null,null,null,null,null,null,null,{health},{{"JiraCloud":{{}}}}]"#
    );
    assert!(read(&whole).is_err(), "a connector");
    assert!(with(&format!(r#","Health":{health}"#)).is_err(), "health");
    let issues = r#","Health":{"Issues":[["DISCOVERY_FAILURE",null]]}"#;
    assert!(with(issues).is_err(), "an issue");
    let detail = format!(r#","ProviderDetail":{{"JiraCloud":{provider}}}"#);
    assert!(with(&detail).is_err(), "a provider");
    // However many keys an object has by now: a list of as many is none.
    for n in 0..40 {
        let nulls = vec!["null"; n].join(",");
        let detail = format!(r#","ProviderDetail":{{"JiraCloud":[{nulls}]}}"#);
        assert!(with(&detail).is_err(), "a provider of {n}");
        assert!(
            with(&format!(r#","Health":[{nulls}]"#)).is_err(),
            "health of {n}"
        );
        assert!(read(&format!("[{nulls}]")).is_err(), "a connector of {n}");
    }
    let scope = r#","ProviderDetail":{"GCP":{"ScopeConfiguration":["PROJECT",[]]}}"#;
    assert!(with(scope).is_err(), "a scope");
    assert!(page(b"[[],null]").is_err(), "a page");
    let entry = format!(r#"{{"Connectors":[["{ID}","jira"]]}}"#);
    assert!(page(entry.as_bytes()).is_err(), "an entry");
    assert!(tags(b"[{}]").is_err(), "tags");
}

#[test]
fn a_tag_that_is_there_twice_is_not_chosen_from() {
    assert!(tags(br#"{"Tags":{"team":"a","team":"b"}}"#).is_err());
}

#[test]
fn another_connector_s_arn_is_another_connector_s_answer() {
    let arn = |id: &str| {
        with(&format!(
            r#","ConnectorArn":"arn:aws:securityhub:us-east-1:111122223333:connectorv2/{id}""#
        ))
    };
    assert!(arn(ID).is_ok());
    let other = "1a2b3c4d-0000-4000-8000-000000000000";
    assert_eq!(arn(other), Err(Malformed::OtherId(other.to_owned())));
    for none in [ID.to_uppercase().as_str(), "", "..", &format!("{ID} ")] {
        assert!(matches!(arn(none), Err(Malformed::NotAnArn(_))), "{none}");
    }
}

#[test]
fn a_provider_we_don_t_know_is_not_taken_for_one_we_do() {
    let answer = with(r#","ProviderDetail":{"JIRA_CLOUD":{"AuthStatus":"FAILED"}}"#);
    assert_eq!(answer, Err(Malformed::NotAProvider("JIRA_CLOUD".into())));
}

#[test]
fn a_page_with_an_entry_that_cannot_be_asked_for_is_refused() {
    assert_eq!(
        page(br#"{"Connectors":[{"Name":"x"}]}"#),
        Err(Malformed::Field("`Connectors[0].ConnectorId`".into()))
    );
    assert_eq!(page(b"{}"), Err(Malformed::Lacks("Connectors")));
    let read =
        page(format!(r#"{{"Connectors":[{{"ConnectorId":"{ID}"}}],"NextToken":""}}"#).as_bytes());
    let read = read.expect("a page");
    assert_eq!((read.summaries.len(), read.next_token), (1, None));
}

#[test]
fn tags_that_were_not_sent_are_not_empty_tags() {
    assert_eq!(tags(b"{}"), Err(Malformed::Lacks("Tags")));
    assert_eq!(tags(br#"{"Tags":{}}"#), Ok(BTreeMap::new()));
}

#[test]
fn the_cli_s_way_of_writing_times_is_read() {
    for text in [
        "2026-11-01T09:00:00Z",
        "2026-11-01T09:00:00.123000+00:00",
        "2026-11-01 09:00:00+00:00",
    ] {
        let connector = with(&format!(r#","CreatedAt":"{text}""#)).expect(text);
        assert_eq!(connector.text(Fact::CreatedAt), Some(text));
    }
}
