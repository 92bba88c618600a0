//! Rules that don't end, or take long.

use super::*;

const STOPPED: End = Error("the rule was stopped");

#[test]
fn endless_loops() {
    attack(&[
        ("for i in 0..9223372036854775807 { } pass()", STOPPED),
        (
            "for i in range(0, 9223372036854775807, 1) { let x = i; } pass()",
            STOPPED,
        ),
        (
            "for a in 0..1000 { for b in 0..1000 { for c in 0..1000 { } } } pass()",
            STOPPED,
        ),
        (
            "let n = [1]; for i in 0..1000000 { n[0] += 1; } pass()",
            STOPPED,
        ),
        (
            "while true { } pass()",
            Refused("rules loop with `for … in …` only"),
        ),
        (
            "loop { } pass()",
            Refused("rules loop with `for … in …` only"),
        ),
        (
            "do { } while true; pass()",
            Refused("rules loop with `for … in …` only"),
        ),
        (
            "do { } until false; pass()",
            Refused("rules loop with `for … in …` only"),
        ),
    ]);
}

#[test]
fn closures_that_native_functions_call_are_counted_too() {
    attack(&[
        (
            "[1, 2, 3].filter(|x| { for i in 0..90000 { } true }); pass()",
            STOPPED,
        ),
        (
            "[1, 2, 3].map(|x| { for i in 0..90000 { } true }); pass()",
            STOPPED,
        ),
        (
            "[1, 2, 3].some(|x| { for i in 0..90000 { } false }); pass()",
            STOPPED,
        ),
        (
            "[1, 2, 3].all(|x| { for i in 0..90000 { } true }); pass()",
            STOPPED,
        ),
        (
            "[1, 2, 3].find(|x| { for i in 0..90000 { } false }); pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(i); } a.map(|x| a.map(|y| a.map(|z| 1))); pass()",
            Error(""),
        ),
        (
            "ctx.drift.map(|d| { for i in 0..1000000 { } }); pass()",
            STOPPED,
        ),
        // Nothing catches what stopped it.
        (
            "try { [1].map(|x| { for i in 0..1000000 { } }) } catch { } pass()",
            Refused("rules can't catch errors"),
        ),
        (
            "let x = [1].map(|x| { for i in 0..1000000 { } }) ?? 1; pass()",
            STOPPED,
        ),
        (
            "`${[1].map(|x| { for i in 0..1000000 { } })}`; pass()",
            STOPPED,
        ),
        (
            "let f = |x| { for i in 0..1000000 { } \"\" }; `${[1].map(f)}`; pass()",
            STOPPED,
        ),
    ]);
}

#[test]
fn recursion() {
    let deep = Error("call one another more than 16 deep");
    attack(&[
        (
            "fn again(x) { again(x) }\nfn check(ctx) { again(1); pass() }",
            deep,
        ),
        (
            "fn ping(x) { pong(x) }\nfn pong(x) { ping(x) }\nfn check(ctx) { ping(1); pass() }",
            deep,
        ),
        ("fn check(ctx) { check(ctx) }", deep),
        (
            "fn again(x) { [x].map(|y| again(y)) }\nfn check(ctx) { again(1); pass() }",
            deep,
        ),
        (
            "fn again(x) { `${again(x)}` }\nfn check(ctx) { again(1); pass() }",
            deep,
        ),
        (
            "fn again(x) { again(x) + again(x) }\nfn check(ctx) { again(1); pass() }",
            deep,
        ),
        // Sixteen levels, each of them many times: operations, not depth.
        (
            "fn f(n) { if n > 0 { for i in 0..100 { f(n - 1); } } }\nfn check(ctx) { f(12); pass() }",
            STOPPED,
        ),
    ]);
}

#[test]
fn slow_functions() {
    attack(&[
        (
            "let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { s.replace(\"a\", \"b\"); s.replace(\"b\", \"a\"); } pass()",
            STOPPED,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { s.index_of(\"b\"); } pass()",
            STOPPED,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { s.to_upper(); } pass()",
            STOPPED,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { s[-1]; } pass()",
            STOPPED,
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } for i in 0..20000 { s == s; } pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(i); } for i in 0..20000 { a == a; } pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(i); } for i in 0..20000 { 1000 in a; } pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(i); } for i in 0..20000 { `${a}`; } pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(i); } for i in 0..20000 { a + []; } pass()",
            STOPPED,
        ),
        (
            "let a = []; for i in 0..900 { a.push(`${i}`); } for i in 0..20000 { a.join(\"\"); } pass()",
            STOPPED,
        ),
        // Regular expressions: large, exponential elsewhere, many, and held against long texts.
        (
            "matches(\"a\", \"(a{1000}){1000}\"); pass()",
            Error("the regular expression is too large"),
        ),
        (
            "matches(\"a\", `\\w{1000}`); pass()",
            Error("the regular expression is too large"),
        ),
        (
            "let s = \"a\"; for i in 0..15 { s += s; } matches(s, \"(a*)*(a*)*(a?){300}b\"); pass()",
            Error("bytes of text at most"),
        ),
        (
            "let s = \"a\"; for i in 0..12 { s += s; } for i in 0..20000 { matches(s, \"[ab]*a[ab]{300}c?$\"); } pass()",
            STOPPED,
        ),
        (
            "for i in 0..20000 { matches(\"a\", `a{1,50}x${i}`); } pass()",
            STOPPED,
        ),
        (
            "let s = \"((((((((((a{1,9}\"; matches(\"a\", s); pass()",
            Error("is no regular expression"),
        ),
    ]);
}

#[test]
fn values_that_are_read_while_they_change() {
    attack(&[
        (
            "let a = [1, 2]; a.filter(|x| { a.push(x); true }); pass()",
            Error(""),
        ),
        (
            "let a = [1, 2]; let f = |x| a; a.map(|x| f); for i in 0..1000000 { } pass()",
            STOPPED,
        ),
        (
            "let a = [1, 2]; let g = || a; a.map(|x| a.len()); pass()",
            Error("while a function is at work on it"),
        ),
        (
            "let n = 0; [1, 2].map(|x| { n += x; n }); for i in 0..1000000 { } pass()",
            STOPPED,
        ),
    ]);
}
