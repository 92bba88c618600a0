//! Which observation belongs to which expectation, and which connectors nobody expects.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::reading::{Resolved, Seen, named, read};
use crate::{
    inventory::{Expected, Identity},
    model::{ConnectorId, Fact, Hub, Listing, Summary, TargetObservation, Unread, UnreadReason},
    plan::TargetPlan,
};

/// The connectors of one target, and how many unmanaged ones were left aside.
#[derive(Debug, Default)]
pub(super) struct ResolvedTarget<'a> {
    pub connectors: Vec<Resolved<'a>>,
    pub set_aside: u64,
}

/// Joins what is expected in a target with what was observed there.
pub(super) fn resolve<'a>(
    plan: &TargetPlan,
    expected: &[&'a Expected],
    target: &'a TargetObservation,
) -> ResolvedTarget<'a> {
    let listing = Names::of(target, plan, expected);
    let found = expected
        .par_iter()
        .map(|expected| find(plan, expected, target, &listing));
    let mut resolved = ResolvedTarget {
        connectors: found.collect(),
        set_aside: 0,
    };
    let mut managed = BTreeSet::new();
    for (expected, connector) in expected.iter().zip(&resolved.connectors) {
        managed.extend(connector.id);
        // Of several connectors with one name each may be the one that is meant.
        if let (Identity::Name(name), Names::Known { by_name, .. }) = (&expected.identity, &listing)
        {
            managed.extend(
                by_name
                    .get(name.as_str())
                    .into_iter()
                    .flatten()
                    .map(|&id| *id),
            );
        }
    }
    refuse_second_entries(&mut resolved.connectors);
    let nothing_listed =
        matches!(&target.listing, Listing::Complete(summaries) if summaries.is_empty());
    resolved.connectors.par_iter_mut().for_each(|connector| {
        connector.nothing_listed = nothing_listed;
    });
    let (Listing::Complete(summaries)
    | Listing::Partial {
        known: summaries, ..
    }) = &target.listing
    else {
        return resolved;
    };
    let unmanaged: Vec<_> = summaries
        .iter()
        .filter(|summary| !managed.contains(&summary.id))
        .collect();
    note_replacements(&mut resolved.connectors, &unmanaged);
    // Listed under several names, it is left aside only if each of them says so.
    let mut aside: BTreeMap<&ConnectorId, bool> = BTreeMap::new();
    for summary in unmanaged {
        *aside.entry(&summary.id).or_insert(true) &= plan.sets_aside(summary);
    }
    let all = aside.len();
    aside.retain(|_, aside| !*aside);
    resolved.set_aside += (all - aside.len()) as u64;
    let ids: Vec<_> = aside.into_keys().collect();
    let unmanaged = ids
        .into_par_iter()
        .map(|id| read(plan, None, Some(*id), target.connectors.get(id)));
    resolved.connectors.par_extend(unmanaged);
    resolved
}

/// One entry by name and one by id may be for one connector; that shows only when it was found.
/// What was read for one of them, such as tags, need not be what the other asks for.
fn refuse_second_entries(connectors: &mut [Resolved<'_>]) {
    let present = |(index, connector): (usize, &Resolved<'_>)| match connector.state {
        Seen::Present { .. } => Some((connector.id?, index)),
        Seen::Missing | Seen::Unread(_) => None,
    };
    let mut entries: Vec<_> = connectors.iter().enumerate().filter_map(present).collect();
    entries.sort_unstable();
    let same_connector = entries.chunk_by(|(a, _), (b, _)| a == b);
    for entries in same_connector.filter(|entries| entries.len() > 1) {
        let ids: Vec<_> = entries
            .iter()
            .filter_map(|(_, index)| Some(format!("`{}`", connectors[*index].expected?.id)))
            .collect();
        let message = format!(
            "{} are entries for one connector: keep one of them",
            ids.join(" and ")
        );
        for &(_, index) in entries {
            let unread = Unread::new(UnreadReason::MalformedResponse, message.clone());
            connectors[index].state = Seen::Unread(unread);
        }
    }
}

/// A listing, by name.
enum Names<'a> {
    Known {
        by_name: HashMap<&'a str, BTreeSet<&'a ConnectorId>>,
        nameless: usize,
        /// Why a name that isn't there may exist all the same.
        rest: Option<&'a Unread>,
    },
    Unread(Unread),
}

impl<'a> Names<'a> {
    /// The names that `expected` look for, and how many entries have none.
    fn of(target: &'a TargetObservation, plan: &TargetPlan, expected: &[&Expected]) -> Self {
        let (summaries, rest) = match &target.listing {
            Listing::Complete(summaries) => (summaries.as_slice(), None),
            // Not enabled, as expected: nothing is there.
            _ if is_disabled_as_expected(plan, target) => (&[][..], None),
            Listing::Partial { known, rest } => (known.as_slice(), Some(rest)),
            Listing::Unread(why) => return Self::Unread(why.clone()),
            Listing::NotNeeded => {
                let message = "the connectors were not listed";
                return Self::Unread(Unread::new(UnreadReason::ServiceError, message));
            }
        };
        let wanted = expected.iter().filter_map(|it| match &it.identity {
            Identity::Name(name) => Some(name.as_str()),
            Identity::Id(_) | Identity::Arn(_) => None,
        });
        let wanted: HashSet<_> = wanted.collect();
        let mut by_name: HashMap<_, BTreeSet<_>> = HashMap::with_capacity(wanted.len());
        for summary in summaries {
            if let Some(name) = summary.name.as_deref().filter(|it| wanted.contains(it)) {
                by_name.entry(name).or_default().insert(&summary.id);
            }
        }
        let nameless = summaries
            .iter()
            .filter(|summary| summary.name.is_none())
            .count();
        Self::Known {
            by_name,
            nameless,
            rest,
        }
    }
}

/// Why it is not known which connectors exist, where that is needed.
pub(crate) fn unlisted<'a>(plan: &TargetPlan, target: &'a TargetObservation) -> Option<&'a Unread> {
    match &target.listing {
        Listing::Unread(why) => Some(why),
        // Names are found among those that are known; only "nobody added one" needs the others.
        Listing::Partial { rest, .. } if plan.read_unmanaged || !plan.target.hub_enabled => {
            Some(rest)
        }
        Listing::Partial { .. } | Listing::Complete(_) | Listing::NotNeeded => None,
    }
}

/// Whether Security Hub is off in a target, and the inventory says that it should be.
pub(crate) fn is_disabled_as_expected(plan: &TargetPlan, target: &TargetObservation) -> bool {
    !plan.target.hub_enabled && target.hub == Hub::Disabled
}

fn find<'a>(
    plan: &TargetPlan,
    expected: &'a Expected,
    target: &'a TargetObservation,
    names: &Names<'_>,
) -> Resolved<'a> {
    let id = expected.identity.id().copied();
    let without_answer = |id, state| Resolved {
        expected: Some(expected),
        id,
        state,
        observed: None,
        replaced_by: None,
        tags_read: false,
        nothing_listed: false,
    };
    let unread = |id, why| without_answer(id, Seen::Unread(why));
    if is_disabled_as_expected(plan, target) {
        return without_answer(id, Seen::Missing);
    }
    if let Some(why) = &target.unread {
        return unread(id, why.clone());
    }
    if let Some(why) = elsewhere(&expected.identity, target) {
        return unread(id, why);
    }
    match (&expected.identity, names) {
        (Identity::Id(id), _) => read(plan, Some(expected), Some(*id), target.connectors.get(id)),
        (Identity::Arn(arn), _) => {
            let observed = target.connectors.get(&arn.id);
            named(arn, read(plan, Some(expected), Some(arn.id), observed))
        }
        (Identity::Name(_), Names::Unread(why)) => {
            let message = format!(
                "its id is not known, because the listing could not be read: {}",
                why.message
            );
            unread(
                None,
                Unread {
                    message,
                    ..why.clone()
                },
            )
        }
        (
            Identity::Name(name),
            Names::Known {
                by_name,
                nameless,
                rest,
            },
        ) => {
            let ids = by_name
                .get(name.as_str())
                .map(|ids| ids.iter().collect::<Vec<_>>())
                .unwrap_or_default();
            match (ids.as_slice(), nameless, rest) {
                ([], _, Some(rest)) => {
                    let message = format!("no connector of this name is there: {}", rest.message);
                    unread(None, Unread::new(rest.kind, message))
                }
                ([id], 0, None) => {
                    let id = ConnectorId::clone(id);
                    read(plan, Some(expected), Some(id), target.connectors.get(&id))
                }
                // One is known, and another of its name may be there.
                ([id], nameless, rest) => {
                    let (kind, because) = match rest {
                        Some(rest) => (rest.kind, rest.message.clone()),
                        None => (
                            UnreadReason::MalformedResponse,
                            format!("{nameless} entries of the listing have no name"),
                        ),
                    };
                    let message = format!(
                        "whether it is the only connector of the name `{name}` is not known: {because}; write connector_id: {id}"
                    );
                    unread(Some(ConnectorId::clone(id)), Unread::new(kind, message))
                }
                ([], 0, None) => without_answer(None, Seen::Missing),
                ([], nameless, None) => unread(
                    None,
                    Unread::new(
                        UnreadReason::MalformedResponse,
                        format!(
                            "no connector of this name is listed, but {nameless} entries of the listing have no name"
                        ),
                    ),
                ),
                (ids, _, _) => {
                    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                    let message = format!(
                        "{} connectors have the name `{name}` ({}), so which is meant is not known: write the connector_id",
                        ids.len(),
                        ids.join(", ")
                    );
                    unread(None, Unread::new(UnreadReason::MalformedResponse, message))
                }
            }
        }
    }
}

/// Why an ARN can't be looked up here: it is another account's or region's.
fn elsewhere(identity: &Identity, target: &TargetObservation) -> Option<Unread> {
    let Identity::Arn(arn) = identity else {
        return None;
    };
    let differs =
        |ours: &Option<String>, its: &str| ours.as_deref().is_some_and(|ours| ours != its);
    let (account, region) = (&arn.arn.account, &arn.arn.region);
    let kind = if differs(&target.account, account) {
        UnreadReason::WrongAccount
    } else if differs(&target.region, region) {
        UnreadReason::WrongRegion
    } else {
        return None;
    };
    let message = format!(
        "its ARN is of account {account} in {region}, but the target is account {} in {}",
        target.account.as_deref().unwrap_or("unknown"),
        target.region.as_deref().unwrap_or("an unknown region"),
    );
    Some(Unread::new(kind, message))
}

/// Notes for each missing connector an unmanaged one that has its name.
fn note_replacements(connectors: &mut [Resolved<'_>], unmanaged: &[&Summary]) {
    for connector in connectors
        .iter_mut()
        .filter(|connector| matches!(connector.state, Seen::Missing))
    {
        let Some(expected) = connector.expected else {
            continue;
        };
        let expects_name = expected.expect.iter().find(|e| e.fact == Fact::Name);
        let is_it = |summary: &&&Summary| {
            let name = summary.name.clone().map(crate::model::Value::Text);
            match expects_name {
                Some(expectation) => name.is_some() && expectation.matcher.accepts(name.as_ref()),
                None => summary.name.as_ref() == Some(&expected.id),
            }
        };
        connector.replaced_by = unmanaged.iter().find(is_it).map(|summary| summary.id);
    }
}
