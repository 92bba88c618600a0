//! What rhai's parser says of a source becomes a message and advice for the person who writes rules.

use rhai::{LexError, ParseError, ParseErrorType as E, Position};

use super::nearest::did_you_mean;
use crate::text::nearest;

/// What may be meant by a name that is nowhere defined, beside those that are.
const KEYWORDS: &[&str] = &[
    "ctx", "if", "else", "for", "in", "let", "const", "fn", "return", "true", "false", "throw",
    "break", "continue",
];

/// What is wrong, and what to do about it.
pub(crate) fn explain(error: &ParseError, source: &str) -> (String, Option<String>) {
    let plain = |message: String| (message, None);
    match error.err_type() {
        E::UnexpectedEOF => (
            "the file ends in the middle of something".to_owned(),
            Some("a `}`, `)` or `]` may be missing".to_owned()),
        ),
        E::BadInput(error) => lexical(error),
        E::UnknownOperator(operator) => (
            format!("`{operator}` is no operator"),
            match operator.as_str() {
                "===" => Some("`==` compares".to_owned()),
                "!==" => Some("`!=` compares".to_owned()),
                "++" => Some("write `+= 1`".to_owned()),
                "--" => Some("write `-= 1`".to_owned()),
                _ => None,
            },
        ),
        E::MissingToken(token, what) if what.is_empty() => plain(format!("`{token}` is missing")),
        E::MissingToken(token, what) => plain(format!("`{token}` is missing {what}")),
        E::MissingSymbol(what) => plain(format!("a symbol is missing: {what}")),
        E::DuplicatedProperty(key) => plain(format!("the key `{key}` stands twice in one map")),
        E::DuplicatedVariable(name) => plain(format!("the variable `{name}` is defined twice")),
        E::PropertyExpected => (
            "the name of a field, a function or a key is expected here".to_owned(),
            Some(
                instead_of(word_at(source, error.position()))
                    .unwrap_or("a map is written `#{ key: value, … }`")
                    .to_owned(),
            ),
        ),
        E::VariableExpected => plain("the name of a variable is expected here".to_owned()),
        E::Reserved(word) => (
            format!("`{word}` is no word of rules"),
            instead_of(word).map(str::to_owned),
        ),
        E::MismatchedType(wanted, got) => plain(format!("{wanted} is expected here, not {got}")),
        E::ExprExpected(what) => plain(format!("{what} is expected here")),
        E::WrongFnDefinition => (
            "a function can't be defined inside another".to_owned(),
            Some("put it beside `fn check(ctx)`, or use a closure: `|x| …`".to_owned()),
        ),
        E::FnDuplicatedDefinition(name, count) => plain(format!(
            "the function `{name}` with {count} {} is defined twice",
            if *count == 1 {
                "parameter"
            } else {
                "parameters"
            }
        )),
        E::FnMissingName => plain("the name of the function is missing".to_owned()),
        E::FnMissingParams(name) => (
            format!("the parameters of `{name}` are missing"),
            Some(format!("write `fn {name}() {{ … }}` if it has none")),
        ),
        E::FnDuplicatedParam(name, parameter) => {
            plain(format!("`{name}` has two parameters `{parameter}`"))
        }
        E::FnMissingBody(name) if name.is_empty() => {
            plain("the body of the closure is missing".to_owned())
        }
        E::FnMissingBody(name) => plain(format!("the body of `{name}` is missing: `{{ … }}`")),
        E::AssignmentToConstant(name) if name.is_empty() => {
            plain("what has no name can't be assigned to".to_owned())
        }
        E::AssignmentToConstant(name) => {
            plain(format!("`{name}` is a constant and can't be changed"))
        }
        E::AssignmentToInvalidLHS(_) => (
            "this can't be assigned to".to_owned(),
            Some("`==` compares, `=` assigns".to_owned()),
        ),
        E::VariableUndefined(name) => undefined(name, source),
        E::ModuleUndefined(name) => (
            format!("there is no module `{name}`"),
            Some("only `global::NAME`, a constant of this file, is written with `::`".to_owned()),
        ),
        E::ExprTooDeep => (
            "this is nested too deeply".to_owned(),
            Some("give a part of it a name with `let`, or make it a function".to_owned()),
        ),
        E::TooManyFunctions => plain("a rule may have 32 functions, closures included".to_owned()),
        E::LiteralTooLarge(_, most) => plain(format!(
            "this is larger than {most}, the most that a rule may write"
        )),
        E::LoopBreak => plain("`break` and `continue` stand in a loop only".to_owned()),
        other => plain(lowercase(&other.to_string())),
    }
}

fn lexical(error: &LexError) -> (String, Option<String>) {
    match error {
        LexError::UnexpectedInput(text) => (
            format!("`{text}` can't stand here"),
            (!text.is_ascii()).then(|| {
                "names are of ASCII letters, digits and `_`; other characters stand in texts only".to_owned()
            }),
        ),
        LexError::UnterminatedString => (
            "the text that begins here has no end".to_owned(),
            Some("a text in double quotes ends on its line; one in backticks may be longer".to_owned()),
        ),
        LexError::MalformedEscapeSequence(sequence) => (
            format!("`{sequence}` is no escape in a text"),
            Some("write `\\\\` for a backslash, or put a regular expression into backticks".to_owned()),
        ),
        LexError::MalformedNumber(number) => (format!("`{number}` is no number"), None),
        LexError::MalformedChar(text) => (
            format!("`{text}` is no single character"),
            Some("a text stands in double quotes".to_owned()),
        ),
        LexError::MalformedIdentifier(name) => (format!("`{name}` is no name"), None),
        LexError::ImproperSymbol(symbol, _) => (
            format!("`{symbol}` can't stand here"),
            instead_of(symbol).map(str::to_owned),
        ),
        other => (lowercase(&other.to_string()), None),
    }
}

/// What to write instead of a word or a symbol that rules do without.
fn instead_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "while" | "loop" | "do" | "until" => "rules loop with `for … in …` only",
        "switch" | "match" | "case" | "default" => {
            "rules have no `switch`, which would let unknown values through its default: use `if`"
        }
        "try" | "catch" => "rules can't catch errors: a rule that goes wrong is an error",
        "null" | "nil" | "None" => "ask `present(…)` whether a value is there",
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`",
        "var" => "write `let`",
        "function" | "def" => "write `fn`",
        "import" | "export" | "eval" => "a rule is one file, complete in itself",
        "print" | "debug" => "rules print nothing: what they say is the message of `fail(…)`",
        "Fn" | "call" | "curry" => "write a closure, `|x| …`, where a function is wanted",
        "===" => "`==` compares",
        "!==" => "`!=` compares",
        "++" => "write `+= 1`",
        "--" => "write `-= 1`",
        ":=" => "write `=`",
        _ => return None,
    })
}

/// The word that begins at a place of the source.
fn word_at(source: &str, position: Position) -> &str {
    let (Some(line), Some(column)) = (position.line(), position.position()) else {
        return "";
    };
    let line = source.lines().nth(line - 1).unwrap_or_default();
    let start = line
        .char_indices()
        .nth(column - 1)
        .map_or(line.len(), |(at, _)| at);
    let rest = &line[start..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &rest[..end.unwrap_or(rest.len())]
}

/// A name that is nowhere defined: a constant of the file, or a misspelt one.
fn undefined(name: &str, source: &str) -> (String, Option<String>) {
    let defined = |keyword: &'static str| {
        source
            .split(keyword)
            .skip(1)
            .filter_map(|rest| {
                rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
            })
            .filter(|name| !name.is_empty())
    };
    if defined("const ").any(|constant| constant == name) {
        return (
            format!("there is no variable `{name}` here"),
            Some(format!(
                "a constant of the file is read as `global::{name}`"
            )),
        );
    }
    let known = || {
        defined("let ")
            .chain(defined("for "))
            .chain(KEYWORDS.iter().copied())
    };
    let near = did_you_mean(name, known());
    // A fact without the way to it is the most common slip.
    let help = nearest(name, crate::facts::TABLE.iter().map(|spec| spec.path))
        .filter(|path| near.is_empty() && *path == name)
        .map(|path| format!("a fact is read as `ctx.observed.{path}`"));
    (format!("there is no variable `{name}`{near}"), help)
}

/// rhai's own words as ours begin.
fn lowercase(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
