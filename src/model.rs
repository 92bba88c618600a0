//! Plain data that every stage shares: connectors, what was observed of them, places in files, and
//! the names of provider types and partitions.
//!
//! Nothing here imports another module of the library or knows the wire's names.

mod arn;
mod connector;
mod home;
mod judgement;
pub(crate) mod names;
mod observation;
mod place;
pub mod provider;
mod region;
mod setting;
mod shared;
mod unread;

pub use arn::{Arn, ArnError, ConnectorArn, ConnectorId, ConnectorIdError};
pub use connector::{Connector, Fact, Issue, Time, Value};
pub use home::{Home, same_places};
pub use judgement::{Level, Outcome, Severity};
pub use observation::{
    Hub, Listing, Observations, Observed, Reading, Requests, Summary, TargetObservation,
};
pub use place::Place;
pub use region::{assumed_partition, is_account, is_region, partition};
pub use setting::Override;
pub use shared::Shared;
pub use unread::{Unread, UnreadReason};
