//! Settings of rules without effect, which are found when the rules are compiled.

use super::*;

/// The problems of these settings with the built-in rules.
fn problems_of(rules: &[&str]) -> Vec<Problem> {
    let text = format!(
        "targets: {{a: {{region: us-east-1}}, b: {{region: eu-west-1}}}}\nconnectors: [{{id: x, target: a, name: x, labels: {{env: prod, team: x}}}}, {{id: y, target: b, name: x, labels: {{env: dev}}}}]\npolicies:\n  rules:\n  - {}",
        rules.join("\n  - ")
    );
    let inventory = parse(&[source("a.yaml", &format!("version: 1\n{text}\n"))])
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    policy::compile(policy::builtin(), &inventory.policies.rules)
        .err()
        .unwrap_or_default()
}

#[test]
fn what_goes_with_off_in_one_entry_is_shown_where_it_is() {
    for (entry, at, key) in [
        (
            "{rule: health-check-fresh, level: off, params: {max_age_hours: 48}}",
            "a.yaml:6:44",
            "params",
        ),
        (
            "{rule: health-check-fresh, severity: low, level: off}",
            "a.yaml:6:32",
            "severity",
        ),
        (
            "{rule: health-check-fresh, params: {max_age_hours: 48}, level: off, severity: low}",
            "a.yaml:6:32",
            "params",
        ),
    ] {
        let problems = problems_of(&[entry]);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let place = problems[0].place.as_ref().expect("a place").to_string();
        assert_eq!(place, at);
        let says = format!("`{key}` has no effect while the rule `health-check-fresh` is off");
        assert_eq!(problems[0].message, says);
        let help = problems[0].help.as_deref().unwrap_or_default();
        assert!(help.contains("comment it out"), "{help}");
    }
}

#[test]
fn settings_of_a_builtin_rule_that_is_left_out() {
    let text = "connectors: [{id: x, name: x}]\npolicies: {builtin: false, rules: [{rule: name-convention, level: mandatory}, {rule: nonsense, level: mandatory}]}";
    let inventory = parse(&[source("a.yaml", &format!("version: 1\n{text}\n"))]).expect("valid");
    let problems = policy::compile(Vec::new(), &inventory.policies.rules).expect_err("refused");
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert_eq!(
        problems[0].message,
        "`name-convention` is a built-in rule, and those are left out"
    );
    let help = problems[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("`builtin: false`"), "{help}");
    assert_eq!(problems[1].message, "there is no rule `nonsense`");
}

#[test]
fn settings_of_a_rule_that_is_off_for_all_they_are_for() {
    for (rules, line) in [
        // In the entry itself, and by another one.
        (
            &["{rule: health-check-fresh, level: off, params: {max_age_hours: 48}}"][..],
            6,
        ),
        (
            &["{rule: health-check-fresh, level: off, severity: low}"],
            6,
        ),
        (
            &[
                "{rule: health-check-fresh, severity: low}",
                "{rule: health-check-fresh, level: off}",
            ],
            6,
        ),
        (
            &[
                "{rule: health-check-fresh, level: off}",
                "{rule: health-check-fresh, severity: low, match: {provider: GCP}}",
            ],
            7,
        ),
        (
            &[
                "{rule: health-check-fresh, level: off, match: {target: a}}",
                "{rule: health-check-fresh, severity: low, match: {target: a, labels: {env: prod}}}",
            ],
            7,
        ),
        // Off by itself, and on only for others.
        (&["{rule: name-convention, severity: low}"], 6),
        (
            &[
                "{rule: name-convention, level: advisory, match: {target: b}}",
                "{rule: name-convention, severity: low, match: {target: a}}",
            ],
            7,
        ),
        (
            &[
                "{rule: name-convention, level: advisory, match: {labels: {env: dev}}}",
                "{rule: name-convention, severity: low, match: {labels: {env: prod}}}",
            ],
            7,
        ),
        (
            &[
                "{rule: name-convention, level: advisory, match: {provider: GCP}}",
                "{rule: name-convention, severity: low, match: {provider: AZURE}}",
            ],
            7,
        ),
        // For connectors that the rule is not about.
        (
            &["{rule: jira-project-key-set, severity: low, match: {provider: GCP}}"],
            6,
        ),
        (
            &["{rule: jira-project-key-set, level: advisory, match: {provider: GCP}}"],
            6,
        ),
    ] {
        let problems = problems_of(rules);
        let [problem] = &problems[..] else {
            panic!("{rules:#?}: {problems:#?}");
        };
        assert_eq!(
            problem.place.as_ref().map(|it| it.line),
            Some(line),
            "{problem:#?}"
        );
        assert!(problem.message.contains("no effect"), "{problem:#?}");
        assert!(problem.help.is_some(), "{problem:#?}");
    }
}

#[test]
fn settings_of_a_rule_that_is_on_for_some_they_are_for() {
    const ON: &str = "health-check-fresh";
    const OFF: &str = "name-convention";
    for rules in [
        &["{rule: ON, params: {max_age_hours: 48}}"][..],
        &["{rule: ON, level: off}"],
        &["{rule: OFF, level: off}"],
        &[
            "{rule: ON, level: off, match: {target: a}}",
            "{rule: ON, severity: low}",
        ],
        &[
            "{rule: ON, level: off}",
            "{rule: ON, level: advisory, severity: low, match: {target: a}}",
        ],
        &[
            "{rule: ON, level: off}",
            "{rule: ON, level: advisory, match: {target: a}}",
            "{rule: ON, severity: low, match: {provider: GCP}}",
        ],
        &[
            "{rule: ON, level: off, match: {provider: GCP}}",
            "{rule: ON, severity: low, match: {target: a}}",
        ],
        &[
            "{rule: OFF, level: advisory, match: {target: a}}",
            "{rule: OFF, severity: low, match: {labels: {env: prod}}}",
        ],
        &[
            "{rule: OFF, severity: low}",
            "{rule: OFF, level: advisory, match: {target: a}}",
        ],
        &["{rule: jira-project-key-set, severity: low, match: {provider: JIRA_CLOUD}}"],
    ] {
        let named = |rule: &&str| rule.replace("ON", ON).replace("OFF", OFF);
        let rules: Vec<_> = rules.iter().map(named).collect();
        let rules: Vec<_> = rules.iter().map(String::as_str).collect();
        assert_eq!(problems_of(&rules), [], "{rules:#?}");
    }
}
