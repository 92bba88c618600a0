//! The built-in rules: each passes what is right and nothing else.

use hubdrift::{
    inventory::SourceFile,
    policy::testing,
    problem::{Sources, render},
};

use super::*;

fn builtin_results(case: &Case) -> BTreeMap<String, RuleResult> {
    let policy = compile(policy::builtin());
    case.judge(&policy)
        .into_iter()
        .map(|result| (result.rule.to_string(), result))
        .collect()
}

#[test]
fn every_file_in_policies_is_built_in() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let mut files: Vec<String> = std::fs::read_dir(directory)
        .expect("the directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|e| e == "rhai")
        })
        .map(|name| format!("builtin:{name}"))
        .collect();
    files.sort();
    let built_in: Vec<String> = policy::builtin()
        .into_iter()
        .map(|source| source.path)
        .collect();
    assert_eq!(files, built_in);
    let policy = compile(policy::builtin());
    for rule in policy.rules() {
        assert_eq!(rule.sha256.len(), 64);
        assert_eq!(rule.level, Level::Mandatory);
        assert!(rule.meta.remediation.len() > 40, "{}", rule.meta.id);
    }
}

#[test]
fn built_in_rules_pass_a_healthy_connector() {
    for provider in ["JIRA_CLOUD", "SERVICENOW", "AZURE", "GCP"] {
        let case = Case {
            connector: connector(provider),
            ..Case::new()
        };
        for (id, result) in builtin_results(&case) {
            let cloud = ["AZURE", "GCP"].contains(&provider)
                && ["auth-active", "kms-key-set"].contains(&id.as_str());
            let wanted = if cloud {
                Outcome::NotApplicable
            } else {
                Outcome::Pass
            };
            assert_eq!(result.outcome, wanted, "{provider}: {result:?}");
        }
    }
}

#[test]
fn built_in_rules_fail_what_is_wrong() {
    let issue = Issue {
        code: Some("SOMETHING_NEW".into()),
        message: Some("oh".into()),
    };
    for (id, fact, value, message) in [
        (
            "kms-key-set",
            Fact::KmsKeyArn,
            text(""),
            "no KMS key is set",
        ),
        (
            "kms-key-set",
            Fact::KmsKeyArn,
            text("arn:aws:iam::111122223333:role/x"),
            "is not the ARN of a KMS key",
        ),
        (
            "auth-active",
            Fact::ProviderAuthStatus,
            text("FAILED"),
            "the authorisation is FAILED",
        ),
        (
            "connector-connected",
            Fact::HealthConnectorStatus,
            text("DEGRADED"),
            "the connector is DEGRADED",
        ),
        (
            "enablement-enabled",
            Fact::EnablementStatus,
            text("FAILED_TO_ENABLE"),
            "the connector is FAILED_TO_ENABLE",
        ),
        (
            "health-check-fresh",
            Fact::HealthLastCheckedAt,
            time("2026-11-21T08:59:00Z"),
            "more than 24 hours ago",
        ),
        (
            "health-check-fresh",
            Fact::HealthLastCheckedAt,
            time("2026-11-22T09:06:00Z"),
            "lies in the future",
        ),
        (
            "no-health-issues",
            Fact::HealthIssues,
            Some(Value::Issues(vec![issue])),
            "SOMETHING_NEW (oh)",
        ),
    ] {
        let result = &builtin_results(&Case::new().with(fact, value))[id];
        assert_eq!(result.outcome, Outcome::Fail, "{result:?}");
        assert!(
            result
                .message
                .as_deref()
                .unwrap_or_default()
                .contains(message),
            "{result:?}"
        );
        assert_eq!(result.path.as_deref(), Some(facts::spec(fact).path));
    }
    // Clocks may differ a little.
    let ahead = Case::new().with(Fact::HealthLastCheckedAt, time("2026-11-22T09:04:00Z"));
    assert_eq!(
        builtin_results(&ahead)["health-check-fresh"].outcome,
        Outcome::Pass
    );
}

#[test]
fn no_built_in_rule_passes_without_what_it_needs() {
    let needs: BTreeMap<&str, &[Fact]> = [
        (
            "auth-active",
            &[Fact::ProviderType, Fact::ProviderAuthStatus][..],
        ),
        ("connector-connected", &[Fact::HealthConnectorStatus]),
        ("enablement-enabled", &[Fact::EnablementStatus]),
        ("health-check-fresh", &[Fact::HealthLastCheckedAt]),
        ("kms-key-set", &[Fact::ProviderType, Fact::KmsKeyArn]),
        (
            "no-health-issues",
            &[Fact::HealthIssues, Fact::HealthConnectorStatus],
        ),
    ]
    .into();
    for fact in Fact::ALL {
        for (id, result) in builtin_results(&Case::new().with(*fact, None)) {
            let needed = needs[id.as_str()].contains(fact);
            assert_eq!(
                result.outcome == Outcome::Pass,
                !needed,
                "{id} without {fact:?}: {result:?}"
            );
        }
        if let Kind::Enum(_) = facts::spec(*fact).kind {
            for (id, result) in builtin_results(&Case::new().with(*fact, text("SOMETHING_NEW"))) {
                let wanted = if needs[id.as_str()].contains(fact) && id != "no-health-issues" {
                    Outcome::Error
                } else {
                    Outcome::Pass
                };
                assert_eq!(
                    result.outcome, wanted,
                    "{id} with an unknown {fact:?}: {result:?}"
                );
            }
        }
    }
    for (id, result) in builtin_results(&Case {
        connector: Connector::default(),
        ..Case::new()
    }) {
        assert!(
            matches!(result.outcome, Outcome::Fail | Outcome::Error),
            "{id}: {result:?}"
        );
    }
}

#[test]
fn every_test_file_in_policies_holds() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let (mut sources, mut files, mut texts) = (Vec::new(), Vec::new(), Sources::new());
    for source in policy::builtin() {
        let path = testing::tests_path(&source.path);
        let name = path.trim_start_matches("builtin:");
        if let Ok(text) = std::fs::read_to_string(directory.join(name)) {
            texts.insert(path.clone(), text.clone());
            texts.insert(source.path.clone(), source.text.clone());
            files.push(SourceFile { path, text });
            sources.push(source);
        }
    }
    let failures = match testing::test(sources, &files) {
        Ok(report) => report.failures().cloned().collect(),
        Err(problems) => problems,
    };
    assert!(failures.is_empty(), "{}", render(&failures, &texts, false));
}
