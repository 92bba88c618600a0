//! The environment variables, as they were when they were read. It reads none itself, so that a test
//! can make up an environment.

use std::{collections::BTreeMap, ffi::OsString};

use super::setting::Problem;

/// The environment, as it was when it was read.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Each variable; one that is not UTF-8 has no text.
    variables: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// An environment of these variables. Of two with one name the first counts, as in C and Python.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut first = BTreeMap::new();
        for (name, value) in variables {
            // The names that are looked for are all UTF-8.
            if let Ok(name) = name.into().into_string() {
                let value = || value.into().into_string().ok();
                first.entry(name).or_insert_with(value);
            }
        }
        Self { variables: first }
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

    /// What is wrong with the variables that are settings. Others are checked where they are used.
    pub fn problems(&self) -> Vec<Problem> {
        let is_setting =
            |name: &str| name.starts_with("AWS_") || name.to_ascii_lowercase().ends_with("_proxy");
        let names = self.variables.keys().filter(|name| is_setting(name));
        names.filter_map(|name| self.read(name).err()).collect()
    }

    /// The names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The value of a variable; it may be empty.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn read(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.variables.get(name) {
            None => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => Err(format!("{name} is not UTF-8; correct it, or unset it")),
        }
    }

    /// The value of a variable that is a setting; it may be empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.read(name).ok().flatten()
    }

    /// The value of a variable that is a setting, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The home directory, which may be empty.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn home(&self) -> Result<Option<&str>, Problem> {
        self.read("HOME")
    }
}
