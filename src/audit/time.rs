//! A time in a report, RFC 3339; an empty text where a run came to none.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[expect(clippy::ref_option, reason = "serde asks for this form")]
pub(super) fn serialize<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_str(""),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}
