//! Turns HTTP requests into the answers of Security Hub and STS, from a state file: a local
//! endpoint that any AWS SDK can be pointed at.
//!
//! It serves what the state holds and judges none of it. The rest of hubdrift must not know
//! it but to start it: what is checked against the emulator goes the same way as to AWS.

mod faults;
mod listing;
mod securityhub;
mod sigv4;
mod state;
mod sts;
mod summary;
mod uri;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::BoxBody};
use hubdrift::text;
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use faults::{Call, Effect};
pub use state::State;

/// No request to these services is longer.
const MAX_REQUEST_BODY: usize = 64 * 1024;

/// What can be asked of the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `GetConnectorV2`.
    Get,
    /// `ListConnectorsV2`.
    List,
    /// `ListTagsForResource`.
    Tags,
    /// `GetCallerIdentity` of STS.
    Identity,
}

/// An error as AWS means it, before a service gives it its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    status: u16,
    code: String,
    message: String,
}

/// An answer, but for its request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    content_type: String,
    error_type: Option<String>,
    body: String,
}

/// What a service says to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reply {
    Answer(Answer),
    Error(ApiError),
    /// Nothing: the connection is closed.
    Drop,
}

/// What is sent.
#[derive(Debug, PartialEq, Eq)]
enum Response {
    Whole(Answer),
    /// Half of it.
    Truncated(Answer),
    Drop,
}

/// What the emulator does with a request.
struct Outcome {
    operation: Option<Operation>,
    delay: Duration,
    response: Response,
}

impl ApiError {
    fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }
}

impl Answer {
    fn new(status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: content_type.into(),
            error_type: None,
            body: body.into(),
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

/// A running emulator; dropping it stops it.
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// What all connections have in common.
struct Shared {
    state: State,
    /// How often each request came, for its id.
    asked: Mutex<HashMap<String, u64>>,
    requests: [AtomicU64; OPERATIONS.len()],
}

const OPERATIONS: [Operation; 4] = [
    Operation::Get,
    Operation::List,
    Operation::Tags,
    Operation::Identity,
];

/// Starts serving a state. Port 0 is any free one.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn start(state: State, address: SocketAddr) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared {
        state,
        asked: Mutex::default(),
        requests: Default::default(),
    });
    let server = tokio::spawn(accept(listener, Arc::clone(&shared)));
    Ok(Running {
        address,
        shared,
        server,
    })
}

impl Shared {
    /// An id that no other request has, and that this one has in every run: concurrent requests
    /// come in any order, and what is printed of them should not change with it.
    fn request_id(&self, request: &Parts) -> String {
        let asked = format!("{} {}", request.method, request.uri);
        let mut counts = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(asked.clone()).or_default();
        *count += 1;
        let id = text::hex(&Sha256::digest(format!("{count} {asked}")));
        let part = |range| id.get(range).unwrap_or_default();
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        )
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often each operation was asked for, refused and failed requests included.
    pub fn requests(&self) -> BTreeMap<Operation, u64> {
        let counts = self.shared.requests.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        OPERATIONS.into_iter().zip(counts).collect()
    }

    /// Stops listening and closes every connection.
    pub async fn shutdown(mut self) {
        self.server.abort();
        // An aborted task ends with an error that says so.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Takes connections until it is aborted; they end with it, for the set is dropped.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
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

/// The answer is meant not to come; hyper closes a connection whose service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
struct Dropped;

async fn handle(
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, Dropped> {
    let (parts, body) = request.into_parts();
    let request_id = shared.request_id(&parts);
    // A body that says it is too long is not waited for.
    let outcome = if body.size_hint().lower() > MAX_REQUEST_BODY as u64 {
        too_large()
    } else {
        match Limited::new(body, MAX_REQUEST_BODY).collect().await {
            Ok(body) => respond(&shared.state, &parts, &body.to_bytes(), &request_id),
            Err(_) => too_large(),
        }
    };
    if let Some(operation) = outcome.operation {
        shared.requests[operation as usize].fetch_add(1, Ordering::Relaxed);
    }
    tokio::time::sleep(outcome.delay).await;
    let (answer, body) = match outcome.response {
        Response::Whole(answer) => {
            let body = Full::from(answer.body.clone()).map_err(|never: Infallible| match never {});
            (answer, body.boxed())
        }
        Response::Truncated(answer) => {
            let body = half(&answer.body);
            (answer, body)
        }
        Response::Drop => return Err(Dropped),
    };
    let mut response = hyper::Response::builder()
        .status(answer.status)
        .header("content-type", answer.content_type)
        .header("content-length", answer.body.len())
        .header("x-amzn-requestid", request_id);
    if let Some(error_type) = answer.error_type {
        response = response.header("x-amzn-errortype", error_type);
    }
    // Whatever the state could put into a header was looked at when it was read.
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
    Outcome {
        operation: None,
        delay: Duration::ZERO,
        response: Response::Whole(securityhub::error(&error)),
    }
}

/// What is said to a request. Pure but for the counting of faults.
fn respond(state: &State, request: &Parts, body: &[u8], request_id: &str) -> Outcome {
    if request.method == "POST" && request.uri.path() == "/" {
        respond_sts(state, request, body, request_id)
    } else {
        respond_securityhub(state, request)
    }
}

fn respond_securityhub(state: &State, request: &Parts) -> Outcome {
    let render = |error: &ApiError| securityhub::error(error);
    let (path, query) = (request.uri.path(), request.uri.query().unwrap_or(""));
    let asked = match securityhub::route(request.method.as_str(), path, query) {
        Ok(asked) => asked,
        Err(error) => return refuse(None, render(&error)),
    };
    let operation = asked.operation();
    let signed = sigv4::parse(&request.headers).and_then(|scope| {
        let caller = state.caller(&scope.access_key_id, &scope.region);
        let caller = caller.ok_or(sigv4::Refusal::UnknownKey)?;
        securityhub::check_scope(&scope, state)?;
        Ok((scope, caller))
    });
    let (scope, caller) = match signed {
        Ok(signed) => signed,
        Err(refusal) => return refuse(Some(operation), render(&refusal.rest_json())),
    };
    let (account, region) = (caller.account.as_str(), scope.region.as_str());
    let call = Call {
        operation,
        account,
        region,
        connector_id: asked.connector_id(),
        page: asked.page(account, region),
    };
    finish(state, &call, render, || {
        securityhub::answer(state, account, region, &asked)
    })
}

fn respond_sts(state: &State, request: &Parts, body: &[u8], request_id: &str) -> Outcome {
    let render = |error: &ApiError| sts::error(error, request_id);
    if let Err(error) = sts::route(&String::from_utf8_lossy(body)) {
        return refuse(None, render(&error));
    }
    let operation = Operation::Identity;
    let signed = sigv4::parse(&request.headers).and_then(|scope| {
        let caller = state.caller(&scope.access_key_id, &scope.region);
        let caller = caller.ok_or(sigv4::Refusal::UnknownKey)?;
        sts::check_scope(&scope)?;
        Ok((scope, caller))
    });
    let (scope, caller) = match signed {
        Ok(signed) => signed,
        Err(refusal) => return refuse(Some(operation), render(&refusal.query())),
    };
    let call = Call {
        operation,
        account: &caller.account,
        region: &scope.region,
        connector_id: None,
        page: None,
    };
    finish(state, &call, render, || {
        sts::identity(&caller, request_id).into()
    })
}

fn refuse(operation: Option<Operation>, answer: Answer) -> Outcome {
    Outcome {
        operation,
        delay: Duration::ZERO,
        response: Response::Whole(answer),
    }
}

/// The usual answer, or what a fault makes of it.
fn finish(
    state: &State,
    call: &Call,
    render: impl Fn(&ApiError) -> Answer,
    usual: impl FnOnce() -> Reply,
) -> Outcome {
    let (delay, effect) = faults::apply(state.faults(), call);
    let reply = match effect {
        Some(Effect::Error(error)) => error.clone().into(),
        Some(Effect::Answer(answer)) => answer.clone().into(),
        Some(Effect::Drop) => Reply::Drop,
        Some(Effect::Truncate | Effect::Delay(_)) | None => usual(),
    };
    let answer = match reply {
        Reply::Answer(answer) => Some(answer),
        Reply::Error(error) => Some(render(&error)),
        Reply::Drop => None,
    };
    let response = match (answer, effect) {
        (Some(answer), Some(Effect::Truncate)) => Response::Truncated(answer),
        (Some(answer), _) => Response::Whole(answer),
        (None, _) => Response::Drop,
    };
    Outcome {
        operation: Some(call.operation),
        delay,
        response,
    }
}
