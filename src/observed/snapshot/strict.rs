//! Readers of single JSON values of a snapshot: pieces of the text, borrowed from it; account ids and
//! regions, refused where they have not the form of one.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use crate::model::{is_account, is_region};

/// A piece of the text that is read, borrowed from it.
pub(super) fn piece<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'a, RawValue>>, D::Error> {
    let piece = Option::<&'a RawValue>::deserialize(deserializer)?;
    Ok(piece.map(Cow::Borrowed))
}

/// Pieces of the text that is read, borrowed from it.
pub(super) fn pieces<'de: 'a, 'a, D: Deserializer<'de>>(
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
