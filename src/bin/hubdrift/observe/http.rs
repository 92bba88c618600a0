//! One HTTP client for each way by which hosts are reached.

use aws_sdk_securityhub::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};

use super::settings;

/// A way, and the file of the certificates that are trusted on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Way {
    /// The proxy.
    pub way: settings::Way,
    /// The file of certificates.
    pub bundle: Option<String>,
}

/// A client that goes this way, and trusts these certificates, or the system's.
pub fn client(way: &settings::Way, certificates: Option<Vec<u8>>) -> SharedHttpClient {
    let proxy = proxy(way);
    let context = certificates.and_then(|pem| {
        let store = tls::TrustStore::empty().with_pem_certificate(pem);
        tls::TlsContext::builder()
            .with_trust_store(store)
            .build()
            .ok()
    });
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::AwsLc,
            ));
        if let Some(context) = &context {
            builder.set_tls_context(context.clone());
        }
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    })
}

fn proxy(way: &settings::Way) -> ProxyConfig {
    let Some(url) = &way.proxy else {
        return ProxyConfig::disabled();
    };
    let proxy = if way.tls {
        ProxyConfig::https(url.as_str())
    } else {
        ProxyConfig::http(url.as_str())
    };
    // Its address was checked when settings were read.
    proxy.map_or_else(|_| ProxyConfig::disabled(), |it| it.no_proxy(&way.none_for))
}
