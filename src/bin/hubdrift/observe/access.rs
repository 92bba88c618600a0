//! From settings and environment to one SDK configuration: client, credentials, region, endpoint.

use std::time::Duration;

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, default_provider::region::DefaultRegionChain,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sdk_securityhub::config::{RuntimeComponents, SharedCredentialsProvider, SharedHttpClient};
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

/// How long finding credentials may take.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the configuration that every client of the run begins with, and sees that it has
/// credentials, and a region for each target.
pub async fn resolve(
    access: &Access,
    plan: &Plan,
    limits: &Limits,
) -> Result<SdkConfig, AccessError> {
    let without_region = plan
        .targets
        .iter()
        .find(|target| target.target.region.is_none());
    // Where every target has its region, any will do for the rest, and nobody need look for one.
    let first_region = plan
        .targets
        .iter()
        .find_map(|target| target.target.region.clone());
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
                .region(first_region.map(Region::new))
                .http_client(http_client(false))
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts(limits))
                .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                    TokioSleep::new(),
                ))
                .build()
        }
        Access::Environment {
            profile,
            region,
            endpoint_url,
        } => {
            let client = http_client(true);
            let mut loader = aws_config::defaults(BehaviorVersion::latest())
                .http_client(client.clone())
                // Given here, so that a bad AWS_RETRY_MODE or AWS_MAX_ATTEMPTS is not read: the SDK panics on one.
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts(limits));
            if let Ok(name) =
                AppName::new(concat!("hubdrift/", env!("CARGO_PKG_VERSION")).replace('/', "-"))
            {
                loader = loader.app_name(name);
            }
            if let Some(url) = endpoint_url {
                loader = loader.endpoint_url(url);
            }
            let region = region
                .clone()
                .or(first_region.filter(|_| without_region.is_none()));
            let region = region.map(Region::new);
            if let Some(region) = region.clone() {
                loader = loader.region(region);
            }
            if let Some(profile) = profile {
                let credentials = profile_credentials(profile, client, region).await;
                loader = loader
                    .profile_name(profile)
                    .credentials_provider(credentials);
            }
            loader.load().await
        }
    };
    if let (Some(target), None) = (without_region, config.region()) {
        return Err(AccessError::NoRegion(target.target.name.clone()));
    }
    check_credentials(&config).await?;
    Ok(config)
}

/// The credentials of a profile, and of nothing else: the usual chain begins with the keys in
/// the environment, and would pass over the profile where there are any.
async fn profile_credentials(
    profile: &str,
    client: SharedHttpClient,
    region: Option<Region>,
) -> ProfileFileCredentialsProvider {
    let region = match region {
        Some(region) => Some(region),
        None => {
            DefaultRegionChain::builder()
                .profile_name(profile)
                .build()
                .region()
                .await
        }
    };
    let config = ProviderConfig::without_region()
        .with_http_client(client)
        .with_region(region);
    ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(profile)
        .build()
}

/// Sees that there are credentials before anything is sent.
async fn check_credentials(config: &SdkConfig) -> Result<(), AccessError> {
    let Some(provider) = config.credentials_provider() else {
        return Err(AccessError::NoCredentials(
            "no provider is configured".to_owned(),
        ));
    };
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            // The SDK writes a list, a line for each place it looked in.
            let said = super::attempt::chain(&error);
            let lines: Vec<_> = said.lines().map(str::trim).collect();
            Err(AccessError::NoCredentials(lines.join(" ")))
        }
        Err(_) => Err(AccessError::NoCredentials(format!(
            "no answer within {} s",
            CREDENTIALS_TIMEOUT.as_secs()
        ))),
    }
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
