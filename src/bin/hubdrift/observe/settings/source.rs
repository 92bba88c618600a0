//! The sources that credentials can come from, and what can be said of one without a secret.

use std::fmt;

use super::setting::Setting;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Keys.
    Keys {
        /// The key's id.
        id: String,
        /// The key.
        secret: Secret,
        /// The token of a session.
        token: Option<Secret>,
    },
    /// A role that a profile names.
    Role(Box<Role>),
    /// A role, for the token in a file.
    Token(Token),
    /// AWS IAM Identity Center.
    Sso(Sso),
    /// A program that prints them.
    Process(Vec<String>),
    /// The credentials endpoint of the container.
    Container,
    /// The instance's metadata service.
    Instance,
    /// There is none.
    Nothing,
}

/// A role, and who assumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// The account in its ARN.
    pub account: String,
    /// Who assumes it.
    pub by: Setting<Source>,
    /// The session's name.
    pub session_name: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// How long the session lasts, in seconds.
    pub duration: Option<i32>,
}

/// A role, and the token that it is given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The role.
    pub arn: String,
    /// The account in its ARN.
    pub account: String,
    /// The file that the token is in.
    pub file: String,
    /// The session's name.
    pub session_name: Option<String>,
}

/// A role in AWS IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso {
    /// The profile that names it.
    pub profile: String,
    /// The session, unless it is the older form without one.
    pub session: Option<String>,
    /// Where one signs in.
    pub start_url: String,
    /// The region of the Identity Center.
    pub region: String,
    /// The account.
    pub account: String,
    /// The role's name.
    pub role: String,
}

impl Source {
    /// What it is, in words, without a secret.
    pub fn describe(&self) -> String {
        match self {
            Self::Keys { id, .. } => {
                // An id is no secret, but its end is enough to recognise it.
                let last = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
                format!("keys …{}", &id[last..])
            }
            Self::Role(role) => format!(
                "role {}, by {} ({})",
                role.arn,
                role.by.value.describe(),
                role.by.from
            ),
            Self::Token(token) => format!("role {} for a web identity token", token.arn),
            Self::Sso(sso) => format!(
                "IAM Identity Center, role {} in account {}",
                sso.role, sso.account
            ),
            Self::Process(_) => "a credential process".to_owned(),
            Self::Container => "the container".to_owned(),
            Self::Instance => "the instance".to_owned(),
            Self::Nothing => "none".to_owned(),
        }
    }

    /// The account that the credentials must be for, where the settings name it.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Role(role) => Some(&role.account),
            Self::Token(token) => Some(&token.account),
            Self::Sso(sso) => Some(&sso.account),
            _ => None,
        }
    }

    /// Whether Identity Center's portal is asked for them.
    pub fn asks_portal(&self) -> bool {
        match self {
            Self::Sso(_) => true,
            Self::Role(role) => role.by.value.asks_portal(),
            _ => false,
        }
    }

    /// Whether STS is asked for them, so that its region counts.
    pub fn asks_sts(&self) -> bool {
        matches!(self, Self::Role(_) | Self::Token(_))
    }
}
