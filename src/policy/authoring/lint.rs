//! Rules become what can't be right in them, found without running them.
//!
//! What a rule would end in an error for is `certain`; the rest only does
//! nothing, which its author can't have meant.

use std::{collections::BTreeMap, sync::Arc};

use super::analysis::{Functions, MayAsk, Note, analyse};
use crate::{
    model::Fact,
    policy::{
        language::question::Question,
        run::{Policy, Rule, meta::param_position, problems::place},
    },
    problem::{self, Problem},
};

/// Something in a rule that can't be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Whether the rule ends in an error once it gets there.
    pub certain: bool,
    /// What it is, and where.
    pub problem: Problem,
}

impl Policy {
    /// Looks through the rules: unknown functions, fields, parameters and members of enums, paths
    /// that are no facts, and what is never used. By place.
    pub fn lint(&self) -> Vec<Lint> {
        let mut all: Vec<_> = self.with_rules(|engine, rules| {
            let functions = Functions::of(engine);
            let lints = rules.iter().flat_map(|rule| of_rule(rule, &functions));
            lints.collect()
        });
        all.sort_by(|a, b| problem::order(&a.problem, &b.problem));
        all
    }

    /// What each rule may ask of a connector, rather too much than too little.
    pub(crate) fn may_ask(&self) -> BTreeMap<Arc<str>, MayAsk> {
        self.with_rules(|engine, rules| {
            let functions = Functions::of(engine);
            let of_rule = |rule: &Rule| {
                let mut found = analyse(&rule.ast, &rule.meta, &functions).may_ask;
                if rule.meta.providers.is_some() {
                    found.add(Question::Fact(Fact::ProviderType), true);
                }
                (rule.meta.id.clone(), found)
            };
            rules.iter().map(of_rule).collect()
        })
    }
}

fn of_rule(rule: &Rule, functions: &Functions) -> Vec<Lint> {
    let found = analyse(&rule.ast, &rule.meta, functions);
    let mut notes: Vec<Note> = found.notes.into_values().collect();
    let unused = |position, name: &str, message| Note {
        certain: false,
        position,
        width: name.chars().count(),
        message,
        help: Some("take it away".to_owned()),
    };
    for function in rule.ast.iter_fn_def() {
        let name = function.name.as_str();
        if !found.called.contains(name) && !name.starts_with("anon$") {
            let position = function.body.start_position();
            let message = format!("nobody calls the function `{name}`");
            notes.push(unused(position, "{", message));
        }
    }
    if let Some(used) = &found.params {
        for name in rule.meta.params.keys().filter(|name| !used.contains(*name)) {
            let message = format!("the rule never uses its parameter `{name}`");
            notes.push(unused(param_position(&rule.ast, name), name, message));
        }
    }
    let of_note = |note: Note| {
        let place = if note.position.is_none() {
            rule.place.clone()
        } else {
            place(&rule.place.file, note.position)
        };
        let problem = Problem::at(place, note.message).width(note.width);
        Lint {
            certain: note.certain,
            problem: match note.help {
                Some(help) => problem.help(help),
                None => problem,
            },
        }
    };
    notes.into_iter().map(of_note).collect()
}
