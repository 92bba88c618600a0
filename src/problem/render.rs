//! Problems become text for people, as compilers show them.
//!
//! A user's file may hold what would steer a terminal: control characters,
//! escapes and bidi marks are replaced by visible signs. One character stays
//! one character, so columns stay right.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::types::{Problem, Sources, sort};
use crate::{model::Place, text::is_unsafe};

/// How many characters of a line are shown before and after the place.
const BEFORE: usize = 70;
const AFTER: usize = 110;

/// Shows problems with the lines they are on, by file, line and column, and says how many there are.
///
/// Empty for no problems. Ends with a line break.
pub fn render(problems: &[Problem], sources: &Sources, color: bool) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(BEFORE + AFTER + 60);
    let lines: BTreeMap<&str, Lines<'_>> = problems
        .iter()
        .flat_map(|problem| {
            problem
                .place
                .iter()
                .chain(problem.related.iter().map(|(place, _)| place))
        })
        .map(|place| place.file.as_ref())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|file| sources.get(file).map(|text| (file, Lines::of(text))))
        .collect();

    let mut sorted = problems.to_vec();
    sort(&mut sorted);
    let mut out = String::new();
    for problem in &sorted {
        out.push_str(&render_one(problem, &lines, &renderer));
        out.push_str("\n\n");
    }
    out.push_str(&renderer.render(&[Group::with_title(
        Level::ERROR.primary_title(count(&sorted)),
    )]));
    out.push('\n');
    // CI runners take these for commands wherever they stand in a line.
    out.replace("##[", "#\u{fffd}[")
        .replace("##vso[", "#\u{fffd}vso[")
}

/// `3 problems in hubdrift.yaml`.
fn count(problems: &[Problem]) -> String {
    let files: BTreeSet<&str> = problems
        .iter()
        .filter_map(|p| p.place.as_ref())
        .map(|p| p.file.as_ref())
        .collect();
    let number = match problems.len() {
        1 => "1 problem".to_owned(),
        more => format!("{more} problems"),
    };
    match files.len() {
        0 => number,
        1..=3 => {
            let files: Vec<_> = files
                .into_iter()
                .map(|file| clean(file).into_owned())
                .collect();
            format!("{number} in {}", files.join(", "))
        }
        more => format!("{number} in {more} files"),
    }
}

/// Placeholders for the headers (`PATH:LINE:COLUMN`) of the two places, replaced after rendering.
///
/// annotate-snippets counts the column in the text it is given, which is only a
/// part of the line. [`sign`] removes these characters from what comes from files.
const STAND_IN_PATH: char = '\u{e000}';
const STAND_IN_RELATED: char = '\u{e001}';

/// One problem as text.
fn render_one(problem: &Problem, lines: &BTreeMap<&str, Lines<'_>>, renderer: &Renderer) -> String {
    let mut group =
        Group::with_title(Level::ERROR.primary_title(clean(&problem.message).into_owned()));
    let mut headers = Vec::new();
    let primary = problem
        .place
        .as_ref()
        .map(|place| (place, problem.width as usize, AnnotationKind::Primary, None));
    let related = problem.related.as_ref().map(|(place, label)| {
        (
            place,
            1,
            AnnotationKind::Context,
            Some(clean(label).into_owned()),
        )
    });
    for ((place, width, kind, label), stand_in) in primary
        .into_iter()
        .chain(related)
        .zip([STAND_IN_PATH, STAND_IN_RELATED])
    {
        let Place { file, line, column } = place;
        let path = clean(file);
        let Some(text) = lines.get(file.as_ref()).and_then(|lines| lines.get(*line)) else {
            let origin = Origin::path(path.into_owned())
                .line(*line as usize)
                .char_column(*column as usize);
            group = group.element(origin);
            continue;
        };
        let (shown, span) = window(text, *column as usize, width);
        let shown_column = shown[..span.start].chars().count() + 1;
        headers.push((
            format!("{stand_in}:{line}:{shown_column}"),
            format!("{path}:{line}:{column}"),
        ));
        group = group.element(
            Snippet::source(shown)
                .path(stand_in.to_string())
                .line_start(*line as usize)
                .annotation(kind.span(span).label(label)),
        );
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(clean(help).into_owned()));
    }
    let text = renderer.render(&[group]);
    headers.iter().fold(text, |text, (stand_in, header)| {
        text.replacen(stand_in, header, 1)
    })
}

/// The part of a line around a place, safe to print, and where the place is in it.
fn window(line: &str, column: usize, width: usize) -> (String, Range<usize>) {
    let skipped = column.saturating_sub(1 + BEFORE);
    let mut chars = line.chars().skip(skipped);
    let mut shown = String::new();
    if skipped > 0 && chars.clone().next().is_some() {
        shown.push('…');
        chars.next();
    }
    let before = if skipped > 0 { BEFORE - 1 } else { column - 1 };
    shown.extend(chars.by_ref().take(before).map(sign));
    let start = shown.len();
    shown.extend(chars.by_ref().take(width.clamp(1, AFTER)).map(sign));
    let end = shown.len();
    shown.extend(chars.by_ref().take(AFTER.saturating_sub(width)).map(sign));
    if chars.next().is_some() {
        shown.push('…');
    }
    (shown, start..end)
}

/// A text that is safe to print on a terminal, character by character.
fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| sign(c) == c) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(sign).collect())
    }
}

/// A character as it is shown: one that would steer the terminal is replaced by a visible sign.
fn sign(c: char) -> char {
    match c {
        '\t' => c,
        '\u{00}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        STAND_IN_PATH | STAND_IN_RELATED => '\u{fffd}',
        _ if is_unsafe(c) => '\u{fffd}',
        _ => c,
    }
}

/// A text's lines, indexed by number.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Counts lines as YAML does: `\n`, `\r\n` and `\r` end one. A byte order mark is not part of the first.
    fn of(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let bytes = text.as_bytes();
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|&(i, &b)| b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')));
        let starts = std::iter::once(0).chain(ends.map(|(i, _)| i + 1)).collect();
        Self { text, starts }
    }

    /// The line of that number, from 1, without its end.
    fn get(&self, number: u32) -> Option<&'a str> {
        let index = (number as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self
            .starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        Some(self.text.get(start..end)?.trim_end_matches(['\r', '\n']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, line: u32, column: u32, width: usize) -> String {
        let sources = Sources::from([("f.yaml".to_owned(), text.to_owned())]);
        let problem = Problem::at(Place::new("f.yaml", line, column), "it is wrong").width(width);
        render(&[problem], &sources, false)
    }

    #[test]
    fn a_problem_is_shown_with_its_line_and_all_it_has() {
        let sources = Sources::from([("a.yaml".to_owned(), "one: 1\ntwo: 2\n".to_owned())]);
        let problems = [
            Problem::at(Place::new("a.yaml", 2, 6), "two is wrong")
                .related(Place::new("a.yaml", 1, 1), "because of this")
                .help("make it 3"),
            Problem::at(Place::new("a.yaml", 1, 1), "one is wrong").width(3),
            Problem::at(Place::new("b.yaml", 7, 1), "a file that is not at hand"),
            Problem::without_place("no place at all").help("none"),
        ];
        insta::assert_snapshot!(render(&problems, &sources, false), @"
        error: no place at all
         |
         = help: none

        error: one is wrong
         --> a.yaml:1:1
          |
        1 | one: 1
          | ^^^

        error: two is wrong
         --> a.yaml:2:6
          |
        2 | two: 2
          |      ^
          |
         ::: a.yaml:1:1
          |
        1 | one: 1
          | - because of this
          |
          = help: make it 3

        error: a file that is not at hand
        --> b.yaml:7:1

        error: 4 problems in a.yaml, b.yaml
        ");
    }

    #[test]
    fn columns_hold_for_tabs_crlf_marks_and_wide_characters() {
        insta::assert_snapshot!(shown("\u{feff}a:\tb\r\nname: 日本 x\r\nz", 1, 4, 1), @"
        error: it is wrong
         --> f.yaml:1:4
          |
        1 | a:    b
          |       ^

        error: 1 problem in f.yaml
        ");
        insta::assert_snapshot!(shown("\u{feff}a:\tb\r\nname: 日本 x\r\nz", 2, 10, 1), @"
        error: it is wrong
         --> f.yaml:2:10
          |
        2 | name: 日本 x
          |            ^

        error: 1 problem in f.yaml
        ");
        insta::assert_snapshot!(shown("a\rb: c\rd", 2, 4, 9), @"
        error: it is wrong
         --> f.yaml:2:4
          |
        2 | b: c
          |    ^

        error: 1 problem in f.yaml
        ");
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_it_is() {
        let text = "name: \u{1b}[31mred\u{9b}\u{7}\u{202e}\u{0}\u{7f}##[error]##vso[x]";
        let mut out = shown(text, 1, 7, 1);
        let sources = Sources::new();
        out.push_str(&render(
            &[Problem::at(Place::new(text, 1, 1), text)
                .help(text)
                .related(Place::new(text, 1, 1), text)],
            &sources,
            false,
        ));
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
        assert!(!out.contains('\u{202e}') && !out.contains("##"), "{out}");
        assert!(render(&[Problem::without_place("x")], &sources, true).contains('\u{1b}'));
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let line = format!("{}WRONG{}", "a".repeat(500_000), "b".repeat(500_000));
        let out = shown(&line, 1, 500_001, 5);
        assert!(out.contains("f.yaml:1:500001"), "{out}");
        assert!(
            out.contains("aaaaWRONGbbbb") && out.contains("^^^^^"),
            "{out}"
        );
        assert!(out.len() < 1000, "{out}");
    }

    #[test]
    fn no_problems_are_no_text() {
        assert_eq!(render(&[], &Sources::new(), false), "");
    }
}
