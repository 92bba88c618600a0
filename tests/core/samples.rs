//! Sample audits: small ones by name, and generated ones whose parts agree with each other.

mod named;

use std::collections::BTreeMap;

use hubdrift::{
    audit::*,
    diff::{Drift, Fix, FixKind},
    model::{Hub, Level, Outcome, Place, Requests, Severity, Unread, UnreadReason},
    policy::RuleResult,
    report::{Format, Style, render},
};
use serde_json::{Value, json};

pub use named::*;

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-east-1";

pub fn place(line: u32) -> Place {
    Place::new("hubdrift.yaml", line, 5)
}

/// The JSON report, read as JSON.
pub fn json(audit: &Audit) -> Value {
    let bytes = render(Format::Json, audit, Style::default());
    serde_json::from_slice(&bytes).expect("JSON")
}

/// A time of an audit.
pub fn time(text: &str) -> Option<jiff::Timestamp> {
    let time = text.parse().ok();
    assert!(time.is_some(), "{text} is no time");
    time
}

pub fn waiver() -> WaiverRecord {
    WaiverRecord {
        reason: "vendor re-authorisation is scheduled".into(),
        owner: "secops@example.com".into(),
        ticket: Some("SEC-42".into()),
        expires: "2026-12-31".parse().expect("a day"),
    }
}

pub fn rule(id: &str, level: Level) -> RuleRecord {
    RuleRecord {
        id: id.into(),
        title: format!("What {id} asks for"),
        severity: Severity::High,
        level,
        params: BTreeMap::from([("max_age_hours".into(), json!(48))]),
        settings: Vec::new(),
        remediation: "Create the connector again with KmsKeyArn set; the key of a connector can't be changed.".into(),
        controls: vec!["NIST.800-53.r5 SC-12".into()],
        help_uri: Some("https://docs.aws.amazon.com/securityhub/".into()),
        source: "builtin".into(),
        sha256: "00".repeat(32),
        location: None,
    }
}

pub fn target(name: &str) -> TargetRecord {
    TargetRecord {
        name: name.into(),
        account: Some(ACCOUNT.into()),
        region: Some(REGION.into()),
        caller_arn: Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/hubdrift/run")),
        status: TargetStatus::Read,
        reason: None,
        hub: Hub::Enabled,
        listed: Some(3),
        set_aside: 0,
        shard: None,
    }
}

pub fn unread(kind: UnreadReason, message: &str) -> Unread {
    Unread {
        kind,
        message: message.into(),
        request_id: Some("6f1c7a52-0c1d".into()),
    }
}

pub fn connector(target: &str, id: &str, state: State) -> ConnectorRecord {
    ConnectorRecord {
        address: format!("{target}/{id}"),
        target: target.into(),
        account: Some(ACCOUNT.into()),
        region: Some(REGION.into()),
        connector_id: None,
        connector_arn: Some(format!(
            "arn:aws:securityhub:{REGION}:{ACCOUNT}:connectorv2/{id}"
        )),
        name: Some(id.into()),
        provider: (state != State::Missing && state != State::Unread).then(|| "JIRA_CLOUD".into()),
        labels: BTreeMap::from([("env".into(), "prod".into())]),
        location: (state != State::Unmanaged).then(|| place(12)),
        state,
        observed_at: time("2026-06-01T11:59:58Z"),
        request_id: Some("0b7e".into()),
        unread: None,
        replaced_by: None,
        drift: Vec::new(),
        compared: Some(1),
        uncompared: 0,
        results: Vec::new().into(),
        waiver: None,
        observed: None,
    }
}

pub fn drift(
    path: &str,
    observed: Value,
    expected: Value,
    kind: FixKind,
    argv: &[&str],
) -> DriftRecord {
    DriftRecord {
        drift: Drift {
            path: path.into(),
            expected,
            observed,
            location: place(15),
            fix: Fix {
                kind,
                argv: argv.iter().map(|&arg| arg.into()).collect(),
            },
        },
        waiver: None,
    }
}

pub fn result(rule: &str, outcome: Outcome, message: Option<&str>) -> ResultRecord {
    ResultRecord {
        result: RuleResult {
            rule: rule.into(),
            outcome,
            severity: Severity::High,
            level: Level::Mandatory,
            message: message.map(Into::into),
            path: (outcome == Outcome::Fail).then(|| "kms_key_arn".into()),
            rule_location: (outcome == Outcome::Error)
                .then(|| Box::new(Place::new("policies/kms.rhai", 7, 9))),
        },
        waiver: None,
    }
}

/// An audit over these, its findings and verdict made to agree with them by the simplest rules.
pub fn audit_of(
    targets: Vec<TargetRecord>,
    connectors: Vec<ConnectorRecord>,
    flags: Flags,
) -> Audit {
    let mut audit = Audit {
        schema: SCHEMA.into(),
        tool: Tool {
            name: "hubdrift".into(),
            version: "0.1.0".into(),
        },
        run: Run {
            started_at: time("2026-06-01T11:59:57.123456789Z"),
            finished_at: time("2026-06-01T12:00:00.5Z"),
            requests: Requests {
                sent: 12,
                retried: 1,
                throttled: 1,
            },
        },
        interrupted: false,
        judged: Judged {
            now: time("2026-06-01T12:00:00Z"),
            since: None,
            now_overridden: false,
            flags,
            scope: Scope::default(),
            inputs: vec![Input {
                path: "hubdrift.yaml".into(),
                kind: InputKind::Inventory,
                sha256: "ab".repeat(32),
                observed_at: None,
            }],
            baseline: None,
            overrides: Vec::new(),
        },
        verdict: Verdict {
            exit_code: 0,
            complete: true,
            drift: false,
            policy: false,
        },
        summary: Summary::default(),
        targets,
        connectors,
        findings: Vec::new(),
        resolved: Vec::new(),
        rules: vec![
            rule("auth-active", Level::Mandatory),
            rule("kms-key-set", Level::Mandatory),
        ],
        waivers: Vec::new(),
        errors: Vec::new(),
    };
    settle(&mut audit);
    audit
}

/// Makes findings, summary and verdict agree with targets, connectors and errors.
pub fn settle(audit: &mut Audit) {
    let of = audit.targets.len() as u64;
    let in_scope = |target: &&TargetRecord| target.status != TargetStatus::OutOfScope;
    let done = audit.targets.iter().filter(in_scope).count() as u64;
    audit.judged.scope.targets = Ratio { done, of };
    let mut findings = Vec::new();
    for target in &audit.targets {
        if let Some(reason) = &target.reason {
            findings.push(finding(About::Unlisted, &target.name, &reason.to_string()));
        }
    }
    for record in &audit.connectors {
        findings.extend(findings_of(record, &audit.judged.flags));
    }
    findings.sort_by(|a, b| {
        let key = |it: &Finding| {
            let path = it.path().map(std::borrow::Cow::into_owned);
            (
                it.kind(),
                it.address.clone(),
                it.rule().map(str::to_owned),
                path,
            )
        };
        key(a).cmp(&key(b))
    });
    let stands = |kinds: &[FindingKind]| {
        findings.iter().any(|f| {
            kinds.contains(&f.kind())
                && !matches!(f.why_not, Some(WhyNot::Waived | WhyNot::Advisory))
        })
    };
    let incomplete = findings.iter().any(|f| f.kind().is_incomplete());
    audit.verdict.complete = !incomplete && audit.errors.is_empty();
    audit.verdict.drift = stands(&[
        FindingKind::Missing,
        FindingKind::Changed,
        FindingKind::Unmanaged,
    ]);
    audit.verdict.policy = stands(&[FindingKind::Policy]);
    let counts = |policy: bool| {
        findings.iter().any(|f| {
            f.counted() && (f.kind() == FindingKind::Policy) == policy && !f.kind().is_incomplete()
        })
    };
    audit.verdict.exit_code = match () {
        () if !audit.errors.is_empty() => 1,
        () if !audit.verdict.complete => 4,
        () if counts(true) => 3,
        () if counts(false) => 2,
        () => 0,
    };
    let summary = &mut audit.summary;
    let many = |n: usize| n as u64;
    for state in State::ALL {
        let n = many(audit.connectors.iter().filter(|c| c.state == state).count());
        summary.states.insert(state, n);
    }
    summary.outcomes.clear();
    for result in audit.connectors.iter().flat_map(|c| &c.results) {
        *summary.outcomes.entry(result.result.outcome).or_default() += 1;
    }
    let all = many(audit.connectors.len());
    let n = |state| summary.states.get(&state).copied().unwrap_or(0);
    let (unread, missing, unmanaged) = (n(State::Unread), n(State::Missing), n(State::Unmanaged));
    summary.coverage = Coverage {
        read: Ratio {
            done: all - unread,
            of: all,
        },
        managed: Ratio {
            done: all - unread - missing - unmanaged,
            of: all - unread - missing,
        },
        checked: Ratio {
            done: all - unread - missing,
            of: all,
        },
    };
    summary.counted = many(findings.iter().filter(|f| f.counted()).count());
    summary.waived = many(
        findings
            .iter()
            .filter(|f| f.why_not == Some(WhyNot::Waived))
            .count(),
    );
    summary.uncompared_fields = 7;
    audit.findings = findings;
    audit.link();
}

pub fn finding(about: About, address: &str, message: &str) -> Finding {
    Finding {
        fingerprint: "0123456789abcdef0123456789abcdef".into(),
        account: Some(ACCOUNT.into()),
        region: Some(REGION.into()),
        location: Some(place(12)),
        ..Finding::new(about, address, Severity::Medium, message)
    }
}

/// What a change of that field is about, as earlier versions wrote it.
pub fn change(path: &str) -> About {
    About::Changed(Change {
        path: path.into(),
        expected: None,
        observed: None,
        drift: None,
    })
}

/// What a rule found.
pub fn found(rule: &str, level: Level) -> RuleFinding {
    RuleFinding {
        rule: rule.into(),
        level,
        path: None,
        observed: None,
        result: None,
    }
}

fn findings_of(record: &ConnectorRecord, flags: &Flags) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut push =
        |mut finding: Finding, waiver: Option<&WaiverRecord>, level: Option<Level>, on: FailOn| {
            finding.waiver = waiver.cloned();
            finding.why_not = if waiver.is_some() {
                Some(WhyNot::Waived)
            } else if level == Some(Level::Advisory) {
                Some(WhyNot::Advisory)
            } else if flags.report_only || !flags.fail_on.contains(&on) {
                Some(WhyNot::NotInFailOn)
            } else {
                None
            };
            if finding.kind().is_incomplete() {
                (finding.why_not, finding.waiver) = (None, None);
            }
            all.push(finding);
        };
    let waiver = record.waiver.as_deref();
    if let Some(reason) = &record.unread {
        push(
            finding(About::Unread, &record.address, &reason.to_string()),
            None,
            None,
            FailOn::Policy,
        );
    }
    match record.state {
        State::Missing => push(
            finding(
                About::Missing,
                &record.address,
                "expected, and there is no such connector",
            ),
            waiver,
            None,
            FailOn::Missing,
        ),
        State::Unmanaged => push(
            finding(
                About::Unmanaged,
                &record.address,
                "exists, and no inventory lists it",
            ),
            waiver,
            None,
            FailOn::Unmanaged,
        ),
        _ => {}
    }
    for drift in &record.drift {
        let words = |value: &Value| {
            if value.is_null() {
                "absent".to_owned()
            } else {
                value.to_string()
            }
        };
        let Drift {
            path,
            expected,
            observed,
            ..
        } = &drift.drift;
        let said = format!(
            "{path} is {}, expected {}",
            words(observed),
            words(expected)
        );
        let changed = finding(change(path), &record.address, &said);
        push(changed, drift.waiver.as_deref(), None, FailOn::Changed);
    }
    for result in &record.results {
        let found = found(&result.result.rule, result.result.level);
        let about = match result.result.outcome {
            Outcome::Fail => About::Policy(found),
            // An unread connector is one finding, not one for each rule.
            Outcome::Error if record.state != State::Unread => About::RuleError(Some(found)),
            _ => continue,
        };
        let message = result.result.message.as_deref().unwrap_or("");
        let said = finding(about, &record.address, message);
        push(
            said,
            result.waiver.as_deref(),
            Some(result.result.level),
            FailOn::Policy,
        );
    }
    all
}
