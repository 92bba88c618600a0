//! Observations become a snapshot, which says what was read, what is missing and what is unread.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::format::{Answer, Connector, Hub, Listing, Reason, Schema, Snapshot, Status, Target};
use crate::{
    model::{self, ConnectorId, Fact, Observations, Observed, Reading, TargetObservation, Unread},
    wire,
};

/// The snapshot of `observations`, whose reading began at `taken_at`.
///
/// A connector whose answer was not kept is saved as unread: a snapshot holds only what the API sent.
pub fn from_observations(observations: &Observations, taken_at: Timestamp) -> Snapshot<'_> {
    Snapshot {
        schema: Schema,
        taken_at: Some(taken_at),
        overrides: observations.overrides.clone(),
        targets: observations.targets.iter().map(target).collect(),
    }
}

fn target(observed: &TargetObservation) -> Target<'_> {
    Target {
        name: observed.name.clone(),
        account: observed.account.clone().unwrap_or_default(),
        region: observed.region.clone().unwrap_or_default(),
        caller_arn: observed.caller_arn.clone(),
        hub: match observed.hub {
            model::Hub::Enabled => Some(Hub::Enabled),
            model::Hub::Disabled => Some(Hub::Disabled),
            model::Hub::Unknown => None,
        },
        status: match observed.unread {
            Some(_) => Status::Unread,
            None => Status::Read,
        },
        reason: observed.unread.as_ref().map(reason),
        listing: listing(&observed.listing, observed.unlisted().as_ref()),
        connectors: observed
            .connectors
            .iter()
            .map(|(id, observed)| connector(id, observed))
            .collect(),
    }
}

fn reason(unread: &Unread) -> Reason {
    Reason {
        kind: unread.kind.as_str().to_owned(),
        message: Some(unread.message.clone()),
        request_id: unread.request_id.clone(),
    }
}

fn listing<'a>(listing: &model::Listing, lacks: Option<&Unread>) -> Option<Listing<'a>> {
    let (known, unread) = match listing {
        model::Listing::NotNeeded => return None,
        // A list that contradicts an answer is not saved as a complete one.
        model::Listing::Complete(known) => (known.as_slice(), lacks),
        model::Listing::Partial { known, rest } => (known.as_slice(), Some(rest)),
        model::Listing::Unread(why) => (&[][..], Some(why)),
    };
    let entry = |summary| {
        let text = wire::summary_text(summary).ok()?;
        RawValue::from_string(text).ok().map(Cow::Owned)
    };
    let summaries: Vec<_> = known.iter().filter_map(entry).collect();
    Some(Listing {
        // An entry that could not be written would be a connector that is not there.
        complete: unread.is_none() && summaries.len() == known.len(),
        unread: unread.map(reason),
        summaries,
    })
}

fn connector<'a>(id: &ConnectorId, observed: &'a Observed) -> Connector<'a> {
    let (answer, tags) = match &observed.reading {
        Reading::Missing => (Answer::Missing, None),
        Reading::Unread(why) => (Answer::Unread(Box::new(reason(why))), None),
        Reading::Present(connector) => {
            let body = connector
                .answer()
                .and_then(|answer| serde_json::from_str(answer).ok());
            let tags = match connector.get(Fact::Tags) {
                Some(model::Value::Tags(tags)) => Some(tags.clone()),
                _ => None,
            };
            match body {
                Some(body) => (Answer::Body(Cow::Borrowed(body)), tags),
                None => (Answer::Unread(Box::new(not_kept())), None),
            }
        }
    };
    Connector {
        connector_id: Cow::Owned(id.to_string()),
        observed_at: observed.at,
        request_id: observed.request_id.clone(),
        answer,
        tags,
    }
}

fn not_kept() -> Reason {
    Reason {
        kind: model::UnreadReason::NotInFile.as_str().to_owned(),
        message: Some("it was read, but its answer was not kept".to_owned()),
        request_id: None,
    }
}
