//! The engine: an engine in which a rule can neither reach the world nor run away.
//!
//! What a rule may use is a list: five packages of rhai's that hold plain
//! functions, and what `functions` registers. rhai's packages for arrays and
//! maps are left out on purpose: they read a closure's non-bool as `false`,
//! swallow errors while sorting, and stop comparing at the first difference,
//! and each of these lets an absent fact pass.
//!
//! # Memory
//! What is alive was made; so whatever is made is charged for, and what is
//! charged in one evaluation bounds what it can hold.
//!
//! A value without a name is used once. To have it twice a rule has to read
//! a variable, and is charged what a copy weighs (`size`), all that is in it
//! included. That leaves what comes from elsewhere: facts, parameters and
//! labels (charged by `context` and `values`), functions that make more than
//! they are given (`texts`, `lists`, `regexes`), and literals and constants: each
//! operation is charged for the heaviest of its rule, since that is the most it can
//! make of nothing. What `this` would give without a name is refused.
//!
//! ```text
//! charged                                         32 MiB   MAX_MADE
//! closures, captured variables, types of ours     24.4 MiB 100,000 operations, 256 bytes each
//! the last step before a limit is seen             1 MiB   a few copies of 64 KiB or 1,024 elements
//! ```
//!
//! That is below 64 MiB. Stacks come on top, 64 MiB reserved for each thread, of
//! which a rule touches what it nests; and a thread keeps compiled regular
//! expressions from one evaluation to the next, bounded in `regexes`.
//!
//! # Time
//! The deadline is wall time, because a thread can't ask for its own: a machine that
//! stands still may stop a rule that did nothing wrong, so it gets a second
//! try, and a rule too slow again and again is given up (`patience`). The clock is looked at
//! every 32 operations and every 64 KiB made. Between two looks nothing takes
//! long: a text has 64 KiB at most and is gone through in one pass, and so is a list
//! of 1,024; comparing, printing and dropping cost no more than what was
//! charged for; a regular expression has a bound of its own.
//!
//! [`Run`] is the state of the evaluation that the current thread is in the
//! middle of. It is a thread's own because rhai hands its progress callback
//! nothing but a number, and because faults must be seen even where rhai
//! swallows an error (it does in interpolated strings).

use std::{
    cell::{Cell, RefCell},
    fmt,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use rhai::{
    Dynamic, Engine, EvalAltResult, OptimizationLevel, Position, Scope,
    packages::{
        ArithmeticPackage, BasicIteratorPackage, BasicStringPackage, LogicPackage,
        MoreStringPackage, Package,
    },
};

use super::{
    context, functions,
    inputs::{Question, Questions},
    size, values,
};

/// Operations one evaluation may take, those of its closures included.
pub(crate) const MAX_OPERATIONS: u64 = 100_000;
/// Wall time one evaluation may take.
pub(crate) const MAX_TIME: Duration = Duration::from_millis(250);
/// Bytes that an evaluation may make, in weights: see the module's documentation.
pub(crate) const MAX_MADE: usize = 32 * 1024 * 1024;
/// Bytes a string may have; rhai sums them over a container.
pub(crate) const MAX_STRING: usize = 64 * 1024;
/// Elements an array or a map may have, those of its elements included.
pub(crate) const MAX_ITEMS: usize = 1_024;
/// Bytes that an operation may make without being charged for them: what is neither text nor
/// list, such as a closure, a captured variable or one of our types.
const FREE: usize = 256;
/// Operations, and bytes made, after which the clock is looked at.
const CLOCK_OPERATIONS: u64 = 32;
const CLOCK_BYTES: usize = 64 * 1024;
/// Bytes a rule's source may have.
pub(crate) const MAX_SOURCE: usize = 64 * 1024;
/// The stack of a thread that rules run on: values nested as deep as the
/// limits allow are compared and dropped by recursion.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// Words of the language that rules do without.
const DISABLED: &[&str] = &[
    "eval", "try", "catch", "import", "export", "Fn", "call", "curry", "print", "debug", "while",
    "loop", "do", "switch",
];

/// What a rule's function returns when it goes wrong; boxed, because rhai wants it so.
pub(crate) type Fault = Box<EvalAltResult>;

/// Makes the engine. It is shared by all rules: everything that belongs to one evaluation is in [`Run`].
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        // Fast operators compare a text with a number by themselves: they differ, says rhai. Ours refuse it.
        .set_fast_operators(false)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_modules(0)
        // One more, so that ours is reached first: it leaves a trace even where an error is swallowed.
        .set_max_operations(MAX_OPERATIONS + 1)
        .set_max_expr_depths(64, 48)
        // One more than a rule has: `check` is called from a level of its own.
        .set_max_call_levels(16 + 1)
        .set_max_functions(32)
        .set_max_variables(64)
        .set_max_string_size(MAX_STRING)
        .set_max_array_size(MAX_ITEMS)
        .set_max_map_size(MAX_ITEMS)
        .set_max_strings_interned(0)
        .on_print(|_| {})
        .on_debug(|_, _, _| {})
        .on_progress(|_| RUN.with(Run::tick).then_some(Dynamic::UNIT));
    #[expect(
        deprecated,
        reason = "rhai's word for a callback that may change; the version is pinned"
    )]
    engine.on_var(|name, index, context| charge(name, index, context.scope()).map(|()| None));
    for word in DISABLED {
        engine.disable_symbol(*word);
    }
    for package in [
        LogicPackage::new().as_shared_module(),
        ArithmeticPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(package);
    }
    values::register(&mut engine);
    context::register(&mut engine);
    functions::register(&mut engine);
    #[cfg(test)]
    engine.register_fn("panic_for_a_test", || -> () { panic!("as asked") });
    engine
}

/// Charges for a variable that is read, because it is copied then.
fn charge(name: &str, index: usize, scope: &Scope<'_>) -> Result<(), Fault> {
    let value = match index {
        0 => scope.get(name),
        // Counted from the last one, which this iterator begins with.
        index => scope.iter_raw().nth(index - 1).map(|(.., value)| value),
    };
    match value.map(size::of) {
        None | Some(Some(0)) => Ok(()),
        Some(Some(weight)) => made(weight),
        Some(None) => Err(fault(format!(
            "`{name}` is read by a closure while a function is at work on it: give that one a copy, `let copy = {name}`"
        ))),
    }
}

/// The evaluation that a thread is in the middle of.
#[derive(Debug)]
pub(crate) struct Run {
    operations: Cell<u64>,
    /// What an operation is charged, whatever it does: see `begin`.
    toll: Cell<usize>,
    made: Cell<usize>,
    /// What had been made when the clock was last looked at.
    made_by_clock: Cell<usize>,
    deadline: Cell<Option<Instant>>,
    now: Cell<Timestamp>,
    tripped: Cell<Option<Limit>>,
    fault: RefCell<Option<(String, Position)>>,
    told: RefCell<Option<Told>>,
    said_no: Cell<Option<Position>>,
    asked: Cell<Questions>,
}

/// An enum's value was turned into text, which rhai compares without knowing the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The value.
    pub text: String,
    /// Whether it is a member we know.
    pub known: bool,
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

/// What an evaluation left behind, whatever it returned.
#[derive(Debug)]
pub(crate) struct Traces {
    /// The limit that was reached.
    pub tripped: Option<Limit>,
    /// The first fault, and where, if that is known.
    pub fault: Option<(String, Position)>,
    /// An enum that was turned into text, an unknown one before a known one.
    pub told: Option<Told>,
    /// Where `fail` or `fail_at` was first called, returned or not.
    pub said_no: Option<Position>,
    /// What the rule asked of the connector.
    pub asked: Questions,
}

thread_local! {
    static RUN: Run = const {
        Run {
            operations: Cell::new(0),
            toll: Cell::new(0),
            made: Cell::new(0),
            made_by_clock: Cell::new(0),
            deadline: Cell::new(None),
            now: Cell::new(Timestamp::UNIX_EPOCH),
            tripped: Cell::new(None),
            fault: RefCell::new(None),
            told: RefCell::new(None),
            said_no: Cell::new(None),
            asked: Cell::new(Questions::NONE),
        }
    };
}

impl Run {
    /// Counts an operation; whether that ends the evaluation.
    fn tick(&self) -> bool {
        let operations = self.operations.get() + 1;
        self.operations.set(operations);
        if operations > MAX_OPERATIONS {
            self.trip(Limit::Operations);
        } else if operations.is_multiple_of(CLOCK_OPERATIONS) {
            self.look_at_clock();
        }
        let toll = self.toll.get();
        if toll > 0 {
            self.make(toll);
        }
        self.tripped.get().is_some()
    }

    /// Adds to what has been made.
    fn make(&self, bytes: usize) {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if made > MAX_MADE {
            self.trip(Limit::Memory);
        } else if made - self.made_by_clock.get() > CLOCK_BYTES {
            self.made_by_clock.set(made);
            self.look_at_clock();
        }
    }

    fn look_at_clock(&self) {
        let deadline = self.deadline.get();
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            self.trip(Limit::Time);
        }
    }

    /// The first limit that is reached is the one that is told.
    fn trip(&self, limit: Limit) {
        self.tripped.set(self.tripped.get().or(Some(limit)));
    }
}

/// Begins an evaluation on this thread, of a rule whose heaviest literal has the weight `literal`.
pub(crate) fn begin(now: Timestamp, literal: usize) {
    RUN.with(|run| {
        run.operations.set(0);
        run.toll.set(literal.saturating_sub(FREE));
        run.made.set(0);
        run.made_by_clock.set(0);
        run.deadline.set(Some(Instant::now() + MAX_TIME));
        run.now.set(now);
        run.tripped.set(None);
        run.fault.replace(None);
        run.told.replace(None);
        run.said_no.set(None);
        run.asked.set(Questions::NONE);
    });
}

/// Ends the evaluation on this thread.
pub(crate) fn end() -> Traces {
    RUN.with(|run| {
        run.deadline.set(None);
        Traces {
            tripped: run.tripped.take(),
            fault: run.fault.take(),
            told: run.told.take(),
            said_no: run.said_no.take(),
            asked: run.asked.get(),
        }
    })
}

/// The time that the evaluation on this thread is for.
pub(crate) fn now() -> Timestamp {
    RUN.with(|run| run.now.get())
}

/// An error of a rule that no swallowing makes unseen.
pub(crate) fn fault(message: impl Into<String>) -> Fault {
    fault_at(message, Position::NONE)
}

/// The same, where the place is known.
pub(crate) fn fault_at(message: impl Into<String>, position: Position) -> Fault {
    let message = message.into();
    RUN.with(|run| {
        run.fault
            .borrow_mut()
            .get_or_insert_with(|| (message.clone(), position));
    });
    EvalAltResult::ErrorRuntime(message.into(), position).into()
}

/// Notes that an enum's value became text.
pub(crate) fn tell(text: &str, known: bool) {
    RUN.with(|run| {
        let mut told = run.told.borrow_mut();
        if told.as_ref().is_none_or(|told| told.known && !known) {
            *told = Some(Told {
                text: text.to_owned(),
                known,
            });
        }
    });
}

/// Notes that `fail` or `fail_at` was called.
pub(crate) fn say_no(position: Position) {
    RUN.with(|run| run.said_no.set(run.said_no.get().or(Some(position))));
}

/// Notes that the rule asked something of its connector.
pub(crate) fn note(question: Question) {
    RUN.with(|run| run.asked.set(run.asked.get().and(question)));
}

/// Charges for what a native function is about to make, in weights.
pub(crate) fn made(bytes: usize) -> Result<(), Fault> {
    RUN.with(|run| {
        run.make(bytes);
        match run.tripped.get() {
            None => Ok(()),
            Some(_) => Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into()),
        }
    })
}

/// Takes in the size of what a native function is about to make.
pub(crate) fn fits(len: usize, most: usize, what: &str) -> Result<(), Fault> {
    if len > most {
        Err(fault(format!("{what} grows beyond {most}")))
    } else {
        Ok(())
    }
}
