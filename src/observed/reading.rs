//! What files of every format share: a saved answer becomes a reading, and a target of which nothing
//! is known becomes an observation.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{Fact, Hub, Listing, Reading, TargetObservation, Unread, UnreadReason, Value},
    plan::{Read, TargetPlan},
    wire,
};

/// A target of which nothing is known.
pub(super) fn unread(plan: &TargetPlan, why: Unread) -> TargetObservation {
    TargetObservation {
        name: plan.target.name.clone(),
        account: plan.target.account.clone(),
        region: plan.target.region.clone(),
        caller_arn: None,
        hub: Hub::Unknown,
        unread: Some(why),
        listing: Listing::NotNeeded,
        connectors: BTreeMap::new(),
    }
}

/// Reads a saved answer as it would be read from the wire, with the tags where they are needed.
pub(super) fn present(
    body: &str,
    read: &Read,
    tags: Result<&BTreeMap<String, String>, &str>,
) -> Result<Reading, Unread> {
    let mut connector = wire::connector(body.as_bytes(), &read.id)
        .map_err(|error| Unread::new(UnreadReason::MalformedResponse, error.to_string()))?;
    if read.tags {
        if connector.text(Fact::ConnectorArn).is_none() {
            return Err(Unread::new(
                UnreadReason::MalformedResponse,
                wire::NO_ARN_FOR_TAGS,
            ));
        }
        let tags = tags.map_err(|why| Unread::new(UnreadReason::NotInFile, why))?;
        connector.set(Fact::Tags, Some(Value::Tags(tags.clone())));
    }
    Ok(Reading::Present(Arc::new(connector)))
}
