//! The built-in rules: each passes what is right and nothing else.

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
        assert_ne!(rule.level, Level::Advisory);
        assert!(rule.meta.remediation.len() > 40, "{}", rule.meta.id);
    }
}

#[test]
fn by_default_a_sound_connector_is_no_finding_of_any_rule() {
    for provider in ["JIRA_CLOUD", "SERVICENOW", "AZURE", "GCP"] {
        // Neither a description, nor tags: what a team may do without.
        let mut sound = conditions::sound(provider);
        sound.set(Fact::Description, None);
        sound.set(Fact::Tags, None);
        sound.set(Fact::Name, text("Security Hub: Jira"));
        let case = Case {
            connector: sound,
            ..Case::new()
        };
        let results = builtin_results(&case);
        assert_eq!(results.len(), 13);
        for result in results.values() {
            let right = matches!(result.outcome, Outcome::Pass | Outcome::NotApplicable);
            assert!(right, "{provider}: {result:?}");
        }
    }
}

#[test]
fn a_rule_about_a_team_s_own_convention_is_off_until_its_level_is_set() {
    let policy = compile(policy::builtin());
    let off: Vec<_> = policy
        .rules()
        .iter()
        .filter(|rule| !rule.is_on())
        .map(|rule| &*rule.meta.id)
        .collect();
    assert_eq!(
        off,
        [
            "cloud-regions-allowed",
            "cloud-regions-covered",
            "description-set",
            "jira-domain-allowed",
            "name-convention",
            "required-tags",
            "servicenow-instance-allowed",
        ]
    );
    // Nobody pays for tags, in requests and permissions, who didn't ask for them.
    assert!(!policy.needs_tags());
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
