//! Ctrl-C, SIGTERM, SIGHUP and SIGQUIT: the first ends reading, a later one ends everything. SIGXFSZ ends nothing.
//!
//! A signal that was ignored when the process began stays ignored, as programs do that behave well:
//! `nohup` wants a run to outlive its terminal, and a shell without job control wants Ctrl-C to leave
//! its background jobs alone.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{runtime::Runtime, sync::watch};

use crate::terminal;

/// What a process that was interrupted ends with.
const EXIT_CODE: i32 = 130;

/// A signal that comes so soon after the first is the same one: a terminal signals every process of
/// a job, and the one that started hubdrift passes it on.
const SAME: Duration = Duration::from_secs(1);

/// Whether the first signal has come.
static HEARD: AtomicBool = AtomicBool::new(false);

/// How often it is looked whether a signal has come.
const LOOKED_EACH: Duration = Duration::from_millis(50);

/// How often more, when one has: what is about to end may do so.
const LOOKED_STILL: u32 = 20;

/// Does what may have to wait for another process for ever: reads from a pipe, or writes to one. After a
/// signal it is waited for no longer than a moment; `None` then. It goes on, and nobody sees what comes of it.
pub fn wait<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = Arc::new(Mutex::new(Some(work)));
    let take = |work: &Mutex<Option<_>>| work.lock().ok()?.take();
    let (tell, told) = mpsc::channel();
    let there = work.clone();
    let started = thread::Builder::new().spawn(move || {
        // Nobody who still waits for it is no error.
        take(&there).map(|work| tell.send(work()))
    });
    if started.is_err() {
        // Where there can be no more threads it is done here.
        return take(&work).map(|work| work());
    }
    let mut looked = 0;
    loop {
        match told.recv_timeout(LOOKED_EACH) {
            Ok(done) => return Some(done),
            Err(RecvTimeoutError::Timeout) if looked < LOOKED_STILL => {
                looked += u32::from(HEARD.load(Ordering::Relaxed));
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// Listens from now on, for as long as `runtime` lives. The receiver turns true with the first
/// signal; a later one ends the process.
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
        let mut first = None;
        loop {
            signals.next().await;
            match hear(&mut first, Instant::now()) {
                Heard::First => {
                    HEARD.store(true, Ordering::Relaxed);
                    // Nobody waiting for it is no error.
                    let _ = stop.send(true);
                    terminal::note(
                        "interrupted: reading stops, and what was read is reported; once more ends at once\n",
                    );
                }
                Heard::Same => {}
                Heard::Another => std::process::exit(EXIT_CODE),
            }
        }
    });
    Ok(stopped)
}

/// Lets a file that may not grow so far (`ulimit -f`) be an error of who writes it: by default the signal
/// ends the process, which could tell nobody then. Where it can't be had, that is as it was.
#[cfg(unix)]
pub fn outlive_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    // SIGXFSZ, which has no name here. Where it is another signal, that one is heard for nothing.
    const NUMBER: i32 = 25;
    if is_in(ignored(), NUMBER) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    if let Ok(runtime) = runtime {
        let _in_runtime = runtime.enter();
        // The process keeps on hearing it when nobody listens any more.
        let _ = signal(SignalKind::from_raw(NUMBER));
    }
}

/// Nothing ends the process there.
#[cfg(not(unix))]
pub const fn outlive_limits() {}

#[derive(Debug, PartialEq, Eq)]
enum Heard {
    First,
    Same,
    Another,
}

/// What a signal at this time means, and when the first came.
fn hear(first: &mut Option<Instant>, at: Instant) -> Heard {
    match first {
        None => {
            *first = Some(at);
            Heard::First
        }
        Some(first) if at.saturating_duration_since(*first) < SAME => Heard::Same,
        Some(_) => Heard::Another,
    }
}

#[cfg(unix)]
struct Signals {
    all: Vec<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let is_heard = |kind: &SignalKind| !is_in(ignored, kind.as_raw_value());
        let all = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
            SignalKind::quit(),
        ];
        let all = all.into_iter().filter(is_heard).map(signal);
        Ok(Self {
            all: all.collect::<io::Result<_>>()?,
        })
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let mut any = self.all.iter_mut();
            if any.any(|signal| signal.poll_recv(context).is_ready()) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

/// The signals that are ignored, a bit each, as Linux tells; none where nothing tells.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .map(|mask| u64::from_str_radix(mask.trim(), 16));
    mask.and_then(Result::ok).unwrap_or_default()
}

#[cfg(unix)]
const fn is_in(mask: u64, signal: i32) -> bool {
    mask >> (signal - 1) & 1 == 1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_within_a_second_of_the_first_is_the_same() {
        let begun = Instant::now();
        let mut first = None;
        for (millis, heard) in [
            (500, Heard::First),
            (500, Heard::Same),
            (1_499, Heard::Same),
            (1_500, Heard::Another),
            (90_000, Heard::Another),
        ] {
            let at = begun + Duration::from_millis(millis);
            assert_eq!(hear(&mut first, at), heard, "{millis}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_mask_has_a_bit_for_each_signal() {
        // As /proc says it of what `nohup` starts in the background of a shell: 1, 2 and 3.
        for (signal, is_ignored) in [(1, true), (2, true), (3, true), (4, false), (15, false)] {
            assert_eq!(is_in(0x7, signal), is_ignored, "{signal}");
        }
    }
}
