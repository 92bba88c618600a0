//! What a person should look at: a finding for whatever of a target, a connector or a waiver is not well.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::{
    About, Change, ConnectorRecord, Finding, Flags, RuleFinding, State, TargetRecord, TargetStatus,
    WaiverRecord, WaiverUse, WhyNot,
    checked::NOTHING_CHECKED,
    coverage::{why_unlisted, why_unread},
    judge::Judgement,
    reading::Seen,
};
use crate::{
    diff::{self, Drift},
    facts,
    inventory::{Identity, Unmanaged},
    model::{Fact, Hub, Observations, Outcome, Place, Severity, Unread},
    plan::Plan,
    policy::{Policy, RuleResult},
    waiver::{self, Decision, Ledger, Question},
};

/// Whole targets that are unread or unlisted, or have a hub that should be off. `targets` are their
/// records, by name.
pub(super) fn of_targets(
    plan: &Plan,
    observations: &Observations,
    targets: &[TargetRecord],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (plan, target) in plan.targets.iter().zip(&observations.targets) {
        let (about, message) = match why_unlisted(plan, target) {
            Some(message) => (About::Unlisted, message),
            None if !plan.target.hub_enabled && target.hub == Hub::Enabled => {
                let message = "Security Hub is enabled, but the inventory expects `hub: disabled`";
                (About::HubEnabled, message.to_owned())
            }
            None => continue,
        };
        let record = targets.binary_search_by(|it| it.name.cmp(&target.name));
        findings.push(Finding {
            record: record.ok(),
            account: target.account.clone(),
            region: target.region.clone(),
            location: plan.target.place.clone(),
            ..Finding::new(about, &*target.name, Severity::Medium, message)
        });
    }
    findings
}

/// What is not well of connectors, and whether a waiver permits it.
pub(super) fn of_connectors(
    judgements: &[Judgement<'_>],
    policy: &Policy,
    ledger: &mut Ledger<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, judgement) in judgements.iter().enumerate() {
        let mut subject = Subject {
            index,
            judgement,
            address: judgement.address(),
            ledger,
            findings: &mut findings,
        };
        subject.state();
        for (index, drift) in judgement.drift.iter().enumerate() {
            subject.drift(index, drift);
        }
        for (index, result) in judgement.results.iter().enumerate() {
            subject.result(index, result, policy);
        }
    }
    findings
}

/// One connector, and where its findings go.
struct Subject<'a, 'w> {
    index: usize,
    judgement: &'a Judgement<'a>,
    address: String,
    ledger: &'a mut Ledger<'w>,
    findings: &'a mut Vec<Finding>,
}

impl Subject<'_, '_> {
    fn push(
        &mut self,
        about: About,
        severity: Severity,
        message: String,
        location: Option<&Place>,
        question: Option<&Question<'_>>,
    ) {
        let Judgement { facts, .. } = self.judgement;
        let connector = self.judgement.connector();
        let arn = connector.and_then(|connector| connector.text(Fact::ConnectorArn));
        let mut finding = Finding {
            record: Some(self.index),
            account: facts.account.clone(),
            region: facts.region.clone(),
            connector_arn: arn.map(str::to_owned),
            location: location.cloned(),
            ..Finding::new(about, &*self.address, severity, message)
        };
        let decision = question.map(|question| self.ledger.decide(&self.address, question));
        match decision {
            Some(Decision::Waived(waiver)) => finding.waiver = Some(WaiverRecord::from(waiver)),
            Some(Decision::Refused(why)) => finding.refusal = Some(why),
            Some(Decision::NotWaived) | None => {}
        }
        self.findings.push(finding);
    }

    /// That it is unread, missing or unmanaged.
    fn state(&mut self) {
        let Judgement {
            resolved,
            plan,
            facts,
            ..
        } = self.judgement;
        let location = resolved.expected.map(|expected| &expected.place);
        match &resolved.state {
            Seen::Unread(why)
            | Seen::Present {
                lacking: Some(why), ..
            } => {
                let message = why_unread(why);
                self.push(About::Unread, Severity::Medium, message, location, None);
            }
            Seen::Missing => {
                let expected = resolved
                    .expected
                    .map(|expected| missing_message(&expected.identity));
                let mut message = expected.unwrap_or_default();
                if resolved.nothing_listed {
                    let region = facts.region.as_deref().unwrap_or("this region");
                    message = format!(
                        "{message}; no connector at all is in {region}: connectors live in Security Hub's home region, is that another?"
                    );
                }
                if let Some(id) = &resolved.replaced_by {
                    message = format!(
                        "{message}; replaced? an unmanaged connector of its name has the id {id}"
                    );
                }
                let question = Some(&Question::Missing);
                self.push(About::Missing, Severity::High, message, location, question);
            }
            Seen::Present { .. } => {}
        }
        // That it exists is known from the listing, also when it could not be read.
        if resolved.expected.is_none() && plan.target.unmanaged == Unmanaged::Fail {
            let connector = self.judgement.connector();
            let message = match connector.and_then(|connector| connector.text(Fact::Name)) {
                Some(name) => format!("connector `{name}` is not in the inventory"),
                None => "it is not in the inventory".to_owned(),
            };
            let (place, question) = (plan.target.place.as_ref(), Some(&Question::Unmanaged));
            self.push(About::Unmanaged, Severity::Medium, message, place, question);
        }
    }

    /// A field that differs.
    fn drift(&mut self, index: usize, drift: &Drift) {
        let change = Change {
            path: drift.path.clone(),
            expected: Some(drift.expected.clone()),
            observed: Some(drift.observed.clone()),
            drift: Some(index),
        };
        let question = Question::Drift {
            path: &drift.path,
            observed: Some(&drift.observed),
        };
        self.push(
            About::Changed(change),
            Severity::Medium,
            changed_message(&drift.path, &drift.observed, &drift.expected),
            Some(&drift.location),
            Some(&question),
        );
    }

    /// A rule that failed, or could not be evaluated.
    fn result(&mut self, index: usize, result: &RuleResult, policy: &Policy) {
        let is_unread = matches!(self.judgement.resolved.state, Seen::Unread(_));
        let is_failure = match result.outcome {
            Outcome::Fail => true,
            Outcome::Error if !is_unread => false,
            // An unread connector is one finding, not one for each rule.
            Outcome::Error | Outcome::Pass | Outcome::NotApplicable | Outcome::Skipped => return,
        };
        let value = self.value_at(result);
        let found = RuleFinding {
            rule: Arc::clone(&result.rule),
            level: result.level,
            path: result.path.as_deref().map(str::to_owned),
            observed: value.clone().filter(|value| !value.is_null()),
            result: Some(index),
        };
        let message = result.message.as_deref().unwrap_or_default().to_owned();
        let location = self.judgement.resolved.expected.map(|it| &it.place);
        if !is_failure {
            let about = About::RuleError(Some(found));
            self.push(about, result.severity, message, location, None);
            return;
        }
        let rules = policy.rules();
        let at = rules.binary_search_by(|rule| rule.meta.id.cmp(&result.rule));
        let question = Question::Rule {
            id: &result.rule,
            waivable: at.is_ok_and(|at| rules[at].meta.waivable),
            observed: value.as_ref(),
        };
        let about = About::Policy(found);
        self.push(about, result.severity, message, location, Some(&question));
    }

    /// The value of the fact that a rule points at, null where it is absent; `None` where the rule
    /// points at none, or it was not read.
    fn value_at(&self, result: &RuleResult) -> Option<Json> {
        let (path, connector) = (result.path.as_ref()?, self.judgement.connector()?);
        match path.strip_prefix("tags.") {
            Some(key) => connector
                .tags()
                .map(|tags| tags.get(key).map_or(Json::Null, |text| json!(text))),
            // What was not read is not absent.
            None => facts::by_path(path)
                .filter(|spec| !connector.is_unread(spec.fact))
                .map(|spec| connector.get(spec.fact).map_or(Json::Null, diff::to_json)),
        }
    }
}

/// Marks the part of each record that a waiver permits with that waiver.
pub(super) fn place_waivers(findings: &[Finding], records: &mut [ConnectorRecord]) {
    for finding in findings {
        let (Some(waiver), Some(at)) = (&finding.waiver, finding.record) else {
            continue;
        };
        let record = &mut records[at];
        let part = match &finding.about {
            About::Missing | About::Unmanaged => Some(&mut record.waiver),
            About::Changed(Change {
                drift: Some(at), ..
            }) => record.drift.get_mut(*at).map(|it| &mut it.waiver),
            About::Policy(RuleFinding {
                result: Some(at), ..
            }) => record.results.get_mut(*at).map(|it| &mut it.waiver),
            _ => None,
        };
        if let Some(part) = part {
            *part = Some(Box::new(waiver.clone()));
        }
    }
}

/// Connectors that are there and that nothing checked; and missing ones that neither count nor are
/// waived: these were not judged either, and nothing else would say so.
pub(super) fn of_unchecked(
    findings: &[Finding],
    records: &[ConnectorRecord],
    flags: &Flags,
) -> Vec<Finding> {
    let of_record = |index: usize, about: About, message: String| {
        let record = &records[index];
        Finding {
            record: Some(index),
            account: record.account.clone(),
            region: record.region.clone(),
            connector_arn: record.connector_arn.clone(),
            location: record.location.clone(),
            ..Finding::new(about, &*record.address, Severity::Medium, message)
        }
    };
    let unchecked = |index| of_record(index, About::NotChecked, NOTHING_CHECKED.to_owned());
    let there = (0..records.len()).filter(|index| records[*index].is_unchecked());
    let missing = findings.iter().filter(|it| it.about == About::Missing);
    let missing = missing.filter_map(|missing| {
        let Some(WhyNot::NotInFailOn | WhyNot::Existing) = missing.why_not_under(flags) else {
            return None;
        };
        let index = missing.record?;
        let results = records.get(index)?.results.iter();
        let skipped = results.filter(|it| it.result.outcome == Outcome::Skipped);
        Some(match skipped.count() {
            0 => unchecked(index),
            n => {
                let message = format!(
                    "{n} rules could not judge it: it is missing, and missing does not count here"
                );
                of_record(index, About::RuleError(None), message)
            }
        })
    });
    there.map(unchecked).chain(missing).collect()
}

fn missing_message(identity: &Identity) -> String {
    match identity {
        Identity::Name(name) => format!("there is no connector named `{name}`"),
        Identity::Id(id) => format!("there is no connector with the id {id}"),
        Identity::Arn(arn) => format!("there is no connector with the id {}", arn.id),
    }
}

/// How a field that differs is worded.
pub(crate) fn changed_message(path: &str, observed: &Json, expected: &Json) -> String {
    let in_words = |value: &Json| match value {
        Json::Null => "absent".to_owned(),
        other => other.to_string(),
    };
    format!(
        "{path} is {}, expected {}",
        in_words(observed),
        in_words(expected)
    )
}

/// Waivers that are of no use any more on this day, or soon.
///
/// That one covers nothing is said only where all that it may cover was in scope and read: also
/// where that is nothing at all, because no target of the inventory has such a name.
pub(crate) fn of_waivers(
    waivers: &[WaiverUse],
    targets: &[TargetRecord],
    connectors: &[ConnectorRecord],
    today: Date,
) -> Vec<Finding> {
    let in_scope = |it: &TargetRecord| it.status != TargetStatus::OutOfScope;
    let unread: Vec<_> = connectors
        .iter()
        .filter(|it| it.state == State::Unread)
        .map(|it| it.address.as_str())
        .collect();
    let stale = |(index, it): (usize, &WaiverUse)| {
        let may_cover = |target: &&TargetRecord| waiver::may_be_in(&it.connector, &target.name);
        let own = || targets.iter().filter(may_cover);
        if own().next().is_some() && !own().any(in_scope) {
            return None;
        }
        let all_read = own().all(|target| target.status == TargetStatus::Read)
            && !unread
                .iter()
                .any(|address| waiver::covers(&it.connector, address));
        let used = (it.used || all_read).then_some(it.used);
        let message = waiver::stale(&it.waiver.owner, it.waiver.expires, used, today)?;
        let about = About::StaleWaiver(Some(it.subject.clone()));
        Some(Finding {
            record: Some(index),
            location: Some(it.location.clone()),
            ..Finding::new(about, &*it.connector, Severity::Low, message)
        })
    };
    waivers.iter().enumerate().filter_map(stale).collect()
}

/// That nothing is known of a target, because no report of its shard is there.
pub(crate) fn of_lost_shard(address: &str, target: Option<&TargetRecord>, why: &Unread) -> Finding {
    let message = match target {
        Some(_) => format!("nothing of the target was read: {why}"),
        None => why.to_string(),
    };
    Finding {
        account: target.and_then(|target| target.account.clone()),
        region: target.and_then(|target| target.region.clone()),
        ..Finding::new(About::Unlisted, address, Severity::Medium, message)
    }
}
