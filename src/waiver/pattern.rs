//! Patterns of addresses, in which `*` stands for any characters.

/// Whether an address pattern can mean a connector of this target.
pub fn may_be_in(pattern: &str, target: &str) -> bool {
    match pattern.split_once('/') {
        Some((pattern, _)) => covers(pattern, target),
        None => true,
    }
}

/// Whether a pattern, in which `*` stands for any characters, matches the whole of `text`.
pub fn covers(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    // Between two stars the first match is enough; the last part must be at the end.
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_any_characters_and_nothing_else_does() {
        for (pattern, text) in [
            ("prod/jira", "prod/jira"),
            ("prod/*", "prod/jira"),
            ("*/jira", "prod/jira"),
            ("*/*", "prod/jira"),
            ("prod/j*a", "prod/ja"),
            ("prod/*ab*ab", "prod/abab"),
            ("p*/*ra", "prod/jira"),
        ] {
            assert!(covers(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("prod/jira", "prod/jira2"),
            ("prod/*", "prod2/jira"),
            ("prod/j*a", "prod/j"),
            ("prod/*aba", "prod/ab"),
            ("prod/ab*b", "prod/ab"),
            ("prod/.ira", "prod/jira"),
            ("*/a*ab*b", "p/aab"),
        ] {
            assert!(!covers(pattern, text), "{pattern} {text}");
        }
    }
}
