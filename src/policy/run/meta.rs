//! A rule's source becomes a checked rule: parsed, its `META` read without running anything.
//!
//! All that is wrong with a file is gathered, but for a syntax error: rhai's
//! parser stops at the first.

use std::sync::Arc;

use rhai::{AST, ASTFlags, ASTNode, Engine, Expr, Ident, Map, Position, Stmt};

use super::{
    meta_keys::Keys,
    problems::{Problems, place},
};
use crate::{
    model::Place,
    policy::{
        language::{engine::MAX_SOURCE, functions, size, syntax_errors},
        paths::id_of,
        rule::{Meta, Source},
    },
    problem::Problem,
};

/// A source that is a rule.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub meta: Meta,
    pub ast: AST,
    /// Where `META` is.
    pub place: Place,
    /// Whether there are constants besides `META`: they exist only once the top level has run.
    pub has_constants: bool,
    /// The size of its largest literal.
    pub largest_literal: usize,
}

/// Parses and checks one source.
pub(crate) fn parse(engine: &Engine, source: &Source) -> Result<Parsed, Vec<Problem>> {
    let file: Arc<str> = source.path.as_str().into();
    if source.text.len() > MAX_SOURCE {
        let message = format!("a rule's source may have {} KiB at most", MAX_SOURCE / 1024);
        return Err(vec![Problem::at(Place::start_of(file), message)]);
    }
    let mut ast = engine.compile(&source.text).map_err(|error| {
        let (message, help) = syntax_errors::explain(&error, &source.text);
        let mut problem = Problem::at(
            place(&file, error.1),
            format!("the rule does not compile: {message}"),
        );
        problem.help = help;
        vec![problem]
    })?;
    ast.set_source(source.path.as_str());
    let mut problems = Problems {
        file,
        list: Vec::new(),
    };
    let has_constants = top_level(&mut problems, &ast);
    own_functions(&mut problems, &ast, &source.text);
    refused_names(&mut problems, &ast);
    let meta = meta(&mut problems, &ast, id_of(&source.path));
    match meta {
        Some((meta, place)) if problems.list.is_empty() => Ok(Parsed {
            meta,
            largest_literal: size::of_largest_literal(&ast),
            ast,
            place,
            has_constants,
        }),
        _ => Err(problems.list),
    }
}

/// Refuses all but functions and constants that are literals. Says whether there are constants besides `META`.
fn top_level(problems: &mut Problems, ast: &AST) -> bool {
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
                    problems.add(first_known(name.pos, *position), message);
                }
            }
            Stmt::Var(x, _, position) => {
                let name = &x.0;
                let message = format!("`{0}` must be a constant: write `const {0} = …`", name.name);
                problems.add(first_known(*position, name.pos), message);
            }
            other => problems.add_with_help(
                other.position(),
                "nothing but functions and constants may stand at the top level",
                "put it into `fn check(ctx)`",
            ),
        }
    }
    constants
}

/// Refuses a rule without `check(ctx)`, and functions with the names of ours.
fn own_functions(problems: &mut Problems, ast: &AST, text: &str) {
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
            problems.add(position, message);
        }
    }
    if let Err((position, message)) = check {
        problems.add(position, message);
    }
}

/// Refuses `this` and `META` in functions. The meter charges for a copy by the name that is read, which `this` is
/// not; and `META` is a literal so large that every operation would be charged for it.
fn refused_names(problems: &mut Problems, ast: &AST) {
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::ThisPtr(position))) => {
                problems.add_with_help(
                    *position,
                    "rules have no `this`",
                    "give the function one parameter more, and the value to it",
                );
            }
            Some(ASTNode::Expr(Expr::Variable(name, _, position)))
                if !name.2.is_empty() && name.1 == "META" =>
            {
                problems.add_with_help(
                    *position,
                    "`META` is for hubdrift: the rule can't read it",
                    "put the value into a constant of its own",
                );
            }
            _ => {}
        }
        true
    });
}

/// The definitions of `META`: where each is, what, and whether it is a constant.
fn literals(ast: &AST) -> impl Iterator<Item = (Position, &Expr, bool)> {
    ast.statements().iter().filter_map(|stmt| match stmt {
        Stmt::Var(x, flags, position) if x.0.name == "META" => {
            let is_constant = flags.intersects(ASTFlags::CONSTANT);
            Some((first_known(x.0.pos, *position), &x.1, is_constant))
        }
        _ => None,
    })
}

/// Where `META` has the parameter.
pub(crate) fn param_position(ast: &AST, name: &str) -> Position {
    let position = || {
        let (_, meta, _) = literals(ast).next()?;
        let (_, params) = entries(meta).find(|(key, _)| key.name == "params")?;
        let (key, _) = entries(params).find(|(key, _)| key.name == name)?;
        Some(key.pos)
    };
    position().unwrap_or(Position::NONE)
}

/// Reads `META`, and where it is.
fn meta(problems: &mut Problems, ast: &AST, stem: &str) -> Option<(Meta, Place)> {
    let mut found = literals(ast);
    let Some((position, expr, constant)) = found.next() else {
        problems.add_with_help(
            Position::NONE,
            "there is no `const META`",
            "begin the rule with `const META = #{ id: …, title: …, severity: …, remediation: … };`",
        );
        return None;
    };
    if let Some((second, ..)) = found.next() {
        let first = place(&problems.file, position);
        let problem = problems.at(second, "`META` is defined twice");
        problems
            .list
            .push(problem.related(first, "first defined here"));
        return None;
    }
    if !constant {
        return None; // `top_level` has refused it.
    }
    // This iterator runs nothing.
    let value = ast
        .iter_literal_variables(true, false)
        .find(|(name, ..)| *name == "META")
        .map(|(.., value)| value)?;
    let Some(map) = value.try_cast::<Map>() else {
        problems.add(position, "`META` must be a map: `#{ id: …, … }`");
        return None;
    };
    let mut keys = Keys {
        problems,
        map,
        places: entries(expr)
            .map(|(key, _)| (key.name.to_string(), key.pos))
            .collect(),
        position,
    };
    let meta = keys.read(stem);
    Some((meta, place(&problems.file, position)))
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

/// The keys and values of a map literal.
fn entries(expr: &Expr) -> impl Iterator<Item = (&Ident, &Expr)> {
    let entries = match expr {
        Expr::Map(x, _) => &x.0[..],
        _ => &[],
    };
    entries.iter().map(|(key, value)| (key, value))
}
