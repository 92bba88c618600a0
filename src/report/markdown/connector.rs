//! One connector's part of the Markdown report, folded: what it is, what differs, what the rules said.

use std::fmt::Write;

use crate::{
    audit::{Audit, ConnectorRecord, DriftRecord, ResultRecord, State},
    model::{Level, Outcome},
    report::common::{
        findings::OfAddress,
        fix, remarks,
        value::{self, count},
    },
    text,
};

use super::escape::{self, MESSAGE, NAME, PLACE, code, html};

/// The longest command that is shown; a longer one is of no use in a table.
const COMMAND: usize = 1_000;

/// The connector's details. Its fold is open and closed within them.
pub(super) fn details(audit: &Audit, record: &ConnectorRecord, mut own: OfAddress<'_>) -> String {
    let mut out = String::from("<details>\n");
    let state = match record.state {
        State::InSync if record.is_unchecked() => "not checked",
        State::InSync => "in sync",
        state => state.as_str(),
    };
    let mut said = state.to_owned();
    for (outcome, words) in [(Outcome::Fail, "failed"), (Outcome::Error, "in error")] {
        let of = |result: &&ResultRecord| result.result.outcome == outcome;
        let n = record.results.iter().filter(of).count() as u64;
        if n > 0 {
            said.push_str(&format!(", {} {words}", count(n, "rule")));
        }
    }
    // Writing to a String can't fail.
    let _ = writeln!(
        out,
        "<summary><code>{}</code> {said}</summary>\n",
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
fn drift(out: &mut String, audit: &Audit, record: &ConnectorRecord, own: &mut OfAddress<'_>) {
    if record.drift.is_empty() {
        return;
    }
    let columns = ["field", "observed", "expected", "to put it right", "note"];
    out.push_str(&escape::head(&columns));
    for drift in &record.drift {
        out.push_str(&drifted(audit, drift, own));
    }
    out.push('\n');
}

fn drifted(audit: &Audit, record: &DriftRecord, own: &mut OfAddress<'_>) -> String {
    let drift = &record.drift;
    let finding = own.take_drift(&drift.path);
    let flags = &audit.judged.flags;
    let mut notes: Vec<String> = Vec::new();
    notes.extend(remarks::why_not(
        finding,
        record.waiver.as_deref(),
        None,
        flags,
    ));
    notes.extend(remarks::beyond(finding, &remarks::drift_words(drift)));
    notes.extend(remarks::waiver_ran_out(finding));
    let fix = match fix::must(drift.fix.kind) {
        Some(must) => must.to_owned(),
        None if drift.fix.argv.is_empty() => String::new(),
        None => {
            let command = text::shell_command(&drift.fix.argv);
            if command.len() > COMMAND {
                "a command too long to show; the JSON report has it".to_owned()
            } else {
                escape::span(&command)
            }
        }
    };
    escape::row(&[
        code(&drift.path, NAME),
        escape::span(&value::observed(&drift.observed)),
        escape::span(&value::expected(&drift.expected)),
        fix,
        note(&notes),
    ])
}

/// What the rules said, but for passes: those are counted.
fn results(out: &mut String, audit: &Audit, record: &ConnectorRecord, own: &mut OfAddress<'_>) {
    let (passed, others): (Vec<_>, Vec<_>) = record
        .results
        .iter()
        .partition(|result| result.result.outcome == Outcome::Pass);
    if !others.is_empty() {
        let columns = ["rule", "outcome", "severity", "why", "fact", "note"];
        out.push_str(&escape::head(&columns));
        for result in &others {
            out.push_str(&judged(audit, result, own));
        }
        out.push('\n');
    }
    if !passed.is_empty() {
        let _ = writeln!(out, "{} passed.\n", count(passed.len() as u64, "rule"));
    }
}

fn judged(audit: &Audit, record: &ResultRecord, own: &mut OfAddress<'_>) -> String {
    let result = &record.result;
    let finding = own.take_rule(&result.rule, result.outcome);
    let flags = &audit.judged.flags;
    let mut notes: Vec<String> = Vec::new();
    if result.outcome == Outcome::Fail {
        let (waiver, level) = (record.waiver.as_deref(), Some(result.level));
        notes.extend(remarks::why_not(finding, waiver, level, flags));
        let said = result.message.as_deref().unwrap_or_default();
        notes.extend(remarks::beyond(finding, said));
        notes.extend(remarks::waiver_ran_out(finding));
    }
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
        note(&notes),
    ])
}

fn note(notes: &[String]) -> String {
    let shown: Vec<String> = notes
        .iter()
        .map(|note| escape::text(note, MESSAGE))
        .collect();
    shown.join("; ")
}
