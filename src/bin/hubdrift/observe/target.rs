//! One target: what exists there, and each connector that is to be read.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use aws_sdk_securityhub::Client;
use hubdrift::{
    inventory::Target,
    model::{
        ConnectorId, Fact, Home, Hub, Listing, Observed, Reading, Summary, TargetObservation,
        Unread, UnreadReason, Value,
    },
    plan::{Read, TargetPlan},
    wire,
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{
    access::Reach,
    identity::{Caller, Identity, Keyring},
    rate_limiter::Pace,
    request::{self, Refusal, Request, Shared},
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

/// What reads of one target share.
struct Reader {
    client: Client,
    /// The account that answers, and the region that is asked.
    account: String,
    region: Option<String>,
    pace: Pace,
    shared: Arc<Shared>,
}

impl Reader {
    fn home(&self) -> Home<'_> {
        Home {
            account: Some(&self.account),
            region: self.region.as_deref(),
        }
    }

    /// The obstacle as it is to be believed: that another account's hub is off says nothing of this one's.
    fn believed(&self, why: Unread) -> Unread {
        match why.kind {
            UnreadReason::HubDisabled if !wire::hub_is_off(&why.message, Some(&self.account)) => {
                let kind = UnreadReason::ServiceError;
                Unread { kind, ..why }
            }
            _ => why,
        }
    }
}

/// Reads one target as its plan says.
pub async fn observe(
    plan: TargetPlan,
    reach: &Reach,
    keyring: &Keyring,
    shared: &Arc<Shared>,
) -> TargetObservation {
    let route = match reach.route(&plan.target.name) {
        Ok(route) => route,
        Err(why) => return unread(&plan.target, why),
    };
    let region = route.region.as_ref().map(|it| it.value.clone());
    let found = keyring.identity(route, &plan.target.credentials).await;
    let Identity {
        credentials,
        caller,
    } = match found {
        Ok(identity) => identity,
        Err(why) => {
            return TargetObservation {
                region,
                ..unread(&plan.target, why)
            };
        }
    };
    let mut observation = TargetObservation {
        name: plan.target.name.clone(),
        account: Some(caller.account.clone()),
        region: region.clone(),
        caller_arn: caller.arn.clone(),
        hub: Hub::Unknown,
        unread: None,
        listing: Listing::NotNeeded,
        connectors: BTreeMap::new(),
    };
    if let Some(why) = wrong_account(&plan.target, &caller) {
        // What was asked for stays: the account that answered is only in the reason.
        return TargetObservation {
            account: plan.target.account.clone(),
            unread: Some(why),
            ..observation
        };
    }
    let config = aws_sdk_securityhub::config::Builder::from(&reach.securityhub(route))
        .credentials_provider(credentials);
    let reader = Arc::new(Reader {
        client: Client::from_conf(config.build()),
        account: caller.account,
        region,
        pace: Pace::new(shared.limits.max_rps, shared.limits.burst),
        shared: shared.clone(),
    });

    // The listing goes first: it tells whether there is anything to read at all.
    if plan.list {
        observation.listing = list(&reader).await;
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

/// Says once for the target what its connectors said of the hub. One that is off knows of no
/// connector, neither that it is there nor that it isn't.
fn note_hub(observation: &mut TargetObservation) {
    let readings = || observation.connectors.values().map(|it| &it.reading);
    if readings().any(|it| matches!(it, Reading::Present(_))) {
        observation.hub = Hub::Enabled;
    }
    let off = readings().find_map(|reading| match reading {
        Reading::Unread(why) if why.kind == UnreadReason::HubDisabled => Some(Unread::clone(why)),
        _ => None,
    });
    let knows_any = readings().any(|it| matches!(it, Reading::Present(_) | Reading::Missing));
    if let Some(why) = off
        && observation.hub == Hub::Unknown
        && !knows_any
    {
        observation.hub = Hub::Disabled;
        observation.unread = Some(why);
    }
}

/// Reads many connectors at once; how many is bounded by the permits that each attempt takes.
async fn read_all(reader: &Arc<Reader>, reads: Vec<Read>) -> BTreeMap<ConnectorId, Observed> {
    let mut tasks = JoinSet::new();
    let mut observed = BTreeMap::new();
    reader.shared.progress.planned(reads.len());
    for read in reads {
        // What a task doesn't live to say is unread.
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
        tasks.spawn(async move {
            let said = read_one(&reader, &read).await;
            (read.id, said)
        });
    }
    let read = |said: &Observed| !matches!(said.reading, Reading::Unread(_));
    super::gather(observed, tasks, |said| {
        reader.shared.progress.read(read(said));
    })
    .await
}

/// Reads one connector, and its tags where they are needed.
async fn read_one(reader: &Reader, read: &Read) -> Observed {
    let (client, id) = (&reader.client, read.id.as_str());
    let request = Request {
        operation: "securityhub:GetConnectorV2",
        subject: id,
    };
    let answer = request::call(&reader.shared, &reader.pace, request, async |capture| {
        client
            .get_connector_v2()
            .connector_id(id)
            .customize()
            .interceptor(capture)
            .send()
            .await
            .map(drop)
    })
    .await;
    let at = Some(Timestamp::now());
    let answer = match answer {
        Ok(answer) => answer,
        Err(Refusal::NotFound { request_id }) => {
            return Observed {
                reading: Reading::Missing,
                at,
                request_id,
            };
        }
        Err(Refusal::Unread(why)) => {
            let request_id = why.request_id.clone();
            return Observed {
                reading: reader.believed(why).into(),
                at,
                request_id,
            };
        }
    };
    let request_id = answer.request_id;
    let mut connector = match wire::connector(&answer.body, &read.id) {
        Ok(connector) => connector,
        Err(error) => {
            let kind = UnreadReason::MalformedResponse;
            let why = Unread {
                kind,
                message: error.to_string(),
                request_id: request_id.clone(),
            };
            return Observed {
                reading: why.into(),
                at,
                request_id,
            };
        }
    };
    // An answer of elsewhere is none: it isn't kept, and its tags are nobody's here.
    let arn = connector.text(Fact::ConnectorArn);
    if let Some(why) = arn.and_then(|arn| reader.home().refuses(arn, &read.id)) {
        let why = Unread {
            request_id: request_id.clone(),
            ..why
        };
        return Observed {
            reading: why.into(),
            at,
            request_id,
        };
    }
    if reader.shared.limits.keep_answers {
        let text = std::str::from_utf8(&answer.body).ok();
        connector.keep_answer(text.and_then(wire::redact).map(Arc::from));
    }
    if read.tags {
        match tags(reader, connector.text(Fact::ConnectorArn)).await {
            Ok(tags) => connector.set(Fact::Tags, Some(Value::Tags(tags))),
            // What is needed of the connector was not read, so the connector was not.
            Err(why) => {
                let message = format!("its tags could not be read: {}", why.message);
                return Observed {
                    reading: Unread { message, ..why }.into(),
                    at,
                    request_id,
                };
            }
        }
    }
    Observed {
        reading: Reading::Present(Arc::new(connector)),
        at,
        request_id,
    }
}

/// Reads the tags of the connector with this ARN.
async fn tags(reader: &Reader, arn: Option<&str>) -> Result<BTreeMap<String, String>, Unread> {
    let malformed = |message: String| Unread::new(UnreadReason::MalformedResponse, message);
    let arn = arn.ok_or_else(|| malformed(wire::NO_ARN_FOR_TAGS.to_owned()))?;
    let client = &reader.client;
    let request = Request {
        operation: "securityhub:ListTagsForResource",
        subject: arn,
    };
    let answer = request::call(&reader.shared, &reader.pace, request, async |capture| {
        client
            .list_tags_for_resource()
            .resource_arn(arn)
            .customize()
            .interceptor(capture)
            .send()
            .await
            .map(drop)
    })
    .await;
    match answer {
        Ok(answer) => wire::tags(&answer.body).map_err(|error| Unread {
            request_id: answer.request_id,
            ..malformed(error.to_string())
        }),
        Err(Refusal::Unread(why)) => Err(why),
        Err(Refusal::NotFound { request_id }) => {
            let message = "ListTagsForResource says that there is no such resource";
            Err(Unread {
                request_id,
                ..Unread::new(UnreadReason::ServiceError, message)
            })
        }
    }
}

/// Reads every page of the listing, or says why what exists is not known.
async fn list(reader: &Reader) -> Listing {
    let mut summaries: Vec<Summary> = Vec::new();
    let mut tokens: HashSet<String> = HashSet::new();
    let mut token: Option<String> = None;
    loop {
        let (client, next) = (&reader.client, &token);
        let page = tokens.len() + 1;
        let subject = format!("page {page}");
        let request = Request {
            operation: "securityhub:ListConnectorsV2",
            subject: &subject,
        };
        let answer = request::call(&reader.shared, &reader.pace, request, async |capture| {
            let request = client
                .list_connectors_v2()
                .max_results(100)
                .set_next_token(next.clone());
            request
                .customize()
                .interceptor(capture)
                .send()
                .await
                .map(drop)
        })
        .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(Refusal::Unread(why)) => {
                let why = reader.believed(why);
                // A hub that has listed connectors was enabled: what it is now is not known.
                let kind = match why.kind {
                    UnreadReason::HubDisabled if page > 1 => UnreadReason::ServiceError,
                    kind => kind,
                };
                return Listing::Unread(Unread {
                    kind,
                    message: format!("page {page} of the listing: {}", why.message),
                    ..why
                });
            }
            Err(Refusal::NotFound { request_id }) => {
                let message = format!("page {page} of the listing was not found at the endpoint");
                return Listing::Unread(Unread {
                    request_id,
                    ..Unread::new(UnreadReason::ServiceError, message)
                });
            }
        };
        let malformed = |message: String| {
            let message = format!("page {page} of the listing: {message}");
            let kind = UnreadReason::MalformedResponse;
            Listing::Unread(Unread {
                kind,
                message,
                request_id: answer.request_id.clone(),
            })
        };
        let read = match wire::page(&answer.body) {
            Ok(read) => read,
            Err(error) => return malformed(error.to_string()),
        };
        let elsewhere = |(id, arn): &(ConnectorId, String)| reader.home().refuses(arn, id);
        if let Some(why) = read.arns.iter().find_map(elsewhere) {
            return Listing::Unread(Unread {
                message: format!("page {page} of the listing: {}", why.message),
                request_id: answer.request_id.clone(),
                ..why
            });
        }
        summaries.extend(read.summaries);
        match read.next_token {
            None => return Listing::Complete(summaries),
            // A token that comes again would be followed for ever.
            Some(next) if !tokens.insert(next.clone()) => {
                return malformed(
                    "its token was given before, so the listing has no end".to_owned(),
                );
            }
            Some(next) => token = Some(next),
        }
    }
}
