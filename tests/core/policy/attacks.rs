//! Hostile rules: each ends in an error or isn't accepted, and nothing else notices.
//!
//! A rule here tries to run away, to grow, to reach out, to change what is not its own, to leave something
//! behind for the next evaluation, or to pass without having judged. After each one a well-behaved rule says
//! the same as before: on another connector, and in the same policy beside it.

mod nesting;
mod reach;
mod running;
mod size;
mod words;

use super::*;

/// What becomes of a hostile rule.
#[derive(Clone, Copy)]
enum End {
    /// It isn't accepted; the problem, which has a place, says this.
    Refused(&'static str),
    /// It is accepted and ends as `error`; its message says this.
    Error(&'static str),
}

use End::{Error, Refused};

/// A hostile rule: the body of `check`, or whole functions and constants if it begins with `fn` or `const`.
type Attack = (&'static str, End);

/// One after the other, each between two looks at a rule that behaves. All that is wrong is told at once.
#[track_caller]
fn attack(attacks: &[Attack]) {
    let witness = compile(vec![neighbour()]);
    let other = Case::new().with(Fact::Name, text("another"));
    let before = other.judge(&witness).remove(0);
    assert_eq!(before.outcome, Outcome::Fail, "{before:?}");
    let mut wrong = Vec::new();
    for (hostile, end) in attacks {
        wrong.extend(outlive(hostile, *end).err());
        assert_eq!(
            other.judge(&witness),
            std::slice::from_ref(&before),
            "after {hostile}"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same for one whose text is made.
#[track_caller]
fn survive(hostile: &str, end: End) {
    if let Err(wrong) = outlive(hostile, end) {
        panic!("{wrong}");
    }
}

/// A rule that uses a little of everything.
fn neighbour() -> Source {
    rule_with(
        "neighbour",
        "params: #{ names: [\"jira-secops\"], hours: 2 }",
        "const LIMIT = 3;
        fn close(hours, most) { hours < most }
        fn check(ctx) {
            let seen = [];
            for name in ctx.params.names { seen.push(name); }
            let checked = ctx.observed.health.last_checked_at;
            if !close(hours_since(checked), ctx.params.hours) || global::LIMIT != 3 { return not_applicable(\"late\"); }
            if !matches(ctx.observed.name, \"^[a-z-]+$\") || [1, 2].map(|x| x * 2) != [2, 4] { return not_applicable(\"odd\"); }
            if ctx.observed.name in seen { pass() } else { fail_at(\"name\", `${ctx.observed.name} in ${ctx.labels.env}`) }
        }",
    )
}

/// Lets a rule loose beside another; what is wrong with its end.
fn outlive(hostile: &str, end: End) -> Result<(), String> {
    let source = if hostile.contains("fn check(") {
        rule_with("hostile", "", hostile)
    } else {
        rule("hostile", hostile)
    };
    let shown: String = hostile.chars().take(160).collect();
    let wrong = |what: &str| Err(format!("{shown}: {what}"));
    let (policy, message) = match (policy::compile(vec![source, neighbour()], &[]), end) {
        (Err(problems), Refused(message)) => {
            let told: Vec<_> = problems
                .iter()
                .map(|problem| {
                    format!(
                        "{problem} {}\n",
                        problem.help.as_deref().unwrap_or_default()
                    )
                })
                .collect();
            let told = told.concat();
            let placed = problems.iter().all(|problem| {
                let place = problem.place.as_ref();
                place.is_some_and(|place| &*place.file == "policies/hostile.rhai")
            });
            return if placed && told.contains(message) {
                Ok(())
            } else {
                wrong(&told)
            };
        }
        (Err(problems), Error(_)) => {
            return wrong(&format!("refused: {}", super::shown(&problems)));
        }
        (Ok(_), Refused(_)) => return wrong("accepted"),
        (Ok(policy), Error(message)) => (policy, message),
    };
    // Twice: what it leaves behind would show.
    let case = Case::new();
    for results in policy.evaluate(&[case.subject(), case.subject()], now()) {
        let [result, next] = &results[..] else {
            return wrong(&format!("{results:?}"));
        };
        let told = result.message.clone().unwrap_or_default();
        if result.outcome != Outcome::Error || !told.contains(message) {
            return wrong(&format!("{:?} {told}", result.outcome));
        }
        if result.rule_location.is_none() && !told.starts_with("`check` returned") {
            return wrong("no place");
        }
        if next.outcome != Outcome::Pass {
            return wrong(&format!("beside it: {next:?}"));
        }
    }
    Ok(())
}
