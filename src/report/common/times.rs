//! The times that a report has to state: how old a snapshot is, and when the shards were judged.

use jiff::{SignedDuration, Timestamp};

use super::value::{self, count};
use crate::audit::{Audit, Input, InputKind};

/// For each snapshot, when it was observed and how long before the time of judging; for a merged
/// report, when the first and the last shard were judged.
pub fn observed(audit: &Audit) -> Vec<String> {
    let now = audit.judged.now;
    let snapshots = audit.judged.inputs.iter();
    let words = |input: &Input| {
        let path = value::line(&input.path, 200);
        let Some(at) = input.observed_at else {
            return format!("observed at a time that the file doesn't say, in {path}");
        };
        let age = now.map(|now| format!(", {}", age(now.duration_since(at))));
        // Parts of a second tell a person nothing.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        format!("observed {at}{}, in {path}", age.unwrap_or_default())
    };
    let judged = audit.judged.since.iter().map(|since| {
        let now = value::time(now);
        format!("each shard was judged at its own time, from {since} to {now}")
    });
    snapshots
        .filter(|input| input.kind == InputKind::Snapshot)
        .map(words)
        .chain(judged)
        .collect()
}

/// How long before now something was, in words.
fn age(since: SignedDuration) -> String {
    let (seconds, direction) = match since.as_secs() {
        seconds if since.is_negative() => (seconds.unsigned_abs(), "after"),
        seconds => (seconds.unsigned_abs(), "before"),
    };
    let (number, unit) = match seconds {
        0..60 => return format!("less than a minute {direction} now"),
        60..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} {direction} now", count(number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_words() {
        let words = |seconds| age(SignedDuration::from_secs(seconds));
        assert_eq!(words(59), "less than a minute before now");
        assert_eq!(words(60), "1 minute before now");
        assert_eq!(words(7_199), "119 minutes before now");
        assert_eq!(words(3 * 3_600 + 5), "3 hours before now");
        assert_eq!(words(200_000), "2 days before now");
        assert_eq!(words(-400), "6 minutes after now");
    }
}
