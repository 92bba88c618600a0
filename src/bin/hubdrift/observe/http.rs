//! HTTP clients for the SDK: the proxy and the certificates of a connection become a client.

use aws_sdk_securityhub::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};

use super::settings::EndpointProxy;

/// What a client is made for: one serves all connections that have these in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Connection {
    /// The proxy.
    pub proxy: EndpointProxy,
    /// The file of certificates.
    pub ca_bundle: Option<String>,
}

/// A client that uses this proxy, and trusts these certificates instead of the system's.
pub fn client(proxy: &EndpointProxy, certificates: Option<Vec<u8>>) -> SharedHttpClient {
    let proxy = config(proxy);
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

fn config(proxy: &EndpointProxy) -> ProxyConfig {
    let Some(url) = &proxy.url else {
        return ProxyConfig::disabled();
    };
    let config = if proxy.tls {
        ProxyConfig::https(url.as_str())
    } else {
        ProxyConfig::http(url.as_str())
    };
    // The URL was checked when settings were read.
    config.map_or_else(
        |_| ProxyConfig::disabled(),
        |it| it.no_proxy(&proxy.none_for),
    )
}
