//! What the table says of a fact: the types of its columns.

use crate::model::Fact;

/// What is true of one fact.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The fact.
    pub fact: Fact,
    /// Its path in inventories, rules, drift and reports, such as `provider.project_key`.
    pub path: &'static str,
    /// Its type.
    pub kind: Kind,
    /// When the API promises to send it.
    pub presence: Presence,
    /// The types of the providers that can have it; empty: all.
    pub providers: &'static [&'static str],
    /// Whether an inventory may expect it.
    pub expect: Expectable,
    /// How it can be changed.
    pub change: Change,
    /// One sentence for people.
    pub doc: &'static str,
    /// What it looks like.
    pub example: &'static str,
}

/// The type of a fact. It decides how values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared exactly.
    Text,
    /// An ARN: text with a form of its own.
    Arn,
    /// One of the API's enums. A value that isn't a member is kept as it came.
    Enum(&'static EnumSpec),
    /// A point in time.
    Time,
    /// A list whose order means nothing.
    Set,
    /// Health issues.
    Issues,
    /// Text by key.
    Tags,
}

impl Kind {
    /// The type's name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Arn => "ARN",
            Self::Enum(_) => "enum",
            Self::Time => "time",
            Self::Set => "set of texts",
            Self::Issues => "list of issues",
            Self::Tags => "map of texts",
        }
    }
}

/// An enum of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumSpec {
    /// Its name in the service model.
    pub name: &'static str,
    /// Its members that we know.
    pub members: &'static [&'static str],
}

impl EnumSpec {
    /// Whether `value` is a member that we know.
    pub fn knows(&self, value: &str) -> bool {
        self.members.contains(&value)
    }
}

/// When the API promises to send a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Always, for connectors of these provider types.
    RequiredFor(&'static [&'static str]),
    /// It may be absent.
    Optional,
}

/// Whether an inventory may expect a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectable {
    /// Yes.
    Yes,
    /// No, and this is why, or what to do instead.
    No(&'static str),
}

/// How a fact can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By `UpdateConnectorV2`.
    Update,
    /// By `TagResource` and `UntagResource`.
    Tag,
    /// By authorising the connector anew.
    Reauthorise,
    /// Only by a new connector.
    Replace,
    /// Not by a call: it is a consequence of something else.
    None,
}
