//! All that a rule may ask of a connector: what its text names, and what an evaluation asked besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::{model::Fact, policy::language::question::Question};

/// All that a rule may ask, rather too much than too little.
#[derive(Debug, Clone, Default)]
pub(crate) struct MayAsk {
    /// Each question, and whether the rule is sure to ask it: of the others it only uses the name.
    pub questions: BTreeMap<Question, bool>,
    /// Whether it uses tags otherwise than by a key that is written out.
    pub all_tags: bool,
}

impl MayAsk {
    /// The same with what an evaluation asked, where the text did not show that the rule would.
    pub(crate) fn and(&self, asked: &BTreeSet<Question>) -> Self {
        let mut all = self.clone();
        let is_sure = |is: fn(&Question) -> bool| {
            let mut questions = self.questions.iter();
            questions.any(|(question, sure)| *sure && is(question))
        };
        for question in asked {
            // An evaluation asks for all tags and for all labels, also where the rule names one.
            let names_one = match question {
                Question::Fact(Fact::Tags) => is_sure(|it| matches!(it, Question::Tag(_))),
                Question::Labels => {
                    is_sure(|it| matches!(it, Question::Labels | Question::Label(_)))
                }
                _ => false,
            };
            if !names_one {
                all.all_tags |= *question == Question::Fact(Fact::Tags);
                all.add(question.clone(), false);
            }
        }
        all
    }

    /// Whether the rule is sure to ask this.
    pub(crate) fn is_sure(&self, question: &Question) -> bool {
        self.questions.get(question) == Some(&true)
    }

    /// Adds a question.
    pub(crate) fn add(&mut self, question: Question, sure: bool) {
        *self.questions.entry(question).or_default() |= sure;
    }
}
