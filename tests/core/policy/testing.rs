//! `rules test`: what a rule's tests show, and that none of their checks can be passed by accident.

use hubdrift::{
    policy::{
        self, Source,
        testing::{self, CheckKind, TestReport},
    },
    problem::{Problem, Sources, render},
    yaml::SourceFile,
};

/// A rule about one enum, with a parameter.
const RULE: &str = r#"
const META = #{
    id: "r", title: "t", severity: "low", remediation: "r", params: #{ max: 24 },
};

fn check(ctx) {
    let status = ctx.observed.provider.auth_status;
    if !present(status) {
        return fail_at("provider.auth_status", "no status");
    }
    if status != "ACTIVE" {
        return fail_at("provider.auth_status", `it is ${status}`);
    }
    if hours_since(ctx.observed.health.last_checked_at) > ctx.params.max {
        return fail("too old");
    }
    pass()
}
"#;

const TESTS: &str = r#"
base:
  name: jira-secops
  provider: {type: JIRA_CLOUD, auth_status: ACTIVE}
  health: {connector_status: CONNECTED, last_checked_at: "2026-06-01T11:00:00Z"}
cases:
  - name: active
    expect: {outcome: pass}
  - name: failed
    set: {provider.auth_status: FAILED}
    expect: {outcome: fail, path: provider.auth_status, message: it is FAILED}
  - name: none
    unset: [provider.auth_status]
    expect: {outcome: fail, message: {matches: "^no"}}
  - name: nobody knows it
    set: {provider.auth_status: EXPIRED}
    expect: {outcome: error}
  - name: old
    now: "2026-06-03T12:00:00Z"
    expect: {outcome: fail, message: too old}
  - name: old, and allowed
    now: "2026-06-03T12:00:00Z"
    params: {max: 72}
    expect: {outcome: pass}
"#;

fn source(id: &str, text: &str) -> Source {
    Source {
        path: format!("rules/{id}.rhai"),
        text: text.to_owned(),
    }
}

fn file(id: &str, text: &str) -> SourceFile {
    SourceFile {
        path: format!("rules/{id}.test.yaml"),
        text: text.to_owned(),
    }
}

fn test(rule: &str, tests: &str) -> Result<TestReport, Vec<Problem>> {
    testing::test(vec![source("r", rule)], &[file("r", tests)])
}

fn reported(rule: &str, tests: &str) -> TestReport {
    test(rule, tests).unwrap_or_else(|problems| panic!("{}", shown(&problems, rule, tests)))
}

fn shown(problems: &[Problem], rule: &str, tests: &str) -> String {
    let sources = Sources::from([
        ("rules/r.rhai".to_owned(), rule.to_owned()),
        ("rules/r.test.yaml".to_owned(), tests.to_owned()),
    ]);
    render(problems, &sources, false)
}

/// What doesn't hold, as it is shown.
fn failures(rule: &str, tests: &str) -> String {
    let report = reported(rule, tests);
    let failures: Vec<_> = report.failures().cloned().collect();
    shown(&failures, rule, tests)
}

/// What is wrong with the files, as it is shown.
fn refused(rule: &str, tests: &str) -> String {
    match test(rule, tests) {
        Ok(report) => panic!("nothing was refused: {report:?}"),
        Err(problems) => shown(&problems, rule, tests),
    }
}

/// A rule whose `check` is this.
fn rule(body: &str) -> String {
    format!(
        "const META = #{{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\" }};\nfn check(ctx) {{\n    {body}\n}}\n"
    )
}

#[test]
fn a_rule_that_is_tested_well_holds_everywhere() {
    let report = reported(RULE, TESTS);
    assert_eq!(failures(RULE, TESTS), "");
    let tests = &report.rules[0];
    assert_eq!(
        (&*tests.rule, tests.tests.as_str()),
        ("r", "rules/r.test.yaml")
    );
    assert_eq!(tests.count(CheckKind::Case), (6, 6));
    assert_eq!(tests.count(CheckKind::Coverage), (2, 2));
    let row = |kind, name| {
        let mut checks = tests.checks.iter();
        checks.find(|check| check.kind == kind && check.name == name)
    };
    // Both cases that pass, each without its status. The time is promised.
    let absence = row(CheckKind::Absence, "provider.auth_status").expect("a row");
    assert_eq!(absence.evaluations, 2);
    assert!(row(CheckKind::Absence, "health.last_checked_at").is_none());
    assert!(row(CheckKind::UnknownEnum, "provider.auth_status").is_some());
}

#[test]
fn a_case_that_fails_shows_expected_and_got_and_its_line() {
    let tests = TESTS
        .replace(
            "outcome: fail, path: provider.auth_status, message: it is FAILED",
            "outcome: fail, path: name, message: it is BROKEN",
        )
        .replace(
            "name: active\n    expect: {outcome: pass}",
            "name: active\n    expect: {outcome: fail}",
        )
        .replace("{outcome: error}", "{outcome: pass}");
    insta::assert_snapshot!(failures(RULE, &tests));
}

#[test]
fn a_rule_must_be_seen_passing_and_failing() {
    let only = |case: &str| {
        let cases = TESTS.split("cases:").next().expect("a beginning");
        failures(RULE, &format!("{cases}cases:\n{case}"))
    };
    let out = only("  - {name: a, expect: {outcome: pass}}\n");
    assert!(out.contains("no case shows the rule failing"), "{out}");
    assert!(!out.contains("passing"), "{out}");
    let out = only("  - {name: a, unset: [provider.auth_status], expect: {outcome: fail}}\n");
    assert!(out.contains("no case shows the rule passing"), "{out}");
    assert!(!out.contains("failing"), "{out}");
    // A case that is wrong shows nothing.
    let out = only("  - {name: a, expect: {outcome: fail}}\n");
    assert!(out.contains("passing") && out.contains("failing"), "{out}");
}

/// Fails a connector with a description, and never asks whether there is one.
const CARELESS: &str = r#"
    if present(ctx.observed.description) {
        if ctx.observed.description == "bad" { return fail("bad"); }
    }
    pass()
"#;

const CARELESS_TESTS: &str = "
base: {name: a, description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
";

#[test]
fn a_rule_that_passes_without_what_it_looks_at_must_say_so() {
    let careless = rule(CARELESS);
    insta::assert_snapshot!(failures(&careless, CARELESS_TESTS), @"
    error: the rule still passes without `description`: `good`
     --> rules/r.test.yaml:4:12
      |
    4 |   - {name: good, expect: {outcome: pass}}
      |            ^^^^
      |
      = help: let it fail where `present(description)` is false, or list `description` under `tolerates`

    error: 1 problem in rules/r.test.yaml
    ");
    let tolerant = format!("{CARELESS_TESTS}tolerates: [description]\n");
    assert_eq!(failures(&careless, &tolerant), "");
    let needless = format!("{CARELESS_TESTS}tolerates: [description, name]\n");
    let out = failures(&careless, &needless);
    assert!(out.contains("r.test.yaml:6:26"), "{out}");
    assert!(out.contains("`name` is tolerated for nothing"), "{out}");
    assert!(out.contains("1 problem"), "{out}");
}

#[test]
fn a_rule_that_passes_by_exclusion_must_say_so() {
    // `contains` looks at a text, and the rule's author got around the enum by `provider.type` alone.
    let excluding = rule(
        "if present(ctx.observed.enablement_status) && ctx.observed.name == \"x\" {\n        if ctx.observed.enablement_status != \"ENABLED\" { return fail(\"off\"); }\n    }\n    pass()",
    );
    let tests = "
base: {name: a, enablement_status: ENABLED}
cases:
  - {name: another, expect: {outcome: pass}}
  - {name: off, set: {name: x, enablement_status: PENDING_DELETION}, expect: {outcome: fail}}
";
    let out = failures(&excluding, tests);
    assert!(
        out.contains("still passes when `enablement_status` is SOMETHING_NEW"),
        "{out}"
    );
    assert!(
        out.contains("still passes without `enablement_status`"),
        "{out}"
    );
    // That it may be absent doesn't say that it may be anything.
    let absent = format!("{tests}tolerates: [enablement_status]\n");
    let out = failures(&excluding, &absent);
    assert!(
        out.contains("is SOMETHING_NEW") && !out.contains("still passes without"),
        "{out}"
    );
    assert!(out.contains("under `tolerates_unknown`"), "{out}");
    let unknown = format!("{tests}tolerates_unknown: [enablement_status]\n");
    let out = failures(&excluding, &unknown);
    assert!(
        !out.contains("SOMETHING_NEW") && out.contains("still passes without"),
        "{out}"
    );
    let both = format!("{absent}tolerates_unknown: [enablement_status]\n");
    assert_eq!(failures(&excluding, &both), "");
    let needless = both.replace("unknown: [", "unknown: [provider.type, ");
    let out = failures(&excluding, &needless);
    assert!(
        out.contains("`provider.type` is tolerated for nothing: the rule never passes with a value of it that is not known"),
        "{out}"
    );
    let text = both.replace("unknown: [", "unknown: [name, tags.team, ");
    let out = refused(&excluding, &text);
    assert!(
        out.contains("`name` is no enum, so no value of it is unknown"),
        "{out}"
    );
    assert!(out.contains("`tags.team` is no enum"), "{out}");
}

/// A rule that passes by accident: its body, what META has beside it, its tests, and the path that is named.
struct Accident {
    body: &'static str,
    meta: &'static str,
    tests: &'static str,
    path: &'static str,
}

/// Rules that pass where something is not there, with tests that don't show it.
const ACCIDENTS: &[Accident] = &[
    // Nothing shows the rule with what it looks at.
    Accident {
        body: r#"let d = ctx.observed.description; if present(d) { if d == "bad" { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a}
cases:
  - {name: none, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
",
        path: "description",
    },
    Accident {
        body: r#"let s = ctx.observed.health.connector_status; if present(s) { if s == "DEGRADED" { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a}
cases:
  - {name: not promised here, expect: {outcome: pass}}
  - {name: bad, set: {health.connector_status: DEGRADED}, expect: {outcome: fail}}
",
        path: "health.connector_status",
    },
    // A single tag, and tags by a key that only the parameters know.
    Accident {
        body: r#"let t = ctx.observed.tags.team; if present(t) { if t == "bad" { return fail("bad"); } } pass()"#,
        meta: r#"needs: ["tags"]"#,
        tests: "base: {name: a, tags: {team: good, another: x}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
",
        path: "tags.team",
    },
    Accident {
        body: r#"if "team" in ctx.observed.tags { if ctx.observed.tags["team"] == "bad" { return fail("bad"); } } pass()"#,
        meta: r#"needs: ["tags"]"#,
        tests: "base: {name: a}
cases:
  - {name: none, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
",
        path: "tags.team",
    },
    Accident {
        body: r#"let t = ctx.observed.tags[ctx.params.key]; if present(t) { if t == "bad" { return fail("bad"); } } pass()"#,
        meta: r#"needs: ["tags"], params: #{ key: "team" }"#,
        tests: "base: {name: a, tags: {team: good}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
",
        path: "tags",
    },
    Accident {
        body: r#"for t in ctx.observed.tags.values() { if t == "bad" { return fail("bad"); } } pass()"#,
        meta: r#"needs: ["tags"]"#,
        tests: "base: {name: a, tags: {team: good}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
",
        path: "tags",
    },
    // Unmanaged connectors have no labels.
    Accident {
        body: r#"if present(ctx.labels.env) { if ctx.labels.env == "prod" { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a}
labels: {env: dev}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, labels: {env: prod}, expect: {outcome: fail}}
",
        path: "labels.env",
    },
    Accident {
        body: r#"let l = [ctx.labels].map(|l| l[ctx.params.key]).filter(|e| present(e)); if l.some(|e| e == "prod") { return fail("bad"); } pass()"#,
        meta: r#"params: #{ key: "env" }"#,
        tests: "base: {name: a}
labels: {env: dev}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, labels: {env: prod}, expect: {outcome: fail}}
",
        path: "labels",
    },
    Accident {
        body: r#"if ctx.labels.values().some(|l| l == "prod") { return fail("bad"); } pass()"#,
        meta: "",
        tests: "base: {name: a}
labels: {env: dev}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, labels: {env: prod}, expect: {outcome: fail}}
",
        path: "labels",
    },
    // An inventory need not expect anything.
    Accident {
        body: r#"let e = ctx.expected.description; if present(e) { if ctx.observed.description != e { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a, description: good}
expected: {description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
",
        path: "expected.description",
    },
    // Drift of what is absent has no observed value.
    Accident {
        body: r#"for d in ctx.drift { if d.path == "description" && present(d.observed) { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a, description: good}
expected: {description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
",
        path: "description",
    },
    Accident {
        body: r#"if present(ctx.target.account) { if ctx.target.account == "000000000000" { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, target: {account: '000000000000'}, expect: {outcome: fail}}
",
        path: "target.account",
    },
    Accident {
        body: r#"if present(ctx.target.partition) { if ctx.target.partition == "aws-cn" { return fail("bad"); } } pass()"#,
        meta: "",
        tests: "base: {name: a}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, target: {region: cn-north-1}, expect: {outcome: fail}}
",
        path: "target.region",
    },
    // An issue of which too little is said, where no case that passes has an issue.
    Accident {
        body: r#"for i in ctx.observed.health.issues { if present(i.code) { if i.code == "DISCOVERY_FAILURE" { return fail("bad"); } } } pass()"#,
        meta: "",
        tests: "base: {name: a, health: {issues: []}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {health.issues: [{code: DISCOVERY_FAILURE}]}, expect: {outcome: fail}}
",
        path: "health.issues",
    },
    Accident {
        body: r#"for i in ctx.observed.health.issues { if present(i.message) { if i.message == "bad" { return fail("bad"); } } } pass()"#,
        meta: "",
        tests: "base: {name: a, health: {issues: [{code: NO_HEALTH_DATA, message: good}]}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {health.issues: [{message: bad}]}, expect: {outcome: fail}}
",
        path: "health.issues",
    },
];

#[test]
fn nothing_that_need_not_be_there_is_passed_over() {
    for Accident {
        body,
        meta,
        tests,
        path,
    } in ACCIDENTS
    {
        let rule = rule(body).replace("remediation: \"r\"", &format!("remediation: \"r\", {meta}"));
        let out = failures(&rule, tests);
        let said = out.contains(&format!("still passes without `{path}`"))
            || out.contains(&format!("no case that passes has `{path}`"));
        assert!(said, "{body}\n{out}");
        // Whoever means it says so, and by the same name.
        let unknown = if out.contains("SOMETHING_NEW") {
            format!("tolerates_unknown: [{path}]\n")
        } else {
            String::new()
        };
        let tolerant = format!("{tests}tolerates: [{path}]\n{unknown}");
        assert_eq!(failures(&rule, &tolerant), "", "{body}");
    }
}

/// Ways to a fact, each the value of `d`; the first line may be functions.
const WAYS: &[(&str, &str)] = &[
    ("", "let d = ctx.observed.description;"),
    ("fn it(c) { c.observed.description }", "let d = it(ctx);"),
    (
        "fn facts(c) { c.observed } fn it(o) { o.description }",
        "let d = it(facts(ctx));",
    ),
    (
        "fn down(c, n) { if n == 0 { return c.observed; } down(c, n - 1) }",
        "let d = down(ctx, 3).description;",
    ),
    ("", "let o = ctx.observed; let d = o.description;"),
    (
        "",
        "let o = ctx.target; if true { o = ctx.observed; } let d = o.description;",
    ),
    ("", "let d = [ctx.observed][0].description;"),
    ("", "let d = #{o: ctx.observed}.o.description;"),
    (
        "",
        "let l = []; l.push(ctx.observed); let d = l[0].description;",
    ),
    ("", "let d = [ctx].map(|c| c.observed.description)[0];"),
    (
        "",
        "let o = ctx.observed; let d = [1].map(|n| o.description)[0];",
    ),
    ("", "let d = ctx.observed?.description;"),
    ("", "let d = ctx.observed.description ?? \"good\";"),
    (
        "",
        "let d = if ctx.observed.name == \"b\" { \"\" } else { ctx.observed.description };",
    ),
    (
        "",
        "let o = ctx.target; let d = \"\"; for i in [1, 2] { if i == 2 { d = o.description; } o = ctx.observed; }",
    ),
    (
        "",
        "let o = ctx.expected; let p = o; let d = \"\"; for i in [1, 2, 3] { if i == 3 { d = p.description; } p = o; o = ctx.observed; }",
    ),
    (
        "",
        "let o = \"\"; [ctx.observed].map(|x| { o = x; 1 }); let d = o.description;",
    ),
];

/// What is done with it, and passes where there is none.
const USES: &[&str] = &[
    "if present(d) && d == \"bad\" { return fail(\"bad\"); } pass()",
    "if !present(d) { return pass(); } if d == \"bad\" { return fail(\"bad\"); } pass()",
    "if is_absent(d) || d == \"good\" { return pass(); } fail(\"bad\")",
    "if [d].filter(|d| present(d)).some(|d| d == \"bad\") { fail(\"bad\") } else { pass() }",
    "for x in [d] { if present(x) { if x == \"bad\" { return fail(\"bad\"); } } } pass()",
];

#[test]
fn a_fact_is_taken_away_whichever_way_the_rule_comes_to_it() {
    let tests = "
base: {name: a, description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
";
    for (functions, way) in WAYS {
        for used in USES {
            let text = format!("{}{functions}\n", rule(&format!("{way} {used}")));
            let out = failures(&text, tests);
            assert!(
                out.contains("still passes without `description`"),
                "{text}\n{out}"
            );
        }
    }
}

#[test]
fn an_issue_that_nobody_knows_is_tried_where_there_is_none() {
    let knowing = rule(
        r#"for i in ctx.observed.health.issues { if is_known(i.code) { if i.code == "DISCOVERY_FAILURE" { return fail("bad"); } } } pass()"#,
    );
    let out = failures(
        &knowing,
        "base: {name: a, health: {issues: []}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {health.issues: [{code: DISCOVERY_FAILURE}]}, expect: {outcome: fail}}
",
    );
    assert!(
        out.contains("still passes when `health.issues` is SOMETHING_NEW"),
        "{out}"
    );
}

#[test]
fn what_no_passing_case_has_is_said_at_the_first_of_them() {
    insta::assert_snapshot!(failures(&rule(ACCIDENTS[0].body), ACCIDENTS[0].tests));
}

#[test]
fn a_rule_without_tests_is_a_failure() {
    let report = testing::test(vec![source("r", RULE)], &[]).expect("a report");
    let failures: Vec<_> = report.failures().collect();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].message, "the rule `r` has no tests");
    assert_eq!(
        failures[0].help.as_deref(),
        Some("write them into `rules/r.test.yaml`")
    );
    assert_eq!(failures[0].place.as_ref().map(|place| place.line), Some(2));
}

#[test]
fn tests_without_a_rule_are_refused() {
    let files = [file("r", TESTS), file("rr", TESTS)];
    let problems = testing::test(vec![source("r", RULE)], &files).expect_err("a problem");
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "rules/rr.test.yaml:1:1: there is no rule `rules/rr.rhai` for these tests"
    );
    assert_eq!(
        problems[0].help.as_deref(),
        Some("did you mean `rules/r.test.yaml`?")
    );
}

#[test]
fn tags_are_what_a_check_would_read() {
    let needs = rule("if !present(ctx.observed.tags.team) { return fail(\"no team\"); } pass()")
        .replace(
            "remediation: \"r\"",
            "remediation: \"r\", needs: [\"tags\"]",
        );
    let tests = "
base: {name: a}
cases:
  - {name: read and empty, expect: {outcome: fail, message: no team}}
  - {name: not read, unset: [tags], expect: {outcome: error, message: {matches: were not read}}}
  - {name: there, set: {tags.team: a}, expect: {outcome: pass}}
  - {name: all, set: {tags: {team: a, x: y}}, expect: {outcome: pass}}
  - {name: taken away, set: {tags: {team: a}}, expect: {outcome: pass}}
  - {name: expected, set: {tags.team: a}, expected: {tags: {team: b}}, expect: {outcome: pass}}
  - {name: expected and not read, unset: [tags], expected: {tags: {team: b}}, expect: {outcome: error, message: {matches: facts_unavailable}}}
";
    assert_eq!(failures(&needs, tests), "");
    // Without `needs` a check reads none, and says what is lacking.
    let asks = rule("if !present(ctx.observed.tags.team) { return fail(\"no team\"); } pass()");
    let tests = "
base: {name: a, tags: {team: a}}
cases:
  - {name: not asked for, expect: {outcome: error, message: {matches: were not asked for}}}
";
    let out = failures(&asks, tests);
    assert!(!out.contains("not asked for"), "{out}");
}

#[test]
fn a_case_has_all_that_a_check_has() {
    let all = rule(
        r#"
    if ctx.drift.len() != 1 { return fail(`${ctx.drift.len()} drifted`); }
    let drift = ctx.drift[0];
    if drift.path != "name" || drift.expected != "other" { return fail("not the name"); }
    if ctx.labels.env != "prod" { return fail("not prod"); }
    if ctx.target.name != "prod" || ctx.target.region != "us-east-1" { return fail("elsewhere"); }
    if is_absent(ctx.target.account) { return fail("no account"); }
    pass()"#,
    );
    let tests = "
base: {name: a}
labels: {env: prod, team: x}
expected: {name: other}
cases:
  - {name: all, expect: {outcome: pass}}
  - {name: labels are replaced, labels: {env: dev}, expect: {outcome: fail, message: not prod}}
  - {name: a label is set, set: {labels.env: dev}, expect: {outcome: fail, message: not prod}}
  - {name: a label is taken away, unset: [labels.env], expect: {outcome: error}}
  - {name: the target is laid over, target: {region: eu-west-1}, expect: {outcome: fail, message: elsewhere}}
  - {name: an account that is not known, target: {account: null}, expect: {outcome: fail, message: no account}}
  - {name: expectations are replaced, expected: {}, expect: {outcome: fail, message: 0 drifted}}
";
    assert_eq!(failures(&all, tests), "");
}

#[test]
fn all_that_is_wrong_with_a_file_is_said_at_once() {
    let tests = r#"
bas: {}
base:
  nam: a
  provider: {tpye: JIRA_CLOUD, auth_url: "https://secret"}
  health: CONNECTED
  health.message: x
  created_at: yesterday
  kms_key_arn: null
now: noon
target: {account: 111122223333}
params: {maxi: 1}
cases:
  - name: one
    unset: [health, kms_key, labels.]
    set: {provider: {}, description: 7, health.issues: [{cod: X}]}
    expect: {outcome: passes}
  - name: one
    set: {name: b}
    unset: [name]
    expect: {outcome: fail, path: nam, message: {matches: "("}}
  - expect: {}
  - name: two
tolerates: [descripton, name, name]
"#;
    insta::assert_snapshot!(refused(RULE, tests));
}

#[test]
fn an_empty_value_is_not_a_written_null() {
    for (tests, meaning) in [
        ("target: {account:}\ncases: []\n", "it is not known"),
        ("target:\n  region:\ncases: []\n", "it is not known"),
        (
            "cases:\n  - name: one\n    expect: {outcome: fail, message: }\n",
            "it must be absent",
        ),
    ] {
        let says = format!("write a value, or `null` if {meaning}");
        assert!(refused(RULE, tests).contains(&says), "{tests}");
        let written = tests.replace("account:", "account: ~");
        let written = written.replace("region:", "region: null");
        let written = written.replace("message:", "message: null");
        if let Err(problems) = test(RULE, &written) {
            let shown = shown(&problems, RULE, &written);
            assert!(!shown.contains(&says), "{shown}");
        }
    }
}

#[test]
fn parameters_are_those_of_meta() {
    let tests = TESTS.replace("params: {max: 72}", "params: {maxx: 72}");
    let out = refused(RULE, &tests);
    assert!(
        out.contains("no parameter `maxx`: did you mean `max`?"),
        "{out}"
    );
    assert!(out.contains("r.test.yaml:23:20"), "{out}");
    let out = refused(
        RULE,
        &TESTS.replace("params: {max: 72}", "params: {max: long}"),
    );
    assert!(out.contains("`max` must be a whole number"), "{out}");
    // Those of the file are laid over META's, and those of a case over them.
    let tests = format!("{TESTS}params: {{max: 1000}}\n");
    let out = failures(RULE, &tests);
    assert!(
        out.contains("`old`: expected the outcome fail, got pass"),
        "{out}"
    );
}

#[test]
fn a_rule_that_does_not_compile_is_refused_with_its_tests() {
    let problems = test("fn check(ctx) { pass(", "base: {nam: a}\n").expect_err("problems");
    let files: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.place.as_ref())
        .map(|place| &*place.file)
        .collect();
    assert_eq!(
        files,
        ["rules/r.rhai", "rules/r.test.yaml", "rules/r.test.yaml"]
    );
}

#[test]
fn nothing_hostile_in_a_file_reaches_the_terminal() {
    let tests = "
base: {name: \"\\e[31m\\u202e]]>\"}
cases:
  - {name: \"\\e[31m::error::\\0\", expect: {outcome: fail, message: \"\\e]0;x\\a\"}}
";
    let out = failures(&rule("fail(ctx.observed.name)"), tests);
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
    assert!(!out.contains('\u{202e}'), "{out:?}");
}

#[test]
fn a_new_rule_holds_and_has_nothing_to_lint() {
    let (rule, tests) = policy::template("team-tag-set").expect("an id");
    let source = source("team-tag-set", &rule);
    let policy = policy::compile(vec![source.clone()], &[]).expect("a rule");
    assert_eq!(policy.lint(), Vec::new());
    let report = testing::test(vec![source], &[file("team-tag-set", &tests)]).expect("a report");
    assert_eq!(
        report.failures().collect::<Vec<_>>(),
        Vec::<&Problem>::new()
    );
    for bad in ["", "A", "a_b", "a-", "-", "é", "a/b", "kms-key-set"] {
        assert!(policy::template(bad).is_err(), "{bad}");
    }
}

#[test]
fn hostile_names_stay_in_their_place_in_junit() {
    let tests = "
base: {name: \"]]>\\e[31m\\u202e</failure>\"}
cases:
  - {name: \"]]>\\e[31m <x> & \\0\", expect: {outcome: pass}}
";
    let report = reported(&rule("fail(ctx.observed.name)"), tests);
    let xml = hubdrift::report::rule_tests(&report);
    let xml = String::from_utf8(xml).expect("UTF-8");
    let read = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit");
    let names: Vec<_> = read.test_suites[0]
        .test_cases
        .iter()
        .map(|case| case.name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "case: ]]>\\u{1b}[31m <x> & \\u{0}",
            "coverage: seen to pass",
            "coverage: seen to fail"
        ]
    );
    assert!(xml.chars().all(|c| c == '\n' || !c.is_control()), "{xml:?}");
}

#[test]
fn the_rule_in_the_readme_is_that_of_the_example_and_holds() {
    let read = |path: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let id = "owner-in-description";
    let example = format!("examples/03_own_rules/finished/{id}");
    let rule = read(&format!("{example}.rhai"));
    assert!(read("README.md").contains(&format!("```rhai\n{rule}```\n")));
    let tests = read(&format!("{example}.test.yaml"));
    let report = testing::test(vec![source(id, &rule)], &[file(id, &tests)]);
    let report = report.unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(
        report.failures().collect::<Vec<_>>(),
        Vec::<&Problem>::new()
    );
    let policy = policy::compile(vec![source(id, &rule)], &[]).expect("it compiles");
    assert_eq!(policy.lint(), Vec::new());
}

#[test]
fn what_the_documentation_shows_holds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let block = |language: &str| {
        let (_, rest) = page
            .split_once(&format!("```{language}\n"))
            .expect(language);
        rest.split("```").next().expect("its end").to_owned()
    };
    let id = "key-set-and-checked";
    let report = testing::test(
        vec![source(id, &block("rhai"))],
        &[file(id, &block("yaml"))],
    );
    let report = report.unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(report.rules[0].count(CheckKind::Case), (3, 3));
    assert_eq!(
        report.failures().collect::<Vec<_>>(),
        Vec::<&Problem>::new()
    );
}

/// Passes without a description where the name is `b`, and no case of that name ever had one.
const BESIDE: &str = r#"if ctx.observed.name == "b" {
        let d = ctx.observed.description;
        if present(d) { if d == "bad" { return fail("bad"); } }
        return pass();
    }
    if !present(ctx.observed.description) { return fail("none"); }
    if ctx.observed.description == "bad" { return fail("bad"); }
    pass()"#;

#[test]
fn a_case_that_passes_without_what_it_read_must_say_so() {
    let tests = "
base: {name: a, description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: beside, set: {name: b}, unset: [description], expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
";
    let out = failures(&rule(BESIDE), tests);
    assert!(
        out.contains("still passes without `description`: `beside`"),
        "{out}"
    );
    let out = failures(&rule(BESIDE), &format!("tolerates: [description]{tests}"));
    assert_eq!(out, "");
}

#[test]
fn what_is_read_in_a_way_that_no_analysis_sees_is_taken_away() {
    let hidden = rule(
        r#"let t = ""; [1].map(|x| { t = ctx.observed.tags; 1 }); let v = t[ctx.params.key]; if present(v) { if v == "bad" { return fail("bad"); } } pass()"#,
    )
    .replace(
        "remediation: \"r\"",
        "remediation: \"r\", needs: [\"tags\"], params: #{ key: \"team\" }",
    );
    let tests = "
base: {name: a, tags: {team: good}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
";
    let out = failures(&hidden, tests);
    assert!(out.contains("still passes without `tags`"), "{out}");
    // An ARN has an account too.
    let target = rule(
        r#"let t = arn("arn:aws:iam::111122223333:role/x"); [1].map(|x| { t = ctx.target; 1 }); let a = t.account; if present(a) { if a == "111111111111" { return fail("bad"); } } pass()"#,
    );
    let tests = "
base: {name: a}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, target: {account: \"111111111111\"}, expect: {outcome: fail}}
";
    let out = failures(&target, tests);
    assert!(
        out.contains("still passes without `target.account`"),
        "{out}"
    );
    let captured = rule(
        r#"let o = ctx.expected; [1].map(|x| { o = ctx.observed; 1 }); let d = o.description; if present(d) { if d == "bad" { return fail("bad"); } } pass()"#,
    );
    let tests = "
base: {name: a, description: good}
expected: {description: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {description: bad}, expect: {outcome: fail}}
";
    let out = failures(&captured, tests);
    assert!(out.contains("still passes without `description`"), "{out}");
}

/// With parameters and tags.
fn rule_with_keys(body: &str) -> String {
    rule(body).replace(
        "remediation: \"r\"",
        "remediation: \"r\", needs: [\"tags\"], params: #{ key: \"team\" }",
    )
}

#[test]
fn a_name_that_may_be_a_tags_hides_no_tag_that_is_read_in_a_way_that_no_analysis_sees() {
    // What comes out of a list may be anything: `name` may be a fact's, a tag's or a label's.
    let named = r#"if [ctx.observed][0].name == "x" { return fail("x"); }"#;
    for (read, tests, path) in [
        (
            "ctx.observed.tags",
            "
base: {name: a, tags: {team: good}}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {tags.team: bad}, expect: {outcome: fail}}
",
            "tags",
        ),
        (
            "ctx.labels",
            "
base: {name: a}
labels: {team: good}
cases:
  - {name: good, expect: {outcome: pass}}
  - {name: bad, set: {name: x}, expect: {outcome: fail}}
",
            "labels",
        ),
    ] {
        let hidden = rule_with_keys(&format!(
            r#"{named} let t = ""; [1].map(|x| {{ t = {read}; 1 }}); let v = t[ctx.params.key]; if present(v) {{ if v == "bad" {{ return fail("bad"); }} }} pass()"#,
        ));
        let out = failures(&hidden, tests);
        assert!(
            out.contains(&format!("still passes without `{path}`")),
            "{hidden}\n{out}"
        );
    }
}

#[test]
fn a_tag_that_is_needed_hides_none_that_is_not() {
    for (read, base, path) in [
        (
            "ctx.observed.tags",
            "base: {name: a, tags: {owner: o, team: good}}",
            "tags",
        ),
        (
            "ctx.labels",
            "base: {name: a}\nlabels: {owner: o, team: good}",
            "labels",
        ),
    ] {
        let lax = rule_with_keys(&format!(
            r#"let all = {read}; if !present(all.owner) {{ return fail("none"); }} let v = all[ctx.params.key]; if present(v) {{ if v == "bad" {{ return fail("bad"); }} }} if ctx.observed.name == "x" {{ return fail("x"); }} pass()"#,
        ));
        let tests = format!(
            "
{base}
cases:
  - {{name: good, expect: {{outcome: pass}}}}
  - {{name: bad, set: {{name: x}}, expect: {{outcome: fail}}}}
"
        );
        let out = failures(&lax, &tests);
        assert!(
            out.contains(&format!("still passes without `{path}`")),
            "{lax}\n{out}"
        );
        // Nothing is left to take away where all that is there is named.
        let strict = lax.replace("all[ctx.params.key]", "all.team").replace(
            "if present(v) { if v",
            "if !present(v) { return fail(\"no team\"); } for k in all.keys() { if k == \"bad\" { return fail(\"k\"); } } if true { if v",
        );
        assert_eq!(failures(&strict, &tests), "", "{strict}");
    }
}

#[test]
fn what_changes_nothing_in_a_case_is_refused() {
    let case =
        |line: &str| format!("{TESTS}  - {{name: last, {line}, expect: {{outcome: pass}}}}\n");
    for (line, says) in [
        ("unset: []", "`unset` is empty"),
        ("set: {}", "`set` is empty"),
        ("params: {}", "`params` is empty"),
        ("unset: [description]", "`description` is not there"),
        ("unset: [tags.team]", "`tags.team` is not there"),
        ("unset: [labels.team]", "`labels.team` is not there"),
        ("unset: [name, name]", "`name` is not there"),
        ("set: {name: jira-secops}", "`name` is so already"),
    ] {
        let problems = test(RULE, &case(line)).expect_err(line);
        assert_eq!(problems.len(), 1, "{line}: {problems:#?}");
        assert!(problems[0].message.contains(says), "{problems:#?}");
        assert!(problems[0].place.is_some() && problems[0].help.is_some());
    }
    for line in [
        "unset: [health.connector_status]",
        "set: {description: x}",
        "params: {max: 48}",
        "labels: {team: x}",
        "unset: [tags]",
    ] {
        test(RULE, &case(line)).unwrap_or_else(|problems| panic!("{line}: {problems:#?}"));
    }
    let message = |matcher: &str| {
        TESTS.replace(
            "message: it is FAILED",
            &format!("message: {{matches: {matcher}}}"),
        )
    };
    for all in ["\"\"", "\".*\"", "^"] {
        let problems = test(RULE, &message(all)).expect_err(all);
        assert!(
            problems[0].message.contains("found in every message"),
            "{problems:#?}"
        );
    }
    test(RULE, &message("\"^it\"")).expect("an expression");
}
