//! The SDK's clients, made of the effective settings of each target. They are given every value, and
//! look for none themselves.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, provider_config::ProviderConfig,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_securityhub::config::{SharedAsyncSleep, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use hubdrift::{
    model::{Override, Unread, UnreadReason},
    plan::Plan,
};

use super::{
    access::{self, Access, AccessError},
    certificates, http, instance,
    limits::Limits,
    settings::{EffectiveSettings, EndpointProxy, Problem, Problems, Setting},
};

/// The settings of each target, and the clients that are made of them.
pub struct Clients {
    settings: BTreeMap<String, Result<EffectiveSettings, Unread>>,
    /// The certificates of each CA bundle, by its path.
    ca_bundles: HashMap<String, Vec<u8>>,
    /// HTTP clients are shared, so that connections and TLS sessions are.
    connections: Mutex<HashMap<http::Connection, SharedHttpClient>>,
    limits: Limits,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Clients {
    /// Reads the settings of every target of a plan, with what they name: certificates, and the
    /// instance's region where no other is set.
    ///
    /// # Errors
    /// When something is wrong that is not one target's own: all of it.
    pub async fn new(access: &Access, plan: &Plan, limits: &Limits) -> Result<Self, AccessError> {
        let mut clients = Self {
            settings: BTreeMap::new(),
            ca_bundles: HashMap::new(),
            connections: Mutex::default(),
            limits: limits.clone(),
        };
        let mut problems = Problems::default();
        let mut instance_regions = HashMap::new();
        for (plan, settings) in plan.targets.iter().zip(access::settings(access, plan)?) {
            let target = &plan.target;
            let settings = match settings {
                Ok(mut settings) => {
                    if settings.region.is_none() {
                        let metadata = &settings.metadata;
                        settings.region = instance::region(metadata, &mut instance_regions).await;
                    }
                    if settings.region.is_none() {
                        problems.push(format!(
                            "no region is known for target `{}`: give it a `region` in the inventory, or set AWS_REGION or --region",
                            target.name
                        ));
                    }
                    let trusted = clients.trust(&settings);
                    trusted.map(|()| settings).map_err(|why| vec![why])
                }
                Err(own) => Err(own),
            };
            let settings = match settings {
                Err(shared) if target.credentials.profile.is_none() => {
                    problems.extend(shared);
                    continue;
                }
                settings => {
                    settings.map_err(|own| Unread::new(UnreadReason::Credentials, own.join("; ")))
                }
            };
            clients.settings.insert(target.name.clone(), settings);
        }
        problems.or(clients).map_err(AccessError::Settings)
    }

    /// The settings of the target of this name.
    pub fn settings(&self, target: &str) -> Result<&EffectiveSettings, Unread> {
        match self.settings.get(target) {
            Some(Ok(settings)) => Ok(settings),
            Some(Err(why)) => Err(why.clone()),
            None => {
                let message = format!("there is no route to target `{target}`; please report it");
                Err(Unread::new(UnreadReason::ServiceError, message))
            }
        }
    }

    /// The settings of the environment and the two files that decide who is asked, and where; each
    /// once. Flags and the inventory are listed elsewhere in the report.
    pub fn overrides(&self) -> Vec<Override> {
        let mut found: Vec<Override> = Vec::new();
        for (target, settings) in &self.settings {
            for (name, setting) in settings.iter().flat_map(EffectiveSettings::explicit) {
                let set = Override::new(name, Some(setting.value), setting.from);
                let of_target = format!("target `{target}`");
                let elsewhere = set.from.starts_with("--") || set.from.ends_with(&of_target);
                if !elsewhere && !found.contains(&set) {
                    found.push(set);
                }
            }
        }
        found
    }

    /// Reads the CA bundle of these settings, if they name one.
    fn trust(&mut self, settings: &EffectiveSettings) -> Result<(), Problem> {
        let Some(bundle) = &settings.ca_bundle else {
            return Ok(());
        };
        if !self.ca_bundles.contains_key(&bundle.value) {
            let read = certificates::read(Path::new(&bundle.value));
            let read = read.map_err(|why| format!("the certificates of {bundle}: {why}"))?;
            self.ca_bundles.insert(bundle.value.clone(), read);
        }
        Ok(())
    }

    /// The configuration of a client of Security Hub.
    pub fn securityhub(&self, settings: &EffectiveSettings) -> SdkConfig {
        self.config(
            settings,
            settings.endpoints.securityhub.as_ref(),
            settings.region.as_ref(),
        )
    }

    /// The configuration of a client of STS.
    pub fn sts(&self, settings: &EffectiveSettings) -> SdkConfig {
        let endpoint = settings.endpoints.sts.as_ref();
        self.config(settings, endpoint, settings.region_of_sts())
    }

    fn config(
        &self,
        settings: &EffectiveSettings,
        endpoint: Option<&Setting>,
        region: Option<&Setting>,
    ) -> SdkConfig {
        let proxy = settings.proxies.of(endpoint.map(|it| it.value.as_str()));
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http_client(settings, proxy))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&self.limits))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .use_fips(settings.endpoints.fips.is_some())
            .use_dual_stack(settings.endpoints.dual_stack.is_some());
        builder.set_region(region.map(|it| Region::new(it.value.clone())));
        builder.set_endpoint_url(endpoint.map(|it| it.value.clone()));
        builder.set_app_name(AppName::new(concat!("hubdrift-", env!("CARGO_PKG_VERSION"))).ok());
        builder.build()
    }

    /// The configuration of the SDK's own providers of credentials: how AWS is connected to, and no
    /// other setting.
    pub fn provider(&self, settings: &EffectiveSettings, region: &str) -> ProviderConfig {
        let portal = settings.endpoints.portal.as_ref();
        let portal = portal.map(|it| it.value.as_str());
        ProviderConfig::without_region()
            .with_region(Some(Region::new(region.to_owned())))
            .with_use_fips(Some(settings.endpoints.fips.is_some()))
            .with_use_dual_stack(Some(settings.endpoints.dual_stack.is_some()))
            .with_http_client(self.http_client(settings, settings.proxies.of(portal)))
    }

    fn http_client(&self, settings: &EffectiveSettings, proxy: EndpointProxy) -> SharedHttpClient {
        let ca_bundle = settings.ca_bundle.as_ref().map(|it| it.value.clone());
        let certificates = ca_bundle.as_ref().and_then(|it| self.ca_bundles.get(it));
        let connection = http::Connection { proxy, ca_bundle };
        let mut clients = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(connection.clone())
            .or_insert_with(|| http::client(&connection.proxy, certificates.cloned()))
            .clone()
    }
}

fn timeouts(limits: &Limits) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(limits.attempt_timeout.min(Duration::from_secs(5)))
        .read_timeout(limits.attempt_timeout)
        .operation_attempt_timeout(limits.attempt_timeout)
        .build()
}
