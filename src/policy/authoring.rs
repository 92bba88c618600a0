//! What the authors of rules work with: lints, tests, pages, a template, and a description of the facts. No check
//! of connectors needs any of it.

mod analysis;
pub(crate) mod describe;
pub(crate) mod lint;
pub(crate) mod page;
pub(crate) mod template;
pub mod testing;
