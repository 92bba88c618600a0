//! YAML text becomes a tree of places, and what no input file may contain is found.
//!
//! Duplicate keys, aliases, tags and further documents are refused here,
//! because a reader of values never shows them. Nothing here knows which keys
//! mean what.

use std::{collections::HashMap, sync::Arc};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::{
    places::{Children, Entry, INDEXED, Mark, Node, Places, find, number, place_after, short},
    source::{SourceFile, empty},
};
use crate::{model::Place, problem::Problem};

/// Characters that end a line for readers of YAML 1.1 and don't for those of 1.2.
///
/// Both read a file here. Where they could disagree, one would see keys that
/// the other, and the person who reviewed the file, takes for a comment.
const DISPUTED: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

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
    if let Some((at, c)) = source
        .body()
        .char_indices()
        .find(|(_, c)| DISPUTED.contains(c))
    {
        let code = u32::from(c);
        let problem = Problem::at(
            place_after(&reader.file, source.body(), at),
            format!(
                "the character U+{code:04X} ends a line for some readers of YAML and not for others"
            ),
        );
        reader.problems.push(problem.help(format!(
            "take it away, or write \"\\u{code:04x}\" in double quotes"
        )));
    }
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

/// The name of keys that are lists, maps or aliases.
const NO_TEXT: &str = "\0";

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
                    self.key(NO_TEXT, mark);
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
        // Keys that are no texts have one name, and are refused already.
        let named = text != NO_TEXT;
        let first = find(entries, index, text)
            .filter(|_| named)
            .map(|first| entries[first].mark);
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
            self.key(NO_TEXT, mark);
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
