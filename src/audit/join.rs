//! Everything known of a run becomes one audit.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    Audit, ConnectorRecord, Coverage, DriftRecord, Finding, Judged, ResultRecord, RuleRecord, Run,
    SCHEMA, State, Summary, TargetRecord, TargetStatus, Tool,
    findings::{self, Draft},
    resolve::{self, Resolved, Seen},
    verdict::verdict,
};
use crate::{
    diff::{self, Drift},
    facts::{self, Expectable},
    inventory::{Expected, Inventory},
    model::{Connector, Fact, Hub, Listing, Observations, Outcome, TargetObservation},
    plan::{Plan, TargetPlan},
    policy::{Policy, Rule, RuleResult, Subject, SubjectState, TargetFacts},
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

/// The name and version of this program.
pub fn tool() -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// A connector on its way into the audit.
pub(super) struct Judgement<'a> {
    pub plan: &'a TargetPlan,
    pub facts: &'a Arc<TargetFacts>,
    pub resolved: Resolved<'a>,
    pub drift: Vec<Drift>,
    pub results: Vec<RuleResult>,
}

impl Judgement<'_> {
    pub fn address(&self) -> String {
        match (self.resolved.expected, &self.resolved.id) {
            (Some(expected), _) => expected.address(),
            (None, Some(id)) => format!("{}/{id}", self.facts.name),
            (None, None) => self.facts.name.clone(),
        }
    }

    pub fn state(&self) -> State {
        match &self.resolved.state {
            Seen::Missing => State::Missing,
            Seen::Unread(_)
            | Seen::Present {
                lacking: Some(_), ..
            } => State::Unread,
            Seen::Present { .. } if self.resolved.expected.is_none() => State::Unmanaged,
            Seen::Present { .. } if self.drift.is_empty() => State::InSync,
            Seen::Present { .. } => State::Changed,
        }
    }

    /// Whether it is there, as far as is known.
    fn exists(&self) -> bool {
        self.connector().is_some() || self.resolved.expected.is_none()
    }

    pub fn connector(&self) -> Option<&Connector> {
        self.resolved.connector()
    }
}

/// Joins and judges.
pub fn audit(inputs: Inputs<'_>) -> Audit {
    let Inputs {
        inventory,
        plan,
        observations,
        policy,
        waivers,
        now,
        judged,
        run,
        include_observed,
        interrupted,
    } = inputs;
    let mut expected: BTreeMap<&str, Vec<&Expected>> = BTreeMap::new();
    for connector in &inventory.connectors {
        expected
            .entry(&connector.target)
            .or_default()
            .push(connector);
    }
    let target_facts: Vec<_> = observations
        .targets
        .iter()
        .map(|target| Arc::new(facts_of(target)))
        .collect();
    let mut judgements = Vec::new();
    let mut set_aside = 0;
    for ((plan, target), facts) in plan
        .targets
        .iter()
        .zip(&observations.targets)
        .zip(&target_facts)
    {
        let expected = expected
            .get(target.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        let resolved = resolve::resolve(plan, expected, target);
        set_aside += resolved.set_aside;
        judgements.extend(resolved.connectors.into_iter().map(|resolved| {
            let drift = match (&resolved.state, resolved.expected) {
                (Seen::Present { connector, .. }, Some(expected)) => {
                    diff::diff(expected, connector)
                }
                _ => Vec::new(),
            };
            Judgement {
                plan,
                facts,
                resolved,
                drift,
                results: Vec::new(),
            }
        }));
    }
    evaluate(policy, &mut judgements, now);
    judgements.sort_by_cached_key(Judgement::address);

    let mut ledger = Ledger::new(waivers, now);
    let mut drafts = findings::of_targets(plan, observations);
    drafts.extend(findings::of_connectors(&judgements, policy));
    let exist: Vec<bool> = judgements.iter().map(Judgement::exists).collect();
    let uncompared_fields = judgements.iter().map(uncompared).sum();
    let mut records: Vec<_> = judgements
        .into_par_iter()
        .map(|judgement| record(judgement, include_observed))
        .collect();
    for draft in &mut drafts {
        draft.apply(&mut ledger, &mut records);
    }
    drafts.extend(findings::of_skipped(&drafts, &records, &judged.flags));
    let in_scope = |pattern: &str| {
        plan.targets
            .iter()
            .any(|t| findings::may_be_in(pattern, &t.target.name))
    };
    drafts.extend(findings::of_waivers(&ledger, in_scope));
    let mut findings: Vec<Finding> = drafts
        .into_iter()
        .map(|draft| draft.finish(&judged.flags))
        .collect();
    findings.sort_by(|a, b| order(a).cmp(&order(b)));

    let targets = target_records(plan, observations, inventory);
    let summary = Summary {
        uncompared_fields,
        ..summarise(&records, &findings, &exist, set_aside)
    };
    Audit {
        schema: SCHEMA.to_owned(),
        tool: tool(),
        run,
        verdict: verdict(&findings, interrupted),
        judged,
        summary,
        targets,
        connectors: records,
        findings,
        resolved: Vec::new(),
        rules: policy.rules().iter().map(rule_record).collect(),
        errors: Vec::new(),
    }
}

/// Findings are shown worst kind first, then by place in the account.
fn order(
    finding: &Finding,
) -> (
    super::FindingKind,
    &str,
    Option<&Arc<str>>,
    Option<&str>,
    &str,
) {
    (
        finding.kind,
        &finding.address,
        finding.rule.as_ref(),
        finding.path.as_deref(),
        &finding.message,
    )
}

fn facts_of(target: &TargetObservation) -> TargetFacts {
    TargetFacts {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
    }
}

fn evaluate(policy: &Policy, judgements: &mut [Judgement<'_>], now: Timestamp) {
    let no_labels = BTreeMap::new();
    let subjects: Vec<_> = judgements
        .iter()
        .map(|judgement| Subject {
            target: judgement.facts,
            labels: judgement
                .resolved
                .expected
                .map_or(&no_labels, |expected| &expected.labels),
            expected: judgement
                .resolved
                .expected
                .map_or(&[][..], |expected| &expected.expect),
            state: match &judgement.resolved.state {
                Seen::Present { connector, .. } => SubjectState::Present(connector),
                Seen::Missing => SubjectState::Missing,
                Seen::Unread(why) => SubjectState::Unread(why),
            },
            drift: &judgement.drift,
            tags_read: judgement.resolved.tags_read,
        })
        .collect();
    let results = policy.evaluate(&subjects, now);
    for (judgement, results) in judgements.iter_mut().zip(results) {
        judgement.results = results;
    }
}

fn record(judgement: Judgement<'_>, include_observed: bool) -> ConnectorRecord {
    let (address, state) = (judgement.address(), judgement.state());
    let Judgement {
        facts,
        resolved,
        drift,
        results,
        ..
    } = judgement;
    let connector = resolved.connector();
    let text = |fact| {
        connector
            .and_then(|connector| connector.text(fact))
            .map(str::to_owned)
    };
    let unread = match &resolved.state {
        Seen::Unread(why)
        | Seen::Present {
            lacking: Some(why), ..
        } => Some(why.clone()),
        Seen::Present { .. } | Seen::Missing => None,
    };
    ConnectorRecord {
        address,
        target: facts.name.clone(),
        account: facts.account.clone(),
        region: facts.region.clone(),
        connector_id: resolved.id.as_ref().map(ToString::to_string),
        connector_arn: text(Fact::ConnectorArn),
        name: text(Fact::Name),
        provider: text(Fact::ProviderType),
        labels: resolved
            .expected
            .map(|expected| expected.labels.clone())
            .unwrap_or_default(),
        location: resolved.expected.map(|expected| expected.place.clone()),
        state,
        observed_at: resolved
            .observed
            .and_then(|observed| observed.at)
            .map(|at| at.to_string()),
        request_id: resolved
            .observed
            .and_then(|observed| observed.request_id.clone()),
        unread,
        replaced_by: resolved.replaced_by.as_ref().map(ToString::to_string),
        drift: drift
            .into_iter()
            .map(|drift| DriftRecord {
                drift,
                waiver: None,
            })
            .collect(),
        results: results
            .into_iter()
            .map(|result| ResultRecord {
                result,
                waiver: None,
            })
            .collect(),
        waiver: None,
        observed: connector
            .filter(|_| include_observed)
            .map(diff::facts_to_json),
    }
}

fn target_records(
    plan: &Plan,
    observations: &Observations,
    inventory: &Inventory,
) -> Vec<TargetRecord> {
    let read = plan
        .targets
        .iter()
        .zip(&observations.targets)
        .map(|(plan, target)| {
            let as_expected = resolve::is_disabled_as_expected(plan, target);
            let (status, reason) = match (&target.unread, resolve::unlisted(plan, target)) {
                (Some(_), _) if as_expected => (TargetStatus::Read, None),
                (Some(why), _) => (TargetStatus::Unread, Some(why.clone())),
                (None, Some(why)) => (TargetStatus::Incomplete, Some(why.clone())),
                (None, None) => (TargetStatus::Read, None),
            };
            TargetRecord {
                name: target.name.clone(),
                account: target.account.clone(),
                region: target.region.clone(),
                caller_arn: target.caller_arn.clone(),
                status,
                reason,
                hub: target.hub,
                listed: match &target.listing {
                    Listing::Complete(summaries) => Some(summaries.len() as u64),
                    Listing::NotNeeded | Listing::Partial { .. } | Listing::Unread(_) => None,
                },
                shard: None,
            }
        });
    let left_out = inventory
        .targets
        .iter()
        .filter(|target| plan.left_out.contains(&target.name));
    let left_out = left_out.map(|target| TargetRecord {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        caller_arn: None,
        status: TargetStatus::OutOfScope,
        reason: None,
        hub: Hub::Unknown,
        listed: None,
        shard: None,
    });
    let mut records: Vec<_> = read.chain(left_out).collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    records
}

fn rule_record(rule: &Rule) -> RuleRecord {
    let (meta, is_builtin) = (&rule.meta, rule.source.starts_with("builtin:"));
    RuleRecord {
        id: meta.id.clone(),
        title: meta.title.clone(),
        severity: rule.severity,
        level: rule.level,
        params: rule.params.clone(),
        remediation: meta.remediation.clone(),
        controls: meta.controls.clone(),
        help_uri: meta.help_uri.clone(),
        source: if is_builtin { "builtin" } else { "file" }.to_owned(),
        sha256: rule.sha256.clone(),
        location: (!is_builtin).then(|| rule.place.clone()),
    }
}

fn summarise(
    records: &[ConnectorRecord],
    findings: &[Finding],
    exist: &[bool],
    set_aside: u64,
) -> Summary {
    let mut states: BTreeMap<_, _> = State::ALL.map(|state| (state, 0)).into();
    let outcomes = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::NotApplicable,
        Outcome::Skipped,
        Outcome::Error,
    ];
    let mut outcomes: BTreeMap<_, _> = outcomes.map(|outcome| (outcome, 0)).into();
    let mut coverage = Coverage::default();
    for (record, exists) in records.iter().zip(exist.iter().copied()) {
        *states.entry(record.state).or_default() += 1;
        for result in &record.results {
            *outcomes.entry(result.result.outcome).or_default() += 1;
        }
        let was_read = record.state != State::Unread;
        // What no rule was for was not checked by one.
        let is_verdict = |outcome| matches!(outcome, Outcome::Pass | Outcome::Fail);
        let all_judged = record.results.iter().any(|r| is_verdict(r.result.outcome))
            && record
                .results
                .iter()
                .all(|r| !matches!(r.result.outcome, Outcome::Skipped | Outcome::Error));
        coverage.read.done += u64::from(was_read);
        coverage.checked.done += u64::from(was_read && all_judged);
        coverage.managed.done += u64::from(exists && record.location.is_some());
        coverage.managed.of += u64::from(exists);
    }
    coverage.managed.of += set_aside;
    (coverage.read.of, coverage.checked.of) = (records.len() as u64, records.len() as u64);
    Summary {
        states,
        outcomes,
        counted: findings.iter().filter(|finding| finding.counted).count() as u64,
        waived: findings
            .iter()
            .filter(|finding| finding.waiver.is_some())
            .count() as u64,
        coverage,
        uncompared_fields: 0,
        set_aside,
    }
}

/// How many facts of a managed connector were observed that could be expected and aren't.
fn uncompared(judgement: &Judgement<'_>) -> u64 {
    let (Some(connector), Some(expected)) = (judgement.connector(), judgement.resolved.expected)
    else {
        return 0;
    };
    let is_uncompared = |fact: &&Fact| {
        connector.get(**fact).is_some()
            && facts::spec(**fact).expect == Expectable::Yes
            && !expected
                .expect
                .iter()
                .any(|expectation| expectation.fact == **fact)
    };
    Fact::ALL.iter().filter(is_uncompared).count() as u64
}

/// The audit of a run that has no result to trust.
pub fn failed(judged: Judged, run: Run, errors: Vec<super::ErrorRecord>) -> Audit {
    let states = State::ALL.map(|state| (state, 0)).into();
    Audit {
        schema: SCHEMA.to_owned(),
        tool: tool(),
        run,
        judged,
        verdict: super::Verdict {
            exit_code: 1,
            complete: false,
            drift: false,
            policy: false,
        },
        summary: Summary {
            states,
            ..Summary::default()
        },
        targets: Vec::new(),
        connectors: Vec::new(),
        findings: Vec::new(),
        resolved: Vec::new(),
        rules: Vec::new(),
        errors,
    }
}

/// Marks which draft is about what, so that a waiver is shown there too.
pub(super) fn place_waiver(
    records: &mut [ConnectorRecord],
    draft: &Draft,
    waiver: &super::WaiverRecord,
) {
    use findings::About;
    let Some(record) = draft.connector.and_then(|index| records.get_mut(index)) else {
        return;
    };
    let slot = match draft.about {
        About::State => Some(&mut record.waiver),
        About::Drift(index) => record.drift.get_mut(index).map(|drift| &mut drift.waiver),
        About::Result(index) => {
            if let Some(result) = record.results.get_mut(index) {
                result.waiver = Some(Box::new(waiver.clone()));
            }
            None
        }
        About::Nothing => None,
    };
    if let Some(slot) = slot {
        *slot = Some(waiver.clone());
    }
}
