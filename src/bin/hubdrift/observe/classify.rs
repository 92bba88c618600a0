//! What a failed attempt means: the kind of obstacle, and whether another attempt may help.

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use http_body_util::LengthLimitError;
use hubdrift::{
    model::{Unread, UnreadReason},
    wire::{self, Malformed},
};

use super::{credentials::Refused, interceptor::Captured, request::Refusal};

/// No answer within the limit for one attempt.
pub fn timed_out(limit: Duration) -> Unread {
    Unread::new(
        UnreadReason::Timeout,
        format!(
            "no answer within {} s (--attempt-timeout)",
            limit.as_secs_f64()
        ),
    )
}

/// What a failed attempt means, and whether another may help.
pub fn classify<E>(
    error: &SdkError<E, HttpResponse>,
    captured: Option<&Captured>,
    limit: Duration,
) -> (Refusal, bool)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let request_id = captured.and_then(|captured| captured.request_id.clone());
    let unread = |kind, message: String, again| {
        (
            Refusal::Unread(Unread {
                kind,
                message,
                request_id: request_id.clone(),
            }),
            again,
        )
    };
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let (code, said) = (
                service.err().code().unwrap_or_default(),
                service.err().message(),
            );
            let own_status = own_status(code);
            if code == NOT_FOUND && own_status == Some(status) {
                return (Refusal::NotFound { request_id }, false);
            }
            let kind = kind_of(code, said.unwrap_or_default(), status);
            let again = kind == UnreadReason::Throttled || status >= 500;
            let message = match (code, said) {
                ("", _) => {
                    format!("status {status} without an error type: not an answer of the API")
                }
                (code, Some(said)) if own_status.is_some_and(|own| own != status) => {
                    format!("{code} with status {status}: {said}")
                }
                (code, Some(said)) => format!("{code}: {said}"),
                (code, None) => format!("{code} (status {status})"),
            };
            unread(kind, message, again)
        }
        SdkError::TimeoutError(_) => (Refusal::Unread(timed_out(limit)), true),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error();
            if source.is_some_and(ConnectorError::is_timeout) {
                return (Refusal::Unread(timed_out(limit)), true);
            }
            if let Some(Refused(why)) = source.and_then(|e| find::<Refused>(e)) {
                return (Refusal::Unread(why.clone()), false);
            }
            if let Some(credentials) = source.and_then(|e| find::<CredentialsError>(e)) {
                return unread(UnreadReason::Credentials, chain(credentials), false);
            }
            unread(
                UnreadReason::Network,
                source.map_or_else(|| error.to_string(), |e| chain(e)),
                true,
            )
        }
        SdkError::ResponseError(_) if has::<LengthLimitError>(error) => unread(
            UnreadReason::MalformedResponse,
            Malformed::TooLarge.to_string(),
            false,
        ),
        SdkError::ResponseError(_) => unread(
            UnreadReason::Network,
            format!("the answer broke off: {}", chain(error)),
            true,
        ),
        _ => unread(UnreadReason::ServiceError, chain(error), false),
    }
}

const NOT_FOUND: &str = "ResourceNotFoundException";
const CONFLICT: &str = "ConflictException";

/// The status that comes with an error by which something is known. With any other it isn't the
/// API's: a proxy's or a gateway's, and nothing is known by it.
fn own_status(code: &str) -> Option<u16> {
    match code {
        NOT_FOUND => Some(404),
        CONFLICT => Some(409),
        _ => None,
    }
}

/// The reason for an error's code.
fn kind_of(code: &str, message: &str, status: u16) -> UnreadReason {
    match code {
        "AccessDeniedException" | "AccessDenied" => UnreadReason::AccessDenied,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => UnreadReason::Throttled,
        // Only the message tells it from other conflicts.
        CONFLICT if own_status(code) == Some(status) && wire::says_hub_is_off(message) => {
            UnreadReason::HubDisabled
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "OptInRequired"
        | "RequestExpired" => UnreadReason::Credentials,
        _ if status == 429 => UnreadReason::Throttled,
        _ => UnreadReason::ServiceError,
    }
}

/// An error and its causes, each said once.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// The first error of type `T` among `error` and its causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Whether an error of type `T` is among the causes of `error`.
fn has<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<T>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_a_disabled_hub_only_when_it_says_so() {
        let kind = |message| kind_of("ConflictException", message, 409);
        for said in [
            "Security Hub V2 is not enabled",
            "Security Hub V2 is not enabled for 111122223333",
        ] {
            assert_eq!(kind(said), UnreadReason::HubDisabled, "{said}");
            let other = kind_of("ValidationException", said, 400);
            assert_eq!(other, UnreadReason::ServiceError);
            assert_eq!(kind_of(CONFLICT, said, 400), UnreadReason::ServiceError);
            assert_eq!(kind_of(CONFLICT, said, 429), UnreadReason::Throttled);
        }
        for said in [
            "",
            "an update is under way",
            "AWS Config is not enabled",
            "Security Hub is not enabled",
            "security hub v2 is not enabled",
            "Security Hub V2 is not enabled for 111122223333 connectors",
            "Security Hub V2 is not enabled for streaming",
            "The feature is not enabled: Security Hub V2 is not enabled",
        ] {
            assert_eq!(kind(said), UnreadReason::ServiceError, "{said}");
        }
    }
}
