//! What a snapshot may say and a reader of JSON would not ask about: a list that is there, and
//! accounts and regions that are some. A refusal here comes with its line and column.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{Listing, Reason};
use crate::model::{is_account, is_region};

/// A [`Listing`] as it stands in the file, where it may say that it is complete and not be there.
#[derive(Deserialize)]
pub(super) struct WireListing<'a> {
    complete: bool,
    #[serde(default)]
    unread: Option<Reason>,
    #[serde(borrow, default, deserialize_with = "pieces")]
    summaries: Option<Vec<Cow<'a, RawValue>>>,
}

impl<'a> TryFrom<WireListing<'a>> for Listing<'a> {
    type Error = String;

    fn try_from(wire: WireListing<'a>) -> Result<Self, String> {
        if wire.complete && wire.summaries.is_none() {
            return Err("a listing that is `complete` needs its `summaries`: an empty list, if no connector was there".to_owned());
        }
        Ok(Self {
            complete: wire.complete,
            unread: wire.unread,
            summaries: wire.summaries.unwrap_or_default(),
        })
    }
}

/// Pieces of the text that is read, left where they are.
fn pieces<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Cow<'a, RawValue>>>, D::Error> {
    let pieces = Option::<Vec<&'a RawValue>>::deserialize(deserializer)?;
    Ok(pieces.map(|pieces| pieces.into_iter().map(Cow::Borrowed).collect()))
}

/// An account's id.
pub(super) fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_account(&text) {
        return Ok(text);
    }
    let message = format!("`{text}` is not an account id: twelve digits are expected");
    Err(D::Error::custom(message))
}

/// A region's name.
pub(super) fn region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_region(&text) {
        return Ok(text);
    }
    let message = format!("`{text}` is not a region: a name like us-east-1 is expected");
    Err(D::Error::custom(message))
}
