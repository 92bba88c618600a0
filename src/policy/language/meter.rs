//! The meter: what an evaluation uses of operations, memory and time, and which limit it reached.
//!
//! Goes in: each operation, and the bytes of whatever is made, charged before it is made. Comes out: the limit
//! that was reached. Knows nothing of rules and connectors.
//!
//! # Memory
//! An evaluation holds no more than what it made, so what it is charged bounds what it can hold.
//!
//! A value without a name is used once. To have it twice a rule has to read a variable, and is charged the
//! size of a copy ([`size`](super::size)), all that is in it included. That leaves what comes from
//! elsewhere: facts, parameters and labels (charged by `context` and `fields`), functions whose result is
//! larger than their arguments (`text_functions`, `lists`, `regexes`), and literals and constants: each
//! operation is charged the size of the largest literal of its rule, since that is the most that it can make
//! without an argument. `this`, which would be copied without a name, is refused when a rule is compiled.
//!
//! ```text
//! charged                                         32 MiB   MAX_CHARGED
//! closures, captured variables, types of ours     24.4 MiB 100,000 operations, 256 bytes each
//! the last step before a limit is seen             1 MiB   a few copies of 64 KiB or 1,024 elements
//! ```
//!
//! That is below 64 MiB. Stacks come on top, 64 MiB reserved for each thread, of which a rule touches what it
//! nests; and a thread keeps compiled regular expressions from one evaluation to the next, bounded in `regexes`.
//!
//! # Time
//! The deadline is wall time, because a thread can't ask for its own: a machine that stalls may stop a rule
//! that did nothing wrong, so the rule gets a second try, and one that is too slow again and again is not run
//! any more (`run::circuit_breaker`). The clock is read every 32 operations and every 64 KiB charged. Between
//! two readings nothing takes long: a text has 64 KiB at most and is gone through in one pass, and so is a list
//! of 1,024; comparing, printing and dropping cost no more than what was charged for; a regular expression has
//! a bound of its own.
//!
//! The meter is a thread's own because rhai hands its progress callback nothing but a number.

use std::{
    cell::Cell,
    fmt,
    time::{Duration, Instant},
};

use rhai::{Dynamic, EvalAltResult, Position};

use super::trace::{Fault, fault};

/// Operations one evaluation may take, those of its closures included.
pub(crate) const MAX_OPERATIONS: u64 = 100_000;
/// Wall time one evaluation may take.
const MAX_TIME: Duration = Duration::from_millis(250);
/// Bytes that one evaluation may be charged for.
const MAX_CHARGED: usize = 32 * 1024 * 1024;
/// Bytes a string may have; rhai sums them over a container.
pub(crate) const MAX_STRING: usize = 64 * 1024;
/// Elements an array or a map may have, those of its elements included.
pub(crate) const MAX_ITEMS: usize = 1_024;
/// Bytes that an operation may make without being charged for them: what is neither text nor
/// list, such as a closure, a captured variable or one of our types.
const FREE: usize = 256;
/// Operations, and bytes charged, after which the clock is read.
const CLOCK_OPERATIONS: u64 = 32;
const CLOCK_BYTES: usize = 64 * 1024;

/// What the evaluation that a thread is in the middle of has used.
#[derive(Debug)]
struct Meter {
    operations: Cell<u64>,
    /// Bytes that each operation is charged for, whatever it does.
    per_operation: Cell<usize>,
    charged: Cell<usize>,
    /// What had been charged when the clock was last read.
    charged_by_clock: Cell<usize>,
    deadline: Cell<Option<Instant>>,
    reached: Cell<Option<Limit>>,
}

/// A limit that an evaluation can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Operations,
    Time,
    Memory,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operations => "it takes more than 100,000 operations",
            Self::Time => "it takes longer than 250 ms",
            Self::Memory => "it makes more than 32 MiB of texts and lists",
        })
    }
}

thread_local! {
    static METER: Meter = const {
        Meter {
            operations: Cell::new(0),
            per_operation: Cell::new(0),
            charged: Cell::new(0),
            charged_by_clock: Cell::new(0),
            deadline: Cell::new(None),
            reached: Cell::new(None),
        }
    };
}

impl Meter {
    fn count_operation(&self) {
        let operations = self.operations.get() + 1;
        self.operations.set(operations);
        if operations > MAX_OPERATIONS {
            self.reach(Limit::Operations);
        } else if operations.is_multiple_of(CLOCK_OPERATIONS) {
            self.read_clock();
        }
        let bytes = self.per_operation.get();
        if bytes > 0 {
            self.charge(bytes);
        }
    }

    fn charge(&self, bytes: usize) {
        let charged = self.charged.get().saturating_add(bytes);
        self.charged.set(charged);
        if charged > MAX_CHARGED {
            self.reach(Limit::Memory);
        } else if charged - self.charged_by_clock.get() > CLOCK_BYTES {
            self.charged_by_clock.set(charged);
            self.read_clock();
        }
    }

    fn read_clock(&self) {
        let deadline = self.deadline.get();
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            self.reach(Limit::Time);
        }
    }

    /// The first limit that is reached is the one that is reported.
    fn reach(&self, limit: Limit) {
        self.reached.set(self.reached.get().or(Some(limit)));
    }
}

/// Starts the meter of this thread, for a rule whose largest literal has the size `literal`.
pub(crate) fn start(literal: usize) {
    METER.with(|meter| {
        meter.operations.set(0);
        meter.per_operation.set(literal.saturating_sub(FREE));
        meter.charged.set(0);
        meter.charged_by_clock.set(0);
        meter.deadline.set(Some(Instant::now() + MAX_TIME));
        meter.reached.set(None);
    });
}

/// Stops the meter of this thread: the limit that was reached.
pub(crate) fn stop() -> Option<Limit> {
    METER.with(|meter| {
        meter.deadline.set(None);
        meter.reached.take()
    })
}

/// Counts an operation; whether that ends the evaluation.
pub(crate) fn count_operation() -> bool {
    METER.with(|meter| {
        meter.count_operation();
        meter.reached.get().is_some()
    })
}

/// Charges for what a native function is about to make, by its [`size`](super::size).
pub(crate) fn charge(bytes: usize) -> Result<(), Fault> {
    METER.with(|meter| {
        meter.charge(bytes);
        match meter.reached.get() {
            None => Ok(()),
            Some(_) => Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into()),
        }
    })
}

/// Refuses what a native function is about to make if it would be longer than `most`.
pub(crate) fn fits(len: usize, most: usize, what: &str) -> Result<(), Fault> {
    if len > most {
        Err(fault(format!("{what} grows beyond {most}")))
    } else {
        Ok(())
    }
}
