//! The inventory: YAML files become what a team expects, checked and with places.
//!
//! [`parse()`] finds everything that is wrong with the files in one run. What is in
//! an account is not known here, and neither are the rules that settings name.

mod connectors;
mod effect;
mod exceptions;
pub(crate) mod expect;
mod forms;
mod known;
mod parse;
pub(crate) mod policies;
pub(crate) mod raw;
mod targets;
mod types;

pub use parse::parse;
pub use types::{
    Credentials, Exception, Expectation, Expected, FileRef, Identity, Inventory, Policies,
    RuleSetting, Selector, Target, Unmanaged,
};
