//! What a rule sees: absence, enums, times and containers, none of which pass by accident.

use super::*;

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
fn a_list_that_a_rule_makes_is_present_as_a_set_is() {
    for nothing in [
        "[]",
        "[\"\"]",
        "[\" \", \"\\t\"]",
        "[\"a\"].map(|x| \" \")",
        "[ctx.labels.nothing]",
        "\" \"",
    ] {
        passes(&format!(
            "if present({nothing}) {{ fail(\"x\") }} else {{ pass() }}"
        ));
    }
    for something in ["[\"\", \"a\"]", "[0]", "[false]", "[[]]", "[ctx.observed]"] {
        passes(&format!(
            "if present({something}) {{ pass() }} else {{ fail(\"x\") }}"
        ));
    }
}
