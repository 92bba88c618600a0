//! A plan becomes observations: targets are reached, listed and read, all at once within limits.
//!
//! The only place that names the AWS SDK. What can't be read is a value here,
//! not an error: one connector or one account never stops the others.

mod access;
mod attempt;
mod capture;
mod classify;
mod identity;
mod pace;
mod target;

use std::{sync::Arc, time::Duration};

use hubdrift::{
    model::{Observations, TargetObservation, Unread, UnreadReason},
    plan::Plan,
};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::Instant,
};

pub use access::{Access, AccessError};
use identity::Keyring;

use crate::progress::Progress;

/// How hard a run may press, and how long it may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in flight, over all targets.
    pub concurrency: usize,
    /// Requests a second, per target.
    pub max_rps: f64,
    /// Requests that may go at once, per target.
    pub burst: u32,
    /// Attempts of one request, the first included.
    pub max_attempts: u32,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long all reading may take.
    pub deadline: Duration,
    /// Whether each connector keeps the answer it was read from, to be saved.
    pub keep_answers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            max_rps: 10.0,
            burst: 30,
            max_attempts: 5,
            attempt_timeout: Duration::from_secs(10),
            deadline: Duration::from_mins(30),
            keep_answers: false,
        }
    }
}

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
    let base = tokio::select! {
        base = access::resolve(access, plan, limits) => base?,
        () = stopped(stop.clone()) => return Ok(interrupted(plan)),
    };
    let shared = Arc::new(attempt::Shared {
        permits: Semaphore::new(limits.concurrency.max(1)),
        counts: attempt::Counts::default(),
        deadline: Instant::now() + limits.deadline,
        limits: limits.clone(),
        stop,
        progress: progress.clone(),
    });
    progress.until(shared.deadline.into_std());
    let base_only = matches!(
        access,
        Access::Environment {
            no_assume_role: true,
            ..
        }
    );
    let keyring = Arc::new(Keyring::new(&base, &shared, base_only));
    let mut tasks = JoinSet::new();
    let mut observed: Vec<Option<TargetObservation>> = plan.targets.iter().map(|_| None).collect();
    for (index, target) in plan.targets.iter().enumerate() {
        let (base, keyring, shared, target) = (
            base.clone(),
            keyring.clone(),
            shared.clone(),
            target.clone(),
        );
        tasks.spawn(async move {
            (
                index,
                target::observe(target, &base, &keyring, &shared).await,
            )
        });
    }
    while let Some(done) = tasks.join_next().await {
        // A task that died left its place empty, and is unread below.
        if let Ok((index, observation)) = done {
            observed[index] = Some(observation);
        }
    }
    progress.finish();
    let targets = plan
        .targets
        .iter()
        .zip(observed)
        .map(|(target, observation)| {
            observation.unwrap_or_else(|| {
                let message = "reading the target failed inside hubdrift; please report it";
                target::unread(
                    &target.target,
                    Unread::new(UnreadReason::ServiceError, message),
                )
            })
        });
    Ok(Observations {
        targets: targets.collect(),
        requests: shared.counts.get(),
    })
}

/// Waits until reading is to end at once; for ever, if it is not.
async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that nobody is left who could stop it.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Nothing was read: the run was interrupted first.
fn interrupted(plan: &Plan) -> Observations {
    let why = || Unread::new(UnreadReason::Interrupted, "the run was interrupted");
    let targets = plan
        .targets
        .iter()
        .map(|target| target::unread(&target.target, why()));
    Observations {
        targets: targets.collect(),
        ..Observations::default()
    }
}
