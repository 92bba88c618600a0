//! Drift and fixes over made-up connectors.

use std::collections::BTreeMap;

use regex::Regex;

use super::*;
use crate::{
    inventory::{Expectation, Identity},
    matcher::Matcher,
};

const ARN: &str =
    "arn:aws:securityhub:eu-west-1:111122223333:connectorv2/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

fn connector(facts: &[(Fact, &str)]) -> Connector {
    let mut connector = Connector::default();
    connector.set(
        Fact::ConnectorId,
        Some(Value::Text("1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d".into())),
    );
    connector.set(Fact::ConnectorArn, Some(Value::Text(ARN.into())));
    for (fact, text) in facts {
        connector.set(*fact, Some(Value::Text((*text).into())));
    }
    connector
}

fn expecting(expect: Vec<(Fact, Option<&str>, Matcher)>) -> Expected {
    let expect = expect
        .into_iter()
        .enumerate()
        .map(|(line, (fact, key, matcher))| Expectation {
            fact,
            key: key.map(str::to_owned),
            matcher,
            place: Place::new("hubdrift.yaml", u32::try_from(line).expect("few") + 1, 7),
        });
    Expected {
        id: "jira".into(),
        target: "prod".into(),
        identity: Identity::Name("jira".into()),
        labels: BTreeMap::new(),
        expect: expect.collect(),
        place: Place::start_of("hubdrift.yaml"),
    }
}

fn exact(text: &str) -> Matcher {
    Matcher::Exact(text.to_owned())
}

/// Path, kind of fix and command of each drifted field.
fn fixes(expected: &Expected, observed: &Connector) -> Vec<(String, FixKind, String)> {
    diff(expected, observed)
        .into_iter()
        .map(|d| (d.path, d.fix.kind, d.fix.argv.join(" ")))
        .collect()
}

#[test]
fn only_what_is_expected_is_compared() {
    let observed = connector(&[(Fact::Name, "jira"), (Fact::Description, "anything")]);
    assert_eq!(diff(&expecting(vec![]), &observed), []);
    assert_eq!(
        diff(
            &expecting(vec![(Fact::Name, None, exact("jira"))]),
            &observed
        ),
        []
    );
}

#[test]
fn an_absent_field_is_drift_with_null() {
    let drift = diff(
        &expecting(vec![(Fact::KmsKeyArn, None, exact("arn:aws:kms:x"))]),
        &connector(&[]),
    );
    assert_eq!(drift.len(), 1);
    assert_eq!(drift[0].observed, serde_json::Value::Null);
    assert_eq!(
        drift[0].fix,
        Fix {
            kind: FixKind::Replace,
            argv: vec![]
        }
    );
}

#[test]
fn each_kind_of_change_has_its_fix() {
    let mut observed = connector(&[
        (Fact::ProviderType, "JIRA_CLOUD"),
        (Fact::ProviderProjectKey, "OLD"),
        (Fact::ProviderAuthStatus, "FAILED"),
        (Fact::HealthConnectorStatus, "DEGRADED"),
    ]);
    observed.set(
        Fact::Tags,
        Some(Value::Tags([("old".into(), "x".into())].into())),
    );
    let expected = expecting(vec![
        (Fact::Tags, Some("team"), exact("secops")),
        (Fact::Tags, Some("old"), Matcher::Absent),
        (Fact::Description, None, exact("it's ours")),
        (Fact::ProviderProjectKey, None, exact("SEC")),
        (Fact::ProviderAuthStatus, None, exact("ACTIVE")),
        (Fact::HealthConnectorStatus, None, exact("CONNECTED")),
    ]);
    let id = "--connector-id 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";
    assert_eq!(
        fixes(&expected, &observed),
        [
            (
                "description".into(),
                FixKind::Update,
                format!(
                    "aws securityhub update-connector-v2 {id} --description it's ours --region eu-west-1"
                )
            ),
            (
                "health.connector_status".into(),
                FixKind::None,
                String::new()
            ),
            (
                "provider.project_key".into(),
                FixKind::Update,
                format!(
                    r#"aws securityhub update-connector-v2 {id} --provider {{"JiraCloud":{{"ProjectKey":"SEC"}}}} --region eu-west-1"#
                )
            ),
            (
                "provider.auth_status".into(),
                FixKind::Reauthorise,
                String::new()
            ),
            (
                "tags.old".into(),
                FixKind::Tag,
                format!(
                    "aws securityhub untag-resource --resource-arn {ARN} --tag-keys old --region eu-west-1"
                )
            ),
            (
                "tags.team".into(),
                FixKind::Tag,
                format!(
                    r#"aws securityhub tag-resource --resource-arn {ARN} --tags {{"team":"secops"}} --region eu-west-1"#
                )
            ),
        ]
    );
}

#[test]
fn when_the_provider_s_type_differs_nothing_of_it_is_updated() {
    let observed = connector(&[(Fact::ProviderType, "SERVICENOW")]);
    let expected = expecting(vec![
        (Fact::ProviderType, None, exact("JIRA_CLOUD")),
        (Fact::ProviderProjectKey, None, exact("SEC")),
    ]);
    assert!(
        fixes(&expected, &observed)
            .iter()
            .all(|(_, kind, argv)| *kind == FixKind::Replace && argv.is_empty())
    );
}

#[test]
fn a_cloud_s_scope_and_regions_are_updated_together() {
    let mut observed = connector(&[
        (Fact::ProviderType, "AZURE"),
        (Fact::ProviderScopeType, "SUBSCRIPTION"),
    ]);
    observed.set(
        Fact::ProviderScopeValues,
        Some(Value::Set(vec!["s1".into()])),
    );
    observed.set(
        Fact::ProviderAzureRegions,
        Some(Value::Set(vec!["westeurope".into()])),
    );
    let expected = expecting(vec![(
        Fact::ProviderAzureRegions,
        None,
        Matcher::Set(["northeurope".into()].into()),
    )]);
    let (_, kind, argv) = fixes(&expected, &observed).remove(0);
    assert_eq!(kind, FixKind::Update);
    assert!(
        argv.contains(r#"{"Azure":{"AzureRegions":["northeurope"],"ScopeConfiguration":{"ScopeType":"SUBSCRIPTION","ScopeValues":["s1"]}}}"#),
        "{argv}"
    );
}

#[test]
fn a_matcher_and_an_unsettable_value_have_no_command() {
    let regex = Regex::new("^Jira").expect("a regex");
    for matcher in [Matcher::Matches(regex), Matcher::Present, exact(" ")] {
        let expected = expecting(vec![(Fact::Description, None, matcher)]);
        assert_eq!(
            fixes(&expected, &connector(&[])),
            [("description".into(), FixKind::None, String::new())]
        );
    }
    let expected = expecting(vec![(Fact::Description, None, Matcher::Absent)]);
    let observed = connector(&[(Fact::Description, "x")]);
    assert_eq!(
        fixes(&expected, &observed),
        [("description".into(), FixKind::None, String::new())]
    );
}

#[test]
fn what_only_a_new_connector_can_have_is_replaced_also_for_a_matcher() {
    let expected = expecting(vec![(Fact::KmsKeyArn, None, Matcher::Present)]);
    assert_eq!(
        fixes(&expected, &connector(&[])),
        [("kms_key_arn".into(), FixKind::Replace, String::new())]
    );
}
