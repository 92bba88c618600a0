//! Settings as AWS CLI v2 documents them: from the environment, the two files in `~/.aws` and the flags
//! to whose credentials are used, in which region, at which endpoint and by which way.
//!
//! Pure: nothing here reads the environment or a file, so that a test needs neither. Each value knows
//! where it was set. What the CLI refuses is refused, and so is what hubdrift can't do; nothing is
//! passed over for the next best. `docs/aws.md` has the table of all settings.

mod address;
mod choose;
mod connection;
mod endpoint;
mod files;
mod ini;
mod profile;
mod python;
mod region;
mod route;
mod source;
mod told;

use std::{collections::BTreeMap, fmt};

pub use connection::{Metadata, Proxies, Way};
pub use endpoint::Endpoints;
pub use files::{Files, Paths, Text};
pub use route::{Route, Wanted, routes};
pub use source::{Secret, Source, Token};

/// A value, and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T = String> {
    /// The value.
    pub value: T,
    /// Where it was set: a variable, a flag, or a profile with its file and line.
    pub from: String,
}

impl<T> Set<T> {
    /// This value, set there.
    pub fn new(value: impl Into<T>, from: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            from: from.into(),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.value, self.from)
    }
}

/// Something wrong with the settings, in words: the setting, where it is, and what to do.
pub type Wrong = String;

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// A profile instead of the environment's.
    pub profile: Option<String>,
    /// The region of targets without one.
    pub region: Option<String>,
    /// Another endpoint for every service.
    pub endpoint_url: Option<String>,
}

/// The environment, as it was when it was read.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// An environment of these variables.
    pub fn new<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let text = |(name, value): (N, V)| (name.into(), value.into());
        Self(variables.into_iter().map(text).collect())
    }

    /// The names of all variables.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What a variable says; it may be nothing.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What a variable says, if it says something.
    fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    fn home(&self) -> Option<&str> {
        self.filled("HOME")
    }
}

#[cfg(test)]
mod again;
#[cfg(test)]
mod tests;
