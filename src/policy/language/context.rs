//! `ctx`, the one argument of `check`, and the facts in it.
//!
//! Custom types over `Arc`s: the rules on one connector share one copy, and a
//! fact becomes a value of rhai's only when a rule asks for it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use rhai::{Dynamic, Engine, ImmutableString};

use super::{
    fields::{no_other_field, refuse_text},
    inputs::Inputs,
    meter::charge,
    size,
    trace::{Fault, fault},
    values::{EnumValue, IssueValue, List, ListValue, Open, Params, TimeValue, absent, unknown},
};
use crate::{
    diff::Drift,
    facts::{self, Kind, TABLE},
    model::{Fact, Value, partition},
};

/// Facts of a connector, as expected or as observed.
#[derive(Debug, Clone)]
struct Facts {
    inputs: Arc<Inputs>,
    observed: bool,
    needs_tags: bool,
}

/// The facts whose paths begin with one word, such as `provider`.
#[derive(Debug, Clone)]
struct Group {
    facts: Facts,
    name: &'static str,
}

/// One drifted field.
#[derive(Debug, Clone)]
struct DriftValue(Arc<Vec<Drift>>, usize);

/// The target.
#[derive(Debug, Clone)]
struct TargetValue(Arc<Inputs>);

/// The one argument of `check`.
#[derive(Debug, Clone)]
pub(crate) struct Ctx {
    pub inputs: Arc<Inputs>,
    pub params: Params,
    /// Whether the rule's META asks for tags.
    pub needs_tags: bool,
}

impl Facts {
    fn get(&self, fact: Fact) -> Result<Dynamic, Fault> {
        let spec = facts::spec(fact);
        let value = match (fact, self.observed) {
            (Fact::Tags, true) => Some(self.tags()?),
            (fact, true) => self.inputs.observed(fact),
            (fact, false) => self.inputs.expected(fact),
        };
        let Some(value) = value else {
            if self.observed
                && let Some(why) = self.inputs.unread(fact)
            {
                return Err(fault(format!("{} was not read: {why}", spec.path)));
            }
            return Ok(absent(spec.path));
        };
        charge(size_of(value))?;
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
            Value::Set(set) => Dynamic::from(List(Arc::new(
                set.iter()
                    .map(|text| ImmutableString::from(text.as_str()))
                    .collect(),
            ))),
            Value::Issues(issues) => {
                let issues = issues
                    .iter()
                    .map(|issue| Dynamic::from(IssueValue::from(issue)));
                Dynamic::from(List(Arc::new(issues.collect())))
            }
            Value::Tags(tags) => Dynamic::from(Open {
                what: "tags",
                values: Arc::new(tags.clone()),
            }),
        })
    }

    /// The observed tags; a fault where they were not asked for, or not read.
    fn tags(&self) -> Result<&Value, Fault> {
        if !self.needs_tags {
            return Err(fault(
                "tags were not asked for: add `needs: [\"tags\"]` to META",
            ));
        }
        self.inputs.tags().ok_or_else(|| {
            fault("the connector's tags were not read, though META has `needs: [\"tags\"]`")
        })
    }
}

/// The size of the value of rhai's that is made of `value`.
fn size_of(value: &Value) -> usize {
    match value {
        Value::Text(text) => size::text(text.len()),
        Value::Time(time) => size::text(time.text.len()),
        Value::Set(set) => size::texts(set.len(), set.iter().map(String::len).sum()),
        Value::Issues(issues) => {
            let texts = issues
                .iter()
                .flat_map(|issue| [&issue.code, &issue.message]);
            let len = texts.flatten().map(String::len).sum();
            size::texts(3 * issues.len(), len)
        }
        Value::Tags(tags) => {
            let len = tags
                .iter()
                .map(|(key, value)| key.len() + value.len())
                .sum();
            size::texts(2 * tags.len(), len)
        }
    }
}

/// `provider.type` as (`provider`, `type`); the first is empty for `name`.
fn split(path: &'static str) -> (&'static str, &'static str) {
    path.split_once('.').unwrap_or(("", path))
}

/// The names that can stand after `group.`, or after `observed.` where the group is empty.
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

/// Registers the types and their fields.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Facts>("facts")
        .register_type_with_name::<Group>("group of facts")
        .register_type_with_name::<DriftValue>("drift")
        .register_type_with_name::<TargetValue>("target")
        .register_type_with_name::<Ctx>("ctx");
    let help = "use one of its fields";
    refuse_text::<Facts>(engine, "a connector", help);
    refuse_text::<Group>(engine, "a group of facts", help);
    refuse_text::<DriftValue>(engine, "a drifted field", help);
    refuse_text::<TargetValue>(engine, "a target", help);
    refuse_text::<Ctx>(engine, "`ctx`", help);
    register_ctx(engine);
    register_facts(engine);
    register_parts(engine);
}

fn register_ctx(engine: &mut Engine) {
    const FIELDS: &[&str] = &[
        "now", "target", "labels", "params", "expected", "observed", "drift",
    ];
    engine
        .register_get("now", |ctx: &mut Ctx| ctx.inputs.now().clone())
        .register_get("target", |ctx: &mut Ctx| TargetValue(ctx.inputs.clone()))
        .register_get("labels", |ctx: &mut Ctx| Open {
            what: "labels",
            values: ctx.inputs.labels().clone(),
        })
        .register_get("params", |ctx: &mut Ctx| ctx.params.clone())
        .register_get("expected", |ctx: &mut Ctx| Facts {
            inputs: ctx.inputs.clone(),
            observed: false,
            needs_tags: ctx.needs_tags,
        })
        .register_get("observed", |ctx: &mut Ctx| Facts {
            inputs: ctx.inputs.clone(),
            observed: true,
            needs_tags: ctx.needs_tags,
        })
        .register_get("drift", |ctx: &mut Ctx| -> Result<ListValue, Fault> {
            let drift = ctx.inputs.drift();
            charge(size::texts(drift.len(), 0))?;
            let items = (0..drift.len()).map(|i| Dynamic::from(DriftValue(drift.clone(), i)));
            Ok(List(Arc::new(items.collect())))
        });
    no_other_field::<Ctx>(engine, "ctx", FIELDS);
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
    fn text(value: Option<&str>, what: &'static str) -> Dynamic {
        value.map_or_else(|| absent(what), Into::into)
    }
    fn json(value: &serde_json::Value, what: &'static str) -> Result<Dynamic, Fault> {
        let text = match value {
            serde_json::Value::Null => return Ok(absent(what)),
            serde_json::Value::String(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        };
        charge(size::text(text.len()))?;
        Ok(text.as_str().into())
    }
    engine
        .register_get("name", |target: &mut TargetValue| {
            ImmutableString::from(target.0.target_name())
        })
        .register_get("account", |target: &mut TargetValue| {
            text(target.0.target_account(), "target.account")
        })
        .register_get("region", |target: &mut TargetValue| {
            text(target.0.target_region(), "target.region")
        })
        .register_get("partition", |target: &mut TargetValue| {
            match target.0.target_region().and_then(partition) {
                Some(partition) => partition.into(),
                None => absent("target.partition"),
            }
        })
        .register_get("path", |drift: &mut DriftValue| {
            ImmutableString::from(drift.0[drift.1].path.as_str())
        })
        .register_get("expected", |drift: &mut DriftValue| {
            json(&drift.0[drift.1].expected, "expected")
        })
        .register_get("observed", |drift: &mut DriftValue| {
            json(&drift.0[drift.1].observed, "observed")
        });
    no_other_field::<TargetValue>(
        engine,
        "target",
        &["name", "account", "region", "partition"],
    );
    no_other_field::<DriftValue>(engine, "drift", &["path", "expected", "observed"]);
}
