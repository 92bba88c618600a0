//! Sizes: how many bytes a rule is charged for a value, and for the largest literal of a rule.
//!
//! A size is an upper bound of what a copy of the value takes from the allocator, spare capacity of a growing text
//! or list included. `meter` says what it is for.

use std::any::TypeId;

use rhai::{AST, ASTNode, Array, Dynamic, Expr, FnPtr, ImmutableString, Map};

use super::values::{ListValue, Open, SetValue};

/// A place in a list: 16 bytes, and as much again for the room that a list keeps while it grows.
const ITEM: usize = 32;
/// An entry of a map: its key and its value in a node of a tree that is half full.
const ENTRY: usize = 128;
/// What an allocation costs beside what is in it.
const HEAD: usize = 64;
/// For each byte of a text: the text itself, the room it keeps while it
/// grows, and what is made of it for a moment, such as its characters.
const PER_BYTE: usize = 4;

/// The size of a text of `len` bytes.
pub(crate) fn text(len: usize) -> usize {
    HEAD + len.saturating_mul(PER_BYTE)
}

/// The size of a list of `count` texts that have `len` bytes together.
pub(crate) fn texts(count: usize, len: usize) -> usize {
    HEAD + count.saturating_mul(ITEM + HEAD) + len.saturating_mul(PER_BYTE)
}

/// The size of a copy of `value`, all that is in it included; 0 for what has no allocation of its own.
///
/// A text in a list is shared by the copies, but one of them may be taken out and made into another:
/// so the longest is charged for. What goes through all of them charges for them itself.
///
/// `None` if the value is being changed at this very moment.
pub(crate) fn of(value: &Dynamic) -> Option<usize> {
    // Fast path: most variables hold what has the size 0, such as `ctx` and enums.
    if !value.is_shared() && !SIZED.contains(&value.type_id()) {
        return Some(0);
    }
    let (own, longest) = parts(value)?;
    Some(own.saturating_add(longest.saturating_mul(PER_BYTE)))
}

/// The types whose size is not 0.
const SIZED: [TypeId; 7] = [
    TypeId::of::<ImmutableString>(),
    TypeId::of::<Array>(),
    TypeId::of::<Map>(),
    TypeId::of::<FnPtr>(),
    TypeId::of::<SetValue>(),
    TypeId::of::<ListValue>(),
    TypeId::of::<Open>(),
];

/// The size of a value without its texts, and the length of the longest text in it.
fn parts(value: &Dynamic) -> Option<(usize, usize)> {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Some((HEAD, text.len()));
    }
    if value.is_array() {
        return total(ITEM, value.read_lock::<Array>()?.iter());
    }
    if value.is_map() {
        let items = value.read_lock::<Map>()?;
        let keys: usize = items.keys().map(|key| key.as_str().len()).sum();
        let (own, longest) = total(ENTRY, items.values())?;
        return Some((own.saturating_add(keys), longest));
    }
    let own = if value.is_fnptr() {
        // What it has captured is shared, and charged for when it is read.
        HEAD + value.read_lock::<FnPtr>()?.curry().len() * ITEM
    } else if let Some(set) = value.read_lock::<SetValue>() {
        set.0.len() * ITEM
    } else if let Some(list) = value.read_lock::<ListValue>() {
        list.0.len() * ITEM
    } else if let Some(open) = value.read_lock::<Open>() {
        open.values.len() * ITEM
    } else {
        0
    };
    Some((own, 0))
}

/// The parts of a container in which every element takes `place` bytes.
fn total<'a>(place: usize, mut items: impl Iterator<Item = &'a Dynamic>) -> Option<(usize, usize)> {
    items.try_fold((HEAD, 0), |(sum, longest), item| {
        let (own, text) = if item.is_int() {
            (0, 0)
        } else if item.is_string() {
            (0, parts(item)?.1)
        } else {
            parts(item)?
        };
        let sum: usize = sum.saturating_add(place).saturating_add(own);
        Some((sum, longest.max(text)))
    })
}

/// The size of the largest literal of a rule: the most that one operation can make without an argument.
///
/// `META` doesn't count, because a rule can't read it (`run::meta` refuses that).
pub(crate) fn of_largest_literal(ast: &AST) -> usize {
    let constants = ast
        .iter_literal_variables(true, false)
        .filter(|(name, ..)| *name != "META");
    let mut largest = constants
        .filter_map(|(.., value)| of(&value))
        .max()
        .unwrap_or_default();
    ast.clone_functions_only().walk(&mut |path| {
        if let Some(ASTNode::Expr(expr)) = path.last() {
            largest = largest.max(of_literal(expr));
        }
        true
    });
    largest
}

/// The size of what an expression makes by itself. Its parts are operations of their own.
fn of_literal(expr: &Expr) -> usize {
    match expr {
        Expr::StringConstant(literal, _) => text(literal.len()),
        Expr::InterpolatedString(parts, _) => {
            let literal = parts.iter().map(|part| match part {
                Expr::StringConstant(literal, _) => literal.len(),
                _ => 0,
            });
            text(literal.sum())
        }
        Expr::DynamicConstant(value, _) => of(value).unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_no_less_than_the_bytes() {
        for len in [0, 1, 100, 10_000] {
            assert!(of(&"x".repeat(len).into()).expect("a size") >= 2 * len);
        }
        let list: Array = vec![Dynamic::ONE; 1_000];
        let bytes = list.capacity() * size_of::<Dynamic>();
        let nested: Dynamic = vec![Dynamic::from(list.clone()), list.into()].into();
        assert!(of(&nested).expect("a size") >= 2 * bytes);
        let map: Map = (0..1_000)
            .map(|i| (format!("k{i}").into(), Dynamic::ONE))
            .collect();
        assert!(of(&map.into()).expect("a size") >= 1_000 * 2 * size_of::<(String, Dynamic)>());
        assert_eq!(of(&Dynamic::TRUE), Some(0));
    }

    #[test]
    fn what_is_shared_has_the_size_of_what_is_in_it() {
        let text: Dynamic = "x".repeat(1_000).into();
        assert_eq!(of(&text.clone().into_shared()), of(&text));
        let list: Dynamic = vec![text].into();
        assert_eq!(of(&list.clone().into_shared()), of(&list));
    }

    #[test]
    fn the_largest_literal_is_found_wherever_it_stands() {
        let largest = |source: &str| {
            let engine = rhai::Engine::new_raw();
            of_largest_literal(&engine.compile(source).expect("a rule"))
        };
        let long = "x".repeat(500);
        for source in [
            format!("const X = \"{long}\";"),
            format!("const X = #{{ a: [\"{long}\"] }};"),
            format!("fn check(ctx) {{ if f(g(1, \"{long}\")) {{ }} }}"),
            format!("fn check(ctx) {{ `{long}${{ctx}}` }}"),
            format!("fn check(ctx) {{ `${{\"{long}\"}}` }}"),
            format!("fn check(ctx) {{ ctx.map(|x| x + \"{long}\") }}"),
            format!("fn check(ctx) {{ for i in [1] {{ ctx.a[\"{long}\"].b = 1; }} }}"),
        ] {
            assert!(largest(&source) >= text(500), "{source}");
        }
        let meta = format!("const META = #{{ a: \"{long}\" }}; fn check(ctx) {{ }}");
        assert_eq!(largest(&meta), 0);
        let local = format!("fn check(ctx) {{ const META = \"{long}\"; META + 1 }}");
        assert!(largest(&local) >= text(500));
        assert!(largest("fn check(ctx) { \"abc\" }") < 100);
    }
}
