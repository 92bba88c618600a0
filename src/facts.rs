//! The one table of facts: what can be known about a connector, and how it behaves.
//!
//! The inventory's keys, the diff, the fixes, the getters that rules see, the JSON Schema and
//! `rules facts` are all read off [`TABLE`]. Whoever adds a fact adds a row there and the place on
//! the wire where it is read.
//!
//! Types, enum members and what can be updated were read from the service model of Security Hub
//! (botocore 1.44.5).

mod enums;
mod lookup;
mod spec;
mod table;

pub use enums::{
    AUTH_STATUS, CONNECTOR_STATUS, ENABLEMENT_STATUS, ISSUE_CODE, PROVIDER_TYPE, SCOPE_TYPE,
};
pub use lookup::{by_path, can_have, is_promised, spec, why_unread};
pub use spec::{Change, EnumSpec, Expectable, Kind, Presence, Spec};
pub use table::TABLE;
