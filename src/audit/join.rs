//! Everything known of a run becomes one audit.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;

use super::{
    Age, Audit, BaselineRecord, Finding, Judged, RuleRecord, Run, SCHEMA, Summary, TargetRecord,
    Verdict, WaiverUse,
    believe::believe,
    checked,
    conclude::{conclude, tool},
    findings,
    judge::{self, Judgement},
    records::{self, Records},
};
use crate::{
    inventory::Inventory,
    model::Observations,
    plan::Plan,
    policy::Policy,
    waiver::{Ledger, Waiver},
};

/// What an audit is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// What is expected.
    pub inventory: &'a Inventory,
    /// What was to be read.
    pub plan: &'a Plan,
    /// What was read, a target for each of the plan's.
    pub observations: &'a Observations,
    /// The rules.
    pub policy: &'a Policy,
    /// The waivers.
    pub waivers: &'a [Waiver],
    /// The time to judge at.
    pub now: Timestamp,
    /// Flags, scope and input files.
    pub judged: Judged,
    /// When it ran.
    pub run: Run,
    /// Whether the connectors' facts go into the audit.
    pub include_observed: bool,
    /// Whether reading was cut short.
    pub interrupted: bool,
}

/// What was found in a run, to be compared with an earlier one.
pub(crate) struct Joined<'a> {
    pub plan: &'a Plan,
    pub observations: &'a Observations,
    pub judgements: &'a [Judgement<'a>],
    /// What was found of targets and connectors, and which waivers permit it.
    pub findings: &'a [Finding],
    pub targets: &'a [TargetRecord],
    pub rules: &'a [RuleRecord],
}

/// What comparing a run with an earlier one came to.
pub(crate) struct Comparison {
    /// For each of the run's findings, whether it is new.
    pub ages: Vec<Age>,
    /// The earlier findings that are gone.
    pub resolved: Vec<Finding>,
    /// What it was compared with.
    pub record: BaselineRecord,
}

/// Joins and judges.
pub fn audit(inputs: Inputs<'_>) -> Audit {
    audit_compared(inputs, |_| None)
}

/// Joins and judges, where `compare` says which findings an earlier run had already.
pub(crate) fn audit_compared(
    inputs: Inputs<'_>,
    compare: impl FnOnce(&Joined<'_>) -> Option<Comparison>,
) -> Audit {
    let Inputs {
        inventory,
        plan,
        observations,
        policy,
        waivers,
        now,
        mut judged,
        run,
        include_observed,
        interrupted,
    } = inputs;
    let observations = &*believe(observations);
    let target_facts: Vec<_> = observations
        .targets
        .iter()
        .map(|target| Arc::new(judge::facts_of(target)))
        .collect();
    let (judgements, set_aside) =
        judge::judge(inventory, plan, observations, &target_facts, policy, now);
    let mut targets = records::of_targets(plan, observations, &set_aside, inventory);
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    let rules = policy.rules().iter();
    let rules: Vec<_> = rules
        .map(|rule| records::of_rule(rule, &inventory.policies.rules))
        .collect();
    let mut ledger = Ledger::new(waivers, now);
    let mut findings = findings::of_targets(plan, observations, &targets);
    findings.extend(findings::of_connectors(&judgements, policy, &mut ledger));
    let comparison = compare(&Joined {
        plan,
        observations,
        judgements: &judgements,
        findings: &findings,
        targets: &targets,
        rules: &rules,
    });
    let mut connectors: Vec<_> = judgements
        .into_par_iter()
        .map_init(Records::default, |records, judgement| {
            records::of_connector(judgement, records, include_observed)
        })
        .collect();
    findings::place_waivers(&findings, &mut connectors);
    let waivers: Vec<_> = ledger
        .uses()
        .map(|(waiver, used)| WaiverUse::new(waiver, used))
        .collect();
    let (resolved, baseline) = match comparison {
        Some(comparison) => {
            for (finding, age) in findings.iter_mut().zip(comparison.ages) {
                finding.baseline = Some(age);
            }
            (comparison.resolved, Some(comparison.record))
        }
        None => (Vec::new(), None),
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut more = findings::of_unchecked(&findings, &connectors, &judged.flags);
    more.extend(findings::of_waivers(&waivers, &targets, &connectors, today));
    for finding in &mut more {
        // What is of today was in no earlier run.
        finding.baseline = baseline.is_some().then_some(Age::New);
    }
    findings.extend(more);
    for finding in &mut findings {
        finding.settle(&judged.flags);
    }
    judged.scope.targets = checked::asked(&targets);
    judged
        .overrides
        .splice(0..0, observations.overrides.iter().cloned());
    judged.baseline = baseline;
    let mut audit = Audit {
        schema: SCHEMA.to_owned(),
        tool: tool(),
        run,
        interrupted,
        verdict: Verdict::NONE,
        summary: Summary::default(),
        targets,
        connectors,
        findings,
        resolved,
        rules,
        waivers,
        errors: Vec::new(),
        judged,
    };
    conclude(&mut audit);
    audit
}
