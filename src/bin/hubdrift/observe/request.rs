//! One request: paced single attempts of the SDK, each answer classified, until one settles it.
//!
//! The SDK signs, sends and times out; it never retries, so that every attempt
//! is paced, and the body that is read belongs to the attempt that was answered.

use std::{
    error::Error,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_sdk_securityhub::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use hubdrift::model::{Requests, Unread, UnreadReason};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::progress::Progress;

use super::{
    Limits,
    classify::{classify, timed_out},
    interceptor::{Capture, Captured},
    rate_limiter::Pace,
};

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
    /// Who is told how far it is.
    pub progress: Progress,
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

/// What is asked, for the log.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The operation, as IAM names it.
    pub operation: &'static str,
    /// What it is about: a connector's id, a page, a role. Nothing secret.
    pub subject: &'a str,
}

/// Sends one request until an attempt settles it, or the attempts or the time run out.
pub async fn call<E, Sent>(
    shared: &Shared,
    pace: &Pace,
    request: Request<'_>,
    send: impl Fn(Capture) -> Sent,
) -> Result<Answer, Refusal>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<(), SdkError<E, HttpResponse>>>,
{
    let given_up = |kind, message: String| Err(Refusal::Unread(Unread::new(kind, message)));
    tokio::select! {
        settled = timeout_at(shared.deadline, repeat(shared, pace, request, send)) => settled.unwrap_or_else(|_| {
            let seconds = shared.limits.deadline.as_secs_f64();
            given_up(UnreadReason::Timeout, format!("the time for reading ({seconds} s, --deadline) ran out"))
        }),
        () = super::stopped(shared.stop.clone()) => given_up(UnreadReason::Interrupted, "the run was interrupted".to_owned()),
    }
}

async fn repeat<E, Sent>(
    shared: &Shared,
    pace: &Pace,
    request: Request<'_>,
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
            // STS is also asked for credentials that a request with a permit waits for, and would wait for
            // that permit in vain. The semaphore is never closed.
            let is_sts = request.operation.starts_with("sts:");
            let _permit = if is_sts {
                None
            } else {
                shared.permits.acquire().await.ok()
            };
            shared.counts.sent.fetch_add(1, Ordering::Relaxed);
            let begun = Instant::now();
            let outcome = once(shared, &send).await;
            log(request, attempt, begun.elapsed(), &outcome);
            outcome
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
                shared.progress.throttled();
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

/// Says of an attempt what it was and how it ended; nothing of what the answer held.
fn log(
    request: Request<'_>,
    attempt: u32,
    took: Duration,
    outcome: &Result<Answer, (Refusal, bool)>,
) {
    let (ended, request_id) = match outcome {
        Ok(answer) => ("answered", answer.request_id.as_deref()),
        Err((Refusal::NotFound { request_id }, _)) => ("not_found", request_id.as_deref()),
        Err((Refusal::Unread(why), _)) => (why.kind.as_str(), why.request_id.as_deref()),
    };
    tracing::debug!(
        target: crate::log::TARGET,
        operation = request.operation,
        subject = request.subject,
        attempt,
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = request_id.unwrap_or("none"),
        ended,
    );
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
                status: 200,
                body: Some(body),
                request_id,
            }),
        ) => Ok(Answer { body, request_id }),
        // A part of an answer, or a promise of one, is none.
        (
            _,
            Some(Captured {
                status: status @ 201..=299,
                request_id,
                ..
            }),
        ) => {
            let message = format!("status {status}, where the API answers with 200");
            Err((
                Refusal::Unread(Unread {
                    request_id,
                    ..Unread::new(UnreadReason::MalformedResponse, message)
                }),
                false,
            ))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 1..40 {
            assert!(wait_after(attempt) <= LONGEST_WAIT);
        }
    }
}
