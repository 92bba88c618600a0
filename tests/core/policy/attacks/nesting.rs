//! Rules that nest: in their source, and in their values.

use super::*;

#[test]
fn sources_nested_deep() {
    let deep = Refused("nested too deeply");
    for n in [70, 2_000, 15_000] {
        let (open, close) = ("(".repeat(n), ")".repeat(n));
        survive(&format!("let x = {open}1{close}; pass()"), deep);
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        survive(&format!("let x = {open}{close}; pass()"), deep);
        survive(&format!("let x = {}1; pass()", "-".repeat(n)), Refused(""));
        survive(
            &format!("let x = {}true; pass()", "!".repeat(n)),
            Refused("nested too deeply"),
        );
        survive(&format!("{}{} pass()", "{".repeat(n), "}".repeat(n)), deep);
        survive(
            &format!("let x = {}1{}; pass()", "f(".repeat(n), ")".repeat(n)),
            deep,
        );
        survive(
            &format!("let x = 1{}; pass()", " + 1".repeat(n)),
            Refused(""),
        );
        survive(
            &format!("let x = ctx{}; pass()", "[0]".repeat(n)),
            Refused(""),
        );
    }
    for n in [70, 2_000, 5_000] {
        let (open, close) = ("#{a:".repeat(n), "}".repeat(n));
        survive(&format!("let x = {open}1{close}; pass()"), deep);
        survive(
            &format!("let x = {}1; pass()", "|x| ".repeat(n)),
            Refused(""),
        );
        survive(
            &format!("let x = {}1{}; pass()", "`${".repeat(n), "}`".repeat(n)),
            deep,
        );
        survive(
            &format!("{}pass(){}", "if true {".repeat(n), "}".repeat(n)),
            deep,
        );
        survive(
            &format!("let x = ctx{}; pass()", ".a.b".repeat(n)),
            Refused(""),
        );
    }
    survive(
        &format!(
            "if false {{ }} {} pass()",
            "else if false { }".repeat(3_500)
        ),
        Refused(""),
    );
    survive(
        "for a in [1] { for b in [1] { for c in [1] { } } } throw 1",
        Error("threw"),
    );
}

#[test]
fn values_nested_deep() {
    attack(&[
        ("let a = []; for i in 0..4000 { a = [a]; } a", Error("")),
        (
            "let a = []; for i in 0..100 { a = [a]; } a",
            Error("`check` returned an array"),
        ),
        (
            "let a = []; for i in 0..100 { a = [a]; } let b = a; a == b; pass()",
            Error("nested this deep can't be compared"),
        ),
        (
            "let a = []; for i in 0..100 { a = [a]; } let b = a; b in a; pass()",
            Error("nested this deep can't be compared"),
        ),
        (
            "let a = []; for i in 0..100 { a = [a]; } one_of(1, a); pass()",
            Error("can't be compared"),
        ),
        (
            "let a = []; for i in 0..100 { a = [a]; } let s = `${a}`; throw s.len()",
            Error("threw"),
        ),
        (
            "let a = []; for i in 0..100 { a = [a]; } fail(`${a}`); throw 1",
            Error("threw"),
        ),
        (
            "let m = #{}; for i in 0..4000 { m = #{ m: m }; } m",
            Error(""),
        ),
        (
            "let m = #{}; for i in 0..100 { m = #{ m: m }; } m",
            Error("`check` returned a map"),
        ),
        (
            "let m = #{}; for i in 0..100 { m = #{ m: m }; } `${m}`; m == m; pass()",
            Error("can't be compared"),
        ),
        (
            "let m = #{}; for i in 0..20000 { let n = #{}; n[\"m\"] = m; m = n; } m",
            Error(""),
        ),
        (
            "let a = [1]; for i in 0..100 { a[0] = [a[0]]; } a",
            Error("`check` returned an array"),
        ),
    ]);
}

#[test]
fn closures_that_hold_one_another() {
    attack(&[
        (
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } f",
            Error("`check` returned"),
        ),
        (
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } `${f}`",
            Error("`check` returned"),
        ),
        (
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } f == f",
            Error("can't be compared"),
        ),
        (
            "let f = |x| x; for i in 0..4000 { let g = f; f = |x| g; } [f] == [f]; pass()",
            Error("can't be compared"),
        ),
        // As many as the operations allow, dropped one inside the other.
        (
            "let f = |x| x; for i in 0..1000000 { let g = f; f = |x| g; } pass()",
            Error("the rule was stopped"),
        ),
        (
            "let f = |x| x; for i in 0..1000000 { let g = f; let h = f; f = |x| [g, h]; } pass()",
            Error("the rule was stopped"),
        ),
        (
            "let f = |x| x; for i in 0..1000000 { let g = f; let l = [g]; f = |x| l; } pass()",
            Error("the rule was stopped"),
        ),
        // Closures that hold themselves.
        (
            "let a = [1]; let f = || a; for i in 0..100 { a.push(f); } throw 1",
            Error(""),
        ),
        ("let f = 1; let g = || f; f = g; throw 1", Error("threw")),
        (
            "let f = 1; let g = || f; let h = || g; f = h; `${f}${g}${h}`; throw 1",
            Error("threw"),
        ),
        (
            "let fs = []; for i in 0..300 { let n = i; fs.push(|x| n + x); } throw fs.len()",
            Error("threw"),
        ),
        (
            "[1].map(|a| [1].map(|b| [1].map(|c| [1].map(|d| a)))); throw 1",
            Error(""),
        ),
    ]);
}
