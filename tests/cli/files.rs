//! Where reports go: whole files or nothing, places found before AWS is asked, and streams
//! that hold only what belongs there.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::support::{World, jira, skipped, without};

fn check(world: &World, arguments: &[&str]) -> crate::support::Run {
    world.run(&[&["check"], arguments].concat())
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_report_on_stdout_is_alone_there() {
    let world = World::clean();
    for argument in ["json", "json=-"] {
        let run = check(&world, &["--report", argument]).ends_with(0);
        assert_eq!(json_of(&run.stdout)["verdict"]["exit_code"], 0);
    }
    let run = check(&world, &["--report", "junit"]).ends_with(0);
    assert!(
        run.stdout.starts_with("<?xml") && run.stdout.trim_end().ends_with("</testsuites>"),
        "{}",
        run.stdout
    );
    // Errors are told on stderr, and the report stays whole.
    let broken = World::clean().file("hubdrift.yaml", "version: 2");
    let run = check(&broken, &["--report", "json"])
        .ends_with(1)
        .complains(&["hubdrift.yaml:1:"]);
    assert_eq!(json_of(&run.stdout)["verdict"]["exit_code"], 1);
}

#[test]
fn text_goes_to_stdout_unless_something_else_does_or_it_is_to_be_quiet() {
    let world = World::clean();
    check(&world, &[]).says(&["result: CLEAN"]);
    check(&world, &["--report", "json=a.json"]).says(&["result: CLEAN"]);
    let run = check(&world, &["-q"]).ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = check(&world, &["-q", "--report", "json=q.json"]).ends_with(0);
    assert_eq!(run.stdout, "");
    check(&world, &["-q", "--report", "text"]).says(&["result: CLEAN"]);
    let run = check(&world, &["--report", "json", "--report", "text=t.txt"]).ends_with(0);
    json_of(&run.stdout);
    assert!(world.read("t.txt").contains("result: CLEAN"));
}

#[test]
fn annotations_share_stdout_with_the_text_report_whose_result_is_the_last_thing_said() {
    let world = World::clean();
    for arguments in [
        &["--report", "github"][..],
        &["--report", "github=-", "--report", "json=a.json"],
        &["--report", "text", "--report", "github"],
        &["-q", "--report", "github", "--report", "text=-"],
    ] {
        let run = check(&world, arguments).ends_with(0);
        let (annotation, text) = run.stdout.split_once('\n').expect("lines");
        assert!(
            annotation.starts_with("::notice title=hubdrift%3A CLEAN exit=0::"),
            "{arguments:?}: {run:#?}"
        );
        assert!(!text.contains("::notice"), "{arguments:?}: {run:#?}");
        assert_eq!(
            text.matches("result: CLEAN exit=0").count(),
            1,
            "{arguments:?}"
        );
    }
    let run = check(&world, &["-q", "--report", "github"]).ends_with(0);
    assert_eq!(run.stdout.lines().count(), 1, "{run:#?}");
    let run = check(&world, &["--report", "github=a.txt"]).ends_with(0);
    assert!(!run.stdout.contains("::notice"), "{run:#?}");
    assert!(world.read("a.txt").starts_with("::notice"));
    // Nothing else may stand between lines of a log.
    for other in ["github", "json", "junit", "sarif", "gitlab"] {
        let run = check(&world, &["--report", "github", "--report", other]).ends_with(1);
        assert!(run.stderr.contains("two reports"), "{other}: {run:#?}");
    }
    check(
        &world,
        &["-q", "--report", "github", "--save-snapshot", "-"],
    )
    .ends_with(1)
    .complains(&["a report goes to standard output already"]);
}

#[test]
fn a_run_that_fails_is_annotated() {
    let broken = World::clean().file("hubdrift.yaml", "version: 2");
    let run = check(&broken, &["--report", "github"])
        .ends_with(1)
        .complains(&["hubdrift.yaml:1:"]);
    let first = "::error file=hubdrift.yaml,line=1,";
    assert!(run.stdout.starts_with(first), "{run:#?}");
    assert!(
        run.stdout.lines().all(|line| line.starts_with("::")),
        "{run:#?}"
    );
}

#[test]
fn two_reports_to_one_place_are_refused() {
    let pairs = [
        ["json=a.json", "junit=a.json"],
        ["json=a.json", "junit=./a.json"],
        ["json", "junit"],
        ["json", "text=-"],
        ["json=sub/../a.json", "junit=a.json"],
        ["json=+a.json", "junit=a.json"],
        ["json=a.json", "junit=+sub/../a.json"],
    ];
    for [one, other] in pairs {
        let world = World::clean().file("sub/there", "");
        let run = check(&world, &["--report", one, "--report", other]).ends_with(1);
        assert!(
            run.stderr.contains("two reports"),
            "{one} {other}: {run:#?}"
        );
    }
}

#[test]
fn a_file_that_is_replaced_has_no_traces_of_the_old_one() {
    let world = World::clean().file("report.json", &"x".repeat(100_000));
    check(&world, &["--report", "json=report.json"]).ends_with(0);
    json_of(&world.read("report.json"));
    assert_eq!(
        world.files(),
        ["home", "hubdrift.yaml", "report.json"],
        "nothing else is left behind"
    );
}

#[test]
fn an_older_green_report_does_not_outlive_a_failed_run() {
    let green = World::clean();
    check(
        &green,
        &[
            "--report",
            "json=report.json",
            "--report",
            "junit=report.xml",
        ],
    )
    .ends_with(0);
    let broken = "version: 1\nconnectors:\n  - {id: alpha, nmae: alpha}\n";
    let world = World::clean()
        .file("report.json", &green.read("report.json"))
        .file("report.xml", &green.read("report.xml"))
        .file("hubdrift.yaml", broken);
    let checked = world.check(&[]).ends_with(1);
    let error = &checked.report["errors"][1];
    assert_eq!(error["kind"], "inventory");
    assert_eq!(
        error["location"],
        json!({"file": "hubdrift.yaml", "line": 3, "column": 17})
    );
    assert!(checked.junit.contains("<error"), "{}", checked.junit);
    // And neither when there are no credentials.
    let world = World::clean()
        .file("report.json", &green.read("report.json"))
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let checked = world.check(&[]).ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "credentials");
}

#[test]
fn appending_adds_to_the_end() {
    let world = World::clean().file("log.txt", "before\n");
    check(&world, &["--report", "text=+log.txt"]).ends_with(0);
    check(&world, &["--report", "text=+log.txt"]).ends_with(0);
    let log = world.read("log.txt");
    assert!(
        log.starts_with("before\n") && log.matches("result: CLEAN").count() == 2,
        "{log}"
    );
    check(&world, &["--report", "text=+new.txt"]).ends_with(0);
    assert!(world.read("new.txt").contains("result: CLEAN"));
}

#[cfg(unix)]
#[test]
fn a_place_that_can_not_be_written_is_found_before_aws_is_asked() {
    // As root every directory is writable, but nothing is below a file, and a directory is none.
    for place in [
        "json=no/such/directory/a.json",
        "json=hubdrift.yaml/a.json",
        "json=/",
        "text=+no/a.txt",
        "json=/dev/null/x",
    ] {
        let world = World::clean();
        let run = check(&world, &["--report", place]).ends_with(1);
        assert!(run.stderr.contains("failed to open"), "{run:#?}");
        let requests = world.requests();
        assert!(
            requests.contains("requests served: get 0, list 0, tags 0, identity 0"),
            "{place}: {requests}"
        );
    }
}

#[cfg(unix)]
#[test]
fn the_emulator_would_have_counted_a_request() {
    let world = World::clean();
    check(&world, &[]).ends_with(0);
    let requests = world.requests();
    for counted in ["get 1", "list 1", "identity 1"] {
        assert!(requests.contains(counted), "{requests}");
    }
}

#[test]
fn the_other_reports_are_written_when_one_has_no_place() {
    let world = World::clean();
    check(
        &world,
        &["--report", "json=no/such/a.json", "--report", "json=b.json"],
    )
    .ends_with(1);
    let report = json_of(&world.read("b.json"));
    assert_eq!(report["verdict"]["exit_code"], 1);
    assert_eq!(report["errors"][0]["kind"], "report");
}

#[cfg(unix)]
#[test]
fn a_device_and_a_pipe_are_written_through() {
    use std::os::unix::fs::FileTypeExt as _;
    let world = World::clean();
    check(
        &world,
        &["--report", "json=/dev/null", "--report", "junit=/dev/null"],
    )
    .ends_with(0);
    let null = fs::metadata("/dev/null").expect("it is there");
    assert!(null.file_type().is_char_device(), "/dev/null was replaced");

    let pipe = world.path("pipe");
    let made = Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo is there");
    assert!(made.success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe).expect("text"))
    };
    check(&world, &["--report", "json=pipe"]).ends_with(0);
    assert_eq!(
        json_of(&reader.join().expect("it was read"))["verdict"]["exit_code"],
        0
    );
    assert!(
        fs::metadata(&pipe)
            .expect("it is there")
            .file_type()
            .is_fifo()
    );
}

#[cfg(unix)]
#[test]
fn a_full_device_is_exit_1() {
    if !std::path::Path::new("/dev/full").exists() {
        skipped("there is no /dev/full, so no device was full");
        return;
    }
    check(&World::clean(), &["--report", "json=/dev/full"])
        .ends_with(1)
        .complains(&["failed to write"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_points_at_is_replaced() {
    let world = World::clean()
        .file("real/report.json", "old")
        .file("dir/x", "");
    std::os::unix::fs::symlink("real/report.json", world.path("link.json")).expect("a link");
    std::os::unix::fs::symlink("real/new.json", world.path("dangling.json")).expect("a link");
    check(
        &world,
        &[
            "--report",
            "json=link.json",
            "--report",
            "json=dangling.json",
        ],
    )
    .ends_with(0);
    for link in ["link.json", "dangling.json"] {
        assert!(
            fs::symlink_metadata(world.path(link))
                .expect("it is there")
                .is_symlink(),
            "{link}"
        );
    }
    json_of(&world.read("real/report.json"));
    json_of(&world.read("real/new.json"));
    // Two ways to one file are one place.
    let run = check(
        &world,
        &[
            "--report",
            "json=link.json",
            "--report",
            "junit=real/report.json",
        ],
    )
    .ends_with(1);
    assert!(run.stderr.contains("two reports"), "{run:#?}");
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_of_any_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::clean()
        .file("touched", "")
        .file("secret.json", "old");
    let secret = world.path("secret.json");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("permissions");
    check(
        &world,
        &["--report", "json=new.json", "--report", "junit=secret.json"],
    )
    .ends_with(0);
    let mode = |name: &str| {
        fs::metadata(world.path(name))
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("new.json"), mode("touched"), "as umask says");
    assert_eq!(mode("secret.json"), 0o600, "as it was");
}

#[test]
fn colours_are_for_who_wants_them() {
    let world = || World::serving(without(jira(1, "alpha"), "/KmsKeyArn"));
    let coloured = |world: World, arguments: &[&str]| {
        let run = check(&world, arguments).ends_with(3);
        run.stdout.contains('\u{1b}')
    };
    // A pipe is no terminal.
    assert!(!coloured(world(), &[]));
    assert!(coloured(world(), &["--color", "always"]));
    assert!(coloured(world().env("FORCE_COLOR", "1"), &[]));
    assert!(coloured(world().env("CLICOLOR_FORCE", "1"), &[]));
    assert!(!coloured(world().env("FORCE_COLOR", "0"), &[]));
    assert!(!coloured(
        world().env("FORCE_COLOR", "1").env("NO_COLOR", "1"),
        &[]
    ));
    assert!(!coloured(
        world().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"),
        &[]
    ));
    assert!(!coloured(
        world().env("FORCE_COLOR", "1"),
        &["--color", "never"]
    ));
    assert!(coloured(
        world().env("NO_COLOR", "1"),
        &["--color", "always"]
    ));
    // A file is none for anybody.
    let world = world();
    check(
        &world,
        &[
            "--color",
            "always",
            "--report",
            "text=plain.txt",
            "--report",
            "json=c.json",
        ],
    )
    .ends_with(3);
    assert!(
        !world.read("plain.txt").contains('\u{1b}') && !world.read("c.json").contains('\u{1b}')
    );
}

#[test]
fn hostile_names_reach_no_terminal() {
    let name = "a\u{1b}[31m]]>\u{202e}<script>\u{7}";
    let body = crate::support::with(jira(1, "alpha"), "/Description", json!(name));
    let world = World::new()
        .has(body)
        .expects("id: alpha, name: alpha, expect: {description: other}");
    let checked = world.check(&[]).ends_with(2);
    for text in [&checked.run.stdout, &checked.junit] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    }
    assert_eq!(
        checked.findings("changed")[0]["observed"],
        name,
        "in JSON it is what it is"
    );
}

#[test]
fn two_runs_over_the_same_facts_differ_only_in_run() {
    let world = World::clean().has(jira(2, "beta"));
    let report = |name: &str| {
        check(&world, &["--report", &format!("json={name}")]).ends_with(2);
        let mut report = json_of(&world.read(name));
        report["run"] = Value::Null;
        report
    };
    let (mut first, mut second) = (report("1.json"), report("2.json"));
    // Requests have ids of their own, and observations times.
    for report in [&mut first, &mut second] {
        for connector in report["connectors"].as_array_mut().expect("connectors") {
            connector["request_id"] = Value::Null;
            connector["observed_at"] = Value::Null;
        }
    }
    assert_eq!(first, second);
}

#[cfg(unix)]
#[test]
fn a_link_that_ends_at_a_pipe_is_written_through() {
    let world = World::clean();
    let run = check(&world, &["--report", "json=/dev/stdout", "-q"]).ends_with(0);
    assert_eq!(json_of(&run.stdout)["verdict"]["exit_code"], 0);
}

#[test]
fn a_usage_error_leaves_no_older_green_report_behind() {
    let world = World::clean().file("report.json", "an old report, and green\n");
    for report in [
        &["--report=json=report.json"][..],
        &["--report", "json=report.json"],
    ] {
        let mut arguments = vec!["check", "--deadline", "abc"];
        arguments.extend(report);
        world.run(&arguments).ends_with(1);
        let report: serde_json::Value =
            serde_json::from_str(&world.read("report.json")).expect("a report");
        assert_eq!(report["verdict"]["exit_code"], 1);
        assert_eq!(report["errors"][0]["kind"], "usage");
    }
}

#[test]
fn no_report_replaces_what_the_run_reads() {
    let world = World::clean();
    world.run(&["check", "--report", "text"]).ends_with(0);
    let before = world.read("hubdrift.yaml");
    for report in [
        "json=hubdrift.yaml",
        "junit=./hubdrift.yaml",
        "json=+hubdrift.yaml",
    ] {
        world
            .run(&["check", "--report", report])
            .ends_with(1)
            .complains(&["hubdrift.yaml` is read by this run"]);
        assert_eq!(world.read("hubdrift.yaml"), before, "{report}");
    }
}

#[test]
fn neither_a_snapshot_nor_a_mistyped_command_replaces_what_the_run_reads() {
    let world = World::clean();
    world
        .run(&["snapshot", "-q", "-o", "saved.json"])
        .ends_with(0);
    let (inventory, saved) = (world.read("hubdrift.yaml"), world.read("saved.json"));
    for arguments in [
        &["snapshot", "-o", "hubdrift.yaml"][..],
        &["check", "--save-snapshot", "hubdrift.yaml"],
        &[
            "check",
            "--observed",
            "saved.json",
            "--report",
            "json=saved.json",
        ],
        &[
            "check",
            "--report",
            "json=hubdrift.yaml",
            "--deadline",
            "abc",
        ],
        &[
            "check",
            "hubdrift.yaml",
            "--report=json=./hubdrift.yaml",
            "--nonsense",
        ],
        &[
            "check",
            "--observed",
            "saved.json",
            "--report",
            "json=saved.json",
            "--nonsense",
        ],
    ] {
        world.run(arguments).ends_with(1);
        assert_eq!(world.read("hubdrift.yaml"), inventory, "{arguments:?}");
        assert_eq!(world.read("saved.json"), saved, "{arguments:?}");
    }
}
