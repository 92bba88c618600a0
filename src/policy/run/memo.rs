//! What a rule said of a connector, said again of the next one that is alike.
//!
//! A rule is a function of what it asks: it sees no clock, no chance, and nothing of another
//! evaluation (`language::engine`); that a pattern is compiled already can at most spare it a limit. So a connector that gives the same answers to all that a rule asked of
//! an earlier one gets the same verdict, whatever else differs between the two. Most of the
//! connectors of an account are alike where a rule looks: ACTIVE, CONNECTED, the account's one key.
//!
//! Only verdicts are kept: what ended in an error is evaluated again for each connector.

use std::sync::Arc;

use super::evaluate::Said;
use crate::{
    policy::language::inputs::{Inputs, Questions},
    recent::Recent,
};

/// What one rule said of the last few connectors that were unlike each other.
#[derive(Debug, Default)]
pub(crate) struct Recall(Recent<Kept>);

#[derive(Debug)]
struct Kept {
    asked: Questions,
    /// Of the connector that it was said of.
    inputs: Arc<Inputs>,
    said: Said,
}

impl Recall {
    /// What the rule said of a connector that answers as this one does.
    pub(crate) fn find(&self, inputs: &Inputs) -> Option<&Said> {
        let is_alike = |kept: &&Kept| inputs.agree(&kept.inputs, kept.asked);
        self.0.find(is_alike).map(|kept| &kept.said)
    }

    /// All that was asked for the verdicts that are kept.
    pub(crate) fn asked(&self) -> Questions {
        let all = self.0.iter().map(|kept| kept.asked);
        all.fold(Questions::NONE, Questions::union)
    }

    /// Keeps what the rule said, having `asked` this of a connector.
    pub(crate) fn keep(&mut self, asked: Questions, inputs: &Arc<Inputs>, said: &Said) {
        self.0.keep(Kept {
            asked,
            inputs: Arc::clone(inputs),
            said: said.clone(),
        });
    }
}
