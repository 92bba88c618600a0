//! Whether saved reports are the shards of one run: the same program on the same files under the same
//! flags, each target in one of them, each connector in one of them, and each place read once.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{
    contradiction::Contradiction,
    verify::{APART, has_ended},
};
use crate::{
    audit::{Audit, InputKind, RuleRecord, TargetRecord, TargetStatus, WaiverUse},
    model::{self, Place},
    plan::Shard,
};

/// A saved report.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its path, for messages.
    pub name: String,
    /// What it holds.
    pub audit: Audit,
}

/// Why saved reports are not one audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none.
    #[error("there is no report to read")]
    Nothing,
    /// One is wrong in itself.
    #[error("`{name}` is not used: the report contradicts itself: {source}")]
    Contradicts {
        /// The report.
        name: String,
        /// What is wrong with it.
        source: Contradiction,
    },
    /// Several reports, and one of them is whole.
    #[error(
        "`{0}` is no shard's report: several reports are merged if they are shards of one run (`check --shard I/N`)"
    )]
    NoShard(String),
    /// One says of itself what no shard is.
    #[error("`{name}` is not used: {what}")]
    Malformed {
        /// The report.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// They are of different runs.
    #[error("`{one}` and `{other}` are not shards of one run: {what}")]
    Differ {
        /// The first report.
        one: String,
        /// The one that isn't of its run.
        other: String,
        /// What differs.
        what: String,
    },
    /// One thing stands in two reports.
    #[error("{what} is in `{one}` and in `{other}`")]
    Twice {
        /// The shard, or the connector.
        what: String,
        /// The first report.
        one: String,
        /// The second.
        other: String,
    },
}

/// The shard that a report is of.
pub(super) fn shard_of(part: &Part) -> Result<Shard, Refusal> {
    let Some(shard) = &part.audit.judged.scope.shard else {
        return Err(Refusal::NoShard(part.name.clone()));
    };
    shard
        .parse()
        .map_err(|error: crate::plan::NoShard| Refusal::Malformed {
            name: part.name.clone(),
            what: error.to_string(),
        })
}

/// That two reports are not of one run.
pub(super) fn differ(one: &Part, other: &Part, what: impl Into<String>) -> Refusal {
    Refusal::Differ {
        one: one.name.clone(),
        other: other.name.clone(),
        what: what.into(),
    }
}

/// That one thing stands in two reports.
pub(super) fn twice(what: String, one: &Part, other: &Part) -> Refusal {
    Refusal::Twice {
        what,
        one: one.name.clone(),
        other: other.name.clone(),
    }
}

/// Whether two shards are of one run: the same program on the same files under the same flags.
pub(super) fn check_one_run(first: &Part, part: &Part) -> Result<(), Refusal> {
    let (one, other) = (&first.audit, &part.audit);
    if one.tool != other.tool {
        let (one, other) = (&one.tool.version, &other.tool.version);
        let what = format!("one was written by hubdrift {one}, the other by {other}");
        return Err(differ(first, part, what));
    }
    // Where the files lie may differ from machine to machine; what they hold may not.
    let digests = |audit: &Audit, kind: &InputKind| -> Vec<String> {
        let inputs = audit.judged.inputs.iter();
        let inputs = inputs.filter(|input| input.kind == *kind);
        inputs.map(|input| input.sha256.clone()).collect()
    };
    for (kind, what) in [
        (InputKind::Inventory, "their inventories differ"),
        (InputKind::Rule, "their rules differ"),
        (InputKind::Waivers, "their waivers differ"),
        (InputKind::Baseline, "their baselines differ"),
    ] {
        if digests(one, &kind) != digests(other, &kind) {
            return Err(differ(first, part, what));
        }
    }
    if rules(one) != rules(other) || waivers(one) != waivers(other) {
        return Err(differ(first, part, "their rules or waivers differ"));
    }
    let (one, other) = (&one.judged, &other.judged);
    if one.flags != other.flags || one.baseline.is_some() != other.baseline.is_some() {
        return Err(differ(first, part, "their flags differ"));
    }
    if one.scope.filters != other.scope.filters {
        return Err(differ(first, part, "their filters differ"));
    }
    if one.now_overridden != other.now_overridden || (one.now_overridden && one.now != other.now) {
        return Err(differ(first, part, "they are not of the same --now"));
    }
    let apart = now(first)?.duration_since(now(part)?).abs();
    if apart > APART {
        let what = format!("they were judged {} hours apart", apart.as_hours());
        return Err(differ(first, part, what));
    }
    Ok(())
}

/// The rules, but for where they lie.
fn rules(audit: &Audit) -> Vec<RuleRecord> {
    let bare = |rule: &RuleRecord| {
        let mut rule = RuleRecord {
            location: None,
            ..rule.clone()
        };
        for setting in &mut rule.settings {
            setting.location = Place::start_of("");
        }
        rule
    };
    audit.rules.iter().map(bare).collect()
}

/// The waivers, but for where they lie and whether they were of use.
fn waivers(audit: &Audit) -> Vec<WaiverUse> {
    let bare = |waiver: &WaiverUse| WaiverUse {
        location: Place::start_of(""),
        used: false,
        ..waiver.clone()
    };
    audit.waivers.iter().map(bare).collect()
}

/// The time a report was judged at.
pub(super) fn now(part: &Part) -> Result<Timestamp, Refusal> {
    part.audit.judged.now.ok_or_else(|| Refusal::Malformed {
        name: part.name.clone(),
        what: "the time it was judged at is no time".to_owned(),
    })
}

/// Whether a shard knows the same targets in the same shards, and looked at its own and no other.
pub(super) fn check_targets(first: &Part, part: &Part) -> Result<(), Refusal> {
    let targets = |part: &Part| -> Vec<(String, Option<u32>)> {
        let targets = part.audit.targets.iter();
        targets.map(|it| (it.name.clone(), it.shard)).collect()
    };
    if targets(first) != targets(part) {
        return Err(differ(first, part, "their targets differ"));
    }
    let shard = shard_of(part)?;
    let unfiltered = part.audit.judged.scope.filters.is_empty();
    for target in &part.audit.targets {
        let own = target.shard == Some(shard.number);
        let looked_at = target.status != TargetStatus::OutOfScope;
        let rightful = match target.shard {
            Some(number) => number == shard.of_target(&target.name),
            None => !unfiltered,
        };
        if own != looked_at || !rightful {
            let what = format!("target {} is not in the shard it should be in", target.name);
            return Err(Refusal::Malformed {
                name: part.name.clone(),
                what,
            });
        }
    }
    Ok(())
}

/// That no connector stands in two shards.
pub(super) fn check_connectors<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<(), Refusal> {
    let mut seen: HashMap<&str, &Part> = HashMap::new();
    for part in parts {
        for record in &part.audit.connectors {
            let names = [Some(&record.address), record.connector_arn.as_ref()];
            for name in names.into_iter().flatten() {
                match seen.insert(name, part) {
                    Some(other) if other.name != part.name => {
                        return Err(twice(format!("connector {name}"), other, part));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// That each target is one place wherever a shard knows it, and that no two are one place: then
/// the one would have been looked at twice and the other not at all.
pub(super) fn check_places(whole: &BTreeMap<u32, &Part>) -> Result<(), Refusal> {
    // Of one that is unread it is not known where it is, and the result is incomplete.
    let all: Vec<(&Part, &TargetRecord)> = whole
        .values()
        .flat_map(|part| part.audit.targets.iter().map(|it| (*part, it)))
        .filter(|(_, target)| target.status != TargetStatus::Unread)
        .collect();
    let mut known: HashMap<(&str, bool), (&Part, &str)> = HashMap::new();
    for (part, target) in &all {
        for (is_account, it) in [(true, &target.account), (false, &target.region)] {
            let Some(it) = it else { continue };
            let (other, first) = *known
                .entry((&target.name, is_account))
                .or_insert((part, it));
            if first != it {
                let what = format!(
                    "target {} is {first} in one, and {it} in the other",
                    target.name
                );
                return Err(differ(other, part, what));
            }
        }
    }
    let was_read =
        |it: &TargetRecord| matches!(it.status, TargetStatus::Read | TargetStatus::Incomplete);
    let read: Vec<_> = all.iter().filter(|(_, it)| was_read(it)).collect();
    let places = read
        .iter()
        .map(|(_, it)| (it.account.as_deref(), it.region.as_deref()));
    for ((part, target), same) in read.iter().zip(model::same_places(places)) {
        if let Some((other, first)) = same.map(|index| read[index]) {
            let (account, region) = (
                target.account.as_deref().unwrap_or_default(),
                target.region.as_deref().unwrap_or_default(),
            );
            let names = format!("{} and {}", first.name, target.name);
            let what = format!(
                "targets {names} are one place, account {account} in {region}, which was read \
                 twice: correct the account, region or credentials of one of them"
            );
            return Err(differ(other, part, what));
        }
    }
    Ok(())
}

/// That what a shard's waivers permitted is permitted still on the day of the last shard.
pub(super) fn check_waivers(whole: &BTreeMap<u32, &Part>) -> Result<(), Refusal> {
    let times = whole.values().map(|part| Ok((now(part)?, *part)));
    let times = times.collect::<Result<Vec<_>, Refusal>>()?;
    let Some((latest, last)) = times.into_iter().max_by_key(|(at, _)| *at) else {
        return Ok(());
    };
    for part in whole.values() {
        for finding in &part.audit.findings {
            let waiver = finding.waiver.as_ref();
            if let Some(waiver) = waiver.filter(|it| has_ended(it.expires, latest)) {
                let what = format!(
                    "the waiver of {} for {} ended on {}, which is over in the other: give every \
                     shard the same --now",
                    waiver.owner, finding.address, waiver.expires
                );
                return Err(differ(part, last, what));
            }
        }
    }
    Ok(())
}
