//! The identity with which a target is read: its credentials, and whose they are. Each is resolved
//! and verified once for all targets that have it.

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
    clients::Clients,
    credentials::CachedCredentials,
    refusal::{CredentialsRefused, about},
    request::RequestGate,
    settings::{EffectiveSettings, Source},
    sts::{Caller, Role, Sts},
};

/// Credentials, and whose they are.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The credentials, renewed as they expire.
    pub credentials: SharedCredentialsProvider,
    /// Who they are.
    pub caller: Caller,
}

/// An identity that the first target which needs it resolves, and the others wait for.
type Resolved = Arc<OnceCell<Result<Identity, Unread>>>;

/// A profile of the target's own, and the region in which STS is asked, where it is.
type BaseKey = (Option<String>, Option<String>);

/// The identities of a run.
#[derive(Debug)]
pub struct Identities {
    clients: Arc<Clients>,
    sts: Sts,
    bases: Mutex<HashMap<BaseKey, CachedCredentials>>,
    resolved: Mutex<HashMap<(inventory::Credentials, Option<String>), Resolved>>,
    /// Whether targets' roles are left aside.
    base_only: bool,
}

impl Identities {
    /// None is resolved yet.
    pub fn new(clients: &Arc<Clients>, gate: &Arc<RequestGate>, base_only: bool) -> Self {
        Self {
            clients: clients.clone(),
            sts: Sts::new(gate),
            bases: Mutex::default(),
            resolved: Mutex::default(),
            base_only,
        }
    }

    /// Checks that there are credentials before a role of a target's is assumed.
    ///
    /// # Errors
    /// When there are none, in words.
    pub async fn has_base(&self, settings: &EffectiveSettings) -> Result<(), Unread> {
        // Where STS is asked in each target's own region, a failure is the target's own.
        if settings.source.value.asks_sts() && settings.sts_region.is_none() {
            return Ok(());
        }
        let credentials = self.base(settings, None).get().await;
        credentials.map(drop).map_err(|why| {
            let what = match &settings.source.value {
                Source::Nothing | Source::Instance => format!(
                    "none were found in the environment (AWS_ACCESS_KEY_ID), profile `{}`, web identity, the container \
                     and the instance; set one of them, or choose a profile with --profile",
                    settings.profile.value
                ),
                _ => settings.describe_source().to_string(),
            };
            about(&what, why)
        })
    }

    /// The identity of a target, asked for once however many targets have it.
    pub async fn identity(
        &self,
        settings: &EffectiveSettings,
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
        let region = settings.region_of_sts().map(|it| it.value.clone());
        let key = (credentials.clone(), region);
        let resolved = self
            .resolved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default()
            .clone();
        let identity = resolved
            .get_or_init(|| self.resolve(settings, &credentials))
            .await
            .clone()?;
        let caller = &identity.caller;
        let home = Home {
            account: Some(&caller.account),
            region: settings.region.as_ref().map(|it| it.value.as_str()),
        };
        let refused = caller.arn.as_deref().and_then(|it| home.refuses_caller(it));
        refused.map_or(Ok(identity), Err)
    }

    /// The credentials before a role of the target's is assumed.
    fn base(&self, settings: &EffectiveSettings, profile: Option<&str>) -> CachedCredentials {
        let source = &settings.source.value;
        let region = settings.region_of_sts().filter(|_| source.asks_sts());
        let region = region.map(|it| it.value.clone());
        let key = (profile.map(str::to_owned), region);
        self.bases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_insert_with(|| CachedCredentials::of(source, settings, &self.clients, &self.sts))
            .clone()
    }

    async fn resolve(
        &self,
        settings: &EffectiveSettings,
        credentials: &inventory::Credentials,
    ) -> Result<Identity, Unread> {
        let mut cached = self.base(settings, credentials.profile.as_deref());
        cached
            .get()
            .await
            .map_err(|why| match &credentials.profile {
                Some(profile) => about(&format!("profile `{profile}`"), why),
                None => why,
            })?;
        let mut expected = settings.source.value.account();
        if let Some(arn) = &credentials.role_arn {
            let role = Role {
                arn: arn.clone(),
                external_id: credentials.external_id.clone(),
                session_name: credentials.session_name.clone(),
                duration: None,
            };
            cached = cached.assume(role, settings, &self.clients, &self.sts);
            let assumed = cached.get().await;
            assumed.map_err(|why| about(&format!("role {arn}"), why))?;
            // The inventory has checked that the role is in the target's account.
            expected = None;
        }
        let config = self.clients.sts(settings);
        let credentials = cached.get().await?;
        let caller = self.sts.caller(&config, &credentials).await?;
        if let Some(account) = expected
            && account != caller.account
        {
            let message = format!(
                "the credentials are for account {}, and {} should give those of {account}",
                caller.account,
                settings.describe_source()
            );
            return Err(Unread::new(UnreadReason::WrongAccount, message));
        }
        let verified = VerifiedCredentials {
            cached,
            account: caller.account.clone(),
            key_id: tokio::sync::Mutex::new(credentials.access_key_id().to_owned()),
            config,
            sts: self.sts.clone(),
        };
        Ok(Identity {
            credentials: SharedCredentialsProvider::new(verified),
            caller,
        })
    }
}

/// Credentials of one account. A renewed key may be another account's, so each new one is verified
/// before it is used.
#[derive(Debug)]
struct VerifiedCredentials {
    cached: CachedCredentials,
    account: String,
    /// The id of the key that was verified last. Locked while another is verified.
    key_id: tokio::sync::Mutex<String>,
    config: SdkConfig,
    sts: Sts,
}

impl VerifiedCredentials {
    async fn get(&self) -> Result<Credentials, Unread> {
        let credentials = self.cached.get().await?;
        let mut key_id = self.key_id.lock().await;
        if *key_id != credentials.access_key_id() {
            let caller = self.sts.caller(&self.config, &credentials).await?;
            if caller.account != self.account {
                let message = format!(
                    "the credentials were renewed during the run, and are for account {} now, not {}",
                    caller.account, self.account
                );
                return Err(Unread::new(UnreadReason::WrongAccount, message));
            }
            credentials.access_key_id().clone_into(&mut key_id);
        }
        Ok(credentials)
    }
}

impl ProvideCredentials for VerifiedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.get().await.map_err(CredentialsRefused)?) })
    }
}
