//! A rule's syntax tree becomes what the rule may ask of a connector, and the mistakes in it.
//!
//! Static analysis: nothing is run. The walk goes from `check(ctx)` through every function that
//! is called, with the types that its arguments have there, so that it knows
//! an observed fact behind a variable and in a closure. Where a type isn't
//! known, nothing is a mistake, and a name that could be a fact's counts
//! as a question for it: too many questions rather than too few.

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

/// Analyses a rule.
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
        depth: 0,
        known: BTreeMap::new(),
    };
    walk.call("check", vec![Type::Ctx]);
    walk.found.called.insert("check".to_owned());
    // Functions that nobody calls are walked too.
    let called = walk.found.called.clone();
    for function in &defined.0 {
        if !called.contains(function.name.as_str()) {
            walk.call(&function.name, vec![Type::Any; function.params.len()]);
        }
    }
    walk.found.called = called;
    walk.found
}
