//! Rules: what is no verdict is an error, and nothing passes by absence or exclusion.
mod attacks;
mod builtin;
mod circuit_breaker;
mod conditions;
mod explained;
mod functions;
mod lint;
mod memoisation;
mod rule_pages;
mod rules;
mod sandbox;
mod testing;
mod values;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Instant};

use hubdrift::{
    diff::{Drift, Fix, FixKind},
    facts::{self, Kind},
    inventory::{Expectation, RuleSetting, Selector},
    matcher::Matcher,
    model::{
        Connector, Fact, Issue, Level, Outcome, Place, Severity, Time, Unread, UnreadReason, Value,
    },
    policy::{self, Policy, RuleResult, Source, Subject, SubjectState, TargetFacts},
    problem::Problem,
};
use jiff::Timestamp;

const NOW: &str = "2026-11-22T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

#[expect(clippy::unnecessary_wraps, reason = "what `Connector::set` takes")]
fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "what `Connector::set` takes")]
fn time(text: &str) -> Option<Value> {
    Some(Value::Time(Time {
        at: text.parse().expect("a time"),
        text: text.to_owned(),
    }))
}

/// A healthy connector of the type `provider`.
fn connector(provider: &str) -> Connector {
    let mut connector = Connector::default();
    for (fact, value) in [
        (
            Fact::ConnectorId,
            text("1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"),
        ),
        (Fact::Name, text("jira-secops")),
        (Fact::Description, text("")),
        (
            Fact::KmsKeyArn,
            text("arn:aws:kms:us-east-1:111122223333:key/0c0ffee0-0000-4000-8000-000000000001"),
        ),
        (Fact::CreatedAt, time("2026-03-01T09:00:00Z")),
        (Fact::LastUpdatedAt, time("2026-11-01T09:00:00Z")),
        (Fact::EnablementStatus, text("ENABLED")),
        (Fact::HealthConnectorStatus, text("CONNECTED")),
        (Fact::HealthLastCheckedAt, time("2026-11-22T08:00:00Z")),
        (Fact::HealthIssues, Some(Value::Issues(Vec::new()))),
        (Fact::ProviderType, text(provider)),
        (Fact::ProviderAuthStatus, text("ACTIVE")),
        (
            Fact::ProviderScopeValues,
            Some(Value::Set(vec!["a".into(), "b".into()])),
        ),
        (Fact::ProviderAzureRegions, Some(Value::Set(Vec::new()))),
    ] {
        connector.set(fact, value);
    }
    connector
}

/// Everything about one connector, owned.
struct Case {
    target: Arc<TargetFacts>,
    labels: BTreeMap<String, String>,
    expected: Vec<Expectation>,
    connector: Arc<Connector>,
    drift: Vec<Drift>,
    tags_read: bool,
}

impl Case {
    fn new() -> Self {
        let place = Place::start_of("hubdrift.yaml");
        let expectation = |fact, matcher| Expectation {
            fact,
            key: None,
            matcher,
            place: place.clone(),
        };
        Self {
            target: Arc::new(TargetFacts {
                name: "prod".into(),
                account: None,
                region: Some("us-gov-west-1".into()),
            }),
            labels: [("env".to_owned(), "prod".to_owned())].into(),
            expected: vec![
                expectation(Fact::Name, Matcher::Exact("jira".into())),
                expectation(Fact::Description, Matcher::Present),
            ],
            connector: Arc::new(connector("JIRA_CLOUD")),
            drift: vec![Drift {
                path: "name".into(),
                expected: "jira".into(),
                observed: serde_json::Value::Null,
                location: place.clone(),
                fix: Fix {
                    kind: FixKind::None,
                    argv: Vec::new(),
                },
            }],
            tags_read: false,
        }
    }

    fn with(mut self, fact: Fact, value: Option<Value>) -> Self {
        Arc::make_mut(&mut self.connector).set(fact, value);
        self
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            target: &self.target,
            labels: &self.labels,
            expected: &self.expected,
            state: SubjectState::Present(&self.connector),
            drift: &self.drift,
            tags_read: self.tags_read,
        }
    }

    fn judge(&self, policy: &Policy) -> Vec<RuleResult> {
        policy.evaluate(&[self.subject()], now()).remove(0).to_vec()
    }
}

/// A rule's source with `more` in META.
fn rule_with(id: &str, more: &str, functions: &str) -> Source {
    let meta = format!(
        "const META = #{{ id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\", {more} }};"
    );
    Source {
        path: format!("policies/{id}.rhai"),
        text: format!("{meta}\n{functions}"),
    }
}

fn rule(id: &str, body: &str) -> Source {
    rule_with(id, "", &format!("fn check(ctx) {{\n{body}\n}}"))
}

fn compile(sources: Vec<Source>) -> Policy {
    policy::compile(sources, &[]).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn problems(sources: Vec<Source>) -> String {
    shown(&policy::compile(sources, &[]).expect_err("problems"))
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut out, problem| {
        let _ = writeln!(out, "{problem}");
        out
    })
}

/// What a rule with this body says of the usual connector.
fn said(body: &str) -> RuleResult {
    Case::new().judge(&compile(vec![rule("r", body)])).remove(0)
}

#[track_caller]
fn is_error(body: &str, message: &str) {
    let result = said(body);
    assert_eq!(result.outcome, Outcome::Error, "{body}: {result:?}");
    let got = result.message.unwrap_or_default();
    assert!(got.contains(message), "{body}: {got}");
    assert!(
        result.rule_location.is_some()
            || got.starts_with("`check` returned")
            || got.contains("into text"),
        "{body}: no place"
    );
}

#[track_caller]
fn passes(body: &str) {
    let result = said(body);
    assert_eq!(result.outcome, Outcome::Pass, "{body}: {result:?}");
    assert_eq!(result.message, None);
}

// -- false clean --
