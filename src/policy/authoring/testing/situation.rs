//! What a rule is given in a case, and how a part of it is taken away.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    inventory::Expectation,
    model::{Connector, Fact, Value},
    policy::{language::question::Question, subject::TargetFacts},
};

/// What the rule is given.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub connector: Connector,
    pub labels: BTreeMap<String, String>,
    pub target: TargetFacts,
    pub expected: Vec<Expectation>,
    pub now: Timestamp,
    /// Whether the tags were not read; tags that are not written are read, and empty.
    pub tags_unread: bool,
}

impl Situation {
    /// Whether there is an answer, so that it can be taken away.
    pub(super) fn has(&self, question: &Question) -> bool {
        match question {
            Question::Fact(Fact::Tags) => !self.tags_unread,
            Question::Fact(fact) => self.connector.get(*fact).is_some(),
            Question::Tag(key) => {
                let tags = self.connector.tags();
                tags.is_some_and(|tags| tags.contains_key(key))
            }
            Question::Labels => !self.labels.is_empty(),
            Question::Label(key) => self.labels.contains_key(key),
            Question::Expected(fact) => self.expected.iter().any(|it| it.fact == *fact),
            Question::Account => self.target.account.is_some(),
            Question::Region => self.target.region.is_some(),
            Question::TargetName | Question::Drift => true,
        }
    }

    /// Takes an answer away. What is always there stays.
    pub(super) fn remove(&mut self, question: &Question) {
        match question {
            Question::Fact(fact) => {
                self.connector.set(*fact, None);
                self.tags_unread |= *fact == Fact::Tags;
            }
            Question::Tag(key) => {
                let mut tags = self.connector.tags().cloned().unwrap_or_default();
                tags.remove(key);
                self.connector.set(Fact::Tags, Some(Value::Tags(tags)));
            }
            Question::Labels => self.labels.clear(),
            Question::Label(key) => {
                self.labels.remove(key);
            }
            Question::Expected(fact) => self.expected.retain(|it| it.fact != *fact),
            Question::Account => self.target.account = None,
            Question::Region => self.target.region = None,
            Question::TargetName | Question::Drift => {}
        }
    }
}
