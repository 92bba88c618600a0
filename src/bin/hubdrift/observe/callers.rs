//! Who each target would be read as, and where: all that can be told before something is read.
//! STS is asked, and nobody else.

use std::sync::Arc;

use hubdrift::{
    inventory::Target,
    model::{Unread, UnreadReason},
    plan::Plan,
};
use tokio::{sync::watch, task::JoinSet};

use super::{
    Access, AccessError, Limits, Ready,
    access::Reach,
    gather,
    identity::Caller,
    prepare,
    settings::{Route, Set},
    target,
};
use crate::progress::Progress;

/// What reading a target would begin with.
#[derive(Debug, Clone)]
pub struct Met {
    /// The target's name.
    pub target: String,
    /// The region that would be read.
    pub region: Option<String>,
    /// Who would ask; or why that isn't known, or isn't who should.
    pub caller: Result<Caller, Unread>,
    /// Where the credentials come from, before a role of the target's is assumed.
    pub credentials: Option<Set>,
    /// What was set that decides where it would be read, and where it was set.
    pub settings: Vec<(&'static str, Set)>,
}

/// Meets the caller of every target of `plan`, in their order.
///
/// # Errors
/// When the settings can't be used, or there are no credentials at all.
pub async fn meet(plan: &Plan, access: &Access, limits: &Limits) -> Result<Vec<Met>, AccessError> {
    let (_stop, stopped) = watch::channel(false);
    let Ready {
        reach,
        keyring,
        shared: _shared,
    } = prepare(plan, access, limits, &stopped, &Progress::new(false)).await?;
    let mut tasks = JoinSet::new();
    let mut begun = std::collections::BTreeMap::new();
    for (index, it) in plan.targets.iter().enumerate() {
        let target = it.target.clone();
        let died = Unread::new(
            UnreadReason::ServiceError,
            "asking failed inside hubdrift; please report it",
        );
        begun.insert(index, unmet(&reach, &target, died));
        let (reach, keyring) = (reach.clone(), keyring.clone());
        tasks.spawn(async move {
            let caller = match reach.route(&target.name) {
                Ok(route) => keyring.identity(route, &target.credentials).await,
                Err(why) => Err(why),
            };
            let caller = caller.and_then(|identity| {
                match target::wrong_account(&target, &identity.caller) {
                    Some(why) => Err(why),
                    None => Ok(identity.caller),
                }
            });
            let met = Met {
                caller,
                ..unmet(&reach, &target, Unread::new(UnreadReason::NotInFile, ""))
            };
            (index, met)
        });
    }
    Ok(gather(begun, tasks, |_| {}).await.into_values().collect())
}

/// What the settings say of a target, whose caller isn't known for this reason.
fn unmet(reach: &Arc<Reach>, target: &Target, why: Unread) -> Met {
    let route = reach.route(&target.name).ok();
    let region = route.and_then(|it| it.region.as_ref().map(|it| it.value.clone()));
    Met {
        target: target.name.clone(),
        region: region.or_else(|| target.region.clone()),
        caller: Err(why),
        credentials: route.map(|it| Set::new(it.source.value.describe(), it.source.from.clone())),
        settings: route.map(Route::told).unwrap_or_default(),
    }
}
