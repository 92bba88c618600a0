//! Inventories: what a valid one means, and how each refusal reads.

use std::{fs, path::Path};

use hubdrift::{
    inventory::{Identity, Inventory, SourceFile, Unmanaged, parse},
    matcher::Matcher,
    model::Fact,
    problem::{Problem, Sources, render},
    schema,
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
    expect: {}
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
    - {rule: kms-key-set, match: {target: gov}}
waivers: ../waivers.yaml
"#;

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
        valid("version: 1\nconnectors: [{id: a, name: b, expect: {}}]\n").connectors[0]
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
fn an_empty_file_is_refused() {
    insta::assert_snapshot!(refused(""), @"
    error: the file is empty
     --> hubdrift.yaml:1:1
      |
    1 |
      | ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("# nothing yet\n"), @"
    error: the file is empty
     --> hubdrift.yaml:1:1
      |
    1 | # nothing yet
      | ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("---\n"), @"
    error: the file is empty
     --> hubdrift.yaml:1:1
      |
    1 | ---
      | ^

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let message = |bytes: &[u8]| {
        let problem = SourceFile::from_bytes("hubdrift.yaml", bytes.to_vec()).expect_err("refused");
        render(&[problem], &Sources::new(), false)
    };
    insta::assert_snapshot!(message(b"version: 1\nname: \xe9\n"), @"
    error: the file is not UTF-8 from here on
    --> hubdrift.yaml:2:7
     = help: save it as UTF-8

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(message(b"\xff\xfev\0"), @"
    error: the file is UTF-16, not UTF-8
    --> hubdrift.yaml:1:1
     = help: save it as UTF-8

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(message(b""), @"
    error: the file is empty
    --> hubdrift.yaml:1:1

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(message(&vec![b' '; SourceFile::MAX_BYTES + 1]), @"
    error: the file is larger than 64 MiB
    --> hubdrift.yaml:1:1
     = help: split it: several files can be one inventory

    error: 1 problem in hubdrift.yaml
    ");
    assert!(SourceFile::from_bytes("hubdrift.yaml", b"version: 1\n".to_vec()).is_ok());
}

#[test]
fn what_is_not_yaml_is_refused() {
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - id: \"jira\n    name: x\n"), @"
    error: this is not YAML: invalid indentation in multiline quoted scalar
     --> hubdrift.yaml:4:5
      |
    4 |     name: x
      |     ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\nconnectors: [a, b\n"), @"
    error: this is not YAML: unclosed bracket '['
     --> hubdrift.yaml:2:13
      |
    2 | connectors: [a, b
      |             ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\n\tconnectors: []\n"), @"
    error: this is not YAML: while scanning a plain scalar, found a tab
     --> hubdrift.yaml:1:10
      |
    1 | version: 1
      |          ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\nconnectors: *unknown\n"), @"
    error: this is not YAML: while parsing node, found unknown anchor
     --> hubdrift.yaml:2:13
      |
    2 | connectors: *unknown
      |             ^

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn what_is_yaml_but_no_map_is_refused() {
    insta::assert_snapshot!(refused("- version: 1\n"), @"
    error: an inventory must be a map, not a list
     --> hubdrift.yaml:1:1
      |
    1 | - version: 1
      | ^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("just words\n"), @"
    error: an inventory must be a map, not a text
     --> hubdrift.yaml:1:1
      |
    1 | just words
      | ^^^^^^^^^^

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn a_yaml_bomb_is_refused_at_its_anchors() {
    let mut bomb = "version: 1\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, last) in ["b", "c", "d", "e", "f", "g", "h", "i"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        let nine = vec![format!("*{last}"); 9].join(", ");
        bomb += &["", this, ": &", this, " [", &nine, "]\n"].concat();
    }
    let started = std::time::Instant::now();
    let message = refused(&bomb);
    assert!(started.elapsed().as_secs() < 5);
    assert!(
        message
            .contains("error: `&a`: anchors and aliases are not supported\n --> hubdrift.yaml:2:4"),
        "{message}"
    );
    assert!(
        message.contains("used here, and in 8 more places"),
        "{message}"
    );
    let deep = format!("version: 1\nconnectors: {}\n", "[".repeat(100_000));
    insta::assert_snapshot!(refused(&deep), @"
    error: this is not YAML: recursion limit exceeded
     --> hubdrift.yaml:2:268
      |
    2 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…
      |                                                                       ^

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn line_ends_that_readers_dispute_are_refused() {
    // To a reader of YAML 1.1 the second name is a key; to a person it is in the comment.
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - id: a\n    name: a # é\u{2028}    name: b\n"), @r#"
    error: the character U+2028 ends a line for some readers of YAML and not for others
     --> hubdrift.yaml:4:16
      |
    4 |     name: a # é�    name: b
      |                ^
      |
      = help: take it away, or write "\u2028" in double quotes

    error: 1 problem in hubdrift.yaml
    "#);
}

#[test]
fn anchors_aliases_and_merge_keys_are_refused() {
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  a: &base {region: us-east-1}\n  b:\n    <<: *base\n    account: \"111122223333\"\n"), @"
    error: `&base`: anchors and aliases are not supported
     --> hubdrift.yaml:3:6
      |
    3 |   a: &base {region: us-east-1}
      |      ^^^^^
      |
     ::: hubdrift.yaml:5:9
      |
    5 |     <<: *base
      |         - used here
      |
      = help: write the value out where it is needed

    error: merge keys are not supported
     --> hubdrift.yaml:5:5
      |
    5 |     <<: *base
      |     ^^
      |
      = help: write the keys out where they are needed

    error: 2 problems in hubdrift.yaml
    ");
}

#[test]
fn tags_second_documents_and_keys_that_are_no_texts_are_refused() {
    insta::assert_snapshot!(refused("version: 1\nwaivers: !env WAIVERS\nconnectors:\n  - id: !!str 12\n    name: x\n"), @"
    error: `!env` is a tag, and tags mean nothing here
     --> hubdrift.yaml:2:10
      |
    2 | waivers: !env WAIVERS
      |          ^^^^
      |
      = help: take it away; a text can be written in quotes

    error: `!!str` is a tag, and tags mean nothing here
     --> hubdrift.yaml:4:9
      |
    4 |   - id: !!str 12
      |         ^^^^^
      |
      = help: take it away; a text can be written in quotes

    error: 2 problems in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\n---\nversion: 1\n"), @"
    error: a second document begins here
     --> hubdrift.yaml:2:1
      |
    2 | ---
      | ^
      |
      = help: put it into a file of its own: several files can be one inventory

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  [a, b]: {}\n  ? {c: d}\n  : {}\n"), @"
    error: a key must be a text, not a list or a map
     --> hubdrift.yaml:3:3
      |
    3 |   [a, b]: {}
      |   ^

    error: a key must be a text, not a list or a map
     --> hubdrift.yaml:4:5
      |
    4 |   ? {c: d}
      |     ^

    error: 2 problems in hubdrift.yaml
    ");
}

#[test]
fn duplicate_keys_are_refused() {
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - id: a\n    name: x\n    name: y\n    labels: {env: prod, \"env\": dev}\nversion: 1\n"), @r#"
    error: the key `name` stands twice in one map
     --> hubdrift.yaml:5:5
      |
    5 |     name: y
      |     ^^^^
      |
     ::: hubdrift.yaml:4:5
      |
    4 |     name: x
      |     - first here

    error: the key `env` stands twice in one map
     --> hubdrift.yaml:6:25
      |
    6 |     labels: {env: prod, "env": dev}
      |                         ^^^^^
      |
     ::: hubdrift.yaml:6:14
      |
    6 |     labels: {env: prod, "env": dev}
      |              - first here

    error: the key `version` stands twice in one map
     --> hubdrift.yaml:7:1
      |
    7 | version: 1
      | ^^^^^^^
      |
     ::: hubdrift.yaml:1:1
      |
    1 | version: 1
      | - first here

    error: 3 problems in hubdrift.yaml
    "#);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    insta::assert_snapshot!(refused("version: 1\ntarget_default: {}\ntargets: {a: {acount: \"111122223333\", colour: red}}\nconnectors: [{id: a, name: a, lables: {}}]\npolicies: {path: [], rules: [{rule: x, param: {}, match: {label: {}}}]}\n"), @r#"
    error: unknown key `target_default` in an inventory
     --> hubdrift.yaml:2:1
      |
    2 | target_default: {}
      | ^^^^^^^^^^^^^^
      |
      = help: did you mean `target_defaults`?

    error: unknown key `acount` in a target
     --> hubdrift.yaml:3:15
      |
    3 | targets: {a: {acount: "111122223333", colour: red}}
      |               ^^^^^^
      |
      = help: did you mean `account`?

    error: unknown key `colour` in a target
     --> hubdrift.yaml:3:39
      |
    3 | targets: {a: {acount: "111122223333", colour: red}}
      |                                       ^^^^^^
      |
      = help: known here: account, region, role_arn, role_name, profile, external_id, session_name, unmanaged, unmanaged_except, hub

    error: unknown key `lables` in a connector
     --> hubdrift.yaml:4:31
      |
    4 | connectors: [{id: a, name: a, lables: {}}]
      |                               ^^^^^^
      |
      = help: did you mean `labels`?

    error: unknown key `path` in policies
     --> hubdrift.yaml:5:12
      |
    5 | policies: {path: [], rules: [{rule: x, param: {}, match: {label: {}}}]}
      |            ^^^^
      |
      = help: did you mean `paths`?

    error: unknown key `param` in a rule's settings
     --> hubdrift.yaml:5:40
      |
    5 | policies: {path: [], rules: [{rule: x, param: {}, match: {label: {}}}]}
      |                                        ^^^^^
      |
      = help: did you mean `params`?

    error: unknown key `label` in `match`
     --> hubdrift.yaml:5:59
      |
    5 | policies: {path: [], rules: [{rule: x, param: {}, match: {label: {}}}]}
      |                                                           ^^^^^
      |
      = help: did you mean `labels`?

    error: 7 problems in hubdrift.yaml
    "#);
}

#[test]
fn odd_keys_are_unknown_keys() {
    for key in ["\"\"", "'<<'", "~", "12", "\"\\0\""] {
        let message = refused(&format!(
            "version: 1\nconnectors: [{{id: a, name: b, {key}: x}}]\n"
        ));
        assert!(message.contains("unknown key"), "{key}: {message}");
        let message = refused_connector(&format!("name: b\nexpect: {{{key}: x}}"));
        assert!(message.contains("unknown key"), "{key}: {message}");
    }
}

#[test]
fn wrong_types_are_refused() {
    insta::assert_snapshot!(refused("version: \"1\"\ntargets: [prod]\nconnectors: {id: a}\npolicies: {builtin: yes, paths: policies/, rules: [kms-key-set]}\nwaivers: true\n"), @r#"
    error: `version` must be a whole number, not a text
     --> hubdrift.yaml:1:10
      |
    1 | version: "1"
      |          ^^^
      |
      = help: write `version: 1`, without quotes or a point

    error: `targets` must be a map, not a list
     --> hubdrift.yaml:2:10
      |
    2 | targets: [prod]
      |          ^

    error: `connectors` must be a list, not a map
     --> hubdrift.yaml:3:13
      |
    3 | connectors: {id: a}
      |             ^

    error: `builtin` must be true or false, not a text
     --> hubdrift.yaml:4:21
      |
    4 | policies: {builtin: yes, paths: policies/, rules: [kms-key-set]}
      |                     ^^^

    error: `paths` must be a list, not a text
     --> hubdrift.yaml:4:33
      |
    4 | policies: {builtin: yes, paths: policies/, rules: [kms-key-set]}
      |                                 ^^^^^^^^^

    error: `rules[0]` must be a map, not a text
     --> hubdrift.yaml:4:52
      |
    4 | policies: {builtin: yes, paths: policies/, rules: [kms-key-set]}
      |                                                    ^^^^^^^^^^^

    error: `waivers` must be a text, not a bool
     --> hubdrift.yaml:5:10
      |
    5 | waivers: true
      |          ^^^^
      |
      = help: put it in quotes

    error: 7 problems in hubdrift.yaml
    "#);
}

#[test]
fn traps_of_yaml_are_refused() {
    insta::assert_snapshot!(refused_connector("name: 123\nlabels: {env: prod, cost: 12, on: true, since: 2026-01-01}\ntarget:\nexpect:\n  description: 1.10\n  provider: {project_key: no, instance_name: false}\n"), @"
    error: `name` must be a text, not a number
     --> hubdrift.yaml:6:11
      |
    6 |     name: 123
      |           ^^^
      |
      = help: put it in quotes

    error: `labels.cost` must be a text, not a number
     --> hubdrift.yaml:7:31
      |
    7 |     labels: {env: prod, cost: 12, on: true, since: 2026-01-01}
      |                               ^^
      |
      = help: put it in quotes

    error: `labels.on` must be a text, not a bool
     --> hubdrift.yaml:7:39
      |
    7 |     labels: {env: prod, cost: 12, on: true, since: 2026-01-01}
      |                                       ^^^^
      |
      = help: put it in quotes

    error: `target` is empty: a text is expected
     --> hubdrift.yaml:8:5
      |
    8 |     target:
      |     ^^^^^^
      |
      = help: write a value, or take the key away

    error: `description` must be a text or a matcher, not a number
      --> hubdrift.yaml:10:20
       |
    10 |       description: 1.10
       |                    ^^^^
       |
       = help: put it in quotes

    error: `provider.instance_name` must be a text or a matcher, not a bool
      --> hubdrift.yaml:11:50
       |
    11 |       provider: {project_key: no, instance_name: false}
       |                                                  ^^^^^
       |
       = help: put it in quotes

    error: 6 problems in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\ntargets: {prod: {region: no}}\nconnectors:\n"), @"
    error: `no` is not a region: a name like us-east-1 is expected
     --> hubdrift.yaml:2:26
      |
    2 | targets: {prod: {region: no}}
      |                          ^^

    error: `connectors` is empty: a list is expected
     --> hubdrift.yaml:3:1
      |
    3 | connectors:
      | ^^^^^^^^^^
      |
      = help: write a value, or take the key away

    error: 2 problems in hubdrift.yaml
    ");
}

#[test]
fn the_version_is_1() {
    insta::assert_snapshot!(refused("connectors: []\n"), @"
    error: an inventory has no `version`
     --> hubdrift.yaml:1:1
      |
    1 | connectors: []
      | ^
      |
      = help: begin it with `version: 1`

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 2\n"), @"
    error: version 2 is not known to this hubdrift
     --> hubdrift.yaml:1:10
      |
    1 | version: 2
      |          ^
      |
      = help: write `version: 1`

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused("version: 1.0\n"), @"
    error: `version` must be a whole number, not a number
     --> hubdrift.yaml:1:10
      |
    1 | version: 1.0
      |          ^^^
      |
      = help: write `version: 1`, without quotes or a point

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn an_account_stands_in_quotes_and_has_twelve_digits() {
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  a: {account: 111122223333, region: us-east-1}\n  b: {account: 012345678901}\n  c: {account: 1111_2222_3333}\n  d: {account: \"1234\"}\n  e: {account: 0o1234}\n"), @r#"
    error: an account id must stand in quotes: YAML takes it for a number
     --> hubdrift.yaml:3:16
      |
    3 |   a: {account: 111122223333, region: us-east-1}
      |                ^^^^^^^^^^^^
      |
      = help: write it like "111122223333"

    error: an account id must stand in quotes: YAML takes it for a number
     --> hubdrift.yaml:4:16
      |
    4 |   b: {account: 012345678901}
      |                ^^^^^^^^^^^^
      |
      = help: write it like "111122223333"

    error: an account id must stand in quotes: YAML takes it for a number
     --> hubdrift.yaml:5:16
      |
    5 |   c: {account: 1111_2222_3333}
      |                ^^^^^^^^^^^^^^
      |
      = help: write it like "111122223333"

    error: `1234` is not an account id: twelve digits are expected
     --> hubdrift.yaml:6:16
      |
    6 |   d: {account: "1234"}
      |                ^^^^^^

    error: an account id must stand in quotes: YAML takes it for a number
     --> hubdrift.yaml:7:16
      |
    7 |   e: {account: 0o1234}
      |                ^^^^^^
      |
      = help: write it like "111122223333"

    error: 5 problems in hubdrift.yaml
    "#);
}

#[test]
fn targets_have_names_regions_and_roles_of_the_right_form() {
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  a b: {region: US-EAST-1}\n  b: {role_arn: \"arn:aws:iam::111122223333:user/x\"}\n  c: {role_name: \"arn:aws:iam::111122223333:role/x\", account: \"111122223333\"}\n  d: {role_name: x}\n  e: {role_name: x, role_arn: \"arn:aws:iam::111122223333:role/x\"}\n  f: {role_arn: \"arn:aws:iam::111122223333:role/x\", account: \"222233334444\"}\n  g: {unmanaged: faill, hub: on}\n"), @r#"
    error: `a b` can't be a target's name
     --> hubdrift.yaml:3:3
      |
    3 |   a b: {region: US-EAST-1}
      |   ^^^
      |
      = help: letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit

    error: `US-EAST-1` is not a region: a name like us-east-1 is expected
     --> hubdrift.yaml:3:17
      |
    3 |   a b: {region: US-EAST-1}
      |                 ^^^^^^^^^

    error: `arn:aws:iam::111122223333:user/x` is not a role's ARN: arn:PARTITION:iam::ACCOUNT:role/NAME is expected
     --> hubdrift.yaml:4:17
      |
    4 |   b: {role_arn: "arn:aws:iam::111122223333:user/x"}
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: `arn:aws:iam::111122223333:role/x` can't be a role's name
     --> hubdrift.yaml:5:18
      |
    5 |   c: {role_name: "arn:aws:iam::111122223333:role/x", account: "111122223333"}
      |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: a whole ARN is written as `role_arn`

    error: the target `d` has a `role_name` but no `account`
     --> hubdrift.yaml:6:3
      |
    6 |   d: {role_name: x}
      |   ^
      |
     ::: hubdrift.yaml:6:18
      |
    6 |   d: {role_name: x}
      |                  - the role is named here
      |
      = help: write the target's account, or the whole `role_arn`

    error: a target has `role_arn` or `role_name`, not both
     --> hubdrift.yaml:7:7
      |
    7 |   e: {role_name: x, role_arn: "arn:aws:iam::111122223333:role/x"}
      |       ^^^^^^^^^
      |
     ::: hubdrift.yaml:7:21
      |
    7 |   e: {role_name: x, role_arn: "arn:aws:iam::111122223333:role/x"}
      |                     - `role_arn` is here

    error: the role is in account 111122223333, the target `f` is account 222233334444
     --> hubdrift.yaml:8:17
      |
    8 |   f: {role_arn: "arn:aws:iam::111122223333:role/x", account: "222233334444"}
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: hubdrift.yaml:8:3
      |
    8 |   f: {role_arn: "arn:aws:iam::111122223333:role/x", account: "222233334444"}
      |   - the target is here

    error: `faill` is no value of `unmanaged`
     --> hubdrift.yaml:9:18
      |
    9 |   g: {unmanaged: faill, hub: on}
      |                  ^^^^^
      |
      = help: did you mean `fail`?

    error: `on` is no value of `hub`
     --> hubdrift.yaml:9:30
      |
    9 |   g: {unmanaged: faill, hub: on}
      |                              ^^
      |
      = help: known here: enabled, disabled

    error: 9 problems in hubdrift.yaml
    "#);
}

#[test]
fn exceptions_name_some_connectors() {
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  a: {unmanaged_except: [{}, {name: null}, {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}\n"), @"
    error: an exception has either `name` or `connector_id`
     --> hubdrift.yaml:3:26
      |
    3 |   a: {unmanaged_except: [{}, {name: null}, {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                          ^

    error: `name` is never absent: say what it is
     --> hubdrift.yaml:3:37
      |
    3 |   a: {unmanaged_except: [{}, {name: null}, {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                                     ^^^^

    error: this excepts every unmanaged connector
     --> hubdrift.yaml:3:51
      |
    3 |   a: {unmanaged_except: [{}, {name: null}, {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                                                   ^
      |
      = help: write `unmanaged: ignore` instead

    error: an exception has either `name` or `connector_id`
     --> hubdrift.yaml:3:69
      |
    3 |   a: {unmanaged_except: [{}, {name: null}, {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                                                                     ^

    error: `b` is not a connector id: a lowercase UUID is expected, like 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d
     --> hubdrift.yaml:3:112
      |
    3 | … {name: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                                                                       ^

    error: `unmanaged_except[5]` must be a map, not a text
     --> hubdrift.yaml:3:116
      |
    3 | …me: {present: true}}, {name: a, connector_id: b}, {connector_id: b}, x]}
      |                                                                       ^

    error: 6 problems in hubdrift.yaml
    ");
}

#[test]
fn two_targets_with_one_account_and_region_are_refused() {
    insta::assert_snapshot!(refused("version: 1\ntargets:\n  a: {account: \"111122223333\", region: us-east-1, profile: x}\n  b: {account: \"111122223333\", region: us-east-1}\n  c: {}\n  d: {}\n  e: {profile: x}\n"), @r#"
    error: the targets `a` and `b` are both account 111122223333 in us-east-1
     --> hubdrift.yaml:4:3
      |
    4 |   b: {account: "111122223333", region: us-east-1}
      |   ^
      |
     ::: hubdrift.yaml:3:3
      |
    3 |   a: {account: "111122223333", region: us-east-1, profile: x}
      |   - `a` is defined here
      |
      = help: make them one, or its connectors are counted twice

    error: the targets `c` and `d` are both the same credentials' account and region
     --> hubdrift.yaml:6:3
      |
    6 |   d: {}
      |   ^
      |
     ::: hubdrift.yaml:5:3
      |
    5 |   c: {}
      |   - `c` is defined here
      |
      = help: make them one, or its connectors are counted twice

    error: 2 problems in hubdrift.yaml
    "#);
    valid(
        "version: 1\ntargets: {a: {profile: x}, b: {profile: y}, c: {}, d: {region: us-east-1}}\n",
    );
}

#[test]
fn two_connectors_with_one_id_are_refused() {
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - id: jira\n    name: a\n  - id: jira\n    name: b\n"), @"
    error: two connectors have the id `default/jira`
     --> hubdrift.yaml:5:9
      |
    5 |   - id: jira
      |         ^^^^
      |
     ::: hubdrift.yaml:3:9
      |
    3 |   - id: jira
      |         - the first is here

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn two_entries_for_one_connector_are_refused() {
    let arn = format!("arn:aws:securityhub:us-east-1:111122223333:connectorv2/{ID}");
    insta::assert_snapshot!(refused(&format!("version: 1\nconnectors:\n  - {{id: a, name: x}}\n  - {{id: b, name: x}}\n  - {{id: c, connector_id: {ID}}}\n  - {{id: d, connector_arn: {arn}}}\n")), @"
    error: the name `x` in `default` has two entries
     --> hubdrift.yaml:4:19
      |
    4 |   - {id: b, name: x}
      |                   ^
      |
     ::: hubdrift.yaml:3:19
      |
    3 |   - {id: a, name: x}
      |                   - the first is here

    error: the connector 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d in `default` has two entries
     --> hubdrift.yaml:6:28
      |
    6 |   - {id: d, connector_arn: arn:aws:securityhub:us-east-1:111122223333:connectorv2/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}
      |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: hubdrift.yaml:5:27
      |
    5 |   - {id: c, connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}
      |                           - the first is here

    error: 2 problems in hubdrift.yaml
    ");
}

#[test]
fn an_id_is_a_name_for_people() {
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - {id: 1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D, name: a}\n  - {id: a/b, name: b}\n  - {id: \"\", name: c}\n  - {name: d}\n  - {id: ünö, name: e}\n"), @r#"
    error: `1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D` looks like a UUID, and `id` is the inventory's own name
     --> hubdrift.yaml:3:10
      |
    3 |   - {id: 1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D, name: a}
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d`, and an `id` that people can read

    error: `a/b` can't be an id
     --> hubdrift.yaml:4:10
      |
    4 |   - {id: a/b, name: b}
      |          ^^^
      |
      = help: letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit

    error: `id` is an empty text
     --> hubdrift.yaml:5:10
      |
    5 |   - {id: "", name: c}
      |          ^^

    error: this connector has no `id`
     --> hubdrift.yaml:6:5
      |
    6 |   - {name: d}
      |     ^
      |
      = help: give it a name of your own, like `id: jira-secops`; reports call it TARGET/ID

    error: `ünö` can't be an id
     --> hubdrift.yaml:7:10
      |
    7 |   - {id: ünö, name: e}
      |          ^^^
      |
      = help: letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit

    error: 5 problems in hubdrift.yaml
    "#);
}

#[test]
fn a_connector_is_found_in_one_way() {
    insta::assert_snapshot!(refused(&format!("version: 1\nconnectors:\n  - {{id: a}}\n  - {{id: b, name: x, connector_id: {ID}}}\n  - {{id: c, name: \"\"}}\n")), @r#"
    error: this connector has no `name`, so it can't be found
     --> hubdrift.yaml:3:5
      |
    3 |   - {id: a}
      |     ^
      |
      = help: write its `name`; or its `connector_id` or `connector_arn`

    error: this connector is named twice, by `name` and `connector_id`
     --> hubdrift.yaml:4:22
      |
    4 |   - {id: b, name: x, connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}
      |                      ^^^^^^^^^^^^
      |
     ::: hubdrift.yaml:4:13
      |
    4 |   - {id: b, name: x, connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}
      |             - `name` is here
      |
      = help: keep the `name`: it survives a new id; what else should be so goes into `expect`

    error: `name` is an empty text
     --> hubdrift.yaml:5:19
      |
    5 |   - {id: c, name: ""}
      |                   ^^

    error: 3 problems in hubdrift.yaml
    "#);
}

#[test]
fn a_connector_id_is_a_lowercase_uuid() {
    insta::assert_snapshot!(refused("version: 1\nconnectors:\n  - {id: a, connector_id: jira}\n  - {id: b, connector_id: 1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D}\n"), @"
    error: `jira` is not a connector id: a lowercase UUID is expected, like 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d
     --> hubdrift.yaml:3:27
      |
    3 |   - {id: a, connector_id: jira}
      |                           ^^^^
      |
      = help: a connector's own name is written `name: …`

    error: `1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D` is not a connector id: a lowercase UUID is expected, like 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d
     --> hubdrift.yaml:4:27
      |
    4 |   - {id: b, connector_id: 1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D}
      |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it in lowercase: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d

    error: 2 problems in hubdrift.yaml
    ");
}

#[test]
fn bad_arns_are_refused() {
    insta::assert_snapshot!(refused_connector("connector_arn: arn:aws:securityhub:us-east-1:111122223333:hub/default"), @"
    error: `arn:aws:securityhub:us-east-1:111122223333:hub/default` is not a connector's ARN: arn:PARTITION:securityhub:REGION:ACCOUNT:connectorv2/UUID is expected
     --> hubdrift.yaml:6:20
      |
    6 |     connector_arn: arn:aws:securityhub:us-east-1:111122223333:hub/default
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused_connector("connector_arn: jira"), @"
    error: `jira` is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE is expected
     --> hubdrift.yaml:6:20
      |
    6 |     connector_arn: jira
      |                    ^^^^

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused_connector("name: x\nexpect: {kms_key_arn: 0c0ffee0, provider: {secret_arn: {one_of: [\"arn:aws:x\"]}}}"), @r#"
    error: `0c0ffee0` is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE is expected
     --> hubdrift.yaml:7:27
      |
    7 |     expect: {kms_key_arn: 0c0ffee0, provider: {secret_arn: {one_of: ["arn:aws:x"]}}}
      |                           ^^^^^^^^

    error: `arn:aws:x` is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE is expected
     --> hubdrift.yaml:7:70
      |
    7 |     expect: {kms_key_arn: 0c0ffee0, provider: {secret_arn: {one_of: ["arn:aws:x"]}}}
      |                                                                      ^^^^^^^^^^^

    error: 2 problems in hubdrift.yaml
    "#);
}

#[test]
fn an_arn_of_another_account_or_region_is_refused() {
    insta::assert_snapshot!(refused_connector(&format!("connector_arn: arn:aws:securityhub:eu-west-1:444455556666:connectorv2/{ID}")), @r#"
    error: the account of this ARN is 444455556666, that of the target `prod` is 111122223333
     --> hubdrift.yaml:6:20
      |
    6 |     connector_arn: arn:aws:securityhub:eu-west-1:444455556666:connectorv2/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: hubdrift.yaml:3:3
      |
    3 |   prod: {account: "111122223333", region: us-east-1}
      |   - the target is here

    error: the region of this ARN is eu-west-1, that of the target `prod` is us-east-1
     --> hubdrift.yaml:6:20
      |
    6 |     connector_arn: arn:aws:securityhub:eu-west-1:444455556666:connectorv2/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: hubdrift.yaml:3:3
      |
    3 |   prod: {account: "111122223333", region: us-east-1}
      |   - the target is here

    error: 2 problems in hubdrift.yaml
    "#);
}

#[test]
fn a_kms_alias_is_refused() {
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  kms_key_arn: arn:aws:kms:us-east-1:111122223333:alias/hub"), @"
    error: `arn:aws:kms:us-east-1:111122223333:alias/hub` is a KMS alias, not a key
     --> hubdrift.yaml:8:20
      |
    8 |       kms_key_arn: arn:aws:kms:us-east-1:111122223333:alias/hub
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write the ARN of the key, like arn:aws:kms:us-east-1:111122223333:key/UUID: the API answers with it

    error: 1 problem in hubdrift.yaml
    ");
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  kms_key_arn: {one_of: [alias/hub]}"), @"
    error: `alias/hub` is a KMS alias, not a key
     --> hubdrift.yaml:8:30
      |
    8 |       kms_key_arn: {one_of: [alias/hub]}
      |                              ^^^^^^^^^
      |
      = help: write the ARN of the key, like arn:aws:kms:us-east-1:111122223333:key/UUID: the API answers with it

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn an_unknown_target_is_refused_and_with_several_one_must_be_named() {
    insta::assert_snapshot!(refused("version: 1\ntargets: {prod: {region: us-east-1}, staging: {region: us-west-2}}\nconnectors:\n  - {id: a, target: prd, name: a}\n  - {id: b, name: b}\npolicies: {rules: [{rule: x, match: {target: nowhere}}]}\n"), @"
    error: there is no target `prd`
     --> hubdrift.yaml:4:21
      |
    4 |   - {id: a, target: prd, name: a}
      |                     ^^^
      |
      = help: did you mean `prod`?

    error: this connector has no `target`, and there are several
     --> hubdrift.yaml:5:5
      |
    5 |   - {id: b, name: b}
      |     ^
      |
      = help: write one of: prod, staging

    error: there is no target `nowhere`
     --> hubdrift.yaml:6:46
      |
    6 | policies: {rules: [{rule: x, match: {target: nowhere}}]}
      |                                              ^^^^^^^
      |
      = help: known here: prod, staging

    error: 3 problems in hubdrift.yaml
    ");
}

#[test]
fn a_match_that_no_connector_satisfies_is_refused() {
    insta::assert_snapshot!(refused("version: 1\ntargets: {prod: {unmanaged: ignore}}\nconnectors: [{id: a, name: a, labels: {env: prod}}]\npolicies:\n  rules:\n    - {rule: x, match: {labels: {env: dev}}}\n    - {rule: x, match: {labels: {env: prod}, provider: JIRA_CLOUD}}\n"), @"
    error: no connector satisfies this `match` (label env: dev)
     --> hubdrift.yaml:6:17
      |
    6 |     - {rule: x, match: {labels: {env: dev}}}
      |                 ^^^^^
      |
      = help: so the settings would change nothing; compare it with the connectors' `labels` and `target`

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn matchers_are_well_formed() {
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  description: {matches: \"a(b\"}\n  name: {}\n  enablement_status_reason: {present: false}\n  enablement_status: {one_of: []}\n  kms_key_arn: {matchs: x}\n  provider:\n    domain: [a, b]\n    cloud_id: {one_of: x}\n    scope_values: a\n    azure_regions: {matches: x}\n    gcp_regions: [1]\n  tags: {a: 1, b: {}}"), @r#"
    error: `a(b` is not a regular expression: unclosed group
     --> hubdrift.yaml:8:30
      |
    8 |       description: {matches: "a(b"}
      |                              ^^^^^

    error: `name` has a matcher with 0 keys: one is expected
     --> hubdrift.yaml:9:13
      |
    9 |       name: {}
      |             ^
      |
      = help: matchers: one_of, matches, present

    error: `present` can only be true
      --> hubdrift.yaml:10:43
       |
    10 |       enablement_status_reason: {present: false}
       |                                           ^^^^^
       |
       = help: what must be absent is written `enablement_status_reason: null`

    error: `one_of` is an empty list, so nothing could match
      --> hubdrift.yaml:11:35
       |
    11 |       enablement_status: {one_of: []}
       |                                   ^

    error: unknown matcher `matchs`
      --> hubdrift.yaml:12:21
       |
    12 |       kms_key_arn: {matchs: x}
       |                     ^^^^^^
       |
       = help: did you mean `matches`?

    error: `provider.domain` is one value, not a list
      --> hubdrift.yaml:14:17
       |
    14 |         domain: [a, b]
       |                 ^
       |
       = help: several possible values are written `{one_of: [..]}`

    error: `one_of` must be a list, not a text
      --> hubdrift.yaml:15:28
       |
    15 |         cloud_id: {one_of: x}
       |                            ^

    error: `provider.scope_values` must be a list, not a text
      --> hubdrift.yaml:16:23
       |
    16 |         scope_values: a
       |                       ^

    error: `matches` is not for sets
      --> hubdrift.yaml:17:25
       |
    17 |         azure_regions: {matches: x}
       |                         ^^^^^^^
       |
       = help: write the list itself: its order means nothing

    error: `provider.gcp_regions[0]` must be a text, not a number
      --> hubdrift.yaml:18:23
       |
    18 |         gcp_regions: [1]
       |                       ^
       |
       = help: put it in quotes

    error: `tags.a` must be a text or a matcher, not a number
      --> hubdrift.yaml:19:17
       |
    19 |       tags: {a: 1, b: {}}
       |                 ^
       |
       = help: put it in quotes

    error: `tags.b` has a matcher with 0 keys: one is expected
      --> hubdrift.yaml:19:23
       |
    19 |       tags: {a: 1, b: {}}
       |                       ^
       |
       = help: matchers: one_of, matches, present

    error: 12 problems in hubdrift.yaml
    "#);
}

#[test]
fn enums_have_known_members_but_a_provider_may_be_new() {
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  enablement_status: ENABLD\n  health: {connector_status: {one_of: [CONNECTED, BROKEN]}}\n  provider: {type: ACME, auth_status: active}"), @"
    error: `ENABLD` is no value of `enablement_status`
     --> hubdrift.yaml:8:26
      |
    8 |       enablement_status: ENABLD
      |                          ^^^^^^
      |
      = help: did you mean `ENABLED`?

    error: `BROKEN` is no value of `health.connector_status`
     --> hubdrift.yaml:9:55
      |
    9 |       health: {connector_status: {one_of: [CONNECTED, BROKEN]}}
      |                                                       ^^^^^^
      |
      = help: known here: CONNECTED, DEGRADED, FAILED_TO_CONNECT, PENDING_AUTHORIZATION, PENDING_CONFIGURATION, UNKNOWN

    error: `active` is no value of `provider.auth_status`
      --> hubdrift.yaml:10:43
       |
    10 |       provider: {type: ACME, auth_status: active}
       |                                           ^^^^^^
       |
       = help: did you mean `ACTIVE`?

    error: 3 problems in hubdrift.yaml
    ");
}

#[test]
fn what_cannot_be_expected_is_refused_with_the_reason() {
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  created_at: x\n  last_updated_at: x\n  health: {last_checked_at: x, message: x}\n  provider: {auth_url: x}\n  connector_id: x"), @"
    error: `created_at` can't be expected: it changes by itself; judge it with a rule instead
     --> hubdrift.yaml:8:7
      |
    8 |       created_at: x
      |       ^^^^^^^^^^

    error: `last_updated_at` can't be expected: it changes by itself; judge it with a rule instead
     --> hubdrift.yaml:9:7
      |
    9 |       last_updated_at: x
      |       ^^^^^^^^^^^^^^^

    error: `health.last_checked_at` can't be expected: it changes by itself; judge it with a rule instead
      --> hubdrift.yaml:10:16
       |
    10 |       health: {last_checked_at: x, message: x}
       |                ^^^^^^^^^^^^^^^

    error: `health.message` can't be expected: it changes by itself; judge it with a rule instead
      --> hubdrift.yaml:10:36
       |
    10 |       health: {last_checked_at: x, message: x}
       |                                    ^^^^^^^

    error: `provider.auth_url` can't be expected: it is a secret, and is never read into anything
      --> hubdrift.yaml:11:18
       |
    11 |       provider: {auth_url: x}
       |                  ^^^^^^^^

    error: `connector_id` can't be expected: it says which connector is meant: write it beside `id`, not in `expect`
      --> hubdrift.yaml:12:7
       |
    12 |       connector_id: x
       |       ^^^^^^^^^^^^

    error: 6 problems in hubdrift.yaml
    ");
}

#[test]
fn a_fact_in_the_wrong_place_is_shown_where_it_belongs() {
    insta::assert_snapshot!(refused_connector("name: x\nexpect:\n  project_key: SEC\n  provider.domain: x\n  descripton: x\n  provider: {kms_key_arn: x, projectKey: x}\n  projct_key: x\n  health: CONNECTED\n  tags:"), @"
    error: unknown key `project_key` in `expect`
     --> hubdrift.yaml:8:7
      |
    8 |       project_key: SEC
      |       ^^^^^^^^^^^
      |
      = help: write it as `project_key` in `provider`

    error: unknown key `provider.domain` in `expect`
     --> hubdrift.yaml:9:7
      |
    9 |       provider.domain: x
      |       ^^^^^^^^^^^^^^^
      |
      = help: write it as `domain` in `provider`

    error: unknown key `descripton` in `expect`
      --> hubdrift.yaml:10:7
       |
    10 |       descripton: x
       |       ^^^^^^^^^^
       |
       = help: did you mean `description`?

    error: unknown key `kms_key_arn` in `provider`
      --> hubdrift.yaml:11:18
       |
    11 |       provider: {kms_key_arn: x, projectKey: x}
       |                  ^^^^^^^^^^^
       |
       = help: write `kms_key_arn` directly in `expect`

    error: unknown key `projectKey` in `provider`
      --> hubdrift.yaml:11:34
       |
    11 |       provider: {kms_key_arn: x, projectKey: x}
       |                                  ^^^^^^^^^^
       |
       = help: did you mean `project_key`?

    error: unknown key `projct_key` in `expect`
      --> hubdrift.yaml:12:7
       |
    12 |       projct_key: x
       |       ^^^^^^^^^^
       |
       = help: did you mean `project_key` in `provider`?

    error: `health` must be a map, not a text
      --> hubdrift.yaml:13:15
       |
    13 |       health: CONNECTED
       |               ^^^^^^^^^

    error: `tags` is empty: a map is expected
      --> hubdrift.yaml:14:7
       |
    14 |       tags:
       |       ^^^^
       |
       = help: a tag that must be absent is written `tags: {KEY: null}`

    error: 8 problems in hubdrift.yaml
    ");
}

#[test]
fn policy_settings_are_well_formed() {
    insta::assert_snapshot!(refused("version: 1\npolicies:\n  paths: [\"\", 1]\n  rules:\n    - {level: advisory}\n    - {rule: x, level: optional, severity: hi}\n    - {rule: y, params: {a: .inf, b: 99999999999999999999999, c: [~]}}\n"), @r#"
    error: a path is empty
     --> hubdrift.yaml:3:11
      |
    3 |   paths: ["", 1]
      |           ^^

    error: `paths[1]` must be a text, not a number
     --> hubdrift.yaml:3:15
      |
    3 |   paths: ["", 1]
      |               ^
      |
      = help: put it in quotes

    error: these settings don't say which `rule` they are for
     --> hubdrift.yaml:5:7
      |
    5 |     - {level: advisory}
      |       ^

    error: `optional` is no level
     --> hubdrift.yaml:6:24
      |
    6 |     - {rule: x, level: optional, severity: hi}
      |                        ^^^^^^^^
      |
      = help: known here: off, advisory, mandatory

    error: `hi` is no severity
     --> hubdrift.yaml:6:44
      |
    6 |     - {rule: x, level: optional, severity: hi}
      |                                            ^^
      |
      = help: known here: info, low, medium, high, critical

    error: a parameter can't be infinite or no number at all
     --> hubdrift.yaml:7:29
      |
    7 |     - {rule: y, params: {a: .inf, b: 99999999999999999999999, c: [~]}}
      |                             ^^^^

    error: this number is too large
     --> hubdrift.yaml:7:38
      |
    7 |     - {rule: y, params: {a: .inf, b: 99999999999999999999999, c: [~]}}
      |                                      ^^^^^^^^^^^^^^^^^^^^^^^

    error: 7 problems in hubdrift.yaml
    "#);
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
