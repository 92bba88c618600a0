//! Places that are full, read-only, linked or somebody else's: a file is whole or as it was, and
//! what a run reads is never replaced.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
};

use serde_json::Value;

use crate::support::{Run, World, skipped, wrapped};

const OLD: &str = "an older report\n";

/// Runs `hubdrift` as the last words of another command.
fn within(world: &World, wrapper: &[&str], arguments: &[&str]) -> Run {
    Run::of(wrapped(&world.command(arguments), wrapper))
}

/// What a script ends with that can't make the file system which a test is about.
const NO_DISK: i32 = 99;

/// Runs `check` with `disk` a small file system of its own, made ready by a script; what is left
/// there is in `left/` then. `None` where there can't be one.
#[track_caller]
fn on_small_disk(world: &World, ready: &str, arguments: &[&str]) -> Option<Run> {
    let script = format!(
        "mount -t tmpfs -o size=64k none disk || exit {NO_DISK}\n{ready}\n\"$0\" \"$@\"\ncode=$?\n\
         mkdir left && cp -a disk/. left && rm -f left/filler\nexit $code"
    );
    fs::create_dir(world.path("disk")).expect("a directory");
    let wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", &script];
    if !cfg!(target_os = "linux") || Command::new("unshare").arg("true").output().is_err() {
        skipped("no small file system can be made here, so no disk was full");
        return None;
    }
    let run = within(world, &wrapper, arguments);
    if run.code == NO_DISK || !world.path("left").exists() {
        skipped(&format!("no small file system: {}", run.stderr));
        return None;
    }
    Some(run)
}

/// Takes all that is left of the disk.
const FILL: &str = "cat /dev/zero >disk/filler 2>/dev/null";

#[test]
fn on_a_full_disk_a_file_stays_as_it_was_and_nothing_is_left_beside_it() {
    let world = World::clean();
    let ready =
        format!("printf '{OLD}' | tee disk/old.json disk/log.txt disk/old.html >/dev/null\n{FILL}");
    let arguments = [
        "check",
        "-q",
        "--report",
        "json=disk/old.json",
        "--report",
        "html=disk/old.html",
        "--report",
        "json=disk/new.json",
        // The first of it still fits behind what is there.
        "--report",
        "json=+disk/log.txt",
        "--report",
        "json=there.json",
    ];
    let Some(run) = on_small_disk(&world, &ready, &arguments) else {
        return;
    };
    let run = run.ends_with(1);
    for part in ["json report", "html report", "log.txt", "new.json"] {
        assert!(run.stderr.contains(part), "{run:#?}");
    }
    let mut left: Vec<_> = fs::read_dir(world.path("left"))
        .expect("a directory")
        .map(|it| it.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["log.txt", "old.html", "old.json"]);
    for name in ["log.txt", "old.html", "old.json"] {
        assert_eq!(world.read(&format!("left/{name}")), OLD, "{name}");
    }
    // What has room elsewhere is written, and says that the others are not.
    let report: Value = serde_json::from_str(&world.read("there.json")).expect("JSON");
    assert_eq!(report["verdict"]["exit_code"], 1);
    assert_eq!(report["errors"].as_array().expect("errors").len(), 4);
}

#[test]
fn a_snapshot_on_a_full_disk_is_no_result() {
    let world = World::clean();
    let ready = format!("printf '{OLD}' >disk/s.json\n{FILL}");
    let arguments = [
        "check",
        "--save-snapshot",
        "disk/s.json",
        "--report",
        "json=r.json",
    ];
    let Some(run) = on_small_disk(&world, &ready, &arguments) else {
        return;
    };
    run.ends_with(1).complains(&["failed to save"]);
    assert_eq!(world.read("left/s.json"), OLD);
    let report: Value = serde_json::from_str(&world.read("r.json")).expect("JSON");
    assert_eq!(report["errors"][0]["kind"], "snapshot");
}

#[test]
fn a_read_only_file_system_is_found_before_aws_is_asked_by_root_too() {
    for report in [
        "json=disk/old.json",
        "json=disk/new.json",
        "json=+disk/old.json",
    ] {
        let world = World::clean();
        let ready = format!(
            "printf '{OLD}' >disk/old.json\nmount -o remount,bind,ro disk || exit {NO_DISK}"
        );
        let Some(run) = on_small_disk(&world, &ready, &["check", "--report", report]) else {
            return;
        };
        run.ends_with(1).complains(&["failed to open", "disk/"]);
        assert_eq!(world.read("left/old.json"), OLD);
        let requests = world.requests();
        assert!(requests.contains("get 0, list 0"), "{report}: {requests}");
    }
}

#[test]
fn a_file_that_is_a_mount_point_is_written_where_it_is() {
    let world = World::clean();
    let ready = format!(
        "printf '{OLD}' >disk/host.json\n: >report.json\nmount --bind disk/host.json report.json || exit {NO_DISK}"
    );
    let report = ["check", "--report", "json=report.json"];
    let Some(run) = on_small_disk(&world, &ready, &report) else {
        return;
    };
    run.ends_with(0);
    let written = world.read("left/host.json");
    let audit: serde_json::Value = serde_json::from_str(&written).expect("a whole report");
    assert_eq!(audit["verdict"]["exit_code"], 0);
    let beside = fs::read_dir(world.path(".")).expect("listed");
    let left = beside.filter_map(|it| it.ok()?.file_name().into_string().ok());
    assert_eq!(left.filter(|it| it.starts_with(".hubdrift-")).count(), 0);
}

#[test]
fn a_read_only_file_is_not_replaced_by_who_may_not_write_it() {
    let ready = || {
        let world = World::clean().file("old.json", OLD).file("dir/x", "");
        // What the first run makes is there before nobody needs it.
        world.run(&["check"]).ends_with(0);
        let permit = |name: &str, mode| {
            fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode))
                .expect("permissions");
        };
        permit("old.json", 0o444);
        permit("dir", 0o555);
        permit(".", 0o777);
        world
    };
    let old = ["check", "--report", "json=old.json"];
    let inside = ["check", "--report", "json=dir/new.json"];
    let appended = ["check", "--report", "text=+old.json"];
    let refused = |world: &World, run: Run| {
        run.ends_with(1).complains(&["failed to open"]);
        assert_eq!(world.read("old.json"), OLD);
        assert!(!world.path("dir/new.json").exists());
    };
    let world = ready();
    let is_root = fs::OpenOptions::new()
        .write(true)
        .open(world.path("old.json"))
        .is_ok();
    if !is_root {
        for arguments in [old, inside, appended] {
            refused(&world, world.run(&arguments));
        }
        return;
    }
    // Permissions don't hold for root, who replaces it whole and keeps them.
    world.run(&old).ends_with(0);
    assert!(world.read("old.json").starts_with('{'));
    let mode = fs::metadata(world.path("old.json")).expect("it is there");
    assert_eq!(mode.permissions().mode() & 0o777, 0o444);
    // So somebody else has to try.
    let nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let world = ready();
    let tried = Command::new(nobody[0])
        .args(&nobody[1..])
        .args([env!("CARGO_BIN_EXE_hubdrift"), "--version"])
        .output();
    if !tried.is_ok_and(|it| it.status.success()) {
        skipped("nobody else can run hubdrift here, so permissions hold for no one");
        return;
    }
    for arguments in [old, inside, appended] {
        refused(&world, within(&world, &nobody, &arguments));
    }
}

#[test]
fn links_are_followed_as_far_as_they_go() {
    let world = World::clean()
        .file("dir/x", "")
        .file("dir/report.json", OLD)
        .file("log.txt", "before\n");
    for (to, link) in [
        ("dir", "to-dir"),
        ("loop-b", "loop-a"),
        ("loop-a", "loop-b"),
        ("no/such/file.json", "nowhere"),
        ("dir/report.json", "first"),
        ("first", "second"),
        ("log.txt", "to-log"),
        ("dir/new.txt", "to-new"),
    ] {
        symlink(to, world.path(link)).expect("a link");
    }
    for link in ["to-dir", "loop-a", "nowhere"] {
        for plus in ["", "+"] {
            let report = format!("json={plus}{link}");
            world
                .run(&["check", "--report", &report])
                .ends_with(1)
                .complains(&["failed to open", link]);
        }
    }
    let reports = ["json=second", "text=+to-log", "text=+to-new"];
    let options = reports.map(|it| ["--report", it]).concat();
    world.run(&[&["check"], &*options].concat()).ends_with(0);
    for link in ["first", "second", "to-log", "to-new"] {
        let found = fs::symlink_metadata(world.path(link)).expect("it is there");
        assert!(found.is_symlink(), "{link}");
    }
    serde_json::from_str::<Value>(&world.read("dir/report.json")).expect("JSON");
    assert!(world.read("log.txt").starts_with("before\nhubdrift "));
    assert!(world.read("dir/new.txt").contains("result: CLEAN"));
    // One place by two ways, one of them through a link to its directory.
    for [one, other] in [
        ["json=dir/a.json", "junit=to-dir/a.json"],
        ["json=dir/report.json", "html=to-dir/../second"],
        ["json=+to-log", "junit=log.txt"],
    ] {
        world
            .run(&["check", "--report", one, "--report", other])
            .ends_with(1)
            .complains(&["two reports go to"]);
    }
}

#[test]
fn a_job_summary_keeps_what_was_there_and_has_whole_reports_behind_it() {
    let world = World::clean().file("summary.md", "# Before\n");
    let report = "markdown=+summary.md";
    world.run(&["check", "--report", report]).ends_with(0);
    world
        .run(&["check", "--deadline", "abc", "--report", report])
        .ends_with(1);
    world.run(&["check", "--report", report]).ends_with(0);
    let text = world.read("summary.md");
    assert!(text.starts_with("# Before\n## "), "{text}");
    let headings: Vec<_> = text.lines().filter(|it| it.starts_with("## ")).collect();
    assert_eq!(headings.len(), 3, "{text}");
    assert!(headings[1].contains("ERROR INCOMPLETE, exit 1"), "{text}");
}

/// Runs `check` in a shell, which opens `redirect` for it.
fn redirected(world: &World, redirect: &str, report: &str) -> Run {
    let script = format!("\"$0\" \"$@\" {redirect}");
    let arguments = ["check", "--report", report];
    within(world, &["sh", "-c", &script], &arguments)
}

#[test]
fn what_a_shell_has_opened_is_added_to_and_not_replaced() {
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    for name in ["-", "/dev/stdout", "/dev/fd/1"] {
        let world = World::clean().file("log", "before\n");
        redirected(&world, ">>log", &format!("json={name}")).ends_with(0);
        let log = world.read("log");
        json(log.strip_prefix("before\n").expect("what was there"));
    }
    if !Path::new("/proc/self/fd").exists() {
        skipped("there is no /proc/self/fd, so nothing was written to a descriptor by its number");
        return;
    }
    for redirect in ["3>>log", "3<>log", "2>>log"] {
        let world = World::clean().file("log", "before\n");
        let number = if redirect.starts_with('2') { 2 } else { 3 };
        let report = format!("json=/dev/fd/{number}");
        redirected(&world, redirect, &report).ends_with(0);
        let log = world.read("log");
        json(log.strip_prefix("before\n").expect("what was there"));
    }
}

#[test]
fn no_output_replaces_what_the_inventory_names() {
    let rule = include_str!("../../policies/kms-key-set.rhai");
    let more = "waivers: w.yaml\npolicies: {builtin: false, paths: [p/]}";
    for waivers in ["version: 1\nwaivers: []\n", "version: 1\nwavers: []\n"] {
        let world = World::clean()
            .inventory_more(more)
            .file("w.yaml", waivers)
            .file("p/kms-key-set.rhai", rule);
        symlink("w.yaml", world.path("link")).expect("a link");
        for arguments in [
            &["check", "--report", "json=w.yaml"][..],
            &["check", "--report", "json=link"],
            &["check", "--report", "text=+p/../w.yaml"],
            &["check", "--report", "json=p/kms-key-set.rhai"],
            &["check", "--save-snapshot", "w.yaml"],
            &["snapshot", "-o", "w.yaml"],
            &["snapshot", "-o", "p/kms-key-set.rhai"],
        ] {
            let run = world.run(arguments).ends_with(1);
            assert!(run.stderr.contains("is read by this run"), "{run:#?}");
            assert_eq!(world.read("w.yaml"), waivers, "{arguments:?}");
            assert_eq!(world.read("p/kms-key-set.rhai"), rule, "{arguments:?}");
        }
    }
}

#[test]
fn a_baseline_that_is_not_there_yet_is_made_by_a_json_report_only() {
    let world = World::clean();
    for report in ["junit=next.json", "json=+next.json"] {
        world
            .run(&["check", "--baseline", "next.json", "--report", report])
            .ends_with(1)
            .complains(&["is the baseline"]);
    }
    // A report that is added to makes its file first; what it made is no report of anything.
    let made = fs::read_to_string(world.path("next.json")).unwrap_or_default();
    assert_eq!(made, "");
    let _ = fs::remove_file(world.path("next.json"));
    world
        .run(&[
            "check",
            "--baseline",
            "next.json",
            "--report",
            "json=next.json",
        ])
        .ends_with(0);
    serde_json::from_str::<Value>(&world.read("next.json")).expect("JSON");
}
