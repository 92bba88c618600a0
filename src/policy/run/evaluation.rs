//! The result of evaluating one rule on one connector.

use std::sync::Arc;

use rhai::Position;

use crate::model::Outcome;

/// The result of one rule on one connector, before the rule's id, severity and level are added.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub outcome: Outcome,
    pub message: Option<Arc<str>>,
    pub path: Option<Arc<str>>,
    pub position: Option<Position>,
}

impl Evaluation {
    pub(crate) fn new(outcome: Outcome, message: impl Into<Arc<str>>) -> Self {
        Self {
            outcome,
            message: Some(message.into()),
            path: None,
            position: None,
        }
    }

    pub(crate) fn error(message: impl Into<Arc<str>>) -> Self {
        Self::new(Outcome::Error, message)
    }

    pub(crate) fn error_at(message: impl Into<Arc<str>>, position: Position) -> Self {
        Self {
            position: Some(position),
            ..Self::error(message)
        }
    }
}
