//! Turns a POST of the query protocol into one of three actions of STS, and what comes of
//! them into that service's XML.
//!
//! It knows nothing of connectors. Who an access key belongs to, and who may assume a role, is
//! for others to say.

use super::assume::Form;
use super::authorization::{Refusal, Scope};
use super::operation::Operation;
use super::principals::Principal;
use super::reply::{Answer, ApiError};
use super::sessions::Issued;
use super::uri;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// `GetCallerIdentity`.
    Identity,
    /// `AssumeRole`.
    AssumeRole(Form),
    /// `AssumeRoleWithWebIdentity`.
    WebIdentity(Form),
}

impl Action {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Identity => Operation::Identity,
            Self::AssumeRole(_) => Operation::AssumeRole,
            Self::WebIdentity(_) => Operation::WebIdentity,
        }
    }

    /// The role it is about.
    pub fn role_arn(&self) -> Option<&str> {
        match self {
            Self::Identity => None,
            Self::AssumeRole(form) | Self::WebIdentity(form) => Some(&form.role_arn),
        }
    }
}

/// Reads a form.
///
/// # Errors
/// When it asks for something else, or makes no sense; with the operation, if it has one.
pub fn route(form: &str) -> Result<Action, (Option<Operation>, ApiError)> {
    let parameters = uri::parameters(form).unwrap_or_default();
    let read = |operation| Form::parse(&parameters).map_err(|error| (Some(operation), error));
    match parameters.get("Action").map(String::as_str) {
        Some("GetCallerIdentity") => Ok(Action::Identity),
        Some("AssumeRole") => read(Operation::AssumeRole).map(Action::AssumeRole),
        Some("AssumeRoleWithWebIdentity") => read(Operation::WebIdentity).map(Action::WebIdentity),
        None => Err((
            None,
            ApiError::new(
                400,
                "MissingAction",
                "The request is missing an action or a required parameter.",
            ),
        )),
        Some(other) => {
            let version = parameters.get("Version").map_or("", String::as_str);
            let message = format!("Could not find operation {other} for version {version}");
            Err((None, ApiError::new(400, "InvalidAction", message)))
        }
    }
}

/// Whether the signature is for STS, in a region there could be: STS is everywhere, so the
/// state's regions do not bound it.
///
/// # Errors
/// When it is for something else.
pub fn check_scope(scope: &Scope) -> Result<(), Refusal> {
    if scope.service != "sts" {
        return Err(Refusal::Mismatch(
            "Credential should be scoped to correct service: 'sts'.".to_owned(),
        ));
    }
    let plausible = scope.region.split('-').count() >= 3
        && scope.region.starts_with(|it: char| it.is_ascii_lowercase())
        && scope.region.ends_with(|it: char| it.is_ascii_digit());
    if plausible {
        Ok(())
    } else {
        Err(Refusal::Mismatch(
            "Credential should be scoped to a valid region.".to_owned(),
        ))
    }
}

/// Who is calling.
pub fn identity(caller: &Principal, arn: &str, request_id: &str) -> Answer {
    let role_id = caller.role_id.as_deref().unwrap_or("AROAEMULATOR");
    let session = match &caller.session {
        Some(_) => arn.rsplit('/').next().unwrap_or_default(),
        None => "hubdrift",
    };
    let result = [
        ("Arn", arn),
        ("UserId", &format!("{role_id}:{session}")),
        ("Account", &caller.account),
    ];
    answer("GetCallerIdentity", &elements(&result), request_id)
}

/// The credentials of a session.
pub fn assumed(operation: Operation, issued: &Issued, request_id: &str) -> Answer {
    let principal = &issued.principal;
    let arn = principal.arn.as_deref().unwrap_or_default();
    let role_id = principal.role_id.as_deref().unwrap_or_default();
    let session = arn.rsplit('/').next().unwrap_or_default();
    let (token, expires) = match &principal.session {
        Some(it) => (&*it.token, it.expires.to_string()),
        None => ("", String::new()),
    };
    let user = elements(&[
        ("AssumedRoleId", &*format!("{role_id}:{session}")),
        ("Arn", arn),
    ]);
    let credentials = elements(&[
        ("AccessKeyId", &issued.access_key_id),
        (
            "SecretAccessKey",
            principal.secret.as_deref().unwrap_or_default(),
        ),
        ("SessionToken", token),
        ("Expiration", &expires),
    ]);
    let result = format!(
        "<AssumedRoleUser>{user}</AssumedRoleUser><Credentials>{credentials}</Credentials>"
    );
    let action = match operation {
        Operation::WebIdentity => "AssumeRoleWithWebIdentity",
        _ => "AssumeRole",
    };
    answer(action, &result, request_id)
}

fn elements(pairs: &[(&str, &str)]) -> String {
    let element = |(name, text): &(&str, &str)| format!("<{name}>{}</{name}>", escape(text));
    pairs.iter().map(element).collect()
}

fn answer(action: &str, result: &str, request_id: &str) -> Answer {
    Answer::new(
        200,
        "text/xml",
        format!(
            "<{action}Response xmlns=\"{NAMESPACE}\">\n  <{action}Result>{result}</{action}Result>\n  \
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\n</{action}Response>\n"
        ),
    )
}

/// An error, in this service's form.
pub fn error(error: &ApiError, request_id: &str) -> Answer {
    let (code, message) = (escape(&error.code), escape(&error.message));
    let blame = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    Answer::new(
        error.status,
        "text/xml",
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>{blame}</Type>\n    \
             <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  \
             <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        ),
    )
}

/// Text as XML may hold it; what XML cannot hold at all becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_actions_are_known() {
        assert_eq!(
            route("Action=GetCallerIdentity&Version=2011-06-15"),
            Ok(Action::Identity)
        );
        let (operation, refused) = route("Action=GetSessionToken&Version=2011-06-15").unwrap_err();
        assert_eq!((operation, &*refused.code), (None, "InvalidAction"));
        assert_eq!(
            refused.message,
            "Could not find operation GetSessionToken for version 2011-06-15"
        );
        assert_eq!(route("").unwrap_err().1.code, "MissingAction");

        let role = "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&RoleSessionName=ci";
        let action = route(&format!("Action=AssumeRole&{role}")).unwrap();
        assert_eq!(action.operation(), Operation::AssumeRole);
        assert_eq!(action.role_arn(), Some("arn:aws:iam::1:role/x"));
        let action = route(&format!("Action=AssumeRoleWithWebIdentity&{role}")).unwrap();
        assert_eq!(action.operation(), Operation::WebIdentity);
        let (operation, refused) = route("Action=AssumeRole").unwrap_err();
        assert_eq!(operation, Some(Operation::AssumeRole));
        assert_eq!(refused.code, "ValidationError");
    }

    #[test]
    fn any_plausible_region_will_do() {
        let scope = |region: &str, service: &str| Scope {
            access_key_id: String::new(),
            region: region.to_owned(),
            service: service.to_owned(),
        };
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert_eq!(check_scope(&scope(region, "sts")), Ok(()));
        }
        for (region, service) in [("", "sts"), ("nowhere", "sts"), ("us-east-1", "s3")] {
            assert!(check_scope(&scope(region, service)).is_err());
        }
    }

    #[test]
    fn a_message_cannot_leave_its_element() {
        assert_eq!(escape("a<b>&\u{1b}\n"), "a&lt;b&gt;&amp;\u{fffd}\n");
    }
}
