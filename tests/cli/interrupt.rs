//! Ctrl-C and SIGTERM: what was read is reported, as incomplete, and nothing half written stays behind.
#![cfg(unix)]

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{World, id, jira};

/// One connector that is read at once, and one that takes for ever.
fn half_slow() -> World {
    World::clean()
        .has(jira(2, "slow"))
        .expects("id: slow, name: slow")
        .fault(json!({"operation": "get", "connector_id": id(2), "delay_ms": 60_000}))
        .file("report.json", "an old report, and green\n")
}

fn start(world: &World) -> Child {
    let mut command = world.command(&[
        "check",
        "--report",
        "json=report.json",
        "--report",
        "text",
        "--attempt-timeout",
        "50s",
        "-v",
    ]);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hubdrift starts")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.expect("kill is there").success());
}

#[test]
fn the_first_signal_ends_reading_and_what_is_there_is_reported() {
    for name in ["-INT", "-TERM"] {
        let world = half_slow();
        world.address();
        let began = Instant::now();
        let child = start(&world);
        // Long enough to have read the other one; if it is not, there is only less to report.
        sleep(Duration::from_secs(2));
        signal(&child, name);
        let ended = child.wait_with_output().expect("it ends");
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(ended.status.code(), Some(130), "{name}");
        let said = String::from_utf8(ended.stderr).expect("text");
        assert!(said.contains("interrupted: reading stops"), "{said}");
        let shown = String::from_utf8(ended.stdout).expect("text");
        assert!(
            shown.contains("INTERRUPTED") && shown.contains("exit=130"),
            "{shown}"
        );
        assert!(!shown.contains("CLEAN"), "{shown}");

        let report: Value =
            serde_json::from_str(&world.read("report.json")).expect("a whole report");
        assert_eq!(report["verdict"]["exit_code"], 130);
        assert_eq!(report["verdict"]["complete"], false);
        let slow = report["connectors"]
            .as_array()
            .expect("connectors")
            .iter()
            .find(|c| c["address"] == "prod/slow");
        assert_eq!(slow.expect("the slow one")["unread"]["kind"], "interrupted");
        assert!(
            world
                .files()
                .iter()
                .all(|file| !file.contains(".hubdrift-")),
            "{:?}",
            world.files()
        );
    }
}

#[test]
fn a_signal_before_the_credentials_are_there_is_heard_too() {
    let world = half_slow()
        .file(
            "home/.aws/config",
            "[profile slow]\ncredential_process = sleep 50\n",
        )
        .env("AWS_PROFILE", "slow")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    world.address();
    let began = Instant::now();
    let child = start(&world);
    sleep(Duration::from_secs(1));
    signal(&child, "-INT");
    let ended = child.wait_with_output().expect("it ends");
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        ended.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
