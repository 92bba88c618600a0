//! `rules test` and `rules lint`: rules become a report of what is wrong with them, and an exit code.

use std::{fmt::Write as _, path::PathBuf};

use anstream::ColorChoice;
use hubdrift::{
    audit::code,
    policy::{
        self,
        testing::{self, CheckKind, RuleTests, TestReport},
    },
    problem::{self, Problem, Sources},
    report::{self, Format},
    text,
};

use super::gather::gather;
use crate::{
    files::{Destination, Outputs, ReportTo},
    terminal,
};

/// What `rules test` was asked for.
#[derive(Debug)]
pub struct TestOptions {
    /// Rules, test files, or directories of them.
    pub paths: Vec<PathBuf>,
    /// The reports.
    pub reports: Vec<ReportTo>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
}

/// A test failed, or lint found something: the code of a rule that failed.
const FOUND: u8 = code::POLICY;

/// Runs the tests.
pub fn test(options: &TestOptions) -> u8 {
    let mut reports = options.reports.clone();
    let stdout = |to: &ReportTo| to.destination == Destination::Stdout;
    if !options.quiet && !reports.iter().any(stdout) {
        reports.push(ReportTo {
            format: Format::Text,
            destination: Destination::Stdout,
        });
    }
    let gathered = gather(&options.paths);
    let inputs = gathered.as_ref().map_or(&[][..], |it| &it.paths);
    let (outputs, errors) = Outputs::open(&reports, inputs, None);
    if !errors.is_empty() {
        return unwritten(errors.iter().map(|error| format!("{error:#}")));
    }
    let (tested, sources) = match gathered {
        Err((problems, sources)) => (Err(problems), sources),
        Ok(gathered) if gathered.rules.is_empty() => (Err(no_rules()), gathered.sources),
        Ok(gathered) => (
            testing::test(gathered.rules, &gathered.tests),
            gathered.sources,
        ),
    };
    let (report, invalid) = match tested {
        Ok(report) => (report, None),
        Err(problems) => (invalid(&problems), Some(problems)),
    };
    if let Some(problems) = &invalid {
        terminal::note(&problem::render(
            problems,
            &sources,
            terminal::colors_stderr(options.color),
        ));
    }
    let lost = outputs.write(|format, to_stdout, lost| {
        let color = to_stdout && terminal::colors_stdout(options.color);
        let problems = lost
            .iter()
            .map(|it| Problem::without_place(it.message.clone()));
        let problems: Vec<_> = problems.collect();
        let bytes = match format {
            Format::Junit if problems.is_empty() => report::rule_tests(&report),
            Format::Junit => report::rule_tests(&self::invalid(&problems)),
            _ if invalid.is_some() => Vec::new(),
            _ if problems.is_empty() => shown(&report, &sources, color).into_bytes(),
            _ => problem::render(&problems, &sources, color).into_bytes(),
        };
        bytes.into()
    });
    if !lost.is_empty() {
        return unwritten(lost.into_iter().map(|lost| lost.message));
    }
    match (invalid, report.failures().next()) {
        (Some(_), _) => code::FAILED,
        (None, Some(_)) => FOUND,
        (None, None) => code::CLEAN,
    }
}

fn no_rules() -> Vec<Problem> {
    let problem = Problem::without_place("there are no rules to test");
    vec![problem.help("name a rule or a directory of them")]
}

/// Says why reports are not written, and gives the exit code.
fn unwritten(errors: impl Iterator<Item = String>) -> u8 {
    for error in errors {
        terminal::note(&format!("error: {}\n", text::terminal(&error)));
    }
    code::FAILED
}

/// The report of tests that could not be run, so that no older green file stays.
fn invalid(problems: &[Problem]) -> TestReport {
    let check = |(index, problem): (usize, &Problem)| testing::TestCheck {
        kind: CheckKind::Tested,
        name: format!("problem {}", index + 1),
        evaluations: 0,
        failure: Some(problem.clone()),
    };
    TestReport {
        rules: vec![RuleTests {
            rule: "rules".into(),
            source: String::new(),
            tests: String::new(),
            checks: problems.iter().enumerate().map(check).collect(),
        }],
    }
}

/// A line for each rule, then all failures.
fn shown(report: &TestReport, sources: &Sources, color: bool) -> String {
    let width = report.rules.iter().map(|rule| rule.rule.chars().count());
    let width = width.max().unwrap_or_default();
    let mut out = String::new();
    let mut failed = 0;
    for rule in &report.rules {
        let holds = rule.checks.iter().all(|check| check.failure.is_none());
        failed += usize::from(!holds);
        let word = match (holds, color) {
            (true, true) => "\u{1b}[32mok    \u{1b}[0m",
            (true, false) => "ok    ",
            (false, true) => "\u{1b}[31mFAILED\u{1b}[0m",
            (false, false) => "FAILED",
        };
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "{word} {:<width$}  {}",
            text::terminal(&rule.rule),
            counts(rule)
        );
    }
    let failures: Vec<_> = report.failures().cloned().collect();
    if !failures.is_empty() {
        out.push('\n');
        out.push_str(&problem::render(&failures, sources, color));
    }
    let rules = report.rules.len();
    let noun = if rules == 1 { "rule" } else { "rules" };
    let _ = match failed {
        0 => writeln!(out, "\n{rules} {noun} tested: all hold"),
        failed => writeln!(out, "\n{rules} {noun} tested: {failed} failed"),
    };
    out
}

/// `5 cases, 2 facts taken away, 1 unknown enum value`.
fn counts(rule: &RuleTests) -> String {
    let words = [
        (CheckKind::Case, "case", "cases"),
        (CheckKind::Absence, "fact taken away", "facts taken away"),
        (
            CheckKind::UnknownEnum,
            "enum made unknown",
            "enums made unknown",
        ),
    ];
    let counted = words.map(|(kind, one, more)| {
        let (held, all) = rule.count(kind);
        let noun = if all == 1 { one } else { more };
        match all {
            0 if kind == CheckKind::Case => Some("no tests".to_owned()),
            0 => None,
            _ if held == all => Some(format!("{all} {noun}")),
            _ => Some(format!("{held} of {all} {noun}")),
        }
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Looks through rules without running them.
pub fn lint(paths: &[PathBuf], color: ColorChoice, quiet: bool) -> u8 {
    let color = terminal::colors_stderr(color);
    let show = |problems: &[Problem], sources: &Sources| {
        terminal::note(&problem::render(problems, sources, color));
    };
    let (rules, sources) = match gather(paths) {
        Ok(gathered) => (gathered.rules, gathered.sources),
        Err((problems, sources)) => {
            show(&problems, &sources);
            return code::FAILED;
        }
    };
    let compiled = match policy::compile(rules, &[]) {
        Ok(policy) if policy.rules().is_empty() => Err(no_rules()),
        compiled => compiled,
    };
    let policy = match compiled {
        Ok(policy) => policy,
        Err(problems) => {
            show(&problems, &sources);
            return code::FAILED;
        }
    };
    let found: Vec<_> = policy.lint().into_iter().map(|lint| lint.problem).collect();
    if !found.is_empty() {
        show(&found, &sources);
        return FOUND;
    }
    if quiet {
        return code::CLEAN;
    }
    let rules = policy.rules().len();
    let noun = if rules == 1 { "rule" } else { "rules" };
    terminal::answer(&format!("{rules} {noun}: nothing found\n"))
}
