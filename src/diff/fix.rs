//! How a drifted field could be put right: the kind of change, and the command where there is one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::{
    facts::{self, Change},
    inventory::{Expectation, Expected, Identity},
    matcher::Matcher,
    model::{Connector, ConnectorArn, Fact, Value},
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

/// The fix of one drifted expectation.
///
/// A matcher names no value to set, so what could be updated to a value has no
/// fix then; a field that only a new connector can have is still "replace".
pub(super) fn fix(expectation: &Expectation, expected: &Expected, observed: &Connector) -> Fix {
    let spec = facts::spec(expectation.fact);
    if spec.path.starts_with("provider.") && is_of_another_type(expected, observed) {
        // No update turns one provider into another, so no field of it can be updated either.
        return Fix {
            kind: FixKind::Replace,
            argv: Vec::new(),
        };
    }
    let (kind, argv) = match spec.change {
        Change::Update => (FixKind::Update, update(expectation, expected, observed)),
        Change::Tag => (FixKind::Tag, tag(expectation, observed)),
        Change::Reauthorise => {
            return Fix {
                kind: FixKind::Reauthorise,
                argv: Vec::new(),
            };
        }
        Change::Replace => {
            return Fix {
                kind: FixKind::Replace,
                argv: Vec::new(),
            };
        }
        Change::None => (FixKind::None, None),
    };
    match argv {
        Some(argv) => Fix { kind, argv },
        None => Fix {
            kind: FixKind::None,
            argv: Vec::new(),
        },
    }
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
    let wanted = |fact| value_after(fact, expected, observed);
    let provider = match expectation.fact {
        // The API takes no empty description, so one can't be taken away.
        Fact::Description => {
            let Matcher::Exact(text) = &expectation.matcher else {
                return None;
            };
            if text.trim().is_empty() {
                return None;
            }
            return command(
                "update-connector-v2",
                expected,
                observed,
                &["--description", text],
            );
        }
        Fact::ProviderProjectKey => json!({ "JiraCloud": { "ProjectKey": exact(expectation)? } }),
        Fact::ProviderSecretArn => json!({ "ServiceNow": { "SecretArn": exact(expectation)? } }),
        // The cloud providers take scope and regions together.
        Fact::ProviderScopeType
        | Fact::ProviderScopeValues
        | Fact::ProviderAzureRegions
        | Fact::ProviderGcpRegions => {
            if !matches!(expectation.matcher, Matcher::Exact(_) | Matcher::Set(_)) {
                return None;
            }
            let (name, regions_name, regions) = match observed.text(Fact::ProviderType)? {
                "AZURE" => ("Azure", "AzureRegions", Fact::ProviderAzureRegions),
                "GCP" => ("GCP", "GCPRegions", Fact::ProviderGcpRegions),
                _ => return None,
            };
            let mut scope = Map::new();
            scope.insert("ScopeType".to_owned(), wanted(Fact::ProviderScopeType)?);
            if let Some(values) = wanted(Fact::ProviderScopeValues) {
                scope.insert("ScopeValues".to_owned(), values);
            }
            let regions = wanted(regions)
                .filter(|regions| regions.as_array().is_some_and(|r| !r.is_empty()))?;
            json!({ name: { "ScopeConfiguration": scope, regions_name: regions } })
        }
        _ => return None,
    };
    command(
        "update-connector-v2",
        expected,
        observed,
        &["--provider", &provider.to_string()],
    )
}

/// The value an exact expectation asks for.
fn exact(expectation: &Expectation) -> Option<&str> {
    match &expectation.matcher {
        Matcher::Exact(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// What a fact will be after the update: as expected where that is a value, else as it is.
fn value_after(fact: Fact, expected: &Expected, observed: &Connector) -> Option<serde_json::Value> {
    let expectation = expected.expect.iter().find(|e| e.fact == fact);
    match expectation.map(|e| &e.matcher) {
        Some(Matcher::Exact(text)) => Some(json!(text)),
        Some(Matcher::Set(set)) => Some(json!(set)),
        _ => match observed.get(fact)? {
            Value::Text(text) => Some(json!(text)),
            Value::Set(set) => Some(json!(set)),
            _ => None,
        },
    }
}

fn command(
    verb: &str,
    expected: &Expected,
    observed: &Connector,
    rest: &[&str],
) -> Option<Vec<String>> {
    let mut argv = vec!["aws".to_owned(), "securityhub".to_owned(), verb.to_owned()];
    argv.extend([
        "--connector-id".to_owned(),
        observed.text(Fact::ConnectorId)?.to_owned(),
    ]);
    argv.extend(rest.iter().map(|&text| text.to_owned()));
    if let Some(region) = region(expected, observed) {
        argv.extend(["--region".to_owned(), region]);
    }
    Some(argv)
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
