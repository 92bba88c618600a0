//! What a JSON report alone proves later: who asked, what was read when, by which rules it was
//! judged, and what was permitted by whom and why.

use std::{collections::HashSet, fs};

use hubdrift::text;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{ACCOUNT, NOW, World, id, jira, without};

const WAIVERS: &str = "version: 1
waivers:
  - rule: kms-key-set
    connector: prod/alpha
    reason: the key is made next week
    owner: secops@example.com
    ticket: SEC-42
    expires: 2026-12-31
";

fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

fn time_at(value: &Value, pointer: &str) -> Timestamp {
    text_at(value, pointer).parse().expect("a time")
}

fn digest(bytes: &[u8]) -> String {
    text::hex(&Sha256::digest(bytes))
}

fn of<'a>(list: &'a Value, key: &str, wanted: &str) -> &'a Value {
    let mut items = list.as_array().expect("a list").iter();
    items
        .find(|item| item[key] == wanted)
        .unwrap_or_else(|| panic!("no {wanted} in {list:#}"))
}

/// An account with one connector that is read, and judged with a waiver, and one that is not.
fn world() -> World {
    let denied = json!({"operation": "get", "connector_id": id(2), "error": {"type": "AccessDeniedException"}});
    let policies = "policies:\n  rules:\n    - {rule: health-check-fresh, level: advisory, \
                    severity: low, params: {max_age_hours: 48}}\n    - {rule: auth-active, level: off}";
    World::new()
        .has(without(jira(1, "alpha"), "/KmsKeyArn"))
        .has(jira(2, "beta"))
        .expects("id: alpha, name: alpha, expect: {description: tickets}")
        .expects("id: beta, name: beta")
        .fault(denied)
        .inventory_more("waivers: waivers.yaml")
        .inventory_more(policies)
        .file("waivers.yaml", WAIVERS)
}

#[test]
fn a_report_alone_says_who_asked_what_was_read_by_what_it_was_judged_and_who_permitted_what() {
    let world = world();
    let run = world
        .run(&["check", "-v", "--report", "json=report.json"])
        .ends_with(4);
    // Nothing but this file is left of the run.
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    says_who_asked_whom(&report);
    says_what_was_read_when(&report, &run.stderr);
    says_by_which_files(&report, &world);
    says_by_which_rules(&report);
    says_what_was_permitted(&report);
    // And that it was not all.
    assert_eq!(
        report["verdict"],
        json!({"exit_code": 4, "complete": false, "drift": false, "policy": false})
    );
    assert_eq!(
        report["summary"]["coverage"]["read"],
        json!({"done": 1, "of": 2})
    );
}

fn says_who_asked_whom(report: &Value) {
    let target = of(&report["targets"], "name", "prod");
    assert_eq!(
        (&target["account"], &target["region"]),
        (&json!(ACCOUNT), &json!("us-east-1"))
    );
    let caller = text_at(target, "/caller_arn");
    assert!(
        caller.starts_with("arn:aws:") && caller.contains(ACCOUNT),
        "{caller}"
    );
    assert_eq!(
        (&target["status"], &target["listed"]),
        (&json!("read"), &json!(2))
    );
}

/// And in answer to which request, as the `log` of the run knows it.
fn says_what_was_read_when(report: &Value, log: &str) {
    let (began, ended) = (
        time_at(report, "/run/started_at"),
        time_at(report, "/run/finished_at"),
    );
    assert!(began <= ended);
    let alpha = of(&report["connectors"], "address", "prod/alpha");
    let beta = of(&report["connectors"], "address", "prod/beta");
    let read = time_at(alpha, "/observed_at");
    assert!(began <= read && read <= ended, "{began} {read} {ended}");
    assert_eq!(beta["unread"]["kind"], "access_denied");
    assert!(!text_at(beta, "/unread/message").is_empty());
    let requests = [
        text_at(alpha, "/request_id"),
        text_at(beta, "/unread/request_id"),
    ];
    assert_eq!(HashSet::from(requests).len(), 2);
    for request in requests {
        assert!(log.contains(request), "{request} is in no log: {log}");
    }
    for (connector, number) in [(alpha, 1), (beta, 2)] {
        assert_eq!(connector["connector_id"], id(number));
        assert_eq!(text_at(connector, "/location/file"), "hubdrift.yaml");
    }
    assert!(text_at(alpha, "/connector_arn").ends_with(&id(1)));
    assert_eq!(report["run"]["requests"]["sent"], 4);
}

fn says_by_which_files(report: &Value, world: &World) {
    let inputs = &report["judged"]["inputs"];
    for (path, kind) in [("hubdrift.yaml", "inventory"), ("waivers.yaml", "waivers")] {
        let input = of(inputs, "path", path);
        assert_eq!(input["kind"], kind);
        assert_eq!(
            input["sha256"],
            digest(world.read(path).as_bytes()),
            "{path}"
        );
    }
}

/// With their texts, parameters and levels; and under which flags.
fn says_by_which_rules(report: &Value) {
    let rules = report["rules"].as_array().expect("rules");
    assert!(rules.len() > 12, "{}", rules.len());
    for rule in rules {
        let source = format!(
            "{}/policies/{}.rhai",
            env!("CARGO_MANIFEST_DIR"),
            text_at(rule, "/id")
        );
        let source = fs::read(source).expect("a rule");
        assert_eq!(rule["sha256"], digest(&source), "{rule:#}");
        for pointer in ["/title", "/severity", "/level", "/source"] {
            assert!(!text_at(rule, pointer).is_empty());
        }
        assert!(rule["params"].is_object(), "{rule:#}");
    }
    let fresh = of(&report["rules"], "id", "health-check-fresh");
    assert_eq!(
        (&fresh["level"], &fresh["severity"]),
        (&json!("advisory"), &json!("low"))
    );
    assert_eq!(fresh["params"]["max_age_hours"], 48);
    assert_eq!(of(&report["rules"], "id", "auth-active")["level"], "off");
    assert_eq!(report["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["judged"]["now"], NOW);
    assert_eq!(report["judged"]["now_overridden"], true);
    assert_eq!(
        report["judged"]["flags"]["fail_on"],
        json!(["changed", "missing", "unmanaged", "policy"])
    );
    assert_eq!(
        report["judged"]["scope"]["targets"],
        json!({"done": 1, "of": 1})
    );
}

/// By whom, why, and until when; and that it was found all the same.
fn says_what_was_permitted(report: &Value) {
    let alpha = of(&report["connectors"], "address", "prod/alpha");
    let result = of(&alpha["results"], "rule", "kms-key-set");
    assert_eq!(result["outcome"], "fail");
    let finding = of(&report["findings"], "rule", "kms-key-set");
    assert_eq!(
        (&finding["counted"], &finding["why_not"]),
        (&json!(false), &json!("waived"))
    );
    for waiver in [&finding["waiver"], &result["waiver"]] {
        assert_eq!(waiver["reason"], "the key is made next week");
        assert_eq!(waiver["owner"], "secops@example.com");
        assert_eq!(waiver["ticket"], "SEC-42");
        assert_eq!(waiver["expires"], "2026-12-31");
    }
}
