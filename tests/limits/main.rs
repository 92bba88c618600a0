//! Hostile rules, measured: how much memory each takes at most, and how long it can hold a thread.
//!
//! A program of its own, because the allocator that counts is the whole program's. One test, because
//! tests beside it would be counted too.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use hubdrift::{
    model::{Connector, Fact, Outcome, Value},
    policy::{self, Source, Subject, SubjectState, TargetFacts},
};
use jiff::Timestamp;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a rule may take.
const MOST_MEMORY: usize = 64 << 20;
/// A rule's time, and how much later it may end.
const MOST_TIME: Duration = Duration::from_millis(250 + 50);
/// A machine that stands still for a moment is not the rule's fault: the fastest of these counts.
const TRIES: usize = 5;

/// Begins with a text of 32 KiB in `s`.
const TEXT: &str = "let s = \"a\"; for i in 0..15 { s += s; }";
/// Begins with a list of 900 numbers in `a`.
const LIST: &str = "let a = []; for i in 0..900 { a.push(i); }";

/// Rules that each hold on to as much as they can, or take as long between two readings of the clock.
fn hostile() -> Vec<String> {
    let keep = "let g = f; f = || [g, b];";
    let long = "x".repeat(60_000);
    let ones = "1,".repeat(1_000);
    let mut bodies: Vec<String> = [
        // Closures are what holds most: nobody counts what they have captured.
        format!("{TEXT} let f = || 1; for i in 0..100000 {{ let b = s + i; {keep} }}"),
        format!("{TEXT} let f = || 1; for i in 0..100000 {{ let b = `${{s}}${{i}}`; {keep} }}"),
        format!("{TEXT} let f = || 1; for i in 0..100000 {{ let b = s.to_upper(); {keep} }}"),
        format!("{TEXT} let f = || 1; for i in 0..100000 {{ let b = s; b.replace(\"a\", \"b\"); {keep} }}"),
        format!("{TEXT} let l = [s]; let f = || 1; for i in 0..100000 {{ let b = l[0].to_upper(); {keep} }}"),
        format!("{TEXT} let m = #{{ s: s }}; let f = || 1; for i in 0..100000 {{ let b = m.s + i; {keep} }}"),
        format!("{LIST} let f = || 1; for i in 0..100000 {{ let b = a; {keep} }}"),
        format!("{LIST} let l = [a]; let f = || 1; for i in 0..100000 {{ let b = l[0]; {keep} }}"),
        format!("{LIST} let h = || a; let f = || 1; for i in 0..100000 {{ let b = a; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = [{ones}]; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = `{long}${{i}}`; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = \"{long}\".to_upper(); {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = ctx.observed.description; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = ctx.observed.provider.scope_values; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = ctx.observed; {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = arn(\"arn:aws:kms:us-east-1:111122223333:key/x\"); {keep} }}"),
        format!("let f = || 1; for i in 0..100000 {{ let b = i; {keep} }}"),
        "let f = |x| x; for i in 0..100000 { let g = f; f = |x| g; }".into(),
        "let f = |x| x; for i in 0..100000 { f = |x| 1; }".into(),
        // Maps, whose growth rhai doesn't look at.
        "let m = #{}; for i in 0..100000 { m[`${i}`] = i; }".into(),
        format!("{TEXT} let m = #{{}}; for i in 0..100000 {{ m[`${{i}}`] = s + i; }}"),
        format!("{LIST} let m = #{{}}; for i in 0..100000 {{ m[`${{i}}`] = a; }}"),
        format!("{LIST} let m = #{{ n: #{{}} }}; for i in 0..100000 {{ m.n[`${{i}}`] = a; }}"),
        format!("{TEXT} let m = #{{}}; for i in 0..100000 {{ m[s + i] = i; }}"),
        format!("{TEXT} let m = #{{}}; for i in 0..3000 {{ m[`${{i}}`] = s; }} for i in 0..1000 {{ `${{m}}`; }}"),
        format!("{TEXT} let m = #{{}}; for i in 0..3000 {{ m[`${{i}}`] = s; }} for i in 0..1000 {{ m == m; }}"),
        // Variables, arguments and frames.
        format!("{LIST} one_of({} 1);", "a,".repeat(25_000)),
        format!("{TEXT} one_of({} 1);", "s+1,".repeat(14_000)),
        format!("{LIST} let x = [{}];", "a,".repeat(1_000)),
        // Functions that make a lot of a little, or look for long.
        format!("{TEXT} for i in 0..100000 {{ s.split(\"a\"); }}"),
        format!("{TEXT} for i in 0..100000 {{ s.split(\"\", 1000); }}"),
        format!("{TEXT} for i in 0..100000 {{ s.to_debug(); }}"),
        format!("{TEXT} for i in 0..100000 {{ for c in s {{ break; }} }}"),
        format!("{TEXT} for i in 0..100000 {{ s.index_of(\"ab\", -1); }}"),
        format!("{TEXT} for i in 0..100000 {{ s[-1]; }}"),
        format!("{TEXT} for i in 0..100000 {{ s == s + \"b\"; }}"),
        format!("{LIST} for i in 0..100000 {{ `${{a}}`; }}"),
        format!("{LIST} for i in 0..100000 {{ a == a; }}"),
        format!("{LIST} for i in 0..100000 {{ a.filter(|x| true); }}"),
        format!("{LIST} for i in 0..100000 {{ a.map(|x| a); }}"),
        format!("{LIST} a.map(|x| a.map(|y| a.map(|z| a)));"),
        "for i in 0..100000 { ctx.observed.provider.scope_values.contains(\"x\"); }".into(),
        "let s = ctx.observed.provider.scope_values; for i in 0..100000 { s == s; }".into(),
        "let s = ctx.observed.provider.scope_values; for i in 0..100000 { `${s}`; }".into(),
        "let s = ctx.observed.provider.scope_values; for a in s { for b in s { for c in s { } } }".into(),
        "for i in 0..100000 { matches(\"a\", `a{1,900}x${i}`); }".into(),
        "let t = \"\"; for i in 0..800 { t += if i * i % 7 < 3 { \"0\" } else { \"1\" }; } for i in 0..100000 { matches(t, `[01]*1[01]{300}2?$`); }".into(),
        "let t = \"\"; for i in 0..800 { t += if i * i % 7 < 3 { \"0\" } else { \"1\" }; } matches(t, `[01]*1[01]{3000}2?$`);".into(),
        "for i in 0..100000 { }".into(),
        "for i in 0..9223372036854775807 { let x = i * 2; }".into(),
        "let a = [1, 2]; let g = || a; a.map(|x| a.len());".into(),
    ]
    .into();
    for body in &mut bodies {
        body.push_str(" throw 1");
        *body = format!("fn check(ctx) {{ {body} }}");
    }
    bodies.push(format!(
        "const LIST = [{ones}];\nfn check(ctx) {{ let f = || 1; for i in 0..100000 {{ let b = global::LIST; {keep} }} throw 1 }}"
    ));
    bodies.push(format!(
        "fn f(s, n) {{ if n == 0 {{ return 0; }} {} f(v29, n - 1) }}\nfn check(ctx) {{ {TEXT} f(s, 14); throw 1 }}",
        (0..30).map(|i| format!("let v{i} = s + {i};")).collect::<Vec<_>>().concat()
    ));
    bodies.push(format!(
        "fn f(a, n) {{ if n == 0 {{ return 0; }} {} f(v39, n - 1) }}\nfn check(ctx) {{ {LIST} f(a, 14); throw 1 }}",
        (0..40).map(|i| format!("let v{i} = a;")).collect::<Vec<_>>().concat()
    ));
    bodies
}

#[test]
fn no_rule_takes_more_memory_or_time_than_it_may() {
    let mut connector = Connector::default();
    connector.set(Fact::Name, Some(Value::Text("x".into())));
    connector.set(Fact::Description, Some(Value::Text("x".repeat(60_000))));
    let values = (0..20_000).map(|i| format!("value-{i}")).collect();
    connector.set(Fact::ProviderScopeValues, Some(Value::Set(values)));
    let connector = Arc::new(connector);
    let (target, labels) = (Arc::new(TargetFacts::default()), BTreeMap::new());
    let subject = Subject {
        target: &target,
        labels: &labels,
        expected: &[],
        state: SubjectState::Present(&connector),
        drift: &[],
        tags_read: false,
    };
    let mut failures = Vec::new();
    let (mut most_memory, mut most_time) = (0, Duration::ZERO);
    for functions in hostile() {
        let shown: String = functions.chars().take(150).collect();
        let meta =
            "const META = #{ id: \"r\", title: \"t\", severity: \"low\", remediation: \"r\" };";
        let source = Source {
            path: "r.rhai".into(),
            text: format!("{meta}\n{functions}"),
        };
        let policy = policy::compile(vec![source], &[])
            .unwrap_or_else(|problems| panic!("{shown}: {}", problems[0]));
        // Threads and what they keep are there before it is measured.
        policy.evaluate(&[subject], Timestamp::UNIX_EPOCH);
        let mut fastest = Duration::MAX;
        let mut message = String::new();
        for _ in 0..TRIES {
            MEMORY.reset_peak_usage();
            let before = MEMORY.current_usage();
            let begun = Instant::now();
            let results = policy.evaluate(&[subject], Timestamp::UNIX_EPOCH);
            let took = begun.elapsed();
            let memory = MEMORY.peak_usage() - before;
            let result = &results[0][0];
            assert_eq!(result.outcome, Outcome::Error, "{shown}: {result:?}");
            message = result.message.as_deref().unwrap_or_default().to_owned();
            most_memory = most_memory.max(memory);
            if memory > MOST_MEMORY {
                failures.push(format!("{shown}: {memory} bytes"));
            }
            // What runs into the clock gets a second try.
            let tries = if message.contains("250 ms") { 2 } else { 1 };
            fastest = fastest.min(took / tries);
            if fastest <= MOST_TIME {
                break;
            }
        }
        most_time = most_time.max(fastest);
        if fastest > MOST_TIME {
            failures.push(format!("{shown}: {fastest:?}"));
        }
        println!(
            "{fastest:>12.1?} {:>9} KiB  {message}: {shown}",
            (MEMORY.peak_usage()) / 1024
        );
    }
    println!("most: {most_time:?}, {most_memory} bytes");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
