//! Observations become what was read of a plan and what was not, without a rule or an expected value
//! being looked at. Unread is here what it is in an audit of the same observations.

use super::{Ratio, believe::believe, resolve};
use crate::{
    inventory::Inventory,
    model::{Observations, TargetObservation, Unread},
    plan::{Plan, TargetPlan},
};

/// How much of a plan was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCoverage {
    /// Targets that were asked, of those in the inventory.
    pub targets: Ratio,
    /// Connectors that were read, of those in scope.
    pub connectors: Ratio,
    /// What was not read: connectors first, then targets, each sorted by address.
    pub gaps: Vec<Gap>,
}

/// Something that was not read, or not whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The connector's address, or the target's name.
    pub address: String,
    /// Why it was not read.
    pub message: String,
}

/// How much of `plan` is in `observations`, a target for each of the plan's.
pub fn read_coverage(
    inventory: &Inventory,
    plan: &Plan,
    observations: &Observations,
) -> ReadCoverage {
    let observations = &*believe(observations);
    let mut expected = inventory.connectors_by_target();
    let mut targets = Ratio {
        done: 0,
        of: plan.targets_of as u64,
    };
    let (mut connectors, mut unread, mut unlisted) = (Ratio::default(), vec![], vec![]);
    for (plan, target) in plan.targets.iter().zip(&observations.targets) {
        targets.done += u64::from(is_asked(plan, target));
        unlisted.extend(why_unlisted(plan, target).map(|message| Gap {
            address: target.name.clone(),
            message,
        }));
        let expected = expected.remove(target.name.as_str()).unwrap_or_default();
        for connector in resolve::resolve(plan, &expected, target).connectors {
            connectors.of += 1;
            match connector.unread() {
                None => connectors.done += 1,
                Some(why) => unread.push(Gap {
                    address: connector.address(&target.name),
                    message: why_unread(why),
                }),
            }
        }
    }
    unread.sort();
    unlisted.sort();
    unread.extend(unlisted);
    ReadCoverage {
        targets,
        connectors,
        gaps: unread,
    }
}

/// Whether the target was asked, whatever it answered.
fn is_asked(plan: &TargetPlan, target: &TargetObservation) -> bool {
    plan.is_asked() || target.unread.is_some() || resolve::is_disabled_as_expected(plan, target)
}

/// Why a connector was not read, in the words of its finding.
pub(super) fn why_unread(why: &Unread) -> String {
    format!("{}: {}", why.kind, why.message)
}

/// Why it is not known which connectors a target has, in the words of its finding; `None` where it is.
pub(super) fn why_unlisted(plan: &TargetPlan, target: &TargetObservation) -> Option<String> {
    if resolve::is_disabled_as_expected(plan, target) {
        return None;
    }
    match (&target.unread, resolve::unlisted(plan, target)) {
        (Some(why), _) => Some(format!("nothing of the target could be read: {why}")),
        (None, Some(why)) => Some(format!("which connectors exist is not known: {why}")),
        (None, None) => None,
    }
}
