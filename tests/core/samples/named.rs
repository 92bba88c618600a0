//! The sample audits that have a name: what the snapshots show.

use hubdrift::{
    audit::*,
    diff::FixKind,
    model::{Level, Outcome, Override, Place, Severity, UnreadReason},
};
use serde_json::json;

use super::*;

/// The audits that the snapshots show, by name.
pub fn named() -> Vec<(&'static str, Audit)> {
    let all = [
        clean(),
        drifted(),
        policy(),
        incomplete(),
        everything(),
        errors(),
        filtered(),
        report_only(),
    ];
    [
        "clean",
        "drift",
        "policy",
        "incomplete",
        "everything",
        "errors",
        "filtered",
        "report_only",
    ]
    .into_iter()
    .zip(all)
    .collect()
}

fn passing(mut record: ConnectorRecord) -> ConnectorRecord {
    record.results = vec![
        result("auth-active", Outcome::Pass, None),
        result(
            "kms-key-set",
            Outcome::NotApplicable,
            Some("the provider is AZURE"),
        ),
    ]
    .into();
    record
}

pub fn clean() -> Audit {
    let connectors = vec![
        passing(connector("prod", "jira-secops", State::InSync)),
        passing(connector("prod", "snow", State::InSync)),
    ];
    audit_of(vec![target("prod")], connectors, Flags::default())
}

pub fn drifted() -> Audit {
    let mut changed = passing(connector("prod", "jira-secops", State::Changed));
    changed.name = Some("Jira (security)".into());
    let update = [
        "aws",
        "securityhub",
        "update-connector-v2",
        "--connector-id",
        "6c9a",
        "--description",
        "it's ours",
    ];
    changed.drift = vec![
        drift(
            "description",
            json!("Jira"),
            json!("it's ours"),
            FixKind::Update,
            &update,
        ),
        drift(
            "auth_status",
            json!("FAILED"),
            json!("ACTIVE"),
            FixKind::Reauthorise,
            &[],
        ),
        drift(
            "kms_key_arn",
            json!(null),
            json!("arn:aws:kms:us-east-1:111122223333:key/1b6e5c2e-5d0f-4a0e-9d3c-0a1b2c3d4e5f"),
            FixKind::Replace,
            &[],
        ),
        drift(
            "provider.azure_regions",
            json!(["eastus", "westus", "northeurope", "westeurope", "uksouth"]),
            json!(["eastus", "northeurope", "westeurope", "uksouth"]),
            FixKind::None,
            &[],
        ),
        drift(
            "provider.domain",
            json!("acme.example"),
            json!({"matches": "^[a-z]+\\.atlassian\\.net$"}),
            FixKind::None,
            &[],
        ),
        drift(
            "tags.team",
            json!(null),
            json!({"one_of": ["secops", "soc"]}),
            FixKind::None,
            &[],
        ),
    ];
    let mut missing = connector("prod", "jira-old", State::Missing);
    missing.replaced_by = Some("prod/8d3f0c1a-9b2e-4f5d-8c7b-6a5b4c3d2e1f".into());
    missing.results = vec![result(
        "auth-active",
        Outcome::Skipped,
        Some("the connector is missing"),
    )]
    .into();
    let mut unmanaged = passing(connector(
        "prod",
        "8d3f0c1a-9b2e-4f5d-8c7b-6a5b4c3d2e1f",
        State::Unmanaged,
    ));
    unmanaged.name = Some("jira-old".into());
    let mut waived = connector("prod", "tmp", State::Missing);
    waived.waiver = Some(Box::new(waiver()));
    let connectors = vec![
        unmanaged,
        missing,
        changed,
        passing(connector("prod", "snow", State::InSync)),
        waived,
    ];
    audit_of(vec![target("prod")], connectors, Flags::default())
}

pub fn policy() -> Audit {
    let mut failed = connector("prod", "jira-secops", State::InSync);
    let mut advisory = result(
        "auth-active",
        Outcome::Fail,
        Some("the authorisation is FAILED"),
    );
    advisory.result.level = Level::Advisory;
    advisory.result.severity = Severity::Low;
    failed.results = vec![
        advisory,
        result("kms-key-set", Outcome::Fail, Some("no KMS key is set")),
    ]
    .into();
    let mut waived = connector("prod", "snow", State::InSync);
    waived.results = vec![result(
        "kms-key-set",
        Outcome::Fail,
        Some("no KMS key is set"),
    )]
    .into();
    waived.results[0].waiver = Some(Box::new(waiver()));
    let mut audit = audit_of(vec![target("prod")], vec![failed, waived], Flags::default());
    audit
        .rules
        .push(rule("health-check-fresh", Level::Mandatory));
    audit.rules.push(rule("no-health-issues", Level::Off));
    audit
}

pub fn incomplete() -> Audit {
    let gone = unread(
        UnreadReason::AccessDenied,
        "User: arn:aws:sts::444455556666:assumed-role/hubdrift/run is not authorized to perform: securityhub:ListConnectorsV2",
    );
    let mut stage = target("stage");
    (stage.status, stage.reason, stage.listed) = (TargetStatus::Unread, Some(gone.clone()), None);
    let mut one = connector("prod", "jira-secops", State::Unread);
    one.unread = Some(unread(UnreadReason::Throttled, "Rate exceeded"));
    one.results = ["auth-active", "kms-key-set"]
        .map(|rule| result(rule, Outcome::Error, Some("the connector is unread")))
        .into_iter()
        .collect();
    let mut erred = connector("prod", "snow", State::InSync);
    erred.results = vec![
        result("auth-active", Outcome::Pass, None),
        result(
            "kms-key-set",
            Outcome::Error,
            Some("kms_key_arn is absent; ask present(x) before comparing it"),
        ),
    ]
    .into();
    let mut connectors = vec![one, erred];
    for id in ["a", "b", "c"] {
        let mut lost = connector("stage", id, State::Unread);
        lost.unread = Some(gone.clone());
        connectors.push(lost);
    }
    audit_of(vec![target("prod"), stage], connectors, Flags::default())
}

pub fn everything() -> Audit {
    let mut connectors = Vec::new();
    let mut all = Vec::new();
    for (name, part) in [("a", drifted()), ("b", policy()), ("c", incomplete())] {
        for mut target in part.targets {
            target.name = format!("{name}-{}", target.name);
            all.push(target);
        }
        for mut record in part.connectors {
            record.target = format!("{name}-{}", record.target);
            record.address = format!("{name}-{}", record.address);
            connectors.push(record);
        }
    }
    let mut audit = audit_of(all, connectors, Flags::default());
    let mut stale = finding(
        About::StaleWaiver(None),
        "a-prod/*",
        "ends in 5 days, on 2026-06-06",
    );
    (stale.why_not, stale.severity) = (Some(WhyNot::NotInFailOn), Severity::Low);
    stale.location = Some(Place::new("waivers.yaml", 3, 5));
    audit.findings.push(stale);
    let gone = finding(change("description"), "a-prod/snow", "differs");
    audit.resolved.push(gone);
    audit.summary.set_aside = 2;
    let proxy = "http://[redacted]@proxy.example:3128".to_owned();
    audit.judged.overrides = vec![
        Override::new("--no-assume-role", None, Override::COMMAND_LINE),
        Override::new("https_proxy", Some(proxy), "HTTPS_PROXY"),
        Override {
            shards: vec![2, 3],
            ..Override::new("--profile", Some("audit".into()), "HUBDRIFT_PROFILE")
        },
    ];
    audit
}

pub fn errors() -> Audit {
    let mut audit = audit_of(Vec::new(), Vec::new(), Flags::default());
    audit.errors = vec![
        ErrorRecord {
            kind: ErrorKind::Inventory,
            message: "unknown key \"conectors\"\n  |\n3 | conectors:\n  | ^^^^^^^^^ did you mean \"connectors\"?".into(),
            location: Some(Place::new("hubdrift.yaml", 3, 1)),
        },
        ErrorRecord {
            kind: ErrorKind::Credentials,
            message: "no credentials at all".into(),
            location: None,
        },
    ];
    settle(&mut audit);
    audit
}

pub fn filtered() -> Audit {
    let mut audit = clean();
    let mut out = target("stage");
    out.status = TargetStatus::OutOfScope;
    audit.targets.push(out);
    audit.judged.scope.filters = vec!["--target prod".into()];
    settle(&mut audit);
    audit
}

pub fn report_only() -> Audit {
    let mut audit = drifted();
    audit.judged.flags.report_only = true;
    settle(&mut audit);
    audit
}
