//! Turns a connector into its entry of `ListConnectorsV2`, for states that hold no listing.
//!
//! It moves the values of the body as they are written; it does not know what they mean.

use std::collections::BTreeMap;

use hubdrift::model::assumed_partition;
use hubdrift::observed::snapshot::{Answer, Connector, Target};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// An entry of `ListConnectorsV2`; its fields are those of the API, each left out where it
/// is not in the body.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the API's name for it")]
struct Summary<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_arn: Option<Box<RawValue>>,
    connector_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<RawValue>>,
    provider_summary: ProviderSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enablement_status: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enablement_status_reason: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderSummary {
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_status: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_configuration: Option<Box<RawValue>>,
}

/// A JSON object whose values are kept as they are written; empty if the body is no object.
type Fields = BTreeMap<String, Box<RawValue>>;

fn fields(value: Option<&RawValue>) -> Fields {
    value
        .and_then(|it| serde_json::from_str(it.get()).ok())
        .unwrap_or_default()
}

/// The summary of a connector. One that could not be read is listed too, because it would look deleted
/// otherwise.
pub fn summarise(target: &Target<'_>, connector: &Connector<'_>) -> Option<Box<RawValue>> {
    let body = match &connector.answer {
        Answer::Body(body) => Some(&**body),
        Answer::Missing => return None,
        Answer::Unread(_) => None,
    };
    let mut body_fields = fields(body);
    if body.is_none() {
        let arn = to_raw_value(&arn(target, &connector.connector_id)).ok()?;
        body_fields.insert("ConnectorArn".to_owned(), arn);
    }
    let mut field = |name: &str| body_fields.remove(name);
    let provider = field("ProviderDetail");
    let summary = Summary {
        connector_arn: field("ConnectorArn"),
        connector_id: &connector.connector_id,
        name: field("Name"),
        description: field("Description"),
        provider_summary: ProviderSummary {
            provider_name: fields(provider.as_deref())
                .into_keys()
                .next()
                .map(provider_name),
            connector_status: fields(field("Health").as_deref()).remove("ConnectorStatus"),
            provider_configuration: provider,
        },
        created_at: field("CreatedAt"),
        enablement_status: field("EnablementStatus"),
        enablement_status_reason: field("EnablementStatusReason"),
    };
    to_raw_value(&summary).ok()
}

/// The member of the union `ProviderDetail`, as the enum `ConnectorProviderName` calls it.
fn provider_name(member: String) -> String {
    match member.as_str() {
        "JiraCloud" => "JIRA_CLOUD".to_owned(),
        "ServiceNow" => "SERVICENOW".to_owned(),
        "Azure" => "AZURE".to_owned(),
        _ => member,
    }
}

fn arn(target: &Target<'_>, connector_id: &str) -> String {
    let Target {
        account, region, ..
    } = target;
    let partition = assumed_partition(region);
    format!("arn:{partition}:securityhub:{region}:{account}:connectorv2/{connector_id}")
}
