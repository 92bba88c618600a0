//! What waivers do in a run: what each permits, when it ends, and which are reported as stale.

use hubdrift::{
    audit::{Audit, FailOn, Finding, FindingKind, WhyNot},
    policy::{self, Source},
    report::{Format, Style, render},
    waiver,
};

use crate::runs::{Case, Fate};

/// These tests judge at several times, so the rule about the last health check is off.
const INVENTORY: &str = "policies: {rules: [{rule: health-check-fresh, level: off}]}
connectors:
  - {id: a, target: prod, name: c1, expect: {description: d}}
  - {id: b, target: prod, name: c2}
";

fn rule(id: &str, meta: &str, body: &str) -> Source {
    Source {
        path: format!("{id}.rhai"),
        text: format!(
            "const META = #{{id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\", {meta}}};\nfn check(ctx) {{ {body} }}\n"
        ),
    }
}

/// A run over two connectors, the first of them with this fate, under these waivers, each without
/// the keys that all of them need.
fn case(fate: Fate, waivers: &[&str]) -> Case {
    let entries = waivers.iter().map(|it| {
        let ends = if it.contains("expires") {
            ""
        } else {
            ", expires: 2027-01-31"
        };
        format!("  - {{{it}, reason: r, owner: o{ends}}}\n")
    });
    Case {
        waivers: format!("version: 1\nwaivers:\n{}", entries.collect::<String>()),
        ..Case::new(INVENTORY, &[(1, fate), (2, Fate::Healthy)])
    }
}

fn of(audit: &Audit, kind: FindingKind) -> Vec<&Finding> {
    let findings = audit.findings.iter();
    findings.filter(|it| it.kind() == kind).collect()
}

/// The messages about stale waivers.
fn stale(audit: &Audit) -> Vec<String> {
    let stale = of(audit, FindingKind::StaleWaiver).into_iter();
    stale
        .inspect(|it| assert_eq!(it.why_not, Some(WhyNot::NotInFailOn)))
        .map(|it| it.full_message().into_owned())
        .collect()
}

/// The exit code, the message of the one finding of this kind, and the messages about stale waivers.
fn result(case: &Case, kind: FindingKind) -> (u8, String, Vec<String>) {
    let audit = case.run();
    let found = of(&audit, kind);
    let [finding] = found[..] else {
        panic!("{found:#?}")
    };
    assert_eq!(
        finding.waiver.is_some(),
        audit.verdict.exit_code == 0,
        "{finding:#?}"
    );
    (
        audit.verdict.exit_code,
        finding.full_message().into_owned(),
        stale(&audit),
    )
}

const KEY: &str = "rule: kms-key-set, connector: prod/a";

#[test]
fn a_waiver_holds_to_the_end_of_its_last_day_and_that_day_is_utc() {
    let at = |now| {
        let case = Case {
            now,
            ..case(Fate::Keyless, &[&format!("{KEY}, expires: 2026-11-22")])
        };
        result(&case, FindingKind::Policy)
    };
    let ends = ["the waiver of o ends on 2026-11-22"];
    for now in [
        "2026-11-22T00:00:00Z",
        "2026-11-22T23:59:59.999999999Z",
        // It is the 23rd there, and the 22nd in UTC.
        "2026-11-23T00:59:59+01:00",
    ] {
        let (code, message, stale) = at(now);
        assert_eq!((code, message.as_str()), (0, "no KMS key is set"), "{now}");
        assert_eq!(stale, ends, "{now}");
    }
    for now in ["2026-11-23T00:00:00Z", "2026-11-22T19:00:00-05:00"] {
        let (code, message, stale) = at(now);
        assert_eq!(code, 3, "{now}");
        assert_eq!(
            message, "no KMS key is set (the waiver of o expired on 2026-11-22)",
            "{now}"
        );
        assert_eq!(
            stale,
            ["the waiver of o expired on 2026-11-22: renew it or remove it"],
            "{now}"
        );
    }
}

#[test]
fn the_last_fortnight_is_announced() {
    let on = |day: &str| {
        let waiver = format!("{KEY}, expires: {day}");
        let (code, _, stale) = result(&case(Fate::Keyless, &[&waiver]), FindingKind::Policy);
        assert_eq!(code, 0, "{day}");
        stale
    };
    assert_eq!(on("2026-12-07"), Vec::<String>::new());
    assert_eq!(on("2026-12-06"), ["the waiver of o ends on 2026-12-06"]);
    // Only where that is asked for does it count.
    let mut case = case(Fate::Keyless, &[&format!("{KEY}, expires: 2026-12-06")]);
    case.flags.fail_on.push(FailOn::StaleWaiver);
    assert_eq!(case.run().verdict.exit_code, 3);
    case.flags.report_only = true;
    assert_eq!(case.run().verdict.exit_code, 0);
}

#[test]
fn a_waiver_that_covers_nothing_is_said_where_all_it_may_cover_was_read() {
    let useless = "the waiver of o covers nothing: remove it";
    let said = |case: &Case| stale(&case.run());
    assert_eq!(said(&case(Fate::Healthy, &[KEY])), [useless]);
    assert!(said(&case(Fate::Unread, &[KEY])).is_empty());
    // Nobody knows such a connector, or such a target.
    for nobody in ["prod/nobody", "elsewhere/a"] {
        let waiver = format!("rule: kms-key-set, connector: {nobody}");
        let audit = case(Fate::Keyless, &[&waiver]).run();
        assert_eq!(audit.verdict.exit_code, 3, "{nobody}");
        assert_eq!(stale(&audit), [useless], "{nobody}");
        let finding = of(&audit, FindingKind::StaleWaiver)[0];
        assert_eq!(finding.address, nobody);
        let place = finding.location.as_ref().expect("a place");
        assert_eq!((&*place.file, place.line), ("waivers.yaml", 3));
    }
    // What is out of scope is not said to be useless.
    let two = Case::new(
        "  dev: {account: \"222222222222\", region: us-east-1}\nconnectors:\n  - {id: a, target: prod, name: c1}\n",
        &[(1, Fate::Healthy)],
    );
    let only = |target: &str, connector: &str| Case {
        only: vec![target.to_owned()],
        waivers: format!(
            "version: 1\nwaivers:\n  - {{rule: kms-key-set, connector: {connector}, reason: r, owner: o, expires: 2026-11-25}}\n"
        ),
        ..two.clone()
    };
    assert!(said(&only("dev", "prod/a")).is_empty());
    assert_eq!(said(&only("prod", "prod/a")), [useless]);
}

#[test]
fn another_value_than_the_permitted_one_counts_again() {
    let described = |value: &str| {
        let waiver = format!("drift: description, connector: prod/a, observed: {value}");
        result(
            &case(Fate::Described("x"), &[&waiver]),
            FindingKind::Changed,
        )
    };
    assert_eq!(described("x").0, 0);
    for (value, shown) in [("y", "\"y\""), ("X", "\"X\""), ("null", "null")] {
        let (code, message, stale) = described(value);
        assert_eq!(code, 2, "{value}");
        assert_eq!(
            message,
            format!(
                "description is \"x\", expected \"d\" (the waiver of o is for the value {shown})"
            )
        );
        assert_eq!(
            stale,
            ["the waiver of o covers nothing: remove it"],
            "{value}"
        );
    }
    // Of a rule, the fact that it points at is compared.
    let keyless = |waiver: &str| {
        let waiver = format!("{KEY}, observed: {waiver}");
        result(&case(Fate::Keyless, &[&waiver]), FindingKind::Policy).0
    };
    assert_eq!((keyless("null"), keyless("x")), (0, 3));
}

#[test]
fn a_star_covers_what_its_pattern_does_and_no_missing_connector() {
    let wild = |pattern: &str| {
        let waiver = format!("rule: kms-key-set, connector: '{pattern}', allow_wildcard: true");
        result(&case(Fate::Keyless, &[&waiver]), FindingKind::Policy).0
    };
    for covers in ["prod/*", "*/a", "*/*"] {
        assert_eq!(wild(covers), 0, "{covers}");
    }
    for other in ["prod/b*", "dev*/a"] {
        assert_eq!(wild(other), 3, "{other}");
    }
    let missing = |text: &str| {
        let file = hubdrift::yaml::SourceFile {
            path: "waivers.yaml".to_owned(),
            text: format!(
                "version: 1\nwaivers:\n  - {{{text}, reason: r, owner: o, expires: 2027-01-31}}\n"
            ),
        };
        waiver::parse(&file, jiff::civil::date(2026, 11, 22)).expect("valid")
    };
    // The form refuses it, and so does what applies it, if a star ever came to it.
    let mut waivers = missing("drift: missing, connector: prod/a");
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let decide = |waivers: &[waiver::Waiver]| {
        let decision =
            waiver::Ledger::new(waivers, now).decide("prod/a", &waiver::Question::Missing);
        matches!(decision, waiver::Decision::Waived(_))
    };
    assert!(decide(&waivers));
    waivers[0].connector = "prod/*".to_owned();
    assert!(!decide(&waivers));
    assert_eq!(
        result(
            &case(Fate::Missing, &["drift: missing, connector: prod/a"]),
            FindingKind::Missing
        )
        .0,
        0
    );
}

#[test]
fn a_waiver_of_a_rule_that_is_off_is_valid_and_of_no_use() {
    let off = case(Fate::Keyless, &[KEY]).edited(
        "level: off}]",
        "level: off}, {rule: kms-key-set, level: off}]",
    );
    let audit = off.run();
    assert_eq!(audit.verdict.exit_code, 0);
    assert!(of(&audit, FindingKind::Policy).is_empty());
    assert_eq!(stale(&audit), ["the waiver of o covers nothing: remove it"]);
    let known: Vec<_> = policy::builtin()
        .iter()
        .map(|it| it.path.replace("builtin:", "").replace(".rhai", ""))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let waivers = |text: &str| {
        let file = hubdrift::yaml::SourceFile {
            path: "w.yaml".to_owned(),
            text: text.to_owned(),
        };
        waiver::parse(&file, jiff::civil::date(2026, 11, 22)).expect("valid")
    };
    let given = off.waivers.as_str();
    assert!(waiver::check_rules(&waivers(given), &known).is_empty());
    let misspelt = given.replace("kms-key-set", "kms-key-est");
    let problems = waiver::check_rules(&waivers(&misspelt), &known);
    assert_eq!(problems[0].message, "there is no rule `kms-key-est`");
    assert_eq!(
        problems[0].help.as_deref(),
        Some("did you mean `kms-key-set`?")
    );
}

#[test]
fn no_waiver_touches_an_error_or_what_is_unread() {
    let strange = [
        "rule: [enablement-enabled, enablement-not-failed], connector: prod/a",
        "drift: enablement_status, connector: prod/a, observed: SNOOZED",
    ];
    for (fate, kind) in [
        (Fate::Strange, FindingKind::RuleError),
        (Fate::Unread, FindingKind::Unread),
    ] {
        let audit = case(fate, &strange).run();
        assert_eq!(audit.verdict.exit_code, 4);
        let found = of(&audit, kind);
        assert!(!found.is_empty());
        assert!(found.iter().all(|it| it.counted() && it.waiver.is_none()));
    }
}

#[test]
fn a_rule_that_permits_no_waiver_fails_all_the_same() {
    let with = |meta: &str| Case {
        rules: vec![rule("never", meta, "fail(\"no\")")],
        ..case(
            Fate::Healthy,
            &["rule: never, connector: 'prod/*', allow_wildcard: true"],
        )
    };
    assert_eq!(with("").run().verdict.exit_code, 0);
    let audit = with("waivable: false").run();
    assert_eq!(audit.verdict.exit_code, 3);
    let messages: Vec<_> = of(&audit, FindingKind::Policy)
        .iter()
        .map(|it| it.full_message())
        .collect();
    assert_eq!(messages, ["no (its rule can't be waived)"; 2]);
    assert_eq!(stale(&audit), ["the waiver of o covers nothing: remove it"]);
}

#[test]
fn the_first_waiver_that_permits_is_the_one_and_one_that_does_not_is_no_hindrance() {
    let expired = format!("{KEY}, expires: 2026-11-01");
    let (code, message, stale) =
        result(&case(Fate::Keyless, &[&expired, KEY]), FindingKind::Policy);
    assert_eq!((code, message.as_str()), (0, "no KMS key is set"));
    assert_eq!(
        stale,
        ["the waiver of o expired on 2026-11-01: renew it or remove it"]
    );
}

#[test]
fn what_is_permitted_stands_beside_the_word_clean_in_every_format() {
    let said = |audit: &Audit, format| {
        let bytes = render(format, audit, Style::default());
        String::from_utf8(bytes).expect("a text")
    };
    let waived = case(Fate::Keyless, &[KEY]);
    let advisory = Case {
        waivers: String::new(),
        ..waived.clone().edited(
            "level: off}]",
            "level: off}, {rule: kms-key-set, level: advisory}]",
        )
    };
    let clean = Case {
        waivers: String::new(),
        ..waived.clone().with(1, Fate::Healthy)
    };
    let partial = Case {
        only: vec!["prod".to_owned()],
        ..waived.clone()
    };
    for (case, words) in [
        (clean, "CLEAN"),
        (waived, "CLEAN (1 waived)"),
        (advisory, "CLEAN (1 advisory)"),
        (
            partial,
            "NOTHING COUNTS (only part of the inventory was looked at; 1 waived)",
        ),
    ] {
        let audit = case.run();
        assert_eq!(audit.verdict.exit_code, 0, "{words}");
        assert!(
            said(&audit, Format::Text).contains(&format!("\nresult: {words} exit=0\n")),
            "{}",
            said(&audit, Format::Text)
        );
        for format in [
            Format::Markdown,
            Format::Html,
            Format::Github,
            Format::Sarif,
            Format::Ocsf,
        ] {
            assert!(said(&audit, format).contains(words), "{words} {format:?}");
        }
    }
}

#[test]
fn a_waiver_of_one_connector_is_not_written_to_another_with_the_same_results() {
    let both = Case {
        waivers: case(Fate::Keyless, &[KEY]).waivers,
        ..Case::new(INVENTORY, &[(1, Fate::Keyless), (2, Fate::Keyless)])
    };
    let audit = both.run();
    assert_eq!(audit.verdict.exit_code, 3);
    let waived = |address: &str| {
        let mut records = audit.connectors.iter();
        let record = records.find(|it| it.address == address).expect("a record");
        let results = record.results.iter();
        results.filter(|it| it.waiver.is_some()).count()
    };
    assert_eq!((waived("prod/a"), waived("prod/b")), (1, 0));
}
