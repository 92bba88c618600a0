//! One test case: texts cleaned for XML, and the shape that every reader takes.
//!
//! `junit-report` escapes markup but writes control characters and `]]>` as
//! they are, so nothing goes into it but through here.

use junit_report::{Duration, TestCase, TestResult};

use crate::{model::Place, text};

/// How much of a type or path is written; the JSON report has all of it.
const NAME: usize = 300;

/// The bound of names and classes. Whoever makes them unique keeps them shorter, escapes and all.
const WHOLE: usize = 4_000;

/// How much of a one-line message is written.
const MESSAGE: usize = 300;

/// How much of a body line is written.
const DETAIL: usize = 4_000;

/// How a case ended: its type, and what there is to say.
pub(super) enum Status {
    Pass,
    Failure(String, String),
    Error(String, String),
    Skipped(String, String),
}

/// A case before it is cleaned.
pub(super) struct Case<'a> {
    class: &'a str,
    name: &'a str,
    status: Status,
    details: Vec<String>,
    place: Option<&'a Place>,
    rule_place: Option<&'a Place>,
    took: Duration,
}

impl<'a> Case<'a> {
    pub(super) const fn new(class: &'a str, name: &'a str, status: Status) -> Self {
        Self {
            class,
            name,
            status,
            details: Vec::new(),
            place: None,
            rule_place: None,
            took: Duration::ZERO,
        }
    }

    /// Lines for the body, each beginning with a word of ours.
    pub(super) fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Where the inventory speaks of it.
    pub(super) const fn place(mut self, place: Option<&'a Place>) -> Self {
        self.place = place;
        self
    }

    /// Where in a rule it happened.
    pub(super) const fn rule_place(mut self, place: Option<&'a Place>) -> Self {
        self.rule_place = place;
        self
    }

    pub(super) const fn took(mut self, took: Duration) -> Self {
        self.took = took;
        self
    }

    pub(super) fn build(self) -> TestCase {
        let body = |message: &str| Some(self.body(message));
        let result = match &self.status {
            Status::Pass => TestResult::Success,
            Status::Failure(type_, message) => TestResult::Failure {
                type_: one_line(type_, NAME),
                message: first_line(message),
                cause: body(message),
            },
            Status::Error(type_, message) => TestResult::Error {
                type_: one_line(type_, NAME),
                message: first_line(message),
                cause: body(message),
            },
            Status::Skipped(type_, message) => TestResult::SkippedWithCause {
                type_: one_line(type_, NAME),
                message: first_line(message),
                cause: body(message),
            },
        };
        TestCase {
            name: one_line(self.name, WHOLE),
            time: self.took,
            result,
            classname: Some(one_line(self.class, WHOLE)),
            filepath: self.place.map(|place| one_line(&place.file, NAME)),
            system_out: None,
            system_err: None,
        }
    }

    /// The message whole, the details, and the places in the form that readers find: ` --> file:line:col`.
    fn body(&self, message: &str) -> String {
        let mut body = String::new();
        let mut rest = DETAIL;
        for line in message.lines() {
            if rest == 0 {
                break;
            }
            let shown = one_line(line, rest);
            rest = rest.saturating_sub(shown.len());
            body.push_str(&text::no_command(&shown));
            body.push('\n');
        }
        for detail in &self.details {
            body.push_str(&text::no_command(&one_line(detail, DETAIL)));
            body.push('\n');
        }
        for place in [self.place, self.rule_place].into_iter().flatten() {
            body.push_str(" --> ");
            body.push_str(&one_line(&place.to_string(), NAME));
            body.push('\n');
        }
        text::cdata(&text::xml(&body)).into_owned()
    }
}

/// What a suite has to say beside its cases; `None` where that is nothing.
pub(super) fn output(lines: &[String]) -> Option<String> {
    let safe = |line: &String| text::no_command(&one_line(line, DETAIL)).into_owned();
    let lines: Vec<_> = lines.iter().map(safe).collect();
    (!lines.is_empty()).then(|| text::cdata(&text::xml(&lines.join("\n"))).into_owned())
}

/// A message for an attribute: its first line. Readers show an empty one as nothing at all.
fn first_line(message: &str) -> String {
    let first = message.lines().map(str::trim).find(|line| !line.is_empty());
    one_line(first.unwrap_or("no message"), MESSAGE)
}

/// One line of bounded length without anything unsafe.
pub(super) fn one_line(text: &str, max_chars: usize) -> String {
    let short = text::truncate(text, max_chars);
    let shown = text::terminal(&short);
    text::xml(&shown).into_owned()
}
