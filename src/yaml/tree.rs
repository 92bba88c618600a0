//! The tree of a YAML file. A [`Node`] is a value in it, and knows its place in the file.
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

/// What one file says. Its texts are borrowed from the file, except those with escapes or folded lines.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    /// The file's path.
    pub(super) file: Arc<str>,
    pub(super) root: NodeData<'t>,
}

impl Document<'_> {
    /// The whole of it.
    pub fn root(&self) -> Node<'_> {
        Node {
            file: &self.file,
            key: None,
            data: Some(&self.root),
            mark: self.root.mark,
        }
    }
}

/// A scalar, list or map.
#[derive(Debug)]
pub(super) struct NodeData<'t> {
    pub mark: Mark,
    pub content: Content<'t>,
}

/// What a [`NodeData`] holds.
#[derive(Debug)]
pub(super) enum Content<'t> {
    Scalar(Cow<'t, str>),
    List(Box<[NodeData<'t>]>),
    Map(Box<[Entry<'t>]>),
    /// A tagged value or an alias, which the scan has refused.
    Refused,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub key: Cow<'t, str>,
    pub mark: Mark,
    pub value: NodeData<'t>,
}

/// A value in a file, or a key's absent value: then its place is that of the map without the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    file: &'a Arc<str>,
    key: Option<Mark>,
    /// `None` where the value is absent.
    data: Option<&'a NodeData<'a>>,
    mark: Mark,
}

impl<'a> Node<'a> {
    /// What it holds.
    pub fn value(&self) -> Yaml<'a> {
        match self.data.map(|data| (&data.content, data.mark.plain)) {
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
        self.data.is_none()
    }

    /// Whether the key is written without a value.
    pub fn is_unfilled(&self) -> bool {
        let content = self.data.map(|data| (&data.content, data.mark.plain));
        matches!(content, Some((Content::Scalar(text), true)) if text.is_empty())
    }

    /// The value of a key that this map doesn't have.
    pub fn absent(&self) -> Self {
        Self {
            data: None,
            ..*self
        }
    }

    /// The items of a list; of anything else none.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Self> + use<'a> {
        let items: &'a [NodeData<'a>] = match self.data.map(|data| &data.content) {
            Some(Content::List(items)) => items,
            _ => &[],
        };
        let file = self.file;
        items.iter().map(move |data| {
            // A map without braces is shown by its first key.
            let mark = match &data.content {
                Content::Map(entries) if data.mark.width == 0 => {
                    entries.first().map_or(data.mark, |entry| entry.mark)
                }
                _ => data.mark,
            };
            Self {
                file,
                key: None,
                data: Some(data),
                mark,
            }
        })
    }

    /// The keys of a map with their values, as written; of anything else none.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&'a str, Self)> + use<'a> {
        let entries: &'a [Entry<'a>] = match self.data.map(|data| &data.content) {
            Some(Content::Map(entries)) => entries,
            _ => &[],
        };
        let file = self.file;
        entries.iter().map(move |entry| {
            // An empty value has no width, so its key is shown.
            let mark = if entry.value.mark.width == 0 {
                entry.mark
            } else {
                entry.value.mark
            };
            let node = Self {
                file,
                key: Some(entry.mark),
                data: Some(&entry.value),
                mark,
            };
            (&*entry.key, node)
        })
    }

    /// The same node, whose place is that of its key.
    pub fn at_key(&self) -> Self {
        Self {
            mark: self.key.unwrap_or(self.mark),
            ..*self
        }
    }

    /// Whether it is written without quotes.
    pub fn is_plain(&self) -> bool {
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
