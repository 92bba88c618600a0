//! Turns a request into what the emulator does with it: finds the service, authenticates the caller,
//! applies rate limits and faults, and gets the answer.
//!
//! Pure, except for what the state counts: faults, tokens and sessions.

use std::time::{Duration, Instant};

use hyper::http::request::Parts;
use jiff::Timestamp;

use super::authenticate::authenticate;
use super::authorization::Refusal;
use super::faults::{self, Call, Effect};
use super::operation::Operation;
use super::reply::{Answer, ApiError, Reply};
use super::state::State;
use super::sts::{self, Action};
use super::{assume, securityhub};

/// What is sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Response {
    Whole(Answer),
    /// Half of it.
    Truncated(Answer),
    Drop,
}

/// What the emulator does with a request.
pub struct Outcome {
    pub operation: Option<Operation>,
    /// Whether a rate limit, and no fault, refused it.
    pub throttled: bool,
    pub delay: Duration,
    pub response: Response,
}

/// When a request came, on two clocks: signatures and sessions expire by the wall clock, which clients
/// have too; token buckets fill by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub wall: Timestamp,
    pub monotonic: Instant,
}

/// What the emulator does with one request.
pub fn respond(state: &State, request: &Parts, body: &[u8], request_id: &str, now: Now) -> Outcome {
    if request.method == "POST" && request.uri.path() == "/" {
        respond_sts(state, request, body, request_id, now)
    } else {
        respond_securityhub(state, request, body, now)
    }
}

/// A refusal before faults and delays apply.
pub fn refuse(operation: Option<Operation>, answer: Answer) -> Outcome {
    Outcome {
        operation,
        throttled: false,
        delay: Duration::ZERO,
        response: Response::Whole(answer),
    }
}

fn throttle(operation: Operation, answer: Answer) -> Outcome {
    Outcome {
        throttled: true,
        ..refuse(Some(operation), answer)
    }
}

fn respond_securityhub(state: &State, request: &Parts, body: &[u8], now: Now) -> Outcome {
    let render = |error: &ApiError| securityhub::error(error);
    let (path, query) = (request.uri.path(), request.uri.query().unwrap_or(""));
    let asked = match securityhub::route(request.method.as_str(), path, query) {
        Ok(asked) => asked,
        Err(error) => return refuse(None, render(&error)),
    };
    let operation = asked.operation();
    let signed = authenticate(state, request, body, now.wall, |scope| {
        securityhub::check_scope(scope, state)
    });
    let (scope, caller) = match signed {
        Ok(signed) => signed,
        Err(refusal) => return refuse(Some(operation), render(&refusal.rest_json())),
    };
    let (account, region) = (caller.account.as_str(), scope.region.as_str());
    let served = state.target(account, region);
    let bucket = served.and_then(|it| it.bucket.as_ref());
    if bucket.is_some_and(|it| !it.take(now.monotonic)) {
        let error = ApiError::new(429, "ThrottlingException", "Rate exceeded");
        return throttle(operation, render(&error));
    }
    let call = Call {
        operation,
        account,
        region,
        connector_id: asked.connector_id(),
        page: asked.page(account, region),
        role_arn: None,
    };
    finish(state, &call, render, || {
        securityhub::answer(state, account, region, &asked)
    })
}

fn respond_sts(state: &State, request: &Parts, body: &[u8], request_id: &str, now: Now) -> Outcome {
    let render = |error: &ApiError| sts::error(error, request_id);
    let action = match sts::route(&String::from_utf8_lossy(body)) {
        Ok(action) => action,
        Err((operation, error)) => return refuse(operation, render(&error)),
    };
    let operation = action.operation();
    // A caller with a web identity token has no key yet to sign with.
    let signed = if operation == Operation::WebIdentity {
        None
    } else {
        match authenticate(state, request, body, now.wall, sts::check_scope) {
            Ok(signed) => Some(signed),
            Err(refusal) => return refuse(Some(operation), render(&refusal.query())),
        }
    };
    let role_arn = action.role_arn();
    let (account, region) = match &signed {
        Some((scope, caller)) => (caller.account.as_str(), scope.region.as_str()),
        None => (role_arn.and_then(account_of).unwrap_or(""), ""),
    };
    let bucket = state.sts_bucket(account);
    if bucket.is_some_and(|it| !it.take(now.monotonic)) {
        let error = ApiError::new(400, "Throttling", "Rate exceeded");
        return throttle(operation, render(&error));
    }
    let call = Call {
        operation,
        account,
        region,
        connector_id: None,
        page: None,
        role_arn,
    };
    finish(state, &call, render, || {
        let issued = match (&action, &signed) {
            (Action::Identity, Some((_, caller))) => {
                let arn = state.arn(caller, region);
                return sts::identity(caller, &arn, request_id).into();
            }
            (Action::AssumeRole(form), Some((_, caller))) => {
                let arn = state.arn(caller, region);
                assume::assume(state, caller, &arn, form, now.wall)
            }
            (Action::WebIdentity(form), _) => {
                assume::assume_with_web_identity(state, form, now.wall)
            }
            (_, None) => return render(&Refusal::Unsigned.query()).into(),
        };
        match issued {
            Ok(issued) => sts::assumed(operation, &issued, request_id).into(),
            Err(error) => error.into(),
        }
    })
}

/// The account in an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

/// The usual answer, or a fault instead.
fn finish(
    state: &State,
    call: &Call,
    render: impl Fn(&ApiError) -> Answer,
    usual: impl FnOnce() -> Reply,
) -> Outcome {
    let (delay, effect) = faults::apply(state.faults(), call);
    let reply = match effect {
        Some(Effect::Error(error)) => error.clone().into(),
        Some(Effect::Answer(answer)) => answer.clone().into(),
        Some(Effect::Drop) => Reply::Drop,
        Some(Effect::Truncate | Effect::Delay(_)) | None => usual(),
    };
    let answer = match reply {
        Reply::Answer(answer) => Some(answer),
        Reply::Error(error) => Some(render(&error)),
        Reply::Drop => None,
    };
    let response = match (answer, effect) {
        (Some(answer), Some(Effect::Truncate)) => Response::Truncated(answer),
        (Some(answer), _) => Response::Whole(answer),
        (None, _) => Response::Drop,
    };
    Outcome {
        operation: Some(call.operation),
        throttled: false,
        delay,
        response,
    }
}
