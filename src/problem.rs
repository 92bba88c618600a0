//! Problems in users' files: what is wrong, where, and what to do; shown with the lines they are on.
//!
//! Problems are values. A stage gathers all it finds and returns them together,
//! so that a file is mended in one go. What kinds of file there are, and what
//! makes them valid, is not known here.

mod render;
mod types;

pub use render::render;
pub use types::{Problem, Sources, order, sort};
