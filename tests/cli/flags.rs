//! Flags that have no effect beside the others are refused, with what to do; from variables they are not.

use hubdrift::report::Format;

use crate::support::{World, assert_no_result};

/// A clean world with what was observed in a file.
fn world() -> World {
    let world = World::clean();
    world.run(&["snapshot", "-q", "-o", "s.json"]).ends_with(0);
    world.file("w.yaml", "version: 1\nwaivers: []\n")
}

const OBSERVED: [&str; 3] = ["check", "--observed", "s.json"];

/// The flags about AWS, with a value of each.
const AWS: [(&str, &str, &str); 10] = [
    (
        "--endpoint-url",
        "HUBDRIFT_ENDPOINT_URL",
        "http://127.0.0.1:1",
    ),
    ("--profile", "HUBDRIFT_PROFILE", "p"),
    ("--region", "HUBDRIFT_REGION", "us-east-1"),
    ("--no-assume-role", "HUBDRIFT_NO_ASSUME_ROLE", "true"),
    ("--concurrency", "HUBDRIFT_CONCURRENCY", "3"),
    ("--max-rps", "HUBDRIFT_MAX_RPS", "3"),
    ("--burst", "HUBDRIFT_BURST", "3"),
    ("--max-attempts", "HUBDRIFT_MAX_ATTEMPTS", "3"),
    ("--attempt-timeout", "HUBDRIFT_ATTEMPT_TIMEOUT", "3s"),
    ("--deadline", "HUBDRIFT_DEADLINE", "3m"),
];

/// What is typed, what is refused of it, and what to do.
const REFUSED: &[(&[&str], &str, &str)] = &[
    (&["check", "--max-age", "1h"], "--max-age", "--observed"),
    (&["check", "--new-only"], "--baseline", "--baseline"),
    (
        &["check", "--observed", "s.json", "--save-snapshot", "t.json"],
        "--save-snapshot",
        "cannot be used with",
    ),
    (&["check", "--observed", "s.json", "-v"], "-v", "leave one"),
    (&["-v", "check", "--observed", "s.json"], "-v", "leave one"),
    (
        &["check", "--fail-on", "changed", "--report-only"],
        "--fail-on",
        "--report-only",
    ),
    (
        &["check", "--fail-on", "policy,changed,policy"],
        "--fail-on names `policy` twice",
        "leave it out",
    ),
    (
        &[
            "rules",
            "test",
            "--report",
            "junit=+log",
            "--report",
            "junit=+log",
        ],
        "--report names `junit=+log` twice",
        "leave it out",
    ),
    (
        &["check", "--include-observed"],
        "--include-observed",
        "--report json=PATH",
    ),
    (
        &["check", "--include-observed", "--report", "junit=b.xml"],
        "--include-observed",
        "--report json=PATH",
    ),
    (
        &["check", "--target", "prod", "--target", "prod"],
        "--target names `prod` twice",
        "leave it out",
    ),
    (
        &[
            "snapshot", "-o", "t.json", "--target", "prod", "--target", "prod",
        ],
        "--target names `prod` twice",
        "leave it out",
    ),
    (
        &["check", "hubdrift.yaml", "hubdrift.yaml"],
        "the inventory names `hubdrift.yaml` twice",
        "leave it out",
    ),
    (
        &["check", "--report", "text=+log", "--report", "text=+log"],
        "--report names `text=+log` twice",
        "leave it out",
    ),
    (
        &["check", "--report", "junit=b", "--report", "html=b"],
        "two reports go to",
        "b",
    ),
    (
        &["check", "--report", "json", "--report", "junit"],
        "two reports go to standard output",
        "give one of them a path",
    ),
    (
        &["check", "--attempt-timeout", "5s", "--deadline", "5s"],
        "--attempt-timeout",
        "make it shorter",
    ),
    (
        &["snapshot", "-o", "t.json", "--attempt-timeout", "31m"],
        "--attempt-timeout",
        "make it shorter",
    ),
    (&["check", "--burst", "0"], "--burst", "0"),
    (&["check", "--concurrency", "0"], "--concurrency", "0"),
    (&["check", "--max-attempts", "0"], "--max-attempts", "0"),
    (
        &["snapshot", "-o", "t.json", "--waivers", "w.yaml"],
        "--waivers",
        "leave it out",
    ),
    (&["validate", "-v"], "-v", "`validate`"),
    (&["report", "s.json", "-v"], "-v", "`report`"),
    (&["emulate", "s.json", "-v"], "-v", "`emulate`"),
    (&["rules", "list", "-v"], "-v", "`rules`"),
    (&["-v", "schema", "report"], "-v", "`schema`"),
    (
        &["demo", "--report", "text=+log", "--report", "text=+log"],
        "twice",
        "leave it out",
    ),
];

#[test]
fn what_has_no_effect_is_refused_with_what_to_do() {
    let world = world();
    let json = ["--report", "json=a.json"];
    for (arguments, what, to_do) in REFUSED {
        let run = world.run(arguments).ends_with(1);
        // A report that goes there says so too.
        assert!(
            run.stdout.is_empty() || run.stdout.contains("\"exit_code\": 1"),
            "{run:#?}"
        );
        let said: Vec<_> = run.stderr.split_whitespace().collect();
        let said = said.join(" ");
        assert!(said.contains(what) && said.contains(to_do), "{run:#?}");
    }
    for (flag, _, value) in AWS {
        let mut arguments = OBSERVED.to_vec();
        arguments.push(flag);
        if flag != "--no-assume-role" {
            arguments.push(value);
        }
        arguments.extend(json);
        let run = world.run(&arguments).ends_with(1);
        let why = format!("{flag} has no effect beside --observed");
        assert!(run.stderr.contains(&why), "{run:#?}");
        assert_no_result(Format::Json, &world.read("a.json"), &why);
    }
    assert!(!world.path("t.json").exists());
}

#[test]
fn all_that_has_no_effect_is_said_at_once() {
    let world = world();
    let more = [
        "--profile",
        "p",
        "--burst",
        "3",
        "--fail-on",
        "policy",
        "--report-only",
    ];
    world
        .run(&[&OBSERVED[..], &more].concat())
        .ends_with(1)
        .complains(&[
            "error: --profile, --burst have no effect beside --observed",
            "error: --fail-on has no effect beside --report-only",
        ]);
}

#[test]
fn what_has_an_effect_or_comes_from_a_variable_is_not_refused() {
    let world = AWS.iter().fold(world(), |world, (_, variable, value)| {
        world.env(variable, value)
    });
    let world = world
        .env("HUBDRIFT_VERBOSE", "true")
        .env("HUBDRIFT_INCLUDE_OBSERVED", "true");
    world.run(&OBSERVED).ends_with(0);
    for command in [&["validate"][..], &["rules", "list"]] {
        world.run(command).ends_with(0);
    }
    let world = self::world()
        .env("HUBDRIFT_OBSERVED", "s.json")
        .env("HUBDRIFT_REPORT", "json=r.json");
    for arguments in [
        &["check", "--include-observed"][..],
        &[
            "check",
            "--report",
            "text=+log",
            "--report",
            "markdown=+log",
        ],
        &["check", "-q", "--no-progress"],
        &["check", "--shard", "1/1"],
        &[
            "check",
            "--report",
            "json=/dev/null",
            "--report",
            "junit=/dev/null",
        ],
    ] {
        world.run(arguments).ends_with(0);
    }
    // So old or so young it can't be, on whatever day the tests run.
    let run = world.run(&["check", "--max-age", "1s"]).ends_with(1);
    assert!(run.stderr.contains("`s.json` "), "{run:#?}");
    assert!(!run.stderr.contains("no effect"), "{run:#?}");
}

#[test]
fn a_time_to_judge_at_is_one_of_rfc_3339() {
    let world = world();
    for (time, why) in [
        ("2026-11-22T11:42:10+05:00[Europe/Paris]", "RFC 3339"),
        ("2026-11-22T12:00:60Z", "second 60"),
        ("2026-11-22T12Z", "RFC 3339"),
        ("20261122T120000Z", "RFC 3339"),
    ] {
        for command in ["check", "validate"] {
            world
                .run(&[command, "--now", time])
                .ends_with(1)
                .complains(&[
                    "write it with its offset from UTC, like 2026-06-01T12:00:00Z",
                    why,
                ]);
        }
    }
    for time in ["2026-11-22t12:00:00z", "2026-11-22 13:00:00.5+01:00"] {
        world.run(&["check", "--now", time]).ends_with(0);
    }
}
