//! What is refused of targets.

use super::*;

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
