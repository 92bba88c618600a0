//! One rule on one connector becomes one result.
//!
//! The order of judging is what keeps the promise: a panic is an error, a
//! limit reached is an error, a fault or rhai's own error is an error,
//! anything but a verdict is an error; only then the verdict counts.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use jiff::Timestamp;
use rhai::{Caches, CallFnOptions, Dynamic, Engine, EvalAltResult, EvalContext, Position, Scope};

use super::{
    Rule, RuleResult, Subject, SubjectState,
    compare::type_name,
    context::{Ctx, Shared},
    functions::Verdict,
    sandbox::{self, Limit, Traces},
    settings::Effective,
    values::TimeValue,
};
use crate::{
    diff::Drift,
    facts::PROVIDER_TYPE,
    matcher::Matcher,
    model::{Connector, Fact, Level, Outcome, Place, Value},
};

/// A result before it is joined to its rule.
struct Said {
    outcome: Outcome,
    message: Option<String>,
    path: Option<String>,
    position: Option<Position>,
}

impl Said {
    fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            message: Some(message.into()),
            path: None,
            position: None,
        }
    }

    fn error(message: impl Into<String>) -> Self {
        Self::new(Outcome::Error, message)
    }

    fn error_at(message: impl Into<String>, position: Position) -> Self {
        Self {
            position: Some(position),
            ..Self::error(message)
        }
    }
}

/// What evaluates rules on one connector after the other.
///
/// It keeps what rhai found out about each rule's calls, which is the same for every connector: a
/// name and argument types to a function of the engine's or the rule's own. No value is kept.
pub(super) struct Worker<'a> {
    engine: &'a Engine,
    rules: Vec<(&'a Rule, Caches)>,
    now: TimeValue,
    none: Nothing,
}

/// What subjects share that have none of their own.
struct Nothing {
    labels: Arc<BTreeMap<String, String>>,
    expected: Arc<Connector>,
    drift: Arc<Vec<Drift>>,
}

impl<'a> Worker<'a> {
    /// Evaluates those of `rules` that are on, at the time `now`.
    pub(super) fn new(engine: &'a Engine, rules: &'a [Rule], now: Timestamp) -> Self {
        let on = rules.iter().filter(|rule| rule.settings.is_on());
        Self {
            engine,
            rules: on.map(|rule| (rule, Caches::new())).collect(),
            now: TimeValue::new(now),
            none: Nothing {
                labels: Arc::default(),
                expected: Arc::default(),
                drift: Arc::default(),
            },
        }
    }

    /// Evaluates all rules on one connector.
    pub(super) fn subject(&mut self, subject: &Subject<'_>) -> Vec<RuleResult> {
        let shared = match subject.state {
            SubjectState::Present(connector) => {
                Some(share(subject, connector, &self.now, &self.none))
            }
            SubjectState::Missing | SubjectState::Unread(_) => None,
        };
        let engine = self.engine;
        let one = |(rule, caches): &mut (&Rule, Caches)| {
            let effective = rule.settings.for_subject(subject);
            let evaluation = Evaluation {
                engine,
                rule,
                caches,
            };
            let said = evaluation.one(&effective, subject, shared.as_ref());
            let place = |position: Position| match (position.line(), position.position()) {
                (Some(line), column) => {
                    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
                    Place::new(
                        rule.place.file.clone(),
                        number(line),
                        number(column.unwrap_or(1)),
                    )
                }
                (None, _) => Place::start_of(rule.place.file.clone()),
            };
            RuleResult {
                rule: rule.meta.id.clone(),
                outcome: said.outcome,
                severity: effective.severity,
                level: effective.level,
                message: said.message,
                path: said.path,
                rule_location: said.position.map(place),
            }
        };
        self.rules.iter_mut().map(one).collect()
    }
}

/// What the rules on one connector share.
fn share(
    subject: &Subject<'_>,
    observed: &Arc<Connector>,
    now: &TimeValue,
    none: &Nothing,
) -> Arc<Shared> {
    Arc::new(Shared {
        now: now.clone(),
        target: Arc::clone(subject.target),
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
        drift: if subject.drift.is_empty() {
            none.drift.clone()
        } else {
            Arc::new(subject.drift.to_vec())
        },
    })
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

/// One rule on one connector.
struct Evaluation<'a> {
    engine: &'a Engine,
    rule: &'a Rule,
    caches: &'a mut Caches,
}

impl Evaluation<'_> {
    fn one(
        mut self,
        effective: &Effective,
        subject: &Subject<'_>,
        shared: Option<&Arc<Shared>>,
    ) -> Said {
        let rule = self.rule;
        if effective.level == Level::Off {
            let place = effective
                .level_place
                .as_ref()
                .map_or_else(String::new, |place| format!(" ({place})"));
            return Said::new(
                Outcome::NotApplicable,
                format!("switched off for this connector{place}"),
            );
        }
        let (shared, connector) = match (subject.state, shared) {
            (SubjectState::Present(connector), Some(shared)) => (shared, connector),
            (SubjectState::Unread(unread), _) => {
                return Said::error(format!("facts_unavailable: {unread}"));
            }
            _ => return Said::new(Outcome::Skipped, "there is no connector to judge"),
        };
        if let Some(said) = other_provider(rule, connector) {
            return said;
        }
        let no_tags = if !rule.meta.needs_tags {
            Some("tags were not asked for: add `needs: [\"tags\"]` to META")
        } else if !subject.tags_read || connector.tags().is_none() {
            Some("the connector's tags were not read, though META has `needs: [\"tags\"]`")
        } else {
            None
        };
        let ctx = Ctx {
            shared: shared.clone(),
            params: effective.params.clone(),
            no_tags,
        };
        self.run(&ctx)
    }

    fn run(&mut self, ctx: &Ctx) -> Said {
        let (result, traces) = self.attempt(ctx.clone());
        // A machine under load may have stopped this thread, not the rule: it gets one more try.
        let (result, traces) = match traces.tripped {
            Some(Limit::Time) => self.attempt(ctx.clone()),
            _ => (result, traces),
        };
        match result {
            Err(panic) => Said::error_at(
                format!("the engine panicked: {}", panic_text(&*panic)),
                Position::NONE,
            ),
            Ok(result) => judge(result, traces),
        }
    }

    fn attempt(&mut self, ctx: Ctx) -> (Attempt, Traces) {
        sandbox::begin(ctx.shared.now.at);
        let result = catch_unwind(AssertUnwindSafe(|| self.call(ctx)));
        if result.is_err() {
            // It may be half written.
            *self.caches = Caches::new();
        }
        (result, sandbox::end())
    }

    /// Calls `check` in a state of its own.
    fn call(&mut self, ctx: Ctx) -> Result<Dynamic, Box<EvalAltResult>> {
        let ast = &self.rule.ast;
        if self.rule.has_constants {
            let options = CallFnOptions::new().eval_ast(true);
            return self.engine.call_fn_with_options(
                options,
                &mut Scope::new(),
                ast,
                "check",
                (ctx,),
            );
        }
        let mut global = self.engine.new_global_runtime_state();
        global.lib.push(ast.shared_lib().clone());
        let mut scope = Scope::new();
        EvalContext::new(self.engine, &mut global, self.caches, &mut scope, None)
            .call_fn("check", (ctx,))
    }
}

/// For a rule that is for some providers only: why it isn't for this connector, or why that can't be said.
fn other_provider(rule: &Rule, connector: &Connector) -> Option<Said> {
    let providers = rule.meta.providers.as_ref()?;
    match connector.text(Fact::ProviderType) {
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

/// What `check` returned, or the panic that it ended in.
type Attempt = std::thread::Result<Result<Dynamic, Box<EvalAltResult>>>;

fn judge(result: Result<Dynamic, Box<EvalAltResult>>, traces: Traces) -> Said {
    let failed_at = result
        .as_ref()
        .err()
        .map(|error| error.unwrap_inner().position());
    if let Some(limit) = traces.tripped {
        return Said::error_at(
            format!("the rule was stopped: {limit}"),
            failed_at.unwrap_or(Position::NONE),
        );
    }
    if let Some((message, position)) = traces.fault {
        let position = if position.is_none() {
            failed_at.unwrap_or(Position::NONE)
        } else {
            position
        };
        return Said::error_at(message, position);
    }
    let value = match result {
        Ok(value) => value,
        Err(error) => {
            return Said::error_at(error_text(*error), failed_at.unwrap_or(Position::NONE));
        }
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
    if let Some(told) = traces.told {
        let exclusion = match verdict {
            Verdict::Fail { .. } => false,
            Verdict::NotApplicable(_) => !told.known,
            Verdict::Pass => true,
        };
        if exclusion {
            let text = told.text;
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
            path: path.map(|path| path.to_string()),
            ..Said::new(Outcome::Fail, message.as_str())
        },
        Verdict::NotApplicable(reason) => Said::new(Outcome::NotApplicable, reason.as_str()),
    }
}

/// rhai's own error, without the position that is shown beside it.
fn error_text(mut error: EvalAltResult) -> String {
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
    | EvalAltResult::ErrorInModule(_, inner, _) = error
    {
        error = *inner;
    }
    error.set_position(Position::NONE);
    match error {
        EvalAltResult::ErrorRuntime(thrown, _) if thrown.is_string() => {
            format!("the rule threw: {thrown}")
        }
        EvalAltResult::ErrorRuntime(..) => "the rule threw an error".to_owned(),
        other => other.to_string(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
