//! What a run reads AWS with: threads, and the signals that end its reading.

use tokio::{runtime::Runtime, sync::watch};

use super::failure::{Failure, guarded};
use crate::interrupt;

/// Threads to read with. Signals are listened for as long as it lives.
#[derive(Debug)]
pub struct Session {
    /// The threads.
    pub runtime: Runtime,
    /// Turns true with the first signal.
    pub stop: watch::Receiver<bool>,
}

impl Session {
    /// Starts threads, and listens for signals from now on.
    ///
    /// # Errors
    /// When the machine permits no more of them.
    pub fn start() -> Result<Self, Box<Failure>> {
        guarded(|| {
            let runtime =
                Runtime::new().map_err(|error| Failure::internal("start the runtime", &error))?;
            let stop = interrupt::listen(&runtime)
                .map_err(|error| Failure::internal("listen for signals", &error))?;
            Ok(Self { runtime, stop })
        })
    }

    /// Whether a signal has ended the reading.
    pub fn is_interrupted(&self) -> bool {
        *self.stop.borrow()
    }

    /// Ends it. Reads that were given up must not hold up the end.
    pub fn end(self) {
        self.runtime.shutdown_background();
    }
}
