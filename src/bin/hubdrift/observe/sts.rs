//! The three operations of STS that are used: who is calling, and credentials for a role.

use std::{error::Error, future::Future, sync::Arc, time::SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::{Client, types};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use hubdrift::model::{Unread, UnreadReason, is_account};

use super::{
    interceptor::BodyInterceptor,
    rate_limiter::RateLimiter,
    refusal::no_credentials,
    request::{self, Answer, Request, RequestGate},
    settings::Token,
};

/// STS takes far more than Security Hub: its quota is 600 a second for each account and region.
const RATE: f64 = 100.0;
const BURST: u32 = 100;

/// The session's name where none is set.
const SESSION_NAME: &str = "hubdrift";

/// How STS is asked.
#[derive(Debug, Clone)]
pub struct Sts {
    pub gate: Arc<RequestGate>,
    limiter: Arc<RateLimiter>,
}

/// A role to assume.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
    /// How long the session lasts, in seconds.
    pub duration: Option<i32>,
}

/// Who is calling, as `sts:GetCallerIdentity` answers.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that the credentials are for.
    pub account: String,
    /// The user or role.
    pub arn: Option<String>,
}

impl Sts {
    /// STS behind this gate, with a rate limit of its own.
    pub fn new(gate: &Arc<RequestGate>) -> Self {
        Self {
            gate: gate.clone(),
            limiter: Arc::new(RateLimiter::new(RATE, BURST)),
        }
    }

    /// Whose credentials these are.
    pub async fn caller(
        &self,
        config: &SdkConfig,
        credentials: &Credentials,
    ) -> Result<Caller, Unread> {
        let credentials = SharedCredentialsProvider::new(credentials.clone());
        let config = config.to_builder().credentials_provider(credentials);
        let client = Client::new(&config.build());
        let request = Request {
            operation: "sts:GetCallerIdentity",
            subject: "",
        };
        let answer = self.send(request, async |interceptor| {
            let request = client.get_caller_identity();
            request.customize().interceptor(interceptor).send().await
        });
        let answer = answer.await?;
        match answer.output.map(|it| (it.account, it.arn)) {
            Some((Some(account), arn)) if is_account(&account) => Ok(Caller { account, arn }),
            _ => Err(Unread {
                kind: UnreadReason::MalformedResponse,
                message: "sts:GetCallerIdentity answered without an account".to_owned(),
                request_id: answer.request_id,
            }),
        }
    }

    /// Credentials of a role, for the credentials of the client.
    pub async fn assume_role(&self, client: &Client, role: &Role) -> Result<Credentials, Unread> {
        let request = Request {
            operation: "sts:AssumeRole",
            subject: &role.arn,
        };
        self.session(request, async |interceptor| {
            let request = client
                .assume_role()
                .role_arn(&role.arn)
                .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
                .set_external_id(role.external_id.clone())
                .set_duration_seconds(role.duration);
            let output = request.customize().interceptor(interceptor).send().await?;
            Ok(output.credentials)
        })
        .await
    }

    /// Credentials of a role, for the token in a file.
    pub async fn assume_role_with_web_identity(
        &self,
        client: &Client,
        token: &Token,
    ) -> Result<Credentials, Unread> {
        // Read each time, because whoever provides it replaces it.
        let text = std::fs::read_to_string(&token.file).map_err(|error| {
            let file = &token.file;
            no_credentials(format!("the token in {file} can't be read: {error}"))
        })?;
        let request = Request {
            operation: "sts:AssumeRoleWithWebIdentity",
            subject: &token.arn,
        };
        self.session(request, async |interceptor| {
            let request = client
                .assume_role_with_web_identity()
                .role_arn(&token.arn)
                .role_session_name(token.session_name.as_deref().unwrap_or(SESSION_NAME))
                .web_identity_token(&text);
            let output = request.customize().interceptor(interceptor).send().await?;
            Ok(output.credentials)
        })
        .await
    }

    /// The credentials of the session that a request begins.
    async fn session<E, Sent>(
        &self,
        request: Request<'_>,
        attempt: impl Fn(BodyInterceptor) -> Sent,
    ) -> Result<Credentials, Unread>
    where
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<Option<types::Credentials>, SdkError<E, HttpResponse>>>,
    {
        let Some(session) = self.send(request, attempt).await?.output.flatten() else {
            let message = format!("{} answered without credentials", request.operation);
            return Err(Unread::new(UnreadReason::MalformedResponse, message));
        };
        Ok(Credentials::new(
            session.access_key_id,
            session.secret_access_key,
            Some(session.session_token),
            SystemTime::try_from(session.expiration).ok(),
            "hubdrift",
        ))
    }

    async fn send<O, E, Sent>(
        &self,
        request: Request<'_>,
        attempt: impl Fn(BodyInterceptor) -> Sent,
    ) -> Result<Answer<O>, Unread>
    where
        E: ProvideErrorMetadata + Error + 'static,
        Sent: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let answer = request::send(&self.gate, &self.limiter, request, attempt).await;
        answer.map_err(|refusal| refusal.into_unread(request.operation))
    }
}
