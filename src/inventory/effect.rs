//! Refuses settings of targets that have no effect: whoever wrote them believes that they have one.
//!
//! Only whether a key is written matters here, not whether its value is valid.

use super::raw::RawTarget;
use crate::{
    problem::Problem,
    text::excerpt,
    yaml::{Block as _, Node, Validator, Yaml},
};

/// A file's `target_defaults`, and which of their keys a target uses.
pub(super) struct Defaults<'d, 'a> {
    node: Node<'a>,
    raw: Option<&'d RawTarget<'a>>,
    /// Whether all of the file's targets could be read. If not, which keys are used is unknown.
    is_known: bool,
    used: Vec<&'static str>,
}

impl<'d, 'a> Defaults<'d, 'a> {
    /// The defaults at `node`, of which no key is used yet.
    pub fn new(node: Node<'a>, raw: Option<&'d RawTarget<'a>>) -> Self {
        Self {
            node,
            raw,
            is_known: true,
            used: Vec::new(),
        }
    }

    /// Notes a target that could not be read, so that it may use any key.
    pub fn add_unknown(&mut self) {
        self.is_known = false;
    }

    /// Notes which keys a target uses. `own` are its own settings; `None` for the implied target.
    pub fn add(&mut self, own: Option<&RawTarget<'a>>) {
        let lacks =
            |key: fn(&RawTarget<'a>) -> Node<'a>| own.is_none_or(|own| key(own).is_absent());
        let lacks_role = lacks(|it| it.role_arn) && lacks(|it| it.role_name);
        let (has_role, ignores) = (self.has_role(own), self.ignores(own).is_some());
        let uses = [
            ("account", lacks(|it| it.account)),
            ("region", lacks(|it| it.region)),
            ("role_arn", lacks_role),
            ("role_name", lacks_role),
            ("profile", lacks(|it| it.profile)),
            ("external_id", has_role && lacks(|it| it.external_id)),
            ("session_name", has_role && lacks(|it| it.session_name)),
            ("unmanaged", lacks(|it| it.unmanaged)),
            (
                "unmanaged_except",
                !ignores && lacks(|it| it.unmanaged_except),
            ),
            ("hub", lacks(|it| it.hub)),
        ];
        let uses = uses.into_iter().filter(|(_, is_used)| *is_used);
        self.used.extend(uses.map(|(key, _)| key));
        self.used.sort_unstable();
        self.used.dedup();
    }

    /// Refuses a target's own settings that have no effect.
    pub fn refuse_own(&self, check: &mut Validator, name: &str, own: &RawTarget<'a>) {
        let target = format!("the target `{}`", excerpt(name));
        if !self.has_role(Some(own)) {
            for (key, node) in [
                ("external_id", own.external_id),
                ("session_name", own.session_name),
            ] {
                if !node.is_absent() {
                    check.add(no_role(&node, &target, key));
                }
            }
        }
        let except = own.unmanaged_except;
        if except.is_absent() {
            return;
        }
        if let Some(ignore) = self.ignores(Some(own)) {
            check.add(nothing_to_except(&except, &target, &ignore));
        }
        // An empty list overrides a default one.
        let default = self.raw.map(|raw| raw.unmanaged_except);
        if default.is_none_or(|default| default.items().len() == 0) {
            check.refuse_empty(&except, "unmanaged_except");
        }
    }

    /// Refuses defaults that no target uses. `has_targets`: this file defines some. `is_implied`: no file
    /// does, and these are the defaults of the implied target.
    pub fn refuse_unused(&self, check: &mut Validator, has_targets: bool, is_implied: bool) {
        if !has_targets && !is_implied {
            if !self.node.is_absent() {
                let message =
                    "this file has no `targets`, so these `target_defaults` have no effect";
                check.add(self.node.at_key().problem(message).help(
                    "the defaults of a file are for its own targets: write them where those are",
                ));
            }
            return;
        }
        check.refuse_empty(&self.node, "target_defaults");
        if let Some(raw) = self.raw {
            check.refuse_empty(&raw.unmanaged_except, "unmanaged_except");
        }
        if !self.is_known || self.raw.is_none() {
            return;
        }
        for (key, node) in self.node.entries() {
            if !RawTarget::KEYS.contains(&key) || self.used.contains(&key) {
                continue;
            }
            let problem = match (key, self.ignores(None)) {
                ("external_id" | "session_name", _) if is_implied => {
                    no_role(&node, "the target", key)
                }
                ("unmanaged_except", Some(ignore)) if is_implied => {
                    nothing_to_except(&node, "the target", &ignore)
                }
                _ => {
                    let why = match key {
                        "external_id" | "session_name" => "each has its own, or assumes no role",
                        "unmanaged_except" => {
                            "each has its own, or ignores every unmanaged connector"
                        }
                        "role_arn" | "role_name" => "each has a role of its own",
                        _ => "each has its own",
                    };
                    let message = format!("no target of this file takes this `{key}`: {why}");
                    node.at_key().problem(message).help("take it away")
                }
            };
            check.add(problem);
        }
    }

    /// Whether a target assumes a role.
    fn has_role(&self, own: Option<&RawTarget<'a>>) -> bool {
        let mut blocks = own.into_iter().chain(self.raw);
        blocks.any(|it| !it.role_arn.is_absent() || !it.role_name.is_absent())
    }

    /// The `unmanaged: ignore` that a target has, its own or the default.
    fn ignores(&self, own: Option<&RawTarget<'a>>) -> Option<Node<'a>> {
        let mut blocks = own.into_iter().chain(self.raw);
        let written = blocks.find(|it| !it.unmanaged.is_absent())?.unmanaged;
        (written.value() == Yaml::Text("ignore")).then_some(written)
    }
}

fn no_role(node: &Node<'_>, target: &str, key: &str) -> Problem {
    let message = format!("{target} assumes no role, so `{key}` has no effect");
    let problem = node.at_key().problem(message);
    problem.help("add `role_arn` or `role_name`, or take it away")
}

fn nothing_to_except(node: &Node<'_>, target: &str, ignore: &Node<'_>) -> Problem {
    let message =
        format!("{target} ignores every unmanaged connector, so `unmanaged_except` has no effect");
    let problem = node.at_key().problem(message);
    problem
        .related(ignore.place(), "they are ignored here")
        .help("take it away, or write `unmanaged: fail` or `judge`")
}
