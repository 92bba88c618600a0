//! What was observed, as far as it may be believed: callers and answers of elsewhere, answers that
//! contradict each other, and a place that was observed twice.
//!
//! Of two answers that contradict each other one is wrong, and which is not known: so what they are
//! about was not read. All observations come through here, live ones and replayed ones.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::model::{
    self, ConnectorId, Fact, Home, Hub, Listing, Observations, Observed, Reading, Summary,
    TargetObservation, Unread, UnreadReason,
};

/// The observations, with whatever can't be believed of them unread.
pub(super) fn believe(observations: &Observations) -> Cow<'_, Observations> {
    let places = second_places(observations);
    let believed = observations.targets.iter().zip(places);
    let believed: Vec<_> = believed
        .map(|(target, place)| match caller(target).or(place) {
            Some(why) => Some(not_read(target, why)),
            None => contradicted(target),
        })
        .collect();
    if believed.iter().all(Option::is_none) {
        return Cow::Borrowed(observations);
    }
    let targets = observations.targets.iter().zip(believed);
    Cow::Owned(Observations {
        targets: targets
            .map(|(target, believed)| believed.unwrap_or_else(|| target.clone()))
            .collect(),
        overrides: observations.overrides.clone(),
        requests: observations.requests,
    })
}

/// For each target, why it is not one: an earlier one is the same account and region.
fn second_places(observations: &Observations) -> Vec<Option<Unread>> {
    let targets = &observations.targets;
    let places = targets.iter().map(|target| {
        let home = if is_read(target) {
            target.home()
        } else {
            Home::default()
        };
        (home.account, home.region)
    });
    let why = |(target, same): (&TargetObservation, Option<usize>)| {
        let (name, other) = (&target.name, &targets[same?].name);
        let Home { account, region } = target.home();
        let message = format!(
            "it turns out to be account {} in {}, which is target `{other}` already: `{other}` and \
             `{name}` are one place",
            account.unwrap_or_default(),
            region.unwrap_or_default(),
        );
        (other != name).then(|| Unread::new(UnreadReason::WrongAccount, message))
    };
    let same = model::same_places(places);
    targets.iter().zip(same).map(why).collect()
}

/// Whether something was found out there: that a hub is off is, and nothing is where it is unread.
fn is_read(target: &TargetObservation) -> bool {
    let is_known = |why: &Unread| why.kind == UnreadReason::HubDisabled;
    target.unread.as_ref().is_none_or(is_known)
}

/// Why whoever looked can't have read this target.
fn caller(target: &TargetObservation) -> Option<Unread> {
    let arn = target.caller_arn.as_deref().filter(|_| is_read(target))?;
    target.home().refuses_caller(arn)
}

fn not_read(target: &TargetObservation, why: Unread) -> TargetObservation {
    TargetObservation {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        caller_arn: target.caller_arn.clone(),
        hub: Hub::Unknown,
        unread: Some(why),
        listing: Listing::NotNeeded,
        connectors: std::collections::BTreeMap::new(),
    }
}

/// Why one answer can't be believed, and the name that it gives where the list has another.
struct Doubt {
    id: ConnectorId,
    why: Unread,
    name: Option<String>,
}

/// The target without what can't be believed of it; `None` where all can.
fn contradicted(target: &TargetObservation) -> Option<TargetObservation> {
    let listing = target.listing.known();
    let mut listed: Vec<&Summary> = listing.iter().collect();
    listed.sort_by_key(|summary| summary.id);
    let home = target.home();
    let answers: Vec<_> = target.connectors.iter().collect();
    let doubts = answers.into_par_iter().filter_map(|(id, observed)| {
        let from = listed.partition_point(|summary| summary.id < *id);
        let listed = listed[from..].iter().take_while(|it| it.id == *id);
        let listed: Vec<_> = listed.copied().collect();
        doubt(home, *id, observed, &listed)
    });
    let doubts: Vec<_> = doubts.collect();
    let unlisted = target.unlisted();
    if doubts.is_empty() && unlisted.is_none() {
        return None;
    }
    let mut target = target.clone();
    let mut known = listing.to_vec();
    for Doubt { id, why, name } in doubts {
        // Whoever looks for one of its names finds it, and it is left aside only under all of them.
        known.extend(name.map(|name| Summary {
            id,
            name: Some(name),
        }));
        if let Some(observed) = target.connectors.get_mut(&id) {
            observed.reading = Unread {
                request_id: observed.request_id.clone(),
                ..why
            }
            .into();
        }
    }
    target.listing = match (target.listing, unlisted) {
        (Listing::Complete(_), Some(rest)) => Listing::partial(known, rest),
        (Listing::Complete(_), None) => Listing::Complete(known),
        (Listing::Partial { rest, .. }, _) => Listing::Partial { known, rest },
        (listing @ (Listing::NotNeeded | Listing::Unread(_)), _) => listing,
    };
    Some(target)
}

/// Why this answer can't be believed, if it can't. `listed` are the list's entries of its id.
fn doubt(
    home: Home<'_>,
    id: ConnectorId,
    observed: &Observed,
    listed: &[&Summary],
) -> Option<Doubt> {
    let malformed = |message: String| Unread::new(UnreadReason::MalformedResponse, message);
    let (why, name) = match &observed.reading {
        Reading::Unread(_) => return None,
        Reading::Missing if listed.is_empty() => return None,
        Reading::Missing => {
            let message = "it is listed, but GetConnectorV2 says that there is none";
            (malformed(message.to_owned()), None)
        }
        Reading::Present(connector) => {
            let arn = connector.text(Fact::ConnectorArn);
            let elsewhere = arn.and_then(|arn| home.refuses(arn, &id));
            let name = connector.text(Fact::Name);
            let other = listed
                .iter()
                .filter_map(|it| it.name.as_deref())
                .find(|listed| name.is_some_and(|name| name != *listed));
            match (elsewhere, name, other) {
                (Some(why), ..) => (why, None),
                (None, Some(name), Some(other)) => {
                    let message =
                        format!("it is listed as `{other}`, but the answer calls it `{name}`");
                    (malformed(message), Some(name.to_owned()))
                }
                (None, ..) => return None,
            }
        }
    };
    Some(Doubt { id, why, name })
}
