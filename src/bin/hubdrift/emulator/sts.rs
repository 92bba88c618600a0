//! Turns a signed POST of the query protocol into STS's XML: `GetCallerIdentity`, and the
//! errors of that service.
//!
//! It knows nothing of connectors. Who an access key belongs to is the state's to say.

use super::state::Caller;
use super::{Answer, ApiError, sigv4::Refusal, sigv4::Scope, uri};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Whether the form asks for the one action that is answered here.
///
/// # Errors
/// When it asks for another.
pub fn route(form: &str) -> Result<(), ApiError> {
    let parameters = uri::parameters(form).unwrap_or_default();
    match parameters.get("Action").map(String::as_str) {
        Some("GetCallerIdentity") => Ok(()),
        None => Err(ApiError::new(
            400,
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )),
        Some(other) => {
            let version = parameters.get("Version").map_or("", String::as_str);
            Err(ApiError::new(
                400,
                "InvalidAction",
                format!("Could not find operation {other} for version {version}"),
            ))
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
pub fn identity(caller: &Caller, request_id: &str) -> Answer {
    let (arn, account) = (escape(&caller.arn), escape(&caller.account));
    Answer::new(
        200,
        "text/xml",
        format!(
            "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  <GetCallerIdentityResult>\n    \
             <Arn>{arn}</Arn>\n    <UserId>AROAEMULATOR:hubdrift</UserId>\n    \
             <Account>{account}</Account>\n  </GetCallerIdentityResult>\n  <ResponseMetadata>\n    \
             <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</GetCallerIdentityResponse>\n"
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
    fn only_one_action_is_known() {
        assert_eq!(route("Action=GetCallerIdentity&Version=2011-06-15"), Ok(()));
        let refused = route("Action=AssumeRole&Version=2011-06-15").unwrap_err();
        assert_eq!(refused.code, "InvalidAction");
        assert_eq!(
            refused.message,
            "Could not find operation AssumeRole for version 2011-06-15"
        );
        assert_eq!(route("").unwrap_err().code, "MissingAction");
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
