//! SARIF: what GitHub's code scanning needs of it, and that nothing unknown looks like success.

use std::collections::HashSet;

use hubdrift::{
    audit::*,
    model::{Place, Severity},
    report::Format,
    text,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any_audit, text_of};
use crate::samples;

/// The one run of the log, checked for what GitHub requires.
fn run(audit: &Audit) -> Value {
    let report = text_of(Format::Sarif, audit);
    assert!(!report.trim_end().chars().any(text::is_unsafe));
    assert!(!report.contains("##[") && !report.contains("##vso["));
    let mut log: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = log["runs"][0].take();
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            let text = rule[key]["text"].as_str().expect(key);
            assert!(!text.is_empty() && text.chars().count() <= 4_096, "{rule}");
        }
        let tags = rule["properties"]["tags"].as_array().expect("tags");
        let different: HashSet<&Value> = tags.iter().collect();
        assert!(tags.len() <= 20 && different.len() == tags.len(), "{rule}");
        assert_ne!(rule["id"], rule["name"]);
    }
    let mut fingerprints = HashSet::new();
    for result in results(&run) {
        let rule = &rules
            [usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        let text = result["message"]["text"].as_str().expect("a text");
        // A reader would make a link of that.
        assert!(!text.is_empty() && !text.contains("]("), "{text}");
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(!uri.is_empty() && uri.bytes().all(|b| b.is_ascii_graphic()));
        assert!(place["region"]["startLine"].as_u64() > Some(0));
        assert!(place["region"]["endColumn"].as_u64() > place["region"]["startColumn"].as_u64());
        let fingerprint = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
        assert!(fingerprints.insert(fingerprint.expect("a fingerprint").to_owned()));
    }
    run
}

fn results(run: &Value) -> &[Value] {
    run["results"].as_array().expect("results")
}

fn notifications(run: &Value) -> &[Value] {
    run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .expect("notifications")
}

pub(super) fn stays_valid(audit: &Audit) {
    let run = run(audit);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(text_of(Format::Sarif, audit).len() < 2_000_000);
}

#[test]
fn snapshots_of_the_sarif_report() {
    for (name, audit) in samples::named() {
        let mut run = run(&audit);
        if name != "everything" {
            // The checks that no rule makes are the same in each.
            let rules = run["tool"]["driver"]["rules"]
                .as_array_mut()
                .expect("rules");
            rules.retain(|rule| !rule["id"].as_str().is_some_and(|id| id.contains('/')));
        }
        let shown = serde_json::to_string_pretty(&run).expect("JSON");
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn a_waived_finding_is_suppressed_and_says_by_whom() {
    let run = run(&samples::policy());
    let mut suppressed = results(&run)
        .iter()
        .filter(|r| r["suppressions"] != json!([]));
    let waived = suppressed.next().expect("one");
    assert_eq!(suppressed.next(), None);
    assert_eq!(waived["suppressions"][0]["kind"], "external");
    assert_eq!(waived["suppressions"][0]["status"], "accepted");
    let why = waived["suppressions"][0]["justification"]
        .as_str()
        .expect("a text");
    assert!(why.contains("secops@example.com (SEC-42): vendor"), "{why}");
    assert_eq!(waived["level"], "note");
    assert_eq!(waived["properties"]["whyNot"], "waived");
}

#[test]
fn a_baseline_is_told_of_all_results_or_of_none() {
    let mut audit = samples::drifted();
    assert!(
        results(&run(&audit))
            .iter()
            .all(|r| r.get("baselineState").is_none())
    );
    audit.findings[0].baseline = Some(Age::Existing);
    audit.findings[1].baseline = Some(Age::New);
    let run = run(&audit);
    let of = |state: &str| {
        results(&run)
            .iter()
            .filter(|r| r["baselineState"] == state)
            .count()
    };
    assert_eq!((of("unchanged"), of("new")), (1, audit.findings.len() - 1));
}

#[test]
fn paths_are_relative_to_the_run_or_absolute() {
    for (file, uri, base) in [
        (
            "./infra/hub drift.yaml",
            "infra/hub%20drift.yaml",
            json!("%SRCROOT%"),
        ),
        ("../x.yaml", "../x.yaml", json!("%SRCROOT%")),
        #[cfg(unix)]
        ("/srv/x.yaml", "file:///srv/x.yaml", Value::Null),
        // What has no place stands at the top of the inventory.
        ("", "hubdrift.yaml", json!("%SRCROOT%")),
    ] {
        let mut audit = samples::drifted();
        audit.findings.truncate(1);
        audit.findings[0].location = Some(Place::new(file, 3, u32::MAX));
        let run = run(&audit);
        let place = &results(&run)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!((&place["uri"], &place["uriBaseId"]), (&json!(uri), &base));
    }
}

#[test]
fn a_text_from_elsewhere_makes_no_link() {
    let link = "[all is well](https://evil.example)";
    let mut audit = samples::drifted();
    audit.findings[0].message = link.into();
    audit.rules[0].remediation = link.into();
    let run = run(&audit);
    let texts: Vec<&str> = results(&run)
        .iter()
        .filter_map(|result| result["message"]["text"].as_str())
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("[all is well] (https")),
        "{texts:?}"
    );
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let of_rule = |rule: &&Value| rule["id"] == "auth-active";
    let rule = rules.iter().find(of_rule).expect("it is there");
    let help = rule["help"]["markdown"].as_str().expect("a text");
    assert!(help.starts_with(r"\[all is well\]\(https"), "{help}");
}

#[test]
fn a_run_over_part_of_the_inventory_says_so() {
    let run = run(&samples::filtered());
    let [only] = notifications(&run) else {
        panic!("{run}");
    };
    assert_eq!(
        only["message"]["text"],
        "only part of the inventory was looked at: 1 of 2 targets, --target prod"
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn a_severity_is_one_that_github_knows() {
    let mut audit = samples::clean();
    audit.rules.clear();
    for (severity, score) in [
        (Severity::Critical, json!("9.5")),
        (Severity::High, json!("8.0")),
        (Severity::Medium, json!("5.5")),
        (Severity::Low, json!("2.0")),
        (Severity::Info, Value::Null),
    ] {
        let mut rule = samples::rule("only", hubdrift::model::Level::Mandatory);
        rule.severity = severity;
        rule.controls = (0..40).map(|n| format!("C-{}", n / 2)).collect();
        audit.rules = vec![rule];
        let run = run(&audit);
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let rule = rules
            .iter()
            .find(|rule| rule["id"] == "only")
            .expect("it is there");
        assert_eq!(rule["properties"]["security-severity"], score);
        assert_eq!(
            rule["properties"]["tags"].as_array().map(Vec::len),
            Some(20)
        );
    }
}

#[test]
fn what_is_over_the_limits_is_left_out_and_said() {
    let mut audit = samples::clean();
    for n in 0..26_000 {
        let kind = if n < 1_500 {
            About::Unread
        } else {
            samples::change("description")
        };
        let mut finding = samples::finding(kind, &format!("prod/{n}"), "why");
        finding.fingerprint = format!("{n:032x}");
        finding.severity = if n == 25_999 {
            Severity::Critical
        } else {
            Severity::Low
        };
        audit.findings.push(finding);
    }
    (audit.verdict.complete, audit.verdict.exit_code) = (false, 4);
    let run = run(&audit);
    assert_eq!(results(&run).len(), 25_000);
    // The last of the audit is the worst of those that are known.
    let at =
        |n: usize| &results(&run)[n]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!(at(1_500), "prod/25999");
    let notifications = notifications(&run);
    assert_eq!(notifications.len(), 1_002);
    let said: Vec<&Value> = notifications[1_000..]
        .iter()
        .map(|n| &n["message"]["text"])
        .collect();
    assert_eq!(
        said,
        [
            "only the 1000 most severe of 1500 notifications are here; the JSON report has all",
            "only the 25000 most severe of 26000 results are here; the JSON report has all"
        ]
    );
}

proptest! {
    #[test]
    fn only_a_run_that_knows_everything_was_successful(audit in any_audit()) {
        let run = run(&audit);
        let invocation = &run["invocations"][0];
        let code = audit.verdict.exit_code;
        prop_assert_eq!(&invocation["exitCode"], code);
        prop_assert_eq!(&invocation["executionSuccessful"], matches!(code, 0 | 2 | 3));
        prop_assert_eq!(notifications(&run).is_empty(), matches!(code, 0 | 2 | 3));
        // What is not known is a result as well, and an error.
        let unknown = results(&run).iter().filter(|r| {
            let id = r["ruleId"].as_str().unwrap_or_default();
            id.starts_with("run/") || id.starts_with("incomplete/")
        });
        let levels: Vec<&Value> = unknown.map(|r| &r["level"]).collect();
        prop_assert_eq!(levels.len(), notifications(&run).len());
        prop_assert!(levels.iter().all(|level| **level == "error"));
        let counted = results(&run).iter().filter(|r| r["properties"]["counted"] == true).count();
        prop_assert_eq!(counted > 0, code != 0);
    }
}
