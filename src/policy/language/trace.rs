//! The trace of an evaluation: what the rule did besides returning a value.
//!
//! Goes in: faults, calls of `fail`, enums that became text, questions. Comes out: a [`Trace`]. It is a thread's
//! own, because a fault must be seen even where rhai swallows an error (it does in interpolated strings).

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use jiff::Timestamp;
use rhai::{EvalAltResult, Position};

use super::question::Question;

/// What a rule's function returns when it goes wrong; boxed, because rhai wants it so.
pub(crate) type Fault = Box<EvalAltResult>;

/// What an evaluation did besides returning a value.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The first fault, and where, if that is known.
    pub fault: Option<(String, Position)>,
    /// An enum's value that was turned into text, an unknown one before a known one.
    pub enum_as_text: Option<EnumAsText>,
    /// Where `fail` or `fail_at` was first called, returned or not.
    pub called_fail: Option<Position>,
    /// What the rule asked of the connector.
    pub asked: BTreeSet<Question>,
}

/// An enum's value that was turned into text, which rhai compares without knowing the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumAsText {
    /// The value.
    pub text: String,
    /// Whether it is a member we know.
    pub known: bool,
}

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
    static TRACE: RefCell<Trace> = const {
        RefCell::new(Trace {
            fault: None,
            enum_as_text: None,
            called_fail: None,
            asked: BTreeSet::new(),
        })
    };
}

/// Begins the trace of this thread, of an evaluation at the time `now`.
pub(crate) fn start(now: Timestamp) {
    NOW.set(now);
    TRACE.take();
}

/// Ends the trace of this thread.
pub(crate) fn stop() -> Trace {
    TRACE.take()
}

/// The time that the evaluation on this thread is for.
pub(crate) fn now() -> Timestamp {
    NOW.get()
}

/// An error of a rule that is seen even where rhai swallows it.
pub(crate) fn fault(message: impl Into<String>) -> Fault {
    fault_at(message, Position::NONE)
}

/// The same, where the place is known.
pub(crate) fn fault_at(message: impl Into<String>, position: Position) -> Fault {
    let message = message.into();
    TRACE.with_borrow_mut(|trace| {
        trace
            .fault
            .get_or_insert_with(|| (message.clone(), position));
    });
    EvalAltResult::ErrorRuntime(message.into(), position).into()
}

/// Notes that an enum's value became text.
pub(crate) fn note_enum_as_text(text: &str, known: bool) {
    TRACE.with_borrow_mut(|trace| {
        let earlier = &mut trace.enum_as_text;
        if earlier.as_ref().is_none_or(|it| it.known && !known) {
            *earlier = Some(EnumAsText {
                text: text.to_owned(),
                known,
            });
        }
    });
}

/// Notes that `fail` or `fail_at` was called.
pub(crate) fn note_fail(position: Position) {
    TRACE.with_borrow_mut(|trace| {
        trace.called_fail.get_or_insert(position);
    });
}

/// Notes that the rule asked something of its connector.
pub(crate) fn note_question(question: Question) {
    TRACE.with_borrow_mut(|trace| trace.asked.insert(question));
}
