//! The inventory: YAML files become what a team expects, checked and with places.
//!
//! [`parse()`] finds everything that is wrong with the files in one run. What is in
//! an account is not known here, and neither are the rules that settings name.

mod connectors;
mod effect;
mod exceptions;
mod expect;
mod forms;
mod parse;
mod policies;
pub(crate) mod raw;
mod references;
mod targets;
mod types;

pub(crate) use expect::{expect, text_matcher};
pub use parse::parse;
pub(crate) use policies::params;
pub use types::{
    Credentials, Exception, Expectation, Expected, FileRef, Identity, Inventory, Policies,
    RuleSetting, Selector, Target, Unmanaged,
};
