//! Waivers files: what a valid one means, and how each refusal reads.

use hubdrift::{
    problem::{Sources, render},
    waiver::{Subject, Waiver, check_rules, check_waivable, parse},
    yaml::SourceFile,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const TODAY: Date = date(2026, 7, 29);

fn source(text: &str) -> SourceFile {
    SourceFile {
        path: "waivers.yaml".to_owned(),
        text: text.to_owned(),
    }
}

fn valid(text: &str) -> Vec<Waiver> {
    parse(&source(text), TODAY)
        .unwrap_or_else(|problems| panic!("{}", render(&problems, &Sources::new(), false)))
}

fn refused(text: &str) -> String {
    let problems = parse(&source(text), TODAY).expect_err("refused");
    render(
        &problems,
        &Sources::from([("waivers.yaml".to_owned(), text.to_owned())]),
        false,
    )
}

/// The message for one waiver that is refused, with what else it needs.
fn refused_entry(lines: &str) -> String {
    let lines = lines.replace('\n', "\n    ");
    refused(&format!(
        "version: 1\nwaivers:\n  - reason: r\n    owner: o\n    {lines}\n"
    ))
}

const GOOD: &str = "version: 1
waivers:
  - rule: [auth-active, connector-connected]
    connector: prod/jira-secops
    reason: vendor re-authorisation is scheduled
    owner: secops@example.com
    ticket: SEC-42
    expires: 2026-12-31
    observed: FAILED
  - {rule: a, connector: 'prod/*', allow_wildcard: true, reason: r, owner: o, expires: '2020-01-01'}
  - {drift: provider.azure_regions, connector: p/j, reason: r, owner: o, expires: 2027-01-25, observed: [b, a]}
  - {drift: tags.team, connector: p/j, reason: r, owner: o, expires: 2026-08-01, observed: null}
  - {drift: missing, connector: p/j, reason: r, owner: o, expires: 2026-08-01}
  - {drift: unmanaged, connector: p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d, reason: r, owner: o, expires: 2026-08-01}
";

#[test]
fn everything_that_a_waiver_may_say_is_read() {
    let waivers = valid(GOOD);
    assert_eq!(waivers.len(), 6);
    let Subject::Rule(rules) = &waivers[0].subject else {
        panic!("rules")
    };
    let rules: Vec<_> = rules
        .iter()
        .map(|(rule, place)| format!("{rule} {place}"))
        .collect();
    assert_eq!(
        rules,
        [
            "auth-active waivers.yaml:3:12",
            "connector-connected waivers.yaml:3:25"
        ]
    );
    assert_eq!(waivers[0].ticket.as_deref(), Some("SEC-42"));
    assert_eq!(waivers[0].place.to_string(), "waivers.yaml:3:5");
    assert!(
        waivers[0].covers_address("prod/jira-secops")
            && !waivers[0].covers_address("prod/jira-secops2")
    );
    assert!(waivers[0].holds_on(date(2026, 12, 31)) && !waivers[0].holds_on(date(2027, 1, 1)));
    assert!(
        waivers[1].is_wildcard()
            && waivers[1].covers_address("prod/x")
            && !waivers[1].covers_address("dev/x")
    );
    let observed: Vec<_> = waivers
        .iter()
        .map(|w| {
            w.observed
                .as_ref()
                .map(|o| o.to_json().to_string())
                .unwrap_or_default()
        })
        .collect();
    assert_eq!(
        observed,
        ["\"FAILED\"", "", "[\"a\",\"b\"]", "null", "", ""]
    );
    assert_eq!(waivers[3].subject, Subject::Drift("tags.team".into()));
    assert_eq!(
        (&waivers[4].subject, &waivers[5].subject),
        (&Subject::Missing, &Subject::Unmanaged)
    );
    assert!(valid("version: 1\nwaivers: []\n").is_empty());
}

#[test]
fn a_file_that_is_no_waivers_file_is_refused() {
    insta::assert_snapshot!(refused(""), @"
    error: the file is empty
     --> waivers.yaml:1:1
      |
    1 |
      | ^

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused("waiver: []\n"), @"
    error: unknown key `waiver` in a waivers file
     --> waivers.yaml:1:1
      |
    1 | waiver: []
      | ^^^^^^
      |
      = help: did you mean `waivers`?

    error: a waivers file has no `version`
     --> waivers.yaml:1:1
      |
    1 | waiver: []
      | ^
      |
      = help: begin it with `version: 1`

    error: a waivers file has no `waivers`
     --> waivers.yaml:1:1
      |
    1 | waiver: []
      | ^
      |
      = help: write `waivers: []` if there are none

    error: 3 problems in waivers.yaml
    ");
    insta::assert_snapshot!(refused("version: 1\nwaivers: &a\n  - *a\n"), @"
    error: `&a`: anchors and aliases are not supported
     --> waivers.yaml:2:10
      |
    2 | waivers: &a
      |          ^^
      |
     ::: waivers.yaml:3:5
      |
    3 |   - *a
      |     - used here
      |
      = help: write the value out where it is needed

    error: 1 problem in waivers.yaml
    ");
}

#[test]
fn what_a_waiver_must_say_is_asked_for() {
    insta::assert_snapshot!(refused("version: 1\nwaivers:\n  - {}\n  - {reason: '', owner: 1, connector: , expires: soon}\n"), @"
    error: this waiver doesn't say what it permits
     --> waivers.yaml:3:5
      |
    3 |   - {}
      |     ^
      |
      = help: write `rule: ID`, or `drift:` with a field, `missing` or `unmanaged`

    error: this waiver has no `connector`
     --> waivers.yaml:3:5
      |
    3 |   - {}
      |     ^
      |
      = help: write its address, TARGET/ID

    error: this waiver has no `reason`
     --> waivers.yaml:3:5
      |
    3 |   - {}
      |     ^
      |
      = help: say why the finding may exist

    error: this waiver has no `owner`
     --> waivers.yaml:3:5
      |
    3 |   - {}
      |     ^
      |
      = help: say who answers for it

    error: this waiver has no `expires`
     --> waivers.yaml:3:5
      |
    3 |   - {}
      |     ^
      |
      = help: write its last day as YYYY-MM-DD, 2027-01-25 at the latest

    error: this waiver doesn't say what it permits
     --> waivers.yaml:4:5
      |
    4 |   - {reason: '', owner: 1, connector: , expires: soon}
      |     ^
      |
      = help: write `rule: ID`, or `drift:` with a field, `missing` or `unmanaged`

    error: `reason` is an empty text
     --> waivers.yaml:4:14
      |
    4 |   - {reason: '', owner: 1, connector: , expires: soon}
      |              ^^

    error: `owner` must be a text, not a number
     --> waivers.yaml:4:25
      |
    4 |   - {reason: '', owner: 1, connector: , expires: soon}
      |                         ^
      |
      = help: put it in quotes

    error: `connector` is empty: a text is expected
     --> waivers.yaml:4:28
      |
    4 |   - {reason: '', owner: 1, connector: , expires: soon}
      |                            ^^^^^^^^^
      |
      = help: write a value, or take the key away

    error: `soon` is not a date
     --> waivers.yaml:4:50
      |
    4 |   - {reason: '', owner: 1, connector: , expires: soon}
      |                                                  ^^^^
      |
      = help: write its last day as YYYY-MM-DD, 2027-01-25 at the latest

    error: 10 problems in waivers.yaml
    ");
}

#[test]
fn unknown_keys_and_wrong_types_are_refused() {
    insta::assert_snapshot!(refused_entry("rule: {a: b}\nconnector: p/j\nexpires: 20261231\nalow_wildcard: true\nallow_wildcard: yes"), @"
    error: `rule` must be a text or a list of texts, not a map
     --> waivers.yaml:5:11
      |
    5 |     rule: {a: b}
      |           ^

    error: `expires` must be a text, not a number
     --> waivers.yaml:7:14
      |
    7 |     expires: 20261231
      |              ^^^^^^^^
      |
      = help: put it in quotes

    error: unknown key `alow_wildcard` in a waiver
     --> waivers.yaml:8:5
      |
    8 |     alow_wildcard: true
      |     ^^^^^^^^^^^^^
      |
      = help: did you mean `allow_wildcard`?

    error: `allow_wildcard` must be true or false, not a text
     --> waivers.yaml:9:21
      |
    9 |     allow_wildcard: yes
      |                     ^^^

    error: 4 problems in waivers.yaml
    ");
}

#[test]
fn what_is_waived_is_one_thing() {
    insta::assert_snapshot!(refused_entry("rule: a\ndrift: name\nconnector: p/j\nexpires: 2026-08-01"), @"
    error: a waiver is for a `rule` or for `drift`, not for both
     --> waivers.yaml:6:5
      |
    6 |     drift: name
      |     ^^^^^
      |
     ::: waivers.yaml:5:5
      |
    5 |     rule: a
      |     - `rule` is here
      |
      = help: make it two waivers

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: []\nconnector: p/j\nexpires: 2026-08-01"), @"
    error: `rule` is an empty list, so nothing is permitted
     --> waivers.yaml:5:11
      |
    5 |     rule: []
      |           ^

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: [a, 1, '']\nconnector: p/j\nexpires: 2026-08-01"), @"
    error: `rule[1]` must be a text, not a number
     --> waivers.yaml:5:15
      |
    5 |     rule: [a, 1, '']
      |               ^
      |
      = help: put it in quotes

    error: a rule's id is empty
     --> waivers.yaml:5:18
      |
    5 |     rule: [a, 1, '']
      |                  ^^

    error: 2 problems in waivers.yaml
    ");
}

#[test]
fn drift_is_of_a_field_that_can_drift() {
    insta::assert_snapshot!(refused_entry("drift: kms_key\nconnector: p/j\nexpires: 2026-08-01\nobserved: x"), @"
    error: `kms_key` is no field that can drift
     --> waivers.yaml:5:12
      |
    5 |     drift: kms_key
      |            ^^^^^^^
      |
      = help: did you mean `kms_key_arn`?

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("drift: created_at\nconnector: p/j\nexpires: 2026-08-01\nobserved: x"), @"
    error: `created_at` is no field that can drift
     --> waivers.yaml:5:12
      |
    5 |     drift: created_at
      |            ^^^^^^^^^^
      |
      = help: no inventory can expect it, so it never drifts

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("drift: tags\nconnector: p/j\nexpires: 2026-08-01\nobserved: x"), @"
    error: `tags` is no field that can drift
     --> waivers.yaml:5:12
      |
    5 |     drift: tags
      |            ^^^^
      |
      = help: a tag is written `tags.KEY`

    error: 1 problem in waivers.yaml
    ");
}

#[test]
fn observed_is_required_for_drift_of_a_field_and_refused_where_it_means_nothing() {
    insta::assert_snapshot!(refused_entry("drift: kms_key_arn\nconnector: p/j\nexpires: 2026-08-01"), @"
    error: a waiver for drift of `kms_key_arn` has no `observed`
     --> waivers.yaml:3:5
      |
    3 |   - reason: r
      |     ^^^^^^
      |
      = help: write the value that is permitted, so that another one counts again; `null` if it is absent

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("drift: missing\nconnector: p/j\nexpires: 2026-08-01\nobserved: x"), @"
    error: `observed` is for drift of a field, or for a rule
     --> waivers.yaml:8:5
      |
    8 |     observed: x
      |     ^^^^^^^^
      |
      = help: take it away

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("drift: name\nconnector: p/j\nexpires: 2026-08-01\nobserved: 12"), @"
    error: `observed` must be a text, a list of texts, or null, not a number
     --> waivers.yaml:8:15
      |
    8 |     observed: 12
      |               ^^
      |
      = help: put it in quotes

    error: 1 problem in waivers.yaml
    ");
}

#[test]
fn an_empty_observed_is_not_a_written_null() {
    for subject in [
        "drift: kms_key_arn",
        "drift: tags.team",
        "rule: auth-active",
    ] {
        let entry = |observed: &str| {
            format!("{subject}\nconnector: p/j\nexpires: 2026-08-01\nobserved:{observed}")
        };
        for empty in ["", "   # which one?"] {
            let shown = refused_entry(&entry(empty));
            assert!(
                shown.contains("`observed` is empty") && shown.contains("`null` if it is absent"),
                "{shown}"
            );
        }
        for null in [" null", " ~"] {
            let lines = entry(null).replace('\n', "\n    ");
            valid(&format!(
                "version: 1\nwaivers:\n  - reason: r\n    owner: o\n    {lines}\n"
            ));
        }
    }
}

#[test]
fn a_connector_is_an_address_and_a_star_must_be_meant() {
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: jira\nexpires: 2026-08-01"), @"
    error: `jira` is not an address: TARGET/ID is expected
     --> waivers.yaml:6:16
      |
    6 |     connector: jira
      |                ^^^^

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: '*'\nallow_wildcard: true\nexpires: 2026-08-01"), @"
    error: `*` is not an address: TARGET/ID is expected
     --> waivers.yaml:6:16
      |
    6 |     connector: '*'
      |                ^^^
      |
      = help: `*/*` is every connector of every target

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: prod/*\nexpires: 2026-08-01"), @"
    error: `prod/*` may cover many connectors
     --> waivers.yaml:6:16
      |
    6 |     connector: prod/*
      |                ^^^^^^
      |
      = help: write `allow_wildcard: true` beside it if that is meant

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("drift: missing\nconnector: prod/*\nallow_wildcard: true\nexpires: 2026-08-01"), @"
    error: a `*` never covers missing connectors
     --> waivers.yaml:6:16
      |
    6 |     connector: prod/*
      |                ^^^^^^
      |
      = help: name the one that may be missing

    error: 1 problem in waivers.yaml
    ");
}

/// What is said of these entries, and where.
fn told(entries: &[&str]) -> Vec<String> {
    let entry = |entry| format!("  - {{reason: r, owner: o, expires: 2026-08-01, {entry}}}");
    let entries: Vec<_> = entries.iter().map(entry).collect();
    let text = format!("version: 1\nwaivers:\n{}\n", entries.join("\n"));
    let problems = parse(&source(&text), TODAY).err().unwrap_or_default();
    assert!(problems.iter().all(|it| it.help.is_some()), "{problems:#?}");
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn waivers_without_effect_are_refused() {
    for (without, says, with) in [
        (
            &["rule: a, connector: p/j, allow_wildcard: true"][..],
            "3:73: `allow_wildcard` has no effect",
            &["rule: a, connector: 'p/*', allow_wildcard: true"][..],
        ),
        // A value that the field never has.
        (
            &["drift: name, connector: p/j, observed: [x]"],
            "3:87: `name` is a text, and never a list",
            &["drift: name, connector: p/j, observed: x"],
        ),
        (
            &["drift: tags.team, connector: p/j, observed: []"],
            "3:92: `tags.team` is a text, and never a list",
            &["drift: tags.team, connector: p/j, observed: null"],
        ),
        (
            &["drift: provider.azure_regions, connector: p/j, observed: x"],
            "3:105: `provider.azure_regions` is a list, and never a text",
            &["drift: provider.azure_regions, connector: p/j, observed: []"],
        ),
        (
            &["drift: provider.azure_regions, connector: p/j, observed: [x, x]"],
            "3:109: `x` is written twice",
            &["drift: provider.azure_regions, connector: p/j, observed: [x, y]"],
        ),
        // Addresses of what the inventory lists have no id in them, and others have nothing else.
        (
            &["drift: unmanaged, connector: p/jira"],
            "3:77: `p/jira` is no address of an unmanaged connector",
            &["drift: unmanaged, connector: p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"],
        ),
        (
            &["drift: unmanaged, connector: 'p/jira-*', allow_wildcard: true"],
            "3:77: `p/jira-*` is no address of an unmanaged connector",
            &["drift: unmanaged, connector: 'p/1a*', allow_wildcard: true"],
        ),
        (
            &["drift: missing, connector: p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"],
            "3:75: `p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d` is the address of an unmanaged connector",
            &["rule: a, connector: p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"],
        ),
        (
            &["drift: name, observed: x, connector: p/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"],
            "is the address of an unmanaged connector",
            &["drift: name, observed: x, connector: p/j"],
        ),
        // The first that permits it does.
        (
            &["rule: a, connector: p/j", "rule: a, connector: p/j"],
            "4:5: this waiver permits what another one does: rule a",
            &["rule: a, connector: p/j", "rule: a, connector: p/k"],
        ),
        (
            &["rule: [a, b, a], connector: p/j"],
            "3:5: this waiver permits what another one does: rule a",
            &["rule: [a, b], connector: p/j"],
        ),
        (
            &["rule: [a, b], connector: p/j", "rule: b, connector: p/j"],
            "4:5: this waiver permits what another one does: rule b",
            &[
                "rule: [a, b], connector: p/j",
                "rule: b, connector: p/j, observed: x",
            ],
        ),
        (
            &[
                "drift: missing, connector: p/j",
                "drift: missing, connector: p/j",
            ],
            "4:5: this waiver permits what another one does: missing",
            &[
                "drift: missing, connector: p/j",
                "drift: missing, connector: q/j",
            ],
        ),
        (
            &[
                "drift: name, connector: p/j, observed: x",
                "drift: name, connector: p/j, observed: x",
            ],
            "4:5: this waiver permits what another one does: drift name",
            &[
                "drift: name, connector: p/j, observed: x",
                "drift: name, connector: p/j, observed: y",
            ],
        ),
    ] {
        let problems = told(without);
        assert_eq!(problems.len(), 1, "{without:#?}: {problems:#?}");
        assert!(problems[0].contains(says), "{without:#?}: {problems:#?}");
        assert_eq!(told(with), [""; 0], "{with:#?}");
    }
    // A rule that can't be waived is not waived by a waiver that says so.
    let waivers = valid(GOOD);
    assert!(check_waivable(&waivers, &["x"]).is_empty());
    let problems = check_waivable(&waivers, &["connector-connected", "a"]);
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "waivers.yaml:3:25: the rule `connector-connected` can't be waived, so this has no effect",
            "waivers.yaml:10:12: the rule `a` can't be waived, so this has no effect",
        ]
    );
}

#[test]
fn the_last_day_is_a_date_and_not_too_far() {
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: p/j\nexpires: 2027-01-26"), @"
    error: 2027-01-26 is more than 180 days after 2026-07-29, the day (UTC) of judging
     --> waivers.yaml:7:14
      |
    7 |     expires: 2027-01-26
      |              ^^^^^^^^^^
      |
      = help: write its last day as YYYY-MM-DD, 2027-01-25 at the latest

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: p/j\nexpires: 2026-02-30"), @"
    error: `2026-02-30` is not a date
     --> waivers.yaml:7:14
      |
    7 |     expires: 2026-02-30
      |              ^^^^^^^^^^
      |
      = help: write its last day as YYYY-MM-DD, 2027-01-25 at the latest

    error: 1 problem in waivers.yaml
    ");
    insta::assert_snapshot!(refused_entry("rule: a\nconnector: p/j\nexpires: 2026-08-01T00:00:00Z"), @"
    error: `2026-08-01T00:00:00Z` is not a date
     --> waivers.yaml:7:14
      |
    7 |     expires: 2026-08-01T00:00:00Z
      |              ^^^^^^^^^^^^^^^^^^^^
      |
      = help: write its last day as YYYY-MM-DD, 2027-01-25 at the latest

    error: 1 problem in waivers.yaml
    ");
}

#[test]
fn a_rule_that_does_not_exist_is_refused() {
    let problems = check_rules(&valid(GOOD), &["auth-active", "conector-connected"]);
    insta::assert_snapshot!(render(&problems, &Sources::from([("waivers.yaml".to_owned(), GOOD.to_owned())]), false), @"
    error: there is no rule `connector-connected`
     --> waivers.yaml:3:25
      |
    3 |   - rule: [auth-active, connector-connected]
      |                         ^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `conector-connected`?

    error: there is no rule `a`
      --> waivers.yaml:10:12
       |
    10 |   - {rule: a, connector: 'prod/*', allow_wildcard: true, reason: r, owner: o, expires: '2020-01-01'}
       |            ^
       |
       = help: `hubdrift rules list` shows the rules there are

    error: 2 problems in waivers.yaml
    ");
    assert!(check_rules(&valid(GOOD), &["auth-active", "connector-connected", "a"]).is_empty());
}

proptest! {
    #[test]
    fn no_damage_to_a_waivers_file_is_too_odd(at in 0..GOOD.len(), cut in 0usize..20, put in "[a-z0-9:\\[\\]{}\"'&*!\n\t -]{0,6}") {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + cut).min(GOOD.len()), &put);
        if let Err(problems) = parse(&source(&text), TODAY) {
            prop_assert!(!problems.is_empty());
            render(&problems, &Sources::from([("waivers.yaml".to_owned(), text)]), true);
        }
    }
}
