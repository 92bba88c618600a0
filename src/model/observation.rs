//! What reading an account gave: connectors, their absence, or why neither is known.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::Arc,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Connector, ConnectorId, Fact, Home, Override};

/// Everything a run observed, in the order of its targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observations {
    /// One for each target that was in scope.
    pub targets: Vec<TargetObservation>,
    /// What was set that changed who was asked, and where.
    pub overrides: Vec<Override>,
    /// How many requests it took.
    pub requests: Requests,
}

/// How many requests a run made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// Attempts sent, first ones and repeated ones.
    pub sent: u64,
    /// Attempts that repeated an earlier one.
    pub retried: u64,
    /// Answers that said "too many".
    pub throttled: u64,
}

/// What was observed of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetObservation {
    /// The target's name in the inventory.
    pub name: String,
    /// The account, as `sts:GetCallerIdentity` gave it.
    pub account: Option<String>,
    /// The region that was read.
    pub region: Option<String>,
    /// Who asked.
    pub caller_arn: Option<String>,
    /// Whether Security Hub is enabled there.
    pub hub: Hub,
    /// Why nothing of the target could be read; `None` when it was reached.
    pub unread: Option<Unread>,
    /// The connectors that exist, as far as they were listed.
    pub listing: Listing,
    /// What each `GetConnectorV2` gave.
    pub connectors: BTreeMap<ConnectorId, Observed>,
}

impl TargetObservation {
    /// Why the listing is not as complete as it says: it lacks a connector that is there.
    pub fn unlisted(&self) -> Option<Unread> {
        let Listing::Complete(all) = &self.listing else {
            return None;
        };
        let listed: HashSet<_> = all.iter().map(|it| it.id).collect();
        let is_lacking = |(id, observed): &(&ConnectorId, &Observed)| match &observed.reading {
            Reading::Present(connector) if !listed.contains(*id) => {
                // An answer of elsewhere shows nothing of here.
                let arn = connector.text(Fact::ConnectorArn);
                arn.is_none_or(|arn| Home::of(self).refuses(arn, id).is_none())
            }
            Reading::Present(_) | Reading::Missing | Reading::Unread(_) => false,
        };
        let (lacking, _) = self.connectors.iter().find(is_lacking)?;
        Some(Listing::lacks(lacking))
    }
}

/// Whether Security Hub is enabled in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// It answered.
    Enabled,
    /// It said that it is not enabled.
    Disabled,
    /// Nothing was heard that tells.
    #[default]
    Unknown,
}

/// What `ListConnectorsV2` gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// Nobody needed it.
    NotNeeded,
    /// Every page was read.
    Complete(Vec<Summary>),
    /// Some connectors are known without a listing, and `rest` says why the others are not.
    Partial {
        /// Those that are known.
        known: Vec<Summary>,
        /// Why there may be more.
        rest: Unread,
    },
    /// A page failed: what exists is not known.
    Unread(Unread),
}

impl Listing {
    /// The connectors that are known to be there.
    pub fn known(&self) -> &[Summary] {
        match self {
            Self::Complete(known) | Self::Partial { known, .. } => known,
            Self::NotNeeded | Self::Unread(_) => &[],
        }
    }

    /// A listing that is known in part; one of which nothing is known is unread.
    pub fn partial(known: Vec<Summary>, rest: Unread) -> Self {
        if known.is_empty() {
            Self::Unread(rest)
        } else {
            Self::Partial { known, rest }
        }
    }

    /// Why a listing that lacks this connector, which is there, says nothing of others.
    pub fn lacks(id: &ConnectorId) -> Unread {
        let message = format!(
            "the listing lacks a connector that GetConnectorV2 shows ({id}), so it is not complete"
        );
        Unread::new(UnreadReason::MalformedResponse, message)
    }
}

/// One entry of a listing: enough to find a connector by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The connector's id.
    pub id: ConnectorId,
    /// Its name, if the answer had one.
    pub name: Option<String>,
}

/// What reading one connector gave, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The connector, that there is none, or why it isn't known.
    pub reading: Reading,
    /// When the answer came.
    pub at: Option<Timestamp>,
    /// The request that was answered.
    pub request_id: Option<String>,
}

/// How a read ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It exists, and this is what the answer held.
    Present(Arc<Connector>),
    /// The API said that there is none.
    Missing,
    /// Neither is known. Boxed, because there are many readings and few of these.
    Unread(Box<Unread>),
}

impl From<Unread> for Reading {
    fn from(why: Unread) -> Self {
        Self::Unread(Box::new(why))
    }
}

/// Why something could not be observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// The kind of obstacle.
    pub kind: UnreadReason,
    /// What the API, or the network, said.
    pub message: String,
    /// The request that failed, if it got that far.
    pub request_id: Option<String>,
}

impl Unread {
    /// An obstacle without a request id.
    pub fn new(kind: UnreadReason, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            request_id: None,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// The kinds of obstacle.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UnreadReason {
    /// The caller may not read it.
    AccessDenied,
    /// Too many requests, to the last attempt.
    Throttled,
    /// Security Hub is not enabled in the account and region.
    HubDisabled,
    /// The credentials were refused or could not be had.
    Credentials,
    /// The credentials, or an answer, are another account's.
    WrongAccount,
    /// The answer is of another region or partition.
    WrongRegion,
    /// No answer within the time limit.
    Timeout,
    /// No connection, or it broke.
    Network,
    /// The service failed or refused the request.
    ServiceError,
    /// An answer that is not what the API promises.
    MalformedResponse,
    /// The file that is read instead of AWS doesn't hold it.
    NotInFile,
    /// The run was interrupted first.
    Interrupted,
}

impl UnreadReason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::AccessDenied,
        Self::Throttled,
        Self::HubDisabled,
        Self::Credentials,
        Self::WrongAccount,
        Self::WrongRegion,
        Self::Timeout,
        Self::Network,
        Self::ServiceError,
        Self::MalformedResponse,
        Self::NotInFile,
        Self::Interrupted,
    ];

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The reason's name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::Throttled => "throttled",
            Self::HubDisabled => "hub_disabled",
            Self::Credentials => "credentials",
            Self::WrongAccount => "wrong_account",
            Self::WrongRegion => "wrong_region",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::ServiceError => "service_error",
            Self::MalformedResponse => "malformed_response",
            Self::NotInFile => "not_in_file",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for UnreadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
