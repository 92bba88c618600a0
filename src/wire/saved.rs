//! What stands in saved files: entries of a listing one by one, and answers as the AWS CLI and
//! boto3 write them down, which say more or less than the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Malformed, Object, WireSummary, parse};
use crate::model::Summary;

/// What a JSON object in a file is, as far as its names tell.
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

/// Tells what the JSON object `text` is.
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

/// The name of a provider that the writer of a file didn't know: boto3 and the AWS CLI put it
/// beside their own mark, and leave the rest out.
pub(super) fn unknown_member(name: &str, body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Unknown {
        name: String,
    }
    if name != "SDK_UNKNOWN_MEMBER" {
        return None;
    }
    let unknown: Unknown = serde_json::from_str(body).ok()?;
    Some(unknown.name)
}

/// The ARN that an answer bears, where it is an answer and bears one.
pub fn arn(text: &str) -> Option<String> {
    let wire: WireSaved = serde_json::from_str(text).ok()?;
    wire.connector_arn
}

/// Reads one entry of a listing, and its ARN where it has one.
///
/// # Errors
/// When it has no usable connector id: what can't be asked for must not be passed over.
pub fn summary(text: &str) -> Result<(Summary, Option<String>), Malformed> {
    let Object(wire): Object<WireSummary> = parse(text, "")?;
    let id = wire.connector_id.and_then(|id| id.parse().ok());
    let summary = Summary {
        id: id.ok_or_else(|| Malformed::Field("`ConnectorId`".to_owned()))?,
        name: wire.name,
    };
    Ok((summary, wire.connector_arn))
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
