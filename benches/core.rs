//! How long users wait for the core: `cargo bench --no-default-features`.
//!
//! Measured, never asserted: a test that depends on the machine's mood helps nobody.

use std::{collections::BTreeMap, sync::Arc};

use divan::{Bencher, counter::ItemsCount};
use hubdrift::{
    audit::{Audit, Inputs, Judged, Run, audit},
    inventory::{self, Inventory},
    model::{
        ConnectorId, Hub, Listing, Observations, Observed, Reading, Summary, TargetObservation,
    },
    plan::plan,
    policy::{self, Subject, SubjectState, TargetFacts},
    report::{self, Format, Style},
    wire,
    yaml::SourceFile,
};

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const NOW: &str = "2026-11-22T12:00:00Z";

fn main() {
    divan::main();
}

fn id(n: usize) -> ConnectorId {
    format!("00000000-0000-4000-8000-{n:012}")
        .parse()
        .expect("an id")
}

/// The body of an answer, about 650 bytes; its ids, name, project and time of checking are its own.
fn body(n: usize) -> String {
    let id = id(n);
    let (minute, second) = (n / 60 % 60, n % 60);
    format!(
        r#"{{"ConnectorArn":"arn:aws:securityhub:us-east-1:111122223333:connectorv2/{id}","ConnectorId":"{id}","Name":"c{n}",
        "Description":"Jira for the team","KmsKeyArn":"arn:aws:kms:us-east-1:111122223333:key/k","EnablementStatus":"ENABLED",
        "CreatedAt":"2026-01-01T00:00:00Z","LastUpdatedAt":"2026-01-01T00:00:00Z",
        "Health":{{"ConnectorStatus":"CONNECTED","LastCheckedAt":"2026-11-22T11:{minute:02}:{second:02}Z","Message":"ok","Issues":[]}},
        "ProviderDetail":{{"JiraCloud":{{"CloudId":"c","ProjectKey":"T{n}","Domain":"acme.atlassian.net","AuthStatus":"ACTIVE"}}}}}}"#
    )
}

fn yaml(size: usize) -> SourceFile {
    let entry = |n| {
        format!(
            "  - id: e{n}\n    name: c{n}\n    expect: {{provider: {{type: JIRA_CLOUD, project_key: T{n}}}}}\n"
        )
    };
    let entries: String = (0..size).map(entry).collect();
    let text = format!("version: 1\nconnectors:\n{entries}");
    SourceFile::from_bytes("hubdrift.yaml", text.into_bytes()).expect("a text")
}

fn observations(size: usize) -> Observations {
    let connector = |n| Arc::new(wire::connector(body(n).as_bytes(), &id(n)).expect("an answer"));
    let observed = |n| Observed {
        reading: Reading::Present(connector(n)),
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
        listing: Listing::Complete(
            (0..size)
                .map(|n| Summary {
                    id: id(n),
                    name: Some(format!("c{n}")),
                })
                .collect(),
        ),
        connectors: (0..size)
            .map(|n| (id(n), observed(n)))
            .collect::<BTreeMap<_, _>>(),
    };
    Observations {
        targets: vec![target],
        ..Observations::default()
    }
}

fn joined(inventory: &Inventory, observations: &Observations, policy: &policy::Policy) -> Audit {
    let plan = plan(inventory, &[], policy.needs_tags(), false).expect("a plan");
    audit(Inputs {
        inventory,
        plan: &plan,
        observations,
        policy,
        waivers: &[],
        now: NOW.parse().expect("a time"),
        judged: Judged::default(),
        run: Run::default(),
        include_observed: false,
        interrupted: false,
    })
}

#[divan::bench(args = SIZES)]
fn read_bodies(bencher: Bencher, size: usize) {
    let bodies: Vec<_> = (0..size).map(|n| (id(n), body(n))).collect();
    bencher.counter(ItemsCount::new(size)).bench(|| {
        bodies
            .iter()
            .map(|(id, body)| wire::connector(body.as_bytes(), id).expect("an answer"))
            .collect::<Vec<_>>()
    });
}

#[divan::bench(args = SIZES)]
fn parse_inventory(bencher: Bencher, size: usize) {
    let file = [yaml(size)];
    bencher
        .counter(ItemsCount::new(size))
        .bench(|| inventory::parse(&file).expect("valid"));
}

#[divan::bench]
fn compile_rules(bencher: Bencher) {
    bencher.bench(|| policy::compile(policy::builtin(), &[]).expect("the built-in rules"));
}

/// The rules alone, an outcome for each rule and connector. Two cores beside one:
/// `cargo bench --no-default-features --bench core -- evaluate`, and the same behind `taskset -c 0`.
#[divan::bench(args = SIZES)]
fn evaluate(bencher: Bencher, size: usize) {
    let policy = policy::compile(policy::builtin(), &[]).expect("the built-in rules");
    let connectors: Vec<_> = (0..size)
        .map(|n| Arc::new(wire::connector(body(n).as_bytes(), &id(n)).expect("an answer")))
        .collect();
    let target = Arc::new(TargetFacts {
        name: "default".to_owned(),
        account: Some("111122223333".to_owned()),
        region: Some("us-east-1".to_owned()),
    });
    let labels = BTreeMap::new();
    let subject = |connector| Subject {
        target: &target,
        labels: &labels,
        expected: &[],
        state: SubjectState::Present(connector),
        drift: &[],
        tags_read: false,
    };
    let subjects: Vec<_> = connectors.iter().map(subject).collect();
    let rules = policy.rules().iter().filter(|rule| rule.is_on()).count();
    let now = NOW.parse().expect("a time");
    bencher
        .counter(ItemsCount::new(size * rules))
        .bench(|| policy.evaluate(&subjects, now));
}

/// Diff, rules, waivers and findings of connectors that are all listed, by the built-in rules.
#[divan::bench(args = SIZES)]
fn judge(bencher: Bencher, size: usize) {
    let policy = policy::compile(policy::builtin(), &[]).expect("the built-in rules");
    let inventory = inventory::parse(&[yaml(size)]).expect("valid");
    let observations = observations(size);
    bencher
        .counter(ItemsCount::new(size))
        .bench(|| joined(&inventory, &observations, &policy));
}

#[divan::bench(args = [
    "text", "json", "junit", "sarif", "markdown", "html", "github", "gitlab", "ocsf", "prometheus",
])]
fn render_10_000(bencher: Bencher, format: &str) {
    let format = Format::from_name(format).expect("a format");
    let policy = policy::compile(policy::builtin(), &[]).expect("the built-in rules");
    let inventory = inventory::parse(&[yaml(10_000)]).expect("valid");
    let audit = joined(&inventory, &observations(10_000), &policy);
    bencher.bench(|| report::render(format, &audit, Style::default()));
}
