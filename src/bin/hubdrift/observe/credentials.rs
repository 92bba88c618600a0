//! Credentials: had from one source, kept until they end.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_config::{
    ecs::EcsCredentialsProvider, imds::credentials::ImdsCredentialsProvider,
    sso::SsoCredentialsProvider,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_sdk_sts::types::Credentials as Given;
use hubdrift::model::{Unread, UnreadReason};

use super::{
    access::{Reach, said},
    instance, process,
    rate_limiter::Pace,
    request::{self, Refusal, Request, Shared},
    settings::{self, Route},
};

/// Credentials that end sooner than this are had anew.
const MARGIN: Duration = Duration::from_mins(2);

/// How long a person or a program may take to give credentials (a credential process, a browser).
const TIMEOUT: Duration = Duration::from_mins(1);

/// The session's name where nobody gives one.
pub const SESSION: &str = "hubdrift";

/// How STS is asked.
#[derive(Debug, Clone)]
pub struct Sts {
    /// What all requests share.
    pub shared: Arc<Shared>,
    /// The pace of STS.
    pub pace: Arc<Pace>,
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

/// Credentials that are kept until they end, so that thousands of requests ask for them once.
#[derive(Debug, Clone)]
pub struct Kept(Arc<Keeping>);

#[derive(Debug)]
struct Keeping {
    source: Source,
    sts: Sts,
    /// Held while they are had anew, so that everyone else waits for the same ones.
    kept: tokio::sync::Mutex<Option<Credentials>>,
}

/// Where credentials come from.
enum Source {
    /// From one of the SDK's own providers.
    Provider(SharedCredentialsProvider),
    /// From AWS IAM Identity Center, where the person of this profile signed in.
    Center(SharedCredentialsProvider, String),
    /// From a program.
    Process(Vec<String>),
    /// From `sts:AssumeRole`.
    Role(aws_sdk_sts::Client, Role),
    /// From `sts:AssumeRoleWithWebIdentity`.
    Token(aws_sdk_sts::Client, settings::Token),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(_) => f.write_str("Provider"),
            Self::Center(_, profile) => write!(f, "Center({profile})"),
            Self::Process(_) => f.write_str("Process"),
            Self::Role(_, role) => write!(f, "Role({})", role.arn),
            Self::Token(_, token) => write!(f, "Token({})", token.arn),
        }
    }
}

impl Kept {
    fn new(source: Source, sts: &Sts) -> Self {
        Self(Arc::new(Keeping {
            source,
            sts: sts.clone(),
            kept: tokio::sync::Mutex::default(),
        }))
    }

    /// The credentials of this source, for this route.
    pub fn of(source: &settings::Source, route: &Route, reach: &Reach, sts: &Sts) -> Self {
        use settings::Source as From;
        let provided = |it| Source::Provider(SharedCredentialsProvider::new(it));
        let source = match source {
            From::Keys { id, secret, token } => {
                let token = token.as_ref().map(|it| it.0.clone());
                let keys = Credentials::new(id, &secret.0, token, None, "hubdrift");
                Source::Provider(SharedCredentialsProvider::new(keys))
            }
            From::Role(role) => {
                let by = Self::of(&role.by.value, route, reach, sts);
                let role = Role {
                    arn: role.arn.clone(),
                    external_id: role.external_id.clone(),
                    session_name: role.session_name.clone(),
                    duration: role.duration,
                };
                return by.assume(role, route, reach, sts);
            }
            From::Token(token) => {
                let client = aws_sdk_sts::Client::new(&reach.sts(route));
                Source::Token(client, token.clone())
            }
            From::Process(command) => Source::Process(command.clone()),
            From::Sso(sso) => {
                let mut builder = SsoCredentialsProvider::builder()
                    .configure(&reach.provider(route, &sso.region))
                    .account_id(&sso.account)
                    .role_name(&sso.role)
                    .start_url(&sso.start_url)
                    .region(aws_config::Region::new(sso.region.clone()));
                builder.set_session_name(sso.session.clone());
                let provider = SharedCredentialsProvider::new(builder.build());
                Source::Center(provider, sso.profile.clone())
            }
            From::Container => {
                let builder = EcsCredentialsProvider::builder();
                let provider = builder.configure(&instance::provider()).build();
                Source::Provider(SharedCredentialsProvider::new(provider))
            }
            From::Instance => match instance::client(&route.metadata) {
                Ok(client) => {
                    let builder = ImdsCredentialsProvider::builder();
                    let builder = builder.configure(&instance::provider());
                    let provider = builder.imds_client(client).build();
                    Source::Provider(SharedCredentialsProvider::new(provider))
                }
                Err(why) => provided(Nothing(why)),
            },
            From::Nothing => provided(Nothing("nothing is set".to_owned())),
        };
        Self::new(source, sts)
    }

    /// The credentials of a role that these assume.
    pub fn assume(self, role: Role, route: &Route, reach: &Reach, sts: &Sts) -> Self {
        let config = reach.sts(route).to_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(self));
        let client = aws_sdk_sts::Client::new(&config.build());
        Self::new(Source::Role(client, role), sts)
    }

    /// The credentials, had anew where they end soon.
    pub async fn get(&self) -> Result<Credentials, Unread> {
        let Keeping { source, sts, kept } = &*self.0;
        let mut kept = kept.lock().await;
        let lasts = |credentials: &Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end > SystemTime::now() + MARGIN)
        };
        if let Some(credentials) = kept.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let credentials = source.fetch(sts).await?;
        // The SDK panics on what can't be sent.
        let is_sent = |it: &str| it.bytes().all(|b| b.is_ascii_graphic());
        let token = credentials.session_token().unwrap_or_default();
        if !is_sent(credentials.access_key_id()) || !is_sent(token) {
            return Err(without(
                "the credentials have a blank, a line break or a letter in them that can't be in a key",
            ));
        }
        *kept = Some(credentials.clone());
        Ok(credentials)
    }
}

/// No credentials, and why.
#[derive(Debug)]
struct Nothing(String);

impl ProvideCredentials for Nothing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(self.0.clone())))
    }
}

impl Source {
    async fn fetch(&self, sts: &Sts) -> Result<Credentials, Unread> {
        match self {
            Self::Provider(provider) => {
                let provided = async {
                    let provided = provider.provide_credentials().await;
                    provided.map_err(|error| without(said(&error)))
                };
                patiently(sts, provided).await
            }
            Self::Center(provider, profile) => {
                let provided = async {
                    let provided = provider.provide_credentials().await;
                    provided.map_err(|error| {
                        let said = said(&error);
                        without(format!(
                            "{said}; unless you are signed in, run `aws sso login --profile {profile}`"
                        ))
                    })
                };
                patiently(sts, provided).await
            }
            Self::Process(command) => patiently(sts, process::run(command)).await,
            Self::Role(client, role) => assume(sts, client, role).await,
            Self::Token(client, token) => exchange(sts, client, token).await,
        }
    }
}

/// No credentials, for this reason.
pub fn without(message: impl Into<String>) -> Unread {
    Unread::new(UnreadReason::Credentials, message)
}

/// Waits for somebody outside, but not for ever.
async fn patiently(
    sts: &Sts,
    provided: impl Future<Output = Result<Credentials, Unread>>,
) -> Result<Credentials, Unread> {
    tokio::select! {
        provided = tokio::time::timeout(TIMEOUT, provided) => provided.unwrap_or_else(|_| {
            Err(without(format!("no answer within {} s", TIMEOUT.as_secs())))
        }),
        () = super::stopped(sts.shared.stop.clone()) => {
            Err(Unread::new(UnreadReason::Interrupted, "the run was interrupted"))
        }
    }
}

async fn assume(
    sts: &Sts,
    client: &aws_sdk_sts::Client,
    role: &Role,
) -> Result<Credentials, Unread> {
    let operation = "sts:AssumeRole";
    let given = Mutex::new(None);
    let request = Request {
        operation,
        subject: &role.arn,
    };
    request::call(&sts.shared, &sts.pace, request, async |capture| {
        let request = client
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration);
        let output = request.customize().interceptor(capture).send().await?;
        *given.lock().unwrap_or_else(PoisonError::into_inner) = output.credentials;
        Ok(())
    })
    .await
    .map_err(|refusal| unread(operation, refusal))?;
    credentials(operation, given)
}

async fn exchange(
    sts: &Sts,
    client: &aws_sdk_sts::Client,
    token: &settings::Token,
) -> Result<Credentials, Unread> {
    let operation = "sts:AssumeRoleWithWebIdentity";
    // Read each time: whoever gives it replaces it.
    let text = std::fs::read_to_string(&token.file).map_err(|error| {
        without(format!(
            "the token in {} can't be read: {error}",
            token.file
        ))
    })?;
    let given = Mutex::new(None);
    let request = Request {
        operation,
        subject: &token.arn,
    };
    request::call(&sts.shared, &sts.pace, request, async |capture| {
        let request = client
            .assume_role_with_web_identity()
            .role_arn(&token.arn)
            .role_session_name(token.session_name.as_deref().unwrap_or(SESSION))
            .web_identity_token(&text);
        let output = request.customize().interceptor(capture).send().await?;
        *given.lock().unwrap_or_else(PoisonError::into_inner) = output.credentials;
        Ok(())
    })
    .await
    .map_err(|refusal| unread(operation, refusal))?;
    credentials(operation, given)
}

fn credentials(operation: &str, given: Mutex<Option<Given>>) -> Result<Credentials, Unread> {
    let Some(given) = given.into_inner().unwrap_or_else(PoisonError::into_inner) else {
        let message = format!("{operation} answered without credentials");
        return Err(Unread::new(UnreadReason::MalformedResponse, message));
    };
    let end = SystemTime::try_from(given.expiration).ok();
    let token = Some(given.session_token);
    let (id, secret) = (given.access_key_id, given.secret_access_key);
    Ok(Credentials::new(id, secret, token, end, "hubdrift"))
}

/// The same obstacle, with what it was about.
pub fn about(what: &str, why: Unread) -> Unread {
    Unread {
        message: format!("{what}: {}", why.message),
        ..why
    }
}

/// What a refusal of STS means.
pub fn unread(operation: &str, refusal: Refusal) -> Unread {
    match refusal {
        Refusal::Unread(why) => about(operation, why),
        Refusal::NotFound { request_id } => {
            let message = format!("{operation} was not found at the endpoint");
            Unread {
                request_id,
                ..Unread::new(UnreadReason::ServiceError, message)
            }
        }
    }
}

/// Why credentials can't be used, as the SDK hands it through.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub Unread);

impl From<Refused> for CredentialsError {
    fn from(refused: Refused) -> Self {
        Self::provider_error(refused)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.get().await.map_err(Refused)?) })
    }
}
