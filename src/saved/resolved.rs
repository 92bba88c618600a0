//! Whether what an earlier run found is gone: what would show it was read and judged in this run, and is well.

use std::collections::HashMap;

use crate::{
    audit::{
        About, Finding, Joined, Judgement, RuleFinding, State, TargetRecord, reading::Seen, resolve,
    },
    inventory::{Expectation, Unmanaged},
    model::{ConnectorArn, ConnectorId, Fact, Listing, Outcome, TargetObservation},
    plan::TargetPlan,
};

/// An account and a region, as far as they are known.
pub(super) type Where<'a> = [Option<&'a str>; 2];

impl TargetRecord {
    /// Where it is.
    pub(super) fn place(&self) -> Where<'_> {
        [self.account.as_deref(), self.region.as_deref()]
    }
}

impl Finding {
    /// Where it is.
    pub(super) fn place(&self) -> Where<'_> {
        [self.account.as_deref(), self.region.as_deref()]
    }

    /// The connector that it is about, if its ARN is known.
    fn connector(&self) -> Option<ConnectorArn> {
        self.connector_arn.as_deref()?.parse().ok()
    }
}

/// Whether two may be the same account and region: nothing that is known of both differs.
pub(super) fn is_one_place(one: Where<'_>, other: Where<'_>) -> bool {
    let agree = |(a, b): (Option<&str>, Option<&str>)| a.is_none() || b.is_none() || a == b;
    one.into_iter().zip(other).all(agree)
}

/// The run that is compared with the baseline: what was read and judged in it.
pub(super) struct CurrentRun<'a> {
    judgements: &'a [Judgement<'a>],
    by_address: HashMap<String, usize>,
    by_arn: HashMap<&'a str, usize>,
    targets: Vec<(&'a TargetPlan, &'a TargetObservation)>,
}

impl<'a> CurrentRun<'a> {
    pub(super) fn new(joined: &Joined<'a>) -> Self {
        let Joined {
            plan,
            observations,
            judgements,
            ..
        } = *joined;
        let arn = |judgement: &'a Judgement<'a>| judgement.connector()?.text(Fact::ConnectorArn);
        Self {
            judgements,
            by_address: judgements
                .iter()
                .enumerate()
                .map(|(index, judgement)| (judgement.address(), index))
                .collect(),
            by_arn: judgements
                .iter()
                .enumerate()
                .filter_map(|(index, judgement)| Some((arn(judgement)?, index)))
                .collect(),
            targets: plan.targets.iter().zip(&observations.targets).collect(),
        }
    }

    /// Whether what the baseline's finding is about was read and judged in this run, and is well.
    /// That it is not found again is known already.
    pub(super) fn resolves(&self, then: &Finding) -> bool {
        match &then.about {
            About::Missing | About::RuleError(None) => self.present(then).is_some(),
            About::Changed(change) => self.present(then).is_some_and(|now| {
                now.resolved.expected.is_some_and(|expected| {
                    let mut paths = expected.expect.iter().map(Expectation::path);
                    paths.any(|path| path == change.path)
                })
            }),
            About::HubEnabled | About::Unlisted => self.listed(then).is_some(),
            About::Unmanaged => self.is_managed_or_gone(then),
            About::Policy(found) => self.outcome(then, found) == Some(Outcome::Pass),
            About::RuleError(Some(found)) => {
                matches!(
                    self.outcome(then, found),
                    Some(Outcome::Pass | Outcome::Fail)
                )
            }
            About::NotChecked => self.present(then).is_some_and(Judgement::is_checked),
            About::Unread => self.read(then).is_some(),
            About::StaleWaiver(_) => false,
        }
    }

    /// The connector, found or known not to be there; or the one that has taken its address, if it
    /// is gone itself.
    fn read(&self, then: &Finding) -> Option<&Judgement<'a>> {
        let by_arn = then.connector_arn.as_deref();
        let by_arn = by_arn.and_then(|arn| self.by_arn.get(arn));
        let index = by_arn.or_else(|| self.by_address.get(&then.address))?;
        let judgement = &self.judgements[*index];
        let place = [
            judgement.facts.account.as_deref(),
            judgement.facts.region.as_deref(),
        ];
        let is_own = || {
            then.connector().is_none_or(|arn| {
                judgement.resolved.id == Some(arn.id) || self.is_gone(then, arn.id)
            })
        };
        let was_read = judgement.state() != State::Unread;
        (was_read && is_one_place(then.place(), place) && (by_arn.is_some() || is_own()))
            .then_some(judgement)
    }

    /// Whether all that exists in the finding's target is known, and a connector is not among it.
    fn is_gone(&self, then: &Finding, id: ConnectorId) -> bool {
        self.listed(then).is_some_and(|(_, target)| {
            matches!(&target.listing, Listing::Complete(all) if all.iter().all(|it| it.id != id))
        })
    }

    fn present(&self, then: &Finding) -> Option<&Judgement<'a>> {
        self.read(then)
            .filter(|judgement| matches!(judgement.resolved.state, Seen::Present { .. }))
    }

    /// What the finding's rule says of its connector now, if the connector is there.
    fn outcome(&self, then: &Finding, found: &RuleFinding) -> Option<Outcome> {
        let mut results = self.present(then)?.results.iter();
        let own = results.find(|result| result.rule == found.rule)?;
        Some(own.outcome)
    }

    /// The target that the finding's address is or begins with, if all that exists in it is known.
    fn listed(&self, then: &Finding) -> Option<(&'a TargetPlan, &'a TargetObservation)> {
        let name = then.address.split('/').next().unwrap_or_default();
        self.targets.iter().copied().find(|(plan, target)| {
            let place = [target.account.as_deref(), target.region.as_deref()];
            let as_expected = resolve::is_disabled_as_expected(plan, target);
            let reached = target.unread.is_none() && resolve::unlisted(plan, target).is_none();
            target.name == name && is_one_place(then.place(), place) && (reached || as_expected)
        })
    }

    /// Whether a connector that was unmanaged is in the inventory now, or isn't there any more.
    fn is_managed_or_gone(&self, then: &Finding) -> bool {
        if let Some(now) = self.present(then) {
            return now.resolved.expected.is_some();
        }
        // One that nobody would report is not known to be gone.
        let Some((plan, _)) = self.listed(then) else {
            return false;
        };
        let id = match then.connector() {
            Some(arn) => Some(arn.id),
            None => then
                .address
                .split_once('/')
                .and_then(|(_, id)| id.parse().ok()),
        };
        plan.target.unmanaged == Unmanaged::Fail && id.is_some_and(|id| self.is_gone(then, id))
    }
}
