//! The arguments about AWS: how it is reached, how many requests it is sent, and for how long.

use std::time::Duration;

use clap::{
    Args,
    builder::{BoolishValueParser, NonEmptyStringValueParser},
};
use hubdrift::model::Override;

use crate::{
    commands::source::Aws,
    observe::{Access, Flags, Limits},
};

#[derive(Args)]
pub struct AwsArgs {
    /// Another endpoint for every service
    #[arg(
        long,
        value_name = "URL",
        env = "HUBDRIFT_ENDPOINT_URL", value_parser = NonEmptyStringValueParser::new(),
        help_heading = "AWS"
    )]
    endpoint_url: Option<String>,
    /// The profile to take credentials from
    #[arg(
        long,
        value_name = "NAME",
        env = "HUBDRIFT_PROFILE", value_parser = NonEmptyStringValueParser::new(),
        help_heading = "AWS"
    )]
    profile: Option<String>,
    /// The region of targets without one
    #[arg(long, value_name = "R", env = "HUBDRIFT_REGION", value_parser = NonEmptyStringValueParser::new(), help_heading = "AWS")]
    region: Option<String>,
    /// Use the base credentials for every target, and no roles
    #[arg(long, env = "HUBDRIFT_NO_ASSUME_ROLE", value_parser = BoolishValueParser::new(), help_heading = "AWS")]
    no_assume_role: bool,
    /// Requests to Security Hub in flight, over all targets; those to STS are not limited
    #[arg(long, value_name = "N", default_value_t = 64, env = "HUBDRIFT_CONCURRENCY", value_parser = clap::value_parser!(u16).range(1..), help_heading = "AWS")]
    concurrency: u16,
    /// Requests a second, per target
    #[arg(long, value_name = "N", default_value_t = 10.0, env = "HUBDRIFT_MAX_RPS", value_parser = rate, help_heading = "AWS")]
    max_rps: f64,
    /// Requests that may go at once, per target
    #[arg(long, value_name = "N", default_value_t = 30, env = "HUBDRIFT_BURST", value_parser = clap::value_parser!(u32).range(1..), help_heading = "AWS")]
    burst: u32,
    /// Attempts of one request, the first included
    #[arg(long, value_name = "N", default_value_t = 5, env = "HUBDRIFT_MAX_ATTEMPTS", value_parser = clap::value_parser!(u32).range(1..=100), help_heading = "AWS")]
    max_attempts: u32,
    /// How long one attempt may take
    #[arg(long, value_name = "DUR", default_value = "10s", env = "HUBDRIFT_ATTEMPT_TIMEOUT", value_parser = duration, help_heading = "AWS")]
    attempt_timeout: Duration,
    /// How long all reading may take
    #[arg(long, value_name = "DUR", default_value = "30m", env = "HUBDRIFT_DEADLINE", value_parser = duration, help_heading = "AWS")]
    deadline: Duration,
}

impl AwsArgs {
    pub fn into_source(self, overrides: Vec<Override>, progress: bool) -> Aws {
        Aws {
            access: Access::Environment {
                flags: Flags {
                    profile: self.profile,
                    region: self.region,
                    endpoint_url: self.endpoint_url,
                },
                no_assume_role: self.no_assume_role,
            },
            limits: Limits {
                concurrency: self.concurrency.into(),
                max_rps: self.max_rps,
                burst: self.burst,
                max_attempts: self.max_attempts,
                attempt_timeout: self.attempt_timeout,
                deadline: self.deadline,
                keep_answers: false,
            },
            progress,
            overrides,
        }
    }
}

/// Reads a duration such as `10s`, `1m 30s` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let advice = || format!("`{text}` is not a duration: write it like 500ms, 10s or 1m 30s");
    let span: jiff::SignedDuration = text.parse().map_err(|_| advice())?;
    let duration = Duration::try_from(span).map_err(|_| advice())?;
    if duration.is_zero() {
        Err("a duration longer than nothing is expected".to_owned())
    } else {
        Ok(duration)
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.5..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("a number from 0.5 to 10000 is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("30m"), Ok(Duration::from_mins(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("0s").is_err());
        assert!(duration("-1s").is_err());
        assert!(duration("ten").is_err());
    }
}
