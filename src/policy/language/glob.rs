//! Matching texts with globs: `*` and `?`, and nothing else. Pure text, no rhai.

use std::str::Chars;

/// Whether the whole of `text` has the form of `pattern`, in which `*` stands for any characters
/// or none and `?` for exactly one; every other character stands for itself.
///
/// Takes at most as many steps as `text` times `pattern` is long: once a later `*` is reached,
/// what an earlier one took never has to be looked at again, since the first place where a piece
/// fits leaves the most for the rest.
pub(crate) fn matches(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    // After the last `*`: the rest of the pattern, and where in the text it was last tried.
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here.clone();
                star = Some((pattern.clone(), here));
            }
            (Some(wanted), Some(c)) if wanted == '?' || wanted == c => {}
            _ => {
                let Some((rest, tried)) = &mut star else {
                    return false;
                };
                if tried.next().is_none() {
                    return false;
                }
                pattern = rest.clone();
                text = tried.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::matches;

    #[test]
    fn the_whole_text_and_nothing_else() {
        for (text, pattern) in [
            ("", ""),
            ("", "*"),
            ("", "**"),
            ("acme.atlassian.net", "acme.atlassian.net"),
            ("acme.atlassian.net", "*.atlassian.net"),
            ("acme.atlassian.net", "acme.*"),
            ("acme.atlassian.net", "a*l*t"),
            ("aab", "*ab"),
            ("abcabd", "*ab?"),
            ("é", "?"),
            ("a\nb", "a*b"),
        ] {
            assert!(matches(text, pattern), "{text:?} {pattern:?}");
        }
        for (text, pattern) in [
            ("", "?"),
            ("a", ""),
            ("acme.atlassian.net.evil.example", "*.atlassian.net"),
            ("evil.example/acme.atlassian.net", "acme.atlassian.net"),
            ("acmeXatlassian.net", "acme.atlassian.net"),
            ("Acme", "acme"),
            ("ab", "?"),
            ("ab", "a*c"),
            ("[a]", "[ab]"),
        ] {
            assert!(!matches(text, pattern), "{text:?} {pattern:?}");
        }
    }

    #[test]
    fn what_makes_others_backtrack_ends() {
        let text = "a".repeat(4_096);
        assert!(!matches(&text, &("*a".repeat(100) + "b")));
        assert!(matches(&text, &"*a".repeat(100)));
    }

    proptest! {
        /// The same language as the regular expression that a glob stands for.
        #[test]
        fn as_the_regular_expression(text in "[ab.é*?]{0,12}", pattern in "[ab.é*?]{0,8}") {
            let mut regex = String::from("(?s)^");
            for c in pattern.chars() {
                match c {
                    '*' => regex.push_str(".*"),
                    '?' => regex.push('.'),
                    c => regex.push_str(&regex::escape(&c.to_string())),
                }
            }
            regex.push('$');
            let expected = Regex::new(&regex).expect("a regular expression").is_match(&text);
            prop_assert_eq!(matches(&text, &pattern), expected);
        }
    }
}
