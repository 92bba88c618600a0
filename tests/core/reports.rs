//! Each format over sample audits: what people see, and that no format turns something bad into something good.

mod basis;
mod github;
mod gitlab;
mod hostile;
mod html;
mod markdown;
mod ocsf;
mod prometheus;
mod readers;
mod sarif;

use std::collections::HashSet;

use hubdrift::{
    audit::*,
    diff::FixKind,
    model::{Level, Outcome, UnreadReason},
    report::{Format, Style, json, render},
};
use proptest::{prelude::*, sample::subsequence};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::json;

use crate::samples;

fn text_of(format: Format, audit: &Audit) -> String {
    String::from_utf8(render(format, audit, Style::default())).expect("a report is UTF-8")
}

/// What stands in a JUnit report, read by a reader we did not write.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cases {
    pass: usize,
    failure: usize,
    error: usize,
    skipped: usize,
}

fn junit_of(audit: &Audit) -> (Report, Cases) {
    let xml = text_of(Format::Junit, audit);
    let report = Report::deserialize_from_str(&xml).unwrap_or_else(|e| panic!("{e}\n{xml}"));
    let mut cases = Cases::default();
    let mut names = HashSet::new();
    for suite in &report.test_suites {
        for case in &suite.test_cases {
            let class = case.classname.as_ref().expect("a class").to_string();
            assert!(!class.is_empty() && !case.name.is_empty());
            assert!(
                names.insert((class, case.name.to_string())),
                "twice: {case:?}"
            );
            match &case.status {
                TestCaseStatus::Success { .. } => cases.pass += 1,
                TestCaseStatus::Skipped { message, .. } => {
                    assert!(message.as_ref().is_some_and(|m| !m.is_empty()), "{case:?}");
                    cases.skipped += 1;
                }
                TestCaseStatus::NonSuccess { kind, message, .. } => {
                    assert!(message.is_some(), "{case:?}");
                    match kind {
                        NonSuccessKind::Failure => cases.failure += 1,
                        NonSuccessKind::Error => cases.error += 1,
                    }
                }
            }
        }
    }
    (report, cases)
}

#[test]
fn snapshots_of_the_text_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(format!("text_{name}"), text_of(Format::Text, &audit));
    }
}

#[test]
fn snapshots_of_the_junit_report() {
    for (name, audit) in samples::named() {
        let xml = text_of(Format::Junit, &audit).replace("><", ">\n<");
        insta::assert_snapshot!(format!("junit_{name}"), xml);
    }
}

#[test]
fn colours_only_when_asked_for_and_nothing_else_changes() {
    for (name, audit) in samples::named() {
        let plain = text_of(Format::Text, &audit);
        let colored = render(Format::Text, &audit, Style { color: true });
        let colored = String::from_utf8(colored).expect("UTF-8");
        assert!(
            !plain.contains('\u{1b}') && colored.contains('\u{1b}'),
            "{name}"
        );
        let mut stripped = colored;
        for code in ["0", "1", "2", "31", "32", "33", "36"] {
            stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(stripped, plain, "{name}");
    }
}

#[test]
fn each_format_is_found_by_its_name() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.as_str()), Some(format));
    }
    assert_eq!(Format::from_name("Text"), None);
}

#[test]
fn the_json_report_is_the_audit() {
    for (name, audit) in samples::named() {
        let bytes = render(Format::Json, &audit, Style::default());
        assert!(bytes.ends_with(b"}\n"));
        let back = json::parse(&bytes).expect(name);
        assert_eq!(back, audit, "{name}");
        for format in Format::ALL {
            let (again, first) = (
                render(format, &back, Style::default()),
                render(format, &audit, Style::default()),
            );
            assert_eq!(again, first, "{name} as {}", format.as_str());
        }
    }
}

#[test]
fn a_json_report_of_another_schema_is_refused_by_name() {
    let mut value = samples::json(&samples::clean());
    value["schema"] = json!("hubdrift.report/2");
    let error = json::parse(value.to_string().as_bytes()).expect_err("another schema");
    insta::assert_snapshot!(error, @r#"the report's schema is "hubdrift.report/2"; this version reads "hubdrift.report/1""#);
    for not in [
        "",
        "{}",
        "[]",
        "{\"schema\":\"hubdrift.report/1\"}",
        "<testsuites/>",
    ] {
        assert!(
            matches!(
                json::parse(not.as_bytes()),
                Err(json::ParseError::Malformed(_))
            ),
            "{not}"
        );
    }
}

#[test]
fn keys_that_a_reader_does_not_know_are_ignored() {
    let audit = samples::everything();
    let mut value = samples::json(&audit);
    value["added_later"] = json!({"x": [1]});
    value["connectors"][0]["added_later"] = json!(1);
    value["verdict"]["added_later"] = json!(null);
    assert_eq!(
        json::parse(value.to_string().as_bytes()).expect("read"),
        audit
    );
}

#[test]
fn a_waiver_of_what_only_a_newer_version_knows_is_kept_and_permits_nothing() {
    let mut value = samples::json(&samples::everything());
    value["waivers"] = json!([{
        "subject": "dangling_automation_rule",
        "connector": "prod/jira",
        "reason": "why",
        "owner": "who",
        "ticket": null,
        "expires": "2026-12-31",
        "location": {"file": "waivers.yaml", "line": 3, "column": 5},
        "used": false,
    }]);
    let audit = json::parse(value.to_string().as_bytes()).expect("read");
    assert_eq!(
        audit.waivers[0].subject,
        WaiverSubject::Other("dangling_automation_rule".into())
    );
    assert_eq!(samples::json(&audit), value);
}

#[test]
fn a_finding_with_a_key_that_its_kind_has_no_place_for_is_refused() {
    let mut value = samples::json(&samples::everything());
    let findings = value["findings"].as_array_mut().expect("findings");
    let missing = findings.iter_mut().find(|it| it["kind"] == "missing");
    missing.expect("a missing one")["path"] = json!("name");
    let error = json::parse(value.to_string().as_bytes()).expect_err("a lost key");
    assert!(
        error.to_string().contains("the fingerprint of missing"),
        "{error}"
    );
}

#[test]
fn why_a_waiver_does_not_help_is_read_from_reports_without_values_too() {
    // A text that looks like a second reason inside the first.
    let why = "the waiver of x (the waiver of o) is for the value \"other\"";
    let mut value = samples::json(&samples::drifted());
    let connectors = value["connectors"].as_array().expect("connectors");
    let drifted = connectors.iter().find(|it| it["drift"][0].is_object());
    let drifted = drifted.expect("a drifted one").clone();
    let drift = &drifted["drift"][0];
    let is_its = |it: &&mut serde_json::Value| {
        it["kind"] == "changed"
            && it["path"] == drift["path"]
            && it["address"] == drifted["address"]
    };
    let findings = value["findings"].as_array_mut().expect("findings");
    let finding = findings.iter_mut().find(is_its).expect("of that field");
    let path = drift["path"].as_str().expect("a path");
    let message = format!(
        "{path} is {}, expected {}",
        drift["observed"], drift["expected"]
    );
    finding["message"] = json!(format!("{message} ({why})"));
    let finding = finding.as_object_mut().expect("an object");
    finding.remove("expected");
    finding.remove("observed");
    let audit = json::parse(value.to_string().as_bytes()).expect("read");
    let refused = audit.findings.iter().find(|it| it.refusal.is_some());
    let refused = refused.expect("a reason");
    assert_eq!(refused.refusal.as_deref(), Some(why));
    assert_eq!(refused.message, message);
}

#[test]
fn clean_is_said_of_a_whole_clean_run_only() {
    let is_clean = |audit: &Audit| text_of(Format::Text, audit).contains("CLEAN");
    assert!(is_clean(&samples::clean()));
    let spoil: [fn(&mut Audit); 13] = [
        |a| a.judged.scope.filters.push("--target prod".into()),
        |a| a.judged.scope.shard = Some("1/4".into()),
        |a| a.judged.scope.targets.of += 1,
        |a| a.targets[0].status = TargetStatus::OutOfScope,
        |a| a.verdict.exit_code = 1,
        |a| a.verdict.exit_code = 130,
        |a| a.verdict.exit_code = 77,
        |a| a.verdict.complete = false,
        |a| a.verdict.drift = true,
        |a| a.verdict.policy = true,
        |a| a.errors = samples::errors().errors,
        |a| a.rules.clear(),
        |a| a.connectors.iter_mut().for_each(|c| c.results.clear()),
    ];
    for (at, spoil) in spoil.iter().enumerate() {
        let mut audit = samples::clean();
        spoil(&mut audit);
        assert!(!is_clean(&audit), "{at}");
    }
    // Nobody added a connector: that is a check too, if somebody looked.
    let mut empty = samples::audit_of(vec![samples::target("prod")], Vec::new(), Flags::default());
    assert!(is_clean(&empty));
    empty.targets[0].listed = None;
    assert!(!is_clean(&empty));
}

#[test]
fn an_interrupted_run_and_skipped_rules_are_errors_in_junit_too() {
    for code in [1, 4, 130] {
        let mut audit = samples::clean();
        audit.verdict.exit_code = code;
        assert!(junit_of(&audit).1.error > 0, "{code}");
        audit.verdict.complete = false;
        assert!(junit_of(&audit).1.error > 0, "{code}");
    }
    for code in [2, 3] {
        let mut audit = samples::clean();
        audit.verdict.exit_code = code;
        assert_eq!(junit_of(&audit).1.failure, 1, "{code}");
    }
}

#[test]
fn why_a_waiver_does_not_help_is_said_of_drift_and_of_rules() {
    for mut audit in [samples::drifted(), samples::policy()] {
        for finding in &mut audit.findings {
            finding.refusal = Some("its waiver expired on 2026-01-31".into());
        }
        let counted = audit.findings.iter().filter(|f| f.counted()).count();
        for format in [Format::Text, Format::Junit] {
            let report = text_of(format, &audit);
            let said = report.matches("its waiver expired on 2026-01-31").count();
            assert!(said >= counted, "{report}");
        }
    }
}

#[test]
fn a_finding_about_a_read_target_is_shown_with_it() {
    let mut audit = samples::clean();
    let said = "Security Hub is enabled, but should not be";
    audit
        .findings
        .push(samples::finding(About::HubEnabled, "prod", said));
    (audit.verdict.drift, audit.verdict.exit_code) = (true, 2);
    assert!(text_of(Format::Text, &audit).contains(said));
    assert_eq!(junit_of(&audit).1.failure, 1);
}

/// A connector of any state, with drift and results of any outcome, waived or not.
fn any_connector() -> impl Strategy<Value = ConnectorRecord> {
    let outcomes = prop::sample::select(vec![
        Outcome::Pass,
        Outcome::Pass,
        Outcome::Pass,
        Outcome::Fail,
        Outcome::NotApplicable,
        Outcome::Error,
    ]);
    let results = prop::collection::vec((outcomes, any::<bool>(), any::<bool>()), 2);
    let state = prop::sample::select(State::ALL.to_vec());
    let paths = subsequence(vec!["description", "kms_key_arn", "tags.a", "tags.A"], 1..4);
    (state, results, paths, any::<bool>(), any::<bool>()).prop_map(
        |(state, results, paths, waived, judge_only)| {
            let mut record = samples::connector("prod", "x", state);
            let waiver = || waived.then(samples::waiver);
            if state == State::Changed {
                for path in paths {
                    let mut drift =
                        samples::drift(path, json!("a"), json!("b"), FixKind::None, &[]);
                    drift.waiver = waiver().map(Box::new);
                    record.drift.push(drift);
                }
            }
            if matches!(state, State::Missing | State::Unmanaged) {
                record.waiver = waiver().map(Box::new);
            }
            if state == State::Unread {
                record.unread = Some(samples::unread(UnreadReason::Timeout, "10 s"));
            }
            for (rule, (outcome, advisory, waived)) in
                ["auth-active", "kms-key-set"].iter().zip(results)
            {
                let outcome = match state {
                    State::Missing => Outcome::Skipped,
                    State::Unread => Outcome::Error,
                    _ if outcome == Outcome::Error && judge_only => Outcome::Pass,
                    _ => outcome,
                };
                let mut result =
                    samples::result(rule, outcome, (outcome != Outcome::Pass).then_some("why"));
                if advisory {
                    result.result.level = Level::Advisory;
                }
                result.waiver =
                    (waived && outcome == Outcome::Fail).then(|| Box::new(samples::waiver()));
                record.results.push(result);
            }
            record
        },
    )
}

fn any_audit() -> impl Strategy<Value = Audit> {
    let flags = (
        subsequence(
            vec![
                FailOn::Changed,
                FailOn::Missing,
                FailOn::Unmanaged,
                FailOn::Policy,
            ],
            0..=4,
        ),
        prop::bool::weighted(0.2),
    );
    let targets = prop::collection::vec(
        (
            prop::bool::weighted(0.1),
            prop::collection::vec(any_connector(), 0..4),
        ),
        1..4,
    );
    (flags, targets, prop::bool::weighted(0.1)).prop_map(
        |((fail_on, report_only), parts, broken)| {
            let (mut targets, mut connectors) = (Vec::new(), Vec::new());
            for (t, (failed, records)) in parts.into_iter().enumerate() {
                let mut target = samples::target(&format!("t.{t}"));
                if failed {
                    target.status = [TargetStatus::Unread, TargetStatus::Incomplete][t % 2];
                    target.reason = Some(samples::unread(UnreadReason::Throttled, "Rate exceeded"));
                }
                for (n, mut record) in records.into_iter().enumerate() {
                    record.target.clone_from(&target.name);
                    record.address = format!("{}/c.{n}", target.name);
                    connectors.push(record);
                }
                targets.push(target);
            }
            let flags = Flags {
                fail_on,
                report_only,
                ..Flags::default()
            };
            let mut audit = samples::audit_of(targets, connectors, flags);
            if broken {
                audit.errors = samples::errors().errors;
                samples::settle(&mut audit);
            }
            audit
        },
    )
}

proptest! {
    #[test]
    fn every_format_tells_the_verdict(audit in any_audit()) {
        let (_, cases) = junit_of(&audit);
        let counted = |incomplete: bool| {
            audit.findings.iter().filter(|f| f.counted() && f.kind().is_incomplete() == incomplete).count()
        };
        // One failure a finding that counts; one error a thing that is not known, one for the run, one a reason for exit 1.
        prop_assert_eq!(cases.failure, counted(false));
        let run = usize::from(!audit.verdict.complete);
        prop_assert_eq!(cases.error, counted(true) + run + audit.errors.len());
        match audit.verdict.exit_code {
            0 => prop_assert!(cases.failure == 0 && cases.error == 0),
            2 | 3 => prop_assert!(cases.failure > 0 && cases.error == 0),
            _ => prop_assert!(cases.error > 0),
        }
        let not_counted = audit.findings.iter().filter(|f| !f.counted()).count();
        prop_assert!(cases.skipped >= not_counted);

        let text = text_of(Format::Text, &audit);
        let result = text.lines().find(|line| line.starts_with("result: ")).expect("a result");
        let exit = format!("exit={}", audit.verdict.exit_code);
        prop_assert!(result.ends_with(&exit), "{}", result);
        prop_assert_eq!(result.contains("DRIFT"), audit.verdict.drift);
        prop_assert_eq!(result.contains("POLICY"), audit.verdict.policy);
        prop_assert_eq!(result.contains("INCOMPLETE"), !audit.verdict.complete);
        if result.contains("CLEAN") {
            prop_assert!(cases.failure == 0 && cases.error == 0 && audit.verdict.exit_code == 0);
        }
        for finding in &audit.findings {
            prop_assert!(text.contains(&finding.address), "{} is not in\n{}", finding.address, text);
        }

        let json = render(Format::Json, &audit, Style::default());
        let back = json::parse(&json).expect("JSON");
        prop_assert_eq!(&back, &audit);
        prop_assert_eq!(render(Format::Json, &back, Style::default()), json);
    }
}

/// What each format shows of a whole run: something bad, nothing, or that it is clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Light {
    Red,
    Dark,
    Green,
}

/// The light that a reader of `format` sees, from what such a reader looks at.
fn light(format: Format, audit: &Audit) -> Light {
    let said = text_of(format, audit);
    let of = |is_red: bool, is_green: bool| match (is_red, is_green) {
        (true, _) => Light::Red,
        (false, true) => Light::Green,
        (false, false) => Light::Dark,
    };
    let value = || serde_json::from_str::<serde_json::Value>(&said).expect("JSON");
    let metric = |name: &str| -> u8 {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.expect(name).trim().parse().expect(name)
    };
    match format {
        Format::Text => {
            let result = said.lines().find(|line| line.starts_with("result: "));
            let result = result.expect("a result");
            of(!result.ends_with("exit=0"), result.contains("CLEAN"))
        }
        Format::Json => of(value()["verdict"]["exit_code"] != 0, false),
        Format::Junit => {
            let cases = junit_of(audit).1;
            of(cases.failure + cases.error > 0, false)
        }
        Format::Sarif => {
            let run = &value()["runs"][0];
            let bad = |it: &serde_json::Value| it["level"] != "note";
            let results = run["results"].as_array().expect("results");
            let invocation = &run["invocations"][0];
            let whole = invocation["executionSuccessful"] == true;
            if matches!(audit.verdict.exit_code, 1 | 4 | 130) {
                assert!(!whole, "{invocation:#}");
            }
            of(results.iter().any(bad), false)
        }
        Format::Markdown => of(said.starts_with("## ❌"), said.starts_with("## ✅")),
        Format::Html => {
            let tone = |tone: &str| said.contains(&format!("<header class=\"verdict {tone}\">"));
            of(tone("bad") || tone("unknown"), tone("good"))
        }
        Format::Github => of(
            said.lines().any(|line| line.starts_with("::error ")),
            said.contains("hubdrift%3A CLEAN"),
        ),
        Format::Gitlab => {
            let entries = value();
            let bad = |it: &serde_json::Value| it["severity"] != "info";
            of(entries.as_array().expect("a list").iter().any(bad), false)
        }
        Format::Ocsf => {
            let lines = said
                .lines()
                .map(|line| -> serde_json::Value { serde_json::from_str(line).expect("JSON") });
            let events: Vec<_> = lines.collect();
            let counts = |it: &serde_json::Value| it["unmapped"]["counted"] == true;
            if matches!(audit.verdict.exit_code, 1 | 4 | 130) {
                assert_ne!(events[0]["compliance"]["status_id"], 1);
            }
            of(events.iter().any(counts), false)
        }
        Format::Prometheus => {
            assert_eq!(metric("hubdrift_exit_code "), audit.verdict.exit_code);
            of(
                metric("hubdrift_exit_code ") != 0,
                metric("hubdrift_clean ") == 1,
            )
        }
    }
}

/// What may befall a run besides what it found.
fn fates() -> impl Strategy<Value = fn(&mut Audit)> {
    let fates: Vec<fn(&mut Audit)> = vec![
        |_| {},
        |a| {
            a.verdict.complete = false;
            a.verdict.exit_code = if a.errors.is_empty() { 130 } else { 1 };
        },
        |a| a.judged.scope.filters.push("--target t.0".into()),
        |a| a.judged.scope.shard = Some("1/4".into()),
        |a| a.rules.clear(),
        |a| a.connectors.iter_mut().for_each(|it| it.results.clear()),
        // Nothing is left but the reasons.
        |a| {
            let errors = samples::errors().errors;
            *a = failed(a.judged.clone(), a.run.clone(), errors);
        },
    ];
    prop::sample::select(fates)
}

proptest! {
    #[test]
    fn no_format_shows_a_better_light_than_the_verdict(audit in any_audit(), fate in fates()) {
        let mut audit = audit;
        fate(&mut audit);
        let lights: Vec<_> = Format::ALL.iter().map(|it| (*it, light(*it, &audit))).collect();
        let text = light(Format::Text, &audit);
        for (format, light) in lights {
            if audit.verdict.exit_code == 0 {
                // Some formats have no word for clean; none has it for anything else.
                prop_assert!(light == text || light == Light::Dark, "{:?} is {:?}, the text {:?}", format, light, text);
            } else {
                prop_assert_eq!(light, Light::Red, "{:?} of exit {}", format, audit.verdict.exit_code);
            }
        }
    }
}
