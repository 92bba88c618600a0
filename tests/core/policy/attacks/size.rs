//! Rules that grow: texts, lists, maps, closures, and what each of them holds.

use super::*;

const LARGE: End = Error("a value grows too large");
/// On a slow machine the clock may be first.
const MEMORY: End = Error("the rule was stopped");

#[test]
fn texts() {
    attack(&[
        (
            "let s = \"aaaaaaaa\"; for i in 0..40 { s += s; } pass()",
            LARGE,
        ),
        (
            "let s = \"aaaaaaaa\"; for i in 0..40 { s = s + s; } pass()",
            LARGE,
        ),
        (
            "let s = \"aaaaaaaa\"; for i in 0..40 { s = `${s}${s}`; } pass()",
            LARGE,
        ),
        (
            "let s = \"aaaaaaaa\"; for i in 0..40 { s.append(s); } pass()",
            LARGE,
        ),
        (
            "let s = \"ŉ\"; for i in 0..40 { s = s.to_upper() + s.to_upper(); } pass()",
            LARGE,
        ),
        (
            "let s = \"a\"; for i in 0..16 { s += s; } s.replace(\"a\", s); pass()",
            Error("a text grows beyond 65536"),
        ),
        (
            "let s = \"a\"; for i in 0..16 { s += s; } s.replace('a', s); pass()",
            Error("a text grows beyond 65536"),
        ),
        (
            "let s = \"a\"; for i in 0..16 { s += s; } s.replace(\"\", s); pass()",
            Error("a text grows beyond 65536"),
        ),
        (
            "let s = \"\"; s.pad(999999999, \"x\"); pass()",
            Error("rules have no `pad`"),
        ),
        (
            "let s = \"\"; s.pad(999999999, 'x'); pass()",
            Error("rules have no `pad`"),
        ),
        (
            "let s = \"a\"; for i in 0..14 { s += s; } s.split(\"\"); pass()",
            Error("a list of pieces grows beyond 1024"),
        ),
        (
            "let s = \"a\"; for i in 0..14 { s += s; } s.split('a'); pass()",
            Error("a list of pieces grows beyond 1024"),
        ),
        (
            "let s = \"a \"; for i in 0..14 { s += s; } s.split(); pass()",
            Error("a list of pieces grows beyond 1024"),
        ),
        (
            "let s = \"a\"; for i in 0..14 { s += s; } s.to_chars(); pass()",
            Error("rules have no `to_chars`"),
        ),
        (
            "let s = \"a\"; for c in s.chars() { } pass()",
            Error("rules have no `chars`"),
        ),
        (
            "let s = \"a\"; for c in s.chars { } pass()",
            Error("rules have no `chars`"),
        ),
        ("\"a\".to_blob(); pass()", Error("rules have no `to_blob`")),
        (
            "\"a,b\".split_rev(\",\"); pass()",
            Error("rules have no `split_rev`"),
        ),
        (
            "let s = \"a\"; for i in 0..16 { s += s; } [1, 2, 3].map(|x| s + x); pass()",
            LARGE,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } [1, 2, 3].map(|x| s); pass()",
            Error("a list of texts grows beyond 65536"),
        ),
        (
            "let s = \"a\"; for i in 0..9 { s += s; } let a = []; for i in 0..100 { a.push(\"\"); } a.join(s + s); pass()",
            Error("a text grows beyond 65536"),
        ),
        // Each of them small enough, many of them at once.
        (
            "let s = \"a\"; for i in 0..15 { s += s; } let f = || 1; for i in 0..20000 { let b = s + i; let g = f; f = || [g, b]; } pass()",
            MEMORY,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } let m = #{}; for i in 0..20000 { m[`${i}`] = s + i; } pass()",
            Error(""),
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } let m = #{}; for i in 0..20000 { m[`${i}`] = `${i}${s}`; } pass()",
            Error(""),
        ),
        (
            "fn f(s, n) { if n == 0 { return 0; } let a = s + n; let b = a + n; let c = b + n; f(c, n - 1) }\nfn check(ctx) { let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { f(s, 14); } pass() }",
            MEMORY,
        ),
    ]);
}

#[test]
fn literals_are_no_way_around() {
    let long = "x".repeat(40_000);
    for body in [
        format!(
            "let f = || 1; for i in 0..20000 {{ let b = `{long}${{i}}`; let g = f; f = || [g, b]; }} pass()"
        ),
        format!(
            "let f = || 1; for i in 0..20000 {{ let b = \"{long}\".to_upper(); let g = f; f = || [g, b]; }} pass()"
        ),
        format!("let m = #{{}}; for i in 0..20000 {{ m[`${{i}}`] = \"{long}\" + i; }} pass()"),
    ] {
        survive(&body, Error(""));
    }
    let list = "1,".repeat(900);
    let constant = format!(
        "const LIST = [{list}];\nfn check(ctx) {{ let f = || 1; for i in 0..20000 {{ let b = global::LIST; let g = f; f = || [g, b]; }} pass() }}"
    );
    survive(&constant, MEMORY);
}

#[test]
fn lists_and_maps() {
    attack(&[
        (
            "let a = [1]; for i in 0..40 { a = a + a; } pass()",
            Error(""),
        ),
        ("let a = [1]; for i in 0..40 { a += a; } pass()", Error("")),
        (
            "let a = []; for i in 0..5000 { a.push(i); } pass()",
            Error(""),
        ),
        (
            "let a = []; for i in 0..5000 { a += [i]; } pass()",
            Error(""),
        ),
        (
            "let a = []; for i in 0..5000 { a.insert(0, i); } pass()",
            Error("there is no function `insert`"),
        ),
        (
            "let a = [[]]; for i in 0..5000 { a[0].push(i); } pass()",
            Error(""),
        ),
        (
            "let a = [1]; for i in 0..40 { a.push(a); } pass()",
            Error(""),
        ),
        ("let a = [1]; for i in 0..40 { a = [a, a]; } pass()", LARGE),
        (
            "let a = [1]; for i in 0..4000 { a[0] = a; } pass()",
            Error(""),
        ),
        (
            "let m = #{}; for i in 0..200000 { m[`${i}`] = i; } pass()",
            Error(""),
        ),
        (
            "let m = #{ a: 1 }; for i in 0..4000 { m.a = m; } pass()",
            Error(""),
        ),
        (
            "let m = #{ a: 1 }; for i in 0..40 { m = #{ a: m, b: m }; } pass()",
            LARGE,
        ),
        (
            "let m = #{}; for i in 0..5000 { m += #{ a: i }; } pass()",
            Error("`+` can't be applied to a map and a map"),
        ),
        (
            "let a = []; for i in 0..500 { a.push(i); } let m = #{}; for i in 0..20000 { m[`${i}`] = a; } pass()",
            Error(""),
        ),
        (
            "let a = []; for i in 0..500 { a.push(i); } let m = #{ n: #{} }; for i in 0..20000 { m.n[`${i}`] = a; } pass()",
            Error(""),
        ),
        (
            "let a = []; for i in 0..500 { a.push(i); } let f = || 1; for i in 0..20000 { let b = a; let g = f; f = || [g, b]; } pass()",
            MEMORY,
        ),
        (
            "let a = []; for i in 0..500 { a.push(i); } let l = []; for i in 0..900 { let b = a; l.push(|| b); } pass()",
            Error(""),
        ),
        (
            "fn f(a, n) { let b = a; let c = a; if n > 0 { f(b, n - 1); f(c, n - 1); } }\nfn check(ctx) { let a = []; for i in 0..900 { a.push(i); } f(a, 14); pass() }",
            Error("the rule was stopped"),
        ),
        ("range(0, 1000000).map(|x| x); pass()", Error("")),
        (
            "let a = []; for i in 0..900 { a.push(i); } a.map(|x| a); pass()",
            Error(""),
        ),
        (
            "let f = || 1; for i in 0..20000 { let b = ctx.params; let g = f; f = || [g, b]; } throw 1",
            Error("the rule"),
        ),
        (
            "let a = []; for i in 0..70 { a.push(|| a); } `${a.map(|f| f)}`; throw 1",
            Error(""),
        ),
    ]);
}

#[test]
fn arguments_and_variables() {
    let list = "let a = []; for i in 0..900 { a.push(i); }";
    let arguments = "a,".repeat(20_000);
    survive(&format!("{list} one_of({arguments} 1); pass()"), MEMORY);
    let variables: Vec<_> = (0..200).map(|i| format!("let v{i} = a;")).collect();
    survive(
        &format!("{list} {} pass()", variables.concat()),
        Error("more than 64 variables"),
    );
    let parameters: Vec<_> = (0..100).map(|i| format!("p{i}")).collect();
    let function = format!(
        "fn f({}) {{ 1 }}\nfn check(ctx) {{ {list} f({}); pass() }}",
        parameters.join(", "),
        "a,".repeat(99) + "a"
    );
    survive(&function, Error("more than 64 variables"));
    let functions: Vec<_> = (0..40).map(|i| format!("fn f{i}() {{ 1 }}\n")).collect();
    survive(
        &format!("{}fn check(ctx) {{ pass() }}", functions.concat()),
        Refused("a rule may have 32 functions"),
    );
}

#[test]
fn a_fact_of_a_megabyte_is_no_way_around() {
    let policy = compile(vec![
        rule(
            "a",
            "let f = || 1; for i in 0..20000 { let b = ctx.observed.description; let g = f; f = || [g, b]; } pass()",
        ),
        rule(
            "b",
            "for i in 0..20000 { ctx.observed.provider.scope_values.len(); } pass()",
        ),
        rule(
            "c",
            "for i in 0..20000 { \"x\" in ctx.observed.provider.scope_values; } pass()",
        ),
        rule(
            "d",
            "for a in ctx.observed.provider.scope_values { for b in ctx.observed.provider.scope_values { } } pass()",
        ),
        rule("e", "let d = ctx.observed.description; pass()"),
        rule(
            "f",
            "let d = ctx.observed.provider.scope_values; if d.len() == 50000 { pass() } else { fail(\"x\") }",
        ),
    ]);
    let values = (0..50_000).map(|i| format!("value-{i}")).collect();
    let case = Case::new()
        .with(Fact::Description, Some(Value::Text("x".repeat(1 << 20))))
        .with(Fact::ProviderScopeValues, Some(Value::Set(values)));
    let results = case.judge(&policy);
    for result in &results[..5] {
        assert_eq!(result.outcome, Outcome::Error, "{result:?}");
    }
    assert_eq!(results[5].outcome, Outcome::Pass, "{:?}", results[5]);
}

#[test]
fn a_message_is_cut_where_nobody_reads_on() {
    let result = said("let s = \"é\"; for i in 0..14 { s += s; } fail(s)");
    assert_eq!(result.outcome, Outcome::Fail);
    let message = result.message.expect("a message");
    assert!(message.len() < 4_200, "{}", message.len());
    assert!(message.ends_with("é… (28672 bytes more)"), "{message}");
}
