//! Parses the two files as Python's `configparser` does, which the AWS CLI uses: text becomes sections
//! with their keys. It does not know what a key means.
//!
//! A line that is indented further continues the value above it, whatever is in it; a comment is
//! a whole line; a section or key that comes twice is an error; `[DEFAULT]` counts in each section.

use std::collections::{BTreeMap, HashSet};

use super::python::{is_blank, lines, strip};

/// A section, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What is between its brackets.
    pub header: String,
    /// Its keys, in lower case.
    pub keys: BTreeMap<String, Entry>,
}

/// What a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// The line of the key, from 1.
    pub line: usize,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Keys of its own, indented below the key.
    Block(BTreeMap<String, String>),
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A value while its lines come.
struct Open {
    key: String,
    line: usize,
    parts: Vec<String>,
}

/// A section while its keys come.
struct Opened {
    header: String,
    keys: Vec<Open>,
}

const DEFAULT: &str = "DEFAULT";

/// Reads a file.
///
/// # Errors
/// When the AWS CLI would refuse it: all that is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Section>, Vec<Fault>> {
    let (sections, mut faults) = read(text);
    let mut closed: Vec<Section> = Vec::new();
    let mut defaults = BTreeMap::new();
    for section in sections {
        let mut keys = BTreeMap::new();
        for open in section.keys {
            match value(&open) {
                Ok(value) => {
                    let line = open.line;
                    keys.insert(open.key, Entry { value, line });
                }
                Err(fault) => faults.push(fault),
            }
        }
        if section.header == DEFAULT {
            defaults.extend(keys);
        } else {
            let header = section.header;
            closed.push(Section { header, keys });
        }
    }
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(faults);
    }
    for section in &mut closed {
        for (key, entry) in &defaults {
            section
                .keys
                .entry(key.clone())
                .or_insert_with(|| entry.clone());
        }
    }
    Ok(closed)
}

fn read(text: &str) -> (Vec<Opened>, Vec<Fault>) {
    let mut sections: Vec<Opened> = Vec::new();
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    // Whether a key of the section is open for more lines.
    let mut goes_on = false;
    let mut indent = 0;
    // Python ends lines at \r\n, \r and \n when it reads a file.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (index, line) in text.split('\n').enumerate() {
        let mut fault = |message: String| {
            faults.push(Fault {
                line: index + 1,
                message,
            });
        };
        let stripped = strip(line);
        let is_comment = stripped.starts_with(['#', ';']);
        let open = sections
            .last_mut()
            .and_then(|it| it.keys.last_mut())
            .filter(|_| goes_on);
        if stripped.is_empty() || is_comment {
            if let (Some(open), false) = (open, is_comment) {
                open.parts.push(String::new());
            }
            continue;
        }
        let column = line.chars().take_while(|c| is_blank(*c)).count();
        match open {
            Some(open) if column > indent => {
                open.parts.push(stripped.to_owned());
                continue;
            }
            _ => indent = column,
        }
        if let Some(header) = header(stripped) {
            goes_on = false;
            if header != DEFAULT && !seen.insert((header.to_owned(), None)) {
                fault(format!("the section [{header}] comes twice"));
            }
            sections.push(Opened {
                header: header.to_owned(),
                keys: Vec::new(),
            });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            if stripped.starts_with('\u{feff}') {
                fault(
                    "the file begins with a byte order mark; save it as UTF-8 without one"
                        .to_owned(),
                );
            } else {
                fault("this stands before the first [section]".to_owned());
            }
            continue;
        };
        match stripped.split_once(['=', ':']) {
            Some((key, value)) if !strip(key).is_empty() => {
                let key = strip(key).to_lowercase();
                if !seen.insert((section.header.clone(), Some(key.clone()))) {
                    fault(format!("`{key}` comes twice in [{}]", section.header));
                }
                section.keys.push(Open {
                    key,
                    line: index + 1,
                    parts: vec![strip(value).to_owned()],
                });
                goes_on = true;
            }
            // What is in the line may be a secret.
            _ => fault("this is neither a [section] nor `key = value`".to_owned()),
        }
    }
    (sections, faults)
}

/// What is between the first bracket and the last one. What follows is passed over.
fn header(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?;
    let end = inside.rfind(']')?;
    Some(&inside[..end]).filter(|header| !header.is_empty())
}

fn value(open: &Open) -> Result<Value, Fault> {
    let text = open.parts.join("\n");
    let text = text.trim_end_matches(is_blank);
    if !text.starts_with('\n') {
        return Ok(Value::Text(text.to_owned()));
    }
    let mut block = BTreeMap::new();
    for line in lines(text).map(strip).filter(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once('=') else {
            let message = format!("a line below `{}` is not `key = value`", open.key);
            let line = open.line;
            return Err(Fault { line, message });
        };
        block.insert(strip(key).to_owned(), strip(value).to_owned());
    }
    Ok(Value::Block(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sections: &[Section], header: &str, key: &str) -> Option<String> {
        let section = sections.iter().find(|it| it.header == header)?;
        match &section.keys.get(key)?.value {
            Value::Text(text) => Some(text.clone()),
            Value::Block(block) => Some(format!("{block:?}")),
        }
    }

    fn said(source: &str) -> Vec<(usize, String)> {
        let faults = parse(source).expect_err("it is refused");
        faults.into_iter().map(|it| (it.line, it.message)).collect()
    }

    #[test]
    fn values_are_read_as_by_configparser() {
        let read = parse(concat!(
            "# a comment\r\n[default] ; with a comment\r\nRegion = eu-west-1 # x\r\n",
            "s3 =\r\n  addressing_style = path\r\n  # inside\r\n  a=b = c\r\n",
            "long: one\r\n  two = 2\r\n\r\n\r\n[profile \"a b\"]\n  ; no\n  empty =\n  region=x\n",
        ))
        .expect("it is read");
        assert_eq!(
            text(&read, "default", "region").as_deref(),
            Some("eu-west-1 # x")
        );
        let block = r#"{"a": "b = c", "addressing_style": "path"}"#;
        assert_eq!(text(&read, "default", "s3").as_deref(), Some(block));
        assert_eq!(
            text(&read, "default", "long").as_deref(),
            Some("one\ntwo = 2")
        );
        assert_eq!(text(&read, "profile \"a b\"", "empty").as_deref(), Some(""));
        assert_eq!(
            text(&read, "profile \"a b\"", "region").as_deref(),
            Some("x")
        );
        assert_eq!(read[0].keys["region"].line, 3);
    }

    #[test]
    fn the_section_default_counts_in_each() {
        let read = parse("[a]\nx=1\n[DEFAULT]\nx=2\ny=3\n[b]\n").expect("it is read");
        assert_eq!(text(&read, "a", "x").as_deref(), Some("1"));
        assert_eq!(text(&read, "a", "y").as_deref(), Some("3"));
        assert_eq!(text(&read, "b", "x").as_deref(), Some("2"));
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn what_the_cli_refuses_is_refused_with_its_line_and_all_at_once() {
        let said = said("[a]\nx=1\nX = 2\n[a]\nnonsense\n= y\nn =\n  nested\n");
        let lines: Vec<_> = said.iter().map(|it| it.0).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7], "{said:#?}");
    }

    #[test]
    fn a_line_without_a_section_is_refused_and_so_is_a_byte_order_mark() {
        assert!(said("x = 1\n")[0].1.contains("before the first"));
        assert!(said("\u{feff}[default]\n")[0].1.contains("byte order mark"));
    }
}
