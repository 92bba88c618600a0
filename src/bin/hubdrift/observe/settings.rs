//! Settings as AWS CLI v2 documents them: from the environment, the two files in `~/.aws` and the flags
//! to whose credentials are used, in which region, at which endpoint and by which way.
//!
//! Pure: nothing here reads the environment or a file, so that a test needs neither. Each value knows
//! where it was set. What the CLI refuses is refused, and so is what hubdrift can't do; nothing is
//! passed over for the next best. `docs/aws.md` has the table of all settings.

mod address;
mod choose;
mod connection;
mod effective;
mod endpoint;
mod files;
mod ini;
mod profile;
mod python;
mod region;
mod source;
mod told;

use std::{collections::BTreeMap, ffi::OsString, fmt};

pub use connection::{Metadata, Proxies, Way};
pub use effective::{Route, Wanted, routes};
pub use endpoint::Endpoints;
pub use files::{Files, Paths, Text};
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
pub struct Environment {
    /// Each variable; one that is not UTF-8 has no text.
    variables: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// An environment of these variables. Of one that is there twice the first counts, as for C and Python.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut kept = BTreeMap::new();
        for (name, value) in variables {
            // The names that are looked for are all UTF-8.
            if let Ok(name) = name.into().into_string() {
                let value = || value.into().into_string().ok();
                kept.entry(name).or_insert_with(value);
            }
        }
        Self { variables: kept }
    }

    /// This environment, with the home directory that the system knows, where no variable names one.
    pub fn or_home(mut self, home: impl FnOnce() -> Option<OsString>) -> Self {
        if !self.variables.contains_key("HOME")
            && let Some(home) = home()
        {
            let home = home.into_string().ok();
            self.variables.insert("HOME".to_owned(), home);
        }
        self
    }

    /// What is wrong with the variables that are settings. Others matter where they are used.
    pub fn wrong(&self) -> Vec<Wrong> {
        let is_setting =
            |name: &str| name.starts_with("AWS_") || name.to_ascii_lowercase().ends_with("_proxy");
        let names = self.variables.keys().filter(|name| is_setting(name));
        names.filter_map(|name| self.read(name).err()).collect()
    }

    /// The names of all variables.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// What a variable says; it may be nothing.
    ///
    /// # Errors
    /// When it is not UTF-8.
    fn read(&self, name: &str) -> Result<Option<&str>, Wrong> {
        match self.variables.get(name) {
            None => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => Err(format!("{name} is not UTF-8; correct it, or unset it")),
        }
    }

    /// What a variable says that is a setting; it may be nothing.
    fn get(&self, name: &str) -> Option<&str> {
        self.read(name).ok().flatten()
    }

    /// What a variable says, if it says something.
    fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The home directory, which may be empty.
    ///
    /// # Errors
    /// When it is not UTF-8.
    fn home(&self) -> Result<Option<&str>, Wrong> {
        self.read("HOME")
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
