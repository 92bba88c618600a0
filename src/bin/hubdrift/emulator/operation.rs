//! The operations that the emulator answers, by their names in a state file.

use serde::Deserialize;

/// What can be asked of the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `GetConnectorV2`.
    Get,
    /// `ListConnectorsV2`.
    List,
    /// `ListTagsForResource`.
    Tags,
    /// `GetCallerIdentity` of STS.
    Identity,
    /// `AssumeRole` of STS.
    AssumeRole,
    /// `AssumeRoleWithWebIdentity` of STS.
    WebIdentity,
}

impl Operation {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Get,
        Self::List,
        Self::Tags,
        Self::Identity,
        Self::AssumeRole,
        Self::WebIdentity,
    ];

    /// As a state file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Tags => "tags",
            Self::Identity => "identity",
            Self::AssumeRole => "assume_role",
            Self::WebIdentity => "web_identity",
        }
    }
}
