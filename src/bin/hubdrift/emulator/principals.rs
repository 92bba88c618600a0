//! Turns the access key of a request into who is calling, with the secret that the signature
//! is to be checked against.
//!
//! It does not know what callers may do, nor how a signature is computed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::authorization::{Authorization, Refusal};
use super::sessions::Sessions;

/// Whom an access key belongs to.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account: String,
    /// The user or role, where the state names it.
    pub arn: Option<String>,
    /// What goes before the colon in `UserId`.
    pub role_id: Option<String>,
    /// The key's secret half; nothing where any key is good, and none can be checked.
    pub secret: Option<String>,
    /// What a session has beside.
    pub session: Option<Session>,
}

/// The part of temporary credentials that others have not.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    /// To be sent with each request.
    pub token: String,
    /// From then on it is good for nothing.
    pub expires: Timestamp,
}

/// One access key, as it stands in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// Whose it is.
    pub account: String,
    caller_arn: Option<String>,
}

/// Which access keys are good, and for what.
#[derive(Debug)]
pub enum Keys {
    /// Any, for the only account there is.
    Any(Arc<Principal>),
    /// These, and that one of them which the file has first, with its secret.
    Known {
        /// By the public half.
        by_id: HashMap<String, Arc<Principal>>,
        /// To be shown to whoever wants to try.
        first: (String, String),
    },
}

impl Keys {
    /// Any key is good for this account.
    pub fn any(account: String) -> Self {
        Self::Any(Arc::new(Principal {
            account,
            arn: None,
            role_id: None,
            secret: None,
            session: None,
        }))
    }

    /// These keys are good.
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

/// Whose key a request was signed with.
///
/// # Errors
/// When nobody has this key, or not with this session token, or the session is over.
pub fn find(
    keys: &Keys,
    sessions: &Sessions,
    authorization: &Authorization,
    now: Timestamp,
) -> Result<Arc<Principal>, Refusal> {
    let id = &authorization.scope.access_key_id;
    let principal = match sessions.get(id) {
        Some(session) => session,
        None => match keys {
            Keys::Any(anyone) => return Ok(Arc::clone(anyone)),
            Keys::Known { by_id, .. } => Arc::clone(by_id.get(id).ok_or(Refusal::UnknownKey)?),
        },
    };
    let session = principal.session.as_ref();
    if session.map(|it| &it.token) != authorization.session_token.as_ref() {
        return Err(Refusal::UnknownKey);
    }
    if session.is_some_and(|it| it.expires <= now) {
        return Err(Refusal::Expired);
    }
    Ok(principal)
}
