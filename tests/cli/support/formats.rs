//! All formats of one run, each read as its readers read it.

use std::collections::HashSet;

use hubdrift::{
    report::{Format, json},
    text::is_unsafe,
};
use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::Value;

/// The options that write every format to `NAME.format`.
pub fn every(name: &str) -> Vec<String> {
    let both = |format: Format| {
        [
            "--report".to_owned(),
            format!("{}={name}.{0}", format.as_str()),
        ]
    };
    Format::ALL.into_iter().flat_map(both).collect()
}

/// The number of errors and of failures in a JUnit report, read by a reader we did not write.
fn junit(text: &str) -> (usize, usize) {
    let report = quick_junit::Report::deserialize_from_str(text);
    let report = report.unwrap_or_else(|error| panic!("{error}: {text}"));
    let cases = report.test_suites.iter().flat_map(|it| &it.test_cases);
    let kinds: Vec<_> = cases
        .filter_map(|case| match &case.status {
            TestCaseStatus::NonSuccess { kind, .. } => Some(*kind),
            _ => None,
        })
        .collect();
    let of = |wanted| kinds.iter().filter(|kind| **kind == wanted).count();
    (of(NonSuccessKind::Error), of(NonSuccessKind::Failure))
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn lines_of_events(text: &str) -> Vec<Value> {
    text.lines().map(value).collect()
}

/// That a report is whole for its reader, and steers neither a terminal nor a log.
#[track_caller]
pub fn assert_whole(format: Format, text: &str) {
    let name = format.as_str();
    assert!(text.trim_end() != text || format == Format::Html, "{name}");
    let bad = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(bad, None, "{name}");
    assert!(
        !text.contains("##[") && !text.contains("##vso["),
        "a command of a log in {name}"
    );
    // A style sheet has lines like that, and no log reads a page.
    let command = text
        .lines()
        .find(|line| line.trim_start().starts_with("::"));
    if format != Format::Html {
        assert_eq!(
            command.is_some(),
            format == Format::Github,
            "{name}: {command:?}"
        );
    }
    match format {
        Format::Text => {
            let results = text.lines().filter(|line| line.starts_with("result: "));
            assert_eq!(results.count(), 1, "{text}");
        }
        Format::Json => {
            json::parse(text.as_bytes()).expect("an audit");
        }
        Format::Junit => {
            junit(text);
        }
        Format::Sarif => {
            let log = value(text);
            assert_eq!(log["version"], "2.1.0");
            let results = log["runs"][0]["results"].as_array().expect("results");
            let is_complete =
                |it: &Value| it["message"]["text"].is_string() && it["ruleId"].is_string();
            assert!(results.iter().all(is_complete), "{results:#?}");
        }
        Format::Markdown => {
            assert!(text.starts_with("## "), "{text}");
            let count = |tag: &str| text.lines().filter(|line| *line == tag).count();
            assert_eq!(count("<details>"), count("</details>"));
        }
        Format::Html => {
            assert!(text.starts_with("<!doctype html>"), "{text:.80}");
            assert!(text.ends_with("</html>"));
            for tag in ["script", "style", "body", "html"] {
                let (begins, ends) = (format!("<{tag}"), format!("</{tag}>"));
                assert_eq!(text.matches(&begins).count(), 1, "{begins}");
                assert_eq!(text.matches(&ends).count(), 1, "{ends}");
            }
            assert!(text.contains("Content-Security-Policy"));
        }
        Format::Github => {
            let known = ["::error ", "::warning ", "::notice "];
            let is_known = |line: &str| known.iter().any(|it| line.starts_with(it));
            assert!(text.lines().all(is_known), "{text}");
        }
        Format::Gitlab => {
            let entries = value(text);
            let mut prints = HashSet::new();
            for entry in entries.as_array().expect("an array") {
                let print = entry["fingerprint"].as_str().expect("a fingerprint");
                assert!(prints.insert(print.to_owned()), "twice: {entry}");
                assert!(entry["description"].is_string() && entry["severity"].is_string());
                assert!(entry["location"]["path"].is_string());
            }
        }
        Format::Ocsf => {
            for event in lines_of_events(text) {
                assert_eq!(event["class_uid"], 2003);
                assert!(event["finding_info"]["uid"].is_string());
            }
        }
        Format::Prometheus => {
            for line in text.lines().filter(|line| !line.starts_with("# ")) {
                let (name, number) = line.rsplit_once(' ').expect("a value");
                assert!(name.starts_with("hubdrift_"), "{line}");
                assert!(number.parse::<f64>().is_ok(), "{line}");
            }
        }
    }
}

/// That a report says of a run that it has no result, and nothing that looks like one. Metrics have
/// no words for why; every other one says `why`.
#[track_caller]
pub fn assert_no_result(format: Format, text: &str, why: &str) {
    assert_whole(format, text);
    assert!(!text.contains("CLEAN"), "{text}");
    if format != Format::Prometheus {
        assert!(
            text.contains(why),
            "no `{why}` in {}: {text}",
            format.as_str()
        );
    }
    match format {
        Format::Text => assert!(text.contains("result: ERROR INCOMPLETE exit=1\n"), "{text}"),
        Format::Json => {
            let report = value(text);
            assert_eq!(report["verdict"]["exit_code"], 1);
            assert_eq!(report["verdict"]["complete"], false);
            assert_ne!(report["errors"], serde_json::json!([]));
        }
        Format::Junit => {
            let (errors, failures) = junit(text);
            assert!(errors > 0 && failures == 0, "{text}");
        }
        Format::Sarif => {
            let invocation = &value(text)["runs"][0]["invocations"][0];
            assert_eq!(invocation["executionSuccessful"], false);
            let notes = invocation["toolExecutionNotifications"].as_array();
            let is_error = |note: &Value| note["level"] == "error";
            assert!(notes.is_some_and(|it| it.iter().any(is_error)), "{text}");
        }
        Format::Markdown => {
            let first = text.lines().next();
            assert_eq!(first, Some("## ❌ hubdrift: ERROR INCOMPLETE, exit 1"));
        }
        Format::Html => {
            assert!(text.contains("<h1>ERROR INCOMPLETE</h1>"), "{text}");
            assert!(text.contains("There is no result to trust"), "{text}");
        }
        Format::Github => {
            assert!(text.starts_with("::error "), "{text}");
            assert!(text.contains("ERROR INCOMPLETE exit=1"), "{text}");
        }
        Format::Gitlab => {
            let entries = value(text);
            let entries = entries.as_array().expect("an array");
            let is_blocker = |entry: &Value| entry["severity"] == "blocker";
            assert!(entries.iter().any(is_blocker), "{text}");
        }
        Format::Ocsf => {
            let events = lines_of_events(text);
            assert_eq!(events[0]["compliance"]["status"], "Fail", "{text}");
        }
        Format::Prometheus => {
            for line in ["hubdrift_run_success 0", "hubdrift_exit_code 1"] {
                assert!(text.lines().any(|it| it == line), "{text}");
            }
            assert!(!text.contains("\nhubdrift_clean 1\n"), "{text}");
        }
    }
}
