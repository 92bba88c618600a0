//! Memoisation: what a rule said of one connector is reused for those that are alike, and for no other.

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::*;
use conditions::{TEAM_COUNT, World, policy_of_team, world};

/// Rules that ask in every way there is, one after the other or as earlier answers have it.
const ASKING: &[(&str, &str)] = &[
    (
        "target",
        "fail(ctx.target.name + (if present(ctx.target.account) { ctx.target.account } else { \"-\" }))",
    ),
    (
        "region",
        "fail(if present(ctx.target.region) { ctx.target.region } else { \"-\" })",
    ),
    (
        "label",
        "if ctx.labels.contains(\"env\") { fail(ctx.labels.env) } else { pass() }",
    ),
    (
        "labels",
        "fail(`${ctx.labels.keys().join(\",\")} ${ctx.labels.len()}`)",
    ),
    (
        "expected",
        "let e = ctx.expected.name; if present(e) { fail(e) } else { pass() }",
    ),
    (
        "drift",
        "let all = \"\"; for d in ctx.drift { all += d.path; } if all == \"\" { pass() } else { fail(all) }",
    ),
    (
        "drifted",
        "if ctx.drift.some(|d| d.path == \"name\" && present(d.observed)) { fail(\"n\") } else { pass() }",
    ),
    (
        "issues",
        "let c = ctx; let n = c.observed.health.issues; if is_absent(n) { fail(\"none\") } else { fail(`${n.len()}`) }",
    ),
    ("group", "fn_of(ctx.observed.provider)"),
    (
        "by-index",
        "let f = ctx.observed[\"name\"]; if present(f) { fail(f) } else { not_applicable(\"no name\") }",
    ),
    (
        "closure",
        "let o = ctx.observed; let ask = [1].map(|x| present(o.description)); if ask[0] { pass() } else { fail(\"d\") }",
    ),
    (
        "then",
        "if present(ctx.observed.description) { if present(ctx.observed.kms_key_arn) { fail(ctx.observed.kms_key_arn) } else { pass() } } else if present(ctx.observed.name) { fail(ctx.observed.name) } else { pass() }",
    ),
    ("nothing", "pass()"),
    ("params", "fail(`${ctx.params.limit}`)"),
    (
        "time",
        "let t = ctx.observed.created_at; if present(t) { fail(`${hours_since(t)}`) } else { pass() }",
    ),
    (
        "throws",
        "if present(ctx.observed.name) { throw \"no\"; } pass()",
    ),
];

const HELPER: &str =
    "fn fn_of(group) { let s = group.project_key; if present(s) { fail(s) } else { pass() } }";

fn asking() -> Policy {
    let mut sources: Vec<_> = ASKING
        .iter()
        .map(|(id, body)| {
            let functions = format!("{HELPER}\nfn check(ctx) {{ {body} }}");
            rule_with(id, "params: #{ limit: 1 }", &functions)
        })
        .collect();
    let tags = "fn check(ctx) { let tags = ctx.observed.tags; if tags.contains(\"team\") { fail(tags.team + \"!\") } else { pass() } }";
    sources.push(rule_with("tags", "needs: [\"tags\"]", tags));
    // Tags that were not asked for are an error for each connector.
    sources.push(rule(
        "no-tags",
        "if present(ctx.observed.tags) { pass() } else { fail(\"none\") }",
    ));
    let mut settings = Vec::new();
    for (env, limit) in [("prod", 2), ("dev", 3)] {
        let place = Place::start_of("hubdrift.yaml");
        settings.push(RuleSetting {
            rule: "params".to_owned(),
            rule_place: place.clone(),
            level: None,
            severity: None,
            params: [("limit".to_owned(), (limit.into(), place.clone()))].into(),
            set_at: None,
            selector: Some(Selector {
                labels: [("env".to_owned(), env.to_owned())].into(),
                target: None,
                provider: None,
                place,
            }),
        });
    }
    policy::compile(sources, &settings).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

/// A connector with something of what an inventory says of it.
fn cases() -> impl Strategy<Value = Vec<(World, u8, u8, u8)>> {
    prop::collection::vec((world(), 0..3_u8, 0..3_u8, 0..3_u8), 48)
}

fn case((world, env, expected, drift): &(World, u8, u8, u8)) -> Case {
    let usual = Case::new();
    let mut case = world.case();
    case.labels = match env {
        0 => BTreeMap::new(),
        1 => [("env".to_owned(), "prod".to_owned())].into(),
        _ => [
            ("env".to_owned(), "dev".to_owned()),
            ("a".to_owned(), "b".to_owned()),
        ]
        .into(),
    };
    case.expected = match expected {
        0 => Vec::new(),
        n => {
            let mut expected = usual.expected.clone();
            expected[0].matcher = Matcher::Exact(format!("jira-{n}"));
            expected
        }
    };
    case.drift = match drift {
        0 => Vec::new(),
        1 => usual.drift,
        _ => vec![Drift {
            observed: "other".into(),
            ..usual.drift[0].clone()
        }],
    };
    case
}

#[test]
fn many_connectors_are_judged_as_each_of_them_alone() {
    let mut policies: Vec<_> = (0..TEAM_COUNT).map(policy_of_team).collect();
    policies.push(asking());
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = std::cell::RefCell::new(BTreeMap::<Outcome, u32>::new());
    let result = runner.run(&cases(), |worlds| {
        let cases: Vec<_> = worlds.iter().map(case).collect();
        // Each of them twice: the result of the first is reused for the second.
        let subjects: Vec<_> = cases.iter().chain(&cases).map(Case::subject).collect();
        for policy in &policies {
            let together = policy.evaluate(&subjects, now());
            let alone: Vec<_> = cases.iter().map(|case| case.judge(policy)).collect();
            for (index, (together, alone)) in together.iter().zip(alone.iter().cycle()).enumerate()
            {
                prop_assert_eq!(&**together, alone, "{}: {:?}", index, subjects[index].state);
            }
            for result in alone.iter().flatten() {
                *seen.borrow_mut().entry(result.outcome).or_default() += 1;
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    for outcome in [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::Error,
        Outcome::NotApplicable,
    ] {
        assert!(
            seen.get(&outcome).is_some_and(|times| *times > 500),
            "{seen:?}"
        );
    }
}

#[test]
fn more_answers_than_are_kept_are_told_apart() {
    let policy = compile(vec![rule("r", "fail(ctx.observed.name)")]);
    let cases: Vec<_> = (0..40)
        .map(|n| Case::new().with(Fact::Name, text(&format!("n{}", n % 13))))
        .collect();
    let subjects: Vec<_> = cases.iter().map(Case::subject).collect();
    let results = policy.evaluate(&subjects, now());
    for (n, results) in results.iter().enumerate() {
        assert_eq!(
            results[0].message.as_deref(),
            Some(&*format!("n{}", n % 13))
        );
    }
}

#[test]
fn targets_that_differ_in_one_thing_are_told_apart_by_who_asks_for_it() {
    let asks = |name| {
        let body =
            format!("let it = ctx.target.{name}; if present(it) {{ fail(it) }} else {{ pass() }}");
        rule(name, &body)
    };
    let policy = compile(["name", "account", "region", "partition"].map(asks).into());
    let target = |name: &str, account: Option<&str>, region: Option<&str>| Case {
        target: Arc::new(TargetFacts {
            name: name.to_owned(),
            account: account.map(str::to_owned),
            region: region.map(str::to_owned),
        }),
        ..Case::new()
    };
    let (one, other) = (Some("111111111111"), Some("222222222222"));
    let (here, there) = (Some("us-east-1"), Some("cn-north-1"));
    let cases = [
        target("a", one, here),
        target("b", one, here),
        target("a", other, here),
        target("a", one, there),
        target("a", None, here),
        target("a", one, None),
        target("a", one, here),
    ];
    let subjects: Vec<_> = cases.iter().map(Case::subject).collect();
    for (results, case) in policy.evaluate(&subjects, now()).iter().zip(&cases) {
        assert_eq!(**results, case.judge(&policy), "{:?}", case.target);
        let said: Vec<_> = results.iter().map(|it| it.message.as_deref()).collect();
        let target = &case.target;
        let told = [target.account.as_deref(), Some(target.name.as_str())];
        // By id: account, name, partition, region.
        assert_eq!(said[..2], told);
        assert_eq!(said[3], target.region.as_deref());
        assert_eq!(said[2].is_some(), target.region.is_some());
    }
}
