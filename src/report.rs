//! From an audit to bytes: one file a format, each a pure function.

use crate::audit::Audit;

/// A report's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal, read like a Terraform plan.
    Text,
    /// The audit itself.
    Json,
    /// For CI systems.
    Junit,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Junit];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }
}

/// What a reader's surroundings ask for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Whether the text report may use ANSI colours.
    pub color: bool,
}
