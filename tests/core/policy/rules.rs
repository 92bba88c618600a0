//! Rules among one another: META, settings, and what one does to the next.

use super::*;

#[test]
fn one_bad_rule_leaves_the_others_and_the_other_connectors_alone() {
    let policy = compile(vec![
        rule("a", "for i in 0..1000000 { } pass()"),
        rule("b", "throw 1"),
        rule(
            "c",
            "if ctx.observed.provider.domain == 1 { pass() } else { pass() }",
        ),
        rule("d", "pass()"),
    ]);
    let case = Case::new();
    let subjects = [case.subject(); 8];
    for results in policy.evaluate(&subjects, now()) {
        let outcomes: Vec<_> = results.iter().map(|r| r.outcome).collect();
        assert_eq!(
            outcomes,
            [
                Outcome::Error,
                Outcome::Error,
                Outcome::Error,
                Outcome::Pass
            ]
        );
    }
}

#[test]
fn missing_is_skipped_and_unread_is_an_error() {
    let policy = compile(vec![rule("r", "pass()")]);
    let case = Case::new();
    let unread = Unread::new(UnreadReason::AccessDenied, "no");
    let subjects = [
        Subject {
            state: SubjectState::Missing,
            ..case.subject()
        },
        Subject {
            state: SubjectState::Unread(&unread),
            ..case.subject()
        },
    ];
    let results = policy.evaluate(&subjects, now());
    assert_eq!(results[0][0].outcome, Outcome::Skipped);
    assert_eq!(
        results[0][0].message.as_deref(),
        Some("there is no connector to judge")
    );
    assert_eq!(results[1][0].outcome, Outcome::Error);
    assert_eq!(
        results[1][0].message.as_deref(),
        Some("facts_unavailable: access_denied: no")
    );
}

#[test]
fn a_rule_for_other_providers_is_not_applicable_only_where_that_is_known() {
    let policy = compile(vec![rule_with(
        "r",
        "providers: [\"AZURE\"]",
        "fn check(ctx) { pass() }",
    )]);
    let outcome = |provider: Option<Value>| {
        Case::new()
            .with(Fact::ProviderType, provider)
            .judge(&policy)
            .remove(0)
    };
    assert_eq!(outcome(text("AZURE")).outcome, Outcome::Pass);
    let result = outcome(text("JIRA_CLOUD"));
    assert_eq!(
        (result.outcome, result.message.as_deref()),
        (
            Outcome::NotApplicable,
            Some("the rule is for AZURE, not for JIRA_CLOUD")
        )
    );
    assert_eq!(outcome(text("AcmeDesk")).outcome, Outcome::Error);
    assert_eq!(outcome(None).outcome, Outcome::Error);
}

// -- bad rules --

#[test]
fn all_problems_of_all_files_are_told_at_once() {
    let bad_meta = "const META = #{\n    id: \"other\",\n    title: 1,\n    sevrity: \"high\",\n    severity: \"hihg\",\n    providers: [\"JIRA\"],\n    params: #{ x: () },\n    needs: [\"tag\"],\n    waivable: \"yes\",\n};\nlet x = 1;\nfn check() { pass() }\nfn pass() { 1 }\n";
    let sources = vec![
        Source {
            path: "p/z-broken.rhai".into(),
            text: "const META = #{};\nfn check(ctx) {\n    let x = ;\n}".into(),
        },
        Source {
            path: "p/bad.rhai".into(),
            text: bad_meta.into(),
        },
        Source {
            path: "p/empty.rhai".into(),
            text: String::new(),
        },
        Source {
            path: "p/big.rhai".into(),
            text: " ".repeat(64 * 1024 + 1),
        },
        rule("twice", "pass()"),
        Source {
            path: "other/twice.rhai".into(),
            ..rule("twice", "pass()")
        },
        rule("good", "pass()"),
    ];
    insta::assert_snapshot!(problems(sources), @"
    other/twice.rhai:1:7: two rules have the id `twice`: policies/twice.rhai:1:7 and other/twice.rhai:1:7
    p/bad.rhai:1:7: META lacks `remediation`
    p/bad.rhai:2:5: the id `other` is not the file's name `bad`
    p/bad.rhai:3:5: `title` must be a text
    p/bad.rhai:4:5: META has no key `sevrity`: did you mean `severity`?
    p/bad.rhai:5:5: `hihg` is no severity (info, low, medium, high, critical): did you mean `high`?
    p/bad.rhai:6:5: `JIRA` is no provider (JIRA_CLOUD, SERVICENOW, AZURE, GCP): did you mean `JIRA_CLOUD`?
    p/bad.rhai:7:5: the default of `x` must be a text, a number, a bool, a list or a map
    p/bad.rhai:8:5: `tag` can't be needed: only `tags` can: did you mean `tags`?
    p/bad.rhai:9:5: `waivable` must be true or false
    p/bad.rhai:11:1: `x` must be a constant: write `const x = …`
    p/bad.rhai:12:1: `check` must have exactly one parameter, `ctx`; it has 0
    p/bad.rhai:13:1: `pass` is hubdrift's own function and can't be defined again
    p/big.rhai:1:1: a rule's source may have 64 KiB at most
    p/empty.rhai:1:1: there is no `const META`
    p/empty.rhai:1:1: there is no `fn check(ctx)`
    p/z-broken.rhai:3:13: the rule does not compile: `;` can't stand here
    ");
}

#[test]
fn meta_is_one_literal_constant() {
    let check = "fn check(ctx) { pass() }";
    let meta = "#{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\" }";
    let told = |text: String| {
        problems(vec![Source {
            path: "r.rhai".into(),
            text,
        }])
    };
    insta::assert_snapshot!(
        [
            told(format!("const META = {meta};\nconst META = {meta};\n{check}")),
            told(format!("let META = {meta};\n{check}")),
            told(format!("const META = #{{ id: \"r\" + \"\" }};\n{check}")),
            told(format!("const META = 1;\n{check}")),
            told(format!("const META = {meta};\nconst X = ctx(1);\n{check}")),
            told(format!("const META = {meta};\nif true {{ }}\n{check}")),
            told(format!("const META = {meta};\nfn check(ctx, more) {{ pass() }}")),
            told(format!("const META = {meta};\nfn check(ctx) {{ nothing }}")),
        ]
        .concat(),
        @"
        r.rhai:2:7: `META` is defined twice
        r.rhai:1:1: `META` must be a constant: write `const META = …`
        r.rhai:1:7: `META` must be a literal: nothing is run at the top level
        r.rhai:1:7: `META` must be a map: `#{ id: …, … }`
        r.rhai:2:7: `X` must be a literal: nothing is run at the top level
        r.rhai:2:1: nothing but functions and constants may stand at the top level
        r.rhai:2:1: `check` must have exactly one parameter, `ctx`; it has 2
        r.rhai:2:17: the rule does not compile: there is no variable `nothing`
        "
    );
}

#[test]
fn constants_can_be_used() {
    let text =
        "const LIMIT = 3;\nfn check(ctx) { if global::LIMIT == 3 { pass() } else { fail(\"x\") } }";
    let result = Case::new()
        .judge(&compile(vec![rule_with("r", "", text)]))
        .remove(0);
    assert_eq!(result.outcome, Outcome::Pass, "{result:?}");
}

// -- settings --

fn setting(rule: &str, line: u32) -> RuleSetting {
    RuleSetting {
        rule: rule.into(),
        rule_place: Place::new("hubdrift.yaml", line, 13),
        level: None,
        severity: None,
        params: BTreeMap::new(),
        set_at: None,
        selector: None,
    }
}

fn selector(line: u32) -> Selector {
    Selector {
        labels: BTreeMap::new(),
        target: None,
        provider: None,
        place: Place::new("hubdrift.yaml", line, 1),
    }
}

fn params(values: &[(&str, serde_json::Value)]) -> BTreeMap<String, (serde_json::Value, Place)> {
    values
        .iter()
        .map(|(name, value)| {
            (
                (*name).to_owned(),
                (value.clone(), Place::new("hubdrift.yaml", 9, 9)),
            )
        })
        .collect()
}

#[test]
fn settings_are_checked_against_the_rules() {
    let meta = "params: #{ hours: 24, share: 0.5, names: [\"a\"], on: true, map: #{ a: 1 } }";
    let source = rule_with("fresh", meta, "fn check(ctx) { pass() }");
    let broken = Source {
        path: "broken.rhai".into(),
        text: "fn".into(),
    };
    let with = |values: &[(&str, serde_json::Value)]| RuleSetting {
        params: params(values),
        ..setting("fresh", 5)
    };
    let settings = [
        setting("frsh", 3),
        setting("broken", 4),
        with(&[("hour", 1.into())]),
        with(&[
            ("hours", "24".into()),
            ("names", vec![1].into()),
            ("on", 1.into()),
        ]),
        with(&[
            ("hours", 1.5.into()),
            ("names", "a".into()),
            ("share", "x".into()),
            ("map", serde_json::json!({"b": 1})),
        ]),
        with(&[
            ("hours", serde_json::Value::Null),
            ("map", serde_json::json!({})),
            ("on", serde_json::Value::Null),
        ]),
        with(&[
            ("hours", 48.into()),
            ("share", 1.into()),
            ("names", serde_json::json!([])),
            ("on", false.into()),
        ]),
    ];
    let problems = policy::compile(vec![source, broken], &settings).expect_err("problems");
    insta::assert_snapshot!(shown(&problems), @"
    broken.rhai:1:3: the rule does not compile: the name of the function is missing
    hubdrift.yaml:3:13: there is no rule `frsh`: did you mean `fresh`?
    hubdrift.yaml:9:9: `hours` must be a whole number
    hubdrift.yaml:9:9: `hours` must be a whole number
    hubdrift.yaml:9:9: `hours` must be a whole number
    hubdrift.yaml:9:9: `map` must be a map with `a`
    hubdrift.yaml:9:9: `map` must be a map without `b`
    hubdrift.yaml:9:9: `names` must be a list
    hubdrift.yaml:9:9: `names` must be a list in which each element is a text
    hubdrift.yaml:9:9: `on` must be true or false
    hubdrift.yaml:9:9: `on` must be true or false
    hubdrift.yaml:9:9: `share` must be a number
    hubdrift.yaml:9:9: the rule `fresh` has no parameter `hour`: did you mean `hours`?
    ");
}

#[test]
fn later_entries_win_where_they_hold() {
    let source = rule_with(
        "r",
        "params: #{ n: 1, share: 0.5 }",
        "fn check(ctx) { fail(`${ctx.params.n} ${ctx.params.share}`) }",
    );
    let settings = [
        RuleSetting {
            level: Some(Level::Advisory),
            params: params(&[("n", 2.into()), ("share", 1.into())]),
            ..setting("r", 1)
        },
        RuleSetting {
            severity: Some(Severity::Critical),
            params: params(&[("n", 3.into())]),
            selector: Some(Selector {
                labels: [("env".into(), "prod".into())].into(),
                ..selector(2)
            }),
            ..setting("r", 2)
        },
        RuleSetting {
            level: Some(Level::Off),
            selector: Some(Selector {
                provider: Some("AZURE".into()),
                ..selector(3)
            }),
            ..setting("r", 3)
        },
        RuleSetting {
            level: Some(Level::Mandatory),
            selector: Some(Selector {
                target: Some("staging".into()),
                ..selector(4)
            }),
            ..setting("r", 4)
        },
    ];
    let policy = policy::compile(vec![source], &settings).expect("rules");
    let rule = &policy.rules()[0];
    assert_eq!(
        (rule.level, rule.severity),
        (Level::Advisory, Severity::Low)
    );
    assert_eq!(rule.params["n"], 2);
    let judge = |case: &Case| {
        let result = case.judge(&policy).remove(0);
        (
            result.outcome,
            result.level,
            result.severity,
            result.message.unwrap_or_default().to_string(),
        )
    };
    let prod = Case::new();
    assert_eq!(
        judge(&prod),
        (
            Outcome::Fail,
            Level::Advisory,
            Severity::Critical,
            "3 1.0".to_owned()
        )
    );
    let other = Case {
        labels: BTreeMap::new(),
        ..Case::new()
    };
    assert_eq!(
        judge(&other),
        (
            Outcome::Fail,
            Level::Advisory,
            Severity::Low,
            "2 1.0".to_owned()
        )
    );
    let azure = Case {
        labels: BTreeMap::new(),
        ..Case::new().with(Fact::ProviderType, text("AZURE"))
    };
    assert_eq!(
        judge(&azure),
        (
            Outcome::NotApplicable,
            Level::Off,
            Severity::Low,
            "switched off for this connector (hubdrift.yaml:3:13)".to_owned()
        )
    );
    // Whether it is an Azure connector isn't known: the rule stays on.
    assert_eq!(
        judge(&Case::new().with(Fact::ProviderType, None)).0,
        Outcome::Fail
    );
    let mut staging = Case::new();
    Arc::make_mut(&mut staging.target).name = "staging".into();
    assert_eq!(judge(&staging).1, Level::Mandatory);
}

#[test]
fn a_rule_that_is_off_everywhere_says_nothing() {
    let source = || rule_with("r", "needs: [\"tags\"]", "fn check(ctx) { pass() }");
    let off = RuleSetting {
        level: Some(Level::Off),
        ..setting("r", 1)
    };
    let policy = policy::compile(vec![source()], std::slice::from_ref(&off)).expect("rules");
    assert!(!policy.needs_tags() && !policy.rules()[0].is_on());
    assert_eq!(policy.rules()[0].level, Level::Off);
    assert_eq!(Case::new().judge(&policy), []);
    // On for one target: elsewhere it says that it is off.
    let on = RuleSetting {
        level: Some(Level::Mandatory),
        selector: Some(Selector {
            target: Some("staging".into()),
            ..selector(2)
        }),
        ..setting("r", 2)
    };
    let policy = policy::compile(vec![source()], &[off, on]).expect("rules");
    assert!(policy.needs_tags());
    assert_eq!(
        Case::new().judge(&policy)[0].outcome,
        Outcome::NotApplicable
    );
}

#[test]
fn a_rule_may_be_off_or_advisory_by_itself() {
    let source = |level: &str| {
        rule_with(
            "r",
            &format!("level: \"{level}\", needs: [\"tags\"], params: #{{ keys: [] }}"),
            "fn check(ctx) { fail(\"x\") }",
        )
    };
    let advisory = compile(vec![source("advisory")]);
    assert_eq!(Case::new().judge(&advisory)[0].level, Level::Advisory);
    let off = compile(vec![source("off")]);
    assert!(!off.rules()[0].is_on() && !off.needs_tags());
    assert_eq!(Case::new().judge(&off), []);
    // An entry of the inventory puts it on, for all connectors or for some.
    let on = RuleSetting {
        level: Some(Level::Mandatory),
        ..setting("r", 1)
    };
    let policy = policy::compile(vec![source("off")], &[on]).expect("rules");
    assert!(policy.needs_tags());
    let result = Case::new().judge(&policy).remove(0);
    assert_eq!(
        (result.outcome, result.level),
        (Outcome::Fail, Level::Mandatory)
    );
    let some = RuleSetting {
        level: Some(Level::Advisory),
        selector: Some(Selector {
            target: Some("staging".into()),
            ..selector(1)
        }),
        ..setting("r", 1)
    };
    let policy = policy::compile(vec![source("off")], &[some]).expect("rules");
    let result = Case::new().judge(&policy).remove(0);
    assert_eq!(
        (result.outcome, result.message.as_deref()),
        (
            Outcome::NotApplicable,
            Some("switched off for this connector")
        )
    );
    insta::assert_snapshot!(problems(vec![source("of")]), @"policies/r.rhai:1:73: `of` is no level (off, advisory, mandatory): did you mean `off`?");
}

#[test]
fn settings_of_a_rule_that_stays_off_are_refused() {
    let source = || {
        rule_with(
            "r",
            "level: \"off\", params: #{ keys: [] }",
            "fn check(ctx) { pass() }",
        )
    };
    let keys = || RuleSetting {
        params: params(&[("keys", vec!["team"].into())]),
        ..setting("r", 4)
    };
    let told = policy::compile(vec![source()], &[keys()]).expect_err("a problem");
    insta::assert_snapshot!(shown(&told), @"hubdrift.yaml:4:13: the rule `r` is off unless a level is set, so this has no effect");
    assert_eq!(
        told[0].help.as_deref(),
        Some("add `level: mandatory` or `level: advisory`, or take it away")
    );
    // Switched on elsewhere, it is meant so.
    let with = |level| {
        let entry = RuleSetting {
            level: Some(level),
            ..setting("r", 5)
        };
        policy::compile(vec![source()], &[keys(), entry])
    };
    with(Level::Mandatory).expect("rules");
    let told = with(Level::Off).expect_err("a problem");
    insta::assert_snapshot!(shown(&told), @"hubdrift.yaml:4:13: the rule `r` is off for all that this is for, so this has no effect");
}

/// `r` is off but for connectors that this `match` selects.
fn only_for(selector: Selector) -> Policy {
    let off = RuleSetting {
        level: Some(Level::Off),
        ..setting("r", 1)
    };
    let on = RuleSetting {
        level: Some(Level::Mandatory),
        selector: Some(selector),
        ..setting("r", 2)
    };
    policy::compile(vec![rule("r", "pass()")], &[off, on]).expect("rules")
}

#[test]
fn a_rule_that_a_provider_may_switch_on_is_not_off_where_no_provider_is_known() {
    let policy = only_for(Selector {
        provider: Some("AZURE".into()),
        ..selector(2)
    });
    let judge = |case: &Case, state| {
        let subject = Subject {
            state,
            ..case.subject()
        };
        let result = policy.evaluate(&[subject], now()).remove(0).remove(0);
        (
            result.outcome,
            result.message.unwrap_or_default().to_string(),
        )
    };
    let case = Case::new();
    let unread = Unread::new(UnreadReason::Timeout, "10 s");
    assert_eq!(judge(&case, SubjectState::Missing).0, Outcome::Skipped);
    assert_eq!(
        judge(&case, SubjectState::Unread(&unread)).0,
        Outcome::Error
    );
    assert_eq!(
        judge(&case, SubjectState::Present(&case.connector)).0,
        Outcome::NotApplicable
    );
    let nameless = Case::new().with(Fact::ProviderType, None);
    assert_eq!(
        judge(&nameless, SubjectState::Present(&nameless.connector)),
        (
            Outcome::Error,
            "whether the rule is on for this connector can't be said: `provider.type` is absent"
                .to_owned()
        )
    );
    // What is off for another reason stays so.
    let elsewhere = only_for(Selector {
        provider: Some("AZURE".into()),
        target: Some("staging".into()),
        ..selector(2)
    });
    let subject = Subject {
        state: SubjectState::Missing,
        ..case.subject()
    };
    let result = elsewhere.evaluate(&[subject], now()).remove(0).remove(0);
    assert_eq!(result.outcome, Outcome::NotApplicable);
}

#[test]
fn whether_any_rule_may_judge_is_known_before_anything_is_read() {
    let labels = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
    let none = BTreeMap::new();
    let judges = |policy: &Policy| {
        [("prod", &labels), ("prod", &none), ("dev", &labels)]
            .map(|connector| policy.may_judge([connector].into_iter()))
    };
    let own = |level, selector: Option<Selector>| {
        let entry = RuleSetting {
            level: Some(level),
            selector,
            ..setting("r", 1)
        };
        policy::compile(vec![rule("r", "pass()")], &[entry]).expect("rules")
    };
    let by = |labelled: bool, target: Option<&str>, provider: Option<&str>| Selector {
        labels: if labelled {
            labels.clone()
        } else {
            none.clone()
        },
        target: target.map(Into::into),
        provider: provider.map(Into::into),
        ..selector(1)
    };
    assert_eq!(judges(&compile(vec![rule("r", "pass()")])), [true; 3]);
    assert_eq!(judges(&compile(vec![])), [false; 3]);
    assert_eq!(judges(&own(Level::Off, None)), [false; 3]);
    assert_eq!(
        judges(&own(Level::Off, Some(by(false, None, None)))),
        [false; 3],
        "an empty `match` is for all"
    );
    assert_eq!(
        judges(&own(Level::Off, Some(by(true, None, None)))),
        [false, true, false]
    );
    assert_eq!(
        judges(&own(Level::Off, Some(by(false, Some("prod"), None)))),
        [false, false, true]
    );
    // The provider is not known yet, and so it may be another.
    assert_eq!(
        judges(&own(Level::Off, Some(by(false, None, Some("GCP"))))),
        [true; 3]
    );
    assert_eq!(
        judges(&only_for(by(true, Some("prod"), Some("GCP")))),
        [true, false, false]
    );
    assert!(!compile(vec![rule("r", "pass()")]).may_judge([].into_iter()));
}
