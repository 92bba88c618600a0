//! What a rule can ask of a connector: one enum for evaluation (dependency tracking), for static analysis and for
//! the absence matrix of a rule's tests.

use std::fmt;

use crate::{
    facts::{self, Kind},
    model::Fact,
};

/// Something that a rule can ask of its connector, and the name of it in messages and test files.
///
/// An evaluation asks for labels and for tags as a whole; which of them a rule names is known from its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// An observed fact; of tags, all of them.
    Fact(Fact),
    /// An observed tag.
    Tag(String),
    /// All labels.
    Labels,
    /// A label.
    Label(String),
    /// What the inventory expects a fact to be.
    Expected(Fact),
    /// The account that the connector is in.
    Account,
    /// The region that it is in.
    Region,
    /// The name of its target.
    TargetName,
    /// All drift.
    Drift,
}

impl Question {
    /// Whether its value, or one in it, is of an enum of the API.
    pub(crate) fn is_enum(&self) -> bool {
        match self {
            Self::Fact(fact) => matches!(facts::spec(*fact).kind, Kind::Enum(_) | Kind::Issues),
            _ => false,
        }
    }

    /// Whether an answer is there for every connector, so that nobody has to ask whether it is.
    pub(crate) fn is_always_there(&self) -> bool {
        matches!(self, Self::TargetName | Self::Drift)
    }

    /// Reads what [`fmt::Display`] writes, but for what is always there.
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        if let Some(spec) = facts::by_path(path) {
            return Some(Self::Fact(spec.fact));
        }
        match path.split_once('.') {
            None if path == "labels" => Some(Self::Labels),
            Some(("tags", key)) if !key.is_empty() => Some(Self::Tag(key.to_owned())),
            Some(("labels", key)) if !key.is_empty() => Some(Self::Label(key.to_owned())),
            Some(("expected", path)) => facts::by_path(path).map(|spec| Self::Expected(spec.fact)),
            Some(("target", "account")) => Some(Self::Account),
            Some(("target", "region")) => Some(Self::Region),
            _ => None,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(facts::spec(*fact).path),
            Self::Tag(key) => write!(f, "tags.{key}"),
            Self::Labels => f.write_str("labels"),
            Self::Label(key) => write!(f, "labels.{key}"),
            Self::Expected(fact) => write!(f, "expected.{}", facts::spec(*fact).path),
            Self::Account => f.write_str("target.account"),
            Self::Region => f.write_str("target.region"),
            Self::TargetName => f.write_str("target.name"),
            Self::Drift => f.write_str("drift"),
        }
    }
}
