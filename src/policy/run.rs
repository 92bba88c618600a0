//! Rules are run: compiled, once for each thread that needs them, then evaluated on every connector in parallel.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    language::{engine, question::Question},
    rule::{RuleResult, Source},
    subject::Subject,
};
use crate::{inventory::RuleSetting, model::Shared, problem::Problem};

mod applies;
mod call;
mod circuit_breaker;
pub(crate) mod compile;
mod evaluation;
mod memo;
pub(crate) mod meta;
mod meta_keys;
pub(crate) mod problems;
mod settings;
#[cfg(test)]
mod tests;
mod worker;

use circuit_breaker::CircuitBreaker;
use compile::Compiled;
pub use compile::Rule;
use worker::Worker;

/// How the names of the threads that rules run on begin.
pub const THREADS: &str = "hubdrift-rules";

/// All rules of a run, ready to be evaluated.
#[derive(Debug)]
pub struct Policy {
    compiled: Compiled,
    /// One for each thread but the first, made when it is needed.
    more: Vec<OnceLock<Option<Compiled>>>,
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
        .stack_size(engine::STACK)
        .thread_name(|index| format!("{THREADS}-{index}"))
        .build()
        .map_err(|error| {
            vec![Problem::without_place(format!(
                "the threads for rules can't be started: {error}"
            ))]
        })?;
    let compiled = pool.install(|| Compiled::new(&sources, settings))?;
    Ok(Policy {
        compiled,
        more: (1..pool.current_num_threads())
            .map(|_| OnceLock::new())
            .collect(),
        sources,
        settings: settings.to_vec(),
        pool,
    })
}

impl Policy {
    /// The rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.compiled.rules
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
            let breaker = CircuitBreaker::new(self.rules());
            let worker = || {
                let compiled = if subjects.len() > ALONE {
                    self.of_thread()
                } else {
                    &self.compiled
                };
                Worker::new(compiled, &breaker, now)
            };
            let results = subjects
                .par_iter()
                // A worker learns the rules' calls anew, which should be worth it.
                .with_min_len(ALONE)
                .map_init(worker, Worker::subject);
            let mut results: Vec<_> = results.collect();
            breaker.overrule(self.rules(), subjects, &mut results);
            results
        })
    }

    /// The rules of the thread that asks. Threads that share an engine wait for each other: each call of a
    /// function counts the references to it up and down.
    fn of_thread(&self) -> &Compiled {
        let index = rayon::current_thread_index().unwrap_or_default();
        let Some(own) = index.checked_sub(1).and_then(|at| self.more.get(at)) else {
            return &self.compiled;
        };
        // What was compiled once compiles again.
        own.get_or_init(|| Compiled::new(&self.sources, &self.settings).ok())
            .as_ref()
            .unwrap_or(&self.compiled)
    }

    /// Looks at the compiled rules on a thread with a stack that is large enough for what they nest.
    pub(crate) fn with_rules<T: Send>(
        &self,
        look: impl FnOnce(&rhai::Engine, &[Rule]) -> T + Send,
    ) -> T {
        self.pool
            .install(|| look(&self.compiled.engine, &self.compiled.rules))
    }

    /// What the rules that come to a verdict ask of a connector for it; for their tests.
    pub(crate) fn asked(&self, subject: &Subject<'_>, now: Timestamp) -> BTreeSet<Question> {
        self.pool.install(|| {
            let breaker = CircuitBreaker::new(self.rules());
            let mut worker = Worker::new(&self.compiled, &breaker, now);
            worker.subject(subject);
            worker.asked()
        })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        // Rules are dropped where they were made: see the module's documentation.
        let rules = std::mem::take(&mut self.compiled.rules);
        let more = std::mem::take(&mut self.more);
        self.pool.install(|| drop((rules, more)));
    }
}
