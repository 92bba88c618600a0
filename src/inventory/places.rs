//! YAML text becomes a tree of places, and what no input file may contain is found.
//!
//! The values themselves are read elsewhere, by serde; this tree has the same
//! shape and says where each of them stands. Duplicate keys, aliases, tags and
//! further documents are refused here, because a reader of values never shows
//! them. Nothing here knows which keys mean what.

use std::{collections::HashMap, sync::Arc};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::source::{SourceFile, empty};
use crate::{model::Place, problem::Problem};

/// Where something stands, and how wide it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Line, from 1.
    line: u32,
    /// Column in characters, from 1.
    column: u32,
    /// Characters on that line.
    width: u32,
    /// Written without quotes.
    pub plain: bool,
}

/// A value's place, and the places of what is in it.
#[derive(Debug)]
pub(crate) struct Node {
    mark: Mark,
    children: Children,
}

#[derive(Debug)]
enum Children {
    None,
    List(Vec<Node>),
    Map(Vec<Entry>, HashMap<Box<str>, usize>),
}

#[derive(Debug)]
struct Entry {
    key: Box<str>,
    mark: Mark,
    value: Node,
}

/// Maps with more keys than this have an index; in smaller ones looking at each is faster.
const INDEXED: usize = 12;

fn find(entries: &[Entry], index: &HashMap<Box<str>, usize>, key: &str) -> Option<usize> {
    if index.is_empty() {
        entries.iter().position(|entry| *entry.key == *key)
    } else {
        index.get(key).copied()
    }
}

/// The places of one file.
#[derive(Debug)]
pub(crate) struct Places {
    file: Arc<str>,
    root: Node,
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

impl<'a> Spot<'a> {
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

    /// A problem here.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(self.place(), message).width(self.mark.width as usize)
    }
}

/// The places of a file, and what may not stand in any file.
///
/// # Errors
/// A syntax error, behind the problems found before it; no tree can be made.
pub(crate) fn scan(source: &SourceFile) -> Result<(Places, Vec<Problem>), Vec<Problem>> {
    let options = granit_parser::options! { emit_anchor_events: true };
    let mut reader = Reader {
        text: source.body(),
        file: Arc::from(source.path.as_str()),
        problems: Vec::new(),
        stack: Vec::new(),
        root: None,
        anchors: Vec::new(),
        by_id: HashMap::new(),
    };
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(source.body(), options) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(err) => {
                let place = reader.place_of(err.marker());
                reader.problems.push(Problem::at(
                    place,
                    format!("this is not YAML: {}", err.info()),
                ));
                return Err(reader.finish().1);
            }
        };
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                let mark = reader.mark(&span, false);
                let problem = Problem::at(reader.place(mark), "a second document begins here");
                reader.problems.push(
                    problem
                        .help("put it into a file of its own: several files can be one inventory"),
                );
                break;
            }
        }
        reader.event(event, &span);
    }
    let file = Arc::clone(&reader.file);
    match reader.finish() {
        (Some(root), problems) => Ok((Places { file, root }, problems)),
        (None, mut problems) => {
            problems.push(empty(Place::start_of(file)));
            Err(problems)
        }
    }
}

/// Makes the tree from events.
struct Reader<'a> {
    text: &'a str,
    file: Arc<str>,
    problems: Vec<Problem>,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: Vec<Anchor>,
    /// Where in `anchors` the anchor of an id is.
    by_id: HashMap<usize, usize>,
}

/// A list or map whose end has not come yet.
struct Open {
    node: Node,
    /// In a map, the key whose value comes next.
    key: Option<(Box<str>, Mark)>,
    /// How deep in a key that is itself a list or map; what is there is not kept.
    in_key: bool,
}

struct Anchor {
    name: String,
    mark: Mark,
    first_use: Option<Mark>,
    uses: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        if let Some(start) = span.tag_start {
            let place = self.place_of(&start);
            let tag = span
                .tag_span()
                .and_then(|span| span.slice(self.text))
                .unwrap_or("!");
            self.problems.push(
                Problem::at(
                    place,
                    format!("`{}` is a tag, and tags mean nothing here", short(tag)),
                )
                .width(tag.chars().count())
                .help("take it away; a text can be written in quotes"),
            );
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let mark = self.mark(span, style == ScalarStyle::Plain);
                self.scalar(&text, mark);
            }
            Event::SequenceStart(..) => self.open(span, Children::List(Vec::new())),
            Event::MappingStart(..) => self.open(span, Children::Map(Vec::new(), HashMap::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop()
                    && !open.in_key
                {
                    self.value(open.node);
                }
            }
            Event::Anchor(id, name) => {
                let mark = self.mark(span, true);
                self.by_id.insert(id, self.anchors.len());
                self.anchors.push(Anchor {
                    name: name.into_owned(),
                    mark,
                    first_use: None,
                    uses: 0,
                });
            }
            Event::Alias(id) => {
                let mark = self.mark(span, true);
                if let Some(anchor) = self.by_id.get(&id).and_then(|at| self.anchors.get_mut(*at)) {
                    anchor.first_use.get_or_insert(mark);
                    anchor.uses += 1;
                }
                if self.wants_key() {
                    self.key("", mark);
                } else {
                    self.value(Node {
                        mark,
                        children: Children::None,
                    });
                }
            }
            _ => {}
        }
    }

    /// Whether what comes next is a key.
    fn wants_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Open {
                node: Node {
                    children: Children::Map(..),
                    ..
                },
                key: None,
                ..
            })
        )
    }

    fn scalar(&mut self, text: &str, mark: Mark) {
        if !self.wants_key() {
            return self.value(Node {
                mark,
                children: Children::None,
            });
        }
        if text == "<<" && mark.plain {
            let problem = Problem::at(self.place(mark), "merge keys are not supported")
                .width(mark.width as usize);
            self.problems
                .push(problem.help("write the keys out where they are needed"));
        }
        self.key(text, mark);
    }

    fn key(&mut self, text: &str, mark: Mark) {
        let Some(Open {
            node:
                Node {
                    children: Children::Map(entries, index),
                    ..
                },
            key,
            ..
        }) = self.stack.last_mut()
        else {
            return;
        };
        let first = find(entries, index, text).map(|first| entries[first].mark);
        *key = Some((text.into(), mark));
        if let Some(first) = first {
            let first = self.place(first);
            let problem = Problem::at(
                self.place(mark),
                format!("the key `{}` stands twice in one map", short(text)),
            );
            self.problems.push(
                problem
                    .width(mark.width as usize)
                    .related(first, "first here"),
            );
        }
    }

    fn open(&mut self, span: &Span, children: Children) {
        let mark = self.mark(span, false);
        let in_key = self.wants_key();
        if in_key {
            let problem = Problem::at(
                self.place(mark),
                "a key must be a text, not a list or a map",
            );
            self.problems.push(problem);
            self.key("", mark);
        }
        self.stack.push(Open {
            node: Node { mark, children },
            key: None,
            in_key,
        });
    }

    fn value(&mut self, value: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some(Open {
                node:
                    Node {
                        children: Children::List(items),
                        ..
                    },
                ..
            }) => items.push(value),
            Some(Open {
                node:
                    Node {
                        children: Children::Map(entries, index),
                        ..
                    },
                key,
                ..
            }) => {
                if let Some((key, mark)) = key.take() {
                    entries.push(Entry { key, mark, value });
                    let indexed = if index.is_empty() {
                        0
                    } else {
                        entries.len() - 1
                    };
                    if entries.len() > INDEXED {
                        for (at, entry) in entries.iter().enumerate().skip(indexed) {
                            index.entry(entry.key.clone()).or_insert(at);
                        }
                    }
                }
            }
            Some(_) => {}
        }
    }

    /// The tree, and all problems with those of anchors.
    fn finish(mut self) -> (Option<Node>, Vec<Problem>) {
        for anchor in std::mem::take(&mut self.anchors) {
            let name = short(&anchor.name);
            let mut problem = Problem::at(
                self.place(anchor.mark),
                format!("`&{name}`: anchors and aliases are not supported"),
            )
            .width(anchor.mark.width as usize)
            .help("write the value out where it is needed");
            if let Some(first) = anchor.first_use {
                let label = match anchor.uses {
                    1 => "used here".to_owned(),
                    2 => "used here, and in one more place".to_owned(),
                    more => format!("used here, and in {} more places", more - 1),
                };
                problem = problem.related(self.place(first), label);
            }
            self.problems.push(problem);
        }
        // A document that ends too early leaves lists and maps open.
        while let Some(open) = self.stack.pop() {
            if !open.in_key {
                self.value(open.node);
            }
        }
        (self.root, self.problems)
    }

    fn mark(&self, span: &Span, plain: bool) -> Mark {
        let start = &span.start;
        let on_line = span
            .slice(self.text)
            .and_then(|text| text.split(['\n', '\r']).next());
        let width = on_line.map_or(0, |text| text.trim_end().chars().count());
        Mark {
            line: number(start.line()),
            column: number(start.col() + 1),
            width: number(width),
            plain,
        }
    }

    fn place(&self, mark: Mark) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: mark.line,
            column: mark.column,
        }
    }

    fn place_of(&self, marker: &Marker) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: number(marker.line().max(1)),
            column: number(marker.col() + 1),
        }
    }
}

fn number(n: usize) -> u32 {
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
