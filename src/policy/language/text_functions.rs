//! Functions on texts that take more than they are given: ours instead of rhai's.
//!
//! Most of what a rule does with a text makes at most another of that size,
//! and the text has been weighed when it was read (see `sandbox`). What
//! is left is here: it is weighed before it is made, or not there at all.

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
    let ranges = [
        TypeId::of::<std::ops::Range<INT>>(),
        TypeId::of::<std::ops::RangeInclusive<INT>>(),
    ];
    for (name, instead) in WITHOUT {
        let refused = move || Err::<(), _>(fault(format!("rules have no `{name}`: {instead}")));
        engine
            .register_raw_fn(*name, [text], move |_, _| refused())
            .register_raw_fn(*name, [text, int], move |_, _| refused());
        for second in [text, char, ranges[0], ranges[1]] {
            engine.register_raw_fn(*name, [text, second], move |_, _| refused());
        }
        for (second, third) in [
            (int, int),
            (int, text),
            (int, char),
            (text, int),
            (char, int),
        ] {
            engine.register_raw_fn(*name, [text, second, third], move |_, _| refused());
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

/// The pieces of a text as a list; weighed before there is one.
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
