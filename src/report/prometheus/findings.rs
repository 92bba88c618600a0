//! Findings as metrics: by kind, by what takes them away, by connector, and until when they are waived.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::tz::TimeZone;

use crate::audit::{Age, Audit, Finding, FindingKind, InputKind, WhyNot};

use super::exposition::{Exposition, Labels, Series, by_name, seconds};

/// How many series there are at most of the one gauge that names connectors.
const NAMED: usize = 200;

/// Findings by what they are, and the connectors that have most of them.
pub(super) fn write(out: &mut Exposition, audit: &Audit) {
    let mut kinds: BTreeMap<_, u64> = BTreeMap::new();
    let reasons = [
        WhyNot::Waived,
        WhyNot::Advisory,
        WhyNot::Existing,
        WhyNot::NotInFailOn,
        WhyNot::AllowEmpty,
    ]
    .map(|why| {
        let findings = audit.findings.iter();
        let n = findings.filter(|it| it.why_not == Some(why)).count();
        (why.as_str(), n as u64)
    });
    let (mut counted, mut new, mut existing) = (0_u64, 0_u64, 0_u64);
    for finding in &audit.findings {
        *kinds
            .entry((finding.kind(), finding.severity, finding.counted()))
            .or_default() += 1;
        counted += u64::from(finding.counted());
        new += u64::from(finding.baseline == Some(Age::New));
        existing += u64::from(finding.baseline == Some(Age::Existing));
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
        .any(|input| input.kind == InputKind::Baseline)
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
        finding.counted()
            && !matches!(
                finding.kind(),
                FindingKind::Unlisted | FindingKind::StaleWaiver
            )
    };
    // The audit sorts findings by kind and address, so what belongs together stands together.
    let findings: Vec<&Finding> = audit.findings.iter().filter(about_connector).collect();
    let mut groups: Vec<&[&Finding]> = findings
        .chunk_by(|a, b| a.kind() == b.kind() && a.address == b.address)
        .collect();
    let left_out = groups.len().saturating_sub(NAMED);
    // Worst first; what isn't known is as bad as it gets.
    groups.sort_by_cached_key(|group| {
        let worst = group.iter().map(|finding| finding.severity).max();
        let incomplete = group.iter().any(|finding| finding.is_incomplete());
        Reverse((incomplete, worst))
    });
    let mut series = Series::<usize>::new();
    for group in groups.iter().take(NAMED) {
        if let Some(finding) = group.first() {
            let labels = Labels::of(&[
                ("address", &finding.address),
                ("kind", finding.kind().as_str()),
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
pub(super) fn waivers(out: &mut Exposition, audit: &Audit) {
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
    // A waiver holds through its last day.
    let soonest = waived().map(|waiver| waiver.expires).min();
    let end = soonest.and_then(|day| {
        let next = day.tomorrow().ok()?;
        Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    out.known(
        "hubdrift_waiver_soonest_expiry_timestamp_seconds",
        "The first moment at which the waiver of a waived finding no longer holds.",
        end.map(seconds),
    );
}
