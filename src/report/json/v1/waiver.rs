//! A waiver as it is written in `hubdrift.report/1`: what it permits is one text.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use crate::{
    audit::{self, WaiverRecord, WaiverSubject},
    model::Place,
};

/// A waiver of the run.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct WaiverUse<'a> {
    /// What it permits: `rule ID, …`, `drift PATH`, `missing` or `unmanaged`.
    subject: Cow<'a, str>,
    /// The address of the connector; `*` stands for any characters.
    connector: Cow<'a, str>,
    /// Why, by whom and until when.
    #[serde(flatten)]
    waiver: Cow<'a, WaiverRecord>,
    /// The observed value that it is for, if it is for one; null for absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    observed: Option<Cow<'a, Json>>,
    /// Where it is written.
    location: Cow<'a, Place>,
    /// Whether it permitted a finding of this run.
    used: bool,
}

impl<'a> WaiverUse<'a> {
    pub(super) fn of(waiver: &'a audit::WaiverUse) -> Self {
        Self {
            subject: Cow::Owned(waiver.subject.to_string()),
            connector: Cow::Borrowed(&waiver.connector),
            waiver: Cow::Borrowed(&waiver.waiver),
            observed: waiver.observed.as_ref().map(Cow::Borrowed),
            location: Cow::Borrowed(&waiver.location),
            used: waiver.used,
        }
    }

    /// The waiver that was written.
    pub(super) fn read(self) -> audit::WaiverUse {
        audit::WaiverUse {
            subject: subject(&self.subject),
            connector: self.connector.into_owned(),
            waiver: self.waiver.into_owned(),
            observed: self.observed.map(Cow::into_owned),
            location: self.location.into_owned(),
            used: self.used,
        }
    }
}

/// What a waiver permits, as [`WaiverSubject`] is written.
pub(super) fn subject(text: &str) -> WaiverSubject {
    match (text, text.split_once(' ')) {
        ("missing", _) => WaiverSubject::Missing,
        ("unmanaged", _) => WaiverSubject::Unmanaged,
        (_, Some(("drift", path))) => WaiverSubject::Drift(path.to_owned()),
        (_, Some(("rule", rules))) => {
            WaiverSubject::Rules(rules.split(", ").map(str::to_owned).collect())
        }
        _ => WaiverSubject::Other(text.to_owned()),
    }
}

/// A value that is there, also where it is null: null means absent, and no key that there is no fact.
pub(super) fn null_is_a_value<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'static, Json>>, D::Error> {
    let value = Json::deserialize(deserializer)?;
    Ok(Some(Cow::Owned(value)))
}
