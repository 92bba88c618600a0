//! The types of the values that a rule sees: facts as rhai values. Absence and enums are types of their own.
//!
//! Every type here is a custom one, never a map: a misspelt field is then an error of ours. Their fields are
//! registered in `fields`.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rhai::{Dynamic, ImmutableString};

use super::{
    nearest::did_you_mean,
    trace::{Fault, fault},
};
use crate::{facts::EnumSpec, model::Issue};

/// A fact that was not there. Nothing can be done with it but ask `present(x)`.
#[derive(Debug, Clone)]
pub(crate) struct Absent(pub Cow<'static, str>);

impl Absent {
    pub(crate) fn fault(&self) -> Fault {
        fault(self.message())
    }

    pub(crate) fn message(&self) -> String {
        format!("`{}` is absent: ask `present(…)` before using it", self.0)
    }
}

/// Absence as a rhai value.
pub(crate) fn absent(what: impl Into<Cow<'static, str>>) -> Dynamic {
    Dynamic::from(Absent(what.into()))
}

/// A value of one of the API's enums, known or not.
#[derive(Debug, Clone)]
pub(crate) struct EnumValue {
    pub spec: &'static EnumSpec,
    pub text: ImmutableString,
    pub path: &'static str,
}

impl EnumValue {
    /// The value as a member we know; any other passes nothing.
    pub(crate) fn known(&self) -> Result<&str, Fault> {
        if self.spec.knows(&self.text) {
            Ok(&self.text)
        } else {
            Err(fault(format!(
                "`{}` is `{}`, which is no {} that hubdrift knows ({}): what is unknown can't be compared",
                self.path,
                self.text,
                self.spec.name,
                self.spec.members.join(", ")
            )))
        }
    }

    /// Whether it is the member `text`, which must be one.
    pub(crate) fn is(&self, text: &str) -> Result<bool, Fault> {
        let known = self.known()?;
        if self.spec.knows(text) {
            Ok(known == text)
        } else {
            Err(fault(format!(
                "`{text}` is no {}: `{}` is one of {}{}",
                self.spec.name,
                self.path,
                self.spec.members.join(", "),
                did_you_mean(text, self.spec.members.iter().copied())
            )))
        }
    }
}

/// A point in time.
#[derive(Debug, Clone)]
pub(crate) struct TimeValue {
    pub at: Timestamp,
    pub text: Arc<str>,
}

impl TimeValue {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            at,
            text: at.to_string().into(),
        }
    }
}

/// A list that hubdrift made. No array: rhai compares an array with a text by itself, and says that they differ.
#[derive(Debug, Clone)]
pub(crate) struct List<T>(pub Arc<Vec<T>>);

/// A list whose order means nothing.
pub(crate) type SetValue = List<ImmutableString>;

/// A list of issues or of drift.
pub(crate) type ListValue = List<Dynamic>;

impl<T: Clone> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = SharedIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        SharedIter {
            items: self.0,
            next: 0,
        }
    }
}

/// Goes through a shared list without a copy of it: loops may be nested, and facts long.
pub(crate) struct SharedIter<T> {
    items: Arc<Vec<T>>,
    next: usize,
}

impl<T: Clone> Iterator for SharedIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let item = self.items.get(self.next).cloned();
        self.next += 1;
        item
    }
}

/// A map whose keys the user chose: labels and tags.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub what: &'static str,
    pub values: Arc<BTreeMap<String, String>>,
}

/// A health issue.
#[derive(Debug, Clone)]
pub(crate) struct IssueValue {
    pub code: Option<ImmutableString>,
    pub message: Option<ImmutableString>,
}

impl From<&Issue> for IssueValue {
    fn from(issue: &Issue) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(ImmutableString::from);
        Self {
            code: text(&issue.code),
            message: text(&issue.message),
        }
    }
}

/// The parameters in force.
#[derive(Debug, Clone)]
pub(crate) struct Params(pub Arc<BTreeMap<String, Dynamic>>);

impl Params {
    /// The fault of a parameter that doesn't exist.
    pub(crate) fn unknown(&self, name: &str) -> Fault {
        unknown("params", name, self.0.keys().map(String::as_str))
    }
}

/// The fault of a field that doesn't exist.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Fault {
    fault(format!(
        "`{what}` has no field `{name}`{}",
        did_you_mean(name, known)
    ))
}
