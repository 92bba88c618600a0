//! The prometheus report, read back with a parser of its own: what is said, what isn't, and that no reader refuses it.

use std::collections::BTreeMap;

use hubdrift::{
    audit::*,
    model::{Outcome, UnreadReason},
    report::Format,
};
use proptest::prelude::*;

use super::{
    any_audit,
    hostile::{HOSTILE, hostile},
    text_of,
};
use crate::samples;

/// Series by name and labels, read as the exposition format's grammar says.
#[derive(Debug, Default)]
struct Metrics(BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Metrics {
    fn of(audit: &Audit) -> Self {
        let text = text_of(Format::Prometheus, audit);
        assert!(text.ends_with('\n'), "{text}");
        let mut metrics = Self::default();
        let mut announced = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help text");
                assert!(!help.is_empty() && !announced.contains(&name), "{line}");
                assert!(name.starts_with("hubdrift_"), "{line}");
                assert_eq!(lines.next(), Some(&*format!("# TYPE {name} gauge")));
                announced.push(name);
                continue;
            }
            let (name, labels, value) = sample(line);
            assert_eq!(announced.last(), Some(&&*name), "{line}");
            let before = metrics.0.insert((name, labels), value);
            assert_eq!(before, None, "twice: {line}");
        }
        metrics
    }

    fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.0.get(&(name.to_owned(), labels)).copied()
    }

    fn one(&self, name: &str) -> Option<f64> {
        self.get(name, &[])
    }

    fn family(&self, wanted: &str) -> impl Iterator<Item = (&BTreeMap<String, String>, f64)> {
        let wanted = wanted.to_owned();
        self.0
            .iter()
            .filter(move |((name, _), _)| *name == wanted)
            .map(|((_, labels), value)| (labels, *value))
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        names
    }
}

/// `name{label="value",…} 1.5`
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let end = line
        .find(|c: char| !c.is_ascii_lowercase() && c != '_')
        .expect("a value");
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect("a label");
            let mut value = String::new();
            let mut chars = after.char_indices();
            let close = loop {
                match chars.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().expect("an escape").1 {
                        'n' => value.push('\n'),
                        c @ ('\\' | '"') => value.push(c),
                        c => panic!("\\{c} is no escape: {line}"),
                    },
                    (_, c) => value.push(c),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            rest = &after[close + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect("an end of the labels");
    }
    let value = rest.strip_prefix(' ').expect("a space");
    assert!(!value.contains([' ', 'e', 'N']), "{line}");
    (name.to_owned(), labels, value.parse().expect("a number"))
}

#[test]
fn snapshots_of_the_prometheus_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(
            format!("prometheus_{name}"),
            text_of(Format::Prometheus, &audit)
        );
    }
}

#[test]
fn a_run_without_a_result_says_nothing_that_looks_healthy() {
    // Also where it had judged everything before it failed.
    let mut late = samples::clean();
    late.verdict.exit_code = 1;
    let mut told = samples::everything();
    told.errors = samples::errors().errors;
    for audit in [samples::errors(), late, told] {
        let metrics = Metrics::of(&audit);
        assert_eq!(metrics.one("hubdrift_run_success"), Some(0.0));
        assert_eq!(metrics.one("hubdrift_clean"), Some(0.0));
        assert_eq!(metrics.one("hubdrift_complete"), Some(0.0));
        assert_eq!(
            metrics.names(),
            [
                "hubdrift_clean",
                "hubdrift_complete",
                "hubdrift_errors",
                "hubdrift_exit_code",
                "hubdrift_info",
                "hubdrift_requests_retried",
                "hubdrift_requests_sent",
                "hubdrift_requests_throttled",
                "hubdrift_run_duration_seconds",
                "hubdrift_run_finished_timestamp_seconds",
                "hubdrift_run_success",
            ]
        );
    }
}

#[test]
fn an_interrupted_run_is_no_success_and_says_what_it_saw() {
    let mut audit = samples::drifted();
    (audit.verdict.exit_code, audit.verdict.complete) = (130, false);
    let metrics = Metrics::of(&audit);
    assert_eq!(metrics.one("hubdrift_run_success"), Some(0.0));
    assert_eq!(metrics.one("hubdrift_complete"), Some(0.0));
    assert_eq!(metrics.one("hubdrift_drift"), Some(1.0));
}

#[test]
fn what_is_not_known_is_not_there() {
    let mut audit = samples::clean();
    (audit.run.finished_at, audit.judged.now) = (None, None);
    let metrics = Metrics::of(&audit);
    for name in [
        "hubdrift_run_finished_timestamp_seconds",
        "hubdrift_run_duration_seconds",
        "hubdrift_judged_timestamp_seconds",
        "hubdrift_waiver_soonest_expiry_timestamp_seconds",
        "hubdrift_baseline_findings",
    ] {
        assert_eq!(metrics.one(name), None, "{name}");
    }
    // A clock that was set back in between.
    let mut audit = samples::clean();
    audit.run.started_at = samples::time("2027-01-01T00:00:00Z");
    assert_eq!(
        Metrics::of(&audit).one("hubdrift_run_duration_seconds"),
        None
    );
}

#[test]
fn rules_that_judge_nothing_are_counted() {
    let idle = |audit: &Audit| Metrics::of(audit).one("hubdrift_rules_idle");
    assert_eq!(idle(&samples::clean()), Some(1.0));
    assert_eq!(idle(&samples::policy()), Some(1.0));
    let empty = samples::audit_of(vec![samples::target("prod")], Vec::new(), Flags::default());
    assert_eq!(idle(&empty), Some(0.0));
}

#[test]
fn times_are_seconds() {
    let mut audit = samples::policy();
    let metrics = Metrics::of(&audit);
    let one = |name: &str| metrics.one(name);
    // date -u -d 2026-06-01T12:00:00Z +%s
    assert_eq!(
        one("hubdrift_run_finished_timestamp_seconds"),
        Some(1_780_315_200.5)
    );
    assert_eq!(
        one("hubdrift_judged_timestamp_seconds"),
        Some(1_780_315_200.0)
    );
    assert_eq!(one("hubdrift_run_duration_seconds"), Some(3.376_543_211));
    // It holds through 2026-12-31: date -u -d 2027-01-01T00:00:00Z +%s
    assert_eq!(
        one("hubdrift_waiver_soonest_expiry_timestamp_seconds"),
        Some(1_798_761_600.0)
    );
    // The waiver of a finding that counts again is none that will end.
    for finding in &mut audit.findings {
        finding.why_not = None;
    }
    let metrics = Metrics::of(&audit);
    assert_eq!(
        metrics.one("hubdrift_waiver_soonest_expiry_timestamp_seconds"),
        None
    );
}

#[test]
fn what_is_replayed_is_as_old_as_its_oldest_snapshot() {
    let snapshot = |at: Option<&str>| Input {
        path: "s.json".into(),
        kind: InputKind::Snapshot,
        sha256: "00".repeat(32),
        observed_at: at.and_then(samples::time),
    };
    let mut audit = samples::clean();
    let name = "hubdrift_observed_timestamp_seconds";
    assert_eq!(Metrics::of(&audit).one(name), Some(1_780_315_197.123_456_7));
    audit
        .judged
        .inputs
        .push(snapshot(Some("2026-06-01T00:00:00Z")));
    audit
        .judged
        .inputs
        .push(snapshot(Some("2026-05-01T00:00:00Z")));
    assert_eq!(Metrics::of(&audit).one(name), Some(1_777_593_600.0));
    audit.judged.inputs.push(snapshot(None));
    assert_eq!(Metrics::of(&audit).one(name), None);
}

#[test]
fn the_gauge_that_names_connectors_is_bounded_and_says_what_it_left_out() {
    let connectors = (0..300)
        .map(|n| {
            let mut record = samples::connector("prod", &format!("c{n:03}"), State::Missing);
            if n >= 298 {
                record.state = State::Unread;
                record.unread = Some(samples::unread(UnreadReason::Timeout, "10 s"));
            }
            record
        })
        .collect();
    let audit = samples::audit_of(vec![samples::target("prod")], connectors, Flags::default());
    let metrics = Metrics::of(&audit);
    assert_eq!(metrics.family("hubdrift_connector_findings").count(), 200);
    assert_eq!(
        metrics.one("hubdrift_connector_findings_left_out"),
        Some(100.0)
    );
    // What isn't known is never what is left out.
    for address in ["prod/c298", "prod/c299"] {
        let labels = [("address", address), ("kind", "unread")];
        assert_eq!(
            metrics.get("hubdrift_connector_findings", &labels),
            Some(1.0)
        );
    }
}

#[test]
fn the_age_of_findings_is_said_where_there_is_a_baseline() {
    let mut audit = samples::everything();
    audit.judged.inputs.push(Input {
        path: "last.json".into(),
        kind: InputKind::Baseline,
        sha256: "00".repeat(32),
        observed_at: None,
    });
    audit.findings[0].baseline = Some(Age::New);
    audit.findings[1].baseline = Some(Age::Existing);
    let metrics = Metrics::of(&audit);
    for age in ["new", "existing", "resolved"] {
        assert_eq!(
            metrics.get("hubdrift_baseline_findings", &[("age", age)]),
            Some(1.0),
            "{age}"
        );
    }
}

#[test]
fn hostile_texts_stay_labels() {
    let all = HOSTILE.concat();
    for text in HOSTILE.iter().copied().chain([all.as_str()]) {
        let audit = hostile(text);
        let report = text_of(Format::Prometheus, &audit);
        let bad = |c| c != '\n' && hubdrift::text::is_unsafe(c);
        assert!(!report.chars().any(bad), "{report}");
        Metrics::of(&audit);
        // The same where there is a result, with connectors and targets that differ in nothing that can be shown.
        let mut audit = audit;
        audit.errors.clear();
        for target in &mut audit.targets {
            target.name = text.into();
        }
        for record in &mut audit.connectors {
            record.address = text.into();
        }
        samples::settle(&mut audit);
        audit.tool.version = text.into();
        let metrics = Metrics::of(&audit);
        assert_eq!(metrics.one("hubdrift_run_success"), Some(1.0));
        assert!(
            metrics
                .family("hubdrift_target_read")
                .any(|(_, read)| read == 0.0)
        );
    }
}

proptest! {
    #[test]
    fn any_text_stays_a_label(text in any::<String>()) {
        let mut audit = hostile(&text);
        audit.errors.clear();
        samples::settle(&mut audit);
        Metrics::of(&audit);
    }

    #[test]
    fn the_numbers_are_the_audits(audit in any_audit()) {
        let metrics = Metrics::of(&audit);
        let code = audit.verdict.exit_code;
        prop_assert_eq!(metrics.one("hubdrift_exit_code"), Some(f64::from(code)));
        prop_assert_eq!(metrics.one("hubdrift_complete"), Some(f64::from(u8::from(audit.verdict.complete))));
        prop_assert_eq!(metrics.one("hubdrift_run_success"), Some(f64::from(u8::from(code != 1))));
        if metrics.one("hubdrift_clean") == Some(1.0) {
            prop_assert_eq!(code, 0);
        }
        if code == 1 {
            return Ok(());
        }
        let whole = |value: f64| value.to_string().parse::<usize>().expect("a whole number");
        let total = |name: &str| metrics.family(name).map(|(_, value)| whole(value)).sum::<usize>();
        prop_assert_eq!(total("hubdrift_connectors"), audit.connectors.len());
        let results: Vec<Outcome> = audit.connectors.iter().flat_map(|c| &c.results).map(|r| r.result.outcome).collect();
        prop_assert_eq!(total("hubdrift_outcomes"), results.len());
        let passed = results.iter().filter(|outcome| **outcome == Outcome::Pass).count();
        prop_assert_eq!(metrics.get("hubdrift_outcomes", &[("outcome", "pass")]).map(whole), Some(passed));
        prop_assert_eq!(total("hubdrift_findings"), audit.findings.len());
        let counted = audit.findings.iter().filter(|f| f.counted()).count();
        prop_assert_eq!(metrics.one("hubdrift_findings_counted").map(whole), Some(counted));
        let that_count = metrics.family("hubdrift_findings").filter(|(labels, _)| labels["counted"] == "true");
        prop_assert_eq!(that_count.map(|(_, n)| whole(n)).sum::<usize>(), counted);
        prop_assert_eq!(total("hubdrift_findings_not_counted"), audit.findings.len() - counted);
        let unlisted = audit.findings.iter().filter(|f| f.kind() == FindingKind::Unlisted).count();
        prop_assert_eq!(total("hubdrift_connector_findings"), counted - unlisted);
        prop_assert_eq!(metrics.family("hubdrift_target_read").count(), audit.targets.len());
        let unread = audit.targets.iter().filter(|t| t.status != TargetStatus::Read).count();
        prop_assert_eq!(metrics.family("hubdrift_target_read").filter(|(_, read)| *read == 0.0).count(), unread);
    }
}
