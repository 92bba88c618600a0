//! The one promise, over scenarios that nobody would think of: exit 0 only for what was read and checked.
//!
//! What "read and checked" means is written here a second time, from what went in
//! and not from what the audit says of it.

mod generated;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use hubdrift::{
    audit::{Audit, FailOn, Flags, Inputs, Judged, Run, audit},
    facts,
    inventory::{self, Inventory},
    model::{
        Connector, ConnectorId, Fact, Hub, Listing, Observations, Observed, Reading, Summary,
        TargetObservation, Unread, UnreadReason, Value,
    },
    plan::plan,
    policy::{self, Policy},
    report, waiver, wire,
    yaml::SourceFile,
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

const NOW: &str = "2026-11-22T12:00:00Z";

/// The id of the `n`th connector.
fn id(n: usize) -> ConnectorId {
    format!("00000000-0000-4000-8000-{n:012}")
        .parse()
        .expect("an id")
}

/// A connector in which every rule passes.
fn healthy(n: usize) -> Connector {
    let id = id(n);
    let body = format!(
        r#"{{"ConnectorId":"{id}","ConnectorArn":"arn:aws:securityhub:us-east-1:111122223333:connectorv2/{id}",
            "Name":"c{n}","Description":"d","KmsKeyArn":"arn:aws:kms:us-east-1:111122223333:key/k",
            "CreatedAt":"2026-01-01T00:00:00Z","LastUpdatedAt":"2026-01-01T00:00:00Z","EnablementStatus":"ENABLED",
            "Health":{{"ConnectorStatus":"CONNECTED","LastCheckedAt":"2026-11-22T11:00:00Z","Message":"ok","Issues":[]}},
            "ProviderDetail":{{"JiraCloud":{{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}}}}}"#
    );
    wire::connector(body.as_bytes(), &id).expect("an answer")
}

/// What may happen to one connector.
#[derive(Debug, Clone)]
enum Fate {
    Healthy,
    /// This fact isn't in the answer.
    Lacks(Fact),
    /// This fact has a value nobody knows.
    Strange(Fact),
    OtherProject,
    Missing,
    Unread,
    NeverRead,
    /// There, and nobody expects it.
    Unmanaged,
}

fn fate() -> impl Strategy<Value = Fate> {
    let fact = || (1..Fact::COUNT).prop_map(|index| Fact::ALL[index]);
    let enums: Vec<_> = Fact::ALL
        .iter()
        .filter(|fact| matches!(facts::spec(**fact).kind, facts::Kind::Enum(_)))
        .copied()
        .collect();
    prop_oneof![
        6 => Just(Fate::Healthy),
        2 => fact().prop_map(Fate::Lacks),
        2 => proptest::sample::select(enums).prop_map(Fate::Strange),
        // Often enough that a rule which fails is the worst there is.
        2 => Just(Fate::Lacks(Fact::KmsKeyArn)),
        1 => Just(Fate::OtherProject),
        1 => Just(Fate::Missing),
        1 => Just(Fate::Unread),
        1 => Just(Fate::NeverRead),
        1 => Just(Fate::Unmanaged),
    ]
}

#[derive(Debug, Clone)]
struct Scenario {
    fates: Vec<Fate>,
    target_unread: bool,
    listing_unread: bool,
    by_name: bool,
    flags: Flags,
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let all = [
        FailOn::Changed,
        FailOn::Missing,
        FailOn::Unmanaged,
        FailOn::Policy,
        FailOn::StaleWaiver,
    ];
    let flags = (
        proptest::sample::subsequence(all.to_vec(), 0..=5),
        any::<bool>(),
    )
        .prop_map(|(fail_on, report_only)| Flags {
            fail_on,
            report_only,
            ..Flags::default()
        });
    let rarely = || prop::bool::weighted(0.05);
    (
        prop::collection::vec(fate(), 0..5),
        rarely(),
        rarely(),
        any::<bool>(),
        flags,
    )
        .prop_map(
            |(fates, target_unread, listing_unread, by_name, flags)| Scenario {
                fates,
                target_unread,
                listing_unread,
                by_name,
                flags,
            },
        )
}

fn inventory(scenario: &Scenario) -> Inventory {
    let mut text = "version: 1\nconnectors:\n".to_owned();
    for (n, fate) in scenario.fates.iter().enumerate() {
        if !matches!(fate, Fate::Unmanaged) {
            let identity = if scenario.by_name {
                format!("name: c{n}")
            } else {
                format!("connector_id: {}", id(n))
            };
            text.push_str(&format!(
                "  - {{id: e{n}, {identity}, expect: {{provider: {{project_key: SEC}}}}}}\n"
            ));
        }
    }
    if text.ends_with("connectors:\n") {
        text.truncate("version: 1\n".len());
    }
    inventory::parse(&[SourceFile::from_bytes("hubdrift.yaml", text.into_bytes()).expect("a text")])
        .expect("valid")
}

fn observations(scenario: &Scenario) -> Observations {
    let unread = || Unread::new(UnreadReason::AccessDenied, "no");
    let mut summaries = Vec::new();
    let mut connectors = BTreeMap::new();
    for (n, fate) in scenario.fates.iter().enumerate() {
        let mut connector = healthy(n);
        let reading = match fate {
            Fate::Healthy | Fate::Unmanaged => Some(Reading::Present(Arc::new(connector))),
            Fate::Lacks(fact) => {
                connector.set(*fact, None);
                Some(Reading::Present(Arc::new(connector)))
            }
            Fate::Strange(fact) => {
                connector.set(*fact, Some(Value::Text("SNOOZED".to_owned())));
                Some(Reading::Present(Arc::new(connector)))
            }
            Fate::OtherProject => {
                connector.set(
                    Fact::ProviderProjectKey,
                    Some(Value::Text("OTHER".to_owned())),
                );
                Some(Reading::Present(Arc::new(connector)))
            }
            Fate::Missing => Some(Reading::Missing),
            Fate::Unread => Some(unread().into()),
            Fate::NeverRead => None,
        };
        summaries.push(Summary {
            id: id(n),
            name: Some(format!("c{n}")),
        });
        if let Some(reading) = reading {
            connectors.insert(
                id(n),
                Observed {
                    reading,
                    at: None,
                    request_id: None,
                },
            );
        }
    }
    let target = TargetObservation {
        name: "default".to_owned(),
        account: Some("111122223333".to_owned()),
        region: Some("us-east-1".to_owned()),
        caller_arn: None,
        hub: Hub::Enabled,
        unread: scenario.target_unread.then(unread),
        listing: if scenario.listing_unread {
            Listing::Unread(unread())
        } else {
            Listing::Complete(summaries)
        },
        connectors,
    };
    Observations {
        targets: vec![target],
        ..Observations::default()
    }
}

fn judge(scenario: &Scenario, policy: &Policy) -> Audit {
    let inventory = inventory(scenario);
    let plan = plan(&inventory, &[], policy.needs_tags(), true).expect("a plan");
    let inputs = Inputs {
        inventory: &inventory,
        plan: &plan,
        observations: &observations(scenario),
        policy,
        waivers: &[],
        now: NOW.parse().expect("a time"),
        judged: Judged {
            flags: scenario.flags.clone(),
            ..Judged::default()
        },
        run: Run::default(),
        include_observed: false,
        interrupted: false,
    };
    audit(inputs)
}

/// Whether all of the scenario was read and checked, said from the scenario alone.
fn all_read_and_checked(scenario: &Scenario) -> bool {
    let judged_facts = [
        Fact::KmsKeyArn,
        Fact::ProviderAuthStatus,
        Fact::HealthConnectorStatus,
        Fact::HealthLastCheckedAt,
        Fact::EnablementStatus,
        Fact::ProviderType,
    ];
    let promised = [Fact::Name, Fact::CreatedAt, Fact::LastUpdatedAt];
    !scenario.target_unread
        && !scenario.listing_unread
        && scenario.fates.iter().all(|fate| match fate {
            // Missing is knowledge, but the rules could not look at it; whether that counts is asked elsewhere.
            Fate::Healthy | Fate::OtherProject | Fate::Unmanaged | Fate::Missing => true,
            // A rule may call the absence of what it judges a failure; it may never pass over it.
            Fate::Lacks(fact) => !promised.contains(fact) && !judged_facts.contains(fact),
            Fate::Strange(fact) => !judged_facts.contains(fact),
            Fate::Unread | Fate::NeverRead => false,
        })
}

/// The rules are compiled once: that takes longer than judging by them.
fn policy() -> Policy {
    policy::compile(policy::builtin(), &[]).expect("the built-in rules")
}

#[test]
fn exit_0_means_read_and_checked() {
    let policy = policy();
    let mut seen = BTreeMap::<u8, u32>::new();
    let config = ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same cases each time: what they show is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let counted = std::cell::RefCell::new(&mut seen);
    runner
        .run(&scenario(), |scenario| {
            let audit = judge(&scenario, &policy);
            *counted
                .borrow_mut()
                .entry(audit.verdict.exit_code)
                .or_default() += 1;
            if audit.verdict.exit_code == 0 {
                let counts =
                    |kind| !scenario.flags.report_only && scenario.flags.fail_on.contains(&kind);
                let has = |f: fn(&Fate) -> bool| scenario.fates.iter().any(f);
                // The built-in rules fail on the absence of these, which is a judgement.
                let fails = has(|fate| {
                    matches!(
                        fate,
                        Fate::Lacks(
                            Fact::KmsKeyArn | Fact::EnablementStatus | Fact::ProviderAuthStatus
                        )
                    )
                });
                let lenient = fails && !counts(FailOn::Policy);
                prop_assert!(
                    all_read_and_checked(&scenario) || lenient,
                    "not all was read and checked"
                );
                prop_assert!(
                    !has(|fate| matches!(fate, Fate::Missing)),
                    "a missing connector was not judged"
                );
                let changed = has(|f| {
                    matches!(
                        f,
                        Fate::OtherProject | Fate::Lacks(Fact::ProviderProjectKey)
                    )
                });
                prop_assert!(!(changed && counts(FailOn::Changed)), "drift that counts");
                let unmanaged = has(|fate| matches!(fate, Fate::Unmanaged));
                prop_assert!(
                    !(unmanaged && counts(FailOn::Unmanaged)),
                    "an unmanaged connector that counts"
                );
                prop_assert!(audit.verdict.complete);
            }
            // Whatever the flags: what is unread is 4.
            let unread = scenario.target_unread
                || scenario.listing_unread
                || scenario
                    .fates
                    .iter()
                    .any(|f| matches!(f, Fate::Unread | Fate::NeverRead));
            if unread
                && !(scenario.fates.is_empty()
                    && !scenario.target_unread
                    && !scenario.listing_unread)
            {
                prop_assert_eq!(audit.verdict.exit_code, 4);
            }
            Ok(())
        })
        .expect("the promise");
    // The scenarios reach every code, so that the property says something.
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [0, 2, 3, 4]);
}

#[test]
fn what_makes_a_run_incomplete_is_a_finding_that_says_so() {
    let policy = policy();
    let everything = Scenario {
        fates: vec![
            Fate::Unread,
            Fate::NeverRead,
            Fate::Lacks(Fact::Name),
            Fate::Strange(Fact::EnablementStatus),
        ],
        target_unread: false,
        listing_unread: true,
        by_name: false,
        flags: Flags {
            report_only: true,
            ..Flags::default()
        },
    };
    let audit = judge(&everything, &policy);
    let mut kinds: Vec<_> = audit
        .findings
        .iter()
        .filter(|f| f.counted())
        .map(|f| (f.kind().as_str(), f.address.as_str()))
        .collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            ("unread", "default/e0"),
            ("unread", "default/e1"),
            ("unread", "default/e2"),
            ("unlisted", "default"),
            ("rule_error", "default/e3"),
        ]
    );
    assert_eq!(audit.verdict.exit_code, 4);
}

/// The audit of an inventory and rules of our own over the connectors listed and read as given.
fn audit_of(
    inventory: &str,
    waivers: &str,
    listed: &[(usize, &str)],
    read: Vec<(usize, Reading)>,
) -> Audit {
    let file =
        |name, text: &str| SourceFile::from_bytes(name, text.as_bytes().to_vec()).expect("a text");
    let inventory = inventory::parse(&[file("hubdrift.yaml", inventory)]).expect("valid");
    let now: jiff::Timestamp = NOW.parse().expect("a time");
    let waivers = match waivers {
        "" => Vec::new(),
        text => waiver::parse(&file("waivers.yaml", text), jiff::civil::date(2026, 11, 22))
            .expect("waivers"),
    };
    let rule = |id: &str, body: &str| policy::Source {
        path: format!("{id}.rhai"),
        text: format!(
            "const META = #{{id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\"}};\nfn check(ctx) {{ {body} }}\n"
        ),
    };
    let mut rules = policy::builtin();
    rules.push(rule(
        "points-at-nothing",
        "if present(ctx.labels.fails) { fail(\"x\") } else { pass() }",
    ));
    let policy = policy::compile(rules, &inventory.policies.rules).expect("rules");
    let plan = plan(&inventory, &[], policy.needs_tags(), false).expect("a plan");
    let summary = |(n, name): &(usize, &str)| Summary {
        id: id(*n),
        name: Some((*name).to_owned()),
    };
    let observed = |reading| Observed {
        reading,
        at: None,
        request_id: None,
    };
    let target = TargetObservation {
        name: "default".to_owned(),
        account: Some("111122223333".to_owned()),
        region: Some("us-east-1".to_owned()),
        caller_arn: None,
        hub: Hub::Enabled,
        unread: None,
        listing: Listing::Complete(listed.iter().map(summary).collect()),
        connectors: read
            .into_iter()
            .map(|(n, reading)| (id(n), observed(reading)))
            .collect(),
    };
    audit(Inputs {
        inventory: &inventory,
        plan: &plan,
        observations: &Observations {
            targets: vec![target],
            ..Observations::default()
        },
        policy: &policy,
        waivers: &waivers,
        now,
        judged: Judged::default(),
        run: Run::default(),
        include_observed: false,
        interrupted: false,
    })
}

fn there(n: usize) -> (usize, Reading) {
    (n, Reading::Present(Arc::new(healthy(n))))
}

#[test]
fn two_entries_that_turn_out_to_be_one_connector_are_not_clean() {
    let inventory = format!(
        "version: 1\nconnectors:\n  - {{id: a, connector_id: {}}}\n  - {{id: b, name: c1, expect: {{tags: {{x: null}}}}}}\n",
        id(1)
    );
    let audit = audit_of(&inventory, "", &[(1, "c1")], vec![there(1)]);
    assert_eq!(audit.verdict.exit_code, 4);
    let messages: Vec<_> = audit.findings.iter().map(|f| f.message.as_str()).collect();
    let message = "malformed_response: `a` and `b` are entries for one connector: keep one of them";
    assert_eq!(messages, [message, message]);
}

#[test]
fn tags_that_were_not_read_are_not_absent() {
    let inventory = "version: 1\nconnectors:\n  - {id: a, name: c1, expect: {tags: {x: null}}}\n";
    let audit = audit_of(inventory, "", &[(1, "c1")], vec![there(1)]);
    assert_eq!(audit.verdict.exit_code, 4);
}

#[test]
fn a_connector_that_is_listed_and_denied_is_unread() {
    let audit = audit_of(
        "version: 1\n",
        "",
        &[(1, "c1")],
        vec![(1, Reading::Missing)],
    );
    assert_eq!(audit.verdict.exit_code, 4);
    assert_eq!(
        audit.findings[0].message,
        "malformed_response: it is listed, but GetConnectorV2 says that there is none"
    );
}

#[test]
fn a_connector_listed_under_two_names_is_left_aside_only_under_both() {
    let inventory = "version: 1\ntarget_defaults: {unmanaged_except: [{name: {matches: ^stg-}}]}\n";
    let mut answer = healthy(1);
    answer.set(Fact::Name, Some(Value::Text("stg-a".to_owned())));
    let read = || vec![(1, Reading::Present(Arc::new(answer.clone())))];
    let listed = |second| audit_of(inventory, "", &[(1, "stg-a"), (1, second)], read());
    // Of the two names one is wrong: nobody else's, and not read.
    assert_eq!(listed("c1").verdict.exit_code, 4);
    assert_eq!(listed("stg-b").verdict.exit_code, 0);
}

#[test]
fn what_no_rule_was_for_is_not_called_checked() {
    let mut off = String::new();
    for rule in policy::builtin() {
        let id = rule.path.replace("builtin:", "").replace(".rhai", "");
        writeln!(
            off,
            "    - {{rule: {id}, level: off, match: {{target: default}}}}"
        )
        .expect("a text");
    }
    off.push_str("    - {rule: points-at-nothing, level: off, match: {target: default}}\n");
    let inventory =
        format!("version: 1\nconnectors:\n  - {{id: a, name: c1}}\npolicies:\n  rules:\n{off}");
    let audit = audit_of(&inventory, "", &[(1, "c1")], vec![there(1)]);
    assert_eq!(audit.summary.coverage.checked.done, 0);
    let text = report::render(report::Format::Text, &audit, report::Style::default());
    let text = String::from_utf8(text).expect("a text");
    assert!(!text.contains("CLEAN"), "{text}");
}

#[test]
fn a_waiver_s_value_is_compared_with_the_value_that_is_there() {
    let inventory = "version: 1\nconnectors:\n  - {id: a, name: c1, labels: {fails: 'yes'}, expect: {provider: {azure_regions: [x]}, description: other}}\n";
    let waived = |waiver: &str| {
        let text = format!(
            "version: 1\nwaivers:\n  - {{connector: default/a, reason: r, owner: o, expires: 2026-12-31, {waiver}}}\n"
        );
        let mut connector = healthy(1);
        let regions = Value::Set(vec!["a".to_owned(), "b".to_owned()]);
        connector.set(Fact::ProviderAzureRegions, Some(regions));
        let audit = audit_of(
            inventory,
            &text,
            &[(1, "c1")],
            vec![(1, Reading::Present(Arc::new(connector)))],
        );
        audit.findings.iter().filter(|f| f.waiver.is_some()).count()
    };
    assert_eq!(waived("drift: provider.azure_regions, observed: [b, a]"), 1);
    for other in ["[a]", "null"] {
        assert_eq!(
            waived(&format!("drift: provider.azure_regions, observed: {other}")),
            0,
            "{other}"
        );
    }
    assert_eq!(waived("drift: description, observed: d"), 1);
    assert_eq!(waived("drift: description, observed: null"), 0);
    assert_eq!(waived("rule: points-at-nothing"), 1);
    assert_eq!(
        waived("rule: points-at-nothing, observed: null"),
        0,
        "it points at no fact"
    );
}
