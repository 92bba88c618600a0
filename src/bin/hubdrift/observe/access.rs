//! From settings and environment to one SDK configuration: client, credentials, region, endpoint.

use std::time::Duration;

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig,
    default_provider::credentials::DefaultCredentialsChain,
    environment::EnvironmentVariableRegionProvider,
    imds::{self, region::ImdsRegionProvider},
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_sdk_securityhub::config::{
    RuntimeComponents, SharedAsyncSleep, SharedCredentialsProvider, SharedHttpClient,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};
use hubdrift::plan::Plan;

use super::Limits;

/// How AWS is reached.
#[derive(Debug, Clone)]
pub enum Access {
    /// As the environment and the AWS configuration files say, as the AWS CLI would.
    Environment {
        /// A profile instead of the environment's.
        profile: Option<String>,
        /// The region of targets without one.
        region: Option<String>,
        /// Another endpoint for every service.
        endpoint_url: Option<String>,
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
    /// Nobody says in which region to look.
    #[error(
        "no region is known for target `{0}`: give it a `region` in the inventory, or set AWS_REGION or --region"
    )]
    NoRegion(String),
    /// There are no credentials.
    #[error(
        "no AWS credentials were found ({0}); looked in the environment (AWS_ACCESS_KEY_ID), the profile, web identity, \
         the container and the instance: set one of them, or choose a profile with --profile"
    )]
    NoCredentials(String),
}

/// How long a person or a program may take to give credentials (a credential process, a browser).
const CREDENTIALS_TIMEOUT: Duration = Duration::from_mins(1);

/// How long the metadata service of an instance may take. It answers at once where there is one.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// Makes the configuration that every client of the run begins with, and sees that it has a
/// region for each target, and credentials where a target uses the environment's.
///
/// # Errors
/// When it has not.
pub async fn resolve(
    access: &Access,
    plan: &Plan,
    limits: &Limits,
) -> Result<SdkConfig, AccessError> {
    let without_region = plan
        .targets
        .iter()
        .find(|target| target.target.region.is_none());
    let config = match access {
        Access::Fixed {
            endpoint_url,
            access_key_id,
            secret_access_key,
        } => {
            let credentials =
                Credentials::new(access_key_id, secret_access_key, None, None, "hubdrift");
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .endpoint_url(endpoint_url)
                .http_client(http_client(false))
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts(limits))
                .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
                .build()
        }
        Access::Environment {
            profile,
            region,
            endpoint_url,
            ..
        } => {
            from_environment(
                profile.as_deref(),
                region.as_deref(),
                endpoint_url.as_deref(),
                plan,
                limits,
            )
            .await?
        }
    };
    match without_region {
        Some(target) if config.region().is_none() => {
            Err(AccessError::NoRegion(target.target.name.clone()))
        }
        _ => Ok(config),
    }
}

async fn from_environment(
    profile: Option<&str>,
    region: Option<&str>,
    endpoint_url: Option<&str>,
    plan: &Plan,
    limits: &Limits,
) -> Result<SdkConfig, AccessError> {
    let client = http_client(true);
    let first_region = plan
        .targets
        .iter()
        .find_map(|target| target.target.region.as_deref());
    let all_have_regions = plan
        .targets
        .iter()
        .all(|target| target.target.region.is_some());
    let given = region
        .or(first_region.filter(|_| all_have_regions))
        .map(|region| Region::new(region.to_owned()));

    let provider = ProviderConfig::without_region()
        .with_http_client(client.clone())
        .with_region(given.clone());
    let metadata = imds::Client::builder()
        .configure(&provider)
        .max_attempts(1)
        .connect_timeout(METADATA_TIMEOUT)
        .read_timeout(METADATA_TIMEOUT)
        .build();
    let needed = plan
        .targets
        .iter()
        .any(|target| target.target.credentials.profile.is_none());
    // Each of the two may wait for a metadata service that isn't there: they wait together.
    let (region, credentials) = tokio::join!(
        find_region(given.clone(), profile, &provider, &metadata),
        find_credentials(needed, given, profile, &provider, &metadata),
    );
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        // Given here, so that a bad AWS_RETRY_MODE or AWS_MAX_ATTEMPTS is not read: the SDK panics on one.
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(limits));
    if let Ok(name) = AppName::new(concat!("hubdrift-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    // Without a region the loader would look for one again; a chain that finds none says so at once.
    loader = loader.region(RegionProviderChain::first_try(region.clone()));
    loader = match credentials? {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader.no_credentials(),
    };
    Ok(loader.load().await)
}

/// The region as the environment, the profile or the instance says.
async fn find_region(
    given: Option<Region>,
    profile: Option<&str>,
    provider: &ProviderConfig,
    metadata: &imds::Client,
) -> Option<Region> {
    if given.is_some() {
        return given;
    }
    let mut of_profile = ProfileFileRegionProvider::builder().configure(provider);
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    let of_instance = ImdsRegionProvider::builder()
        .imds_client(metadata.clone())
        .build();
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build())
        .or_else(of_instance);
    chain.region().await
}

/// The base credentials, seen to be there; nothing when no target needs them.
async fn find_credentials(
    needed: bool,
    region: Option<Region>,
    profile: Option<&str>,
    provider: &ProviderConfig,
    metadata: &imds::Client,
) -> Result<Option<SharedCredentialsProvider>, AccessError> {
    if !needed {
        return Ok(None);
    }
    let found = if let Some(profile) = profile {
        // The profile that was asked for, and nothing else: the usual chain begins with the keys in
        // the environment, and would pass over the profile where there are any.
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(provider)
            .profile_name(profile);
        SharedCredentialsProvider::new(credentials.build())
    } else {
        let region = RegionProviderChain::first_try(region)
            .or_else(EnvironmentVariableRegionProvider::new());
        let chain = DefaultCredentialsChain::builder()
            .configure(provider.clone())
            .region(region)
            .imds_client(metadata.clone());
        SharedCredentialsProvider::new(chain.build().await)
    };
    // What was found is kept, so that nobody is asked twice.
    let found = super::identity::kept(found);
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, found.provide_credentials()).await {
        Ok(Ok(_)) => Ok(Some(found)),
        Ok(Err(error)) => Err(AccessError::NoCredentials(said(&error))),
        Err(_) => {
            let seconds = CREDENTIALS_TIMEOUT.as_secs();
            Err(AccessError::NoCredentials(format!(
                "no answer within {seconds} s"
            )))
        }
    }
}

/// An error of the SDK's on one line: for credentials it writes a list of the places it looked in.
pub fn said(error: &(dyn std::error::Error + 'static)) -> String {
    let said = super::classify::chain(error);
    said.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The credentials of a profile, for targets that name one.
pub fn profile_credentials(profile: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut provider = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        provider = provider.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_name(profile)
        .build()
}

fn timeouts(limits: &Limits) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(limits.attempt_timeout.min(Duration::from_secs(5)))
        .read_timeout(limits.attempt_timeout)
        .operation_attempt_timeout(limits.attempt_timeout)
        .build()
}

/// One HTTP client for every call, so that connections and TLS are shared; it keeps the
/// environment's proxy settings where the environment counts.
fn http_client(with_environment: bool) -> SharedHttpClient {
    let proxy = if with_environment {
        ProxyConfig::from_env()
    } else {
        ProxyConfig::disabled()
    };
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::AwsLc,
            ));
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    })
}
