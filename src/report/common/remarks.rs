//! What is said of one finding beside its message: why it doesn't count, its waiver, and whether it is new.

use crate::{
    audit::{Age, ConnectorRecord, Finding, Flags, WaiverRecord, WhyNot},
    model::Level,
};

use super::value;

/// Why something doesn't count.
pub(in crate::report) struct NotCounted {
    /// The reason.
    pub(in crate::report) why: WhyNot,
    /// The same in words.
    pub(in crate::report) words: String,
}

impl NotCounted {
    /// `None` when it counts.
    ///
    /// The finding decides. Where an audit has none, the record's own waiver and level do: then
    /// nothing is taken away that they don't take away.
    pub(in crate::report) fn of(
        finding: Option<&Finding>,
        waiver: Option<&WaiverRecord>,
        level: Option<Level>,
        flags: &Flags,
    ) -> Option<Self> {
        let why = match (finding, waiver, level) {
            (Some(finding), ..) => finding.why_not?,
            (None, Some(_), _) => WhyNot::Waived,
            (None, None, Some(Level::Advisory | Level::Off)) => WhyNot::Advisory,
            (None, None, _) => return None,
        };
        let waiver = finding.and_then(|it| it.waiver.as_ref()).or(waiver);
        let words = match why {
            WhyNot::Waived => waiver.map_or_else(|| "waived".to_owned(), waived),
            WhyNot::Advisory => "advisory, doesn't change the exit code".to_owned(),
            WhyNot::Existing => "in the baseline already (--new-only)".to_owned(),
            WhyNot::NotInFailOn if flags.report_only => "not counted (--report-only)".to_owned(),
            WhyNot::NotInFailOn => "not counted (not in --fail-on)".to_owned(),
            WhyNot::AllowEmpty => "permitted (--allow-empty)".to_owned(),
        };
        Some(Self { why, words })
    }
}

/// Why a finding doesn't count, in words; `None` when it does.
pub(in crate::report) fn why_not(finding: &Finding, flags: &Flags) -> Option<String> {
    NotCounted::of(Some(finding), None, None, flags).map(|it| it.words)
}

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

/// Why a waiver that is about a finding doesn't permit it.
pub(in crate::report) fn refusal(finding: Option<&Finding>) -> Option<String> {
    let why = finding?.refusal.as_deref()?;
    Some(value::line(why, 300))
}

/// The unmanaged connector that may have replaced a missing one, unless the finding names it.
pub(in crate::report) fn replacement(
    record: &ConnectorRecord,
    finding: Option<&Finding>,
) -> Option<String> {
    let other = record.replaced_by.as_deref()?;
    if finding.is_some_and(|it| it.message.contains(other)) {
        return None;
    }
    let id = other.rsplit('/').next().unwrap_or(other);
    Some(format!(
        "replaced? an unmanaged connector of this name has the id {}",
        value::line(id, 100)
    ))
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
