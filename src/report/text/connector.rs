//! One connector's block of the text report.

use crate::{
    audit::{
        Audit, ConnectorRecord, DriftRecord, Finding, FindingKind, ResultRecord, State, WhyNot,
    },
    diff::FixKind,
    model::{Level, Outcome},
    report::common::{
        findings::OwnFindings,
        fix,
        remarks::{self, NotCounted},
        summary,
        terminal::{Lines, Tone},
        value::{self, count},
    },
};

use super::page::{MESSAGE, Page, Symbol, finding_lines, kind, place, unread};

/// The longest command that is shown; a longer one is of no use on a terminal.
const COMMAND: usize = 1_000;

/// How wide the column of paths gets.
const PATHS: usize = 32;

/// Writes the block, unless the connector is as it should be.
pub(super) fn block(
    page: &mut Page,
    audit: &Audit,
    record: &ConnectorRecord,
    mut own: OwnFindings<'_>,
) {
    let of = |outcome| {
        let results = record.results.iter().enumerate();
        results.filter(move |(_, it)| it.result.outcome == outcome)
    };
    let (mut failed, mut erred) = (of(Outcome::Fail).peekable(), of(Outcome::Error).peekable());
    if record.state == State::InSync
        && record.unread.is_none()
        && failed.peek().is_none()
        && erred.peek().is_none()
        && own.0.is_empty()
    {
        return;
    }
    page.lines.gap();
    head(page, record, &own);
    existence(page, audit, record, &mut own);

    let width = record
        .drift
        .iter()
        .map(|d| d.drift.path.chars().count())
        .max();
    let width = width.unwrap_or(0).min(PATHS);
    for (index, drift) in record.drift.iter().enumerate() {
        drifted(page, audit, drift, width, own.take_drift(index));
    }
    for (index, result) in failed {
        judged(page, audit, result, own.take_result(index, Outcome::Fail));
    }
    // An unread connector is one finding, not one for each rule: they are named together.
    let mut rules = Vec::new();
    for (index, result) in erred {
        match own.take_result(index, Outcome::Error) {
            None if record.state == State::Unread => rules.push(&*result.result.rule),
            finding => judged(page, audit, result, finding),
        }
    }
    if !rules.is_empty() {
        let symbol = page.symbol(Symbol::Unread);
        let words = count(rules.len() as u64, "rule");
        page.lines.prose(
            4,
            Tone::Plain,
            &format!(
                "{symbol} {words} could not judge it: {}",
                value::names(&rules)
            ),
        );
    }
    for finding in std::mem::take(&mut own.0) {
        // Its message says it.
        if finding.kind() != FindingKind::NotChecked {
            page.lines.prose(4, Tone::Plain, &kind(finding));
        }
        finding_lines(page, audit, finding);
    }
}

/// `~ prod/jira-secops  changed  JIRA_CLOUD  hubdrift.yaml:12:5`
fn head(page: &mut Page, record: &ConnectorRecord, own: &OwnFindings<'_>) {
    let [fails, errs] =
        [Outcome::Fail, Outcome::Error].map(|outcome| summary::results_of(record, outcome));
    let waived = |finding: &&Finding| finding.why_not == Some(WhyNot::Waived);
    let all_waived = !own.0.is_empty() && own.0.iter().all(waived);
    let symbol = match record.state {
        _ if all_waived => Symbol::Waived,
        State::Missing => Symbol::Missing,
        State::Unmanaged => Symbol::Unmanaged,
        State::Changed => Symbol::Changed,
        State::Unread => Symbol::Unread,
        State::InSync if record.unread.is_some() || record.is_unchecked() => Symbol::Unread,
        State::InSync if fails == 0 && errs > 0 => Symbol::Unread,
        State::InSync => Symbol::Failed,
    };
    let mut state = match record.state {
        State::InSync if record.is_unchecked() => "not checked".to_owned(),
        State::InSync => "in sync".to_owned(),
        state => state.as_str().to_owned(),
    };
    if fails > 0 {
        state.push_str(&format!(", {} failed", count(fails, "rule")));
    }
    if errs > 0 && record.state != State::Unread {
        state.push_str(&format!(", {} in error", count(errs, "rule")));
    }
    if all_waived {
        state.push_str(", waived");
    }
    let symbol = page.symbol(symbol);
    let address = page.strong(&value::line(&record.address, 200));
    let mut about = String::new();
    // The inventory's id is often the name; then once is enough.
    if let Some(name) = record
        .name
        .as_deref()
        .filter(|name| !record.address.ends_with(&format!("/{name}")))
    {
        about.push_str(&format!("  name \"{}\"", value::line(name, 100)));
    }
    if let Some(provider) = &record.provider {
        about.push_str(&format!("  {}", value::line(provider, 60)));
    }
    let first = own.0.iter().find_map(|finding| finding.location.as_ref());
    let place = place(page, record.location.as_ref().or(first));
    page.lines
        .line(0, &format!("{symbol} {address}  {state}{about}{place}"));
}

/// Whether it is there at all, and if that isn't known, why.
fn existence(page: &mut Page, audit: &Audit, record: &ConnectorRecord, own: &mut OwnFindings<'_>) {
    if let Some(reason) = &record.unread {
        unread(page, 4, reason);
        own.take(FindingKind::Unread);
    }
    let kind = match record.state {
        State::Missing => FindingKind::Missing,
        State::Unmanaged => FindingKind::Unmanaged,
        State::InSync | State::Changed | State::Unread => return,
    };
    let finding = own.take(kind);
    if let Some(finding) = finding {
        page.lines.prose(
            4,
            Tone::Plain,
            &value::line(&finding.full_message(), MESSAGE),
        );
    }
    if let Some(replacement) = remarks::replacement(record, finding) {
        page.lines.line(4, &replacement);
    }
    if let (Some(_), Some(place)) = (&record.replaced_by, &record.location) {
        let place = value::line(&place.to_string(), 300);
        page.lines.line(4, &format!("the line to change: {place}"));
    }
    let flags = &audit.judged.flags;
    match NotCounted::of(finding, record.waiver.as_deref(), None, flags) {
        Some(reason) => page.lines.prose(4, Tone::Calm, &reason.words),
        None if kind == FindingKind::Unmanaged && finding.is_none() => {
            page.lines.prose(
                4,
                Tone::Plain,
                "judged by the rules only, as its target asks",
            );
        }
        None => {}
    }
    since(page, 4, finding);
    let skips = summary::results_of(record, Outcome::Skipped);
    let is_waived = finding.is_some_and(|f| f.why_not == Some(WhyNot::Waived));
    if record.state == State::Missing
        && skips > 0
        && !is_waived
        && finding.is_some_and(|f| !f.counted())
    {
        let words = format!("{} skipped, so the run is incomplete", count(skips, "rule"));
        page.lines.prose(4, Tone::Plain, &words);
    }
}

/// `~ path  observed -> expected`, its fix, and why it doesn't count.
fn drifted(
    page: &mut Page,
    audit: &Audit,
    record: &DriftRecord,
    width: usize,
    finding: Option<&Finding>,
) {
    let drift = &record.drift;
    let why_not = NotCounted::of(finding, record.waiver.as_deref(), None, &audit.judged.flags);
    let is_waived = why_not.as_ref().is_some_and(|it| it.why == WhyNot::Waived);
    let symbol = page.symbol(if is_waived {
        Symbol::Waived
    } else {
        Symbol::Changed
    });
    let path = value::line(&drift.path, 120);
    let (observed, expected) = (
        value::observed(&drift.observed),
        value::expected(&drift.expected),
    );
    let note = fix::must(drift.fix.kind).map_or_else(String::new, |must| {
        let tone = match drift.fix.kind {
            FixKind::Replace => Tone::Bad,
            _ => Tone::Faint,
        };
        let note = format!("  # {must}");
        page.lines.paint(tone, &note).into_owned()
    });
    let wide = 30 + width + observed.chars().count() + expected.chars().count();
    if Lines::is_wide(wide) {
        page.lines.line(4, &format!("{symbol} {path}{note}"));
        page.lines.line(11, &observed);
        page.lines.line(8, &format!("-> {expected}"));
        if let Some((extra, lacking)) = value::set_difference(&drift.observed, &drift.expected) {
            page.lines
                .line(8, &format!("too much: {}", or_nothing(&extra)));
            page.lines
                .line(8, &format!("lacking:  {}", or_nothing(&lacking)));
        }
    } else {
        page.lines.line(
            4,
            &format!("{symbol} {path:width$}  {observed} -> {expected}{note}"),
        );
    }
    remarks(page, why_not, finding);
    let command = fix::command(&drift.fix, COMMAND).filter(|_| !is_waived);
    if let Some(command) = command {
        let command = command.unwrap_or_else(str::to_owned);
        let line = page.faint(&format!("fix: {command}"));
        page.lines.line(8, &line);
    }
}

fn or_nothing(list: &str) -> &str {
    if list.is_empty() { "nothing" } else { list }
}

/// `! kms-key-set  high: no KMS key is set (kms_key_arn)`
fn judged(page: &mut Page, audit: &Audit, record: &ResultRecord, finding: Option<&Finding>) {
    let result = &record.result;
    let erred = result.outcome == Outcome::Error;
    let why_not = if erred {
        // Nothing takes an error away.
        None
    } else {
        NotCounted::of(
            finding,
            record.waiver.as_deref(),
            Some(result.level),
            &audit.judged.flags,
        )
    };
    let is_waived = why_not.as_ref().is_some_and(|it| it.why == WhyNot::Waived);
    let symbol = page.symbol(match (erred, is_waived) {
        (true, _) => Symbol::Unread,
        (false, true) => Symbol::Waived,
        (false, false) => Symbol::Failed,
    });
    let level = if result.level == Level::Mandatory {
        ""
    } else {
        ", advisory"
    };
    let word = if erred {
        "error"
    } else {
        result.severity.as_str()
    };
    let message = value::line(result.message.as_deref().unwrap_or("no message"), MESSAGE);
    let path = match &result.path {
        Some(path) => format!(" ({})", value::line(path, 120)),
        None => String::new(),
    };
    let rule = value::line(&result.rule, 120);
    page.lines.prose(
        4,
        Tone::Plain,
        &format!("{symbol} {rule}  {word}{level}: {message}{path}"),
    );
    if let Some(place) = &result.rule_location {
        page.lines
            .line(8, &format!("--> {}", value::line(&place.to_string(), 300)));
    }
    // "advisory" stands in the line already.
    let why_not = why_not.filter(|it| it.why != WhyNot::Advisory);
    remarks(page, why_not, finding);
}

/// Why it doesn't count, and what else its finding says beside the message.
fn remarks(page: &mut Page, why_not: Option<NotCounted>, finding: Option<&Finding>) {
    let remarks = [why_not.map(|it| it.words), remarks::refusal(finding)];
    for remark in remarks.into_iter().flatten() {
        page.lines.prose(8, Tone::Calm, &remark);
    }
    since(page, 8, finding);
}

/// A waiver that was there and doesn't help any more; and whether the baseline has the finding.
fn since(page: &mut Page, indent: usize, finding: Option<&Finding>) {
    if let Some(again) = remarks::waiver_ran_out(finding) {
        page.lines.prose(indent, Tone::Calm, &again);
    }
    if let Some(age) = remarks::age(finding) {
        page.lines.prose(indent, Tone::Calm, age);
    }
}
