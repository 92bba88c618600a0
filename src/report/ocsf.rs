//! OCSF Compliance Findings 1.8.0 (class 2003), one JSON object a line, for Security Lake and other stores of security events.
//!
//! # Which events there are
//! - **One for the run**, always first: whether everything in scope was read
//!   and checked. So an empty file never stands for a run, and a failed one is
//!   an event that fails.
//! - **One for each finding**, waived ones too. `finding_info.uid` is its fingerprint.
//! - **One for each pass**: of a rule on a connector, and of a connector that is
//!   as the inventory expects. None when the run has no result to trust.
//!   What is not applicable or skipped is no event; the run's counts it. A pass
//!   takes about a kilobyte.
//!
//! `finding_info.uid_alt` names the check on the connector (`ADDRESS#RULE`), the
//! same whether it passes or fails.
//!
//! # What the numbers mean
//! `compliance.status_id` is 3 (fail) for what differs or fails, also if it is
//! waived or advisory; 2 (warning), which the schema defines as "did not yield a
//! result due to missing information", for all that is unread, unlisted or a
//! rule's error; 1 (pass) for what was read and passed, and nothing else; 99
//! for stale waivers, planned changes, and what is gone since the baseline.
//! `status_id` is 3 (suppressed) for what is waived, 4 (resolved) for what is
//! gone. `activity_id` is 1 (create), and against a baseline 2 (update) for
//! what was there before and 3 (close) for what is gone.
//!
//! `time` is the time of judging; 0 where the audit doesn't say it. Long texts
//! are shortened: the JSON report has all of them.

mod event;
mod parts;

use std::{borrow::Cow, collections::HashMap};

use jiff::Timestamp;

use crate::{
    audit::{
        Age, Audit, ConnectorRecord, Finding, FindingKind, InputKind, RuleRecord, State, WhyNot,
        code,
    },
    model::{Level, Outcome, Severity},
};

use self::{
    event::{
        Activity, Cloud, Compliance, Event, FindingInfo, Judgement, Life, Metadata, Product,
        Remediation, Resource, SeverityId, Text, Unmapped,
    },
    parts::{Control, short},
};
use super::common::{
    basis, completeness, coverage,
    findings::Findings,
    headline::Headline,
    json_text, remarks, times,
    value::{self, count},
};

/// How many errors of a run without a result are told.
const ERRORS: usize = 20;

/// Of how many snapshots the age is told.
const SNAPSHOTS: usize = 20;

/// Renders the report.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let context = Context::of(audit);
    let mut out = Vec::new();
    json_text::line(&mut out, &context.run());
    let mut findings = Findings::of(audit);
    for (index, record) in audit.connectors.iter().enumerate() {
        for finding in findings.of_connector(index).0 {
            json_text::line(&mut out, &context.finding(finding, Some(record), false));
        }
        if context.trusted {
            context.passes(&mut out, record);
        }
    }
    for finding in findings.rest(audit) {
        json_text::line(&mut out, &context.finding(finding, None, false));
    }
    for finding in &audit.resolved {
        json_text::line(&mut out, &context.finding(finding, None, true));
    }
    out
}

/// What all events have in common.
struct Context<'a> {
    audit: &'a Audit,
    rules: HashMap<&'a str, &'a RuleRecord>,
    /// Whether there is a result to trust.
    trusted: bool,
    /// Milliseconds since 1970.
    time: i64,
}

/// The parts of an event that differ from event to event.
struct Content<'a> {
    code: &'static str,
    activity: Activity,
    severity: SeverityId,
    life: Option<Life>,
    message: Option<Text<'a>>,
    cloud: Cloud<'a>,
    info: FindingInfo<'a>,
    compliance: Judgement<'a>,
    resource: Option<Resource<'a>>,
    remediation: Option<Remediation<'a>>,
    unmapped: Option<Unmapped<'a>>,
}

impl<'a> Context<'a> {
    fn of(audit: &'a Audit) -> Self {
        let time = audit.judged.now.or(audit.run.finished_at);
        Self {
            audit,
            rules: audit.rules.iter().map(|rule| (&*rule.id, rule)).collect(),
            trusted: completeness::has_result(audit),
            time: time.map_or(0, Timestamp::as_millisecond),
        }
    }

    fn event(&self, content: Content<'a>) -> Event<'a> {
        Event {
            activity_id: content.activity,
            activity_name: content.activity.caption(),
            category_uid: 2,
            class_uid: 2003,
            type_uid: 200_300 + u32::from(content.activity.number()),
            severity_id: content.severity,
            severity: content.severity.caption(),
            status_id: content.life,
            status: content.life.map(Life::caption),
            time: self.time,
            message: content.message,
            metadata: Metadata {
                version: "1.8.0",
                product: Product {
                    name: "hubdrift",
                    vendor_name: "hubdrift",
                    version: short(&self.audit.tool.version),
                },
                log_name: "hubdrift",
                profiles: ["cloud"],
                event_code: content.code,
            },
            cloud: content.cloud,
            finding_info: content.info,
            compliance: content.compliance,
            resources: content.resource.into_iter().collect(),
            remediation: content.remediation,
            unmapped: content.unmapped,
        }
    }

    /// Whether everything in scope was read and checked.
    fn run(&self) -> Event<'a> {
        let audit = self.audit;
        let because = completeness::lacking(audit);
        let is_incomplete = !completeness::incomplete_because(audit).is_empty();
        let narrowed = coverage::is_partial(audit) || !coverage::rules_evaluated(audit);
        let (status, severity) = if !self.trusted {
            (Compliance::Fail, SeverityId::High)
        } else if is_incomplete || audit.verdict.exit_code == code::INTERRUPTED {
            (Compliance::Warning, SeverityId::Medium)
        } else if narrowed || !because.is_empty() {
            (Compliance::Partial, SeverityId::Informational)
        } else {
            (Compliance::Pass, SeverityId::Informational)
        };
        let result = Headline::of(audit).line(audit);
        let control = Control {
            uid: "hubdrift.run".into(),
            title: "Everything in scope was read and checked".into(),
            rule: None,
        };
        let mut compliance = control.judgement(status);
        compliance.status_details = self.run_details(&because);
        self.event(Content {
            code: "run",
            activity: Activity::Create,
            severity,
            life: None,
            message: Some(result.into()),
            cloud: parts::cloud("", None, None, None),
            info: FindingInfo {
                uid: self.run_uid(),
                uid_alt: None,
                title: control.title.clone(),
                types: ["run"],
                analytic: None,
                last_seen_time: None,
            },
            compliance,
            resource: None,
            remediation: None,
            unmapped: Some(Unmapped {
                counted: audit.verdict.exit_code != code::CLEAN,
                exit_code: Some(audit.verdict.exit_code),
                read: basis::read(audit, basis::SHOWN),
                overrides: basis::overrides(audit),
                ..Unmapped::default()
            }),
        })
    }

    /// Runs of one inventory have one name.
    fn run_uid(&self) -> Text<'a> {
        let inputs = self.audit.judged.inputs.iter();
        let mut inventories = inputs.filter(|input| input.kind == InputKind::Inventory);
        match inventories.next() {
            Some(input) => format!("hubdrift.run:{}", short(&input.path)).into(),
            None => "hubdrift.run".into(),
        }
    }

    /// What the run's result has to be read with.
    fn run_details(&self, because: &[String]) -> Vec<Text<'a>> {
        let audit = self.audit;
        let mut details: Vec<Text<'_>> = Vec::new();
        for error in audit.errors.iter().take(ERRORS) {
            let place = error.location.as_ref().map(|place| format!("{place}: "));
            let place = place.unwrap_or_default();
            let text = format!("error: {}: {place}{}", error.kind.as_str(), error.message);
            details.push(short(&text).into_owned().into());
        }
        let more = audit.errors.len().saturating_sub(ERRORS) as u64;
        if more > 0 {
            details.push(format!("and {}", count(more, "more error")).into());
        }
        if !because.is_empty() {
            details.push(format!("incomplete: {}", because.join(", ")).into());
        }
        details.push(format!("scope: {}", coverage::scope(audit)).into());
        let coverage = audit.summary.coverage;
        let text = format!(
            "coverage: read {}, managed {}, checked {}",
            coverage.read, coverage.managed, coverage.checked
        );
        details.push(text.into());
        let outcomes = &audit.summary.outcomes;
        for (outcome, words) in [
            (Outcome::NotApplicable, "not applicable"),
            (Outcome::Skipped, "skipped"),
        ] {
            let n = outcomes.get(&outcome).copied().unwrap_or(0);
            if n > 0 {
                let text = format!("no events: {} {words}", count(n, "result"));
                details.push(text.into());
            }
        }
        let idle = coverage::idle_rules(audit);
        if !idle.is_empty() {
            let text = format!(
                "rules that applied to no connector at all: {}",
                value::names(&idle)
            );
            details.push(text.into());
        }
        let flags = basis::flags(audit).into_iter();
        details.extend(flags.map(|flag| Text::from(format!("flag: {flag}"))));
        let observed = times::observed(audit).into_iter().take(SNAPSHOTS);
        details.extend(observed.map(Cow::from));
        details
    }

    /// A finding; `gone` for one of the baseline that is no more.
    fn finding(
        &self,
        finding: &'a Finding,
        record: Option<&'a ConnectorRecord>,
        gone: bool,
    ) -> Event<'a> {
        let control = Control::finding(finding, &self.rules);
        let status = match finding.kind() {
            _ if gone => Compliance::Resolved,
            FindingKind::Unread
            | FindingKind::Unlisted
            | FindingKind::RuleError
            | FindingKind::NotChecked => Compliance::Warning,
            FindingKind::Missing
            | FindingKind::Changed
            | FindingKind::Unmanaged
            | FindingKind::Policy => Compliance::Fail,
            FindingKind::StaleWaiver => Compliance::StaleWaiver,
        };
        let (activity, life) = match (gone, finding.baseline) {
            (true, _) => (Activity::Close, Life::Resolved),
            (false, Some(Age::Existing)) => (Activity::Update, Life::Existing),
            (false, Some(Age::New) | None) => (Activity::Create, Life::New),
        };
        let is_waived = !gone && finding.why_not == Some(WhyNot::Waived);
        let life = if is_waived { Life::Suppressed } else { life };
        let flags = &self.audit.judged.flags;
        let why_not = remarks::why_not(finding, flags).filter(|_| !gone);
        let mut compliance = control.judgement(status);
        compliance.status_details = vec![parts::short_owned(finding.full_message())];
        compliance
            .status_details
            .extend(why_not.map(|why| Text::from(format!("doesn't count: {why}"))));
        let drift = self.audit.drift_of(finding);
        // A rule's remediation is for its failure; of an error it would be beside the point.
        let remediation = match finding.kind() {
            FindingKind::Policy => control.remediation(),
            _ => drift.and_then(parts::drift_remediation),
        };
        let seen = record.and_then(|record| record.observed_at);
        let arn = finding.connector_arn.as_deref();
        let arn = arn.or(record.and_then(|record| record.connector_arn.as_deref()));
        // Without a record, only the address tells the target.
        let of_address = || finding.address.split('/').next().unwrap_or_default();
        let target = record.map_or_else(of_address, |record| &record.target);
        self.event(Content {
            code: finding.kind().as_str(),
            activity,
            severity: severity(finding.severity),
            life: Some(life),
            message: Some(parts::short_owned(finding.full_message())),
            cloud: parts::cloud(
                target,
                finding.account.as_deref(),
                finding.region.as_deref(),
                arn,
            ),
            info: FindingInfo {
                uid: short(&finding.fingerprint),
                uid_alt: Some(control.check_on(&finding.address)),
                title: control.title.clone(),
                types: [finding.kind().as_str()],
                analytic: control.analytic(),
                last_seen_time: seen.map(Timestamp::as_millisecond).filter(|_| !gone),
            },
            compliance,
            resource: Some(parts::resource(finding, record, arn)),
            remediation,
            unmapped: Some(parts::unmapped(finding, record, drift, gone)),
        })
    }

    /// What passed on a connector: its drift, and each rule.
    fn passes(&self, out: &mut Vec<u8>, record: &'a ConnectorRecord) {
        let in_sync = record.state == State::InSync
            && record.drift.is_empty()
            && record.unread.is_none()
            && record.location.is_some()
            && !record.is_unchecked();
        if in_sync {
            let control = Control {
                uid: "hubdrift.changed".into(),
                title: "Everything that the inventory expects of it is observed".into(),
                rule: None,
            };
            json_text::line(out, &self.pass(&control, record));
        }
        for result in &record.results {
            let passed =
                result.result.outcome == Outcome::Pass && result.result.level != Level::Off;
            if passed {
                let control = Control::rule(&result.result.rule, &self.rules);
                json_text::line(out, &self.pass(&control, record));
            }
        }
    }

    /// A pass is one of very many, so it holds little more than what passed, where, and when.
    fn pass(&self, control: &Control<'a>, record: &'a ConnectorRecord) -> Event<'a> {
        let arn = record.connector_arn.as_deref();
        let check = control.check_on(&record.address);
        self.event(Content {
            code: "pass",
            activity: Activity::Create,
            severity: SeverityId::Informational,
            life: None,
            message: None,
            cloud: parts::cloud(
                &record.target,
                record.account.as_deref(),
                record.region.as_deref(),
                arn,
            ),
            info: FindingInfo {
                uid: format!("pass:{check}").into(),
                uid_alt: Some(check),
                title: control.title.clone(),
                types: ["pass"],
                analytic: None,
                last_seen_time: record.observed_at.map(Timestamp::as_millisecond),
            },
            compliance: control.judgement(Compliance::Pass),
            resource: Some(Resource {
                labels: Vec::new(),
                ..parts::connector(record, arn)
            }),
            remediation: None,
            unmapped: None,
        })
    }
}

const fn severity(severity: Severity) -> SeverityId {
    match severity {
        Severity::Info => SeverityId::Informational,
        Severity::Low => SeverityId::Low,
        Severity::Medium => SeverityId::Medium,
        Severity::High => SeverityId::High,
        Severity::Critical => SeverityId::Critical,
    }
}
