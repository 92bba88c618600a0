//! A plan becomes observations: targets are reached, listed and read, all at once within limits.
//!
//! The only place that names the AWS SDK. What can't be read is a value here,
//! not an error: one connector or one account never stops the others.

mod access;
mod callers;
mod certificates;
mod classify;
mod credentials;
mod http;
mod identity;
mod instance;
mod interceptor;
mod process;
mod rate_limiter;
mod request;
mod settings;
mod target;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hubdrift::{
    model::{Observations, Unread, UnreadReason},
    plan::Plan,
};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::Instant,
};

use access::Reach;
pub use access::{Access, AccessError};
pub use callers::{Met, meet};
use identity::Keyring;
pub use settings::Flags;

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
    let ready = tokio::select! {
        ready = prepare(plan, access, limits, &stop, &progress) => match ready {
            Err(_) if *stop.borrow() => return Ok(interrupted(plan)),
            ready => ready?,
        },
        () = stopped(stop.clone()) => return Ok(interrupted(plan)),
    };
    let Ready {
        reach,
        keyring,
        shared,
    } = ready;
    let mut tasks = JoinSet::new();
    let mut begun = BTreeMap::new();
    for (index, target) in plan.targets.iter().enumerate() {
        let message = "reading the target failed inside hubdrift; please report it";
        let died = Unread::new(UnreadReason::ServiceError, message);
        begun.insert(index, target::unread(&target.target, died));
        let (reach, keyring, shared, target) = (
            reach.clone(),
            keyring.clone(),
            shared.clone(),
            target.clone(),
        );
        tasks.spawn(async move {
            (
                index,
                target::observe(target, &reach, &keyring, &shared).await,
            )
        });
    }
    let targets = gather(begun, tasks, |_| {}).await;
    progress.finish();
    Ok(Observations {
        targets: targets.into_values().collect(),
        overrides: match access {
            Access::Environment { .. } => reach.overrides(),
            Access::Fixed { .. } => Vec::new(),
        },
        requests: shared.counts.get(),
    })
}

/// What reading begins with.
struct Ready {
    reach: Arc<Reach>,
    keyring: Arc<Keyring>,
    shared: Arc<request::Shared>,
}

/// Reads the settings, and sees that there are credentials where targets use the environment's.
///
/// # Errors
/// When there are none, or the settings can't be used.
async fn prepare(
    plan: &Plan,
    access: &Access,
    limits: &Limits,
    stop: &watch::Receiver<bool>,
    progress: &Progress,
) -> Result<Ready, AccessError> {
    let reach = Arc::new(access::reach(access, plan, limits).await?);
    let shared = Arc::new(request::Shared {
        permits: Semaphore::new(limits.concurrency.max(1)),
        counts: request::Counts::default(),
        deadline: Instant::now() + limits.deadline,
        limits: limits.clone(),
        stop: stop.clone(),
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
    let keyring = Arc::new(Keyring::new(&reach, &shared, base_only));
    let mut of_environment = plan.targets.iter().map(|it| &it.target);
    let first = of_environment.find(|it| it.credentials.profile.is_none());
    if let Some(Ok(route)) = first.map(|it| reach.route(&it.name)) {
        let has = keyring.has_base(route).await;
        has.map_err(|why| AccessError::NoCredentials(why.message))?;
    }
    Ok(Ready {
        reach,
        keyring,
        shared,
    })
}

/// Waits for every task, and lays what each said over what was there for it. What a task doesn't
/// live to say stays as it was: unread.
async fn gather<K: Ord + 'static, T: 'static>(
    mut said: BTreeMap<K, T>,
    mut tasks: JoinSet<(K, T)>,
    told: impl Fn(&T),
) -> BTreeMap<K, T> {
    while let Some(done) = tasks.join_next().await {
        if let Ok((key, value)) = done {
            told(&value);
            said.insert(key, value);
        }
    }
    said
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_task_does_not_live_to_say_stays_unread() {
        let mut tasks = JoinSet::new();
        tasks.spawn(async { (1, "read") });
        tasks.spawn(async {
            assert!(std::hint::black_box(false), "a task that dies");
            (2, "read")
        });
        let begun = [(1, "unread"), (2, "unread")].into();
        assert_eq!(
            gather(begun, tasks, |_| {}).await,
            [(1, "read"), (2, "unread")].into()
        );
    }
}
