//! All that a rule can learn of a connector. Each way to it notes the question (dependency tracking).
//!
//! So it is known which answers a verdict rests on (`run::memo`): a getter that forgot to note its question
//! can't be written, because what it would read is private here.

use std::{collections::BTreeMap, sync::Arc};

use super::{question::Question, trace::note_question, values::TimeValue};
use crate::{
    diff::Drift,
    facts,
    model::{Connector, Fact, Value},
    policy::subject::TargetFacts,
};

/// What rules can learn of one connector. It is the same for all of them.
#[derive(Debug)]
pub(crate) struct Inputs {
    known: Known,
}

/// What [`Inputs`] are made of.
#[derive(Debug)]
pub(crate) struct Known {
    /// The time that is judged at: one for all connectors, and so no question.
    pub now: TimeValue,
    pub target: Arc<TargetFacts>,
    pub labels: Arc<BTreeMap<String, String>>,
    pub expected: Arc<Connector>,
    pub observed: Arc<Connector>,
    /// Whether the connector's tags were read.
    pub tags_read: bool,
    pub drift: Arc<Vec<Drift>>,
}

impl Inputs {
    pub(crate) fn new(known: Known) -> Self {
        Self { known }
    }

    /// The time that is judged at.
    pub(crate) fn now(&self) -> &TimeValue {
        &self.known.now
    }

    /// The observed type of provider. Whoever asks from outside of an evaluation has to note the question.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.known.observed.text(Fact::ProviderType)
    }

    /// The observed value of `fact`.
    pub(crate) fn observed(&self, fact: Fact) -> Option<&Value> {
        note_question(Question::Fact(fact));
        self.known.observed.get(fact)
    }

    /// Why `fact` was not read, if it wasn't: then it is not known to be absent.
    pub(crate) fn unread(&self, fact: Fact) -> Option<String> {
        note_question(Question::Fact(fact));
        let observed = &self.known.observed;
        observed
            .is_unread(fact)
            .then(|| facts::why_unread(fact, observed))
    }

    /// The tags, if they were read.
    pub(crate) fn tags(&self) -> Option<&Value> {
        let value = self.observed(Fact::Tags);
        value.filter(|_| self.known.tags_read)
    }

    /// The value that the inventory expects `fact` to have exactly.
    pub(crate) fn expected(&self, fact: Fact) -> Option<&Value> {
        note_question(Question::Expected(fact));
        self.known.expected.get(fact)
    }

    pub(crate) fn target_name(&self) -> &str {
        note_question(Question::TargetName);
        &self.known.target.name
    }

    pub(crate) fn target_account(&self) -> Option<&str> {
        note_question(Question::Account);
        self.known.target.account.as_deref()
    }

    pub(crate) fn target_region(&self) -> Option<&str> {
        note_question(Question::Region);
        self.known.target.region.as_deref()
    }

    pub(crate) fn labels(&self) -> &Arc<BTreeMap<String, String>> {
        note_question(Question::Labels);
        &self.known.labels
    }

    pub(crate) fn drift(&self) -> &Arc<Vec<Drift>> {
        note_question(Question::Drift);
        &self.known.drift
    }

    /// Whether `other` answers all of `asked` as these do.
    pub(crate) fn agree(&self, other: &Self, asked: &[Question]) -> bool {
        let (one, other) = (&self.known, &other.known);
        asked.iter().all(|question| match question {
            Question::Fact(fact) => {
                one.observed.get(*fact) == other.observed.get(*fact)
                    && one.observed.is_unread(*fact) == other.observed.is_unread(*fact)
                    && (*fact != Fact::Tags || one.tags_read == other.tags_read)
            }
            // A tag or a label is part of a question for all of them.
            Question::Tag(_) => {
                one.observed.tags() == other.observed.tags() && one.tags_read == other.tags_read
            }
            Question::Labels | Question::Label(_) => one.labels == other.labels,
            Question::Expected(fact) => one.expected.get(*fact) == other.expected.get(*fact),
            Question::TargetName => one.target.name == other.target.name,
            Question::Account => one.target.account == other.target.account,
            Question::Region => one.target.region == other.target.region,
            Question::Drift => one.drift == other.drift,
        })
    }
}
