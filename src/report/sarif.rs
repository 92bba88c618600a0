//! SARIF 2.1.0, for GitHub's code scanning and other readers of static analysis.
//!
//! Whatever is not known stands here twice: as a notification, which is where the specification has
//! it, and as a result, because GitHub shows only those. `executionSuccessful` is true of a run that
//! read and checked everything, whatever it found.
//!
//! There is no `automationDetails`: where a run has none, GitHub's upload action names the run after
//! its job and matrix or by its `category`, so that shards, filtered runs and failed ones each
//! replace their own earlier results and nobody else's.

mod rules;
mod wire;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    audit::{Age, Audit, WhyNot},
    model::Severity,
    report::common::{
        basis, coverage,
        entry::{Entry, Position, Standing, entries},
        headline::Headline,
        json_text, paths, remarks,
        value::{self, count},
    },
};

use rules::Rules;
use wire::{
    ArtifactLocation, BaseId, Driver, Finding, FindingProperties, Fingerprints, Invocation, Level,
    Location, Log, LogicalLocation, Notification, PhysicalLocation, Reference, Region, Run,
    RunProperties, SCHEMA, Suppression, Tool, message, plain,
};

/// How many results GitHub takes of a run; of those it shows 5,000, the most severe.
const RESULTS: usize = 25_000;

/// How many notifications are written before the rest is only counted.
const NOTIFICATIONS: usize = 1_000;

/// The folder that relative paths are relative to.
const SRCROOT: &str = "%SRCROOT%";

/// The audit as a SARIF log of one run.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let entries = entries(audit);
    let rules = Rules::of(audit, &entries);
    let has_baseline =
        audit.findings.iter().any(|f| f.baseline.is_some()) || !audit.resolved.is_empty();
    let results = entries
        .iter()
        .take(RESULTS)
        .map(|entry| result(audit, &rules, entry, has_baseline))
        .collect();
    let invocation = invocation(audit, &rules, &entries);
    let description = "where hubdrift ran: most often the root of the repository";
    let base = BaseId {
        description: plain(description),
    };
    let coverage = audit.summary.coverage;
    json_text::line_of_safe(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "hubdrift".to_owned(),
                    version: value::line(&audit.tool.version, 80),
                    short_description: plain(
                        "Drift and audit checker for AWS Security Hub connectors",
                    ),
                    rules: rules.descriptors,
                },
            },
            invocations: [invocation],
            original_uri_base_ids: BTreeMap::from([(SRCROOT, base)]),
            // Places count characters.
            column_kind: "unicodeCodePoints",
            results,
            properties: RunProperties {
                result: Headline::of(audit).words,
                scope: scope(audit),
                read: coverage.read.to_string(),
                checked: coverage.checked.to_string(),
                targets: basis::read(audit, usize::MAX),
                overrides: basis::overrides(audit),
                resolved: audit.resolved.len(),
            },
        }],
    })
}

fn invocation(audit: &Audit, rules: &Rules<'_>, entries: &[Entry<'_>]) -> Invocation {
    let unknown = entries
        .iter()
        .filter(|entry| entry.standing == Standing::Unknown);
    let all = unknown.clone().count();
    let mut notifications: Vec<Notification> = unknown
        .take(NOTIFICATIONS)
        .map(|entry| notification(audit, rules, entry))
        .collect();
    let left_out = [
        (NOTIFICATIONS, all, "notifications"),
        (RESULTS, entries.len(), "results"),
    ];
    for (written, of, what) in left_out.into_iter().filter(|(most, of, _)| of > most) {
        let words = format!(
            "only the {written} most severe of {of} {what} are here; the JSON report has all"
        );
        notifications.push(remark("report/limit", &words));
    }
    if coverage::is_partial(audit) {
        let words = format!("only part of the inventory was looked at: {}", scope(audit));
        notifications.push(remark("run/scope", &words));
    }
    Invocation {
        execution_successful: all == 0 && audit.is_read_and_checked(),
        exit_code: audit.verdict.exit_code,
        exit_code_description: Headline::of(audit).line(audit),
        start_time_utc: time(audit.run.started_at),
        end_time_utc: time(audit.run.finished_at),
        tool_execution_notifications: notifications,
    }
}

fn notification(audit: &Audit, rules: &Rules<'_>, entry: &Entry<'_>) -> Notification {
    let rule = entry.finding.and_then(|finding| finding.rule());
    Notification {
        descriptor: about(entry.check),
        associated_rule: rule.and_then(|rule| rules.reference(rule)),
        level: Level::Error,
        message: message(&entry.message()),
        locations: vec![location(audit, entry)],
    }
}

/// A notification about the report as a whole, which makes no run unsuccessful.
fn remark(id: &str, words: &str) -> Notification {
    Notification {
        descriptor: about(id),
        associated_rule: None,
        level: Level::Warning,
        message: message(words),
        locations: Vec::new(),
    }
}

/// What was looked at: `1 of 60 targets, --target prod`.
fn scope(audit: &Audit) -> String {
    let scope = &audit.judged.scope;
    let targets = scope.targets;
    let mut words = format!("{} of {}", targets.done, count(targets.of, "target"));
    if let Some(shard) = &scope.shard {
        words.push_str(&format!(", shard {}", value::line(shard, 40)));
    }
    for filter in scope.filters.iter().take(20) {
        words.push_str(&format!(", {}", value::line(filter, 80)));
    }
    words
}

/// What a notification is about. GitHub demands of a described notification all
/// that it demands of a rule, so it only has the id of the check, which is described as a rule.
fn about(check: &str) -> Reference {
    Reference {
        id: check.to_owned(),
        index: None,
    }
}

fn result(audit: &Audit, rules: &Rules<'_>, entry: &Entry<'_>, has_baseline: bool) -> Finding {
    let mut words = entry.message();
    if let Some(advice) = entry.advice() {
        words.push_str(&format!("; to put it right: {advice}"));
    }
    let index = rules.index(entry.check);
    let waiver = entry.finding.and_then(|finding| finding.waiver.as_ref());
    let waived = waiver.filter(|_| entry.standing == Standing::Waived);
    let age = entry.finding.and_then(|finding| finding.baseline);
    Finding {
        rule_id: rules.descriptors[index].id.clone(),
        rule_index: index,
        level: match entry.standing {
            Standing::Unknown => Level::Error,
            Standing::Counts => rules::level(entry.severity),
            // GitHub reads no suppressions, so what doesn't count must not look as if it did.
            Standing::Aside | Standing::Waived => Level::Note,
        },
        rank: rank(entry.severity),
        message: message(&words),
        locations: [location(audit, entry)],
        partial_fingerprints: Fingerprints {
            primary_location_line_hash: entry.fingerprint.clone(),
        },
        suppressions: waived
            .map(|waiver| Suppression {
                kind: "external",
                status: "accepted",
                justification: remarks::waived(waiver),
            })
            .into_iter()
            .collect(),
        // Of one result or of all: what the baseline can't know is new.
        baseline_state: has_baseline.then_some(match age {
            Some(Age::Existing) => "unchanged",
            Some(Age::New) | None => "new",
        }),
        properties: FindingProperties {
            severity: entry.severity.as_str(),
            counted: matches!(entry.standing, Standing::Unknown | Standing::Counts),
            why_not: entry
                .finding
                .filter(|_| entry.standing != Standing::Unknown)
                .and_then(|finding| finding.why_not)
                .map(WhyNot::as_str),
        },
    }
}

/// Where a user's file speaks of it, and which connector it is; the top of the inventory where
/// nothing does, because GitHub shows nothing that has no place.
fn location(audit: &Audit, entry: &Entry<'_>) -> Location {
    let Position { file, line, column } = entry.position_or_inventory(audit);
    let logical = entry.address.map(|address| LogicalLocation {
        fully_qualified_name: value::line(address, 300),
        kind: "resource",
    });
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: paths::uri(file),
                uri_base_id: (!paths::is_absolute(file)).then_some(SRCROOT),
            },
            region: Region {
                start_line: line,
                start_column: column,
                end_line: line,
                end_column: column + 1,
            },
        },
        logical_locations: logical.into_iter().collect(),
    }
}

/// From 0 to 100, as the specification wants it.
const fn rank(severity: Severity) -> f32 {
    match severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 20.0,
        Severity::Info => 0.0,
    }
}

/// A time in the form of the specification; none where the audit has none.
fn time(at: Option<Timestamp>) -> Option<String> {
    Some(format!("{:.3}", at?))
}
