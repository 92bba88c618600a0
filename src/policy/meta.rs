//! A rule's source becomes a checked rule: parsed, its `META` read without running anything.
//!
//! All that is wrong with a file is gathered, but for a syntax error: rhai's
//! parser stops at the first.

use std::{collections::BTreeMap, sync::Arc};

use rhai::{AST, ASTFlags, Array, Dynamic, Engine, Expr, ImmutableString, Map, Position, Stmt};
use serde_json::Value;

use super::{
    Meta, Source, functions,
    nearest::{did_you_mean, nearest},
    sandbox::MAX_SOURCE,
};
use crate::{
    facts::PROVIDER_TYPE,
    model::{Place, Severity},
    problem::Problem,
};

/// The keys of `META`.
const KEYS: &[&str] = &[
    "id",
    "title",
    "severity",
    "remediation",
    "controls",
    "help_uri",
    "providers",
    "params",
    "waivable",
    "needs",
];
/// Those that must be there.
const REQUIRED: &[&str] = &["id", "title", "severity", "remediation"];

/// A source that is a rule.
#[derive(Debug)]
pub(super) struct Parsed {
    pub meta: Meta,
    pub ast: AST,
    /// Where `META` is.
    pub place: Place,
    /// Whether there are constants besides `META`: they exist only once the top level has run.
    pub has_constants: bool,
}

/// A rule's id, by its path: the file's stem.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = name.strip_prefix("builtin:").unwrap_or(name);
    name.strip_suffix(".rhai").unwrap_or(name)
}

/// Parses and checks one source.
pub(super) fn parse(engine: &Engine, source: &Source) -> Result<Parsed, Vec<Problem>> {
    let file: Arc<str> = source.path.as_str().into();
    if source.text.len() > MAX_SOURCE {
        let message = format!("a rule's source may have {} KiB at most", MAX_SOURCE / 1024);
        return Err(vec![Problem::at(Place::start_of(file), message)]);
    }
    let mut ast = engine.compile(&source.text).map_err(|error| {
        let help = help_for(&error.0.to_string());
        let problem = Problem::at(
            place(&file, error.1),
            format!("the rule does not compile: {}", error.0),
        );
        vec![match help {
            Some(help) => problem.help(help),
            None => problem,
        }]
    })?;
    ast.set_source(source.path.as_str());
    let mut reader = Reader {
        file,
        problems: Vec::new(),
    };
    let has_constants = reader.top_level(&ast);
    reader.functions(&ast, &source.text);
    let meta = reader.meta(&ast, stem(&source.path));
    match meta {
        Some((meta, place)) if reader.problems.is_empty() => Ok(Parsed {
            meta,
            ast,
            place,
            has_constants,
        }),
        _ => Err(reader.problems),
    }
}

/// Advice on a syntax error whose cause is a word that rules do without.
fn help_for(message: &str) -> Option<&'static str> {
    let word = |word: &str| message.contains(&format!("'{word}'"));
    if word("while") || word("loop") || word("do") {
        Some("rules loop with `for … in …` only")
    } else if word("switch") {
        Some("rules have no `switch`, which would let unknown values through its default: use `if`")
    } else if word("try") || word("catch") {
        Some("rules can't catch errors: a rule that goes wrong is an error")
    } else {
        None
    }
}

fn place(file: &Arc<str>, position: Position) -> Place {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1);
    Place::new(
        file.clone(),
        number(position.line()),
        number(position.position()),
    )
}

/// Gathers what is wrong with one file.
struct Reader {
    file: Arc<str>,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, position: Position, message: impl Into<String>) -> &mut Problem {
        let at = self.problems.len();
        self.problems
            .push(Problem::at(place(&self.file, position), message));
        &mut self.problems[at]
    }

    /// Functions and constants only, and constants are literals. Says whether there are others than `META`.
    fn top_level(&mut self, ast: &AST) -> bool {
        let mut constants = false;
        for stmt in ast.statements() {
            match stmt {
                Stmt::Noop(_) => {}
                Stmt::Var(x, flags, position) if flags.intersects(ASTFlags::CONSTANT) => {
                    let (name, value, _) = &**x;
                    constants |= name.name != "META";
                    if value.get_literal_value(None).is_none() {
                        let message = format!(
                            "`{}` must be a literal: nothing is run at the top level",
                            name.name
                        );
                        self.problem(first_known(name.pos, *position), message);
                    }
                }
                Stmt::Var(x, _, position) => {
                    let name = &x.0;
                    let message =
                        format!("`{0}` must be a constant: write `const {0} = …`", name.name);
                    self.problem(first_known(*position, name.pos), message);
                }
                other => {
                    self.problem(
                        other.position(),
                        "nothing but functions and constants may stand at the top level",
                    )
                    .help = Some("put it into `fn check(ctx)`".into());
                }
            }
        }
        constants
    }

    fn functions(&mut self, ast: &AST, text: &str) {
        let mut check = Err((Position::NONE, "there is no `fn check(ctx)`".to_owned()));
        for function in ast.iter_functions() {
            let position = fn_position(text, function.name);
            if function.name == "check" {
                let count = function.params.len();
                if count == 1 {
                    check = Ok(());
                } else if check.is_err() {
                    let message =
                        format!("`check` must have exactly one parameter, `ctx`; it has {count}");
                    check = Err((position, message));
                }
            } else if functions::NAMES.contains(&function.name) {
                let message = format!(
                    "`{}` is hubdrift's own function and can't be defined again",
                    function.name
                );
                self.problem(position, message);
            }
        }
        if let Err((position, message)) = check {
            self.problem(position, message);
        }
    }

    fn meta(&mut self, ast: &AST, stem: &str) -> Option<(Meta, Place)> {
        let mut found = ast.statements().iter().filter_map(|stmt| match stmt {
            Stmt::Var(x, flags, position) if x.0.name == "META" => Some((
                first_known(x.0.pos, *position),
                &x.1,
                flags.intersects(ASTFlags::CONSTANT),
            )),
            _ => None,
        });
        let Some((position, expr, constant)) = found.next() else {
            self.problem(Position::NONE, "there is no `const META`").help =
                Some("begin the rule with `const META = #{ id: …, title: …, severity: …, remediation: … };`".into());
            return None;
        };
        if let Some((second, ..)) = found.next() {
            let first = place(&self.file, position);
            self.problem(second, "`META` is defined twice").related =
                Some((first, "first defined here".into()));
            return None;
        }
        if !constant {
            return None; // said already
        }
        // Read as the design has it, by the iterator that runs nothing.
        let value = ast
            .iter_literal_variables(true, false)
            .find(|(name, ..)| *name == "META")
            .map(|(.., value)| value)?;
        let Some(map) = value.try_cast::<Map>() else {
            self.problem(position, "`META` must be a map: `#{ id: …, … }`");
            return None;
        };
        let mut keys = Keys {
            reader: self,
            map,
            places: key_positions(expr),
            position,
        };
        let meta = keys.read(stem);
        Some((meta, place(&self.file, position)))
    }
}

fn first_known(one: Position, other: Position) -> Position {
    if one.is_none() { other } else { one }
}

/// Where the function `name` is defined, by the text: rhai keeps no place of it.
fn fn_position(text: &str, name: &str) -> Position {
    let is_it = |line: &str| {
        let line = line.trim_start();
        let rest = line
            .strip_prefix("private ")
            .unwrap_or(line)
            .trim_start()
            .strip_prefix("fn ");
        rest.and_then(|rest| rest.trim_start().strip_prefix(name))
            .is_some_and(|rest| rest.trim_start().starts_with('('))
    };
    let Some((index, line)) = text.lines().enumerate().find(|(_, line)| is_it(line)) else {
        return Position::NONE;
    };
    match (
        u16::try_from(index + 1),
        u16::try_from(line.len() - line.trim_start().len() + 1),
    ) {
        (Ok(line), Ok(column)) => Position::new(line, column),
        _ => Position::NONE,
    }
}

/// Where the keys of a map literal are.
fn key_positions(expr: &Expr) -> BTreeMap<String, Position> {
    match expr {
        Expr::Map(x, _) => {
            x.0.iter()
                .map(|(key, _)| (key.name.to_string(), key.pos))
                .collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Reads `META` key by key.
struct Keys<'a> {
    reader: &'a mut Reader,
    map: Map,
    places: BTreeMap<String, Position>,
    position: Position,
}

impl Keys<'_> {
    fn problem(&mut self, key: &str, message: String) {
        let position = self.places.get(key).copied().unwrap_or(self.position);
        let problem = self.reader.problem(position, message);
        *problem = problem.clone().width(key.chars().count());
    }

    fn ill_typed(&mut self, key: &str, wanted: &str) {
        self.problem(key, format!("`{key}` must be {wanted}"));
    }

    fn read(&mut self, stem: &str) -> Meta {
        let unknown: Vec<_> = self
            .map
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(ToString::to_string)
            .collect();
        for key in unknown {
            let near = did_you_mean(&key, KEYS.iter().copied());
            self.problem(&key, format!("META has no key `{key}`{near}"));
        }
        for key in REQUIRED {
            if !self.map.contains_key(*key) {
                self.reader
                    .problem(self.position, format!("META lacks `{key}`"));
            }
        }
        let id = self.text("id").unwrap_or_default();
        if self.map.contains_key("id") && !id.is_empty() && id != stem {
            self.problem(
                "id",
                format!("the id `{id}` is not the file's name `{stem}`"),
            );
        } else if !id.is_empty()
            && !id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            self.problem(
                "id",
                format!("the id `{id}` may have lowercase letters, digits and `-` only"),
            );
        }
        Meta {
            id: id.into(),
            title: self.text("title").unwrap_or_default(),
            severity: self.severity(),
            remediation: self.text("remediation").unwrap_or_default(),
            controls: self.texts("controls").unwrap_or_default(),
            help_uri: self.text("help_uri"),
            providers: self.providers(),
            params: self.params(),
            waivable: self.bool("waivable").unwrap_or(true),
            needs_tags: self.needs_tags(),
        }
    }

    fn get(&self, key: &str) -> Option<Dynamic> {
        self.map.get(key).cloned()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)?.try_cast::<ImmutableString>() {
            Some(text) if !text.trim().is_empty() => Some(text.to_string()),
            Some(_) => {
                self.problem(key, format!("`{key}` is empty"));
                None
            }
            None => {
                self.ill_typed(key, "a text");
                None
            }
        }
    }

    fn bool(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?.as_bool().ok();
        if value.is_none() {
            self.ill_typed(key, "true or false");
        }
        value
    }

    fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let texts: Option<Vec<_>> = self.get(key)?.try_cast::<Array>().and_then(|items| {
            items
                .into_iter()
                .map(|item| {
                    item.try_cast::<ImmutableString>()
                        .map(|text| text.to_string())
                })
                .collect()
        });
        if texts.is_none() {
            self.ill_typed(key, "a list of texts");
        }
        texts
    }

    fn severity(&mut self) -> Severity {
        let Some(name) = self.text("severity") else {
            return Severity::Medium;
        };
        Severity::from_name(&name).unwrap_or_else(|| {
            let near = did_you_mean(&name, Severity::NAMES.iter().copied());
            let all = Severity::NAMES.join(", ");
            self.problem("severity", format!("`{name}` is no severity ({all}){near}"));
            Severity::Medium
        })
    }

    fn providers(&mut self) -> Option<Vec<String>> {
        let providers = self.texts("providers")?;
        if providers.is_empty() {
            self.problem(
                "providers",
                "`providers` is empty: leave it out for all of them".into(),
            );
        }
        for provider in &providers {
            if !PROVIDER_TYPE.knows(provider) {
                let near = did_you_mean(provider, PROVIDER_TYPE.members.iter().copied());
                let all = PROVIDER_TYPE.members.join(", ");
                self.problem(
                    "providers",
                    format!("`{provider}` is no provider ({all}){near}"),
                );
            }
        }
        Some(providers)
    }

    fn params(&mut self) -> BTreeMap<String, Value> {
        let Some(value) = self.get("params") else {
            return BTreeMap::new();
        };
        let Some(map) = value.try_cast::<Map>() else {
            self.ill_typed("params", "a map of names to defaults");
            return BTreeMap::new();
        };
        let mut params = BTreeMap::new();
        for (name, default) in map {
            match to_json(&default) {
                Some(value) => {
                    params.insert(name.to_string(), value);
                }
                None => {
                    let message = format!(
                        "the default of `{name}` must be a text, a number, a bool, a list or a map"
                    );
                    self.problem("params", message);
                }
            }
        }
        params
    }

    fn needs_tags(&mut self) -> bool {
        let needs = self.texts("needs").unwrap_or_default();
        for need in &needs {
            if need != "tags" {
                let near =
                    nearest(need, ["tags"].into_iter()).map_or("", |_| ": did you mean `tags`?");
                self.problem(
                    "needs",
                    format!("`{need}` can't be needed: only `tags` can{near}"),
                );
            }
        }
        needs.iter().any(|need| need == "tags")
    }
}

/// A rhai literal as JSON; `None` for what has no place there.
pub(super) fn to_json(value: &Dynamic) -> Option<Value> {
    if let Ok(int) = value.as_int() {
        Some(int.into())
    } else if let Ok(float) = value.as_float() {
        serde_json::Number::from_f64(float).map(Value::Number)
    } else if let Ok(bool) = value.as_bool() {
        Some(bool.into())
    } else if let Some(text) = value.read_lock::<ImmutableString>() {
        Some(text.as_str().into())
    } else if let Some(items) = value.read_lock::<Array>() {
        items
            .iter()
            .map(to_json)
            .collect::<Option<Vec<_>>>()
            .map(Value::Array)
    } else if let Some(items) = value.read_lock::<Map>() {
        let items = items
            .iter()
            .map(|(key, value)| Some((key.to_string(), to_json(value)?)));
        items
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Value::Object)
    } else {
        None
    }
}

/// JSON as a rhai value; `None` for null and for numbers that rhai hasn't.
pub(super) fn from_json(value: &Value) -> Option<Dynamic> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None if number.is_f64() => number.as_f64()?.into(),
            None => return None,
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items
            .iter()
            .map(from_json)
            .collect::<Option<Array>>()?
            .into(),
        Value::Object(items) => items
            .iter()
            .map(|(key, value)| Some((key.as_str().into(), from_json(value)?)))
            .collect::<Option<Map>>()?
            .into(),
    })
}
