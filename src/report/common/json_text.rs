//! Values as JSON text that is safe on a terminal and in a CI log.

use std::io;

use serde::Serialize;
use serde_json::{
    Serializer,
    ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter},
};

use crate::text;

/// The value as indented JSON that ends with a line end.
pub(in crate::report) fn indented(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, PrettyFormatter::new(), value);
    out
}

/// Adds the value as one line of JSON.
pub(in crate::report) fn line(out: &mut Vec<u8>, value: &impl Serialize) {
    write(out, CompactFormatter, value);
}

/// The value as one line of JSON, where its texts are safe already.
pub(in crate::report) fn line_of_safe(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    // As below.
    let _ = serde_json::to_writer(&mut out, value);
    out.push(b'\n');
    out
}

fn write(out: &mut Vec<u8>, formatter: impl Formatter, value: &impl Serialize) {
    let mut serializer = Serializer::with_formatter(&mut *out, Escaping(formatter));
    // Maps have text or unit enums as keys, and a Vec takes all bytes: this can't fail.
    // Should it ever, the half-written JSON is refused by every reader.
    let _ = value.serialize(&mut serializer);
    out.push(b'\n');
}

/// Writes unsafe characters as `\u009b`, so that a report printed to a terminal or a CI log steers
/// neither. To a JSON reader it is the same text.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
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
