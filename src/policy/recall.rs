//! What a rule said of a connector, said again of the next one that is alike.
//!
//! A rule is a function of what it asks: it sees no clock, no chance, and nothing of another
//! evaluation (`sandbox`). So a connector that gives the same answers to all that a rule asked of
//! an earlier one gets the same verdict, whatever else differs between the two. Most of the
//! connectors of an account are alike where a rule looks: ACTIVE, CONNECTED, the account's one key.
//!
//! Only verdicts are kept: what ended in an error is evaluated again for each connector.

use std::sync::Arc;

use super::{
    evaluate::Said,
    inputs::{Inputs, Questions},
};

/// How many verdicts are kept of a rule: as many as an enum has members. Where each connector
/// answers otherwise, more of them would be compared in vain.
const KEPT: usize = 8;

/// What one rule said, the latest found first.
#[derive(Debug, Default)]
pub(super) struct Recall {
    kept: Vec<Kept>,
    /// Which of them makes room next.
    next: usize,
}

#[derive(Debug)]
struct Kept {
    asked: Questions,
    /// Of the connector that it was said of.
    inputs: Arc<Inputs>,
    said: Said,
}

impl Recall {
    /// What the rule said of a connector that answers as this one does.
    pub(super) fn find(&mut self, inputs: &Inputs) -> Option<&Said> {
        let is_alike = |kept: &Kept| inputs.agree(&kept.inputs, kept.asked);
        let at = self.kept.iter().position(is_alike)?;
        Some(&self.kept[at].said)
    }

    /// Keeps what the rule said, having `asked` this of a connector.
    pub(super) fn keep(&mut self, asked: Questions, inputs: &Arc<Inputs>, said: &Said) {
        let kept = Kept {
            asked,
            inputs: Arc::clone(inputs),
            said: said.clone(),
        };
        if self.kept.len() < KEPT {
            self.kept.push(kept);
        } else {
            self.kept[self.next] = kept;
            self.next = (self.next + 1) % KEPT;
        }
    }
}
