//! One call of a rule's `check` becomes one evaluation.

use std::{
    any::Any,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use rhai::{Caches, CallFnOptions, Dynamic, Engine, EvalAltResult, EvalContext, Position, Scope};

use super::{compile::Rule, evaluation::Evaluation};
use crate::{
    model::Outcome,
    policy::language::{
        compare::type_name,
        context::Ctx,
        functions::Verdict,
        meter::{self, Limit},
        question::Question,
        runtime_errors::{calls, message},
        trace::{self, Fault, Trace},
    },
};

/// Bytes of a verdict's message that are kept.
const MAX_MESSAGE: usize = 4 * 1024;

/// What came of one rule on one connector.
pub(crate) struct Called {
    pub evaluation: Evaluation,
    /// What the rule asked of the connector.
    pub asked: BTreeSet<Question>,
    /// Whether it took too long, twice.
    pub timed_out: bool,
}

/// Calls the rule's `check` and judges what it returned and did.
pub(crate) fn call(engine: &Engine, rule: &Rule, caches: &mut Caches, ctx: &Ctx) -> Called {
    let mut attempt = Attempt::new(engine, rule, caches, ctx.clone());
    // A machine under load may have stopped this thread, not the rule: it gets one more try.
    if attempt.limit == Some(Limit::Time) {
        attempt = Attempt::new(engine, rule, caches, ctx.clone());
    }
    let Attempt {
        returned,
        limit,
        trace,
    } = attempt;
    let evaluation = match returned {
        Err(panic) => Evaluation::error_at(
            format!("the engine panicked: {}", panic_text(&*panic)),
            Position::NONE,
        ),
        Ok(result) => judge(rule, result, limit, &trace),
    };
    Called {
        evaluation,
        asked: trace.asked,
        timed_out: limit == Some(Limit::Time),
    }
}

/// One call of `check`.
struct Attempt {
    /// What it returned, or the panic that it ended in.
    returned: std::thread::Result<Result<Dynamic, Fault>>,
    /// The limit that was reached.
    limit: Option<Limit>,
    trace: Trace,
}

impl Attempt {
    fn new(engine: &Engine, rule: &Rule, caches: &mut Caches, ctx: Ctx) -> Self {
        meter::start(rule.largest_literal);
        trace::start(ctx.inputs.now().at);
        let returned = catch_unwind(AssertUnwindSafe(|| check(engine, rule, caches, ctx)));
        // An evaluation that did not come to its end may have left them half written, or a layer too many.
        if !matches!(returned, Ok(Ok(_))) {
            *caches = Caches::new();
        }
        Self {
            returned,
            limit: meter::stop(),
            trace: trace::stop(),
        }
    }
}

/// Calls `check` in a state of its own.
fn check(engine: &Engine, rule: &Rule, caches: &mut Caches, ctx: Ctx) -> Result<Dynamic, Fault> {
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

/// The order is what keeps the promise: a limit that was reached is an error, a fault or rhai's own error is an
/// error, and so is anything but a verdict; only then the verdict counts.
fn judge(
    rule: &Rule,
    result: Result<Dynamic, Fault>,
    limit: Option<Limit>,
    trace: &Trace,
) -> Evaluation {
    let (failed_at, call_chain) = match &result {
        Ok(_) => (Position::NONE, String::new()),
        Err(error) => (error.unwrap_inner().position(), calls(error)),
    };
    if let Some(limit) = limit {
        return Evaluation::error_at(format!("the rule was stopped: {limit}"), failed_at);
    }
    if let Some((message, position)) = &trace.fault {
        let position = if position.is_none() {
            failed_at
        } else {
            *position
        };
        return Evaluation::error_at(format!("{message}{call_chain}"), position);
    }
    let value = match result {
        Ok(value) => value,
        Err(error) => {
            let message = message(&error, &rule.ast);
            return Evaluation::error_at(message + &*call_chain, failed_at);
        }
    };
    let Some(verdict) = value.read_lock::<Verdict>().map(|verdict| verdict.clone()) else {
        let got = type_name(&value);
        return Evaluation::error(format!(
            "`check` returned {got}: it must return pass(), fail(…), fail_at(…) or not_applicable(…)"
        ));
    };
    // Without `return` a verdict is thrown away, and what stands below it passes.
    if let (Some(position), Verdict::Pass | Verdict::NotApplicable(_)) =
        (trace.called_fail, &verdict)
    {
        return Evaluation::error_at(
            "the rule called `fail` and did not return what it gave: write `return fail(…)`",
            position,
        );
    }
    // Text knows no members: what was compared as text may have passed by exclusion.
    if let Some(shown) = &trace.enum_as_text {
        let exclusion = match verdict {
            Verdict::Fail { .. } => false,
            Verdict::NotApplicable(_) => !shown.known,
            Verdict::Pass => true,
        };
        if exclusion {
            let text = &shown.text;
            return Evaluation::error(format!(
                "the rule turned the enum value `{text}` into text and did not fail: compare the value itself"
            ));
        }
    }
    match verdict {
        Verdict::Pass => Evaluation {
            outcome: Outcome::Pass,
            message: None,
            path: None,
            position: None,
        },
        Verdict::Fail { message, path } => Evaluation {
            path: path.map(|path| path.as_str().into()),
            ..Evaluation::new(Outcome::Fail, cut(&message))
        },
        Verdict::NotApplicable(reason) => Evaluation::new(Outcome::NotApplicable, cut(&reason)),
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
