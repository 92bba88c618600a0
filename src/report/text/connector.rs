//! One connector's block of the text report.

use crate::{
    audit::{Audit, ConnectorRecord, DriftRecord, FindingKind, ResultRecord, State},
    diff::FixKind,
    model::{Level, Outcome},
    report::common::{
        findings::OfAddress,
        fix, remarks,
        terminal::{Lines, Tone},
        value::{self, count},
    },
    text,
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
    mut own: OfAddress<'_>,
) {
    let told =
        |result: &&ResultRecord| matches!(result.result.outcome, Outcome::Fail | Outcome::Error);
    let results: Vec<&ResultRecord> = record.results.iter().filter(told).collect();
    if record.state == State::InSync
        && record.unread.is_none()
        && results.is_empty()
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
    for drift in &record.drift {
        drifted(page, audit, drift, width, &mut own);
    }
    let (failed, erred): (Vec<_>, Vec<_>) = results
        .iter()
        .partition(|r| r.result.outcome == Outcome::Fail);
    for result in failed {
        judged(page, audit, result, &mut own);
    }
    // An unread connector is one finding, not one for each rule: they are named together.
    let has_own = |result: &&&ResultRecord| {
        let of_rule = |f: &&&crate::audit::Finding| f.rule() == Some(&*result.result.rule);
        record.state != State::Unread
            || own
                .0
                .iter()
                .any(|f| of_rule(&f) && f.kind() == FindingKind::RuleError)
    };
    let (erred, unjudged): (Vec<&ResultRecord>, Vec<&ResultRecord>) =
        erred.iter().partition(has_own);
    for result in erred {
        judged(page, audit, result, &mut own);
    }
    if !unjudged.is_empty() {
        let rules: Vec<&str> = unjudged.iter().map(|r| &*r.result.rule).collect();
        let symbol = page.symbol(Symbol::Unread);
        let said = count(rules.len() as u64, "rule");
        page.lines.prose(
            4,
            Tone::Plain,
            &format!(
                "{symbol} {said} could not judge it: {}",
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
fn head(page: &mut Page, record: &ConnectorRecord, own: &OfAddress<'_>) {
    let fails = record
        .results
        .iter()
        .filter(|r| r.result.outcome == Outcome::Fail)
        .count() as u64;
    let errs = record
        .results
        .iter()
        .filter(|r| r.result.outcome == Outcome::Error)
        .count() as u64;
    let waived =
        |finding: &&crate::audit::Finding| finding.why_not == Some(crate::audit::WhyNot::Waived);
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
fn existence(page: &mut Page, audit: &Audit, record: &ConnectorRecord, own: &mut OfAddress<'_>) {
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
    if let Some(other) = &record.replaced_by {
        let told = finding.is_some_and(|finding| finding.full_message().contains(other.as_str()));
        let id = other.rsplit('/').next().unwrap_or(other);
        let said = format!(
            "replaced? an unmanaged connector of this name has the id {}",
            value::line(id, 100)
        );
        if !told {
            page.lines.line(4, &said);
        }
        if let Some(place) = &record.location {
            page.lines.line(
                4,
                &format!(
                    "the line to change: {}",
                    value::line(&place.to_string(), 300)
                ),
            );
        }
    }
    let flags = &audit.judged.flags;
    match remarks::why_not(finding, record.waiver.as_deref(), None, flags) {
        Some(reason) => page.lines.prose(4, Tone::Calm, &reason),
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
    let skips = record
        .results
        .iter()
        .filter(|r| r.result.outcome == Outcome::Skipped)
        .count() as u64;
    let is_waived = finding.is_some_and(|f| f.why_not == Some(crate::audit::WhyNot::Waived));
    if record.state == State::Missing
        && skips > 0
        && !is_waived
        && finding.is_some_and(|f| !f.counted())
    {
        let said = format!("{} skipped, so the run is incomplete", count(skips, "rule"));
        page.lines.prose(4, Tone::Plain, &said);
    }
}

/// `~ path  observed -> expected`, its fix, and why it doesn't count.
fn drifted(
    page: &mut Page,
    audit: &Audit,
    record: &DriftRecord,
    width: usize,
    own: &mut OfAddress<'_>,
) {
    let drift = &record.drift;
    let finding = own.take_drift(&drift.path);
    let why_not = remarks::why_not(finding, record.waiver.as_deref(), None, &audit.judged.flags);
    let is_waived = why_not
        .as_ref()
        .is_some_and(|why| why.starts_with("waived"));
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
    if let Some(reason) = why_not {
        page.lines.prose(8, Tone::Calm, &reason);
    }
    if let Some(more) = remarks::beyond(finding, &remarks::drift_words(drift)) {
        page.lines.prose(8, Tone::Calm, &more);
    }
    since(page, 8, finding);
    if !is_waived && !drift.fix.argv.is_empty() {
        let command = text::shell_command(&drift.fix.argv);
        let said = if command.len() > COMMAND {
            "fix: a command too long to show; the JSON report has it".to_owned()
        } else {
            format!("fix: {command}")
        };
        let said = page.faint(&said);
        page.lines.line(8, &said);
    }
}

fn or_nothing(list: &str) -> &str {
    if list.is_empty() { "nothing" } else { list }
}

/// `! kms-key-set  high: no KMS key is set (kms_key_arn)`
fn judged(page: &mut Page, audit: &Audit, record: &ResultRecord, own: &mut OfAddress<'_>) {
    let result = &record.result;
    let finding = own.take_rule(&result.rule, result.outcome);
    let erred = result.outcome == Outcome::Error;
    let why_not = if erred {
        // Nothing takes an error away.
        None
    } else {
        remarks::why_not(
            finding,
            record.waiver.as_deref(),
            Some(result.level),
            &audit.judged.flags,
        )
    };
    let is_waived = why_not
        .as_ref()
        .is_some_and(|why| why.starts_with("waived"));
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
    if let Some(reason) = why_not.filter(|why| !why.starts_with("advisory")) {
        page.lines.prose(8, Tone::Calm, &reason);
    }
    if let Some(more) = remarks::beyond(finding, result.message.as_deref().unwrap_or_default()) {
        page.lines.prose(8, Tone::Calm, &more);
    }
    since(page, 8, finding);
}

/// A waiver that was there and doesn't help any more; and whether the baseline has the finding.
fn since(page: &mut Page, indent: usize, finding: Option<&crate::audit::Finding>) {
    if let Some(again) = remarks::waiver_ran_out(finding) {
        page.lines.prose(indent, Tone::Calm, &again);
    }
    if let Some(age) = remarks::age(finding) {
        page.lines.prose(indent, Tone::Calm, age);
    }
}
