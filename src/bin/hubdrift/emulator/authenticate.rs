//! Turns a signed request into its caller, when key, scope and signature are right.
//!
//! It does not know what callers may do.

use std::sync::Arc;

use hyper::http::request::Parts;
use jiff::Timestamp;

use super::authorization::{self, Authorization, Refusal, Scope};
use super::principals::{Keys, Principal};
use super::sigv4;
use super::state::State;

/// Who signed the request, and for which scope.
///
/// # Errors
/// When it is not signed, or not by a key that is accepted, or not for this scope.
pub fn authenticate(
    state: &State,
    request: &Parts,
    body: &[u8],
    now: Timestamp,
    check_scope: impl FnOnce(&Scope) -> Result<(), Refusal>,
) -> Result<(Scope, Arc<Principal>), Refusal> {
    let authorization = authorization::parse(&request.headers)?;
    let caller = find(state, &authorization, now)?;
    check_scope(&authorization.scope)?;
    if let Some(secret) = &caller.secret {
        sigv4::verify(request, body, &authorization, secret, now)?;
    }
    Ok((authorization.scope, caller))
}

/// Whose key a request was signed with.
///
/// # Errors
/// When nobody has this key, or not with this session token, or the session is over.
fn find(
    state: &State,
    authorization: &Authorization,
    now: Timestamp,
) -> Result<Arc<Principal>, Refusal> {
    let id = &authorization.scope.access_key_id;
    let principal = match state.sessions().get(id) {
        Some(session) => session,
        None => match state.keys() {
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
