//! From an audit to bytes: one file a format, each a pure function.
//!
//! A report decides nothing: what counts, and the exit code, stand in the audit
//! before any format sees it.

pub mod json;
mod junit;
mod observed;
mod outcome;
mod sheet;
mod text;
mod value;

pub use observed::observed;

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

    /// The format of that name. Whoever asks names [`Format::ALL`] when there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// What a reader's surroundings ask for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Whether the text report may use ANSI colours.
    pub color: bool,
}

/// The audit in that format, as the bytes of a whole file.
pub fn render(format: Format, audit: &Audit, style: Style) -> Vec<u8> {
    match format {
        Format::Text => text::render(audit, style),
        Format::Json => json::render(audit),
        Format::Junit => junit::render(audit),
    }
}
