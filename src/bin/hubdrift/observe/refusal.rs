//! Why a request has no answer, in values that the rest of `observe` passes on.

use aws_credential_types::provider::error::CredentialsError;
use hubdrift::model::{Unread, UnreadReason};

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// The API says that what was asked for does not exist.
    NotFound {
        /// The request's id.
        request_id: Option<String>,
    },
    /// It isn't known.
    Unread(Unread),
}

/// A failed attempt.
#[derive(Debug)]
pub struct Failure {
    /// Why it failed.
    pub refusal: Refusal,
    /// Whether another attempt may help.
    pub retryable: bool,
}

impl Refusal {
    /// Why this could not be read, where nothing follows from "not found".
    pub fn into_unread(self, what: &str) -> Unread {
        match self {
            Self::Unread(why) => about(what, why),
            Self::NotFound { request_id } => {
                let message = format!("{what} was not found at the endpoint");
                Unread {
                    request_id,
                    ..Unread::new(UnreadReason::ServiceError, message)
                }
            }
        }
    }
}

/// There are no credentials, for this reason.
pub fn no_credentials(message: impl Into<String>) -> Unread {
    Unread::new(UnreadReason::Credentials, message)
}

/// The run was interrupted before it was read.
pub fn interrupted() -> Unread {
    Unread::new(UnreadReason::Interrupted, "the run was interrupted")
}

/// The same reason, with what it is about in front of its message.
pub fn about(what: &str, why: Unread) -> Unread {
    Unread {
        message: format!("{what}: {}", why.message),
        ..why
    }
}

/// Why credentials can't be used, as an error that the SDK passes through and `classify` finds again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CredentialsRefused(pub Unread);

impl From<CredentialsRefused> for CredentialsError {
    fn from(refused: CredentialsRefused) -> Self {
        Self::provider_error(refused)
    }
}
