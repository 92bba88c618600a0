//! The format `hubdrift.snapshot/1`: text becomes a snapshot, and back; a snapshot becomes
//! observations, and back.
//!
//! A connector's body is saved as the API sent it, byte for byte except for its secrets, so absent
//! fields, unknown enum values and unknown providers come back as they were. What could not be read
//! is saved with its reason.

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
