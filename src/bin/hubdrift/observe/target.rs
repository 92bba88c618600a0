//! Observes one target as its plan says: its identity first, then what exists there, then each
//! connector that is to be read. Whatever fails is part of the observation.

use std::{collections::BTreeMap, sync::Arc};

use hubdrift::{
    inventory::Target,
    model::{
        ConnectorId, Hub, Listing, Observed, Reading, TargetObservation, Unread, UnreadReason,
    },
    plan::{Read, TargetPlan},
};
use tokio::task::JoinSet;

use super::{
    clients::Clients,
    identity::{Identities, Identity},
    reads::Reader,
    request::RequestGate,
    sts::Caller,
    tasks::join_all,
};

/// A target of which nothing could be read.
pub fn unread(target: &Target, why: Unread) -> TargetObservation {
    TargetObservation {
        name: target.name.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        caller_arn: None,
        hub: Hub::Unknown,
        unread: Some(why),
        listing: Listing::NotNeeded,
        connectors: BTreeMap::new(),
    }
}

/// Why a caller is not the one that the target is read as.
pub fn wrong_account(target: &Target, caller: &Caller) -> Option<Unread> {
    let expected = target.account.as_ref()?;
    (*expected != caller.account).then(|| {
        let message = format!(
            "the credentials are for account {}, not {expected}",
            caller.account
        );
        Unread::new(UnreadReason::WrongAccount, message)
    })
}

/// Reads one target as its plan says.
pub async fn observe(
    plan: TargetPlan,
    clients: &Clients,
    identities: &Identities,
    gate: &Arc<RequestGate>,
) -> TargetObservation {
    let unread = |why| unread(&plan.target, why);
    let settings = match clients.settings(&plan.target.name) {
        Ok(settings) => settings,
        Err(why) => return unread(why),
    };
    let region = settings.region.as_ref().map(|it| it.value.clone());
    let identity = identities.identity(settings, &plan.target.credentials);
    let Identity {
        credentials,
        caller,
    } = match identity.await {
        Ok(identity) => identity,
        Err(why) => {
            return TargetObservation {
                region,
                ..unread(why)
            };
        }
    };
    if let Some(why) = wrong_account(&plan.target, &caller) {
        // The account stays the expected one; the one of the caller is in the reason.
        return TargetObservation {
            region,
            caller_arn: caller.arn,
            ..unread(why)
        };
    }
    let mut observation = TargetObservation {
        name: plan.target.name.clone(),
        account: Some(caller.account.clone()),
        region: region.clone(),
        caller_arn: caller.arn,
        hub: Hub::Unknown,
        unread: None,
        listing: Listing::NotNeeded,
        connectors: BTreeMap::new(),
    };
    let config = clients.securityhub(settings).to_builder();
    let config = config.credentials_provider(credentials).build();
    let reader = Arc::new(Reader::new(&config, caller.account, region, gate));

    // The listing goes first: it tells whether there is anything to read at all.
    if plan.list {
        observation.listing = reader.listing().await;
    }
    match &observation.listing {
        Listing::Unread(why) if why.kind == UnreadReason::HubDisabled => {
            observation.hub = Hub::Disabled;
            observation.unread = Some(why.clone());
            return observation;
        }
        Listing::Complete(_) => observation.hub = Hub::Enabled,
        Listing::Unread(_) | Listing::Partial { .. } | Listing::NotNeeded => {}
    }
    let mut reads = plan.first_reads();
    reads.extend(plan.further_reads(&observation.listing));
    observation.connectors = read_all(&reader, reads).await;
    note_hub(&mut observation);
    observation
}

/// Derives from the connectors' answers whether the hub is enabled. A hub that is not enabled answers
/// for no connector, neither that it is there nor that it is missing.
fn note_hub(observation: &mut TargetObservation) {
    let readings = || observation.connectors.values().map(|it| &it.reading);
    if readings().any(|it| matches!(it, Reading::Present(_))) {
        observation.hub = Hub::Enabled;
    }
    let disabled = readings().find_map(|reading| match reading {
        Reading::Unread(why) if why.kind == UnreadReason::HubDisabled => Some(Unread::clone(why)),
        _ => None,
    });
    let any_answered = readings().any(|it| matches!(it, Reading::Present(_) | Reading::Missing));
    if let Some(why) = disabled
        && observation.hub == Hub::Unknown
        && !any_answered
    {
        observation.hub = Hub::Disabled;
        observation.unread = Some(why);
    }
}

/// Reads many connectors at once; how many is bounded by the permits that each attempt takes.
async fn read_all(reader: &Arc<Reader>, reads: Vec<Read>) -> BTreeMap<ConnectorId, Observed> {
    let mut tasks = JoinSet::new();
    let mut observed = BTreeMap::new();
    let progress = &reader.gate.progress;
    progress.planned(reads.len());
    for read in reads {
        // What is left if the task panics.
        let died = Unread::new(
            UnreadReason::ServiceError,
            "the read failed inside hubdrift; please report it",
        );
        observed.insert(
            read.id,
            Observed {
                reading: died.into(),
                at: None,
                request_id: None,
            },
        );
        let reader = reader.clone();
        tasks.spawn(async move { (read.id, reader.connector(&read).await) });
    }
    join_all(observed, tasks, |it| {
        progress.read(!matches!(it.reading, Reading::Unread(_)));
    })
    .await
}
