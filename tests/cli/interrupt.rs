//! SIGINT, SIGTERM, SIGHUP and SIGQUIT: what was read is reported, as incomplete, nothing half written
//! stays behind, and no older green report does.
//!
//! Each run is given what it does on signals, so that these tests hold under `nohup` too.
#![cfg(unix)]

use std::{
    fs::File,
    io::Write as _,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use hubdrift::report::Format;
use serde_json::{Value, json};

use crate::support::{
    DEFAULT_SIGNALS, World, assert_no_result, id, jira, make_pipe, signal, skipped, when_it_reads,
    with_signals,
};

const HUP: u8 = 1;
const INT: u8 = 2;
const QUIT: u8 = 3;
const TERM: u8 = 15;

const OLD: &str = "an old report, and green\n";

/// One connector that is read at once, and one that takes for ever.
fn half_slow() -> World {
    World::clean()
        .has(jira(2, "slow"))
        .expects("id: slow, name: slow")
        .fault(json!({"operation": "get", "connector_id": id(2), "delay_ms": 60_000}))
        .file("report.json", OLD)
}

/// A clean world, whose older report is there.
fn clean() -> World {
    World::clean().file("report.json", OLD)
}

/// Starts hubdrift with what `option` says of its signals; what it says goes to files.
fn start_with(world: &World, option: &str, arguments: &[&str]) -> Option<Child> {
    let file = |name: &str| File::create(world.path(name)).expect("a file");
    let all = [
        arguments,
        &["--report", "json=report.json", "--report", "text"],
    ];
    let mut command = world.command(&all.concat());
    // Logs what is read.
    command.env("HUBDRIFT_VERBOSE", "true");
    let mut command = match with_signals(&command, option) {
        Some(command) => command,
        // Nothing can be set here, so what is inherited has to do.
        None if option == DEFAULT_SIGNALS => command,
        None => return None,
    };
    command.stdout(file("shown")).stderr(file("said"));
    Some(command.stdin(Stdio::null()).spawn().expect("it starts"))
}

fn start(world: &World, arguments: &[&str]) -> Child {
    start_with(world, DEFAULT_SIGNALS, arguments).expect("it is started anyway")
}

/// Waits until something is so, for as long as a slow machine may take.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "not yet: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// Waits for its end, and that this is within half of the time that the slow connector takes.
#[track_caller]
fn ends(mut child: Child, code: i32, world: &World) {
    let began = Instant::now();
    let status = child.wait().expect("it ends");
    let said = world.read("said");
    assert!(began.elapsed() < Duration::from_secs(30), "{said}");
    assert_eq!(status.code(), Some(code), "{status}: {said}");
    let left = world.files();
    assert!(
        left.iter().all(|file| !file.contains(".hubdrift-")),
        "{left:?}"
    );
}

fn has_ended(child: &mut Child) -> bool {
    child.try_wait().expect("it can be asked").is_some()
}

fn report(world: &World) -> Value {
    serde_json::from_str(&world.read("report.json")).expect("a whole report")
}

/// That the reports are there and say that the run was interrupted.
#[track_caller]
fn assert_interrupted(world: &World) {
    let said = world.read("said");
    assert_eq!(said.matches("interrupted: reading").count(), 1, "{said}");
    let shown = world.read("shown");
    assert!(
        shown.contains("INTERRUPTED") && shown.contains("exit=130") && !shown.contains("CLEAN"),
        "{shown}"
    );
    let report = report(world);
    assert_eq!(report["verdict"]["exit_code"], 130);
    assert_eq!(report["verdict"]["complete"], false);
}

/// Waits until one of the connectors is read.
fn wait_for_reading(world: &World) {
    wait_until("something is read", || {
        world.read("said").contains("GetConnectorV2")
    });
}

#[test]
fn each_signal_ends_reading_and_what_is_there_is_reported() {
    for number in [HUP, INT, QUIT, TERM] {
        let world = half_slow();
        world.address();
        let child = start(&world, &["check", "--attempt-timeout", "50s"]);
        wait_for_reading(&world);
        signal(&child, number);
        ends(child, 130, &world);
        assert_interrupted(&world);
        let report = report(&world);
        let connectors = report["connectors"].as_array().expect("connectors");
        let slow = connectors.iter().find(|c| c["address"] == "prod/slow");
        assert_eq!(slow.expect("the slow one")["unread"]["kind"], "interrupted");
    }
}

#[test]
fn a_second_signal_within_a_second_is_the_same_one() {
    let world = half_slow();
    world.address();
    let child = start(&world, &["check", "--attempt-timeout", "50s"]);
    wait_for_reading(&world);
    // Both are there when it goes on: Ctrl-C, which the program that started it passes on.
    signal(&child, 19);
    signal(&child, INT);
    signal(&child, TERM);
    signal(&child, 18);
    ends(child, 130, &world);
    assert_interrupted(&world);
}

#[test]
fn a_reader_that_never_comes_holds_up_no_file_and_a_signal_ends_the_waiting() {
    let world = clean();
    make_pipe(&world.path("pipe"));
    // Named first, and written last of the two.
    let child = start(&world, &["check", "--report", "junit=pipe"]);
    wait_until("the report", || world.read("report.json").starts_with('{'));
    signal(&child, INT);
    // Reading had come to its end when the signal came, but one report was not written.
    ends(child, 1, &world);
    let said = world.read("said");
    assert!(said.contains("interrupted: reading stops"), "{said}");
    let report = report(&world);
    assert_eq!(report["verdict"]["exit_code"], 1);
    let error = report["errors"][0]["message"].as_str().expect("why");
    assert!(error.contains("junit report: pipe: interrupted"), "{error}");
    assert_no_result(Format::Text, &world.read("shown"), "pipe: interrupted");
    assert_eq!(
        world.files(),
        [
            "home",
            "hubdrift.yaml",
            "pipe",
            "report.json",
            "said",
            "shown"
        ]
    );
}

#[test]
fn what_never_comes_holds_up_no_report_after_a_signal() {
    for arguments in [
        &["check", "pipe"][..],
        &["check", "--observed", "pipe"],
        &["check", "--baseline", "pipe"],
        &["check", "--waivers", "pipe"],
    ] {
        let world = clean();
        make_pipe(&world.path("pipe"));
        let mut child = start(&world, arguments);
        let pipe = when_it_reads(&world.path("pipe"), || has_ended(&mut child));
        signal(&child, INT);
        ends(child, 1, &world);
        drop(pipe);
        let report = report(&world);
        assert_eq!(report["verdict"]["exit_code"], 1, "{arguments:?}");
        let error = report["errors"][0]["message"].as_str().expect("why");
        assert!(error.contains("interrupted before all of it"), "{error}");
    }
    // Nor does who never reads the snapshot.
    let world = clean();
    make_pipe(&world.path("pipe"));
    let child = start(&world, &["check", "--save-snapshot", "pipe"]);
    wait_until("all is read", || {
        world.read("said").matches("GetConnectorV2").count() == 1
    });
    signal(&child, INT);
    ends(child, 1, &world);
    let report = report(&world);
    let error = report["errors"][0]["message"].as_str().expect("why");
    assert!(
        error.contains("pipe: interrupted before all of it"),
        "{error}"
    );
}

#[test]
fn a_signal_before_anything_is_read_is_heard_too() {
    // While the inventory is read.
    for number in [HUP, INT, QUIT, TERM] {
        let world = clean();
        world.command(&["check"]);
        let inventory = world.read("hubdrift.yaml");
        make_pipe(&world.path("inventory"));
        let mut child = start(&world, &["check", "inventory"]);
        let mut pipe = when_it_reads(&world.path("inventory"), || has_ended(&mut child));
        signal(&child, number);
        wait_until("the signal is heard", || {
            world.read("said").contains("interrupted: reading stops")
        });
        pipe.write_all(inventory.as_bytes()).expect("written");
        drop(pipe);
        ends(child, 130, &world);
        assert_interrupted(&world);
    }
    // While the credentials are asked for.
    let world = half_slow()
        .file(
            "home/.aws/config",
            "[profile slow]\ncredential_process = sh -c 'touch asked; exec sleep 50'\n",
        )
        .env("AWS_PROFILE", "slow")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    world.address();
    let child = start(&world, &["check", "--attempt-timeout", "50s"]);
    wait_until("they are asked for", || world.path("asked").exists());
    signal(&child, INT);
    ends(child, 130, &world);
    assert_interrupted(&world);
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    if !cfg!(target_os = "linux") {
        skipped("nothing tells which signals were ignored, so none stays ignored");
        return;
    }
    for (option, numbers) in [
        // As `nohup` has it, and a shell for its background jobs.
        ("--ignore-signal=HUP", &[HUP][..]),
        ("--ignore-signal=INT,QUIT", &[INT, QUIT]),
        ("--ignore-signal=TERM", &[TERM]),
    ] {
        let world = clean();
        world
            .run(&["snapshot", "-q", "-o", "observed.json"])
            .ends_with(0);
        make_pipe(&world.path("observed"));
        let arguments = ["check", "--observed", "observed"];
        let Some(mut child) = start_with(&world, option, &arguments) else {
            skipped("`env` can't have signals ignored, so none was");
            return;
        };
        let mut pipe = when_it_reads(&world.path("observed"), || has_ended(&mut child));
        for number in numbers {
            signal(&child, *number);
        }
        let observed = world.read("observed.json");
        pipe.write_all(observed.as_bytes()).expect("written");
        drop(pipe);
        ends(child, 0, &world);
        let said = world.read("said");
        assert!(!said.contains("interrupted"), "{option}: {said}");
        assert_eq!(report(&world)["verdict"]["exit_code"], 0, "{option}");

        // The others are heard all the same.
        let world = half_slow();
        world.address();
        let arguments = ["check", "--attempt-timeout", "50s"];
        let child = start_with(&world, option, &arguments).expect("as before");
        wait_for_reading(&world);
        for number in numbers {
            signal(&child, *number);
        }
        signal(&child, if numbers == [TERM] { INT } else { TERM });
        ends(child, 130, &world);
        assert_interrupted(&world);
    }
}
