//! Who each target would be read as, and where: what is known before anything is read. STS is asked,
//! and no other service.

use std::collections::BTreeMap;

use hubdrift::{
    inventory::Target,
    model::{Unread, UnreadReason},
    plan::Plan,
};
use tokio::{sync::watch, task::JoinSet};

use super::{
    access::{Access, AccessError},
    clients::Clients,
    limits::Limits,
    prepare::{Prepared, prepare},
    settings::{EffectiveSettings, Setting},
    sts::Caller,
    target::wrong_account,
    tasks::join_all,
};
use crate::progress::Progress;

/// The caller and the settings with which a target would be read.
#[derive(Debug, Clone)]
pub struct TargetCaller {
    /// The target's name.
    pub target: String,
    /// The region that would be read.
    pub region: Option<String>,
    /// Who would ask; or why that isn't known, or isn't who should.
    pub caller: Result<Caller, Unread>,
    /// Where the credentials come from, before a role of the target's is assumed.
    pub credentials: Option<Setting>,
    /// The settings that somebody made, and where.
    pub settings: Vec<(&'static str, Setting)>,
}

/// Identifies the caller of every target of `plan`, in their order.
///
/// # Errors
/// When the settings can't be used, or there are no credentials at all.
pub async fn identify_callers(
    plan: &Plan,
    access: &Access,
    limits: &Limits,
) -> Result<Vec<TargetCaller>, AccessError> {
    let (_stop, stopped) = watch::channel(false);
    let Prepared {
        clients,
        identities,
        ..
    } = prepare(plan, access, limits, &stopped, &Progress::new(false)).await?;
    let mut tasks = JoinSet::new();
    let mut results = BTreeMap::new();
    for (index, plan) in plan.targets.iter().enumerate() {
        let target = plan.target.clone();
        let died = Unread::new(
            UnreadReason::ServiceError,
            "asking failed inside hubdrift; please report it",
        );
        results.insert(index, target_caller(&clients, &target, Err(died)));
        let (clients, identities) = (clients.clone(), identities.clone());
        tasks.spawn(async move {
            let caller = match clients.settings(&target.name) {
                Ok(settings) => identities.identity(settings, &target.credentials).await,
                Err(why) => Err(why),
            };
            let caller = caller.and_then(|identity| {
                let refused = wrong_account(&target, &identity.caller);
                refused.map_or(Ok(identity.caller), Err)
            });
            (index, target_caller(&clients, &target, caller))
        });
    }
    let results = join_all(results, tasks, |_| {}).await;
    Ok(results.into_values().collect())
}

/// A caller, with what the settings say about its target.
fn target_caller(
    clients: &Clients,
    target: &Target,
    caller: Result<Caller, Unread>,
) -> TargetCaller {
    let settings = clients.settings(&target.name).ok();
    let region = settings.and_then(|it| it.region.as_ref().map(|it| it.value.clone()));
    TargetCaller {
        target: target.name.clone(),
        region: region.or_else(|| target.region.clone()),
        caller,
        credentials: settings.map(EffectiveSettings::describe_source),
        settings: settings
            .map(EffectiveSettings::explicit)
            .unwrap_or_default(),
    }
}
