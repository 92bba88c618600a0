//! The page that the text report is written on: its symbols, and the lines that connectors, targets and findings share.

use std::collections::BTreeSet;

use crate::{
    audit::{Audit, Finding},
    model::{Place, Unread},
    report::common::{
        remarks,
        terminal::{Lines, Tone},
        value,
    },
};

/// How much of a message is shown; the JSON report has all of it.
pub(super) const MESSAGE: usize = 600;

/// The symbols, in the order of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol {
    Missing,
    Unmanaged,
    Changed,
    Unread,
    Failed,
    Waived,
}

impl Symbol {
    pub(super) const fn show(self) -> (&'static str, Tone, &'static str) {
        match self {
            Self::Missing => ("-", Tone::Bad, "missing: expected, and not there"),
            Self::Unmanaged => (
                "+",
                Tone::Good,
                "unmanaged: there, and not in the inventory",
            ),
            Self::Changed => ("~", Tone::Warn, "changed: observed -> expected"),
            Self::Unread => (
                "?",
                Tone::Warn,
                "unread: could not be read or judged, so nothing is known",
            ),
            Self::Failed => ("!", Tone::Bad, "a rule failed"),
            Self::Waived => ("w", Tone::Calm, "waived: permitted until a date"),
        }
    }
}

/// The lines so far, and the symbols that the legend has to explain.
pub(super) struct Page {
    pub(super) lines: Lines,
    pub(super) used: BTreeSet<Symbol>,
}

impl Page {
    pub(super) fn symbol(&mut self, symbol: Symbol) -> String {
        self.used.insert(symbol);
        let (sign, tone, _) = symbol.show();
        self.lines.paint(tone, sign).into_owned()
    }

    pub(super) fn faint(&self, text: &str) -> String {
        self.lines.paint(Tone::Faint, text).into_owned()
    }

    pub(super) fn strong(&self, text: &str) -> String {
        self.lines.paint(Tone::Strong, text).into_owned()
    }
}

/// Why something is unread: the reason, what was said, and the request to ask AWS about.
pub(super) fn unread(page: &mut Page, indent: usize, reason: &Unread) {
    let request = match &reason.request_id {
        Some(id) => format!(" (request {})", value::line(id, 80)),
        None => String::new(),
    };
    let line = format!(
        "{}: {}{request}",
        reason.kind,
        value::line(&reason.message, MESSAGE)
    );
    page.lines.prose(indent, Tone::Plain, &line);
}

/// What there is to say of a finding that has no record of its own.
pub(super) fn finding_lines(page: &mut Page, audit: &Audit, finding: &Finding) {
    page.lines.prose(
        4,
        Tone::Plain,
        &value::line(&finding.full_message(), MESSAGE),
    );
    let flags = &audit.judged.flags;
    if let Some(reason) = remarks::why_not(finding, flags) {
        page.lines.prose(4, Tone::Calm, &reason);
    }
    if let Some(age) = remarks::age(Some(finding)) {
        page.lines.prose(4, Tone::Calm, age);
    }
}

/// A finding's kind in words, with the rule or the field.
pub(super) fn kind(finding: &Finding) -> String {
    let kind = finding.kind().as_str().replace('_', " ");
    match finding.rule_or_path() {
        Some(about) => format!("{kind} {}", value::line(&about, 120)),
        None => kind,
    }
}

/// `  hubdrift.yaml:12:5`, faint.
pub(super) fn place(page: &Page, place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!("  {}", page.faint(&value::line(&place.to_string(), 300)))
    })
}
