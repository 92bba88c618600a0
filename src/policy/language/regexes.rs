//! Regular expressions of rules: compiled once a thread, and bounded in time and memory.
//!
//! `regex` looks at each byte of a text once for every state of the pattern at
//! the worst, and can't be stopped meanwhile. So the two are bounded together:
//! the larger the pattern, the shorter the text that it is held against.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::{
    meter::charge,
    trace::{Fault, fault},
};

/// Bytes of a compiled pattern, times bytes of text, that one call may look at.
///
/// A state takes 32 bytes or more, and 4 ns or so for each byte of text
/// (measured, optimised, on patterns made to be slow): 32 ms.
const MAX_WORK: usize = 1 << 28;
/// Sizes that a compiled pattern may have, in bytes: it is tried in the smallest.
///
/// The largest has some 8,000 states, room for most patterns that a person writes.
const SIZES: [usize; 4] = [32 << 10, 64 << 10, 128 << 10, 256 << 10];
/// Bytes that a pattern's automaton, built as the text goes by, may take.
const AUTOMATON: usize = 128 << 10;
/// Patterns that a thread keeps compiled; with their automata 32 MiB at the worst.
const MAX_REGEXES: usize = 32;

/// A compiled pattern and the size that it fits in.
struct Compiled {
    regex: Regex,
    size: usize,
}

thread_local! {
    static COMPILED: RefCell<BTreeMap<String, Compiled>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether `pattern` is found in `text`.
///
/// # Errors
/// A fault for what is no pattern, a pattern that is too large, and a text too long for it.
pub(crate) fn is_match(pattern: &str, text: &str) -> Result<bool, Fault> {
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern) {
            let new = compile(pattern)?;
            if compiled.len() >= MAX_REGEXES {
                compiled.clear();
            }
            compiled.insert(pattern.to_owned(), new);
        }
        let Some(Compiled { regex, size }) = compiled.get(pattern) else {
            return Err(fault("a regular expression was lost"));
        };
        let most = MAX_WORK / size;
        if text.len() > most {
            return Err(fault(format!(
                "`matches` looks at {most} bytes of text at most with a pattern of this size, not at {}",
                text.len()
            )));
        }
        Ok(regex.is_match(text))
    })
}

fn compile(pattern: &str) -> Result<Compiled, Fault> {
    for size in SIZES {
        charge(size)?;
        match RegexBuilder::new(pattern)
            .size_limit(size)
            .dfa_size_limit(AUTOMATON)
            .build()
        {
            Ok(regex) => return Ok(Compiled { regex, size }),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(error) => {
                return Err(fault(format!(
                    "`{pattern}` is no regular expression: {error}"
                )));
            }
        }
    }
    Err(fault(format!(
        "the regular expression is too large: compiled it would take more than {} KiB; \
         `[0-9]` takes less than `\\d`, and `[A-Za-z0-9_]` less than `\\w`",
        SIZES[SIZES.len() - 1] / 1024
    )))
}
