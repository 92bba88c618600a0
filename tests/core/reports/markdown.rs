//! The markdown report: what is said where, and that it stays whole and within its limit.

use hubdrift::{
    audit::*,
    diff::FixKind,
    model::{Severity, UnreadReason},
    report::Format,
};
use proptest::prelude::*;
use serde_json::json;

use super::{
    any_audit,
    hostile::{HOSTILE, hostile},
    text_of,
};
use crate::samples;

const LIMIT: usize = 900 * 1024;

/// The report, checked for what holds of every one.
fn markdown(audit: &Audit) -> String {
    let text = text_of(Format::Markdown, audit);
    assert!(text.len() <= LIMIT, "{} bytes", text.len());
    assert!(text.starts_with("## ") && text.ends_with('\n'), "{text}");
    let bad = |c| c != '\n' && hubdrift::text::is_unsafe(c);
    assert!(!text.chars().any(bad), "{text}");
    let command = |line: &str| {
        line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[")
    };
    assert!(!text.lines().any(command), "{text}");
    let (mut columns, mut open, mut fence) = (None, 0_i32, None::<&str>);
    for line in text.lines() {
        if let Some(end) = fence {
            fence = (line != end).then_some(end);
            continue;
        }
        let tildes = line.trim_end_matches("text");
        if tildes.len() >= 3 && tildes.chars().all(|c| c == '~') {
            fence = Some(tildes);
            continue;
        }
        open += i32::from(line == "<details>") - i32::from(line == "</details>");
        assert!((0..=1).contains(&open), "{line}");
        columns = line.starts_with("| ").then(|| {
            assert!(line.ends_with(" |"), "{line}");
            let bars = line.replace("\\|", "").matches('|').count();
            assert!(columns.is_none_or(|columns| columns == bars), "{line}");
            bars
        });
    }
    assert_eq!((open, fence), (0, None), "{text}");
    text
}

#[test]
fn snapshots_of_the_markdown_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(format!("markdown_{name}"), markdown(&audit));
    }
}

#[test]
fn clean_is_said_of_a_whole_clean_run_only() {
    assert!(markdown(&samples::clean()).starts_with("## ✅ hubdrift: CLEAN, exit 0\n"));
    for (name, audit) in samples::named() {
        let is_clean = name == "clean";
        let text = markdown(&audit);
        assert_eq!(text.contains("CLEAN"), is_clean, "{name}");
        assert_eq!(text.contains('✅'), is_clean, "{name}");
    }
    let mut empty = samples::audit_of(vec![samples::target("prod")], Vec::new(), Flags::default());
    empty.targets[0].listed = None;
    assert!(!markdown(&empty).contains("CLEAN"));
}

#[test]
fn what_can_not_be_known_stands_at_the_top() {
    for audit in [samples::incomplete(), samples::everything()] {
        let text = markdown(&audit);
        let at = |what: &str| {
            text.find(what)
                .unwrap_or_else(|| panic!("no {what} in {text}"))
        };
        assert!(at("**Incomplete:** ") < at("- Connectors: "));
        assert!(
            at("### Targets that were not read")
                < at("that count, 3 of them told with targets above\n")
        );
    }
    let mut blind = samples::clean();
    blind.rules.clear();
    assert!(markdown(&blind).contains("**No rule was evaluated:**"));
}

#[test]
fn rules_that_judge_nothing_are_said_and_why() {
    let text = markdown(&samples::clean());
    assert!(
        text.contains("**Rules that applied to no connector at all:** kms-key-set\n"),
        "{text}"
    );
    let row = "| `kms-key-set` | mandatory | 0 | 0 | 2 | 0 | 0 | the provider is AZURE |";
    assert!(text.contains(row), "{text}");
    let mut audit = samples::clean();
    audit.connectors[1].results[1].result.message = Some("no key".into());
    audit.connectors[1].results[0].result.outcome = hubdrift::model::Outcome::Skipped;
    let text = markdown(&audit);
    assert!(
        text.contains("| 2 | 0 | 0 | no key, and 1 other reason |"),
        "{text}"
    );
    assert!(
        text.contains("| 1 | 0 | 0 | 1 | 0 | no reason given |"),
        "{text}"
    );
    audit
        .rules
        .iter_mut()
        .for_each(|rule| rule.level = hubdrift::model::Level::Off);
    assert!(!markdown(&audit).contains("no connector at all"));
}

#[test]
fn a_run_without_a_result_says_why() {
    let text = markdown(&samples::errors());
    assert!(text.contains("ERROR INCOMPLETE, exit 1"), "{text}");
    assert!(text.contains("unknown key \"conectors\""), "{text}");
    assert!(text.contains("`hubdrift.yaml:3:1`") && text.contains("no credentials at all"));
    assert!(!text.contains("0 in sync"), "{text}");
}

#[test]
fn the_most_important_comes_first_and_what_is_left_out_is_counted() {
    let mut connectors: Vec<ConnectorRecord> = (0..20_000)
        .map(|n| {
            let mut record = samples::connector("prod", &format!("c{n:05}"), State::Changed);
            let long = "x".repeat(150);
            record.drift.push(samples::drift(
                "description",
                json!(long),
                json!("y"),
                FixKind::Update,
                &["aws", &long],
            ));
            record
        })
        .collect();
    let mut unread = samples::connector("prod", "z-unread", State::Unread);
    unread.unread = Some(samples::unread(UnreadReason::Timeout, "10 s"));
    connectors.push(unread);
    connectors.push(samples::connector("prod", "z-missing", State::Missing));
    let targets = vec![samples::target("prod")];
    let mut audit = samples::audit_of(targets, connectors, Flags::default());
    for finding in &mut audit.findings {
        if finding.kind() == FindingKind::Missing {
            finding.severity = Severity::High;
        }
    }
    let text = markdown(&audit);
    assert!(text.len() > LIMIT / 2, "{} bytes", text.len());
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| changed") || line.contains("`prod/z-"))
        .collect();
    assert!(
        rows[0].starts_with("| unread | `prod/z-unread`"),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].starts_with("| missing | `prod/z-missing`"),
        "{}",
        rows[1]
    );
    // All are shown or counted: in the table, and in the details.
    let left_out = |noun: &str| -> usize {
        let said = |line: &&str| line.contains(&format!(" {noun}s left out** of 20002,"));
        let line = text.lines().find(said).expect("what was left out");
        let number = line.trim_start_matches('*').split(' ').next();
        number.expect("a number").parse().expect("a number")
    };
    assert_eq!(rows.len() + left_out("finding"), 20_002);
    assert_eq!(
        text.matches("<details>").count() + left_out("connector"),
        20_002
    );
    assert!(text.contains("### 20002 findings that count"));
    assert!(text.ends_with("judged at `2026-06-01T12:00:00Z`\n"));
}

#[test]
fn a_part_that_is_too_large_alone_is_counted_too() {
    let mut audit = samples::errors();
    let error = ErrorRecord {
        kind: ErrorKind::Inventory,
        message: "x".repeat(100_000),
        location: None,
    };
    audit.errors = vec![error; 1_000];
    let text = markdown(&audit);
    let shown = text.matches("\nError: inventory").count();
    assert!(shown > 50, "{shown}");
    assert!(text.contains(&format!("**{} errors left out** of 1000", 1_000 - shown)));

    let mut audit = samples::drifted();
    let many = (0..20_000).map(|n| {
        let path = format!("tags.{n}");
        samples::drift(&path, json!("a"), json!("b"), FixKind::None, &[])
    });
    audit.connectors[2].drift = many.collect();
    samples::settle(&mut audit);
    let text = markdown(&audit);
    assert!(
        text.contains("connectors left out** of "),
        "{}",
        &text[text.len() - 2_000..]
    );
}

#[test]
fn hostile_texts_leave_it_whole() {
    let all = HOSTILE.concat();
    let long = "x|`\\\u{1b}]]>".repeat(20_000);
    for text in
        HOSTILE
            .iter()
            .copied()
            .chain([all.as_str(), long.as_str(), "\\|", "|", "`|`", "~~~"])
    {
        markdown(&hostile(text));
    }
    // As a job summary is appended to, a report begins on a line of its own and ends one.
    let twice = markdown(&samples::everything()).repeat(2);
    assert_eq!(twice.matches("\n## ").count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_leaves_it_whole(text in "[|`\\\\<>~@#:& a-c\n]{0,12}", other in any::<String>()) {
        markdown(&hostile(&text));
        markdown(&hostile(&other));
    }

    #[test]
    fn every_finding_is_told(audit in any_audit()) {
        let text = markdown(&audit);
        let first = text.lines().next().expect("a heading");
        let exit = format!("exit {}", audit.verdict.exit_code);
        prop_assert!(first.ends_with(&exit), "{}", first);
        prop_assert_eq!(first.contains("DRIFT"), audit.verdict.drift);
        prop_assert_eq!(first.contains("POLICY"), audit.verdict.policy);
        prop_assert_eq!(first.contains("INCOMPLETE"), !audit.verdict.complete);
        prop_assert_eq!(text.contains("**Incomplete:**"), !audit.verdict.complete);
        for finding in &audit.findings {
            let row = format!("| {} | `{}` |", finding.kind().as_str().replace('_', " "), finding.address);
            // Or it is one of those that are named with their target.
            let with_target = |line: &str| line.contains("connectors could not be listed |") || line.contains("could not be read |");
            let told = finding.kind() == FindingKind::Unread
                && text.lines().any(|line| with_target(line) && line.contains(&finding.address));
            prop_assert!(told || text.contains(&row), "{} is not in\n{}", row, text);
        }
        let counted = audit.findings.iter().filter(|f| f.counted()).count();
        prop_assert_eq!(counted > 0, text.contains(" that count\n") || text.contains(" that count, "));
    }
}
