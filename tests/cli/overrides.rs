//! What was read and judged is said with every flag and setting that changed it, and where it was set.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, NOW, Run, World};

/// Each flag of `check` that changes what is read or how it is judged: with its value, what else it
/// needs, and the value that the report has for it.
const TOLD: &[(&str, Option<&str>, &[&str])] = &[
    ("--allow-empty", None, &[]),
    (
        "--endpoint-url",
        Some("http://127.0.0.1:9"),
        &["--max-attempts=1"],
    ),
    ("--fail-on", Some("missing"), &[]),
    ("--max-age", Some("9999d"), &["--observed=s.json"]),
    ("--new-only", None, &["--baseline=last.json"]),
    ("--no-assume-role", None, &[]),
    ("--no-builtin-rules", None, &["--policies=more"]),
    ("--now", Some(NOW), &[]),
    ("--policies", Some("more"), &[]),
    ("--profile", Some("audit"), &[]),
    ("--region", Some("us-east-1"), &[]),
    ("--report-only", None, &[]),
    ("--target", Some("prod"), &[]),
    ("--waivers", Some("waivers.yaml"), &[]),
];

/// Those of which the report says in another place what they changed: its files, baseline and scope.
const TOLD_ELSEWHERE: &[(&str, &str)] = &[
    ("--baseline", "last.json"),
    ("--observed", "s.json"),
    ("--save-snapshot", "new.json"),
    ("--shard", "1/1"),
];

/// Those that change nothing of that: how results are shown, and how hard AWS is pressed. What is
/// not read because of these is unread.
const NOT_TOLD: &[&str] = &[
    "--attempt-timeout",
    "--burst",
    "--color",
    "--concurrency",
    "--deadline",
    "--help",
    "--include-observed",
    "--max-attempts",
    "--max-rps",
    "--no-progress",
    "--quiet",
    "--report",
    "--verbose",
    "--version",
];

/// A clean account that is read through a role, in a target without a region of its own; and a file
/// for each flag that wants one.
fn world() -> World {
    let key =
        json!({"access_key_id": "EMULATOR", "secret_access_key": "emulator", "account": ACCOUNT});
    let role =
        json!({"role_arn": format!("arn:aws:iam::{ACCOUNT}:role/hubdrift"), "trusts": [ACCOUNT]});
    let target = format!("prod: {{account: \"{ACCOUNT}\", role_name: hubdrift}}");
    let world = World::clean()
        .emulator("credentials", json!([key]))
        .emulator("roles", json!([role]))
        .file(
            "hubdrift.yaml",
            &format!(
                "version: 1\ntargets:\n  {target}\nconnectors:\n  - {{id: alpha, name: alpha}}\n"
            ),
        )
        .file("waivers.yaml", "version: 1\nwaivers: []\n")
        .file("more/own.rhai", OWN);
    world
        .run(&["snapshot", "-q", "--region=us-east-1", "-o", "s.json"])
        .ends_with(0);
    world
}

const OWN: &str = r#"//! Nothing is asked for.
const META = #{id: "own", title: "Own", severity: "low", remediation: "None."};
fn check(ctx) { pass() }
"#;

/// The report of a check with these arguments, whatever came of it.
fn report(world: &World, arguments: &[&str]) -> (Run, Value) {
    let all = [&["check", "--report=json=report.json"], arguments].concat();
    let run = world.run(&all);
    let report = serde_json::from_str(&world.read("report.json")).expect("JSON");
    (run, report)
}

/// The setting of that name in the report.
fn set<'a>(report: &'a Value, setting: &str) -> Option<&'a Value> {
    let all = report["judged"]["overrides"].as_array()?;
    let mut found = all.iter().filter(|it| it["setting"] == setting);
    let first = found.next();
    assert!(found.next().is_none(), "twice: {all:#?}");
    first
}

/// The long flags that a command's help names.
fn flags(help: &str) -> Vec<String> {
    let flags = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = match line.strip_prefix('-').and_then(|it| it.get(1..)) {
            Some(rest) if rest.starts_with(", --") => &rest[2..],
            _ => line,
        };
        let name = line.strip_prefix("--")?;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        Some(format!("--{}", &name[..end.unwrap_or(name.len())]))
    });
    let mut flags: Vec<_> = flags.collect();
    flags.sort();
    flags
}

#[test]
fn every_flag_is_told_of_or_changes_nothing() {
    let help = World::new().run(&["check", "--help"]).ends_with(0).stdout;
    let told = TOLD.iter().map(|(flag, ..)| *flag);
    let elsewhere = TOLD_ELSEWHERE.iter().map(|(flag, _)| *flag);
    let mut all: Vec<_> = told
        .chain(elsewhere)
        .chain(NOT_TOLD.iter().copied())
        .collect();
    all.sort_unstable();
    assert_eq!(
        flags(&help),
        all,
        "put it where it belongs, here and in args/overrides.rs"
    );
}

#[test]
fn each_flag_that_changes_what_is_read_or_judged_is_told() {
    let world = world();
    for (flag, value, more) in TOLD {
        let typed = match value {
            Some(value) => format!("{flag}={value}"),
            None => (*flag).to_owned(),
        };
        let mut arguments = vec![typed.as_str()];
        if !more.iter().any(|it| it.starts_with("--observed")) && *flag != "--region" {
            arguments.push("--region=us-east-1");
        }
        arguments.extend(*more);
        let (run, report) = report(&world, &arguments);
        let mut expected = json!({"setting": flag, "from": "command line"});
        if let Some(value) = value {
            expected["value"] = json!(value);
        }
        assert_eq!(set(&report, flag), Some(&expected), "{run:#?}");
    }
    // What isn't typed isn't told.
    let (run, report) = report(&world, &["--region=us-east-1"]);
    let names = report["judged"]["overrides"].as_array().expect("some");
    let names: Vec<_> = names.iter().map(|it| it["setting"].as_str()).collect();
    let typed: Vec<_> = names
        .into_iter()
        .flatten()
        .filter(|it| it.starts_with("--"))
        .collect();
    assert_eq!(typed, ["--region", "--now"], "{run:#?}");
}

#[test]
fn the_other_flags_are_told_elsewhere() {
    let world = world();
    for (flag, value) in TOLD_ELSEWHERE {
        let typed = format!("{flag}={value}");
        let mut arguments = vec![typed.as_str()];
        if *flag != "--observed" {
            arguments.push("--region=us-east-1");
        }
        let (run, report) = report(&world, &arguments);
        assert_eq!(set(&report, flag), None);
        let judged = report["judged"].to_string();
        assert!(judged.contains(&format!("\"{value}\"")), "{flag}: {run:#?}");
    }
}

#[test]
fn a_variable_that_stands_for_a_flag_is_named() {
    let world = world()
        .env("HUBDRIFT_REGION", "us-east-1")
        .env("HUBDRIFT_NO_ASSUME_ROLE", "1")
        .env("HUBDRIFT_TARGET", "prod");
    let checked = world.check(&[]).ends_with(0);
    for (flag, variable) in [
        ("--region", "HUBDRIFT_REGION"),
        ("--no-assume-role", "HUBDRIFT_NO_ASSUME_ROLE"),
        ("--target", "HUBDRIFT_TARGET"),
    ] {
        let told = set(&checked.report, flag).expect(flag);
        assert_eq!(told["from"], variable);
    }
    checked
        .says("set: --region us-east-1 (HUBDRIFT_REGION)")
        .says("set: --no-assume-role (HUBDRIFT_NO_ASSUME_ROLE)");
    // What is typed comes first; and what is switched off is not on.
    let world = world.env("HUBDRIFT_NO_ASSUME_ROLE", "0");
    let checked = world.check(&["--region=us-east-1"]).ends_with(0);
    assert_eq!(
        set(&checked.report, "--region").expect("it")["from"],
        "command line"
    );
    assert_eq!(set(&checked.report, "--no-assume-role"), None);
}

#[test]
fn no_password_is_told() {
    let world = World::clean();
    let url = format!("http://user:hunter2@{}", world.address());
    let (run, report) = report(&world, &["--endpoint-url", &url, "--max-attempts=1"]);
    let told = set(&report, "--endpoint-url").expect("the endpoint");
    let shown = format!("http://[redacted]@{}", world.address());
    assert_eq!(told["value"], shown.as_str(), "{run:#?}");
    assert!(!world.read("report.json").contains("hunter2"));
    assert!(!run.stdout.contains("hunter2"), "{run:#?}");
    assert!(!run.stderr.contains("hunter2"), "{run:#?}");
    let run = world.run(&["targets", "--endpoint-url", &url, "--max-attempts=1"]);
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"));
}

#[test]
fn a_clean_result_names_account_region_and_caller() {
    let checked = World::clean()
        .check(&[])
        .ends_with(0)
        .results_in("result: CLEAN exit=0");
    let target = &checked.report["targets"][0];
    let caller = target["caller_arn"].as_str().expect("a caller");
    let line = format!("read: prod {ACCOUNT} us-east-1 as {caller}");
    checked.says(&line);
}

#[test]
fn a_replay_says_what_was_set_when_it_was_read() {
    let world = world().env("AWS_REGION", "us-east-1");
    let live = ["snapshot", "-q", "-o", "s.json", "--no-assume-role"];
    world.run(&live).ends_with(0);
    let snapshot: Value = serde_json::from_str(&world.read("s.json")).expect("JSON");
    let kept = snapshot["overrides"].as_array().expect("what was set");
    assert!(kept.contains(&json!({"setting": "--no-assume-role", "from": "command line"})));
    // Nobody is asked in a replay, so a profile that is set now has no effect.
    let world = world.env("HUBDRIFT_PROFILE", "audit");
    let checked = world
        .check(&["--observed=s.json", "--fail-on=missing"])
        .ends_with(0);
    for flag in ["--no-assume-role", "--fail-on", "--now"] {
        assert!(set(&checked.report, flag).is_some(), "{flag}");
    }
    assert_eq!(set(&checked.report, "--profile"), None);
    let caller = &snapshot["targets"][0]["caller_arn"];
    assert_eq!(&checked.report["targets"][0]["caller_arn"], caller);
    let line = format!(
        "read: prod {ACCOUNT} us-east-1 as {}",
        caller.as_str().expect("a caller")
    );
    checked.says(&line).says("set: --no-assume-role");
    // And a saved report says the same.
    let first = world.run(&[
        "check",
        "--observed=s.json",
        "--report=json=a.json",
        "--report=text",
    ]);
    let again = world.run(&["report", "a.json"]).ends_with(0);
    assert_eq!(again.stdout, first.stdout);
}

#[test]
fn what_environment_and_profile_set_is_told_with_its_place() {
    let config = "[profile audit]\nregion = us-east-1\nuse_dualstack_endpoint = false\n\
                  aws_access_key_id = EMULATOR\naws_secret_access_key = emulator\n";
    let world = world()
        .file("home/.aws/config", config)
        .env("AWS_PROFILE", "audit")
        .env("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let checked = world.check(&["--save-snapshot=saved.json"]).ends_with(0);
    let told = |setting: &str| {
        let set = set(&checked.report, setting);
        set.unwrap_or_else(|| panic!("no {setting}: {:#}", checked.report["judged"]))
    };
    let profile = json!({"setting": "profile", "value": "audit", "from": "AWS_PROFILE"});
    assert_eq!(told("profile"), &profile);
    assert_eq!(told("region")["value"], "us-east-1");
    let from = told("region")["from"].as_str().expect("a place");
    assert!(
        from.contains("audit") && from.ends_with("config:2"),
        "{from}"
    );
    let endpoint = told("endpoint_url");
    assert_eq!(endpoint["value"], format!("http://{}", world.address()));
    assert_eq!(endpoint["from"], "AWS_ENDPOINT_URL");
    let proxy = "http://[redacted]@proxy.example:3128";
    assert_eq!(told("https_proxy")["value"], proxy);
    for file in ["report.json", "report.xml", "saved.json"] {
        assert!(!world.read(file).contains("hunter2"), "{file}");
    }
    checked.says("set: profile audit (AWS_PROFILE)");
}
