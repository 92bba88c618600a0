//! Saved reports: read back without loss, put together as if the run had never been divided, and
//! never greener than what they were made from.

use std::{cell::RefCell, collections::BTreeMap};

use hubdrift::{
    audit::*,
    model::{Level, Outcome, Override, Requests},
    policy::{self, Policy},
    report::{Format, Style, json, render},
    saved::*,
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    runs::{Case, Fate, Held, bytes},
    samples,
};

fn policy() -> Policy {
    policy::compile(policy::builtin(), &[]).expect("the built-in rules")
}

/// Five targets; of each, three connectors are expected.
fn five(held: BTreeMap<String, Held>) -> Case {
    let mut text = "targets:\n".to_owned();
    for n in 0..5 {
        text.push_str(&format!(
            "  t{n}: {{account: \"{n}00000000000\", region: us-east-1}}\n"
        ));
    }
    text.push_str("connectors:\n");
    for n in 0..5 {
        for c in 1..4 {
            text.push_str(&format!(
                "  - {{id: c{c}, target: t{n}, name: c{c}, expect: {{description: d}}}}\n"
            ));
        }
    }
    Case {
        inventory: format!("version: 1\n{text}"),
        held,
        ..Case::new("", &[])
    }
}

fn healthy() -> Case {
    let held = |n| {
        let connectors = (1..4).map(|c| (c, Fate::Healthy)).collect();
        (
            format!("t{n}"),
            Held {
                connectors,
                unread: false,
            },
        )
    };
    five((0..5).map(held).collect())
}

/// Waivers of one target, of several, of all, of none; some are soon over.
const WAIVERS: &str = "version: 1
waivers:
  - {rule: kms-key-set, connector: t1/c1, reason: r, owner: one, expires: 2026-11-25}
  - {rule: kms-key-set, connector: '*/c2', allow_wildcard: true, reason: r, owner: all, expires: 2027-01-01}
  - {drift: description, connector: 't*/c1', allow_wildcard: true, reason: r, owner: value, expires: 2027-01-01, observed: x}
  - {drift: missing, connector: t3/c3, reason: r, owner: gone, expires: 2026-11-21}
  - {drift: unmanaged, connector: '*3/*', allow_wildcard: true, reason: r, owner: some, expires: 2026-11-23}
  - {rule: auth-active, connector: other/c1, reason: r, owner: nobody, expires: 2027-01-01}
";

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Healthy),
        2 => Just(Fate::Keyless),
        1 => Just(Fate::Described("x")),
        1 => Just(Fate::Described("y")),
        1 => Just(Fate::Strange),
        1 => Just(Fate::Missing),
        1 => Just(Fate::Unread),
    ]
}

fn held() -> impl Strategy<Value = BTreeMap<String, Held>> {
    let one = (
        prop::collection::vec(fate(), 3..5),
        prop::bool::weighted(0.1),
    );
    // Half of them are read whole, or every other one would be incomplete.
    (prop::collection::vec(one, 5), any::<bool>()).prop_map(|(targets, is_whole)| {
        let whole = |fate| match fate {
            Fate::Strange | Fate::Unread | Fate::Missing if is_whole => Fate::Healthy,
            fate => fate,
        };
        let held = |(n, (fates, unread)): (usize, (Vec<Fate>, bool))| {
            let connectors = (1..).zip(fates.into_iter().map(whole)).collect();
            let unread = unread && !is_whole;
            (format!("t{n}"), Held { connectors, unread })
        };
        targets.into_iter().enumerate().map(held).collect()
    })
}

fn case() -> impl Strategy<Value = Case> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let only = proptest::option::weighted(0.2, Just(vec!["t0".to_owned(), "t3".to_owned()]));
    let earlier = proptest::option::of(held());
    (held(), earlier, any::<bool>(), flags, only).prop_map(
        |(held, earlier, waived, (report_only, stale, new_only), only)| {
            let mut case = five(held);
            if waived {
                WAIVERS.clone_into(&mut case.waivers);
            }
            if stale {
                case.flags.fail_on.push(FailOn::StaleWaiver);
            }
            case.flags.report_only = report_only;
            case.only = only.unwrap_or_default();
            if let Some(earlier) = earlier {
                case.flags.new_only = new_only;
                let before = Case {
                    held: earlier,
                    flags: Flags::default(),
                    ..case.clone()
                };
                case = case.against(&before.run());
            }
            case
        },
    )
}

/// Without what may differ: when it ran, and which shard looked at what.
fn undivided(mut audit: Audit) -> Audit {
    audit.run = Run::default();
    for target in &mut audit.targets {
        target.shard = None;
    }
    audit
}

#[test]
fn the_shards_of_a_run_put_together_are_the_run() {
    let policy = policy();
    let codes = RefCell::new(BTreeMap::<u8, u32>::new());
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same cases each time: what they show is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&(case(), 1_u32..9, any::<u8>()), |(case, of, turn)| {
            let whole = case.run_with(&policy);
            let mut parts = case.shards(of, &policy);
            for part in &parts {
                let text = render(Format::Text, &part.audit, Style::default());
                prop_assert!(!String::from_utf8_lossy(&text).contains("CLEAN"));
            }
            let turn = usize::from(turn) % parts.len();
            parts.rotate_left(turn);
            let merged = merge(parts).expect("shards of one run");
            prop_assert_eq!(verify(&merged), Ok(()));
            *codes
                .borrow_mut()
                .entry(merged.verdict.exit_code)
                .or_default() += 1;
            let (merged, whole) = (undivided(merged), undivided(whole));
            prop_assert_eq!(&merged, &whole);
            for format in Format::ALL {
                prop_assert_eq!(
                    render(format, &merged, Style::default()),
                    render(format, &whole, Style::default())
                );
            }
            Ok(())
        })
        .expect("the merged run");
    let codes = codes.into_inner();
    assert!(codes.len() > 2, "the cases say little: {codes:?}");
}

#[test]
fn the_shards_of_a_clean_run_are_clean_together_and_never_alone() {
    let policy = policy();
    let clean = |audit: &Audit| {
        let text = render(Format::Text, audit, Style::default());
        String::from_utf8(text)
            .expect("text")
            .contains("result: CLEAN exit=0")
    };
    assert!(clean(&healthy().run_with(&policy)));
    let parts = healthy().shards(2, &policy);
    assert!(parts.iter().all(|part| !clean(&part.audit)));
    assert!(clean(&merge(parts.clone()).expect("the run")));
    // One alone is a part of something, and not a report to be taken for the whole.
    let alone = merge(parts[..1].to_vec()).expect("a part");
    assert_eq!((alone.verdict.exit_code, clean(&alone)), (4, false));
}

#[test]
fn a_shard_that_is_lacking_is_named_with_its_targets() {
    let policy = policy();
    for of in [2, 3, 7] {
        let parts = healthy().shards(of, &policy);
        for lost in 0..parts.len() {
            let mut some = parts.clone();
            let gone = some.remove(lost);
            let merged = merge(some).expect("the others");
            assert_eq!(merged.verdict.exit_code, 4);
            assert_eq!(verify(&merged), Ok(()));
            let name = format!("shard {}/{of} is not among the reports", lost + 1);
            let own = |it: &&TargetRecord| it.status != TargetStatus::OutOfScope;
            let mut own: Vec<_> = gone
                .audit
                .targets
                .iter()
                .filter(own)
                .map(|it| it.name.clone())
                .collect();
            assert_eq!(
                merged.judged.scope.targets,
                Ratio {
                    done: 5 - own.len() as u64,
                    of: 5
                }
            );
            if own.is_empty() {
                own.push(format!("shard {}/{of}", lost + 1));
            }
            let said = merged
                .findings
                .iter()
                .filter(|it| it.kind() == FindingKind::Unlisted);
            let said: Vec<_> = said
                .inspect(|it| assert!(it.message.contains(&name), "{it:?}"))
                .collect();
            assert_eq!(
                said.iter().map(|it| it.address.clone()).collect::<Vec<_>>(),
                own
            );
            for format in [Format::Text, Format::Junit] {
                let shown =
                    String::from_utf8(render(format, &merged, Style::default())).expect("text");
                assert!(
                    shown.contains(&format!("shard {}/{of}", lost + 1)),
                    "{shown}"
                );
            }
        }
    }
}

#[test]
fn a_waiver_is_not_called_useless_where_what_it_covers_was_not_looked_at() {
    let policy = policy();
    let mut case = healthy();
    WAIVERS.clone_into(&mut case.waivers);
    let useless = |audit: &Audit| -> Vec<String> {
        let stale = audit.findings.iter();
        let stale = stale.filter(|it| it.message.ends_with("covers nothing: remove it"));
        stale.map(|it| it.address.clone()).collect()
    };
    // One is over; `other` is no target of the inventory; the others permit nothing because all is well.
    let whole = useless(&case.run_with(&policy));
    assert_eq!(whole, ["*/c2", "*3/*", "other/c1", "t*/c1", "t1/c1"]);
    let unread = case.clone().with_fate("t1", Fate::Unread);
    assert_eq!(
        useless(&unread.run_with(&policy)),
        ["*/c2", "*3/*", "other/c1"]
    );
    let filtered = Case {
        only: vec!["t1".to_owned()],
        ..case.clone()
    };
    assert_eq!(useless(&filtered.run_with(&policy)), ["other/c1", "t1/c1"]);
    let mut parts = case.shards(3, &policy);
    let shard = |part: &Part, name: &str| {
        part.audit
            .targets
            .iter()
            .any(|it| it.name == name && it.status == TargetStatus::Read)
    };
    parts.retain(|part| !shard(part, "t1"));
    let lost = useless(&merge(parts).expect("the others"));
    assert!(
        !lost.contains(&"t1/c1".to_owned()) && !lost.contains(&"*/c2".to_owned()),
        "{lost:?}"
    );
}

#[test]
fn a_shard_without_a_result_leaves_none_to_trust_and_the_others_are_shown() {
    let policy = policy();
    let mut parts = healthy().with_fate("t0", Fate::Keyless).shards(2, &policy);
    let broken = usize::from(parts[0].audit.targets[0].shard == Some(1));
    let error = ErrorRecord {
        kind: "credentials".to_owned(),
        message: "no credentials".to_owned(),
        location: None,
    };
    let judged = Judged {
        scope: parts[broken].audit.judged.scope.clone(),
        ..Judged::default()
    };
    parts[broken].audit = failed(judged, Run::default(), vec![error]);
    let merged = merge(parts.clone()).expect("the others");
    assert_eq!(
        (merged.verdict.exit_code, merged.verdict.complete),
        (1, false)
    );
    assert_eq!(
        merged.errors[0].message,
        format!("shard {}/2: no credentials", broken + 1)
    );
    assert!(
        merged
            .findings
            .iter()
            .any(|it| it.kind() == FindingKind::Policy)
    );
    assert_eq!(verify(&merged), Ok(()));
    // Where no shard has a result, neither has the whole.
    let only = merge(vec![parts.remove(broken)]).expect("a failure");
    assert_eq!((only.verdict.exit_code, only.errors.len()), (1, 1));
}

impl Case {
    /// The same with another fate of the first connector of a target.
    fn with_fate(mut self, target: &str, fate: Fate) -> Self {
        let held = self.held.get_mut(target).expect("a target");
        held.connectors.insert(1, fate);
        self
    }
}

/// Why these parts are refused, after the second was changed.
fn refused(change: impl FnOnce(&mut Vec<Part>)) -> String {
    let mut parts = healthy().shards(2, &policy());
    change(&mut parts);
    merge(parts)
        .expect_err("not the shards of one run")
        .to_string()
}

#[test]
fn what_is_not_of_one_run_is_refused() {
    let not_one = "`shard-1.json` and `shard-2.json` are not shards of one run: ";
    let digest = |kind: &'static str| {
        refused(move |parts| {
            let inputs = &mut parts[1].audit.judged.inputs;
            let input = inputs
                .iter_mut()
                .find(|it| it.kind.as_str() == kind)
                .expect("an input");
            input.sha256 = "00".repeat(32);
        })
    };
    assert_eq!(
        digest("inventory"),
        format!("{not_one}their inventories differ")
    );
    assert_eq!(digest("waivers"), format!("{not_one}their waivers differ"));
    let rule = refused(|parts| parts[1].audit.rules[0].sha256 = "00".repeat(32));
    assert_eq!(rule, format!("{not_one}their rules or waivers differ"));
    let flags = refused(|parts| parts[1].audit.judged.flags.allow_empty = true);
    assert_eq!(flags, format!("{not_one}their flags differ"));
    let filters = refused(|parts| {
        parts[1]
            .audit
            .judged
            .scope
            .filters
            .push("--target t1".into());
    });
    assert_eq!(filters, format!("{not_one}their filters differ"));
    let now = refused(|parts| parts[1].audit.judged.now = samples::time("2026-11-22T12:00:01Z"));
    assert_eq!(now, format!("{not_one}they are not of the same --now"));
    let version = refused(|parts| parts[1].audit.tool.version = "0.0.9".into());
    assert!(
        version.starts_with(not_one) && version.contains("the other by 0.0.9"),
        "{version}"
    );
    let of = refused(|parts| parts[1].audit.judged.scope.shard = Some("2/3".into()));
    assert_eq!(of, format!("{not_one}one is of 2 shards, the other of 3"));
    let params = refused(|parts| {
        let mut rules = parts[1].audit.rules.iter_mut();
        let rule = rules.find(|it| !it.params.is_empty()).expect("one");
        rule.params.clear();
    });
    assert_eq!(params, format!("{not_one}their rules or waivers differ"));
    let narrowed = refused(|parts| parts[1].audit.judged.scope.shard = None);
    assert!(narrowed.contains("out of scope"), "{narrowed}");
    let whole = refused(|parts| parts[1].audit = healthy().run());
    assert!(
        whole.starts_with("`shard-2.json` is no shard's report"),
        "{whole}"
    );
    let odd = refused(|parts| parts[1].audit.judged.scope.shard = Some("2\u{1b}/3".into()));
    assert!(odd.contains("is no shard: I/N is expected"), "{odd}");
    let twice = refused(|parts| parts[1] = parts[0].clone());
    assert_eq!(
        twice,
        "shard 1/2 is in `shard-1.json` and in `shard-1.json`"
    );
    let other = refused(|parts| parts[1].audit.judged.scope.shard = Some("1/2".into()));
    assert_eq!(
        other,
        "shard 1/2 is in `shard-1.json` and in `shard-2.json`"
    );
    assert_eq!(merge(Vec::new()).expect_err("nothing"), Refusal::Nothing);
}

#[test]
fn shards_of_two_days_are_not_one_run() {
    let judged = |now: &'static str| {
        refused(move |parts| {
            for part in parts.iter_mut() {
                part.audit.judged.now_overridden = false;
            }
            parts[1].audit.judged.now = samples::time(now);
        })
    };
    assert!(judged("2026-11-23T11:00:00Z").ends_with("they were judged 23 hours apart"));
    assert!(judged("2026-11-21T12:00:00Z").ends_with("they were judged 24 hours apart"));
    // One runner may begin later than another: each judged at its own time, and both are said.
    let mut parts = healthy().shards(2, &policy());
    for part in &mut parts {
        part.audit.judged.now_overridden = false;
    }
    parts[0].audit.judged.now = samples::time("2026-11-22T13:30:00Z");
    let merged = merge(parts).expect("one run");
    assert_eq!(merged.judged.now, samples::time("2026-11-22T13:30:00Z"));
    assert_eq!(merged.judged.since, samples::time("2026-11-22T12:00:00Z"));
    assert_eq!(verify(&merged), Ok(()));
    let back = json::parse(&bytes(&merged)).expect("a report");
    assert_eq!(back, merged);
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let said = String::from_utf8(render(format, &merged, Style::default())).expect("text");
        let said: Vec<_> = said.split_whitespace().collect();
        assert!(
            said.join(" ").contains(
                "each shard was judged at its own time, from 2026-11-22T12:00:00Z to 2026-11-22T13:30:00Z"
            ),
            "{}",
            format.as_str()
        );
    }
    let metrics = String::from_utf8(render(Format::Prometheus, &merged, Style::default()));
    let judged = "\nhubdrift_judged_timestamp_seconds 1795348800\n";
    assert!(metrics.expect("text").contains(judged), "the earliest");
    // Nobody merges shards of such times.
    for since in [
        "2026-11-22T13:30:00Z",
        "2026-11-22T14:00:00Z",
        "2026-11-22T01:29:59Z",
    ] {
        let mut edited = merged.clone();
        edited.judged.since = samples::time(since);
        let said = verify(&edited).expect_err(since).to_string();
        assert!(said.contains("no shards are judged from"), "{said}");
    }
}

/// The shards of a run on both sides of midnight, each with a waiver in use; the first is judged
/// at the earlier time.
fn around_midnight(expires: &str) -> Vec<Part> {
    let mut case = healthy();
    case.waivers = format!(
        "version: 1\nwaivers: [{{rule: kms-key-set, connector: '*/c1', allow_wildcard: true, \
         reason: r, owner: one, expires: {expires}}}]\n"
    );
    for n in 0..5 {
        case = case.with_fate(&format!("t{n}"), Fate::Keyless);
    }
    let policy = policy();
    let at = |now, number: usize| {
        let mut part = Case {
            now,
            ..case.clone()
        }
        .shards(2, &policy)
        .swap_remove(number);
        part.audit.judged.now_overridden = false;
        part
    };
    vec![at("2026-11-22T23:58:00Z", 0), at("2026-11-23T00:02:00Z", 1)]
}

#[test]
fn a_waiver_that_ended_between_two_shards_permits_nothing() {
    let said = merge(around_midnight("2026-11-22"))
        .expect_err("a refusal")
        .to_string();
    let start =
        "`shard-1.json` and `shard-2.json` are not shards of one run: the waiver of one for t";
    let end =
        "/c1 ended on 2026-11-22, which is over in the other: give every shard the same --now";
    assert!(said.starts_with(start) && said.ends_with(end), "{said}");
    // The order of the files says nothing.
    let mut turned = around_midnight("2026-11-22");
    turned.reverse();
    assert_eq!(merge(turned).expect_err("a refusal").to_string(), said);
    // One that holds a day longer permits all of it.
    let merged = merge(around_midnight("2026-11-23")).expect("one run");
    assert_eq!((merged.verdict.exit_code, merged.summary.waived), (0, 5));
    assert_eq!(verify(&merged), Ok(()));
}

#[test]
fn a_report_in_which_a_waiver_permits_what_it_no_longer_may_is_refused() {
    let whole = || {
        let mut audit = around_midnight("2026-11-22").swap_remove(0).audit;
        assert_eq!(verify(&audit), Ok(()));
        audit.judged.now = samples::time("2026-11-22T23:59:59.999Z");
        assert_eq!(verify(&audit), Ok(()));
        audit
    };
    for now in ["2026-11-23T00:00:00Z", "2026-11-23T11:00:00Z", ""] {
        let mut audit = whole();
        audit.judged.now = now.parse().ok();
        let said = verify(&audit).expect_err(now).to_string();
        assert!(said.contains("had expired"), "{now}: {said}");
    }
    // What is no time at all is no report.
    for key in ["now", "since"] {
        let mut value = samples::json(&whole());
        value["judged"][key] = json!("once");
        let said = json::parse(value.to_string().as_bytes()).expect_err("no time");
        assert!(matches!(said, json::ParseError::Malformed(_)), "{said}");
    }
}

#[test]
fn two_targets_that_are_one_place_are_not_merged() {
    let place = |parts: &mut Vec<Part>, account: &str| {
        let own = |it: &&mut TargetRecord| it.status == TargetStatus::Read;
        let mut names = Vec::new();
        for part in parts.iter_mut() {
            let target = part.audit.targets.iter_mut().find(own).expect("one");
            target.account = Some(account.to_owned());
            names.push(target.name.clone());
        }
        for (part, other) in [(0, 1), (1, 0)] {
            // Whose account isn't written is known to the shard alone that asked.
            let targets = &mut parts[part].audit.targets;
            targets
                .iter_mut()
                .find(|it| it.name == names[other])
                .expect("one")
                .account = None;
        }
        names
    };
    let mut parts = healthy().shards(2, &policy());
    let names = place(&mut parts, "999988887777");
    let said = merge(parts.clone()).expect_err("a refusal").to_string();
    assert_eq!(
        said,
        format!(
            "`shard-1.json` and `shard-2.json` are not shards of one run: targets {} and {} are one \
             place, account 999988887777 in us-east-1, which was read twice: correct the account, \
             region or credentials of one of them",
            names[0], names[1]
        )
    );
    // In two regions they are two.
    let own = |it: &&mut TargetRecord| it.name == names[1];
    for part in &mut parts {
        part.audit.targets.iter_mut().find(own).expect("one").region = Some("eu-west-1".into());
    }
    merge(parts).expect("two places");
}

#[test]
fn a_target_that_is_two_places_is_not_merged() {
    let said = refused(|parts| {
        for (part, region) in parts.iter_mut().zip(["us-east-1", "eu-west-1"]) {
            part.audit.targets[0].region = Some(region.to_owned());
        }
    });
    assert_eq!(
        said,
        "`shard-1.json` and `shard-2.json` are not shards of one run: target t0 is us-east-1 in \
         one, and eu-west-1 in the other"
    );
    // Where one is that could not be read is not known.
    let mut case = healthy();
    case.held.get_mut("t0").expect("t0").unread = true;
    let mut parts = case.shards(2, &policy());
    for part in &mut parts {
        let target = &mut part.audit.targets[0];
        if target.status == TargetStatus::Unread {
            target.account = Some("999988887777".to_owned());
        }
    }
    assert_eq!(merge(parts).expect("one run").verdict.exit_code, 4);
}

#[test]
fn a_target_or_a_connector_stands_in_one_shard() {
    let targets = refused(|parts| _ = parts[1].audit.targets[0].shard.replace(9));
    assert!(targets.contains("their targets differ"), "{targets}");
    // Both say that a target is of the other, or that a filter left it out, and nobody looked.
    let nobody = refused(|parts| {
        for part in parts {
            let at = part
                .audit
                .targets
                .iter()
                .position(|it| it.shard == Some(1))
                .expect("one");
            let name = part.audit.targets[at].name.clone();
            part.audit.targets[at].shard = None;
            part.audit.targets[at].status = TargetStatus::OutOfScope;
            part.audit.connectors.retain(|it| it.target != name);
            reckon(&mut part.audit);
        }
    });
    assert!(
        nobody.contains("is not in the shard it should be in"),
        "{nobody}"
    );
    let connector = refused(|parts| {
        let arn = parts[0].audit.connectors[0].connector_arn.clone();
        parts[1].audit.connectors[0].connector_arn = arn;
    });
    assert!(
        connector.starts_with("connector arn:aws:securityhub:"),
        "{connector}"
    );
}

/// Makes scope and summary agree with the records, as somebody would who edits a report with care.
fn reckon(audit: &mut Audit) {
    audit.judged.scope.targets.done = audit
        .targets
        .iter()
        .filter(|it| it.status != TargetStatus::OutOfScope)
        .count() as u64;
    let count = |of: fn(&ConnectorRecord) -> bool| {
        audit.connectors.iter().filter(|it| of(it)).count() as u64
    };
    let (all, read) = (count(|_| true), count(|it| it.state != State::Unread));
    let results = || audit.connectors.iter().flat_map(|it| &it.results);
    for (outcome, n) in &mut audit.summary.outcomes {
        *n = results().filter(|it| it.result.outcome == *outcome).count() as u64;
    }
    for (state, n) in &mut audit.summary.states {
        *n = audit
            .connectors
            .iter()
            .filter(|it| it.state == *state)
            .count() as u64;
    }
    audit.summary.uncompared_fields = audit.connectors.iter().map(|it| it.uncompared).sum();
    audit.summary.coverage = Coverage {
        read: Ratio {
            done: read,
            of: all,
        },
        managed: Ratio { done: all, of: all },
        checked: Ratio {
            done: read,
            of: all,
        },
    };
}

/// Something of everything, as the library judged it.
fn messy() -> Audit {
    let mut case = healthy()
        .with_fate("t0", Fate::Keyless)
        .with_fate("t1", Fate::Described("x"))
        .with_fate("t2", Fate::Strange)
        .with_fate("t3", Fate::Missing)
        .with_fate("t4", Fate::Unread);
    case.held
        .get_mut("t0")
        .expect("t0")
        .connectors
        .insert(9, Fate::Healthy);
    case.held
        .get_mut("t2")
        .expect("t2")
        .connectors
        .insert(2, Fate::Keyless);
    WAIVERS.clone_into(&mut case.waivers);
    case.run()
}

/// The failure of a mandatory rule that nobody waives.
fn policy_finding(audit: &mut Audit) -> &mut Finding {
    let policy = |it: &&mut Finding| it.kind() == FindingKind::Policy && it.waiver.is_none();
    audit.findings.iter_mut().find(policy).expect("one")
}

/// What the rule found.
fn found(finding: &mut Finding) -> &mut RuleFinding {
    match &mut finding.about {
        About::Policy(found) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_library_judges_never_contradicts_itself() {
    assert_eq!(verify(&messy()), Ok(()));
    assert_eq!(verify(&healthy().run()), Ok(()));
    let failed = failed(Judged::default(), Run::default(), samples::errors().errors);
    assert_eq!(verify(&failed), Ok(()));
}

#[test]
fn what_comes_to_light_after_judging_leaves_no_result_to_trust_in_any_format() {
    let failed = failed(Judged::default(), Run::default(), samples::errors().errors);
    let mut interrupted = messy();
    (interrupted.interrupted, interrupted.verdict.exit_code) = (true, 130);
    for before in [healthy().run(), messy(), interrupted, failed] {
        let mut audit = before.clone();
        distrust(&mut audit, []);
        assert_eq!(audit, before, "nothing came to light");
        let error = ErrorRecord {
            kind: "report".to_owned(),
            message: "failed to write the html report: x".to_owned(),
            location: None,
        };
        distrust(&mut audit, [error.clone()]);
        assert_eq!(verify(&audit), Ok(()));
        let verdict = audit.verdict;
        assert_eq!((verdict.exit_code, verdict.complete), (1, false));
        assert_eq!(audit.errors.last(), Some(&error));
        assert_eq!(audit.findings, before.findings);
        for format in Format::ALL {
            let text = render(format, &audit, Style::default());
            let text = String::from_utf8(text).expect("text");
            assert!(!text.contains("CLEAN"), "{}: {text}", format.as_str());
            let is_told = text.contains("failed to write the html report: x");
            assert!(
                is_told || format == Format::Prometheus,
                "{}: {text}",
                format.as_str()
            );
        }
    }
}

/// An edit of a report.
type Edit = fn(&mut Audit);

/// That an edited report is refused, by these words.
#[track_caller]
fn is_noticed(words: &str, edit: Edit) {
    let mut audit = messy();
    edit(&mut audit);
    let said = verify(&audit).expect_err(words).to_string();
    assert!(said.contains(words), "{words}: {said}");
    let name = "a.json".to_owned();
    let refusal = merge(vec![Part { name, audit }])
        .expect_err(words)
        .to_string();
    assert!(
        refusal.starts_with("`a.json` is not used: the report contradicts itself"),
        "{refusal}"
    );
}

#[test]
fn a_report_that_was_edited_to_be_greener_is_refused() {
    let edits: [(&str, Edit); 17] = [
        ("verdict", |a| a.verdict.exit_code = 0),
        ("verdict", |a| a.verdict.complete = true),
        ("verdict", |a| a.verdict.drift = false),
        ("verdict", |a| a.verdict.policy = false),
        ("summary", |a| a.summary.counted = 0),
        ("summary", |a| a.summary.coverage.read.done += 1),
        ("scope", |a| a.judged.scope.targets.of = 4),
        ("says otherwise", |a| a.judged.flags.report_only = true),
        ("says otherwise", |a| {
            a.judged.flags.fail_on.push(FailOn::StaleWaiver);
        }),
        ("counts", |a| {
            let finding = a
                .findings
                .iter_mut()
                .find(|it| it.kind() == FindingKind::Unread);
            finding.expect("one").why_not = Some(WhyNot::Waived);
        }),
        ("permits", |a| {
            let waiver = a.waivers[0].waiver.clone();
            let policy =
                |it: &&mut Finding| it.kind() == FindingKind::Policy && it.waiver.is_none();
            let finding = a.findings.iter_mut().find(policy).expect("one");
            finding.waiver = Some(waiver);
            finding.why_not = Some(WhyNot::Waived);
        }),
        ("no baseline", |a| {
            a.findings[0].baseline = Some(Age::Existing);
        }),
        ("fingerprint", |a| {
            a.findings[0].fingerprint = "00".repeat(16);
        }),
        ("no finding says so", |a| {
            a.findings.retain(|it| it.kind() != FindingKind::Unread);
        }),
        ("no finding says so", |a| {
            a.findings.retain(|it| it.kind() != FindingKind::Changed);
        }),
        ("no finding says so", |a| a.findings.clear()),
        ("two connectors", |a| {
            a.connectors.push(a.connectors[0].clone());
        }),
    ];
    for (words, edit) in edits {
        is_noticed(words, edit);
    }
    // What counts and why it doesn't are two keys of the report, and one of the audit.
    for (counted, words) in [
        (false, "counts, but it says otherwise"),
        (true, "doesn't count"),
    ] {
        let mut value = samples::json(&messy());
        let findings = value["findings"].as_array_mut().expect("a list");
        for finding in findings {
            finding["counted"] = json!(counted);
        }
        let said = json::parse(value.to_string().as_bytes()).expect_err("a contradiction");
        assert!(said.to_string().contains(words), "{said}");
    }
}

#[test]
fn a_report_whose_targets_levels_or_rules_do_not_agree_is_refused() {
    let edits: [(&str, Edit); 9] = [
        ("leaves target t0 out", |a| {
            a.targets[0].status = TargetStatus::OutOfScope;
        }),
        ("in no target", |a| {
            a.judged.scope.filters.push("--target t1".to_owned());
            a.targets[0].status = TargetStatus::OutOfScope;
        }),
        ("no finding says so", |a| {
            let finding = policy_finding(a);
            found(finding).level = Level::Advisory;
            finding.why_not = Some(WhyNot::Advisory);
        }),
        ("to which nothing sets it", |a| {
            let (address, rule) = {
                let finding = policy_finding(a);
                found(finding).level = Level::Advisory;
                finding.why_not = Some(WhyNot::Advisory);
                (finding.address.clone(), found(finding).rule.clone())
            };
            let record = a.connectors.iter_mut().find(|it| it.address == address);
            let results = &mut record.expect("one").results;
            let result = results.iter_mut().find(|it| it.result.rule == rule);
            result.expect("one").result.level = Level::Advisory;
        }),
        ("not those that are on", |a| {
            a.findings.retain(|it| it.kind() != FindingKind::Policy);
            for record in &mut a.connectors {
                record
                    .results
                    .retain(|it| it.result.outcome != Outcome::Fail);
            }
        }),
        ("not those that are on", |a| {
            a.rules.retain(|it| &*it.id != "kms-key-set");
        }),
        ("not those that are on", |a| {
            let rule = a.rules.iter_mut().find(|it| &*it.id == "kms-key-set");
            rule.expect("one").level = Level::Off;
        }),
        ("the rule of own.rhai is not there", |a| {
            a.judged.inputs.push(Input {
                path: "own.rhai".to_owned(),
                kind: InputKind::Rule,
                sha256: "00".repeat(32),
                observed_at: None,
            });
        }),
        ("no rule is on", |a| {
            a.rules.clear();
            a.connectors.iter_mut().for_each(|it| it.results.clear());
        }),
    ];
    for (words, edit) in edits {
        is_noticed(words, edit);
    }
}

#[test]
fn a_report_in_which_findings_and_records_do_not_agree_is_refused() {
    let edits: [(&str, Edit); 9] = [
        ("looked at nothing", |a| {
            (a.targets, a.connectors, a.findings) = (Vec::new(), Vec::new(), Vec::new());
            a.judged.scope.targets = Ratio::default();
        }),
        ("fewer connectors than were listed", |a| {
            a.findings.retain(|it| it.address != "t1/c1");
            a.connectors.retain(|it| it.address != "t1/c1");
        }),
        ("which is not missing", |a| {
            let missing = a
                .connectors
                .iter_mut()
                .find(|it| it.state == State::Missing);
            missing.expect("one").state = State::InSync;
            a.findings.retain(|it| it.kind() != FindingKind::Missing);
        }),
        ("permits unmanaged", |a| {
            let permitted =
                |it: &&Finding| it.waiver.is_some() && it.kind() != FindingKind::Unmanaged;
            let waiver = a
                .findings
                .iter()
                .find(permitted)
                .expect("one")
                .waiver
                .clone();
            let finding = a
                .findings
                .iter_mut()
                .find(|it| it.kind() == FindingKind::Unmanaged);
            let finding = finding.expect("one");
            finding.waiver = waiver;
            finding.why_not = Some(WhyNot::Waived);
        }),
        ("no baseline", |a| {
            a.judged.baseline = Some(BaselineRecord {
                path: "none.json".to_owned(),
                judged_at: None,
                notes: Vec::new(),
            });
            let missing = |it: &&mut Finding| it.kind() == FindingKind::Missing;
            a.findings.iter_mut().find(missing).expect("one").baseline = Some(Age::Existing);
        }),
        ("t1/c1 is changed, and its fields don't say so", |a| {
            let changed = |it: &Finding| it.kind() == FindingKind::Changed && it.address == "t1/c1";
            a.findings.retain(|it| !changed(it));
            let record = a.connectors.iter_mut().find(|it| it.address == "t1/c1");
            record.expect("one").drift.clear();
        }),
        ("had expired", |a| {
            a.judged.now = samples::time("2027-01-02T12:00:00Z");
        }),
        ("no finding says so", |a| {
            let waived = a.findings.iter_mut().find(|it| it.waiver.is_some());
            let waived = waived.expect("one");
            (waived.waiver, waived.why_not) = (None, None);
        }),
        ("rule error, and no finding says so", |a| {
            a.judged.flags.fail_on.retain(|it| *it != FailOn::Missing);
            let missing = a
                .findings
                .iter_mut()
                .find(|it| it.kind() == FindingKind::Missing);
            let missing = missing.expect("one");
            missing.why_not = Some(WhyNot::NotInFailOn);
        }),
    ];
    for (words, edit) in edits {
        is_noticed(words, edit);
    }
}

#[test]
fn whatever_is_left_out_of_a_report_never_makes_it_greener() {
    // Each key of the report is taken away, and each list is emptied: then it is refused, or says the same.
    fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(members) => members
                .iter()
                .map(|(key, it)| (key.replace('~', "~0").replace('/', "~1"), it))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, it)| (at.to_string(), it))
                .collect(),
            _ => return,
        };
        for (key, child) in children {
            let pointer = format!("{at}/{key}");
            pointers(child, &pointer, into);
            into.push(pointer);
        }
    }
    let audit = messy();
    let whole = samples::json(&audit);
    let mut all = Vec::new();
    pointers(&whole, "", &mut all);
    assert!(all.len() > 1_000);
    let mut refused = 0;
    for pointer in all.iter().step_by(7) {
        let mut value = whole.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("a parent");
        match value.pointer_mut(parent).expect("it is there") {
            Value::Object(members) => {
                _ = members.remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            Value::Array(items) => _ = items.remove(key.parse().expect("an index")),
            _ => unreachable!("no child"),
        }
        let Ok(read) = json::parse(value.to_string().as_bytes()) else {
            refused += 1;
            continue;
        };
        let Ok(read) = merge(vec![Part {
            name: "a".into(),
            audit: read,
        }]) else {
            refused += 1;
            continue;
        };
        assert_eq!(read.verdict, audit.verdict, "without {pointer}");
    }
    assert!(refused > 100, "{refused}");
}

/// A value as somebody may have put it into a rule's parameters or a description.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|it| json!(it)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_is_read_back_without_loss(
        which in 0_usize..8,
        texts in prop::collection::vec(any::<String>(), 8),
        values in prop::collection::vec(proptest::option::of(any_value()), 4),
        numbers in prop::collection::vec(any::<u64>(), 4),
    ) {
        let mut audit = samples::named().swap_remove(which).1;
        audit.tool.version.clone_from(&texts[0]);
        audit.run.requests = Requests { sent: numbers[0], retried: numbers[1], throttled: numbers[2] };
        audit.judged.baseline = Some(BaselineRecord {
            path: texts[1].clone(),
            judged_at: jiff::Timestamp::from_second((numbers[0] % 4_000_000_000).cast_signed()).ok(),
            notes: texts.clone(),
        });
        for rule in &mut audit.rules {
            rule.params = texts.iter().cloned().zip(values.iter().flatten().cloned()).collect();
        }
        let about = About::Changed(Change {
            path: texts[2].clone(),
            expected: values[0].clone(),
            observed: values[1].clone(),
            drift: None,
        });
        let mut changed = samples::finding(about, &texts[3], &texts[4]);
        changed.connector_arn = Some(texts[5].clone());
        audit.findings.push(changed.clone());
        audit.resolved.push(changed);
        for record in &mut audit.connectors {
            record.labels.insert(texts[6].clone(), texts[7].clone());
            // An object always; what is null is no observation.
            record.observed = values[2].as_ref().map(|value| json!({ "a": value }));
            for drift in &mut record.drift {
                drift.drift.observed = values[3].clone().unwrap_or_default();
            }
        }
        let written = bytes(&audit);
        let read = json::parse(&written).expect("a report");
        prop_assert_eq!(&read, &audit);
        prop_assert_eq!(bytes(&read), written);
    }
}

#[test]
fn a_report_alone_says_who_asked_what_by_which_rules_and_who_permitted_what() {
    let mut case = healthy()
        .with_fate("t0", Fate::Keyless)
        .with_fate("t1", Fate::Keyless);
    WAIVERS.clone_into(&mut case.waivers);
    case.inventory.push_str(
        "policies: {rules: [{rule: health-check-fresh, params: {max_age_hours: 36}}, \
         {rule: health-check-fresh, level: advisory, match: {target: t4}, params: {max_age_hours: 72}}]}\n",
    );
    let first = case.run();
    let report: Value = serde_json::from_slice(&bytes(&case.against(&first).run())).expect("JSON");
    // Who was asked, and what was read when, by which request.
    assert_eq!(
        report["targets"][1]["caller_arn"],
        "arn:aws:sts::100000000000:assumed-role/hubdrift/run"
    );
    assert_eq!(
        report["connectors"][0]["observed_at"],
        "2026-11-22T11:59:00Z"
    );
    assert_eq!(report["connectors"][0]["request_id"], "request-1");
    assert_eq!(report["judged"]["now"], "2026-11-22T12:00:00Z");
    // By which files: each with its digest.
    let inputs = report["judged"]["inputs"].as_array().expect("inputs");
    let kinds: Vec<_> = inputs
        .iter()
        .map(|it| it["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["inventory", "waivers", "baseline"]);
    assert!(
        inputs
            .iter()
            .all(|it| it["sha256"].as_str().is_some_and(|it| it.len() == 64))
    );
    // By which rules: digest, level and parameters, and for which connectors others.
    let rules = report["rules"].as_array().expect("rules");
    assert!(
        rules
            .iter()
            .all(|it| it["sha256"].as_str().is_some_and(|it| it.len() == 64))
    );
    let fresh = rules
        .iter()
        .find(|it| it["id"] == "health-check-fresh")
        .expect("the rule");
    assert_eq!(
        (&fresh["level"], &fresh["params"]["max_age_hours"]),
        (&json!("mandatory"), &json!(36))
    );
    assert_eq!(fresh["settings"][0]["params"], json!({"max_age_hours": 36}));
    assert_eq!(fresh["settings"][1]["match"], json!({"target": "t4"}));
    assert_eq!(fresh["settings"][1]["params"], json!({"max_age_hours": 72}));
    assert_eq!(fresh["settings"][1]["level"], "advisory");
    assert_eq!(fresh["settings"][1]["location"]["file"], "hubdrift.yaml");
    let levels = |target: &str| -> Vec<Value> {
        let records = report["connectors"].as_array().expect("connectors").iter();
        let results = records
            .filter(|it| it["target"] == target)
            .flat_map(|it| it["results"].as_array().expect("results"));
        results
            .filter(|it| it["rule"] == "health-check-fresh")
            .map(|it| it["level"].clone())
            .collect()
    };
    assert!(
        levels("t4").iter().all(|it| it == "advisory")
            && levels("t3").iter().all(|it| it == "mandatory")
    );
    // What was permitted by whom, why, until when and where that is written; and what was of no use.
    let waivers = report["waivers"].as_array().expect("waivers");
    assert_eq!(waivers.len(), 6);
    assert_eq!(
        waivers[0],
        json!({
            "subject": "rule kms-key-set", "connector": "t1/c1", "reason": "r", "owner": "one", "ticket": null,
            "expires": "2026-11-25", "location": {"file": "waivers.yaml", "line": 3, "column": 5}, "used": true,
        })
    );
    assert_eq!(
        (&waivers[2]["observed"], &waivers[2]["used"]),
        (&json!("x"), &json!(false))
    );
    let waived = report["findings"].as_array().expect("findings").iter();
    let waived: Vec<_> = waived.filter(|it| it["why_not"] == "waived").collect();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0]["waiver"]["owner"], "one");
    // With what it was compared.
    assert_eq!(
        report["judged"]["baseline"],
        json!({"path": "last.json", "judged_at": "2026-11-22T12:00:00Z", "notes": []})
    );
    assert!(report["summary"]["outcomes"][Outcome::Pass.as_str()].as_u64() > Some(50));
}

#[test]
fn what_was_set_for_some_shards_is_told_with_their_numbers() {
    let mut parts = healthy().shards(3, &policy());
    let set = |setting: &str| Override::new(setting, None, Override::COMMAND_LINE);
    let of = [vec!["--a", "--b"], vec!["--a"], vec!["--c", "--a", "--b"]];
    for (part, of) in parts.iter_mut().zip(of) {
        part.audit.judged.overrides = of.into_iter().map(set).collect();
    }
    parts.rotate_left(1);
    let merged = merge(parts).expect("shards of one run");
    let told: Vec<_> = merged
        .judged
        .overrides
        .iter()
        .map(|it| (&*it.setting, &*it.shards))
        .collect();
    assert_eq!(
        told,
        [("--a", &[][..]), ("--b", &[1, 3][..]), ("--c", &[3][..])]
    );
    let text = render(Format::Text, &merged, Style::default());
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("set:        --b, in shards 1, 3\n"), "{text}");
    assert!(text.contains("set:        --c, in shard 3\n"), "{text}");
}
