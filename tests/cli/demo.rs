//! `hubdrift demo` shows everything there is to see, on any machine.

use crate::support::World;

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
