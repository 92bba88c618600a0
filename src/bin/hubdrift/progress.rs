//! How far reading is: one line on standard error, on a terminal only.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the line is redrawn, at most.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

/// Counts what was read, and shows it.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    unread: AtomicU64,
    throttled: AtomicU64,
}

impl Progress {
    /// Shown on a terminal if `shown`, else only counted.
    pub fn new(shown: bool) -> Self {
        // indicatif hides itself where standard error is no terminal.
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {pos} of {len} connectors read{msg}, {elapsed}{prefix}",
        ) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAW_INTERVAL);
        Self {
            bar,
            counts: Arc::default(),
        }
    }

    /// Reading ends at `deadline`, done or not.
    pub fn until(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let minutes = left.as_secs().div_ceil(60);
        if minutes > 1 {
            self.bar.set_prefix(format!(" of at most {minutes} min"));
        }
    }

    /// This many more connectors are to be read.
    pub fn planned(&self, connectors: usize) {
        self.bar.inc_length(connectors as u64);
    }

    /// One more was read, or could not be.
    pub fn read(&self, well: bool) {
        self.bar.inc(1);
        if !well {
            self.counts.unread.fetch_add(1, Ordering::Relaxed);
            self.show_counts();
        }
    }

    /// A request was throttled.
    pub fn throttled(&self) {
        self.counts.throttled.fetch_add(1, Ordering::Relaxed);
        self.show_counts();
    }

    /// All is read: the line is removed, since the report has it all.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show_counts(&self) {
        let mut text = String::new();
        for (count, what) in [
            (&self.counts.unread, "unread"),
            (&self.counts.throttled, "throttled"),
        ] {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        self.bar.set_message(text);
    }
}
