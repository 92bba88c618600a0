//! Settings as AWS CLI v2 documents them: from the environment, the two files in `~/.aws` and the flags
//! to the effective settings of each target: credentials, region, endpoints, proxies.
//!
//! Pure: nothing here reads the environment or a file, so that a test needs neither. Each value knows
//! where it was set. What the CLI refuses is refused, and so is what hubdrift can't do; no setting is
//! silently replaced by the next in the order. `docs/aws.md` has the table of all settings.

mod address;
mod choose;
mod connection;
mod effective;
mod endpoint;
mod environment;
mod files;
mod flags;
mod ini;
mod profile;
mod python;
mod region;
mod setting;
mod source;

pub use connection::{EndpointProxy, Metadata, Proxies};
pub use effective::{EffectiveSettings, OwnSettings, effective_settings};
pub use endpoint::Endpoints;
pub use environment::Environment;
pub use files::{File, Files, Paths};
pub use flags::Flags;
pub use setting::{Problem, Problems, Setting};
pub use source::{Secret, Source, Token};

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
