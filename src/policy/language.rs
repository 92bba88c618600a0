//! The language that rules are written in: Rhai without what could reach the world, with the facts of a
//! connector as values, functions of ours, and a meter for what an evaluation uses. Knows nothing of `META`,
//! settings and outcomes.

pub(crate) mod compare;
pub(crate) mod context;
pub(crate) mod engine;
mod fields;
pub(crate) mod functions;
mod glob;
pub(crate) mod inputs;
pub(crate) mod json;
mod lists;
pub(crate) mod meter;
pub(crate) mod nearest;
pub(crate) mod question;
mod regexes;
pub(crate) mod runtime_errors;
pub(crate) mod size;
pub(crate) mod syntax_errors;
mod text_functions;
pub(crate) mod trace;
pub(crate) mod values;
