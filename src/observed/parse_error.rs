//! Why a file's text is not what was expected, and where.

/// Why a file's text is not what was expected, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl ParseError {
    /// An error at the beginning of `part`, which is a piece of `text`.
    pub(super) fn at(text: &str, part: &str, message: String) -> Self {
        let (line, before) = beginning(text, part);
        Self {
            line,
            column: before.chars().count() + 1,
            message,
        }
    }

    /// An error in `part`, which is a piece of `text`, as an error in `text`. Columns are bytes, as
    /// `serde_json` counts them.
    pub(super) fn within(mut self, text: &str, part: &str) -> Self {
        let (line, before) = beginning(text, part);
        if self.line <= 1 {
            self.column += before.len();
        }
        self.line = self.line.max(1) + line - 1;
        self
    }
}

/// The line of `text` on which its piece `part` begins, from 1, and what stands before it there.
fn beginning<'a>(text: &'a str, part: &str) -> (usize, &'a str) {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, &before[line_start..])
}

impl From<&serde_json::Error> for ParseError {
    fn from(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // serde_json ends its message with the place, which is in `line` and `column` here.
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self {
            line,
            column,
            message,
        }
    }
}
