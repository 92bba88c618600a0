//! The metadata service of the instance that hubdrift runs on. It is asked directly, never by a proxy.

use std::{collections::HashMap, time::Duration};

use aws_config::{imds, provider_config::ProviderConfig};

use hubdrift::model::is_region;

use super::{
    http,
    settings::{Metadata, Set, Way},
};

/// How long it may take. It answers at once where there is one.
const TIMEOUT: Duration = Duration::from_secs(1);

/// What asks the container's neighbour and the instance: directly.
pub fn provider() -> ProviderConfig {
    ProviderConfig::without_region().with_http_client(http::client(&Way::default(), None))
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
pub async fn region(metadata: &Metadata, asked: &mut HashMap<String, Option<Set>>) -> Option<Set> {
    if metadata.disabled {
        return None;
    }
    let address = &metadata.endpoint.value;
    if let Some(said) = asked.get(address) {
        return said.clone();
    }
    let said = match client(metadata) {
        Ok(client) => client.get("/latest/meta-data/placement/region").await.ok(),
        Err(_) => None,
    };
    let region = said.as_ref().and_then(|it| named(it.as_ref()));
    let region = region.map(|it| Set::new(it, format!("the instance, {address}")));
    asked.insert(address.clone(), region.clone());
    region
}

/// The region that an answer names. Another text is none, also one that AWS might take for one.
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
