//! What is judged by the machine's clock, as users' runs are: no `--now`, and times that are counted
//! from this moment. Every other test is judged at one fixed time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::support::{Run, World, jira, skipped, with, without, without_settings};
#[cfg(unix)]
use crate::support::{make_pipe, when_it_reads};

/// A time so many hours from now, to the second: what is printed of it has the same length each time.
fn in_hours(hours: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_hours(hours);
    let second = Timestamp::from_second(at.as_second()).expect("a time of this century");
    second.to_string()
}

/// A day so many days from today. Midnight may come before it is judged: no test stands on the last day.
fn in_days(days: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_hours(24 * days);
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// A connector that is healthy but for the time of its last health check, judged by the clock.
fn checked(hours: i64) -> World {
    let body = with(
        jira(1, "alpha"),
        "/Health/LastCheckedAt",
        json!(in_hours(hours)),
    );
    World::serving(body).by_the_clock()
}

/// The same, without a key, which is permitted until a day.
fn permitted(until: &str) -> World {
    let body = with(
        without(jira(1, "alpha"), "/KmsKeyArn"),
        "/Health/LastCheckedAt",
        json!(in_hours(-1)),
    );
    let waiver = format!(
        "version: 1\nwaivers:\n  - {{rule: kms-key-set, connector: prod/alpha, reason: r, owner: o, expires: {until}}}\n"
    );
    World::serving(body)
        .by_the_clock()
        .file("w.yaml", &waiver)
        .inventory_more("waivers: w.yaml")
}

fn report_of(world: &World, arguments: &[&str]) -> (Run, Value) {
    let run = world.run(
        &[
            &["check", "--report", "json=r.json", "--report", "text"],
            arguments,
        ]
        .concat(),
    );
    let report = serde_json::from_str(&world.read("r.json")).expect("JSON");
    (run, report)
}

fn time(value: &Value) -> Timestamp {
    let text = value.as_str().expect("a time");
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn without_now_the_machine_s_clock_judges_and_every_time_of_the_run_is_of_it() {
    let world = checked(-1);
    // The emulator is there before the run begins.
    world.address();
    let before = Timestamp::now();
    let (run, report) = report_of(&world, &["--save-snapshot", "s.json"]);
    let after = Timestamp::now();
    run.ends_with(0).says(&["result: CLEAN exit=0"]);
    let snapshot: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
    for told in [
        &report["judged"]["now"],
        &report["run"]["started_at"],
        &report["run"]["finished_at"],
        &report["connectors"][0]["observed_at"],
        &snapshot["taken_at"],
        &snapshot["targets"][0]["connectors"][0]["observed_at"],
    ] {
        let told = time(told);
        assert!(before <= told && told <= after, "{before} {told} {after}");
    }
    assert_eq!(report["judged"]["now_overridden"], false);
    // It is judged when all is read.
    let read = time(&report["connectors"][0]["observed_at"]);
    assert!(read <= time(&report["judged"]["now"]), "{report:#}");
}

#[cfg(unix)]
#[test]
fn a_run_is_judged_when_all_is_read() {
    // Of a health check, to the time when the run has begun and nothing is read yet.
    let day = SignedDuration::from_hours(24);
    for (ago, code, said) in [
        (SignedDuration::ZERO, 0, "result: CLEAN"),
        (day, 3, "health-check-fresh"),
    ] {
        let world = checked(-1);
        world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
        make_pipe(&world.path("pipe"));
        let command = world.command(&["check", "--observed", "pipe"]);
        let path = world.path("pipe");
        let saved: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
        let run = std::thread::scope(|scope| {
            let run = scope.spawn(|| Run::of(command));
            // It has begun when it opens the pipe.
            let mut pipe = when_it_reads(&path, || run.is_finished());
            let second = std::time::Duration::from_millis(1_100);
            std::thread::sleep(second);
            let at = Timestamp::now();
            let (mut saved, checked) = (saved, (at - ago).to_string());
            for (place, time) in [
                ("/taken_at", at.to_string()),
                ("/targets/0/connectors/0/observed_at", at.to_string()),
                ("/targets/0/connectors/0/body/Health/LastCheckedAt", checked),
            ] {
                *saved.pointer_mut(place).expect("a time") = json!(time);
            }
            std::thread::sleep(second);
            std::io::Write::write_all(&mut pipe, saved.to_string().as_bytes()).expect("written");
            drop(pipe);
            run.join().expect("it ran")
        });
        run.ends_with(code).says(&[said]);
    }
}

#[test]
fn a_health_check_is_fresh_for_a_day_and_never_in_the_future() {
    for (hours, code, said) in [
        (-23, 0, None),
        (-25, 3, Some("more than 24 hours ago")),
        (1, 3, Some("lies in the future")),
    ] {
        let (run, report) = report_of(&checked(hours), &[]);
        run.ends_with(code);
        let findings = report["findings"].as_array().expect("findings");
        assert_eq!(findings.len(), usize::from(said.is_some()), "{findings:#?}");
        for (finding, said) in findings.iter().zip(said) {
            assert_eq!(finding["rule"], "health-check-fresh");
            let message = finding["message"].as_str().expect("a message");
            assert!(message.contains(said), "{message}");
        }
    }
}

#[test]
fn a_waiver_holds_until_its_day_is_over_and_for_180_days_at_most() {
    let (run, report) = report_of(&permitted(&in_days(1)), &[]);
    run.ends_with(0).says(&["CLEAN (1 waived)"]);
    assert_eq!(report["findings"][0]["why_not"], "waived");
    permitted(&in_days(-1))
        .run(&["check"])
        .ends_with(3)
        .says(&["expired on"]);
    for (days, code) in [(179, 0), (182, 1)] {
        let world = permitted(&in_days(days));
        for command in ["check", "validate"] {
            let run = world.run(&[command]).ends_with(code);
            let refused = run.stderr.contains("is more than 180 days after");
            assert_eq!(refused, code == 1, "{run:#?}");
        }
    }
    // What has ended is no mistake in the file.
    permitted(&in_days(-1)).run(&["validate"]).ends_with(0);
}

/// Whatever the time is; shortly before midnight (UTC) the run begins on the last day of a waiver and is
/// judged on the day after.
#[cfg(unix)]
#[test]
fn a_waiver_that_ends_while_the_run_reads_has_ended() {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let last = day(Timestamp::now());
    let world = permitted(&last.to_string());
    world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
    make_pipe(&world.path("pipe"));
    let command = world.command(&["check", "--observed", "pipe", "--report", "json=r.json"]);
    let (path, saved) = (world.path("pipe"), world.read("s.json"));
    let soon = Timestamp::now() + SignedDuration::from_secs(5);
    let (run, read) = std::thread::scope(|scope| {
        let run = scope.spawn(|| Run::of(command));
        let mut pipe = when_it_reads(&path, || run.is_finished());
        while day(soon) > last && day(Timestamp::now()) == last {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let read = Timestamp::now();
        std::io::Write::write_all(&mut pipe, saved.as_bytes()).expect("written");
        drop(pipe);
        (run.join().expect("it ran"), read)
    });
    let report: Value = serde_json::from_str(&world.read("r.json")).expect("JSON");
    let judged = time(&report["judged"]["now"]);
    assert!(read <= judged, "{read} {judged}");
    let run = run.ends_with(if day(judged) > last { 3 } else { 0 });
    assert_eq!(run.stdout.contains("expired on"), day(judged) > last);
}

#[test]
fn a_snapshot_s_age_counts_to_the_machine_s_clock() {
    let world = checked(-1);
    world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
    let of = |world: World, hours| {
        let mut saved: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
        for time in ["/taken_at", "/targets/0/connectors/0/observed_at"] {
            *saved.pointer_mut(time).expect("a time") = json!(in_hours(hours));
        }
        world.file("s.json", &saved.to_string())
    };
    let check = ["check", "--observed", "s.json"];
    let aged = [&check[..], &["--max-age", "150m"]].concat();
    world.run(&aged).ends_with(0);
    let world = of(world, -2);
    world.run(&check).ends_with(0).says(&["2 hours before now"]);
    world.run(&aged).ends_with(0);
    let world = of(world, -3);
    world.run(&check).ends_with(0);
    world.run(&aged).ends_with(1).complains(&["is too old"]);
    of(world, 1)
        .run(&check)
        .ends_with(1)
        .complains(&["one of the", "clocks is wrong"]);
}

#[cfg(unix)]
#[test]
fn time_zone_language_and_a_moved_clock_reach_hubdrift_and_nothing_else_does() {
    let passes = |name: &str| {
        let exact = ["PATH", "TZ", "LANG", "LANGUAGE", "LD_PRELOAD"];
        exact.contains(&name) || name.starts_with("LC_") || name.starts_with("FAKETIME")
    };
    let home = tempfile::tempdir().expect("a directory");
    // Cargo and shells give every test more than may pass.
    if std::env::vars_os().all(|(name, _)| name.to_str().is_some_and(passes)) {
        skipped("the tests were started without a variable that has to be kept away");
        return;
    }
    // `env` says what a program is started with.
    let given = Run::of(without_settings("env", home.path())).ends_with(0);
    let given: BTreeMap<_, _> = given
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    for name in given.keys() {
        let own = ["HOME", "AWS_EC2_METADATA_DISABLED"].contains(name);
        assert!(own || passes(name), "{name}");
    }
    for (name, value) in std::env::vars_os() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
            && passes(name)
        {
            assert_eq!(given.get(name), Some(&value), "{name}");
        }
    }
}
