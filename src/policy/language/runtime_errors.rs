//! An error of rhai's at run time becomes a message: what was expected, what came instead, the nearest name, and
//! the calls that led there.

use rhai::{AST, EvalAltResult, Position};

use super::{functions, nearest::did_you_mean};

/// Functions of rhai's packages that rules use, for "did you mean".
const RHAI: &[&str] = &[
    "starts_with",
    "ends_with",
    "index_of",
    "to_upper",
    "to_lower",
    "trim",
    "sub_string",
    "split",
    "replace",
    "bytes",
    "to_string",
    "type_of",
    "abs",
    "min",
    "max",
    "sign",
    "is_odd",
    "is_even",
    "range",
    "is_nan",
    "is_zero",
];
/// Calls that are shown at either end of a long chain.
const SHOWN: usize = 4;

/// The calls that led to an error, for the end of its message; empty if it happened in `check` itself.
pub(crate) fn calls(error: &EvalAltResult) -> String {
    // rhai leaves out the call that came from outside.
    let mut calls = vec![("`check`".to_owned(), Position::NONE)];
    let mut error = error;
    while let EvalAltResult::ErrorInFunctionCall(name, _, inner, position) = error {
        if name != "check" || !position.is_none() {
            calls.push((function(name), *position));
        }
        error = inner;
    }
    // A call has the place where the function was called, so each is named with its caller.
    let mut steps: Vec<_> = calls
        .windows(2)
        .map(|pair| {
            let ((caller, _), (_, position)) = (&pair[0], &pair[1]);
            match (position.line(), position.position()) {
                (Some(line), Some(column)) => format!("called by {caller} at {line}:{column}"),
                _ => format!("called by {caller}"),
            }
        })
        .rev()
        .collect();
    let Some((innermost, _)) = calls.last().filter(|_| !steps.is_empty()) else {
        return String::new();
    };
    if steps.len() > 2 * SHOWN {
        let left_out = steps.len() - 2 * SHOWN;
        steps.splice(SHOWN..SHOWN + left_out, [format!("{left_out} more calls")]);
    }
    format!(" (in {innermost}, {})", steps.join(", "))
}

/// A function's name as a person knows it.
fn function(name: &str) -> String {
    if name.starts_with("anon$") {
        "a closure".to_owned()
    } else {
        format!("`{name}`")
    }
}

/// What an error says, without the calls that led there.
pub(crate) fn message(error: &EvalAltResult, ast: &AST) -> String {
    match error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(thrown, _) if thrown.is_string() => {
            format!("the rule threw: {thrown}")
        }
        EvalAltResult::ErrorRuntime(..) => "the rule threw an error".to_owned(),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => no_function(signature, ast),
        EvalAltResult::ErrorMismatchDataType(wanted, got, _)
        | EvalAltResult::ErrorMismatchOutputType(wanted, got, _) => {
            format!("{} is expected here, not {}", kind(wanted), kind(got))
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => format!("there is no variable `{name}`"),
        EvalAltResult::ErrorPropertyNotFound(name, _) => format!("the map has no key `{name}`"),
        EvalAltResult::ErrorIndexNotFound(key, _) => format!("the map has no key `{key}`"),
        EvalAltResult::ErrorIndexingType(types, _) => {
            format!("`[…]` can't be used here: {}", types.replace('_', " "))
        }
        EvalAltResult::ErrorDotExpr(what, _) => no_field(what),
        EvalAltResult::ErrorArrayBounds(count, index, _) => {
            format!("the array has {count} elements and none at {index}")
        }
        EvalAltResult::ErrorStringBounds(count, index, _) => {
            format!("the text has {count} characters and none at {index}")
        }
        EvalAltResult::ErrorFor(_) => {
            "`for` goes through lists, texts and ranges, and this is none".to_owned()
        }
        EvalAltResult::ErrorArithmetic(what, _) => format!("the calculation has no result: {what}"),
        EvalAltResult::ErrorAssignmentToConstant(name, _) if name.is_empty() => {
            "what can't be changed is assigned to".to_owned()
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            format!("`{name}` can't be changed: it is a constant, or belongs to `ctx`")
        }
        EvalAltResult::ErrorNonPureMethodCallOnConstant(name, _) => {
            format!("`{name}` would change what is a constant, or belongs to `ctx`")
        }
        EvalAltResult::ErrorDataRace(..) => "a variable is read by a closure while a function is at work on it: give one of the two a copy"
                .to_owned(),
        EvalAltResult::ErrorTooManyVariables(_) => {
            "the rule has more than 64 variables at once".to_owned()
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            "the rule's functions call one another more than 16 deep".to_owned()
        }
        EvalAltResult::ErrorDataTooLarge(..) => {
            "a value grows too large: a text may have 64 KiB, and a list or a map 1,024 elements, \
             those of its elements included"
                .to_owned()
        }
        other => {
            // Without the position, which is shown beside it.
            let text = other.to_string();
            match text.rsplit_once(" (line ") {
                Some((text, _)) => text.to_owned(),
                None => text,
            }
        }
    }
}

/// rhai's sentence on a field that can't be read or written, which has both names in quotes.
fn no_field(what: &str) -> String {
    let quoted: Vec<_> = what.split('\'').skip(1).step_by(2).collect();
    match quoted[..] {
        [field, of, ..] if what.starts_with("No writable property") => {
            format!("`{field}` of {} can't be changed", kind(of))
        }
        [field, of, ..] if what.starts_with("Unknown property") => {
            format!("{} has no field `{field}`", kind(of))
        }
        _ => "`.` can't be used here".to_owned(),
    }
}

/// A call that fits no function: is it the name, or what it was given?
fn no_function(signature: &str, ast: &AST) -> String {
    let (name, arguments) = signature.split_once(" (").unwrap_or((signature, ")"));
    let arguments = arguments.trim_end_matches(')');
    let kinds: Vec<_> = arguments
        .split(", ")
        .filter(|argument| !argument.is_empty())
        .map(kind)
        .collect();
    let absent = if kinds.contains(&"something absent") {
        ": ask `present(…)` before using it"
    } else {
        ""
    };
    if let Some(field) = name
        .strip_prefix("get$")
        .or_else(|| name.strip_prefix("set$"))
    {
        let of = kinds.first().copied().unwrap_or("this");
        return if name.starts_with("get$") {
            format!("{of} has no field `{field}`{absent}")
        } else {
            format!("the field `{field}` of {of} can't be changed")
        };
    }
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return format!(
            "`{name}` can't be applied to {}{absent}",
            kinds.join(" and ")
        );
    }
    let own: Vec<_> = ast.iter_functions().collect();
    if let Some(function) = own.iter().find(|function| function.name == name) {
        return format!(
            "`{name}` takes {} ({}), not {}",
            arguments_of(function.params.len()),
            function.params.join(", "),
            kinds.len()
        );
    }
    let known = functions::NAMES.iter().chain(RHAI).copied();
    if known.clone().any(|known| known == name) {
        let given = if kinds.is_empty() {
            "without an argument".to_owned()
        } else {
            format!("with {}", kinds.join(", "))
        };
        return format!("`{name}` can't be called {given}{absent}");
    }
    let near = did_you_mean(name, known.chain(own.iter().map(|function| function.name)));
    format!("there is no function `{name}`{near}")
}

fn arguments_of(count: usize) -> String {
    match count {
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

/// rhai's name of a type, for people.
fn kind(name: &str) -> &str {
    match name {
        "&str | ImmutableString | String" | "string" | "ImmutableString" | "&str" => "a text",
        "i64" | "f64" => "a number",
        "bool" => "true or false",
        "char" => "a character",
        "()" => "nothing",
        "array" => "an array",
        "map" => "a map",
        "Fn" => "a function",
        "absent" => "something absent",
        "enum" => "an enum",
        "time" => "a time",
        "set" => "a set",
        "list" => "a list of facts",
        "open map" => "labels or tags",
        "issue" => "an issue",
        "params" => "`params`",
        "facts" => "a connector",
        "group of facts" => "a group of facts",
        "drift" => "a drifted field",
        "target" => "a target",
        "verdict" => "a verdict",
        "ctx" => "`ctx`",
        "ARN" => "an ARN",
        other => other,
    }
}
