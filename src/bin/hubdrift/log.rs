//! The log on standard error: our own events and nobody else's.
//!
//! `RUST_LOG` is not read: at trace level the SDK logs whole answers, which may hold secrets.

use tracing_subscriber::{filter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What our events are marked with.
pub const TARGET: &str = "hubdrift";

/// Logs from now on.
pub fn begin() {
    let ours = filter::Targets::new().with_target(TARGET, tracing::Level::DEBUG);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    // Whoever has set up another log keeps it.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(ours)
        .try_init();
}
