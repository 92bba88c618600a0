//! Decides whether a waiver covers a finding, and notes which waivers were used. No other function does.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::Value as Json;

use super::types::{Subject, Waiver};
use crate::{matcher::Matcher, model::Value};

/// A waiver is reported this many days before it ends.
pub const WARN_DAYS: i32 = 14;

/// What a finding is about, for a waiver.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// A rule failed.
    Rule {
        /// The rule.
        id: &'a str,
        /// Whether it permits waivers.
        waivable: bool,
        /// The value of the fact that the rule points at, null where it is absent; `None` where it
        /// points at none.
        observed: Option<&'a Json>,
    },
    /// A field differs.
    Drift {
        /// The fact's path.
        path: &'a str,
        /// Its value, null where it is absent.
        observed: Option<&'a Json>,
    },
    /// The connector isn't there.
    Missing,
    /// The connector isn't in the inventory.
    Unmanaged,
}

/// What the waivers say of a finding.
#[derive(Debug)]
pub enum Decision<'a> {
    /// This one permits it.
    Waived(&'a Waiver),
    /// One is about it and doesn't permit it, for this reason.
    Refused(String),
    /// None is about it.
    NotWaived,
}

/// The waivers of a run, and which of them were used.
#[derive(Debug)]
pub struct Ledger<'a> {
    waivers: &'a [Waiver],
    used: Vec<bool>,
    today: Date,
}

impl<'a> Ledger<'a> {
    /// The waivers as they hold on the UTC day of `now`.
    pub fn new(waivers: &'a [Waiver], now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        Self {
            waivers,
            used: vec![false; waivers.len()],
            today,
        }
    }

    /// Whether the finding at `address` is waived. The first waiver that permits it does.
    pub fn decide(&mut self, address: &str, question: &Question<'_>) -> Decision<'a> {
        let mut refused = None;
        for (waiver, used) in self.waivers.iter().zip(&mut self.used) {
            if !is_about(waiver, address, question) {
                continue;
            }
            match refusal(waiver, question, self.today) {
                None => {
                    *used = true;
                    return Decision::Waived(waiver);
                }
                Some(why) => refused = refused.or(Some(why)),
            }
        }
        refused.map_or(Decision::NotWaived, Decision::Refused)
    }

    /// Each waiver, and whether it permitted a finding.
    pub fn uses(&self) -> impl Iterator<Item = (&'a Waiver, bool)> {
        self.waivers.iter().zip(self.used.iter().copied())
    }
}

/// The message about a waiver that has expired, ends soon, or covered nothing. `used` is `None` if
/// not all that it may cover was read.
pub fn stale(owner: &str, expires: Date, used: Option<bool>, today: Date) -> Option<String> {
    let soon = today.saturating_add(WARN_DAYS.days());
    if expires < today {
        Some(format!(
            "the waiver of {owner} expired on {expires}: renew it or remove it"
        ))
    } else if used == Some(false) {
        Some(format!("the waiver of {owner} covers nothing: remove it"))
    } else if expires <= soon {
        Some(format!("the waiver of {owner} ends on {expires}"))
    } else {
        None
    }
}

/// Whether a waiver is about this finding.
fn is_about(waiver: &Waiver, address: &str, question: &Question<'_>) -> bool {
    let subject = match (&waiver.subject, question) {
        (Subject::Rule(rules), Question::Rule { id, .. }) => {
            rules.iter().any(|(rule, _)| rule == id)
        }
        (Subject::Drift(drift), Question::Drift { path, .. }) => drift == path,
        (Subject::Missing, Question::Missing) => !waiver.is_wildcard(),
        (Subject::Unmanaged, Question::Unmanaged) => true,
        _ => false,
    };
    subject && waiver.covers_address(address)
}

/// Why a finding of some rules can't be waived.
const NOT_WAIVABLE: &str = "its rule can't be waived";

/// How any other reason begins.
const WAIVER_OF: &str = "the waiver of ";

/// Where in a text the reason ` (WHY)` begins that a waiver doesn't permit what stands before it; or,
/// if it is known where such a reason would begin, whether it does.
pub fn refusal_at(text: &str, known: Option<usize>) -> Option<usize> {
    let last = || {
        let starts = [NOT_WAIVABLE, WAIVER_OF].map(|why| format!(" ({why}"));
        starts.iter().filter_map(|start| text.rfind(start)).max()
    };
    let at = known.or_else(last)?;
    let why = text.get(at..)?.strip_prefix(" (")?.strip_suffix(')')?;
    (why == NOT_WAIVABLE || why.starts_with(WAIVER_OF)).then_some(at)
}

/// Why a waiver doesn't permit the finding that it is about.
fn refusal(waiver: &Waiver, question: &Question<'_>, today: Date) -> Option<String> {
    if let Question::Rule {
        waivable: false, ..
    } = question
    {
        return Some(NOT_WAIVABLE.to_owned());
    }
    if !waiver.holds_on(today) {
        return Some(format!(
            "the waiver of {} expired on {}",
            waiver.owner, waiver.expires
        ));
    }
    let (Question::Rule { observed, .. } | Question::Drift { observed, .. }) = question else {
        return None;
    };
    match &waiver.observed {
        Some(permitted) if !observed.is_some_and(|observed| permits(permitted, observed)) => {
            Some(format!(
                "the waiver of {} is for the value {}",
                waiver.owner,
                permitted.to_json()
            ))
        }
        _ => None,
    }
}

/// Whether a waiver's value is the observed one.
fn permits(permitted: &Matcher, observed: &Json) -> bool {
    let value = match observed {
        Json::Null => None,
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            match texts.collect() {
                Some(texts) => Some(Value::Set(texts)),
                None => return false,
            }
        }
        _ => return false,
    };
    permitted.accepts(value.as_ref())
}
