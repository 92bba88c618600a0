//! Snapshots: what goes in comes out, and whatever a file lacks or lies about, nothing of it is clean.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use hubdrift::{
    inventory::{self},
    model::{
        Connector, ConnectorId, Fact, Hub, Listing, Observations, Observed, Override, Reading,
        Requests, Summary, TargetObservation, Unread, UnreadReason, Value,
    },
    observed::{ObservedFile, snapshot},
    plan::{Plan, plan},
    schema, wire,
    yaml::SourceFile,
};
use jiff::Timestamp;
use proptest::prelude::*;

const ACCOUNT: &str = "111122223333";

fn id(n: usize) -> ConnectorId {
    format!("00000000-0000-4000-8000-{n:012}")
        .parse()
        .expect("an id")
}

fn body(n: usize) -> String {
    let id = id(n);
    format!(
        r#"{{"ConnectorId":"{id}","ConnectorArn":"arn:aws:securityhub:us-east-1:{ACCOUNT}:connectorv2/{id}",
            "Name":"c{n}","Later":[1.10],"CreatedAt":"2026-01-02 03:04:05+00:00",
            "ProviderDetail":{{"JiraCloud":{{"AuthUrl":"s3cret","AuthStatus":"NEW_ONE"}}}}}}"#
    )
}

fn connector(n: usize, tags: Option<BTreeMap<String, String>>) -> Connector {
    let mut connector = wire::connector(body(n).as_bytes(), &id(n)).expect("an answer");
    connector.keep_answer(wire::redact(&body(n)).map(Arc::from));
    connector.set(Fact::Tags, tags.map(Value::Tags));
    connector
}

/// The plan of an inventory with these connectors in flow style; the target's settings too.
fn plan_of(targets: &str, connectors: &[String]) -> Plan {
    let mut text = format!("version: 1\ntargets: {{{targets}}}\n");
    if !connectors.is_empty() {
        text.push_str("connectors:\n");
    }
    for connector in connectors {
        text.push_str(&format!("  - {{{connector}}}\n"));
    }
    let file = SourceFile::from_bytes("hubdrift.yaml", text.into_bytes()).expect("a text");
    let inventory = inventory::parse(&[file]).expect("valid");
    plan(&inventory, &[], false, true).expect("a plan")
}

fn prod(settings: &str) -> String {
    format!(r#"prod: {{account: "{ACCOUNT}", region: us-east-1{settings}}}"#)
}

fn at(n: i64) -> Timestamp {
    Timestamp::from_millisecond(1_780_000_000_123 + n * 1_000).expect("a time")
}

fn unread() -> impl Strategy<Value = Unread> {
    (
        proptest::sample::select(UnreadReason::ALL.to_vec()),
        "\\PC{0,12}",
        prop::option::of("[a-f0-9]{1,8}"),
    )
        .prop_map(|(kind, message, request_id)| Unread {
            kind,
            message,
            request_id,
        })
}

/// How the reading of one connector ended, before its number and its tags are known.
#[derive(Debug, Clone)]
enum Fate {
    Present,
    Missing,
    Unread(Unread),
}

fn fate() -> impl Strategy<Value = (Fate, Option<String>)> {
    let fate = prop_oneof![
        4 => Just(Fate::Present),
        1 => Just(Fate::Missing),
        2 => unread().prop_map(Fate::Unread),
    ];
    (fate, prop::option::of("[a-f0-9]{1,8}"))
}

/// A target that was reached, or not, as an observer may leave it.
fn observation() -> impl Strategy<Value = (bool, TargetObservation)> {
    let tags = prop::collection::btree_map("[a-z]{1,3}", "\\PC{0,4}", 0..3);
    (
        prop::collection::vec((fate(), tags), 0..5),
        prop::option::weighted(0.2, unread()),
        prop::option::weighted(0.2, unread()),
        prop::option::weighted(0.8, Just("arn:aws:sts::1:assumed-role/x".to_owned())),
        any::<bool>(),
    )
        .prop_map(|(fates, target, list, caller_arn, needs_tags)| {
            let summaries = (0..fates.len()).map(|n| Summary {
                id: id(n),
                name: (n % 2 == 0).then(|| format!("c{n}")),
            });
            let (listing, hub) = match (list, &target) {
                (None, None) => (Listing::Complete(summaries.collect()), Hub::Enabled),
                (Some(why), _) => (Listing::Unread(why), Hub::Unknown),
                (None, Some(_)) => (Listing::NotNeeded, Hub::Unknown),
            };
            let observed = |(n, ((fate, request_id), tags)): (usize, ((Fate, _), _))| {
                let reading = match fate {
                    Fate::Missing => Reading::Missing,
                    Fate::Unread(why) => why.into(),
                    Fate::Present => {
                        Reading::Present(Arc::new(connector(n, needs_tags.then_some(tags))))
                    }
                };
                let observed = Observed {
                    reading,
                    at: (n != 1).then(|| at(i64::try_from(n).expect("few"))),
                    request_id,
                };
                (id(n), observed)
            };
            let connectors = match target {
                Some(_) => BTreeMap::new(),
                None => fates.into_iter().enumerate().map(observed).collect(),
            };
            let observation = TargetObservation {
                name: "prod".to_owned(),
                account: Some(ACCOUNT.to_owned()),
                region: Some("us-east-1".to_owned()),
                caller_arn,
                hub,
                unread: target,
                listing,
                connectors,
            };
            (needs_tags, observation)
        })
}

/// What was set where it was observed.
fn overrides() -> impl Strategy<Value = Vec<Override>> {
    let set = ("\\PC{1,8}", prop::option::of("\\PC{0,8}"), "\\PC{1,8}");
    let set = set.prop_map(|(setting, value, from)| Override::new(setting, value, from));
    prop::collection::vec(set, 0..3)
}

/// The same without the answers, which a replay has no use for.
fn without_answers(mut observations: Observations) -> Observations {
    let targets = observations.targets.iter_mut();
    for observed in targets.flat_map(|it| it.connectors.values_mut()) {
        if let Reading::Present(connector) = &mut observed.reading {
            Arc::make_mut(connector).keep_answer(None);
        }
    }
    observations
}

proptest! {
    #[test]
    fn what_was_observed_is_replayed((needs_tags, observation) in observation(), overrides in overrides()) {
        let expect = if needs_tags { ", expect: {tags: {a: b}}" } else { "" };
        let expected: Vec<_> = observation.connectors.keys().enumerate()
            .map(|(n, id)| format!("id: e{n}, connector_id: {id}{expect}"))
            .collect();
        let plan = plan_of(&prod(""), &expected);
        let observations = Observations { targets: vec![observation], overrides, requests: Requests::default() };
        let snapshot = snapshot::from_observations(&observations, at(0));
        let text = snapshot::serialise(&snapshot).expect("JSON");
        prop_assert!(!text.contains("s3cret"));
        let instance = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<_> = validator().iter_errors(&instance).map(|e| e.to_string()).collect();
        prop_assert!(errors.is_empty(), "{errors:?}\n{text}");
        let saved = ObservedFile::parse(&text).expect("a snapshot");
        prop_assert_eq!(saved.to_observations(&plan), without_answers(observations));
        prop_assert_eq!(saved.age().map(|age| age.from), Some(at(0)));
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema::snapshot()).expect("a schema")
}

#[test]
fn the_committed_schema_of_snapshots_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/snapshot.schema.json");
    let current = serde_json::to_string_pretty(&schema::snapshot()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &current).expect("the schema is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed,
        current,
        "run `UPDATE_SCHEMAS=1 cargo test --no-default-features schema` and commit {}",
        path.display()
    );
    assert!(current.contains(snapshot::SCHEMA));
}

/// A snapshot with one target, whose inside this is.
fn file(target: &str) -> String {
    format!(r#"{{"schema":"hubdrift.snapshot/1","targets":[{{"name":"prod",{target}}}]}}"#)
}

fn of_prod(more: &str) -> String {
    file(&format!(
        r#""account":"{ACCOUNT}","region":"us-east-1","hub":"enabled"{more}"#
    ))
}

/// What the only target comes to.
fn replay(text: &str, plan: &Plan) -> TargetObservation {
    let saved = ObservedFile::parse(text).expect("a file");
    saved.to_observations(plan).targets.remove(0)
}

fn kind(unread: Option<&Unread>) -> Option<&'static str> {
    unread.map(|why| why.kind.as_str())
}

fn reading(observation: &TargetObservation, n: usize) -> &str {
    match observation.connectors.get(&id(n)).map(|it| &it.reading) {
        None => "not there",
        Some(Reading::Present(_)) => "present",
        Some(Reading::Missing) => "missing",
        Some(Reading::Unread(why)) => why.kind.as_str(),
    }
}

fn one(more: &str) -> Plan {
    plan_of(&prod(more), &[format!("id: e, connector_id: {}", id(1))])
}

#[test]
fn another_target_s_snapshot_is_not_this_one_s() {
    let plan = one("");
    let why = |text: &str| {
        let observation = replay(text, &plan);
        assert_eq!(observation.hub, Hub::Unknown, "{text}");
        assert!(observation.connectors.is_empty(), "{text}");
        kind(observation.unread.as_ref())
    };
    let connectors = format!(
        r#","connectors":[{{"connector_id":"{}","body":{}}}]"#,
        id(1),
        body(1)
    );
    for target in [
        format!(r#""account":"444455556666","region":"us-east-1"{connectors}"#),
        format!(r#""region":"us-east-1"{connectors}"#),
        r#""account":"444455556666","region":"us-east-1","hub":"disabled""#.to_owned(),
    ] {
        assert_eq!(why(&file(&target)), Some("wrong_account"), "{target}");
    }
    for target in [
        format!(r#""account":"{ACCOUNT}","region":"eu-west-1"{connectors}"#),
        format!(r#""account":"{ACCOUNT}"{connectors}"#),
    ] {
        assert_eq!(why(&file(&target)), Some("wrong_region"), "{target}");
    }
    let other = of_prod(&connectors).replace(r#""name":"prod""#, r#""name":"stage""#);
    assert_eq!(why(&other), Some("not_in_file"));
    let twice = of_prod("").replace("]}", &format!(",{}]}}", r#"{"name":"prod"}"#));
    assert_eq!(why(&twice), Some("malformed_response"));
    let off = of_prod(&connectors).replace(r#""hub":"enabled""#, r#""hub":"disabled""#);
    assert_eq!(why(&off), Some("malformed_response"), "off, and answering");
}

#[test]
fn only_who_was_asked_or_listed_is_missing() {
    let entry = |rest: &str| format!(r#","connectors":[{{"connector_id":"{}",{rest}}}]"#, id(1));
    let listing = |complete: bool, n: usize| {
        format!(
            r#","listing":{{"complete":{complete},"summaries":[{{"ConnectorId":"{}"}}]}}"#,
            id(n)
        )
    };
    let plan = one("");
    let read = |more: &str| reading(&replay(&of_prod(more), &plan), 1).to_owned();
    assert_eq!(read(""), "not_in_file");
    assert_eq!(read(&listing(false, 2)), "not_in_file");
    assert_eq!(
        read(&listing(true, 1)),
        "not_in_file",
        "listed, and not read"
    );
    assert_eq!(read(&listing(true, 2)), "missing");
    assert_eq!(read(&entry(r#""missing":true"#)), "missing");
    assert_eq!(
        read(&entry(r#""unread":{"kind":"brand_new"}"#)),
        "service_error"
    );
    assert_eq!(read(&entry(r#""body":{}"#)), "malformed_response");
    assert_eq!(
        read(&entry(&format!(r#""body":{}"#, body(2)))),
        "malformed_response",
        "another's body"
    );
    let twice = entry(&format!(
        r#""missing":true}},{{"connector_id":"{}","body":{}"#,
        id(1),
        body(1)
    ));
    assert_eq!(read(&twice), "malformed_response");
}

#[test]
fn a_listing_that_is_not_there_is_no_empty_list() {
    let list = |more: &str, settings: &str| match replay(&of_prod(more), &one(settings)).listing {
        Listing::NotNeeded => "not needed".to_owned(),
        Listing::Complete(all) => format!("complete {}", all.len()),
        Listing::Partial { .. } => "partial".to_owned(),
        Listing::Unread(why) => why.kind.to_string(),
    };
    assert_eq!(list("", ""), "not_in_file");
    assert_eq!(list("", ", unmanaged: ignore"), "not needed");
    assert_eq!(list(r#","listing":{"complete":false}"#, ""), "not_in_file");
    let empty = r#","listing":{"complete":true,"summaries":[]}"#;
    assert_eq!(list(empty, ""), "complete 0");
    assert_eq!(
        list(
            r#","listing":{"complete":true,"summaries":[{"Name":"x"}]}"#,
            ""
        ),
        "malformed_response"
    );
    assert_eq!(
        list(
            r#","listing":{"complete":false,"unread":{"kind":"throttled"}}"#,
            ""
        ),
        "throttled"
    );
}

#[test]
fn a_target_that_was_not_read_stays_so() {
    let plan = one("");
    for (more, expected) in [
        (r#","status":"unread""#, "not_in_file"),
        (
            r#","status":"unread","reason":{"kind":"timeout"}"#,
            "timeout",
        ),
        (r#","reason":{"kind":"timeout"}"#, "timeout"),
    ] {
        let observation = replay(&of_prod(more), &plan);
        assert_eq!(kind(observation.unread.as_ref()), Some(expected), "{more}");
    }
    let disabled = of_prod("").replace(r#""hub":"enabled""#, r#""hub":"disabled""#);
    let observation = replay(&disabled, &plan);
    assert_eq!(
        kind(observation.unread.as_ref()),
        Some("malformed_response")
    );
}

#[test]
fn tags_that_were_not_read_are_not_none() {
    let needs = plan_of(
        &prod(""),
        &[format!(
            "id: e, connector_id: {}, expect: {{tags: {{a: null}}}}",
            id(1)
        )],
    );
    for (tags, expected) in [
        ("", "not_in_file"),
        (r#","tags":null"#, "not_in_file"),
        (r#","tags":{}"#, "present"),
    ] {
        let text = of_prod(&format!(
            r#","connectors":[{{"connector_id":"{}","body":{}{tags}}}]"#,
            id(1),
            body(1)
        ));
        assert_eq!(reading(&replay(&text, &needs), 1), expected, "{tags}");
        assert_eq!(reading(&replay(&text, &one("")), 1), "present", "{tags}");
    }
}

#[test]
fn an_answer_that_was_not_kept_is_not_made_up() {
    let mut connector = connector(1, None);
    connector.keep_answer(None);
    let mut target = replay(
        &of_prod(r#","listing":{"complete":true,"summaries":[]}"#),
        &one(""),
    );
    target.connectors.insert(
        id(1),
        Observed {
            reading: Reading::Present(Arc::new(connector)),
            at: None,
            request_id: None,
        },
    );
    let observations = Observations {
        targets: vec![target],
        ..Observations::default()
    };
    let snapshot = snapshot::from_observations(&observations, at(0));
    let replayed = snapshot::to_observations(&snapshot, &one(""));
    assert_eq!(reading(&replayed.targets[0], 1), "not_in_file");
}

#[test]
fn what_is_no_file_of_observations_is_refused_with_its_place() {
    let refusal = |text: &str| ObservedFile::parse(text).expect_err(text).to_string();
    let begins = |text: &str, beginning: &str| {
        let said = refusal(text);
        assert!(said.starts_with(beginning), "{said}");
    };
    begins("", "1:1: the file is empty; a snapshot is expected");
    begins("\n\nUnable to locate credentials", "3:1: expected value");
    begins("{}", "1:1: `{}` says nothing");
    begins(" [\n {}]", "2:2: `{}` says nothing");
    begins(
        r#"{"Connectors":[]}"#,
        "1:1: this is what list-connectors-v2 prints",
    );
    begins(r#"{"Tags":{}}"#, "1:1: there is no ConnectorId");
    begins(r#""s3cret""#, "1:1: the answer is not JSON");
    begins("[null]", "1:2: the answer is not JSON");
    begins(r#"{"schema":"x"}"#, "1:14: schema is `x`");
    let nobody_s = format!(r#"{{"ConnectorId":"{}"}}"#, id(1));
    assert!(refusal(&nobody_s).contains("has no ConnectorArn"));
    let other_s = body(1).replacen(id(1).as_str(), id(2).as_str(), 1);
    assert!(refusal(&other_s).contains("is not that of"));
    let twice = format!("{}\n{}", body(1), body(1));
    begins(
        &twice,
        "4:1: connector 00000000-0000-4000-8000-000000000001 is there twice",
    );
    let cut = &of_prod("")[..60];
    begins(cut, "1:60: EOF");
    for text in [&body(1)[..body(1).len() - 1], &format!("{}{{", body(1))] {
        let said = refusal(text);
        assert!(!said.contains("s3cret") && said.contains("EOF"), "{said}");
    }
}

/// Answers of the AWS CLI: single, an array, or one after the other.
fn answers(numbers: &[usize]) -> [String; 2] {
    let bodies: Vec<_> = numbers.iter().map(|n| body(*n)).collect();
    [format!("[{}]", bodies.join(",")), bodies.join("\n")]
}

#[test]
fn saved_answers_know_their_connectors_and_nothing_else() {
    let plan = plan_of(
        &prod(""),
        &[
            "id: found, name: c1".to_owned(),
            "id: lost, name: c9".to_owned(),
            format!("id: other, connector_id: {}", id(8)),
        ],
    );
    for text in answers(&[1, 2]) {
        let observation = replay(&text, &plan);
        assert_eq!(observation.unread, None);
        assert_eq!(observation.account.as_deref(), Some(ACCOUNT));
        assert_eq!(observation.hub, Hub::Enabled);
        let Listing::Partial { known, rest } = &observation.listing else {
            panic!("{:?}", observation.listing);
        };
        assert_eq!((known.len(), rest.kind), (2, UnreadReason::NotInFile));
        assert_eq!(reading(&observation, 1), "present");
        assert_eq!(reading(&observation, 2), "present", "it is unmanaged");
        assert_eq!(reading(&observation, 8), "not_in_file");
    }
    // Nobody asks for the others, and nobody says that they are there.
    let ignore = plan_of(
        &prod(", unmanaged: ignore"),
        &["id: e, name: c1".to_owned()],
    );
    let observation = replay(&answers(&[1, 2])[0], &ignore);
    assert_eq!(reading(&observation, 2), "not there");
}

#[test]
fn saved_answers_belong_to_the_target_of_their_arns() {
    let text = &answers(&[1])[0];
    let why = |targets: &str, n: usize| {
        let plan = plan_of(targets, &[]);
        let saved = ObservedFile::parse(text).expect("a file");
        let observation = &saved.to_observations(&plan).targets[n];
        kind(observation.unread.as_ref())
    };
    assert_eq!(why(&prod(""), 0), None);
    assert_eq!(why("prod: {}", 0), None, "the only one there is");
    assert_eq!(why("prod: {region: eu-west-1}", 0), Some("not_in_file"));
    let two = format!("{}, z: {{}}", prod(""));
    assert_eq!(why(&two, 0), None);
    assert_eq!(why(&two, 1), Some("not_in_file"), "nobody knows its place");
    let elsewhere = text
        .replace("us-east-1", "eu-west-1")
        .replace("000000000001", "000000000002");
    let both = format!("{text}{elsewhere}");
    let both = ObservedFile::parse(&both).expect("a file");
    let observation = &both.to_observations(&plan_of("prod: {}", &[])).targets[0];
    assert_eq!(kind(observation.unread.as_ref()), Some("not_in_file"));
    let none = replay("[]", &plan_of("prod: {}", &[]));
    assert_eq!(kind(none.unread.as_ref()), Some("not_in_file"));
}

#[test]
fn a_hub_is_off_only_by_what_aws_says_of_it() {
    let plan = plan_of(&prod(", hub: disabled"), &[]);
    let off = |more: &str| {
        let text = of_prod(more).replace(r#""hub":"enabled""#, r#""hub":"disabled""#);
        let observation = replay(&text, &plan);
        let why = kind(observation.unread.as_ref());
        assert_eq!(
            observation.hub == Hub::Disabled,
            why == Some("hub_disabled")
        );
        why
    };
    let because = |kind: &str, said: &str| {
        off(&format!(
            r#","status":"unread","reason":{{"kind":"{kind}","message":"{said}"}}"#
        ))
    };
    for said in [
        "page 1 of the listing: ConflictException: Security Hub V2 is not enabled",
        "ConflictException: Security Hub V2 is not enabled for 111122223333",
    ] {
        assert_eq!(because("hub_disabled", said), Some("hub_disabled"));
        assert_eq!(because("timeout", said), Some("malformed_response"));
    }
    for said in [
        "ConflictException: AWS Config is not enabled",
        "ConflictException: Security Hub V2 is not enabled for 999988887777",
    ] {
        assert_eq!(
            because("hub_disabled", said),
            Some("service_error"),
            "{said}"
        );
    }
    // Nothing else is AWS's word for it, whatever stood in the way instead.
    let unread = format!(
        r#","connectors":[{{"connector_id":"{}","unread":{{"kind":"timeout","message":"no"}}}}]"#,
        id(1)
    );
    for more in [
        "",
        r#","status":"unread""#,
        r#","status":"unread","reason":null,"listing":{"complete":false,"unread":{"kind":"interrupted"}}"#,
        r#","status":"unread","reason":{"kind":"hub_disabled"}"#,
        r#","reason":{"kind":"hub_disabled","message":""}"#,
        r#","listing":{"complete":false,"unread":{"kind":"access_denied","message":"no"}}"#,
        r#","listing":{"complete":false,"unread":{"kind":"hub_disabled","message":"ConflictException: Security Hub V2 is not enabled"}}"#,
        &unread,
    ] {
        assert_eq!(off(more), Some("malformed_response"), "{more}");
    }
    let listed = format!(
        r#","reason":{{"kind":"hub_disabled","message":"ConflictException: Security Hub V2 is not enabled"}},"listing":{{"complete":false,"summaries":[{{"ConnectorId":"{}"}}]}}"#,
        id(1)
    );
    assert_eq!(off(&listed), Some("malformed_response"), "it lists some");
    let missing = format!(
        r#","connectors":[{{"connector_id":"{}","missing":true}}]"#,
        id(1)
    );
    assert_eq!(
        off(&missing),
        Some("malformed_response"),
        "it knows of none"
    );
}

#[test]
fn an_entry_of_elsewhere_makes_the_list_no_list_of_this_target() {
    let plan = one("");
    let listed = |arn: &str| {
        let text = of_prod(&format!(
            r#","listing":{{"complete":true,"summaries":[{{"ConnectorArn":"{arn}","ConnectorId":"{}","Name":"c1"}}]}}"#,
            id(1)
        ));
        match replay(&text, &plan).listing {
            Listing::Complete(_) => "complete",
            Listing::Unread(why) => why.kind.as_str(),
            Listing::NotNeeded | Listing::Partial { .. } => "something else",
        }
    };
    let arn = format!(
        "arn:aws:securityhub:us-east-1:{ACCOUNT}:connectorv2/{}",
        id(1)
    );
    assert_eq!(listed(&arn), "complete");
    assert_eq!(
        listed(&arn.replace("us-east-1", "us-west-1")),
        "wrong_region"
    );
    assert_eq!(
        listed(&arn.replace("arn:aws:", "arn:aws-cn:")),
        "wrong_region"
    );
    assert_eq!(listed(&arn.replace("1111", "9999")), "wrong_account");
    assert_eq!(listed(&arn.replace("0001", "0002")), "malformed_response");
    assert_eq!(listed(&arn.to_uppercase()), "malformed_response");
    assert_eq!(listed(""), "malformed_response");
}

#[test]
fn a_snapshot_that_makes_no_sense_is_refused_with_its_place() {
    let refusal = |text: &str| ObservedFile::parse(text).expect_err(text).to_string();
    let entry = |n: usize, body: &str| format!(r#"{{"connector_id":"{}","body":{body}}}"#, id(n));
    let connectors = |all: &[String]| format!(",\n\"connectors\":[{}]", all.join(",\n"));
    let here = connectors(&[entry(1, &body(1))]);
    // Complete, and without its list, or with an empty one where something is there.
    let said = refusal(&of_prod(",\n\"listing\":{\"complete\":true}"));
    assert!(
        said.starts_with("2:") && said.contains("`summaries`"),
        "{said}"
    );
    let null = refusal(&of_prod(
        ",\n\"listing\":{\"complete\":true,\"summaries\":null}",
    ));
    assert!(null.starts_with("2:"), "{null}");
    let empty = ",\n\"listing\":{\"complete\":true,\"summaries\":[]}";
    let said = refusal(&of_prod(&format!("{empty}{here}")));
    assert!(
        said.starts_with("3:") && said.contains("holds none"),
        "{said}"
    );
    ObservedFile::parse(&of_prod(empty)).expect("nobody is there");
    let missing = format!(
        r#","connectors":[{{"connector_id":"{}","missing":true}}]"#,
        id(1)
    );
    ObservedFile::parse(&of_prod(&format!("{empty}{missing}"))).expect("nobody is there");
    // Answers of two places.
    for (from, to) in [
        ("us-east-1", "eu-west-1"),
        (ACCOUNT, "999988887777"),
        ("arn:aws:", "arn:aws-cn:"),
    ] {
        let other = body(2).replace(from, to);
        let two = connectors(&[entry(1, &body(1)), entry(2, &other)]);
        let said = refusal(&of_prod(&two));
        assert!(said.starts_with("4:") || said.starts_with("5:"), "{said}");
        assert!(said.contains("answers of two places"), "{said}");
    }
    // Ids and places that are none.
    for wrong in ["x", "", "9A7F0A3E-0000-4000-8000-000000000001"] {
        let text = of_prod(&format!(
            ",\n\"connectors\":[\n{{\"connector_id\":\"{wrong}\",\"missing\":true}}]"
        ));
        let said = refusal(&text);
        assert!(
            said.starts_with("3:") && said.contains("not a connector id"),
            "{said}"
        );
    }
    for account in ["1", "", "11112222333x", "1111222233334"] {
        let said = refusal(&file(&format!(
            "\n\"account\":\"{account}\",\"region\":\"us-east-1\""
        )));
        assert!(
            said.starts_with("2:") && said.contains("twelve digits"),
            "{said}"
        );
    }
    for region in ["", "us east 1", "US-EAST-1", "us-east-1\\n", "moon"] {
        let said = refusal(&file(&format!(
            "\n\"account\":\"{ACCOUNT}\",\"region\":\"{region}\""
        )));
        assert!(
            said.starts_with("2:") && said.contains("not a region"),
            "{said}"
        );
    }
    ObservedFile::parse(&file(r#""status":"unread""#)).expect("nobody got there");
}

#[test]
fn what_was_read_was_read_somewhere() {
    // Nobody says whose connectors these are.
    let anywhere = plan_of("prod: {}", &[]);
    for target in [
        format!(r#""account":"{ACCOUNT}""#),
        r#""region":"us-east-1""#.to_owned(),
        r#""hub":"disabled""#.to_owned(),
    ] {
        let text = file(&format!(
            r#"{target},"listing":{{"complete":true,"summaries":[]}}"#
        ));
        let text = if target.contains("hub") {
            file(&target)
        } else {
            text
        };
        let observation = replay(&text, &anywhere);
        assert!(observation.unread.is_some(), "{target}");
        assert_ne!(observation.hub, Hub::Disabled);
    }
    let known = replay(
        &of_prod(r#","listing":{"complete":true,"summaries":[]}"#),
        &anywhere,
    );
    assert_eq!(known.unread, None);
}

#[test]
fn a_part_has_a_time_where_the_whole_has_none() {
    let parts = format!(
        r#","connectors":[{{"connector_id":"{}","observed_at":"2026-11-22T12:00:00Z","missing":true}},{{"connector_id":"{}","missing":true}}]"#,
        id(1),
        id(2)
    );
    let whole = of_prod(&parts);
    let saved = ObservedFile::parse(&whole).expect("a snapshot");
    assert_eq!(saved.age(), None, "of one part it isn't known");
    let to = saved.latest().map(|at| at.to_string());
    assert_eq!(to.as_deref(), Some("2026-11-22T12:00:00Z"));
    assert_eq!(ObservedFile::parse("[]").expect("answers").latest(), None);
}

#[test]
fn a_list_that_lacks_what_the_snapshot_has_an_answer_of_is_not_complete() {
    let snapshot = |listed: usize, answered: usize| {
        of_prod(&format!(
            r#","listing":{{"complete":true,"summaries":[{{"ConnectorId":"{}"}}]}},"connectors":[{{"connector_id":"{}","body":{}}}]"#,
            id(listed),
            id(answered),
            body(answered)
        ))
    };
    // Nobody expects it, so that nobody asks for it.
    for connectors in [vec![], vec!["id: n, name: c9".to_owned()]] {
        let plan = plan_of(&prod(""), &connectors);
        match replay(&snapshot(2, 1), &plan).listing {
            Listing::Partial { known, rest } => {
                assert_eq!(
                    (known.len(), rest.kind),
                    (1, UnreadReason::MalformedResponse)
                );
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(
            replay(&snapshot(1, 1), &plan).listing,
            Listing::Complete(_)
        ));
    }
}
