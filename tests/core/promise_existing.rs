//! The promise against a baseline: nothing new is called existing.
//!
//! What "the same finding" means is written here a second time, from what went in to both runs
//! and not from what either report says of it.

use std::{cell::RefCell, collections::BTreeMap};

use hubdrift::{
    audit::{About, Age, Audit, Finding, FindingKind, WhyNot},
    model::{ConnectorId, Severity},
    policy::Source,
    report::json,
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use crate::runs::{Case, Fate, NOW, bytes, id, second_id};

/// How the rule `own` is written.
#[derive(Debug, Clone)]
struct Own {
    severity: Severity,
    words: &'static str,
    /// Whether it points at the description.
    points: bool,
    mandatory: bool,
    /// Its text is another, and nothing that it says.
    reworked: bool,
}

/// A run: what the inventory says, and what is there.
#[derive(Debug, Clone)]
struct World {
    account: &'static str,
    /// The id of the first entry.
    called: &'static str,
    /// The number of the connector that it means.
    meant: u32,
    /// What the first entry expects of its description.
    expects: &'static str,
    /// Of connectors 1 to 3.
    fates: Vec<Fate>,
    /// Which of them were made again.
    again: Vec<bool>,
    own: Own,
    /// The last day of the waiver of what `own` finds in `prod/a`.
    waived_until: Option<&'static str>,
}

/// One thing that is wrong, by what went in.
#[derive(Debug, Clone, PartialEq)]
struct Wrong {
    kind: FindingKind,
    /// The connector's account and id; of a missing one its address and name.
    whose: String,
    /// The rule, and the fact that it points at.
    what: &'static str,
    /// What is expected, observed and said.
    words: String,
    severity: Severity,
    mandatory: bool,
    waived: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Described("x")),
        1 => Just(Fate::Described("y")),
        2 => Just(Fate::Keyless),
        2 => Just(Fate::Healthy),
        1 => Just(Fate::Missing),
        1 => Just(Fate::Unread),
    ]
}

/// Mostly this, now and then one of those.
fn mostly<T: Clone + std::fmt::Debug + 'static>(
    this: T,
    others: Vec<T>,
) -> impl Strategy<Value = T> {
    prop_oneof![6 => Just(this), 1 => proptest::sample::select(others)]
}

fn own() -> impl Strategy<Value = Own> {
    let severities = vec![Severity::Low, Severity::Critical];
    (
        mostly(Severity::Medium, severities),
        mostly("no owner is named", vec!["a password is in it"]),
        mostly(true, vec![false]),
        mostly(true, vec![false]),
        any::<bool>(),
    )
        .prop_map(|(severity, words, points, mandatory, reworked)| Own {
            severity,
            words,
            points,
            mandatory,
            reworked,
        })
}

fn world() -> impl Strategy<Value = World> {
    (
        mostly("111122223333", vec!["444455556666"]),
        mostly("a", vec!["renamed"]),
        mostly(1, vec![3]),
        mostly("d", vec!["e"]),
        prop::collection::vec(fate(), 3),
        prop::collection::vec(mostly(false, vec![true]), 3),
        own(),
        mostly(None, vec![Some("2026-11-21"), Some("2026-12-01")]),
    )
        .prop_map(
            |(account, called, meant, expects, fates, again, own, waived_until)| World {
                account,
                called,
                meant,
                expects,
                fates,
                again,
                own,
                waived_until,
            },
        )
}

/// Two runs. What is there is often the same in both, or nothing would exist in both.
fn worlds() -> impl Strategy<Value = (World, World)> {
    (world(), world(), prop::bool::weighted(0.7)).prop_map(|(then, mut now, same)| {
        if same {
            now.fates.clone_from(&then.fates);
        }
        (then, now)
    })
}

impl World {
    fn case(&self) -> Case {
        let level = if self.own.mandatory {
            "mandatory"
        } else {
            "advisory"
        };
        let (called, meant, expects) = (self.called, self.meant, self.expects);
        let inventory = format!(
            "connectors:
  - {{id: {called}, name: c{meant}, expect: {{description: {expects}}}}}
  - {{id: b, name: c2}}
policies: {{rules: [{{rule: own, level: {level}}}]}}
"
        );
        let numbered = (1..).zip(self.fates.iter().cloned());
        let mut case = Case::new(&inventory, &numbered.collect::<Vec<_>>())
            .edited("111122223333", self.account);
        case.again = (1..)
            .zip(&self.again)
            .filter(|(_, it)| **it)
            .map(|(n, _)| n)
            .collect();
        if let Some(expires) = self.waived_until {
            case.waivers = format!(
                "version: 1\nwaivers: [{{rule: own, connector: prod/a, reason: r, owner: o, expires: {expires}}}]\n"
            );
        }
        let Own {
            severity,
            words,
            points,
            reworked,
            ..
        } = &self.own;
        let (severity, remark) = (
            severity.as_str(),
            if *reworked { "// better\n" } else { "" },
        );
        let fail = if *points {
            "fail_at(\"description\", "
        } else {
            "fail("
        };
        case.rules = vec![Source {
            path: "rules/own.rhai".to_owned(),
            text: format!(
                "{remark}const META = #{{id: \"own\", title: \"t\", severity: \"{severity}\", remediation: \"r\"}};\n\
                 fn check(ctx) {{ if ctx.observed.description != \"d\" {{ {fail}\"{words}\") }} else {{ pass() }} }}\n"
            ),
        }];
        case
    }

    fn uuid(&self, n: u32) -> ConnectorId {
        if self.again[n as usize - 1] {
            second_id(n)
        } else {
            id(n)
        }
    }

    /// The account and id of the `n`th connector.
    fn whose(&self, n: u32) -> String {
        format!("{} {}", self.account, self.uuid(n))
    }

    /// All that is wrong and was read, by address.
    fn wrongs(&self) -> BTreeMap<(String, FindingKind, &'static str), Wrong> {
        let mut all = BTreeMap::new();
        for (n, fate) in (1..).zip(&self.fates) {
            let whose = self.whose(n);
            let entry = [(self.called, self.meant), ("b", 2)];
            let entry = entry
                .into_iter()
                .find(|(_, meant)| *meant == n)
                .map(|(id, _)| id);
            let address = match entry {
                Some(id) => format!("prod/{id}"),
                None => format!("prod/{}", self.uuid(n)),
            };
            let description = match fate {
                Fate::Described(text) => text,
                _ => "d",
            };
            let mut add = |kind, what, words: String, severity, mandatory, waived| {
                let whose = match kind {
                    FindingKind::Missing => format!("{} {address} c{n}", self.account),
                    _ => whose.clone(),
                };
                let wrong = Wrong {
                    kind,
                    whose,
                    what,
                    words,
                    severity,
                    mandatory,
                    waived,
                };
                all.insert((address.clone(), kind, what), wrong);
            };
            match (fate, entry) {
                // Of what was not read nothing is known to be the same.
                (Fate::Unread, _) | (Fate::Missing, None) => continue,
                (Fate::Missing, Some(_)) => {
                    add(
                        FindingKind::Missing,
                        "",
                        String::new(),
                        Severity::High,
                        true,
                        false,
                    );
                    continue;
                }
                (_, None) => {
                    add(
                        FindingKind::Unmanaged,
                        "",
                        String::new(),
                        Severity::Medium,
                        true,
                        false,
                    );
                }
                (_, Some(_)) => {}
            }
            if entry == Some(self.called) && description != self.expects {
                let words = format!("{description}, not {}", self.expects);
                add(
                    FindingKind::Changed,
                    "description",
                    words,
                    Severity::Medium,
                    true,
                    false,
                );
            }
            if *fate == Fate::Keyless {
                add(
                    FindingKind::Policy,
                    "kms-key-set",
                    String::new(),
                    Severity::High,
                    true,
                    false,
                );
            }
            if description != "d" {
                let about = if self.own.points { description } else { "" };
                let waived = address == "prod/a" && self.waived_until > Some("2026-11-22");
                let words = format!("{about}: {}", self.own.words);
                add(
                    FindingKind::Policy,
                    "own",
                    words,
                    self.own.severity,
                    self.own.mandatory,
                    waived,
                );
            }
        }
        all
    }
}

/// Whether a thing that is wrong now was as wrong then, of the same connector and in the same words.
fn existed(now: &Wrong, then: &World) -> bool {
    then.wrongs().values().any(|it| {
        (it.kind, &it.whose, it.what, &it.words) == (now.kind, &now.whose, now.what, &now.words)
            && it.severity >= now.severity
            && it.mandatory >= now.mandatory
            && it.waived <= now.waived
    })
}

fn key(finding: &Finding) -> (String, FindingKind, &str) {
    let what = match &finding.about {
        About::Changed(change) => &*change.path,
        About::Policy(found) => &*found.rule,
        _ => "",
    };
    (finding.address.clone(), finding.kind(), what)
}

fn check(then: &World, now: &World, audit: &Audit) -> Result<(), TestCaseError> {
    // What is written is read back as it was: links, refusals and ages too.
    prop_assert_eq!(&json::parse(&bytes(audit)).expect("a report"), audit);
    let wrongs = now.wrongs();
    for finding in &audit.findings {
        let (address, kind, what) = key(finding);
        let known = wrongs
            .iter()
            .find(|((a, k, w), _)| (a, *k, *w) == (&address, kind, what));
        let exists = known.is_some_and(|(_, wrong)| existed(wrong, then));
        let said = finding.baseline == Some(Age::Existing);
        prop_assert_eq!(said, exists, "{:#?}", finding);
        prop_assert!(finding.why_not != Some(WhyNot::Existing) || exists);
    }
    // Each thing that is wrong is a finding.
    let found: Vec<_> = audit.findings.iter().map(key).collect();
    for (address, kind, what) in wrongs.keys() {
        prop_assert!(
            found.contains(&(address.clone(), *kind, what)),
            "{} {:?} {}",
            address,
            kind,
            what
        );
    }
    for finding in &audit.resolved {
        let (address, kind, what) = key(finding);
        let then = then.wrongs();
        let was = then
            .iter()
            .find(|((a, k, w), _)| (a, *k, *w) == (&address, kind, what));
        // What could not be read then is no wrong of ours.
        let Some((_, was)) = was else {
            prop_assert!(!matches!(
                kind,
                FindingKind::Changed | FindingKind::Policy | FindingKind::Missing
            ));
            continue;
        };
        let is_it = |it: &Wrong| (it.kind, &it.whose, it.what) == (kind, &was.whose, what);
        prop_assert!(!wrongs.values().any(is_it), "{:#?}", finding);
        for (n, fate) in (1..).zip(&now.fates) {
            let is_unread = *fate == Fate::Unread && was.whose == now.whose(n);
            prop_assert!(
                !is_unread || kind == FindingKind::Unmanaged,
                "{:#?}",
                finding
            );
        }
        prop_assert!(was.whose.starts_with(now.account), "{:#?}", finding);
    }
    if audit.verdict.exit_code == 0 {
        let fine = |it: &Wrong| it.waived || !it.mandatory || existed(it, then);
        prop_assert!(wrongs.values().all(fine));
        prop_assert!(!now.fates.contains(&Fate::Unread));
    }
    let rewritten = (
        then.own.reworked,
        then.own.severity,
        then.own.words,
        then.own.points,
    ) != (
        now.own.reworked,
        now.own.severity,
        now.own.words,
        now.own.points,
    );
    let notes = audit
        .judged
        .baseline
        .as_ref()
        .expect("a baseline")
        .notes
        .join("\n");
    prop_assert_eq!(
        rewritten,
        notes.contains("rewritten since") && notes.ends_with(": own")
    );
    Ok(())
}

#[test]
fn nothing_new_is_called_existing() {
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same cases each time: what they show is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let resolved = RefCell::new(0);
    let seen = RefCell::new(BTreeMap::<_, u32>::new());
    runner
        .run(&worlds(), |(then, now)| {
            let first = then.case().run();
            let audit = now.case().against(&first).new_only().run();
            for finding in &audit.findings {
                *seen
                    .borrow_mut()
                    .entry((finding.kind(), finding.baseline == Some(Age::Existing)))
                    .or_default() += 1;
            }
            *resolved.borrow_mut() += audit.resolved.len();
            check(&then, &now, &audit)
        })
        .expect("what exists existed");
    let seen = seen.into_inner();
    assert!(resolved.into_inner() > 100);
    for kind in [
        FindingKind::Missing,
        FindingKind::Changed,
        FindingKind::Unmanaged,
        FindingKind::Policy,
    ] {
        for existing in [true, false] {
            assert!(
                seen.get(&(kind, existing)) > Some(&5),
                "{kind:?} {existing}: {seen:?}"
            );
        }
    }
    assert_eq!(
        NOW, "2026-11-22T12:00:00Z",
        "the waivers above are for that day"
    );
}
