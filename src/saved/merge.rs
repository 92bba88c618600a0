//! Saved reports become one audit: the shards of a run are put together, and whatever is not a shard stays as it is.
//!
//! Merging the shards of a run gives the audit of the run that was not divided, over the same
//! facts, but for when it ran and which shard looked at what. What can't be of one run is refused;
//! a shard whose report isn't there makes the result incomplete, by name.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    shards::{
        Part, Refusal, check_connectors, check_one_run, check_places, check_targets, check_waivers,
        differ, now, shard_of, twice,
    },
    verify::verify,
};
use crate::{
    audit::{
        Age, Audit, ErrorRecord, Finding, FindingKind, InputKind, Judged, Ratio, Run, Scope,
        Summary, TargetRecord, TargetStatus, Verdict, conclude, failed, findings, tool,
    },
    model::{Hub, Override, Requests, Unread, UnreadReason},
};

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

/// Why a shard has no result, each reason with the shard's name.
fn errors(part: &Part) -> impl Iterator<Item = ErrorRecord> {
    let shard = part.audit.judged.scope.shard.as_deref().unwrap_or_default();
    part.audit.errors.iter().map(move |error| ErrorRecord {
        message: format!("shard {shard}: {}", error.message),
        ..error.clone()
    })
}

/// One audit of shards that are of one run.
fn join(whole: &BTreeMap<u32, &Part>, of: u32, errors: Vec<ErrorRecord>) -> Result<Audit, Refusal> {
    let parts = || whole.values().map(|part| &part.audit);
    // The caller has made sure that there is one.
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
        if input.kind == InputKind::Snapshot && !judged.inputs.contains(input) {
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
    let with_shards = |(set, mut shards): (&Override, Vec<u32>)| {
        if shards.len() == whole.len() {
            shards.clear();
        }
        Override {
            shards,
            ..set.clone()
        }
    };
    all.into_iter().map(with_shards).collect()
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
