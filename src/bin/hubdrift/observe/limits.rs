//! The limits of a run: how many requests, how fast, and for how long.

use std::time::Duration;

/// How hard a run may press, and how long it may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in flight, over all targets.
    pub concurrency: usize,
    /// Requests a second, per target.
    pub max_rps: f64,
    /// Requests that may go at once, per target.
    pub burst: u32,
    /// Attempts of one request, the first included.
    pub max_attempts: u32,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long all reading may take.
    pub deadline: Duration,
    /// Whether each connector keeps the answer it was read from, to be saved.
    pub keep_answers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            max_rps: 10.0,
            burst: 30,
            max_attempts: 5,
            attempt_timeout: Duration::from_secs(10),
            deadline: Duration::from_mins(30),
            keep_answers: false,
        }
    }
}
