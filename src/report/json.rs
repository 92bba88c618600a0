//! The JSON report: the audit itself, written and read back.
//!
//! Nothing is shortened or left out here; what other formats show can be made
//! again from it. Readers ignore keys they don't know, and refuse a report of
//! another schema. [`v1`] has the keys.

pub(crate) mod v1;

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};
use thiserror::Error;

use self::v1::Report;
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
    let mut out = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut out, Shown(PrettyFormatter::new()));
    // Maps have text or unit enums as keys, and a Vec takes all bytes: this can't fail.
    // Should it ever, the half-written JSON is refused by every reader.
    let _ = Report::from(audit).serialize(&mut serializer);
    out.push(b'\n');
    out
}

/// A value as one line of JSON, with nothing unsafe in it.
pub(super) fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Shown(CompactFormatter));
    // As above: what is written here has texts for keys.
    let _ = value.serialize(&mut serializer);
    out.push(b'\n');
}

/// JSON in which unsafe characters are written as `\u009b`, so that
/// a report printed to a terminal or a CI log steers neither. To a JSON reader
/// it is the same text.
struct Shown<F>(F);

impl<F: Formatter> Formatter for Shown<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut done = 0;
        let mut after_hash = false;
        for (at, c) in fragment.char_indices() {
            // `##[` and `##vso[` are commands to CI runners.
            if text::is_unsafe(c) || (c == '#' && after_hash) {
                out.write_all(&fragment.as_bytes()[done..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
                done = at + c.len_utf8();
            }
            after_hash = c == '#';
        }
        out.write_all(&fragment.as_bytes()[done..])
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}
