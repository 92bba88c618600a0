//! What takes findings away before the verdict, and what it can't take away: flags, levels,
//! waivers and filters.

use serde_json::json;

use crate::support::{Checked, World, builtin_rules, id, jira, with, without};

/// A changed connector on which a rule fails, and an unmanaged one.
fn messy() -> World {
    World::new()
        .has(without(jira(1, "alpha"), "/KmsKeyArn"))
        .has(jira(2, "beta"))
        .expects("id: alpha, name: alpha, expect: {description: other}")
}

fn unread(world: World, n: u32) -> World {
    world.fault(json!({"operation": "get", "connector_id": id(n), "error": {"type": "AccessDeniedException"}}))
}

#[test]
fn fail_on_chooses_what_counts() {
    let world = messy();
    let codes = [
        ("changed", 2),
        ("unmanaged", 2),
        ("policy", 3),
        ("changed,unmanaged", 2),
        ("changed,policy", 3),
        ("changed,missing,unmanaged,policy", 3),
        // Nothing is missing and no waiver is stale.
        ("missing", 0),
        ("missing,stale-waiver", 0),
    ];
    for (list, code) in codes {
        let checked = world.check(&["--fail-on", list]);
        assert_eq!(
            checked.run.code, code,
            "--fail-on {list}: {:#?}",
            checked.run
        );
        // The three words are before the flags, and so nothing here is clean.
        assert_eq!(checked.report["verdict"]["drift"], true);
        assert_eq!(checked.report["verdict"]["policy"], true);
        assert!(!checked.run.stdout.contains("CLEAN"), "{:#?}", checked.run);
        checked.results_in(&format!("result: POLICY DRIFT exit={code}"));
    }
}

#[test]
fn report_only_takes_findings_away_but_not_what_is_unread() {
    let checked = messy()
        .check(&["--report-only"])
        .ends_with(0)
        .results_in("result: POLICY DRIFT exit=0");
    assert_eq!(checked.report["summary"]["counted"], 0);
    assert!(!checked.findings("changed").is_empty());
    unread(messy(), 2)
        .check(&["--report-only"])
        .ends_with(4)
        .results_in("result: INCOMPLETE POLICY DRIFT exit=4");
}

#[test]
fn nothing_but_an_unfiltered_clean_result_is_called_clean() {
    World::clean()
        .check(&[])
        .ends_with(0)
        .results_in("result: CLEAN exit=0");
    // The words are before the flags: under these, too, nothing was found.
    for flags in [&["--fail-on", "changed"][..], &["--report-only"]] {
        World::clean()
            .check(flags)
            .ends_with(0)
            .results_in("result: CLEAN exit=0");
    }
    let checked = World::clean().check(&["--target", "prod"]).ends_with(0);
    assert!(
        !checked.run.stdout.contains("CLEAN"),
        "{}",
        checked.run.stdout
    );
}

#[test]
fn what_is_missing_was_not_judged_either() {
    let world = World::clean().expects("id: beta, name: beta");
    world.check(&["--fail-on", "missing"]).ends_with(2);
    for flags in [
        &["--fail-on", "changed"][..],
        &["--fail-on", "policy,unmanaged"],
        &["--report-only"],
    ] {
        let checked = world.check(flags).ends_with(4);
        assert_eq!(checked.state("prod/beta"), "missing", "{flags:?}");
        assert_eq!(checked.findings("rule_error").len(), 1, "{flags:?}");
    }
    // Where there are no rules, none was skipped.
    world
        .check(&[
            "--fail-on",
            "changed",
            "--no-builtin-rules",
            "--allow-empty",
        ])
        .ends_with(0);
}

#[test]
fn levels() {
    let world = |level: &str| {
        let rules = format!("policies: {{rules: [{{rule: kms-key-set, level: {level}}}]}}");
        let bad = without(jira(1, "alpha"), "/KmsKeyArn");
        World::serving(bad).inventory_more(&rules)
    };
    world("mandatory").check(&[]).ends_with(3);
    let checked = world("advisory").check(&[]).ends_with(0);
    assert_eq!(checked.outcome("prod/alpha", "kms-key-set"), "fail");
    assert_eq!(checked.findings("policy")[0]["why_not"], "advisory");
    assert!(
        checked.run.stdout.contains("no KMS key is set"),
        "an advisory failure is shown"
    );
    let checked = world("off").check(&[]).ends_with(0);
    assert!(checked.findings("policy").is_empty());
}

#[test]
fn an_advisory_rule_that_errs_makes_the_run_incomplete() {
    let rule = r#"const META = #{id: "thrower", title: "t", severity: "low", remediation: "r"};
fn check(ctx) { throw "no"; }"#;
    let world = World::clean()
        .file("rules/thrower.rhai", rule)
        .inventory_more("policies: {paths: [rules/], rules: [{rule: thrower, level: advisory}]}");
    let checked = world.check(&[]).ends_with(4);
    assert_eq!(checked.outcome("prod/alpha", "thrower"), "error");
    world.check(&["--report-only"]).ends_with(4);
}

fn waive(world: World, what: &str) -> Checked {
    let waiver = format!(
        "version: 1\nwaivers:\n  - {{{what}, reason: r, owner: o@example.com, expires: 2026-12-31}}\n"
    );
    world
        .file("waivers.yaml", &waiver)
        .check(&["--waivers", "waivers.yaml"])
}

#[test]
fn waivers_of_every_kind_permit_one_finding() {
    let changed = || {
        World::new()
            .has(jira(1, "alpha"))
            .expects("id: alpha, name: alpha, expect: {description: other}")
    };
    let failing = || World::serving(without(jira(1, "alpha"), "/KmsKeyArn"));
    let missing = || World::clean().expects("id: beta, name: beta");
    let unmanaged = || World::clean().has(jira(2, "beta"));
    let stray = format!("unmanaged, connector: prod/{}", id(2));
    let waived = [
        (
            waive(
                changed(),
                "drift: description, observed: tickets, connector: prod/alpha",
            ),
            "changed",
        ),
        (
            waive(failing(), "rule: kms-key-set, connector: prod/alpha"),
            "policy",
        ),
        (
            waive(
                failing(),
                "rule: [auth-active, kms-key-set], connector: prod/alpha",
            ),
            "policy",
        ),
        (
            waive(missing(), "drift: missing, connector: prod/beta"),
            "missing",
        ),
        (waive(unmanaged(), &format!("drift: {stray}")), "unmanaged"),
    ];
    for (checked, kind) in waived {
        let checked = checked.ends_with(0);
        let finding = checked.findings(kind)[0];
        assert_eq!(finding["why_not"], "waived", "{finding:#}");
        assert!(
            checked.run.stdout.contains("waived until 2026-12-31"),
            "a waived finding stays in the report"
        );
    }
    // Waivers that are about something else.
    waive(
        changed(),
        "drift: kms_key_arn, observed: x, connector: prod/alpha",
    )
    .ends_with(2);
    waive(
        changed(),
        "drift: description, observed: older, connector: prod/alpha",
    )
    .ends_with(2)
    .says("older");
    waive(changed(), "drift: missing, connector: prod/alpha").ends_with(2);
    waive(failing(), "rule: auth-active, connector: prod/alpha").ends_with(3);
    waive(failing(), "rule: kms-key-set, connector: prod/other").ends_with(3);
    waive(
        missing(),
        "drift: missing, connector: \"prod/*\", allow_wildcard: true",
    )
    .ends_with(1);
    waive(
        failing(),
        "rule: kms-key-set, connector: \"prod/*\", allow_wildcard: true",
    )
    .ends_with(0);
}

#[test]
fn a_waived_missing_connector_is_not_incomplete_under_other_flags() {
    let waiver = "version: 1\nwaivers:\n  - {drift: missing, connector: prod/beta, reason: r, owner: o, expires: 2026-12-31}\n";
    let world = World::clean()
        .expects("id: beta, name: beta")
        .file("w.yaml", waiver);
    world
        .check(&["--waivers", "w.yaml", "--fail-on", "changed"])
        .ends_with(0);
}

#[test]
fn an_expired_waiver_is_none() {
    let world = |last_day: &str| {
        let waiver = format!(
            "{{rule: kms-key-set, connector: prod/alpha, reason: r, owner: o, expires: {last_day}}}"
        );
        World::serving(without(jira(1, "alpha"), "/KmsKeyArn"))
            .file(
                "waivers.yaml",
                &format!("version: 1\nwaivers:\n  - {waiver}\n"),
            )
            .inventory_more("waivers: waivers.yaml")
    };
    let checked = world("2026-11-21").check(&[]).ends_with(3).says("expired");
    assert_eq!(checked.findings("stale_waiver").len(), 1);
    // The last day counts, to its end.
    world("2026-11-22").check(&[]).ends_with(0);
}

#[test]
fn a_stale_waiver_counts_when_it_is_asked_to() {
    let waiver = "version: 1\nwaivers:\n  - {rule: kms-key-set, connector: prod/alpha, reason: r, owner: o, expires: 2026-12-31}\n";
    let world = World::clean()
        .file("waivers.yaml", waiver)
        .inventory_more("waivers: waivers.yaml");
    let checked = world.check(&[]).ends_with(0);
    assert_eq!(checked.findings("stale_waiver")[0]["counted"], false);
    let every = "changed,missing,unmanaged,policy,stale-waiver";
    world.check(&["--fail-on", every]).ends_with(3);
}

#[test]
fn no_waiver_touches_what_is_unread_or_in_error() {
    let every_rule = format!("rule: [{}]", builtin_rules().join(", "));
    for what in [
        every_rule.as_str(),
        "drift: missing",
        "drift: description, observed: tickets",
    ] {
        let checked = waive(
            unread(World::clean(), 1),
            &format!("{what}, connector: prod/alpha"),
        )
        .ends_with(4);
        assert_eq!(checked.findings("unread")[0]["counted"], true, "{what}");
        assert!(checked.findings("unread")[0]["waiver"].is_null(), "{what}");
    }
    // An unknown status makes its rule err; a waiver of that rule is no help.
    let odd = with(jira(1, "alpha"), "/EnablementStatus", json!("HALF_ENABLED"));
    let checked = waive(
        World::serving(odd),
        "rule: enablement-enabled, connector: prod/alpha",
    )
    .ends_with(4);
    assert_eq!(checked.outcome("prod/alpha", "enablement-enabled"), "error");
}

#[test]
fn a_target_filter_looks_at_less_and_says_so() {
    let world = World::of_two_targets(", expect: {description: other}");
    world.check(&[]).ends_with(2).says("scope: 2 of 2 targets");
    let checked = world
        .check(&["--target", "prod"])
        .ends_with(0)
        .says("scope: 1 of 2 targets");
    assert_eq!(
        checked.report["targets"].as_array().expect("targets").len(),
        2
    );
    assert_eq!(checked.report["targets"][0]["status"], "out_of_scope");
    assert!(
        !checked.run.stdout.contains("CLEAN"),
        "{}",
        checked.run.stdout
    );
    world.check(&["--target", "europe"]).ends_with(2);
    world
        .check(&["--target", "europe", "--target", "prod"])
        .ends_with(2);
    let checked = world.check(&["--target", "prdo"]).ends_with(1);
    assert!(
        checked.run.stderr.contains("there is no target `prdo`"),
        "{}",
        checked.run.stderr
    );
}

#[test]
fn nothing_to_check_is_no_success() {
    let ignoring = || World::new().target_setting("unmanaged: ignore");
    let checked = ignoring().check(&[]).ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "empty");
    assert!(
        checked.run.stderr.contains("--allow-empty"),
        "{}",
        checked.run.stderr
    );
    let checked = ignoring().check(&["--allow-empty"]).ends_with(0);
    assert!(
        !checked.run.stdout.contains("CLEAN"),
        "nothing was checked: {}",
        checked.run.stdout
    );
    // Nobody expects a connector, and the listing is asked whether that is so.
    World::new().check(&[]).ends_with(0);
    World::new().has(jira(1, "alpha")).check(&[]).ends_with(2);
}

#[test]
fn what_nothing_would_check_is_known_before_it_is_read() {
    let off: Vec<_> = builtin_rules()
        .iter()
        .map(|rule| {
            format!("{{rule: {rule}, level: off, match: {{labels: {{judged: by-nobody}}}}}}")
        })
        .collect();
    let world = || {
        World::new()
            .has(jira(1, "alpha"))
            .has(jira(2, "beta"))
            .has(jira(3, "gamma"))
            .expects("id: alpha, name: alpha")
            .expects("id: beta, name: beta, labels: {judged: by-nobody}")
            .expects("id: gamma, name: gamma, labels: {judged: by-nobody}")
            .inventory_more(&format!("policies: {{rules: [{}]}}", off.join(", ")))
    };
    let checked = world().check(&["--report-only"]).ends_with(1);
    let errors = checked.report["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 2, "{errors:?}");
    for (error, address) in errors.iter().zip(["prod/beta", "prod/gamma"]) {
        assert_eq!(error["kind"], "empty");
        assert!(error["location"]["line"].is_u64(), "{error}");
        let said = error["message"].as_str().expect("a message");
        assert!(
            said.contains(address) && said.contains("--allow-empty"),
            "{said}"
        );
    }
    let checked = world().check(&["--allow-empty"]).ends_with(0);
    assert!(
        !checked.run.stdout.contains("CLEAN"),
        "{}",
        checked.run.stdout
    );
    assert_eq!(checked.findings("not_checked").len(), 2);
}

#[test]
fn without_rules_nothing_is_judged() {
    let checked = World::clean().check(&["--no-builtin-rules"]).ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "empty");
    World::clean()
        .check(&["--no-builtin-rules", "--allow-empty"])
        .ends_with(0);
    let off: Vec<_> = builtin_rules()
        .iter()
        .map(|rule| format!("{{rule: {rule}, level: off}}"))
        .collect();
    let all_off = format!("policies: {{rules: [{}]}}", off.join(", "));
    World::clean()
        .inventory_more(&all_off)
        .check(&[])
        .ends_with(1);
    World::clean()
        .inventory_more("policies: {builtin: false}")
        .check(&[])
        .ends_with(1);
}

#[test]
fn a_connector_that_was_made_anew_is_shown_with_the_line_to_change() {
    let checked = World::new()
        .has(jira(1, "alpha"))
        .expects(&format!("id: alpha, connector_id: {}", id(9)))
        .check(&[])
        .ends_with(2)
        .says("replaced?")
        .says("hubdrift.yaml:5");
    let missing = checked.connector("prod/alpha");
    assert_eq!(missing["state"], "missing");
    assert_eq!(missing["replaced_by"], id(1));
}
