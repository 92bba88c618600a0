//! The types of a snapshot file, and their form in JSON.
//!
//! What the file may say and no snapshot means (a connector that is two things at once, a complete
//! listing without its entries) is refused while it is read. What stands in a body isn't known here.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::strict;
use crate::model::{ConnectorId, Override};

/// The name of the format, as it stands in the file.
pub const SCHEMA: &str = "hubdrift.snapshot/1";

/// What was observed in some targets at one time. The API's answers in it are borrowed from the text
/// that it was read from: they are most of a file.
///
/// `C` is a connector; while a file is read it is the text of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: Deserialize<'de>"))]
pub struct Snapshot<'a, C = Connector<'a>> {
    /// Which format this is; a file of any other is refused.
    pub schema: Schema,
    /// When reading began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// What was set that changed who was asked, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
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
    /// Who asked, as `sts:GetCallerIdentity` said.
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
#[serde(try_from = "WireListing<'a>")]
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
    /// Neither is known.
    Unread(Box<Reason>),
}

/// A [`Connector`] as it stands in the file, where it may be several things at once.
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
        deserialize_with = "strict::piece",
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

/// A [`Listing`] as it stands in the file, where one that is complete may lack its entries.
#[derive(Deserialize)]
struct WireListing<'a> {
    complete: bool,
    #[serde(default)]
    unread: Option<Reason>,
    #[serde(borrow, default, deserialize_with = "strict::pieces")]
    summaries: Option<Vec<Cow<'a, RawValue>>>,
}

impl<'a> TryFrom<WireListing<'a>> for Listing<'a> {
    type Error = String;

    fn try_from(wire: WireListing<'a>) -> Result<Self, String> {
        if wire.complete && wire.summaries.is_none() {
            return Err("a listing that is `complete` needs its `summaries`: an empty list, if no connector was there".to_owned());
        }
        Ok(Self {
            complete: wire.complete,
            unread: wire.unread,
            summaries: wire.summaries.unwrap_or_default(),
        })
    }
}

impl<C> Target<'_, C> {
    /// The same target with these connectors and this listing.
    pub(super) fn with<D>(self, connectors: Vec<D>, listing: Option<Listing<'_>>) -> Target<'_, D> {
        Target {
            connectors,
            listing,
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

impl Target<'_> {
    /// The same target with copies of all that it borrows.
    pub fn into_owned(mut self) -> Target<'static> {
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
        let listing = self.listing.take().map(|listing| Listing {
            summaries: listing.summaries.into_iter().map(own).collect(),
            complete: listing.complete,
            unread: listing.unread,
        });
        let connectors = std::mem::take(&mut self.connectors);
        let connectors = connectors.into_iter().map(connector).collect();
        self.with(connectors, listing)
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
