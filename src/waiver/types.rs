//! What a waiver says.

use std::fmt;

use jiff::civil::Date;

use super::pattern::covers;
use crate::{matcher::Matcher, model::Place};

/// A permission for a finding to exist.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// What is permitted.
    pub subject: Subject,
    /// The connector's address, in which `*` stands for any characters.
    pub connector: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is dealt with.
    pub ticket: Option<String>,
    /// The last day, UTC, on which it holds.
    pub expires: Date,
    /// The observed value that is permitted, exactly or `null` for absent; another one counts again.
    pub observed: Option<Matcher>,
    /// Where it is written.
    pub place: Place,
}

/// What a waiver permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// That these rules fail, each with where it is named.
    Rule(Vec<(String, Place)>),
    /// That a field differs: a fact's path, or `tags.KEY`.
    Drift(String),
    /// That the connector is missing. Its address has no `*`.
    Missing,
    /// That the connector is there though the inventory doesn't list it.
    Unmanaged,
}

impl Waiver {
    /// Whether it may cover several connectors. Then it covers no missing one.
    pub fn is_wildcard(&self) -> bool {
        self.connector.contains('*')
    }

    /// Whether `address` is the connector's, or one of them.
    pub fn covers_address(&self, address: &str) -> bool {
        covers(&self.connector, address)
    }

    /// Whether it still holds on `day`. Its last day counts.
    pub fn holds_on(&self, day: Date) -> bool {
        day <= self.expires
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rules) => {
                let names: Vec<_> = rules.iter().map(|(rule, _)| rule.as_str()).collect();
                write!(f, "rule {}", names.join(", "))
            }
            Self::Drift(path) => write!(f, "drift {path}"),
            Self::Missing => f.write_str("missing"),
            Self::Unmanaged => f.write_str("unmanaged"),
        }
    }
}
