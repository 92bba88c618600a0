//! What reading accounts gave: connectors, that there are none, or why neither is known.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    arn::ConnectorId,
    connector::{Connector, Fact},
    home::Home,
    setting::Override,
    unread::{Unread, UnreadReason},
};

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
    /// Where its connectors are, as far as that is known.
    pub fn home(&self) -> Home<'_> {
        Home {
            account: self.account.as_deref(),
            region: self.region.as_deref(),
        }
    }

    /// Why the listing is not as complete as it says: it lacks a connector that is there.
    pub fn unlisted(&self) -> Option<Unread> {
        let Listing::Complete(all) = &self.listing else {
            return None;
        };
        let listed: HashSet<_> = all.iter().map(|it| it.id).collect();
        let is_lacking = |(id, observed): &(&ConnectorId, &Observed)| match &observed.reading {
            Reading::Present(connector) if !listed.contains(*id) => {
                // An answer about another place shows nothing of this one.
                let arn = connector.text(Fact::ConnectorArn);
                arn.is_none_or(|arn| self.home().refuses(arn, id).is_none())
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
