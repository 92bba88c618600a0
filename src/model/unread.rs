//! Why something could not be observed: the kind of obstacle, and what was said of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::names;

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

names!(UnreadReason {
    AccessDenied => "access_denied",
    Throttled => "throttled",
    HubDisabled => "hub_disabled",
    Credentials => "credentials",
    WrongAccount => "wrong_account",
    WrongRegion => "wrong_region",
    Timeout => "timeout",
    Network => "network",
    ServiceError => "service_error",
    MalformedResponse => "malformed_response",
    NotInFile => "not_in_file",
    Interrupted => "interrupted",
});
