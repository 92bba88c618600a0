//! Rules that play with names, numbers, characters, META and what they return.

use super::*;

#[test]
fn our_functions_are_not_to_be_redefined() {
    let own = Refused("is hubdrift's own function and can't be defined again");
    attack(&[
        ("fn pass() { 1 }\nfn check(ctx) { fail(\"x\") }", own),
        ("fn fail(m) { pass() }\nfn check(ctx) { fail(\"x\") }", own),
        ("fn fail_at(p, m) { pass() }\nfn check(ctx) { pass() }", own),
        ("fn present(x) { true }\nfn check(ctx) { pass() }", own),
        ("fn one_of(x, y) { true }\nfn check(ctx) { pass() }", own),
        ("fn matches(x, y) { true }\nfn check(ctx) { pass() }", own),
        (
            "private fn present(x) { true }\nfn check(ctx) { pass() }",
            Refused(""),
        ),
        (
            "fn not_applicable(x, y, z) { pass() }\nfn check(ctx) { pass() }",
            own,
        ),
        (
            "fn check(ctx) { pass() }\nfn check(ctx) { fail(\"x\") }",
            Refused("is defined twice"),
        ),
        (
            "fn check(ctx) { fn pass() { 1 } pass() }",
            Refused("can't be defined inside another"),
        ),
        // A variable or a constant is no function.
        ("let pass = 1; pass", Error("`check` returned a number")),
        (
            "let fail = |m| pass(); fail(\"x\"); pass()",
            Error("did not return what it gave"),
        ),
        (
            "const pass = 1;\nfn check(ctx) { global::pass }",
            Error("`check` returned a number"),
        ),
        // Operators have names too.
        (
            "fn check(ctx) { pass() }\nfn `==`(a, b) { true }",
            Refused(""),
        ),
        ("fn check(ctx) { pass() }\nfn `!`(a) { true }", Refused("")),
        (
            "fn to_string(x) { \"x\" }\nfn check(ctx) { `${ctx.observed.kms_key_arn}${ctx.observed.provider.domain}`; pass() }",
            Error(""),
        ),
    ]);
}

#[test]
fn numbers() {
    let no_result = Error("the calculation has no result");
    attack(&[
        ("9223372036854775807 + 1; pass()", no_result),
        ("let n = 9223372036854775807; n += 1; pass()", no_result),
        ("let n = -9223372036854775807 - 1; -n; pass()", no_result),
        (
            "let n = -9223372036854775807 - 1; n / -1; pass()",
            no_result,
        ),
        (
            "let n = -9223372036854775807 - 1; n % -1; pass()",
            no_result,
        ),
        (
            "let n = -9223372036854775807 - 1; abs(n); pass()",
            no_result,
        ),
        ("let n = -9223372036854775807 - 1; n - 1; pass()", no_result),
        ("9223372036854775807 * 2; pass()", no_result),
        ("1 / 0; pass()", no_result),
        ("1 % 0; pass()", no_result),
        ("10 ** 100; pass()", no_result),
        ("2 ** -1; pass()", no_result),
        ("1 << 64; throw 1", Error("")),
        ("1 >> 64; throw 1", Error("")),
        ("1 << -9223372036854775807; throw 1", Error("")),
        (
            "9223372036854775808 + \"\" == 1; pass()",
            Error("can't be compared"),
        ),
        (
            "let n = 0.0 / 0.0; if n == n { pass() } else { pass() }",
            Error("can't be compared"),
        ),
        (
            "let n = 0.0 / 0.0; if n < 1 { pass() } else { pass() }",
            Error("can't be compared"),
        ),
        (
            "let n = 0.0 / 0.0; if n != n { pass() } else { pass() }",
            Error("can't be compared"),
        ),
        ("let n = 1.0e308 * 10.0; throw `${n}`", Error("threw: inf")),
        (
            "[1][9223372036854775807]; pass()",
            Error("none at 9223372036854775807"),
        ),
        ("[1][-9223372036854775807 - 1]; pass()", Error("")),
        (
            "\"abc\"[9223372036854775807]; pass()",
            Error("none at 9223372036854775807"),
        ),
        (
            "\"abc\".sub_string(-9223372036854775807 - 1, 9223372036854775807); throw 1",
            Error("threw"),
        ),
        (
            "\"abc\".index_of(\"c\", -9223372036854775807 - 1); throw 1",
            Error("threw"),
        ),
        (
            "\"abc\".split(\",\", -9223372036854775807 - 1); throw 1",
            Error("threw"),
        ),
        (
            "\"abc\".crop(-1, 9223372036854775807); throw 1",
            Error("threw"),
        ),
        (
            "\"abc\".truncate(9223372036854775807); throw 1",
            Error("threw"),
        ),
        (
            "ctx.drift[-9223372036854775807 - 1]; pass()",
            Error("the list has 1 items"),
        ),
        ("for i in range(0, 10, 0) { } pass()", Error("")),
        (
            "for i in range(9223372036854775806, 9223372036854775807, 9) { } throw 1",
            Error("threw"),
        ),
        ("bits(1, 0, 9223372036854775807); throw 1", Error("")),
        ("1[0..9223372036854775807]; throw 1", Error("")),
    ]);
}

#[test]
fn characters() {
    attack(&[
        (
            "let pаss = 1; pass()",
            Refused("names are of ASCII letters"),
        ),
        (
            "let ctx\u{200d} = 1; pass()",
            Refused("names are of ASCII letters"),
        ),
        ("let x = 1; \u{202e} pass()", Refused("can't stand here")),
        ("\u{feff}pass()", Refused("")),
        ("let x = 1;\0 pass()", Refused("")),
        ("throw \"\u{202e}\u{2066}x\u{200d}y\"", Error("threw")),
        (
            "let s = \"👩‍👩‍👧‍👦é𝕏\"; s[0]; s[-1]; s.sub_string(1, 2); s.truncate(3); throw s.len()",
            Error("threw"),
        ),
        (
            "let s = \"👩‍👩‍👧‍👦é𝕏\"; s.crop(1, 3); s.set(0, 'é'); s.remove('é'); throw s.bytes()",
            Error("threw"),
        ),
        (
            "let s = \"é\"; s[0] = 'x'; s[5] = 'y'; pass()",
            Error("none at 5"),
        ),
        (
            "  /* 𝕏𝕏𝕏𝕏 */ ctx.nothing; pass()",
            Error("`ctx` has no field `nothing`"),
        ),
        (
            "let s = \"𝕏\"; s.nothing; pass()",
            Error("a text has no field `nothing`"),
        ),
        (
            "matches(\"𝕏\", \"(?-u:\\\\xF0)\"); pass()",
            Error("is no regular expression"),
        ),
        ("let s = 'ab'; pass()", Refused("is no single character")),
        ("let s = \"abc; pass()", Refused("has no end")),
        ("let s = \"\\q\"; pass()", Refused("is no escape in a text")),
        ("let s = `${`; pass()", Refused("")),
        ("/* pass()", Refused("")),
    ]);
    // Where a four-byte character stands before an error, the column counts characters.
    let result = said("/* 𝕏𝕏 */ ctx.nothing; pass()");
    let place = result.rule_location.expect("a place");
    assert_eq!((place.line, place.column), (3, 13), "{place}");
}

#[test]
fn what_is_no_verdict() {
    attack(&[
        ("true", Error("`check` returned a bool")),
        ("()", Error("`check` returned nothing")),
        ("1", Error("`check` returned a number")),
        ("1.5", Error("`check` returned a number")),
        ("'p'", Error("`check` returned")),
        ("\"pass\"", Error("`check` returned a text")),
        ("[pass()]", Error("`check` returned an array")),
        ("#{ pass: pass() }", Error("`check` returned a map")),
        ("|x| pass()", Error("`check` returned")),
        ("pass", Refused("there is no variable `pass`")),
        ("check", Refused("there is no variable `check`")),
        ("0..1", Error("`check` returned")),
        ("ctx", Error("`check` returned")),
        ("ctx.observed", Error("`check` returned")),
        (
            "ctx.observed.provider.domain",
            Error("`check` returned something absent"),
        ),
        (
            "ctx.observed.health.connector_status",
            Error("`check` returned an enum"),
        ),
        ("return;", Error("`check` returned nothing")),
        ("return true;", Error("`check` returned a bool")),
        ("let x = pass();", Error("`check` returned nothing")),
        ("pass(); ()", Error("`check` returned nothing")),
        ("if false { pass() }", Error("`check` returned nothing")),
        (
            "for i in 0..1 { pass() }",
            Error("`check` returned nothing"),
        ),
        ("type_of(pass())", Error("`check` returned a text")),
        ("is_def_fn(\"pass\", 0)", Error("`check` returned a bool")),
        ("is_def_var(\"ctx\")", Error("`check` returned a bool")),
        ("is_shared(ctx)", Error("`check` returned a bool")),
        ("throw", Error("threw")),
        ("throw ()", Error("threw")),
        ("throw pass()", Error("threw")),
        ("throw [1]", Error("threw")),
        ("throw #{ a: 1 }", Error("threw")),
        ("throw ctx.observed.provider.domain", Error("threw")),
        ("throw |x| x", Error("threw")),
        ("break; pass()", Refused("stand in a loop only")),
        (
            "(ctx.nothing ?? pass())",
            Error("`ctx` has no field `nothing`"),
        ),
        (
            "(ctx.observed.provider.domain ?? pass())",
            Error("`check` returned something absent"),
        ),
        (
            "ctx?.observed?.nothing ?? pass()",
            Error("has no field `nothing`"),
        ),
        ("#{}?.a ?? pass()", Error("")),
    ]);
}

#[test]
fn meta_is_read_and_not_run() {
    let told = |meta: &str, rest: &str| {
        let text = format!("{meta}\n{rest}\nfn check(ctx) {{ pass() }}");
        let sources = vec![
            Source {
                path: "policies/hostile.rhai".into(),
                text,
            },
            neighbour(),
        ];
        let problems = policy::compile(sources, &[]).expect_err("problems");
        assert!(problems.iter().all(|problem| problem.place.is_some()));
        super::shown(&problems)
    };
    let good =
        "const META = #{ id: \"hostile\", title: \"t\", severity: \"low\", remediation: \"r\" };";
    let keys: Vec<_> = (0..5_000).map(|i| format!("k{i}: 1, ")).collect();
    let keys = keys.concat();
    for (meta, rest, message) in [
        (good, good, "`META` is defined twice"),
        (
            good,
            "return pass();",
            "nothing but functions and constants",
        ),
        (good, "throw 1;", "nothing but functions and constants"),
        (good, "pass();", "nothing but functions and constants"),
        (
            good,
            "for i in 0..1000000 { }",
            "nothing but functions and constants",
        ),
        (good, "const X = f();", "must be a literal"),
        (good, "const X = [1, 2 + 3];", "must be a literal"),
        (
            "const META = #{ id: \"hostile\" + \"\" };",
            "",
            "must be a literal",
        ),
        ("const META = `${1}`;", "", "must be"),
        ("let META = 1;", "", "must be a constant"),
        ("", "", "there is no `const META`"),
        (&format!("const META = #{{ {keys} }};"), "", ""),
        (
            &format!("const META = #{{ id: \"hostile\", params: #{{ {keys} }} }};"),
            "",
            "",
        ),
        (
            &format!("const META = {}{};", "[".repeat(60), "]".repeat(60)),
            "",
            "",
        ),
        (
            "const META = #{ id: \"../../etc/passwd\", title: \"t\", severity: \"low\", remediation: \"r\" };",
            "",
            "is not the file's name",
        ),
    ] {
        let shown = told(meta, rest);
        assert!(shown.contains(message), "{meta} {rest}: {shown}");
    }
}
