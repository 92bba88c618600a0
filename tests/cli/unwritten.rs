//! One report that can't be written is told in all others, whatever keeps it from being written: none
//! of them is green beside exit code 1.
#![cfg(unix)]

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use hubdrift::report::Format;
use serde_json::Value;

use crate::support::{
    Run, World, assert_no_result, every, make_pipe, skipped, when_it_reads, wrapped,
};

/// The arguments, and every format as a file.
fn with_all<'a>(arguments: &[&'a str], reports: &'a [String]) -> Vec<&'a str> {
    let reports = reports.iter().map(String::as_str);
    arguments.iter().copied().chain(reports).collect()
}

fn name(format: Format) -> String {
    format!("report.{}", format.as_str())
}

/// A clean world in which an older green report of each format is left.
fn green() -> World {
    let world = World::clean();
    let reports = every("report");
    world
        .run(&with_all(&["check", "-q"], &reports))
        .ends_with(0);
    for format in Format::ALL {
        assert!(world.path(&name(format)).is_file());
    }
    world
}

/// That every report says why there is no result, and nothing is left beside them.
#[track_caller]
fn assert_told(world: &World, why: &[&str]) {
    for format in Format::ALL {
        for why in why {
            assert_no_result(format, &world.read(&name(format)), why);
        }
    }
    let left = world.files();
    assert!(
        left.iter().all(|file| !file.starts_with(".hubdrift-")),
        "{left:?}"
    );
}

fn errors(world: &World) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let errors = report["errors"].as_array().expect("errors").iter();
    errors
        .map(|it| (text(&it["kind"]), text(&it["message"])))
        .collect()
}

/// Whether there is a device that is always full.
#[track_caller]
fn has_full() -> bool {
    let there = Path::new("/dev/full").exists();
    if !there {
        skipped("there is no /dev/full, so nothing was written to a full device");
    }
    there
}

/// Runs `hubdrift` on what is observed, and changes something when the places of all reports are
/// found and nothing is judged yet: the file with what was observed is a pipe, which waits for that.
#[track_caller]
fn meanwhile(world: &World, arguments: &[&str], change: impl FnOnce()) -> Run {
    world
        .run(&["snapshot", "-q", "-o", "observed.json"])
        .ends_with(0);
    let path = world.path("observed");
    make_pipe(&path);
    let command = world.command(&[arguments, &["--observed", "observed"]].concat());
    let ended = thread::scope(|scope| {
        let run = scope.spawn(|| Run::of(command));
        let mut pipe = when_it_reads(&path, || run.is_finished());
        change();
        let observed = world.read("observed.json");
        pipe.write_all(observed.as_bytes()).expect("written");
        drop(pipe);
        run.join().expect("it ran")
    });
    let _ = fs::remove_file(world.path("observed"));
    ended
}

#[test]
fn a_full_device() {
    if !has_full() {
        return;
    }
    let world = green().file("summary.md", "# Before\n");
    let reports = every("report");
    let arguments = [
        "check",
        "--report",
        "html=/dev/full",
        "--report",
        "markdown=+summary.md",
    ];
    let run = world.run(&with_all(&arguments, &reports)).ends_with(1);
    let why = "failed to write the html report";
    assert!(run.stderr.contains(why), "{run:#?}");
    assert_no_result(Format::Text, &run.stdout, why);
    assert_told(&world, &[why, "/dev/full"]);
    let errors = errors(&world);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].0, "report");
    // What the connectors are is there all the same.
    let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
    assert_eq!(report["connectors"][0]["state"], "in_sync");
    let summary = world.read("summary.md");
    let added = summary.strip_prefix("# Before\n").expect("what was there");
    assert_no_result(Format::Markdown, added, why);
    assert_eq!(added.matches("\n## ").count(), 0, "one report: {added}");
}

#[test]
fn a_file_that_may_not_grow_so_far() {
    let limited =
        |blocks: &str| ["bash", "-c", "ulimit -f \"$0\" && exec \"$@\"", blocks].map(str::to_owned);
    let tried = limited("1");
    let tried = Command::new(&tried[0])
        .args(&tried[1..])
        .arg("true")
        .output();
    if !tried.is_ok_and(|it| it.status.success()) {
        skipped("there is no `bash` that limits how far a file may grow");
        return;
    }
    let world = green();
    let length = |name: &str| fs::metadata(world.path(name)).expect("it is there").len();
    let old = world.read("report.html");
    let blocks = (length("report.html") / 1024 - 1).to_string();
    let reports = every("report");
    let command = world.command(&with_all(&["check"], &reports));
    let limited = limited(&blocks);
    let limited: Vec<_> = limited.iter().map(String::as_str).collect();
    let run = Run::of(wrapped(&command, &limited)).ends_with(1);
    let why = "failed to write the html report";
    assert!(run.stderr.contains(why), "{run:#?}");
    assert!(!run.stderr.contains(".hubdrift-"), "{run:#?}");
    assert_no_result(Format::Text, &run.stdout, why);
    // What could not be written is as it was, and every other says so.
    assert_eq!(world.read("report.html"), old);
    for format in Format::ALL.into_iter().filter(|it| *it != Format::Html) {
        assert_no_result(format, &world.read(&name(format)), why);
    }
    let left = world.files();
    assert!(
        left.iter().all(|file| !file.starts_with(".hubdrift-")),
        "{left:?}"
    );
}

#[test]
fn a_directory_that_is_removed_and_a_file_that_is_replaced() {
    let world = green().file("gone/x", "");
    let reports = every("report");
    let arguments = ["check", "--report", "junit=gone/new.xml"];
    let gone = || fs::remove_dir_all(world.path("gone")).expect("removed");
    let run = meanwhile(&world, &with_all(&arguments, &reports), gone).ends_with(1);
    assert_no_result(Format::Text, &run.stdout, "gone/new.xml");
    assert_told(
        &world,
        &["failed to write the junit report", "gone/new.xml"],
    );

    // It is there, as a directory, when the others are in their places.
    let world = green();
    let arguments = ["check", "--report", "junit=zz.xml"];
    let replaced = || fs::create_dir(world.path("zz.xml")).expect("made");
    let run = meanwhile(&world, &with_all(&arguments, &reports), replaced).ends_with(1);
    assert_no_result(Format::Text, &run.stdout, "zz.xml");
    assert_told(&world, &["failed to write the junit report", "zz.xml"]);
}

#[test]
fn a_file_that_is_added_to_and_is_one_no_more() {
    let world = green().file("log", "before\n").file("other", "before\n");
    let reports = every("report");
    let arguments = [
        "check",
        "--report",
        "markdown=+log",
        "--report",
        "text=+other",
    ];
    let replaced = || {
        fs::remove_file(world.path("log")).expect("removed");
        fs::create_dir(world.path("log")).expect("made");
    };
    meanwhile(&world, &with_all(&arguments, &reports), replaced).ends_with(1);
    let why = "failed to write the markdown report";
    assert_told(&world, &[why]);
    let other = world.read("other");
    let added = other.strip_prefix("before\n").expect("what was there");
    assert_no_result(Format::Text, added, why);
}

#[test]
fn several_at_once_are_all_told() {
    if !has_full() {
        return;
    }
    let world = green().file("gone/x", "");
    let reports = every("report");
    let arguments = [
        "check",
        "--report",
        "junit=gone/new.xml",
        "--report",
        "sarif=/dev/full",
        "--report",
        "json=zz.json",
    ];
    let changed = || {
        fs::remove_dir_all(world.path("gone")).expect("removed");
        fs::create_dir(world.path("zz.json")).expect("made");
    };
    let run = meanwhile(&world, &with_all(&arguments, &reports), changed).ends_with(1);
    let why = ["gone/new.xml", "/dev/full", "zz.json"];
    for why in why {
        assert_no_result(Format::Text, &run.stdout, why);
    }
    assert_told(&world, &why);
    assert_eq!(errors(&world).len(), 3);
}

#[test]
fn standard_output_that_nobody_reads_or_that_is_full() {
    let reports = every("report");
    for more in [&[][..], &["--report", "json"], &["--report", "github"]] {
        let world = green();
        let arguments = [&["check"], more].concat();
        let mut command = world.command(&with_all(&arguments, &reports));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("it starts");
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(1), "{more:?}");
        assert_told(&world, &["standard output"]);
        if !has_full() {
            continue;
        }
        let world = green();
        let full = OpenOptions::new().write(true).open("/dev/full");
        let mut command = world.command(&with_all(&arguments, &reports));
        command.stdout(full.expect("/dev/full"));
        Run::of(command).ends_with(1);
        assert_told(&world, &["standard output"]);
    }
}

#[test]
fn a_pipe_that_nobody_reads() {
    let world = green();
    let reports = every("report");
    let arguments = ["check", "--report", "json=/dev/stderr"];
    let mut command = world.command(&with_all(&arguments, &reports));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("it starts");
    drop(child.stderr.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    let shown = String::from_utf8(ended.stdout).expect("text");
    assert_no_result(Format::Text, &shown, "/dev/stderr");
    assert_told(&world, &["/dev/stderr"]);
}

#[test]
fn a_pipe_is_given_what_came_of_the_others() {
    if !has_full() {
        return;
    }
    let world = green();
    make_pipe(&world.path("pipe"));
    let reports = every("report");
    let arguments = [
        "check",
        // Named first.
        "--report",
        "junit=pipe",
        "--report",
        "html=/dev/full",
    ];
    let mut read = String::new();
    let path = world.path("pipe");
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut pipe = File::open(path).expect("a pipe");
            pipe.read_to_string(&mut read).expect("text");
        });
        world.run(&with_all(&arguments, &reports)).ends_with(1);
    });
    assert_no_result(Format::Junit, &read, "/dev/full");
    assert_told(&world, &["/dev/full"]);
}

#[test]
fn a_pipe_takes_one_report() {
    let world = green();
    make_pipe(&world.path("pipe"));
    let reports = every("report");
    let arguments = ["check", "--report", "junit=pipe", "--report", "json=pipe"];
    let (mut read, path) = (String::new(), world.path("pipe"));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut pipe = File::open(path).expect("a pipe");
            pipe.read_to_string(&mut read).expect("text");
        });
        world
            .run(&with_all(&arguments, &reports))
            .ends_with(1)
            .complains(&["two reports go to"]);
    });
    assert_no_result(Format::Junit, &read, "two reports go to");
    assert_told(&world, &["two reports go to"]);
}

#[test]
fn a_snapshot() {
    if !has_full() {
        return;
    }
    let world = green();
    let reports = every("report");
    let arguments = ["check", "--save-snapshot", "/dev/full"];
    world.run(&with_all(&arguments, &reports)).ends_with(1);
    assert_told(&world, &["failed to save what was observed"]);
    assert_eq!(errors(&world)[0].0, "snapshot");
    let full = OpenOptions::new().write(true).open("/dev/full");
    let arguments = ["check", "-q", "--save-snapshot", "-"];
    let world = green();
    let mut command = world.command(&with_all(&arguments, &reports));
    command.stdout(full.expect("/dev/full"));
    Run::of(command).ends_with(1);
    assert_told(&world, &["failed to save what was observed"]);
}

#[test]
fn a_name_that_is_too_long_is_found_before_anything_is_asked() {
    let world = green();
    let reports = every("report");
    let long = format!("json={}", "a".repeat(300));
    for report in [&*long, &*long.replace('=', "=+")] {
        let arguments = ["check", "--report", report];
        world
            .run(&with_all(&arguments, &reports))
            .ends_with(1)
            .complains(&["failed to open"]);
        assert_told(&world, &["failed to open"]);
    }
    let said = world.requests();
    // Those of the older report.
    assert!(said.contains("get 1, list 1"), "{said}");
}

#[test]
fn reports_that_are_merged_and_those_of_a_run_without_a_result() {
    if !has_full() {
        return;
    }
    let reports = every("report");
    let lost = "failed to write the html report";
    let full = ["--report", "html=/dev/full"];
    for (arguments, why) in [
        (&["report", "saved.json"][..], lost),
        (&["check", "--nonsense"], "--nonsense"),
        (&["check", "nowhere.yaml"], "nowhere.yaml"),
        (&["check", "--target", "elsewhere"], "elsewhere"),
    ] {
        let world = green();
        fs::copy(world.path("report.json"), world.path("saved.json")).expect("copied");
        let arguments = [arguments, &full].concat();
        world.run(&with_all(&arguments, &reports)).ends_with(1);
        assert_told(&world, &[lost, why]);
    }
}

#[test]
fn reports_of_the_tests_of_rules() {
    if !has_full() {
        return;
    }
    let world = World::clean();
    let test = ["rules", "test", "-q", "--report", "junit=rules.xml"];
    world.run(&test).ends_with(0);
    assert!(
        !world.read("rules.xml").contains("<error")
            && !world.read("rules.xml").contains("<failure")
    );
    let arguments = [&test[..], &["--report", "text=/dev/full"]].concat();
    world.run(&arguments).ends_with(1);
    let text = world.read("rules.xml");
    assert!(text.contains("failed to write the text report"), "{text}");
    assert!(
        text.contains("<failure") || text.contains("<error"),
        "{text}"
    );
}
