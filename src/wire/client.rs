//! Answers as the AWS CLI and boto3 write them down, which say more or less than the wire: what a
//! saved JSON object is, and whose.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{json::parse, malformed::Malformed};

/// What a JSON object in a saved file is, by the names in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// It says `schema`, so it is one of our own files.
    Ours,
    /// An answer of `GetConnectorV2`.
    Answer {
        /// The connector's id.
        id: String,
        /// Its ARN.
        arn: Option<String>,
        /// When the service answered, where boto3 wrote that down.
        at: Option<Timestamp>,
        /// The request that was answered, where boto3 wrote that down.
        request_id: Option<String>,
    },
    /// An answer of `ListConnectorsV2`.
    List,
    /// `{}`.
    Nothing,
    /// Something else.
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireSaved {
    connector_id: Option<String>,
    connector_arn: Option<String>,
    connectors: Option<IgnoredAny>,
    response_metadata: Option<WireMetadata>,
}

/// What boto3 adds to an answer.
#[derive(Deserialize)]
struct WireMetadata {
    #[serde(rename = "RequestId")]
    request_id: Option<String>,
    #[serde(rename = "HTTPHeaders")]
    headers: Option<BTreeMap<String, String>>,
}

/// Which form the JSON object `text` has.
///
/// # Errors
/// When it isn't an object, or a name that tells has a value of another type.
pub fn form(text: &str) -> Result<Form, Malformed> {
    let fields: BTreeMap<String, &RawValue> = parse(text, "")?;
    if fields.is_empty() {
        return Ok(Form::Nothing);
    }
    if fields.contains_key("schema") {
        return Ok(Form::Ours);
    }
    let wire: WireSaved = parse(text, "")?;
    if wire.connectors.is_some() {
        return Ok(Form::List);
    }
    let Some(id) = wire.connector_id else {
        return Ok(Form::Other);
    };
    let (mut at, mut request_id) = (None, None);
    if let Some(metadata) = wire.response_metadata {
        request_id = metadata.request_id;
        let headers = metadata.headers.unwrap_or_default();
        let date = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("date"));
        at = date.and_then(|(_, date)| http_date(date));
    }
    Ok(Form::Answer {
        id,
        arn: wire.connector_arn,
        at,
        request_id,
    })
}

fn http_date(text: &str) -> Option<Timestamp> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text).ok()
}

/// The ARN that an answer bears, where it is an answer and bears one.
pub fn arn(text: &str) -> Option<String> {
    let wire: WireSaved = serde_json::from_str(text).ok()?;
    wire.connector_arn
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

    #[test]
    fn files_are_told_apart() {
        assert_eq!(form("{}"), Ok(Form::Nothing));
        assert_eq!(form(r#"{"schema":"x","ConnectorId":5}"#), Ok(Form::Ours));
        assert_eq!(form(r#"{"Connectors":[]}"#), Ok(Form::List));
        assert_eq!(form(r#"{"Tags":{}}"#), Ok(Form::Other));
        assert!(form("[]").is_err());
        assert!(form(r#"{"ConnectorId":5}"#).is_err());
    }

    #[test]
    fn boto3_says_when_and_by_which_request() {
        let text = format!(
            r#"{{"ResponseMetadata":{{"RequestId":"r-1","HTTPStatusCode":200,"RetryAttempts":0,
            "HTTPHeaders":{{"date":"Sun, 22 Nov 2026 12:00:00 GMT"}}}},"ConnectorId":"{ID}"}}"#
        );
        assert_eq!(
            form(&text),
            Ok(Form::Answer {
                id: ID.into(),
                arn: None,
                at: "2026-11-22T12:00:00Z".parse().ok(),
                request_id: Some("r-1".into())
            })
        );
    }
}
