//! The pure core of hubdrift.
pub mod snapshot;
