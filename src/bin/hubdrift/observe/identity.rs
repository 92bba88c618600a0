//! Whose credentials a target uses: each resolved once for all targets that use it, and verified.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use hubdrift::{
    inventory,
    model::{Home, Unread, UnreadReason},
};
use tokio::sync::OnceCell;

use super::{
    access::Reach,
    credentials::{Kept, Refused, Role, Sts, about, unread},
    rate_limiter::Pace,
    request::{self, Request, Shared},
    settings::{Route, Source},
};

/// STS takes far more than Security Hub: its quota is 600 a second for each account and region.
const STS_RATE: f64 = 100.0;
const STS_BURST: u32 = 100;

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

/// A profile of the target's own, and the region in which STS is asked, where it is.
type Base = (Option<String>, Option<String>);

/// The identities of a run.
#[derive(Debug)]
pub struct Keyring {
    reach: Arc<Reach>,
    sts: Sts,
    bases: Mutex<HashMap<Base, Kept>>,
    held: Mutex<HashMap<(inventory::Credentials, Option<String>), Held>>,
    /// Whether targets' roles are left aside.
    base_only: bool,
}

impl Keyring {
    /// A keyring without a key.
    pub fn new(reach: &Arc<Reach>, shared: &Arc<Shared>, base_only: bool) -> Self {
        let sts = Sts {
            shared: shared.clone(),
            pace: Arc::new(Pace::new(STS_RATE, STS_BURST)),
        };
        Self {
            reach: reach.clone(),
            sts,
            bases: Mutex::default(),
            held: Mutex::default(),
            base_only,
        }
    }

    /// Sees that there are credentials where targets use the environment's.
    ///
    /// # Errors
    /// When there are none, in words.
    pub async fn has_base(&self, route: &Route) -> Result<(), Unread> {
        // Where STS is asked in each target's own region, each target says what became of it.
        if route.source.value.asks_sts() && route.sts_region.is_none() {
            return Ok(());
        }
        let had = self.base(route, None).get().await;
        had.map(drop).map_err(|why| {
            let found = &route.source;
            let what = match &found.value {
                Source::Nothing | Source::Instance => format!(
                    "none were found in the environment (AWS_ACCESS_KEY_ID), profile `{}`, web identity, the container \
                     and the instance; set one of them, or choose a profile with --profile",
                    route.profile.value
                ),
                source => format!("{} ({})", source.describe(), found.from),
            };
            about(&what, why)
        })
    }

    /// The identity of a target, asked for once however many targets have it.
    pub async fn identity(
        &self,
        route: &Route,
        credentials: &inventory::Credentials,
    ) -> Result<Identity, Unread> {
        let mut credentials = credentials.clone();
        if self.base_only {
            // Whose credentials they are stays: without its profile a target would be another account.
            credentials = inventory::Credentials {
                profile: credentials.profile,
                ..inventory::Credentials::default()
            };
        }
        let region = route.sts_region.as_ref().or(route.region.as_ref());
        let key = (credentials.clone(), region.map(|it| it.value.clone()));
        let held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default()
            .clone();
        let identity = held
            .get_or_init(|| self.resolve(route, &credentials))
            .await
            .clone()?;
        let caller = &identity.caller;
        let home = Home {
            account: Some(&caller.account),
            region: route.region.as_ref().map(|it| it.value.as_str()),
        };
        let refused = caller.arn.as_deref().and_then(|it| home.refuses_caller(it));
        refused.map_or(Ok(identity), Err)
    }

    /// The credentials before a role of the target's is assumed.
    fn base(&self, route: &Route, profile: Option<&str>) -> Kept {
        let source = &route.source.value;
        let region = route.sts_region.as_ref().or(route.region.as_ref());
        let region = region.filter(|_| source.asks_sts());
        let key = (
            profile.map(str::to_owned),
            region.map(|it| it.value.clone()),
        );
        self.bases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_insert_with(|| Kept::of(source, route, &self.reach, &self.sts))
            .clone()
    }

    async fn resolve(
        &self,
        route: &Route,
        credentials: &inventory::Credentials,
    ) -> Result<Identity, Unread> {
        let mut kept = self.base(route, credentials.profile.as_deref());
        let what = credentials.profile.as_ref();
        kept.get().await.map_err(|why| match what {
            Some(profile) => about(&format!("profile `{profile}`"), why),
            None => why,
        })?;
        let mut expected = route.source.value.account().map(|account| {
            let source = &route.source;
            (
                account,
                format!("{} ({})", source.value.describe(), source.from),
            )
        });
        if let Some(arn) = &credentials.role_arn {
            let role = Role {
                arn: arn.clone(),
                external_id: credentials.external_id.clone(),
                session_name: credentials.session_name.clone(),
                duration: None,
            };
            kept = kept.assume(role, route, &self.reach, &self.sts);
            let had = kept.get().await;
            had.map_err(|why| about(&format!("role {arn}"), why))?;
            // The inventory holds the account of its roles to what is read.
            expected = None;
        }
        let config = self.reach.sts(route);
        let credentials = kept.get().await?;
        let caller = caller(&self.sts, &config, &credentials).await?;
        match expected {
            Some((account, by)) if account != caller.account => {
                let message = format!(
                    "the credentials are for account {}, and {by} should give those of {account}",
                    caller.account
                );
                Err(Unread::new(UnreadReason::WrongAccount, message))
            }
            _ => {
                let verified = Verified {
                    kept,
                    account: caller.account.clone(),
                    key: tokio::sync::Mutex::new(credentials.access_key_id().to_owned()),
                    config,
                    sts: self.sts.clone(),
                };
                Ok(Identity {
                    credentials: SharedCredentialsProvider::new(verified),
                    caller,
                })
            }
        }
    }
}

/// Credentials of one account. Whoever gives them anew may give another's, so each new key is
/// verified before it is used.
#[derive(Debug)]
struct Verified {
    kept: Kept,
    account: String,
    /// The id of the key that was verified last. Held while another is.
    key: tokio::sync::Mutex<String>,
    config: SdkConfig,
    sts: Sts,
}

impl Verified {
    async fn get(&self) -> Result<Credentials, Unread> {
        let credentials = self.kept.get().await?;
        let mut key = self.key.lock().await;
        if *key != credentials.access_key_id() {
            let caller = caller(&self.sts, &self.config, &credentials).await?;
            if caller.account != self.account {
                let message = format!(
                    "the credentials were renewed during the run, and are for account {} now, not {}",
                    caller.account, self.account
                );
                return Err(Unread::new(UnreadReason::WrongAccount, message));
            }
            credentials.access_key_id().clone_into(&mut key);
        }
        Ok(credentials)
    }
}

impl ProvideCredentials for Verified {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.get().await.map_err(Refused)?) })
    }
}

/// Asks whose credentials these are.
async fn caller(
    sts: &Sts,
    config: &SdkConfig,
    credentials: &Credentials,
) -> Result<Caller, Unread> {
    let config = config.to_builder();
    let credentials = SharedCredentialsProvider::new(credentials.clone());
    let client = aws_sdk_sts::Client::new(&config.credentials_provider(credentials).build());
    let said = Mutex::new(None);
    let operation = "sts:GetCallerIdentity";
    let request = Request {
        operation,
        subject: "",
    };
    let answer = request::call(&sts.shared, &sts.pace, request, async |capture| {
        let output = client
            .get_caller_identity()
            .customize()
            .interceptor(capture)
            .send()
            .await?;
        *said.lock().unwrap_or_else(PoisonError::into_inner) = Some((output.account, output.arn));
        Ok(())
    })
    .await
    .map_err(|refusal| unread(operation, refusal))?;
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

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
