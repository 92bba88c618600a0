//! GitLab's Code Quality: an array of entries at places in files.
//!
//! A merge request shows what is in it that its target's isn't, by fingerprint. What is not known
//! is a `blocker`, so that an incomplete run is never an empty array; what counts has its own
//! severity, and what doesn't count or is waived is `info` and says why. A clean run is `[]`.

use serde::Serialize;

use crate::{audit::Audit, model::Severity};

use super::common::{
    entry::{Entry, Standing, entries},
    json_text, paths, value,
};

/// One entry, as GitLab's documentation states it.
#[derive(Serialize)]
struct Violation {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// The audit as Code Quality.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let entries = entries(audit);
    let violations: Vec<Violation> = entries
        .iter()
        .map(|entry| violation(audit, entry))
        .collect();
    json_text::line_of_safe(&violations)
}

fn violation(audit: &Audit, entry: &Entry<'_>) -> Violation {
    let position = entry.position_or_inventory(audit);
    Violation {
        description: entry.message(),
        check_name: value::line(entry.check, 120),
        fingerprint: entry.fingerprint.clone(),
        severity: severity(entry),
        location: Location {
            path: value::line(&paths::path(position.file), 1_000),
            lines: Lines {
                begin: position.line,
            },
        },
    }
}

const fn severity(entry: &Entry<'_>) -> &'static str {
    match (entry.standing, entry.severity) {
        (Standing::Unknown, _) => "blocker",
        (Standing::Aside | Standing::Waived, _) => "info",
        (Standing::Counts, Severity::Critical) => "critical",
        (Standing::Counts, Severity::High) => "major",
        // `info` is for what doesn't count.
        (Standing::Counts, Severity::Medium | Severity::Low | Severity::Info) => "minor",
    }
}
