//! Ctrl-C and SIGTERM: the first ends reading, a second ends everything.

use std::io;

use tokio::{runtime::Runtime, sync::watch};

use crate::terminal;

/// What a process that was interrupted ends with.
const EXIT_CODE: i32 = 130;

/// Listens from now on, for as long as `runtime` lives. The receiver turns true with the first
/// signal; a second ends the process.
///
/// # Errors
/// When signals can't be listened for.
pub fn listen(runtime: &Runtime) -> io::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let mut signals = {
        let _in_runtime = runtime.enter();
        Signals::new()?
    };
    runtime.spawn(async move {
        signals.next().await;
        terminal::note(
            "interrupted: reading stops, and what was read is reported; once more ends at once\n",
        );
        // Nobody waiting for it is no error.
        let _ = stop.send(true);
        signals.next().await;
        std::process::exit(EXIT_CODE);
    });
    Ok(stopped)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
