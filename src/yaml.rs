//! YAML files become trees of values that know their places, and values are taken out of a tree
//! while all problems are gathered. What a file is about is not known here.
//!
//! `scan` makes the tree of a [`SourceFile`]. A `Validator` reads a file's root as one of the blocks
//! that `blocks!` declares, and the nodes in a block as texts, lists or further blocks.

mod blocks;
mod json;
mod scalar;
mod scan;
mod source;
mod tree;
mod validator;

pub use source::SourceFile;

pub(crate) use blocks::{Block, blocks, key_name};
pub(crate) use json::{json, json_of};
pub(crate) use scalar::Yaml;
pub(crate) use scan::scan;
pub(crate) use tree::Node;
pub(crate) use validator::{Validator, suggest};
