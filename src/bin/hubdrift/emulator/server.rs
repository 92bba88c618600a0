//! Turns connections into requests, and responses into bytes: the HTTP of the emulator, its
//! delays, and connections that break on purpose.
//!
//! It does not decide what is answered.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::BoxBody};
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::counts::RequestIds;
use super::operation::Operation;
use super::reply::ApiError;
use super::respond::{self, Now, Outcome, Response};
use super::securityhub;
use super::state::State;

/// No request to these services is longer.
const MAX_REQUEST_BODY: usize = 64 * 1024;

/// What all connections have in common.
pub struct Shared {
    state: State,
    ids: RequestIds,
    requests: [AtomicU64; Operation::ALL.len()],
    throttled: AtomicU64,
}

impl Shared {
    /// A server to which no request was made yet.
    pub fn new(state: State) -> Self {
        Self {
            state,
            ids: RequestIds::default(),
            requests: Default::default(),
            throttled: AtomicU64::new(0),
        }
    }

    /// How often each operation was asked for.
    pub fn requests(&self) -> impl Iterator<Item = (Operation, u64)> {
        let counts = self.requests.iter().map(|it| it.load(Ordering::Relaxed));
        Operation::ALL.into_iter().zip(counts)
    }

    /// How many requests the limits refused.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    fn count(&self, outcome: &Outcome) {
        if let Some(operation) = outcome.operation {
            self.requests[operation as usize].fetch_add(1, Ordering::Relaxed);
        }
        if outcome.throttled {
            self.throttled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Takes connections until it is aborted; they end with it, for the set is dropped.
pub async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
            // Out of file descriptors, most likely: some will come free.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Answers are small and written at once; waiting to fill a packet would only cost time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { handle(&shared, request).await }
    });
    // A connection that breaks, by its client or by a fault, is nobody's error here.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// No answer is to come: hyper closes a connection whose service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
struct Dropped;

async fn handle(
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, Dropped> {
    let (parts, body) = request.into_parts();
    // A body whose declared length is too long is not read.
    let body = if body.size_hint().lower() > MAX_REQUEST_BODY as u64 {
        None
    } else {
        let collected = Limited::new(body, MAX_REQUEST_BODY).collect().await;
        collected.ok().map(http_body_util::Collected::to_bytes)
    };
    let request_id = shared.ids.next(&parts, body.as_deref().unwrap_or_default());
    let now = Now {
        wall: Timestamp::now(),
        monotonic: Instant::now(),
    };
    let outcome = match &body {
        Some(body) => respond::respond(&shared.state, &parts, body, &request_id, now),
        None => too_large(),
    };
    shared.count(&outcome);
    let delay = outcome.delay + shared.state.latency();
    // A sleep of nothing still waits for the timer's next millisecond.
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let (answer, truncated) = match outcome.response {
        Response::Whole(answer) => (answer, false),
        Response::Truncated(answer) => (answer, true),
        Response::Drop => return Err(Dropped),
    };
    let mut response = hyper::Response::builder()
        .status(answer.status)
        .header("content-type", &*answer.content_type)
        .header("content-length", answer.body.len())
        .header("x-amzn-requestid", request_id);
    if let Some(error_type) = answer.error_type {
        response = response.header("x-amzn-errortype", error_type);
    }
    let body = if truncated {
        half(&answer.body)
    } else {
        let whole = Full::from(answer.body).map_err(|never: Infallible| match never {});
        whole.boxed()
    };
    // What a state can put into a header was validated when it was parsed.
    response.body(body).map_err(|_| Dropped)
}

/// The first half of a body, and then a broken connection.
fn half(body: &str) -> BoxBody<Bytes, io::Error> {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let sent = stream::once(async move { Ok(Frame::data(half)) });
    let broken = stream::once(async {
        // An error at once would throw away what is not written yet.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::from(io::ErrorKind::UnexpectedEof))
    });
    BodyExt::boxed(StreamBody::new(Box::pin(sent.chain(broken))))
}

fn too_large() -> Outcome {
    let error = ApiError::new(
        413,
        "RequestEntityTooLargeException",
        format!("The request is longer than {MAX_REQUEST_BODY} bytes"),
    );
    respond::refuse(None, securityhub::error(&error))
}
