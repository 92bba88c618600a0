//! How fast one target is asked: a token bucket whose rate drops when AWS throttles, and recovers
//! with answers that are not throttled.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// The lowest rate, in requests a second, however often a target throttles.
const MIN_RATE: f64 = 0.5;

/// The rate is multiplied by this when a target throttles.
const DECREASE: f64 = 0.6;

/// Requests in flight are throttled together: within this time the rate drops once.
const THROTTLING_WINDOW: Duration = Duration::from_secs(1);

/// The number of answers that raise the rate from 0 to its maximum. Slowly, because the limit that
/// was exceeded is most likely still in force.
const RECOVERY: f64 = 100.0;

/// Limits the rate of requests to one (account, region).
#[derive(Debug)]
pub struct RateLimiter {
    /// Held by the request that waits for the next token, so that tokens are given in the order of
    /// asking, each at the rate of that moment.
    queue: tokio::sync::Mutex<()>,
    bucket: Mutex<TokenBucket>,
}

#[derive(Debug)]
struct TokenBucket {
    /// The rate that is never exceeded, in requests a second.
    max_rate: f64,
    burst: f64,
    tokens: f64,
    rate: f64,
    /// How many tokens the bucket holds: the burst, or one while the rate is reduced.
    capacity: f64,
    refilled_at: Instant,
    throttled_at: Option<Instant>,
}

impl RateLimiter {
    /// At most `rate` requests a second, `burst` of them at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self {
            queue: tokio::sync::Mutex::default(),
            bucket: Mutex::new(TokenBucket::new(rate, burst, Instant::now())),
        }
    }

    /// Waits for a token.
    pub async fn acquire(&self) {
        let _next = self.queue.lock().await;
        loop {
            let taken = self.lock().take(Instant::now());
            match taken {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// The target throttled a request.
    pub fn throttled(&self) {
        self.lock().throttled(Instant::now());
    }

    /// The target answered, and did not throttle.
    pub fn answered(&self) {
        self.lock().answered(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, TokenBucket> {
        // Nothing panics while it holds the lock, and the bucket is whole at every step.
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenBucket {
    fn new(rate: f64, burst: u32, now: Instant) -> Self {
        let (max_rate, burst) = (rate.max(MIN_RATE), f64::from(burst.max(1)));
        Self {
            max_rate,
            burst,
            tokens: burst,
            rate: max_rate,
            capacity: burst,
            refilled_at: now,
            throttled_at: None,
        }
    }

    fn refill(&mut self, now: Instant) {
        let seconds = now
            .saturating_duration_since(self.refilled_at)
            .as_secs_f64();
        self.tokens = (self.tokens + seconds * self.rate).min(self.capacity);
        self.refilled_at = now;
    }

    /// Takes a token; if there is none, the error is how long to wait for one.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        // Rounding errors may leave a token a little short.
        if self.tokens >= 1.0 - 1e-6 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate)
            .max(Duration::from_micros(100)))
    }

    /// Reduces the rate, and allows no burst until the rate has recovered.
    fn throttled(&mut self, now: Instant) {
        self.refill(now);
        self.capacity = 1.0;
        self.tokens = self.tokens.min(0.0);
        let just_now = self
            .throttled_at
            .is_some_and(|at| now.saturating_duration_since(at) < THROTTLING_WINDOW);
        if !just_now {
            self.rate = (self.rate * DECREASE).max(MIN_RATE);
            self.throttled_at = Some(now);
        }
    }

    /// Raises the rate a little; once it has recovered, allows bursts again.
    fn answered(&mut self, now: Instant) {
        if self.rate < self.max_rate {
            self.refill(now);
            self.rate = (self.rate + self.max_rate / RECOVERY).min(self.max_rate);
        } else {
            self.capacity = self.burst;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bucket and a clock that moves only when somebody waits.
    struct World {
        bucket: TokenBucket,
        clock: Instant,
    }

    impl World {
        fn new(rate: f64, burst: u32) -> Self {
            let clock = Instant::now();
            Self {
                bucket: TokenBucket::new(rate, burst, clock),
                clock,
            }
        }

        /// Takes tokens one after the other, and returns how long that took.
        fn take(&mut self, tokens: usize) -> f64 {
            let start = self.clock;
            for _ in 0..tokens {
                while let Err(wait) = self.bucket.take(self.clock) {
                    self.clock += wait;
                }
            }
            (self.clock - start).as_secs_f64()
        }
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut world = World::new(10.0, 30);
        assert!(world.take(30) < 0.001);
        let rest = world.take(270);
        assert!((26.9..27.1).contains(&rest), "{rest}");
    }

    #[test]
    fn the_bucket_holds_no_more_than_a_burst() {
        let mut world = World::new(10.0, 30);
        world.clock += Duration::from_hours(1);
        assert!(world.take(30) < 0.001);
        assert!(world.take(1) > 0.09);
    }

    #[test]
    fn too_many_slows_down_once_a_moment_and_takes_the_burst_away() {
        let mut world = World::new(10.0, 30);
        for _ in 0..30 {
            world.bucket.throttled(world.clock);
        }
        let slow = world.take(12);
        assert!((1.9..2.1).contains(&slow), "{slow}");
        world.bucket.throttled(world.clock);
        assert!(
            (world.bucket.rate - 3.6).abs() < 0.01,
            "{}",
            world.bucket.rate
        );
    }

    #[test]
    fn answers_bring_the_rate_back_and_then_the_burst() {
        let mut world = World::new(10.0, 30);
        world.bucket.throttled(world.clock);
        for _ in 0..42 {
            world.take(1);
            world.bucket.answered(world.clock);
        }
        let fast = world.take(10);
        assert!((0.9..1.1).contains(&fast), "{fast}");
        world.clock += Duration::from_secs(10);
        assert!(world.take(30) < 0.001);
    }

    #[test]
    fn the_rate_never_falls_to_zero() {
        let mut world = World::new(10.0, 1);
        for _ in 0..100 {
            world.bucket.throttled(world.clock);
            world.clock += THROTTLING_WINDOW;
        }
        assert!(world.take(2) <= 4.1);
    }

    #[test]
    fn a_lower_limit_than_the_announced_one_is_found() {
        // A server that takes 5 a second with a burst of 30, and a client that believes in 10.
        let mut world = World::new(10.0, 30);
        let mut server = TokenBucket::new(5.0, 30, world.clock);
        let (mut answered, mut refused) = (0, 0);
        while answered < 300 {
            world.take(1);
            if server.take(world.clock).is_ok() {
                answered += 1;
                world.bucket.answered(world.clock);
            } else {
                refused += 1;
                world.bucket.throttled(world.clock);
            }
        }
        assert!(refused < 30, "{refused} throttled answers");
    }
}
