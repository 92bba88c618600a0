//! The built-in rules: each passes what is right and nothing else.

use hubdrift::{
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
            connector: Arc::new(sound),
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
fn every_built_in_rule_has_tests_and_they_hold() {
    let files = policy::builtin_tests();
    let mut texts = Sources::new();
    texts.extend(
        files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone())),
    );
    texts.extend(policy::builtin().into_iter().map(|it| (it.path, it.text)));
    let failures = match testing::test(policy::builtin(), &files) {
        Ok(report) => report.failures().cloned().collect(),
        Err(problems) => problems,
    };
    assert!(failures.is_empty(), "{}", render(&failures, &texts, false));
}

#[test]
fn every_test_file_in_policies_is_built_in() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let entries = std::fs::read_dir(directory).expect("the directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("a name"));
    let mut files: Vec<_> = names
        .filter(|name| name.ends_with(testing::ENDING))
        .map(|name| format!("builtin:{name}"))
        .collect();
    files.sort();
    let built_in = policy::builtin_tests().into_iter().map(|file| file.path);
    assert_eq!(files, built_in.collect::<Vec<_>>());
}
