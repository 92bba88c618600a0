//! The mistakes that the walk looks for: names that don't exist, and outcomes that are thrown away.

use rhai::{Expr, FnCallExpr, ImmutableString, Position};

use super::{
    state::{Note, Walk},
    types::Type,
};
use crate::policy::language::{functions::unknown_path, nearest::did_you_mean};

/// The functions whose value is an outcome.
const VERDICTS: &[&str] = &["pass", "fail", "fail_at", "not_applicable"];

impl Walk<'_> {
    /// An outcome that nobody gets.
    pub(crate) fn verdict(&mut self, call: &FnCallExpr, position: Position, used: bool) {
        if !used && VERDICTS.contains(&call.name.as_str()) {
            let name = &call.name;
            self.note(Note {
                certain: false,
                position,
                width: name.len(),
                message: format!("what `{name}` gives is thrown away here"),
                help: Some(format!("write `return {name}(…)`")),
            });
        }
    }

    /// A parameter, which META must have.
    pub(crate) fn param(&mut self, name: &str, position: Position) {
        if let Some(params) = &mut self.found.params {
            params.insert(name.to_owned());
        }
        if !self.meta.params.contains_key(name) {
            let near = did_you_mean(name, self.meta.params.keys().map(String::as_str));
            let message = format!("META has no parameter `{name}`{near}");
            let help = format!("add it to `params`, with its default: `{name}: …`");
            self.error(position, name.len(), message, help);
        }
    }

    /// A function must exist, and take as many arguments.
    pub(crate) fn exists(&mut self, call: &FnCallExpr, count: usize, position: Position) {
        let name = call.name.as_str();
        if call.is_operator_call() || name == "curry" {
            return;
        }
        let own = self.defined.named(name).map(|own| own.params.len());
        // A method's first argument is `this` in a function of the rule's own.
        let mut takes: Vec<usize> = own.flat_map(|takes| [takes, takes + 1]).collect();
        takes.extend(self.functions.arities(name).into_iter().flatten());
        takes.sort_unstable();
        takes.dedup();
        if takes.is_empty() {
            let own = self.defined.0.iter().map(|own| own.name.as_str());
            let near = did_you_mean(name, own.chain(self.functions.names()));
            let message = format!("there is no function `{name}`{near}");
            self.error(position, name.len(), message, None);
        } else if !takes.contains(&count) {
            let counts: Vec<_> = takes.iter().map(ToString::to_string).collect();
            let noun = if takes == [1] {
                "argument"
            } else {
                "arguments"
            };
            let message = format!("`{name}` takes {} {noun}, not {count}", counts.join(" or "));
            self.error(position, name.len(), message, None);
        }
    }

    /// What an enum is compared with must be one of its members.
    pub(crate) fn member(&mut self, is: Type, with: &Expr) {
        if let (Some(members), Expr::StringConstant(text, position)) = (is.members(), with)
            && !members.knows(text)
        {
            let near = did_you_mean(text, members.members.iter().copied());
            let message = format!("`{text}` is no {}{near}", members.name);
            let help = format!("one of: {}", members.members.join(", "));
            self.error(*position, text.len() + 2, message, help);
        }
    }

    pub(crate) fn members(&mut self, is: Type, list: &Expr) {
        if let Expr::Array(items, _) = list {
            for item in items {
                self.member(is, item);
            }
        }
    }

    /// A path that is written out must be a fact's or a tag's.
    pub(crate) fn path(&mut self, path: &ImmutableString, position: Position) {
        if let Some(message) = unknown_path(path) {
            self.error(position, path.len() + 2, message, None);
        }
    }
}
