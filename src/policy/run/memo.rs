//! Memoisation: what a rule said of a connector is reused for the next one that is alike.
//!
//! A rule is a function of what it asks (`language::inputs` notes each question): it sees no clock, no chance,
//! and nothing of another evaluation. So a connector that gives the same answers to all that a rule asked of an
//! earlier one gets the same verdict, whatever else differs between the two. Most of the connectors of an account
//! are alike where a rule looks: ACTIVE, CONNECTED, the account's one key. Measured (`cargo bench`, `evaluate`, the
//! built-in rules, instructions): without this, evaluating takes 2.4 times as many.
//!
//! Only verdicts are kept: what ended in an error is evaluated again for each connector. One thing is not the same
//! each time, the charge for a pattern that is compiled already (`language::regexes`): it can only lead to a limit
//! that is not reached, so a verdict stays a verdict.

use std::{collections::BTreeSet, sync::Arc};

use super::evaluation::Evaluation;
use crate::{
    policy::language::{inputs::Inputs, question::Question},
    recent::Recent,
};

/// What one rule said of the last few connectors that were unlike each other.
#[derive(Debug, Default)]
pub(crate) struct Memo(Recent<Entry>);

#[derive(Debug)]
struct Entry {
    asked: Vec<Question>,
    /// Of the connector that was evaluated.
    inputs: Arc<Inputs>,
    evaluation: Evaluation,
}

impl Memo {
    /// What the rule said of a connector that answers as this one does.
    pub(crate) fn find(&self, inputs: &Inputs) -> Option<&Evaluation> {
        let is_alike = |entry: &&Entry| inputs.agree(&entry.inputs, &entry.asked);
        self.0.find(is_alike).map(|entry| &entry.evaluation)
    }

    /// All that was asked for the verdicts that are kept.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Question> {
        self.0.iter().flat_map(|entry| &entry.asked)
    }

    /// Keeps what the rule said, having `asked` this of a connector.
    pub(crate) fn keep(
        &mut self,
        asked: BTreeSet<Question>,
        inputs: &Arc<Inputs>,
        evaluation: &Evaluation,
    ) {
        self.0.keep(Entry {
            asked: asked.into_iter().collect(),
            inputs: Arc::clone(inputs),
            evaluation: evaluation.clone(),
        });
    }
}
