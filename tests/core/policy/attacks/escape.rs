//! Rules that reach out of the sandbox, change what is not theirs, or leave something behind.

use super::*;

#[test]
fn the_world() {
    let complete = Refused("a rule is one file, complete in itself");
    let closure = Refused("write a closure");
    let silent = Refused("rules print nothing");
    attack(&[
        ("eval(\"1\"); pass()", complete),
        ("let x = \"1\".eval(); pass()", complete),
        ("import \"/etc/passwd\" as x; pass()", complete),
        ("import \"x\"; pass()", complete),
        ("export ctx as y; pass()", complete),
        ("print(\"x\"); pass()", silent),
        ("\"x\".print(); pass()", silent),
        ("debug(ctx); pass()", silent),
        ("let f = Fn(\"check\"); pass()", closure),
        ("let f = |x| x; f.call(1); pass()", closure),
        ("let f = |x| x; call(f, 1); pass()", closure),
        ("let f = |x, y| x; f.curry(1); pass()", closure),
        ("let f = |x, y| x; curry(f, 1); pass()", closure),
        (
            "switch ctx.observed.name { _ => pass() }",
            Refused("rules have no `switch`"),
        ),
        (
            "try { throw 1 } catch { } pass()",
            Refused("rules can't catch errors"),
        ),
        (
            "try { throw 1 } catch (e) { pass() }",
            Refused("rules can't catch errors"),
        ),
        ("sleep(1); pass()", Error("there is no function `sleep`")),
        ("sleep(1.0); pass()", Error("there is no function `sleep`")),
        (
            "timestamp(); pass()",
            Error("there is no function `timestamp`"),
        ),
        ("rand(); pass()", Error("there is no function `rand`")),
        ("rand(1, 2); pass()", Error("there is no function `rand`")),
        (
            "parse_json(\"1\"); pass()",
            Error("there is no function `parse_json`"),
        ),
        (
            "open_file(\"x\"); pass()",
            Error("there is no function `open_file`"),
        ),
        (
            "exit(pass()); fail(\"x\")",
            Error("there is no function `exit`"),
        ),
        ("spawn x; pass()", Refused("does not compile")),
        ("async { }; pass()", Refused("does not compile")),
        (
            "std::process::exit(0); pass()",
            Refused("there is no module `std`"),
        ),
        (
            "global::print(\"x\"); pass()",
            Refused("rules print nothing"),
        ),
        (
            "set_tag(ctx, 1); pass()",
            Error("there is no function `set_tag`"),
        ),
        ("this.x = 1; pass()", Refused("rules have no `this`")),
        (
            "fn f() { this }\nfn check(ctx) { let a = [1]; a.f(); pass() }",
            Refused("rules have no `this`"),
        ),
        (
            "fn f() { let x = || this; x }\nfn check(ctx) { let a = [1]; a.f(); pass() }",
            Refused("rules have no `this`"),
        ),
        (
            "fn f() { [1].map(|x| this); }\nfn check(ctx) { pass() }",
            Refused("rules have no `this`"),
        ),
    ]);
}

#[test]
fn ctx_is_not_to_be_changed() {
    attack(&[
        ("ctx.observed = 1; pass()", Error("can't be changed")),
        (
            "ctx.observed.name = \"x\"; pass()",
            Error("can't be changed"),
        ),
        ("ctx.observed.provider.type = \"AZURE\"; pass()", Error("")),
        ("ctx.observed[\"name\"] = \"x\"; pass()", Error("")),
        ("ctx.labels.env = \"x\"; pass()", Error("")),
        ("ctx.labels[\"env\"] = \"x\"; pass()", Error("")),
        ("ctx.params.x = 1; pass()", Error("")),
        ("ctx.params[\"x\"] = 1; pass()", Error("")),
        ("ctx.now = 1; pass()", Error("can't be changed")),
        ("ctx.target.account = \"1\"; pass()", Error("")),
        ("ctx.drift[0] = 1; pass()", Error("")),
        ("ctx.drift[0].path = \"x\"; pass()", Error("")),
        (
            "ctx.drift.push(1); pass()",
            Error("`push` can't be called with a list of facts, a number"),
        ),
        ("ctx.observed.health.issues.push(1); pass()", Error("")),
        (
            "let o = ctx.observed; o.name = \"x\"; pass()",
            Error("can't be changed"),
        ),
        ("ctx.observed.name += \"x\"; pass()", Error("")),
        (
            "ctx.observed.name.replace(\"j\", \"x\"); throw ctx.observed.name",
            Error("the rule threw: jira-secops"),
        ),
        (
            "let n = ctx.observed.name; n.replace(\"j\", \"x\"); throw ctx.observed.name",
            Error("the rule threw: jira-secops"),
        ),
        ("let ctx = 1; throw ctx", Error("threw")),
        ("ctx = 1; throw ctx", Error("threw")),
        (
            "let s = ctx.observed.provider.scope_values; for x in s { x += \"!\"; } throw s.len()",
            Error("threw"),
        ),
    ]);
}

#[test]
fn constants_and_parameters_are_not_to_be_changed() {
    attack(&[
        (
            "const c = #{a: 1}; c.a = 2; pass()",
            Error("can't be changed"),
        ),
        (
            "const c = [1]; c.push(2); pass()",
            Error("would change what is a constant"),
        ),
        ("const c = [1]; c[0] = 2; pass()", Error("can't be changed")),
        (
            "const c = \"a\"; c += \"b\"; pass()",
            Refused("`c` is a constant"),
        ),
        (
            "const LIST = [1];\nfn check(ctx) { global::LIST.push(2); pass() }",
            Error("would change what is a constant"),
        ),
        (
            "const LIST = [1];\nfn check(ctx) { global::LIST[0] = 2; throw global::LIST[0] }",
            Error(""),
        ),
        (
            "const N = 1;\nfn check(ctx) { global::N = 2; pass() }",
            Error("can't be changed"),
        ),
        (
            "const LIST = [1];\nfn check(ctx) { let l = global::LIST; l.push(2); throw `${global::LIST.len()}` }",
            Error("the rule threw: 1"),
        ),
        (
            "META.id = \"x\"; pass()",
            Refused("a constant of the file is read as `global::META`"),
        ),
        ("throw global::META.id", Refused("`META` is for hubdrift")),
        ("throw global::NOTHING", Error("")),
    ]);
}

#[test]
fn nothing_is_left_for_the_next_evaluation() {
    // Captured variables, constants, compiled patterns and lists of parameters are new each time.
    let policy = compile(vec![rule_with(
        "r",
        "params: #{ names: [\"a\"] }",
        "const LIST = [1];
        fn check(ctx) {
            let n = 0;
            let count = |x| { n += 1; n };
            [1, 2].map(count);
            let names = ctx.params.names;
            names.push(\"b\");
            let list = global::LIST;
            list.push(2);
            fail(`${n} ${names} ${list} ${ctx.params.names} ${global::LIST}`)
        }",
    )]);
    let case = Case::new();
    let subjects = [case.subject(); 16];
    for results in policy.evaluate(&subjects, now()) {
        assert_eq!(
            results[0].message.as_deref(),
            Some("2 [\"a\", \"b\"] [1, 2] [\"a\"] [1]"),
            "{results:?}"
        );
    }
}
