//! Where everything in a YAML file stands: a tree of the same shape as the values.
//!
//! The values themselves are read elsewhere, by serde. Nothing here knows
//! which keys mean what.

use std::{collections::HashMap, sync::Arc};

use crate::{model::Place, problem::Problem};

/// Where something stands, and how wide it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters on that line.
    pub width: u32,
    /// Written without quotes.
    pub plain: bool,
}

/// A value's place, and the places of what is in it.
#[derive(Debug)]
pub(crate) struct Node {
    pub mark: Mark,
    pub children: Children,
}

#[derive(Debug)]
pub(crate) enum Children {
    None,
    List(Vec<Node>),
    Map(Vec<Entry>, HashMap<Box<str>, usize>),
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub key: Box<str>,
    pub mark: Mark,
    pub value: Node,
}

/// Maps with more keys than this have an index; in smaller ones looking at each is faster.
pub(crate) const INDEXED: usize = 12;

/// Where a map's key is.
pub(crate) fn find(
    entries: &[Entry],
    index: &HashMap<Box<str>, usize>,
    key: &str,
) -> Option<usize> {
    if index.is_empty() {
        entries.iter().position(|entry| *entry.key == *key)
    } else {
        index.get(key).copied()
    }
}

/// The places of one file.
#[derive(Debug)]
pub(crate) struct Places {
    pub(super) file: Arc<str>,
    pub(super) root: Node,
}

impl Places {
    /// The file's path.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The place of the whole document.
    pub fn root(&self) -> Spot<'_> {
        Spot {
            file: &self.file,
            key: None,
            node: Some(&self.root),
            mark: self.root.mark,
        }
    }
}

/// A value in a file, which may be a key that isn't there: then its place is that of the map it would be in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    file: &'a Arc<str>,
    key: Option<Mark>,
    node: Option<&'a Node>,
    mark: Mark,
}

impl Spot<'_> {
    /// The value of `key`.
    pub fn key(&self, key: &str) -> Self {
        if let Some(Node {
            children: Children::Map(entries, index),
            ..
        }) = self.node
            && let Some(entry) = find(entries, index, key).map(|at| &entries[at])
        {
            // An empty value has no extent of its own; its key says better where it is.
            let mark = if entry.value.mark.width == 0 {
                entry.mark
            } else {
                entry.value.mark
            };
            return Self {
                file: self.file,
                key: Some(entry.mark),
                node: Some(&entry.value),
                mark,
            };
        }
        Self {
            node: None,
            ..*self
        }
    }

    /// The item `index` of a list.
    pub fn item(&self, index: usize) -> Self {
        if let Some(Node {
            children: Children::List(items),
            ..
        }) = self.node
            && let Some(node) = items.get(index)
        {
            // A map without braces is shown by its first key.
            let mark = match &node.children {
                Children::Map(entries, _) if node.mark.width == 0 => {
                    entries.first().map_or(node.mark, |entry| entry.mark)
                }
                _ => node.mark,
            };
            return Self {
                file: self.file,
                key: None,
                node: Some(node),
                mark,
            };
        }
        Self {
            node: None,
            ..*self
        }
    }

    /// The key instead of the value.
    pub fn at_key(&self) -> Self {
        Self {
            mark: self.key.unwrap_or(self.mark),
            ..*self
        }
    }

    /// Whether it is written without quotes.
    pub fn plain(&self) -> bool {
        self.mark.plain
    }

    /// The place.
    pub fn place(&self) -> Place {
        Place {
            file: Arc::clone(self.file),
            line: self.mark.line,
            column: self.mark.column,
        }
    }

    /// How many characters it has on its line.
    pub fn width(&self) -> usize {
        self.mark.width as usize
    }

    /// A problem here.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(self.place(), message).width(self.width())
    }
}

/// The place of the byte `index` of `text`, or of its end.
pub(crate) fn place_after(file: &Arc<str>, text: &str, index: usize) -> Place {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    let (mut line, mut column, mut last) = (1, 1, '\0');
    for c in text[..index].chars() {
        match c {
            '\n' if last == '\r' => {}
            '\n' | '\r' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
        last = c;
    }
    Place {
        file: Arc::clone(file),
        line: number(line),
        column: number(column),
    }
}

/// A count as places have it.
pub(crate) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A user's text as a message quotes it: not too long.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
