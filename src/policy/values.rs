//! What a rule sees: facts as rhai values. Absence and enums are types of their own.
//!
//! Every type here is a custom one over `Arc`s, never a map: a misspelt field
//! is then an error of ours, and nothing is copied until a rule asks for it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rhai::{
    Array, Dynamic, Engine, FUNC_TO_DEBUG, FUNC_TO_STRING, ImmutableString, NativeCallContext,
};

use super::{
    TargetFacts,
    nearest::did_you_mean,
    sandbox::{Fault, fault, fault_at, tell},
};
use crate::{
    diff::Drift,
    facts::{self, EnumSpec, Kind, TABLE},
    model::{Connector, Fact, Value},
};

/// A fact that was not there. Nothing can be done with it but ask `present(x)`.
#[derive(Debug, Clone)]
pub(super) struct Absent(pub Cow<'static, str>);

impl Absent {
    pub(super) fn fault(&self) -> Fault {
        fault(self.message())
    }

    fn message(&self) -> String {
        format!("`{}` is absent: ask `present(…)` before using it", self.0)
    }
}

/// Absence as a rhai value.
pub(super) fn absent(what: impl Into<Cow<'static, str>>) -> Dynamic {
    Dynamic::from(Absent(what.into()))
}

/// A value of one of the API's enums, known or not.
#[derive(Debug, Clone)]
pub(super) struct EnumValue {
    pub spec: &'static EnumSpec,
    pub text: ImmutableString,
    pub path: &'static str,
}

impl EnumValue {
    /// The value as a member we know; any other passes nothing.
    pub(super) fn known(&self) -> Result<&str, Fault> {
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
    pub(super) fn is(&self, text: &str) -> Result<bool, Fault> {
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
pub(super) struct TimeValue {
    pub at: Timestamp,
    pub text: Arc<str>,
}

impl TimeValue {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at,
            text: at.to_string().into(),
        }
    }
}

/// A list whose order means nothing.
#[derive(Debug, Clone)]
pub(super) struct SetValue(pub Arc<Vec<ImmutableString>>);

impl IntoIterator for SetValue {
    type Item = ImmutableString;
    type IntoIter = std::vec::IntoIter<ImmutableString>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

/// Texts by names that the user chose: labels and tags.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub what: &'static str,
    pub values: Arc<BTreeMap<String, String>>,
}

impl Open {
    pub(super) fn get(&self, key: &str) -> Dynamic {
        match self.values.get(key) {
            Some(value) => value.as_str().into(),
            None => absent(format!("{}.{key}", self.what)),
        }
    }
}

/// A health issue.
#[derive(Debug, Clone)]
pub(super) struct IssueValue {
    code: Option<ImmutableString>,
    message: Option<ImmutableString>,
}

/// The parameters in force.
#[derive(Debug, Clone)]
pub(super) struct Params(pub Arc<BTreeMap<String, Dynamic>>);

/// Facts of a connector, as expected or as observed.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub connector: Arc<Connector>,
    pub observed: bool,
    /// Why `tags` can't be touched.
    pub no_tags: Option<&'static str>,
}

/// The facts whose paths begin with one word, such as `provider`.
#[derive(Debug, Clone)]
pub(super) struct Group {
    facts: Facts,
    name: &'static str,
}

/// One drifted field.
#[derive(Debug, Clone)]
struct DriftValue(Arc<Vec<Drift>>, usize);

/// The target.
#[derive(Debug, Clone)]
struct TargetValue(Arc<TargetFacts>);

/// What is the same for all rules on one connector.
#[derive(Debug)]
pub(super) struct Shared {
    pub now: TimeValue,
    pub target: Arc<TargetFacts>,
    pub labels: Arc<BTreeMap<String, String>>,
    pub expected: Arc<Connector>,
    pub observed: Arc<Connector>,
    pub drift: Arc<Vec<Drift>>,
}

/// The one argument of `check`.
#[derive(Debug, Clone)]
pub(super) struct Ctx {
    pub shared: Arc<Shared>,
    pub params: Params,
    pub no_tags: Option<&'static str>,
}

impl Facts {
    fn get(&self, fact: Fact) -> Result<Dynamic, Fault> {
        let spec = facts::spec(fact);
        if let (Fact::Tags, true, Some(why)) = (fact, self.observed, self.no_tags) {
            return Err(fault(why));
        }
        let Some(value) = self.connector.get(fact) else {
            return Ok(absent(spec.path));
        };
        Ok(match value {
            Value::Text(text) => match spec.kind {
                Kind::Enum(members) => Dynamic::from(EnumValue {
                    spec: members,
                    text: text.as_str().into(),
                    path: spec.path,
                }),
                _ => text.as_str().into(),
            },
            Value::Time(time) => Dynamic::from(TimeValue {
                at: time.at,
                text: time.text.as_str().into(),
            }),
            Value::Set(set) => Dynamic::from(SetValue(Arc::new(
                set.iter().map(|text| text.as_str().into()).collect(),
            ))),
            Value::Issues(issues) => {
                let issue = |issue: &crate::model::Issue| {
                    let text = |text: &Option<String>| text.as_deref().map(ImmutableString::from);
                    Dynamic::from(IssueValue {
                        code: text(&issue.code),
                        message: text(&issue.message),
                    })
                };
                issues.iter().map(issue).collect::<Array>().into()
            }
            Value::Tags(tags) => Dynamic::from(Open {
                what: "tags",
                values: Arc::new(tags.clone()),
            }),
        })
    }
}

/// `provider.type` as (`provider`, `type`); `name` as (``, `name`).
fn split(path: &'static str) -> (&'static str, &'static str) {
    path.split_once('.').unwrap_or(("", path))
}

/// The names that can stand after `group.`, or after `observed.` for the group ``.
fn names(group: &str) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .map(|spec| split(spec.path))
        .filter_map(move |(first, second)| {
            if first == group {
                Some(second)
            } else if group.is_empty() {
                Some(first)
            } else {
                None
            }
        })
}

/// The fault of a field that doesn't exist.
fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Fault {
    fault(format!(
        "`{what}` has no field `{name}`{}",
        did_you_mean(name, known)
    ))
}

/// Registers the types, their fields and how they are shown.
pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Absent>("absent")
        .register_type_with_name::<EnumValue>("enum")
        .register_type_with_name::<TimeValue>("time")
        .register_type_with_name::<SetValue>("set")
        .register_type_with_name::<Open>("open map")
        .register_type_with_name::<IssueValue>("issue")
        .register_type_with_name::<Params>("params")
        .register_type_with_name::<Facts>("facts")
        .register_type_with_name::<Group>("group of facts")
        .register_type_with_name::<DriftValue>("drift")
        .register_type_with_name::<TargetValue>("target")
        .register_type_with_name::<Ctx>("ctx");
    register_ctx(engine);
    register_facts(engine);
    register_parts(engine);
    register_shown(engine);
}

fn register_ctx(engine: &mut Engine) {
    const FIELDS: [&str; 7] = [
        "now", "target", "labels", "params", "expected", "observed", "drift",
    ];
    engine
        .register_get("now", |ctx: &mut Ctx| ctx.shared.now.clone())
        .register_get("target", |ctx: &mut Ctx| {
            TargetValue(ctx.shared.target.clone())
        })
        .register_get("labels", |ctx: &mut Ctx| Open {
            what: "labels",
            values: ctx.shared.labels.clone(),
        })
        .register_get("params", |ctx: &mut Ctx| ctx.params.clone())
        .register_get("expected", |ctx: &mut Ctx| Facts {
            connector: ctx.shared.expected.clone(),
            observed: false,
            no_tags: None,
        })
        .register_get("observed", |ctx: &mut Ctx| Facts {
            connector: ctx.shared.observed.clone(),
            observed: true,
            no_tags: ctx.no_tags,
        })
        .register_get("drift", |ctx: &mut Ctx| -> Array {
            (0..ctx.shared.drift.len())
                .map(|i| Dynamic::from(DriftValue(ctx.shared.drift.clone(), i)))
                .collect()
        })
        .register_indexer_get(|_: &mut Ctx, name: &str| -> Result<Dynamic, Fault> {
            Err(unknown("ctx", name, FIELDS.into_iter()))
        });
}

/// Getters off the table of facts: one for each group and one for each last word.
fn register_facts(engine: &mut Engine) {
    let mut leaves: BTreeMap<&'static str, BTreeMap<&'static str, Fact>> = BTreeMap::new();
    for spec in &TABLE {
        let (group, leaf) = split(spec.path);
        if group.is_empty() {
            engine.register_get(leaf, move |facts: &mut Facts| facts.get(spec.fact));
        } else {
            engine.register_get(group, move |facts: &mut Facts| Group {
                facts: facts.clone(),
                name: group,
            });
            leaves.entry(leaf).or_default().insert(group, spec.fact);
        }
    }
    for (leaf, groups) in leaves {
        engine.register_get(leaf, move |group: &mut Group| {
            match groups.get(group.name) {
                Some(fact) => group.facts.get(*fact),
                None => Err(unknown(group.name, leaf, names(group.name))),
            }
        });
    }
    engine
        .register_indexer_get(|facts: &mut Facts, name: &str| -> Result<Dynamic, Fault> {
            Err(unknown(
                if facts.observed {
                    "observed"
                } else {
                    "expected"
                },
                name,
                names(""),
            ))
        })
        .register_indexer_get(|group: &mut Group, name: &str| -> Result<Dynamic, Fault> {
            Err(unknown(group.name, name, names(group.name)))
        });
}

fn register_parts(engine: &mut Engine) {
    fn text(value: Option<&String>, what: &'static str) -> Dynamic {
        value.map_or_else(|| absent(what), |text| text.as_str().into())
    }
    fn json(value: &serde_json::Value, what: &'static str) -> Dynamic {
        match value {
            serde_json::Value::Null => absent(what),
            serde_json::Value::String(text) => text.as_str().into(),
            other => other.to_string().into(),
        }
    }
    engine
        .register_get("name", |target: &mut TargetValue| {
            ImmutableString::from(target.0.name.as_str())
        })
        .register_get("account", |target: &mut TargetValue| {
            text(target.0.account.as_ref(), "target.account")
        })
        .register_get("region", |target: &mut TargetValue| {
            text(target.0.region.as_ref(), "target.region")
        })
        .register_get("partition", |target: &mut TargetValue| {
            match target.0.region.as_deref().and_then(partition) {
                Some(partition) => partition.into(),
                None => absent("target.partition"),
            }
        })
        .register_indexer_get(
            |_: &mut TargetValue, name: &str| -> Result<Dynamic, Fault> {
                Err(unknown(
                    "target",
                    name,
                    ["name", "account", "region", "partition"].into_iter(),
                ))
            },
        )
        .register_get("path", |drift: &mut DriftValue| {
            ImmutableString::from(drift.0[drift.1].path.as_str())
        })
        .register_get("expected", |drift: &mut DriftValue| {
            json(&drift.0[drift.1].expected, "expected")
        })
        .register_get("observed", |drift: &mut DriftValue| {
            json(&drift.0[drift.1].observed, "observed")
        })
        .register_indexer_get(|_: &mut DriftValue, name: &str| -> Result<Dynamic, Fault> {
            Err(unknown(
                "drift",
                name,
                ["path", "expected", "observed"].into_iter(),
            ))
        })
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
                params
                    .0
                    .get(name)
                    .cloned()
                    .ok_or_else(|| unknown("params", name, params.0.keys().map(String::as_str)))
            },
        )
        .register_indexer_get(|open: &mut Open, name: &str| open.get(name))
        .register_indexer_get(
            |absent: &mut Absent, _: Dynamic| -> Result<Dynamic, Fault> { Err(absent.fault()) },
        )
        .register_indexer_get(|absent: &mut Absent, _: &str| -> Result<Dynamic, Fault> {
            Err(absent.fault())
        });
}

/// The partition that a region is in.
fn partition(region: &str) -> Option<&'static str> {
    let first = region.split('-').next()?;
    let second = region.split('-').nth(1)?;
    Some(match (first, second) {
        ("cn", _) => "aws-cn",
        (_, "gov") => "aws-us-gov",
        (_, "iso") => "aws-iso",
        (_, "isob") => "aws-iso-b",
        (_, "isoe") => "aws-iso-e",
        (_, "isof") => "aws-iso-f",
        ("eusc", _) => "aws-eusc",
        ("us" | "eu" | "ap" | "sa" | "ca" | "me" | "af" | "il" | "mx", _) => "aws",
        _ => return None,
    })
}

/// How values become text, in `${…}`, in `+` and in containers.
///
/// rhai swallows an error here, so the fault that is recorded is what counts.
fn register_shown(engine: &mut Engine) {
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
                        .map(|s| s.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            });
    }
}
