//! The reads of Security Hub: a connector with its tags, and the listing. Answers become observations;
//! which of them are wanted is not known here.

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    future::Future,
    sync::Arc,
};

use aws_config::SdkConfig;
use aws_sdk_securityhub::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use hubdrift::{
    model::{
        Connector, ConnectorId, Fact, Home, Listing, Observed, Reading, Unread, UnreadReason, Value,
    },
    plan::Read,
    wire,
};
use jiff::Timestamp;

use super::{
    interceptor::BodyInterceptor,
    rate_limiter::RateLimiter,
    refusal::{Refusal, about},
    request::{self, Answer, Request, RequestGate},
};

/// Reads one target.
pub struct Reader {
    pub gate: Arc<RequestGate>,
    client: Client,
    /// The account that answers, and the region that is asked.
    account: String,
    region: Option<String>,
    limiter: RateLimiter,
}

impl Reader {
    /// A reader of this account and region, with a rate limit of its own.
    pub fn new(
        config: &SdkConfig,
        account: String,
        region: Option<String>,
        gate: &Arc<RequestGate>,
    ) -> Self {
        Self {
            gate: gate.clone(),
            client: Client::new(config),
            account,
            region,
            limiter: RateLimiter::new(gate.limits.max_rps, gate.limits.burst),
        }
    }

    fn home(&self) -> Home<'_> {
        Home {
            account: Some(&self.account),
            region: self.region.as_deref(),
        }
    }

    /// The same reason, unless it says that another account's hub is not enabled: that says nothing
    /// about this one's.
    fn checked(&self, why: Unread) -> Unread {
        match why.kind {
            UnreadReason::HubDisabled if !wire::hub_is_off(&why.message, Some(&self.account)) => {
                let kind = UnreadReason::ServiceError;
                Unread { kind, ..why }
            }
            _ => why,
        }
    }

    async fn send<O, E, Sent>(
        &self,
        operation: &'static str,
        subject: &str,
        attempt: impl Fn(BodyInterceptor) -> Sent,
    ) -> Result<Answer<O>, Refusal>
    where
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let request = Request { operation, subject };
        request::send(&self.gate, &self.limiter, request, attempt).await
    }

    /// Reads one connector, and its tags where they are needed.
    pub async fn connector(&self, read: &Read) -> Observed {
        let id = read.id.as_str();
        let answer = self.send("securityhub:GetConnectorV2", id, async |interceptor| {
            let request = self.client.get_connector_v2().connector_id(id);
            request.customize().interceptor(interceptor).send().await
        });
        let answer = answer.await;
        let at = Some(Timestamp::now());
        let (reading, request_id) = match answer {
            Ok(answer) => {
                let connector = self.connector_of(&answer, read).await;
                let reading =
                    connector.map_or_else(Reading::from, |it| Reading::Present(it.into()));
                (reading, answer.request_id)
            }
            Err(Refusal::NotFound { request_id }) => (Reading::Missing, request_id),
            Err(Refusal::Unread(why)) => {
                let request_id = why.request_id.clone();
                (self.checked(why).into(), request_id)
            }
        };
        Observed {
            reading,
            at,
            request_id,
        }
    }

    async fn connector_of<O>(&self, answer: &Answer<O>, read: &Read) -> Result<Connector, Unread> {
        let of_answer = |why| Unread {
            request_id: answer.request_id.clone(),
            ..why
        };
        let mut connector = wire::connector(&answer.body, &read.id)
            .map_err(|error| of_answer(malformed(error.to_string())))?;
        // The answer of another account or region counts as none: it isn't kept, and its tags are not
        // asked for.
        let arn = connector.text(Fact::ConnectorArn);
        if let Some(why) = arn.and_then(|arn| self.home().refuses(arn, &read.id)) {
            return Err(of_answer(why));
        }
        if self.gate.limits.keep_answers {
            let text = std::str::from_utf8(&answer.body).ok();
            connector.keep_answer(text.and_then(wire::redact).map(Arc::from));
        }
        if read.tags {
            // What is needed of the connector was not read, so the connector was not.
            let tags = self.tags(connector.text(Fact::ConnectorArn)).await;
            let tags = tags.map_err(|why| about("its tags could not be read", why))?;
            connector.set(Fact::Tags, Some(Value::Tags(tags)));
        }
        Ok(connector)
    }

    /// Reads the tags of the connector with this ARN.
    async fn tags(&self, arn: Option<&str>) -> Result<BTreeMap<String, String>, Unread> {
        let arn = arn.ok_or_else(|| malformed(wire::NO_ARN_FOR_TAGS.to_owned()))?;
        let operation = "securityhub:ListTagsForResource";
        let answer = self.send(operation, arn, async |interceptor| {
            let request = self.client.list_tags_for_resource().resource_arn(arn);
            request.customize().interceptor(interceptor).send().await
        });
        match answer.await {
            Ok(answer) => wire::tags(&answer.body).map_err(|error| Unread {
                request_id: answer.request_id,
                ..malformed(error.to_string())
            }),
            Err(Refusal::Unread(why)) => Err(why),
            Err(Refusal::NotFound { request_id }) => Err(Unread {
                kind: UnreadReason::ServiceError,
                message: "ListTagsForResource says that there is no such resource".to_owned(),
                request_id,
            }),
        }
    }

    /// Reads every page of the listing; if one can't be read, the listing is unread.
    pub async fn listing(&self) -> Listing {
        let mut summaries = Vec::new();
        let mut tokens = HashSet::new();
        let mut token = None;
        loop {
            match self.page(token, &mut tokens).await {
                Ok(page) => {
                    summaries.extend(page.summaries);
                    token = page.next_token;
                }
                Err(why) => return Listing::Unread(why),
            }
            if token.is_none() {
                return Listing::Complete(summaries);
            }
        }
    }

    /// Reads the page of this token, and adds the token of the next page to `tokens`.
    async fn page(
        &self,
        token: Option<String>,
        tokens: &mut HashSet<String>,
    ) -> Result<wire::Page, Unread> {
        let number = tokens.len() + 1;
        let subject = format!("page {number}");
        let of_listing = format!("{subject} of the listing");
        let operation = "securityhub:ListConnectorsV2";
        let answer = self.send(operation, &subject, async |interceptor| {
            let request = self.client.list_connectors_v2().max_results(100);
            let request = request.set_next_token(token.clone()).customize();
            request.interceptor(interceptor).send().await
        });
        let answer = match answer.await {
            Ok(answer) => answer,
            Err(Refusal::Unread(why)) => {
                let mut why = self.checked(why);
                // A hub that has listed connectors was enabled. What it is now is not known.
                if why.kind == UnreadReason::HubDisabled && number > 1 {
                    why.kind = UnreadReason::ServiceError;
                }
                return Err(about(&of_listing, why));
            }
            Err(refusal) => return Err(refusal.into_unread(&of_listing)),
        };
        let refuse = |why: Unread| Unread {
            request_id: answer.request_id.clone(),
            ..about(&of_listing, why)
        };
        let page =
            wire::page(&answer.body).map_err(|error| refuse(malformed(error.to_string())))?;
        let elsewhere = |(id, arn): &(ConnectorId, String)| self.home().refuses(arn, id);
        if let Some(why) = page.arns.iter().find_map(elsewhere) {
            return Err(refuse(why));
        }
        // A token that comes again would be followed for ever.
        if let Some(next) = &page.next_token
            && !tokens.insert(next.clone())
        {
            return Err(refuse(malformed(
                "its token was given before, so the listing has no end".to_owned(),
            )));
        }
        Ok(page)
    }
}

fn malformed(message: String) -> Unread {
    Unread::new(UnreadReason::MalformedResponse, message)
}
