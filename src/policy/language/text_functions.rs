//! Functions on texts whose result can be larger than their arguments: ours instead of rhai's.
//!
//! Most functions on a text make at most another of that size, which was charged for when the text was read
//! (`meter`). These charge for their result before it is made, or are refused.

use std::any::TypeId;

use rhai::{Array, Dynamic, Engine, INT, ImmutableString};

use super::{
    meter::{MAX_ITEMS, MAX_STRING, charge, fits},
    size,
    trace::{Fault, fault},
};

/// Functions of rhai's that rules do without, and what to use instead.
const WITHOUT: &[(&str, &str)] = &[
    ("pad", "write out the text"),
    ("to_chars", "go through the text with `for`"),
    ("chars", "go through the text with `for`"),
    ("to_blob", "compare the text itself"),
    ("split_rev", "use `split`"),
];

/// Registers all of them.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_fn("split", |text: &mut ImmutableString| {
            pieces(text, text.split_whitespace())
        })
        .register_fn("split", |text: &mut ImmutableString, by: &str| {
            pieces(text, text.split(by))
        })
        .register_fn("split", |text: &mut ImmutableString, by: char| {
            pieces(text, text.split(by))
        })
        .register_fn(
            "split",
            |text: &mut ImmutableString, by: &str, most: INT| {
                pieces(text, text.splitn(most_pieces(most), by))
            },
        )
        .register_fn(
            "split",
            |text: &mut ImmutableString, by: char, most: INT| {
                pieces(text, text.splitn(most_pieces(most), by))
            },
        )
        .register_fn("replace", replace)
        .register_fn(
            "replace",
            |text: &mut ImmutableString, from: char, to: &str| {
                replace(text, from.encode_utf8(&mut [0; 4]), to)
            },
        );
    let (text, int, char) = (
        TypeId::of::<ImmutableString>(),
        TypeId::of::<INT>(),
        TypeId::of::<char>(),
    );
    let signatures: [&[TypeId]; 11] = [
        &[text],
        &[text, int],
        &[text, text],
        &[text, char],
        &[text, TypeId::of::<std::ops::Range<INT>>()],
        &[text, TypeId::of::<std::ops::RangeInclusive<INT>>()],
        &[text, int, int],
        &[text, int, text],
        &[text, int, char],
        &[text, text, int],
        &[text, char, int],
    ];
    for (name, instead) in WITHOUT {
        for signature in signatures {
            engine.register_raw_fn(*name, signature, move |_, _| {
                Err::<(), _>(fault(format!("rules have no `{name}`: {instead}")))
            });
        }
    }
    engine.register_get(
        "chars",
        |_: &mut ImmutableString| -> Result<Dynamic, Fault> {
            Err(fault(
                "rules have no `chars`: go through the text with `for`",
            ))
        },
    );
}

/// Rhai's answer to a number of pieces that is none.
fn most_pieces(most: INT) -> usize {
    usize::try_from(most).unwrap_or(1).max(1)
}

/// The pieces of a text as a list; charged for before there is one.
fn pieces<'a>(
    text: &'a str,
    pieces: impl Iterator<Item = &'a str> + Clone,
) -> Result<Array, Fault> {
    let count = pieces.clone().take(MAX_ITEMS + 1).count();
    fits(count, MAX_ITEMS, "a list of pieces")?;
    charge(size::texts(count, text.len()))?;
    Ok(pieces.map(Into::into).collect())
}

/// rhai's own looks at the size of a text only when it has been made, and that may be gigabytes.
fn replace(text: &mut ImmutableString, from: &str, to: &str) -> Result<(), Fault> {
    let added = text.matches(from).count().saturating_mul(to.len());
    fits(added, MAX_STRING, "a text")?;
    charge(size::text(text.len() + added))?;
    *text = text.replace(from, to).into();
    Ok(())
}
