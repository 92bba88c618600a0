//! Where the walk over a rule is, and what it has found so far.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{ImmutableString, Position};

use super::{
    functions::{Defined, Functions},
    questions::MayAsk,
    types::Type,
};
use crate::{
    facts::TABLE,
    policy::{language::question::Question, rule::Meta},
};

/// What was found in a rule.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// What it may ask of a connector.
    pub may_ask: MayAsk,
    /// What can't be right, by place.
    pub notes: BTreeMap<(usize, usize), Note>,
    /// The parameters that it uses; `None` when it may use any.
    pub params: Option<BTreeSet<String>>,
    /// The functions that it calls.
    pub called: BTreeSet<String>,
}

/// A mistake in a rule.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// Whether the rule ends in an error once it gets there.
    pub certain: bool,
    pub position: Position,
    pub width: usize,
    pub message: String,
    pub help: Option<String>,
}

/// Where the walk is, and what it found.
pub(crate) struct Walk<'a> {
    pub meta: &'a Meta,
    pub functions: &'a Functions,
    pub defined: &'a Defined,
    pub found: Analysis,
    pub scope: Vec<(ImmutableString, Type)>,
    /// What the function's `return`s give.
    pub returned: Type,
    /// How deep the walk is in calls.
    pub depth: usize,
    /// The types that calls give which were walked into; a recursive call may give anything.
    pub known: BTreeMap<(String, Vec<Type>), Type>,
}

impl Walk<'_> {
    /// Notes what the rule ends in an error for.
    pub(crate) fn error(
        &mut self,
        position: Position,
        width: usize,
        message: String,
        help: impl Into<Option<String>>,
    ) {
        self.note(Note {
            certain: true,
            position,
            width,
            message,
            help: help.into(),
        });
    }

    /// Notes a mistake; the first at a place counts.
    pub(crate) fn note(&mut self, note: Note) {
        let (line, column) = (note.position.line(), note.position.position());
        let key = (line.unwrap_or_default(), column.unwrap_or_default());
        self.found.notes.entry(key).or_insert(note);
    }

    /// Where the walk ends early, the rule may do anything.
    pub(crate) fn give_up(&mut self) {
        let may_ask = &mut self.found.may_ask;
        for spec in &TABLE {
            may_ask.add(Question::Fact(spec.fact), false);
            may_ask.add(Question::Expected(spec.fact), false);
        }
        for question in [
            Question::Labels,
            Question::Account,
            Question::Region,
            Question::Drift,
        ] {
            may_ask.add(question, false);
        }
        may_ask.all_tags = true;
        self.found.params = None;
    }

    /// A field of what may be anything: it could be a fact's, a tag's or a label's.
    pub(crate) fn may_ask(&mut self, name: &str) {
        let may_ask = &mut self.found.may_ask;
        for spec in &TABLE {
            if spec.path.rsplit('.').next() == Some(name) {
                may_ask.add(Question::Fact(spec.fact), false);
                may_ask.add(Question::Expected(spec.fact), false);
            }
        }
        may_ask.add(Question::Tag(name.to_owned()), false);
        may_ask.add(Question::Label(name.to_owned()), false);
        match name {
            "account" => may_ask.add(Question::Account, false),
            "region" | "partition" => may_ask.add(Question::Region, false),
            "drift" => may_ask.add(Question::Drift, false),
            _ => {}
        }
    }

    /// Notes that tags or labels are read as a whole, or by a key that is not written out.
    pub(crate) fn asks_all(&mut self, of: Type) {
        match of {
            Type::Tags => self.found.may_ask.all_tags = true,
            Type::Labels => self.found.may_ask.add(Question::Labels, true),
            _ => {}
        }
    }
}
