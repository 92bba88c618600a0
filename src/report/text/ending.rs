//! The end of the text report: rules, counts, errors, and the last lines that CI logs are searched for.

use std::collections::BTreeMap;

use crate::{
    audit::{Audit, WhyNot, code},
    model::{Level, Outcome},
    report::common::{
        basis, completeness, coverage,
        headline::Headline,
        summary::{self, Tally},
        terminal::{Lines, Tone},
        value::{self, count},
    },
    text,
};

use super::page::{MESSAGE, kind};

pub(super) fn write(lines: &mut Lines, audit: &Audit) {
    let tallies = summary::tallies(audit);
    failed_rules(lines, audit, &tallies);
    resolved(lines, audit);
    unjudged(lines, audit, &tallies);
    errors(lines, audit);
    lines.gap();
    // Where nothing was judged, a table of zeros would only hide why.
    if coverage::was_judged(audit) {
        counts(lines, audit);
    }
    conditions(lines, audit);
    result(lines, audit);
}

/// What to do about each rule that failed, once a rule.
fn failed_rules(lines: &mut Lines, audit: &Audit, tallies: &BTreeMap<&str, Tally>) {
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
            lines.gap();
            let line = lines
                .paint(Tone::Strong, "Rules that failed, and what to do")
                .into_owned();
            lines.line(0, &line);
        }
        let level = if rule.level == Level::Mandatory {
            ""
        } else {
            ", advisory"
        };
        let line = format!(
            "{}  {}{level}, {}: {}",
            value::line(&rule.id, 120),
            rule.severity,
            count(n, "connector"),
            value::line(&rule.title, 200)
        );
        lines.prose(2, Tone::Plain, &line);
        lines.prose(6, Tone::Plain, &value::line(&rule.remediation, MESSAGE));
        let mut about: Vec<String> = rule
            .controls
            .iter()
            .take(10)
            .map(|c| value::line(c, 80))
            .collect();
        about.extend(rule.help_uri.as_deref().map(|uri| value::line(uri, 300)));
        if !about.is_empty() {
            lines.prose(6, Tone::Faint, &about.join(", "));
        }
    }
}

fn resolved(lines: &mut Lines, audit: &Audit) {
    if audit.resolved.is_empty() {
        return;
    }
    lines.gap();
    let line = lines
        .paint(Tone::Strong, "Gone since the baseline")
        .into_owned();
    lines.line(0, &line);
    for finding in &audit.resolved {
        let line = format!("{}  {}", value::line(&finding.address, 200), kind(finding));
        lines.prose(2, Tone::Plain, &line);
    }
}

/// What the rules did not judge, by rule; and rules that judge nothing at all.
fn unjudged(lines: &mut Lines, audit: &Audit, tallies: &BTreeMap<&str, Tally>) {
    lines.gap();
    for (outcome, words) in [
        (Outcome::NotApplicable, "rules not applicable"),
        (Outcome::Skipped, "rules skipped"),
        (Outcome::Error, "rules in error"),
    ] {
        let rules: Vec<String> = tallies
            .iter()
            .filter_map(|(rule, tally)| {
                Some(format!(
                    "{} ({})",
                    value::line(rule, 120),
                    tally.get(&outcome)?
                ))
            })
            .collect();
        if !rules.is_empty() {
            lines.prose(0, Tone::Plain, &format!("{words}: {}", rules.join(", ")));
        }
    }
    let idle = coverage::idle_rules(audit);
    if !idle.is_empty() {
        lines.prose(
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
        lines.prose(
            0,
            Tone::Plain,
            &format!("rules off: {}", value::names(&off)),
        );
    }
    if coverage::lacks_rules(audit) {
        lines.prose(
            0,
            Tone::Bad,
            "NO RULE WAS EVALUATED: nothing is known about policy",
        );
    }
}

/// With exit 1: why there is no result to trust.
fn errors(lines: &mut Lines, audit: &Audit) {
    for error in &audit.errors {
        lines.gap();
        // Our word first: a report read back may claim any kind.
        let kind = ["error: ", &value::line(error.kind.as_str(), 40)].concat();
        let place = error
            .location
            .as_ref()
            .map(|place| value::line(&place.to_string(), 300));
        let place = place.map_or_else(String::new, |place| format!("  {place}"));
        let line = [&lines.paint(Tone::Bad, &kind), place.as_str()].concat();
        lines.line(0, &line);
        // Messages about files come with the lines they are about.
        for line in text::truncate(&error.message, 8_000).lines() {
            lines.line(4, &text::terminal(line));
        }
    }
}

fn counts(lines: &mut Lines, audit: &Audit) {
    let mut line = |label: &str, words: &str| {
        lines.prose(0, Tone::Plain, &format!("{label:<12}{words}"));
    };
    line("connectors:", &summary::states(audit));
    if let Some(aside) = summary::set_aside(audit) {
        line("set aside:", &aside);
    }
    line("rules:", &summary::rules(audit));
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for why in audit.findings.iter().filter_map(|it| it.why_not) {
        let why = match why {
            WhyNot::Waived => "waived",
            WhyNot::Advisory => "advisory",
            WhyNot::Existing => "in the baseline",
            WhyNot::NotInFailOn if audit.judged.flags.report_only => "--report-only",
            WhyNot::NotInFailOn => "not in --fail-on",
            WhyNot::AllowEmpty => "--allow-empty",
        };
        *reasons.entry(why).or_default() += 1;
    }
    let others: usize = reasons.values().sum();
    let mut findings = format!("{} that count", audit.findings.len() - others);
    if others > 0 {
        let reasons: Vec<String> = reasons
            .iter()
            .map(|(why, n)| format!("{n} {why}"))
            .collect();
        findings.push_str(&format!(", {others} that don't ({})", reasons.join(", ")));
    }
    line("findings:", &findings);
    if let Some(fields) = summary::uncompared_fields(audit) {
        line("fields:", &fields);
    }
}

/// What the result has to be read with: why it is incomplete, the flags and settings in force, and
/// what it is a result of.
fn conditions(lines: &mut Lines, audit: &Audit) {
    let because = completeness::lacking(audit);
    if !because.is_empty() {
        lines.prose(
            0,
            Tone::Warn,
            &format!("incomplete: {}", because.join(", ")),
        );
    }
    for line in basis::baseline(audit) {
        lines.prose(0, Tone::Warn, &format!("baseline:   {line}"));
    }
    for flag in basis::flags(audit) {
        lines.prose(0, Tone::Warn, &format!("flag:       {flag}"));
    }
    for set in basis::overrides(audit) {
        lines.prose(0, Tone::Warn, &format!("set:        {set}"));
    }
    for target in basis::read(audit, basis::SHOWN) {
        // Not broken where it is wide: each is looked for as one line.
        lines.line(0, &format!("read:       {target}"));
    }
}

/// The last lines; their form is a contract.
fn result(lines: &mut Lines, audit: &Audit) {
    lines.gap();
    let headline = Headline::of(audit);
    let tone = match (headline.clean, audit.verdict.exit_code) {
        (true, _) => Tone::Good,
        (false, code::CLEAN) => Tone::Warn,
        (false, _) => Tone::Bad,
    };
    let line = lines.paint(tone, &headline.line(audit)).into_owned();
    lines.line(0, &line);

    lines.line(0, &format!("scope: {}", coverage::scope(audit)));

    let coverage = audit.summary.coverage;
    let line = format!(
        "coverage: read {}, managed {}, checked {}",
        coverage.read,
        coverage::percent(coverage.managed),
        coverage.checked.done
    );
    lines.line(0, &line);
}
