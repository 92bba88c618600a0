//! How a drifted field could be put right: the kind of change, and the command where there is one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    facts::{self, Change},
    inventory::{Expectation, Expected, Identity},
    matcher::Matcher,
    model::{
        Connector, ConnectorArn, Fact, Value,
        provider::{AZURE, GCP},
    },
    wire::{ProviderUpdate, Scope},
};

/// How a drifted field could be put right. hubdrift never does it itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// The kind of change.
    pub kind: FixKind,
    /// A command as an argument list; empty where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FixKind {
    /// `aws securityhub update-connector-v2`.
    Update,
    /// `aws securityhub tag-resource` or `untag-resource`.
    Tag,
    /// The connector has to be authorised anew.
    Reauthorise,
    /// The connector must be replaced by a new one.
    Replace,
    /// No command can be given.
    None,
}

impl Fix {
    fn without_command(kind: FixKind) -> Self {
        Self {
            kind,
            argv: Vec::new(),
        }
    }
}

/// The fix of one drifted expectation.
///
/// A matcher names no value to set, so what could be updated to a value has no
/// fix then; a field that only a new connector can have is still "replace".
pub(super) fn fix(expectation: &Expectation, expected: &Expected, observed: &Connector) -> Fix {
    let spec = facts::spec(expectation.fact);
    if spec.path.starts_with("provider.") && is_of_another_type(expected, observed) {
        // No update turns one provider into another, so no field of it can be updated either.
        return Fix::without_command(FixKind::Replace);
    }
    let (kind, argv) = match spec.change {
        Change::Update => (FixKind::Update, update(expectation, expected, observed)),
        Change::Tag => (FixKind::Tag, tag(expectation, observed)),
        Change::Reauthorise => return Fix::without_command(FixKind::Reauthorise),
        Change::Replace => return Fix::without_command(FixKind::Replace),
        Change::None => return Fix::without_command(FixKind::None),
    };
    argv.map_or(Fix::without_command(FixKind::None), |argv| Fix {
        kind,
        argv,
    })
}

/// Whether the provider's type itself has drifted.
fn is_of_another_type(expected: &Expected, observed: &Connector) -> bool {
    let drifted = |e: &Expectation| !e.matcher.accepts(observed.get(Fact::ProviderType));
    expected
        .expect
        .iter()
        .any(|e| e.fact == Fact::ProviderType && drifted(e))
}

/// `aws securityhub update-connector-v2 …`, where it can bring the field to its expected value.
fn update(
    expectation: &Expectation,
    expected: &Expected,
    observed: &Connector,
) -> Option<Vec<String>> {
    let (flag, value) = if expectation.fact == Fact::Description {
        // The API takes no empty description, so one can't be taken away.
        ("--description", exact(expectation)?.to_owned())
    } else {
        let update = provider_update(expectation, expected, observed)?;
        ("--provider", serde_json::to_string(&update).ok()?)
    };
    let id = observed.text(Fact::ConnectorId)?;
    let mut argv = [
        "aws",
        "securityhub",
        "update-connector-v2",
        "--connector-id",
        id,
        flag,
        &value,
    ]
    .map(str::to_owned)
    .to_vec();
    if let Some(region) = region(expected, observed) {
        argv.extend(["--region".to_owned(), region]);
    }
    Some(argv)
}

/// The update that brings a provider's setting to its expected value.
fn provider_update<'a>(
    expectation: &'a Expectation,
    expected: &Expected,
    observed: &Connector,
) -> Option<ProviderUpdate<'a>> {
    Some(match expectation.fact {
        Fact::ProviderProjectKey => ProviderUpdate::JiraCloud {
            project_key: exact(expectation)?,
        },
        Fact::ProviderSecretArn => ProviderUpdate::ServiceNow {
            secret_arn: exact(expectation)?,
        },
        // The cloud providers take scope and regions together.
        Fact::ProviderScopeType
        | Fact::ProviderScopeValues
        | Fact::ProviderAzureRegions
        | Fact::ProviderGcpRegions => {
            if !matches!(expectation.matcher, Matcher::Exact(_) | Matcher::Set(_)) {
                return None;
            }
            let text = |fact| match value_after(fact, expected, observed)? {
                Value::Text(text) => Some(text),
                _ => None,
            };
            let set = |fact| match value_after(fact, expected, observed)? {
                Value::Set(set) => Some(set),
                _ => None,
            };
            let regions = |fact| set(fact).filter(|regions| !regions.is_empty());
            let scope_configuration = Scope {
                scope_type: text(Fact::ProviderScopeType)?,
                scope_values: set(Fact::ProviderScopeValues),
            };
            match observed.text(Fact::ProviderType)? {
                AZURE => ProviderUpdate::Azure {
                    azure_regions: regions(Fact::ProviderAzureRegions)?,
                    scope_configuration,
                },
                GCP => ProviderUpdate::Gcp {
                    gcp_regions: regions(Fact::ProviderGcpRegions)?,
                    scope_configuration,
                },
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The value an exact expectation asks for.
fn exact(expectation: &Expectation) -> Option<&str> {
    match &expectation.matcher {
        Matcher::Exact(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// What a fact will be after the update: as expected where that is a value, else as it is.
fn value_after(fact: Fact, expected: &Expected, observed: &Connector) -> Option<Value> {
    let expectation = expected.expect.iter().find(|e| e.fact == fact);
    match expectation.map(|e| &e.matcher) {
        Some(Matcher::Exact(text)) => Some(Value::Text(text.clone())),
        Some(Matcher::Set(set)) => Some(Value::Set(set.iter().cloned().collect())),
        _ => observed.get(fact).cloned(),
    }
}

/// The connector's region, from an ARN: the observed one, or the inventory's.
fn region(expected: &Expected, observed: &Connector) -> Option<String> {
    let observed = observed
        .text(Fact::ConnectorArn)
        .and_then(|arn| arn.parse::<ConnectorArn>().ok());
    observed
        .map(|arn| arn.arn.region)
        .or_else(|| match &expected.identity {
            Identity::Arn(arn) => Some(arn.arn.region.clone()),
            _ => None,
        })
}

/// `aws securityhub tag-resource …` or `untag-resource …`.
fn tag(expectation: &Expectation, observed: &Connector) -> Option<Vec<String>> {
    let key = expectation.key.as_ref()?;
    let arn = observed.text(Fact::ConnectorArn)?;
    let (verb, flag, value) = match &expectation.matcher {
        Matcher::Exact(text) => ("tag-resource", "--tags", json!({ key: text }).to_string()),
        Matcher::Absent => ("untag-resource", "--tag-keys", key.clone()),
        _ => return None,
    };
    let mut argv: Vec<String> = [
        "aws",
        "securityhub",
        verb,
        "--resource-arn",
        arn,
        flag,
        &value,
    ]
    .map(str::to_owned)
    .into();
    if let Ok(arn) = arn.parse::<ConnectorArn>() {
        argv.extend(["--region".to_owned(), arn.arn.region]);
    }
    Some(argv)
}
