//! The callers that a state file knows: access keys, and the principals that they belong to.
//!
//! It does not know what callers may do, nor how a signature is computed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

/// The owner of an access key.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account: String,
    /// The user or role, where the state names it.
    pub arn: Option<String>,
    /// What goes before the colon in `UserId`.
    pub role_id: Option<String>,
    /// The secret access key; nothing where any key is accepted, so that no signature can be checked.
    pub secret: Option<String>,
    /// The session, where the credentials are temporary.
    pub session: Option<Session>,
}

/// What temporary credentials have and others have not.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    /// To be sent with each request.
    pub token: String,
    /// When it expires.
    pub expires: Timestamp,
}

/// One access key, as it stands in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The id of the key.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// Whose it is.
    pub account: String,
    caller_arn: Option<String>,
}

/// The access keys that are accepted.
#[derive(Debug)]
pub enum Keys {
    /// Any, for the only account.
    Any(Arc<Principal>),
    /// These.
    Known {
        /// By the key's id.
        by_id: HashMap<String, Arc<Principal>>,
        /// The first of the file, id and secret, to be shown as an example.
        first: (String, String),
    },
}

impl Keys {
    /// Any key is accepted for this account.
    pub fn any(account: String) -> Self {
        Self::Any(Arc::new(Principal {
            account,
            arn: None,
            role_id: None,
            secret: None,
            session: None,
        }))
    }

    /// These keys are accepted.
    pub fn known(credentials: Vec<Credential>) -> Self {
        let first = credentials.first().map_or_else(Default::default, |it| {
            (it.access_key_id.clone(), it.secret_access_key.clone())
        });
        let by_id = credentials.into_iter().map(|it| {
            let principal = Principal {
                account: it.account,
                arn: it.caller_arn,
                role_id: None,
                secret: Some(it.secret_access_key),
                session: None,
            };
            (it.access_key_id, Arc::new(principal))
        });
        Self::Known {
            by_id: by_id.collect(),
            first,
        }
    }
}
