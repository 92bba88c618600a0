//! Metrics for the textfile collector of Prometheus' node exporter: whether there was a run, what it came to, and how much it looked at.
//!
//! All are gauges, and few: what is many is counted, and only connectors with a
//! finding that counts are named, by address, up to a bound. A run without a
//! result to trust says so and nothing else: no count of it could be taken for
//! a good one. What isn't known is not there, and never 0.
//!
//! `docs/prometheus.md` explains each metric and has rules to alert by.

mod exposition;
mod findings;

use jiff::Timestamp;

use crate::{
    audit::{Audit, FindingKind, InputKind, Ratio, State, TargetRecord, TargetStatus, code},
    model::{Level, Outcome},
};

use self::exposition::{Exposition, Labels, Series, by_name, seconds};
use super::common::{completeness, coverage, headline::Headline};

/// Renders the report.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let mut out = Exposition::default();
    let trusted = completeness::has_result(audit);
    run(&mut out, audit, trusted);
    if trusted {
        verdict(&mut out, audit);
        connectors(&mut out, audit);
        findings::write(&mut out, audit);
        findings::waivers(&mut out, audit);
        scope(&mut out, audit);
        targets(&mut out, audit);
        basis(&mut out, audit);
    }
    out.into_bytes()
}

/// That there was a run, when, and whether its result is one.
fn run(out: &mut Exposition, audit: &Audit, trusted: bool) {
    let run = &audit.run;
    let mut info = Series::new();
    info.insert(Labels::of(&[("version", &audit.tool.version)]), 1);
    out.family("hubdrift_info", "The hubdrift that ran.", &info);
    out.gauge(
        "hubdrift_run_success",
        "1 if the run came to its end and has a result to trust, 0 otherwise. The result may be a bad or an incomplete one.",
        bit(trusted && audit.verdict.exit_code != code::INTERRUPTED),
    );
    out.gauge(
        "hubdrift_exit_code",
        "What the run ended with: 0 nothing counts, 1 no result, 2 drift, 3 policy, 4 incomplete, 130 interrupted.",
        audit.verdict.exit_code,
    );
    out.gauge(
        "hubdrift_clean",
        "1 only if everything in the whole inventory was read and checked, and nothing was found that counts.",
        bit(trusted && Headline::of(audit).clean),
    );
    out.gauge(
        "hubdrift_complete",
        "1 if everything in scope was read and checked, 0 otherwise.",
        bit(trusted && audit.is_read_and_checked()),
    );
    out.gauge(
        "hubdrift_errors",
        "What was wrong, so that there is no result to trust.",
        audit.errors.len(),
    );
    let (started, finished) = (run.started_at, run.finished_at);
    out.known(
        "hubdrift_run_finished_timestamp_seconds",
        "When the run ended.",
        finished.map(seconds),
    );
    let took = started
        .zip(finished)
        .map(|(started, finished)| finished.duration_since(started))
        .filter(|took| !took.is_negative());
    out.known(
        "hubdrift_run_duration_seconds",
        "How long the run took.",
        took.map(|took| took.as_secs_f64()),
    );
    for (name, help, n) in [
        (
            "hubdrift_requests_sent",
            "Requests sent to AWS in the run, repeated ones too.",
            run.requests.sent,
        ),
        (
            "hubdrift_requests_retried",
            "Requests of these that repeated an earlier one.",
            run.requests.retried,
        ),
        (
            "hubdrift_requests_throttled",
            "Requests of these that AWS answered with \"too many\".",
            run.requests.throttled,
        ),
    ] {
        out.gauge(name, help, n);
    }
}

/// The verdict, and the times that it is of.
fn verdict(out: &mut Exposition, audit: &Audit) {
    let counts = |kinds: &[FindingKind]| {
        audit
            .findings
            .iter()
            .any(|finding| finding.counted() && kinds.contains(&finding.kind()))
    };
    let drift = [
        FindingKind::Missing,
        FindingKind::Changed,
        FindingKind::Unmanaged,
    ];
    out.gauge(
        "hubdrift_drift",
        "1 if something is changed, missing or unmanaged that no waiver permits. 0 means that there is none only if hubdrift_complete is 1.",
        bit(audit.verdict.drift || counts(&drift)),
    );
    out.gauge(
        "hubdrift_policy",
        "1 if a mandatory rule failed and no waiver permits it. 0 means that none did only if hubdrift_complete is 1.",
        bit(audit.verdict.policy || counts(&[FindingKind::Policy])),
    );
    out.known(
        "hubdrift_judged_timestamp_seconds",
        "The time that rules and waivers were judged at; of shards the earliest.",
        audit.judged.since.or(audit.judged.now).map(seconds),
    );
    out.known(
        "hubdrift_observed_timestamp_seconds",
        "From when the oldest of what was observed is: the start of the run, or an earlier time that a snapshot says.",
        observed(audit).map(seconds),
    );
}

/// When the oldest observation was made, as far as it is known of all of them.
fn observed(audit: &Audit) -> Option<Timestamp> {
    let mut snapshots = audit
        .judged
        .inputs
        .iter()
        .filter(|input| input.kind == InputKind::Snapshot)
        .map(|input| input.observed_at)
        .peekable();
    if snapshots.peek().is_none() {
        return audit.run.started_at;
    }
    // One of unknown age leaves the age of the whole unknown.
    snapshots.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// Connectors by state, and what the rules said of them.
fn connectors(out: &mut Exposition, audit: &Audit) {
    let summary = &audit.summary;
    out.family(
        "hubdrift_connectors",
        "Connectors in scope by state.",
        &by_name(
            "state",
            State::ALL.map(|state| {
                (
                    state.as_str(),
                    summary.states.get(&state).copied().unwrap_or(0),
                )
            }),
        ),
    );
    out.gauge(
        "hubdrift_connectors_set_aside",
        "Unmanaged connectors that the inventory says to leave alone; in no state.",
        summary.set_aside,
    );
    let outcomes = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::NotApplicable,
        Outcome::Skipped,
        Outcome::Error,
    ];
    out.family(
        "hubdrift_outcomes",
        "Outcomes of rules on connectors.",
        &by_name(
            "outcome",
            outcomes.map(|outcome| {
                (
                    outcome.as_str(),
                    summary.outcomes.get(&outcome).copied().unwrap_or(0),
                )
            }),
        ),
    );
    let rules = |level: Level| {
        audit
            .rules
            .iter()
            .filter(|rule| rule.level == level)
            .count()
    };
    let levels = [Level::Mandatory, Level::Advisory, Level::Off];
    out.family(
        "hubdrift_rules",
        "Rules by level.",
        &by_name("level", levels.map(|level| (level.as_str(), rules(level)))),
    );
    out.gauge(
        "hubdrift_rules_idle",
        "Rules that are on and applied to no connector at all.",
        coverage::idle_rules(audit).len(),
    );
    out.gauge(
        "hubdrift_uncompared_fields",
        "Fields that were observed and that no expectation compares.",
        summary.uncompared_fields,
    );
}

/// How much was looked at.
fn scope(out: &mut Exposition, audit: &Audit) {
    let coverage = audit.summary.coverage;
    let parts = |part: fn(Ratio) -> u64| {
        let ratios = [
            ("read", coverage.read),
            ("managed", coverage.managed),
            ("checked", coverage.checked),
        ];
        by_name("measure", ratios.map(|(name, ratio)| (name, part(ratio))))
    };
    out.family(
        "hubdrift_coverage_done",
        "Connectors that were read, that are managed, and that something checked and no rule left open.",
        &parts(|ratio| ratio.done),
    );
    out.family(
        "hubdrift_coverage_of",
        "Of how many: all in scope; for managed, all that are known to exist.",
        &parts(|ratio| ratio.of),
    );
    out.gauge(
        "hubdrift_scope_partial",
        "1 if a filter, a shard or a target that was not asked narrowed what was looked at.",
        bit(coverage::is_partial(audit)),
    );
    let targets = audit.judged.scope.targets;
    out.gauge(
        "hubdrift_scope_targets_done",
        "Targets that were asked.",
        targets.done,
    );
    out.gauge(
        "hubdrift_scope_targets_of",
        "Targets in the inventory.",
        targets.of,
    );
}

/// Whether each target in scope was read, and if not, why.
fn targets(out: &mut Exposition, audit: &Audit) {
    let mut series = Series::<u8>::new();
    let in_scope = |status| status != TargetStatus::OutOfScope;
    let not_asked = audit.not_asked();
    for target in audit
        .targets
        .iter()
        .filter(|target| in_scope(target.status))
    {
        let reason = target.reason.as_ref().map(|reason| reason.kind.as_str());
        let is_asked = !not_asked.contains(&target.name.as_str());
        let reason = reason.or((!is_asked).then_some("not_asked"));
        let labels = Labels::of(&[
            ("target", &target.name),
            ("account", target.account.as_deref().unwrap_or_default()),
            ("region", target.region.as_deref().unwrap_or_default()),
            ("reason", reason.unwrap_or_default()),
        ]);
        let read = bit(target.status == TargetStatus::Read && reason.is_none());
        series
            .entry(labels)
            .and_modify(|other| *other = read.min(*other))
            .or_insert(read);
    }
    out.family(
        "hubdrift_target_read",
        "1 if the target was read whole, and listed if that was needed; 0 otherwise, with the reason.",
        &series,
    );
}

/// As whom each target was read, and what was set that changed what was read or how it was judged.
fn basis(out: &mut Exposition, audit: &Audit) {
    let reached =
        |it: &&TargetRecord| matches!(it.status, TargetStatus::Read | TargetStatus::Incomplete);
    let caller = |target: &TargetRecord| {
        let labels = Labels::of(&[
            ("target", &target.name),
            ("account", target.account.as_deref().unwrap_or_default()),
            ("region", target.region.as_deref().unwrap_or_default()),
            (
                "caller",
                lasting(target.caller_arn.as_deref().unwrap_or_default()),
            ),
        ]);
        (labels, 1)
    };
    out.family(
        "hubdrift_target_caller",
        "1 for each target that was reached: as whom. A role's session, which may be another each time, is left out.",
        &audit.targets.iter().filter(reached).map(caller).collect::<Series<u8>>(),
    );
    // Values may be others each time.
    let set = audit.judged.overrides.iter();
    let set = set.filter(|set| !set.setting.is_empty()).map(|set| {
        let labels = Labels::of(&[("setting", &set.setting), ("from", &set.from)]);
        (labels, 1)
    });
    out.family(
        "hubdrift_override",
        "1 for each setting that changed what was read or how it was judged.",
        &set.collect::<Series<u8>>(),
    );
}

/// The ARN without the name of the session, where it is that of one.
fn lasting(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((role, _)) if arn.contains(":assumed-role/") => role,
        _ => arn,
    }
}

const fn bit(holds: bool) -> u8 {
    holds as u8
}
