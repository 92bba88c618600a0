//! The metadata service of the EC2 instance that hubdrift runs on: a client of it, and the region it
//! names. It is asked directly, never through a proxy.

use std::{collections::HashMap, time::Duration};

use aws_config::{imds, provider_config::ProviderConfig};

use hubdrift::model::is_region;

use super::{
    http,
    settings::{EndpointProxy, Metadata, Setting},
};

/// How long it may take. It answers at once where there is one.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The configuration of what asks the container's credentials endpoint and the instance: no proxy.
pub fn provider() -> ProviderConfig {
    ProviderConfig::without_region().with_http_client(http::client(&EndpointProxy::default(), None))
}

/// A client of the metadata service.
///
/// # Errors
/// When its address can't be one.
pub fn client(metadata: &Metadata) -> Result<imds::Client, String> {
    let builder = imds::Client::builder()
        .configure(&provider())
        .max_attempts(1)
        .connect_timeout(TIMEOUT)
        .read_timeout(TIMEOUT)
        .endpoint(&metadata.endpoint.value)
        .map_err(|error| error.to_string())?;
    Ok(builder.build())
}

/// The region of the instance, asked once for each address of its service.
pub async fn region(
    metadata: &Metadata,
    known: &mut HashMap<String, Option<Setting>>,
) -> Option<Setting> {
    if metadata.disabled {
        return None;
    }
    let address = &metadata.endpoint.value;
    if let Some(region) = known.get(address) {
        return region.clone();
    }
    let answer = match client(metadata) {
        Ok(client) => client.get("/latest/meta-data/placement/region").await.ok(),
        Err(_) => None,
    };
    let region = answer.as_ref().and_then(|it| named(it.as_ref()));
    let region = region.map(|it| Setting::new(it, format!("the instance, {address}")));
    known.insert(address.clone(), region.clone());
    region
}

/// The region that an answer names; nothing if it is not in the form of one.
fn named(answer: &str) -> Option<&str> {
    Some(answer.trim()).filter(|it| is_region(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_region_or_none() {
        assert_eq!(named("us-east-1\n"), Some("us-east-1"));
        for other in ["", "US-EAST-1", "us-east-1a", "us-east--1", "<html>"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
