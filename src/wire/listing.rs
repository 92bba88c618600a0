//! Pages of `ListConnectorsV2`, and single entries of one in saved files.

use serde::{Deserialize, Serialize};

use super::{
    json::{Object, parse, text},
    malformed::Malformed,
};
use crate::model::{ConnectorId, Summary};

/// The name of an entry's connector id.
pub const CONNECTOR_ID: &str = "ConnectorId";

/// The name of an entry's name.
pub const NAME: &str = "Name";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePage {
    connectors: Option<Vec<Object<WireSummary>>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireSummary {
    connector_arn: Option<String>,
    connector_id: Option<String>,
    name: Option<String>,
}

impl WireSummary {
    /// The entry, and its ARN where it has one; `field` is the path of its id, for a message.
    fn read(self, field: impl FnOnce() -> String) -> Result<(Summary, Option<String>), Malformed> {
        let id = self.connector_id.and_then(|id| id.parse().ok());
        let summary = Summary {
            id: id.ok_or_else(|| Malformed::Field(field()))?,
            name: self.name,
        };
        Ok((summary, self.connector_arn))
    }
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its entries.
    pub summaries: Vec<Summary>,
    /// The ARNs that stand in them.
    pub arns: Vec<(ConnectorId, String)>,
    /// The token that asks for the next page; `None` on the last.
    pub next_token: Option<String>,
}

/// Reads the body of `ListConnectorsV2`.
///
/// # Errors
/// When the body is not a page, or an entry has no usable connector id: a
/// connector that can't be asked for must not be passed over.
pub fn page(body: &[u8]) -> Result<Page, Malformed> {
    let Object(wire): Object<WirePage> = parse(text(body)?, "")?;
    let connectors = wire.connectors.ok_or(Malformed::Lacks("Connectors"))?;
    let mut arns = Vec::with_capacity(connectors.len());
    let summaries = connectors
        .into_iter()
        .enumerate()
        .map(|(index, Object(entry))| {
            let (summary, arn) = entry.read(|| format!("`Connectors[{index}].ConnectorId`"))?;
            arns.extend(arn.map(|arn| (summary.id, arn)));
            Ok(summary)
        });
    Ok(Page {
        summaries: summaries.collect::<Result<_, _>>()?,
        arns,
        next_token: wire.next_token.filter(|t| !t.is_empty()),
    })
}

/// Reads one entry of a listing, and its ARN where it has one.
///
/// # Errors
/// When it has no usable connector id: what can't be asked for must not be passed over.
pub fn summary(text: &str) -> Result<(Summary, Option<String>), Malformed> {
    let Object(wire): Object<WireSummary> = parse(text, "")?;
    wire.read(|| "`ConnectorId`".to_owned())
}

/// Writes one entry of a listing, with what is known of it here.
///
/// # Errors
/// None that is known: both values have a JSON form.
pub fn summary_text(summary: &Summary) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Written<'a> {
        connector_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    }
    serde_json::to_string(&Written {
        connector_id: summary.id.as_str(),
        name: summary.name.as_deref(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

    #[test]
    fn an_entry_is_what_it_was() {
        for name in [None, Some("a \"b\"".to_owned())] {
            let entry = Summary {
                id: ID.parse().expect("an id"),
                name,
            };
            let text = summary_text(&entry).expect("JSON");
            assert_eq!(summary(&text), Ok((entry, None)));
        }
        assert!(summary("{}").is_err());
    }
}
