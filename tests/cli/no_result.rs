//! Exit 1: every report that was named says why there is no result, in place of an older green one.

use hubdrift::report::Format;
use serde_json::Value;

#[cfg(unix)]
use crate::support::{Run, wrapped};
use crate::support::{World, assert_no_result, assert_whole, every};

/// What goes wrong: the world, the arguments, the kind of the first error and a word about it.
type Case = (
    &'static str,
    World,
    &'static [&'static str],
    &'static str,
    &'static str,
);

/// What is wrong with what the run is given.
fn inputs() -> Vec<Case> {
    let clean = World::clean;
    let waivers = || clean().inventory_more("waivers: w.yaml");
    let rules = || clean().inventory_more("policies: {paths: [p/]}");
    vec![
        (
            "usage",
            clean(),
            &["check", "--deadline", "abc"],
            "usage",
            "--deadline",
        ),
        (
            "an unknown argument",
            clean(),
            &["check", "--nonsense"],
            "usage",
            "--nonsense",
        ),
        ("a mistyped command", clean(), &["chekc"], "usage", "chekc"),
        (
            "inventory",
            clean().file("hubdrift.yaml", "version: 1\nconectors: []\n"),
            &["check"],
            "inventory",
            "conectors",
        ),
        (
            "no inventory",
            clean(),
            &["check", "nowhere.yaml"],
            "inventory",
            "nowhere.yaml",
        ),
        (
            "rules",
            rules().file("p/own.rhai", "fn check(ctx) { pass() }"),
            &["check"],
            "rules",
            "META",
        ),
        (
            "waivers",
            waivers().file("w.yaml", "version: 1\nwavers: []\n"),
            &["check"],
            "waivers",
            "wavers",
        ),
        (
            "baseline",
            clean().file("last.json", "{\"schema\": \"hubdrift.report/9\"}"),
            &["check", "--baseline", "last.json"],
            "baseline",
            "last.json",
        ),
        (
            "no evidence",
            clean(),
            &["check", "--observed", "nothing.json"],
            "snapshot",
            "nothing.json",
        ),
    ]
}

/// What is wrong with the run itself.
fn runs() -> Vec<Case> {
    let clean = World::clean;
    vec![
        (
            "no credentials",
            clean()
                .without_env("AWS_ACCESS_KEY_ID")
                .without_env("AWS_SECRET_ACCESS_KEY"),
            &["check"],
            "credentials",
            "credentials",
        ),
        (
            "nothing selected",
            World::new().target_setting("unmanaged: ignore"),
            &["check"],
            "empty",
            "nothing would be checked",
        ),
        (
            "no such target",
            clean(),
            &["check", "--target", "elsewhere"],
            "empty",
            "elsewhere",
        ),
        (
            "no rules",
            clean(),
            &["check", "--no-builtin-rules"],
            "empty",
            "no rules",
        ),
        (
            "a report without a place",
            clean(),
            &["check", "--report", "json=no/such/place.json"],
            "report",
            "place.json",
        ),
        (
            "a saved report that is none",
            clean().file("saved.json", "[]"),
            &["report", "saved.json"],
            "report",
            "saved.json",
        ),
    ]
}

fn options<'a>(arguments: &[&'a str], reports: &'a [String]) -> Vec<&'a str> {
    let reports = reports.iter().map(String::as_str);
    arguments.iter().copied().chain(reports).collect()
}

#[test]
fn every_report_says_why_in_place_of_an_older_green_one() {
    let reports = every("report");
    let name = |format: Format| format!("report.{}", format.as_str());
    let green = World::clean();
    green.run(&options(&["check"], &reports)).ends_with(0);
    for format in Format::ALL {
        assert_whole(format, &green.read(&name(format)));
    }
    for (what, world, arguments, kind, why) in inputs().into_iter().chain(runs()) {
        let world = Format::ALL.into_iter().fold(world, |world, format| {
            world.file(&name(format), &green.read(&name(format)))
        });
        let run = world.run(&options(arguments, &reports));
        assert_eq!(run.code, 1, "{what}: {run:#?}");
        assert!(run.stderr.contains(why), "{what}: {run:#?}");
        assert_eq!(run.stdout, "", "{what}: a person was told already");
        for format in Format::ALL {
            assert_no_result(format, &world.read(&name(format)), why);
        }
        let report: Value = serde_json::from_str(&world.read("report.json")).expect("JSON");
        assert_eq!(report["errors"][0]["kind"], kind, "{what}");
        let left = world.files();
        assert!(
            left.iter().all(|file| !file.starts_with(".hubdrift-")),
            "{what}: {left:?}"
        );
    }
}

#[test]
fn a_report_that_the_environment_names_is_one_of_them() {
    let world = || {
        World::clean()
            .file("report.json", "an old report, and green\n")
            .env("HUBDRIFT_REPORT", "json=report.json")
    };
    let failed = world();
    failed.run(&["check", "--deadline", "abc"]).ends_with(1);
    assert_no_result(Format::Json, &failed.read("report.json"), "abc");
    // Another command has no reports, so what one left is not its to replace; nor is what the
    // environment names named, where the command line names another.
    let other = world();
    other.run(&["validate", "--nonsense"]).ends_with(1);
    other
        .run(&["check", "--nonsense", "--report", "json=b.json"])
        .ends_with(1);
    assert_eq!(other.read("report.json"), "an old report, and green\n");
    assert_no_result(Format::Json, &other.read("b.json"), "--nonsense");
}

#[test]
fn a_usage_error_is_in_the_report_that_goes_to_standard_output() {
    for (arguments, format) in [
        (
            &["check", "--report", "json", "--nonsense"][..],
            Format::Json,
        ),
        (
            &["check", "--deadline", "abc", "--report", "junit"],
            Format::Junit,
        ),
    ] {
        let run = World::clean().run(arguments).ends_with(1);
        assert_no_result(format, &run.stdout, "--");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_can_not_have_its_threads_has_no_result() {
    // So few files may be open that the runtime can't wait for any, and reports can be written. How few
    // that are depends on what else the process has open.
    let reports = every("report");
    let mut tried = Vec::new();
    for command in [&["check"][..], &["demo"]] {
        let found = (6..16).any(|files| {
            let world = World::clean();
            let command = world.command(&options(command, &reports));
            let limit = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
            let run = Run::of(wrapped(&command, &["sh", "-c", &limit]));
            if !run.stderr.contains("failed to start the runtime")
                || run.stderr.contains("failed to open")
            {
                tried.push(run);
                return false;
            }
            let run = run.ends_with(1);
            for format in Format::ALL {
                let name = format!("report.{}", format.as_str());
                assert!(world.path(&name).exists(), "{run:#?}");
                assert_no_result(format, &world.read(&name), "Too many open files");
            }
            true
        });
        assert!(found, "{tried:#?}");
    }
}
