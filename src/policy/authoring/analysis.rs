//! A rule's syntax tree becomes what the rule looks at, and what in it can't be right.
//!
//! Nothing is run. The walk goes from `check(ctx)` through every function that
//! is called, with the types that its arguments have there, so that it knows
//! an observed fact behind a variable and in a closure. Where a type isn't
//! known, nothing is said against it, and a name that could be a fact's counts
//! as looked at: too many facts rather than too few.

use std::collections::{BTreeMap, BTreeSet};

use rhai::AST;

use crate::policy::rule::Meta;

mod checks;
mod functions;
mod questions;
mod state;
mod types;
mod walk;

pub(crate) use functions::Functions;
pub(crate) use questions::MayAsk;
pub(crate) use state::{Analysis, Note};

use functions::Defined;
use state::Walk;
use types::Type;

/// Looks through a rule.
pub(crate) fn analyse(ast: &AST, meta: &Meta, functions: &Functions) -> Analysis {
    let defined = Defined::of(ast);
    let mut walk = Walk {
        meta,
        functions,
        defined: &defined,
        found: Analysis {
            params: Some(BTreeSet::new()),
            ..Analysis::default()
        },
        scope: Vec::new(),
        returned: Type::Nothing,
        calls: 0,
        known: BTreeMap::new(),
    };
    walk.call("check", vec![Type::Ctx]);
    walk.found.called.insert("check".to_owned());
    // What nobody calls is looked at all the same.
    let called = walk.found.called.clone();
    for function in &defined.0 {
        if !called.contains(function.name.as_str()) {
            walk.call(&function.name, vec![Type::Any; function.params.len()]);
        }
    }
    walk.found.called = called;
    walk.found
}
