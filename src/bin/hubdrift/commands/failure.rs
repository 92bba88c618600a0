//! Why a command has no result to trust: the same problems for reports and for a person at a terminal.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use anstream::ColorChoice;
use hubdrift::{
    audit::{ErrorKind, ErrorRecord, Input, code},
    problem::{self, Problem, Sources},
};

use crate::terminal;

/// Why there is no result to trust.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What was wrong, for reports.
    pub errors: Vec<ErrorRecord>,
    /// The same for a person, with the lines it is about.
    pub problems: Vec<Problem>,
    /// The texts of those lines.
    pub sources: Sources,
    /// The files that had been read all the same.
    pub inputs: Vec<Input>,
}

impl Failure {
    /// A failure of this kind, without a place.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::of(kind, Problem::without_place(message))
    }

    /// A failure of this kind, which is this problem. The line it is about is not shown.
    pub fn of(kind: ErrorKind, problem: Problem) -> Self {
        Self::all(kind, vec![problem])
    }

    /// A failure of this kind, which is these problems.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers name a kind where they call"
    )]
    pub fn all(kind: ErrorKind, problems: Vec<Problem>) -> Self {
        Self {
            errors: problems.iter().map(|it| record(&kind, it)).collect(),
            problems,
            sources: Sources::new(),
            inputs: vec![],
        }
    }

    /// Something that only a broken machine, or hubdrift itself, can bring about.
    pub fn internal(what: &str, error: &dyn std::error::Error) -> Box<Self> {
        Box::new(Self::new(
            ErrorKind::Internal,
            format!("failed to {what}: {error}"),
        ))
    }

    /// A bug of hubdrift's, which ended in this panic.
    pub fn panicked(panic: &(dyn Any + Send)) -> Self {
        let message = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let message = message
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let message = format!("hubdrift failed inside ({message}); please report it");
        Self::new(ErrorKind::Internal, message)
    }

    /// Places that can't be written.
    pub fn unwritable(errors: &[anyhow::Error]) -> Box<Self> {
        let problem = |error| Problem::without_place(format!("{error:#}"));
        Box::new(Self::all(
            ErrorKind::Report,
            errors.iter().map(problem).collect(),
        ))
    }

    /// The same, where these files had been read before.
    pub fn after(mut self: Box<Self>, inputs: &[Input]) -> Box<Self> {
        self.inputs.splice(0..0, inputs.iter().cloned());
        self
    }

    /// The problems with their lines, as they are shown on a terminal.
    pub fn render(&self, color: bool) -> String {
        problem::render(&self.problems, &self.sources, color)
    }

    /// Shows the problems on standard error.
    pub fn show(&self, color: ColorChoice) {
        terminal::note(&self.render(terminal::colors_stderr(color)));
    }

    /// The same, as the end of a command that writes no report: gives the exit code.
    pub fn end(&self, color: ColorChoice) -> u8 {
        self.show(color);
        code::FAILED
    }
}

/// A problem as reports have it.
pub fn record(kind: &ErrorKind, problem: &Problem) -> ErrorRecord {
    let message = match &problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message.clone(),
    };
    ErrorRecord {
        kind: kind.clone(),
        message,
        location: problem.place.clone(),
    }
}

/// Does `work`, and makes a failure of a panic: there is no result to trust then, as after any other error.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Box<Failure>>) -> Result<T, Box<Failure>> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|panic| Err(Box::new(Failure::panicked(&*panic))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_result() {
        let failure = guarded::<()>(|| panic!("at {}", "the disco")).expect_err("a failure");
        assert_eq!(failure.errors[0].kind, ErrorKind::Internal);
        assert!(failure.errors[0].message.contains("at the disco"));
        assert_eq!(guarded(|| Ok(7)).expect("no failure"), 7);
    }
}
