//! All that a rule can learn of a connector, and what it asked.
//!
//! There is no other way to a fact, and each way notes the question. So it is known which answers a
//! verdict rests on (`recall`): a getter that forgot to note its question can't be written, because
//! what it would read is private here.

use std::{collections::BTreeMap, sync::Arc};

use super::{engine::note, values::TimeValue};
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

/// What a rule can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Observed(Fact),
    Expected(Fact),
    TargetName,
    TargetAccount,
    TargetRegion,
    /// All labels.
    Labels,
    /// All drift.
    Drift,
}

/// A set of questions, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Questions(u64);

/// The questions that are about no single fact.
const OTHERS: [Question; 5] = [
    Question::TargetName,
    Question::TargetAccount,
    Question::TargetRegion,
    Question::Labels,
    Question::Drift,
];
/// How many questions there are.
const COUNT: usize = 2 * Fact::COUNT + OTHERS.len();
const _: () = assert!(COUNT <= u64::BITS as usize, "a question has a bit");

impl Question {
    const fn index(self) -> usize {
        match self {
            Self::Observed(fact) => fact as usize,
            Self::Expected(fact) => Fact::COUNT + fact as usize,
            Self::TargetName => 2 * Fact::COUNT,
            Self::TargetAccount => 2 * Fact::COUNT + 1,
            Self::TargetRegion => 2 * Fact::COUNT + 2,
            Self::Labels => 2 * Fact::COUNT + 3,
            Self::Drift => 2 * Fact::COUNT + 4,
        }
    }

    fn at(index: usize) -> Self {
        match (
            Fact::ALL.get(index),
            Fact::ALL.get(index.wrapping_sub(Fact::COUNT)),
        ) {
            (Some(fact), _) => Self::Observed(*fact),
            (None, Some(fact)) => Self::Expected(*fact),
            _ => OTHERS
                .get(index.wrapping_sub(2 * Fact::COUNT))
                .map_or(Self::Drift, |other| *other),
        }
    }
}

impl Questions {
    /// Nothing was asked.
    pub(crate) const NONE: Self = Self(0);

    /// These and one more.
    pub(crate) fn and(self, question: Question) -> Self {
        Self(self.0 | 1 << question.index())
    }

    /// These and those.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Question> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(Question::at(index))
        })
    }
}

impl Inputs {
    pub(crate) fn new(known: Known) -> Self {
        Self { known }
    }

    /// The time that is judged at.
    pub(crate) fn now(&self) -> &TimeValue {
        &self.known.now
    }

    /// The observed type of provider, for a question of ours that goes into `asked`.
    pub(crate) fn provider(&self, asked: &mut Questions) -> Option<&str> {
        *asked = asked.and(Question::Observed(Fact::ProviderType));
        self.known.observed.text(Fact::ProviderType)
    }

    /// The observed value of `fact`.
    pub(crate) fn observed(&self, fact: Fact) -> Option<&Value> {
        note(Question::Observed(fact));
        self.known.observed.get(fact)
    }

    /// Why `fact` was not read, if it wasn't: then it is not known to be absent.
    pub(crate) fn unread(&self, fact: Fact) -> Option<String> {
        note(Question::Observed(fact));
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
        note(Question::Expected(fact));
        self.known.expected.get(fact)
    }

    pub(crate) fn target_name(&self) -> &str {
        note(Question::TargetName);
        &self.known.target.name
    }

    pub(crate) fn target_account(&self) -> Option<&str> {
        note(Question::TargetAccount);
        self.known.target.account.as_deref()
    }

    pub(crate) fn target_region(&self) -> Option<&str> {
        note(Question::TargetRegion);
        self.known.target.region.as_deref()
    }

    pub(crate) fn labels(&self) -> &Arc<BTreeMap<String, String>> {
        note(Question::Labels);
        &self.known.labels
    }

    pub(crate) fn drift(&self) -> &Arc<Vec<Drift>> {
        note(Question::Drift);
        &self.known.drift
    }

    /// Whether `other` answers all of `asked` as these do.
    pub(crate) fn agree(&self, other: &Self, asked: Questions) -> bool {
        let (one, other) = (&self.known, &other.known);
        asked.iter().all(|question| match question {
            Question::Observed(fact) => {
                one.observed.get(fact) == other.observed.get(fact)
                    && one.observed.is_unread(fact) == other.observed.is_unread(fact)
                    && (fact != Fact::Tags || one.tags_read == other.tags_read)
            }
            Question::Expected(fact) => one.expected.get(fact) == other.expected.get(fact),
            Question::TargetName => one.target.name == other.target.name,
            Question::TargetAccount => one.target.account == other.target.account,
            Question::TargetRegion => one.target.region == other.target.region,
            Question::Labels => one.labels == other.labels,
            Question::Drift => one.drift == other.drift,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_a_bit_of_its_own() {
        let all = Fact::ALL
            .iter()
            .flat_map(|fact| [Question::Observed(*fact), Question::Expected(*fact)]);
        let all: Vec<_> = all.chain(OTHERS).collect();
        assert_eq!(all.len(), COUNT);
        for question in &all {
            let one: Vec<_> = Questions::NONE.and(*question).iter().collect();
            assert_eq!(one, [*question]);
        }
        let set = all.iter().fold(Questions::NONE, |set, it| set.and(*it));
        assert_eq!(set.iter().count(), COUNT);
    }
}
