//! The nouns: what a connector is, what was observed of it, where things stand.
//!
//! Plain data that every stage speaks. Nothing here imports a sibling module,
//! reads a file or knows the API's wire names.

mod arn;
mod connector;
mod home;
mod judgement;
mod observation;
mod place;
mod setting;
mod shared;

pub use arn::{Arn, ArnError, ConnectorArn, ConnectorId, ConnectorIdError};
pub use connector::{Connector, Fact, Issue, Time, Value};
pub use home::{Home, is_account, is_region, partition, same_places};
pub use judgement::{Level, Outcome, Severity};
pub use observation::{
    Hub, Listing, Observations, Observed, Reading, Requests, Summary, TargetObservation, Unread,
    UnreadReason,
};
pub use place::Place;
pub use setting::Override;
pub use shared::Shared;
