//! The records of an audit: of connectors that were judged, of targets and of rules.

use std::collections::BTreeSet;

use super::{
    ConnectorRecord, DriftRecord, ResultRecord, RuleRecord, TargetRecord, TargetStatus,
    evidence::settings_of, judge::Judgement, resolve,
};
use crate::{
    diff,
    facts::{self, Expectable},
    inventory::{Inventory, RuleSetting},
    model::{Fact, Hub, Listing, Observations, Shared},
    plan::Plan,
    policy::{Rule, RuleResult},
    recent::Recent,
};

/// The record of a connector.
pub(super) fn of_connector(
    judgement: Judgement<'_>,
    records: &mut Records,
    include_observed: bool,
) -> ConnectorRecord {
    let (address, state) = (judgement.address(), judgement.state());
    let uncompared = uncompared(&judgement);
    let compared = judgement.compared();
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
    let unread = resolved.unread().cloned();
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
        observed_at: resolved.observed.and_then(|observed| observed.at),
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
        compared: Some(compared),
        uncompared,
        results: records.of(&results),
        waiver: None,
        observed: connector
            .filter(|_| include_observed)
            .map(diff::facts_to_json),
    }
}

/// Lists of results as they stand in an audit, shared by the connectors whose rule results are. At
/// 100,000 connectors a run takes 339 MB with this, and 408 MB without.
#[derive(Default)]
pub(super) struct Records(Recent<(Shared<RuleResult>, Shared<ResultRecord>)>);

impl Records {
    fn of(&mut self, results: &Shared<RuleResult>) -> Shared<ResultRecord> {
        if let Some((_, records)) = self.0.find(|(one, _)| one.is(results)) {
            return records.clone();
        }
        let record = |result: &RuleResult| ResultRecord {
            result: result.clone(),
            waiver: None,
        };
        let records: Shared<_> = results.iter().map(record).collect();
        self.0.keep((results.clone(), records.clone()));
        records
    }
}

/// The records of the targets, also of those out of scope.
pub(super) fn of_targets(
    plan: &Plan,
    observations: &Observations,
    set_aside: &[u64],
    inventory: &Inventory,
) -> Vec<TargetRecord> {
    let shard_of = |name: &str| plan.shard.map(|shard| shard.of_target(name));
    let read = plan
        .targets
        .iter()
        .zip(&observations.targets)
        .zip(set_aside)
        .map(|((plan, target), &set_aside)| {
            let as_expected = resolve::is_disabled_as_expected(plan, target);
            let asks = plan.is_asked();
            let (status, reason) = match (&target.unread, resolve::unlisted(plan, target)) {
                _ if as_expected => (TargetStatus::Read, None),
                (Some(why), _) => (TargetStatus::Unread, Some(why.clone())),
                (None, _) if !asks => (TargetStatus::NotAsked, None),
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
                hub: if asks { target.hub } else { Hub::Unknown },
                listed: match &target.listing {
                    _ if !asks => None,
                    Listing::Complete(summaries) => {
                        let ids: BTreeSet<_> = summaries.iter().map(|it| &it.id).collect();
                        Some(ids.len() as u64)
                    }
                    Listing::NotNeeded | Listing::Partial { .. } | Listing::Unread(_) => None,
                },
                set_aside,
                shard: shard_of(&target.name),
            }
        });
    let is_elsewhere = |name| plan.elsewhere.contains(name);
    let left_out = inventory
        .targets
        .iter()
        .filter(|target| plan.left_out.contains(&target.name) || is_elsewhere(&target.name));
    let left_out = left_out.map(|target| TargetRecord {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        caller_arn: None,
        status: TargetStatus::OutOfScope,
        reason: None,
        hub: Hub::Unknown,
        listed: None,
        set_aside: 0,
        // What a filter leaves out is in no shard.
        shard: shard_of(&target.name).filter(|_| is_elsewhere(&target.name)),
    });
    read.chain(left_out).collect()
}

/// The record of a rule.
pub(super) fn of_rule(rule: &Rule, settings: &[RuleSetting]) -> RuleRecord {
    let (meta, is_builtin) = (&rule.meta, rule.source.starts_with("builtin:"));
    RuleRecord {
        id: meta.id.clone(),
        title: meta.title.clone(),
        severity: rule.severity,
        level: rule.level,
        params: rule.params.clone(),
        settings: settings_of(&meta.id, settings),
        remediation: meta.remediation.clone(),
        controls: meta.controls.clone(),
        help_uri: meta.help_uri.clone(),
        source: if is_builtin { "builtin" } else { "file" }.to_owned(),
        sha256: rule.sha256.clone(),
        location: (!is_builtin).then(|| rule.place.clone()),
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
