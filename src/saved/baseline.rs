//! A saved report that findings are compared with: which are new, which exist already, which are gone.
//!
//! A finding is looked for by its fingerprint, and by its connector's ARN, kind, rule and path,
//! whatever the inventory calls the connector now. One that is found exists already only if it is
//! of the same connector, no worse than it was, and says the same of the same fact; see
//! [`is_the_same`]. What makes a run incomplete exists in no baseline, and neither does a stale
//! waiver, which is about today.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::resolved::{CurrentRun, is_one_place};
use crate::{
    audit::{
        About, Age, Audit, BaselineRecord, Comparison, Finding, FindingKind, Inputs, Joined,
        RuleRecord, TargetRecord, audit_compared,
    },
    model::Level,
    waiver::refusal_at,
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
        let path = finding.path().map(Cow::into_owned);
        let rule = finding.by_rule().map(|found| Arc::clone(&found.rule));
        Key::Connector(arn, finding.kind(), rule, path)
    });
    // Computed and not copied: the file may have been edited.
    [Key::Fingerprint(finding.compute_fingerprint())]
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
        let Some(at) = self.record.judged_at else {
            // A run without a result may not have come to a time.
            let message = "the time it was judged at is no time";
            return (!self.findings.is_empty()).then(|| message.to_owned());
        };
        let clocks = if chosen { SignedDuration::ZERO } else { CLOCKS };
        if at <= now.saturating_add(clocks).unwrap_or(Timestamp::MAX) {
            return None;
        }
        Some(format!(
            "it was judged at {at}, which is after {now}, the time to judge at: compare with an \
             earlier report, or see which clock or --now is wrong"
        ))
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
            let findings = audit.findings.into_iter();
            findings.map(Finding::unlinked).collect()
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
                judged_at: audit.judged.now,
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
        Comparison {
            ages: joined.findings.iter().map(|it| self.age(it)).collect(),
            resolved: self.resolved(joined.findings, &CurrentRun::new(joined)),
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
    fn resolved(&self, findings: &[Finding], run: &CurrentRun<'_>) -> Vec<Finding> {
        let still: HashSet<usize> = findings
            .iter()
            .flat_map(keys)
            .flat_map(|key| self.at(&key).iter().copied())
            .collect();
        let gone = self
            .findings
            .iter()
            .enumerate()
            .filter(|(index, finding)| !still.contains(index) && run.resolves(finding));
        gone.map(|(_, finding)| Finding {
            baseline: None,
            why_not: None,
            ..finding.clone()
        })
        .collect()
    }
}

/// Whether a finding with the same key is the same finding still: of the same connector, no worse
/// than it was, and saying the same of the same fact.
fn is_the_same(then: &Finding, now: &Finding) -> bool {
    let is_of_today = now.kind().is_incomplete() || now.kind() == FindingKind::StaleWaiver;
    let was_advisory =
        then.level() != Some(Level::Mandatory) && now.level() == Some(Level::Mandatory);
    // It was permitted until a day, or for a value: then nobody has accepted it as it is now.
    let lost_its_waiver = then.waiver.is_some() && now.waiver.is_none();
    let is_worse = now.severity > then.severity || was_advisory || lost_its_waiver;
    !is_of_today
        && !is_worse
        && is_of_one_connector(then, now)
        && (then.expected(), then.observed()) == (now.expected(), now.observed())
        && says_the_same(then, now)
}

/// Whether both are of one connector, known by its ARN; or of a place in which nothing is that
/// has one: a connector that is missing, or a whole target. What is not known is not the same.
fn is_of_one_connector(then: &Finding, now: &Finding) -> bool {
    let is_of_none = matches!(now.about, About::Missing | About::HubEnabled);
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
    let earlier = then.full_message();
    // Of this run the message is known by itself. That of a saved one was parted from the reason by
    // what a reason looks like, and an owner's name may look like one.
    let own = now.message.len();
    let goes_on = || earlier.starts_with(&now.message) && refusal_at(&earlier, Some(own)).is_some();
    now.expected().is_some() || *earlier == now.message || goes_on()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        audit::{Change, RuleFinding},
        model::Severity,
    };

    fn finding(about: About, address: &str, account: Option<&str>, arn: Option<&str>) -> Finding {
        Finding {
            account: account.map(str::to_owned),
            region: Some("us-east-1".to_owned()),
            connector_arn: arn.map(str::to_owned),
            ..Finding::new(about, address, Severity::High, "m")
        }
    }

    #[test]
    fn a_reason_that_looks_like_two_is_none_of_the_words() {
        let now = finding(About::Missing, "a/b", None, None);
        let owner = "ops (the waiver of z";
        let full = format!("m (the waiver of {owner} expired on 2026-11-20)");
        // As a saved report is read: parted before what looks like the last reason.
        let (message, refusal) = full.rsplit_once(" (").expect("a reason");
        let then = Finding {
            message: message.to_owned(),
            refusal: refusal.strip_suffix(')').map(str::to_owned),
            ..now.clone()
        };
        assert!(says_the_same(&then, &now));
        let other = Finding {
            message: "n".to_owned(),
            ..now.clone()
        };
        assert!(!says_the_same(&then, &other));
        let longer = Finding {
            message: "m and more".to_owned(),
            ..now.clone()
        };
        assert!(!says_the_same(&longer, &now));
    }

    #[test]
    fn what_is_not_known_to_be_the_same_is_not() {
        let same = |it: &Finding| is_the_same(it, it);
        let account = Some("111122223333");
        let changed = || {
            About::Changed(Change {
                path: "description".to_owned(),
                expected: None,
                observed: None,
                drift: None,
            })
        };
        let found = || RuleFinding {
            rule: Arc::from("own"),
            level: Level::Mandatory,
            path: None,
            observed: None,
            result: None,
        };
        let policy = || About::Policy(found());
        assert!(same(&finding(About::Missing, "prod/a", account, None)));
        assert!(same(&finding(About::HubEnabled, "prod", account, None)));
        assert!(same(&finding(policy(), "prod/a", None, Some("arn"))));
        // Which account was asked is not known, or which connector is there.
        assert!(!same(&finding(About::Missing, "prod/a", None, None)));
        assert!(!same(&finding(About::HubEnabled, "prod", None, None)));
        for about in [changed(), policy(), About::Unmanaged] {
            let it = finding(about, "prod/a", account, None);
            assert!(!same(&it), "{it:?}");
        }
        for about in [
            About::Unread,
            About::Unlisted,
            About::RuleError(None),
            About::RuleError(Some(found())),
            About::StaleWaiver(None),
        ] {
            let it = finding(about, "prod/a", account, Some("arn"));
            assert!(!same(&it), "{it:?}");
        }
    }
}
