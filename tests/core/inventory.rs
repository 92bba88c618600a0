//! Inventories: what a valid one means, and how each refusal reads.
mod connectors;
mod effect;
mod expect;
mod form;
mod rule_settings;
mod targets;

use std::{fs, path::Path};

use hubdrift::{
    inventory::{Identity, Inventory, Unmanaged, parse},
    matcher::Matcher,
    model::Fact,
    policy,
    problem::{Problem, Sources, render},
    schema,
    yaml::SourceFile,
};
use proptest::prelude::*;

const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

fn source(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn valid(text: &str) -> Inventory {
    let accepted = validator().is_valid(&json(text));
    assert!(accepted, "the schema refuses a valid inventory:\n{text}");
    parse(&[source("hubdrift.yaml", text)])
        .unwrap_or_else(|problems| panic!("{}", render(&problems, &Sources::new(), false)))
}

/// The message for files that are refused.
fn refused_all(files: &[SourceFile]) -> String {
    let problems = parse(files).expect_err("refused");
    let sources = files
        .iter()
        .map(|file| (file.path.clone(), file.text.clone()))
        .collect();
    render(&problems, &sources, false)
}

/// The message for a file that is refused.
fn refused(text: &str) -> String {
    refused_all(&[source("hubdrift.yaml", text)])
}

/// The message for a connector that is refused: one in a target of account 111122223333 in us-east-1.
fn refused_connector(lines: &str) -> String {
    let lines = lines.trim_end().replace('\n', "\n    ");
    refused(&format!(
        "version: 1\ntargets:\n  prod: {{account: \"111122223333\", region: us-east-1}}\nconnectors:\n  - id: jira\n    {lines}\n"
    ))
}

fn json(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).expect("YAML")
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema::inventory()).expect("a schema")
}

const SMALLEST: &str = "version: 1\nconnectors:\n  - {id: jira, name: jira-secops}\n";

const WHOLE: &str = r#"# yaml-language-server: $schema=schemas/inventory.schema.json
version: 1
target_defaults: {region: us-east-1, role_name: hubdrift, unmanaged: judge}
targets:
  prod:
    account: "111122223333"
    external_id: x-42
    unmanaged: fail
    unmanaged_except: [{name: {matches: "^stg-"}}, {connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}]
    hub: enabled
  china: {account: "000000000001", region: cn-north-1}
  gov: {account: "000000000001", region: us-gov-west-1, role_arn: "arn:aws-us-gov:iam::000000000001:role/a/b"}
  off: {account: "222233334444", hub: disabled, profile: audit, session_name: drift}
connectors:
  - id: jira-secops
    target: prod
    name: jira-secops
    labels: {env: prod, team: secops}
    expect:
      description: {matches: "^Jira"}
      kms_key_arn: arn:aws:kms:eu-west-1:999988887777:key/0c0ffee0-0000-4000-8000-000000000001
      enablement_status: {one_of: [ENABLED, PENDING_UPDATE]}
      provider:
        type: ACME_DESK
        project_key: SEC
        domain: null
        azure_regions: [westeurope, northeurope]
        gcp_regions: {present: true}
      tags: {team: secops, "cost center": {present: true}, old: null}
  - id: by-id
    target: prod
    connector_id: 00000000-0000-4000-8000-000000000002
    labels: {env: stage}
  - id: by-arn
    target: china
    connector_arn: arn:aws-cn:securityhub:cn-north-1:000000000001:connectorv2/00000000-0000-4000-8000-000000000003
policies:
  builtin: false
  paths: [policies/, /abs/more]
  rules:
    - rule: health-check-fresh
      level: off
      severity: low
      params: {max_age_hours: 48, ratio: 0.5, list: [a, {b: null}]}
      match: {labels: {env: prod}, target: prod, provider: JIRA_CLOUD}
    - {rule: kms-key-set, level: advisory, match: {target: gov}}
waivers: ../waivers.yaml
"#;

#[test]
fn the_inventory_that_the_readme_shows_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).expect("the README");
    let (_, rest) = readme.split_once("```yaml\n").expect("an inventory");
    let (inventory, _) = rest.split_once("```").expect("its end");
    assert_eq!(valid(inventory).connectors.len(), 1);
}

#[test]
fn the_smallest_inventory_has_one_target_called_default() {
    let inventory = valid(SMALLEST);
    assert_eq!(inventory.targets.len(), 1);
    let target = &inventory.targets[0];
    assert_eq!(
        (target.name.as_str(), &target.account, &target.region),
        ("default", &None, &None)
    );
    assert_eq!(
        (target.unmanaged, target.hub_enabled, &target.place),
        (Unmanaged::Fail, true, &None)
    );
    let connector = &inventory.connectors[0];
    assert_eq!(connector.address(), "default/jira");
    assert_eq!(connector.identity, Identity::Name("jira-secops".into()));
    assert_eq!(connector.place.to_string(), "hubdrift.yaml:3:5");
    assert!(inventory.policies.builtin && inventory.waivers.is_none());
}

#[test]
fn no_connectors_and_no_expectations_are_legal() {
    assert!(valid("version: 1\n").connectors.is_empty());
    assert!(
        valid("version: 1\nconnectors: []\ntargets: {}\n")
            .connectors
            .is_empty()
    );
    assert!(
        valid("version: 1\nconnectors: [{id: a, name: b}]\n").connectors[0]
            .expect
            .is_empty()
    );
}

#[test]
fn everything_that_an_inventory_may_say_is_read() {
    let inventory = parse(&[source("ops/hubdrift.yaml", WHOLE)]).expect("valid");
    valid(WHOLE);
    let target = |name: &str| {
        inventory
            .targets
            .iter()
            .find(|target| target.name == name)
            .expect("a target")
    };
    let role = |name: &str| {
        target(name)
            .credentials
            .role_arn
            .clone()
            .unwrap_or_default()
    };
    assert_eq!(role("prod"), "arn:aws:iam::111122223333:role/hubdrift");
    assert_eq!(role("china"), "arn:aws-cn:iam::000000000001:role/hubdrift");
    assert_eq!(role("gov"), "arn:aws-us-gov:iam::000000000001:role/a/b");
    assert_eq!(
        target("prod").credentials.external_id.as_deref(),
        Some("x-42")
    );
    assert_eq!(target("off").credentials.profile.as_deref(), Some("audit"));
    assert_eq!(target("off").region.as_deref(), Some("us-east-1"));
    assert_eq!(
        (target("prod").unmanaged, target("off").unmanaged),
        (Unmanaged::Fail, Unmanaged::Judge)
    );
    assert!(target("prod").hub_enabled && !target("off").hub_enabled);
    let except: Vec<_> = target("prod")
        .unmanaged_except
        .iter()
        .map(|e| e.fact)
        .collect();
    assert_eq!(except, [Fact::Name, Fact::ConnectorId]);

    let jira = &inventory.connectors[0];
    assert_eq!(jira.labels["team"], "secops");
    let expected: Vec<_> = jira
        .expect
        .iter()
        .map(|e| format!("{} {} {}", e.path(), e.matcher.to_json(), e.place))
        .collect();
    insta::assert_snapshot!(expected.join("\n"), @r#"
    description {"matches":"^Jira"} ops/hubdrift.yaml:20:7
    kms_key_arn "arn:aws:kms:eu-west-1:999988887777:key/0c0ffee0-0000-4000-8000-000000000001" ops/hubdrift.yaml:21:7
    enablement_status {"one_of":["ENABLED","PENDING_UPDATE"]} ops/hubdrift.yaml:22:7
    provider.type "ACME_DESK" ops/hubdrift.yaml:24:9
    provider.project_key "SEC" ops/hubdrift.yaml:25:9
    provider.domain null ops/hubdrift.yaml:26:9
    provider.azure_regions ["northeurope","westeurope"] ops/hubdrift.yaml:27:9
    provider.gcp_regions {"present":true} ops/hubdrift.yaml:28:9
    tags.team "secops" ops/hubdrift.yaml:29:14
    tags.cost center {"present":true} ops/hubdrift.yaml:29:28
    tags.old null ops/hubdrift.yaml:29:60
    "#);
    assert!(matches!(jira.expect[4].matcher, Matcher::Exact(_)));
    assert!(matches!(inventory.connectors[1].identity, Identity::Id(_)));
    assert!(matches!(inventory.connectors[2].identity, Identity::Arn(_)));

    assert!(!inventory.policies.builtin);
    let paths: Vec<_> = inventory
        .policies
        .paths
        .iter()
        .map(|path| path.path.as_str())
        .collect();
    assert_eq!(paths, ["ops/policies/", "/abs/more"]);
    assert_eq!(
        inventory.waivers.as_ref().map(|file| file.path.as_str()),
        Some("ops/../waivers.yaml")
    );
    let rule = &inventory.policies.rules[0];
    assert_eq!(
        (
            rule.rule.as_str(),
            rule.rule_place.line,
            rule.rule_place.column
        ),
        ("health-check-fresh", 41, 13)
    );
    assert_eq!(
        rule.params["list"].0,
        serde_json::json!(["a", { "b": null }])
    );
    assert_eq!(rule.params["max_age_hours"].0, serde_json::json!(48));
    let selector = rule.selector.as_ref().expect("a match");
    assert_eq!(selector.provider.as_deref(), Some("JIRA_CLOUD"));
}

#[test]
fn several_files_are_one_inventory() {
    let target = "targets: {prod: {account: \"111122223333\", region: us-east-1}}\n";
    let one = format!(
        "version: 1\n{target}connectors: [{{id: a, name: a}}]\npolicies: {{paths: [one]}}\n"
    );
    let two = format!(
        "version: 1\n{target}connectors: [{{id: b, name: b}}]\npolicies: {{builtin: false, paths: [two]}}\n"
    );
    let inventory = parse(&[source("x/one.yaml", &one), source("two.yaml", &two)]).expect("valid");
    assert_eq!(inventory.targets.len(), 1);
    let addresses: Vec<_> = inventory
        .connectors
        .iter()
        .map(hubdrift::inventory::Expected::address)
        .collect();
    assert_eq!(addresses, ["prod/a", "prod/b"]);
    let paths: Vec<_> = inventory
        .policies
        .paths
        .iter()
        .map(|path| path.path.as_str())
        .collect();
    assert_eq!(paths, ["x/one", "two"]);
    assert!(!inventory.policies.builtin);
}

#[test]
fn files_that_contradict_each_other_are_refused() {
    let one = "version: 1\ntargets: {prod: {account: \"111122223333\"}}\npolicies: {builtin: true}\nwaivers: a.yaml\n";
    let two = "version: 1\ntargets: {prod: {account: \"444455556666\"}}\npolicies: {builtin: false}\nwaivers: b.yaml\n";
    insta::assert_snapshot!(refused_all(&[source("one.yaml", one), source("two.yaml", two)]), @r#"
    error: the target `prod` is defined otherwise elsewhere
     --> two.yaml:2:11
      |
    2 | targets: {prod: {account: "444455556666"}}
      |           ^^^^
      |
     ::: one.yaml:2:11
      |
    2 | targets: {prod: {account: "111122223333"}}
      |           - defined here
      |
      = help: files of one inventory may repeat a target, but only as it is

    error: `builtin` is false here and true elsewhere
     --> two.yaml:3:21
      |
    3 | policies: {builtin: false}
      |                     ^^^^^
      |
     ::: one.yaml:3:21
      |
    3 | policies: {builtin: true}
      |                     - true here
      |
      = help: one inventory has the built-in rules, or it hasn't

    error: a second waivers file: `b.yaml`
     --> two.yaml:4:10
      |
    4 | waivers: b.yaml
      |          ^^^^^^
      |
     ::: one.yaml:4:10
      |
    4 | waivers: a.yaml
      |          - `a.yaml` is named here
      |
      = help: one inventory has one waivers file

    error: 3 problems in two.yaml
    "#);
}

#[test]
fn one_file_given_twice_is_refused() {
    insta::assert_snapshot!(refused_all(&[source("one.yaml", SMALLEST), source("one.yaml", SMALLEST)]), @"
    error: this file is given twice
     --> one.yaml:1:1
      |
    1 | version: 1
      | ^

    error: 1 problem in one.yaml
    ");
}

#[test]
fn one_id_may_be_used_in_two_targets() {
    let text = "version: 1\ntargets: {a: {region: us-east-1}, b: {region: us-west-2}}\nconnectors: [{id: x, target: a, name: n}, {id: x, target: b, name: n}]\n";
    assert_eq!(valid(text).connectors.len(), 2);
}

#[test]
fn all_problems_come_in_one_run_sorted_by_place() {
    let problems = parse(&[
        source("b.yaml", "version: 1\nx: 1\nconnectors: [{id: a/b}]\n"),
        source("a.yaml", "version: 1\ny: [\n"),
    ])
    .expect_err("refused");
    let places: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.place.as_ref())
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        places,
        ["a.yaml:2:4", "b.yaml:2:1", "b.yaml:3:14", "b.yaml:3:19"]
    );
}

#[test]
fn what_a_file_that_cannot_be_read_may_define_is_not_called_missing() {
    let message = refused_all(&[
        source(
            "a.yaml",
            "version: 1\nconnectors: [{id: a, name: a, target: prod}]\n",
        ),
        source(
            "b.yaml",
            "version: 1\ntargets: {prod: {region: us-east-1}\n",
        ),
    ]);
    assert!(
        message.ends_with("error: 1 problem in b.yaml\n"),
        "{message}"
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let text = format!("\u{feff}{}", WHOLE.replace('\n', "\r\n"));
    let plain = parse(&[source("x", WHOLE)]).expect("valid");
    assert_eq!(
        format!("{:?}", parse(&[source("x", &text)]).expect("valid")),
        format!("{plain:?}")
    );
}

#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/inventory.schema.json");
    let current = serde_json::to_string_pretty(&schema::inventory()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "run `UPDATE_SCHEMAS=1 cargo test --no-default-features schema` and commit {}",
        path.display()
    );
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = validator();
    for text in [
        "connectors: []",
        "version: 2",
        "{version: 1, conectors: []}",
        "{version: 1, targets: {a: {account: 111122223333}}}",
        "{version: 1, targets: {a: {colour: red}}}",
        "{version: 1, connectors: [{id: a}]}",
        "{version: 1, connectors: [{id: a, name: a, lables: {}}]}",
        "{version: 1, connectors: [{id: a, name: a, expect: {created_at: x}}]}",
        "{version: 1, connectors: [{id: a, name: a, expect: {provider: {projct_key: x}}}]}",
        "{version: 1, connectors: [{id: a, name: a, expect: {description: {matchs: x}}}]}",
        "{version: 1, connectors: [{id: a, name: a, expect: {description: 1}}]}",
        "{version: 1, policies: {rules: [{rule: x, level: optional}]}}",
    ] {
        assert!(
            !validator.is_valid(&json(text)),
            "the schema accepts: {text}"
        );
        assert!(
            parse(&[source("x", text)]).is_err(),
            "the reader accepts: {text}"
        );
    }
}

/// Whether a place is in a text, or at its very end.
fn is_inside(text: &str, problem: &Problem) -> bool {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    problem
        .place
        .iter()
        .chain(problem.related.iter().map(|(place, _)| place))
        .all(|place| {
            let line = text.split('\n').nth(place.line as usize - 1);
            line.is_some_and(|line| {
                place.column >= 1 && place.column as usize <= line.chars().count() + 1
            })
        })
}

/// Checks that nothing panics, and that each problem is shown in the file.
fn survives(text: &str) {
    let Err(problems) = parse(&[source("x.yaml", text)]) else {
        return;
    };
    assert!(!problems.is_empty());
    for problem in &problems {
        assert!(is_inside(text, problem), "{problem:?}\nin {text:?}");
    }
    let shown = render(
        &problems,
        &Sources::from([("x.yaml".to_owned(), text.to_owned())]),
        false,
    );
    assert!(
        shown.chars().all(|c| c == '\n' || !c.is_control()),
        "{shown:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn no_yaml_is_too_odd(text in "([a-e\"'&*!|>%@`#?:,\\[\\]{}~\t\r\n<-]| |: |- |\n  |\r\n|é|\u{85}|\u{2028}|version: 1\n|connectors:|targets:){0,40}") {
        survives(&text);
    }

    #[test]
    fn no_damage_to_an_inventory_is_too_odd(at in 0..WHOLE.len(), cut in 0usize..20, put in "[a-z0-9:\\[\\]{}\"'&*!\n\r\t \u{1b}\u{feff}\u{2028}é-]{0,6}") {
        let mut text = WHOLE.to_owned();
        text.replace_range(at..(at + cut).min(WHOLE.len()), &put);
        survives(&text);
    }
}
