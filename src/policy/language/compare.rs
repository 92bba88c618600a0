//! Comparing: the six operators for everything that rhai doesn't compare by itself.
//!
//! rhai says `false` to a comparison of different types and `true` to `!=`.
//! Here it is a fault, and so is any comparison of what is absent or unknown.
//! Nothing stops at the first difference: a fault further on would go unseen.

use std::{any::TypeId, cmp::Ordering, collections::BTreeSet};

use rhai::{Array, Dynamic, Engine, ImmutableString, Map};

use super::{
    meter::charge,
    trace::{Fault, fault},
    values::{Absent, EnumValue, ListValue, SetValue, TimeValue},
};

/// How deep containers may be nested and still be compared.
const MAX_DEPTH: usize = 32;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Eq),
        ("!=", Self::Ne),
        ("<", Self::Lt),
        ("<=", Self::Le),
        (">", Self::Gt),
        (">=", Self::Ge),
    ];

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }

    /// The result for values that are equal or not, and have no order.
    fn of_equality(self, equal: bool, what: &str) -> Result<bool, Fault> {
        match self {
            Self::Eq => Ok(equal),
            Self::Ne => Ok(!equal),
            _ => Err(fault(format!("{what} has no order"))),
        }
    }
}

/// Registers the operators.
pub(crate) fn register(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    for (name, op) in Op::ALL {
        engine.register_raw_fn(name, [any, any], move |_, args| {
            compare(op, args[0], args[1], 0)
        });
    }
    // The common pairs once more, by their types: found at once instead of after two misses.
    for (name, negated) in [("==", false), ("!=", true)] {
        engine
            .register_fn(name, move |value: &mut EnumValue, text: &str| {
                Ok::<_, Fault>(value.is(text)? != negated)
            })
            .register_fn(name, move |text: &str, value: EnumValue| {
                Ok::<_, Fault>(value.is(text)? != negated)
            });
    }
}

/// Whether `a` equals `b`; a fault where that can't be said.
pub(crate) fn equals(a: &Dynamic, b: &Dynamic) -> Result<bool, Fault> {
    compare(Op::Eq, a, b, 0)
}

/// Whether `value` is among `items`. Every one is looked at, so that none of them is an enum's misspelt member.
pub(crate) fn contains(
    items: impl Iterator<Item = Dynamic>,
    value: &Dynamic,
) -> Result<bool, Fault> {
    comparable(value, 0)?;
    let mut found = false;
    for item in items {
        found |= equals(&item, value)?;
    }
    Ok(found)
}

fn read<T: Clone + Send + Sync + 'static>(value: &Dynamic) -> Option<T> {
    value.read_lock::<T>().map(|value| value.clone())
}

fn compare(op: Op, a: &Dynamic, b: &Dynamic, depth: usize) -> Result<bool, Fault> {
    comparable(a, depth)?;
    comparable(b, depth)?;
    match (read::<EnumValue>(a), read::<EnumValue>(b)) {
        (Some(a), Some(b)) if a.spec == b.spec => {
            return op.of_equality(a.known()? == b.known()?, "an enum");
        }
        (Some(one), None) if b.is_string() => {
            return op.of_equality(one.is(&b.to_string())?, "an enum");
        }
        (None, Some(one)) if a.is_string() => {
            return op.of_equality(one.is(&a.to_string())?, "an enum");
        }
        (None, None) => {}
        _ => return Err(unlike(a, b)),
    }
    if let (Some(a), Some(b)) = (read::<TimeValue>(a), read::<TimeValue>(b)) {
        return Ok(op.holds(a.at.cmp(&b.at)));
    }
    if a.is::<SetValue>() || b.is::<SetValue>() {
        return match (texts(a), texts(b)) {
            (Some(a), Some(b)) => op.of_equality(a == b, "a set"),
            _ => Err(unlike(a, b)),
        };
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        let mut equal = a.len() == b.len();
        for (a, b) in a.iter().zip(b.iter()) {
            equal &= compare(Op::Eq, a, b, depth + 1)?;
        }
        return op.of_equality(equal, "an array");
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Map>(), b.read_lock::<Map>()) {
        let mut equal = a.len() == b.len();
        for (key, a) in a.iter() {
            match b.get(key) {
                Some(b) => equal &= compare(Op::Eq, a, b, depth + 1)?,
                None => equal = false,
            }
        }
        return op.of_equality(equal, "a map");
    }
    if depth > 0
        && let (Some(a), Some(b)) = (read::<ImmutableString>(a), read::<ImmutableString>(b))
    {
        // A list was charged for its longest text only, and here all of them are gone through.
        charge(a.len().min(b.len()))?;
    }
    match scalars(a, b) {
        Some(ordering) => Ok(op.holds(ordering)),
        None => Err(unlike(a, b)),
    }
}

/// A fault if `value` is, or holds, something absent or an enum's unknown value.
pub(crate) fn comparable(value: &Dynamic, depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(fault("values nested this deep can't be compared"));
    }
    if let Some(absent) = value.read_lock::<Absent>() {
        return Err(absent.fault());
    }
    if let Some(value) = value.read_lock::<EnumValue>() {
        return value.known().map(|_| ());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items
            .iter()
            .try_for_each(|item| comparable(item, depth + 1));
    }
    if let Some(items) = value.read_lock::<Map>() {
        return items
            .values()
            .try_for_each(|item| comparable(item, depth + 1));
    }
    Ok(())
}

/// The texts of a set, or of an array that holds nothing else.
fn texts(value: &Dynamic) -> Option<BTreeSet<ImmutableString>> {
    if let Some(set) = value.read_lock::<SetValue>() {
        return Some(set.0.iter().cloned().collect());
    }
    value
        .read_lock::<Array>()?
        .iter()
        .map(|item| item.clone().try_cast::<ImmutableString>())
        .collect()
}

fn scalars(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.partial_cmp(&b);
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return Some(a.cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_char(), b.as_char()) {
        return Some(a.cmp(&b));
    }
    match (read::<ImmutableString>(a), read::<ImmutableString>(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

/// An integer or a float as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "rhai compares an integer with a float in the same way"
)]
fn number(value: &Dynamic) -> Option<f64> {
    value
        .as_float()
        .ok()
        .or_else(|| value.as_int().ok().map(|int| int as f64))
}

fn unlike(a: &Dynamic, b: &Dynamic) -> Fault {
    fault(format!(
        "{} can't be compared with {}",
        type_name(a),
        type_name(b)
    ))
}

/// The name of a value's type, for people.
pub(crate) fn type_name(value: &Dynamic) -> &'static str {
    if value.is::<Absent>() {
        "something absent"
    } else if value.is::<EnumValue>() {
        "an enum"
    } else if value.is::<TimeValue>() {
        "a time"
    } else if value.is::<SetValue>() {
        "a set"
    } else if value.is::<ListValue>() {
        "a list of facts"
    } else if value.is_unit() {
        "nothing"
    } else if value.is_bool() {
        "a bool"
    } else if value.is_string() {
        "a text"
    } else if value.is_int() || value.is_float() {
        "a number"
    } else if value.is_array() {
        "an array"
    } else if value.is_map() {
        "a map"
    } else {
        "a value of another type"
    }
}
