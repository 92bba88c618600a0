//! What stands in a YAML file, and where: a tree of it, and the spots in that tree.
//!
//! Nothing here knows which keys mean what.

use std::{borrow::Cow, sync::Arc};

use super::scalar::{Yaml, unquoted};
use crate::{model::Place, problem::Problem};

/// Where something stands, and how wide it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters on that line.
    pub width: u32,
    /// Written without quotes.
    pub plain: bool,
}

/// What one file says. Its texts are borrowed from the file wherever they stand there as they are meant.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    /// The file's path.
    pub(super) file: Arc<str>,
    pub(super) root: Node<'t>,
}

impl Document<'_> {
    /// The whole of it.
    pub fn root(&self) -> Spot<'_> {
        Spot {
            file: &self.file,
            key: None,
            node: Some(&self.root),
            mark: self.root.mark,
        }
    }
}

/// A scalar, list or map.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub mark: Mark,
    pub content: Content<'t>,
}

/// What a [`Node`] holds.
#[derive(Debug)]
pub(super) enum Content<'t> {
    Scalar(Cow<'t, str>),
    List(Box<[Node<'t>]>),
    Map(Box<[Entry<'t>]>),
    /// A tag or an alias: the scan has said all there is to say.
    Refused,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub key: Cow<'t, str>,
    pub mark: Mark,
    pub value: Node<'t>,
}

/// A value in a file, or the want of one: then its place is that of the map it would be in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    file: &'a Arc<str>,
    key: Option<Mark>,
    node: Option<&'a Node<'a>>,
    mark: Mark,
}

impl<'a> Spot<'a> {
    /// What stands here.
    pub fn value(&self) -> Yaml<'a> {
        match self.node.map(|node| (&node.content, node.mark.plain)) {
            None => Yaml::Absent,
            Some((Content::Refused, _)) => Yaml::Refused,
            Some((Content::Scalar(text), true)) => unquoted(text),
            Some((Content::Scalar(text), false)) => Yaml::Text(text),
            Some((Content::List(_), _)) => Yaml::List,
            Some((Content::Map(_), _)) => Yaml::Map,
        }
    }

    /// Whether nothing is written here.
    pub fn is_absent(&self) -> bool {
        self.node.is_none()
    }

    /// Whether there is a key, and nothing behind it.
    pub fn is_unfilled(&self) -> bool {
        let text = self.node.map(|node| (&node.content, node.mark.plain));
        matches!(text, Some((Content::Scalar(text), true)) if text.is_empty())
    }

    /// A key that this map doesn't have.
    pub fn absent(&self) -> Self {
        Self {
            node: None,
            ..*self
        }
    }

    /// The items of a list; of anything else none.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Self> + use<'a> {
        let items: &'a [Node<'a>] = match self.node {
            Some(Node {
                content: Content::List(items),
                ..
            }) => items,
            _ => &[],
        };
        let file = self.file;
        items.iter().map(move |node| {
            // A map without braces is shown by its first key.
            let mark = match &node.content {
                Content::Map(entries) if node.mark.width == 0 => {
                    entries.first().map_or(node.mark, |entry| entry.mark)
                }
                _ => node.mark,
            };
            Self {
                file,
                key: None,
                node: Some(node),
                mark,
            }
        })
    }

    /// The keys of a map with their values, as written; of anything else none.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&'a str, Self)> + use<'a> {
        let entries: &'a [Entry<'a>] = match self.node {
            Some(Node {
                content: Content::Map(entries),
                ..
            }) => entries,
            _ => &[],
        };
        let file = self.file;
        entries.iter().map(move |entry| {
            // An empty value has no extent of its own; its key says better where it is.
            let mark = if entry.value.mark.width == 0 {
                entry.mark
            } else {
                entry.value.mark
            };
            let spot = Self {
                file,
                key: Some(entry.mark),
                node: Some(&entry.value),
                mark,
            };
            (&*entry.key, spot)
        })
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

    /// The file's path.
    pub fn file(&self) -> &'a Arc<str> {
        self.file
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
