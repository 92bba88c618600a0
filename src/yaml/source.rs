//! Bytes of an input file become text, or a problem that says why not.

use std::sync::Arc;

use crate::{model::Place, problem::Problem};

/// The text of one input file, with the path that its places name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl SourceFile {
    /// The largest file that is read, in bytes. An inventory of 100,000 connectors has about 20 MiB.
    pub const MAX_BYTES: usize = 64 << 20;

    /// The text of a file, from its bytes.
    ///
    /// # Errors
    /// A file that is too large, empty or not UTF-8.
    #[expect(
        clippy::result_large_err,
        reason = "returned once for each file, and unboxed at once"
    )]
    pub fn from_bytes(path: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Problem> {
        let path = path.into();
        let start = || Place::start_of(path.as_str());
        if bytes.len() > Self::MAX_BYTES {
            let limit = Self::MAX_BYTES >> 20;
            return Err(
                Problem::at(start(), format!("the file is larger than {limit} MiB"))
                    .help("split it: several files can be one inventory"),
            );
        }
        if bytes.is_empty() {
            return Err(empty_file(Arc::from(path)));
        }
        String::from_utf8(bytes)
            .map(|text| Self {
                path: path.clone(),
                text,
            })
            .map_err(|err| {
                let valid = err.utf8_error().valid_up_to();
                let text = std::str::from_utf8(err.as_bytes().get(..valid).unwrap_or_default())
                    .unwrap_or_default();
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                let place = place_after(&Arc::from(path.as_str()), text, text.len());
                let utf16 = matches!(err.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
                let what = if utf16 {
                    "the file is UTF-16, not UTF-8"
                } else {
                    "the file is not UTF-8 from here on"
                };
                Problem::at(place, what).help("save it as UTF-8")
            })
    }

    /// The text without a byte order mark, which no editor counts as a column.
    pub(crate) fn body(&self) -> &str {
        self.text.strip_prefix('\u{feff}').unwrap_or(&self.text)
    }
}

/// The problem of a file in which nothing is written.
pub(super) fn empty_file(file: Arc<str>) -> Problem {
    Problem::at(Place::start_of(file), "the file is empty")
}

/// The place of the byte at `index` of `text`; of the end if it is shorter.
pub(super) fn place_after(file: &Arc<str>, text: &str, index: usize) -> Place {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    let (mut line, mut column, mut last) = (1, 1, '\0');
    for c in text[..index].chars() {
        match c {
            '\n' if last == '\r' => {}
            '\n' | '\r' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
        last = c;
    }
    Place {
        file: Arc::clone(file),
        line: number(line),
        column: number(column),
    }
}

/// A line or column number, as a place holds it.
pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
