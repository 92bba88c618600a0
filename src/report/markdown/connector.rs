//! One connector's part of the Markdown report, folded: what it is, what differs, what the rules said.

use std::fmt::Write;

use crate::{
    audit::{Audit, ConnectorRecord, DriftRecord, Finding, ResultRecord, State, WaiverRecord},
    model::{Level, Outcome},
    report::common::{
        findings::OwnFindings,
        fix,
        remarks::{self, NotCounted},
        summary,
        value::{self, count},
    },
};

use super::escape::{self, MESSAGE, NAME, PLACE, code, html};

/// The longest command that is shown; a longer one is of no use in a table.
const COMMAND: usize = 1_000;

/// The connector's details. Its fold is open and closed within them.
pub(super) fn details(audit: &Audit, record: &ConnectorRecord, mut own: OwnFindings<'_>) -> String {
    let mut out = String::from("<details>\n");
    let state = match record.state {
        State::InSync if record.is_unchecked() => "not checked",
        State::InSync => "in sync",
        state => state.as_str(),
    };
    let mut summary = state.to_owned();
    for (outcome, words) in [(Outcome::Fail, "failed"), (Outcome::Error, "in error")] {
        let n = summary::results_of(record, outcome);
        if n > 0 {
            summary.push_str(&format!(", {} {words}", count(n, "rule")));
        }
    }
    // Writing to a String can't fail.
    let _ = writeln!(
        out,
        "<summary><code>{}</code> {summary}</summary>\n",
        html(&record.address, NAME)
    );
    identity(&mut out, record);
    drift(&mut out, audit, record, &mut own);
    results(&mut out, audit, record, &mut own);
    out.push_str("</details>\n\n");
    out
}

/// What it is called, where the inventory speaks of it, when it was read, and if it wasn't, why.
fn identity(out: &mut String, record: &ConnectorRecord) {
    let place = record.location.as_ref().map(ToString::to_string);
    let observed_at = record.observed_at.map(|at| at.to_string());
    for (label, value) in [
        ("Name", record.name.as_deref()),
        ("ARN", record.connector_arn.as_deref()),
        ("Provider", record.provider.as_deref()),
        ("Inventory", place.as_deref()),
        ("Observed at", observed_at.as_deref()),
        ("Request", record.request_id.as_deref()),
        (
            "Replaced by an unmanaged one of its name?",
            record.replaced_by.as_deref(),
        ),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "- {label}: {}", code(value, PLACE));
        }
    }
    if let Some(unread) = &record.unread {
        let _ = writeln!(
            out,
            "- Unread: {}",
            escape::text(&unread.to_string(), MESSAGE)
        );
    }
    out.push('\n');
}

/// Each field that differs: expected and observed.
fn drift(out: &mut String, audit: &Audit, record: &ConnectorRecord, own: &mut OwnFindings<'_>) {
    if record.drift.is_empty() {
        return;
    }
    let columns = ["field", "observed", "expected", "to put it right", "note"];
    out.push_str(&escape::head(&columns));
    for (index, drift) in record.drift.iter().enumerate() {
        out.push_str(&drifted(audit, drift, own.take_drift(index)));
    }
    out.push('\n');
}

fn drifted(audit: &Audit, record: &DriftRecord, finding: Option<&Finding>) -> String {
    let drift = &record.drift;
    let notes = notes(audit, finding, record.waiver.as_deref(), None);
    let fix = match (fix::must(drift.fix.kind), fix::command(&drift.fix, COMMAND)) {
        (Some(words), _) | (None, Some(Err(words))) => words.to_owned(),
        (None, Some(Ok(command))) => escape::span(&command),
        (None, None) => String::new(),
    };
    escape::row(&[
        code(&drift.path, NAME),
        escape::span(&value::observed(&drift.observed)),
        escape::span(&value::expected(&drift.expected)),
        fix,
        notes,
    ])
}

/// What the rules said, but for passes: those are counted.
fn results(out: &mut String, audit: &Audit, record: &ConnectorRecord, own: &mut OwnFindings<'_>) {
    let (passed, others): (Vec<_>, Vec<_>) = record
        .results
        .iter()
        .enumerate()
        .partition(|(_, it)| it.result.outcome == Outcome::Pass);
    if !others.is_empty() {
        let columns = ["rule", "outcome", "severity", "why", "fact", "note"];
        out.push_str(&escape::head(&columns));
        for (index, result) in others {
            let finding = own.take_result(index, result.result.outcome);
            out.push_str(&judged(audit, result, finding));
        }
        out.push('\n');
    }
    if !passed.is_empty() {
        let _ = writeln!(out, "{} passed.\n", count(passed.len() as u64, "rule"));
    }
}

fn judged(audit: &Audit, record: &ResultRecord, finding: Option<&Finding>) -> String {
    let result = &record.result;
    let notes = match result.outcome {
        Outcome::Fail => notes(audit, finding, record.waiver.as_deref(), Some(result.level)),
        _ => String::new(),
    };
    let mut message = escape::text(result.message.as_deref().unwrap_or("no message"), MESSAGE);
    if let Some(place) = &result.rule_location {
        message.push_str(&format!(" at {}", code(&place.to_string(), PLACE)));
    }
    let is_verdict = matches!(result.outcome, Outcome::Fail | Outcome::Error);
    let level = match result.level {
        Level::Mandatory => String::new(),
        level => format!(", {level}"),
    };
    escape::row(&[
        code(&result.rule, NAME),
        value::words(result.outcome.as_str()),
        if is_verdict {
            format!("{}{level}", result.severity)
        } else {
            String::new()
        },
        message,
        result
            .path
            .as_deref()
            .map_or_else(String::new, |path| code(path, NAME)),
        notes,
    ])
}

/// Why a finding doesn't count, why a waiver doesn't permit it, and that one did.
fn notes(
    audit: &Audit,
    finding: Option<&Finding>,
    waiver: Option<&WaiverRecord>,
    level: Option<Level>,
) -> String {
    let why_not = NotCounted::of(finding, waiver, level, &audit.judged.flags);
    let notes = [
        why_not.map(|it| it.words),
        remarks::refusal(finding),
        remarks::waiver_ran_out(finding),
    ];
    let shown = notes.iter().flatten();
    let shown: Vec<_> = shown.map(|note| escape::text(note, MESSAGE)).collect();
    shown.join("; ")
}
