//! Facts as a test file writes them become facts as they are observed.

use std::collections::BTreeMap;

use crate::{
    facts::{self, Kind, Spec, TABLE},
    model::{Connector, Fact, Issue, Time, Value},
    policy::language::question::Question,
    text::{excerpt, nearest},
    yaml::{Node, Validator, Yaml, suggest},
};

/// Reads a dotted path of what a case can set: a fact's, `tags.KEY` or `labels.KEY`.
pub(super) fn path(check: &mut Validator, text: &str, spot: &Node<'_>) -> Option<Question> {
    let path = Question::from_path(text).filter(|path| {
        matches!(
            path,
            Question::Fact(_) | Question::Tag(_) | Question::Label(_)
        )
    });
    if path.is_none() {
        no_fact(check, text, &spot.at_key());
    }
    path
}

/// A path of something that need not be there.
pub(crate) fn question(check: &mut Validator, text: &str, spot: &Node<'_>) -> Option<Question> {
    let question = Question::from_path(text);
    if question.is_none() {
        no_fact(check, text, spot);
    }
    question
}

/// The problem of a path that is no fact, with the nearest that is one.
fn no_fact(check: &mut Validator, text: &str, spot: &Node<'_>) {
    let problem = spot.problem(format!("`{}` is no fact", excerpt(text)));
    let inside = format!("{text}.");
    let of_group = TABLE.iter().find(|spec| spec.path.starts_with(&inside));
    let help = if let Some(spec) = of_group {
        format!("name one of its facts, such as `{}`", spec.path)
    } else if let Some(near) = nearest_path(text) {
        format!("did you mean `{near}`?")
    } else {
        "`hubdrift rules facts` lists them".to_owned()
    };
    check.add(problem.help(help));
}

/// The nearest path, also for the last word of one.
fn nearest_path(text: &str) -> Option<&'static str> {
    let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
    nearest(text, TABLE.iter().map(|spec| spec.path)).or_else(|| {
        let leaf = nearest(text, TABLE.iter().map(|spec| last(spec.path)))?;
        let mut paths = TABLE.iter().map(|spec| spec.path);
        paths.find(|path| last(path) == leaf)
    })
}

/// The facts of `base`: nested as they are in an inventory's `expect`.
pub(crate) fn connector(check: &mut Validator, spot: &Node<'_>) -> Connector {
    let mut connector = Connector::default();
    group(check, spot, "", &mut connector);
    connector
}

fn group(check: &mut Validator, spot: &Node<'_>, prefix: &str, connector: &mut Connector) {
    for (key, spot) in spot.entries() {
        let path = format!("{prefix}{key}");
        let inside = format!("{path}.");
        let is_group = prefix.is_empty() && TABLE.iter().any(|spec| spec.path.starts_with(&inside));
        match (facts::by_path(&path), spot.value()) {
            (_, _) if key.contains('.') => {
                let problem = spot
                    .at_key()
                    .problem(format!("`{}` is not nested", excerpt(key)));
                check.add(problem.help("dotted paths are for `set`; here write maps in maps"));
            }
            (Some(spec), _) => {
                if let Some(value) = value(check, spec, &spot) {
                    connector.set(spec.fact, Some(value));
                }
            }
            (None, Yaml::Map) if is_group => group(check, &spot, &inside, connector),
            (None, _) if is_group => refused(check, &spot, &path, "a map"),
            (None, _) => no_fact(check, &path, &spot.at_key()),
        }
    }
}

/// The problem of a value of another type, or of none.
fn refused(check: &mut Validator, spot: &Node<'_>, name: &str, expected: &str) {
    let help = "a fact that is absent is left out of `base`, or named in `unset`";
    check.refuse_type(spot, name, expected, Some(help));
}

/// A text: a fact's, or a part's, as a tag or a label is.
pub(crate) fn text(check: &mut Validator, spot: &Node<'_>, name: &str) -> Option<String> {
    if let Yaml::Text(text) = spot.value() {
        return Some(text.to_owned());
    }
    refused(check, spot, name, "a text");
    None
}

/// The value of a fact, of the fact's own type.
pub(crate) fn value(check: &mut Validator, spec: &Spec, spot: &Node<'_>) -> Option<Value> {
    let name = spec.path;
    match spec.kind {
        Kind::Text | Kind::Arn | Kind::Enum(_) => {
            let text = text(check, spot, name)?;
            if spec.fact == Fact::ProviderAuthUrl && text != spec.example {
                let problem = spot.problem(format!("`{name}` is a secret that no rule ever sees"));
                check.add(problem.help(format!("write \"{}\"", spec.example)));
                return None;
            }
            Some(Value::Text(text))
        }
        Kind::Time => {
            let text = text(check, spot, name)?;
            let at = time(check, &text, spot)?;
            Some(Value::Time(Time { at, text }))
        }
        Kind::Set => {
            if spot.value() != Yaml::List {
                refused(check, spot, name, "a list of texts");
                return None;
            }
            let item = |(index, spot)| text(check, &spot, &format!("{name}[{index}]"));
            let texts: Vec<_> = spot.items().enumerate().map(item).collect();
            let mut texts: Vec<_> = texts.into_iter().collect::<Option<_>>()?;
            texts.sort();
            texts.dedup();
            Some(Value::Set(texts))
        }
        Kind::Issues => issues(check, spot, name).map(Value::Issues),
        Kind::Tags => {
            if spot.value() != Yaml::Map {
                refused(check, spot, name, "a map of texts");
                return None;
            }
            let mut tags = BTreeMap::new();
            for (key, spot) in spot.entries() {
                let value = text(check, &spot, &format!("{name}.{key}"));
                tags.extend(value.map(|value| (key.to_owned(), value)));
            }
            Some(Value::Tags(tags))
        }
    }
}

/// A point in time.
pub(crate) fn time(check: &mut Validator, text: &str, spot: &Node<'_>) -> Option<jiff::Timestamp> {
    let at = text.parse().ok();
    if at.is_none() {
        let problem = spot.problem(format!("`{}` is not a time", excerpt(text)));
        check.add(problem.help("write it like \"2026-06-01T12:00:00Z\""));
    }
    at
}

fn issues(check: &mut Validator, spot: &Node<'_>, name: &str) -> Option<Vec<Issue>> {
    const KEYS: [&str; 2] = ["code", "message"];
    if spot.value() != Yaml::List {
        refused(check, spot, name, "a list of issues");
        return None;
    }
    let mut all = Vec::with_capacity(spot.items().len());
    for (index, spot) in spot.items().enumerate() {
        let name = format!("{name}[{index}]");
        if spot.value() != Yaml::Map {
            refused(check, &spot, &name, "a map with `code` and `message`");
            continue;
        }
        let mut issue = Issue {
            code: None,
            message: None,
        };
        for (key, spot) in spot.entries() {
            let part = match key {
                "code" => &mut issue.code,
                "message" => &mut issue.message,
                _ => {
                    let problem = spot
                        .at_key()
                        .problem(format!("unknown key `{}` in an issue", excerpt(key)));
                    check.add(problem.help(suggest(key, &KEYS)));
                    continue;
                }
            };
            *part = text(check, &spot, &format!("{name}.{key}"));
        }
        all.push(issue);
    }
    Some(all)
}
