//! Turns the forms of `AssumeRole` and `AssumeRoleWithWebIdentity`, and who is calling, into
//! temporary credentials.
//!
//! It judges as IAM would with what the state says; the XML is not its business.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;

use super::principals::Principal;
use super::reply::ApiError;
use super::roles::RoleArn;
use super::sessions::Issued;
use super::state::State;

/// What both actions ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Which role, as it came.
    pub role_arn: String,
    session_name: String,
    seconds: u32,
    external_id: Option<String>,
    /// Of `AssumeRoleWithWebIdentity`.
    token: Option<String>,
}

impl Form {
    /// Reads the parameters of a form.
    ///
    /// # Errors
    /// STS's own, when they make no sense.
    pub fn parse(parameters: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let get = |name: &str| parameters.get(name).cloned();
        let required = |name: &str, as_field: &str| {
            get(name).ok_or_else(|| {
                invalid(&format!(
                    "1 validation error detected: Value null at '{as_field}' failed to satisfy constraint: \
                     Member must not be null"
                ))
            })
        };
        let role_arn = required("RoleArn", "roleArn")?;
        if role_arn.chars().count() < 20 {
            return Err(constraint(
                &role_arn,
                "roleArn",
                "Member must have length greater than or equal to 20",
            ));
        }
        let session_name = required("RoleSessionName", "roleSessionName")?;
        check_session_name(&session_name)?;
        let seconds = get("DurationSeconds").map(|text| duration(&text));
        Ok(Self {
            role_arn,
            session_name,
            seconds: seconds.transpose()?.unwrap_or(3600),
            external_id: get("ExternalId"),
            token: get("WebIdentityToken"),
        })
    }
}

fn check_session_name(name: &str) -> Result<(), ApiError> {
    static FORM: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_+=,.@-]*$").ok());
    let refuse = |message| Err(constraint(name, "roleSessionName", message));
    if FORM.as_ref().is_none_or(|form| !form.is_match(name)) {
        return refuse(r"Member must satisfy regular expression pattern: [\w+=,.@-]*");
    }
    match name.len() {
        ..2 => refuse("Member must have length greater than or equal to 2"),
        2..=64 => Ok(()),
        _ => refuse("Member must have length less than or equal to 64"),
    }
}

fn duration(text: &str) -> Result<u32, ApiError> {
    let refuse = |message| Err(constraint(text, "durationSeconds", message));
    match text.parse::<i64>() {
        Ok(..900) => refuse("Member must have value greater than or equal to 900"),
        Ok(43_201..) => refuse("Member must have value less than or equal to 43200"),
        Ok(seconds) => Ok(u32::try_from(seconds).unwrap_or(43_200)),
        Err(_) => Err(ApiError::new(
            400,
            "MalformedInput",
            "DurationSeconds is not a number",
        )),
    }
}

fn constraint(value: &str, field: &str, message: &str) -> ApiError {
    invalid(&format!(
        "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {message}"
    ))
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "ValidationError", message)
}

/// A session for a caller that signed the request.
///
/// # Errors
/// When the role is not there, or does not admit the caller, or not for so long.
pub fn assume(
    state: &State,
    caller: &Principal,
    caller_arn: &str,
    form: &Form,
    now: Timestamp,
) -> Result<Issued, ApiError> {
    let role = state.role(&form.role_arn);
    // A role that is not there is told from one that is closed by nobody but its owner.
    let admitted = role.filter(|it| {
        let external_id = form.external_id.as_deref();
        it.admits(&caller.account, caller_arn, external_id)
    });
    let Some(role) = admitted else {
        let resource = &form.role_arn;
        return Err(ApiError::new(
            403,
            "AccessDenied",
            format!(
                "User: {caller_arn} is not authorized to perform: sts:AssumeRole on resource: {resource}"
            ),
        ));
    };
    if form.seconds > role.max_session_seconds {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if caller.session.is_some() && form.seconds > 3600 {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    Ok(issue(state, &role.arn, form, role.lasts(form.seconds), now))
}

/// A session for whoever brings the right token.
///
/// # Errors
/// When no such role takes tokens, or not this one.
pub fn assume_with_web_identity(
    state: &State,
    form: &Form,
    now: Timestamp,
) -> Result<Issued, ApiError> {
    let Some(token) = &form.token else {
        return Err(invalid(
            "1 validation error detected: Value null at 'webIdentityToken' failed to satisfy constraint: \
             Member must not be null",
        ));
    };
    let Some(role) = state.web_identity(&form.role_arn) else {
        return Err(ApiError::new(
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ));
    };
    if role.token != *token {
        return Err(ApiError::new(
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        ));
    }
    let lasts = state
        .role(&form.role_arn)
        .map_or(form.seconds, |it| it.lasts(form.seconds));
    Ok(issue(state, &role.arn, form, lasts, now))
}

fn issue(state: &State, role: &RoleArn, form: &Form, seconds: u32, now: Timestamp) -> Issued {
    // To the second, for that is all that the answer says.
    let expires = now.as_second().saturating_add(i64::from(seconds));
    let expires = Timestamp::from_second(expires).unwrap_or(Timestamp::MAX);
    state.sessions().issue(role, &form.session_name, expires)
}
