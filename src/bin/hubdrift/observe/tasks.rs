//! Concurrent tasks: their results joined, one for each key also where a task panics, and the
//! wait for an interrupt.

use std::collections::BTreeMap;

use tokio::{sync::watch, task::JoinSet};

/// Waits for every task and puts each result in the place of its default. A task that panics leaves
/// its default, which is "unread", behind.
pub async fn join_all<K: Ord + 'static, T: 'static>(
    mut results: BTreeMap<K, T>,
    mut tasks: JoinSet<(K, T)>,
    on_result: impl Fn(&T),
) -> BTreeMap<K, T> {
    while let Some(done) = tasks.join_next().await {
        if let Ok((key, result)) = done {
            on_result(&result);
            results.insert(key, result);
        }
    }
    results
}

/// Waits until the run is interrupted; for ever, if it is not.
pub async fn interrupted(mut stop: watch::Receiver<bool>) {
    // An error means that no sender is left, so that nobody can interrupt any more.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
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
            join_all(begun, tasks, |_| {}).await,
            [(1, "read"), (2, "unread")].into()
        );
    }
}
