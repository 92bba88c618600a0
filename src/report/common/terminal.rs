//! Lines for a terminal: indents, wrapping and, when asked for, colours.
//!
//! It knows nothing of audits. What comes in must be safe already, but for one
//! thing: no line that is written begins with `::`, which CI runners would take
//! for a command.

use std::borrow::Cow;

use crate::text;

/// Where prose is broken.
const WIDTH: usize = 100;

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Tone {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// Less important.
    Faint,
    /// Gone, failed.
    Bad,
    /// Changed, or not known.
    Warn,
    /// New, or well.
    Good,
    /// Waived.
    Calm,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
            Self::Bad => "\u{1b}[31m",
            Self::Warn => "\u{1b}[33m",
            Self::Good => "\u{1b}[32m",
            Self::Calm => "\u{1b}[36m",
        }
    }
}

/// The lines written so far.
pub(in crate::report) struct Lines {
    color: bool,
    text: String,
}

impl Lines {
    pub(in crate::report) const fn new(color: bool) -> Self {
        Self {
            color,
            text: String::new(),
        }
    }

    /// `text` in that tone, if there are colours.
    pub(in crate::report) fn paint<'a>(&self, tone: Tone, text: &'a str) -> Cow<'a, str> {
        if self.color && tone != Tone::Plain && !text.is_empty() {
            Cow::Owned([tone.code(), text, "\u{1b}[0m"].concat())
        } else {
            Cow::Borrowed(text)
        }
    }

    /// One line, as it is.
    pub(in crate::report) fn line(&mut self, indent: usize, text: &str) {
        self.indent(indent);
        self.start(text);
        self.text.push('\n');
    }

    /// An empty line, unless there is one already.
    pub(in crate::report) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Prose, broken between words where it gets too wide; lines after the first stand four deeper.
    pub(in crate::report) fn prose(&mut self, indent: usize, tone: Tone, text: &str) {
        let mut rest = text;
        let mut indent_now = indent;
        loop {
            let (line, left) = broken(rest, WIDTH.saturating_sub(indent_now));
            self.indent(indent_now);
            let painted = self.paint(tone, line).into_owned();
            self.start(&painted);
            self.text.push('\n');
            if left.is_empty() {
                return;
            }
            rest = left;
            indent_now = indent + 4;
        }
    }

    /// Whether a line of that many characters is too wide.
    pub(in crate::report) const fn is_wide(chars: usize) -> bool {
        chars > WIDTH
    }

    pub(in crate::report) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    pub(in crate::report) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(in crate::report) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    fn indent(&mut self, n: usize) {
        self.text.extend(std::iter::repeat_n(' ', n));
    }

    fn start(&mut self, text: &str) {
        // Runners trim the line first, so the indent doesn't help.
        self.text.push_str(&text::no_command(text));
    }
}

/// `text` up to the last space within `width` characters, and what follows it.
/// A word that is wider stays whole; colours take no room.
fn broken(text: &str, width: usize) -> (&str, &str) {
    let (mut last_space, mut shown, mut in_color) = (None, 0, false);
    for (at, c) in text.char_indices() {
        if c == ' ' && at > 0 {
            last_space = Some(at);
        }
        if shown >= width
            && let Some(space) = last_space
        {
            return (text[..space].trim_end(), text[space..].trim_start());
        }
        in_color |= c == '\u{1b}';
        shown += usize::from(!in_color);
        in_color &= c != 'm';
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_at_the_same_place_with_and_without_colours() {
        let plain = "one two three four five six seven";
        let (line, left) = broken(plain, 10);
        let colored = plain.replace("two", "\u{1b}[31mtwo\u{1b}[0m");
        let (colored_line, colored_left) = broken(&colored, 10);
        assert_eq!(
            colored_line
                .replace("\u{1b}[31m", "")
                .replace("\u{1b}[0m", ""),
            line
        );
        assert_eq!(colored_left, left);
    }

    #[test]
    fn prose_is_broken_between_words() {
        let mut lines = Lines::new(false);
        lines.prose(2, Tone::Bad, &"word ".repeat(40));
        let text = String::from_utf8(lines.into_bytes()).expect("text");
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        assert_eq!(text.matches("word").count(), 40);
        assert_eq!(broken("aaaa bbbb", 3), ("aaaa", "bbbb"));
        assert_eq!(broken("aaaa", 2), ("aaaa", ""));
        assert_eq!(broken("", 2), ("", ""));
    }

    #[test]
    fn no_line_begins_with_a_runners_command() {
        let mut lines = Lines::new(false);
        lines.line(4, "::error::x");
        lines.prose(0, Tone::Plain, &format!("{} ::error::x", "a".repeat(99)));
        let text = String::from_utf8(lines.into_bytes()).expect("text");
        assert!(
            text.lines()
                .all(|line| !line.trim_start().starts_with("::")),
            "{text}"
        );
    }
}
