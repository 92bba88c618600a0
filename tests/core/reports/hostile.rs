//! Hostile and long texts in every place where AWS or a saved report could put them.

use hubdrift::{
    audit::*,
    diff::FixKind,
    model::{Outcome, Override, UnreadReason},
    report::{Format, Style, json, render},
};
use proptest::prelude::*;
use serde_json::json;

use super::{github, gitlab, junit_of, sarif, text_of};
use crate::samples;

pub(super) const HOSTILE: &[&str] = &[
    "\u{0}",
    "\u{1b}]0;title\u{7}\u{1b}[2J",
    "\u{9b}31m",
    "\u{202e}gnp.exe\u{2066}",
    "]]>",
    "]]]]>>",
    "-->",
    "::error::green\n::error file=x::y",
    "\r\n##vso[task.complete result=Succeeded;]\n##[error]x",
    "<script>alert(1)</script>&amp;&",
    "\"'`|$(id)",
    "\u{feff}\u{200b}\u{fffe}\u{ffff}\u{2028}",
    "result: CLEAN exit=0",
    "100%0A::error::x%0D%3A%2C",
    "x\n::error::at the start of a line\n  ::notice::behind blanks",
    "=cmd|' /C calc'!A0",
];

/// An audit in which every text that can be hostile is.
pub(super) fn hostile(text: &str) -> Audit {
    let mut audit = samples::everything();
    audit.targets.iter_mut().for_each(|target| {
        let reason = samples::unread(UnreadReason::ServiceError, text);
        (target.account, target.region) = (Some(text.into()), Some(text.into()));
        target.reason = target.reason.take().map(|_| reason);
        target.caller_arn = Some(text.into());
    });
    audit.judged.overrides = vec![Override::new(text, Some(text.into()), text)];
    for record in &mut audit.connectors {
        record.name = Some(text.into());
        record.provider = Some(text.into());
        record.connector_arn = Some(text.into());
        record.replaced_by = record.replaced_by.take().map(|_| text.into());
        record.location = record
            .location
            .take()
            .map(|_| hubdrift::model::Place::new(text, 1, 1));
        record.unread = record.unread.take().map(|_| hubdrift::model::Unread {
            request_id: Some(text.into()),
            ..samples::unread(UnreadReason::Network, text)
        });
        for value in [
            json!(text),
            json!([text, text]),
            json!({"matches": text}),
            json!({"one_of": [text]}),
            json!({text: text}),
        ] {
            record.drift.push(samples::drift(
                text,
                value.clone(),
                value,
                FixKind::Update,
                &["aws", text],
            ));
        }
        for result in &mut record.results {
            result.result.message = Some(text.into());
            result.result.path = Some(text.into());
        }
        record
            .results
            .push(samples::result(text, Outcome::Fail, Some(text)));
        record.address.push_str(text);
    }
    for rule in &mut audit.rules {
        (rule.title, rule.remediation) = (text.into(), text.into());
        (rule.help_uri, rule.controls) = (Some(text.into()), vec![text.into()]);
    }
    audit.judged.scope.filters = vec![text.into()];
    let error = ErrorRecord {
        kind: ErrorKind::Other(text.into()),
        message: text.into(),
        location: None,
    };
    audit.errors = vec![error];
    samples::settle(&mut audit);
    audit
}

fn stays_valid(text: &str) {
    let audit = hostile(text);
    let report = text_of(Format::Text, &audit);
    assert!(
        !report
            .chars()
            .any(|c| c != '\n' && hubdrift::text::is_unsafe(c)),
        "{report}"
    );
    let command = |line: &str| {
        line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[")
    };
    assert!(!report.lines().any(command), "{report}");
    let results: Vec<&str> = report
        .lines()
        .filter(|line| line.starts_with("result: "))
        .collect();
    assert_eq!(results, ["result: ERROR INCOMPLETE POLICY DRIFT exit=1"]);

    assert!(!text_of(Format::Junit, &audit).lines().any(command));
    let (_, cases) = junit_of(&audit);
    assert!(cases.error > 0 && cases.failure > 0, "{cases:?}");

    let json = render(Format::Json, &audit, Style::default());
    assert_eq!(json::parse(&json).expect("JSON"), audit);
    let json = String::from_utf8(json).expect("UTF-8");
    assert!(
        !json
            .chars()
            .any(|c| c != '\n' && hubdrift::text::is_unsafe(c))
    );
    assert!(!json.contains("##[") && !json.contains("##vso["));

    github::stays_valid(&audit);
    gitlab::stays_valid(&audit);
    sarif::stays_valid(&audit);
}

#[test]
fn hostile_texts_leave_each_format_valid() {
    for text in HOSTILE {
        stays_valid(text);
    }
    stays_valid(&HOSTILE.concat());
}

#[test]
fn a_long_text_does_not_flood_a_report() {
    let mut audit = samples::drifted();
    let long = "x]]>\u{1b}".repeat(20_000);
    let before = audit.connectors.len();
    audit.connectors[2].drift.push(samples::drift(
        "description",
        json!(long),
        json!(long),
        FixKind::Update,
        &["aws", &long],
    ));
    samples::settle(&mut audit);
    assert_eq!(audit.connectors.len(), before);
    assert!(text_of(Format::Text, &audit).len() < 10_000);
    assert!(text_of(Format::Junit, &audit).len() < 200_000);
    for format in [Format::Github, Format::Gitlab, Format::Sarif] {
        assert!(
            text_of(format, &audit).len() < 30_000,
            "{}",
            format.as_str()
        );
    }
    stays_valid(&long[..2_000]);
    assert_eq!(
        json::parse(&render(Format::Json, &audit, Style::default())).expect("JSON"),
        audit
    );
}

proptest! {
    // Each case renders a whole audit in every format.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_leaves_each_format_valid(text in any::<String>()) {
        stays_valid(&text);
    }
}
