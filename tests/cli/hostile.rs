//! Hostile texts in every place where an account or an inventory could put them, through the whole
//! program: every format stays whole, and nothing reaches a terminal or a log that could steer it.

use std::{env, fs, path::Path};

use hubdrift::report::Format;
use serde_json::{Value, json};

use crate::support::{NOW, Run, World, assert_whole, every, id, jira, with};

/// What somebody would call a connector who wants a report to say something else.
const HOSTILE: &str = "a\u{0}\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{feff}]]>--></script></title>\
     <script>alert(1)</script><img src=x onerror=alert(1)>\r\n::error::green%0A::error file=x::y\n\
     ##vso[task.complete result=Succeeded;]\n##[error]x\nresult: CLEAN exit=0\n| a | `b` | ~~~\n\
     =cmd|' /C calc'!A0\\\"'$(id)&amp;\u{2028}\u{fffe}";

fn long() -> String {
    HOSTILE.repeat(100 * 1024 / HOSTILE.len() + 1)
}

/// The text as a scalar of YAML.
fn yaml(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        other => format!("\\U{:08x}", u32::from(other)),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// A rule that says what it reads.
const RULE: &str = r#"const META = #{
    id: "says-it", title: "t", severity: "low", remediation: "r", needs: ["tags"],
};
fn check(ctx) {
    fail_at("description", ctx.observed.name + ctx.labels.note + ctx.observed.tags["team"])
}
"#;

fn world() -> World {
    let body = |number, name: &str| {
        let issues = json!([{"Code": HOSTILE, "Message": HOSTILE}]);
        [
            ("/Description", json!(long())),
            ("/EnablementStatusReason", json!(HOSTILE)),
            ("/EnablementStatus", json!(HOSTILE)),
            ("/Health/Message", json!(HOSTILE)),
            ("/Health/Issues", issues),
            ("/ProviderDetail/JiraCloud/ProjectKey", json!(HOSTILE)),
            ("/ProviderDetail/JiraCloud/Domain", json!(HOSTILE)),
        ]
        .into_iter()
        .fold(jira(number, name), |body, (pointer, value)| {
            with(body, pointer, value)
        })
    };
    let tags = json!({"team": HOSTILE, HOSTILE: HOSTILE});
    let denied = json!({"operation": "get", "connector_id": id(2),
        "error": {"type": "AccessDeniedException", "message": HOSTILE}});
    let other = with(
        jira(4, HOSTILE),
        "/ProviderDetail",
        json!({HOSTILE: {"X": HOSTILE}}),
    );
    let waivers = format!(
        "version: 1\nwaivers:\n  - {{rule: says-it, connector: prod/alpha, reason: {0}, owner: {0}, \
         ticket: {0}, expires: 2026-12-31}}\n",
        yaml(HOSTILE)
    );
    let alpha = format!(
        "id: alpha, connector_id: \"{}\", labels: {{note: {1}}}, expect: {{description: {1}, \
         provider: {{project_key: {{one_of: [{1}, x]}}, domain: {{matches: {2}}}}}, tags: {{team: x}}}}",
        id(1),
        yaml(HOSTILE),
        yaml("^]]>$")
    );
    World::new()
        .has_tagged(body(1, HOSTILE), &tags)
        .has(body(2, HOSTILE))
        .has_tagged(body(3, &format!("b{HOSTILE}")), &tags)
        .has(other)
        .expects(&alpha)
        .expects(&format!("id: beta, connector_id: \"{}\"", id(2)))
        .expects(&format!(
            "id: gone, name: {}",
            yaml(&format!("gone{HOSTILE}"))
        ))
        .fault(denied)
        .inventory_more("waivers: w.yaml\npolicies: {paths: [p/]}")
        .file("w.yaml", &waivers)
        .file("p/says-it.rhai", RULE)
}

fn options<'a>(arguments: &[&'a str], reports: &'a [String]) -> Vec<&'a str> {
    let reports = reports.iter().map(String::as_str);
    arguments.iter().copied().chain(reports).collect()
}

/// That what was said to a terminal can't steer it.
#[track_caller]
fn assert_tame(said: &str) {
    let bad = |c: char| c != '\n' && hubdrift::text::is_unsafe(c);
    assert_eq!(said.chars().find(|c| bad(*c)), None, "{said}");
    let command = |line: &str| {
        line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[")
    };
    assert!(!said.lines().any(command), "{said}");
}

#[test]
fn one_hostile_run_leaves_every_format_whole_and_the_terminal_alone() {
    let world = world();
    let reports = every("run");
    let arguments = ["check", "-v", "--include-observed"];
    let run = world.run(&options(&arguments, &reports)).ends_with(4);
    assert_tame(&run.stdout);
    assert_tame(&run.stderr);
    let results: Vec<_> = run
        .stdout
        .lines()
        .filter(|it| it.starts_with("result: "))
        .collect();
    assert_eq!(results, ["result: INCOMPLETE POLICY DRIFT exit=4"]);
    let named = |format: Format| format!("run.{}", format.as_str());
    for format in Format::ALL {
        assert_whole(format, &world.read(&named(format)));
    }

    // Nothing was lost on the way: what was observed stands in the audit as it was.
    let report: Value = serde_json::from_str(&world.read("run.json")).expect("JSON");
    let connectors = report["connectors"].as_array().expect("connectors");
    let of = |address: &str| {
        let found = connectors.iter().find(|it| it["address"] == address);
        found.unwrap_or_else(|| panic!("no {address}"))
    };
    let alpha = of("prod/alpha");
    assert_eq!(alpha["name"], HOSTILE);
    assert_eq!(alpha["labels"]["note"], HOSTILE);
    let drift = alpha["drift"].as_array().expect("drift");
    let observed =
        |path: &str| drift.iter().find(|it| it["path"] == path).expect(path)["observed"].clone();
    assert_eq!(observed("description"), json!(long()));
    assert_eq!(observed("tags.team"), HOSTILE);
    let results = alpha["results"].as_array().expect("results");
    let said = results
        .iter()
        .find(|it| it["rule"] == "says-it")
        .expect("the rule");
    assert_eq!(said["message"], HOSTILE.repeat(3));
    assert_eq!(said["waiver"]["reason"], HOSTILE);
    let told = of("prod/beta")["unread"]["message"].as_str().expect("why");
    assert!(told.contains("]]>--></script>"), "{told:?}");

    // Rendered again, it is the same; and colours are all that steers a terminal then.
    world
        .run(&options(&["report", "run.json"], &every("again")))
        .ends_with(4);
    for format in Format::ALL {
        let again = world.read(&format!("again.{}", format.as_str()));
        assert!(again == world.read(&named(format)), "{}", format.as_str());
    }
    let coloured = world.run(&["report", "run.json", "--color", "always"]);
    let mut parts = coloured.stdout.split('\u{1b}');
    let first = parts.next().expect("a part").to_owned();
    let plain = parts.fold(first, |plain, part| {
        let (code, rest) = part.split_once('m').expect("a colour");
        assert!(
            code.trim_start_matches('[')
                .chars()
                .all(|c| c.is_ascii_digit()),
            "{code}"
        );
        plain + rest
    });
    assert_eq!(plain, world.read("run.text"));

    // For readers that we did not write.
    if let Some(folder) = env::var_os("HUBDRIFT_REPORTS_DIR") {
        fs::create_dir_all(&folder).expect("a folder");
        for format in Format::ALL {
            let to = Path::new(&folder).join(format!("run_hostile.{}", format.as_str()));
            fs::copy(world.path(&named(format)), to).expect("copied");
        }
    }
}

/// Checks a world whose state is the same, but for a text that no string can hold.
fn with_lone_surrogate(state: &str, more: &[&str]) -> (World, Run) {
    let world = World::clean().file("s.json", &state.replace("LONE", "\\ud800"));
    let arguments = [
        &["check", "--observed", "s.json", "--report", "json=r.json"],
        more,
    ];
    let run = world.run(&arguments.concat());
    assert_tame(&run.stdout);
    assert_tame(&run.stderr);
    assert!(!run.stdout.contains("CLEAN"), "{run:#?}");
    (world, run)
}

#[test]
fn half_a_character_is_read_as_nothing_at_all() {
    let snapshot = |body: Value, tags: Value, name: &str| {
        json!({"schema": "hubdrift.snapshot/1", "targets": [{
            "name": "prod", "account": "111122223333", "region": "us-east-1", "hub": "enabled",
            "listing": {"complete": true, "summaries": [{"ConnectorId": id(1), "Name": name}]},
            "connectors": [{"connector_id": id(1), "observed_at": NOW, "body": body, "tags": tags}],
        }]})
        .to_string()
    };
    let unread = |world: &World, run: Run| {
        run.ends_with(4);
        let report: Value = serde_json::from_str(&world.read("r.json")).expect("JSON");
        let connector = &report["connectors"][0];
        assert_eq!(connector["state"], "unread", "{connector:#}");
        assert_eq!(
            connector["unread"]["kind"], "malformed_response",
            "{connector:#}"
        );
        let told = connector["unread"]["message"].as_str().expect("why");
        assert!(told.contains("half of a surrogate pair"), "{told}");
    };
    let healthy = jira(1, "alpha");
    // In a fact of one connector: that one is unread.
    let body = with(healthy.clone(), "/Description", json!("LONE"));
    let (world, run) = with_lone_surrogate(&snapshot(body.clone(), json!({}), "alpha"), &[]);
    unread(&world, run);
    let (world, run) = with_lone_surrogate(&body.to_string(), &[]);
    assert_eq!(run.code, 4, "{run:#?}");
    drop(world);
    // In an entry of the listing: nothing is known by name.
    let (_, run) = with_lone_surrogate(&snapshot(healthy.clone(), json!({}), "LONE"), &[]);
    assert_eq!(run.code, 4, "{run:#?}");
    assert!(run.stdout.contains("could not be listed"), "{run:#?}");
    // In what is ours: the file is refused, with the place.
    let (world, run) =
        with_lone_surrogate(&snapshot(healthy, json!({"team": "LONE"}), "alpha"), &[]);
    let run = run.ends_with(1).complains(&["s.json:1:"]);
    assert!(run.stderr.contains("hex escape"), "{run:#?}");
    let report: Value = serde_json::from_str(&world.read("r.json")).expect("JSON");
    assert_eq!(report["errors"][0]["kind"], "snapshot");
}

#[test]
fn half_a_character_in_a_saved_report_refuses_it_with_its_place() {
    let world = World::clean();
    world
        .run(&["check", "--report", "json=good.json"])
        .ends_with(0);
    let bad = world
        .read("good.json")
        .replacen("\"name\": \"alpha\"", "\"name\": \"\\udfff\"", 1);
    assert!(bad.contains("udfff"));
    let world = world.file("bad.json", &bad);
    for arguments in [
        &["report", "bad.json"][..],
        &["check", "--baseline", "bad.json"],
    ] {
        let run = world.run(arguments).ends_with(1).complains(&["bad.json:"]);
        assert!(!run.stdout.contains("CLEAN"), "{run:#?}");
    }
}

#[test]
fn half_a_character_over_the_wire_is_unread_and_is_saved_as_it_came() {
    // The emulator serves a stored body verbatim.
    let saved = json!({"schema": "hubdrift.snapshot/1", "targets": [{
        "name": "prod", "account": "111122223333", "region": "us-east-1",
        "connectors": [{"connector_id": id(1), "body": with(jira(1, "alpha"), "/Description", json!("LONE")), "tags": {}}],
    }]});
    let world = World::clean();
    let state = world.path("state.json");
    fs::write(&state, saved.to_string().replace("LONE", "\\ud800")).expect("written");
    let emulator = crate::support::Emulator::start(&state, &world.path("."));
    let world = World::clean().env("AWS_ENDPOINT_URL", &format!("http://{}", emulator.address));
    let arguments = [
        "check",
        "--save-snapshot",
        "s.json",
        "--report",
        "json=r.json",
    ];
    let run = world.run(&arguments).ends_with(4);
    assert_tame(&run.stdout);
    let report: Value = serde_json::from_str(&world.read("r.json")).expect("JSON");
    assert_eq!(
        report["connectors"][0]["unread"]["kind"],
        "malformed_response"
    );
    let run = world.run(&["check", "--observed", "s.json"]).ends_with(4);
    assert!(run.stdout.contains("malformed_response"), "{run:#?}");
}
