//! The body of `GetConnectorV2` becomes a connector.
//!
//! Absent stays absent, and enum values and providers that aren't known keep their names.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{
    json::{Object, parse, text},
    malformed::Malformed,
    provider,
    redact::REDACTED,
};
use crate::model::{Connector, ConnectorArn, ConnectorId, Fact, Issue, Time, Value};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireConnector {
    connector_id: Option<String>,
    connector_arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    kms_key_arn: Option<String>,
    created_at: Option<String>,
    last_updated_at: Option<String>,
    enablement_status: Option<String>,
    enablement_status_reason: Option<String>,
    health: Option<Object<WireHealth>>,
    #[serde(default, deserialize_with = "provider::members")]
    provider_detail: Vec<(String, Box<RawValue>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireHealth {
    connector_status: Option<String>,
    last_checked_at: Option<String>,
    message: Option<String>,
    issues: Option<Vec<Object<WireIssue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireIssue {
    code: Option<String>,
    message: Option<String>,
}

/// The details of all known providers: no name has two meanings among them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireProvider {
    cloud_id: Option<String>,
    project_key: Option<String>,
    domain: Option<String>,
    // A secret: its value is not read.
    auth_url: Option<IgnoredAny>,
    auth_status: Option<String>,
    instance_name: Option<String>,
    secret_arn: Option<String>,
    #[serde(rename = "AWSConfigConnectorArn")]
    aws_config_connector_arn: Option<String>,
    scope_configuration: Option<Object<WireScope>>,
    azure_regions: Option<Vec<String>>,
    #[serde(rename = "GCPRegions")]
    gcp_regions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireScope {
    scope_type: Option<String>,
    scope_values: Option<Vec<String>>,
}

fn time(field: &'static str, text: Option<String>) -> Result<Option<Value>, Malformed> {
    let Some(text) = text else {
        return Ok(None);
    };
    match text.parse() {
        Ok(at) => Ok(Some(Value::Time(Time { at, text }))),
        Err(_) => Err(Malformed::NotATime(field, text.chars().take(80).collect())),
    }
}

fn set(mut texts: Vec<String>) -> Value {
    texts.sort();
    texts.dedup();
    Value::Set(texts)
}

/// Reads the body of `GetConnectorV2`, asked for the connector `asked`.
///
/// # Errors
/// When the body is not an answer about that connector. A body that merely
/// lacks fields is one: they are absent.
pub fn connector(body: &[u8], asked: &ConnectorId) -> Result<Connector, Malformed> {
    let Object(wire): Object<WireConnector> = parse(text(body)?, "")?;
    match &wire.connector_id {
        None => return Err(Malformed::NoId),
        Some(id) if id != asked.as_str() => {
            return Err(Malformed::OtherId(id.chars().take(80).collect()));
        }
        Some(_) => {}
    }
    // Tags are asked for by ARN: those of another connector's ARN would be that connector's.
    if let Some(arn) = &wire.connector_arn {
        let arn: ConnectorArn = arn.parse().map_err(Malformed::NotAnArn)?;
        if arn.id != *asked {
            return Err(Malformed::OtherId(arn.id.to_string()));
        }
    }
    let mut connector = Connector::default();
    let mut put = |fact, value: Option<String>| connector.set(fact, value.map(Value::Text));
    put(Fact::ConnectorId, wire.connector_id);
    put(Fact::ConnectorArn, wire.connector_arn);
    put(Fact::Name, wire.name);
    put(Fact::Description, wire.description);
    put(Fact::KmsKeyArn, wire.kms_key_arn);
    put(Fact::EnablementStatus, wire.enablement_status);
    put(Fact::EnablementStatusReason, wire.enablement_status_reason);
    connector.set(Fact::CreatedAt, time("CreatedAt", wire.created_at)?);
    let updated = time("LastUpdatedAt", wire.last_updated_at)?;
    connector.set(Fact::LastUpdatedAt, updated);
    if let Some(Object(health)) = wire.health {
        read_health(&mut connector, health)?;
    }
    read_provider(&mut connector, wire.provider_detail)?;
    // Tags are read by another call.
    connector.set_unread(Fact::Tags);
    Ok(connector)
}

fn read_health(connector: &mut Connector, health: WireHealth) -> Result<(), Malformed> {
    connector.set(
        Fact::HealthConnectorStatus,
        health.connector_status.map(Value::Text),
    );
    connector.set(Fact::HealthMessage, health.message.map(Value::Text));
    let checked = time("Health.LastCheckedAt", health.last_checked_at)?;
    connector.set(Fact::HealthLastCheckedAt, checked);
    let issue = |Object(WireIssue { code, message })| Issue { code, message };
    let issues = health
        .issues
        .map(|issues| Value::Issues(issues.into_iter().map(issue).collect()));
    connector.set(Fact::HealthIssues, issues);
    Ok(())
}

fn read_provider(
    connector: &mut Connector,
    members: Vec<(String, Box<RawValue>)>,
) -> Result<(), Malformed> {
    let (name, body) = match <[_; 1]>::try_from(members) {
        Ok([member]) => member,
        Err(members) if members.is_empty() => {
            no_settings(connector);
            return Ok(());
        }
        Err(members) => {
            let names: Vec<_> = members.into_iter().take(8).map(|(name, _)| name).collect();
            return Err(Malformed::SeveralProviders(names.join(", ")));
        }
    };
    let Some((_, known)) = provider::PROVIDERS.iter().find(|(wire, _)| *wire == name) else {
        if provider::PROVIDERS.iter().any(|(_, known)| *known == name) {
            return Err(Malformed::NotAProvider(name));
        }
        // A provider newer than this program: its name is kept, its settings are not understood.
        let name = provider::unknown_member(&name, body.get()).unwrap_or(name);
        connector.set(Fact::ProviderType, Some(Value::Text(name)));
        no_settings(connector);
        return Ok(());
    };
    let Object(detail): Object<WireProvider> =
        parse(body.get(), &format!("ProviderDetail.{name}"))?;
    let mut put = |fact, value: Option<String>| connector.set(fact, value.map(Value::Text));
    put(Fact::ProviderType, Some((*known).to_owned()));
    put(Fact::ProviderCloudId, detail.cloud_id);
    put(Fact::ProviderProjectKey, detail.project_key);
    put(Fact::ProviderDomain, detail.domain);
    put(
        Fact::ProviderAuthUrl,
        detail.auth_url.map(|_| REDACTED.to_owned()),
    );
    put(Fact::ProviderAuthStatus, detail.auth_status);
    put(Fact::ProviderInstanceName, detail.instance_name);
    put(Fact::ProviderSecretArn, detail.secret_arn);
    put(
        Fact::ProviderAwsConfigConnectorArn,
        detail.aws_config_connector_arn,
    );
    if let Some(Object(scope)) = detail.scope_configuration {
        put(Fact::ProviderScopeType, scope.scope_type);
        connector.set(Fact::ProviderScopeValues, scope.scope_values.map(set));
    }
    connector.set(Fact::ProviderAzureRegions, detail.azure_regions.map(set));
    connector.set(Fact::ProviderGcpRegions, detail.gcp_regions.map(set));
    Ok(())
}

/// Notes that none of the provider's settings were read. They stand together in the list of facts.
fn no_settings(connector: &mut Connector) {
    for fact in Fact::ALL {
        if (Fact::ProviderCloudId..=Fact::ProviderGcpRegions).contains(fact) {
            connector.set_unread(*fact);
        }
    }
}
