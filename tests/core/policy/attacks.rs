//! Hostile rules: each ends in an error or isn't accepted, and nothing else notices.
//!
//! A rule here tries to run away, to grow, to reach out, to change what is not its own, to leave something
//! behind for the next evaluation, or to pass without having judged. After each one a well-behaved rule says
//! the same as before: on another connector, and in the same policy beside it.

mod escape;
mod nesting;
mod running;
mod size;
mod words;

use super::*;

/// How a hostile rule ends.
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

/// Runs attacks one after the other, each between two checks of a rule that behaves. All failures are shown at once.
#[track_caller]
fn attack(attacks: &[Attack]) {
    let witness = compile(vec![neighbour()]);
    let other = Case::new().with(Fact::Name, text("another"));
    let before = other.judge(&witness).remove(0);
    assert_eq!(before.outcome, Outcome::Fail, "{before:?}");
    let mut failures = Vec::new();
    for (hostile, end) in attacks {
        failures.extend(outlive(hostile, *end).err());
        assert_eq!(
            other.judge(&witness),
            std::slice::from_ref(&before),
            "after {hostile}"
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The same for one rule whose text is generated.
#[track_caller]
fn survive(hostile: &str, end: End) {
    if let Err(failure) = outlive(hostile, end) {
        panic!("{failure}");
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

/// Runs a hostile rule beside another; an error says what is wrong with how it ended.
fn outlive(hostile: &str, end: End) -> Result<(), String> {
    let source = if hostile.contains("fn check(") {
        rule_with("hostile", "", hostile)
    } else {
        rule("hostile", hostile)
    };
    let shown: String = hostile.chars().take(160).collect();
    let failed = |what: &str| Err(format!("{shown}: {what}"));
    let (policy, message) = match (policy::compile(vec![source, neighbour()], &[]), end) {
        (Err(problems), Refused(message)) => {
            let messages: Vec<_> = problems
                .iter()
                .map(|problem| {
                    format!(
                        "{problem} {}\n",
                        problem.help.as_deref().unwrap_or_default()
                    )
                })
                .collect();
            let messages = messages.concat();
            let placed = problems.iter().all(|problem| {
                let place = problem.place.as_ref();
                place.is_some_and(|place| &*place.file == "policies/hostile.rhai")
            });
            return if placed && messages.contains(message) {
                Ok(())
            } else {
                failed(&messages)
            };
        }
        (Err(problems), Error(_)) => {
            return failed(&format!("refused: {}", super::shown(&problems)));
        }
        (Ok(_), Refused(_)) => return failed("accepted"),
        (Ok(policy), Error(message)) => (policy, message),
    };
    // Twice: what it leaves behind would show.
    let case = Case::new();
    for results in policy.evaluate(&[case.subject(), case.subject()], now()) {
        let [result, next] = &results[..] else {
            return failed(&format!("{results:?}"));
        };
        let got = result.message.clone().unwrap_or_default();
        if result.outcome != Outcome::Error || !got.contains(message) {
            return failed(&format!("{:?} {got}", result.outcome));
        }
        if result.rule_location.is_none() && !got.starts_with("`check` returned") {
            return failed("no place");
        }
        if next.outcome != Outcome::Pass {
            return failed(&format!("beside it: {next:?}"));
        }
    }
    Ok(())
}
