//! What a rule sees: facts as rhai values. Absence and enums are types of their own.
//!
//! Every type here is a custom one, never a map: a misspelt field is then an error of ours.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rhai::{
    Dynamic, Engine, FUNC_TO_DEBUG, FUNC_TO_STRING, INT, ImmutableString, NativeCallContext,
};

use super::{
    engine::{Fault, fault, fault_at, made, tell},
    nearest::did_you_mean,
    size,
};
use crate::{
    facts::{self, EnumSpec},
    model::Issue,
};

/// A fact that was not there. Nothing can be done with it but ask `present(x)`.
#[derive(Debug, Clone)]
pub(crate) struct Absent(pub Cow<'static, str>);

impl Absent {
    pub(crate) fn fault(&self) -> Fault {
        fault(self.message())
    }

    fn message(&self) -> String {
        format!("`{}` is absent: ask `present(…)` before using it", self.0)
    }
}

/// Absence as a rhai value.
pub(crate) fn absent(what: impl Into<Cow<'static, str>>) -> Dynamic {
    Dynamic::from(Absent(what.into()))
}

/// A value of one of the API's enums, known or not.
#[derive(Debug, Clone)]
pub(crate) struct EnumValue {
    pub spec: &'static EnumSpec,
    pub text: ImmutableString,
    pub path: &'static str,
}

impl EnumValue {
    /// The value as a member we know; any other passes nothing.
    pub(crate) fn known(&self) -> Result<&str, Fault> {
        if self.spec.knows(&self.text) {
            Ok(&self.text)
        } else {
            Err(fault(format!(
                "`{}` is `{}`, which is no {} that hubdrift knows ({}): what is unknown can't be compared",
                self.path,
                self.text,
                self.spec.name,
                self.spec.members.join(", ")
            )))
        }
    }

    /// Whether it is the member `text`, which must be one.
    pub(crate) fn is(&self, text: &str) -> Result<bool, Fault> {
        let known = self.known()?;
        if self.spec.knows(text) {
            Ok(known == text)
        } else {
            Err(fault(format!(
                "`{text}` is no {}: `{}` is one of {}{}",
                self.spec.name,
                self.path,
                self.spec.members.join(", "),
                did_you_mean(text, self.spec.members.iter().copied())
            )))
        }
    }
}

/// A point in time.
#[derive(Debug, Clone)]
pub(crate) struct TimeValue {
    pub at: Timestamp,
    pub text: Arc<str>,
}

impl TimeValue {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            at,
            text: at.to_string().into(),
        }
    }
}

/// A list whose order means nothing.
#[derive(Debug, Clone)]
pub(crate) struct SetValue(pub Arc<Vec<ImmutableString>>);

impl IntoIterator for SetValue {
    type Item = ImmutableString;
    type IntoIter = Shared<ImmutableString>;

    fn into_iter(self) -> Self::IntoIter {
        Shared {
            items: self.0,
            next: 0,
        }
    }
}

/// A list that hubdrift made, of issues or of drift. No array: rhai compares
/// an array with a text by itself, and says that they differ.
#[derive(Debug, Clone)]
pub(crate) struct ListValue(pub Arc<Vec<Dynamic>>);

impl IntoIterator for ListValue {
    type Item = Dynamic;
    type IntoIter = Shared<Dynamic>;

    fn into_iter(self) -> Self::IntoIter {
        Shared {
            items: self.0,
            next: 0,
        }
    }
}

/// Goes through a shared list without a copy of it: loops may be nested, and facts long.
pub(crate) struct Shared<T> {
    items: Arc<Vec<T>>,
    next: usize,
}

impl<T: Clone> Iterator for Shared<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let item = self.items.get(self.next).cloned();
        self.next += 1;
        item
    }
}

/// Texts by names that the user chose: labels and tags.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub what: &'static str,
    pub values: Arc<BTreeMap<String, String>>,
}

impl Open {
    pub(crate) fn get(&self, key: &str) -> Result<Dynamic, Fault> {
        if let Some(value) = self.values.get(key) {
            made(size::text(value.len()))?;
            return Ok(value.as_str().into());
        }
        made(size::text(key.len()))?;
        Ok(absent(format!("{}.{key}", self.what)))
    }
}

/// A health issue.
#[derive(Debug, Clone)]
pub(crate) struct IssueValue {
    code: Option<ImmutableString>,
    message: Option<ImmutableString>,
}

impl From<&Issue> for IssueValue {
    fn from(issue: &Issue) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(ImmutableString::from);
        Self {
            code: text(&issue.code),
            message: text(&issue.message),
        }
    }
}

/// The parameters in force.
#[derive(Debug, Clone)]
pub(crate) struct Params(pub Arc<BTreeMap<String, Dynamic>>);

impl Params {
    /// The fault of a parameter that doesn't exist.
    pub(crate) fn unknown(&self, name: &str) -> Fault {
        unknown("params", name, self.0.keys().map(String::as_str))
    }
}

/// The fault of a field that doesn't exist.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Fault {
    fault(format!(
        "`{what}` has no field `{name}`{}",
        did_you_mean(name, known)
    ))
}

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
    register_shown(engine);
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
        .register_indexer_get(|_: &mut IssueValue, name: &str| -> Result<Dynamic, Fault> {
            Err(unknown("issue", name, ["code", "message"].into_iter()))
        })
        .register_indexer_get(
            |params: &mut Params, name: &str| -> Result<Dynamic, Fault> {
                let value = params.0.get(name).ok_or_else(|| params.unknown(name))?;
                made(size::of(value).unwrap_or_default())?;
                Ok(value.clone())
            },
        )
        .register_indexer_get(|open: &mut Open, name: &str| open.get(name))
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
                tell(&value.text, value.spec.knows(&value.text));
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
