//! What came of testing rules as JUnit: a suite for each rule, a case for each thing that must hold.

use junit_report::{OffsetDateTime, Report};

use super::{
    case::{Case, Status},
    suite::{suite, xml},
};
use crate::{
    policy::testing::{RuleTests, TestCheck, TestReport},
    text,
};

/// The report of `rules test` as JUnit XML. Its time is the epoch: equal reports give equal bytes.
pub fn rule_tests(report: &TestReport) -> Vec<u8> {
    let mut out = Report::new();
    for rule in &report.rules {
        let cases = rule.checks.iter().map(|check| case(rule, check)).collect();
        let name = text::terminal(&rule.rule);
        out.add_testsuite(suite(&name, "-", OffsetDateTime::UNIX_EPOCH, cases));
    }
    xml(&out)
}

fn case(rule: &RuleTests, check: &TestCheck) -> junit_report::TestCase {
    let kind = check.kind.as_str();
    // Cases are named by their authors, the others by what was looked at.
    let name = format!("{kind}: {}", check.name);
    let (status, details, place, related) = match &check.failure {
        None => (Status::Pass, Vec::new(), None, None),
        Some(problem) => {
            let status = Status::Failure(
                format!("rule_test.{}", check.kind.as_key()),
                problem.message.clone(),
            );
            let help = problem.help.iter().map(|help| format!("help: {help}"));
            let related = problem.related.as_ref().map(|(place, _)| place);
            (status, help.collect(), problem.place.as_ref(), related)
        }
    };
    Case::new(&rule.rule, &name, status)
        .details(details)
        .place(place)
        .rule_place(related)
        .build()
}
