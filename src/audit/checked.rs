//! What was read and checked: of a connector, of a target, of a whole audit.
//!
//! All that says "everything was read and checked" asks here, also of a report that was read back.

use std::collections::HashSet;

use super::{
    About, Audit, ConnectorRecord, Finding, Ratio, State, TargetRecord, TargetStatus, WhyNot, code,
};
use crate::{
    facts,
    inventory::{Expectation, Expected, Inventory},
    model::{Connector, Fact, Hub, Outcome, Place},
    plan::Plan,
    policy::Policy,
};

/// The message of a finding about a connector that nothing checked.
pub const NOTHING_CHECKED: &str =
    "Nothing checked it: no rule gave a verdict on it, and no field of it was compared";

/// How many fields are compared of a connector that is there. What finds it is not among them, and
/// the absence of what its provider can't have neither: no answer could say otherwise.
pub(super) fn compared(expected: &Expected, connector: &Connector) -> u64 {
    let provider = connector.text(Fact::ProviderType);
    let is_compared = |it: &&Expectation| {
        let value = connector.get(it.fact);
        value.is_some()
            || !it.matcher.accepts(value)
            || facts::can_have(facts::spec(it.fact), provider)
    };
    expected.expect.iter().filter(is_compared).count() as u64
}

/// How many targets were asked, of those that there are.
pub(super) fn asked(targets: &[TargetRecord]) -> Ratio {
    let asked = targets.iter().filter(|it| it.status.is_asked());
    Ratio {
        done: asked.count() as u64,
        of: targets.len() as u64,
    }
}

/// Whether a rule gave a verdict, among these outcomes.
pub(super) fn has_verdict(mut outcomes: impl Iterator<Item = Outcome>) -> bool {
    outcomes.any(|it| matches!(it, Outcome::Pass | Outcome::Fail))
}

/// The connectors of which it is known before anything is read that nothing would check them: no
/// rule is on for them, and nothing is expected of them beyond what finds them.
pub fn never_checked(inventory: &Inventory, plan: &Plan, policy: &Policy) -> Vec<(Place, String)> {
    let is_planned = |it: &&Expected| {
        plan.targets
            .iter()
            .any(|plan| plan.target.name == it.target)
    };
    let is_unchecked = |it: &&Expected| {
        let subject = (it.target.as_str(), &it.labels);
        it.expect.is_empty() && !policy.may_judge(std::iter::once(subject))
    };
    let refusal = |it: &Expected| {
        let message = format!(
            "nothing would check `{}`: no rule is on for it, and nothing is expected of it beyond its identity (--allow-empty permits that)",
            it.address()
        );
        (it.place.clone(), message)
    };
    let connectors = inventory.connectors.iter().filter(is_planned);
    connectors.filter(is_unchecked).map(refusal).collect()
}

impl ConnectorRecord {
    fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.results.iter().map(|result| result.result.outcome)
    }

    /// Whether something checked it: a rule gave a verdict or a field was compared.
    fn has_check(&self) -> bool {
        has_verdict(self.outcomes()) || self.compared.is_some_and(|compared| compared > 0)
    }

    /// Whether a rule that is for it did not come to an end.
    fn has_open_rule(&self) -> bool {
        let is_open = |outcome| matches!(outcome, Outcome::Skipped | Outcome::Error);
        self.outcomes().any(is_open)
    }

    /// Whether it was read whole, something checked it, and every rule that is for it came to an end.
    pub fn is_checked(&self) -> bool {
        let is_there = !matches!(self.state, State::Missing | State::Unread);
        is_there && self.unread.is_none() && self.has_check() && !self.has_open_rule()
    }

    /// Whether it is there and nothing checked it. Of a rule that came to no end, its own finding says so.
    pub fn is_unchecked(&self) -> bool {
        let is_there = !matches!(self.state, State::Missing | State::Unread);
        is_there && self.unread.is_none() && !self.has_check() && !self.has_open_rule()
    }
}

impl TargetStatus {
    /// Whether the target was asked, whatever it answered.
    pub const fn is_asked(self) -> bool {
        !matches!(self, Self::NotAsked | Self::OutOfScope)
    }
}

impl Finding {
    /// Whether it makes the run incomplete.
    pub fn is_incomplete(&self) -> bool {
        let is_permitted =
            self.about == About::NotChecked && self.why_not == Some(WhyNot::AllowEmpty);
        self.kind().is_incomplete() && !is_permitted
    }
}

impl Audit {
    /// The names of the targets that nobody asked: earlier versions called them read.
    pub fn not_asked(&self) -> Vec<&str> {
        let with: HashSet<&str> = self.connectors.iter().map(|it| &*it.target).collect();
        let targets = self.targets.iter().filter(|it| match it.status {
            TargetStatus::NotAsked => true,
            TargetStatus::Read => {
                it.listed.is_none() && it.hub != Hub::Disabled && !with.contains(&*it.name)
            }
            TargetStatus::Incomplete | TargetStatus::Unread | TargetStatus::OutOfScope => false,
        });
        targets.map(|it| it.name.as_str()).collect()
    }

    /// Whether everything in scope was read and checked, whatever came of it. The one place where
    /// that is decided; where the audit's parts contradict each other, it was not.
    pub fn is_read_and_checked(&self) -> bool {
        let is_settled = |it: &ConnectorRecord| {
            it.is_checked() || (it.state == State::Missing && it.unread.is_none())
        };
        let is_read = |status| matches!(status, TargetStatus::Read | TargetStatus::OutOfScope);
        let missing = self
            .connectors
            .iter()
            .filter(|it| it.state == State::Missing);
        let missing = missing.count() as u64;
        let coverage = self.summary.coverage;
        self.verdict.complete
            && self.errors.is_empty()
            && matches!(
                self.verdict.exit_code,
                code::CLEAN | code::DRIFT | code::POLICY
            )
            && !self.findings.iter().any(|it| it.kind().is_incomplete())
            && self.targets.iter().all(|it| is_read(it.status))
            && self.not_asked().is_empty()
            && self.connectors.iter().all(is_settled)
            && coverage.read.done >= coverage.read.of
            && coverage.checked.done.saturating_add(missing) >= coverage.checked.of
    }
}
