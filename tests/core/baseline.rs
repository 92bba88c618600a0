//! Baselines: what is new, what exists already and what is gone, and what none of that may hide.

use hubdrift::{
    audit::{Age, Audit, Finding, FindingKind, WhyNot},
    policy::Source,
    report::{Format, Style, render},
    saved::Baseline,
};

use crate::runs::{Case, Fate, NOW, bytes};

/// `prod/a` has drifted, a rule fails on `prod/b`, `prod/c` is missing, and connector 4 is unmanaged.
fn messy() -> Case {
    let inventory = "connectors:
  - {id: a, name: c1, expect: {description: d}}
  - {id: b, name: c2, expect: {description: d}}
  - {id: c, name: c3}
";
    Case::new(
        inventory,
        &[
            (1, Fate::Described("x")),
            (2, Fate::Keyless),
            (4, Fate::Healthy),
        ],
    )
}

fn ages(audit: &Audit) -> Vec<(FindingKind, &str, Age)> {
    let findings = audit.findings.iter();
    findings
        .map(|it| (it.kind(), it.address.as_str(), it.baseline.expect("an age")))
        .collect()
}

fn all(audit: &Audit, age: Age) -> bool {
    !audit.findings.is_empty() && ages(audit).iter().all(|(_, _, it)| *it == age)
}

fn find(audit: &Audit, kind: FindingKind) -> &Finding {
    let mut found = audit.findings.iter().filter(|it| it.kind() == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind:?}"));
    assert!(found.next().is_none(), "two of {kind:?}");
    first
}

fn notes(audit: &Audit) -> String {
    audit
        .judged
        .baseline
        .as_ref()
        .expect("a baseline")
        .notes
        .join("; ")
}

#[test]
fn without_a_baseline_nothing_is_new_or_existing() {
    let audit = messy().run();
    assert!(audit.findings.iter().all(|it| it.baseline.is_none()));
    assert_eq!((audit.judged.baseline, audit.verdict.exit_code), (None, 3));
}

#[test]
fn where_there_is_no_file_yet_everything_is_new_and_counts() {
    let mut case = messy().new_only();
    case.baseline = Some(Vec::new());
    let audit = case.run();
    assert!(all(&audit, Age::New));
    assert_eq!(audit.verdict.exit_code, 3);
    assert_eq!(
        notes(&audit),
        "there is no such file yet, so every finding is new"
    );
    assert_eq!(audit.judged.baseline.expect("one").judged_at, None);
}

#[test]
fn what_is_found_again_exists_and_counts_unless_only_new_findings_do() {
    let first = messy().run();
    let again = messy().against(&first).run();
    assert!(all(&again, Age::Existing), "{:?}", ages(&again));
    assert_eq!(
        again.verdict, first.verdict,
        "a baseline alone takes nothing away"
    );
    assert_eq!(notes(&again), "");
    // All but the missing one, on which no rule could be tried, and which doesn't count now.
    let found = messy().edited("  - {id: c, name: c3}\n", "");
    let first = found.run();
    let audit = found.against(&first).new_only().run();
    assert_eq!(audit.verdict.exit_code, 0);
    assert!(
        audit.verdict.drift && audit.verdict.policy,
        "the words are before the flags"
    );
    assert!(
        audit
            .findings
            .iter()
            .all(|it| it.why_not == Some(WhyNot::Existing) && !it.counted())
    );
    assert_eq!(audit.resolved, []);
}

#[test]
fn a_missing_connector_that_only_a_baseline_takes_away_leaves_the_run_incomplete() {
    let audit = messy().against(&messy().run()).new_only().run();
    assert_eq!(
        find(&audit, FindingKind::Missing).why_not,
        Some(WhyNot::Existing)
    );
    let skipped = find(&audit, FindingKind::RuleError);
    assert_eq!(
        (skipped.address.as_str(), skipped.baseline),
        ("prod/c", Some(Age::New))
    );
    assert_eq!(audit.verdict.exit_code, 4);
}

#[test]
fn only_what_is_new_counts() {
    let first = messy().edited("  - {id: c, name: c3}\n", "");
    let later = first
        .clone()
        .with(1, Fate::Described("x"))
        .with(5, Fate::Healthy);
    let audit = later.against(&first.run()).new_only().run();
    let counted: Vec<_> = audit.findings.iter().filter(|it| it.counted()).collect();
    assert_eq!(counted.len(), 1, "{counted:?}");
    assert_eq!(
        (counted[0].kind(), counted[0].baseline),
        (FindingKind::Unmanaged, Some(Age::New))
    );
    assert_eq!(audit.verdict.exit_code, 2);
}

#[test]
fn moved_lines_and_reordered_entries_change_nothing() {
    let first = messy().run();
    let text = messy().inventory;
    let (head, tail) = text.split_once("connectors:\n").expect("connectors");
    let mut lines: Vec<_> = tail.lines().collect();
    lines.reverse();
    let moved = Case {
        inventory: format!(
            "# one\n\n# two\n{head}connectors:\n\n{}\n",
            lines.join("\n# a line\n")
        ),
        ..messy()
    };
    let audit = moved.against(&first).run();
    assert!(all(&audit, Age::Existing), "{:?}", ages(&audit));
    assert_ne!(
        find(&audit, FindingKind::Changed).location,
        find(&first, FindingKind::Changed).location
    );
}

#[test]
fn a_renamed_address_is_found_again_by_its_connector() {
    let first = messy().run();
    let renamed = messy()
        .edited("id: a,", "id: jira,")
        .edited("id: b,", "id: snow,");
    let audit = renamed.against(&first).run();
    for kind in [
        FindingKind::Changed,
        FindingKind::Policy,
        FindingKind::Unmanaged,
    ] {
        let finding = find(&audit, kind);
        assert_eq!(finding.baseline, Some(Age::Existing), "{finding:?}");
    }
    assert_ne!(
        find(&audit, FindingKind::Changed).fingerprint,
        find(&first, FindingKind::Changed).fingerprint
    );
    // One that isn't there has nothing by which it could be found again; its address is the same.
    assert_eq!(
        find(&audit, FindingKind::Missing).baseline,
        Some(Age::Existing)
    );
    let renamed = messy().edited("id: c,", "id: other,").against(&first).run();
    assert_eq!(
        find(&renamed, FindingKind::Missing).baseline,
        Some(Age::New)
    );
    assert_eq!(
        audit.resolved,
        [],
        "nothing is gone because it has another name"
    );
}

#[test]
fn a_value_that_changed_again_is_new_and_the_old_one_is_not_gone() {
    let first = messy().run();
    let observed = messy().with(1, Fate::Described("y")).against(&first).run();
    let expected = messy()
        .edited(
            "{id: a, name: c1, expect: {description: d}}",
            "{id: a, name: c1, expect: {description: e}}",
        )
        .against(&first)
        .run();
    for audit in [observed, expected] {
        assert_eq!(find(&audit, FindingKind::Changed).baseline, Some(Age::New));
        assert_eq!(audit.resolved, []);
    }
    // Absent is a value, and is one after it was saved and read back too.
    let absent = messy().edited("expect: {description: d}", "expect: {kms_key_arn: null}");
    let first = absent.run();
    let again = absent.against(&first).run();
    assert!(
        first
            .findings
            .iter()
            .any(|it| it.expected() == Some(&serde_json::Value::Null))
    );
    let changed = |it: &&Finding| it.kind() == FindingKind::Changed;
    assert!(
        again
            .findings
            .iter()
            .filter(changed)
            .all(|it| it.baseline == Some(Age::Existing))
    );
}

#[test]
fn what_makes_a_run_incomplete_exists_in_no_baseline() {
    let mut case = messy().with(1, Fate::Unread).with(2, Fate::Strange);
    let audit = case.against(&case.run()).new_only().run();
    for kind in [FindingKind::Unread, FindingKind::RuleError] {
        for finding in audit.findings.iter().filter(|it| it.kind() == kind) {
            assert_eq!(
                (finding.baseline, finding.counted()),
                (Some(Age::New), true)
            );
        }
    }
    assert_eq!(audit.verdict.exit_code, 4);
    case.held.get_mut("prod").expect("prod").unread = true;
    let audit = case.against(&case.run()).new_only().run();
    assert_eq!(find(&audit, FindingKind::Unlisted).baseline, Some(Age::New));
    assert_eq!(audit.verdict.exit_code, 4);
}

/// A waiver of `prod/b`'s failing rule, until that day.
fn waived(expires: &str) -> Case {
    Case {
        waivers: format!(
            "version: 1\nwaivers:\n  - {{rule: kms-key-set, connector: prod/b, reason: r, owner: o, expires: {expires}}}\n"
        ),
        ..messy().edited("  - {id: c, name: c3}\n", "")
    }
}

#[test]
fn a_waiver_that_ends_makes_its_finding_new() {
    let first = waived("2026-11-22").run();
    assert_eq!(
        find(&first, FindingKind::Policy).why_not,
        Some(WhyNot::Waived)
    );
    let tomorrow = Case {
        now: "2026-11-23T00:00:00Z",
        ..waived("2026-11-22")
    };
    let audit = tomorrow.against(&first).new_only().run();
    let finding = find(&audit, FindingKind::Policy);
    assert_eq!(
        (finding.baseline, finding.counted()),
        (Some(Age::New), true)
    );
    assert_eq!(audit.verdict.exit_code, 3);
    // While it holds, the finding is what it was.
    let audit = waived("2026-11-22").against(&first).new_only().run();
    let finding = find(&audit, FindingKind::Policy);
    assert_eq!(
        (finding.baseline, finding.why_not),
        (Some(Age::Existing), Some(WhyNot::Waived))
    );
}

#[test]
fn a_stale_waiver_is_about_today_and_in_no_baseline() {
    let mut case = waived("2026-11-22");
    case.flags
        .fail_on
        .push(hubdrift::audit::FailOn::StaleWaiver);
    case = case.with(2, Fate::Healthy);
    let audit = case.against(&case.run()).new_only().run();
    let stale = find(&audit, FindingKind::StaleWaiver);
    assert_eq!((stale.baseline, stale.counted()), (Some(Age::New), true));
    assert_eq!(audit.verdict.exit_code, 3);
}

#[test]
fn the_same_names_in_another_account_hide_nothing() {
    let first = messy().run();
    let other = messy().edited("111122223333", "444455556666");
    let audit = other.against(&first).new_only().run();
    assert!(all(&audit, Age::New), "{:?}", ages(&audit));
    assert_eq!(audit.verdict.exit_code, 3);
    assert_eq!(
        notes(&audit),
        "its target prod was 111122223333 us-east-1, and what is found in 444455556666 us-east-1 is new"
    );
    assert_eq!(audit.resolved, []);
    let other = messy().edited("  prod:", "  stage:").against(&first).run();
    assert!(
        notes(&other).contains("is it another inventory's?"),
        "{}",
        notes(&other)
    );
}

#[test]
fn a_baseline_of_a_run_that_did_not_see_everything_says_so() {
    let unread = messy().with(1, Fate::Unread).run();
    let audit = messy().against(&unread).run();
    assert_eq!(find(&audit, FindingKind::Changed).baseline, Some(Age::New));
    assert_eq!(
        notes(&audit),
        "its run was incomplete, and what it didn't read or judge is new"
    );
    let failed = hubdrift::audit::failed(
        hubdrift::audit::Judged::default(),
        hubdrift::audit::Run::default(),
        crate::samples::errors().errors,
    );
    let audit = messy().against(&failed).new_only().run();
    assert!(all(&audit, Age::New));
    assert_eq!(
        notes(&audit),
        "its run had no result, so every finding is new"
    );
    assert_eq!(audit.verdict.exit_code, 3);
    let two = messy().edited(
        "targets:\n",
        "targets:\n  dev: {account: \"444455556666\", region: us-east-1}\n",
    );
    let two = two.edited("{id: a, name", "{id: a, target: prod, name");
    let two = two.edited("{id: b, name", "{id: b, target: prod, name");
    let two = two.edited("{id: c, name", "{id: c, target: prod, name");
    let part = Case {
        only: vec!["prod".to_owned()],
        ..two.clone()
    };
    let audit = two.against(&part.run()).run();
    assert_eq!(
        notes(&audit),
        "its run looked at 1 of 2 targets, and what is found in others is new"
    );
}

/// What is said to be gone when `later` is compared with the first run.
fn resolved(first: &Case, later: &Case) -> Vec<(FindingKind, String)> {
    let audit = later.against(&first.run()).run();
    let resolved = audit.resolved.iter();
    assert!(
        resolved
            .clone()
            .all(|it| it.why_not.is_none() && it.baseline.is_none())
    );
    resolved.map(|it| (it.kind(), it.address.clone())).collect()
}

#[test]
fn what_was_put_right_is_gone() {
    let mended = messy()
        .with(1, Fate::Described("d"))
        .with(2, Fate::Healthy)
        .with(3, Fate::Healthy)
        .with(4, Fate::Missing);
    assert_eq!(
        resolved(&messy(), &mended),
        [
            (FindingKind::Missing, "prod/c".to_owned()),
            (FindingKind::Changed, "prod/a".to_owned()),
            (
                FindingKind::Unmanaged,
                "prod/00000000-0000-4000-8000-000000000004".to_owned()
            ),
            (FindingKind::Policy, "prod/b".to_owned()),
        ]
    );
    // The inventory took it in; it is the same connector.
    let managed = messy().edited(
        "  - {id: c, name: c3}\n",
        "  - {id: c, name: c3}\n  - {id: d, name: c4}\n",
    );
    assert_eq!(resolved(&messy(), &managed)[0].0, FindingKind::Unmanaged);
    // What could not be read, was.
    let unread = messy().with(1, Fate::Unread).with(2, Fate::Strange);
    let gone = resolved(&unread, &messy());
    assert!(
        gone.contains(&(FindingKind::Unread, "prod/a".to_owned())),
        "{gone:?}"
    );
    let mut lost = messy();
    lost.held.get_mut("prod").expect("prod").unread = true;
    let gone = resolved(&lost, &messy());
    assert!(
        gone.contains(&(FindingKind::Unlisted, "prod".to_owned())),
        "{gone:?}"
    );
}

#[test]
fn what_nobody_looked_at_is_not_gone() {
    let mended = messy()
        .with(1, Fate::Described("d"))
        .with(2, Fate::Healthy)
        .with(3, Fate::Healthy)
        .with(4, Fate::Missing);
    let gone = |case: &Case| -> Vec<FindingKind> {
        resolved(&messy(), case)
            .into_iter()
            .map(|(kind, _)| kind)
            .collect()
    };
    // Unread now.
    let unread = [1, 2, 3]
        .into_iter()
        .fold(mended.clone(), |case, n| case.with(n, Fate::Unread));
    assert_eq!(gone(&unread), [FindingKind::Unmanaged]);
    let mut lost = mended.clone();
    lost.held.get_mut("prod").expect("prod").unread = true;
    assert_eq!(gone(&lost), []);
    // Not there any more, which puts nothing right.
    let vanished = mended.clone().with(1, Fate::Missing).with(2, Fate::Missing);
    assert_eq!(
        gone(&vanished),
        [FindingKind::Missing, FindingKind::Unmanaged]
    );
    // Nobody expects it any more.
    let unexpected = mended.clone().edited(
        "{id: a, name: c1, expect: {description: d}}",
        "{id: a, name: c1}",
    );
    assert!(!gone(&unexpected).contains(&FindingKind::Changed));
    let removed = mended
        .clone()
        .edited("  - {id: c, name: c3}\n", "")
        .with(3, Fate::Missing);
    assert!(!gone(&removed).contains(&FindingKind::Missing));
    // The rule is off, or is not for it any more.
    for setting in [
        "policies: {rules: [{rule: kms-key-set, level: off}]}\n",
        "policies: {rules: [{rule: kms-key-set, level: off, match: {target: prod}}]}\n",
    ] {
        let mut off = mended.clone();
        off.inventory.push_str(setting);
        assert!(!gone(&off).contains(&FindingKind::Policy), "{setting}");
    }
    // Nobody asks for unmanaged ones.
    let ignored = mended.edited(
        "region: us-east-1}",
        "region: us-east-1, unmanaged: ignore}",
    );
    assert!(!gone(&ignored).contains(&FindingKind::Unmanaged));
}

#[test]
fn a_rule_that_fails_elsewhere_now_has_not_been_put_right() {
    let rule = |path: &str| Source {
        path: "rules/either.rhai".to_owned(),
        text: format!(
            "const META = #{{id: \"either\", title: \"t\", severity: \"low\", remediation: \"r\"}};\n\
             fn check(ctx) {{ fail_at(\"{path}\", \"no\") }}\n"
        ),
    };
    let case = |path| Case {
        rules: vec![rule(path)],
        ..Case::new("connectors: [{id: a, name: c1}]\n", &[(1, Fate::Healthy)])
    };
    assert_eq!(resolved(&case("description"), &case("name")), []);
    let audit = case("name").against(&case("description").run()).run();
    assert_eq!(find(&audit, FindingKind::Policy).baseline, Some(Age::New));
}

/// A connector of which `rule` says what it says.
fn judged_by(rule: &str, fate: Fate) -> Case {
    Case {
        rules: vec![Source {
            path: "rules/own.rhai".to_owned(),
            text: format!(
                "const META = #{{id: \"own\", title: \"t\", severity: \"low\", remediation: \"r\"}};\n\
                 fn check(ctx) {{ {rule} }}\n"
            ),
        }],
        ..Case::new("connectors: [{id: a, name: c1}]\n", &[(1, fate)])
    }
}

#[test]
fn a_rule_that_fails_for_another_value_is_new() {
    let case = |text| judged_by("fail_at(\"description\", \"no\")", Fate::Described(text));
    let first = case("x").run();
    let same = case("x").against(&first).new_only().run();
    assert_eq!(
        find(&same, FindingKind::Policy).baseline,
        Some(Age::Existing)
    );
    assert_eq!(same.verdict.exit_code, 0);
    let another = case("y").against(&first).new_only().run();
    assert_eq!(find(&another, FindingKind::Policy).baseline, Some(Age::New));
    assert_eq!((another.verdict.exit_code, another.resolved), (3, vec![]));
}

#[test]
fn another_connector_under_an_old_address_has_its_own_findings() {
    // Both by name; the second was made again, and has another ARN.
    let found = messy().edited("  - {id: c, name: c3}\n", "");
    let mut later = found.clone();
    later.again = [1, 2].into();
    let audit = later.against(&found.run()).new_only().run();
    for kind in [FindingKind::Changed, FindingKind::Policy] {
        assert_eq!(find(&audit, kind).baseline, Some(Age::New), "{kind:?}");
    }
    assert_eq!(audit.verdict.exit_code, 3);
    assert_eq!(audit.resolved, []);
    // The one that is missing is another one as well, where the inventory means another.
    let case = |name: &str| messy().edited("name: c3", &format!("name: {name}"));
    let audit = case("c5").against(&case("c3").run()).new_only().run();
    assert_eq!(find(&audit, FindingKind::Missing).baseline, Some(Age::New));
}

#[test]
fn what_has_become_worse_or_says_something_else_is_new() {
    let judged = |severity: &str, words: &str, remark: &str| {
        let mut case = judged_by(&format!("fail(\"{words}\")"), Fate::Healthy);
        let text = &mut case.rules[0].text;
        *text = format!(
            "{remark}{}",
            text.replace("\"low\"", &format!("\"{severity}\""))
        );
        case
    };
    let first = judged("medium", "no owner", "").run();
    let rewritten = "rules that were rewritten since, of which what they say in the same words is \
                     existing: own";
    for (severity, words, remark, code, note) in [
        ("medium", "no owner", "", 0, ""),
        ("medium", "no owner", "// Better.\n", 0, rewritten),
        ("low", "no owner", "", 0, rewritten),
        ("critical", "no owner", "", 3, rewritten),
        ("medium", "no owner at all", "", 3, rewritten),
        ("medium", "no", "", 3, rewritten),
    ] {
        let audit = judged(severity, words, remark)
            .against(&first)
            .new_only()
            .run();
        assert_eq!(audit.verdict.exit_code, code, "{severity} {words} {remark}");
        assert_eq!(notes(&audit), note, "{severity} {words} {remark}");
        for format in [
            Format::Text,
            Format::Markdown,
            Format::Html,
            Format::Json,
            Format::Junit,
        ] {
            let said = String::from_utf8(render(format, &audit, Style::default())).expect("text");
            let said: Vec<_> = said.split_whitespace().collect();
            let said = said.join(" ").contains("rules that were rewritten since");
            assert_eq!(said, !note.is_empty(), "{}", format.as_str());
        }
    }
}

#[test]
fn why_a_waiver_does_not_permit_a_finding_is_no_part_of_it() {
    let bare = Case {
        waivers: String::new(),
        ..waived("2026-11-21")
    };
    let note = |audit: &Audit| {
        let policy = find(audit, FindingKind::Policy);
        policy
            .full_message()
            .contains("(the waiver of o expired on 2026-11-21)")
    };
    let ran_out = waived("2026-11-21").run();
    assert!(note(&ran_out));
    // Tidied up, or found to be over: nothing new was found.
    for (first, later) in [
        (&ran_out, bare.clone()),
        (&bare.run(), waived("2026-11-21")),
    ] {
        let audit = later.against(first).new_only().run();
        let finding = find(&audit, FindingKind::Policy);
        assert_eq!(finding.baseline, Some(Age::Existing), "{finding:?}");
        assert_eq!(note(&audit), !note(first));
    }
}

#[test]
fn a_baseline_of_later_is_refused() {
    let refusal = |now: &str, chosen: bool| {
        let baseline = Baseline::of("last.json", messy().run());
        baseline.refusal(now.parse().expect("a time"), chosen)
    };
    assert_eq!(refusal(NOW, true), None);
    assert_eq!(refusal("2026-11-23T12:00:00Z", false), None);
    // Two machines' clocks may differ a little, but who chooses a time has no clock.
    assert_eq!(refusal("2026-11-22T11:55:00Z", false), None);
    for (now, chosen) in [
        ("2026-11-22T11:54:59Z", false),
        ("2026-11-22T11:59:59Z", true),
    ] {
        let said = refusal(now, chosen).expect("a refusal");
        assert_eq!(
            said,
            format!(
                "it was judged at {NOW}, which is after {now}, the time to judge at: compare with \
                 an earlier report, or see which clock or --now is wrong"
            )
        );
    }
    let mut timeless = messy().run();
    timeless.judged.now = None;
    let said = Baseline::of("last.json", timeless).refusal(NOW.parse().expect("a time"), true);
    assert_eq!(
        said.as_deref(),
        Some("the time it was judged at is no time")
    );
    let none = Baseline::none("last.json");
    assert_eq!(none.refusal(NOW.parse().expect("a time"), true), None);
}

#[test]
fn a_failure_that_was_advisory_was_never_accepted_as_one_that_counts() {
    let case = |level: &str| {
        let case = judged_by("fail(\"no\")", Fate::Healthy);
        let inventory = format!("policies: {{rules: [{{rule: own, level: {level}}}]}}\n");
        case.edited("connectors:", &format!("{inventory}connectors:"))
    };
    let first = case("advisory").run();
    let now = case("mandatory").against(&first).new_only().run();
    assert_eq!(find(&now, FindingKind::Policy).baseline, Some(Age::New));
    assert_eq!(now.verdict.exit_code, 3);
    let back = case("advisory").against(&now).new_only().run();
    assert_eq!(
        find(&back, FindingKind::Policy).baseline,
        Some(Age::Existing)
    );
}

#[test]
fn another_connector_that_took_an_address_puts_nothing_right() {
    // `prod/a` meant connector 2, which still fails; now it means 1, and nobody looks at 2.
    let case = |n: u32| {
        Case::new(
            &format!(
                "connectors: [{{id: a, connector_id: {}}}]\n",
                crate::runs::id(n)
            ),
            &[(1, Fate::Healthy), (2, Fate::Keyless)],
        )
        .edited(
            "region: us-east-1}",
            "region: us-east-1, unmanaged: ignore}",
        )
    };
    assert_eq!(resolved(&case(2), &case(1)), []);
    // It was made again under another id, and the old one is gone.
    let made_again = case(1).with(2, Fate::Missing);
    assert_eq!(
        resolved(&case(2), &made_again),
        [(FindingKind::Policy, "prod/a".to_owned())]
    );
}

#[test]
fn what_a_run_without_a_result_says_of_some_is_nothing_to_compare_with() {
    let mut part = messy().run();
    part.errors = crate::samples::errors().errors;
    let audit = messy().against(&part).new_only().run();
    assert!(all(&audit, Age::New), "{:?}", ages(&audit));
    assert!(
        notes(&audit).contains("so every finding is new"),
        "{}",
        notes(&audit)
    );
}

#[test]
fn the_comparison_survives_saving() {
    let audit = messy().against(&messy().run()).run();
    let back = hubdrift::report::json::parse(&bytes(&audit)).expect("a report");
    assert_eq!(back, audit);
    assert_eq!(hubdrift::saved::verify(&back), Ok(()));
}
