//! How long a request, and a run, may take.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    faults::{OPERATIONS, needs_all},
    support::World,
};

#[test]
fn an_attempt_takes_no_longer_than_it_may() {
    for operation in OPERATIONS {
        let slow = json!({"operation": operation, "delay_ms": 5000});
        let began = Instant::now();
        let checked = needs_all()
            .fault(slow)
            .check(&["--attempt-timeout", "300ms", "--max-attempts", "1"])
            .ends_with(4);
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{operation}: {:?}",
            began.elapsed()
        );
        assert_eq!(checked.unread("prod/alpha"), "timeout", "{operation}");
    }
}

#[test]
fn slow_once_is_only_slow() {
    let slow = json!({"operation": "get", "delay_ms": 5000, "times": 1});
    World::clean()
        .fault(slow)
        .check(&["--attempt-timeout", "500ms"])
        .ends_with(0);
}

#[test]
fn the_whole_run_takes_no_longer_than_it_may() {
    for operation in OPERATIONS {
        let slow = json!({"operation": operation, "delay_ms": 6000});
        let began = Instant::now();
        let checked = needs_all()
            .fault(slow)
            .check(&["--deadline", "700ms"])
            .ends_with(4)
            .says("--deadline");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{operation}: {:?}",
            began.elapsed()
        );
        assert_eq!(checked.unread("prod/alpha"), "timeout", "{operation}");
    }
}
