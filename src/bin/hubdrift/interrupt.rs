//! Ctrl-C, SIGTERM, SIGHUP and SIGQUIT: the first ends reading, a later one ends everything. SIGXFSZ ends nothing.
//!
//! A signal that was ignored when the process began stays ignored, which `nohup` relies on, and a shell
//! without job control for its background jobs.

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

use hubdrift::audit::code;
use tokio::{runtime::Runtime, sync::watch};

use crate::terminal;

/// A signal that comes so soon after the first is the same one: a terminal signals every process of
/// a job, and the process that started hubdrift may pass it on as well.
const SAME: Duration = Duration::from_secs(1);

/// Whether the first signal has come.
static HAS_COME: AtomicBool = AtomicBool::new(false);

/// How often [`wait`] looks whether a signal has come.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How often it looks again after a signal, so that work which is about to end may do so: a second in all.
const POLLS_AFTER_SIGNAL: u32 = 20;

/// Does work that may wait for another process for ever, such as reading from a pipe or writing to one.
/// A second after a signal it is given up: `None`. Its thread goes on, and its result is dropped.
pub fn wait<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = Arc::new(Mutex::new(Some(work)));
    let take = |work: &Mutex<Option<_>>| work.lock().ok()?.take();
    let (sender, result) = mpsc::channel();
    let of_thread = work.clone();
    let started = thread::Builder::new().spawn(move || {
        // It is no error if the work was given up meanwhile.
        take(&of_thread).map(|work| sender.send(work()))
    });
    if started.is_err() {
        // Where there can be no more threads it is done here.
        return take(&work).map(|work| work());
    }
    let mut polls = 0;
    loop {
        match result.recv_timeout(POLL_INTERVAL) {
            Ok(done) => return Some(done),
            Err(RecvTimeoutError::Timeout) if polls < POLLS_AFTER_SIGNAL => {
                polls += u32::from(HAS_COME.load(Ordering::Relaxed));
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
            match classify(&mut first, Instant::now()) {
                Arrival::First => {
                    HAS_COME.store(true, Ordering::Relaxed);
                    // It is no error if nothing is being read.
                    let _ = stop.send(true);
                    terminal::note(
                        "interrupted: reading stops, and what was read is reported; once more ends at once\n",
                    );
                }
                Arrival::Same => {}
                Arrival::Another => std::process::exit(code::INTERRUPTED.into()),
            }
        }
    });
    Ok(stopped)
}

/// Makes a file that would grow beyond a limit (`ulimit -f`) an error of the write: by default the signal
/// SIGXFSZ ends the process, which then reports nothing. Where it can't be caught, that stays so.
#[cfg(unix)]
pub fn outlive_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    // SIGXFSZ, which tokio has no name for. On systems where 25 is another signal, catching that has no effect.
    const NUMBER: i32 = 25;
    if is_in(ignored(), NUMBER) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    if let Ok(runtime) = runtime {
        let _in_runtime = runtime.enter();
        // The handler stays when its receiver is dropped.
        let _ = signal(SignalKind::from_raw(NUMBER));
    }
}

/// There is no such signal.
#[cfg(not(unix))]
pub const fn outlive_limits() {}

#[derive(Debug, PartialEq, Eq)]
enum Arrival {
    First,
    Same,
    Another,
}

/// What a signal at this time means; `first` is when the first came.
fn classify(first: &mut Option<Instant>, at: Instant) -> Arrival {
    match first {
        None => {
            *first = Some(at);
            Arrival::First
        }
        Some(first) if at.saturating_duration_since(*first) < SAME => Arrival::Same,
        Some(_) => Arrival::Another,
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

/// The signals that are ignored, a bit each, as Linux says; none on other systems.
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
        for (millis, signal) in [
            (500, Arrival::First),
            (500, Arrival::Same),
            (1_499, Arrival::Same),
            (1_500, Arrival::Another),
            (90_000, Arrival::Another),
        ] {
            let at = begun + Duration::from_millis(millis);
            assert_eq!(classify(&mut first, at), signal, "{millis}");
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
