//! Untrusted text becomes text that is safe to show: on a terminal, in XML, as a shell command. Unsafe
//! characters are made visible, never dropped. Also: which known name is nearest to a misspelt one.
//! Pure functions that know no other module.

use std::{borrow::Cow, fmt::Write};

/// Whether a character could steer a terminal, reorder a line or hide in it.
///
/// Control characters (C0, DEL, C1), bidi marks, overrides and isolates,
/// characters without width, line and paragraph separators, fillers that look
/// like nothing, and tags.
pub const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// `text` as one line that a terminal shows and does not obey.
///
/// Unsafe characters are written as `\u{1b}`; line ends and tabs as `\n`, `\r`
/// and `\t`. `##[` and `##vso[`, which CI runners take for commands wherever
/// they stand in a line, lose their second `#` to the same notation.
pub fn terminal(text: &str) -> Cow<'_, str> {
    let safe = |(at, c)| !is_unsafe(c) && !begins_command(text, at);
    if text.char_indices().all(safe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '#' if begins_command(text, at) => escape(&mut out, '#'),
            c if is_unsafe(c) => escape(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A URL with `[redacted]` instead of a user name and password; any other text as it is.
pub fn without_password(text: &str) -> Cow<'_, str> {
    // No URL parser: it would refuse some malformed URLs that hold a password. The last `@` ends one.
    match text.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, rest)) => Cow::Owned(format!("{scheme}://[redacted]@{rest}")),
            None => Cow::Borrowed(text),
        },
        None => Cow::Borrowed(text),
    }
}

/// A line of a report that no CI runner takes for a command if the report is written to a log: GitHub's
/// runner obeys lines that begin with `::`, also after blanks. The first colon becomes `\u{3a}`.
pub fn no_command(line: &str) -> Cow<'_, str> {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => Cow::Owned(format!("\\u{{3a}}:{rest}")),
        None => Cow::Borrowed(line),
    }
}

/// Whether the second `#` of a runner's command stands at `at`.
fn begins_command(text: &str, at: usize) -> bool {
    let (before, from) = text.as_bytes().split_at(at);
    before.last() == Some(&b'#') && (from.starts_with(b"#[") || from.starts_with(b"#vso["))
}

fn escape(out: &mut String, c: char) {
    // Writing to a String can't fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// `text` with every character that XML 1.0 forbids made visible as `\u{1b}`.
///
/// A carriage return is one of them here: readers would turn it into a line
/// feed. Markup is left as it is: whoever writes the XML escapes it, or splits
/// `]]>` in CDATA with [`cdata`].
pub fn xml(text: &str) -> Cow<'_, str> {
    const fn allowed(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    }
    if text.chars().all(allowed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if allowed(c) {
            out.push(c);
        } else {
            escape(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// `text` for the inside of one CDATA section, which `]]>` would end: the
/// section is closed and opened again in the middle of it.
pub fn cdata(text: &str) -> Cow<'_, str> {
    if text.contains("]]>") {
        Cow::Owned(text.replace("]]>", "]]]]><![CDATA[>"))
    } else {
        Cow::Borrowed(text)
    }
}

/// An argument list as a line for a POSIX shell, safe to show and to paste.
///
/// An argument with unsafe characters is written `$'…'` with its bytes
/// escaped, which bash, zsh and ksh read back as what it was. No argument can
/// hold NUL, so one that claims to is only shown.
pub fn shell_command(argv: &[String]) -> String {
    let mut out = String::new();
    for argument in argv {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&shell_word(argument));
    }
    out
}

fn shell_word(argument: &str) -> Cow<'_, str> {
    let shown = terminal(argument);
    if matches!(shown, Cow::Borrowed(_))
        && let Ok(quoted) = shlex::try_quote(argument)
    {
        return quoted;
    }
    let mut out = String::from("$'");
    let mut bytes = [0; 4];
    for (at, c) in argument.char_indices() {
        if c == '\'' || c == '\\' {
            out.push('\\');
            out.push(c);
        } else if is_unsafe(c) || begins_command(argument, at) {
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Three octal digits: unlike \x they can't swallow what follows.
                let _ = write!(out, "\\{byte:03o}");
            }
        } else {
            out.push(c);
        }
    }
    out.push('\'');
    Cow::Owned(out)
}

/// The candidate that `name` was probably meant to be: a letter or so off in
/// short names, up to a third of it in longer ones. Case and separators don't
/// count: `kmsKeyArn` and `kms-key-arn` are both `kms_key_arn`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance takes quadratic time, and longer texts are not misspelt names.
    const LONGEST: usize = 100;
    let length = name.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let name = plain(name);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * LONGEST)
        .map(|candidate| (plain(candidate), candidate))
        .map(|(plain, candidate)| (strsim::damerau_levenshtein(&name, &plain), plain, candidate))
        .filter(|(distance, plain, _)| {
            // A word that was cut short is nearer than its length says.
            let is_part = name.len() >= 3 && plain.starts_with(&name);
            is_part || (*distance <= (length / 3).max(1) && *distance < length)
        })
        .map(|(distance, _, candidate)| (distance, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The first characters of `text`: at most `max_chars`, the last of them `…` when something was cut.
pub fn truncate(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let mut ends = text.char_indices().map(|(at, _)| at);
    let end = ends.nth(max_chars.saturating_sub(1)).unwrap_or(0);
    let ellipsis = if max_chars == 0 { "" } else { "…" };
    Cow::Owned([&text[..end], ellipsis].concat())
}

/// A user's text as a message quotes it: its first 80 characters, and `…` if there are more.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 80;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Whether `text` can be a target's name or an id: letters, digits, `.`, `_` and `-`, the first a letter or digit.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Bytes in lowercase hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_password_of_a_url_is_left() {
        for (url, shown) in [
            (
                "http://user:pass@proxy:3128/x",
                "http://[redacted]@proxy:3128/x",
            ),
            ("https://token@host", "https://[redacted]@host"),
            ("http://user:p/a@s#s@host/", "http://[redacted]@host/"),
            ("http://host:80/a", "http://host:80/a"),
            ("team@example.com/rules", "team@example.com/rules"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(terminal("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(terminal("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(terminal("\u{202e}gpj\u{9b}1m"), "\\u{202e}gpj\\u{9b}1m");
        assert_eq!(terminal("a\u{200b}b\u{2028}"), "a\\u{200b}b\\u{2028}");
        assert_eq!(terminal("x ##vso[task.x]"), "x #\\u{23}vso[task.x]");
        assert_eq!(terminal("###[error]"), "##\\u{23}[error]");
    }

    #[test]
    fn what_a_log_would_obey_is_shown() {
        assert_eq!(no_command("::error::x"), "\\u{3a}:error::x");
        assert_eq!(no_command(" \t ::x"), "\\u{3a}:x");
        for line in ["", "a ::error::x", ":x", "arn:aws::x"] {
            assert!(matches!(no_command(line), Cow::Borrowed(it) if it == line));
        }
    }

    #[test]
    fn ordinary_texts_stay_and_are_not_copied() {
        for text in [
            "",
            "jira-secops",
            "Grüße, 世界 🎉",
            "a \\ b",
            "## heading",
            "arn:aws:iam::1:x",
        ] {
            assert!(
                matches!(terminal(text), Cow::Borrowed(t) if t == text),
                "{text}"
            );
            assert!(matches!(xml(text), Cow::Borrowed(t) if t == text), "{text}");
        }
    }

    #[test]
    fn commands_are_quoted() {
        let argv = ["aws", "--description", "it's $HOME", "", "a\u{1b}b\n"].map(str::to_owned);
        assert_eq!(
            shell_command(&argv),
            r#"aws --description "it's "'$HOME' '' $'a\033b\012'"#
        );
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["connectors", "policies", "targets", "id"];
        assert_eq!(nearest("conectors", known), Some("connectors"));
        assert_eq!(nearest("Polices", known), Some("policies"));
        assert_eq!(nearest("kms_key", ["kms_key_arn"]), Some("kms_key_arn"));
        assert_eq!(nearest("kmsKeyArn", ["kms_key_arn"]), Some("kms_key_arn"));
        assert_eq!(nearest("di", known), Some("id"));
        assert_eq!(nearest("waivers", known), None);
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }

    proptest! {
        #[test]
        fn a_terminal_gets_nothing_unsafe(text in any::<String>(), hostile in "[\\x00-\\x1f\u{7f}-\u{9f}\u{200b}-\u{202e}\u{2060}-\u{206f}#\\[]{0,9}") {
            let text = format!("{text}{hostile}vso[");
            let shown = terminal(&text);
            prop_assert!(!shown.chars().any(is_unsafe));
            prop_assert!(!shown.contains("##[") && !shown.contains("##vso["));
            prop_assert_eq!(terminal(&shown), shown.clone());
        }

        #[test]
        fn xml_gets_only_what_it_allows(text in any::<String>(), hostile in "[\\x00-\\x1f\u{7f}\u{fffe}\u{ffff}]{0,9}") {
            let text = format!("{text}{hostile}");
            let clean = xml(&text);
            let forbidden = |c| matches!(c, '\u{fffe}' | '\u{ffff}') || (c < ' ' && c != '\t' && c != '\n');
            let any = clean.chars().any(forbidden);
            prop_assert!(!any);
            prop_assert_eq!(xml(&clean), clean.clone());
        }

        #[test]
        fn a_command_is_read_back_by_a_shell_reader(argv in proptest::collection::vec("[ -\"$-~é世]{0,12}", 0..5)) {
            prop_assert_eq!(shlex::split(&shell_command(&argv)), Some(argv));
        }

        #[test]
        fn a_command_is_safe_to_show(argv in proptest::collection::vec(any::<String>(), 0..5)) {
            prop_assert!(!shell_command(&argv).chars().any(is_unsafe));
        }

        #[test]
        fn truncation_keeps_the_beginning(text in any::<String>(), max in 0..40_usize) {
            let short = truncate(&text, max);
            prop_assert!(short.chars().count() <= max);
            prop_assert!(short == text || text.starts_with(short.trim_end_matches('…')));
            prop_assert_eq!(short == text, text.chars().count() <= max);
        }
    }
}
