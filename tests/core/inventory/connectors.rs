//! What is refused of connectors, and of what names them.

use super::*;

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
    insta::assert_snapshot!(refused("version: 1\ntargets: {prod: {region: us-east-1}, staging: {region: us-west-2}}\nconnectors:\n  - {id: a, target: prd, name: a}\n  - {id: b, name: b}\npolicies: {rules: [{rule: x, level: off, match: {target: nowhere}}]}\n"), @"
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
     --> hubdrift.yaml:6:58
      |
    6 | policies: {rules: [{rule: x, level: off, match: {target: nowhere}}]}
      |                                                          ^^^^^^^
      |
      = help: known here: prod, staging

    error: 3 problems in hubdrift.yaml
    ");
}

#[test]
fn a_match_that_no_connector_satisfies_is_refused() {
    insta::assert_snapshot!(refused("version: 1\ntargets: {prod: {unmanaged: ignore}}\nconnectors: [{id: a, name: a, labels: {env: prod}}]\npolicies:\n  rules:\n    - {rule: x, level: off, match: {labels: {env: dev}}}\n    - {rule: x, level: off, match: {labels: {env: prod}, provider: JIRA_CLOUD}}\n"), @"
    error: no connector satisfies this `match` (label env: dev)
     --> hubdrift.yaml:6:29
      |
    6 |     - {rule: x, level: off, match: {labels: {env: dev}}}
      |                             ^^^^^
      |
      = help: so the settings would change nothing; compare it with the connectors' `labels` and `target`

    error: 1 problem in hubdrift.yaml
    ");
}

#[test]
fn a_match_by_a_provider_that_nobody_knows_is_refused() {
    insta::assert_snapshot!(refused("version: 1\nconnectors: [{id: a, name: a}]\npolicies:\n  rules:\n    - {rule: x, level: off, match: {provider: JIRA_CLOUDD}}\n    - {rule: x, level: off, match: {provider: Carrier pigeon}}\n"), @"
    error: `JIRA_CLOUDD` is no provider that hubdrift knows
     --> hubdrift.yaml:5:47
      |
    5 |     - {rule: x, level: off, match: {provider: JIRA_CLOUDD}}
      |                                               ^^^^^^^^^^^
      |
      = help: did you mean `JIRA_CLOUD`?

    error: `Carrier pigeon` is no provider that hubdrift knows
     --> hubdrift.yaml:6:47
      |
    6 |     - {rule: x, level: off, match: {provider: Carrier pigeon}}
      |                                               ^^^^^^^^^^^^^^
      |
      = help: known here: JIRA_CLOUD, SERVICENOW, AZURE, GCP

    error: 2 problems in hubdrift.yaml
    ");
}
