//! The JSON report: the audit itself, written and read back.
//!
//! Nothing is shortened or left out here; what other formats show can be made
//! again from it. Readers ignore keys they don't know, and refuse a report of
//! another schema. `v1` has the keys.

pub(crate) mod v1;

use serde::Deserialize;
use thiserror::Error;

use self::v1::Report;
use super::common::json_text;
use crate::{
    audit::{Audit, SCHEMA},
    saved::Contradiction,
    text,
};

/// Why a JSON report could not be read.
#[derive(Debug, Error)]
pub enum ParseError {
    /// It isn't JSON, or not a report's.
    #[error("not a hubdrift JSON report")]
    Malformed(#[source] serde_json::Error),
    /// It is a report of a schema that this version doesn't read.
    #[error("the report's schema is {found:?}; this version reads {SCHEMA:?}")]
    OtherSchema {
        /// What it says it is.
        found: String,
    },
    /// Two parts of it can't both be true, so that there is no audit that it could be of.
    #[error("the report contradicts itself: {0}")]
    Contradicts(#[source] Contradiction),
}

/// Reads a report back.
pub fn parse(bytes: &[u8]) -> Result<Audit, ParseError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    // First the name alone, so that a newer form is named as such and not as
    // a missing field.
    let head: Head = serde_json::from_slice(bytes).map_err(ParseError::Malformed)?;
    if head.schema != SCHEMA {
        return Err(ParseError::OtherSchema {
            found: text::truncate(&head.schema, 80).into_owned(),
        });
    }
    let report: Report<'_> = serde_json::from_slice(bytes).map_err(ParseError::Malformed)?;
    report.try_into().map_err(ParseError::Contradicts)
}

/// The audit as indented JSON that ends with a line end.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    json_text::indented(&Report::from(audit))
}
