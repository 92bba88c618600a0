//! Lists, as a rule can go through them: arrays, sets, issues, drift, labels.
//!
//! These functions are ours (see `engine`): a closure must answer with a
//! bool, and a search looks at every element.

use std::fmt::Write as _;

use rhai::{
    Array, Dynamic, Engine, FUNC_TO_DEBUG, FUNC_TO_STRING, FnPtr, FuncRegistration, INT,
    ImmutableString, Map, NativeCallContext,
};

use super::{
    compare::{contains, type_name},
    meter::{MAX_ITEMS, MAX_STRING, charge, fits},
    size,
    trace::{Fault, fault},
    values::{List, ListValue, Open, Params, SetValue, absent},
};

/// Registers all of them.
pub(crate) fn register(engine: &mut Engine) {
    register_items::<Array>(engine);
    register_items::<SetValue>(engine);
    register_items::<ListValue>(engine);
    register_containers(engine);
    register_shown(engine);
}

/// Something that can be gone through element by element.
trait Items: Clone + Send + Sync + 'static {
    /// How many there are.
    fn count(&self) -> usize;

    /// The elements, each made when it is its turn.
    fn each(&self) -> impl Iterator<Item = Dynamic>;
}

impl Items for Array {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self) -> impl Iterator<Item = Dynamic> {
        self.iter().cloned()
    }
}

impl<T: Clone + Into<Dynamic> + Send + Sync + 'static> Items for List<T> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn each(&self) -> impl Iterator<Item = Dynamic> {
        self.0.iter().cloned().map(Into::into)
    }
}

/// What a closure makes of each element.
fn map<T: Items>(ctx: &NativeCallContext, list: &T, closure: &FnPtr) -> Result<Array, Fault> {
    let (mut all, mut size) = (Array::new(), 0);
    for item in list.each() {
        let item: Dynamic = closure.call_within_context(ctx, (item,))?;
        size += item
            .read_lock::<ImmutableString>()
            .map_or(0, |text| text.len());
        // rhai counts the elements of a list and sums its texts only when it has been made.
        fits(size, MAX_STRING, "a list of texts")?;
        fits(all.len() + 1, MAX_ITEMS, "a list")?;
        all.push(item);
    }
    Ok(all)
}

/// A text between each two of a list's.
fn join(list: &impl Items, between: &str) -> Result<ImmutableString, Fault> {
    let mut joined = String::new();
    for (index, item) in list.each().enumerate() {
        let item = item
            .read_lock::<ImmutableString>()
            .ok_or_else(|| fault("`join` takes a list of texts"))?
            .clone();
        let between = if index == 0 { "" } else { between };
        fits(
            joined.len() + between.len() + item.len(),
            MAX_STRING,
            "a text",
        )?;
        joined.push_str(between);
        joined.push_str(&item);
    }
    charge(size::text(joined.len()))?;
    Ok(joined.into())
}

/// Asks a closure; only a bool is an answer.
fn ask(ctx: &NativeCallContext, closure: &FnPtr, name: &str, item: Dynamic) -> Result<bool, Fault> {
    let answer: Dynamic = closure.call_within_context(ctx, (item,))?;
    answer.as_bool().map_err(|_| {
        fault(format!(
            "the function given to `{name}` must return true or false, not {}",
            type_name(&answer)
        ))
    })
}

/// The first element for which the closure answers `wanted`.
fn first(
    ctx: &NativeCallContext,
    list: &impl Items,
    closure: &FnPtr,
    name: &str,
    wanted: bool,
) -> Result<Option<Dynamic>, Fault> {
    for item in list.each() {
        if ask(ctx, closure, name, item.clone())? == wanted {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn register_items<T: Items>(engine: &mut Engine) {
    engine
        .register_fn("len", |list: &mut T| {
            INT::try_from(list.count()).unwrap_or(INT::MAX)
        })
        .register_fn("is_empty", |list: &mut T| list.count() == 0)
        .register_fn("contains", |list: &mut T, value: Dynamic| {
            contains(list.each(), &value)
        })
        .register_fn(
            "filter",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| -> Result<Array, Fault> {
                let mut found = Array::new();
                for item in list.each() {
                    if ask(&ctx, &closure, "filter", item.clone())? {
                        found.push(item);
                    }
                }
                Ok(found)
            },
        )
        .register_fn(
            "map",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| map(&ctx, list, &closure),
        )
        .register_fn(
            "some",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| {
                Ok::<_, Fault>(first(&ctx, list, &closure, "some", true)?.is_some())
            },
        )
        .register_fn(
            "all",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| {
                Ok::<_, Fault>(first(&ctx, list, &closure, "all", false)?.is_none())
            },
        )
        .register_fn(
            "find",
            |ctx: NativeCallContext, list: &mut T, closure: FnPtr| {
                let found = first(&ctx, list, &closure, "find", true)?;
                Ok::<_, Fault>(found.unwrap_or_else(|| absent("what `find` looks for")))
            },
        )
        .register_fn("join", |list: &mut T, between: &str| join(list, between));
}

/// Texts of the user's as a list.
fn texts<'a>(texts: impl ExactSizeIterator<Item = &'a String> + Clone) -> Result<Array, Fault> {
    fits(texts.len(), MAX_ITEMS, "a list")?;
    charge(size::texts(
        texts.len(),
        texts.clone().map(String::len).sum(),
    ))?;
    Ok(texts.map(|text| text.as_str().into()).collect())
}

/// Lists and maps as texts: rhai's own look at the size of the whole only when it has been made.
fn register_shown(engine: &mut Engine) {
    for name in [FUNC_TO_STRING, FUNC_TO_DEBUG] {
        engine
            .register_fn(name, |ctx: NativeCallContext, list: &mut Array| {
                shown(&ctx, "[", list.iter_mut().map(|item| (None, item)), "]")
            })
            .register_fn(name, |ctx: NativeCallContext, map: &mut Map| {
                let items = map.iter_mut().map(|(key, item)| (Some(key.as_str()), item));
                shown(&ctx, "#{", items, "}")
            });
    }
}

fn shown<'a>(
    ctx: &NativeCallContext<'_>,
    open: &str,
    items: impl Iterator<Item = (Option<&'a str>, &'a mut Dynamic)>,
    close: &str,
) -> Result<ImmutableString, Fault> {
    let mut text = open.to_owned();
    for (index, (key, item)) in items.enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        if let Some(key) = key {
            write!(text, "{key:?}: ").map_err(|_| fault("a key can't become text"))?;
        }
        let item = ctx.call_native_fn_raw(FUNC_TO_DEBUG, true, &mut [item])?;
        if let Some(item) = item.read_lock::<ImmutableString>() {
            fits(text.len() + item.len(), MAX_STRING, "a text")?;
            charge(size::text(item.len()))?;
            text.push_str(&item);
        }
    }
    text.push_str(close);
    charge(size::text(text.len()))?;
    Ok(text.into())
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
        .register_fn("keys", |map: &mut Map| -> Result<Array, Fault> {
            let len = map.keys().map(|key| key.as_str().len()).sum();
            charge(size::texts(map.len(), len))?;
            Ok(map.keys().map(|key| key.as_str().into()).collect())
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
        .register_fn("keys", |open: &mut Open| texts(open.values.keys()))
        .register_fn("values", |open: &mut Open| texts(open.values.values()))
        // Labels are open and may lack a name. Parameters are closed: a name that isn't there is misspelt.
        .register_fn(
            "contains",
            |params: &mut Params, key: &str| -> Result<bool, Fault> {
                if params.0.contains_key(key) {
                    Ok(true)
                } else {
                    Err(params.unknown(key))
                }
            },
        );
}
