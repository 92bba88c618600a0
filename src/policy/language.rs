//! The language that rules are written in: Rhai without what could reach the world, with the facts of a
//! connector as values, functions of ours, and a meter for what a rule uses.

pub(crate) mod compare;
pub(crate) mod context;
pub(crate) mod engine;
pub(crate) mod functions;
pub(crate) mod glob;
pub(crate) mod inputs;
pub(crate) mod json;
pub(crate) mod lists;
pub(crate) mod nearest;
pub(crate) mod regexes;
pub(crate) mod runtime_errors;
pub(crate) mod size;
pub(crate) mod syntax_errors;
pub(crate) mod text_functions;
pub(crate) mod values;
