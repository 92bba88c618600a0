//! Which findings there are, connector by connector, and in which order the page shows them.
//!
//! Only references: the texts of a finding are made when it is shown, so that an
//! audit of any size costs no more than its findings.

use crate::{
    audit::{
        Audit, ConnectorRecord, DriftRecord, Finding, FindingKind, ResultRecord, State,
        TargetRecord, TargetStatus,
    },
    model::{Outcome, Severity},
    report::common::{
        coverage,
        findings::{Findings, OwnFindings},
        remarks::NotCounted,
    },
};

/// All there is to look at, about one connector, one target or one waiver.
pub(super) struct Group<'a> {
    pub(super) about: Subject<'a>,
    /// The findings, as the audit orders them.
    pub(super) items: Vec<Item<'a>>,
}

/// What a group is about.
pub(super) enum Subject<'a> {
    Connector(&'a ConnectorRecord),
    /// A target, and the addresses of the connectors that are unread with it.
    Target(&'a TargetRecord, Vec<&'a str>),
    /// What has no record in this audit, such as a waiver's pattern.
    Other(&'a str),
}

/// A finding, or what a record says and no finding does.
pub(super) struct Item<'a> {
    pub(super) what: What<'a>,
    pub(super) kind: FindingKind,
    pub(super) severity: Severity,
    pub(super) finding: Option<&'a Finding>,
    /// Why it doesn't count; `None` when it does.
    pub(super) why_not: Option<NotCounted>,
}

/// The record that a finding is about.
pub(super) enum What<'a> {
    /// A connector that is unread, or not read whole.
    Unread(&'a ConnectorRecord),
    /// A target that is.
    Target(&'a TargetRecord),
    /// A connector that is missing or unmanaged.
    Existence(&'a ConnectorRecord),
    Drift(&'a DriftRecord),
    Rule(&'a ResultRecord),
    /// Only the finding itself.
    Finding,
}

impl Item<'_> {
    /// Whether it makes the run incomplete.
    pub(super) fn is_incomplete(&self) -> bool {
        self.finding
            .map_or_else(|| self.kind.is_incomplete(), Finding::is_incomplete)
    }

    /// What is shown first: what is not known, then what counts, the worst of it first.
    fn rank(&self) -> u8 {
        match (self.is_incomplete(), &self.why_not, self.severity) {
            (true, _, _) => 0,
            (false, None, Severity::Critical) => 1,
            (false, None, Severity::High) => 2,
            (false, None, Severity::Medium) => 3,
            (false, None, Severity::Low) => 4,
            (false, None, Severity::Info) => 5,
            (false, Some(_), _) => 6,
        }
    }
}

/// Everything to look at, the worst first; what is equally bad in the audit's order.
pub(super) fn groups(audit: &Audit) -> Vec<Group<'_>> {
    let mut findings = Findings::of(audit);
    let mut lost = coverage::lost_with_targets(audit);
    let mut groups = Vec::new();
    let mut lost_with_target = std::collections::HashSet::new();
    for (index, target) in audit.targets.iter().enumerate() {
        let lost = lost.remove(target.name.as_str()).unwrap_or_default();
        lost_with_target.extend(lost.iter().copied());
        let items = of_target(audit, target, findings.of_target(index));
        let about = Subject::Target(target, lost);
        groups.push(Group { about, items });
    }
    for (index, record) in audit.connectors.iter().enumerate() {
        let own = findings.of_connector(index);
        if !lost_with_target.contains(record.address.as_str()) || !own.are_all_unread() {
            let items = of_connector(audit, record, own);
            let about = Subject::Connector(record);
            groups.push(Group { about, items });
        }
    }
    for finding in findings.rest(audit) {
        let item = of_finding(audit, finding);
        match groups.last_mut() {
            Some(Group {
                about: Subject::Other(address),
                items,
            }) if *address == finding.address => items.push(item),
            _ => groups.push(Group {
                about: Subject::Other(&finding.address),
                items: vec![item],
            }),
        }
    }
    groups.retain(|group| !group.items.is_empty());
    groups.sort_by_key(|group| group.items.iter().map(Item::rank).min());
    groups
}

fn of_target<'a>(
    audit: &Audit,
    target: &'a TargetRecord,
    mut own: OwnFindings<'a>,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    if matches!(
        target.status,
        TargetStatus::Unread | TargetStatus::Incomplete
    ) {
        // The target's reason again, as a finding.
        let finding = own.take(FindingKind::Unlisted);
        items.push(Item {
            what: What::Target(target),
            kind: FindingKind::Unlisted,
            severity: finding.map_or(Severity::Medium, |finding| finding.severity),
            finding,
            why_not: None,
        });
    }
    items.extend(own.0.into_iter().map(|finding| of_finding(audit, finding)));
    items
}

fn of_connector<'a>(
    audit: &Audit,
    record: &'a ConnectorRecord,
    mut own: OwnFindings<'a>,
) -> Vec<Item<'a>> {
    let flags = &audit.judged.flags;
    let item = |what, kind, severity, finding: Option<&'a Finding>, why_not| Item {
        what,
        kind,
        severity: finding.map_or(severity, |finding| finding.severity),
        finding,
        why_not,
    };
    let mut items = Vec::new();
    if record.unread.is_some() || record.state == State::Unread {
        let kind = FindingKind::Unread;
        let finding = own.take(kind);
        items.push(item(
            What::Unread(record),
            kind,
            Severity::Medium,
            finding,
            None,
        ));
    }
    let waiver = record.waiver.as_deref();
    if record.state == State::Missing {
        let kind = FindingKind::Missing;
        let finding = own.take(kind);
        let why_not = NotCounted::of(finding, waiver, None, flags);
        items.push(item(
            What::Existence(record),
            kind,
            Severity::High,
            finding,
            why_not,
        ));
    }
    // An unmanaged connector is a finding unless its target asks for rules only.
    if record.state == State::Unmanaged
        && let Some(finding) = own.take(FindingKind::Unmanaged)
    {
        let why_not = NotCounted::of(Some(finding), waiver, None, flags);
        let kind = FindingKind::Unmanaged;
        items.push(item(
            What::Existence(record),
            kind,
            Severity::Medium,
            Some(finding),
            why_not,
        ));
    }
    for (index, drift) in record.drift.iter().enumerate() {
        let finding = own.take_drift(index);
        let why_not = NotCounted::of(finding, drift.waiver.as_deref(), None, flags);
        let kind = FindingKind::Changed;
        items.push(item(
            What::Drift(drift),
            kind,
            Severity::Medium,
            finding,
            why_not,
        ));
    }
    for (index, judged) in record.results.iter().enumerate() {
        let result = &judged.result;
        let finding = own.take_result(index, result.outcome);
        let (kind, why_not) = match result.outcome {
            // Nothing takes an error away.
            Outcome::Error => (FindingKind::RuleError, None),
            Outcome::Fail => {
                let waiver = judged.waiver.as_deref();
                let why_not = NotCounted::of(finding, waiver, Some(result.level), flags);
                (FindingKind::Policy, why_not)
            }
            Outcome::Pass | Outcome::NotApplicable | Outcome::Skipped => continue,
        };
        // An unread connector is one finding, not one for each rule.
        if kind == FindingKind::RuleError && record.state == State::Unread && finding.is_none() {
            continue;
        }
        items.push(item(
            What::Rule(judged),
            kind,
            result.severity,
            finding,
            why_not,
        ));
    }
    items.extend(own.0.into_iter().map(|finding| of_finding(audit, finding)));
    items
}

fn of_finding<'a>(audit: &Audit, finding: &'a Finding) -> Item<'a> {
    Item {
        what: What::Finding,
        kind: finding.kind(),
        severity: finding.severity,
        finding: Some(finding),
        why_not: NotCounted::of(Some(finding), None, None, &audit.judged.flags),
    }
}
