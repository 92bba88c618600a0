//! One request: paced single attempts of the SDK, each answer classified, until one settles it.
//!
//! The SDK signs, sends and times out; it never retries, so that every attempt
//! is paced, and the body that is read belongs to the attempt that was answered.

use std::{
    error::Error,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_securityhub::{
    config::{ConfigBag, RuntimeComponents, interceptors},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, dyn_dispatch_hint},
        orchestrator::HttpResponse,
        result::ConnectorError,
    },
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};
use hubdrift::{
    model::{Requests, Unread, UnreadReason},
    wire::{MAX_BODY, Malformed},
};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep, timeout_at},
};

use super::{Limits, pace::Pace};

/// The waits between attempts begin here and double each time, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What all requests of a run share.
#[derive(Debug)]
pub struct Shared {
    /// One for each request that may be in flight.
    pub permits: Semaphore,
    /// How many requests were made.
    pub counts: Counts,
    /// When reading ends, done or not.
    pub deadline: Instant,
    /// The limits in force.
    pub limits: Limits,
    /// Turns true when reading is to end at once.
    pub stop: watch::Receiver<bool>,
}

/// Counts of attempts.
#[derive(Debug, Default)]
pub struct Counts {
    sent: AtomicU64,
    retried: AtomicU64,
    throttled: AtomicU64,
}

impl Counts {
    /// The counts so far.
    pub fn get(&self) -> Requests {
        Requests {
            sent: self.sent.load(Ordering::Relaxed),
            retried: self.retried.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
        }
    }
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    /// The body as it came.
    pub body: Vec<u8>,
    /// The request's id.
    pub request_id: Option<String>,
}

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

/// Sends one request until an attempt settles it, or the attempts or the time run out.
pub async fn call<E, Sent>(
    shared: &Shared,
    pace: &Pace,
    send: impl Fn(Capture) -> Sent,
) -> Result<Answer, Refusal>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<(), SdkError<E, HttpResponse>>>,
{
    let given_up = |kind, message: String| Err(Refusal::Unread(Unread::new(kind, message)));
    tokio::select! {
        settled = timeout_at(shared.deadline, repeat(shared, pace, send)) => settled.unwrap_or_else(|_| {
            let seconds = shared.limits.deadline.as_secs_f64();
            given_up(UnreadReason::Timeout, format!("the time for reading ({seconds} s, --deadline) ran out"))
        }),
        () = super::stopped(shared.stop.clone()) => given_up(UnreadReason::Interrupted, "the run was interrupted".to_owned()),
    }
}

async fn repeat<E, Sent>(
    shared: &Shared,
    pace: &Pace,
    send: impl Fn(Capture) -> Sent,
) -> Result<Answer, Refusal>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<(), SdkError<E, HttpResponse>>>,
{
    let mut attempt = 1;
    loop {
        pace.turn().await;
        let outcome = {
            // The semaphore is never closed; without a permit the request just isn't bounded.
            let _permit = shared.permits.acquire().await;
            shared.counts.sent.fetch_add(1, Ordering::Relaxed);
            once(shared, &send).await
        };
        let (refusal, again) = match outcome {
            Ok(answer) => {
                pace.answered();
                return Ok(answer);
            }
            Err(failure) => failure,
        };
        match &refusal {
            Refusal::Unread(unread) if unread.kind == UnreadReason::Throttled => {
                shared.counts.throttled.fetch_add(1, Ordering::Relaxed);
                pace.throttled();
            }
            _ => pace.answered(),
        }
        if !again || attempt >= shared.limits.max_attempts {
            return Err(after(refusal, attempt));
        }
        sleep(wait_after(attempt)).await;
        shared.counts.retried.fetch_add(1, Ordering::Relaxed);
        attempt += 1;
    }
}

/// One attempt. The flag says whether another may help.
async fn once<E, Sent>(
    shared: &Shared,
    send: &impl Fn(Capture) -> Sent,
) -> Result<Answer, (Refusal, bool)>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<(), SdkError<E, HttpResponse>>>,
{
    let capture = Capture::default();
    let until = Instant::now() + shared.limits.attempt_timeout;
    let Ok(result) = timeout_at(until, send(capture.clone())).await else {
        return Err((
            Refusal::Unread(timed_out(shared.limits.attempt_timeout)),
            true,
        ));
    };
    let captured = capture.take();
    match (result, captured) {
        // A body that came with success is the answer, also where the SDK's own types can't hold it.
        (
            _,
            Some(Captured {
                status: 200..=299,
                body: Some(body),
                request_id,
            }),
        ) => Ok(Answer { body, request_id }),
        (Ok(()), captured) => {
            let message = "the SDK gave no body; please report it";
            let request_id = captured.and_then(|captured| captured.request_id);
            Err((
                Refusal::Unread(Unread {
                    request_id,
                    ..Unread::new(UnreadReason::MalformedResponse, message)
                }),
                false,
            ))
        }
        (Err(error), captured) => Err(classify(
            &error,
            captured.as_ref(),
            shared.limits.attempt_timeout,
        )),
    }
}

/// How long to wait after the given attempt: up to twice as long each time, at random, so
/// that many requests which failed together don't come back together.
fn wait_after(attempt: u32) -> Duration {
    let longest = FIRST_WAIT
        .saturating_mul(1 << attempt.min(10))
        .min(LONGEST_WAIT);
    longest.mul_f64(fastrand::f64())
}

/// Says how often it was tried, where it was more than once.
fn after(refusal: Refusal, attempts: u32) -> Refusal {
    match refusal {
        Refusal::Unread(mut unread) if attempts > 1 => {
            unread.message = format!("{} (after {attempts} attempts)", unread.message);
            Refusal::Unread(unread)
        }
        refusal => refusal,
    }
}

fn timed_out(limit: Duration) -> Unread {
    Unread::new(
        UnreadReason::Timeout,
        format!(
            "no answer within {} s (--attempt-timeout)",
            limit.as_secs_f64()
        ),
    )
}

/// What a failed attempt means, and whether another may help.
fn classify<E>(
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
            if code == "ResourceNotFoundException" {
                return (Refusal::NotFound { request_id }, false);
            }
            let kind = kind_of(code, said.unwrap_or_default(), status);
            let again = kind == UnreadReason::Throttled || status >= 500;
            let message = match (code, said) {
                ("", _) => {
                    format!("status {status} without an error type: not an answer of the API")
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

/// The reason for an error's code.
fn kind_of(code: &str, message: &str, status: u16) -> UnreadReason {
    match code {
        "AccessDeniedException" | "AccessDenied" => UnreadReason::AccessDenied,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => UnreadReason::Throttled,
        // Only the message tells it from other conflicts.
        "ConflictException" if message.to_ascii_lowercase().contains("not enabled") => {
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

/// Takes the body of an answer out of the SDK, at most [`MAX_BODY`] of it.
#[derive(Debug, Clone, Default)]
pub struct Capture(Arc<Mutex<Option<Captured>>>);

#[derive(Debug)]
struct Captured {
    status: u16,
    request_id: Option<String>,
    /// `None` when it could not be read whole.
    body: Option<Vec<u8>>,
}

impl Capture {
    fn take(&self) -> Option<Captured> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "hubdrift's reader of bodies"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut interceptors::BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = std::mem::replace(context.response_mut().body_mut(), SdkBody::taken());
        *context.response_mut().body_mut() =
            body.map_preserve_contents(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_BODY)));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &interceptors::AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let request_id = ["x-amzn-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| response.headers().get(*name))
            .map(str::to_owned);
        let captured = Captured {
            status: response.status().as_u16(),
            request_id,
            body: response.body().bytes().map(<[u8]>::to_vec),
        };
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(captured);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_a_disabled_hub_only_when_it_says_so() {
        assert_eq!(
            kind_of("ConflictException", "Security Hub V2 is not enabled", 409),
            UnreadReason::HubDisabled
        );
        assert_eq!(
            kind_of("ConflictException", "an update is under way", 409),
            UnreadReason::ServiceError
        );
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 1..40 {
            assert!(wait_after(attempt) <= LONGEST_WAIT);
        }
    }
}
