//! Saved reports become one audit: the shards of a run are put together, and whatever is not a shard stays as it is.
//!
//! Merging the shards of a run gives the audit of the run that was not divided, over the same
//! facts, but for when it ran and which shard looked at what. What can't be of one run is refused;
//! a shard whose report isn't there makes the result incomplete, by name.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{contradiction::Contradiction, verify::verify};
use crate::{
    audit::{
        Age, Audit, ErrorRecord, Finding, FindingKind, Input, Judged, Ratio, RuleRecord, Run,
        Scope, Summary, TargetRecord, TargetStatus, Verdict, WaiverUse, conclude, failed, findings,
        tool,
    },
    model::{Hub, Override, Place, Requests, Unread, UnreadReason},
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

/// How far apart the shards of one run may have been judged. Less than a day, so that what
/// yesterday's run left behind is not taken for a part of today's.
pub(super) const APART: SignedDuration = SignedDuration::from_hours(12);

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

/// Puts saved reports together.
///
/// One that is not a shard's is given back as it is. A shard's report is a part of something, also
/// when it is alone.
///
/// # Errors
/// When a report contradicts itself, or they are not the shards of one run.
pub fn merge(mut parts: Vec<Part>) -> Result<Audit, Refusal> {
    for Part { name, audit } in &parts {
        verify(audit).map_err(|source| Refusal::Contradicts {
            name: name.clone(),
            source,
        })?;
    }
    if let [part] = parts.as_slice()
        && part.audit.judged.scope.shard.is_none()
    {
        return Ok(parts.remove(0).audit);
    }
    let mut shards: BTreeMap<u32, &Part> = BTreeMap::new();
    let first = parts.first().ok_or(Refusal::Nothing)?;
    let of = shard_of(first)?.of;
    for part in &parts {
        let shard = shard_of(part)?;
        if shard.of != of {
            let what = format!("one is of {of} shards, the other of {}", shard.of);
            return Err(differ(first, part, what));
        }
        if let Some(other) = shards.insert(shard.number, part) {
            return Err(twice(format!("shard {shard}"), other, part));
        }
    }
    let errors: Vec<_> = shards.values().copied().flat_map(errors).collect();
    let whole: BTreeMap<u32, &Part> = shards
        .into_iter()
        .filter(|(_, part)| part.audit.errors.is_empty())
        .collect();
    let Some(first) = whole.values().next().copied() else {
        // Nothing but reasons why there is nothing.
        let judged = Judged {
            scope: Scope::default(),
            ..first.audit.judged.clone()
        };
        return Ok(failed(judged, run(&parts.iter()), errors));
    };
    for part in whole.values() {
        check_one_run(first, part)?;
        check_targets(first, part)?;
    }
    check_connectors(whole.values().copied())?;
    check_places(&whole)?;
    check_waivers(&whole)?;
    join(&whole, of, errors)
}

/// The shard that a report is of.
fn shard_of(part: &Part) -> Result<Shard, Refusal> {
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

fn differ(one: &Part, other: &Part, what: impl Into<String>) -> Refusal {
    Refusal::Differ {
        one: one.name.clone(),
        other: other.name.clone(),
        what: what.into(),
    }
}

fn twice(what: String, one: &Part, other: &Part) -> Refusal {
    Refusal::Twice {
        what,
        one: one.name.clone(),
        other: other.name.clone(),
    }
}

/// Why a shard has no result, each reason with the shard's name.
fn errors(part: &Part) -> impl Iterator<Item = ErrorRecord> {
    let shard = part.audit.judged.scope.shard.as_deref().unwrap_or_default();
    part.audit.errors.iter().map(move |error| ErrorRecord {
        message: format!("shard {shard}: {}", error.message),
        ..error.clone()
    })
}

/// Whether two shards are of one run: the same program on the same files under the same flags.
fn check_one_run(first: &Part, part: &Part) -> Result<(), Refusal> {
    let (one, other) = (&first.audit, &part.audit);
    if one.tool != other.tool {
        let (one, other) = (&one.tool.version, &other.tool.version);
        let what = format!("one was written by hubdrift {one}, the other by {other}");
        return Err(differ(first, part, what));
    }
    // Where the files lie may differ from machine to machine; what they hold may not.
    let digests = |audit: &Audit, kind: &str| -> Vec<String> {
        let inputs = audit.judged.inputs.iter();
        let inputs = inputs.filter(|input| input.kind == kind);
        inputs.map(|input| input.sha256.clone()).collect()
    };
    for (kind, what) in [
        ("inventory", "their inventories differ"),
        ("rule", "their rules differ"),
        ("waivers", "their waivers differ"),
        (Input::BASELINE, "their baselines differ"),
    ] {
        if digests(one, kind) != digests(other, kind) {
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

fn now(part: &Part) -> Result<Timestamp, Refusal> {
    part.audit.judged.now.ok_or_else(|| Refusal::Malformed {
        name: part.name.clone(),
        what: "the time it was judged at is no time".to_owned(),
    })
}

/// Whether a shard knows the same targets in the same shards, and looked at its own and no other.
fn check_targets(first: &Part, part: &Part) -> Result<(), Refusal> {
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
fn check_connectors<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<(), Refusal> {
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
fn check_places(whole: &BTreeMap<u32, &Part>) -> Result<(), Refusal> {
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
            let (other, said) = *known
                .entry((&target.name, is_account))
                .or_insert((part, it));
            if said != it {
                let what = format!(
                    "target {} is {said} in one, and {it} in the other",
                    target.name
                );
                return Err(differ(other, part, what));
            }
        }
    }
    let mut read: HashMap<(&str, &str), (&Part, &str)> = HashMap::new();
    let was_read =
        |it: &TargetRecord| matches!(it.status, TargetStatus::Read | TargetStatus::Incomplete);
    for (part, target) in all.into_iter().filter(|(_, it)| was_read(it)) {
        let (Some(account), Some(region)) = (&target.account, &target.region) else {
            continue;
        };
        if let Some((other, name)) = read.insert((account, region), (part, &target.name)) {
            let names = format!("{name} and {}", target.name);
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
fn check_waivers(whole: &BTreeMap<u32, &Part>) -> Result<(), Refusal> {
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

/// Whether a waiver's last day is over at that time.
pub(super) fn has_ended(expires: Date, now: Timestamp) -> bool {
    expires < now.to_zoned(TimeZone::UTC).date()
}

/// One audit of shards that are of one run.
fn join(whole: &BTreeMap<u32, &Part>, of: u32, errors: Vec<ErrorRecord>) -> Result<Audit, Refusal> {
    let parts = || whole.values().map(|part| &part.audit);
    // There is one: whoever calls this has looked.
    let first = parts().next().ok_or(Refusal::Nothing)?;
    let times = whole.values().map(|part| now(part));
    let times = times.collect::<Result<Vec<_>, _>>()?;
    let earliest = times.iter().copied().min().unwrap_or_default();
    let latest = times.into_iter().max().unwrap_or_default();
    let mut targets: Vec<TargetRecord> = Vec::new();
    let mut lost: Vec<Finding> = Vec::new();
    let mut lose = |address: &str, target: Option<&TargetRecord>, why: &Unread| {
        lost.push(findings::of_lost_shard(address, target, why));
    };
    let why = |number: u32| {
        let message = format!("shard {number}/{of} is not among the reports, or has no result");
        Unread::new(UnreadReason::NotInFile, message)
    };
    for (index, target) in first.targets.iter().enumerate() {
        let owner = target.shard.map(|number| (number, whole.get(&number)));
        match owner {
            Some((_, Some(part))) => targets.push(part.audit.targets[index].clone()),
            Some((number, None)) => {
                lose(&target.name, Some(target), &why(number));
                targets.push(TargetRecord {
                    status: TargetStatus::Unread,
                    reason: Some(why(number)),
                    hub: Hub::Unknown,
                    ..target.clone()
                });
            }
            None => targets.push(target.clone()),
        }
    }
    for number in (1..=of).filter(|number| !whole.contains_key(number)) {
        if !first.targets.iter().any(|it| it.shard == Some(number)) {
            lose(&format!("shard {number}/{of}"), None, &why(number));
        }
    }
    let mut waivers = first.waivers.clone();
    for other in parts() {
        for (waiver, other) in waivers.iter_mut().zip(&other.waivers) {
            waiver.used |= other.used;
        }
    }
    // Of what use a waiver was is known only now.
    let today = latest.to_zoned(TimeZone::UTC).date();
    let connectors: Vec<_> = parts().flat_map(|part| &part.connectors).cloned().collect();
    let mut own = findings::of_waivers(&waivers, &targets, &connectors, today);
    own.extend(lost);
    for finding in &mut own {
        // What is of today is in no baseline.
        finding.baseline = first.judged.baseline.is_some().then_some(Age::New);
        finding.settle(&first.judged.flags);
    }
    let others = parts().flat_map(|part| &part.findings).cloned();
    let others = others.filter(|finding| finding.kind() != FindingKind::StaleWaiver);
    let mut audit = Audit {
        schema: first.schema.clone(),
        tool: tool(),
        run: run(&whole.values().copied()),
        interrupted: parts().any(|part| part.interrupted),
        judged: judged(whole, earliest, latest),
        verdict: Verdict::NONE,
        summary: Summary::default(),
        connectors,
        findings: others.chain(own).collect(),
        resolved: parts().flat_map(|part| &part.resolved).cloned().collect(),
        rules: first.rules.clone(),
        targets,
        waivers,
        errors,
    };
    conclude(&mut audit);
    audit.link();
    Ok(audit)
}

/// The conditions of all of them, which are the same but for the time and what was observed.
fn judged(whole: &BTreeMap<u32, &Part>, earliest: Timestamp, latest: Timestamp) -> Judged {
    let all = || whole.values().map(|part| &part.audit.judged);
    let mut judged = all().next().cloned().unwrap_or_default();
    for input in all().flat_map(|judged| &judged.inputs) {
        if input.kind == Input::SNAPSHOT && !judged.inputs.contains(input) {
            judged.inputs.push(input.clone());
        }
    }
    if earliest != latest {
        judged.since = Some(earliest);
        judged.now = Some(latest);
    }
    judged.overrides = overrides(whole);
    // What a shard notes of the baseline may be of its own targets.
    if let Some(baseline) = &mut judged.baseline {
        for note in all()
            .filter_map(|it| it.baseline.as_ref())
            .flat_map(|it| &it.notes)
        {
            if !baseline.notes.contains(note) {
                baseline.notes.push(note.clone());
            }
        }
    }
    judged.scope = Scope {
        targets: Ratio {
            done: all().map(|judged| judged.scope.targets.done).sum(),
            of: judged.scope.targets.of,
        },
        shard: None,
        filters: judged.scope.filters,
    };
    judged
}

/// What was set for any of them, with the shards where it wasn't set for all.
fn overrides(whole: &BTreeMap<u32, &Part>) -> Vec<Override> {
    let mut all: Vec<(&Override, Vec<u32>)> = Vec::new();
    for (number, part) in whole {
        for set in &part.audit.judged.overrides {
            match all.iter_mut().find(|(known, _)| *known == set) {
                Some((_, shards)) => shards.push(*number),
                None => all.push((set, vec![*number])),
            }
        }
    }
    let told = |(set, mut shards): (&Override, Vec<u32>)| {
        if shards.len() == whole.len() {
            shards.clear();
        }
        Override {
            shards,
            ..set.clone()
        }
    };
    all.into_iter().map(told).collect()
}

/// From when to when all of them ran, and with how many requests.
fn run<'a>(parts: &(impl Iterator<Item = &'a Part> + Clone)) -> Run {
    let runs = || parts.clone().map(|part| &part.audit.run);
    let sum = |of: fn(&Requests) -> u64| runs().map(|run| of(&run.requests)).sum();
    Run {
        started_at: runs().map(|run| run.started_at).min().flatten(),
        finished_at: runs().map(|run| run.finished_at).max().flatten(),
        requests: Requests {
            sent: sum(|it| it.sent),
            retried: sum(|it| it.retried),
            throttled: sum(|it| it.throttled),
        },
    }
}
