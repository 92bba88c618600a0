//! Paths of users' files as other tools write them: relative to where the run was, and as URIs.
//!
//! No file is looked at: a path is a text, and what it says is all that is known of it.

use std::path::{Path, is_separator};

use crate::text;

/// How much of a path is written, in characters. Longer ones are no file's.
const LONGEST: usize = 4_096;

/// The path with `/` between names, without `.` and with `..` only where it leaves the folder of
/// the run. It may still hold what is unsafe to show.
pub(in crate::report) fn path(file: &str) -> String {
    let file = text::truncate(file, LONGEST);
    let absolute = Path::new(&*file).has_root();
    let mut names: Vec<&str> = Vec::new();
    for name in file.split(is_separator) {
        match (name, names.last().copied()) {
            ("" | ".", _) => {}
            ("..", None) if absolute => {}
            ("..", Some(last)) if last != ".." => {
                names.pop();
            }
            (name, _) => names.push(name),
        }
    }
    let names = names.join("/");
    match (absolute, names.is_empty()) {
        // A drive of Windows stands first already.
        (true, _) if !file.starts_with(is_separator) => names,
        (true, _) => format!("/{names}"),
        (false, true) => ".".to_owned(),
        (false, false) => names,
    }
}

/// Whether the path says where it begins, whatever the folder of the run.
pub(in crate::report) fn is_absolute(file: &str) -> bool {
    Path::new(file).is_absolute()
}

/// The path as a URI: `file:///…` for an absolute one, else a relative reference.
pub(in crate::report) fn uri(file: &str) -> String {
    let path = path(file);
    let mut uri = String::with_capacity(path.len() + 8);
    if is_absolute(file) {
        uri.push_str("file://");
        if !path.starts_with('/') {
            uri.push('/');
        }
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_has_one_form() {
        for (file, same) in [
            ("hubdrift.yaml", "hubdrift.yaml"),
            ("./a//b/./c.yaml", "a/b/c.yaml"),
            ("a/../b.yaml", "b.yaml"),
            ("../up/x.yaml", "../up/x.yaml"),
            ("a/../../../x.yaml", "../../x.yaml"),
            ("", "."),
            ("a/..", "."),
        ] {
            assert_eq!(path(file), same, "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_absolute_path_stays_absolute() {
        assert_eq!(path("/a/./b/../c.yaml"), "/a/c.yaml");
        assert_eq!(path("/../.."), "/");
        assert_eq!(uri("/srv/my repo/x.yaml"), "file:///srv/my%20repo/x.yaml");
        // On Unix a backslash is a letter like any other.
        assert_eq!(path(r"a\b"), r"a\b");
    }

    #[test]
    fn a_uri_holds_nothing_that_means_something() {
        assert_eq!(uri("a b/ü#?.yaml"), "a%20b/%C3%BC%23%3F.yaml");
        // Neither a scheme nor an authority.
        assert_eq!(uri("javascript:x"), "javascript%3Ax");
        assert_eq!(uri("a\u{0}\u{202e}%"), "a%00%E2%80%AE%25");
        assert!(uri(&"x".repeat(100_000)).len() <= LONGEST + 8);
    }

    proptest! {
        #[test]
        fn a_path_that_was_made_uniform_is(file in "[a./\\\\]{0,12}") {
            prop_assert_eq!(path(&path(&file)), path(&file));
        }

        #[test]
        fn a_uri_is_ascii_without_spaces(file in any::<String>()) {
            prop_assert!(uri(&file).bytes().all(|b| b.is_ascii_graphic()));
        }
    }
}
