//! How fast one target is asked: a token bucket that slows down when it is told "too many".

use std::{sync::Mutex, time::Duration};

use tokio::time::{Instant, sleep_until};

/// The slowest pace, in requests a second, however often a target says "too many".
const SLOWEST: f64 = 0.5;

/// A pace for one (account, region).
#[derive(Debug)]
pub struct Pace {
    /// The rate that is never exceeded, in requests a second.
    max_rate: f64,
    burst: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// Below zero: so many requests are waiting for their turn already.
    tokens: f64,
    rate: f64,
    /// What is left after a throttled answer: the bucket fills up to this.
    ceiling: f64,
    filled_at: Instant,
}

impl Pace {
    /// At most `rate` requests a second, `burst` of them at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        let (max_rate, burst) = (rate.max(SLOWEST), f64::from(burst.max(1)));
        let bucket = Bucket {
            tokens: burst,
            rate: max_rate,
            ceiling: burst,
            filled_at: Instant::now(),
        };
        Self {
            max_rate,
            burst,
            bucket: Mutex::new(bucket),
        }
    }

    /// Waits for this request's turn.
    pub async fn turn(&self) {
        sleep_until(self.reserve(Instant::now())).await;
    }

    /// Takes a token and says when it may be used.
    fn reserve(&self, now: Instant) -> Instant {
        let mut bucket = self.lock();
        bucket.fill(now);
        bucket.tokens -= 1.0;
        if bucket.tokens >= 0.0 {
            return now;
        }
        now + Duration::from_secs_f64(-bucket.tokens / bucket.rate)
    }

    /// The target said "too many": half the pace, and no burst until it recovers.
    pub fn throttled(&self) {
        self.throttled_at(Instant::now());
    }

    fn throttled_at(&self, now: Instant) {
        let mut bucket = self.lock();
        bucket.fill(now);
        bucket.rate = (bucket.rate / 2.0).max(SLOWEST);
        bucket.ceiling = 1.0;
        bucket.tokens = bucket.tokens.min(0.0);
    }

    /// The target answered: a twentieth of the full pace faster, up to it.
    pub fn answered(&self) {
        self.answered_at(Instant::now());
    }

    fn answered_at(&self, now: Instant) {
        let mut bucket = self.lock();
        if bucket.rate < self.max_rate {
            bucket.fill(now);
            bucket.rate = (bucket.rate + self.max_rate / 20.0).min(self.max_rate);
        } else {
            bucket.ceiling = self.burst;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Bucket> {
        // Nothing panics while it holds the lock, and the bucket is whole at every step.
        self.bucket
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.rate).min(self.ceiling);
        self.filled_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `turns` turns, one after the other, and moves the clock to the last of them.
    fn take(pace: &Pace, clock: &mut Instant, turns: usize) -> f64 {
        let start = *clock;
        for _ in 0..turns {
            *clock = pace.reserve(*clock);
        }
        (*clock - start).as_secs_f64()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let (pace, mut clock) = (Pace::new(10.0, 30), Instant::now());
        assert!(take(&pace, &mut clock, 30) < 0.001);
        let rest = take(&pace, &mut clock, 270);
        assert!((26.9..27.1).contains(&rest), "{rest}");
    }

    #[test]
    fn those_who_come_together_get_turns_one_after_the_other() {
        let (pace, now) = (Pace::new(10.0, 1), Instant::now());
        let turns: Vec<_> = (0..4)
            .map(|_| (pace.reserve(now) - now).as_millis())
            .collect();
        assert_eq!(turns, [0, 100, 200, 300]);
    }

    #[test]
    fn too_many_halves_the_pace_and_answers_bring_it_back() {
        let (pace, mut clock) = (Pace::new(10.0, 1), Instant::now());
        take(&pace, &mut clock, 1);
        pace.throttled_at(clock);
        let slow = take(&pace, &mut clock, 10);
        assert!((1.9..2.1).contains(&slow), "{slow}");
        for _ in 0..10 {
            pace.answered_at(clock);
        }
        let fast = take(&pace, &mut clock, 10);
        assert!((0.9..1.1).contains(&fast), "{fast}");
    }

    #[test]
    fn the_pace_never_stops() {
        let (pace, mut clock) = (Pace::new(10.0, 1), Instant::now());
        for _ in 0..100 {
            pace.throttled_at(clock);
        }
        assert!(take(&pace, &mut clock, 2) <= 4.1);
    }
}
