//! Waivers as the page shows them: one row a waiver, with what it covers and the days it has left.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::findings::{Group, Item, Subject, What};
use crate::{
    audit::WaiverRecord,
    report::common::value::{self, count},
};

/// How many days before its end a waiver is marked.
const SOON: i64 = 14;

/// A waiver and the findings that it covers, or that it covered.
pub(super) struct WaiverView {
    pub(super) expires: String,
    /// `12 days left`
    pub(super) left: String,
    /// `ended`, `soon` or `running`.
    pub(super) class: &'static str,
    pub(super) owner: String,
    pub(super) ticket: Option<String>,
    pub(super) reason: String,
    /// The findings, named by address and by what of it is waived.
    pub(super) covers: String,
    /// How many of them count all the same.
    pub(super) counting: usize,
}

/// A waiver's last day, owner, ticket and reason.
type Key<'a> = (Date, [&'a str; 3]);

/// Every waiver that a finding names, the one that ends first before the others.
///
/// `now` is the time of judging.
pub(super) fn waivers(groups: &[Group<'_>], now: Option<Timestamp>) -> Vec<WaiverView> {
    let today = now.map(|now| now.to_zoned(TimeZone::UTC).date());
    let mut covered: BTreeMap<Key<'_>, Vec<(&str, &Item<'_>)>> = BTreeMap::new();
    for group in groups {
        let address = match &group.about {
            Subject::Connector(record) => &*record.address,
            Subject::Target(target, _) => &*target.name,
            Subject::Other(address) => address,
        };
        for item in &group.items {
            if let Some(waiver) = waiver(item) {
                let ticket = waiver.ticket.as_deref().unwrap_or_default();
                let key = [&*waiver.owner, ticket, &*waiver.reason];
                covered
                    .entry((waiver.expires, key))
                    .or_default()
                    .push((address, item));
            }
        }
    }
    let view = |((expires, [owner, ticket, reason]), items): (Key<'_>, Vec<(&str, &Item<'_>)>)| {
        let names: Vec<String> = items
            .iter()
            .map(|(address, item)| name(address, item))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let days = today.map(|today| days(today, expires));
        WaiverView {
            expires: expires.to_string(),
            left: days.map_or_else(|| "not known".to_owned(), left),
            class: match days {
                Some(days) if days > SOON => "running",
                Some(days) if days >= 0 => "soon",
                _ => "ended",
            },
            owner: value::line(owner, 80),
            ticket: (!ticket.is_empty()).then(|| value::line(ticket, 80)),
            reason: value::line(reason, 300),
            covers: value::names(&names),
            counting: items
                .iter()
                .filter(|(_, item)| item.why_not.is_none())
                .count(),
        }
    };
    covered.into_iter().map(view).collect()
}

fn waiver<'a>(item: &Item<'a>) -> Option<&'a WaiverRecord> {
    let of_record = match item.what {
        What::Existence(record) => record.waiver.as_deref(),
        What::Drift(record) => record.waiver.as_deref(),
        What::Rule(record) => record.waiver.as_deref(),
        What::Unread(_) | What::Target(_) | What::Finding => None,
    };
    item.finding
        .and_then(|finding| finding.waiver.as_ref())
        .or(of_record)
}

/// `prod/jira-secops: kms_key_arn`
fn name(address: &str, item: &Item<'_>) -> String {
    let what = match item.what {
        What::Drift(record) => &record.drift.path,
        What::Rule(record) => &*record.result.rule,
        _ => item.kind.as_str(),
    };
    format!("{address}: {what}")
}

/// The days from one to the other; the last day is day nought, and is included.
fn days(today: Date, end: Date) -> i64 {
    end.duration_since(today).as_hours() / 24
}

fn left(days: i64) -> String {
    match days {
        0 => "its last day".to_owned(),
        days if days > 0 => format!("{} left", count(days.unsigned_abs(), "day")),
        days => format!("ended {} ago", count(days.unsigned_abs(), "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_included() {
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let words = |end| left(days(date("2026-06-01"), date(end)));
        assert_eq!(words("2026-05-31"), "ended 1 day ago");
        assert_eq!(words("2026-06-01"), "its last day");
        assert_eq!(words("2026-06-02"), "1 day left");
        assert_eq!(words("2026-12-31"), "213 days left");
        assert_eq!(words("2028-06-01"), "731 days left");
    }
}
