//! What is refused in `expect` and in `policies`.

use super::*;

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
fn an_empty_value_is_a_template_that_nobody_filled_in_and_not_a_written_null() {
    let connector = |expect: &str| {
        format!(
            "version: 1\nconnectors:\n  - id: a\n    name: a\n    expect:\n      {}\n",
            expect.replace('\n', "\n      ")
        )
    };
    // Where a null has a meaning: one value, a set, a tag, nested and in braces.
    for [before, after] in [
        ["description:", ""],
        ["kms_key_arn:", ""],
        ["provider:\n  domain:", ""],
        ["provider:\n  scope_values:", ""],
        ["provider: {gcp_regions:", "}"],
        ["health: {connector_status:", "}"],
        ["tags:\n  Owner:", ""],
        ["tags: {Owner:", "}"],
    ] {
        for empty in ["", " ", "   # what is it?"] {
            if empty.contains('#') && !after.is_empty() {
                continue;
            }
            let shown = refused(&connector(&format!("{before}{empty}{after}")));
            assert!(
                shown.contains("is empty: a value or a written `null`"),
                "{shown}"
            );
            assert!(shown.contains("`null` if it must be absent"), "{shown}");
        }
        for null in ["~", "null", "Null", "NULL"] {
            let inventory = valid(&connector(&format!("{before} {null}{after}")));
            let matcher = &inventory.connectors[0].expect[0].matcher;
            assert_eq!(
                matcher.to_json(),
                serde_json::Value::Null,
                "{before} {null}"
            );
        }
    }
    // A key in braces without a colon is empty, too; a text that is empty is a text.
    assert!(refused(&connector("tags: {Owner}")).contains("is empty"));
    valid(&connector("description: \"\""));
}
