//! What is wrong with a rule is told so that it can be put right: where, what was expected, and how it got there.

use super::*;

#[test]
fn an_error_says_which_calls_led_to_it() {
    let functions = "fn inner(x) {
    x.nothing
}
fn helper(x) { inner(x) }
fn check(ctx) {
    helper(ctx);
    pass()
}";
    let result = Case::new()
        .judge(&compile(vec![rule_with("r", "", functions)]))
        .remove(0);
    assert_eq!(
        result.message.as_deref(),
        Some(
            "`ctx` has no field `nothing` (in `inner`, called by `helper` at 5:16, called by `check` at 7:5)"
        )
    );
    let place = result.rule_location.expect("a place");
    assert_eq!((place.line, place.column), (3, 6), "{place}");
}

#[test]
fn a_closure_and_a_long_chain_are_told_too() {
    let judge = |functions: &str| {
        let result = Case::new()
            .judge(&compile(vec![rule_with("r", "", functions)]))
            .remove(0);
        assert_eq!(result.outcome, Outcome::Error, "{result:?}");
        result.message.unwrap_or_default()
    };
    let message = judge("fn check(ctx) { [1].map(|x| x + ctx); pass() }");
    assert_eq!(
        &*message,
        "`+` can't be applied to a number and `ctx` (in a closure, called by `check` at 2:21)"
    );
    let message =
        judge("fn f(n) { if n == 0 { throw \"deep\" } f(n - 1) }\nfn check(ctx) { f(12); pass() }");
    assert!(
        message.starts_with("the rule threw: deep (in `f`, called by `f` at 2:38, "),
        "{message}"
    );
    assert!(message.contains(", 5 more calls, "), "{message}");
    assert!(message.ends_with("called by `check` at 3:17)"), "{message}");
}

#[test]
fn a_call_that_fits_nothing_says_what_would() {
    for (body, message) in [
        (
            "presnt(1); pass()",
            "there is no function `presnt`: did you mean `present`?",
        ),
        (
            "ctx.observed.name.start_with(\"x\"); pass()",
            "there is no function `start_with`: did you mean `starts_with`?",
        ),
        ("zzzzzzzz(1); pass()", "there is no function `zzzzzzzz`"),
        (
            "starts_with(1, 2); pass()",
            "`starts_with` can't be called with a number, a number",
        ),
        (
            "present(); pass()",
            "`present` can't be called without an argument",
        ),
        (
            "ctx.observed.provider.domain.starts_with(\"x\"); pass()",
            "`starts_with` can't be called with something absent, a text: ask `present(…)` before using it",
        ),
        (
            "1 + true; pass()",
            "`+` can't be applied to a number and true or false",
        ),
        ("-\"a\"; pass()", "`-` can't be applied to a text"),
        ("!1; pass()", "`!` can't be applied to a number"),
        (
            "9223372036854775807 + 1; pass()",
            "the calculation has no result: Addition overflow: 9223372036854775807 + 1",
        ),
        (
            "if ctx.observed.name { pass() }",
            "true or false is expected here, not a text",
        ),
        (
            "if true && ctx.observed.name { pass() }",
            "true or false is expected here, not a text",
        ),
        (
            "let x = 1; for y in x { } pass()",
            "`for` goes through lists, texts and ranges, and this is none",
        ),
        ("[1][3]; pass()", "the array has 1 elements and none at 3"),
        (
            "\"a\"[3]; pass()",
            "the text has 1 characters and none at 3",
        ),
        ("#{ a: 1 }.b; pass()", "the map has no key `b`"),
        (
            "ctx.observed.name = 1; pass()",
            "`name` of a connector can't be changed",
        ),
        (
            "const a = [1]; a.push(1); pass()",
            "`push` would change what is a constant, or belongs to `ctx`",
        ),
        ("let x = \"a\"; x.y; pass()", "a text has no field `y`"),
        (
            "matches(\"a\", `\\w{1000}`); pass()",
            "the regular expression is too large: compiled it would take more than 256 KiB; `[0-9]` takes less than `\\d`, and `[A-Za-z0-9_]` less than `\\w`",
        ),
    ] {
        let result = said(body);
        assert_eq!(result.message.as_deref(), Some(message), "{body}");
        assert!(
            result.rule_location.is_some_and(|place| place.line == 3),
            "{body}"
        );
    }
    let result = Case::new()
        .judge(&compile(vec![rule_with(
            "r",
            "",
            "fn near(a, b) { a < b }\nfn check(ctx) { near(1); pass() }",
        )]))
        .remove(0);
    assert_eq!(
        result.message.as_deref(),
        Some("`near` takes 2 arguments (a, b), not 1")
    );
}

/// Rules that do not compile, each for a reason of its own.
const BROKEN: &[&str] = &[
    "fn check(ctx) {",
    "fn check(ctx) { let x = \"abc; }",
    "fn check(ctx) { let x = \"\\d\"; }",
    "fn check(ctx) { let x = 'ab'; }",
    "fn check(ctx) { let x = 1 2; }",
    "fn check(ctx) { let x = 12ab; }",
    "fn check(ctx) { let x = ; }",
    "fn check(ctx) { let = 1; }",
    "fn check(ctx) { x === 1 }",
    "fn check(ctx) { ctx++; }",
    "fn check(ctx) { if ctx { 1 } esle { 2 } }",
    "fn check(ctx) { if (ctx { 1 } }",
    "fn check(ctx) { f(1 2) }",
    "fn check(ctx) { [1 2] }",
    "fn check(ctx) { #{ a 1 } }",
    "fn check(ctx) { #{ a: 1, a: 2 } }",
    "fn check(ctx) { ctx. }",
    "fn check(ctx) { ctx.observed.name = = 1 }",
    "fn check(ctx) { 1 = ctx; }",
    "fn check(ctx) { if ctx = 1 { } }",
    "fn check(ctx) { const a = 1; a = 2; }",
    "fn check(ctx) { let result = 1; reslt }",
    "fn check(ctx) { name }",
    "const LIMIT = 1; fn check(ctx) { LIMIT }",
    "fn check(ctx) { foo::bar }",
    "fn check(ctx) { while true { } }",
    "fn check(ctx) { match ctx { } }",
    "fn check(ctx) { null }",
    "fn check(ctx) { var x = 1; }",
    "fn check(ctx) { ctx and ctx }",
    "fn check(ctx) { fn inner() { } }",
    "fn check(ctx, ctx) { }",
    "fn check { }",
    "fn check(ctx)",
    "fn (ctx) { }",
    "fn check(ctx) { } fn check(ctx) { }",
    "fn check(ctx) { break; }",
    "fn check(ctx) { let x = |y| ; }",
    "fn check(ctx) { for x of [1] { } }",
    "fn check(ctx) { for in [1] { } }",
    "fn check(ctx) { `${ctx` }",
    "fn check(ctx) { let ñ = 1; }",
    "fn check(ctx) { ctx[] }",
    "fn check(ctx) { } }",
    "const META = { id: \"r\" }; fn check(ctx) { }",
];

#[test]
fn what_does_not_compile_is_told_with_advice() {
    let told = |text: &str| {
        let source = Source {
            path: "r.rhai".into(),
            text: text.into(),
        };
        let problems = policy::compile(vec![source], &[]).expect_err("problems");
        let problem = &problems[0];
        let advice = problem
            .help
            .as_ref()
            .map_or(String::new(), |help| format!(" [{help}]"));
        format!("{problem}{advice}\n").replace("the rule does not compile: ", "")
    };
    let all: String = BROKEN.iter().map(|text| told(text)).collect();
    insta::assert_snapshot!(all, @r#"
    r.rhai:1:16: `}` is missing to terminate this block
    r.rhai:1:25: the text that begins here has no end [a text in double quotes ends on its line; one in backticks may be longer]
    r.rhai:1:27: `\d` is no escape in a text [write `\\` for a backslash, or put a regular expression into backticks]
    r.rhai:1:25: `ab` is no single character [a text stands in double quotes]
    r.rhai:1:27: `;` is missing to terminate this statement
    r.rhai:1:27: `;` is missing to terminate this statement
    r.rhai:1:25: `;` can't stand here
    r.rhai:1:21: the name of a variable is expected here
    r.rhai:1:17: there is no variable `x`
    r.rhai:1:20: `++` is no operator [write `+= 1`]
    r.rhai:1:30: there is no variable `esle`: did you mean `else`?
    r.rhai:1:25: `)` is missing for a matching ( in this expression
    r.rhai:1:21: `,` is missing to separate the arguments to function call 'f'
    r.rhai:1:20: `,` is missing to separate the items of this array literal
    r.rhai:1:22: `:` is missing to follow the property 'a' in this object map literal
    r.rhai:1:26: the key `a` stands twice in one map
    r.rhai:1:22: the name of a field, a function or a key is expected here [a map is written `#{ key: value, … }`]
    r.rhai:1:37: `=` can't stand here
    r.rhai:1:17: what has no name can't be assigned to
    r.rhai:1:24: `=` can't stand here
    r.rhai:1:30: `a` is a constant and can't be changed
    r.rhai:1:33: there is no variable `reslt`: did you mean `result`?
    r.rhai:1:17: there is no variable `name` [a fact is read as `ctx.observed.name`]
    r.rhai:1:34: there is no variable `LIMIT` here [a constant of the file is read as `global::LIMIT`]
    r.rhai:1:17: there is no module `foo` [only `global::NAME`, a constant of this file, is written with `::`]
    r.rhai:1:17: `while` is no word of rules [rules loop with `for … in …` only]
    r.rhai:1:17: `match` is no word of rules [rules have no `switch`, which would let unknown values through its default: use `if`]
    r.rhai:1:17: `null` is no word of rules [ask `present(…)` whether a value is there]
    r.rhai:1:17: `var` is no word of rules [write `let`]
    r.rhai:1:21: `;` is missing to terminate this statement
    r.rhai:1:17: a function can't be defined inside another [put it beside `fn check(ctx)`, or use a closure: `|x| …`]
    r.rhai:1:15: `check` has two parameters `ctx`
    r.rhai:1:10: the parameters of `check` are missing [write `fn check() { … }` if it has none]
    r.rhai:1:14: the body of `check` is missing: `{ … }`
    r.rhai:1:4: the name of the function is missing
    r.rhai:1:19: the function `check` with 1 parameter is defined twice
    r.rhai:1:17: `break` and `continue` stand in a loop only
    r.rhai:1:1: there is no `const META` [begin the rule with `const META = #{ id: …, title: …, severity: …, remediation: … };`]
    r.rhai:1:23: `in` is missing after the iteration variable
    r.rhai:1:21: the name of a variable is expected here
    r.rhai:1:23: the text that begins here has no end [a text in double quotes ends on its line; one in backticks may be longer]
    r.rhai:1:21: `ñ` can't stand here [names are of ASCII letters, digits and `_`; other characters stand in texts only]
    r.rhai:1:21: `]` can't stand here
    r.rhai:1:19: `}` can't stand here
    r.rhai:1:16: there is no variable `id`: did you mean `if`?
    "#);
}

#[test]
fn a_misspelt_parameter_is_no_false() {
    let judge = |body: &str| {
        let source = rule_with(
            "r",
            "params: #{ max_hours: 4 }",
            &format!("fn check(ctx) {{ {body} }}"),
        );
        Case::new().judge(&compile(vec![source])).remove(0)
    };
    let result = judge("if \"max_hour\" in ctx.params { pass() } else { pass() }");
    assert_eq!(result.outcome, Outcome::Error);
    assert_eq!(
        result.message.as_deref(),
        Some("`params` has no field `max_hour`: did you mean `max_hours`?")
    );
    assert_eq!(
        judge("if ctx.params.contains(\"max\") { pass() } else { pass() }").outcome,
        Outcome::Error
    );
    assert_eq!(
        judge("if \"max_hours\" in ctx.params { pass() } else { fail(\"x\") }").outcome,
        Outcome::Pass
    );
    // Labels and tags are the user's: one may be lacking.
    assert_eq!(
        judge(
            "if \"evn\" in ctx.labels || present(ctx.labels.evn) { fail(\"x\") } else { pass() }"
        )
        .outcome,
        Outcome::Pass
    );
}
