//! The functions that a rule may call: what they answer, and what they refuse.

use super::*;

#[test]
fn a_glob_is_for_the_whole_text() {
    for expression in [
        "glob(ctx.observed.name, \"jira-*\")",
        "glob(ctx.observed.name, \"jira?secops\")",
        "glob(ctx.observed.name, [\"servicenow-*\", \"*-secops\"])",
        "glob(\"\", \"*\")",
        "!glob(ctx.observed.name, \"jira\")",
        "!glob(ctx.observed.name, \"JIRA-*\")",
        "!glob(ctx.observed.name, [])",
        "!glob(ctx.observed.name, \"jira-sec[o]ps\")",
    ] {
        passes(&format!(
            "if {expression} {{ pass() }} else {{ fail(\"x\") }}"
        ));
    }
}

#[test]
fn a_glob_takes_texts_only() {
    let absent = "`provider.domain` is absent";
    for (expression, message) in [
        ("glob(ctx.observed.provider.domain, \"*\")", absent),
        ("glob(ctx.observed.provider.domain, [])", absent),
        ("glob(\"a\", ctx.observed.provider.domain)", absent),
        // Looked at although the first one fits.
        ("glob(\"a\", [\"*\", ctx.observed.provider.domain])", absent),
        (
            "glob(\"a\", [\"*\", 1])",
            "`glob` takes a text, not a number",
        ),
        ("glob(1, \"*\")", "`glob` takes a text, not a number"),
        ("glob((), \"*\")", "`glob` takes a text, not nothing"),
        (
            "glob(ctx.observed.provider.type, \"JIRA*\")",
            "`glob` takes a text, not an enum: compare it, or use `one_of`",
        ),
        (
            "glob(ctx.observed.created_at, \"2026-*\")",
            "`glob` takes a text, not a time",
        ),
        (
            "glob(ctx.observed.provider.scope_values, \"*\")",
            "`glob` takes a text, not a set",
        ),
        (
            "glob(\"a\", ctx.observed.provider.scope_values)",
            "`glob` takes a text, not a set",
        ),
    ] {
        is_error(
            &format!("if {expression} {{ pass() }} else {{ pass() }}"),
            message,
        );
    }
}

#[test]
fn a_glob_s_work_is_bounded_before_it_begins() {
    // 16 times doubled: 64 KiB of text, and patterns that fit only after many tries.
    let long = "let long = \"a\"; for i in 0..16 { long += long; }";
    for pattern in ["\"*a*a*a*a*a*a*a*a*a*b\"", "[\"*aaaaaaaa\", \"*bbbbbbbb\"]"] {
        is_error(
            &format!("{long} if glob(long, {pattern}) {{ pass() }} else {{ pass() }}"),
            "too long",
        );
    }
    passes(&format!(
        "{long} if glob(long, \"*a\") {{ pass() }} else {{ fail(\"x\") }}"
    ));
}

#[test]
fn only_is_known_takes_a_value_that_nobody_knows() {
    let policy = compile(vec![rule(
        "r",
        "if is_known(ctx.observed.provider.type) { pass() } else { fail(`new: ${ctx.observed.provider.type}`) }",
    )]);
    assert_eq!(Case::new().judge(&policy)[0].outcome, Outcome::Pass);
    let odd = Case::new().with(Fact::ProviderType, text("SOMETHING_NEW"));
    let result = odd.judge(&policy).remove(0);
    assert_eq!(
        (result.outcome, result.message.as_deref()),
        (Outcome::Fail, Some("new: SOMETHING_NEW"))
    );
    for (body, message) in [
        (
            "is_known(ctx.observed.provider.domain); pass()",
            "`provider.domain` is absent",
        ),
        (
            "is_known(ctx.observed.name); pass()",
            "`is_known` takes an enum's value, not a text",
        ),
        (
            "is_known(()); pass()",
            "`is_known` takes an enum's value, not nothing",
        ),
        (
            "is_known([ctx.observed.provider.type]); pass()",
            "`is_known` takes an enum's value, not an array",
        ),
    ] {
        is_error(body, message);
    }
}

#[test]
fn what_throws_is_an_error_that_says_why() {
    is_error(
        "throw \"the parameter `keys` is empty\"",
        "the rule threw: the parameter `keys` is empty",
    );
}
