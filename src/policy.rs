//! Rules become outcomes: sources are compiled, once for each thread that needs them, then evaluated
//! on every connector in parallel.
//!
//! The only place that names rhai; nothing of it shows in what is public here.
//!
//! # How the author of a rule sees it
//! A rule is one file with `const META`, read without running anything, and
//! `fn check(ctx)`, which returns `pass()`, `fail(message)`,
//! `fail_at(path, message)` or `not_applicable(reason)`. Whatever else happens
//! is the outcome `error`: nothing returned, a bool, something thrown, a limit
//! reached, a path that is no fact, a misspelt field.
//!
//! `ctx` has `now`, `target`, `labels`, `params`, `expected`, `observed` and
//! `drift`. A fact is a text, a time, a set of texts, a list of issues, an
//! enum, or absent:
//!
//! - **Absent** is a value that only `present(x)` and `is_absent(x)` take. `present` is
//!   false of an empty text or list too, and of one with nothing but blanks in it. Comparing
//!   what is absent, looking for it, or putting it into a text is an error, not `false`.
//! - **An enum** is compared with the names of its members. A name that is no
//!   member is an error, and so is any comparison of an observed value that
//!   hubdrift doesn't know. It becomes text in `${…}`, for messages: a rule
//!   that did so and doesn't fail is an error too.
//! - Different types don't compare: that is an error, a text beside a number too.
//! - A verdict has to be returned: after a `fail(…)` that isn't, nothing else but a failure counts.
//!
//! # Functions
//! Each refuses, with an error, what is of another type, what is absent (but for the first two)
//! and an enum's value that hubdrift doesn't know (but for the first three).
//!
//! | function | is |
//! |---|---|
//! | `present(x)` | whether a fact, label, tag or parameter is there and has more in it than blanks |
//! | `is_absent(x)` | whether it is not there at all; an empty list is there |
//! | `is_known(enum)` | whether the value is a member that hubdrift knows |
//! | `one_of(x, [..])` | whether `x` equals one of them; each is compared, so a misspelt member is an error even behind the right one |
//! | `matches(text, regex)` | whether the regular expression is found in the text; anchor it with `^` and `$` |
//! | `glob(text, pattern)` | whether the whole text has the form of the pattern: `*` is any characters or none, `?` exactly one, capitals count; also `glob(text, [..])`, one of several |
//! | `hours_since(time)`, `days_since(time)` | how much time has gone by until `ctx.now`, with fractions; negative for a time to come |
//! | `arn(text)` | an ARN's `partition`, `service`, `region`, `account` and `resource`; a part that is empty is absent |
//!
//! Lists have `len`, `is_empty`, `contains`, `filter`, `map`, `some`, `all`, `find` and `join`;
//! labels, tags and maps `len`, `is_empty`, `contains`, `keys` and `values`; rhai's functions on
//! texts and numbers are there. Loops are `for … in …`. `throw "why"` ends the rule as an error,
//! which is right where its parameters make no sense.
//!
//! # How it is held
//! Rules are compiled, evaluated and dropped on threads of their own, because
//! only a large stack survives what a rule may nest. A panic in the engine is
//! caught and is an `error`; the process's panic hook is left alone, as it is
//! the binary's to set. The threads' names begin with [`THREADS`], so that a
//! hook can tell them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    diff::Drift,
    inventory::{Expectation, RuleSetting},
    model::{Connector, Level, Outcome, Place, Severity, Shared, Unread},
    problem::Problem,
};

mod analysis;
mod builtin;
mod compare;
mod context;
mod describe;
mod evaluate;
mod explain;
mod functions;
mod glob;
mod inputs;
mod json;
mod keys;
mod kit;
mod lint;
mod lists;
mod meta;
mod nearest;
mod page;
mod patience;
mod recall;
mod regexes;
mod sandbox;
mod settings;
mod syntax;
mod template;
pub mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod values;
mod weight;

pub use builtin::{builtin, builtin_tests};
pub use describe::{facts_json, facts_text};
use evaluate::Worker;
use inputs::Questions;
use kit::Kit;
pub use lint::Lint;
pub use page::{about, example_setting, example_waiver, rule_index, rule_page};
use patience::Patience;
pub use template::{BadId, template};

/// How the names of the threads that rules run on begin.
pub const THREADS: &str = "hubdrift-rules";

/// The text of one rule.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path for messages; its stem is the rule's id. Built-in rules have `builtin:ID.rhai`.
    pub path: String,
    /// The Rhai source.
    pub text: String,
}

/// What a rule says of itself, its `META`.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// Its id: the file's stem.
    pub id: Arc<str>,
    /// One line.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// Its level where the inventory sets none. A rule that means nothing without a team's own
    /// settings is `off`, and a setting that would have no effect is refused.
    pub level: Level,
    /// What to do about a failure.
    pub remediation: String,
    /// Controls of standards, such as `NIST.800-53.r5 SC-12`.
    pub controls: Vec<String>,
    /// A page about it.
    pub help_uri: Option<String>,
    /// The provider types it is for; `None` for all.
    pub providers: Option<Vec<String>>,
    /// Its parameters with their defaults.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Whether a failure may be waived.
    pub waivable: bool,
    /// Whether it needs the connector's tags.
    pub needs_tags: bool,
}

/// A connector as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The target it is in.
    pub target: &'a Arc<TargetFacts>,
    /// The user's labels.
    pub labels: &'a BTreeMap<String, String>,
    /// What the inventory expects of it; empty when it is unmanaged.
    pub expected: &'a [Expectation],
    /// What was observed.
    pub state: SubjectState<'a>,
    /// How the two differ.
    pub drift: &'a [Drift],
    /// Whether the tags were asked for.
    pub tags_read: bool,
}

/// What there is to judge.
#[derive(Debug, Clone, Copy)]
pub enum SubjectState<'a> {
    /// The connector; shared, because rules may keep it while they run.
    Present(&'a Arc<Connector>),
    /// There is none: rules are skipped.
    Missing,
    /// It could not be read: rules are errors.
    Unread(&'a Unread),
}

/// A target as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetFacts {
    /// Its name in the inventory.
    pub name: String,
    /// The account, when it is known.
    pub account: Option<String>,
    /// The region, when it is known.
    pub region: Option<String>,
}

/// What one rule said of one connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What it said.
    pub outcome: Outcome,
    /// The severity in force for this connector.
    pub severity: Severity,
    /// The level in force for this connector.
    pub level: Level,
    /// Why; every outcome but `pass` has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Arc<str>>,
    /// The fact that the rule points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Arc<str>>,
    /// Where in the rule it happened, for errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_location: Option<Box<Place>>,
}

/// A rule, compiled and set.
#[derive(Debug)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// Its level, but for connectors for which a `match` sets another.
    pub level: Level,
    /// Its severity, but for connectors for which a `match` sets another.
    pub severity: Severity,
    /// Its parameters in force, but for connectors for which a `match` sets others.
    pub params: BTreeMap<String, serde_json::Value>,
    /// The path of its source.
    pub source: String,
    /// SHA-256 of its source, in hex.
    pub sha256: String,
    /// Where its `META` is.
    pub place: Place,
    settings: settings::Settings,
    ast: rhai::AST,
    has_constants: bool,
    literal: usize,
}

/// All rules of a run, ready to be evaluated.
#[derive(Debug)]
pub struct Policy {
    kit: Kit,
    /// One for each thread but the first, made when it is needed.
    more: Vec<OnceLock<Option<Kit>>>,
    sources: Vec<Source>,
    settings: Vec<RuleSetting>,
    pool: rayon::ThreadPool,
}

/// How many connectors are judged by one thread before others help.
const ALONE: usize = 64;

/// Compiles rules and lays their settings over them.
///
/// # Errors
/// All that is wrong with any of them, sorted by place.
pub fn compile(sources: Vec<Source>, settings: &[RuleSetting]) -> Result<Policy, Vec<Problem>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(sandbox::STACK)
        .thread_name(|index| format!("{THREADS}-{index}"))
        .build()
        .map_err(|error| {
            vec![Problem::without_place(format!(
                "the threads for rules can't be started: {error}"
            ))]
        })?;
    let kit = pool.install(|| Kit::new(&sources, settings))?;
    Ok(Policy {
        kit,
        more: (1..pool.current_num_threads())
            .map(|_| OnceLock::new())
            .collect(),
        sources,
        settings: settings.to_vec(),
        pool,
    })
}

impl Rule {
    /// Whether it is evaluated on any connector.
    pub fn is_on(&self) -> bool {
        self.settings.is_on()
    }
}

impl Policy {
    /// The rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.kit.rules
    }

    /// Whether a rule that is on needs the connectors' tags.
    pub fn needs_tags(&self) -> bool {
        self.rules()
            .iter()
            .any(|rule| rule.meta.needs_tags && rule.is_on())
    }

    /// Whether a rule is on for one of these connectors at least, each a target's name and labels.
    ///
    /// What a `match` asks of a connector's provider can't be known before it is read, and so it may hold.
    pub fn may_judge<'a>(
        &self,
        mut connectors: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)>,
    ) -> bool {
        let is_on = |target, labels| {
            self.rules()
                .iter()
                .any(|rule| rule.settings.may_be_on(target, labels))
        };
        connectors.any(|(target, labels)| is_on(target, labels))
    }

    /// Evaluates the rules on every connector: for each its results, by rule id. Connectors that are
    /// alike may share theirs.
    ///
    /// A rule that is off for all connectors gives no result. One that a
    /// `match` switches off for this connector, or doesn't switch on, gives
    /// `not_applicable`, so that its silence can be seen.
    pub fn evaluate(&self, subjects: &[Subject<'_>], now: Timestamp) -> Vec<Shared<RuleResult>> {
        self.pool.install(|| {
            let patience = Patience::new(self.rules());
            let worker = || {
                let kit = if subjects.len() > ALONE {
                    self.own_kit()
                } else {
                    &self.kit
                };
                Worker::new(kit, &patience, now)
            };
            let results = subjects
                .par_iter()
                // A worker learns the rules' calls anew, which should be worth it.
                .with_min_len(ALONE)
                .map_init(worker, Worker::subject);
            let mut results: Vec<_> = results.collect();
            patience.settle(self.rules(), subjects, &mut results);
            results
        })
    }

    /// The kit of the thread that asks. Threads that share one wait for each other: each call of a
    /// function counts its users up and down.
    fn own_kit(&self) -> &Kit {
        let index = rayon::current_thread_index().unwrap_or_default();
        let Some(own) = index.checked_sub(1).and_then(|at| self.more.get(at)) else {
            return &self.kit;
        };
        // What was compiled once compiles again.
        own.get_or_init(|| Kit::new(&self.sources, &self.settings).ok())
            .as_ref()
            .unwrap_or(&self.kit)
    }

    /// What the rules that come to a verdict ask of a connector for it; for their tests.
    fn asked(&self, subject: &Subject<'_>, now: Timestamp) -> Questions {
        self.pool.install(|| {
            let patience = Patience::new(self.rules());
            let mut worker = Worker::new(&self.kit, &patience, now);
            worker.subject(subject);
            worker.asked()
        })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        // Rules are dropped where they were made: see the module's documentation.
        let rules = std::mem::take(&mut self.kit.rules);
        let more = std::mem::take(&mut self.more);
        self.pool.install(|| drop((rules, more)));
    }
}
