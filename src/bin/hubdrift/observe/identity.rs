//! Whose credentials a target uses: profiles and roles, each resolved once for all targets that use it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_config::{Region, SdkConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use hubdrift::{
    inventory,
    model::{Unread, UnreadReason},
};
use tokio::sync::OnceCell;

use super::{
    access,
    attempt::{self, Refusal, Request, Shared},
    pace::Pace,
};

/// STS takes far more than Security Hub: its quota is 600 a second for each account and region.
const STS_RATE: f64 = 100.0;
const STS_BURST: u32 = 100;

/// Credentials that end sooner than this are had anew.
const MARGIN: Duration = Duration::from_mins(2);

/// Who asks, as `sts:GetCallerIdentity` says.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that the credentials are for.
    pub account: String,
    /// The user or role.
    pub arn: Option<String>,
}

/// Credentials, and whose they are.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The credentials, renewed as they end.
    pub credentials: SharedCredentialsProvider,
    /// Who they are.
    pub caller: Caller,
}

type Held = Arc<OnceCell<Result<Identity, Unread>>>;

/// The identities of a run.
#[derive(Debug)]
pub struct Keyring {
    base: SdkConfig,
    shared: Arc<Shared>,
    /// The pace of STS.
    pace: Arc<Pace>,
    held: Mutex<HashMap<inventory::Credentials, Held>>,
    /// Whether roles are left aside.
    base_only: bool,
}

impl Keyring {
    /// A keyring whose first key is the credentials of `base`.
    pub fn new(base: &SdkConfig, shared: &Arc<Shared>, base_only: bool) -> Self {
        let pace = Arc::new(Pace::new(STS_RATE, STS_BURST));
        Self {
            base: base.clone(),
            shared: shared.clone(),
            pace,
            held: Mutex::default(),
            base_only,
        }
    }

    /// The identity that these credentials give, asked for once however many targets use it.
    /// `region` is where STS is asked when the base has no region.
    pub async fn identity(
        &self,
        credentials: &inventory::Credentials,
        region: Option<&str>,
    ) -> Result<Identity, Unread> {
        let credentials = if self.base_only {
            inventory::Credentials::default()
        } else {
            credentials.clone()
        };
        let held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(credentials.clone())
            .or_default()
            .clone();
        held.get_or_init(|| self.resolve(&credentials, region))
            .await
            .clone()
    }

    async fn resolve(
        &self,
        credentials: &inventory::Credentials,
        region: Option<&str>,
    ) -> Result<Identity, Unread> {
        let region = self
            .base
            .region()
            .cloned()
            .or_else(|| region.map(|region| Region::new(region.to_owned())));
        let mut config = self.base.to_builder().region(region.clone()).build();
        if let Some(profile) = &credentials.profile {
            let provider = access::profile_credentials(profile, &config);
            let kept = Kept::new(Source::Provider(SharedCredentialsProvider::new(provider)));
            kept.get()
                .await
                .map_err(|why| about(&format!("profile `{profile}`"), why))?;
            config = with(&config, kept);
        }
        if let Some(role) = &credentials.role_arn {
            let kept = Kept::new(Source::Role {
                client: aws_sdk_sts::Client::new(&config),
                arn: role.clone(),
                external_id: credentials.external_id.clone(),
                session_name: credentials
                    .session_name
                    .clone()
                    .unwrap_or_else(|| "hubdrift".to_owned()),
                shared: self.shared.clone(),
                pace: self.pace.clone(),
            });
            kept.get()
                .await
                .map_err(|why| about(&format!("role {role}"), why))?;
            config = with(&config, kept);
        }
        let caller = self.caller(&config).await?;
        let Some(credentials) = config.credentials_provider() else {
            return Err(Unread::new(
                UnreadReason::Credentials,
                "there are no credentials",
            ));
        };
        Ok(Identity {
            credentials,
            caller,
        })
    }

    /// Asks who the credentials of `config` are.
    async fn caller(&self, config: &SdkConfig) -> Result<Caller, Unread> {
        let client = aws_sdk_sts::Client::new(config);
        let said = Mutex::new(None);
        let request = Request {
            operation: "sts:GetCallerIdentity",
            subject: "",
        };
        let answer = attempt::call(&self.shared, &self.pace, request, async |capture| {
            let output = client
                .get_caller_identity()
                .customize()
                .interceptor(capture)
                .send()
                .await?;
            *said.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((output.account, output.arn));
            Ok(())
        })
        .await
        .map_err(|refusal| unread("sts:GetCallerIdentity", refusal))?;
        match said.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((Some(account), arn)) if is_account(&account) => Ok(Caller { account, arn }),
            _ => {
                let message = "sts:GetCallerIdentity answered without an account";
                let kind = UnreadReason::MalformedResponse;
                Err(Unread {
                    request_id: answer.request_id,
                    ..Unread::new(kind, message)
                })
            }
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn with(config: &SdkConfig, kept: Kept) -> SdkConfig {
    config
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(kept))
        .build()
}

fn about(what: &str, why: Unread) -> Unread {
    Unread {
        message: format!("{what}: {}", why.message),
        ..why
    }
}

fn unread(operation: &str, refusal: Refusal) -> Unread {
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

/// The same credentials, asked for once and kept until they end.
pub fn kept(provider: SharedCredentialsProvider) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Kept::new(Source::Provider(provider)))
}

/// Credentials that are kept until they end, so that thousands of requests ask for them once.
#[derive(Debug, Clone)]
struct Kept(Arc<Keeping>);

#[derive(Debug)]
struct Keeping {
    source: Source,
    /// Held while they are had anew, so that everyone else waits for the same ones.
    kept: tokio::sync::Mutex<Option<Credentials>>,
}

/// Where credentials come from.
enum Source {
    /// From the SDK's own providers.
    Provider(SharedCredentialsProvider),
    /// From `sts:AssumeRole`.
    Role {
        client: aws_sdk_sts::Client,
        arn: String,
        external_id: Option<String>,
        session_name: String,
        shared: Arc<Shared>,
        pace: Arc<Pace>,
    },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(_) => f.write_str("Provider"),
            Self::Role { arn, .. } => write!(f, "Role({arn})"),
        }
    }
}

impl Kept {
    fn new(source: Source) -> Self {
        Self(Arc::new(Keeping {
            source,
            kept: tokio::sync::Mutex::default(),
        }))
    }

    async fn get(&self) -> Result<Credentials, Unread> {
        let mut kept = self.0.kept.lock().await;
        let lasts = |credentials: &Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end > SystemTime::now() + MARGIN)
        };
        if let Some(credentials) = kept.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let credentials = self.0.source.fetch().await?;
        *kept = Some(credentials.clone());
        Ok(credentials)
    }
}

impl Source {
    async fn fetch(&self) -> Result<Credentials, Unread> {
        match self {
            Self::Provider(provider) => {
                let refused = |error: CredentialsError| {
                    Unread::new(UnreadReason::Credentials, access::said(&error))
                };
                provider.provide_credentials().await.map_err(refused)
            }
            Self::Role {
                client,
                arn,
                external_id,
                session_name,
                shared,
                pace,
            } => {
                let said = Mutex::new(None);
                let request = Request {
                    operation: "sts:AssumeRole",
                    subject: arn,
                };
                attempt::call(shared, pace, request, async |capture| {
                    let request = client
                        .assume_role()
                        .role_arn(arn)
                        .role_session_name(session_name);
                    let request = request.set_external_id(external_id.clone());
                    let output = request.customize().interceptor(capture).send().await?;
                    *said.lock().unwrap_or_else(PoisonError::into_inner) = output.credentials;
                    Ok(())
                })
                .await
                .map_err(|refusal| unread("sts:AssumeRole", refusal))?;
                let Some(given) = said.into_inner().unwrap_or_else(PoisonError::into_inner) else {
                    let message = "sts:AssumeRole answered without credentials";
                    return Err(Unread::new(UnreadReason::MalformedResponse, message));
                };
                let end = SystemTime::try_from(given.expiration).ok();
                let token = Some(given.session_token);
                Ok(Credentials::new(
                    given.access_key_id,
                    given.secret_access_key,
                    token,
                    end,
                    "hubdrift",
                ))
            }
        }
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.get()
                .await
                .map_err(|why| CredentialsError::provider_error(why.to_string()))
        })
    }
}
