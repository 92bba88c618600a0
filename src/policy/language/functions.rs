//! What a rule can call: questions about facts, and the four verdicts.

use rhai::{Array, Dynamic, Engine, FLOAT, ImmutableString, NativeCallContext};

use super::{
    compare::{comparable, contains, type_name},
    glob,
    nearest::did_you_mean,
    question::Question,
    regexes,
    trace::{Fault, fault, note_fail, now},
    values::{Absent, EnumValue, ListValue, Open, SetValue, TimeValue, absent},
};
use crate::{facts, model::Arn};

/// The functions of ours that a rule may call; it may not define one of the same name.
pub(crate) const NAMES: &[&str] = &[
    "pass",
    "fail",
    "fail_at",
    "not_applicable",
    "present",
    "is_absent",
    "is_known",
    "matches",
    "glob",
    "one_of",
    "arn",
    "hours_since",
    "days_since",
    "contains",
    "filter",
    "map",
    "some",
    "all",
    "find",
    "len",
    "is_empty",
    "push",
    "join",
    "keys",
    "values",
];

/// How much one `glob` may have to do: the length of the text times those of its patterns, in
/// bytes. A name of 256 bytes and sixteen patterns of 256 are as much as this; the clock stands
/// still for a millisecond or so at the most.
const MAX_GLOB: usize = 1 << 20;

/// What a rule returns.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Pass,
    Fail {
        message: ImmutableString,
        path: Option<ImmutableString>,
    },
    NotApplicable(ImmutableString),
}

/// The parts of an ARN.
#[derive(Debug, Clone)]
struct ArnValue(Arn);

/// Registers all of them.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Verdict>("verdict")
        .register_type_with_name::<ArnValue>("ARN");
    register_verdicts(engine);
    register_questions(engine);
    register_arn(engine);
}

fn register_verdicts(engine: &mut Engine) {
    fn checked(message: &ImmutableString, by: &str) -> Result<ImmutableString, Fault> {
        if message.trim().is_empty() {
            Err(fault(format!("`{by}` needs a message that says why")))
        } else {
            Ok(message.clone())
        }
    }
    engine
        .register_fn("pass", || Verdict::Pass)
        .register_fn(
            "fail",
            |ctx: NativeCallContext, message: ImmutableString| -> Result<Verdict, Fault> {
                note_fail(ctx.call_position());
                Ok(Verdict::Fail {
                    message: checked(&message, "fail")?,
                    path: None,
                })
            },
        )
        .register_fn(
            "fail_at",
            |ctx: NativeCallContext,
             path: ImmutableString,
             message: ImmutableString|
             -> Result<Verdict, Fault> {
                note_fail(ctx.call_position());
                if let Some(message) = unknown_path(&path) {
                    return Err(fault(message));
                }
                Ok(Verdict::Fail {
                    message: checked(&message, "fail_at")?,
                    path: Some(path),
                })
            },
        )
        .register_fn(
            "not_applicable",
            |reason: ImmutableString| -> Result<Verdict, Fault> {
                Ok(Verdict::NotApplicable(checked(&reason, "not_applicable")?))
            },
        );
}

fn register_questions(engine: &mut Engine) {
    engine
        .register_fn("present", |value: Dynamic| present(&value))
        // `present` is false of an empty list too; here is the difference.
        .register_fn("is_absent", |value: Dynamic| value.is::<Absent>())
        // For what to say of a value that nobody knows: to compare it would be an error.
        .register_fn("is_known", |value: Dynamic| is_known(&value))
        .register_fn("matches", |value: Dynamic, pattern: ImmutableString| {
            matches(&value, &pattern)
        })
        .register_fn("glob", |value: Dynamic, pattern: Dynamic| {
            match pattern.read_lock::<Array>() {
                Some(patterns) => globs(&value, &patterns),
                None => globs(&value, std::slice::from_ref(&pattern)),
            }
        })
        .register_fn("one_of", |value: Dynamic, items: Array| {
            contains(items.into_iter(), &value)
        })
        .register_fn("hours_since", |value: Dynamic| {
            since(&value, "hours_since", 3_600.0)
        })
        .register_fn("days_since", |value: Dynamic| {
            since(&value, "days_since", 86_400.0)
        });
}

/// The message about a path that a failure can't point at: it is neither a fact's nor a tag's.
pub(crate) fn unknown_path(path: &str) -> Option<String> {
    match Question::from_path(path) {
        Some(Question::Fact(_) | Question::Tag(_)) => None,
        _ => {
            let known = facts::TABLE.iter().map(|spec| spec.path);
            Some(format!("`{path}` is no fact{}", did_you_mean(path, known)))
        }
    }
}

/// Whether a text says nothing.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether a value is not there, or a text that says nothing.
fn is_nothing(value: &Dynamic) -> bool {
    let text = value.read_lock::<ImmutableString>();
    value.is::<Absent>() || value.is_unit() || text.is_some_and(|text| is_blank(&text))
}

/// Whether something is there and says something: blanks say no more than an empty text.
fn present(value: &Dynamic) -> Result<bool, Fault> {
    if is_nothing(value) {
        Ok(false)
    } else if let Some(set) = value.read_lock::<SetValue>() {
        Ok(set.0.iter().any(|text| !is_blank(text)))
    } else if let Some(list) = value.read_lock::<ListValue>() {
        Ok(!list.0.is_empty())
    } else if let Some(items) = value.read_lock::<Array>() {
        Ok(!items.iter().all(is_nothing))
    } else if let Some(open) = value.read_lock::<Open>() {
        Ok(!open.values.is_empty())
    } else if value.is::<EnumValue>()
        || value.is::<TimeValue>()
        || value.is_string()
        || value.is_bool()
        || value.is_int()
        || value.is_float()
    {
        Ok(true)
    } else {
        Err(fault(
            "`present` takes a single fact, label, tag or parameter",
        ))
    }
}

fn is_known(value: &Dynamic) -> Result<bool, Fault> {
    if let Some(value) = value.read_lock::<EnumValue>() {
        return Ok(value.spec.knows(&value.text));
    }
    comparable(value, 0)?;
    Err(fault(format!(
        "`is_known` takes an enum's value, not {}",
        type_name(value)
    )))
}

/// The text that `value` is, for the function `by`; a fault if it is none.
fn text_for(by: &str, value: &Dynamic) -> Result<ImmutableString, Fault> {
    comparable(value, 0)?;
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(text.clone());
    }
    let help = if value.is::<EnumValue>() {
        ": compare it, or use `one_of`"
    } else {
        ""
    };
    Err(fault(format!(
        "`{by}` takes a text, not {}{help}",
        type_name(value)
    )))
}

/// Whether `value` has the form of one of `patterns`. Every one is looked at, so that none is of another type.
fn globs(value: &Dynamic, patterns: &[Dynamic]) -> Result<bool, Fault> {
    let text = text_for("glob", value)?;
    let mut found = false;
    let mut work = 0;
    for pattern in patterns {
        let pattern = text_for("glob", pattern)?;
        work += text.len().saturating_mul(pattern.len());
        if work > MAX_GLOB {
            return Err(fault(
                "`glob` was given a text and patterns that are too long",
            ));
        }
        found |= glob::matches(&text, &pattern);
    }
    Ok(found)
}

fn matches(value: &Dynamic, pattern: &str) -> Result<bool, Fault> {
    let text = text_for("matches", value)?;
    regexes::is_match(pattern, &text)
}

/// How many units of `seconds` have gone by since `value`; negative for a time to come.
fn since(value: &Dynamic, name: &str, seconds: FLOAT) -> Result<FLOAT, Fault> {
    comparable(value, 0)?;
    match value.read_lock::<TimeValue>() {
        Some(time) => Ok(now().duration_since(time.at).as_secs_f64() / seconds),
        None => Err(fault(format!(
            "`{name}` takes a time, not {}",
            type_name(value)
        ))),
    }
}

fn register_arn(engine: &mut Engine) {
    fn part(text: &str, what: &'static str) -> Dynamic {
        if text.is_empty() {
            absent(what)
        } else {
            text.into()
        }
    }
    engine
        .register_fn("arn", |value: Dynamic| -> Result<ArnValue, Fault> {
            comparable(&value, 0)?;
            let Some(text) = value.read_lock::<ImmutableString>() else {
                return Err(fault(format!(
                    "`arn` takes a text, not {}",
                    type_name(&value)
                )));
            };
            text.parse()
                .map(ArnValue)
                .map_err(|error: crate::model::ArnError| fault(error.to_string()))
        })
        .register_get("partition", |arn: &mut ArnValue| {
            part(&arn.0.partition, "partition")
        })
        .register_get("service", |arn: &mut ArnValue| {
            part(&arn.0.service, "service")
        })
        .register_get("region", |arn: &mut ArnValue| part(&arn.0.region, "region"))
        .register_get("account", |arn: &mut ArnValue| {
            part(&arn.0.account, "account")
        })
        .register_get("resource", |arn: &mut ArnValue| {
            part(&arn.0.resource, "resource")
        })
        .register_indexer_get(|_: &mut ArnValue, name: &str| -> Result<Dynamic, Fault> {
            let known = ["partition", "service", "region", "account", "resource"].into_iter();
            Err(fault(format!(
                "an ARN has no field `{name}`{}",
                did_you_mean(name, known)
            )))
        });
}
