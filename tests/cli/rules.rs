//! Rules from disk that go wrong in every way: each is an error of its own and makes the run
//! incomplete; the others are judged as if it weren't there.

use serde_json::json;

use crate::support::{Checked, World, jira, with};

fn rule(id: &str, body: &str) -> String {
    format!(
        "const META = #{{id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\"}};\n\
         fn check(ctx) {{\n    {body}\n}}\n"
    )
}

fn check(id: &str, body: &str) -> Checked {
    let world = World::clean().file(&format!("rules/{id}.rhai"), &rule(id, body));
    world.check(&["--policies", "rules"])
}

#[test]
fn a_rule_from_disk_is_one_like_any_other() {
    let checked = check("own", "pass()").ends_with(0);
    assert_eq!(checked.outcome("prod/alpha", "own"), "pass");
    let checked = check("own", "fail_at(\"description\", \"too short\")")
        .ends_with(3)
        .says("too short");
    assert_eq!(checked.findings("policy")[0]["path"], "description");
    let checked = check("own", "not_applicable(\"because\")").ends_with(0);
    assert_eq!(checked.outcome("prod/alpha", "own"), "not_applicable");
}

#[test]
fn a_rule_that_gives_no_answer_is_an_error() {
    let bad = [
        ("throws", "throw \"no\";"),
        ("loops", "for i in 0..9223372036854775807 { } pass()"),
        (
            "counts",
            "let x = 0; for i in 0..9000000000 { for j in 0..9000000000 { x = j; } } pass()",
        ),
        ("says-true", "true"),
        ("says-text", "\"pass\""),
        ("says-nothing", "let x = 1;"),
        ("says-unit", "()"),
        (
            "misspells",
            "if ctx.observed.kms_key == \"x\" { return fail(\"x\"); } pass()",
        ),
        (
            "misspells-deeper",
            "if present(ctx.observed.provider.projectkey) { } pass()",
        ),
        ("misspells-ctx", "if present(ctx.observd) { } pass()"),
        ("misspells-param", "if ctx.params.max == 1 { } pass()"),
        ("no-such-function", "frobnicate(ctx); pass()"),
        ("path-of-no-fact", "fail_at(\"kms_key\", \"x\")"),
        (
            "compares-absence",
            "if ctx.observed.health.message == \"\" { } pass()",
        ),
        (
            "compares-no-member",
            "if ctx.observed.enablement_status != \"ON\" { } pass()",
        ),
        ("recurses", "fn_of(ctx)"),
        (
            "grows",
            "let s = \"xxxxxxxxxxxxxxxx\"; for i in 0..1000 { s += s; } pass()",
        ),
        (
            "grows-an-array",
            "let a = [1]; for i in 0..1000 { a += a; } pass()",
        ),
        ("divides", "let x = 1 / 0; pass()"),
        ("overflows", "let x = 9223372036854775807 + 1; pass()"),
        (
            "nests",
            "let a = []; for i in 0..1000000 { a = [a]; } pass()",
        ),
    ];
    let mut world = World::clean();
    for (id, body) in bad {
        let mut text = rule(id, body);
        if id == "recurses" {
            text.push_str("fn fn_of(x) { fn_of(x) }\n");
        }
        world = world.file(&format!("rules/{id}.rhai"), &text);
    }
    let checked = world
        .check(&["--policies", "rules"])
        .ends_with(4)
        .results_in("result: INCOMPLETE exit=4");
    for (id, _) in bad {
        assert_eq!(checked.outcome("prod/alpha", id), "error", "{id}");
    }
    assert_eq!(checked.findings("rule_error").len(), bad.len());
    for finding in checked.findings("rule_error") {
        assert_ne!(finding["message"], "", "each says why: {finding:#}");
    }
    assert_eq!(
        checked.outcome("prod/alpha", "kms-key-set"),
        "pass",
        "the others are unharmed"
    );
    assert_eq!(checked.state("prod/alpha"), "in_sync");
}

#[test]
fn a_misspelt_field_is_said_with_its_place() {
    let checked = check(
        "misspells",
        "if present(ctx.observed.kms_key) { }\n    pass()",
    )
    .ends_with(4);
    assert_eq!(
        checked.findings("rule_error")[0]["message"],
        "`observed` has no field `kms_key`: did you mean `kms_key_arn`?"
    );
    checked.says("rules/misspells.rhai:3:28");
}

#[test]
fn rules_have_no_way_out() {
    for (id, body) in [
        ("loops", "loop { }"),
        ("waits", "while true { } pass()"),
        ("catches", "try { throw 1; } catch { } pass()"),
        ("prints", "print(\"x\"); pass()"),
        ("debugs", "debug(\"x\"); pass()"),
        ("evaluates", "eval(\"pass()\")"),
        ("imports", "import \"std\" as s; pass()"),
        ("opens", "open_file(\"/etc/hostname\"); pass()"),
        ("clocks", "timestamp(); pass()"),
        ("sleeps", "sleep(1); pass()"),
        ("exits", "exit(); pass()"),
    ] {
        let world = World::clean().file(&format!("rules/{id}.rhai"), &rule(id, body));
        let checked = world.check(&["--policies", "rules"]);
        // Refused when it is compiled, or an error when it is run.
        assert!(
            matches!(checked.run.code, 1 | 4),
            "{id}: {:#?}",
            checked.run
        );
    }
}

#[test]
fn an_error_on_one_connector_is_none_on_another() {
    let text = rule(
        "by-description",
        "if ctx.observed.description.contains(\"tick\") { pass() } else { fail(\"x\") }",
    );
    let world = World::clean()
        .has(crate::support::without(jira(2, "beta"), "/Description"))
        .expects("id: beta, name: beta")
        .has(with(jira(3, "gamma"), "/Description", json!("other")))
        .expects("id: gamma, name: gamma")
        .file("rules/by-description.rhai", &text);
    let checked = world.check(&["--policies", "rules"]).ends_with(4);
    assert_eq!(checked.outcome("prod/alpha", "by-description"), "pass");
    assert_eq!(checked.outcome("prod/beta", "by-description"), "error");
    assert_eq!(checked.outcome("prod/gamma", "by-description"), "fail");
}

#[test]
fn a_rule_that_would_be_passed_over_is_said() {
    for path in ["policies/more/other.rhai", "policies/other.RHAI"] {
        World::clean()
            .file("policies/one.rhai", "not looked at")
            .file(path, "")
            .run(&["check", "--policies", "policies"])
            .ends_with(1)
            .complains(&["read"]);
    }
}
