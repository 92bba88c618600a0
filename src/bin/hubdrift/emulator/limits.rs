//! The rate limits of a state file: token buckets, as AWS has them, decide whether a request may
//! pass.
//!
//! It reads no clock, and does not know what a request is.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;

/// How many requests a second, and how many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "WireLimit")]
pub struct Limit {
    rps: f64,
    burst: f64,
}

/// A [`Limit`] as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLimit {
    rps: f64,
    burst: Option<u32>,
}

impl TryFrom<WireLimit> for Limit {
    type Error = String;

    fn try_from(wire: WireLimit) -> Result<Self, String> {
        Self::new(wire.rps, wire.burst)
    }
}

impl Limit {
    fn new(rps: f64, burst: Option<u32>) -> Result<Self, String> {
        if !rps.is_finite() || rps <= 0.0 {
            return Err(format!("`rps` is {rps}: a limit is more than nothing"));
        }
        let burst = burst.map_or(rps.ceil(), f64::from);
        if burst < 1.0 {
            return Err("`burst` is 0: nothing could ever pass".to_owned());
        }
        Ok(Self { rps, burst })
    }
}

/// The limits of Security Hub: one for all, and others for some targets.
#[derive(Debug, Deserialize)]
#[serde(try_from = "WireLimits")]
pub struct Limits {
    general: Option<Limit>,
    /// Those that differ, by account and region.
    targets: Vec<(String, String, Limit)>,
}

/// [`Limits`] as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLimits {
    rps: Option<f64>,
    burst: Option<u32>,
    #[serde(default)]
    targets: Vec<WireTargetLimit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTargetLimit {
    account: String,
    region: String,
    rps: f64,
    burst: Option<u32>,
}

impl TryFrom<WireLimits> for Limits {
    type Error = String;

    fn try_from(wire: WireLimits) -> Result<Self, String> {
        if wire.rps.is_none() && (wire.burst.is_some() || wire.targets.is_empty()) {
            return Err("`limits` need `rps`, or `targets` that have it".to_owned());
        }
        let general = wire.rps.map(|rps| Limit::new(rps, wire.burst));
        let targets = wire.targets.into_iter().map(|it| {
            let limit = Limit::new(it.rps, it.burst)?;
            Ok((it.account, it.region, limit))
        });
        Ok(Self {
            general: general.transpose()?,
            targets: targets.collect::<Result<_, String>>()?,
        })
    }
}

impl Limits {
    /// The limit of one target.
    pub fn of(&self, account: &str, region: &str) -> Option<Limit> {
        let own = self
            .targets
            .iter()
            .find(|(of, at, _)| of == account && at == region);
        own.map(|(.., limit)| *limit).or(self.general)
    }

    /// The accounts and regions that have a limit of their own.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.targets.iter().map(|(of, at, _)| (&**of, &**at))
    }
}

/// A token bucket.
#[derive(Debug)]
pub struct Bucket {
    limit: Limit,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    /// When it was refilled last; nothing until the first request.
    at: Option<Instant>,
}

impl Bucket {
    /// A full bucket.
    pub fn new(limit: Limit) -> Self {
        let level = Level {
            tokens: limit.burst,
            at: None,
        };
        Self {
            limit,
            level: Mutex::new(level),
        }
    }

    /// Takes a token, if there is one. A request that is refused costs nothing.
    pub fn take(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        // Two requests may arrive here in another order than they read the clock.
        let since = level.at.map_or(now, |it| it.max(now));
        let passed = level.at.map_or(0.0, |it| (since - it).as_secs_f64());
        level.tokens = (level.tokens + passed * self.limit.rps).min(self.limit.burst);
        level.at = Some(since);
        // Rounding errors may leave a token a little short.
        let passes = level.tokens > 1.0 - 1e-9;
        if passes {
            level.tokens -= 1.0;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<Limits, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bucket_is_full_and_fills_again() {
        let limits = read(r#"{"rps":10,"burst":30}"#).unwrap();
        let bucket = Bucket::new(limits.of("1", "us-east-1").unwrap());
        let start = Instant::now();
        let passed = |millis| {
            let now = start + Duration::from_millis(millis);
            (0..100).filter(|_| bucket.take(now)).count()
        };
        assert_eq!(passed(0), 30);
        assert_eq!(passed(99), 0);
        assert_eq!(passed(100), 1);
        assert_eq!(passed(1100), 10);
        // A clock that was read earlier gives nothing, and takes nothing away.
        assert_eq!(passed(500), 0);
        assert_eq!(passed(1200), 1);
        assert_eq!(passed(60_000), 30);
    }

    #[test]
    fn three_hundred_take_27_seconds() {
        let limit = read(r#"{"rps":10,"burst":30}"#).unwrap().of("", "");
        let bucket = Bucket::new(limit.unwrap());
        let start = Instant::now();
        let mut passed = 0;
        let mut millis = 0;
        while passed < 300 {
            passed += u32::from(bucket.take(start + Duration::from_millis(millis)));
            millis += 1;
        }
        assert_eq!(millis / 1000, 27);
    }

    #[test]
    fn a_target_may_differ() {
        let other = r#"{"account":"1","region":"eu-west-1","rps":0.5}"#;
        let limits = read(&format!(r#"{{"rps":10,"targets":[{other}]}}"#)).unwrap();
        let limit = |region| limits.of("1", region).map(|it| (it.rps, it.burst));
        assert_eq!(limit("us-east-1"), Some((10.0, 10.0)));
        assert_eq!(limit("eu-west-1"), Some((0.5, 1.0)));
        let only = read(&format!(r#"{{"targets":[{other}]}}"#)).unwrap();
        assert_eq!(only.of("1", "us-east-1"), None);
        assert_eq!(only.places().collect::<Vec<_>>(), [("1", "eu-west-1")]);
    }

    #[test]
    fn a_limit_that_can_never_be_is_refused() {
        for (text, message) in [
            ("{}", "need `rps`"),
            (r#"{"burst":1}"#, "need `rps`"),
            (r#"{"rps":0}"#, "more than nothing"),
            (r#"{"rps":-1}"#, "more than nothing"),
            (r#"{"rps":1,"burst":0}"#, "nothing could ever pass"),
            (r#"{"rps":1,"bust":2}"#, "unknown field `bust`"),
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.contains(message), "{text}: {refusal}");
        }
    }
}
