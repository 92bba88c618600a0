//! The body of `ListTagsForResource` becomes tags.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    json::{Object, Texts, parse, text},
    malformed::Malformed,
};

/// Why tags can't be asked for.
pub const NO_ARN_FOR_TAGS: &str = "the answer has no ConnectorArn to ask for its tags by";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireTags {
    tags: Option<Texts>,
}

/// Reads the body of `ListTagsForResource`.
///
/// # Errors
/// When the body is not such an answer. Without `Tags` it isn't: not read is not empty.
pub fn tags(body: &[u8]) -> Result<BTreeMap<String, String>, Malformed> {
    let Object(wire): Object<WireTags> = parse(text(body)?, "")?;
    wire.tags
        .map(|Texts(texts)| texts)
        .ok_or(Malformed::Lacks("Tags"))
}
