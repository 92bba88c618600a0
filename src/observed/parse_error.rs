//! Why the text of a file is not what was expected, and where.

/// Why a text is not what was expected, and where.
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
    /// An error in `part`, which is a piece of `text`, as an error in `text`. Columns are bytes, as
    /// `serde_json` counts them.
    pub(super) fn within(mut self, text: &str, part: &str) -> Self {
        let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        if self.line <= 1 {
            self.column += before.len() - line_start;
        }
        self.line = self.line.max(1) + before.matches('\n').count();
        self
    }
}

impl From<&serde_json::Error> for ParseError {
    fn from(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // serde_json says the place at the end of its text; ours stands in front of it.
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self {
            line,
            column,
            message,
        }
    }
}
