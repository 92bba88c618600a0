//! Text that may come from anybody becomes Markdown that shows it and does nothing else.
//!
//! A text that could mean anything to a renderer goes into a code span: there
//! is no markup, no HTML, no entity, no link, and on GitHub no `@mention`, no
//! `#1` and no commit either. What comes in is safe for a terminal already.

use std::borrow::Cow;

use crate::{report::common::value, text};

/// How much of a message is shown; the JSON report has all of it.
pub(super) const MESSAGE: usize = 300;

/// How much of a name is shown.
pub(super) const NAME: usize = 200;

/// How much of a place or an ARN is shown.
pub(super) const PLACE: usize = 300;

/// A text of bounded length as Markdown within one line or one cell of a table.
pub(super) fn text(text: &str, max_chars: usize) -> String {
    let shown = value::line(text, max_chars);
    if is_tame(&shown) { shown } else { span(&shown) }
}

/// A text of bounded length as a code span, such as a name or a path.
pub(super) fn code(text: &str, max_chars: usize) -> String {
    span(&value::line(text, max_chars))
}

/// A code span that holds exactly this text, also in a cell of a table.
pub(super) fn span(shown: &str) -> String {
    if shown.is_empty() {
        return "(empty)".to_owned();
    }
    // In a table `\|` is a bar, in a code span too; whether `\\|` is one, readers dispute.
    let shown = shown.replace("\\|", "\\\\u{7c}").replace('|', "\\|");
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One space on each side is taken off again.
    let at_edge = |c| shown.starts_with(c) || shown.ends_with(c);
    let pad = if at_edge('`') || at_edge(' ') {
        " "
    } else {
        ""
    };
    [&fence, pad, &shown, pad, &fence].concat()
}

/// Whether a text is plain words to every renderer: nothing but letters, digits and a little
/// punctuation, and none of what GitHub makes links of.
fn is_tame(shown: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " ,.;'()%-/".contains(c);
    let word_is_plain = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_commit = bare.len() >= 7 && bare.chars().all(|c| c.is_ascii_hexdigit());
        !is_commit && !bare.contains("GH-") && !bare.to_lowercase().starts_with("www.")
    };
    !shown.is_empty()
        && shown.starts_with(char::is_alphanumeric)
        && shown.chars().all(plain)
        && shown.split([' ', '(', '/']).all(word_is_plain)
}

/// A text of bounded length for HTML that is written as such.
pub(super) fn html(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    for c in value::line(text, max_chars).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Lines as they are, in a fence that none of them ends.
pub(super) fn fenced(text: &str, max_chars: usize) -> String {
    let short = text::truncate(text, max_chars);
    let lines: Vec<String> = short.lines().map(line).collect();
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '~').map(str::len))
        .max()
        .unwrap_or(0);
    let fence = "~".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

/// A line that no CI runner takes for a command, where the report goes to a log.
fn line(text: &str) -> String {
    text::no_command(&text::terminal(text)).into_owned()
}

/// A link, where the address is one that a person would call plain; a code span otherwise.
pub(super) fn link(uri: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%?=&#".contains(c);
    match uri.strip_prefix("https://") {
        Some(rest) if rest.len() < 300 && !rest.is_empty() && rest.chars().all(plain) => {
            format!("<{uri}>")
        }
        _ => code(uri, 300),
    }
}

/// A row of a table.
pub(super) fn row<S: AsRef<str>>(cells: &[S]) -> String {
    let cells: Vec<Cow<'_, str>> = cells
        .iter()
        .map(|cell| Cow::Borrowed(cell.as_ref()))
        .collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The first two lines of a table.
pub(super) fn head(columns: &[&str]) -> String {
    let rule = vec!["---"; columns.len()];
    [row(columns), row(&rule)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_all_else_is_code() {
        for tame in [
            "no KMS key is set",
            "the provider is AZURE",
            "2 rules, 50% (of 4)",
            "Grüße",
        ] {
            assert_eq!(text(tame, 100), tame);
        }
        for hostile in [
            "@octocat",
            "see #1",
            "GH-12",
            "www.example.com",
            "(www.example.com)",
            "https://x.example",
            "a@b.example",
            "deadbeef1",
            "x (deadbeef)",
            "*b*",
            "_b_",
            "[x](y)",
            "![x](y)",
            "<b>",
            "&lt;",
            "a\\",
            "$x$",
            "~~x~~",
            "- x",
            "1\u{202e}2",
            ":rocket:",
            "a|b",
            "[[x]]",
        ] {
            let shown = text(hostile, 100);
            assert!(shown.starts_with('`') && shown.ends_with('`'), "{shown}");
        }
    }

    #[test]
    fn a_code_span_holds_its_text() {
        assert_eq!(span("a"), "`a`");
        assert_eq!(span("a`b``c"), "```a`b``c```");
        assert_eq!(span("`"), "`` ` ``");
        assert_eq!(span(" "), "`   `");
        assert_eq!(span("a|b"), "`a\\|b`");
        assert_eq!(span("a\\|b"), "`a\\\\u{7c}b`");
        assert_eq!(span(""), "(empty)");
    }

    #[test]
    fn a_fence_is_not_ended_by_its_text_and_begins_no_command() {
        assert_eq!(fenced("a\n~~~~\nb", 100), "~~~~~text\na\n~~~~\nb\n~~~~~\n");
        assert_eq!(
            fenced("  ::error::x", 100),
            "~~~text\n\\u{3a}:error::x\n~~~\n"
        );
    }

    #[test]
    fn only_a_plain_address_becomes_a_link() {
        assert_eq!(
            link("https://a.example/b?c=d#e"),
            "<https://a.example/b?c=d#e>"
        );
        for not in [
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://a>b",
            "http://a",
        ] {
            assert!(link(not).starts_with('`'), "{not}");
        }
    }
}
