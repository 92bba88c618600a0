//! A target's test cases: how it was read, and for each of its connectors its state, its drift and its rules.

use std::{borrow::Cow, collections::HashSet};

use junit_report::TestCase;

use crate::{
    audit::{
        Audit, ConnectorRecord, DriftRecord, Finding, FindingKind, ResultRecord, State,
        TargetStatus,
    },
    model::{Level, Outcome, Unread},
    report::common::{
        findings::{Findings, OwnFindings},
        remarks::{self, NotCounted},
        value,
    },
    text,
};

use super::case::{Case, Status, one_line};

/// All cases of a target and of its connectors.
pub(super) fn cases(
    audit: &Audit,
    index: usize,
    connectors: &[usize],
    findings: &mut Findings<'_>,
    classes: &mut HashSet<String>,
) -> Vec<TestCase> {
    let mut cases = Vec::new();
    let target = &audit.targets[index];
    let class = unique(class_of(&target.name), classes);
    let mut own = findings.of_target(index);
    let reason = target.reason.as_ref().map(unread_words);
    let status = match target.status {
        TargetStatus::Read => Status::Pass,
        TargetStatus::OutOfScope => Status::Skipped(
            "target.out_of_scope".into(),
            "a filter or a shard left it out".into(),
        ),
        TargetStatus::NotAsked => Status::Skipped(
            "target.not_asked".into(),
            "not asked: there was nothing to read or list in it".into(),
        ),
        TargetStatus::Unread => {
            // Nothing of it was listed either: that is the same error, not another.
            let finding = own
                .take(FindingKind::Unlisted)
                .map(|finding| finding.full_message().into_owned());
            let words = reason.or(finding).unwrap_or_else(|| "not read".into());
            Status::Error("target.unread".into(), words)
        }
        // The finding that follows says it, if there is one.
        TargetStatus::Incomplete if own.0.iter().any(|f| f.kind() == FindingKind::Unlisted) => {
            Status::Pass
        }
        TargetStatus::Incomplete => Status::Error(
            "target.unlisted".into(),
            reason.unwrap_or_else(|| "not listed".into()),
        ),
    };
    cases.push(Case::new(&class, "reached", status).build());
    for (at, finding) in own.0.into_iter().enumerate() {
        let name = if at == 0 && finding.kind() == FindingKind::Unlisted {
            "listed".to_owned()
        } else {
            format!("finding {}: {}", at + 1, finding.kind().as_str())
        };
        cases.push(finding_case(&class, &name, finding, audit));
    }
    for index in connectors {
        connector(&mut cases, audit, *index, findings, classes);
    }
    cases
}

/// A connector's cases.
pub(super) fn connector(
    cases: &mut Vec<TestCase>,
    audit: &Audit,
    index: usize,
    findings: &mut Findings<'_>,
    classes: &mut HashSet<String>,
) {
    let record = &audit.connectors[index];
    let class = unique(class_of(&record.address), classes);
    let mut own = findings.of_connector(index);
    let mut names = HashSet::new();
    cases.push(state(audit, record, &class, &mut own));
    names.insert("state".to_owned());
    for (index, drift) in record.drift.iter().enumerate() {
        let name = unique(
            format!("drift.{}", one_line(&drift.drift.path, 200)),
            &mut names,
        );
        cases.push(drifted(audit, drift, &class, &name, own.take_drift(index)));
    }
    for (index, result) in record.results.iter().enumerate() {
        let name = unique(
            format!("policy.{}", one_line(&result.result.rule, 200)),
            &mut names,
        );
        let finding = own.take_result(index, result.result.outcome);
        cases.push(judged(audit, record, result, &class, &name, finding));
    }
    for finding in own.0 {
        let about = finding.rule_or_path().unwrap_or_default();
        let name = format!(
            "finding.{} {}",
            finding.kind().as_str(),
            one_line(&about, 200)
        );
        let name = unique(name.trim_end().to_owned(), &mut names);
        cases.push(finding_case(&class, &name, finding, audit));
    }
}

/// Whether it was read, and whether it is where it should be.
fn state(
    audit: &Audit,
    record: &ConnectorRecord,
    class: &str,
    own: &mut OwnFindings<'_>,
) -> TestCase {
    let case = |status, details| {
        Case::new(class, "state", status)
            .details(details)
            .place(record.location.as_ref())
            .build()
    };
    let mut details = identity(record);
    if record.state == State::Unread || record.unread.is_some() {
        let finding = own.take(FindingKind::Unread);
        let words = match (&record.unread, finding) {
            (Some(unread), _) => unread_words(unread),
            (None, Some(finding)) => finding.full_message().into_owned(),
            (None, None) => "could not be read".to_owned(),
        };
        return case(Status::Error("state.unread".into(), words), details);
    }
    // That it is as expected says nothing where nothing was expected.
    if let Some(finding) = own.take(FindingKind::NotChecked) {
        let (type_, message) = (
            "state.not_checked".into(),
            finding.full_message().into_owned(),
        );
        return match remarks::why_not(finding, &audit.judged.flags) {
            Some(why) if !finding.is_incomplete() => {
                let words = format!("{why}: {message}");
                case(Status::Skipped(type_, words), details)
            }
            _ => case(Status::Error(type_, message), details),
        };
    }
    let (kind, words) = match record.state {
        State::Missing => (FindingKind::Missing, "expected, and not there"),
        State::Unmanaged => (FindingKind::Unmanaged, "there, and not in the inventory"),
        State::Changed if record.drift.is_empty() => {
            (FindingKind::Changed, "differs from what is expected")
        }
        State::InSync | State::Changed | State::Unread => return case(Status::Pass, Vec::new()),
    };
    let finding = own.take(kind);
    let words = finding
        .map_or(Cow::Borrowed(words), Finding::full_message)
        .into_owned();
    if let Some(other) = &record.replaced_by {
        details.push(format!(
            "replaced? an unmanaged connector of this name is {other}"
        ));
    }
    details.extend(age(finding));
    let why = NotCounted::of(finding, record.waiver.as_deref(), None, &audit.judged.flags);
    let status = match why {
        None if kind == FindingKind::Unmanaged && finding.is_none() => Status::Skipped(
            type_of(kind, None),
            "unmanaged, judged by the rules only as its target asks".into(),
        ),
        None => Status::Failure(type_of(kind, None), words),
        Some(why) => {
            details.insert(0, words);
            Status::Skipped(type_of(kind, None), why.words)
        }
    };
    case(status, details)
}

fn drifted(
    audit: &Audit,
    record: &DriftRecord,
    class: &str,
    name: &str,
    finding: Option<&Finding>,
) -> TestCase {
    let drift = &record.drift;
    let words = format!(
        "{}: observed {}, expected {}",
        drift.path,
        value::observed(&drift.observed),
        value::expected(&drift.expected)
    );
    let mut details = vec![
        format!("observed: {}", drift.observed),
        format!("expected: {}", drift.expected),
    ];
    let more = remarks::refusal(finding);
    details.extend(more.map(|more| format!("note: {more}")));
    details.extend(age(finding));
    if !drift.fix.argv.is_empty() {
        details.push(format!("fix: {}", text::shell_command(&drift.fix.argv)));
    }
    let type_ = type_of(FindingKind::Changed, Some(&drift.path));
    let status = match NotCounted::of(finding, record.waiver.as_deref(), None, &audit.judged.flags)
    {
        None => Status::Failure(type_, words),
        Some(why) => Status::Skipped(type_, why.words),
    };
    Case::new(class, name, status)
        .details(details)
        .place(Some(&drift.location))
        .build()
}

fn judged(
    audit: &Audit,
    connector: &ConnectorRecord,
    record: &ResultRecord,
    class: &str,
    name: &str,
    finding: Option<&Finding>,
) -> TestCase {
    let result = &record.result;
    let message = result.message.as_deref().unwrap_or("no message").to_owned();
    let type_ = |kind: &str| format!("{kind}.{}", result.rule);
    let mut details = Vec::new();
    let status = match result.outcome {
        Outcome::Pass => Status::Pass,
        Outcome::NotApplicable => Status::Skipped(type_("not_applicable"), message),
        Outcome::Skipped => Status::Skipped(type_("skipped"), message),
        // The connector's own case is the error then.
        Outcome::Error if connector.state == State::Unread && finding.is_none() => {
            Status::Skipped(type_("unread"), message)
        }
        Outcome::Error => Status::Error(type_("rule_error"), message),
        Outcome::Fail => {
            details = rule_details(audit, record);
            let more = remarks::refusal(finding);
            details.extend(more.map(|more| format!("note: {more}")));
            details.extend(age(finding));
            let waiver = record.waiver.as_deref();
            match NotCounted::of(finding, waiver, Some(result.level), &audit.judged.flags) {
                None => Status::Failure(type_("policy"), message),
                Some(why) => {
                    details.insert(0, format!("message: {message}"));
                    Status::Skipped(type_("policy"), why.words)
                }
            }
        }
    };
    Case::new(class, name, status)
        .details(details)
        .place(connector.location.as_ref())
        .rule_place(result.rule_location.as_deref())
        .build()
}

/// Whether the baseline has it.
fn age(finding: Option<&Finding>) -> Option<String> {
    remarks::age(finding).map(|age| format!("baseline: {age}"))
}

/// How bad a failure is, what it points at, and what to do.
fn rule_details(audit: &Audit, record: &ResultRecord) -> Vec<String> {
    let result = &record.result;
    let mut details = vec![format!("severity: {}", result.severity)];
    if result.level != Level::Mandatory {
        details.push(format!("level: {}", result.level));
    }
    if let Some(path) = &result.path {
        details.push(format!("path: {path}"));
    }
    if let Some(rule) = audit.rules.iter().find(|rule| rule.id == result.rule) {
        details.push(format!("rule: {}", rule.title));
        details.push(format!("remediation: {}", rule.remediation));
        if let Some(uri) = &rule.help_uri {
            details.push(format!("help: {uri}"));
        }
    }
    details
}

/// A finding that has no record of its own.
pub(super) fn finding_case(class: &str, name: &str, finding: &Finding, audit: &Audit) -> TestCase {
    let type_ = type_of(finding.kind(), finding.rule_or_path().as_deref());
    let status = if finding.is_incomplete() {
        Status::Error(type_, finding.full_message().into_owned())
    } else {
        match remarks::why_not(finding, &audit.judged.flags) {
            None => Status::Failure(type_, finding.full_message().into_owned()),
            Some(why) => Status::Skipped(type_, format!("{why}: {}", finding.message)),
        }
    };
    let mut details = vec![
        format!("address: {}", finding.address),
        format!("severity: {}", finding.severity),
    ];
    details.extend(age(Some(finding)));
    Case::new(class, name, status)
        .details(details)
        .place(finding.location.as_ref())
        .build()
}

/// What identifies the connector to AWS.
fn identity(record: &ConnectorRecord) -> Vec<String> {
    [
        ("address", Some(record.address.as_str())),
        ("name", record.name.as_deref()),
        ("arn", record.connector_arn.as_deref()),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some(format!("{label}: {}", value?)))
    .collect()
}

fn unread_words(unread: &Unread) -> String {
    unread.to_string()
}

/// `TARGET.ID`: readers split a class at its last dot, so the address's own dots become underscores.
fn class_of(address: &str) -> String {
    one_line(address, 400)
        .replace('.', "_")
        .replacen('/', ".", 1)
}

/// The name, numbered if it is taken already, and taken from now on.
fn unique(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.clone()) {
        return name;
    }
    let mut n = 2_u64;
    loop {
        let numbered = format!("{name} #{n}");
        if taken.insert(numbered.clone()) {
            return numbered;
        }
        n += 1;
    }
}

/// The type of a finding, dotted where it has a part: `drift.kms_key_arn`.
fn type_of(kind: FindingKind, about: Option<&str>) -> String {
    let kind = match kind {
        FindingKind::Changed => "drift",
        FindingKind::Missing => return "state.missing".to_owned(),
        FindingKind::Unmanaged => return "state.unmanaged".to_owned(),
        FindingKind::Unread => return "state.unread".to_owned(),
        FindingKind::Unlisted => return "target.unlisted".to_owned(),
        FindingKind::NotChecked => return "state.not_checked".to_owned(),
        other => other.as_str(),
    };
    about.map_or_else(
        || format!("finding.{kind}"),
        |about| format!("{kind}.{about}"),
    )
}
