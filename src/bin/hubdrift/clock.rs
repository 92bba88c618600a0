//! The clock of a run: when it began, and what time it is judged at. Besides, only what reads AWS or stands
//! in for it asks what time it is.

use hubdrift::{
    audit::{Judged, Run},
    model::Requests,
};
use jiff::Timestamp;

/// The times of a run.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// When the run began.
    pub began: Timestamp,
    /// The time to judge at: the one that was chosen, or else the machine's when it was last asked.
    pub at: Timestamp,
    /// Whether the time to judge at was chosen (`--now`), and is not the machine's.
    pub is_chosen: bool,
}

impl Clock {
    /// A run that begins now, to be judged at the time that was `chosen`, if one was.
    pub fn start(chosen: Option<Timestamp>) -> Self {
        let began = Timestamp::now();
        Self {
            began,
            at: chosen.unwrap_or(began),
            is_chosen: chosen.is_some(),
        }
    }

    /// The same run when its reading has ended, which is when it is judged if no time was chosen: reading
    /// may take long, and what was fresh when it began may be stale by then. A clock that was put
    /// back meanwhile makes nothing younger.
    #[must_use]
    pub fn reading_ended(self) -> Self {
        if self.is_chosen {
            return self;
        }
        Self {
            at: Timestamp::now().max(self.began),
            ..self
        }
    }

    /// The time as a report's conditions have it.
    pub fn judged(self) -> Judged {
        Judged {
            now: Some(self.at),
            now_overridden: self.is_chosen,
            ..Judged::default()
        }
    }

    /// The run as reports have it, which ends now and sent these requests.
    pub fn run(self, requests: Requests) -> Run {
        Run {
            started_at: Some(self.began),
            finished_at: Some(Timestamp::now()),
            requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_put_back_makes_nothing_younger() {
        let later = Timestamp::MAX;
        let clock = Clock {
            began: later,
            at: later,
            is_chosen: false,
        };
        assert_eq!(clock.reading_ended().at, later);
        let chosen = Clock::start(Some(Timestamp::MIN));
        assert_eq!(chosen.reading_ended().at, Timestamp::MIN);
        let clock = Clock::start(None);
        assert!(clock.reading_ended().at >= clock.began);
    }
}
