//! Turns HTTP requests into the answers of Security Hub and STS, from a state file: a local
//! endpoint that any AWS SDK can be pointed at.
//!
//! It serves what the state holds and judges none of it. The rest of hubdrift only starts and stops
//! it: a check against the emulator takes the same path as one against AWS.

mod assume;
mod authenticate;
mod authorization;
mod counts;
mod faults;
mod limits;
mod listing;
mod operation;
mod principals;
mod reply;
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

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use operation::Operation;
use server::Shared;
pub use state::State;

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
        self.shared.requests().collect()
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
