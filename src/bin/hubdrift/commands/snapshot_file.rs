//! Files that hold what was observed: one that is read instead of AWS, and one that is saved. Knows
//! nothing of who asked, nor of what is judged.

use std::path::Path;

use hubdrift::{
    audit::{Input, InputKind},
    model::{Observations, Place},
    observed::{Age, ObservedFile, snapshot},
    plan::Plan,
    problem::Problem,
    saved::CLOCKS,
    text,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use crate::{
    clock::Clock,
    files::{Reserved, SavedFile},
};

/// What `plan` asks for, from the file at `path`; the file, for the report; and the clock when it was
/// read: who writes it may take long.
///
/// # Errors
/// When the file can't be read, is none that holds what was observed, or is too old.
pub fn replay(
    path: &Path,
    max_age: Option<SignedDuration>,
    plan: &Plan,
    clock: Clock,
) -> Result<(Observations, Input, Clock), Box<Failure>> {
    let fail = |problem| Box::new(Failure::of("snapshot", problem));
    let file = SavedFile::read(path).map_err(fail)?;
    let text = file.text().map_err(fail)?;
    let name = path.display().to_string();
    // Both go through the whole text, which may be large.
    let (saved, mut input) = std::thread::scope(|scope| {
        let digest = scope.spawn(|| input(&name, text.as_bytes(), None));
        let saved = ObservedFile::parse(text);
        let input = digest.join();
        (
            saved,
            input.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    });
    let saved = saved.map_err(|error| {
        let one = |number| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        let place = Place::new(name.as_str(), one(error.line), one(error.column));
        fail(Problem::at(place, error.message))
    })?;
    let (age, clock) = (saved.age(), clock.reading_ended());
    input.observed_at = age.map(|age| age.from);
    check_age(&name, age, saved.latest(), max_age, clock).map_err(|message| {
        let failure = Box::new(Failure::new("snapshot", message));
        failure.after(std::slice::from_ref(&input))
    })?;
    Ok((saved.to_observations(plan), input, clock))
}

/// Saves what AWS answered to a run that began at this time; gives the file, for the report.
///
/// # Errors
/// When it can't be written.
pub fn save(
    place: Reserved,
    observations: &Observations,
    began: Timestamp,
) -> Result<Input, Box<Failure>> {
    let fail = |error: anyhow::Error| {
        let message = format!("failed to save what was observed: {error:#}");
        Box::new(Failure::new("snapshot", message))
    };
    let snapshot = snapshot::from_observations(observations, began);
    let text = snapshot::serialise(&snapshot).map_err(|error| fail(error.into()))?;
    let saved = input(place.name(), text.as_bytes(), snapshot.taken_at);
    place.write(text.into_bytes()).map_err(fail)?;
    Ok(saved)
}

fn input(path: &str, bytes: &[u8], observed_at: Option<Timestamp>) -> Input {
    Input {
        path: path.to_owned(),
        kind: InputKind::Snapshot,
        sha256: text::hex(&Sha256::digest(bytes)),
        observed_at,
    }
}

/// Whether the file is of a time that may be judged now.
fn check_age(
    name: &str,
    age: Option<Age>,
    latest: Option<Timestamp>,
    max_age: Option<SignedDuration>,
    clock: Clock,
) -> Result<(), String> {
    // Who chose the time to judge at may have chosen an earlier one; a clock goes forward. A part
    // says when it was observed also where the whole doesn't.
    let late = clock.at.saturating_add(CLOCKS).unwrap_or(Timestamp::MAX);
    if let Some(to) = latest.filter(|to| *to > late)
        && (max_age.is_some() || !clock.is_chosen)
    {
        return Err(format!(
            "`{name}` was observed at {to}, which is after {}, the time to judge at: one of the \
             clocks is wrong",
            clock.at
        ));
    }
    let Some(Age { from, .. }) = age else {
        return match max_age {
            None => Ok(()),
            Some(_) => Err(format!(
                "`{name}` doesn't say when it was observed, so --max-age can't be kept"
            )),
        };
    };
    match max_age {
        Some(max_age) if clock.at.duration_since(from) > max_age => Err(format!(
            "`{name}` is too old: it was observed at {from}, and --max-age allows {max_age:#} \
             before {}",
            clock.at
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn clock(now: &str, is_chosen: bool) -> Clock {
        Clock {
            began: at(now),
            at: at(now),
            is_chosen,
        }
    }

    fn check(from: &str, to: &str, max_age: Option<i64>, is_chosen: bool) -> bool {
        let age = Age {
            from: at(from),
            to: at(to),
        };
        let clock = clock("2026-11-22T12:00:00Z", is_chosen);
        let max_age = max_age.map(SignedDuration::from_hours);
        check_age("s", Some(age), Some(age.to), max_age, clock).is_ok()
    }

    #[test]
    fn only_what_is_young_enough_is_judged() {
        let (old, recent) = ("2026-11-21T11:59:59Z", "2026-11-22T11:00:00Z");
        assert!(check(old, recent, None, false));
        assert!(check(recent, recent, Some(24), false));
        assert!(!check(old, old, Some(24), false));
        assert!(
            !check(old, recent, Some(24), false),
            "the oldest part counts"
        );
        let clock = clock(recent, true);
        assert!(check_age("s", None, None, None, clock).is_ok());
        assert!(check_age("s", None, None, Some(SignedDuration::MAX), clock).is_err());
    }

    #[test]
    fn what_is_not_yet_observed_is_not_judged_by_a_clock() {
        let (almost, future) = ("2026-11-22T12:04:00Z", "2026-11-22T12:06:00Z");
        assert!(check(almost, almost, Some(24), false));
        assert!(!check(future, future, None, false));
        assert!(
            !check(almost, future, None, false),
            "the newest part counts"
        );
        assert!(check(future, future, None, true), "the time was chosen");
        assert!(!check(future, future, Some(24), true));
        let clock = clock("2026-11-22T12:00:00Z", false);
        let part = |time| check_age("s", None, Some(at(time)), None, clock).is_ok();
        assert!(part(almost));
        assert!(!part(future), "a part counts where the whole has no time");
    }
}
