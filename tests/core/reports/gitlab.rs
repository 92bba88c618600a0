//! GitLab's Code Quality: what is in the array, and when it is empty.

use std::collections::HashSet;

use hubdrift::{audit::*, model::Severity, report::Format, text};
use proptest::prelude::*;
use serde_json::Value;

use super::{any_audit, text_of};
use crate::samples;

/// The entries, each as GitLab's documentation states it.
fn entries(audit: &Audit) -> Vec<Value> {
    let report = text_of(Format::Gitlab, audit);
    assert!(!report.chars().any(|c| c != '\n' && text::is_unsafe(c)));
    assert!(!report.contains("##[") && !report.contains("##vso["));
    let entries: Vec<Value> = serde_json::from_str(&report).expect("an array");
    let mut fingerprints = HashSet::new();
    for entry in &entries {
        let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty());
        assert!(
            text("description").is_some_and(|d| d.chars().count() < 3_000),
            "{entry}"
        );
        assert!(text("check_name").is_some(), "{entry}");
        assert!(
            fingerprints.insert(text("fingerprint").expect("a fingerprint")),
            "{entry}"
        );
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity(entry)));
        let path = entry["location"]["path"].as_str().expect("a path");
        assert!(!path.is_empty() && !path.starts_with("./"), "{entry}");
        assert!(
            entry["location"]["lines"]["begin"]
                .as_u64()
                .is_some_and(|n| n > 0),
            "{entry}"
        );
    }
    entries
}

fn severity(entry: &Value) -> &str {
    entry["severity"].as_str().expect("a severity")
}

pub(super) fn stays_valid(audit: &Audit) {
    assert!(
        entries(audit)
            .iter()
            .any(|entry| severity(entry) == "blocker")
    );
}

#[test]
fn snapshots_of_the_gitlab_report() {
    for (name, audit) in samples::named() {
        let shown = serde_json::to_string_pretty(&entries(&audit)).expect("JSON");
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn a_clean_run_is_an_empty_array_and_no_other_is() {
    assert_eq!(text_of(Format::Gitlab, &samples::clean()), "[]\n");
    let spoil: [fn(&mut Audit); 5] = [
        |a| a.verdict.complete = false,
        |a| a.verdict.exit_code = 130,
        |a| a.verdict.exit_code = 3,
        |a| a.connectors[0].state = State::Unread,
        |a| a.errors = samples::errors().errors,
    ];
    for (at, spoil) in spoil.iter().enumerate() {
        let mut audit = samples::clean();
        spoil(&mut audit);
        assert!(!entries(&audit).is_empty(), "{at}");
    }
}

#[test]
fn severities_are_those_of_what_counts() {
    let mut audit = samples::clean();
    for severity in [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ] {
        let mut finding = samples::finding(samples::change("description"), "prod/x", "differs");
        finding.severity = severity;
        audit.findings.push(finding.clone());
        finding.why_not = Some(WhyNot::NotInFailOn);
        audit.findings.push(finding);
    }
    let entries = entries(&audit);
    let found: Vec<&str> = entries.iter().map(severity).collect();
    assert_eq!(found[..5], ["critical", "major", "minor", "minor", "minor"]);
    assert_eq!(found[5..], ["info"; 5]);
}

proptest! {
    #[test]
    fn the_worst_severity_tells_the_verdict(audit in any_audit()) {
        let entries = entries(&audit);
        let blockers = entries.iter().filter(|e| severity(e) == "blocker").count();
        let counted = entries.iter().filter(|e| !["blocker", "info"].contains(&severity(e))).count();
        match audit.verdict.exit_code {
            0 => prop_assert!(blockers == 0 && counted == 0),
            2 | 3 => prop_assert!(blockers == 0 && counted > 0),
            _ => prop_assert!(blockers > 0),
        }
        prop_assert!(entries.len() >= audit.findings.len());
    }
}
