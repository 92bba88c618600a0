//! The sections of the Markdown report, each as blocks that are whole in themselves.

use std::{collections::HashMap, fmt::Write};

use crate::{
    audit::{self, Audit, Finding, TargetStatus, WhyNot},
    report::common::{
        basis, completeness, coverage,
        headline::Headline,
        summary,
        times::observed,
        value::{self, count},
    },
};

use super::escape::{self, MESSAGE, NAME, PLACE, code};

/// How much of an error is shown: messages about files come with the lines they are about.
const ERROR: usize = 8_000;

/// Of how many snapshots the age is told.
const SNAPSHOTS: usize = 20;

/// The verdict, what can't be known, and what the result has to be read with.
pub(super) fn beginning(audit: &Audit) -> String {
    let headline = Headline::of(audit);
    let sign = match (headline.clean, audit.verdict.exit_code) {
        (true, _) => "✅",
        (false, audit::code::CLEAN) => "⚠️",
        (false, _) => "❌",
    };
    let mut out = format!(
        "## {sign} hubdrift: {}, exit {}\n\n",
        headline.words, audit.verdict.exit_code
    );
    // Writing to a String can't fail.
    let because = completeness::lacking(audit);
    if !because.is_empty() {
        let _ = writeln!(
            out,
            "**Incomplete:** {}. What was not read or not checked may be anything.\n",
            because.join(", ")
        );
    }
    if coverage::was_judged(audit) {
        if coverage::lacks_rules(audit) {
            out.push_str("**No rule was evaluated:** nothing is known about policy.\n\n");
        }
        let idle = coverage::idle_rules(audit);
        if !idle.is_empty() {
            let _ = writeln!(
                out,
                "**Rules that applied to no connector at all:** {}\n",
                escape::text(&value::names(&idle), ERROR)
            );
        }
        counts(&mut out, audit);
    }
    let scope = coverage::scope(audit);
    let _ = writeln!(out, "- Scope: {}", escape::text(&scope, 2 * ERROR));
    if coverage::was_judged(audit) {
        let coverage = audit.summary.coverage;
        let _ = writeln!(
            out,
            "- Coverage: read {}, managed {}, checked {}",
            coverage.read,
            coverage::percent(coverage.managed),
            coverage.checked
        );
    }
    for line in basis::baseline(audit) {
        let _ = writeln!(out, "- Baseline: {}", escape::text(&line, ERROR));
    }
    for flag in basis::flags(audit) {
        let _ = writeln!(out, "- Flag: {}", escape::text(&flag, ERROR));
    }
    for set in basis::overrides(audit) {
        let _ = writeln!(out, "- Set: {}", escape::text(&set, ERROR));
    }
    for target in basis::read(audit, basis::SHOWN) {
        let _ = writeln!(out, "- Read: {}", escape::text(&target, ERROR));
    }
    for line in observed(audit).into_iter().take(SNAPSHOTS) {
        let _ = writeln!(out, "- {}", escape::text(&line, ERROR));
    }
    out.push('\n');
    out
}

fn counts(out: &mut String, audit: &Audit) {
    let _ = writeln!(out, "- Connectors: {}", summary::states(audit));
    if let Some(aside) = summary::set_aside(audit) {
        let _ = writeln!(out, "- Set aside: {aside}");
    }
    let _ = writeln!(out, "- Rules: {}", summary::rules(audit));
    if let Some(fields) = summary::uncompared_fields(audit) {
        let _ = writeln!(out, "- Fields: {fields}");
    }
}

/// With exit 1: why there is no result to trust.
pub(super) fn errors(audit: &Audit) -> Vec<String> {
    let one = |error: &crate::audit::ErrorRecord| {
        let place = error.location.as_ref().map(ToString::to_string);
        let place = place.map_or_else(String::new, |place| format!(" at {}", code(&place, PLACE)));
        let kind = escape::text(error.kind.as_str(), NAME);
        format!(
            "Error: {kind}{place}\n\n{}\n",
            escape::fenced(&error.message, ERROR)
        )
    };
    audit.errors.iter().map(one).collect()
}

/// The targets that were not read, or not whole, and the connectors that are unread with each.
pub(super) fn targets(audit: &Audit, lost: &HashMap<&str, Vec<&str>>) -> Vec<String> {
    let bad = |status| !matches!(status, TargetStatus::Read | TargetStatus::OutOfScope);
    let targets = audit.targets.iter().filter(|target| bad(target.status));
    targets
        .map(|target| {
            let place = |part: &Option<String>| match part {
                Some(part) => code(part, NAME),
                None => "unknown".to_owned(),
            };
            let (state, no_reason) = match target.status {
                TargetStatus::NotAsked => ("not asked", "there was nothing to read or list in it"),
                TargetStatus::Unread => ("could not be read", "no reason given"),
                _ => ("its connectors could not be listed", "no reason given"),
            };
            let reason = target.reason.as_ref().map(ToString::to_string);
            escape::row(&[
                code(&target.name, NAME),
                place(&target.account),
                place(&target.region),
                state.to_owned(),
                escape::text(reason.as_deref().unwrap_or(no_reason), MESSAGE),
                match lost.get(target.name.as_str()) {
                    Some(lost) => {
                        let n = count(lost.len() as u64, "connector");
                        format!("{n}: {}", escape::text(&value::names(lost), ERROR))
                    }
                    None => String::new(),
                },
            ])
        })
        .collect()
}

/// What a finding is, what it is about, and what is told of it.
pub(super) fn cells(finding: &Finding) -> Vec<String> {
    let kind = finding.kind().as_str().replace('_', " ");
    vec![
        kind,
        code(&finding.address, NAME),
        about(finding),
        finding.severity.to_string(),
        escape::text(&finding.full_message(), MESSAGE),
    ]
}

/// The rule or the field.
fn about(finding: &Finding) -> String {
    let about = finding.rule_or_path();
    about.map_or_else(String::new, |about| code(&about, NAME))
}

/// The waivers that take findings away, the first to end first.
pub(super) fn waivers(audit: &Audit) -> Vec<String> {
    let mut waived: Vec<_> = audit
        .findings
        .iter()
        .filter(|finding| finding.why_not == Some(WhyNot::Waived))
        .filter_map(|finding| Some((finding, finding.waiver.as_ref()?)))
        .collect();
    waived.sort_by_key(|(_, waiver)| waiver.expires);
    waived
        .into_iter()
        .map(|(finding, waiver)| {
            let ticket = waiver.ticket.as_deref();
            escape::row(&[
                code(&finding.address, NAME),
                match about(finding) {
                    none if none.is_empty() => finding.kind().as_str().to_owned(),
                    about => about,
                },
                escape::text(&waiver.expires.to_string(), NAME),
                escape::text(&waiver.owner, NAME),
                ticket.map_or_else(String::new, |ticket| escape::text(ticket, NAME)),
                escape::text(&waiver.reason, MESSAGE),
            ])
        })
        .collect()
}

/// Findings of the baseline that are gone.
pub(super) fn resolved(audit: &Audit) -> Vec<String> {
    let row = |finding: &Finding| escape::row(&cells(finding));
    audit.resolved.iter().map(row).collect()
}

/// Who says this, and when.
pub(super) fn ending(audit: &Audit) -> String {
    let version = escape::text(&audit.tool.version, 40);
    let judged = match audit.judged.now {
        None => String::new(),
        Some(now) => format!(", judged at {}", code(&now.to_string(), 60)),
    };
    format!("hubdrift {version}{judged}\n")
}
