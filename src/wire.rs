//! The API's JSON becomes the model. The only library file that knows the wire's names.
//!
//! The facts are read from the response body and not from an SDK's types,
//! because those fill absent fields with defaults. Here absent stays absent,
//! and enum values and providers that we don't know keep their names.
//! `AuthUrl` is a secret: its value is never taken in.

mod hub;
mod redact;
mod saved;

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::model::{
    ArnError, Connector, ConnectorArn, ConnectorId, Fact, Issue, Summary, Time, Value,
};

pub use hub::{hub_is_off, says_hub_is_off};
pub use redact::redact;
pub use saved::{Form, arn, form, summary, summary_text};

/// The largest body that is taken for an answer, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Why tags can't be asked for.
pub const NO_ARN_FOR_TAGS: &str = "the answer has no ConnectorArn to ask for its tags by";

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Why a body is not the answer that the API promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It isn't JSON.
    #[error("the answer is not JSON (it begins with `{0}`)")]
    NotJson(String),
    /// It is JSON by its form, but one of its texts holds an escape such as `\ud800` alone, which is no
    /// character.
    #[error("a text in the answer is not Unicode: it holds half of a surrogate pair")]
    NotUnicode,
    /// A field has another type than the API's model says.
    #[error("the answer's field {0} is not of the type that the API promises")]
    Field(String),
    /// A time that can't be read.
    #[error("the answer's {0} is not a time: `{1}`")]
    NotATime(&'static str, String),
    /// There is no connector id, so that nobody knows whose answer it is.
    #[error("the answer has no ConnectorId")]
    NoId,
    /// It is about another connector.
    #[error("the answer is about another connector: `{0}`")]
    OtherId(String),
    /// Its ARN is none of a connector, so that nobody knows whose answer it is.
    #[error("the answer's ARN: {0}")]
    NotAnArn(ArnError),
    /// The union of providers has several members.
    #[error("the answer names several providers: {0}")]
    SeveralProviders(String),
    /// A member of the union of providers that would be taken for one we know.
    #[error("the answer's provider `{0}` is not what the API calls it")]
    NotAProvider(String),
    /// A listing without its list.
    #[error("the answer has no {0}")]
    Lacks(&'static str),
    /// It is longer than [`MAX_BODY`].
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
}

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
    #[serde(default, deserialize_with = "members")]
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
    // Whatever it is, its content is not read.
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePage {
    connectors: Option<Vec<Object<WireSummary>>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireSummary {
    connector_arn: Option<String>,
    connector_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireTags {
    tags: Option<Texts>,
}

/// A JSON object. serde's derived readers take an array for a struct as well, field by field.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Texts by name, each name once: of two values nobody knows which is meant.
struct Texts(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((name, text)) = map.next_entry()? {
                    if texts.insert(name, text).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// The names of the provider union's members, and the types they stand for.
const PROVIDERS: [(&str, &str); 4] = [
    ("JiraCloud", "JIRA_CLOUD"),
    ("ServiceNow", "SERVICENOW"),
    ("Azure", "AZURE"),
    ("GCP", "GCP"),
];

/// Reads the members of a union that aren't null, names and bodies, in order.
fn members<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, Box<RawValue>)>, D::Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Box<RawValue>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with one member")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, body)) = map.next_entry::<String, Box<RawValue>>()? {
                if body.get() != "null" {
                    members.push((name, body));
                }
            }
            Ok(members)
        }
    }
    deserializer.deserialize_any(Members)
}

/// Parses `text` into `T`; on failure says which field is to blame, without
/// repeating a value that may be a secret.
fn parse<'a, T: Deserialize<'a>>(text: &'a str, within: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| {
        if error.is_syntax() || error.is_eof() {
            // Who only looks at the form takes any escape.
            return match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Malformed::NotUnicode,
                Err(_) => Malformed::NotJson(beginning(text)),
            };
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) => error.path().to_string(),
            Ok(_) => ".".to_owned(),
        };
        match (within, path.as_str()) {
            ("", ".") => Malformed::NotJson(beginning(text)),
            (_, ".") => Malformed::Field(format!("`{within}`")),
            ("", _) => Malformed::Field(format!("`{path}`")),
            _ => Malformed::Field(format!("`{within}.{path}`")),
        }
    })
}

/// How a text that is not JSON begins, for a person; but nothing that is in quotes: of JSON
/// that was cut off it could be a secret.
fn beginning(text: &str) -> String {
    text.chars().take(40).take_while(|it| *it != '"').collect()
}

/// Checks that a body may be read at all: not too large, and UTF-8.
fn text(body: &[u8]) -> Result<&str, Malformed> {
    if body.len() > MAX_BODY {
        return Err(Malformed::TooLarge);
    }
    std::str::from_utf8(body).map_err(|_| {
        Malformed::NotJson(beginning(&String::from_utf8_lossy(
            &body[..body.len().min(160)],
        )))
    })
}

fn time(field: &'static str, text: String) -> Result<Value, Malformed> {
    match text.parse() {
        Ok(at) => Ok(Value::Time(Time { at, text })),
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
    // Its tags are asked for by its ARN, and would be another connector's.
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
    connector.set(
        Fact::CreatedAt,
        wire.created_at.map(|t| time("CreatedAt", t)).transpose()?,
    );
    connector.set(
        Fact::LastUpdatedAt,
        wire.last_updated_at
            .map(|t| time("LastUpdatedAt", t))
            .transpose()?,
    );
    if let Some(Object(health)) = wire.health {
        read_health(&mut connector, health)?;
    }
    read_provider(&mut connector, wire.provider_detail)?;
    // Another call's.
    connector.set_unread(Fact::Tags);
    Ok(connector)
}

fn read_health(connector: &mut Connector, health: WireHealth) -> Result<(), Malformed> {
    connector.set(
        Fact::HealthConnectorStatus,
        health.connector_status.map(Value::Text),
    );
    connector.set(Fact::HealthMessage, health.message.map(Value::Text));
    let checked = health
        .last_checked_at
        .map(|t| time("Health.LastCheckedAt", t));
    connector.set(Fact::HealthLastCheckedAt, checked.transpose()?);
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
    let Some((_, known)) = PROVIDERS.iter().find(|(wire, _)| *wire == name) else {
        if PROVIDERS.iter().any(|(_, known)| *known == name) {
            return Err(Malformed::NotAProvider(name));
        }
        // A provider newer than this program: its name is kept, what is in it isn't understood.
        let name = saved::unknown_member(&name, body.get()).unwrap_or(name);
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

/// Notes that none of the provider's settings were read.
fn no_settings(connector: &mut Connector) {
    for fact in SETTINGS {
        connector.set_unread(fact);
    }
}

/// The facts that stand in a provider's details.
const SETTINGS: [Fact; 12] = [
    Fact::ProviderCloudId,
    Fact::ProviderProjectKey,
    Fact::ProviderDomain,
    Fact::ProviderAuthUrl,
    Fact::ProviderAuthStatus,
    Fact::ProviderInstanceName,
    Fact::ProviderSecretArn,
    Fact::ProviderAwsConfigConnectorArn,
    Fact::ProviderScopeType,
    Fact::ProviderScopeValues,
    Fact::ProviderAzureRegions,
    Fact::ProviderGcpRegions,
];

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its entries.
    pub summaries: Vec<Summary>,
    /// The ARNs that stand in them.
    pub arns: Vec<(ConnectorId, String)>,
    /// The token that asks for the next page; `None` on the last.
    pub next_token: Option<String>,
}

/// Reads the body of `ListConnectorsV2`.
///
/// # Errors
/// When the body is not a page, or an entry has no usable connector id: a
/// connector that can't be asked for must not be passed over.
pub fn page(body: &[u8]) -> Result<Page, Malformed> {
    let Object(wire): Object<WirePage> = parse(text(body)?, "")?;
    let connectors = wire.connectors.ok_or(Malformed::Lacks("Connectors"))?;
    let mut arns = Vec::with_capacity(connectors.len());
    let summaries = connectors
        .into_iter()
        .enumerate()
        .map(|(index, Object(entry))| {
            let id = entry.connector_id.and_then(|id| id.parse().ok());
            let id =
                id.ok_or_else(|| Malformed::Field(format!("`Connectors[{index}].ConnectorId`")))?;
            arns.extend(entry.connector_arn.map(|arn| (id, arn)));
            Ok(Summary {
                id,
                name: entry.name,
            })
        });
    Ok(Page {
        summaries: summaries.collect::<Result<_, _>>()?,
        arns,
        next_token: wire.next_token.filter(|t| !t.is_empty()),
    })
}

/// Reads the body of `ListTagsForResource`.
///
/// # Errors
/// When the body is not such an answer. Without `Tags` it isn't: not read is not empty.
pub fn tags(body: &[u8]) -> Result<BTreeMap<String, String>, Malformed> {
    let Object(wire): Object<WireTags> = parse(text(body)?, "")?;
    wire.tags
        .map(|Texts(texts)| texts)
        .ok_or(Malformed::Lacks("Tags"))
}

#[cfg(test)]
mod tests;
