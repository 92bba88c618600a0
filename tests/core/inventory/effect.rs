//! Settings without effect: each key is refused with its place where it has none, and accepted where it has one.

use super::*;

/// A key without effect: what is refused, where, with which words; and the same key with effect.
struct Case {
    files: &'static [&'static str],
    at: &'static str,
    says: &'static str,
    taken: &'static [&'static str],
}

const fn case(
    files: &'static [&'static str],
    at: &'static str,
    says: &'static str,
    taken: &'static [&'static str],
) -> Case {
    Case {
        files,
        at,
        says,
        taken,
    }
}

/// The names of the files of a case.
const NAMES: [&str; 3] = ["a.yaml", "b.yaml", "c.yaml"];

fn sources(texts: &[&str]) -> Vec<SourceFile> {
    let named = NAMES.iter().zip(texts);
    named
        .map(|(name, text)| source(name, &format!("version: 1\n{text}\n")))
        .collect()
}

/// Holds a table of keys.
fn holds(cases: &[Case]) {
    for Case {
        files,
        at,
        says,
        taken,
    } in cases
    {
        let Err(problems) = parse(&sources(files)) else {
            panic!("taken, though it has no effect: {files:#?}");
        };
        let [problem] = &problems[..] else {
            panic!("{files:#?}: {problems:#?}");
        };
        let place = problem.place.as_ref().expect("a place").to_string();
        assert_eq!(place, *at, "{files:#?}: {problem:#?}");
        assert!(problem.message.contains(says), "{files:#?}: {problem:#?}");
        assert!(problem.help.is_some(), "what to do: {problem:#?}");
        if let Err(problems) = parse(&sources(taken)) {
            panic!("{taken:#?}: {problems:#?}");
        }
    }
}

const DEFAULTS: &str = "target_defaults: {profile: two, account: \"222233334444\"}";
const PROD: &str = "targets: {prod: {region: us-east-1}}";
const JIRA: &str = "connectors: [{id: jira, name: jira-1}]";

#[test]
fn defaults_that_no_target_takes() {
    holds(&[
        // Each file's are its own.
        case(
            &[DEFAULTS, PROD],
            "a.yaml:2:1",
            "this file has no `targets`",
            &["target_defaults: {profile: two}\ntargets: {prod: {}}", JIRA],
        ),
        case(
            &[PROD, DEFAULTS],
            "b.yaml:2:1",
            "this file has no `targets`",
            &[PROD],
        ),
        // The implied target takes those of the first file.
        case(
            &[JIRA, DEFAULTS],
            "b.yaml:2:1",
            "this file has no `targets`",
            &[DEFAULTS, JIRA],
        ),
        case(
            &[DEFAULTS, "target_defaults: {profile: three}"],
            "b.yaml:2:1",
            "this file has no `targets`",
            &[DEFAULTS],
        ),
        case(
            &["target_defaults: {region: us-east-1}\ntargets: {}"],
            "a.yaml:2:1",
            "this file has no `targets`",
            &["targets: {}"],
        ),
        case(
            &["target_defaults: {}\ntargets: {prod: {}}"],
            "a.yaml:2:1",
            "`target_defaults` is empty",
            &["target_defaults: {unmanaged: judge}\ntargets: {prod: {}}"],
        ),
    ]);
}

#[test]
fn a_default_that_each_target_replaces() {
    const TARGETS: &str = "targets: {a: {account: \"111122223333\", region: us-east-1, profile: x, unmanaged: fail, hub: enabled}}";
    for default in [
        "account: \"111122223333\"",
        "region: us-east-1",
        "profile: y",
        "unmanaged: judge",
        "hub: disabled",
    ] {
        let defaults = format!("target_defaults: {{{default}}}\n");
        let problems = parse(&sources(&[&format!("{defaults}{TARGETS}")])).expect_err(default);
        let [problem] = &problems[..] else {
            panic!("{default}: {problems:#?}");
        };
        assert_eq!(
            problem.place.as_ref().expect("a place").to_string(),
            "a.yaml:2:19"
        );
        assert!(
            problem.message.contains("no target of this file takes"),
            "{problem:#?}"
        );
        parse(&sources(&[&format!(
            "{defaults}{}",
            TARGETS.replace("}}", "}, b: {}}")
        )]))
        .expect(default);
    }
    holds(&[
        case(
            &[
                "target_defaults: {role_name: x}\ntargets: {a: {role_arn: \"arn:aws:iam::111122223333:role/y\"}}",
            ],
            "a.yaml:2:19",
            "a role of its own",
            &["target_defaults: {role_name: x}\ntargets: {a: {account: \"111122223333\"}}"],
        ),
        case(
            &[
                "target_defaults: {role_arn: \"arn:aws:iam::111122223333:role/x\"}\ntargets: {a: {role_arn: \"arn:aws:iam::111122223333:role/y\"}}",
            ],
            "a.yaml:2:19",
            "a role of its own",
            &[
                "target_defaults: {role_arn: \"arn:aws:iam::111122223333:role/x\"}\ntargets: {a: {}}",
            ],
        ),
    ]);
}

#[test]
fn what_goes_with_a_role_where_there_is_none() {
    holds(&[
        case(
            &["targets: {a: {external_id: x-42}}"],
            "a.yaml:2:15",
            "assumes no role, so `external_id` has no effect",
            &["targets: {a: {external_id: x-42, role_arn: \"arn:aws:iam::111122223333:role/x\"}}"],
        ),
        case(
            &["targets: {a: {session_name: drift}}"],
            "a.yaml:2:15",
            "assumes no role, so `session_name` has no effect",
            &[
                "target_defaults: {role_name: x}\ntargets: {a: {session_name: drift, account: \"111122223333\"}}",
            ],
        ),
        case(
            &["target_defaults: {external_id: x-42}\ntargets: {a: {}, b: {profile: x}}"],
            "a.yaml:2:19",
            "each has its own, or assumes no role",
            &[
                "target_defaults: {external_id: x-42}\ntargets: {a: {}, b: {role_arn: \"arn:aws:iam::111122223333:role/x\"}}",
            ],
        ),
        case(
            &[
                "target_defaults: {session_name: x}\ntargets: {a: {session_name: y, role_arn: \"arn:aws:iam::111122223333:role/x\"}}",
            ],
            "a.yaml:2:19",
            "takes this `session_name`",
            &[
                "target_defaults: {session_name: x}\ntargets: {a: {role_arn: \"arn:aws:iam::111122223333:role/x\"}}",
            ],
        ),
        // The implied target has none either.
        case(
            &["target_defaults: {external_id: x-42}"],
            "a.yaml:2:19",
            "the target assumes no role, so `external_id` has no effect",
            &[
                "target_defaults: {external_id: x-42, role_arn: \"arn:aws:iam::111122223333:role/x\"}",
            ],
        ),
    ]);
}

#[test]
fn exceptions_that_except_nothing_or_everything() {
    holds(&[
        case(
            &["targets: {a: {unmanaged: ignore, unmanaged_except: [{name: x}]}}"],
            "a.yaml:2:34",
            "ignores every unmanaged connector",
            &["targets: {a: {unmanaged: judge, unmanaged_except: [{name: x}]}}"],
        ),
        case(
            &[
                "target_defaults: {unmanaged: ignore}\ntargets: {a: {unmanaged_except: [{name: x}]}}",
            ],
            "a.yaml:3:15",
            "ignores every unmanaged connector",
            &[
                "target_defaults: {unmanaged_except: [{name: x}]}\ntargets: {a: {unmanaged: ignore}, b: {region: us-east-1}}",
            ],
        ),
        case(
            &[
                "target_defaults: {unmanaged_except: [{name: x}]}\ntargets: {a: {unmanaged: ignore}}",
            ],
            "a.yaml:2:19",
            "or ignores every unmanaged connector",
            &["target_defaults: {unmanaged_except: [{name: x}]}\ntargets: {a: {}}"],
        ),
        case(
            &["target_defaults: {unmanaged_except: [{name: x}], unmanaged: ignore}"],
            "a.yaml:2:19",
            "ignores every unmanaged connector",
            &["target_defaults: {unmanaged_except: [{name: x}]}"],
        ),
        case(
            &["targets: {a: {unmanaged_except: []}}"],
            "a.yaml:2:15",
            "`unmanaged_except` is empty",
            &[
                "target_defaults: {unmanaged_except: [{name: x}]}\ntargets: {a: {unmanaged_except: []}, b: {region: us-east-1}}",
            ],
        ),
        case(
            &["target_defaults: {unmanaged_except: []}\ntargets: {a: {}}"],
            "a.yaml:2:19",
            "`unmanaged_except` is empty",
            &["targets: {a: {}}"],
        ),
        case(
            &["targets: {a: {unmanaged_except: [{name: x}, {name: x}]}}"],
            "a.yaml:2:45",
            "written twice",
            &["targets: {a: {unmanaged_except: [{name: x}, {name: y}]}}"],
        ),
        case(
            &[
                "targets: {a: {unmanaged_except: [{name: {matches: \"^[a-m]\"}}, {name: {matches: \"^[^a-m]\"}}]}}",
            ],
            "a.yaml:2:15",
            "together except every unmanaged connector",
            &[
                "targets: {a: {unmanaged_except: [{name: {matches: \"^[a-m]\"}}, {name: {matches: \"^[^a-z]\"}}]}}",
            ],
        ),
    ]);
}

#[test]
fn exceptions_of_what_is_expected() {
    holds(&[
        case(
            &["targets: {a: {unmanaged_except: [{name: x}]}}\nconnectors: [{id: x, name: x}]"],
            "a.yaml:2:41",
            "`x` is expected here",
            &[
                "targets: {a: {unmanaged_except: [{name: x}]}, b: {region: us-east-1}}\nconnectors: [{id: x, target: b, name: x}]",
            ],
        ),
        case(
            &[
                "targets: {a: {unmanaged_except: [{name: {one_of: [y, x]}}]}}\nconnectors: [{id: x, name: x}]",
            ],
            "a.yaml:2:41",
            "`x` is expected here",
            &[
                "targets: {a: {unmanaged_except: [{name: {matches: x}}]}}\nconnectors: [{id: x, name: x}]",
            ],
        ),
        case(
            &[
                "targets: {a: {unmanaged_except: [{connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}]}}\nconnectors: [{id: x, connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}]",
            ],
            "a.yaml:2:49",
            "`1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d` is expected here",
            &[
                "targets: {a: {unmanaged_except: [{connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}]}}\nconnectors: [{id: x, connector_id: 2a2b3c4d-0000-4000-8000-5e6f7a8b9c0d}]",
            ],
        ),
    ]);
}

#[test]
fn exceptions_of_every_name() {
    for all in ["\"\"", "^", "\".*\"", ".+", "\"^.{1,64}$\"", "\"(?:)|stg\""] {
        let text = format!("targets: {{a: {{unmanaged_except: [{{name: {{matches: {all}}}}}]}}}}");
        let problems = parse(&sources(&[&text])).expect_err(all);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(
            problems[0]
                .message
                .contains("excepts every unmanaged connector"),
            "{problems:#?}"
        );
        assert_eq!(problems[0].place.as_ref().map(|it| it.line), Some(2));
    }
}

#[test]
fn exceptions_of_every_name_or_id_that_there_really_is() {
    let refused = |key: &str, all: &str| {
        let text =
            format!("targets: {{a: {{unmanaged_except: [{{{key}: {{matches: '{all}'}}}}]}}}}");
        parse(&sources(&[&text])).err()
    };
    for (key, all) in [
        ("name", r"\b"),
        ("name", r"\w"),
        ("name", "[a-zA-Z0-9_-]"),
        ("name", "^[a-zA-Z0-9_.-]+$"),
        ("name", "^[ -~]*$"),
        ("name", "(?i)[a-z0-9]"),
        ("name", "[a-z]|[A-Z]|[0-9]"),
        ("name", "[[:alnum:]]"),
        ("name", "^.{1,100}$"),
        ("connector_id", "4"),
        ("connector_id", "-4"),
        ("connector_id", r"\d"),
        ("connector_id", "[0-9]"),
        ("connector_id", "[89ab]"),
        ("connector_id", "-[89ab]"),
        ("connector_id", "^[0-9a-f]{8}-"),
        ("connector_id", "^.{14}4.{3}-[89ab]"),
    ] {
        let problems = refused(key, all).unwrap_or_else(|| panic!("taken: {key} {all}"));
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(
            problems[0]
                .message
                .contains("excepts every unmanaged connector"),
            "{problems:#?}"
        );
    }
    // What leaves out some that there may well be is taken.
    for (key, some) in [
        ("name", "^stg-"),
        ("name", "-"),
        ("name", "^[a-z]"),
        ("name", "[0-9]"),
        ("name", "(?i)jira"),
        ("name", "^[a-z-]+$"),
        ("name", "[A-Z]"),
        ("name", "_"),
        ("name", "e"),
        ("connector_id", "^4"),
        ("connector_id", "^0"),
        ("connector_id", "^1a2b3c4d-"),
        ("connector_id", "00"),
        ("connector_id", "^[0-7]"),
        ("connector_id", "-8"),
        ("connector_id", "f"),
        ("connector_id", "4$"),
    ] {
        let problems = refused(key, some);
        assert!(problems.is_none(), "{key} {some}: {problems:#?}");
    }
}

#[test]
fn expectations_that_nothing_could_break() {
    holds(&[
        case(
            &["connectors: [{id: a, name: a, expect: {}}]"],
            "a.yaml:2:31",
            "`expect` is empty",
            &["connectors: [{id: a, name: a, expect: {description: x}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {tags: {}}}]"],
            "a.yaml:2:40",
            "`tags` is empty",
            &["connectors: [{id: a, name: a, expect: {tags: {team: null}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {provider: {}}}]"],
            "a.yaml:2:40",
            "`provider` is empty",
            &["connectors: [{id: a, name: a, expect: {provider: {azure_regions: []}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {description: {matches: \".*\"}}}]"],
            "a.yaml:2:40",
            "`.*` is found in every text",
            &["connectors: [{id: a, name: a, expect: {description: {matches: \"^J\"}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {tags: {team: {matches: \"\"}}}}]"],
            "a.yaml:2:47",
            "is found in every text",
            &["connectors: [{id: a, name: a, expect: {tags: {team: {present: true}}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {name: a}}]"],
            "a.yaml:2:40",
            "found by its name",
            &[
                "connectors: [{id: a, connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d, expect: {name: a}}]",
            ],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {description: {one_of: [x, y, x]}}}]"],
            "a.yaml:2:69",
            "`x` is written twice",
            &["connectors: [{id: a, name: a, expect: {description: {one_of: [x, y]}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, expect: {provider: {azure_regions: [x, x]}}}]"],
            "a.yaml:2:70",
            "`x` is written twice",
            &["connectors: [{id: a, name: a, expect: {provider: {azure_regions: [x, y]}}}]"],
        ),
        case(
            &["connectors: [{id: a, name: a, labels: {}}]"],
            "a.yaml:2:31",
            "`labels` is empty",
            &["connectors: [{id: a, name: a, labels: {x: y}}]"],
        ),
        case(
            &["targets: {a: {hub: disabled}}\nconnectors: [{id: a, name: a}]"],
            "a.yaml:3:14",
            "hub: disabled",
            &["targets: {a: {hub: enabled}}\nconnectors: [{id: a, name: a}]"],
        ),
    ]);
}

#[test]
fn settings_of_rules_that_set_nothing() {
    holds(&[
        case(
            &["policies: {}"],
            "a.yaml:2:1",
            "`policies` is empty",
            &["policies: {builtin: true}"],
        ),
        case(
            &["policies: {paths: []}"],
            "a.yaml:2:12",
            "`paths` is empty",
            &["policies: {paths: [x]}"],
        ),
        case(
            &["policies: {paths: [x/y, ./x/y/]}"],
            "a.yaml:2:25",
            "named twice",
            &["policies: {paths: [x/y, x/z]}"],
        ),
        case(
            &["policies: {paths: [x/y]}", "policies: {paths: [x/y]}"],
            "b.yaml:2:20",
            "named twice",
            &["policies: {paths: [x/y]}", "policies: {paths: [y]}"],
        ),
        case(
            &["policies: {rules: []}"],
            "a.yaml:2:12",
            "`rules` is empty",
            &["policies: {rules: [{rule: x, level: off}]}"],
        ),
        case(
            &["policies: {rules: [{rule: x}]}"],
            "a.yaml:2:27",
            "sets nothing",
            &["policies: {rules: [{rule: x, severity: low}]}"],
        ),
        case(
            &["policies: {rules: [{rule: x, match: {provider: GCP}}]}"],
            "a.yaml:2:27",
            "sets nothing",
            &["policies: {rules: [{rule: x, params: {a: 1}, match: {provider: GCP}}]}"],
        ),
        case(
            &["policies: {rules: [{rule: x, level: off, params: {}}]}"],
            "a.yaml:2:42",
            "`params` is empty",
            &["policies: {rules: [{rule: x, level: advisory, params: {a: 1}}]}"],
        ),
        case(
            &["policies: {rules: [{rule: x, level: off, match: {}}]}"],
            "a.yaml:2:42",
            "`match` is empty",
            &["policies: {rules: [{rule: x, level: off, match: {provider: GCP}}]}"],
        ),
        case(
            &["policies: {rules: [{rule: x, level: off, match: {provider: GCP, labels: {}}}]}"],
            "a.yaml:2:65",
            "`labels` is empty",
            &["policies: {rules: [{rule: x, level: off, match: {provider: GCP}}]}"],
        ),
    ]);
}

#[test]
fn settings_that_a_later_entry_replaces() {
    holds(&[
        case(
            &["policies: {rules: [{rule: x, level: off}, {rule: x, level: advisory}]}"],
            "a.yaml:2:27",
            "`level` has no effect",
            &[
                "policies: {rules: [{rule: x, level: off}, {rule: x, level: advisory, match: {provider: GCP}}]}",
            ],
        ),
        case(
            &[
                "policies: {rules: [{rule: x, severity: low, match: {provider: GCP}}, {rule: x, severity: high}]}",
            ],
            "a.yaml:2:27",
            "`severity` has no effect",
            &[
                "policies: {rules: [{rule: x, severity: low}, {rule: x, severity: high, match: {provider: GCP}}]}",
            ],
        ),
        case(
            &["policies: {rules: [{rule: x, params: {a: 1, b: 2}}, {rule: x, params: {b: 3}}]}"],
            "a.yaml:2:48",
            "`b` has no effect",
            &["policies: {rules: [{rule: x, params: {a: 1}}, {rule: x, params: {b: 3}}]}"],
        ),
        case(
            &[
                "policies: {rules: [{rule: x, level: off, match: {provider: GCP}}, {rule: x, level: off, match: {provider: GCP}}]}",
            ],
            "a.yaml:2:27",
            "`level` has no effect",
            &[
                "policies: {rules: [{rule: x, level: off, match: {provider: GCP}}, {rule: x, level: off, match: {provider: AZURE}}]}",
            ],
        ),
        // Another file may lay its own over what is set for everybody.
        case(
            &["policies: {rules: [{rule: x, level: off}, {rule: x, level: off}]}"],
            "a.yaml:2:27",
            "`level` has no effect",
            &[
                "policies: {rules: [{rule: x, level: off}]}",
                "policies: {rules: [{rule: x, level: advisory}]}",
            ],
        ),
    ]);
}

#[test]
fn all_that_has_no_effect_is_said_at_once() {
    insta::assert_snapshot!(refused("version: 1\ntarget_defaults: {region: us-east-1, session_name: x}\ntargets:\n  a: {region: us-east-1, external_id: x-42}\n  b: {region: us-east-1, profile: x, unmanaged_except: [{name: {matches: \".*\"}}]}\nconnectors:\n  - {id: a, target: a, name: a, labels: {}, expect: {description: {matches: \"\"}}}\npolicies: {rules: [{rule: x, match: {}}]}\n"), @r#"
    error: no target of this file takes this `region`: each has its own
     --> hubdrift.yaml:2:19
      |
    2 | target_defaults: {region: us-east-1, session_name: x}
      |                   ^^^^^^
      |
      = help: take it away

    error: no target of this file takes this `session_name`: each has its own, or assumes no role
     --> hubdrift.yaml:2:38
      |
    2 | target_defaults: {region: us-east-1, session_name: x}
      |                                      ^^^^^^^^^^^^
      |
      = help: take it away

    error: the target `a` assumes no role, so `external_id` has no effect
     --> hubdrift.yaml:4:26
      |
    4 |   a: {region: us-east-1, external_id: x-42}
      |                          ^^^^^^^^^^^
      |
      = help: add `role_arn` or `role_name`, or take it away

    error: `.*` is found in every usual name, so this excepts every unmanaged connector
     --> hubdrift.yaml:5:64
      |
    5 |   b: {region: us-east-1, profile: x, unmanaged_except: [{name: {matches: ".*"}}]}
      |                                                                ^
      |
      = help: write `unmanaged: ignore` instead

    error: `labels` is empty, so it has no effect
     --> hubdrift.yaml:7:33
      |
    7 |   - {id: a, target: a, name: a, labels: {}, expect: {description: {matches: ""}}}
      |                                 ^^^^^^
      |
      = help: take it away, or write what belongs in it

    error: `` is found in every text, so nothing is compared
     --> hubdrift.yaml:7:54
      |
    7 |   - {id: a, target: a, name: a, labels: {}, expect: {description: {matches: ""}}}
      |                                                      ^^^^^^^^^^^
      |
      = help: write `{present: true}` if it may be any, but must be there

    error: this entry sets nothing
     --> hubdrift.yaml:8:27
      |
    8 | policies: {rules: [{rule: x, match: {}}]}
      |                           ^
      |
      = help: write a `level`, a `severity` or `params`, or take it away

    error: `match` is empty, so it has no effect
     --> hubdrift.yaml:8:30
      |
    8 | policies: {rules: [{rule: x, match: {}}]}
      |                              ^^^^^
      |
      = help: take it away, or write what belongs in it

    error: 8 problems in hubdrift.yaml
    "#);
}

#[test]
fn the_account_of_a_role_is_the_targets() {
    let account = |text: &str| {
        let inventory = parse(&sources(&[text])).expect("valid");
        inventory.targets[0].account.clone()
    };
    let role = "arn:aws:iam::222233334444:role/hubdrift";
    assert_eq!(
        account(&format!("targets: {{a: {{role_arn: \"{role}\"}}}}")).as_deref(),
        Some("222233334444")
    );
    assert_eq!(
        account(&format!(
            "target_defaults: {{role_arn: \"{role}\"}}\ntargets: {{a: {{}}}}"
        ))
        .as_deref(),
        Some("222233334444")
    );
    assert_eq!(
        account(&format!("target_defaults: {{role_arn: \"{role}\"}}")).as_deref(),
        Some("222233334444")
    );
    assert_eq!(account("targets: {a: {profile: x}}"), None);
    let said = |text: &str| {
        let problems = parse(&sources(&[text])).expect_err("refused");
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems[0].message.clone()
    };
    // What else follows from the account is compared with it.
    assert_eq!(
        said(&format!(
            "targets: {{a: {{role_arn: \"{role}\", region: us-east-1}}, b: {{account: \"222233334444\", region: us-east-1}}}}"
        )),
        "the targets `a` and `b` are both account 222233334444 in us-east-1"
    );
    assert_eq!(
        said(&format!(
            "targets: {{a: {{role_arn: \"{role}\"}}}}\nconnectors: [{{id: a, connector_arn: \"arn:aws:securityhub:us-east-1:111122223333:connectorv2/{ID}\"}}]"
        )),
        "the account of this ARN is 111122223333, that of the target `a` is 222233334444"
    );
    assert_eq!(
        said(&format!(
            "target_defaults: {{account: \"111122223333\"}}\ntargets: {{a: {{role_arn: \"{role}\"}}}}"
        )),
        "the role is in account 222233334444, the target `a` is account 111122223333"
    );
}
