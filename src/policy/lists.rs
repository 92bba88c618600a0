//! Lists, as a rule can go through them: arrays, sets, issues, drift, labels.
//!
//! These functions are ours (see `sandbox`): a closure must answer with a
//! bool, and a search looks at every element.

use rhai::{
    Array, Dynamic, Engine, FnPtr, FuncRegistration, INT, ImmutableString, Map, NativeCallContext,
};

use super::{
    compare::type_name,
    functions::contains,
    sandbox::{Fault, MAX_ITEMS, MAX_STRING, fault, fits},
    values::{ListValue, Open, Params, SetValue, absent},
};

/// Registers all of them.
pub(super) fn register(engine: &mut Engine) {
    register_items::<Array>(engine);
    register_items::<SetValue>(engine);
    register_items::<ListValue>(engine);
    register_containers(engine);
}

/// Something that can be gone through element by element.
trait Items: Clone + Send + Sync + 'static {
    fn items(&self) -> Vec<Dynamic>;
}

impl Items for Array {
    fn items(&self) -> Vec<Dynamic> {
        self.clone()
    }
}

impl Items for SetValue {
    fn items(&self) -> Vec<Dynamic> {
        self.0.iter().map(|text| text.clone().into()).collect()
    }
}

impl Items for ListValue {
    fn items(&self) -> Vec<Dynamic> {
        self.0.to_vec()
    }
}

/// What a closure makes of each element.
fn map<T: Items>(ctx: &NativeCallContext, list: &mut T, closure: &FnPtr) -> Result<Array, Fault> {
    let (mut made, mut size) = (Array::new(), 0);
    for item in list.items() {
        let item: Dynamic = closure.call_within_context(ctx, (item,))?;
        size += item
            .read_lock::<ImmutableString>()
            .map_or(0, |text| text.len());
        // rhai sums the texts of a list only when it has been made.
        fits(size, MAX_STRING, "a list of texts")?;
        made.push(item);
    }
    Ok(made)
}

fn register_items<T: Items>(engine: &mut Engine) {
    /// Asks a closure; only a bool is an answer.
    fn ask(
        ctx: &NativeCallContext,
        closure: &FnPtr,
        name: &str,
        item: Dynamic,
    ) -> Result<bool, Fault> {
        let answer: Dynamic = closure.call_within_context(ctx, (item,))?;
        answer.as_bool().map_err(|_| {
            fault(format!(
                "the function given to `{name}` must return true or false, not {}",
                type_name(&answer)
            ))
        })
    }
    engine
        .register_fn("len", |list: &mut T| {
            INT::try_from(list.items().len()).unwrap_or(INT::MAX)
        })
        .register_fn("is_empty", |list: &mut T| list.items().is_empty())
        .register_fn("contains", |list: &mut T, value: Dynamic| {
            contains(&list.items(), &value)
        })
        .register_fn(
            "filter",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| -> Result<Array, Fault> {
                let mut kept = Array::new();
                for item in list.items() {
                    if ask(&ctx, &closure, "filter", item.clone())? {
                        kept.push(item);
                    }
                }
                Ok(kept)
            },
        )
        .register_fn(
            "map",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| map(&ctx, list, &closure),
        )
        .register_fn(
            "some",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| -> Result<bool, Fault> {
                for item in list.items() {
                    if ask(&ctx, &closure, "some", item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            },
        )
        .register_fn(
            "all",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| -> Result<bool, Fault> {
                for item in list.items() {
                    if !ask(&ctx, &closure, "all", item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            },
        )
        .register_fn(
            "find",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| -> Result<Dynamic, Fault> {
                for item in list.items() {
                    if ask(&ctx, &closure, "find", item.clone())? {
                        return Ok(item);
                    }
                }
                Ok(absent("what `find` looks for"))
            },
        )
        .register_fn(
            "join",
            |list: &mut T, between: &str| -> Result<ImmutableString, Fault> {
                let items = list.items();
                let texts: Option<Vec<_>> = items
                    .iter()
                    .map(|item| item.clone().try_cast::<ImmutableString>())
                    .collect();
                let texts = texts.ok_or_else(|| fault("`join` takes a list of texts"))?;
                let size = texts.iter().map(|text| text.len() + between.len()).sum();
                fits(size, MAX_STRING, "a text")?;
                Ok(texts
                    .iter()
                    .map(ImmutableString::as_str)
                    .collect::<Vec<_>>()
                    .join(between)
                    .into())
            },
        );
}

fn register_containers(engine: &mut Engine) {
    // Not pure: rhai then refuses it on a constant.
    FuncRegistration::new("push")
        .with_purity(false)
        .register_into_engine(
            engine,
            |array: &mut Array, item: Dynamic| -> Result<(), Fault> {
                fits(array.len() + 1, MAX_ITEMS, "an array")?;
                array.push(item);
                Ok(())
            },
        );
    engine
        .register_iterator::<Array>()
        .register_iterator::<SetValue>()
        .register_iterator::<ListValue>()
        .register_fn(
            "+",
            |mut one: Array, other: Array| -> Result<Array, Fault> {
                fits(one.len() + other.len(), MAX_ITEMS, "an array")?;
                one.extend(other);
                Ok(one)
            },
        )
        .register_fn("len", |map: &mut Map| {
            INT::try_from(map.len()).unwrap_or(INT::MAX)
        })
        .register_fn("is_empty", |map: &mut Map| map.is_empty())
        .register_fn("contains", |map: &mut Map, key: &str| map.contains_key(key))
        .register_fn("keys", |map: &mut Map| {
            map.keys().map(|key| key.as_str().into()).collect::<Array>()
        })
        .register_fn("values", |map: &mut Map| {
            map.values().cloned().collect::<Array>()
        })
        .register_fn("len", |open: &mut Open| {
            INT::try_from(open.values.len()).unwrap_or(INT::MAX)
        })
        .register_fn("is_empty", |open: &mut Open| open.values.is_empty())
        .register_fn("contains", |open: &mut Open, key: &str| {
            open.values.contains_key(key)
        })
        .register_fn("keys", |open: &mut Open| {
            open.values
                .keys()
                .map(|key| key.as_str().into())
                .collect::<Array>()
        })
        .register_fn("values", |open: &mut Open| {
            open.values
                .values()
                .map(|value| value.as_str().into())
                .collect::<Array>()
        })
        .register_fn("contains", |params: &mut Params, key: &str| {
            params.0.contains_key(key)
        });
}
