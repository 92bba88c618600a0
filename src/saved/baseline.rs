//! A saved report that findings are compared with: which are new, which exist already, which are gone.
//!
//! A finding is looked for by its fingerprint, and by its connector's ARN, kind, rule and path,
//! whatever the inventory calls the connector now. One that is found exists already only if it is
//! of the same connector, no worse than it was, and says the same of the same fact; see
//! [`is_the_same`]. What makes a run incomplete exists in no baseline, and neither does a stale
//! waiver, which is about today.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::{
        Age, Audit, BaselineRecord, Comparison, Finding, FindingKind, Inputs, Joined, Judgement,
        RuleRecord, State, TargetRecord, audit_compared,
        findings::fingerprint,
        resolve::{self, Seen},
    },
    inventory::{Expectation, Unmanaged},
    model::{ConnectorArn, ConnectorId, Fact, Level, Listing, Outcome, TargetObservation},
    plan::TargetPlan,
    waiver,
};

/// How far the clocks of two machines may be apart.
pub const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// A saved report that findings are compared with, or the want of one.
#[derive(Debug)]
pub struct Baseline {
    record: BaselineRecord,
    targets: Vec<TargetRecord>,
    findings: Vec<Finding>,
    rules: Vec<RuleRecord>,
    /// The findings by fingerprint and by what stays when an address changes.
    known: HashMap<Key, Vec<usize>>,
}

/// What two findings that are the same have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Fingerprint(String),
    Connector(String, FindingKind, Option<Arc<str>>, Option<String>),
}

/// Joins and judges a run, and compares what it found with the baseline, if there is one.
pub fn audit_against(inputs: Inputs<'_>, baseline: Option<&Baseline>) -> Audit {
    audit_compared(inputs, |joined| Some(baseline?.compare(joined)))
}

fn keys(finding: &Finding) -> impl Iterator<Item = Key> {
    let connector = finding.connector_arn.clone().map(|arn| {
        let (rule, path) = (finding.rule.clone(), finding.path.clone());
        Key::Connector(arn, finding.kind, rule, path)
    });
    // Computed and not copied: the file may have been edited.
    [Key::Fingerprint(fingerprint(finding))]
        .into_iter()
        .chain(connector)
}

impl Baseline {
    /// There is no file at `path` yet: every finding is new.
    pub fn none(path: impl Into<String>) -> Self {
        Self {
            record: BaselineRecord {
                path: path.into(),
                judged_at: None,
                notes: vec!["there is no such file yet, so every finding is new".to_owned()],
            },
            targets: Vec::new(),
            findings: Vec::new(),
            rules: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Why it is nothing to compare a run with that is judged at `now`, a time that was chosen or a
    /// clock's: it is of later, when more may have been wrong already than is now.
    pub fn refusal(&self, now: Timestamp, chosen: bool) -> Option<String> {
        // A run without a result may not have come to a time.
        let at = self.record.judged_at.as_deref();
        let at = at.filter(|it| !it.is_empty() || !self.findings.is_empty())?;
        let clocks = if chosen { SignedDuration::ZERO } else { CLOCKS };
        match at.parse::<Timestamp>() {
            Ok(judged) if judged <= now.saturating_add(clocks).unwrap_or(Timestamp::MAX) => None,
            Ok(_) => Some(format!(
                "it was judged at {at}, which is after {now}, the time to judge at: compare with \
                 an earlier report, or see which clock or --now is wrong"
            )),
            Err(_) => Some("the time it was judged at is no time".to_owned()),
        }
    }

    /// The report at `path`, which is `audit`.
    pub fn of(path: impl Into<String>, audit: Audit) -> Self {
        let mut notes = Vec::new();
        let targets = audit.judged.scope.targets;
        if !audit.errors.is_empty() {
            notes.push("its run had no result, so every finding is new".to_owned());
        } else if !audit.verdict.complete {
            notes
                .push("its run was incomplete, and what it didn't read or judge is new".to_owned());
        }
        if targets.done != targets.of {
            notes.push(format!(
                "its run looked at {} of {} targets, and what is found in others is new",
                targets.done, targets.of
            ));
        }
        // What a run without a result says of some is nothing to compare with.
        let findings = if audit.errors.is_empty() {
            audit.findings
        } else {
            Vec::new()
        };
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            for key in keys(finding) {
                known.entry(key).or_default().push(index);
            }
        }
        Self {
            record: BaselineRecord {
                path: path.into(),
                judged_at: Some(audit.judged.now),
                notes,
            },
            targets: audit.targets,
            findings,
            rules: audit.rules,
            known,
        }
    }

    /// Compares a run with it.
    fn compare(&self, joined: &Joined<'_>) -> Comparison {
        let findings = || joined.findings.iter().copied();
        Comparison {
            ages: findings().map(|finding| self.age(finding)).collect(),
            resolved: self.resolved(findings(), &Looked::new(joined)),
            record: self.record(joined.targets, joined.rules),
        }
    }

    /// What a report says of it. `targets` and `rules` are those of the run that is compared with it.
    fn record(&self, targets: &[TargetRecord], rules: &[RuleRecord]) -> BaselineRecord {
        let mut record = self.record.clone();
        let then = self.targets.iter();
        let then: BTreeMap<&str, &TargetRecord> =
            then.map(|target| (target.name.as_str(), target)).collect();
        let known = |now: &TargetRecord| then.get(now.name.as_str()).copied();
        if !then.is_empty() && !targets.iter().any(|now| known(now).is_some()) {
            let note = "it knows none of this inventory's targets: is it another inventory's?";
            record.notes.push(note.to_owned());
        }
        let moved = targets.iter().filter_map(|now| {
            let then = known(now)?;
            let place =
                |target: &TargetRecord| target.place().map(Option::unwrap_or_default).join(" ");
            (!is_one_place(then.place(), now.place())).then(|| {
                format!(
                    "its target {} was {}, and what is found in {} is new",
                    now.name,
                    place(then),
                    place(now)
                )
            })
        });
        record.notes.extend(moved);
        let then: HashMap<_, _> = self.rules.iter().map(|it| (&it.id, &it.sha256)).collect();
        let is_another = |now: &&RuleRecord| then.get(&now.id).is_some_and(|it| **it != now.sha256);
        let rewritten: Vec<&str> = rules.iter().filter(is_another).map(|it| &*it.id).collect();
        if !rewritten.is_empty() {
            record.notes.push(format!(
                "rules that were rewritten since, of which what they say in the same words is \
                 existing: {}",
                rewritten.join(", ")
            ));
        }
        record
    }

    /// Whether the baseline has a finding.
    fn age(&self, finding: &Finding) -> Age {
        let has = |index: usize| is_the_same(&self.findings[index], finding);
        if keys(finding).any(|key| self.at(&key).iter().copied().any(has)) {
            Age::Existing
        } else {
            Age::New
        }
    }

    fn at(&self, key: &Key) -> &[usize] {
        self.known.get(key).map_or(&[], Vec::as_slice)
    }

    /// The findings of the baseline that are gone: none of `findings` is the same, whatever its
    /// value, and what would show it was looked at and is well.
    fn resolved<'a>(
        &self,
        findings: impl Iterator<Item = &'a Finding>,
        looked: &Looked<'_>,
    ) -> Vec<Finding> {
        let still: HashSet<usize> = findings
            .flat_map(keys)
            .flat_map(|key| self.at(&key).iter().copied())
            .collect();
        let gone = self
            .findings
            .iter()
            .enumerate()
            .filter(|(index, finding)| !still.contains(index) && looked.finds_well(finding));
        gone.map(|(_, finding)| Finding {
            baseline: None,
            counted: false,
            why_not: None,
            ..finding.clone()
        })
        .collect()
    }
}

/// An account and a region, as far as they are known.
type Where<'a> = [Option<&'a str>; 2];

impl TargetRecord {
    fn place(&self) -> Where<'_> {
        [self.account.as_deref(), self.region.as_deref()]
    }
}

impl Finding {
    fn place(&self) -> Where<'_> {
        [self.account.as_deref(), self.region.as_deref()]
    }

    /// The connector that it is about, if its ARN is known.
    fn connector(&self) -> Option<ConnectorArn> {
        self.connector_arn.as_deref()?.parse().ok()
    }
}

/// Whether two may be the same account and region: nothing that is known of both differs.
fn is_one_place(one: Where<'_>, other: Where<'_>) -> bool {
    let agree = |(a, b): (Option<&str>, Option<&str>)| a.is_none() || b.is_none() || a == b;
    one.into_iter().zip(other).all(agree)
}

/// Whether a finding with the same key is the same finding still: of the same connector, no worse
/// than it was, and saying the same of the same fact.
fn is_the_same(then: &Finding, now: &Finding) -> bool {
    let is_of_today = now.kind.is_incomplete() || now.kind == FindingKind::StaleWaiver;
    let was_advisory = then.level != Some(Level::Mandatory) && now.level == Some(Level::Mandatory);
    // It was permitted until a day, or for a value: then nobody has accepted it as it is now.
    let lost_its_waiver = then.waiver.is_some() && now.waiver.is_none();
    let is_worse = now.severity > then.severity || was_advisory || lost_its_waiver;
    !is_of_today
        && !is_worse
        && is_of_one_connector(then, now)
        && (&then.expected, &then.observed) == (&now.expected, &now.observed)
        && says_the_same(then, now)
}

/// Whether both are of one connector, known by its ARN; or of a place in which nothing is that
/// has one: a connector that is missing, or a whole target. What is not known is not the same.
fn is_of_one_connector(then: &Finding, now: &Finding) -> bool {
    let is_of_none = now.kind == FindingKind::Missing || !now.address.contains('/');
    match (&then.connector_arn, &now.connector_arn) {
        (Some(then), Some(now)) => then == now,
        (None, None) => {
            is_of_none
                && then.address == now.address
                && now.place().iter().all(Option::is_some)
                && then.place() == now.place()
        }
        _ => false,
    }
}

/// Whether both are in the same words, but for why a waiver didn't permit the earlier one. Those of
/// a changed field follow from its values.
fn says_the_same(then: &Finding, now: &Finding) -> bool {
    let rest = then.message.strip_prefix(&*now.message);
    now.expected.is_some() || rest.is_some_and(|it| it.is_empty() || waiver::is_refusal(it))
}

/// What a run looked at, to tell what is gone from what nobody looked for.
struct Looked<'a> {
    judgements: &'a [Judgement<'a>],
    by_address: HashMap<String, usize>,
    by_arn: HashMap<&'a str, usize>,
    targets: Vec<(&'a TargetPlan, &'a TargetObservation)>,
}

impl<'a> Looked<'a> {
    fn new(joined: &Joined<'a>) -> Self {
        let Joined {
            plan,
            observations,
            judgements,
            ..
        } = *joined;
        let arn = |judgement: &'a Judgement<'a>| judgement.connector()?.text(Fact::ConnectorArn);
        Self {
            judgements,
            by_address: judgements
                .iter()
                .enumerate()
                .map(|(index, judgement)| (judgement.address(), index))
                .collect(),
            by_arn: judgements
                .iter()
                .enumerate()
                .filter_map(|(index, judgement)| Some((arn(judgement)?, index)))
                .collect(),
            targets: plan.targets.iter().zip(&observations.targets).collect(),
        }
    }

    /// Whether what the baseline's finding is about was read and judged in this run, and is well.
    /// That it is not found again is known already.
    fn finds_well(&self, then: &Finding) -> bool {
        match then.kind {
            FindingKind::Missing => self.present(then).is_some(),
            FindingKind::Changed => match self.present(then) {
                Some(now) => now.resolved.expected.is_some_and(|expected| {
                    let paths = expected.expect.iter().map(Expectation::path);
                    paths.into_iter().any(|path| then.path == Some(path))
                }),
                None => then.path.as_deref() == Some("hub") && self.listed(then).is_some(),
            },
            FindingKind::Unmanaged => self.is_managed_or_gone(then),
            FindingKind::Policy => self.outcome(then) == Some(Outcome::Pass),
            FindingKind::RuleError => match then.rule {
                Some(_) => matches!(self.outcome(then), Some(Outcome::Pass | Outcome::Fail)),
                None => self.present(then).is_some(),
            },
            FindingKind::NotChecked => self.present(then).is_some_and(Judgement::is_checked),
            FindingKind::Unread => self.read(then).is_some(),
            FindingKind::Unlisted => self.listed(then).is_some(),
            FindingKind::StaleWaiver | FindingKind::PlannedChange => false,
        }
    }

    /// The connector, found or known not to be there; or the one that has taken its address, if it
    /// is gone itself.
    fn read(&self, then: &Finding) -> Option<&Judgement<'a>> {
        let by_arn = then.connector_arn.as_deref();
        let by_arn = by_arn.and_then(|arn| self.by_arn.get(arn));
        let index = by_arn.or_else(|| self.by_address.get(&then.address))?;
        let judgement = &self.judgements[*index];
        let place = [
            judgement.facts.account.as_deref(),
            judgement.facts.region.as_deref(),
        ];
        let is_own = || {
            then.connector().is_none_or(|arn| {
                judgement.resolved.id == Some(arn.id) || self.is_gone(then, arn.id)
            })
        };
        let was_read = judgement.state() != State::Unread;
        (was_read && is_one_place(then.place(), place) && (by_arn.is_some() || is_own()))
            .then_some(judgement)
    }

    /// Whether all that exists in the finding's target is known, and a connector is not among it.
    fn is_gone(&self, then: &Finding, id: ConnectorId) -> bool {
        self.listed(then).is_some_and(|(_, target)| {
            matches!(&target.listing, Listing::Complete(all) if all.iter().all(|it| it.id != id))
        })
    }

    fn present(&self, then: &Finding) -> Option<&Judgement<'a>> {
        self.read(then)
            .filter(|judgement| matches!(judgement.resolved.state, Seen::Present { .. }))
    }

    /// What the finding's rule said of its connector, if the connector is there.
    fn outcome(&self, then: &Finding) -> Option<Outcome> {
        let results = self.present(then)?.results.iter();
        let own = |rule: &Arc<str>| then.rule.as_ref() == Some(rule);
        results
            .filter(|result| own(&result.rule))
            .map(|result| result.outcome)
            .next()
    }

    /// The target that the finding's address is or begins with, if all that exists in it is known.
    fn listed(&self, then: &Finding) -> Option<(&'a TargetPlan, &'a TargetObservation)> {
        let name = then.address.split('/').next().unwrap_or_default();
        self.targets.iter().copied().find(|(plan, target)| {
            let place = [target.account.as_deref(), target.region.as_deref()];
            let as_expected = resolve::is_disabled_as_expected(plan, target);
            let reached = target.unread.is_none() && resolve::unlisted(plan, target).is_none();
            target.name == name && is_one_place(then.place(), place) && (reached || as_expected)
        })
    }

    /// Whether a connector that was unmanaged is in the inventory now, or isn't there any more.
    fn is_managed_or_gone(&self, then: &Finding) -> bool {
        if let Some(now) = self.present(then) {
            return now.resolved.expected.is_some();
        }
        // One that nobody would report is not known to be gone.
        let Some((plan, _)) = self.listed(then) else {
            return false;
        };
        let id = match then.connector() {
            Some(arn) => Some(arn.id),
            None => then
                .address
                .split_once('/')
                .and_then(|(_, id)| id.parse().ok()),
        };
        plan.target.unmanaged == Unmanaged::Fail && id.is_some_and(|id| self.is_gone(then, id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(kind: &str, address: &str, account: Option<&str>, arn: Option<&str>) -> Finding {
        serde_json::from_value(json!({
            "fingerprint": "", "kind": kind, "address": address, "account": account, "region": "us-east-1",
            "connector_arn": arn, "rule": null, "path": null, "severity": "high", "level": null,
            "message": "m", "location": null, "waiver": null, "counted": true, "why_not": null,
        }))
        .expect("a finding")
    }

    #[test]
    fn what_is_not_known_to_be_the_same_is_not() {
        let same = |it: &Finding| is_the_same(it, it);
        let account = Some("111122223333");
        assert!(same(&finding("missing", "prod/a", account, None)));
        assert!(same(&finding("changed", "prod", account, None)));
        assert!(same(&finding("policy", "prod/a", None, Some("arn"))));
        // Which account was asked is not known, or which connector is there.
        assert!(!same(&finding("missing", "prod/a", None, None)));
        assert!(!same(&finding("changed", "prod", None, None)));
        for kind in ["changed", "policy", "unmanaged"] {
            assert!(!same(&finding(kind, "prod/a", account, None)), "{kind}");
        }
        for kind in ["unread", "unlisted", "rule_error", "stale_waiver"] {
            assert!(
                !same(&finding(kind, "prod/a", account, Some("arn"))),
                "{kind}"
            );
        }
    }
}
