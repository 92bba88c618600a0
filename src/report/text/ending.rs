//! The end of the text report: rules, counts, errors, and the last lines that CI logs are searched for.

use std::collections::BTreeMap;

use crate::{
    audit::{Audit, State, WhyNot},
    model::{Level, Outcome},
    report::{
        basis,
        outcome::{self, Headline, count},
        reach,
        sheet::{Sheet, Tone},
        value,
    },
    text,
};

use super::MESSAGE;

/// How often a rule came to each outcome.
type Tally = BTreeMap<Outcome, u64>;

pub(super) fn write(sheet: &mut Sheet, audit: &Audit) {
    let tallies = tallies(audit);
    failed_rules(sheet, audit, &tallies);
    resolved(sheet, audit);
    unjudged(sheet, audit, &tallies);
    errors(sheet, audit);
    sheet.gap();
    // Where nothing was judged, a table of noughts would only hide why.
    if audit.errors.is_empty() || !audit.connectors.is_empty() {
        counts(sheet, audit);
    }
    conditions(sheet, audit);
    result(sheet, audit);
}

fn tallies(audit: &Audit) -> BTreeMap<&str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for result in audit.connectors.iter().flat_map(|record| &record.results) {
        let tally = tallies.entry(&result.result.rule).or_default();
        *tally.entry(result.result.outcome).or_default() += 1;
    }
    tallies
}

/// What to do about each rule that failed, once a rule.
fn failed_rules(sheet: &mut Sheet, audit: &Audit, tallies: &BTreeMap<&str, Tally>) {
    let fails = |rule: &str| {
        tallies
            .get(rule)
            .and_then(|tally| tally.get(&Outcome::Fail))
            .copied()
    };
    let mut first = true;
    for rule in &audit.rules {
        let Some(n) = fails(&rule.id) else { continue };
        if std::mem::take(&mut first) {
            sheet.gap();
            let said = sheet
                .paint(Tone::Strong, "Rules that failed, and what to do")
                .into_owned();
            sheet.line(0, &said);
        }
        let level = if rule.level == Level::Mandatory {
            ""
        } else {
            ", advisory"
        };
        let said = format!(
            "{}  {}{level}, {}: {}",
            value::line(&rule.id, 120),
            rule.severity,
            count(n, "connector"),
            value::line(&rule.title, 200)
        );
        sheet.prose(2, Tone::Plain, &said);
        sheet.prose(6, Tone::Plain, &value::line(&rule.remediation, MESSAGE));
        let mut about: Vec<String> = rule
            .controls
            .iter()
            .take(10)
            .map(|c| value::line(c, 80))
            .collect();
        about.extend(rule.help_uri.as_deref().map(|uri| value::line(uri, 300)));
        if !about.is_empty() {
            sheet.prose(6, Tone::Faint, &about.join(", "));
        }
    }
}

fn resolved(sheet: &mut Sheet, audit: &Audit) {
    if audit.resolved.is_empty() {
        return;
    }
    sheet.gap();
    let said = sheet
        .paint(Tone::Strong, "Gone since the baseline")
        .into_owned();
    sheet.line(0, &said);
    for finding in &audit.resolved {
        let said = format!(
            "{}  {}",
            value::line(&finding.address, 200),
            super::kind(finding)
        );
        sheet.prose(2, Tone::Plain, &said);
    }
}

/// What the rules did not judge, by rule; and rules that judge nothing at all.
fn unjudged(sheet: &mut Sheet, audit: &Audit, tallies: &BTreeMap<&str, Tally>) {
    sheet.gap();
    for (outcome, words) in [
        (Outcome::NotApplicable, "rules not applicable"),
        (Outcome::Skipped, "rules skipped"),
        (Outcome::Error, "rules in error"),
    ] {
        let said: Vec<String> = tallies
            .iter()
            .filter_map(|(rule, tally)| {
                Some(format!(
                    "{} ({})",
                    value::line(rule, 120),
                    tally.get(&outcome)?
                ))
            })
            .collect();
        if !said.is_empty() {
            sheet.prose(0, Tone::Plain, &format!("{words}: {}", said.join(", ")));
        }
    }
    let idle = reach::idle_rules(audit);
    if !idle.is_empty() {
        sheet.prose(
            0,
            Tone::Warn,
            &format!(
                "rules that applied to no connector at all: {}",
                value::names(&idle)
            ),
        );
    }
    let off: Vec<&str> = audit
        .rules
        .iter()
        .filter(|rule| rule.level == Level::Off)
        .map(|rule| &*rule.id)
        .collect();
    if !off.is_empty() {
        sheet.prose(
            0,
            Tone::Plain,
            &format!("rules off: {}", value::names(&off)),
        );
    }
    if audit.errors.is_empty() && !outcome::rules_evaluated(audit) {
        sheet.prose(
            0,
            Tone::Bad,
            "NO RULE WAS EVALUATED: nothing is known about policy",
        );
    }
}

/// With exit 1: why there is no result to trust.
fn errors(sheet: &mut Sheet, audit: &Audit) {
    for error in &audit.errors {
        sheet.gap();
        // Our word first: a report read back may claim any kind.
        let kind = ["error: ", &value::line(&error.kind, 40)].concat();
        let place = error
            .location
            .as_ref()
            .map(|place| value::line(&place.to_string(), 300));
        let place = place.map_or_else(String::new, |place| format!("  {place}"));
        let said = [&sheet.paint(Tone::Bad, &kind), place.as_str()].concat();
        sheet.line(0, &said);
        // Messages about files come with the lines they are about.
        for line in text::truncate(&error.message, 8_000).lines() {
            sheet.line(4, &text::terminal(line));
        }
    }
}

fn counts(sheet: &mut Sheet, audit: &Audit) {
    let summary = &audit.summary;
    let states = State::ALL.map(|state| {
        let name = state.as_str().replace('_', " ");
        format!(
            "{} {name}",
            summary.states.get(&state).copied().unwrap_or(0)
        )
    });
    sheet.prose(
        0,
        Tone::Plain,
        &format!("connectors: {}", states.join(", ")),
    );
    if summary.set_aside > 0 {
        let said = format!(
            "set aside:  {} that the inventory says to leave alone",
            count(summary.set_aside, "unmanaged connector")
        );
        sheet.line(0, &said);
    }
    let outcomes: Vec<String> = [
        (Outcome::Pass, "pass"),
        (Outcome::Fail, "fail"),
        (Outcome::NotApplicable, "not applicable"),
        (Outcome::Skipped, "skipped"),
        (Outcome::Error, "in error"),
    ]
    .iter()
    .map(|(outcome, words)| {
        format!(
            "{} {words}",
            summary.outcomes.get(outcome).copied().unwrap_or(0)
        )
    })
    .collect();
    let rules = audit
        .rules
        .iter()
        .filter(|rule| rule.level != Level::Off)
        .count() as u64;
    let said = format!(
        "rules:      {}: {}",
        count(rules, "rule"),
        outcomes.join(", ")
    );
    sheet.prose(0, Tone::Plain, &said);

    let (counted, others): (Vec<_>, Vec<_>) =
        audit.findings.iter().partition(|finding| finding.counted());
    let mut said = format!("findings:   {} that count", counted.len());
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &others {
        let why = match finding.why_not {
            Some(WhyNot::Waived) => "waived",
            Some(WhyNot::Advisory) => "advisory",
            Some(WhyNot::Existing) => "in the baseline",
            Some(WhyNot::NotInFailOn) if audit.judged.flags.report_only => "--report-only",
            Some(WhyNot::NotInFailOn) => "not in --fail-on",
            Some(WhyNot::AllowEmpty) => "--allow-empty",
            None => "for no reason given",
        };
        *reasons.entry(why).or_default() += 1;
    }
    if !reasons.is_empty() {
        let reasons: Vec<String> = reasons
            .iter()
            .map(|(why, n)| format!("{n} {why}"))
            .collect();
        said.push_str(&format!(
            ", {} that don't ({})",
            others.len(),
            reasons.join(", ")
        ));
    }
    sheet.prose(0, Tone::Plain, &said);
    if summary.uncompared_fields > 0 {
        let said = format!(
            "fields:     {} observed that no expectation compares",
            summary.uncompared_fields
        );
        sheet.line(0, &said);
    }
}

/// What the result has to be read with: why it is incomplete, the flags and settings in force, and
/// what it is a result of.
fn conditions(sheet: &mut Sheet, audit: &Audit) {
    let because = outcome::lacking(audit);
    if !because.is_empty() {
        sheet.prose(
            0,
            Tone::Warn,
            &format!("incomplete: {}", because.join(", ")),
        );
    }
    for said in outcome::baseline(audit) {
        sheet.prose(0, Tone::Warn, &format!("baseline:   {said}"));
    }
    for flag in outcome::flags(audit) {
        sheet.prose(0, Tone::Warn, &format!("flag:       {flag}"));
    }
    for set in basis::overrides(audit) {
        sheet.prose(0, Tone::Warn, &format!("set:        {set}"));
    }
    for target in basis::read(audit, basis::SHOWN) {
        // Not broken where it is wide: each is looked for as one line.
        sheet.line(0, &format!("read:       {target}"));
    }
}

/// The last lines; their form is a contract.
fn result(sheet: &mut Sheet, audit: &Audit) {
    sheet.gap();
    let headline = Headline::of(audit);
    let tone = match (headline.clean, audit.verdict.exit_code) {
        (true, _) => Tone::Good,
        (false, 0) => Tone::Warn,
        (false, _) => Tone::Bad,
    };
    let said = format!(
        "result: {} exit={}",
        headline.words, audit.verdict.exit_code
    );
    let said = sheet.paint(tone, &said).into_owned();
    sheet.line(0, &said);

    sheet.line(0, &format!("scope: {}", reach::scope(audit)));

    let coverage = audit.summary.coverage;
    let said = format!(
        "coverage: read {}, managed {}, checked {}",
        coverage.read,
        reach::percent(coverage.managed),
        coverage.checked.done
    );
    sheet.line(0, &said);
}
