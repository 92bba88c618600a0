//! What is no inventory at all: not text, not YAML, not these keys, not these types.

use super::*;

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
fn what_stands_under_a_tag_or_an_alias_is_not_judged_besides() {
    // One problem each: that a target, name or id is missing or of another type would be no help.
    for text in [
        "targets: {prod: !x {}}\nconnectors: [{id: a, target: prod, name: b}]\n",
        "connectors: [{id: !x 1, name: !y 2, expect: !z 3}]\n",
        "policies: {builtin: !!bool yes, rules: [!x 1], paths: !y 1}\n",
        "targets: {prod: &p {region: us-east-1}, other: *p}\nconnectors: [{id: a, target: other, name: b}]\n",
        "connectors: [{id: &a 12-ab, name: *a, labels: *a, expect: {tags: *a, description: *a, provider: *a}}]\n",
    ] {
        let message = refused(&format!("version: 1\n{text}"));
        let errors: Vec<_> = message
            .lines()
            .filter(|line| line.starts_with("error: ") && !line.contains(" in hubdrift.yaml"))
            .collect();
        assert!(
            !errors.is_empty()
                && errors.iter().all(|error| {
                    error.contains("is a tag") || error.contains("anchors and aliases")
                }),
            "{message}"
        );
    }
}

#[test]
fn a_number_that_would_be_rounded_is_refused() {
    let params = "version: 1\npolicies: {rules: [{rule: x, params: {a: 18446744073709551615, b: 18446744073709551616, c: -9223372036854775809}}]}\n";
    insta::assert_snapshot!(refused(params), @"
    error: this number is too large
     --> hubdrift.yaml:2:67
      |
    2 | policies: {rules: [{rule: x, params: {a: 18446744073709551615, b: 18446744073709551616, c: -9223372036854775809}}]}
      |                                                                   ^^^^^^^^^^^^^^^^^^^^

    error: this number is too large
     --> hubdrift.yaml:2:92
      |
    2 | …le: x, params: {a: 18446744073709551615, b: 18446744073709551616, c: -9223372036854775809}}]}
      |                                                                       ^^^^^^^^^^^^^^^^^^^^

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
