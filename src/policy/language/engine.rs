//! The engine: Rhai, in which a rule can neither reach the world nor run away.
//!
//! What a rule may use is a list: five packages of rhai's that hold plain
//! functions, and what the files beside this one register. rhai's packages for arrays and
//! maps are left out on purpose: they read a closure's non-bool as `false`,
//! swallow errors while sorting, and stop comparing at the first difference,
//! and each of these lets an absent fact pass.

use rhai::{
    Dynamic, Engine, OptimizationLevel, Scope,
    packages::{
        ArithmeticPackage, BasicIteratorPackage, BasicStringPackage, LogicPackage,
        MoreStringPackage, Package,
    },
};

use super::{
    compare, context, fields, functions, lists,
    meter::{self, MAX_ITEMS, MAX_OPERATIONS, MAX_STRING},
    size, text_functions,
    trace::{Fault, fault},
};

/// Bytes a rule's source may have.
pub(crate) const MAX_SOURCE: usize = 64 * 1024;
/// The stack of a thread that rules run on: values nested as deep as the
/// limits allow are compared and dropped by recursion.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// Words of the language that rules do without.
const DISABLED: &[&str] = &[
    "eval", "try", "catch", "import", "export", "Fn", "call", "curry", "print", "debug", "while",
    "loop", "do", "switch",
];

/// Makes the engine. It is shared by all rules: what belongs to one evaluation is in `meter` and `trace`.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        // Fast operators compare a text with a number by themselves: they differ, says rhai. Ours refuse it.
        .set_fast_operators(false)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_modules(0)
        // One more, so that ours is reached first: it leaves a trace even where an error is swallowed.
        .set_max_operations(MAX_OPERATIONS + 1)
        .set_max_expr_depths(64, 48)
        // One more than a rule has: `check` is called from a level of its own.
        .set_max_call_levels(16 + 1)
        .set_max_functions(32)
        .set_max_variables(64)
        .set_max_string_size(MAX_STRING)
        .set_max_array_size(MAX_ITEMS)
        .set_max_map_size(MAX_ITEMS)
        .set_max_strings_interned(0)
        .on_print(|_| {})
        .on_debug(|_, _, _| {})
        .on_progress(|_| meter::count_operation().then_some(Dynamic::UNIT));
    #[expect(
        deprecated,
        reason = "rhai's word for a callback that may change; the version is pinned"
    )]
    engine.on_var(|name, index, context| charge_read(name, index, context.scope()).map(|()| None));
    for word in DISABLED {
        engine.disable_symbol(*word);
    }
    for package in [
        LogicPackage::new().as_shared_module(),
        ArithmeticPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(package);
    }
    fields::register(&mut engine);
    context::register(&mut engine);
    compare::register(&mut engine);
    functions::register(&mut engine);
    lists::register(&mut engine);
    text_functions::register(&mut engine);
    #[cfg(test)]
    engine.register_fn("panic_for_a_test", || -> () { panic!("as asked") });
    engine
}

/// Charges for a variable that is read, because it is copied then.
fn charge_read(name: &str, index: usize, scope: &Scope<'_>) -> Result<(), Fault> {
    let value = match index {
        0 => scope.get(name),
        // Counted from the last one, which this iterator begins with.
        index => scope.iter_raw().nth(index - 1).map(|(.., value)| value),
    };
    match value.map(size::of) {
        None | Some(Some(0)) => Ok(()),
        Some(Some(size)) => meter::charge(size),
        Some(None) => Err(fault(format!(
            "`{name}` is read by a closure while a function is at work on it: give that one a copy, `let copy = {name}`"
        ))),
    }
}
