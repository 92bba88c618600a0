//! What a result is based on, in words: the accounts and regions that were read and as whom, the
//! flags and settings in force, and the baseline.

use std::collections::BTreeSet;

use super::value::{self, count};
use crate::{
    audit::{Age, Audit, FailOn, Flags, TargetRecord, TargetStatus},
    model::Override,
};

/// How many targets and settings are named where people read, before the rest is counted.
pub(in crate::report) const SHOWN: usize = 20;

/// Settings that [`flags`] and the scope say already.
const SAID_ELSEWHERE: [&str; 6] = [
    "--allow-empty",
    "--fail-on",
    "--new-only",
    "--now",
    "--report-only",
    "--target",
];

/// `prod 111122223333 us-east-1 as arn:…`, for each target that was read; beyond `most`, only how
/// many more targets and accounts there are.
pub(in crate::report) fn read(audit: &Audit, most: usize) -> Vec<String> {
    let reached: Vec<&TargetRecord> = audit
        .targets
        .iter()
        .filter(|it| matches!(it.status, TargetStatus::Read | TargetStatus::Incomplete))
        .collect();
    let mut lines: Vec<String> = reached
        .iter()
        .take(most)
        .map(|it| target_words(it))
        .collect();
    let rest = reached.get(most..).unwrap_or_default();
    if !rest.is_empty() {
        let accounts: BTreeSet<_> = rest.iter().map(|it| &it.account).collect();
        lines.push(format!(
            "and {} of {}, which the JSON report names",
            count(rest.len() as u64, "more target"),
            count(accounts.len() as u64, "account"),
        ));
    }
    lines
}

/// Overrides and targets, one a line, with `set:` or `read:` before it.
pub(in crate::report) fn lines(audit: &Audit) -> Vec<String> {
    let set = overrides(audit).into_iter();
    let set = set.map(|set| format!("set: {set}"));
    let read = read(audit, SHOWN).into_iter();
    set.chain(read.map(|target| format!("read: {target}")))
        .collect()
}

fn target_words(target: &TargetRecord) -> String {
    let place = [&target.account, &target.region].map(|part| part.as_deref().unwrap_or("unknown"));
    let caller = match &target.caller_arn {
        Some(arn) => value::line(arn, 300),
        None => "a caller that is not known".to_owned(),
    };
    let listed = match target.status {
        TargetStatus::Incomplete => ", but not listed",
        _ => "",
    };
    format!(
        "{} {} as {caller}{listed}",
        value::line(&target.name, 120),
        value::line(&place.join(" "), 80)
    )
}

/// `--profile audit (HUBDRIFT_PROFILE)`, for each setting that isn't said elsewhere.
pub(in crate::report) fn overrides(audit: &Audit) -> Vec<String> {
    let overrides = audit.judged.overrides.iter();
    let (mut settings, mut more) = (Vec::new(), 0);
    for set in overrides.filter(|it| !SAID_ELSEWHERE.contains(&&*it.setting)) {
        if settings.len() < SHOWN {
            settings.push(setting_words(set));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        settings.push(format!("and {}", count(more, "more setting")));
    }
    settings
}

fn setting_words(set: &Override) -> String {
    let mut words = value::line(&set.setting, 80);
    if let Some(to) = &set.value {
        words.push_str(&format!(" {}", value::line(to, 300)));
    }
    if set.from != Override::COMMAND_LINE {
        words.push_str(&format!(" ({})", value::line(&set.from, 300)));
    }
    if !set.shards.is_empty() {
        let shards: Vec<_> = set.shards.iter().map(u32::to_string).collect();
        let noun = if shards.len() == 1 { "shard" } else { "shards" };
        words.push_str(&format!(
            ", in {noun} {}",
            value::line(&shards.join(", "), 80)
        ));
    }
    words
}

/// The flags in force that change what counts, one sentence each.
pub(in crate::report) fn flags(audit: &Audit) -> Vec<String> {
    let flags = &audit.judged.flags;
    let mut lines = Vec::new();
    if flags.report_only {
        lines
            .push("--report-only: nothing counts but what is unread and rules that err".to_owned());
    }
    if flags.fail_on != FailOn::DEFAULT {
        lines.push(format!(
            "--fail-on: of drift and policy, what counts is {}",
            fail_on(flags)
        ));
    }
    if flags.new_only {
        lines.push("--new-only: what the baseline holds doesn't count".to_owned());
    }
    if flags.allow_empty {
        lines.push("--allow-empty: nothing to check is no error".to_owned());
    }
    if audit.judged.now_overridden {
        lines.push(format!(
            "--now: judged as if it were {}",
            value::time(audit.judged.now)
        ));
    }
    lines
}

/// What the findings were compared with, what came of it, and what has to be known of it.
pub(in crate::report) fn baseline(audit: &Audit) -> Vec<String> {
    let Some(baseline) = &audit.judged.baseline else {
        return Vec::new();
    };
    let path = value::line(&baseline.path, 200);
    let judged = match &baseline.judged_at {
        Some(at) => format!(" (judged at {at})"),
        None => String::new(),
    };
    let of = |age| {
        audit
            .findings
            .iter()
            .filter(|it| it.baseline == Some(age))
            .count()
    };
    let mut lines = vec![format!(
        "{path}{judged}: {} new, {} existing, {} resolved",
        of(Age::New),
        of(Age::Existing),
        audit.resolved.len()
    )];
    let notes = baseline.notes.iter().take(20);
    lines.extend(notes.map(|note| value::line(note, 300)));
    lines
}

/// What `--fail-on` lists, in its words.
pub(in crate::report) fn fail_on(flags: &Flags) -> String {
    let names: Vec<&str> = flags.fail_on.iter().map(|kind| kind.as_str()).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}
