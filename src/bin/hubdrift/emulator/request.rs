//! Turns a path and a query into one of the three operations of Security Hub.
//!
//! It checks no parameter and knows no state.

use super::listing::ListQuery;
use super::operation::Operation;
use super::reply::ApiError;
use super::uri;

/// A request to Security Hub, whose parameters are not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `GetConnectorV2`.
    Get { connector_id: String },
    /// `ListConnectorsV2`, with the query as it came.
    List { query: String },
    /// `ListTagsForResource`.
    Tags { arn: String },
}

/// Finds the operation.
///
/// # Errors
/// When the emulator has no such operation. AWS checks that before the signature.
pub fn route(method: &str, path: &str, query: &str) -> Result<Request, ApiError> {
    let unknown = || {
        ApiError::new(
            404,
            "UnknownOperationException",
            format!("{method} {path} is no operation of this emulator"),
        )
    };
    if method != "GET" {
        return Err(unknown());
    }
    if path == "/connectorsv2" {
        return Ok(Request::List {
            query: query.to_owned(),
        });
    }
    let label = |prefix| {
        path.strip_prefix(prefix)
            .map(|label| uri::decode(label).ok_or_else(unknown))
    };
    if let Some(connector_id) = label("/connectorsv2/") {
        return Ok(Request::Get {
            connector_id: connector_id?,
        });
    }
    if let Some(arn) = label("/tags/") {
        return Ok(Request::Tags { arn: arn? });
    }
    Err(unknown())
}

impl Request {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Get { .. } => Operation::Get,
            Self::List { .. } => Operation::List,
            Self::Tags { .. } => Operation::Tags,
        }
    }

    /// The connector it is about.
    pub fn connector_id(&self) -> Option<&str> {
        match self {
            Self::Get { connector_id } => Some(connector_id),
            Self::List { .. } => None,
            Self::Tags { arn } => arn.rsplit_once('/').map(|(_, id)| id),
        }
    }

    /// The page of a list, from 1; `None` when there is no such page.
    pub fn page(&self, account: &str, region: &str) -> Option<u64> {
        let Self::List { query } = self else {
            return None;
        };
        ListQuery::parse(query, account, region)
            .ok()
            .map(|it| it.page)
    }
}
