//! Metrics for the textfile collector of Prometheus' node exporter: whether there was a run, what it came to, and how much it looked at.
//!
//! All are gauges, and few: what is many is counted, and only connectors with a
//! finding that counts are named, by address, up to a bound. A run without a
//! result to trust says so and nothing else: no count of it could be taken for
//! a good one. What isn't known is not there, and never 0.
//!
//! `docs/prometheus.md` explains each metric and has rules to alert by.

mod exposition;

use std::{cmp::Reverse, collections::BTreeMap, fmt::Display};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    audit::{Age, Audit, Finding, FindingKind, Input, Ratio, State, TargetStatus, WhyNot},
    model::{Level, Outcome},
};

use self::exposition::{Exposition, Labels, Series};
use super::outcome::{self, Headline, INTERRUPTED};

/// How many series there are at most of the one gauge that names connectors.
const NAMED: usize = 200;

/// Renders the report.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let mut out = Exposition::default();
    let trusted = audit.verdict.exit_code != 1 && audit.errors.is_empty();
    run(&mut out, audit, trusted);
    if trusted {
        verdict(&mut out, audit);
        connectors(&mut out, audit);
        findings(&mut out, audit);
        waivers(&mut out, audit);
        scope(&mut out, audit);
        targets(&mut out, audit);
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
        bit(trusted && audit.verdict.exit_code != INTERRUPTED),
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
        bit(trusted && outcome::incomplete_because(audit).is_empty()),
    );
    out.gauge(
        "hubdrift_errors",
        "What was wrong, so that there is no result to trust.",
        audit.errors.len(),
    );
    let (started, finished) = (time(&run.started_at), time(&run.finished_at));
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
            .any(|finding| finding.counted && kinds.contains(&finding.kind))
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
        "The time that rules and waivers were judged at.",
        time(&audit.judged.now).map(seconds),
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
        .filter(|input| input.kind == Input::SNAPSHOT)
        .map(|input| time(input.observed_at.as_deref()?))
        .peekable();
    if snapshots.peek().is_none() {
        return time(&audit.run.started_at);
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
        "hubdrift_uncompared_fields",
        "Fields that were observed and that no expectation compares.",
        summary.uncompared_fields,
    );
}

/// Findings by what they are, and the connectors that have most of them.
fn findings(out: &mut Exposition, audit: &Audit) {
    let mut kinds: BTreeMap<_, u64> = BTreeMap::new();
    let mut reasons = [
        WhyNot::Waived,
        WhyNot::Advisory,
        WhyNot::Existing,
        WhyNot::NotInFailOn,
    ]
    .map(|why| (why.as_str(), 0_u64));
    let (mut counted, mut new, mut existing) = (0_u64, 0_u64, 0_u64);
    for finding in &audit.findings {
        *kinds
            .entry((finding.kind, finding.severity, finding.counted))
            .or_default() += 1;
        counted += u64::from(finding.counted);
        new += u64::from(finding.baseline == Some(Age::New));
        existing += u64::from(finding.baseline == Some(Age::Existing));
        let why = finding.why_not.filter(|_| !finding.counted);
        for (name, n) in &mut reasons {
            *n += u64::from(why.is_some_and(|why| why.as_str() == *name));
        }
    }
    out.gauge(
        "hubdrift_findings_counted",
        "Findings that count: they make the exit code.",
        counted,
    );
    out.family(
        "hubdrift_findings_not_counted",
        "Findings that do not count, by what takes them away.",
        &by_name("why_not", reasons),
    );
    let series: Series<u64> = kinds
        .into_iter()
        .map(|((kind, severity, counted), n)| {
            let counted = if counted { "true" } else { "false" };
            let labels = Labels::of(&[
                ("kind", kind.as_str()),
                ("severity", severity.as_str()),
                ("counted", counted),
            ]);
            (labels, n)
        })
        .collect();
    out.family(
        "hubdrift_findings",
        "Findings by kind, by severity, and by whether they count.",
        &series,
    );
    if audit
        .judged
        .inputs
        .iter()
        .any(|input| input.kind == "baseline")
    {
        let resolved = audit.resolved.len() as u64;
        out.family(
            "hubdrift_baseline_findings",
            "Findings against the baseline: new, existing, and resolved since.",
            &by_name(
                "age",
                [("new", new), ("existing", existing), ("resolved", resolved)],
            ),
        );
    }
    named(out, audit);
}

/// The one gauge that names connectors: the worst of them.
fn named(out: &mut Exposition, audit: &Audit) {
    let about_connector = |finding: &&Finding| {
        finding.counted
            && !matches!(
                finding.kind,
                FindingKind::Unlisted | FindingKind::StaleWaiver
            )
    };
    // The audit sorts findings by kind and address, so what belongs together stands together.
    let findings: Vec<&Finding> = audit.findings.iter().filter(about_connector).collect();
    let mut groups: Vec<&[&Finding]> = findings
        .chunk_by(|a, b| a.kind == b.kind && a.address == b.address)
        .collect();
    let left_out = groups.len().saturating_sub(NAMED);
    // Worst first; what isn't known is as bad as it gets.
    groups.sort_by_cached_key(|group| {
        let worst = group.iter().map(|finding| finding.severity).max();
        let incomplete = group.iter().any(|finding| finding.kind.is_incomplete());
        Reverse((incomplete, worst))
    });
    let mut series = Series::<usize>::new();
    for group in groups.iter().take(NAMED) {
        if let Some(finding) = group.first() {
            let labels = Labels::of(&[
                ("address", &finding.address),
                ("kind", finding.kind.as_str()),
            ]);
            *series.entry(labels).or_default() += group.len();
        }
    }
    out.family(
        "hubdrift_connector_findings",
        "Findings that count, by the connector's address and by kind: the worst, up to a bound.",
        &series,
    );
    out.gauge(
        "hubdrift_connector_findings_left_out",
        "How many series of hubdrift_connector_findings the bound left out.",
        left_out,
    );
}

/// How many findings are waived, and until when.
fn waivers(out: &mut Exposition, audit: &Audit) {
    let waived = || {
        audit
            .findings
            .iter()
            .filter(|finding| finding.why_not == Some(WhyNot::Waived))
            .filter_map(|finding| finding.waiver.as_ref())
    };
    out.gauge(
        "hubdrift_waived_findings",
        "Findings that a waiver permits.",
        waived().count(),
    );
    // `YYYY-MM-DD` sorts as the days do. A waiver holds through its last day.
    let soonest = waived().map(|waiver| waiver.expires.as_str()).min();
    let end = soonest.and_then(|day| {
        let next = day.parse::<Date>().ok()?.tomorrow().ok()?;
        Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    out.known(
        "hubdrift_waiver_soonest_expiry_timestamp_seconds",
        "The first moment at which the waiver of a waived finding no longer holds.",
        end.map(seconds),
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
        "Connectors that were read, that are managed, and that every rule judged.",
        &parts(|ratio| ratio.done),
    );
    out.family(
        "hubdrift_coverage_of",
        "Of how many: all in scope; for managed, all that are known to exist.",
        &parts(|ratio| ratio.of),
    );
    out.gauge(
        "hubdrift_scope_partial",
        "1 if a filter, a shard or a target out of scope narrowed what was looked at.",
        bit(outcome::is_partial(audit)),
    );
    let targets = audit.judged.scope.targets;
    out.gauge(
        "hubdrift_scope_targets_done",
        "Targets in scope.",
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
    for target in audit
        .targets
        .iter()
        .filter(|target| in_scope(target.status))
    {
        let reason = target.reason.as_ref().map(|reason| reason.kind.as_str());
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

/// A series for each of our own words.
fn by_name<V: Display, const N: usize>(label: &'static str, values: [(&str, V); N]) -> Series<V> {
    values
        .into_iter()
        .map(|(name, value)| (Labels::of(&[(label, name)]), value))
        .collect()
}

const fn bit(holds: bool) -> u8 {
    holds as u8
}

/// RFC 3339, as the audit writes it; a report read back may hold anything.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Seconds since 1970, with their fraction.
fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}
