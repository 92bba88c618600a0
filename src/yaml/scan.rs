//! YAML text becomes a tree, and what no input file may contain becomes problems: duplicate keys,
//! anchors, aliases, tags, merge keys and further documents. Nothing here knows which keys mean what.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::{
    source::{SourceFile, empty_file, number, place_after},
    tree::{Content, Document, Entry, Mark, NodeData},
};
use crate::{model::Place, problem::Problem, text::excerpt};

/// Characters that end a line for readers of YAML 1.1 and don't for those of 1.2.
///
/// Where they disagree, one reads keys that the other takes for a comment; an
/// editor or a reviewer's tool may be either.
const AMBIGUOUS_LINE_ENDS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// How deep lists and maps may be nested.
///
/// Far deeper than any input file needs, and shallow enough to walk a tree by recursion.
const MAX_DEPTH: usize = 128;

/// In maps with more keys than this, duplicates are found with a hash map; in smaller ones comparing
/// each pair is faster.
const MAX_PAIRWISE: usize = 12;

/// The tree of a file. What may not stand in any file goes to `problems`.
///
/// `None` if there is no tree: the file has a syntax error or nothing in it, and that is among the problems.
pub(crate) fn scan<'t>(
    source: &'t SourceFile,
    problems: &mut Vec<Problem>,
) -> Option<Document<'t>> {
    let text = source.body();
    let mut builder = Builder {
        text,
        file: Arc::from(source.path.as_str()),
        problems,
        levels: Vec::new(),
        nodes: Vec::new(),
        entries: Vec::new(),
        root: None,
        anchors: Vec::new(),
        by_id: HashMap::new(),
    };
    builder.refuse_ambiguous_line_ends();
    let is_whole = builder.read();
    // What is open where a syntax error ends the reading may have duplicate keys too.
    while !builder.levels.is_empty() {
        builder.close();
    }
    builder.refuse_anchors();
    if !is_whole {
        return None;
    }
    let (file, root) = (builder.file, builder.root);
    if root.is_none() {
        problems.push(empty_file(Arc::clone(&file)));
    }
    root.map(|root| Document { file, root })
}

/// Builds the tree from the parser's events.
struct Builder<'t, 'p> {
    text: &'t str,
    file: Arc<str>,
    problems: &'p mut Vec<Problem>,
    /// The lists and maps that are open, from the outermost on.
    levels: Vec<Level<'t>>,
    /// The items of all open lists. A list that closes takes its own from the end, into a slice of
    /// exactly their number.
    nodes: Vec<NodeData<'t>>,
    /// The entries of all open maps, likewise.
    entries: Vec<Entry<'t>>,
    root: Option<NodeData<'t>>,
    anchors: Vec<Anchor<'t>>,
    /// Index into `anchors` by the parser's id.
    by_id: HashMap<usize, usize>,
}

/// An open list or map.
struct Level<'t> {
    mark: Mark,
    is_tagged: bool,
    /// It stands as a key, which is refused, so it is dropped.
    is_key: bool,
    kind: Kind<'t>,
}

enum Kind<'t> {
    /// A list, and where in `nodes` its items begin.
    List(usize),
    /// A map, where in `entries` its own begin, and what the next value is for.
    Map(usize, Key<'t>),
}

/// What comes next in a map.
enum Key<'t> {
    /// A key.
    Wanted,
    /// The value of this key.
    Named(Cow<'t, str>, Mark),
    /// The value of a key that is refused.
    Refused,
}

struct Anchor<'t> {
    name: Cow<'t, str>,
    mark: Mark,
    first_use: Option<Mark>,
    uses: usize,
}

impl<'t> Builder<'t, '_> {
    /// Refuses the first character of each kind that ends a line for some readers only.
    fn refuse_ambiguous_line_ends(&mut self) {
        let mut returns = self.text.match_indices('\r');
        let alone = returns.find(|(at, _)| !self.text[at + 1..].starts_with('\n'));
        if let Some((at, _)) = alone {
            let place = place_after(&self.file, self.text, at);
            let message = "a carriage return without a line feed ends a line for readers of YAML and not for those who review it";
            let problem = Problem::at(place, message);
            self.problems
                .push(problem.help("end lines with a line feed, or with both"));
        }
        let Some((at, c)) = self
            .text
            .char_indices()
            .find(|(_, c)| AMBIGUOUS_LINE_ENDS.contains(c))
        else {
            return;
        };
        let code = u32::from(c);
        let place = place_after(&self.file, self.text, at);
        let message = format!(
            "the character U+{code:04X} ends a line for some readers of YAML and not for others"
        );
        let help = format!("take it away, or write \"\\u{code:04x}\" in double quotes");
        self.problems.push(Problem::at(place, message).help(help));
    }

    /// Reads the first document. `false` if it can't be read to its end.
    fn read(&mut self) -> bool {
        let options = granit_parser::options! { emit_anchor_events: true };
        let mut documents = 0;
        for next in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(err) => {
                    let place = self.place_of(err.marker());
                    let message = format!("this is not YAML: {}", err.info());
                    self.problems.push(Problem::at(place, message));
                    return false;
                }
            };
            if let Event::DocumentStart(..) = event {
                documents += 1;
                if documents > 1 {
                    let place = self.place_of(&span.start);
                    let help = "put it into a file of its own: several files can be one inventory";
                    let problem = Problem::at(place, "a second document begins here");
                    self.problems.push(problem.help(help));
                    break;
                }
            }
            self.event(event, &span);
            if let Some(level) = self.levels.get(MAX_DEPTH) {
                let message =
                    format!("lists and maps are in one another more than {MAX_DEPTH} deep");
                let place = self.place(level.mark);
                self.problems.push(Problem::at(place, message));
                return false;
            }
        }
        true
    }

    fn event(&mut self, event: Event<'t>, span: &Span) {
        if let Some(start) = &span.tag_start {
            let place = self.place_of(start);
            let tag = span
                .tag_span()
                .and_then(|span| span.slice(self.text))
                .unwrap_or("!");
            let message = format!("`{}` is a tag, and tags mean nothing here", excerpt(tag));
            self.problems.push(
                Problem::at(place, message)
                    .width(tag.chars().count())
                    .help("take it away; a text can be written in quotes"),
            );
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let mark = self.mark(span, style == ScalarStyle::Plain);
                // The parser gives `~` for a scalar that is not written.
                let text = if span.is_empty() { "".into() } else { text };
                if self.wants_key() {
                    self.refuse_tab_indent(span);
                    self.key(text, mark);
                } else {
                    let is_tagged = span.tag_start.is_some();
                    self.value(mark, is_tagged, Content::Scalar(text));
                }
            }
            Event::SequenceStart(..) => self.open(span, Kind::List(self.nodes.len())),
            Event::MappingStart(..) => self.open(span, Kind::Map(self.entries.len(), Key::Wanted)),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Anchor(id, name) => {
                let mark = self.mark(span, true);
                self.by_id.insert(id, self.anchors.len());
                self.anchors.push(Anchor {
                    name,
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
                    self.next_is_for(Key::Refused);
                } else {
                    self.value(mark, false, Content::Refused);
                }
            }
            _ => {}
        }
    }

    /// Whether what comes next is a key.
    fn wants_key(&self) -> bool {
        let kind = self.levels.last().map(|level| &level.kind);
        matches!(kind, Some(Kind::Map(_, Key::Wanted)))
    }

    fn next_is_for(&mut self, key: Key<'t>) {
        if let Some(Level {
            kind: Kind::Map(_, next),
            ..
        }) = self.levels.last_mut()
        {
            *next = key;
        }
    }

    /// Refuses a tab that indents a key: most readers do, and others count it as a column.
    fn refuse_tab_indent(&mut self, span: &Span) {
        let before = span.start.byte_offset().and_then(|at| self.text.get(..at));
        let before = before.unwrap_or_default();
        let rest = before.trim_end_matches([' ', '\t', '-', '?']);
        let Some(tab) = before[rest.len()..].find('\t') else {
            return;
        };
        if rest.is_empty() || rest.ends_with(['\n', '\r']) {
            // Counted back from the key: counting from the start of the file for each of very many
            // keys would take quadratic time.
            let back = number(before.len() - rest.len() - tab);
            let mut place = self.place_of(&span.start);
            place.column = place.column.saturating_sub(back);
            let problem = Problem::at(place, "a key is indented by a tab");
            self.problems.push(problem.help("indent it with spaces"));
        }
    }

    fn key(&mut self, text: Cow<'t, str>, mark: Mark) {
        if text != "<<" || !mark.plain {
            return self.next_is_for(Key::Named(text, mark));
        }
        let problem = self.problem(mark, "merge keys are not supported");
        self.problems
            .push(problem.help("write the keys out where they are needed"));
        self.next_is_for(Key::Refused);
    }

    fn open(&mut self, span: &Span, kind: Kind<'t>) {
        let mark = self.mark(span, false);
        let is_key = self.wants_key();
        if is_key {
            let message = "a key must be a text, not a list or a map";
            self.problems.push(Problem::at(self.place(mark), message));
            self.next_is_for(Key::Refused);
        }
        self.levels.push(Level {
            mark,
            is_tagged: span.tag_start.is_some(),
            is_key,
            kind,
        });
    }

    fn close(&mut self) {
        let Some(level) = self.levels.pop() else {
            return;
        };
        let content = match level.kind {
            Kind::List(start) => Content::List(self.nodes.drain(start..).collect()),
            Kind::Map(start, _) => {
                self.refuse_duplicates(start);
                Content::Map(self.entries.drain(start..).collect())
            }
        };
        if !level.is_key {
            self.value(level.mark, level.is_tagged, content);
        }
    }

    /// Adds a value to the open list or map. One with a tag is refused.
    fn value(&mut self, mark: Mark, is_tagged: bool, content: Content<'t>) {
        let content = if is_tagged { Content::Refused } else { content };
        let node = NodeData { mark, content };
        match self.levels.last_mut().map(|level| &mut level.kind) {
            None => self.root = Some(node),
            Some(Kind::List(_)) => self.nodes.push(node),
            Some(Kind::Map(_, next)) => {
                if let Key::Named(key, mark) = std::mem::replace(next, Key::Wanted) {
                    self.entries.push(Entry {
                        key,
                        mark,
                        value: node,
                    });
                }
            }
        }
    }

    /// Refuses duplicate keys in the map whose entries begin at `start`.
    fn refuse_duplicates(&mut self, start: usize) {
        let entries = &self.entries[start..];
        let mut index = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let first = if entries.len() > MAX_PAIRWISE {
                let first = *index.entry(&*entry.key).or_insert(at);
                (first < at).then_some(first)
            } else {
                entries[..at]
                    .iter()
                    .position(|other| other.key == entry.key)
            };
            if let Some(first) = first {
                let message = format!("the key `{}` stands twice in one map", excerpt(&entry.key));
                let problem = self.problem(entry.mark, message);
                let first = self.place(entries[first].mark);
                self.problems.push(problem.related(first, "first here"));
            }
        }
    }

    /// Refuses the anchors, each with its uses.
    fn refuse_anchors(&mut self) {
        for anchor in &self.anchors {
            let name = excerpt(&anchor.name);
            let message = format!("`&{name}`: anchors and aliases are not supported");
            let problem = self.problem(anchor.mark, message);
            let label = match anchor.uses {
                0 | 1 => "used here".to_owned(),
                2 => "used here, and in one more place".to_owned(),
                uses => format!("used here, and in {} more places", uses - 1),
            };
            let first_use = anchor.first_use.map(|mark| self.place(mark));
            let problem = problem.related(first_use, label);
            self.problems
                .push(problem.help("write the value out where it is needed"));
        }
    }

    fn mark(&self, span: &Span, plain: bool) -> Mark {
        let (start, end) = (&span.start, &span.end);
        let width = if start.line() == end.line() {
            end.col() - start.col()
        } else {
            let first_line = span
                .slice(self.text)
                .and_then(|text| text.split(['\n', '\r']).next());
            first_line.map_or(0, |line| line.trim_end().chars().count())
        };
        Mark {
            line: number(start.line()),
            column: number(start.col() + 1),
            width: number(width),
            plain,
        }
    }

    fn problem(&self, mark: Mark, message: impl Into<String>) -> Problem {
        Problem::at(self.place(mark), message).width(mark.width as usize)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::yaml::{Node, Yaml, json_of};

    fn source(text: &str) -> SourceFile {
        SourceFile {
            path: "x.yaml".to_owned(),
            text: text.to_owned(),
        }
    }

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        scan(&source(text), &mut problems);
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems
            .iter()
            .map(|problem| problem.message.clone())
            .collect()
    }

    /// Anything that JSON has, with texts that YAML takes for something else unless they are quoted.
    fn anything() -> impl Strategy<Value = Value> {
        let text = "[a-z0-9~:#'\"\\\\{}\\[\\],&*!|>%@ \té🦀-]{0,8}|[a-z]{1,3}\n[a-z]{1,3}\n?|true|null|~|on|12|0o7|1e3|---";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9f64).prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 20, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(text, inner, 0..16)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// What stands in the file where a scalar is said to be.
    fn shown(text: &str, node: &Node<'_>) -> String {
        let (place, width) = (node.place(), node.width());
        let line = text.lines().nth(place.line as usize - 1).unwrap_or("");
        line.chars()
            .skip(place.column as usize - 1)
            .take(width)
            .collect()
    }

    /// Checks that each scalar on one line is where it is said to be.
    fn in_its_place(text: &str, node: &Node<'_>) {
        for (key, node) in node.entries() {
            let at = node.at_key();
            if at.is_plain() && !shown(text, &at).is_empty() {
                assert_eq!(shown(text, &at), key, "{text}");
            }
            in_its_place(text, &node);
        }
        node.items().for_each(|node| in_its_place(text, &node));
        if let Yaml::Text(value) = node.value() {
            let shown = shown(text, node);
            if node.is_plain() {
                assert_eq!(shown, value, "{text}");
            } else {
                // A text after `|` or `>` is shown by its first line.
                let quoted = shown.starts_with(['"', '\'']);
                assert!(quoted || value.starts_with(&shown), "{shown:?} in {text}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn what_others_write_is_read_as_they_mean_it(value in anything()) {
            let yaml = serde_yaml::to_string(&value).expect("YAML");
            let json = serde_json::to_string(&value).expect("JSON");
            for text in [yaml, json, serde_json::to_string_pretty(&value).expect("JSON")] {
                prop_assert_eq!(json_of(&text), Some(value.clone()), "{}", text);
                let source = source(&text);
                let document = scan(&source, &mut Vec::new()).expect("a tree");
                in_its_place(&text, &document.root());
            }
        }
    }

    #[test]
    fn keys_that_stand_twice_are_found_in_small_maps_in_large_ones_and_before_a_syntax_error() {
        let twice = "the key `k1` stands twice in one map";
        for size in [2, MAX_PAIRWISE, MAX_PAIRWISE + 1, 100] {
            let keys: Vec<_> = (0..size).map(|n| format!("  k{n}: 1\n")).collect();
            let keys = keys.concat();
            let map = format!("a:\n{keys}  k1: 2\n  k1: 3\n");
            assert_eq!(problems(&map), [twice, twice], "{map}");
            let broken = format!("{map}b: ]\n");
            let found = problems(&broken);
            assert_eq!(found[..2], [twice, twice], "{broken}");
            assert_eq!(found.len(), 3, "{found:?}");
            let open = format!("{map}  c: ]\n");
            assert_eq!(problems(&open)[..2], [twice, twice], "{open}");
        }
    }

    #[test]
    fn a_line_that_a_reviewer_would_not_see_is_refused() {
        let alone = "a carriage return without a line feed ends a line for readers of YAML and not for those who review it";
        for text in [
            "a: 1\r# harmless\n",
            "a: 1 # harmless\rb: 2\n",
            "a: 1\r",
            "a: 1\r\r\nb: 2",
        ] {
            assert_eq!(problems(text)[..1], [alone], "{text:?}");
        }
        assert_eq!(problems("a: 1\r\nb: \"\\r\"\r\n"), [""; 0]);
    }

    #[test]
    fn a_tab_indents_no_key_and_may_stand_elsewhere() {
        let tab = "a key is indented by a tab";
        for text in ["\ta: 1\n", " \ta: 1\n", "a:\n  -\tb: 1\n", "a:\n- \tb: 1\n"] {
            assert_eq!(problems(text), [tab], "{text:?}");
        }
        for text in [
            "a:\t1\n",
            "a: {b: 1,\tc: 2}\n",
            "a:\t{\tb: 1}\n",
            "\t# no key\na: [\tb]\n",
            "a: b\t# behind it\n",
            "a-\t: 1\n",
        ] {
            assert_eq!(problems(text), [""; 0], "{text:?}");
        }
        let source = SourceFile::from_bytes("x.yaml", b"a:\n  -\tb: 1\n".to_vec());
        let mut found = Vec::new();
        scan(&source.expect("a text"), &mut found);
        assert_eq!(
            found[0].place.as_ref().map(ToString::to_string),
            Some("x.yaml:2:4".into())
        );
    }

    #[test]
    fn one_key_in_two_maps_is_not_twice() {
        assert_eq!(
            problems("a: {b: 1, c: {b: 2}}\nd: [{b: 3}, {b: 4}]\n"),
            [""; 0]
        );
    }

    #[test]
    fn how_deep_is_too_deep_does_not_depend_on_the_way_it_is_written() {
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(problems(&nested(MAX_DEPTH)), [""; 0]);
            assert_eq!(problems(&nested(MAX_DEPTH + 1)).len(), 1);
        }
        let block = |depth: usize| format!("{}1", "- ".repeat(depth));
        assert_eq!(problems(&block(MAX_DEPTH)), [""; 0]);
        assert_eq!(problems(&block(MAX_DEPTH + 1)).len(), 1);
        let mixed = format!(
            "{}{}1{}",
            "- ".repeat(MAX_DEPTH / 2),
            "[".repeat(MAX_DEPTH / 2 + 1),
            "]".repeat(MAX_DEPTH / 2 + 1)
        );
        assert_eq!(
            problems(&mixed),
            ["lists and maps are in one another more than 128 deep"]
        );
    }

    #[test]
    fn a_key_that_is_refused_takes_its_value_with_it() {
        for text in [
            "{[x]: 1, k: 2}",
            "{? {x: y} : 1, k: 2}",
            "{&a b: 1, *a : 3, k: 2}",
            "{<<: 1, k: 2}",
            "{[x]: [1, {a: b}], k: 2}",
        ] {
            let source = source(text);
            let mut problems = Vec::new();
            let document = scan(&source, &mut problems).expect("a tree");
            assert_eq!(problems.len(), 1, "{text}");
            let last = document.root().entries().last().expect("an entry");
            assert_eq!((last.0, last.1.value()), ("k", Yaml::Int(2)), "{text}");
            assert!(
                document
                    .root()
                    .entries()
                    .all(|(key, _)| key == "k" || key == "b"),
                "{text}"
            );
        }
    }

    #[test]
    fn texts_are_borrowed_from_the_file() {
        let source = source("{a: plain, b: 'quoted', \"c\": \"doubly\", d: \"es\\x63aped\"}");
        let document = scan(&source, &mut Vec::new()).expect("a tree");
        let Content::Map(entries) = &document.root.content else {
            panic!("a map");
        };
        let borrowed: Vec<bool> = entries
            .iter()
            .map(|entry| matches!(entry.value.content, Content::Scalar(Cow::Borrowed(_))))
            .collect();
        assert_eq!(borrowed, [true, true, true, false]);
    }

    #[test]
    fn a_key_of_which_nothing_is_written_is_empty() {
        let source = source("{: x, ~: y, \"\": z}");
        let mut problems = Vec::new();
        let document = scan(&source, &mut problems).expect("a tree");
        let keys: Vec<_> = document.root().entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["", "~", ""]);
        assert_eq!(problems.len(), 1, "the first and the third are the same");
    }
}
