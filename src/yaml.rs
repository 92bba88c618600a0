//! YAML files become trees of values that know their places, and values are taken out of a tree
//! while all problems are gathered. What a file is about is not known here.

pub(crate) mod blocks;
pub(crate) mod check;
pub(crate) mod json;
pub(crate) mod places;
pub(crate) mod scalar;
pub(crate) mod scan;
mod source;

pub use source::SourceFile;
