//! A plan becomes observations: the connectors of all targets are listed and read concurrently, within
//! limits.
//!
//! The only place that names the AWS SDK. What can't be read is a value here,
//! not an error: one connector or one account never stops the others.

mod access;
mod callers;
mod certificates;
mod classify;
mod clients;
mod credentials;
mod errors;
mod http;
mod identity;
mod instance;
mod interceptor;
mod limits;
mod prepare;
mod process;
mod rate_limiter;
mod reads;
mod refusal;
mod request;
mod settings;
mod sts;
mod target;
mod tasks;

use std::collections::BTreeMap;

use hubdrift::{
    model::{Observations, Unread, UnreadReason},
    plan::Plan,
};
use tokio::{sync::watch, task::JoinSet};

pub use access::{Access, AccessError};
pub use callers::{TargetCaller, identify_callers};
pub use limits::Limits;
pub use settings::Flags;

use crate::progress::Progress;
use prepare::{Prepared, prepare};

/// Reads what `plan` asks for, until all is read, the time is up, or `stop` turns true.
///
/// # Errors
/// When there are no credentials or no region to begin with. Everything later
/// is part of the observations.
pub async fn observe(
    plan: &Plan,
    access: &Access,
    limits: &Limits,
    stop: watch::Receiver<bool>,
    progress: Progress,
) -> Result<Observations, AccessError> {
    if plan.targets.is_empty() {
        return Ok(Observations::default());
    }
    let Prepared {
        clients,
        identities,
        gate,
    } = tokio::select! {
        prepared = prepare(plan, access, limits, &stop, &progress) => match prepared {
            Err(_) if *stop.borrow() => return Ok(interrupted(plan)),
            prepared => prepared?,
        },
        () = tasks::interrupted(stop.clone()) => return Ok(interrupted(plan)),
    };
    let mut tasks = JoinSet::new();
    let mut observed = BTreeMap::new();
    for (index, plan) in plan.targets.iter().enumerate() {
        let message = "reading the target failed inside hubdrift; please report it";
        let died = Unread::new(UnreadReason::ServiceError, message);
        observed.insert(index, target::unread(&plan.target, died));
        let (clients, identities, gate) = (clients.clone(), identities.clone(), gate.clone());
        let plan = plan.clone();
        tasks.spawn(async move {
            let observation = target::observe(plan, &clients, &identities, &gate);
            (index, observation.await)
        });
    }
    let targets = tasks::join_all(observed, tasks, |_| {}).await;
    progress.finish();
    Ok(Observations {
        targets: targets.into_values().collect(),
        overrides: match access {
            Access::Environment { .. } => clients.overrides(),
            Access::Fixed { .. } => Vec::new(),
        },
        requests: gate.counts.get(),
    })
}

/// Nothing was read: the run was interrupted first.
fn interrupted(plan: &Plan) -> Observations {
    let targets = plan
        .targets
        .iter()
        .map(|it| target::unread(&it.target, refusal::interrupted()));
    Observations {
        targets: targets.collect(),
        ..Observations::default()
    }
}
