//! Rules and their test files become a report of what holds.
//!
//! The cases run through [`Policy::evaluate`], with the settings and the drift
//! that a check has: what passes here passes there. Beyond its cases a rule
//! has to be seen passing and failing, and it must not pass by accident
//! (ablation testing, `matrix`): in each case that passes, each answer that the rule
//! may ask for and that need not be there is taken away once, and every enum is set to a
//! value that nobody knows. A rule that still passes has to list it under `tolerates` or
//! `tolerates_unknown`. What no passing case has can't be taken away: that is a failure too.

use std::collections::BTreeMap;

use super::analysis::MayAsk;
use crate::{
    inventory::RuleSetting,
    model::{Level, Outcome, Place},
    policy::{
        paths::id_of,
        rule::Source,
        run::{Policy, compile},
    },
    problem::{self, Problem},
    text::nearest,
    yaml::SourceFile,
};

mod matrix;
mod parse;
mod raw;
mod report;
mod run;
mod situation;
mod values;

pub use crate::policy::paths::{ENDING, rule_path, tests_path};
pub use report::{CheckKind, RuleTests, TestCheck, TestReport};

use parse::{Params, Tests};

/// Tests rules by the test files beside them.
///
/// A rule without one is a failure; a file without a rule is a problem.
///
/// # Errors
/// All that is wrong with rules and test files themselves, sorted by place.
/// Then nothing was tested.
pub fn test(sources: Vec<Source>, files: &[SourceFile]) -> Result<TestReport, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut parsed: BTreeMap<&str, Tests> = BTreeMap::new();
    for file in files {
        match parse::parse(file) {
            Ok(tests) => {
                parsed.insert(&file.path, tests);
            }
            Err(more) => problems.extend(more),
        }
    }
    let wanted: Vec<_> = sources
        .iter()
        .map(|source| tests_path(&source.path))
        .collect();
    problems.extend(files.iter().filter_map(|file| without_rule(file, &wanted)));
    let texts: BTreeMap<_, _> = sources
        .iter()
        .map(|source| (source.path.clone(), source.clone()))
        .collect();
    let policy = match compile(sources, &[]) {
        Ok(policy) => Some(policy),
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    let mut may_ask = policy.as_ref().map_or_else(BTreeMap::new, Policy::may_ask);
    let mut rules = Vec::new();
    for rule in policy.iter().flat_map(Policy::rules) {
        let path = tests_path(&rule.source);
        let checks = match (parsed.get(path.as_str()), texts.get(&rule.source)) {
            (Some(tests), Some(source)) => match Bench::new(source, tests) {
                Ok(bench) => bench.checks(may_ask.remove(&rule.meta.id).unwrap_or_default()),
                Err(more) => {
                    problems.extend(more);
                    continue;
                }
            },
            _ => vec![untested(&rule.meta.id, &rule.place, &path)],
        };
        rules.push(RuleTests {
            rule: rule.meta.id.clone(),
            source: rule.source.clone(),
            tests: path,
            checks,
        });
    }
    if problems.is_empty() {
        return Ok(TestReport { rules });
    }
    problem::sort(&mut problems);
    problems.dedup();
    Err(problems)
}

/// The problem of a test file that no rule stands beside.
fn without_rule(file: &SourceFile, wanted: &[String]) -> Option<Problem> {
    if wanted.contains(&file.path) {
        return None;
    }
    let message = match rule_path(&file.path) {
        Some(rule) => format!("there is no rule `{rule}` for these tests"),
        None => format!("the name of a test file ends with `{ENDING}`"),
    };
    let problem = Problem::at(Place::start_of(file.path.as_str()), message);
    Some(
        match nearest(&file.path, wanted.iter().map(String::as_str)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        },
    )
}

/// A rule that nobody tested.
fn untested(id: &str, place: &Place, path: &str) -> TestCheck {
    let problem = Problem::at(place.clone(), format!("the rule `{id}` has no tests"));
    TestCheck {
        kind: CheckKind::Tested,
        name: "has tests".to_owned(),
        evaluations: 0,
        failure: Some(problem.help(format!("write them into `{path}`"))),
    }
}

/// One rule with its tests, compiled once for each set of parameters that the cases ask for.
struct Bench<'a> {
    tests: &'a Tests,
    policies: Vec<Policy>,
    /// For each case its policy.
    of_case: Vec<usize>,
}

impl<'a> Bench<'a> {
    fn new(source: &Source, tests: &'a Tests) -> Result<Self, Vec<Problem>> {
        let (mut policies, mut of_case, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for params in tests.cases.iter().map(|case| &case.params) {
            let values: BTreeMap<_, _> = params
                .iter()
                .map(|(name, (value, _))| (name, value))
                .collect();
            // Maps of JSON are sorted, so equal parameters have one text.
            let key = serde_json::json!(values).to_string();
            if let Some(&at) = known.get(&key) {
                of_case.push(at);
                continue;
            }
            let settings = [setting(source, &tests.params), setting(source, params)];
            match compile(vec![source.clone()], &settings) {
                Ok(policy) => {
                    known.insert(key, policies.len());
                    of_case.push(policies.len());
                    policies.push(policy);
                }
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() {
            Ok(Self {
                tests,
                policies,
                of_case,
            })
        } else {
            Err(problems)
        }
    }

    fn checks(&self, may_ask: MayAsk) -> Vec<TestCheck> {
        let mut checks = Vec::new();
        let mut matrix = matrix::Matrix::new(may_ask);
        let mut seen = run::Seen::default();
        for (case, policy) in self.tests.cases.iter().zip(&self.of_case) {
            let Some(policy) = self.policies.get(*policy) else {
                continue;
            };
            let check = run::case(policy, case, &mut seen);
            if check.failure.is_none() && case.wanted.outcome == Outcome::Pass {
                matrix.add(policy, case);
            }
            checks.push(check);
        }
        let sound = checks.iter().all(|check| check.failure.is_none());
        checks.extend(seen.checks(&self.tests.place));
        checks.extend(matrix.checks(self.tests, sound));
        checks
    }
}

/// The settings that an inventory would have for these parameters.
fn setting(source: &Source, params: &Params) -> RuleSetting {
    RuleSetting {
        rule: id_of(&source.path).to_owned(),
        rule_place: Place::start_of(source.path.as_str()),
        // A rule that is off by itself is tested all the same.
        level: Some(Level::Mandatory),
        severity: None,
        params: params.clone(),
        set_at: None,
        selector: None,
    }
}
