//! What a person should look at: findings, drafted from what was judged, then waived or counted.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    Age, ConnectorRecord, FailOn, Finding, FindingKind, Flags, State, TargetRecord, TargetStatus,
    WaiverRecord, WaiverUse, WhyNot,
    checked::NOTHING_CHECKED,
    judge::Judgement,
    resolve::{self, Seen},
};
use crate::{
    diff, facts,
    inventory::{Identity, Unmanaged},
    model::{Fact, Hub, Level, Observations, Outcome, Place, Severity, Unread},
    plan::Plan,
    policy::{Policy, RuleResult},
    waiver::{self, Decision, Ledger, Question},
};

/// A finding before waivers and flags.
pub(crate) struct Draft {
    finding: Finding,
    /// The record it belongs to.
    pub connector: Option<usize>,
    /// What of the record it is about.
    pub about: About,
    /// Whether its rule permits waivers.
    waivable: bool,
    /// Why a waiver that is about it doesn't permit it.
    refused: Option<String>,
    /// The value of the fact that it is about, null where it is absent; `None` where it is about none.
    observed: Option<Json>,
}

/// What of a connector's record a finding is about.
#[derive(Clone, Copy)]
pub(crate) enum About {
    /// Its being missing or unmanaged.
    State,
    /// A drifted field.
    Drift(usize),
    /// A rule's result.
    Result(usize),
    /// Nothing that can be waived.
    Nothing,
}

impl Draft {
    fn new(kind: FindingKind, address: &str, severity: Severity, message: String) -> Self {
        let finding = Finding {
            fingerprint: String::new(),
            kind,
            address: address.to_owned(),
            account: None,
            region: None,
            connector_arn: None,
            rule: None,
            path: None,
            severity,
            level: None,
            message,
            expected: None,
            observed: None,
            location: None,
            waiver: None,
            baseline: None,
            counted: false,
            why_not: None,
        };
        Self {
            finding,
            connector: None,
            about: About::Nothing,
            waivable: true,
            refused: None,
            observed: None,
        }
    }

    /// Lets the ledger decide.
    pub fn apply(&mut self, ledger: &mut Ledger<'_>) {
        let Self {
            finding, observed, ..
        } = self;
        let (path, rule) = (
            finding.path.clone().unwrap_or_default(),
            finding.rule.clone(),
        );
        let question = match finding.kind {
            FindingKind::Missing => Question::Missing,
            FindingKind::Unmanaged => Question::Unmanaged,
            FindingKind::Changed => Question::Drift {
                path: &path,
                observed: observed.as_ref(),
            },
            FindingKind::Policy => match &rule {
                Some(rule) => Question::Rule {
                    id: rule,
                    waivable: self.waivable,
                    observed: observed.as_ref(),
                },
                None => return,
            },
            // Nothing takes these away.
            FindingKind::Unread
            | FindingKind::Unlisted
            | FindingKind::RuleError
            | FindingKind::NotChecked
            | FindingKind::StaleWaiver
            | FindingKind::PlannedChange => return,
        };
        match ledger.decide(&finding.address, &question) {
            Decision::NotWaived => {}
            Decision::Refused(why) => self.refused = Some(why),
            Decision::Waived(waiver) => {
                self.finding.waiver = Some(WaiverRecord::from(waiver));
            }
        }
    }

    /// Marks the part of its record that it is about with its waiver.
    pub fn place_waiver(&self, records: &mut [ConnectorRecord]) {
        let (Some(waiver), Some(record)) = (&self.finding.waiver, self.connector) else {
            return;
        };
        let record = &mut records[record];
        let slot = match self.about {
            About::State => &mut record.waiver,
            About::Drift(index) => &mut record.drift[index].waiver,
            About::Result(index) => &mut record.results[index].waiver,
            About::Nothing => return,
        };
        *slot = Some(Box::new(waiver.clone()));
    }

    /// Gives it its fingerprint, and its age where there is a baseline.
    pub fn sign(&mut self, age: Option<Age>) {
        self.finding.fingerprint = fingerprint(&self.finding);
        self.finding.baseline = age;
    }

    /// The same, given back.
    pub fn signed(mut self, age: Option<Age>) -> Self {
        self.sign(age);
        self
    }

    /// The finding.
    pub const fn finding(&self) -> &Finding {
        &self.finding
    }

    /// The finding, and whether it counts under `flags`.
    pub fn finish(self, flags: &Flags) -> Finding {
        let mut finding = self.finding;
        if let Some(why) = self.refused {
            finding.message = format!("{} ({why})", finding.message);
        }
        finding.why_not = why_not(&finding, flags);
        finding.counted = finding.why_not.is_none();
        finding
    }
}

/// The first 16 bytes, in hex, of SHA-256 over kind, address, rule and path, separated by NUL.
pub(crate) fn fingerprint(finding: &Finding) -> String {
    let rule = finding.rule.as_deref().unwrap_or_default();
    let path = finding.path.as_deref().unwrap_or_default();
    let text = [finding.kind.as_str(), &finding.address, rule, path].join("\0");
    crate::text::hex(&Sha256::digest(text.as_bytes())[..16])
}

/// Why a finding doesn't count, if it doesn't.
pub(crate) fn why_not(finding: &Finding, flags: &Flags) -> Option<WhyNot> {
    if finding.kind == FindingKind::NotChecked && flags.allow_empty {
        return Some(WhyNot::AllowEmpty);
    }
    if finding.kind.is_incomplete() {
        return None;
    }
    if finding.waiver.is_some() {
        return Some(WhyNot::Waived);
    }
    if finding.kind == FindingKind::Policy && finding.level != Some(Level::Mandatory) {
        return Some(WhyNot::Advisory);
    }
    if flags.new_only && finding.baseline == Some(Age::Existing) {
        return Some(WhyNot::Existing);
    }
    let chosen = match finding.kind {
        FindingKind::Changed => Some(FailOn::Changed),
        FindingKind::Missing => Some(FailOn::Missing),
        FindingKind::Unmanaged => Some(FailOn::Unmanaged),
        FindingKind::Policy => Some(FailOn::Policy),
        FindingKind::StaleWaiver => Some(FailOn::StaleWaiver),
        FindingKind::Unread
        | FindingKind::Unlisted
        | FindingKind::RuleError
        | FindingKind::NotChecked
        | FindingKind::PlannedChange => None,
    };
    let counts = !flags.report_only && chosen.is_some_and(|kind| flags.fail_on.contains(&kind));
    (!counts).then_some(WhyNot::NotInFailOn)
}

/// What is to be said of whole targets: unread, unlisted, or with a hub that should be off.
pub(super) fn of_targets(plan: &Plan, observations: &Observations) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (plan, target) in plan.targets.iter().zip(&observations.targets) {
        let location = plan.target.place.clone();
        let mut push = |kind, message, path: Option<&str>| {
            let mut draft = Draft::new(kind, &target.name, Severity::Medium, message);
            draft.finding.account.clone_from(&target.account);
            draft.finding.region.clone_from(&target.region);
            draft.finding.location.clone_from(&location);
            draft.finding.path = path.map(str::to_owned);
            drafts.push(draft);
        };
        if resolve::is_disabled_as_expected(plan, target) {
            continue;
        }
        match (&target.unread, resolve::unlisted(plan, target)) {
            (Some(why), _) => {
                push(
                    FindingKind::Unlisted,
                    format!("nothing of the target could be read: {why}"),
                    None,
                );
            }
            (None, Some(why)) => {
                push(
                    FindingKind::Unlisted,
                    format!("which connectors exist is not known: {why}"),
                    None,
                );
            }
            (None, None) if !plan.target.hub_enabled && target.hub == Hub::Enabled => {
                let message = "Security Hub is enabled, but the inventory expects `hub: disabled`";
                push(FindingKind::Changed, message.to_owned(), Some("hub"));
            }
            (None, None) => {}
        }
    }
    drafts
}

/// What is to be said of connectors.
pub(super) fn of_connectors(judgements: &[Judgement<'_>], policy: &Policy) -> Vec<Draft> {
    judgements
        .iter()
        .enumerate()
        .flat_map(|(index, judgement)| of_connector(index, judgement, policy))
        .collect()
}

fn of_connector(index: usize, judgement: &Judgement<'_>, policy: &Policy) -> Vec<Draft> {
    let about = Subject {
        index,
        judgement,
        address: judgement.address(),
    };
    let mut drafts = about.states();
    drafts.extend(about.drift());
    drafts.extend(about.results(policy));
    drafts
}

/// One connector, to draft findings about.
struct Subject<'a> {
    index: usize,
    judgement: &'a Judgement<'a>,
    address: String,
}

impl Subject<'_> {
    fn draft(
        &self,
        kind: FindingKind,
        severity: Severity,
        message: String,
        location: Option<&Place>,
        about: About,
    ) -> Draft {
        let Judgement { facts, .. } = self.judgement;
        let arn = self
            .judgement
            .connector()
            .and_then(|connector| connector.text(Fact::ConnectorArn));
        let mut draft = Draft::new(kind, &self.address, severity, message);
        draft.finding.account.clone_from(&facts.account);
        draft.finding.region.clone_from(&facts.region);
        draft.finding.connector_arn = arn.map(str::to_owned);
        draft.finding.location = location.cloned();
        draft.connector = Some(self.index);
        draft.about = about;
        draft
    }

    fn location(&self) -> Option<&Place> {
        self.judgement
            .resolved
            .expected
            .map(|expected| &expected.place)
    }

    /// That it is unread, missing or unmanaged.
    fn states(&self) -> Vec<Draft> {
        let Judgement {
            resolved,
            plan,
            facts,
            ..
        } = self.judgement;
        let mut drafts = Vec::new();
        match &resolved.state {
            Seen::Unread(why)
            | Seen::Present {
                lacking: Some(why), ..
            } => {
                let message = unread_message(why);
                drafts.push(self.draft(
                    FindingKind::Unread,
                    Severity::Medium,
                    message,
                    self.location(),
                    About::Nothing,
                ));
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
                drafts.push(self.draft(
                    FindingKind::Missing,
                    Severity::High,
                    message,
                    self.location(),
                    About::State,
                ));
            }
            Seen::Present { .. } => {}
        }
        // That it exists is known from the listing, also when it could not be read.
        if resolved.expected.is_none() && plan.target.unmanaged == Unmanaged::Fail {
            let name = self
                .judgement
                .connector()
                .and_then(|connector| connector.text(Fact::Name));
            let message = match name {
                Some(name) => format!("connector `{name}` is not in the inventory"),
                None => "it is not in the inventory".to_owned(),
            };
            let place = plan.target.place.as_ref();
            drafts.push(self.draft(
                FindingKind::Unmanaged,
                Severity::Medium,
                message,
                place,
                About::State,
            ));
        }
        drafts
    }

    /// Each field that differs.
    fn drift(&self) -> impl Iterator<Item = Draft> {
        self.judgement
            .drift
            .iter()
            .enumerate()
            .map(|(slot, drift)| {
                let message = format!(
                    "{} is {}, expected {}",
                    drift.path,
                    in_words(&drift.observed),
                    in_words(&drift.expected)
                );
                let about = About::Drift(slot);
                let mut changed = self.draft(
                    FindingKind::Changed,
                    Severity::Medium,
                    message,
                    Some(&drift.location),
                    about,
                );
                changed.finding.path = Some(drift.path.clone());
                changed.finding.expected = Some(drift.expected.clone());
                changed.finding.observed = Some(drift.observed.clone());
                changed.observed = Some(drift.observed.clone());
                changed
            })
    }

    /// Each rule that failed, or could not be evaluated.
    fn results(&self, policy: &Policy) -> impl Iterator<Item = Draft> {
        let unread = matches!(self.judgement.resolved.state, Seen::Unread(_));
        self.judgement
            .results
            .iter()
            .enumerate()
            .filter_map(move |(slot, result)| {
                let kind = match result.outcome {
                    Outcome::Fail => FindingKind::Policy,
                    Outcome::Error if !unread => FindingKind::RuleError,
                    // An unread connector is one finding, not one for each rule.
                    Outcome::Error | Outcome::Pass | Outcome::NotApplicable | Outcome::Skipped => {
                        return None;
                    }
                };
                let message = result.message.as_deref().unwrap_or_default();
                let mut judged = self.draft(
                    kind,
                    result.severity,
                    message.to_owned(),
                    self.location(),
                    About::Result(slot),
                );
                set_rule(&mut judged, result, self.judgement, policy);
                Some(judged)
            })
    }
}

fn set_rule(draft: &mut Draft, result: &RuleResult, judgement: &Judgement<'_>, policy: &Policy) {
    let rules = policy.rules();
    let at = rules.binary_search_by(|rule| rule.meta.id.cmp(&result.rule));
    draft.waivable = at.is_ok_and(|at| rules[at].meta.waivable);
    draft.finding.rule = Some(Arc::clone(&result.rule));
    draft.finding.level = Some(result.level);
    draft.finding.path = result.path.as_deref().map(str::to_owned);
    if let (Some(path), Some(connector)) = (&result.path, judgement.connector()) {
        let value = match path.strip_prefix("tags.") {
            Some(key) => connector
                .tags()
                .map(|tags| tags.get(key).map(|text| json!(text))),
            // What was not read is not absent.
            None => facts::by_path(path)
                .filter(|spec| !connector.is_unread(spec.fact))
                .map(|spec| connector.get(spec.fact).map(diff::to_json)),
        };
        draft.finding.observed = value.clone().flatten();
        draft.observed = value.map(Option::unwrap_or_default);
    }
}

/// Connectors that are there and that nothing checked; and missing ones that neither count nor are
/// waived: these were not judged either, and nothing else would say so.
pub(super) fn of_unchecked(
    drafts: &[Draft],
    records: &[ConnectorRecord],
    flags: &Flags,
) -> Vec<Draft> {
    let told = |index: usize, kind: FindingKind, message: String| {
        let record = &records[index];
        let mut draft = Draft::new(kind, &record.address, Severity::Medium, message);
        draft.finding.account.clone_from(&record.account);
        draft.finding.region.clone_from(&record.region);
        draft
            .finding
            .connector_arn
            .clone_from(&record.connector_arn);
        draft.finding.location.clone_from(&record.location);
        draft.connector = Some(index);
        draft
    };
    let is_unchecked = |index: &usize| records[*index].is_unchecked();
    let there = (0..records.len()).filter(is_unchecked);
    let there = there.map(|at| told(at, FindingKind::NotChecked, NOTHING_CHECKED.to_owned()));
    let missing = drafts.iter().filter_map(|missing| {
        let of_its_kind = missing.finding.kind == FindingKind::Missing;
        match why_not(&missing.finding, flags) {
            Some(WhyNot::NotInFailOn | WhyNot::Existing) if of_its_kind => {}
            _ => return None,
        }
        let index = missing.connector?;
        let results = records.get(index)?.results.iter();
        let skipped = results.filter(|it| it.result.outcome == Outcome::Skipped);
        Some(match skipped.count() {
            0 => told(index, FindingKind::NotChecked, NOTHING_CHECKED.to_owned()),
            n => {
                let message = format!(
                    "{n} rules could not judge it: it is missing, and missing does not count here"
                );
                told(index, FindingKind::RuleError, message)
            }
        })
    });
    there.chain(missing).collect()
}

fn missing_message(identity: &Identity) -> String {
    match identity {
        Identity::Name(name) => format!("there is no connector named `{name}`"),
        Identity::Id(id) => format!("there is no connector with the id {id}"),
        Identity::Arn(arn) => format!("there is no connector with the id {}", arn.id),
    }
}

fn unread_message(why: &Unread) -> String {
    format!("{}: {}", why.kind, why.message)
}

/// What is to be said of waivers that are of no use any more, or soon, on this day.
///
/// That one covers nothing is said only where all that it may cover was in scope and read: also
/// where that is nothing at all, because no target of the inventory has such a name.
pub(crate) fn of_waivers(
    waivers: &[WaiverUse],
    targets: &[TargetRecord],
    connectors: &[ConnectorRecord],
    today: Date,
) -> Vec<Draft> {
    let in_scope = |it: &TargetRecord| it.status != TargetStatus::OutOfScope;
    let unread: Vec<_> = connectors
        .iter()
        .filter(|it| it.state == State::Unread)
        .map(|it| it.address.as_str())
        .collect();
    let stale = |it: &WaiverUse| {
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
        let expires = it.waiver.expires.parse().ok()?;
        let message = waiver::stale(&it.waiver.owner, expires, used, today)?;
        let mut draft = Draft::new(
            FindingKind::StaleWaiver,
            &it.connector,
            Severity::Low,
            message,
        );
        draft.finding.location = Some(it.location.clone());
        draft.finding.path = Some(it.subject.clone());
        Some(draft)
    };
    waivers.iter().filter_map(stale).collect()
}

/// That nothing is known of a target, because no report of its shard is there.
pub(crate) fn of_lost_shard(address: &str, target: Option<&TargetRecord>, why: &Unread) -> Draft {
    let message = match target {
        Some(_) => format!("nothing of the target was read: {why}"),
        None => why.to_string(),
    };
    let mut draft = Draft::new(FindingKind::Unlisted, address, Severity::Medium, message);
    draft.finding.account = target.and_then(|target| target.account.clone());
    draft.finding.region = target.and_then(|target| target.region.clone());
    draft
}

/// A value in a sentence.
fn in_words(value: &Json) -> String {
    match value {
        Json::Null => "absent".to_owned(),
        other => other.to_string(),
    }
}
