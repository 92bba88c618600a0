//! A snapshot becomes the observations that a plan asks for.
//!
//! What the plan needs and was not read when the snapshot was taken is unread. So a replay may know
//! less than a run on AWS, and never more.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use rayon::prelude::*;
use serde_json::value::RawValue;

use super::format::{Answer, Connector, Hub, Listing, Reason, Snapshot, Status, Target};
use crate::{
    model::{
        self, ConnectorId, Home, Observations, Observed, Reading, Requests, Summary,
        TargetObservation, Unread, UnreadReason,
    },
    observed::reading::{present, unread},
    plan::{Plan, Read, TargetPlan},
    wire,
};

/// What `plan` asks for, as far as `snapshot` knows it.
pub fn to_observations(snapshot: &Snapshot<'_>, plan: &Plan) -> Observations {
    let mut targets: BTreeMap<&str, Vec<&Target<'_>>> = BTreeMap::new();
    for target in &snapshot.targets {
        targets.entry(&target.name).or_default().push(target);
    }
    let names: Vec<&str> = targets.keys().copied().collect();
    let observe = |plan: &TargetPlan| {
        let why = match targets.get(plan.target.name.as_str()).map(Vec::as_slice) {
            Some([target]) => return replay(target, plan),
            Some(_) => Unread::new(
                UnreadReason::MalformedResponse,
                "the snapshot has several targets of this name",
            ),
            None => Unread::new(
                UnreadReason::NotInFile,
                format!(
                    "the snapshot has no target of this name; it has: {}",
                    names.join(", ")
                ),
            ),
        };
        unread(plan, why)
    };
    Observations {
        targets: plan.targets.iter().map(observe).collect(),
        overrides: snapshot.overrides.clone(),
        requests: Requests::default(),
    }
}

fn replay(target: &Target<'_>, plan: &TargetPlan) -> TargetObservation {
    let why = match &target.reason {
        Some(reason) => Some(unread_for(Some(reason))),
        None if target.status == Status::Unread => Some(unread_for(None)),
        None => None,
    };
    // That Security Hub is not enabled was read there, too.
    let is_unread = why.is_some() && target.hub != Some(Hub::Disabled);
    let refused = wrong_place(target, plan, is_unread).or_else(|| contradiction(target));
    if let Some(why) = refused {
        return unread(plan, why);
    }
    let known = |text: &str, otherwise: &Option<String>| match text {
        "" => otherwise.clone(),
        text => Some(text.to_owned()),
    };
    let (account, region) = (
        known(&target.account, &plan.target.account),
        known(&target.region, &plan.target.region),
    );
    let home = Home {
        account: account.as_deref(),
        region: region.as_deref(),
    };
    let all = target.listing.as_ref().map(|all| listing(all, home));
    let all = all.map(|listing| check_complete(listing, target));
    let hub = match (target.hub, &all) {
        (Some(Hub::Disabled), _) => model::Hub::Disabled,
        // Whoever answers with a whole list is enabled.
        (Some(Hub::Enabled), _) | (None, Some(model::Listing::Complete(_))) => model::Hub::Enabled,
        (None, _) => model::Hub::Unknown,
    };
    let listed: Option<HashSet<ConnectorId>> = match &all {
        Some(model::Listing::Complete(all)) => Some(all.iter().map(|it| it.id).collect()),
        _ => None,
    };
    let listing = match (all, &why) {
        _ if !plan.list => model::Listing::NotNeeded,
        (Some(listing), _) => listing,
        (None, Some(_)) => model::Listing::NotNeeded,
        (None, None) => model::Listing::Unread(Unread::new(
            UnreadReason::NotInFile,
            "the snapshot doesn't say which connectors exist: they were not listed when it was taken",
        )),
    };
    let mut observation = TargetObservation {
        name: plan.target.name.clone(),
        account,
        region,
        caller_arn: target.caller_arn.clone(),
        hub,
        unread: why,
        listing,
        connectors: BTreeMap::new(),
    };
    // `None` for a connector that stands there several times.
    let mut entries: HashMap<&str, Option<&Connector<'_>>> =
        HashMap::with_capacity(target.connectors.len());
    for connector in &target.connectors {
        entries
            .entry(&connector.connector_id)
            .and_modify(|entry| *entry = None)
            .or_insert(Some(connector));
    }
    let mut reads = plan.first_reads();
    reads.extend(plan.further_reads(&observation.listing));
    // Parsing bodies is most of the work on a large snapshot.
    let observed = reads.into_par_iter().map(|read| {
        let observed = match entries.get(read.id.as_str()) {
            Some(Some(connector)) => observed(connector, &read),
            Some(None) => without_request(Reading::from(Unread::new(
                UnreadReason::MalformedResponse,
                "the snapshot has this connector several times",
            ))),
            // It was not asked for, because nothing of the target could be read.
            None if observation.unread.is_some() => return None,
            None => without_request(not_asked(listed.as_ref(), &read.id)),
        };
        Some((read.id, observed))
    });
    let observed: Vec<_> = observed.collect();
    observation.connectors = observed.into_iter().flatten().collect();
    observation
}

/// Why the snapshot's target is not the inventory's, or can't be shown to be.
fn wrong_place(target: &Target<'_>, plan: &TargetPlan, is_unread: bool) -> Option<Unread> {
    let pairs = [
        (
            "account",
            UnreadReason::WrongAccount,
            &plan.target.account,
            &target.account,
        ),
        (
            "region",
            UnreadReason::WrongRegion,
            &plan.target.region,
            &target.region,
        ),
    ];
    for (what, kind, expected, found) in pairs {
        let message = match (found.as_str(), expected) {
            // Nothing was read there that could be taken for this target's.
            ("", _) if is_unread => continue,
            ("", None) => format!(
                "neither the snapshot nor the inventory says the target's {what}, so whose connectors \
                 these are is not known"
            ),
            ("", Some(expected)) => format!(
                "the snapshot doesn't say the target's {what}, so it can't be shown to be {expected}"
            ),
            (found, Some(expected)) if found != expected => {
                format!("the snapshot was taken in the {what} {found}, not {expected}")
            }
            _ => continue,
        };
        return Some(Unread::new(kind, message));
    }
    None
}

/// Why the snapshot's word that Security Hub is not enabled is not believed, if it isn't. A hub that is
/// off answers nothing, and AWS says in its own words that it is off.
fn contradiction(target: &Target<'_>) -> Option<Unread> {
    if target.hub != Some(Hub::Disabled) {
        return None;
    }
    let malformed = |message| Some(Unread::new(UnreadReason::MalformedResponse, message));
    let is_unread = |connector: &Connector<'_>| matches!(connector.answer, Answer::Unread(_));
    if !target.connectors.iter().all(is_unread)
        || target
            .listing
            .as_ref()
            .is_some_and(|list| list.complete || !list.summaries.is_empty())
    {
        return malformed(
            "the snapshot says that Security Hub is not enabled, and has an answer of it",
        );
    }
    let why = target
        .reason
        .as_ref()
        .map(|reason| unread_for(Some(reason)));
    let account = Some(target.account.as_str()).filter(|it| !it.is_empty());
    match why {
        Some(why) if why.kind == UnreadReason::HubDisabled && !why.message.is_empty() => {
            // Another conflict, which whoever wrote the file took for this one.
            (!wire::hub_is_off(&why.message, account)).then_some(Unread {
                kind: UnreadReason::ServiceError,
                ..why
            })
        }
        None
        | Some(Unread {
            kind: UnreadReason::HubDisabled,
            ..
        }) => malformed(
            "the snapshot says that Security Hub is not enabled, and not in which words AWS said so",
        ),
        Some(_) => malformed(
            "the snapshot says that Security Hub is not enabled, and that something else stood in the way",
        ),
    }
}

/// A reason of the file as the model has it. One of an unknown kind is still a reason to be unread.
fn unread_for(reason: Option<&Reason>) -> Unread {
    let Some(Reason {
        kind,
        message,
        request_id,
    }) = reason
    else {
        let message = "the snapshot doesn't say why";
        return Unread::new(UnreadReason::NotInFile, message);
    };
    let message = message.clone().unwrap_or_default();
    let (kind, message) = match UnreadReason::from_name(kind) {
        Some(kind) => (kind, message),
        None => (UnreadReason::ServiceError, format!("{kind}: {message}")),
    };
    Unread {
        kind,
        message,
        request_id: request_id.clone(),
    }
}

fn listing(listing: &Listing<'_>, home: Home<'_>) -> model::Listing {
    let entry = |entry: &Cow<'_, RawValue>| {
        let (summary, arn) = wire::summary(entry.get())
            .map_err(|error| Unread::new(UnreadReason::MalformedResponse, error.to_string()))?;
        match arn.and_then(|arn| home.refuses(&arn, &summary.id)) {
            Some(why) => Err(why),
            None => Ok(summary),
        }
    };
    let known: Result<Vec<Summary>, Unread> = listing.summaries.par_iter().map(entry).collect();
    match (known, &listing.unread) {
        (Err(why), _) => model::Listing::Unread(Unread {
            message: format!("an entry of the snapshot's listing: {}", why.message),
            ..why
        }),
        (Ok(known), None) if listing.complete => model::Listing::Complete(known),
        // Some entries tell nothing of the others, one of which may have the same name.
        (Ok(known), reason) => model::Listing::partial(known, unread_for(reason.as_ref())),
    }
}

/// The listing, as a partial one if it lacks a connector that the snapshot has an answer of, whether
/// or not the plan asks for that connector.
fn check_complete(listing: model::Listing, target: &Target<'_>) -> model::Listing {
    let model::Listing::Complete(known) = listing else {
        return listing;
    };
    let listed: HashSet<&str> = known.iter().map(|it| it.id.as_str()).collect();
    let is_lacking = |connector: &&Connector<'_>| {
        matches!(connector.answer, Answer::Body(_)) && !listed.contains(&*connector.connector_id)
    };
    let mut lacking = target.connectors.iter().filter(is_lacking);
    match lacking.find_map(|connector| connector.connector_id.parse().ok()) {
        Some(id) => model::Listing::partial(known, model::Listing::lacks(&id)),
        None => model::Listing::Complete(known),
    }
}

fn without_request(reading: Reading) -> Observed {
    Observed {
        reading,
        at: None,
        request_id: None,
    }
}

/// What is known of a connector that the snapshot has no entry for; `listed` are the ids of all
/// that existed, if that is known.
fn not_asked(listed: Option<&HashSet<ConnectorId>>, id: &ConnectorId) -> Reading {
    let message = match listed {
        Some(all) if !all.contains(id) => return Reading::Missing,
        Some(_) => "it was listed when the snapshot was taken, but not read",
        None => "the snapshot doesn't have it: it was not asked for when it was taken",
    };
    Unread::new(UnreadReason::NotInFile, message).into()
}

fn observed(connector: &Connector<'_>, read: &Read) -> Observed {
    let reading = match &connector.answer {
        Answer::Missing => Reading::Missing,
        Answer::Unread(reason) => unread_for(Some(reason)).into(),
        Answer::Body(body) => {
            let absent = "its tags are needed, and were not read when the snapshot was taken";
            present(body.get(), read, connector.tags.as_ref().ok_or(absent)).unwrap_or_else(|why| {
                Reading::from(Unread {
                    request_id: connector.request_id.clone(),
                    ..why
                })
            })
        }
    };
    Observed {
        reading,
        at: connector.observed_at,
        request_id: connector.request_id.clone(),
    }
}
