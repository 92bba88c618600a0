//! Ctrl-C and SIGTERM: what was read is reported, as incomplete, and nothing half written stays behind.
#![cfg(unix)]

use std::{
    fs,
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

/// Waits until something is so, for as long as a slow machine may take.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "not yet: {what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_that_never_comes_holds_up_no_file_and_a_second_signal_ends_the_waiting() {
    let world = World::clean().file("report.json", "an old report, and green\n");
    let made = Command::new("mkfifo").arg(world.path("pipe")).status();
    assert!(made.expect("mkfifo is there").success());
    let mut command = world.command(&[
        "check",
        "-q",
        // Named first, and written last of the two.
        "--report",
        "junit=pipe",
        "--report",
        "json=report.json",
    ]);
    let child = command
        .stdout(Stdio::null())
        .stderr(fs::File::create(world.path("said")).expect("a file"))
        .spawn()
        .expect("hubdrift starts");
    wait_until("the report", || world.read("report.json").starts_with('{'));
    signal(&child, "-INT");
    wait_until("the first signal is heard", || {
        world.read("said").contains("interrupted: reading stops")
    });
    signal(&child, "-INT");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("a whole report");
    // Reading had come to its end when the signal came.
    assert_eq!(report["verdict"]["exit_code"], 0);
    assert_eq!(
        world.files(),
        ["home", "hubdrift.yaml", "pipe", "report.json", "said"]
    );
}

#[test]
fn a_second_signal_while_reading_leaves_the_older_reports_as_they_were() {
    let world = half_slow().fault(json!({"operation": "list", "delay_ms": 60_000}));
    world.address();
    let mut command = world.command(&[
        "check",
        "--report",
        "json=report.json",
        "--report",
        "junit=new.xml",
        "-q",
    ]);
    let child = command
        .stdout(Stdio::null())
        .stderr(fs::File::create(world.path("said")).expect("a file"))
        .spawn()
        .expect("hubdrift starts");
    // Until it listens, a signal ends it as it ends any process: with nothing written, too.
    wait_until("it is ready for signals", || listens(&child));
    signal(&child, "-INT");
    signal(&child, "-TERM");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let left = world.files();
    assert!(
        left.iter().all(|file| !file.starts_with(".hubdrift-")),
        "{left:?}"
    );
    // Both signals may be there before reading has stopped, or the first may have stopped it.
    for name in ["report.json", "new.xml"] {
        let text = std::fs::read_to_string(world.path(name)).unwrap_or_default();
        let whole = text.is_empty()
            || text.starts_with("an old report")
            || text.trim_end().ends_with(['}', '>']);
        assert!(whole, "{name}: {text}");
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

/// Whether a process has told the system that it wants to hear of SIGINT.
fn listens(child: &Child) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{}/status", child.id())) else {
        sleep(Duration::from_secs(2));
        return true;
    };
    let caught = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & (1 << 1) != 0)
}
