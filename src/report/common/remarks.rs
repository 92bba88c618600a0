//! What is said of one finding beside its message: why it doesn't count, its waiver, and whether it is new.

use crate::{
    audit::{Age, Finding, Flags, WaiverRecord, WhyNot},
    diff::Drift,
    model::Level,
};

use super::value;

/// Why something doesn't count, in words; `None` when it does.
///
/// The finding decides. Where an audit has none, the record's own waiver and
/// level do: then nothing is taken away that they don't take away.
pub(in crate::report) fn why_not(
    finding: Option<&Finding>,
    waiver: Option<&WaiverRecord>,
    level: Option<Level>,
    flags: &Flags,
) -> Option<String> {
    let Some(finding) = finding else {
        return match (waiver, level) {
            (Some(waiver), _) => Some(waived(waiver)),
            (None, Some(Level::Advisory | Level::Off)) => Some(ADVISORY.to_owned()),
            (None, _) => None,
        };
    };
    if finding.counted() {
        return None;
    }
    Some(match finding.why_not {
        Some(WhyNot::Waived) => match finding.waiver.as_ref().or(waiver) {
            Some(waiver) => waived(waiver),
            None => "waived".to_owned(),
        },
        Some(WhyNot::Advisory) => ADVISORY.to_owned(),
        Some(WhyNot::Existing) => "in the baseline already (--new-only)".to_owned(),
        Some(WhyNot::NotInFailOn) if flags.report_only => "not counted (--report-only)".to_owned(),
        Some(WhyNot::NotInFailOn) => "not counted (not in --fail-on)".to_owned(),
        Some(WhyNot::AllowEmpty) => "permitted (--allow-empty)".to_owned(),
        None => "not counted".to_owned(),
    })
}

/// What an advisory rule's failure is worth.
const ADVISORY: &str = "advisory, doesn't change the exit code";

/// `waived until 2026-12-31 by secops@example.com (SEC-42): reason`.
pub(in crate::report) fn waived(waiver: &WaiverRecord) -> String {
    let ticket = match &waiver.ticket {
        Some(ticket) => format!(" ({})", value::line(ticket, 80)),
        None => String::new(),
    };
    format!(
        "waived until {} by {}{ticket}: {}",
        waiver.expires,
        value::line(&waiver.owner, 80),
        value::line(&waiver.reason, 300)
    )
}

/// What a finding says beyond `said`, such as why a waiver doesn't help; all of it if it says something else.
pub(in crate::report) fn beyond(finding: Option<&Finding>, said: &str) -> Option<String> {
    let message = finding?.full_message();
    let rest = message.strip_prefix(said).unwrap_or(&message).trim();
    let rest = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(rest);
    (!rest.is_empty()).then(|| value::line(rest, 300))
}

/// A drifted field as the audit's finding words it; what follows that is news.
pub(in crate::report) fn drift_words(drift: &Drift) -> String {
    let words = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "absent".to_owned(),
        other => other.to_string(),
    };
    format!(
        "{} is {}, expected {}",
        drift.path,
        words(&drift.observed),
        words(&drift.expected)
    )
}

/// That a waiver was there and doesn't help any more; `None` where that isn't so.
pub(in crate::report) fn waiver_ran_out(finding: Option<&Finding>) -> Option<String> {
    let waiver = finding
        .filter(|finding| finding.counted())?
        .waiver
        .as_ref()?;
    Some(format!("counts again, although {}", waived(waiver)))
}

/// Whether a finding is new, in words; `None` where there is no baseline, or it is said as the
/// reason why the finding doesn't count.
pub(in crate::report) fn age(finding: Option<&Finding>) -> Option<&'static str> {
    let finding = finding.filter(|finding| finding.why_not != Some(WhyNot::Existing))?;
    finding.baseline.map(|age| match age {
        Age::New => "new since the baseline",
        Age::Existing => "in the baseline already",
    })
}
