//! `rules lint`: what can't be right in a rule is found without running it, and what is right is let be.

use hubdrift::{
    policy::{self, Lint, Source},
    problem::{Sources, render},
};

fn lint(text: &str) -> Vec<Lint> {
    let source = Source {
        path: "r.rhai".to_owned(),
        text: text.to_owned(),
    };
    let policy = policy::compile(vec![source], &[]).unwrap_or_else(|problems| {
        let sources = Sources::from([("r.rhai".to_owned(), text.to_owned())]);
        panic!("{}", render(&problems, &sources, false))
    });
    policy.lint()
}

/// A rule whose `check` is this, with a parameter `max`.
fn rule(body: &str) -> String {
    format!(
        "const META = #{{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\", params: #{{ max: 1 }} }};\n\
         fn check(ctx) {{\n    let unused = ctx.params.max;\n{body}\n}}\n"
    )
}

/// `line:column message`, with `?` before what is not certain.
fn found(text: &str) -> Vec<String> {
    let one = |lint: Lint| {
        let place = lint.problem.place.expect("a place");
        let sign = if lint.certain { "" } else { "? " };
        format!(
            "{sign}{}:{} {}",
            place.line, place.column, lint.problem.message
        )
    };
    lint(text).into_iter().map(one).collect()
}

/// All that is found in a body is this.
fn finds(body: &str, message: &str) {
    let found = found(&rule(body));
    assert_eq!(found.len(), 1, "{body}\n{found:#?}");
    assert!(found[0].ends_with(message), "{body}\n{found:#?}");
}

fn lets_be(body: &str) {
    assert_eq!(found(&rule(body)), Vec::<String>::new(), "{body}");
}

#[test]
fn unknown_fields_are_found_wherever_the_value_went() {
    for (body, message) in [
        (
            "present(ctx.observed.kms_key_anr); pass()",
            "4:22 `ctx.observed` has no field `kms_key_anr`: did you mean `kms_key_arn`?",
        ),
        (
            "present(ctx.observd); pass()",
            "`ctx` has no field `observd`: did you mean `observed`?",
        ),
        (
            "present(ctx.expected.nam); pass()",
            "`ctx.expected` has no field `nam`: did you mean `name`?",
        ),
        (
            "let o = ctx.observed; let p = o.provider; present(p.typ); pass()",
            "`provider` has no field `typ`: did you mean `type`?",
        ),
        (
            "present(ctx.observed.health.type); pass()",
            "`health` has no field `type`",
        ),
        (
            "present(ctx.target.acount); pass()",
            "`ctx.target` has no field `acount`: did you mean `account`?",
        ),
        (
            "for issue in ctx.observed.health.issues { present(issue.cod); } pass()",
            "an issue has no field `cod`: did you mean `code`?",
        ),
        (
            "for d in ctx.drift { present(d.pth); } pass()",
            "a drifted field has no field `pth`: did you mean `path`?",
        ),
        (
            "present(ctx.drift[0].pth); pass()",
            "a drifted field has no field `pth`: did you mean `path`?",
        ),
        (
            "ctx.observed.health.issues.filter(|i| present(i.mesage)); pass()",
            "an issue has no field `mesage`: did you mean `message`?",
        ),
        (
            "let o = ctx.observed; [1].filter(|i| present(o.nam)); pass()",
            "`ctx.observed` has no field `nam`: did you mean `name`?",
        ),
        (
            "ctx.observed.health.issues.filter(|i| present(i.code))[0].x; pass()",
            "an issue has no field `x`",
        ),
        (
            "present(arn(ctx.observed.kms_key_arn).acount); pass()",
            "an ARN has no field `acount`: did you mean `account`?",
        ),
        (
            "if true { fail(`${ctx.observed.nam}`) } else { pass() }",
            "`ctx.observed` has no field `nam`: did you mean `name`?",
        ),
        (
            "present(ctx.observed[\"name\"]); pass()",
            "fields are not looked up by texts",
        ),
        (
            "ctx.params.mx; pass()",
            "META has no parameter `mx`: did you mean `max`?",
        ),
        (
            "ctx.params[\"mx\"]; pass()",
            "META has no parameter `mx`: did you mean `max`?",
        ),
        (
            "present(ctx.observed.tags.team); pass()",
            "tags are not read for this rule",
        ),
    ] {
        finds(body, message);
    }
}

#[test]
fn unknown_functions_and_wrong_counts_are_found() {
    for (body, message) in [
        (
            "if presnt(ctx.observed.name) { return fail(\"x\"); } pass()",
            "4:4 there is no function `presnt`: did you mean `present`?",
        ),
        (
            "present(ctx.observed.name, 1); pass()",
            "`present` takes 1 argument, not 2",
        ),
        (
            "ctx.observed.name.lenn(); pass()",
            "there is no function `lenn`: did you mean `len`?",
        ),
        (
            "ctx.observed.health.issues.is_empty(1); pass()",
            "`is_empty` takes 1 argument, not 2",
        ),
        ("timestamp(); pass()", "there is no function `timestamp`"),
        ("fail_at(\"name\")", "`fail_at` takes 2 arguments, not 1"),
        (
            "passs()",
            "there is no function `passs`: did you mean `pass`?",
        ),
    ] {
        finds(body, message);
    }
}

#[test]
fn members_of_enums_and_paths_are_found() {
    for (body, message) in [
        (
            "if ctx.observed.provider.auth_status != \"ACTIV\" { return fail(\"x\"); } pass()",
            "4:41 `ACTIV` is no ConnectorAuthStatus: did you mean `ACTIVE`?",
        ),
        (
            "let s = ctx.observed.enablement_status; if \"ON\" == s { return fail(\"x\"); } pass()",
            "`ON` is no EnablementStatus",
        ),
        (
            "if one_of(ctx.observed.provider.type, [\"AZURE\", \"GPC\"]) { return fail(\"x\"); } pass()",
            "`GPC` is no ConnectorProviderName: did you mean `GCP`?",
        ),
        (
            "if ctx.observed.provider.type in [\"AZUR\"] { return fail(\"x\"); } pass()",
            "`AZUR` is no ConnectorProviderName: did you mean `AZURE`?",
        ),
        (
            "ctx.observed.health.issues.some(|i| i.code == \"BAD\"); pass()",
            "`BAD` is no HealthIssueCode",
        ),
        (
            "if ctx.observed.provider.type != \"AZURE\" { return fail_at(\"provider\", \"x\"); } pass()",
            "`provider` is no fact: did you mean `provider.type`?",
        ),
        (
            "fail_at(\"kms_key\", \"x\")",
            "4:9 `kms_key` is no fact: did you mean `kms_key_arn`?",
        ),
    ] {
        finds(body, message);
    }
}

#[test]
fn what_is_never_used_is_found() {
    let text = "const META = #{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\",\n    params: #{ max: 1, min: 2 } };\n\
                fn helper(x) { x.frobnicate() }\nfn check(ctx) {\n    if ctx.params.max == 1 { fail(\"lost\"); }\n    pass()\n}\n";
    assert_eq!(
        found(text),
        [
            "? 2:24 the rule never uses its parameter `min`",
            "? 3:14 nobody calls the function `helper`",
            "3:18 there is no function `frobnicate`",
            "? 5:30 what `fail` gives is thrown away here",
        ]
    );
}

#[test]
fn what_is_right_is_let_be() {
    for body in [
        "pass()",
        "return pass();",
        "if !present(ctx.observed.name) { fail(\"x\") } else { pass() }",
        "if !present(ctx.observed.name) { return fail(\"x\"); } pass()",
        "let x = 1; x = \"a\"; x.len(); pass()",
        "let x = ctx.observed; x = ctx.target; present(x.account); pass()",
        "let t = ctx.observed.name; t.to_upper().trim(); t.split(\",\"); t.sub_string(0, 2); pass()",
        "let out = []; for i in ctx.observed.health.issues { if present(i.code) { out.push(`${i.code}`); } } if out.is_empty() { return pass(); } fail(out.join(\", \"))",
        "present(ctx.labels.anything); ctx.labels.contains(\"x\"); ctx.labels.keys().len(); pass()",
        "let d = ctx.drift.find(|d| d.path == \"name\"); if present(d) { return fail(d.path); } pass()",
        "arn(ctx.observed.kms_key_arn).account == ctx.target.account; pass()",
        "let name = \"x\"; if ctx.observed.name == name && ctx.now > ctx.observed.created_at { return fail(\"x\"); } pass()",
        "for r in ctx.observed.provider.azure_regions { r.starts_with(\"west\"); } pass()",
        "for i in 0..3 { i.abs(); } for (x, n) in [1] { n + x; } pass()",
        "let all = ctx.params; all.contains(\"max\"); \"max\" in all; \"x\" in ctx.labels; pass()",
        "type_of(ctx.observed.name) == \"string\"; pass()",
        "fail_at(\"tags.team\", \"x\")",
        "let m = #{ a: 1 }; m.a; m[\"a\"]; m.keys(); pass()",
        "min(1, 2); max(1.0, 2.0); pass()",
    ] {
        lets_be(body);
    }
}

#[test]
fn functions_of_a_rule_are_looked_into_with_what_they_are_given() {
    let text = |helper: &str, call: &str| {
        format!(
            "const META = #{{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\" }};\n{helper}\nfn check(ctx) {{ if {call} {{ return fail(\"x\"); }} pass() }}\n"
        )
    };
    let one = found(&text(
        "fn bad(s) { s != \"ACTIV\" }",
        "bad(ctx.observed.provider.auth_status)",
    ));
    assert_eq!(
        one,
        ["2:18 `ACTIV` is no ConnectorAuthStatus: did you mean `ACTIVE`?"]
    );
    let one = found(&text(
        "fn status(ctx) { ctx.observed.provider.auth_status }",
        "status(ctx) != \"ACTIV\"",
    ));
    assert_eq!(one.len(), 1, "{one:?}");
    let one = found(&text(
        "fn status(o) { return o.provider; }",
        "status(ctx.observed).typ == 1",
    ));
    assert_eq!(one.len(), 1, "{one:?}");
    // One function for two facts: nothing is said against what is right for one of them.
    let one = found(&text(
        "fn eq(s, x) { s == x }",
        "eq(ctx.observed.name, \"x\") && eq(ctx.observed.provider.type, \"AZURE\")",
    ));
    assert_eq!(one, Vec::<String>::new());
    // It ends, whatever calls whatever.
    let one = found(&text(
        "fn a(x) { b(x) } fn b(x) { a(x) || a(1) || c(x) } fn c(x) { a(ctx2(x)) } fn ctx2(x) { x }",
        "a(ctx) && b(ctx.observed)",
    ));
    assert_eq!(one, Vec::<String>::new());
}

#[test]
fn the_built_in_rules_have_nothing() {
    let policy = policy::compile(policy::builtin(), &[]).expect("rules");
    assert_eq!(policy.lint(), Vec::new());
}

#[test]
fn a_parameter_is_asked_for_by_a_name_that_it_has() {
    for body in [
        "if \"mxa\" in ctx.params { return fail(\"x\"); } pass()",
        "if ctx.params.contains(\"mxa\") { return fail(\"x\"); } pass()",
        "let all = ctx.params; if all[\"mxa\"] { return fail(\"x\"); } pass()",
    ] {
        finds(body, "META has no parameter `mxa`: did you mean `max`?");
    }
    // What is looked up by a name that isn't written out may be any of them.
    let unused = "const META = #{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\", params: #{ max: 1 } };\n";
    for body in [
        "for name in [\"max\"] { if name in ctx.params { return fail(name); } } pass()",
        "if \"max\" in ctx.params { return fail(\"x\"); } pass()",
    ] {
        let text = format!("{unused}fn check(ctx) {{ {body} }}\n");
        assert_eq!(found(&text), Vec::<String>::new(), "{body}");
    }
}
