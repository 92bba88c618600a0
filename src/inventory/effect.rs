//! Settings of targets that have no effect where they stand: whoever wrote them believes that they do something.
//!
//! What is written counts here, not what came of it: a role that is malformed is a role.

use super::raw::RawTarget;
use crate::{
    problem::Problem,
    text::excerpt,
    yaml::{Block as _, Node, Validator, Yaml},
};

/// A file's `target_defaults`, and which of their keys a target took.
pub(super) struct Defaults<'d, 'a> {
    /// Where they stand, or would.
    node: Node<'a>,
    raw: Option<&'d RawTarget<'a>>,
    /// Whether the file's targets are known, and with them what they take.
    known: bool,
    taken: Vec<&'static str>,
}

impl<'d, 'a> Defaults<'d, 'a> {
    /// The defaults at `node`, of which nothing is taken yet.
    pub fn new(node: Node<'a>, raw: Option<&'d RawTarget<'a>>) -> Self {
        Self {
            node,
            raw,
            known: true,
            taken: Vec::new(),
        }
    }

    /// Notes that there is a target of which nothing is known.
    pub fn take_unknown(&mut self) {
        self.known = false;
    }

    /// Notes what a target takes of them. `own` is what it says itself; `None` for the implied one.
    pub fn take(&mut self, own: Option<&RawTarget<'a>>) {
        let lacks =
            |key: fn(&RawTarget<'a>) -> Node<'a>| own.is_none_or(|own| key(own).is_absent());
        let lacks_role = lacks(|it| it.role_arn) && lacks(|it| it.role_name);
        let (has_role, ignores) = (self.has_role(own), self.ignores(own).is_some());
        let takes = [
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
        let takes = takes.into_iter().filter(|(_, takes)| *takes);
        self.taken.extend(takes.map(|(key, _)| key));
        self.taken.sort_unstable();
        self.taken.dedup();
    }

    /// Refuses what a target says itself and what does nothing there.
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
        // An empty list takes the default one back.
        let default = self.raw.map(|raw| raw.unmanaged_except);
        if default.is_none_or(|default| default.items().len() == 0) {
            check.refuse_empty(&except, "unmanaged_except");
        }
    }

    /// Refuses what no target took. `implied` says that these are the defaults of the target that
    /// there is where no file has any; `alone` that the file has no target.
    pub fn refuse_untaken(&self, check: &mut Validator, alone: bool, implied: bool) {
        if alone && !implied {
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
        if !self.known || self.raw.is_none() {
            return;
        }
        for (key, node) in self.node.entries() {
            if !RawTarget::KEYS.contains(&key) || self.taken.contains(&key) {
                continue;
            }
            let problem = match (key, self.ignores(None)) {
                ("external_id" | "session_name", _) if implied => no_role(&node, "the target", key),
                ("unmanaged_except", Some(ignore)) if implied => {
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

    /// Where it is written that a target ignores what is unmanaged.
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
