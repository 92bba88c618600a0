//! Turns HTTP requests into the answers of Security Hub and STS, from a state file: a local
//! endpoint that any AWS SDK can be pointed at.
//!
//! It serves what the state holds and judges none of it. The rest of hubdrift must not know
//! it but to start it: what is checked against the emulator goes the same way as to AWS.

mod assume;
mod authorization;
mod counts;
mod faults;
mod limits;
mod listing;
mod principals;
mod respond;
mod roles;
mod securityhub;
mod served;
mod server;
mod sessions;
mod settings;
mod sigv4;
mod state;
mod sts;
mod summary;
mod uri;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use server::Shared;
pub use state::State;

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
    /// `AssumeRole` of STS.
    AssumeRole,
    /// `AssumeRoleWithWebIdentity` of STS.
    WebIdentity,
}

/// All of them, in their order.
const OPERATIONS: [Operation; 6] = [
    Operation::Get,
    Operation::List,
    Operation::Tags,
    Operation::Identity,
    Operation::AssumeRole,
    Operation::WebIdentity,
];

impl Operation {
    /// As a state file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Tags => "tags",
            Self::Identity => "identity",
            Self::AssumeRole => "assume_role",
            Self::WebIdentity => "web_identity",
        }
    }
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
    content_type: Cow<'static, str>,
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
    /// Whether a rate limit, and no fault, refused it.
    throttled: bool,
    delay: Duration,
    response: Response,
}

/// When a request came, on the two clocks that matter: signatures and sessions end by the one
/// that clients have too, buckets fill by the one that nobody sets.
#[derive(Debug, Clone, Copy)]
struct Now {
    wall: Timestamp,
    steady: Instant,
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
    fn new(
        status: u16,
        content_type: impl Into<Cow<'static, str>>,
        body: impl Into<String>,
    ) -> Self {
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

/// Starts serving a state. Port 0 is any free one.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn start(state: State, address: SocketAddr) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared::new(state));
    let server = tokio::spawn(server::accept(listener, Arc::clone(&shared)));
    Ok(Running {
        address,
        shared,
        server,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often each operation was asked for, refused and failed requests included.
    pub fn requests(&self) -> BTreeMap<Operation, u64> {
        OPERATIONS.into_iter().zip(self.shared.requests()).collect()
    }

    /// How many of them the rate limits refused.
    pub fn throttled(&self) -> u64 {
        self.shared.throttled()
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
