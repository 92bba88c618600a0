//! Sends one request: single attempts of the SDK, each rate limited and classified, until one
//! settles it or attempts or time run out.
//!
//! The SDK signs, sends and times out. It never retries, so that every attempt is rate limited, and
//! the body that is read belongs to the attempt that was answered.

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
    classify::{classify, timed_out},
    interceptor::{BodyInterceptor, RawResponse},
    limits::Limits,
    rate_limiter::RateLimiter,
    refusal::{self, Failure, Refusal},
    tasks,
};

/// The wait before another attempt: exponential backoff from here up to [`MAX_BACKOFF`].
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(8);

/// What every request of a run has to pass, and what counts them.
#[derive(Debug)]
pub struct RequestGate {
    /// One for each request that may be in flight.
    pub permits: Semaphore,
    /// How many requests were made.
    pub counts: Counts,
    /// When reading ends, done or not.
    pub deadline: Instant,
    /// The limits in force.
    pub limits: Limits,
    /// Turns true when the run is interrupted.
    pub stop: watch::Receiver<bool>,
    /// Shows how far reading is.
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
pub struct Answer<O> {
    /// The body as it came.
    pub body: Vec<u8>,
    /// What the SDK made of it; nothing where its own types can't hold it.
    pub output: Option<O>,
    /// The request's id.
    pub request_id: Option<String>,
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
pub async fn send<O, E, Sent>(
    gate: &RequestGate,
    limiter: &RateLimiter,
    request: Request<'_>,
    attempt: impl Fn(BodyInterceptor) -> Sent,
) -> Result<Answer<O>, Refusal>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
{
    tokio::select! {
        settled = timeout_at(gate.deadline, retry(gate, limiter, request, attempt)) => settled.unwrap_or_else(|_| {
            let seconds = gate.limits.deadline.as_secs_f64();
            let message = format!("the time for reading ({seconds} s, --deadline) ran out");
            Err(Refusal::Unread(Unread::new(UnreadReason::Timeout, message)))
        }),
        () = tasks::interrupted(gate.stop.clone()) => Err(Refusal::Unread(refusal::interrupted())),
    }
}

async fn retry<O, E, Sent>(
    gate: &RequestGate,
    limiter: &RateLimiter,
    request: Request<'_>,
    attempt: impl Fn(BodyInterceptor) -> Sent,
) -> Result<Answer<O>, Refusal>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
{
    let mut number = 1;
    loop {
        limiter.acquire().await;
        let result = {
            // A request that holds a permit may wait for credentials from STS. If STS needed a permit,
            // both could wait for ever. The semaphore is never closed.
            let is_sts = request.operation.starts_with("sts:");
            let _permit = if is_sts {
                None
            } else {
                gate.permits.acquire().await.ok()
            };
            gate.counts.sent.fetch_add(1, Ordering::Relaxed);
            let started = Instant::now();
            let result = send_once(gate.limits.attempt_timeout, &attempt).await;
            log(request, number, started.elapsed(), &result);
            result
        };
        let Failure { refusal, retryable } = match result {
            Ok(answer) => {
                limiter.answered();
                return Ok(answer);
            }
            Err(failure) => failure,
        };
        match &refusal {
            Refusal::Unread(unread) if unread.kind == UnreadReason::Throttled => {
                gate.counts.throttled.fetch_add(1, Ordering::Relaxed);
                gate.progress.throttled();
                limiter.throttled();
            }
            _ => limiter.answered(),
        }
        if !retryable || number >= gate.limits.max_attempts {
            return Err(with_attempts(refusal, number));
        }
        sleep(backoff(number)).await;
        gate.counts.retried.fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
}

/// Logs an attempt and how it ended; nothing of what the answer held.
fn log<O>(request: Request<'_>, attempt: u32, took: Duration, result: &Result<Answer<O>, Failure>) {
    let (ended, request_id) = match result {
        Ok(answer) => ("answered", &answer.request_id),
        Err(failure) => match &failure.refusal {
            Refusal::NotFound { request_id } => ("not_found", request_id),
            Refusal::Unread(why) => (why.kind.as_str(), &why.request_id),
        },
    };
    tracing::debug!(
        target: crate::log::TARGET,
        operation = request.operation,
        subject = request.subject,
        attempt,
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = request_id.as_deref().unwrap_or("none"),
        ended,
    );
}

/// One attempt.
async fn send_once<O, E, Sent>(
    limit: Duration,
    attempt: &impl Fn(BodyInterceptor) -> Sent,
) -> Result<Answer<O>, Failure>
where
    E: ProvideErrorMetadata + Error + 'static,
    Sent: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
{
    let interceptor = BodyInterceptor::default();
    let until = Instant::now() + limit;
    let result = timeout_at(until, attempt(interceptor.clone())).await;
    let result = result.map_err(|_| timed_out(limit))?;
    let response = interceptor.take();
    let malformed = |message: String, request_id| Failure {
        refusal: Refusal::Unread(Unread {
            kind: UnreadReason::MalformedResponse,
            message,
            request_id,
        }),
        retryable: false,
    };
    match (result, response) {
        // A body that came with success is the answer, also where the SDK's own types can't hold it.
        (
            result,
            Some(RawResponse {
                status: 200,
                body: Some(body),
                request_id,
            }),
        ) => Ok(Answer {
            body,
            output: result.ok(),
            request_id,
        }),
        // Part of an answer, or "accepted" without one.
        (
            _,
            Some(RawResponse {
                status: status @ 201..=299,
                request_id,
                ..
            }),
        ) => {
            let message = format!("status {status}, where the API answers with 200");
            Err(malformed(message, request_id))
        }
        (Ok(_), response) => {
            let message = "the SDK gave no body; please report it".to_owned();
            Err(malformed(message, response.and_then(|it| it.request_id)))
        }
        (Err(error), response) => Err(classify(&error, response.as_ref(), limit)),
    }
}

/// The wait after an attempt: exponential backoff with full jitter, so that requests which failed
/// together don't come back together.
fn backoff(attempt: u32) -> Duration {
    let longest = FIRST_BACKOFF
        .saturating_mul(1 << attempt.min(10))
        .min(MAX_BACKOFF);
    longest.mul_f64(fastrand::f64())
}

/// Adds the number of attempts to the message, where there was more than one.
fn with_attempts(mut refusal: Refusal, attempts: u32) -> Refusal {
    if let Refusal::Unread(unread) = &mut refusal
        && attempts > 1
    {
        unread.message = format!("{} (after {attempts} attempts)", unread.message);
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 1..40 {
            assert!(backoff(attempt) <= MAX_BACKOFF);
        }
    }
}
