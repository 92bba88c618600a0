//! The API's JSON becomes the model. Only this room knows the names that stand in it.
//!
//! Facts are read from the response body and not from an SDK's types, because those fill absent
//! fields with defaults. Here absent stays absent, and enum values and providers that aren't known
//! keep their names. `AuthUrl` is a secret: its value is never taken in.

mod client;
mod connector;
mod hub;
mod json;
mod listing;
mod malformed;
mod provider;
mod redact;
mod tags;
mod update;

pub use client::{Form, arn, form};
pub use connector::connector;
pub use hub::{hub_is_off, says_hub_is_off};
pub use listing::{CONNECTOR_ID, NAME, Page, page, summary, summary_text};
pub use malformed::{MAX_BODY, Malformed};
pub use redact::{REDACTED, redact};
pub use tags::{NO_ARN_FOR_TAGS, tags};
pub use update::{ProviderUpdate, Scope};

#[cfg(test)]
mod tests;
