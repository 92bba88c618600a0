//! How fast one target is asked: a token bucket that slows down when it is told "too many".

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// The slowest pace, in requests a second, however often a target says "too many".
const SLOWEST: f64 = 0.5;

/// What is left of the pace after a target said "too many".
const SLOWER: f64 = 0.6;

/// Answers of one moment are about one pace: within this time it is slowed down once.
const ONE_MOMENT: Duration = Duration::from_secs(1);

/// So many answers bring the pace back from nothing to all. Slowly, since the limit that was met
/// is most likely still there.
const RECOVERY: f64 = 100.0;

/// A pace for one (account, region).
#[derive(Debug)]
pub struct Pace {
    /// Held by whose turn is next, so that turns are given in the order of asking, each at the
    /// pace that is right by then.
    queue: tokio::sync::Mutex<()>,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// The rate that is never exceeded, in requests a second.
    max_rate: f64,
    burst: f64,
    tokens: f64,
    rate: f64,
    /// The bucket fills up to this: to the burst, or to one token while the pace is slowed down.
    ceiling: f64,
    filled_at: Instant,
    slowed_at: Option<Instant>,
}

impl Pace {
    /// At most `rate` requests a second, `burst` of them at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self {
            queue: tokio::sync::Mutex::default(),
            bucket: Mutex::new(Bucket::new(rate, burst, Instant::now())),
        }
    }

    /// Waits for this request's turn.
    pub async fn turn(&self) {
        let _next = self.queue.lock().await;
        loop {
            let taken = self.lock().take(Instant::now());
            match taken {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// The target said "too many".
    pub fn throttled(&self) {
        self.lock().throttled(Instant::now());
    }

    /// The target answered.
    pub fn answered(&self) {
        self.lock().answered(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        // Nothing panics while it holds the lock, and the bucket is whole at every step.
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn new(rate: f64, burst: u32, now: Instant) -> Self {
        let (max_rate, burst) = (rate.max(SLOWEST), f64::from(burst.max(1)));
        Self {
            max_rate,
            burst,
            tokens: burst,
            rate: max_rate,
            ceiling: burst,
            filled_at: now,
            slowed_at: None,
        }
    }

    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.rate).min(self.ceiling);
        self.filled_at = now;
    }

    /// Takes a token, or says how long to wait for one.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        // A token that lacks a rounding error is one.
        if self.tokens >= 1.0 - 1e-6 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate)
            .max(Duration::from_micros(100)))
    }

    /// Slows down, and grants no burst until the pace is back.
    fn throttled(&mut self, now: Instant) {
        self.fill(now);
        self.ceiling = 1.0;
        self.tokens = self.tokens.min(0.0);
        let just_now = self
            .slowed_at
            .is_some_and(|at| now.saturating_duration_since(at) < ONE_MOMENT);
        if !just_now {
            self.rate = (self.rate * SLOWER).max(SLOWEST);
            self.slowed_at = Some(now);
        }
    }

    fn answered(&mut self, now: Instant) {
        if self.rate < self.max_rate {
            self.fill(now);
            self.rate = (self.rate + self.max_rate / RECOVERY).min(self.max_rate);
        } else {
            self.ceiling = self.burst;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bucket and a clock that moves only when somebody waits.
    struct World {
        bucket: Bucket,
        clock: Instant,
    }

    impl World {
        fn new(rate: f64, burst: u32) -> Self {
            let clock = Instant::now();
            Self {
                bucket: Bucket::new(rate, burst, clock),
                clock,
            }
        }

        /// Takes `turns` turns, one after the other, and says how long they took.
        fn take(&mut self, turns: usize) -> f64 {
            let start = self.clock;
            for _ in 0..turns {
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
    fn answers_bring_the_pace_back_and_then_the_burst() {
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
    fn the_pace_never_stops() {
        let mut world = World::new(10.0, 1);
        for _ in 0..100 {
            world.bucket.throttled(world.clock);
            world.clock += ONE_MOMENT;
        }
        assert!(world.take(2) <= 4.1);
    }

    #[test]
    fn a_lower_limit_than_the_announced_one_is_found() {
        // A server that takes 5 a second with a burst of 30, and a client that believes in 10.
        let mut world = World::new(10.0, 30);
        let mut server = Bucket::new(5.0, 30, world.clock);
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
        assert!(refused < 30, "{refused} answers of \"too many\"");
    }
}
