//! Turns the text of a snapshot file (`hubdrift.snapshot/1`) into values, and back; and those
//! into observations, and back.
//!
//! A connector's body is kept as the API sent it, byte for byte but for its secrets: absent
//! fields, unknown enum values and unknown providers survive being saved. What could not be read
//! is kept with its reason, so that nothing looks better later than it did. The types in this
//! file know nothing of what stands in a body. [`Saved`] is any file that can be checked instead
//! of AWS: a snapshot, or answers that the AWS CLI or boto3 wrote down.

mod answers;
mod replay;
mod save;
mod saved;
mod strict;

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::model::ConnectorId;

pub use answers::Answers;
pub use replay::to_observations;
pub use save::from_observations;
pub use saved::{Age, Saved};

/// The name of the format, as it stands in the file.
pub const SCHEMA: &str = "hubdrift.snapshot/1";

/// What was observed in some targets at one time. The API's answers in it are pieces of the
/// text that it was read from: they are most of a file.
///
/// `C` is a connector, or the text of one on the way there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: Deserialize<'de>"))]
pub struct Snapshot<'a, C = Connector<'a>> {
    /// Which format this is; a file of any other is refused.
    pub schema: Schema,
    /// When reading began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// The targets that were looked into.
    #[serde(borrow)]
    pub targets: Vec<Target<'a, C>>,
}

/// The proof that a file says [`SCHEMA`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Schema;

/// One account and region, and what was found there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: Deserialize<'de>"))]
pub struct Target<'a, C = Connector<'a>> {
    /// The inventory's name for it.
    pub name: String,
    /// The account that was looked into; empty, and left out of the file, where that isn't known.
    #[serde(
        default,
        deserialize_with = "strict::account",
        skip_serializing_if = "String::is_empty"
    )]
    pub account: String,
    /// The region that was looked into; empty, and left out of the file, where that isn't known.
    #[serde(
        default,
        deserialize_with = "strict::region",
        skip_serializing_if = "String::is_empty"
    )]
    pub region: String,
    /// Who looked, as `sts:GetCallerIdentity` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_arn: Option<String>,
    /// Whether Security Hub is enabled there; absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<Hub>,
    /// Whether the target could be read at all.
    #[serde(default)]
    pub status: Status,
    /// Why it was unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What `ListConnectorsV2` said; absent: it was not asked.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<Listing<'a>>,
    /// The connectors that were asked for, one by one.
    #[serde(default = "Vec::new")]
    pub connectors: Vec<C>,
}

/// Whether Security Hub is enabled in an account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// It is.
    Enabled,
    /// It is not: every operation is answered with a conflict.
    Disabled,
}

/// Whether a target could be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was; single connectors may be unread all the same.
    #[default]
    Read,
    /// Nothing in it was.
    Unread,
}

/// Why something is unread.
///
/// `kind` is open: a later hubdrift may know more reasons, and an unknown reason is
/// still a reason to call something unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind of the reason, such as `access_denied`.
    pub kind: String,
    /// What the API, or the network, said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The id of the request that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The pages of `ListConnectorsV2`, joined.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "strict::WireListing<'a>")]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Listing<'a> {
    /// Whether the last page was reached.
    pub complete: bool,
    /// Why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Reason>,
    /// The list's entries, in the API's form.
    pub summaries: Vec<Cow<'a, RawValue>>,
}

/// What is known of one connector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "WireConnector<'a>", into = "WireConnector<'a>")]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Connector<'a> {
    /// The id that was asked for; the body may, wrongly, say another.
    pub connector_id: Cow<'a, str>,
    /// When it was read.
    pub observed_at: Option<Timestamp>,
    /// The id of the request that read it.
    pub request_id: Option<String>,
    /// What came of asking.
    pub answer: Answer<'a>,
    /// Its tags; absent: not read, which is not the same as none.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What came of asking for one connector.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// It is there: what `GetConnectorV2` answered, verbatim.
    Body(Cow<'a, RawValue>),
    /// The API says there is none.
    Missing,
    /// Nobody knows.
    Unread(Box<Reason>),
}

/// A [`Connector`] as it stands in the file, where nothing keeps it from being two things at once.
#[derive(Serialize, Deserialize)]
struct WireConnector<'a> {
    #[serde(borrow)]
    connector_id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(
        borrow,
        default,
        deserialize_with = "piece",
        skip_serializing_if = "Option::is_none"
    )]
    body: Option<Cow<'a, RawValue>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    missing: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unread: Option<Box<Reason>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeMap<String, String>>,
}

/// A piece of the text that is read, left where it is.
fn piece<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'a, RawValue>>, D::Error> {
    let piece = Option::<&'a RawValue>::deserialize(deserializer)?;
    Ok(piece.map(Cow::Borrowed))
}

impl<'a, C> Target<'a, C> {
    fn with<D>(self, connectors: Vec<D>) -> Target<'a, D> {
        Target {
            connectors,
            name: self.name,
            account: self.account,
            region: self.region,
            caller_arn: self.caller_arn,
            hub: self.hub,
            status: self.status,
            reason: self.reason,
            listing: self.listing,
        }
    }
}

impl Target<'_> {
    /// The same, with answers of its own.
    pub fn into_owned(self) -> Target<'static> {
        fn own(raw: Cow<'_, RawValue>) -> Cow<'static, RawValue> {
            Cow::Owned(raw.into_owned())
        }
        let connector = |connector: Connector<'_>| Connector {
            answer: match connector.answer {
                Answer::Body(body) => Answer::Body(own(body)),
                Answer::Missing => Answer::Missing,
                Answer::Unread(reason) => Answer::Unread(reason),
            },
            connector_id: Cow::Owned(connector.connector_id.into_owned()),
            observed_at: connector.observed_at,
            request_id: connector.request_id,
            tags: connector.tags,
        };
        Target {
            listing: self.listing.map(|listing| Listing {
                summaries: listing.summaries.into_iter().map(own).collect(),
                complete: listing.complete,
                unread: listing.unread,
            }),
            connectors: self.connectors.into_iter().map(connector).collect(),
            name: self.name,
            account: self.account,
            region: self.region,
            caller_arn: self.caller_arn,
            hub: self.hub,
            status: self.status,
            reason: self.reason,
        }
    }
}

/// Why a text is no snapshot, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// Reads a snapshot. Keys that are not known are passed over: newer versions may add some.
///
/// # Errors
/// When the text is not JSON, or not a snapshot; the first place where that shows.
pub fn parse<'a>(text: &'a str) -> Result<Snapshot<'a>, ParseError> {
    let skimmed: Snapshot<'a, &'a RawValue> =
        serde_json::from_str(text).map_err(|error| ParseError::from(&error))?;
    let whole = |target: Target<'a, &'a RawValue>| {
        let connectors = connectors(text, &target.connectors)?;
        Ok(target.with(connectors))
    };
    Ok(Snapshot {
        schema: skimmed.schema,
        taken_at: skimmed.taken_at,
        targets: skimmed
            .targets
            .into_iter()
            .map(whole)
            .collect::<Result<_, ParseError>>()?,
    })
}

/// Reads the connectors of a target, each by itself: they are most of a large file.
fn connectors<'a>(text: &str, parts: &[&'a RawValue]) -> Result<Vec<Connector<'a>>, ParseError> {
    let read = |part: &&'a RawValue| serde_json::from_str(part.get());
    let connectors: Result<Vec<_>, serde_json::Error> = parts.par_iter().map(read).collect();
    connectors.map_err(|any| {
        // Of several errors the first in the file is shown.
        let first = parts.iter().find_map(|part| {
            let error = serde_json::from_str::<Connector<'_>>(part.get()).err()?;
            Some(ParseError::from(&error).within(text, part.get()))
        });
        first.unwrap_or_else(|| ParseError::from(&any))
    })
}

/// Writes a snapshot as indented JSON with a newline at its end. Bodies stay on the lines
/// they came in.
///
/// # Errors
/// None that is known: every value here has a JSON form.
pub fn serialise(snapshot: &Snapshot<'_>) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(snapshot)? + "\n")
}

impl ParseError {
    /// An error in `part`, which is a piece of `text`, as an error in `text`. Columns are bytes, as
    /// `serde_json` counts them.
    fn within(mut self, text: &str, part: &str) -> Self {
        let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        if self.line <= 1 {
            self.column += before.len() - line_start;
        }
        self.line = self.line.max(1) + before.matches('\n').count();
        self
    }
}

impl From<&serde_json::Error> for ParseError {
    fn from(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // serde_json says the place at the end of its text; ours stands in front of it.
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self {
            line,
            column,
            message,
        }
    }
}

impl TryFrom<String> for Schema {
    type Error = String;

    fn try_from(found: String) -> Result<Self, String> {
        if found == SCHEMA {
            Ok(Self)
        } else {
            Err(format!("schema is `{found}`, expected `{SCHEMA}`"))
        }
    }
}

impl From<Schema> for &'static str {
    fn from(_: Schema) -> Self {
        SCHEMA
    }
}

impl<'a> TryFrom<WireConnector<'a>> for Connector<'a> {
    type Error = String;

    fn try_from(wire: WireConnector<'a>) -> Result<Self, String> {
        let id: Result<ConnectorId, _> = wire.connector_id.parse();
        id.map_err(|error| error.to_string())?;
        let answer = match (wire.body, wire.missing, wire.unread) {
            (Some(body), false, None) => Answer::Body(body),
            (None, true, None) => Answer::Missing,
            (None, false, Some(reason)) => Answer::Unread(reason),
            _ => {
                return Err(format!(
                    "connector `{}` needs exactly one of `body`, `missing: true` and `unread`",
                    wire.connector_id
                ));
            }
        };
        Ok(Self {
            connector_id: wire.connector_id,
            observed_at: wire.observed_at,
            request_id: wire.request_id,
            answer,
            tags: wire.tags,
        })
    }
}

impl<'a> From<Connector<'a>> for WireConnector<'a> {
    fn from(connector: Connector<'a>) -> Self {
        let (body, missing, unread) = match connector.answer {
            Answer::Body(body) => (Some(body), false, None),
            Answer::Missing => (None, true, None),
            Answer::Unread(reason) => (None, false, Some(reason)),
        };
        Self {
            connector_id: connector.connector_id,
            observed_at: connector.observed_at,
            request_id: connector.request_id,
            body,
            missing,
            unread,
            tags: connector.tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_body_is_kept_to_the_byte() {
        let body = r#"{ "Name" :"é\u0000", "Health":{"ConnectorStatus":"NEW_ONE"}, "N":1.10 }"#;
        let text = format!(
            r#"{{"schema":"hubdrift.snapshot/1","later":1,"targets":[{{"name":"p","account":"111122223333","region":"us-east-1","hub":null,
            "connectors":[{{"connector_id":"00000000-0000-4000-8000-00000000000a","body":{body}}},{{"connector_id":"00000000-0000-4000-8000-00000000000b","missing":true}},
            {{"connector_id":"00000000-0000-4000-8000-00000000000c","unread":{{"kind":"brand_new"}},"tags":null}}]}}]}}"#
        );
        let once = serialise(&parse(&text).unwrap()).unwrap();
        assert!(once.contains(body), "{once}");
        let twice = serialise(&parse(&once).unwrap()).unwrap();
        assert_eq!(once, twice);
    }

    #[test]
    fn what_is_wrong_comes_with_its_place() {
        assert_eq!(
            refusal("{\n  \"schema\": \"hubdrift.snapshot/2\",\n \"targets\":[]}"),
            "2:33: schema is `hubdrift.snapshot/2`, expected `hubdrift.snapshot/1`"
        );
        assert_eq!(refusal(""), "1:0: EOF while parsing a value");
        assert_eq!(
            refusal("{\"schema\":\"hubdrift.snapshot/1\",\n\"targets\":[{\"name\":1}]}"),
            "2:20: invalid type: integer `1`, expected a string"
        );
    }

    #[test]
    fn a_connector_is_one_thing() {
        for both in [r#","body":{},"missing":true"#, "", r#","missing":false"#] {
            let text = format!(
                r#"{{"schema":"hubdrift.snapshot/1","targets":[{{"name":"p","account":"111122223333","region":"us-east-1",
                "connectors":[{{"connector_id":"00000000-0000-4000-8000-00000000000a"{both}}}]}}]}}"#
            );
            assert!(
                refusal(&text).contains(
                    "connector `00000000-0000-4000-8000-00000000000a` needs exactly one of"
                ),
                "{}",
                refusal(&text)
            );
        }
    }
}
