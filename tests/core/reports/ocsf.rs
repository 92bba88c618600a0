//! The ocsf report, read line by line: which events there are, what they say, and that nothing passes that didn't.

use std::collections::HashSet;

use hubdrift::{audit::*, model::Outcome, report::Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    any_audit,
    hostile::{HOSTILE, hostile},
    text_of,
};
use crate::samples;

const PASS: u64 = 1;
const WARNING: u64 = 2;
const FAIL: u64 = 3;

/// Something that takes a clean audit's cleanness away.
type Spoil = fn(&mut Audit);

/// The events, each checked for what the schema asks of all.
fn events(audit: &Audit) -> Vec<Value> {
    let text = text_of(Format::Ocsf, audit);
    assert!(text.ends_with('\n'));
    let bad = |c| c != '\n' && hubdrift::text::is_unsafe(c);
    assert!(!text.chars().any(bad) && !text.contains("##["), "{text}");
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let events: Vec<Value> = text.lines().map(read).collect();
    for event in &events {
        let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64);
        let activity = number("/activity_id").expect("an activity");
        assert_eq!(number("/class_uid"), Some(2003));
        assert_eq!(number("/category_uid"), Some(2));
        assert_eq!(number("/type_uid"), Some(200_300 + activity));
        assert!(number("/severity_id").is_some_and(|id| (1..=5).contains(&id)));
        assert!(number("/time").is_some());
        assert_eq!(event["metadata"]["version"], "1.8.0");
        assert_eq!(event["metadata"]["product"]["name"], "hubdrift");
        assert_eq!(event["cloud"]["provider"], "AWS");
        assert!(event["finding_info"]["uid"].is_string());
        let status = &event["compliance"]["status_id"];
        if *status != PASS {
            assert_eq!(&event["compliance"]["checks"][0]["status_id"], status);
        }
    }
    events
}

fn of<'a>(events: &'a [Value], code: &str) -> Vec<&'a Value> {
    let is = |event: &&Value| event["metadata"]["event_code"] == code;
    events.iter().filter(is).collect()
}

fn status(event: &Value) -> u64 {
    event["compliance"]["status_id"].as_u64().expect("a status")
}

#[test]
fn snapshots_of_the_ocsf_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(format!("ocsf_{name}"), text_of(Format::Ocsf, &audit));
    }
}

#[test]
fn the_first_event_is_the_run_and_passes_only_if_all_was_looked_at() {
    let said = |audit: &Audit| {
        let events = events(audit);
        let runs = of(&events, "run");
        assert_eq!((runs.len(), runs[0]), (1, &events[0]));
        status(runs[0])
    };
    assert_eq!(said(&samples::clean()), PASS);
    // Whether anything was found is another question.
    assert_eq!(said(&samples::drifted()), PASS);
    assert_eq!(said(&samples::incomplete()), WARNING);
    assert_eq!(said(&samples::everything()), WARNING);
    assert_eq!(said(&samples::errors()), FAIL);
    assert_eq!(said(&samples::filtered()), 99);
    let spoil: [(Spoil, u64); 6] = [
        (|a| a.verdict.exit_code = 1, FAIL),
        (|a| a.verdict.exit_code = 130, WARNING),
        (|a| a.verdict.complete = false, WARNING),
        (|a| a.judged.scope.shard = Some("1/4".into()), 99),
        (|a| a.rules.clear(), 99),
        (|a| a.targets[0].status = TargetStatus::OutOfScope, 99),
    ];
    for (at, (spoil, expected)) in spoil.iter().enumerate() {
        let mut audit = samples::clean();
        spoil(&mut audit);
        assert_eq!(said(&audit), *expected, "{at}");
    }
}

#[test]
fn without_a_result_to_trust_nothing_passes() {
    let mut late = samples::clean();
    late.verdict.exit_code = 1;
    let mut told = samples::everything();
    told.errors = samples::errors().errors;
    for audit in [samples::errors(), late, told] {
        let events = events(&audit);
        assert!(events.iter().all(|event| status(event) != PASS));
        assert_eq!(
            events.len(),
            1 + audit.findings.len() + audit.resolved.len()
        );
    }
    let events = events(&samples::errors());
    let details = events[0]["compliance"]["status_details"].to_string();
    assert!(details.contains("no credentials at all"), "{details}");
    assert!(details.contains("hubdrift.yaml:3:1"), "{details}");
}

#[test]
fn waived_is_suppressed_and_fails_all_the_same() {
    let events = events(&samples::policy());
    let of_policy = of(&events, "policy");
    let waived: Vec<_> = of_policy
        .iter()
        .filter(|event| event["unmapped"]["why_not"] == "waived")
        .collect();
    assert_eq!((of_policy.len(), waived.len()), (3, 1));
    assert_eq!(waived[0]["status_id"], 3);
    assert_eq!(status(waived[0]), FAIL);
    assert_eq!(
        waived[0]["unmapped"]["waiver"]["owner"],
        "secops@example.com"
    );
    assert_eq!(
        waived[0]["compliance"]["standards"],
        json!(["NIST.800-53.r5"])
    );
    assert_eq!(
        waived[0]["compliance"]["requirements"],
        json!(["NIST.800-53.r5 SC-12"])
    );
}

#[test]
fn a_baseline_makes_updates_and_closes() {
    let mut audit = samples::everything();
    audit.findings[0].baseline = Some(Age::New);
    audit.findings[1].baseline = Some(Age::Existing);
    let events = events(&audit);
    let activity = |n: u64| {
        let is = |event: &&Value| event["activity_id"] == n;
        events.iter().filter(is).count()
    };
    assert_eq!((activity(2), activity(3)), (1, audit.resolved.len()));
    let gone = events.last().expect("an event");
    assert_eq!(
        (&gone["activity_id"], &gone["status_id"]),
        (&json!(3), &json!(4))
    );
    // That it is gone was seen; that its check passes is another event's to say.
    assert_eq!(status(gone), 99);
}

#[test]
fn time_is_in_milliseconds() {
    let mut audit = samples::clean();
    audit.judged.now = samples::time("2026-06-01T12:00:00.25Z");
    let every = |audit: &Audit, time: i64| {
        assert!(events(audit).iter().all(|event| event["time"] == time));
    };
    every(&audit, 1_780_315_200_250);
    audit.judged.now = None;
    every(&audit, 1_780_315_200_500);
    audit.run.finished_at = None;
    every(&audit, 0);
}

#[test]
fn a_check_has_one_name_whether_it_passes_or_fails() {
    let events = events(&samples::everything());
    // What is gone is closed, and its check may pass.
    let is_open = |event: &&Value| event["activity_id"] != 3;
    let names = |code: &str| -> HashSet<String> {
        let name = |event: &Value| event["finding_info"]["uid_alt"].as_str().map(str::to_owned);
        of(&events, code)
            .into_iter()
            .filter(is_open)
            .filter_map(name)
            .collect()
    };
    assert!(names("policy").contains("b-prod/jira-secops#kms-key-set"));
    assert!(names("pass").contains("a-prod/snow#auth-active"));
    assert!(names("pass").contains("a-prod/snow#hubdrift.changed"));
    assert!(names("changed").contains("a-prod/jira-secops#hubdrift.changed"));
    assert!(names("pass").is_disjoint(&names("policy")));
    assert!(names("pass").is_disjoint(&names("changed")));
}

#[test]
fn hostile_and_long_texts_stay_in_their_strings() {
    let all = HOSTILE.concat();
    let long = "x\u{1b}]]>".repeat(20_000);
    for text in HOSTILE.iter().copied().chain([all.as_str()]) {
        let audit = hostile(text);
        let findings = audit.findings.len() + audit.resolved.len();
        assert_eq!(events(&audit).len(), 1 + findings);
    }
    let audit = hostile(&long);
    events(&audit);
    let longest = text_of(Format::Ocsf, &audit).lines().map(str::len).max();
    assert!(
        longest.is_some_and(|longest| longest < 200_000),
        "{longest:?}"
    );
}

#[test]
fn what_to_do_is_said_of_what_can_be_done() {
    let events = events(&samples::everything());
    let remedy = |event: &Value| event["remediation"]["desc"].as_str().map(str::to_owned);
    let remedies =
        |code: &str| -> Vec<Option<String>> { of(&events, code).into_iter().map(remedy).collect() };
    let of_changed: Vec<String> = remedies("changed").into_iter().flatten().collect();
    assert_eq!(
        of_changed,
        [
            "The connector must be authorised anew.",
            "aws securityhub update-connector-v2 --connector-id 6c9a --description \"it's ours\"",
            "The connector must be replaced.",
        ]
    );
    let says = |remedy: &Option<String>| remedy.as_ref().is_some_and(|it| it.starts_with("Create"));
    assert!(remedies("policy").iter().all(says));
    // How the rule's failure would be mended says nothing about its error.
    assert_eq!(remedies("rule_error"), [None]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_stays_in_its_string(text in any::<String>()) {
        let audit = hostile(&text);
        prop_assert_eq!(events(&audit).len(), 1 + audit.findings.len() + audit.resolved.len());
    }

    #[test]
    fn what_was_not_read_and_checked_never_passes(audit in any_audit()) {
        let events = events(&audit);
        let trusted = audit.verdict.exit_code != 1;
        let passes = of(&events, "pass");
        let passed = audit.connectors.iter().flat_map(|c| &c.results).filter(|r| r.result.outcome == Outcome::Pass).count();
        let in_sync = audit.connectors.iter().filter(|c| c.state == State::InSync).count();
        prop_assert_eq!(passes.len(), if trusted { passed + in_sync } else { 0 });
        prop_assert!(passes.iter().all(|event| status(event) == PASS));
        prop_assert_eq!(events.len(), 1 + passes.len() + audit.findings.len());
        for finding in &audit.findings {
            let same = |event: &&&Value| {
                event["resources"][0]["uid_alt"] == finding.address.as_str()
                    && event["message"] == *finding.full_message()
                    && event["unmapped"]["path"].as_str() == finding.path().as_deref()
                    && finding.rule().is_none_or(|rule| event["compliance"]["control"] == rule)
            };
            let events = of(&events, finding.kind().as_str());
            let event = events.iter().find(same).expect("its event");
            prop_assert_eq!(status(event), if finding.kind().is_incomplete() { WARNING } else { FAIL });
            prop_assert_eq!(&event["unmapped"]["counted"], finding.counted());
        }
        let run = status(&events[0]);
        prop_assert_eq!(run == FAIL, !trusted);
        if !audit.verdict.complete {
            prop_assert!(run != PASS);
        }
        let unread: HashSet<&str> = audit.connectors.iter().filter(|c| c.state == State::Unread).map(|c| c.address.as_str()).collect();
        let of_unread = |event: &&Value| event["resources"][0]["uid_alt"].as_str().is_some_and(|it| unread.contains(it));
        prop_assert!(events.iter().filter(of_unread).all(|event| status(event) == WARNING));
    }
}
