//! Text as Python treats it, because the AWS CLI leaves it to Python: blanks, lines, the words of a
//! command, and variables in paths.

use super::{environment::Environment, setting::Problem};

/// Whether Python's `str.strip` takes it off. Four control characters count, which Rust doesn't take for blanks.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The text without blanks around it.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The lines of a text, where Python's `str.splitlines` ends them.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    })
}

/// Splits a command as `shlex.split` does: no comments, and nothing is expanded.
///
/// # Errors
/// When a quotation or an escape has no end.
pub fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => {
                let escaped = chars.next().ok_or("it ends with a backslash")?;
                word.get_or_insert_default().push(escaped);
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or("a quotation has no end")? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or("a quotation has no end")? {
                        '"' => break,
                        '\\' => match chars.next().ok_or("a quotation has no end")? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// A path with `$NAME`, `${NAME}` and a first `~` replaced; what isn't set stays as it is.
///
/// # Errors
/// When it needs a home directory that isn't known, or a variable that is not UTF-8.
pub fn path(text: &str, environment: &Environment) -> Result<String, String> {
    let expanded = variables(text, environment)?;
    let Some(rest) = expanded.strip_prefix('~') else {
        return Ok(expanded);
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(format!(
            "`{text}` is in another user's home directory; write the whole path"
        ));
    }
    match environment.home()? {
        Some(home) => match format!("{}{rest}", home.trim_end_matches('/')) {
            nothing if nothing.is_empty() => Ok("/".to_owned()),
            path => Ok(path),
        },
        None => Err(format!(
            "`{text}`: the home directory is not known; set HOME"
        )),
    }
}

/// As `os.path.expandvars`.
fn variables(text: &str, environment: &Environment) -> Result<String, Problem> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, length) = if let Some(braced) = after.strip_prefix('{') {
            let name = braced.split_once('}');
            name.map_or(("", 0), |(name, _)| (name, name.len() + 2))
        } else {
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            (&after[..end], end)
        };
        match environment.read(name)? {
            Some(value) if length > 0 => expanded.push_str(value),
            _ => {
                expanded.push('$');
                expanded.push_str(&after[..length]);
            }
        }
        rest = &after[length..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_by_shlex() {
        let split = |text| split(text).map(|it| it.join("|"));
        assert_eq!(split("profile \"a b\"").as_deref(), Ok("profile|a b"));
        assert_eq!(split("a'b c'd # e").as_deref(), Ok("ab cd|#|e"));
        assert_eq!(
            split(r#""a\"\x" \$HOME ''"#).as_deref(),
            Ok(r#"a"\x|$HOME|"#)
        );
        assert!(split("a \"b").is_err());
        assert!(split("a 'b").is_err());
        assert!(split("a\\").is_err());
    }

    #[test]
    fn paths_are_expanded_as_by_python() {
        let environment = Environment::new([("HOME", "/home/u"), ("DIR", "d")]);
        let path = |text| path(text, &environment);
        assert_eq!(path("~/.aws/config").as_deref(), Ok("/home/u/.aws/config"));
        assert_eq!(
            path("/$DIR/${DIR}x/$NONE/$").as_deref(),
            Ok("/d/dx/$NONE/$")
        );
        assert_eq!(path("a~b").as_deref(), Ok("a~b"));
        assert!(path("~other/x").is_err());
        // A home that is empty is one.
        for home in ["", "/"] {
            let environment = Environment::new([("HOME", home)]);
            let path = |text| super::path(text, &environment);
            assert_eq!(path("~/.aws/config").as_deref(), Ok("/.aws/config"));
            assert_eq!(path("~").as_deref(), Ok("/"));
        }
    }
}
