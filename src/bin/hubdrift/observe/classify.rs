//! Classifies a failed attempt: the SDK's error becomes a reason, and whether another attempt may
//! help. It sends nothing and waits for nothing.

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http_body_util::LengthLimitError;
use hubdrift::{
    model::{Unread, UnreadReason},
    wire::{self, Malformed},
};

use super::{
    errors,
    interceptor::RawResponse,
    refusal::{CredentialsRefused, Failure, Refusal},
};

/// No answer within the limit for one attempt.
pub fn timed_out(limit: Duration) -> Failure {
    let seconds = limit.as_secs_f64();
    let message = format!("no answer within {seconds} s (--attempt-timeout)");
    Failure {
        refusal: Refusal::Unread(Unread::new(UnreadReason::Timeout, message)),
        retryable: true,
    }
}

/// What a failed attempt means, and whether another may help.
pub fn classify<E>(
    error: &SdkError<E, HttpResponse>,
    response: Option<&RawResponse>,
    limit: Duration,
) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let request_id = response.and_then(|it| it.request_id.clone());
    let unread = |kind, message: String, retryable| Failure {
        refusal: Refusal::Unread(Unread {
            kind,
            message,
            request_id: request_id.clone(),
        }),
        retryable,
    };
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or_default();
            let message = service.err().message();
            let own_status = own_status(code);
            if code == NOT_FOUND && own_status == Some(status) {
                return Failure {
                    refusal: Refusal::NotFound { request_id },
                    retryable: false,
                };
            }
            let kind = kind_of(code, message.unwrap_or_default(), status);
            let retryable = kind == UnreadReason::Throttled || status >= 500;
            let message = match (code, message) {
                ("", _) => {
                    format!("status {status} without an error type: not an answer of the API")
                }
                (code, Some(message)) if own_status.is_some_and(|own| own != status) => {
                    format!("{code} with status {status}: {message}")
                }
                (code, Some(message)) => format!("{code}: {message}"),
                (code, None) => format!("{code} (status {status})"),
            };
            unread(kind, message, retryable)
        }
        SdkError::TimeoutError(_) => timed_out(limit),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(source) if source.is_timeout() => timed_out(limit),
            Some(source) => {
                if let Some(CredentialsRefused(why)) = errors::find(source) {
                    return Failure {
                        refusal: Refusal::Unread(why.clone()),
                        retryable: false,
                    };
                }
                if let Some(why) = errors::find::<CredentialsError>(source) {
                    return unread(UnreadReason::Credentials, errors::with_causes(why), false);
                }
                unread(UnreadReason::Network, errors::with_causes(source), true)
            }
            None => unread(UnreadReason::Network, error.to_string(), true),
        },
        SdkError::ResponseError(_) => {
            if errors::find::<LengthLimitError>(error).is_some() {
                let message = Malformed::TooLarge.to_string();
                return unread(UnreadReason::MalformedResponse, message, false);
            }
            let message = format!("the answer broke off: {}", errors::with_causes(error));
            unread(UnreadReason::Network, message, true)
        }
        _ => unread(
            UnreadReason::ServiceError,
            errors::with_causes(error),
            false,
        ),
    }
}

const NOT_FOUND: &str = "ResourceNotFoundException";
const CONFLICT: &str = "ConflictException";

/// The status that the API sends with an error from which something follows (not there, not
/// enabled). With another status the error came from a proxy or a gateway, and nothing follows.
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
        // Only its message tells this conflict from others.
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
