//! The format `hubdrift.snapshot/1`: text becomes a snapshot, and back; a snapshot becomes
//! observations, and back.
//!
//! A connector's body is kept as the API sent it, byte for byte but for its secrets: absent
//! fields, unknown enum values and unknown providers survive being saved. What could not be read
//! is kept with its reason, so that nothing looks better later than it did.

mod format;
mod read;
mod replay;
mod save;
mod strict;

pub use format::{
    Answer, Connector, Hub, Listing, Reason, SCHEMA, Schema, Snapshot, Status, Target,
};
pub use read::{parse, serialise};
pub use replay::to_observations;
pub use save::from_observations;
