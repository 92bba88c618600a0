//! The fields of the types in `values`, and how these values become text.

use rhai::{
    Dynamic, Engine, FUNC_TO_DEBUG, FUNC_TO_STRING, INT, ImmutableString, NativeCallContext,
};

use super::{
    meter::charge,
    size,
    trace::{Fault, fault, fault_at, note_enum_as_text},
    values::{
        Absent, EnumValue, IssueValue, ListValue, Open, Params, SetValue, TimeValue, absent,
        unknown,
    },
};
use crate::facts;

/// Registers the types, their fields and how they are shown.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Absent>("absent")
        .register_type_with_name::<EnumValue>("enum")
        .register_type_with_name::<TimeValue>("time")
        .register_type_with_name::<SetValue>("set")
        .register_type_with_name::<ListValue>("list")
        .register_type_with_name::<Open>("open map")
        .register_type_with_name::<IssueValue>("issue")
        .register_type_with_name::<Params>("params");
    register_fields(engine);
    no_other_field::<IssueValue>(engine, "issue", &["code", "message"]);
    register_shown(engine);
}

/// The label or the tag of this name.
fn entry(open: &Open, key: &str) -> Result<Dynamic, Fault> {
    if let Some(value) = open.values.get(key) {
        charge(size::text(value.len()))?;
        return Ok(value.as_str().into());
    }
    charge(size::text(key.len()))?;
    Ok(absent(format!("{}.{key}", open.what)))
}

fn register_fields(engine: &mut Engine) {
    engine
        .register_get("code", |issue: &mut IssueValue| match &issue.code {
            Some(code) => Dynamic::from(EnumValue {
                spec: &facts::ISSUE_CODE,
                text: code.clone(),
                path: "health.issues code",
            }),
            None => absent("health.issues code"),
        })
        .register_get("message", |issue: &mut IssueValue| match &issue.message {
            Some(message) => message.clone().into(),
            None => absent("health.issues message"),
        })
        .register_indexer_get(
            |params: &mut Params, name: &str| -> Result<Dynamic, Fault> {
                let value = params.0.get(name).ok_or_else(|| params.unknown(name))?;
                charge(size::of(value).unwrap_or_default())?;
                Ok(value.clone())
            },
        )
        .register_indexer_get(|open: &mut Open, name: &str| entry(open, name))
        .register_indexer_get(
            |list: &mut ListValue, index: INT| -> Result<Dynamic, Fault> {
                let item = usize::try_from(index)
                    .ok()
                    .and_then(|index| list.0.get(index));
                item.cloned().ok_or_else(|| {
                    fault(format!(
                        "the list has {} items and none at {index}",
                        list.0.len()
                    ))
                })
            },
        )
        .register_indexer_get(
            |absent: &mut Absent, _: Dynamic| -> Result<Dynamic, Fault> { Err(absent.fault()) },
        )
        .register_indexer_get(|absent: &mut Absent, _: &str| -> Result<Dynamic, Fault> {
            Err(absent.fault())
        });
}

/// How values become text, in `${…}`, in `+` and in containers.
///
/// rhai swallows an error here, so the fault that is recorded is what counts.
fn register_shown(engine: &mut Engine) {
    refuse_text::<ListValue>(engine, "a list of facts", "go through it with `for`");
    refuse_text::<IssueValue>(engine, "an issue", "use its `code` or `message`");
    refuse_text::<Open>(engine, "a map", "use one of its keys, or `keys()`");
    refuse_text::<Params>(engine, "`params`", "use one of them");
    for name in [FUNC_TO_STRING, FUNC_TO_DEBUG] {
        engine
            .register_fn(
                name,
                |ctx: NativeCallContext, absent: &mut Absent| -> Result<ImmutableString, Fault> {
                    Err(fault_at(absent.message(), ctx.call_position()))
                },
            )
            .register_fn(name, |value: &mut EnumValue| {
                note_enum_as_text(&value.text, value.spec.knows(&value.text));
                value.text.clone()
            })
            .register_fn(name, |time: &mut TimeValue| {
                ImmutableString::from(&*time.text)
            })
            .register_fn(name, |set: &mut SetValue| {
                ImmutableString::from(format!(
                    "[{}]",
                    set.0
                        .iter()
                        .map(ImmutableString::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            });
    }
}

/// Makes any other field than `known` a fault.
pub(crate) fn no_other_field<T: Clone + Send + Sync + 'static>(
    engine: &mut Engine,
    what: &'static str,
    known: &'static [&'static str],
) {
    engine.register_indexer_get(move |_: &mut T, name: &str| -> Result<Dynamic, Fault> {
        Err(unknown(what, name, known.iter().copied()))
    });
}

/// What is several values is no text: rhai would write the name of its type, in which nothing is found.
pub(crate) fn refuse_text<T: Clone + Send + Sync + 'static>(
    engine: &mut Engine,
    what: &'static str,
    help: &'static str,
) {
    for name in [FUNC_TO_STRING, FUNC_TO_DEBUG] {
        engine.register_fn(
            name,
            move |ctx: NativeCallContext, _: &mut T| -> Result<ImmutableString, Fault> {
                let message = format!("{what} can't become text: {help}");
                Err(fault_at(message, ctx.call_position()))
            },
        );
    }
}
