//! What reading begins with: the settings, the identities, and the gate that requests pass.

use std::sync::Arc;

use hubdrift::plan::Plan;
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use super::{
    access::{Access, AccessError},
    clients::Clients,
    identity::Identities,
    limits::Limits,
    request::{Counts, RequestGate},
};
use crate::progress::Progress;

/// What the reads of all targets share.
pub struct Prepared {
    pub clients: Arc<Clients>,
    pub identities: Arc<Identities>,
    pub gate: Arc<RequestGate>,
}

/// Reads the settings, and checks that there are credentials where targets use the environment's.
///
/// # Errors
/// When there are none, or the settings can't be used.
pub async fn prepare(
    plan: &Plan,
    access: &Access,
    limits: &Limits,
    stop: &watch::Receiver<bool>,
    progress: &Progress,
) -> Result<Prepared, AccessError> {
    let clients = Arc::new(Clients::new(access, plan, limits).await?);
    let gate = Arc::new(RequestGate {
        permits: Semaphore::new(limits.concurrency.max(1)),
        counts: Counts::default(),
        deadline: Instant::now() + limits.deadline,
        limits: limits.clone(),
        stop: stop.clone(),
        progress: progress.clone(),
    });
    progress.until(gate.deadline.into_std());
    let base_only = matches!(
        access,
        Access::Environment {
            no_assume_role: true,
            ..
        }
    );
    let identities = Arc::new(Identities::new(&clients, &gate, base_only));
    let mut targets = plan.targets.iter().map(|it| &it.target);
    let of_environment = targets.find(|it| it.credentials.profile.is_none());
    if let Some(Ok(settings)) = of_environment.map(|it| clients.settings(&it.name)) {
        let has_base = identities.has_base(settings).await;
        has_base.map_err(|why| AccessError::NoCredentials(why.message))?;
    }
    Ok(Prepared {
        clients,
        identities,
        gate,
    })
}
