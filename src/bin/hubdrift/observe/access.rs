//! From settings to what reaches AWS: the environment and the two files are read here, once, and
//! clients are made of what they say. The SDK is given values, and looks for none itself.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    path::{Path, PathBuf},
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
    Limits, certificates, http, instance,
    settings::{
        Endpoints, Environment, Files, Flags, Metadata, Paths, Proxies, Route, Secret, Set, Source,
        Text, Wanted, Wrong, routes,
    },
};

/// How AWS is reached.
#[derive(Debug, Clone)]
pub enum Access {
    /// As the environment and the AWS configuration files say, as the AWS CLI would.
    Environment {
        /// What was typed instead.
        flags: Flags,
        /// Whether roles are left aside, and the base credentials used for every target.
        no_assume_role: bool,
    },
    /// At this endpoint with this key, whatever the environment says.
    Fixed {
        /// The endpoint of every service.
        endpoint_url: String,
        /// The key's id.
        access_key_id: String,
        /// The key.
        secret_access_key: String,
    },
}

/// Why reading can't begin.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Settings that can't be used, each in words.
    #[error("{}", .0.join("\n"))]
    Settings(Vec<Wrong>),
    /// There are no credentials.
    #[error("no AWS credentials: {0}")]
    NoCredentials(String),
}

/// How targets are reached.
pub struct Reach {
    routes: BTreeMap<String, Result<Route, Unread>>,
    /// The files of certificates, by path.
    bundles: HashMap<String, Vec<u8>>,
    /// One HTTP client for each way, so that connections and TLS are shared.
    clients: Mutex<HashMap<http::Way, SharedHttpClient>>,
    limits: Limits,
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach")
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

/// Reads the settings, and sees that each target has a route.
///
/// # Errors
/// When something is wrong that isn't one target's own: all of it.
pub async fn reach(access: &Access, plan: &Plan, limits: &Limits) -> Result<Reach, AccessError> {
    let wanted = plan.targets.iter().map(|it| Wanted {
        name: it.target.name.clone(),
        region: it.target.region.clone(),
        profile: it.target.credentials.profile.clone(),
    });
    let wanted: Vec<_> = wanted.collect();
    let mut reach = Reach {
        routes: BTreeMap::new(),
        bundles: HashMap::new(),
        clients: Mutex::default(),
        limits: limits.clone(),
    };
    let found = match access {
        Access::Fixed {
            endpoint_url,
            access_key_id,
            secret_access_key,
        } => {
            let source = Source::Keys {
                id: access_key_id.clone(),
                secret: Secret(secret_access_key.clone()),
                token: None,
            };
            wanted
                .iter()
                .map(|it| Ok(fixed(it, endpoint_url, &source)))
                .collect()
        }
        Access::Environment { flags, .. } => {
            let (environment, files) = read().map_err(AccessError::Settings)?;
            routes(&environment, &files, flags, &wanted).map_err(AccessError::Settings)?
        }
    };
    let mut wrong = Vec::new();
    let mut asked = HashMap::new();
    for (wanted, route) in wanted.iter().zip(found) {
        let route = match route {
            Ok(mut route) => {
                if route.region.is_none() {
                    route.region = instance::region(&route.metadata, &mut asked).await;
                }
                if route.region.is_none() {
                    wrong.push(format!(
                        "no region is known for target `{}`: give it a `region` in the inventory, or set AWS_REGION or --region",
                        wanted.name
                    ));
                }
                reach.trust(&route).map(|()| route).map_err(|why| vec![why])
            }
            Err(problems) => Err(problems),
        };
        let route = match route {
            Err(problems) if wanted.profile.is_none() => {
                wrong.extend(
                    problems
                        .into_iter()
                        .filter(|it| !wrong.contains(it))
                        .collect::<Vec<_>>(),
                );
                continue;
            }
            route => route.map_err(|it| Unread::new(UnreadReason::Credentials, it.join("; "))),
        };
        reach.routes.insert(wanted.name.clone(), route);
    }
    if wrong.is_empty() {
        Ok(reach)
    } else {
        Err(AccessError::Settings(wrong))
    }
}

/// The environment and the two files.
fn read() -> Result<(Environment, Files), Vec<Wrong>> {
    let environment = Environment::new(std::env::vars_os())
        .or_home(|| std::env::home_dir().map(PathBuf::into_os_string));
    let mut wrong = environment.wrong();
    let paths = match Paths::of(&environment) {
        Ok(paths) => paths,
        Err(problems) => {
            let more = problems.into_iter().filter(|it| !wrong.contains(it));
            return Err(wrong.iter().cloned().chain(more).collect());
        }
    };
    let mut text = |path: &str| {
        // The AWS CLI passes over what isn't there, or is no file.
        let text = if Path::new(path).is_file() {
            let read = fs::read(path);
            read.map_err(|error| wrong.push(format!("{path} can't be read: {error}")))
                .ok()
        } else {
            None
        };
        Text {
            path: path.to_owned(),
            text,
        }
    };
    let (config, credentials) = (text(&paths.config), text(&paths.credentials));
    match Files::read(&config, &credentials) {
        Ok(files) if wrong.is_empty() => Ok((environment, files)),
        Ok(_) => Err(wrong),
        Err(problems) => Err(wrong.into_iter().chain(problems).collect()),
    }
}

/// The route of a target that is reached in one way only.
fn fixed(wanted: &Wanted, endpoint_url: &str, source: &Source) -> Route {
    let endpoint = Some(Set::new(endpoint_url, "hubdrift"));
    let region = wanted.region.clone();
    Route {
        profile: Set::new("", "hubdrift"),
        region: region.map(|it| Set::new(it, format!("target `{}`", wanted.name))),
        sts_region: None,
        source: Set::new(source.clone(), "hubdrift"),
        endpoints: Endpoints {
            securityhub: endpoint.clone(),
            sts: endpoint,
            ..Endpoints::default()
        },
        ca_bundle: None,
        proxies: Proxies::default(),
        metadata: Metadata {
            disabled: true,
            endpoint: Set::new("", "hubdrift"),
        },
    }
}

impl Reach {
    /// The route of the target of this name.
    pub fn route(&self, target: &str) -> Result<&Route, Unread> {
        match self.routes.get(target) {
            Some(Ok(route)) => Ok(route),
            Some(Err(why)) => Err(why.clone()),
            None => {
                let message = format!("there is no route to target `{target}`; please report it");
                Err(Unread::new(UnreadReason::ServiceError, message))
            }
        }
    }

    /// What was set that decides who is asked, and where, each once: in the environment and in the
    /// two files. What was typed, or stands in the inventory, is told elsewhere.
    pub fn overrides(&self) -> Vec<Override> {
        let mut found: Vec<Override> = Vec::new();
        for (target, route) in &self.routes {
            for (setting, set) in route.iter().flat_map(Route::told) {
                let set = Override::new(setting, Some(set.value), set.from);
                let of_target = format!("target `{target}`");
                let elsewhere = set.from.starts_with("--") || set.from.ends_with(&of_target);
                if !elsewhere && !found.contains(&set) {
                    found.push(set);
                }
            }
        }
        found
    }

    /// Reads the certificates of a route, if it has its own.
    fn trust(&mut self, route: &Route) -> Result<(), Wrong> {
        let Some(bundle) = &route.ca_bundle else {
            return Ok(());
        };
        if !self.bundles.contains_key(&bundle.value) {
            let read = certificates::read(Path::new(&bundle.value));
            let read = read.map_err(|why| format!("the certificates of {bundle}: {why}"))?;
            self.bundles.insert(bundle.value.clone(), read);
        }
        Ok(())
    }

    /// What a client of Security Hub begins with.
    pub fn securityhub(&self, route: &Route) -> SdkConfig {
        self.config(
            route,
            route.endpoints.securityhub.as_ref(),
            route.region.as_ref(),
        )
    }

    /// What a client of STS begins with: it is asked where flag, environment or profile say, else in
    /// the target's own region.
    pub fn sts(&self, route: &Route) -> SdkConfig {
        let region = route.sts_region.as_ref().or(route.region.as_ref());
        self.config(route, route.endpoints.sts.as_ref(), region)
    }

    fn config(&self, route: &Route, endpoint: Option<&Set>, region: Option<&Set>) -> SdkConfig {
        let way = route.proxies.to(endpoint.map(|it| it.value.as_str()));
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.client(route, way))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&self.limits))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .use_fips(route.endpoints.fips.is_some())
            .use_dual_stack(route.endpoints.dual_stack.is_some());
        builder.set_region(region.map(|it| Region::new(it.value.clone())));
        builder.set_endpoint_url(endpoint.map(|it| it.value.clone()));
        builder.set_app_name(AppName::new(concat!("hubdrift-", env!("CARGO_PKG_VERSION"))).ok());
        builder.build()
    }

    /// What the SDK's own providers of credentials begin with: the way to AWS, and nothing of the settings.
    pub fn provider(&self, route: &Route, region: &str) -> ProviderConfig {
        let portal = route.endpoints.portal.as_ref();
        let portal = portal.map(|it| it.value.as_str());
        ProviderConfig::without_region()
            .with_region(Some(Region::new(region.to_owned())))
            .with_use_fips(Some(route.endpoints.fips.is_some()))
            .with_use_dual_stack(Some(route.endpoints.dual_stack.is_some()))
            .with_http_client(self.client(route, route.proxies.to(portal)))
    }

    fn client(&self, route: &Route, way: super::settings::Way) -> SharedHttpClient {
        let bundle = route.ca_bundle.as_ref().map(|it| it.value.clone());
        let certificates = bundle.as_ref().and_then(|it| self.bundles.get(it)).cloned();
        let key = http::Way { way, bundle };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(key.clone())
            .or_insert_with(|| http::client(&key.way, certificates))
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

/// An error of the SDK's on one line: for credentials it writes a list of the places it looked in.
pub fn said(error: &(dyn std::error::Error + 'static)) -> String {
    let said = super::classify::chain(error);
    said.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
