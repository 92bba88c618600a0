//! One rule on one connector becomes one result.
//!
//! The order of judging is what keeps the promise: a panic is an error, a
//! limit reached is an error, a fault or rhai's own error is an error,
//! anything but a verdict is an error; only then the verdict counts.

use std::{
    any::Any,
    borrow::Cow,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use jiff::Timestamp;
use rhai::{Caches, CallFnOptions, Dynamic, Engine, EvalAltResult, EvalContext, Position, Scope};

use super::{
    circuit_breaker::{self, Patience},
    compile::{Kit, Rule},
    memo::Recall,
    settings::Effective,
};
use crate::{
    diff::Drift,
    facts::PROVIDER_TYPE,
    matcher::Matcher,
    model::{Connector, Fact, Level, Outcome, Place, Shared, Unread, Value},
    policy::{
        language::{
            compare::type_name,
            context::Ctx,
            engine::{self, Limit, Traces},
            functions::Verdict,
            inputs::{Inputs, Known, Questions},
            runtime_errors::{calls, explain},
            values::TimeValue,
        },
        rule::RuleResult,
        subject::{Subject, SubjectState, TargetFacts},
    },
    recent::Recent,
};

/// Bytes of a verdict's message that are kept.
const MAX_MESSAGE: usize = 4 * 1024;

/// A result before it is joined to its rule.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    outcome: Outcome,
    message: Option<Arc<str>>,
    path: Option<Arc<str>>,
    position: Option<Position>,
}

impl Said {
    fn new(outcome: Outcome, message: impl Into<Arc<str>>) -> Self {
        Self {
            outcome,
            message: Some(message.into()),
            path: None,
            position: None,
        }
    }

    fn error(message: impl Into<Arc<str>>) -> Self {
        Self::new(Outcome::Error, message)
    }

    fn error_at(message: impl Into<Arc<str>>, position: Position) -> Self {
        Self {
            position: Some(position),
            ..Self::error(message)
        }
    }
}

/// What evaluates rules on one connector after the other.
pub(crate) struct Worker<'a> {
    engine: &'a Engine,
    patience: &'a Patience,
    /// Those that are on.
    rules: Vec<Own<'a>>,
    now: TimeValue,
    /// The last connector's target, shared by all threads, and a copy that this one alone counts.
    target: (Arc<TargetFacts>, Arc<TargetFacts>),
    none: Nothing,
    /// Lists of results that were made, to be shared by connectors that have the same.
    made: Recent<Shared<RuleResult>>,
}

/// A rule with what a worker of its own keeps of it from one connector to the next.
struct Own<'a> {
    /// Its place among all rules.
    index: usize,
    rule: &'a Rule,
    /// What rhai found out about the rule's calls, which is the same for every connector: a name
    /// and argument types to a function of the engine's or the rule's own. No value is kept.
    caches: Caches,
    recall: Recall,
}

/// What subjects share that have none of their own.
struct Nothing {
    labels: Arc<BTreeMap<String, String>>,
    expected: Arc<Connector>,
    drift: Arc<Vec<Drift>>,
}

impl<'a> Worker<'a> {
    /// Evaluates those of the kit's rules that are on, at the time `now`.
    pub(crate) fn new(kit: &'a Kit, patience: &'a Patience, now: Timestamp) -> Self {
        let on = kit
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.settings.is_on());
        let own = |(index, rule): (usize, &'a Rule)| Own {
            index,
            rule,
            caches: Caches::new(),
            recall: Recall::default(),
        };
        Self {
            engine: &kit.engine,
            patience,
            rules: on.map(own).collect(),
            now: TimeValue::new(now),
            target: Default::default(),
            none: Nothing {
                labels: Arc::default(),
                expected: Arc::default(),
                drift: Arc::default(),
            },
            made: Recent::default(),
        }
    }

    /// Evaluates all rules on one connector.
    pub(crate) fn subject(&mut self, subject: &Subject<'_>) -> Shared<RuleResult> {
        let inputs = match subject.state {
            SubjectState::Present(connector) => Some(self.inputs(subject, connector)),
            SubjectState::Missing | SubjectState::Unread(_) => None,
        };
        let (engine, patience) = (self.engine, self.patience);
        let one = |own: &mut Own<'_>| {
            let effective = own.rule.settings.for_subject(subject);
            let said = unjudged(own.rule, &effective, subject)
                .or_else(|| {
                    // Parameters that a `match` set for this connector are not among what the rule asks.
                    let may_recall = matches!(effective, Cow::Borrowed(_));
                    let inputs = inputs.as_ref()?;
                    Some(own.judge(engine, patience, inputs, &effective, may_recall))
                })
                .unwrap_or_else(|| Said::error("there are no facts to judge"));
            RuleResult {
                rule: own.rule.meta.id.clone(),
                outcome: said.outcome,
                severity: effective.severity,
                level: effective.level,
                message: said.message,
                path: said.path,
                rule_location: said
                    .position
                    .map(|position| Box::new(place(own.rule, position))),
            }
        };
        let results: Vec<_> = self.rules.iter_mut().map(one).collect();
        if let Some(made) = self.made.find(|made| ***made == results) {
            return made.clone();
        }
        let results = Shared::from(results);
        self.made.keep(results.clone());
        results
    }

    /// What the rules on one connector share.
    fn inputs(&mut self, subject: &Subject<'_>, observed: &Arc<Connector>) -> Arc<Inputs> {
        if !Arc::ptr_eq(&self.target.0, subject.target) {
            let own = TargetFacts::clone(subject.target);
            self.target = (subject.target.clone(), Arc::new(own));
        }
        let none = &self.none;
        Arc::new(Inputs::new(Known {
            now: self.now.clone(),
            target: self.target.1.clone(),
            labels: if subject.labels.is_empty() {
                none.labels.clone()
            } else {
                Arc::new(subject.labels.clone())
            },
            expected: if subject.expected.is_empty() {
                none.expected.clone()
            } else {
                Arc::new(expected(subject))
            },
            observed: observed.clone(),
            tags_read: subject.tags_read,
            drift: if subject.drift.is_empty() {
                none.drift.clone()
            } else {
                Arc::new(subject.drift.to_vec())
            },
        }))
    }

    /// What the rules asked of the last connectors for their verdicts.
    pub(crate) fn asked(&self) -> Questions {
        let asked = self.rules.iter().map(|own| own.recall.asked());
        asked.fold(Questions::NONE, Questions::union)
    }
}

impl Own<'_> {
    /// What the rule says of a connector that was read.
    fn judge(
        &mut self,
        engine: &Engine,
        patience: &Patience,
        inputs: &Arc<Inputs>,
        effective: &Effective,
        may_recall: bool,
    ) -> Said {
        if may_recall && let Some(said) = self.recall.find(inputs) {
            return said.clone();
        }
        let mut asked = Questions::NONE;
        let providers = self.rule.meta.providers.as_ref();
        let said = providers.and_then(|it| other_provider(it, inputs.provider(&mut asked)));
        let said = said.unwrap_or_else(|| {
            if patience.is_lost(self.index) {
                return Said::error(circuit_breaker::message());
            }
            let ctx = Ctx {
                inputs: inputs.clone(),
                params: effective.params.clone(),
                needs_tags: self.rule.meta.needs_tags,
            };
            let (said, traces) = run(engine, self.rule, &mut self.caches, &ctx);
            if traces.tripped == Some(Limit::Time) {
                patience.lose(self.index);
            }
            asked = asked.union(traces.asked);
            said
        });
        if may_recall && said.outcome != Outcome::Error {
            self.recall.keep(asked, inputs, &said);
        }
        said
    }
}

/// A position in a rule as a place for people.
fn place(rule: &Rule, position: Position) -> Place {
    let file = rule.place.file.clone();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    match (position.line(), position.position()) {
        (Some(line), column) => Place::new(file, number(line), number(column.unwrap_or(1))),
        (None, _) => Place::start_of(file),
    }
}

/// What the inventory expects exactly, as a connector.
fn expected(subject: &Subject<'_>) -> Connector {
    let mut expected = Connector::default();
    let mut tags = BTreeMap::new();
    for expectation in subject.expected {
        let value = match &expectation.matcher {
            Matcher::Exact(text) => Value::Text(text.clone()),
            Matcher::Set(set) => Value::Set(set.iter().cloned().collect()),
            _ => continue,
        };
        match (&expectation.key, value) {
            (Some(key), Value::Text(text)) => {
                tags.insert(key.clone(), text);
            }
            (Some(_), _) => {}
            (None, value) => expected.set(expectation.fact, Some(value)),
        }
    }
    if !tags.is_empty() {
        expected.set(Fact::Tags, Some(Value::Tags(tags)));
    }
    expected
}

/// Whether `rule` is evaluated on `subject` at all.
pub(crate) fn is_run(rule: &Rule, subject: &Subject<'_>) -> bool {
    let is_other = match (subject.state, &rule.meta.providers) {
        (SubjectState::Present(connector), Some(providers)) => {
            other_provider(providers, connector.text(Fact::ProviderType)).is_some()
        }
        _ => false,
    };
    !is_other && unjudged(rule, &rule.settings.for_subject(subject), subject).is_none()
}

/// What is said of a connector for which the rule is off, or that was not read.
fn unjudged(rule: &Rule, effective: &Effective, subject: &Subject<'_>) -> Option<Said> {
    if effective.level == Level::Off {
        let place = effective
            .level_place
            .as_ref()
            .map_or_else(String::new, |place| format!(" ({place})"));
        let off = Said::new(
            Outcome::NotApplicable,
            format!("switched off for this connector{place}"),
        );
        let (target, labels) = (&subject.target.name, subject.labels);
        let is_known = matches!(subject.state, SubjectState::Present(connector) if connector.text(Fact::ProviderType).is_some());
        if is_known || !rule.settings.may_be_on(target, labels) {
            return Some(off);
        }
        // A `match` by provider may switch it on: nobody knows.
        return Some(match subject.state {
            SubjectState::Present(_) => Said::error(
                "whether the rule is on for this connector can't be said: `provider.type` is absent",
            ),
            SubjectState::Unread(unread) => unavailable(unread),
            SubjectState::Missing => skipped(),
        });
    }
    match subject.state {
        SubjectState::Present(_) => None,
        SubjectState::Unread(unread) => Some(unavailable(unread)),
        SubjectState::Missing => Some(skipped()),
    }
}

fn unavailable(unread: &Unread) -> Said {
    Said::error(format!("facts_unavailable: {unread}"))
}

fn skipped() -> Said {
    Said::new(Outcome::Skipped, "there is no connector to judge")
}

/// For a rule that is for some providers only: why it isn't for this connector, or why that can't be said.
fn other_provider(providers: &[String], provider: Option<&str>) -> Option<Said> {
    match provider {
        Some(provider) if providers.iter().any(|p| p == provider) => None,
        Some(provider) if PROVIDER_TYPE.knows(provider) => {
            let message = format!(
                "the rule is for {}, not for {provider}",
                providers.join(", ")
            );
            Some(Said::new(Outcome::NotApplicable, message))
        }
        Some(provider) => Some(Said::error(format!(
            "whether the rule is for this connector can't be said: `provider.type` is `{provider}`, which hubdrift doesn't know"
        ))),
        None => Some(Said::error(
            "whether the rule is for this connector can't be said: `provider.type` is absent",
        )),
    }
}

/// Runs the rule: what it says, and what its evaluation left behind.
fn run(engine: &Engine, rule: &Rule, caches: &mut Caches, ctx: &Ctx) -> (Said, Traces) {
    let (result, traces) = attempt(engine, rule, caches, ctx.clone());
    // A machine under load may have stopped this thread, not the rule: it gets one more try.
    let (result, traces) = match traces.tripped {
        Some(Limit::Time) => attempt(engine, rule, caches, ctx.clone()),
        _ => (result, traces),
    };
    let said = match result {
        Err(panic) => Said::error_at(
            format!("the engine panicked: {}", panic_text(&*panic)),
            Position::NONE,
        ),
        Ok(result) => judge(rule, result, &traces),
    };
    (said, traces)
}

/// What `check` returned, or the panic that it ended in.
type Attempt = std::thread::Result<Result<Dynamic, Box<EvalAltResult>>>;

fn attempt(engine: &Engine, rule: &Rule, caches: &mut Caches, ctx: Ctx) -> (Attempt, Traces) {
    engine::begin(ctx.inputs.now().at, rule.literal);
    let result = catch_unwind(AssertUnwindSafe(|| call(engine, rule, caches, ctx)));
    // An evaluation that did not come to its end may have left them half written, or a layer too many.
    if !matches!(result, Ok(Ok(_))) {
        *caches = Caches::new();
    }
    (result, engine::end())
}

/// Calls `check` in a state of its own.
fn call(
    engine: &Engine,
    rule: &Rule,
    caches: &mut Caches,
    ctx: Ctx,
) -> Result<Dynamic, Box<EvalAltResult>> {
    if rule.has_constants {
        let options = CallFnOptions::new().eval_ast(true);
        let scope = &mut Scope::new();
        return engine.call_fn_with_options(options, scope, &rule.ast, "check", (ctx,));
    }
    let mut global = engine.new_global_runtime_state();
    global.lib.push(rule.ast.shared_lib().clone());
    EvalContext::new(engine, &mut global, caches, &mut Scope::new(), None)
        .call_fn("check", (ctx,))
        .map_err(|error| match *error {
            // The call of `check` itself is ours, and no part of what the rule did.
            EvalAltResult::ErrorInFunctionCall(name, _, inner, _) if name == "check" => inner,
            error => error.into(),
        })
}

fn judge(rule: &Rule, result: Result<Dynamic, Box<EvalAltResult>>, traces: &Traces) -> Said {
    let (error, failed_at) = match &result {
        Ok(_) => (None, Position::NONE),
        Err(error) => {
            let (message, position) = explain(error, &rule.ast);
            (Some(message), position)
        }
    };
    let led_there = result
        .as_ref()
        .map_or_else(|error| calls(error), |_| String::new());
    if let Some(limit) = traces.tripped {
        return Said::error_at(format!("the rule was stopped: {limit}"), failed_at);
    }
    if let Some((message, position)) = &traces.fault {
        let position = if position.is_none() {
            failed_at
        } else {
            *position
        };
        return Said::error_at(format!("{message}{led_there}"), position);
    }
    let value = match (result, error) {
        (Ok(value), None) => value,
        (_, error) => return Said::error_at(error.unwrap_or_default() + &*led_there, failed_at),
    };
    let Some(verdict) = value.read_lock::<Verdict>().map(|verdict| verdict.clone()) else {
        let got = type_name(&value);
        return Said::error(format!(
            "`check` returned {got}: it must return pass(), fail(…), fail_at(…) or not_applicable(…)"
        ));
    };
    // Without `return` a verdict is thrown away, and what stands below it passes.
    if let (Some(position), Verdict::Pass | Verdict::NotApplicable(_)) = (traces.said_no, &verdict)
    {
        return Said::error_at(
            "the rule called `fail` and did not return what it gave: write `return fail(…)`",
            position,
        );
    }
    // Text knows no members: what was compared as text may have passed by exclusion.
    if let Some(told) = &traces.told {
        let exclusion = match verdict {
            Verdict::Fail { .. } => false,
            Verdict::NotApplicable(_) => !told.known,
            Verdict::Pass => true,
        };
        if exclusion {
            let text = &told.text;
            return Said::error(format!(
                "the rule turned the enum value `{text}` into text and did not fail: compare the value itself"
            ));
        }
    }
    match verdict {
        Verdict::Pass => Said {
            outcome: Outcome::Pass,
            message: None,
            path: None,
            position: None,
        },
        Verdict::Fail { message, path } => Said {
            path: path.map(|path| path.as_str().into()),
            ..Said::new(Outcome::Fail, cut(&message))
        },
        Verdict::NotApplicable(reason) => Said::new(Outcome::NotApplicable, cut(&reason)),
    }
}

/// A verdict's text, cut where it is longer than a person reads: it is kept for each connector.
fn cut(text: &str) -> Arc<str> {
    if text.len() <= MAX_MESSAGE {
        return text.into();
    }
    let kept = &text[..text.floor_char_boundary(MAX_MESSAGE)];
    format!("{kept}… ({} bytes more)", text.len() - kept.len()).into()
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
