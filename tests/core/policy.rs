//! Rules: what is no verdict is an error, and nothing passes by absence or exclusion.

use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use hubdrift::{
    diff::{Drift, Fix, FixKind},
    facts::{self, Kind},
    inventory::{Expectation, RuleSetting, Selector},
    matcher::Matcher,
    model::{
        Connector, Fact, Issue, Level, Outcome, Place, Severity, Time, Unread, UnreadReason, Value,
    },
    policy::{self, Policy, RuleResult, Source, Subject, SubjectState, TargetFacts},
    problem::Problem,
};
use jiff::Timestamp;

const NOW: &str = "2026-11-22T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

#[expect(clippy::unnecessary_wraps, reason = "what `Connector::set` takes")]
fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "what `Connector::set` takes")]
fn time(text: &str) -> Option<Value> {
    Some(Value::Time(Time {
        at: text.parse().expect("a time"),
        text: text.to_owned(),
    }))
}

/// A healthy connector of the type `provider`.
fn connector(provider: &str) -> Connector {
    let mut connector = Connector::default();
    for (fact, value) in [
        (
            Fact::ConnectorId,
            text("1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"),
        ),
        (Fact::Name, text("jira-secops")),
        (Fact::Description, text("")),
        (
            Fact::KmsKeyArn,
            text("arn:aws:kms:us-east-1:111122223333:key/0c0ffee0-0000-4000-8000-000000000001"),
        ),
        (Fact::CreatedAt, time("2026-03-01T09:00:00Z")),
        (Fact::LastUpdatedAt, time("2026-11-01T09:00:00Z")),
        (Fact::EnablementStatus, text("ENABLED")),
        (Fact::HealthConnectorStatus, text("CONNECTED")),
        (Fact::HealthLastCheckedAt, time("2026-11-22T08:00:00Z")),
        (Fact::HealthIssues, Some(Value::Issues(Vec::new()))),
        (Fact::ProviderType, text(provider)),
        (Fact::ProviderAuthStatus, text("ACTIVE")),
        (
            Fact::ProviderScopeValues,
            Some(Value::Set(vec!["a".into(), "b".into()])),
        ),
        (Fact::ProviderAzureRegions, Some(Value::Set(Vec::new()))),
    ] {
        connector.set(fact, value);
    }
    connector
}

/// Everything about one connector, owned.
struct Case {
    target: TargetFacts,
    labels: BTreeMap<String, String>,
    expected: Vec<Expectation>,
    connector: Connector,
    drift: Vec<Drift>,
    tags_read: bool,
}

impl Case {
    fn new() -> Self {
        let place = Place::start_of("hubdrift.yaml");
        let expectation = |fact, matcher| Expectation {
            fact,
            key: None,
            matcher,
            place: place.clone(),
        };
        Self {
            target: TargetFacts {
                name: "prod".into(),
                account: None,
                region: Some("us-gov-west-1".into()),
            },
            labels: [("env".to_owned(), "prod".to_owned())].into(),
            expected: vec![
                expectation(Fact::Name, Matcher::Exact("jira".into())),
                expectation(Fact::Description, Matcher::Present),
            ],
            connector: connector("JIRA_CLOUD"),
            drift: vec![Drift {
                path: "name".into(),
                expected: "jira".into(),
                observed: serde_json::Value::Null,
                location: place.clone(),
                fix: Fix {
                    kind: FixKind::None,
                    argv: Vec::new(),
                },
            }],
            tags_read: false,
        }
    }

    fn with(mut self, fact: Fact, value: Option<Value>) -> Self {
        self.connector.set(fact, value);
        self
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            target: &self.target,
            labels: &self.labels,
            expected: &self.expected,
            state: SubjectState::Present(&self.connector),
            drift: &self.drift,
            tags_read: self.tags_read,
        }
    }

    fn judge(&self, policy: &Policy) -> Vec<RuleResult> {
        policy.evaluate(&[self.subject()], now()).remove(0)
    }
}

/// A rule's source with `more` in META.
fn rule_with(id: &str, more: &str, functions: &str) -> Source {
    let meta = format!(
        "const META = #{{ id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\", {more} }};"
    );
    Source {
        path: format!("policies/{id}.rhai"),
        text: format!("{meta}\n{functions}"),
    }
}

fn rule(id: &str, body: &str) -> Source {
    rule_with(id, "", &format!("fn check(ctx) {{\n{body}\n}}"))
}

fn compile(sources: Vec<Source>) -> Policy {
    policy::compile(sources, &[]).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn problems(sources: Vec<Source>) -> String {
    shown(&policy::compile(sources, &[]).expect_err("problems"))
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut out, problem| {
        let _ = writeln!(out, "{problem}");
        out
    })
}

/// What a rule with this body says of the usual connector.
fn said(body: &str) -> RuleResult {
    Case::new().judge(&compile(vec![rule("r", body)])).remove(0)
}

#[track_caller]
fn is_error(body: &str, message: &str) {
    let result = said(body);
    assert_eq!(result.outcome, Outcome::Error, "{body}: {result:?}");
    let got = result.message.unwrap_or_default();
    assert!(got.contains(message), "{body}: {got}");
    assert!(
        result.rule_location.is_some()
            || got.starts_with("`check` returned")
            || got.contains("into text"),
        "{body}: no place"
    );
}

#[track_caller]
fn passes(body: &str) {
    let result = said(body);
    assert_eq!(result.outcome, Outcome::Pass, "{body}: {result:?}");
    assert_eq!(result.message, None);
}

// -- false clean --

#[test]
fn what_is_no_verdict_is_an_error() {
    is_error("throw \"no\"", "the rule threw: no");
    is_error("throw ctx.observed.kms_key_arn; pass()", "the rule threw");
    is_error("true", "`check` returned a bool");
    is_error("let x = 1;", "`check` returned nothing");
    is_error("()", "`check` returned nothing");
    is_error("\"pass\"", "`check` returned a text");
    is_error("#{ outcome: \"pass\" }", "`check` returned a map");
    is_error("[pass()]", "`check` returned an array");
    is_error(
        "if ctx.observed.name == \"zzz\" { pass() }",
        "`check` returned nothing",
    );
    is_error("fail(\" \")", "`fail` needs a message");
    is_error("not_applicable(\"\")", "`not_applicable` needs a message");
    is_error(
        "fail_at(\"kms_key_am\", \"x\")",
        "`kms_key_am` is no fact: did you mean `kms_key_arn`?",
    );
    is_error("fail_at(\"health\", \"x\")", "`health` is no fact");
    is_error("fail_at(\"tags.\", \"x\")", "is no fact");
    is_error(
        "if pass() == pass() { pass() } else { fail(\"x\") }",
        "can't be compared",
    );
    is_error("if pass() { pass() } else { fail(\"x\") }", "");
}

#[test]
fn what_runs_away_is_stopped() {
    let stopped = "the rule was stopped";
    is_error("for i in 0..1000000 { let x = i; } pass()", stopped);
    // Closures run by native functions count anew for rhai, but not for us.
    let inner = "for i in 0..90000 { let x = i; } true";
    for call in ["filter", "map", "some", "all", "find"] {
        is_error(
            &format!("let a = [1, 2, 3, 4]; a.{call}(|x| {{ {inner} }}); pass()"),
            stopped,
        );
    }
    is_error(
        "ctx.drift.map(|d| { for i in 0..1000000 { } }); pass()",
        stopped,
    );
    let policy = compile(vec![
        rule_with(
            "r",
            "",
            "fn again(x) { again(x) }\nfn check(ctx) { again(1); pass() }",
        ),
        rule("s", "pass()"),
    ]);
    let results = Case::new().judge(&policy);
    assert_eq!(results[0].outcome, Outcome::Error);
    assert!(
        results[0]
            .message
            .as_deref()
            .unwrap_or_default()
            .contains("Stack overflow"),
        "{results:?}"
    );
    assert_eq!(results[1].outcome, Outcome::Pass);
}

#[test]
fn what_takes_long_is_stopped_by_the_clock() {
    // Few operations, each of them slow.
    let body = "let s = \"a\"; for i in 0..17 { s += s; } for i in 0..20000 { s.replace(\"a\", \"b\"); s.replace(\"b\", \"a\"); } pass()";
    let begun = Instant::now();
    is_error(body, "longer than 250 ms");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn what_grows_is_stopped() {
    is_error(
        "let s = \"aaaaaaaa\"; for i in 0..40 { s += s; } pass()",
        "",
    );
    is_error(
        "let s = \"aaaaaaaa\"; for i in 0..40 { s = `${s}${s}`; } pass()",
        "",
    );
    is_error("let a = [1]; for i in 0..40 { a = a + a; } pass()", "");
    is_error("let a = [1]; for i in 0..40 { a += a; } pass()", "");
    is_error("let a = []; for i in 0..5000 { a.push(i); } pass()", "");
    is_error("let s = \"\"; s.pad(999999999, \"x\"); pass()", "");
    is_error(
        "let a = []; for i in 0..2000 { a.push(\"0123456789\"); } a.join(\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\"); pass()",
        "grows beyond",
    );
}

#[test]
fn deep_values_and_chained_closures_do_not_end_the_process() {
    let policy = compile(vec![
        rule("a", "let a = []; for i in 0..4000 { a = [a]; } a"),
        rule(
            "b",
            "let a = []; for i in 0..4000 { a = [a]; } let b = a; if a == b { pass() } else { fail(\"x\") }",
        ),
        rule(
            "c",
            "let a = []; for i in 0..4000 { a = [a]; } fail(`${a}`)",
        ),
        rule(
            "d",
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } f",
        ),
        rule(
            "e",
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } `${f}`",
        ),
        rule(
            "f",
            "let m = #{}; for i in 0..4000 { m = #{m: m}; } [m] == [m]",
        ),
        rule("z", "pass()"),
    ]);
    let case = Case::new();
    for results in policy.evaluate(&[case.subject(), case.subject(), case.subject()], now()) {
        for result in &results[..6] {
            assert_ne!(result.outcome, Outcome::Pass, "{result:?}");
        }
        assert_eq!(results[6].outcome, Outcome::Pass);
    }
}

#[test]
fn the_world_is_out_of_reach() {
    for body in [
        "eval(\"1\"); pass()",
        "import \"/etc/passwd\" as x; pass()",
        "try { throw 1 } catch { } pass()",
        "while true { } pass()",
        "loop { } pass()",
        "do { } while true; pass()",
        "switch ctx.observed.name { _ => pass() }",
        "print(\"x\"); pass()",
        "debug(\"x\"); pass()",
        "let f = Fn(\"check\"); pass()",
        "let f = |x| x; f.call(1); pass()",
    ] {
        let text = problems(vec![rule("r", body)]);
        assert!(text.starts_with("policies/r.rhai:3:"), "{body}: {text}");
        assert!(text.contains("does not compile"), "{body}: {text}");
    }
    for body in [
        "sleep(1); pass()",
        "timestamp(); pass()",
        "parse_json(\"1\"); pass()",
        "open_file(\"x\"); pass()",
    ] {
        is_error(body, "Function not found");
    }
}

#[test]
fn constants_can_not_be_changed_and_the_engine_lives() {
    is_error("const c = #{a: 1}; c.a = 2; pass()", "");
    is_error("const c = [1]; c.push(2); pass()", "");
    is_error("ctx.observed.name = \"x\"; pass()", "");
    is_error("ctx.observed = 1; pass()", "");
    is_error("ctx.labels.env = \"x\"; pass()", "");
    is_error("ctx.params.x = 1; pass()", "");
}

#[test]
fn a_misspelt_field_is_an_error_with_its_place() {
    let result =
        said("let x = 1;\n  if ctx.observed.kms_key_am == \"\" { return pass(); }\n  pass()");
    assert_eq!(result.outcome, Outcome::Error);
    assert_eq!(
        result.message.as_deref(),
        Some("`observed` has no field `kms_key_am`: did you mean `kms_key_arn`?")
    );
    let place = result.rule_location.expect("a place");
    assert_eq!((&*place.file, place.line), ("policies/r.rhai", 4));
    assert!(place.column > 5, "{place}");
    is_error(
        "ctx.observd; pass()",
        "`ctx` has no field `observd`: did you mean `observed`?",
    );
    is_error(
        "ctx.observed.provider.domian; pass()",
        "`provider` has no field `domian`: did you mean `domain`?",
    );
    is_error(
        "ctx.observed.health.domain; pass()",
        "`health` has no field `domain`",
    );
    is_error(
        "ctx.expected.helth; pass()",
        "`expected` has no field `helth`: did you mean `health`?",
    );
    is_error("ctx.target.acount; pass()", "did you mean `account`?");
    is_error("ctx.params.max; pass()", "`params` has no field `max`");
    is_error("ctx.drift[0].pth; pass()", "did you mean `path`?");
    is_error("ctx[\"observed\"]; pass()", "");
    is_error(
        "present(ctx.observed.provider); pass()",
        "takes a single fact",
    );
    is_error("present(ctx.observed); pass()", "takes a single fact");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of holes")]
fn absence_slips_through_nothing() {
    let absent = "ctx.observed.provider.domain";
    for expression in [
        "X == \"\"",
        "X != \"\"",
        "\"\" == X",
        "\"\" != X",
        "X < \"a\"",
        "X <= \"a\"",
        "X > \"a\"",
        "X >= \"a\"",
        "\"a\" < X",
        "1 >= X",
        "X == X",
        "X != X",
        "X == ()",
        "() != X",
        "X == 1.5",
        "X != true",
        "X == 'c'",
        "X in [\"a\"]",
        "X !in [\"a\"]",
        "X in []",
        "X !in []",
        "[].contains(X)",
        "[X].contains(\"a\")",
        "\"a\" in [X]",
        "!(\"a\" in [\"a\", X])",
        "[X] == [\"a\"]",
        "[1, X] != [2, X]",
        "[X] != []",
        "[[X]] == [[1, 2]]",
        "#{a: X} == #{a: 1}",
        "#{a: X} != #{}",
        "#{a: X} != #{b: 1}",
        "one_of(X, [\"a\"])",
        "one_of(X, [])",
        "one_of(\"a\", [X])",
        "matches(X, \"\")",
        "hours_since(X) < 1",
        "days_since(X) < 1",
        "arn(X).service == \"kms\"",
        "`${X}` == \"\"",
        "\"a\" + X == \"a\"",
        "X + \"a\" != \"\"",
        "`${[X]}` != \"\"",
        "`${#{a: X}}` != \"\"",
        "X.to_string() == \"\"",
        "X.to_debug() == \"\"",
        "[X].to_string() != \"\"",
        "ctx.observed.health.issues != X",
        "ctx.observed.provider.scope_values == X",
        "ctx.observed.provider.scope_values.contains(X)",
        "X in ctx.observed.provider.scope_values",
        "ctx.observed.created_at > X",
        "ctx.observed.provider.type == X",
        "X != ctx.observed.provider.type",
        "ctx.labels.nothing == \"a\"",
        "ctx.labels[\"nothing\"] != \"a\"",
        "ctx.target.account != \"1\"",
        "ctx.drift[0].observed != \"x\"",
        "ctx.expected.description != \"\"",
        "ctx.expected.provider.type == \"AZURE\"",
        "[X].filter(|x| x == \"a\").is_empty()",
        "[X].some(|x| x == \"a\")",
        "[1].find(|x| x == 2) == 1",
        "(X ?? \"a\") == \"a\"",
        "[\"a\"].join(\"\") == X",
        "[X].join(\"\") == \"\"",
    ] {
        for body in [
            format!("if {expression} {{ pass() }} else {{ pass() }}"),
            format!("let found = {expression}; pass()"),
        ] {
            is_error(&body.replace('X', absent), "");
        }
    }
    for body in [
        "if X { pass() } else { pass() }",
        "if !X { pass() } else { pass() }",
        "let x = X && true; pass()",
        "let x = false || X; pass()",
        "for x in X { } pass()",
        "for x in 0..X { } pass()",
        "X.len(); pass()",
        "X.foo; pass()",
        "X[0]; pass()",
        "X[\"a\"]; pass()",
        "X.is_empty(); pass()",
        "let m = #{}; m[X] = 1; pass()",
        "let m = #{a: 1}; m[X]; pass()",
        "\"abc\"[X]; pass()",
        "\"abc\".contains(X); pass()",
        "X in \"abc\"; pass()",
        "X in #{a: 1}; pass()",
        "let s = \"\"; s += X; pass()",
        "let a = -X; pass()",
        "max(X, 1); pass()",
        "X.contains(\"a\"); pass()",
        "\"a\" in X; pass()",
        "fail(X)",
        "fail(`key ${X}`)",
        "fail_at(X, \"a\")",
        "not_applicable(X)",
        "[\"a\"].filter(|x| X); pass()",
        "[\"a\"].some(|x| X); pass()",
        "[\"a\"].all(|x| X); pass()",
        "[\"a\"].find(|x| X); pass()",
        "[\"a\", \"b\"].sort(|a, b| X == a); pass()",
        "[X, X].sort(); pass()",
        "[X, X].dedup(); pass()",
        "[X].index_of(\"a\"); pass()",
        "#{a: X}.to_json(); pass()",
        "X.a.b; pass()",
        "X?.a == 1; pass()",
    ] {
        is_error(&body.replace('X', absent), "");
    }
    is_error(
        "if ctx.observed.provider.domain == \"\" { pass() }",
        "`provider.domain` is absent: ask `present(…)` before using it",
    );
    passes("if present(ctx.observed.provider.domain) { fail(\"x\") } else { pass() }");
    passes(
        "if present(ctx.observed.description) || is_absent(ctx.observed.description) { fail(\"x\") } else { pass() }",
    );
    passes(
        "if present(ctx.observed.provider.azure_regions) || is_absent(ctx.observed.provider.azure_regions) { fail(\"x\") } else { pass() }",
    );
    passes(
        "if present(ctx.labels.nothing) || present(ctx.target.account) || present(ctx.drift[0].observed) { fail(\"x\") } else { pass() }",
    );
    passes(
        "if type_of(ctx.observed.provider.domain) == \"absent\" { pass() } else { fail(\"x\") }",
    );
}

#[test]
fn enums_compare_with_their_members_only() {
    let status = "ctx.observed.health.connector_status";
    passes(&format!(
        "if {status} == \"CONNECTED\" && \"CONNECTED\" == {status} && {status} == {status} {{ pass() }} else {{ fail(\"x\") }}"
    ));
    passes(&format!(
        "if {status} != \"DEGRADED\" && \"DEGRADED\" != {status} {{ pass() }} else {{ fail(\"x\") }}"
    ));
    passes(&format!(
        "if {status} in [\"CONNECTED\", \"DEGRADED\"] && one_of({status}, [\"CONNECTED\"]) {{ pass() }} else {{ fail(\"x\") }}"
    ));
    passes(&format!(
        "if [{status}] == [\"CONNECTED\"] && [{status}].contains(\"CONNECTED\") {{ pass() }} else {{ fail(\"x\") }}"
    ));
    is_error(
        &format!("if {status} != \"FAILED_CONNECT\" {{ pass() }} else {{ fail(\"x\") }}"),
        "`FAILED_CONNECT` is no ConnectorStatus: `health.connector_status` is one of CONNECTED, DEGRADED, FAILED_TO_CONNECT, \
         PENDING_AUTHORIZATION, PENDING_CONFIGURATION, UNKNOWN: did you mean `FAILED_TO_CONNECT`?",
    );
    for expression in [
        "X != \"FAILED\"",
        "\"FAILED\" != X",
        "X == \"connected\"",
        "X in [\"CONNECTED\", \"FAILED\"]",
        "X in [\"FAILED\"]",
        "one_of(X, [\"FAILED\"])",
        "one_of(X, [\"CONNECTED\", \"FAILED\"])",
        "[X].contains(\"FAILED\")",
        "[X] != [\"FAILED\"]",
        "#{a: X} != #{a: \"FAILED\"}",
        "X < \"CONNECTED\"",
        "X >= X",
        "X != ctx.observed.provider.type",
        "X == 1",
        "X != ()",
        "X != true",
        "1 != X",
        "X != ctx.observed.created_at",
        "X != ctx.observed.provider.scope_values",
        "matches(X, \"FAILED\")",
        "X.contains(\"FAILED\")",
        "\"FAILED\" in X",
        "X in \"FAILED\"",
        "X == 'c'",
        "X != [\"CONNECTED\"]",
        "[\"FAILED\"].filter(|x| x == X).is_empty()",
        "[1].filter(|x| X).is_empty()",
        "hours_since(X) < 1.0",
    ] {
        is_error(
            &format!("let found = {expression}; pass()").replace('X', status),
            "",
        );
    }
    is_error(&format!("if {status} {{ pass() }} else {{ pass() }}"), "");
    is_error(&format!("fail({status})"), "");
    is_error(&format!("let m = #{{}}; m[{status}] = 1; pass()"), "");
    is_error(&format!("switch_on({status}); pass()"), "");
}

#[test]
fn an_enum_made_text_decides_nothing() {
    let status = "ctx.observed.health.connector_status";
    for expression in [
        "`${X}` != \"FAILED\"",
        "X.to_string() != \"FAILED\"",
        "\"\" + X != \"FAILED\"",
        "X.to_debug() != \"F\"",
        "`${[X]}` != \"F\"",
    ] {
        is_error(
            &format!("if {expression} {{ pass() }} else {{ fail(\"x\") }}").replace('X', status),
            "into text",
        );
    }
    let result = said(&format!("fail(`it is ${{{status}}}`)"));
    assert_eq!(
        (result.outcome, result.message.as_deref()),
        (Outcome::Fail, Some("it is CONNECTED"))
    );
    assert_eq!(
        said(&format!("not_applicable(`it is ${{{status}}}`)")).outcome,
        Outcome::NotApplicable
    );
}

#[test]
fn an_unknown_enum_value_passes_nothing_by_exclusion() {
    let case = Case::new().with(Fact::HealthConnectorStatus, text("HIBERNATING"));
    let judge = |body: &str| {
        case.judge(&compile(vec![rule(
            "r",
            &body.replace('X', "ctx.observed.health.connector_status"),
        )]))
        .remove(0)
    };
    for expression in [
        "X != \"DEGRADED\"",
        "X == \"HIBERNATING\"",
        "X == \"CONNECTED\"",
        "X == X",
        "X != X",
        "X in [\"CONNECTED\"]",
        "X !in []",
        "!one_of(X, [])",
        "one_of(X, [\"CONNECTED\"])",
        "[X] != []",
        "[X].contains(\"CONNECTED\")",
        "#{a: X} != #{}",
        "[1, X] != [2, X]",
        "`${X}` != \"DEGRADED\"",
    ] {
        let result = judge(&format!("if {expression} {{ pass() }} else {{ pass() }}"));
        assert_eq!(result.outcome, Outcome::Error, "{expression}: {result:?}");
    }
    let message = judge("if X != \"DEGRADED\" { pass() }")
        .message
        .unwrap_or_default();
    assert!(message.starts_with("`health.connector_status` is `HIBERNATING`, which is no ConnectorStatus that hubdrift knows"), "{message}");
    assert_eq!(judge("not_applicable(`${X}`)").outcome, Outcome::Error);
    assert_eq!(judge("fail(`${X}`)").outcome, Outcome::Fail);
    assert_eq!(
        judge("if present(X) { pass() } else { fail(\"x\") }").outcome,
        Outcome::Pass
    );
}

#[test]
fn times_compare_with_times() {
    let at = "ctx.observed.health.last_checked_at";
    passes(&format!(
        "if {at} < ctx.now && ctx.now > {at} && {at} == {at} && hours_since({at}) == 1.0 && days_since({at}) < 1 {{ pass() }} else {{ fail(\"x\") }}"
    ));
    passes(
        "if `${ctx.observed.created_at}` == \"2026-03-01T09:00:00Z\" && hours_since(ctx.now) == 0.0 { pass() } else { fail(\"x\") }",
    );
    for expression in [
        "T < \"2027\"",
        "T != \"\"",
        "\"2027\" > T",
        "T == 0",
        "T != ()",
        "hours_since(\"2026\") < 1",
        "hours_since(1) < 1",
    ] {
        is_error(
            &format!("let x = {expression}; pass()").replace('T', at),
            "",
        );
    }
    let future = Case::new().with(Fact::HealthLastCheckedAt, time("2026-11-22T11:00:00Z"));
    let policy = compile(vec![rule(
        "r",
        &format!("if hours_since({at}) == -2.0 {{ pass() }} else {{ fail(\"x\") }}"),
    )]);
    assert_eq!(future.judge(&policy)[0].outcome, Outcome::Pass);
}

#[test]
fn sets_lists_labels_and_parts_of_arns_can_be_asked() {
    passes(
        "if ctx.observed.provider.scope_values == [\"b\", \"a\"] && ctx.observed.provider.scope_values != [\"a\"] { pass() } else { fail(\"x\") }",
    );
    passes(
        "if \"a\" in ctx.observed.provider.scope_values && ctx.observed.provider.scope_values.len() == 2 { pass() } else { fail(\"x\") }",
    );
    passes(
        "let n = 0; for v in ctx.observed.provider.scope_values { n += 1; } if n == 2 && ctx.observed.provider.scope_values.all(|v| matches(v, \"^[ab]$\")) { pass() } else { fail(\"x\") }",
    );
    is_error(
        "let x = ctx.observed.provider.scope_values < [\"a\"]; pass()",
        "no order",
    );
    is_error(
        "let x = ctx.observed.provider.scope_values != \"a\"; pass()",
        "can't be compared",
    );
    is_error(
        "let x = ctx.observed.provider.scope_values != [1]; pass()",
        "can't be compared",
    );
    passes(
        "if ctx.labels.env == \"prod\" && ctx.labels[\"env\"] == \"prod\" && \"env\" in ctx.labels && !(\"x\" in ctx.labels) { pass() } else { fail(\"x\") }",
    );
    passes(
        "if ctx.target.name == \"prod\" && ctx.target.partition == \"aws-us-gov\" && ctx.target.region == \"us-gov-west-1\" { pass() } else { fail(\"x\") }",
    );
    passes(
        "let a = arn(ctx.observed.kms_key_arn); if a.service == \"kms\" && a.partition == \"aws\" && a.account == \"111122223333\" && a.region == \"us-east-1\" && matches(a.resource, \"^key/\") { pass() } else { fail(\"x\") }",
    );
    for other in ["[]", "\"\"", "0", "()", "ctx.drift"] {
        is_error(
            &format!("if ctx.observed.health.issues != {other} {{ pass() }} else {{ pass() }}"),
            "a list of facts can't be compared",
        );
    }
    passes(
        "if present(ctx.observed.health.issues) || !present(ctx.drift) { fail(\"x\") } else { pass() }",
    );
    is_error(
        "ctx.observed.health.issues[0]; pass()",
        "the list has 0 items and none at 0",
    );
    is_error("arn(ctx.observed.name); pass()", "is not an ARN");
    is_error(
        "let x = arn(\"arn:aws:iam::111122223333:role/x\").region == \"\"; pass()",
        "`region` is absent",
    );
    is_error("matches(\"a\", \"(\"); pass()", "is no regular expression");
    is_error("matches(1, \"a\"); pass()", "takes a text");
    is_error(
        "[1].filter(|x| 1); pass()",
        "must return true or false, not a number",
    );
    is_error(
        "[1].filter(|x| ()); pass()",
        "must return true or false, not nothing",
    );
    passes(
        "if ctx.expected.name == \"jira\" && is_absent(ctx.expected.description) && ctx.drift.len() == 1 && ctx.drift[0].path == \"name\" && ctx.drift[0].expected == \"jira\" { pass() } else { fail(\"x\") }",
    );
    passes(
        "if [1, 2, 3].filter(|x| x > 1).map(|x| x * 2) == [4, 6] && [\"a\", \"b\"].join(\"-\") == \"a-b\" && [1, 2].find(|x| x == 2) == 2 { pass() } else { fail(\"x\") }",
    );
    let issues = vec![Issue {
        code: Some("RECORDING_FAILURE".into()),
        message: None,
    }];
    let case = Case::new().with(Fact::HealthIssues, Some(Value::Issues(issues)));
    let body = "if ctx.observed.health.issues.some(|i| i.code == \"RECORDING_FAILURE\") { fail_at(\"health.issues\", \"found\") } else { pass() }";
    let result = case.judge(&compile(vec![rule("r", body)])).remove(0);
    assert_eq!(
        (result.outcome, result.path.as_deref()),
        (Outcome::Fail, Some("health.issues"))
    );
    let body = "if ctx.observed.health.issues.some(|i| i.message == \"x\") { fail(\"found\") } else { pass() }";
    assert_eq!(
        case.judge(&compile(vec![rule("r", body)]))[0].outcome,
        Outcome::Error
    );
}

#[test]
fn tags_are_an_error_where_they_were_not_read() {
    let tags = Some(Value::Tags(
        [("team".to_owned(), "secops".to_owned())].into(),
    ));
    let body = "fn check(ctx) { if ctx.observed.tags.team == \"secops\" && !present(ctx.observed.tags.owner) { pass() } else { fail(\"x\") } }";
    let plain = compile(vec![rule_with("r", "", body)]);
    let needing = compile(vec![rule_with("r", "needs: [\"tags\"]", body)]);
    assert!(!plain.needs_tags() && needing.needs_tags());
    let judge = |policy: &Policy, tags: Option<Value>, read: bool| {
        let case = Case {
            tags_read: read,
            ..Case::new().with(Fact::Tags, tags)
        };
        case.judge(policy).remove(0)
    };
    let result = judge(&plain, None, false);
    assert_eq!(result.outcome, Outcome::Error);
    assert!(
        result
            .message
            .unwrap_or_default()
            .contains("add `needs: [\"tags\"]` to META")
    );
    assert_eq!(judge(&needing, tags.clone(), true).outcome, Outcome::Pass);
    assert_eq!(judge(&needing, tags, false).outcome, Outcome::Error);
    assert_eq!(judge(&needing, None, true).outcome, Outcome::Error);
    assert_eq!(
        judge(&needing, Some(Value::Tags(BTreeMap::new())), true).outcome,
        Outcome::Error
    );
}

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
    p/z-broken.rhai:3:13: the rule does not compile: Unexpected ';'
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
        r.rhai:2:17: the rule does not compile: Undefined variable: nothing
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
    broken.rhai:1:3: the rule does not compile: Expecting function name in function declaration
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
            result.message.unwrap_or_default(),
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
    staging.target.name = "staging".into();
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

// -- the built-in rules --

fn builtin_results(case: &Case) -> BTreeMap<String, RuleResult> {
    let policy = compile(policy::builtin());
    case.judge(&policy)
        .into_iter()
        .map(|result| (result.rule.to_string(), result))
        .collect()
}

#[test]
fn every_file_in_policies_is_built_in() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let mut files: Vec<String> = std::fs::read_dir(directory)
        .expect("the directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|e| e == "rhai")
        })
        .map(|name| format!("builtin:{name}"))
        .collect();
    files.sort();
    let built_in: Vec<String> = policy::builtin()
        .into_iter()
        .map(|source| source.path)
        .collect();
    assert_eq!(files, built_in);
    let policy = compile(policy::builtin());
    for rule in policy.rules() {
        assert_eq!(rule.sha256.len(), 64);
        assert_eq!(rule.level, Level::Mandatory);
        assert!(rule.meta.remediation.len() > 40, "{}", rule.meta.id);
    }
}

#[test]
fn built_in_rules_pass_a_healthy_connector() {
    for provider in ["JIRA_CLOUD", "SERVICENOW", "AZURE", "GCP"] {
        let case = Case {
            connector: connector(provider),
            ..Case::new()
        };
        for (id, result) in builtin_results(&case) {
            let cloud = ["AZURE", "GCP"].contains(&provider)
                && ["auth-active", "kms-key-set"].contains(&id.as_str());
            let wanted = if cloud {
                Outcome::NotApplicable
            } else {
                Outcome::Pass
            };
            assert_eq!(result.outcome, wanted, "{provider}: {result:?}");
        }
    }
}

#[test]
fn built_in_rules_fail_what_is_wrong() {
    let issue = Issue {
        code: Some("SOMETHING_NEW".into()),
        message: Some("oh".into()),
    };
    for (id, fact, value, message) in [
        (
            "kms-key-set",
            Fact::KmsKeyArn,
            text(""),
            "no KMS key is set",
        ),
        (
            "kms-key-set",
            Fact::KmsKeyArn,
            text("arn:aws:iam::111122223333:role/x"),
            "is not the ARN of a KMS key",
        ),
        (
            "auth-active",
            Fact::ProviderAuthStatus,
            text("FAILED"),
            "the authorisation is FAILED",
        ),
        (
            "connector-connected",
            Fact::HealthConnectorStatus,
            text("DEGRADED"),
            "the connector is DEGRADED",
        ),
        (
            "enablement-enabled",
            Fact::EnablementStatus,
            text("FAILED_TO_ENABLE"),
            "the connector is FAILED_TO_ENABLE",
        ),
        (
            "health-check-fresh",
            Fact::HealthLastCheckedAt,
            time("2026-11-21T08:59:00Z"),
            "more than 24 hours ago",
        ),
        (
            "health-check-fresh",
            Fact::HealthLastCheckedAt,
            time("2026-11-22T09:06:00Z"),
            "lies in the future",
        ),
        (
            "no-health-issues",
            Fact::HealthIssues,
            Some(Value::Issues(vec![issue])),
            "SOMETHING_NEW (oh)",
        ),
    ] {
        let result = &builtin_results(&Case::new().with(fact, value))[id];
        assert_eq!(result.outcome, Outcome::Fail, "{result:?}");
        assert!(
            result
                .message
                .as_deref()
                .unwrap_or_default()
                .contains(message),
            "{result:?}"
        );
        assert_eq!(result.path.as_deref(), Some(facts::spec(fact).path));
    }
    // Clocks may differ a little.
    let ahead = Case::new().with(Fact::HealthLastCheckedAt, time("2026-11-22T09:04:00Z"));
    assert_eq!(
        builtin_results(&ahead)["health-check-fresh"].outcome,
        Outcome::Pass
    );
}

#[test]
fn no_built_in_rule_passes_without_what_it_needs() {
    let needs: BTreeMap<&str, &[Fact]> = [
        (
            "auth-active",
            &[Fact::ProviderType, Fact::ProviderAuthStatus][..],
        ),
        ("connector-connected", &[Fact::HealthConnectorStatus]),
        ("enablement-enabled", &[Fact::EnablementStatus]),
        ("health-check-fresh", &[Fact::HealthLastCheckedAt]),
        ("kms-key-set", &[Fact::ProviderType, Fact::KmsKeyArn]),
        (
            "no-health-issues",
            &[Fact::HealthIssues, Fact::HealthConnectorStatus],
        ),
    ]
    .into();
    for fact in Fact::ALL {
        for (id, result) in builtin_results(&Case::new().with(*fact, None)) {
            let needed = needs[id.as_str()].contains(fact);
            assert_eq!(
                result.outcome == Outcome::Pass,
                !needed,
                "{id} without {fact:?}: {result:?}"
            );
        }
        if let Kind::Enum(_) = facts::spec(*fact).kind {
            for (id, result) in builtin_results(&Case::new().with(*fact, text("SOMETHING_NEW"))) {
                let wanted = if needs[id.as_str()].contains(fact) && id != "no-health-issues" {
                    Outcome::Error
                } else {
                    Outcome::Pass
                };
                assert_eq!(
                    result.outcome, wanted,
                    "{id} with an unknown {fact:?}: {result:?}"
                );
            }
        }
    }
    for (id, result) in builtin_results(&Case {
        connector: Connector::default(),
        ..Case::new()
    }) {
        assert!(
            matches!(result.outcome, Outcome::Fail | Outcome::Error),
            "{id}: {result:?}"
        );
    }
}

#[test]
fn values_of_different_types_don_t_differ_they_are_an_error() {
    for (body, message) in [
        (
            "if ctx.observed.name != 5 { pass() }",
            "a text can't be compared with a number",
        ),
        (
            "if ctx.observed.name == 1.0 { fail(\"x\") } else { pass() }",
            "a text can't be compared with a number",
        ),
        (
            "if ctx.observed.name < 5 { fail(\"x\") } else { pass() }",
            "a text can't be compared with a number",
        ),
        (
            "if ctx.observed.name == true { fail(\"x\") } else { pass() }",
            "a text can't be compared with a bool",
        ),
        (
            "if ctx.observed.name == [\"jira-secops\"] { fail(\"x\") } else { pass() }",
            "a text can't be compared with an array",
        ),
        (
            "if #{} == ctx.observed.name { fail(\"x\") } else { pass() }",
            "a map can't be compared with a text",
        ),
        (
            "let x = if false { \"a\" }; if x == ctx.observed.name { fail(\"x\") } else { pass() }",
            "nothing can't be compared with a text",
        ),
        (
            "let f = |x| x; if f != \"a\" { pass() }",
            "a value of another type can't be compared with a text",
        ),
        (
            "let n = 0.0 / 0.0; if 1.0 > n { fail(\"x\") } else { pass() }",
            "a number can't be compared with a number",
        ),
    ] {
        is_error(body, message);
    }
    passes(
        "if ctx.observed.name == \"jira-secops\" && 1 < 2.5 && 'a' != 'b' && true != false { pass() } else { fail(\"x\") }",
    );
}

#[test]
fn a_failure_that_is_not_returned_does_not_pass() {
    let message = "the rule called `fail` and did not return what it gave: write `return fail(…)`";
    for body in [
        "if ctx.observed.name == \"jira-secops\" { fail(\"x\") } pass()",
        "if true { fail_at(\"name\", \"x\"); } pass()",
        "fail(\"x\"); not_applicable(\"y\")",
    ] {
        is_error(body, message);
    }
    assert_eq!(said("fail(\"x\"); fail(\"y\")").outcome, Outcome::Fail);
    passes("if false { fail(\"x\") } pass()");
}

#[test]
fn what_is_several_values_is_no_text() {
    for value in [
        "ctx",
        "ctx.observed",
        "ctx.observed.provider",
        "ctx.observed.health.issues",
        "ctx.drift",
        "ctx.drift[0]",
        "ctx.target",
        "ctx.labels",
        "ctx.params",
    ] {
        is_error(
            &format!("if `${{{value}}}`.contains(\"x\") {{ fail(\"x\") }} else {{ pass() }}"),
            "",
        );
        is_error(
            &format!("if (\"\" + {value}) == \"x\" {{ fail(\"x\") }} else {{ pass() }}"),
            "",
        );
    }
}

#[test]
fn no_function_makes_more_than_a_rule_may_hold() {
    let grown = "let s = \"a\"; for i in 0..17 { s += s; }";
    is_error(
        &format!("{grown} s.replace(\"a\", s); pass()"),
        "a text grows beyond 262144",
    );
    is_error(
        &format!("{grown} s.replace('a', s); pass()"),
        "a text grows beyond 262144",
    );
    is_error(
        &format!("{grown} let a = []; for i in 0..40 {{ a.push(i); }} a.map(|x| s + x); pass()"),
        "a list of texts grows beyond 262144",
    );
    passes(
        "let s = \"abc\"; s.replace(\"b\", \"xy\"); s.replace('c', \"z\"); if s == \"axyz\" { pass() } else { fail(s) }",
    );
}
