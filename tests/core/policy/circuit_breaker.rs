//! The circuit breaker: a rule that takes too long again and again is not run any more, the same way in every run.

use super::*;

/// Takes longer than 250 ms where the name is `slow`: patterns, each of them new.
const SLOW: &str = "let slow = ctx.observed.name == \"slow\"; \
    for i in 0..3000 { if slow { matches(\"a\", `a{1,900}x${i}`); } } pass()";

#[test]
fn a_rule_given_up_is_an_error_for_all_that_it_was_to_judge() {
    let policy = compile(vec![
        rule("other", "pass()"),
        rule_with(
            "slow",
            "providers: [\"JIRA_CLOUD\"]",
            &format!("fn check(ctx) {{ {SLOW} }}"),
        ),
    ]);
    let slow = Case::new().with(Fact::Name, text("slow"));
    let fast = Case::new();
    let elsewhere = Case::new().with(Fact::ProviderType, text("AZURE"));
    let missing = Subject {
        state: SubjectState::Missing,
        ..fast.subject()
    };
    // Two are not enough: each of them is told by itself.
    let results = policy.evaluate(&[slow.subject(), fast.subject(), slow.subject()], now());
    assert_eq!(results[0][1].outcome, Outcome::Error, "{:?}", results[0][1]);
    assert_eq!(results[1][1].outcome, Outcome::Pass, "{:?}", results[1][1]);
    let mut subjects = vec![fast.subject(), elsewhere.subject(), missing];
    subjects.extend([slow.subject(); 40]);
    subjects.push(fast.subject());
    let begun = Instant::now();
    let first = policy.evaluate(&subjects, now());
    // Forty times twice 250 ms would be 20 s on one thread.
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    let given_up = "the rule was given up: it took longer than 250 ms on 3 connectors";
    for (index, results) in first.iter().enumerate() {
        assert_eq!(
            results[0].outcome,
            if index == 2 {
                Outcome::Skipped
            } else {
                Outcome::Pass
            }
        );
        let result = &results[1];
        match index {
            1 => assert_eq!(result.outcome, Outcome::NotApplicable),
            2 => assert_eq!(result.outcome, Outcome::Skipped),
            _ => {
                assert_eq!(result.outcome, Outcome::Error, "{index}: {result:?}");
                assert_eq!(result.message.as_deref(), Some(given_up), "{index}");
                assert!(result.rule_location.is_some());
            }
        }
    }
    assert_eq!(policy.evaluate(&subjects, now()), first);
    // In the next run the breaker is closed again.
    let results = policy.evaluate(&[fast.subject()], now());
    assert_eq!(results[0][1].outcome, Outcome::Pass);
}
