//! What nothing checked and what nobody asked is not clean, in any report, and after reading one back.

use hubdrift::{
    audit::{Audit, FailOn, Flags},
    policy::{self, Policy, Source},
    report::{Format, Style, json, render},
    saved::{Part, merge, verify},
};
use serde_json::Value;

use crate::runs::{Case, Fate, bytes};

/// A rule of one's own, which is for these providers.
fn rule(id: &str, providers: &str, body: &str) -> Source {
    let meta = format!(
        r#"#{{id: "{id}", title: "t", severity: "low", remediation: "r", providers: ["{providers}"]}}"#
    );
    Source {
        path: format!("{id}.rhai"),
        text: format!("const META = {meta};\nfn check(ctx) {{ {body} }}\n"),
    }
}

/// Rules none of which is for a Jira connector.
fn of_others() -> Policy {
    let rules = vec![rule("of-others", "SERVICENOW", "pass()")];
    policy::compile(rules, &[]).expect("rules")
}

/// One rule that says this of each Jira connector.
fn saying(body: &str) -> Policy {
    policy::compile(vec![rule("of-jira", "JIRA_CLOUD", body)], &[]).expect("rules")
}

fn report(audit: &Audit) -> Value {
    serde_json::from_slice(&bytes(audit)).expect("JSON")
}

fn kinds(audit: &Audit) -> Vec<String> {
    let findings = audit.findings.iter();
    let said = |it: &hubdrift::audit::Finding| format!("{} {}", it.kind().as_str(), it.address);
    findings.map(said).collect()
}

fn text(format: Format, audit: &Audit) -> String {
    String::from_utf8(render(format, audit, Style::default())).expect("a text")
}

/// That no report of it, nor of what is read back of it, says that all was read and checked.
#[track_caller]
fn nowhere_checked(audit: &Audit) {
    let read_back = json::parse(&bytes(audit)).expect("a report");
    verify(&read_back).expect("no contradiction");
    for audit in [audit, &read_back] {
        for format in Format::ALL {
            let said = text(format, audit);
            let name = format.as_str();
            assert!(!said.contains("CLEAN"), "{name}: {said}");
            assert!(!said.contains("</code> in sync"), "{name}: {said}");
            assert!(
                !said.contains("Everything in scope was read and checked, and"),
                "{name}: {said}"
            );
        }
        let prometheus = text(Format::Prometheus, audit);
        for zero in ["hubdrift_clean 0\n", "hubdrift_complete 0\n"] {
            assert!(prometheus.contains(zero), "{zero}: {prometheus}");
        }
        assert_ne!(text(Format::Gitlab, audit).trim(), "[]");
        let sarif: Value = serde_json::from_str(&text(Format::Sarif, audit)).expect("JSON");
        let run = &sarif["runs"][0];
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        assert_ne!(run["results"], serde_json::json!([]), "{sarif}");
        let ocsf = text(Format::Ocsf, audit);
        let first: Value = serde_json::from_str(ocsf.lines().next().expect("a run")).expect("JSON");
        assert_ne!(first["compliance"]["status"], "Pass", "{first}");
        let junit = text(Format::Junit, audit);
        let complete = junit.find("name=\"complete\"").expect("a case");
        let verdict = junit.find("name=\"verdict\"").expect("a case");
        for case in [complete, verdict] {
            // A case that passes has nothing in it.
            let case = &junit[case..];
            let end = case.find('>').expect("an end");
            assert!(!case[..=end].ends_with("/>"), "{case}");
        }
        let annotations = text(Format::Github, audit);
        assert!(annotations.lines().count() > 1, "{annotations}");
        // The three words and the code agree: what is permitted makes no run incomplete.
        let is_permitted = audit.judged.flags.allow_empty;
        assert_eq!(report(audit)["verdict"]["complete"], is_permitted);
        assert!(text(Format::Markdown, audit).contains("**Incomplete:**"));
    }
}

const EXPECTED: &str = "connectors:\n  - {id: a, ";

#[test]
fn a_connector_that_nothing_checked_is_not_clean() {
    let policy = of_others();
    let id = "00000000-0000-4000-8000-000000000001";
    let arn = format!("arn:aws:securityhub:us-east-1:111122223333:connectorv2/{id}");
    for identity in [
        "name: c1".to_owned(),
        format!("connector_id: {id}"),
        format!("connector_arn: '{arn}'"),
    ] {
        let audit = Case::new(&format!("{EXPECTED}{identity}}}\n"), &[(1, Fate::Healthy)]);
        let audit = audit.run_with(&policy);
        assert_eq!(audit.verdict.exit_code, 4, "{identity}");
        assert_eq!(kinds(&audit), ["not_checked prod/a"], "{identity}");
        assert_eq!(
            audit.findings[0].message,
            "Nothing checked it: no rule gave a verdict on it, and no field of it was compared"
        );
        assert_eq!(audit.summary.coverage.checked.to_string(), "0/1");
        assert_eq!(report(&audit)["connectors"][0]["compared"], 0);
        nowhere_checked(&audit);
    }
}

#[test]
fn a_verdict_or_a_compared_field_is_a_check() {
    let expecting = |expect: &str| {
        let connectors = format!("{EXPECTED}name: c1, expect: {{{expect}}}}}\n");
        Case::new(&connectors, &[(1, Fate::Healthy)])
    };
    let audit = expecting("description: d, provider: {project_key: SEC}").run_with(&of_others());
    assert_eq!((audit.verdict.exit_code, audit.findings.len()), (0, 0));
    assert_eq!(report(&audit)["connectors"][0]["compared"], 2);
    assert_eq!(audit.summary.coverage.checked.to_string(), "1/1");
    let audit = expecting("description: other").run_with(&of_others());
    assert_eq!(kinds(&audit), ["changed prod/a"]);
    assert_eq!(audit.verdict.exit_code, 2);

    let plain = Case::new(&format!("{EXPECTED}name: c1}}\n"), &[(1, Fate::Healthy)]);
    for (body, code, found) in [
        ("pass()", 0, vec![]),
        ("fail(\"no\")", 3, vec!["policy prod/a"]),
        ("not_applicable(\"no\")", 4, vec!["not_checked prod/a"]),
        ("1", 4, vec!["rule_error prod/a"]),
    ] {
        let audit = plain.run_with(&saying(body));
        assert_eq!(audit.verdict.exit_code, code, "{body}");
        assert_eq!(kinds(&audit), found, "{body}");
    }
    let unread = plain.with(1, Fate::Unread).run_with(&of_others());
    assert_eq!(kinds(&unread), ["unread prod/a"]);
}

#[test]
fn the_absence_of_what_its_provider_can_t_have_is_no_check() {
    let expecting = |expect: &str| {
        let connectors = format!("{EXPECTED}name: c1, expect: {{{expect}}}}}\n");
        Case::new(&connectors, &[(1, Fate::Healthy)]).run_with(&of_others())
    };
    let others = "azure_regions: null, instance_name: null";
    let audit = expecting(&format!("provider: {{{others}}}"));
    assert_eq!(audit.verdict.exit_code, 4);
    assert_eq!(kinds(&audit), ["not_checked prod/a"]);
    assert_eq!(report(&audit)["connectors"][0]["compared"], 0);
    nowhere_checked(&audit);
    // What it can have is compared, also where that is absent.
    for own in ["domain: null", "type: JIRA_CLOUD"] {
        let audit = expecting(&format!("provider: {{{others}, {own}}}"));
        assert_eq!((audit.verdict.exit_code, audit.findings.len()), (0, 0));
        assert_eq!(report(&audit)["connectors"][0]["compared"], 1, "{own}");
    }
    // Whoever expects something there is told that it isn't.
    let audit = expecting("provider: {instance_name: acme}");
    assert_eq!(kinds(&audit), ["changed prod/a"]);
    verify(&audit).expect("no contradiction");
}

#[test]
fn an_unmanaged_connector_that_nothing_checked_is_not_clean() {
    let address = "prod/00000000-0000-4000-8000-000000000001";
    let with = |setting: &str| {
        let case = Case::new("", &[(1, Fate::Healthy)]);
        case.edited("us-east-1}", &format!("us-east-1, {setting}}}"))
    };
    let audit = with("unmanaged: judge").run_with(&of_others());
    assert_eq!(audit.verdict.exit_code, 4);
    assert_eq!(kinds(&audit), [format!("not_checked {address}")]);
    nowhere_checked(&audit);
    let audit = with("unmanaged: fail").run_with(&of_others());
    assert_eq!(audit.verdict.exit_code, 4);
    assert_eq!(
        kinds(&audit),
        [
            format!("not_checked {address}"),
            format!("unmanaged {address}")
        ]
    );
    let aside = with("unmanaged_except: [{name: c1}]").run_with(&of_others());
    assert_eq!((aside.verdict.exit_code, aside.findings.len()), (0, 0));
}

#[test]
fn nothing_takes_it_away_but_allow_empty() {
    let policy = of_others();
    let case = Case::new(&format!("{EXPECTED}name: c1}}\n"), &[(1, Fate::Healthy)]);
    let first = case.run_with(&policy);
    let mut report_only = case.clone();
    report_only.flags = Flags {
        report_only: true,
        fail_on: Vec::new(),
        ..Flags::default()
    };
    let mut waived = Case::new("", &[(1, Fate::Healthy)]);
    waived.waivers = "version: 1\nwaivers:\n  - {drift: unmanaged, connector: prod/00000000-0000-4000-8000-000000000001, reason: r, owner: o, expires: 2026-12-31}\n".to_owned();
    for case in [report_only, case.against(&first).new_only(), waived] {
        let audit = case.run_with(&policy);
        assert_eq!(audit.verdict.exit_code, 4);
        let finding = &report(&audit)["findings"][0];
        assert_eq!(finding["kind"], "not_checked");
        assert_eq!(finding["counted"], true);
        assert_ne!(finding["baseline"], "existing");
        nowhere_checked(&audit);
    }
    let mut permitted = case;
    permitted.flags.allow_empty = true;
    let audit = permitted.run_with(&policy);
    assert_eq!(audit.verdict.exit_code, 0);
    let finding = &report(&audit)["findings"][0];
    assert_eq!(finding["kind"], "not_checked");
    assert_eq!(finding["counted"], false);
    assert_eq!(finding["why_not"], "allow_empty");
    nowhere_checked(&audit);
}

#[test]
fn a_missing_connector_is_told_as_missing_or_as_not_checked() {
    let off = "policies:\n  rules:\n    - {rule: of-jira, level: off, match: {target: prod}}\n";
    let of = |settings: &str| {
        let connectors = format!("{EXPECTED}name: c1, expect: {{description: d}}}}\n{settings}");
        Case::new(&connectors, &[])
    };
    let judged = |case: &Case, fail_on: &[FailOn]| {
        let inventory = hubdrift::yaml::SourceFile::from_bytes(
            "hubdrift.yaml",
            case.inventory.clone().into_bytes(),
        );
        let inventory = hubdrift::inventory::parse(&[inventory.expect("a text")]).expect("valid");
        let rules = vec![rule("of-jira", "JIRA_CLOUD", "pass()")];
        let policy = policy::compile(rules, &inventory.policies.rules).expect("rules");
        let mut case = case.clone();
        case.flags.fail_on = fail_on.to_vec();
        case.run_with(&policy)
    };
    let counting = judged(&of(off), &FailOn::DEFAULT);
    assert_eq!(kinds(&counting), ["missing prod/a"]);
    assert_eq!(counting.verdict.exit_code, 2);
    // A rule that is on was skipped.
    let skipped = judged(&of(""), &[FailOn::Policy]);
    assert_eq!(kinds(&skipped), ["rule_error prod/a", "missing prod/a"]);
    // None is on: then nothing else would say that it was not checked.
    let off = judged(&of(off), &[FailOn::Policy]);
    assert_eq!(kinds(&off), ["not_checked prod/a", "missing prod/a"]);
    assert_eq!(off.verdict.exit_code, 4);
    nowhere_checked(&off);
}

/// `prod` is asked and well; `europe` is asked nothing.
fn half_asked() -> Case {
    let mut case = Case::new(
        "  europe: {account: \"444455556666\", region: us-east-1, unmanaged: ignore}\nconnectors:\n  - {id: a, target: prod, name: c1, expect: {description: d}}\n",
        &[(1, Fate::Healthy)],
    );
    case.flags.allow_empty = true;
    case
}

#[test]
fn a_target_that_nobody_asked_is_not_read() {
    let audit = half_asked().run_with(&saying("pass()"));
    assert_eq!(audit.verdict.exit_code, 0);
    let report = report(&audit);
    let europe = &report["targets"][0];
    assert_eq!(europe["name"], "europe");
    assert_eq!(europe["status"], "not_asked");
    assert_eq!(europe["hub"], "unknown", "nobody asked it");
    assert_eq!(report["targets"][1]["status"], "read");
    assert_eq!(report["judged"]["scope"]["targets"]["done"], 1);
    assert_eq!(report["judged"]["scope"]["targets"]["of"], 2);
    nowhere_checked(&audit);
    for format in Format::ALL {
        let said = text(format, &audit);
        let name = format.as_str();
        assert!(!said.contains("2 of 2"), "{name}: {said}");
        // Each says it in words of its own.
        let told = said.contains("not asked") || said.contains("not_asked");
        assert!(told, "{name}: {said}");
    }
    let prometheus = text(Format::Prometheus, &audit);
    assert!(
        prometheus.contains("hubdrift_target_read{target=\"europe\",account=\"444455556666\",region=\"us-east-1\",reason=\"not_asked\"} 0"),
        "{prometheus}"
    );
    let junit = text(Format::Junit, &audit);
    assert!(junit.contains("type=\"target.not_asked\""), "{junit}");
}

#[test]
fn a_target_whose_credentials_fail_is_unread_and_not_merely_not_asked() {
    let mut case = half_asked();
    let held = crate::runs::Held {
        unread: true,
        ..Default::default()
    };
    case.held.insert("europe".to_owned(), held);
    let audit = case.run_with(&saying("pass()"));
    assert_eq!(audit.verdict.exit_code, 4);
    assert_eq!(report(&audit)["targets"][0]["status"], "unread");
}

#[test]
fn shards_say_which_targets_nobody_asked() {
    let policy = saying("pass()");
    let audit = merge(half_asked().shards(2, &policy)).expect("one run");
    assert_eq!(report(&audit)["targets"][0]["status"], "not_asked");
    assert_eq!(audit.judged.scope.targets.to_string(), "1/2");
    nowhere_checked(&audit);
}

#[test]
fn a_report_that_hides_what_was_not_checked_is_refused() {
    let plain = Case::new(&format!("{EXPECTED}name: c1}}\n"), &[(1, Fate::Healthy)]);
    let audit = plain.run_with(&of_others());
    let refused = |edit: fn(&mut Value)| {
        let mut report = report(&audit);
        edit(&mut report);
        let audit = json::parse(report.to_string().as_bytes()).expect("a report");
        let part = Part {
            name: "r.json".to_owned(),
            audit,
        };
        merge(vec![part]).err().map(|error| error.to_string())
    };
    let clear = |report: &mut Value| {
        report["findings"] = serde_json::json!([]);
        report["summary"]["counted"] = 0.into();
        report["verdict"]["exit_code"] = 0.into();
        report["verdict"]["complete"] = true.into();
    };
    assert_eq!(refused(|_| {}), None, "it is whole");
    let said = refused(clear).expect("refused");
    assert!(
        said.contains("prod/a is not checked, and no finding says so"),
        "{said}"
    );
    let said = refused(|report| {
        report["findings"][0]["counted"] = false.into();
        report["findings"][0]["why_not"] = "allow_empty".into();
        report["summary"]["counted"] = 0.into();
        report["verdict"]["exit_code"] = 0.into();
    });
    assert!(
        said.expect("refused")
            .contains("counts, but it says otherwise")
    );
    // A key that only some connectors have was taken away.
    let two = Case::new(
        &format!("{EXPECTED}name: c1}}\n  - {{id: b, name: c2, expect: {{description: d}}}}\n"),
        &[(1, Fate::Healthy), (2, Fate::Healthy)],
    );
    let mut report = report(&two.run_with(&of_others()));
    report["connectors"][0]
        .as_object_mut()
        .expect("a connector")
        .remove("compared");
    let audit = json::parse(report.to_string().as_bytes()).expect("a report");
    assert!(verify(&audit).is_err());
}

#[test]
fn a_report_that_calls_a_target_read_which_nobody_asked_is_refused_or_not_clean() {
    let audit = half_asked().run_with(&saying("pass()"));
    let edited = |edit: &dyn Fn(&mut Value)| {
        let mut report = report(&audit);
        edit(&mut report);
        json::parse(report.to_string().as_bytes()).expect("a report")
    };
    let contradicts = |edit: &dyn Fn(&mut Value)| assert!(verify(&edited(edit)).is_err());
    contradicts(&|report| report["judged"]["scope"]["targets"]["done"] = 2.into());
    contradicts(&|report| report["judged"]["flags"]["allow_empty"] = false.into());
    contradicts(&|report| report["targets"][0]["listed"] = 3.into());
    contradicts(&|report| report["connectors"][0]["target"] = "europe".into());
    contradicts(&|report| report["targets"][0]["status"] = "unread".into());
    // An earlier version said so of itself: it is read, and no report calls it checked.
    let mut earlier = report(&audit);
    earlier["tool"]["version"] = "0.0.9".into();
    earlier["targets"][0]["status"] = "read".into();
    earlier["judged"]["scope"]["targets"]["done"] = 2.into();
    earlier["verdict"]["complete"] = true.into();
    for connector in earlier["connectors"].as_array_mut().expect("connectors") {
        connector
            .as_object_mut()
            .expect("a connector")
            .remove("compared");
    }
    let earlier = json::parse(earlier.to_string().as_bytes()).expect("a report");
    verify(&earlier).expect("older reports are read");
    for format in Format::ALL {
        let said = text(format, &earlier);
        assert!(!said.contains("CLEAN"), "{}: {said}", format.as_str());
    }
    assert!(text(Format::Prometheus, &earlier).contains("hubdrift_complete 0"));
}

#[test]
fn an_earlier_report_without_the_new_keys_is_read_as_it_was() {
    let plain = Case::new(&format!("{EXPECTED}name: c1}}\n"), &[(1, Fate::Healthy)]);
    let mut earlier = report(&plain.run_with(&saying("pass()")));
    for connector in earlier["connectors"].as_array_mut().expect("connectors") {
        connector
            .as_object_mut()
            .expect("a connector")
            .remove("compared");
    }
    let audit = json::parse(earlier.to_string().as_bytes()).expect("a report");
    verify(&audit).expect("no contradiction");
    assert!(text(Format::Text, &audit).contains("result: CLEAN exit=0"));
}

#[test]
fn an_earlier_report_of_a_connector_that_nothing_checked_is_not_clean() {
    let plain = Case::new(&format!("{EXPECTED}name: c1}}\n"), &[(1, Fate::Healthy)]);
    let mut earlier = report(&plain.run_with(&of_others()));
    earlier["tool"]["version"] = "0.0.9".into();
    earlier["findings"] = serde_json::json!([]);
    earlier["verdict"]["exit_code"] = 0.into();
    earlier["verdict"]["complete"] = true.into();
    earlier["connectors"][0]
        .as_object_mut()
        .expect("a connector")
        .remove("compared");
    // It counted by its own lights.
    earlier["summary"]["coverage"]["checked"]["done"] = 1.into();
    let earlier = json::parse(earlier.to_string().as_bytes()).expect("a report");
    verify(&earlier).expect("older reports are read");
    for format in Format::ALL {
        let said = text(format, &earlier);
        assert!(!said.contains("CLEAN"), "{}: {said}", format.as_str());
    }
    assert!(text(Format::Prometheus, &earlier).contains("hubdrift_complete 0"));
    assert_ne!(text(Format::Gitlab, &earlier).trim(), "[]");
}
