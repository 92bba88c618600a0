//! From a source of credentials, as the settings name it, to credentials that are cached until they
//! expire. It does not know which target they are for.

use std::{
    fmt,
    future::Future,
    sync::Arc,
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
use hubdrift::model::Unread;

use super::{
    clients::Clients,
    errors, instance, process,
    refusal::{CredentialsRefused, interrupted, no_credentials},
    settings::{EffectiveSettings, Source, Token},
    sts::{Role, Sts},
    tasks,
};

/// Credentials that expire sooner than this are fetched again.
const EXPIRY_MARGIN: Duration = Duration::from_mins(2);

/// How long a person or a program may take to give credentials (a credential process, a browser).
const TIMEOUT: Duration = Duration::from_mins(1);

/// Credentials of one source, cached until they expire, so that thousands of requests fetch them once.
#[derive(Debug, Clone)]
pub struct CachedCredentials(Arc<Cache>);

#[derive(Debug)]
struct Cache {
    provider: Provider,
    sts: Sts,
    /// Locked while they are fetched, so that all others wait for the same ones.
    credentials: tokio::sync::Mutex<Option<Credentials>>,
}

/// What credentials are fetched from.
enum Provider {
    /// One of the SDK's own providers, and the advice that ends its error message.
    Sdk(SharedCredentialsProvider, String),
    /// A program.
    Process(Vec<String>),
    /// `sts:AssumeRole`.
    Role(aws_sdk_sts::Client, Role),
    /// `sts:AssumeRoleWithWebIdentity`.
    WebIdentity(aws_sdk_sts::Client, Token),
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdk(..) => f.write_str("Sdk"),
            Self::Process(_) => f.write_str("Process"),
            Self::Role(_, role) => write!(f, "Role({})", role.arn),
            Self::WebIdentity(_, token) => write!(f, "WebIdentity({})", token.arn),
        }
    }
}

impl CachedCredentials {
    fn new(provider: Provider, sts: &Sts) -> Self {
        Self(Arc::new(Cache {
            provider,
            sts: sts.clone(),
            credentials: tokio::sync::Mutex::default(),
        }))
    }

    /// The credentials of this source.
    pub fn of(source: &Source, settings: &EffectiveSettings, clients: &Clients, sts: &Sts) -> Self {
        let provider = match source {
            Source::Keys { id, secret, token } => {
                let token = token.as_ref().map(|it| it.0.clone());
                sdk(Credentials::new(id, &secret.0, token, None, "hubdrift"))
            }
            Source::Role(role) => {
                let by = Self::of(&role.by.value, settings, clients, sts);
                let role = Role {
                    arn: role.arn.clone(),
                    external_id: role.external_id.clone(),
                    session_name: role.session_name.clone(),
                    duration: role.duration,
                };
                return by.assume(role, settings, clients, sts);
            }
            Source::Token(token) => {
                let client = aws_sdk_sts::Client::new(&clients.sts(settings));
                Provider::WebIdentity(client, token.clone())
            }
            Source::Process(command) => Provider::Process(command.clone()),
            Source::Sso(sso) => {
                let mut builder = SsoCredentialsProvider::builder()
                    .configure(&clients.provider(settings, &sso.region))
                    .account_id(&sso.account)
                    .role_name(&sso.role)
                    .start_url(&sso.start_url)
                    .region(aws_config::Region::new(sso.region.clone()));
                builder.set_session_name(sso.session.clone());
                let provider = SharedCredentialsProvider::new(builder.build());
                let profile = &sso.profile;
                Provider::Sdk(
                    provider,
                    format!("; unless you are signed in, run `aws sso login --profile {profile}`"),
                )
            }
            Source::Container => {
                let builder = EcsCredentialsProvider::builder();
                sdk(builder.configure(&instance::provider()).build())
            }
            Source::Instance => match instance::client(&settings.metadata) {
                Ok(client) => {
                    let builder = ImdsCredentialsProvider::builder();
                    let builder = builder.configure(&instance::provider());
                    sdk(builder.imds_client(client).build())
                }
                Err(why) => sdk(NoProvider(why)),
            },
            Source::Nothing => sdk(NoProvider("nothing is set".to_owned())),
        };
        Self::new(provider, sts)
    }

    /// The credentials of a role that these assume.
    pub fn assume(
        self,
        role: Role,
        settings: &EffectiveSettings,
        clients: &Clients,
        sts: &Sts,
    ) -> Self {
        let config = clients.sts(settings).to_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(self));
        let client = aws_sdk_sts::Client::new(&config.build());
        Self::new(Provider::Role(client, role), sts)
    }

    /// The credentials, fetched again where they expire soon.
    pub async fn get(&self) -> Result<Credentials, Unread> {
        let Cache {
            provider,
            sts,
            credentials: cached,
        } = &*self.0;
        let mut cached = cached.lock().await;
        let lasts = |credentials: &&Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end > SystemTime::now() + EXPIRY_MARGIN)
        };
        if let Some(credentials) = cached.as_ref().filter(lasts) {
            return Ok(credentials.clone());
        }
        let credentials = provider.fetch(sts).await?;
        // The SDK panics on what can't be sent.
        let can_be_sent = |it: &str| it.bytes().all(|b| b.is_ascii_graphic());
        let token = credentials.session_token().unwrap_or_default();
        if !can_be_sent(credentials.access_key_id()) || !can_be_sent(token) {
            return Err(no_credentials(
                "the credentials have a blank, a line break or a letter in them that can't be in a key",
            ));
        }
        *cached = Some(credentials.clone());
        Ok(credentials)
    }
}

fn sdk(provider: impl ProvideCredentials + 'static) -> Provider {
    Provider::Sdk(SharedCredentialsProvider::new(provider), String::new())
}

/// A provider that has no credentials, and says why.
#[derive(Debug)]
struct NoProvider(String);

impl ProvideCredentials for NoProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(self.0.clone())))
    }
}

impl Provider {
    async fn fetch(&self, sts: &Sts) -> Result<Credentials, Unread> {
        match self {
            Self::Sdk(provider, advice) => {
                let provided = async {
                    let provided = provider.provide_credentials().await;
                    provided.map_err(|error| {
                        no_credentials(format!("{}{advice}", errors::on_one_line(&error)))
                    })
                };
                with_timeout(sts, provided).await
            }
            Self::Process(command) => with_timeout(sts, process::run(command)).await,
            Self::Role(client, role) => sts.assume_role(client, role).await,
            Self::WebIdentity(client, token) => {
                sts.assume_role_with_web_identity(client, token).await
            }
        }
    }
}

/// Waits for a provider outside, but not for ever.
async fn with_timeout(
    sts: &Sts,
    provided: impl Future<Output = Result<Credentials, Unread>>,
) -> Result<Credentials, Unread> {
    tokio::select! {
        provided = tokio::time::timeout(TIMEOUT, provided) => provided.unwrap_or_else(|_| {
            Err(no_credentials(format!("no answer within {} s", TIMEOUT.as_secs())))
        }),
        () = tasks::interrupted(sts.gate.stop.clone()) => Err(interrupted()),
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.get().await.map_err(CredentialsRefused)?) })
    }
}
