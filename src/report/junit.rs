//! The JUnit report: a suite for the run and one for each target, a case for each thing that was checked.
//!
//! `failure` counts as drift or policy, `error` makes the run incomplete, and
//! whatever else isn't a pass is `skipped` with its reason. An audit that is
//! incomplete never gives a report without an error, and one that ends with 2
//! or 3 never one without a failure: a last case says so should no other do.

mod case;
mod rules;
mod suite;
mod target;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use junit_report::{Duration, OffsetDateTime, Report};

use crate::{
    audit::{Audit, TargetRecord, code},
    text,
};

use super::common::{
    basis, completeness, coverage, findings::Findings, headline::Headline, value::count,
};

use case::{Case, Status};
pub use rules::rule_tests;
use suite::{RUN, suite};

/// The audit as JUnit XML.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let at = timestamp(audit);
    let mut findings = Findings::of(audit);
    let mut classes = HashSet::from([RUN.to_owned()]);
    let mut by_target: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, record) in audit.connectors.iter().enumerate() {
        by_target.entry(&record.target).or_default().push(index);
    }

    let mut suites = Vec::new();
    for (index, target) in audit.targets.iter().enumerate() {
        let connectors = by_target.remove(target.name.as_str()).unwrap_or_default();
        let cases = target::cases(audit, index, &connectors, &mut findings, &mut classes);
        suites.push(suite(
            &text::terminal(&target.name),
            &hostname(target),
            at,
            cases,
        ));
    }
    // Connectors of targets that the audit doesn't list: there should be none.
    let mut cases = Vec::new();
    let mut others: Vec<usize> = by_target.into_values().flatten().collect();
    others.sort_unstable();
    for index in others {
        target::connector(&mut cases, audit, index, &mut findings, &mut classes);
    }
    let mut run = run_cases(audit, findings);
    run.append(&mut cases);
    let all = suites.iter().flat_map(|suite| &suite.testcases);
    let (mut failures, mut errors) = (0, 0);
    for case in all.chain(&run) {
        failures += u64::from(case.is_failure());
        errors += u64::from(case.is_error());
    }
    run.push(verdict(audit, failures, errors));

    let mut report = Report::new();
    let mut run = suite(RUN, "-", at, run);
    run.system_out = case::output(&basis::lines(audit));
    report.add_testsuite(run);
    report.add_testsuites(suites);
    suite::xml(&report)
}

/// Where the target's connectors were looked for.
fn hostname(target: &TargetRecord) -> String {
    let [account, region] =
        [&target.account, &target.region].map(|part| part.as_deref().unwrap_or("unknown"));
    text::terminal(&format!("{account}.{region}")).into_owned()
}

/// When the run began; the time it was judged at where it doesn't say.
fn timestamp(audit: &Audit) -> OffsetDateTime {
    let began = audit.run.started_at.or(audit.judged.now);
    let seconds = began.map_or(0, Timestamp::as_second);
    // The writer panics on years before 0; nothing was run before 1970.
    OffsetDateTime::from_unix_timestamp(seconds.max(0)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// How long the run took, in whole milliseconds: some readers take no finer times.
fn duration(audit: &Audit) -> Duration {
    let [start, end] = [audit.run.started_at, audit.run.finished_at]
        .map(|time| time.map(Timestamp::as_millisecond));
    match (start, end) {
        (Some(start), Some(end)) => Duration::milliseconds((end - start).max(0)),
        _ => Duration::ZERO,
    }
}

/// What there is to say of the run as a whole.
fn run_cases(audit: &Audit, findings: Findings<'_>) -> Vec<junit_report::TestCase> {
    let lacking = completeness::lacking(audit).join(", ");
    let words = format!("not everything was read and checked: {lacking}");
    let complete = if is_incomplete(audit) {
        Status::Error("incomplete".to_owned(), words)
    } else if audit.is_read_and_checked() {
        Status::Pass
    } else {
        Status::Skipped("incomplete.permitted".to_owned(), words)
    };
    let mut cases = vec![
        Case::new(RUN, "complete", complete)
            .took(duration(audit))
            .build(),
    ];

    let targets = audit.judged.scope.targets;
    let scope = if !coverage::was_judged(audit) {
        let words = "there is no result: nothing was looked at".to_owned();
        Status::Skipped("scope.nothing".to_owned(), words)
    } else if coverage::is_partial(audit) {
        let mut words = format!(
            "{} of {} in scope",
            targets.done,
            count(targets.of, "target")
        );
        if let Some(shard) = &audit.judged.scope.shard {
            words.push_str(&format!(", shard {shard}"));
        }
        for filter in audit.judged.scope.filters.iter().take(20) {
            words.push_str(&format!(", {filter}"));
        }
        Status::Skipped("scope.partial".to_owned(), words)
    } else {
        Status::Pass
    };
    cases.push(Case::new(RUN, "scope", scope).build());

    let rules = if coverage::rules_evaluated(audit) {
        Status::Pass
    } else {
        Status::Skipped("rules.none".to_owned(), "no rule was evaluated".to_owned())
    };
    cases.push(Case::new(RUN, "rules", rules).build());

    let flags = basis::flags(audit);
    if !flags.is_empty() {
        let status = Status::Skipped("flags".to_owned(), flags.join("; "));
        cases.push(Case::new(RUN, "flags", status).build());
    }
    let baseline = basis::baseline(audit);
    if !baseline.is_empty() {
        let status = Status::Skipped("baseline".to_owned(), baseline.join("\n"));
        cases.push(Case::new(RUN, "baseline", status).build());
    }
    for (at, error) in audit.errors.iter().enumerate() {
        let status = Status::Error(
            format!("error.{}", error.kind.as_str()),
            error.message.clone(),
        );
        let name = format!("error {}: {}", at + 1, error.kind.as_str());
        cases.push(
            Case::new(RUN, &name, status)
                .place(error.location.as_ref())
                .build(),
        );
    }
    for (at, finding) in findings.rest(audit).into_iter().enumerate() {
        let name = format!(
            "finding {}: {} {}",
            at + 1,
            finding.kind().as_str(),
            finding.address
        );
        cases.push(target::finding_case(RUN, &name, finding, audit));
    }
    cases
}

/// Whether the run is incomplete, as its exit code says unless a worse one stands in its place.
fn is_incomplete(audit: &Audit) -> bool {
    !completeness::incomplete_because(audit).is_empty()
}

/// The last case: that the cases before it tell what the exit code tells.
fn verdict(audit: &Audit, failures: u64, errors: u64) -> junit_report::TestCase {
    let exit = audit.verdict.exit_code;
    let headline = Headline::of(audit);
    let words = headline.line(audit);
    let wants_error =
        is_incomplete(audit) || !matches!(exit, code::CLEAN | code::DRIFT | code::POLICY);
    let status = if wants_error && errors == 0 {
        let kind = if exit == code::INTERRUPTED {
            "interrupted"
        } else {
            "verdict"
        };
        Status::Error(kind.to_owned(), words)
    } else if matches!(exit, code::DRIFT | code::POLICY) && failures == 0 {
        Status::Failure("verdict".to_owned(), words)
    } else if exit == code::CLEAN && headline.clean {
        Status::Pass
    } else {
        // It has been counted by the cases that it is made of.
        Status::Skipped("verdict".to_owned(), words)
    };
    Case::new(RUN, "verdict", status).build()
}
