//! `hubdrift demo` shows everything there is to see, on any machine.

#[cfg(target_os = "linux")]
use crate::support::skipped;
use crate::support::{Run, World, wrapped};

#[test]
fn the_demonstration_shows_every_state_and_ends_well() {
    let run = World::new().run(&["demo"]).ends_with(0).says(&[
        "in sync",
        "  changed",
        "  missing",
        "  unmanaged",
        "  unread",
        "waived until",
        "result: INCOMPLETE POLICY DRIFT exit=4",
        "exit code 4",
    ]);
    assert!(!run.stdout.contains("CLEAN"));
    assert_eq!(run.stderr, "");
}

#[test]
fn no_setting_of_the_environment_reaches_it() {
    let plain = World::new().run(&["demo"]).ends_with(0);
    let world = World::new()
        .env("AWS_PROFILE", "nonsense")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
        .env("AWS_REGION", "nowhere")
        .env("AWS_MAX_ATTEMPTS", "nonsense")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("HUBDRIFT_ENDPOINT_URL", "http://127.0.0.1:1")
        .without_env("AWS_ACCESS_KEY_ID");
    let run = world.run(&["demo"]).ends_with(0);
    // The throttled request comes at any time: ids of requests vary, and nothing else does.
    let without_ids = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("request"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without_ids(&run.stdout), without_ids(&plain.stdout));
}

#[test]
fn it_writes_reports_too() {
    let world = World::new();
    world
        .run(&[
            "demo",
            "-q",
            "--report",
            "json=demo.json",
            "--report",
            "junit=demo.xml",
        ])
        .ends_with(0);
    let report: serde_json::Value = serde_json::from_str(&world.read("demo.json")).expect("JSON");
    assert_eq!(report["verdict"]["exit_code"], 4);
    for state in ["in_sync", "changed", "missing", "unmanaged", "unread"] {
        assert_ne!(report["summary"]["states"][state], 0, "{state}");
    }
    assert!(world.read("demo.xml").contains("<failure"));
    world
        .run(&["demo", "--report", "json=no/such/place.json"])
        .ends_with(1);
}

/// The demonstration after some words of a shell, with its reports.
#[cfg(unix)]
fn after(words: &str, wrapper: &[&str]) -> (World, Run) {
    let world = World::new().file("demo.json", "an older report, and green\n");
    let script = format!("{words} && exec \"$0\" \"$@\"");
    let command = world.command(&["demo", "--report", "json=demo.json"]);
    let run = Run::of(wrapped(
        &command,
        &[wrapper, &["sh", "-c", &script]].concat(),
    ));
    (world, run)
}

#[cfg(unix)]
fn assert_shown_or_failed(what: &str, (world, run): &(World, Run)) {
    if run.code == 1 && run.stderr.contains("failed to open `demo.json`") {
        // Not even this file could be opened.
        return;
    }
    let report: serde_json::Value =
        serde_json::from_str(&world.read("demo.json")).unwrap_or_else(|error| {
            panic!("{what}: {error}: {run:#?}");
        });
    let verdict = &report["verdict"];
    if run.code == 0 {
        assert_eq!(verdict["exit_code"], 4, "{what}: {run:#?}");
        assert_eq!(report["summary"]["states"]["unread"], 1, "{what}: {run:#?}");
    } else {
        assert_eq!(
            (run.code, &verdict["exit_code"]),
            (1, &serde_json::json!(1))
        );
        assert_ne!(report["errors"], serde_json::json!([]), "{what}");
    }
}

#[cfg(unix)]
#[test]
fn it_does_not_end_well_where_nothing_can_be_served() {
    // So few files may be open that nothing can be served.
    for files in [12, 14] {
        let ended = after(&format!("ulimit -n {files}"), &[]);
        assert_eq!(ended.1.code, 1, "{:#?}", ended.1);
        assert_shown_or_failed(&format!("{files} files"), &ended);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_does_not_end_well_where_nothing_can_be_reached() {
    let net = ["unshare", "--map-root-user", "--net"];
    let tried = std::process::Command::new(net[0])
        .args(&net[1..])
        .arg("true")
        .output();
    if !tried.is_ok_and(|it| it.status.success()) {
        skipped("no network can be made here that has no loopback");
        return;
    }
    let ended = after("true", &net);
    assert_eq!(ended.1.code, 1, "{:#?}", ended.1);
    assert_shown_or_failed("no loopback", &ended);
}
