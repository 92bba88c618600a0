//! The parts of an event that are read off the audit: the check, the account, the resource, what to do.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use serde_json::Value;

use crate::{
    audit::{ConnectorRecord, Finding, FindingKind, RuleRecord},
    diff::{Drift, FixKind},
    report::common::{fix, value},
    text,
};

use super::event::{
    Account, Analytic, Check, Cloud, Compliance, Judgement, Parameter, Remediation, Resource, Text,
    Unmapped, Waiver,
};

/// How much of a text an event holds.
const LONGEST: usize = 1_000;

/// A connector's type as CloudFormation names it.
const CONNECTOR: &str = "AWS::SecurityHub::ConnectorV2";

/// A text of bounded length. What is unsafe in it is escaped where JSON is written.
pub(super) fn short(text: &str) -> Text<'_> {
    text::truncate(text, LONGEST)
}

/// The same of a text that may have been made for this.
pub(super) fn short_owned(text: Cow<'_, str>) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => short(text),
        Cow::Owned(text) => Cow::Owned(short(&text).into_owned()),
    }
}

/// What is checked: a rule, or one of hubdrift's own questions.
pub(super) struct Control<'a> {
    /// The rule's id; `hubdrift.KIND` for a question of our own, which no rule's id can be.
    pub uid: Text<'a>,
    /// One line.
    pub title: Text<'a>,
    /// The rule, where the audit has it.
    pub rule: Option<&'a RuleRecord>,
}

impl<'a> Control<'a> {
    pub(super) fn rule(id: &'a str, rules: &HashMap<&'a str, &'a RuleRecord>) -> Self {
        let rule = rules.get(id).copied();
        Self {
            uid: short(id),
            title: short(rule.map_or(id, |rule| &rule.title)),
            rule,
        }
    }

    pub(super) fn finding(finding: &'a Finding, rules: &HashMap<&'a str, &'a RuleRecord>) -> Self {
        if let Some(id) = finding.rule() {
            return Self::rule(id, rules);
        }
        let (uid, title): (&str, &str) = match finding.kind() {
            FindingKind::Unread => ("hubdrift.unread", "The connector can be read"),
            FindingKind::Unlisted => ("hubdrift.unlisted", "The target's connectors can be listed"),
            FindingKind::RuleError => ("hubdrift.rule_error", "The rules can judge the connector"),
            FindingKind::NotChecked => ("hubdrift.not_checked", "Something checks the connector"),
            FindingKind::Missing => ("hubdrift.missing", "The connector exists"),
            FindingKind::Changed => (
                "hubdrift.changed",
                "Everything that the inventory expects of it is observed",
            ),
            FindingKind::Unmanaged => ("hubdrift.unmanaged", "The connector is in the inventory"),
            FindingKind::Policy => ("hubdrift.policy", "The rules pass"),
            FindingKind::StaleWaiver => ("hubdrift.stale_waiver", "The waiver is of use"),
        };
        Self {
            uid: uid.into(),
            title: title.into(),
            rule: None,
        }
    }

    /// The check's name on this connector: `ADDRESS#RULE`.
    pub(super) fn check_on(&self, address: &str) -> String {
        format!("{}#{}", short(address), self.uid)
    }

    /// What the check came to.
    pub(super) fn judgement(&self, status: Compliance) -> Judgement<'a> {
        let controls: &'a [String] = self.rule.map_or(&[], |rule| &rule.controls);
        // `NIST.800-53.r5 SC-12` is a requirement of the standard NIST.800-53.r5.
        let standards: BTreeSet<&str> = controls
            .iter()
            .filter_map(|control| control.split_whitespace().next())
            .collect();
        // A pass is one of very many, and says the least.
        let settings = self.rule.filter(|_| status != Compliance::Pass);
        Judgement {
            control: self.uid.clone(),
            status_id: status,
            status: status.caption(),
            desc: settings.map(|rule| short(&rule.title)),
            status_details: Vec::new(),
            standards: standards.into_iter().map(short).collect(),
            requirements: controls.iter().map(|control| short(control)).collect(),
            control_parameters: settings
                .into_iter()
                .flat_map(|rule| &rule.params)
                .map(|(name, value)| Parameter {
                    name: short(name),
                    value: value::observed(value),
                })
                .collect(),
            checks: (status != Compliance::Pass).then(|| {
                [Check {
                    uid: self.uid.clone(),
                    name: self.title.clone(),
                    status_id: status,
                    status: status.caption(),
                }]
            }),
        }
    }

    pub(super) fn analytic(&self) -> Option<Analytic<'a>> {
        let rule = self.rule?;
        Some(Analytic {
            uid: short(&rule.id),
            name: short(&rule.id),
            type_id: 1,
            r#type: "Rule",
            version: Some(short(&rule.sha256)),
        })
    }

    pub(super) fn remediation(&self) -> Option<Remediation<'a>> {
        let rule = self.rule?;
        Some(Remediation {
            desc: short(&rule.remediation),
            references: rule.help_uri.iter().map(|uri| short(uri)).collect(),
        })
    }
}

/// The account and the region, and the partition that an ARN names.
pub(super) fn cloud<'a>(
    target: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    arn: Option<&'a str>,
) -> Cloud<'a> {
    let partition = arn
        .and_then(|arn| arn.strip_prefix("arn:")?.split(':').next())
        .filter(|partition| !partition.is_empty());
    Cloud {
        provider: "AWS",
        partition: partition.map(short),
        account: account.map(|account| Account {
            uid: short(account),
            name: short(target),
            type_id: 10,
            r#type: "AWS Account",
        }),
        region: region.map(short),
    }
}

/// The connector, as AWS and as the inventory name it.
pub(super) fn connector<'a>(record: &'a ConnectorRecord, arn: Option<&'a str>) -> Resource<'a> {
    Resource {
        uid: arn.map(short),
        uid_alt: short(&record.address),
        name: short(record.name.as_deref().unwrap_or(&record.address)),
        r#type: CONNECTOR,
        region: record.region.as_deref().map(short),
        labels: record
            .labels
            .iter()
            .map(|(key, value)| format!("{}={}", short(key), short(value)))
            .collect(),
    }
}

/// What a finding is about.
pub(super) fn resource<'a>(
    finding: &'a Finding,
    record: Option<&'a ConnectorRecord>,
    arn: Option<&'a str>,
) -> Resource<'a> {
    if let Some(record) = record {
        return connector(record, arn);
    }
    let type_ = match finding.kind() {
        FindingKind::StaleWaiver => "waiver",
        // An address is `TARGET/ID`; without a slash it is a target's name.
        _ if finding.address.contains('/') => CONNECTOR,
        _ => "target",
    };
    Resource {
        uid: arn.map(short),
        uid_alt: short(&finding.address),
        name: short(&finding.address),
        r#type: type_,
        region: finding.region.as_deref().map(short),
        labels: Vec::new(),
    }
}

/// How a drifted field could be put right.
pub(super) fn drift_remediation(drift: &Drift) -> Option<Remediation<'_>> {
    let fix = &drift.fix;
    let desc = match fix.kind {
        FixKind::Update | FixKind::Tag if !fix.argv.is_empty() => {
            short(&text::shell_command(&fix.argv)).into_owned().into()
        }
        kind => format!("The connector {}.", fix::must(kind)?).into(),
    };
    Some(Remediation {
        desc,
        references: Vec::new(),
    })
}

/// What OCSF has no attribute for.
pub(super) fn unmapped<'a>(
    finding: &'a Finding,
    record: Option<&'a ConnectorRecord>,
    drift: Option<&'a Drift>,
    gone: bool,
) -> Unmapped<'a> {
    let request = record.and_then(|record| {
        let unread = record
            .unread
            .as_ref()
            .and_then(|why| why.request_id.as_ref());
        unread.or(record.request_id.as_ref())
    });
    // A null is written like nothing at all, and read back as that: it says no more here either.
    let not_null = |value: Option<&'a Value>| value.filter(|value| !value.is_null());
    let (expected, observed) = match drift {
        Some(drift) => (Some(&drift.expected), Some(&drift.observed)),
        None => (not_null(finding.expected()), not_null(finding.observed())),
    };
    Unmapped {
        path: finding.path().map(short_owned),
        expected: expected.map(value::expected),
        observed: observed.map(value::observed),
        provider: record.and_then(|record| record.provider.as_deref().map(short)),
        location: finding
            .location
            .as_ref()
            .map(|place| value::line(&place.to_string(), LONGEST)),
        request_id: request.map(|id| short(id)),
        level: finding.level().map(crate::model::Level::as_str),
        counted: !gone && finding.counted(),
        why_not: finding.why_not.map(crate::audit::WhyNot::as_str),
        waiver: finding.waiver.as_ref().map(|waiver| Waiver {
            reason: short(&waiver.reason),
            owner: short(&waiver.owner),
            ticket: waiver.ticket.as_deref().map(short),
            expires: waiver.expires.to_string().into(),
        }),
        ..Unmapped::default()
    }
}
