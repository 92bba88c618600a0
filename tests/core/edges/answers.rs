//! Which answers may be believed: a table of what a target says, judged as it was observed and as
//! it is replayed from a snapshot of it. Whatever contradicts itself, or is of elsewhere, is not clean.

use std::{collections::BTreeMap, sync::Arc};

use hubdrift::{
    audit::{Audit, Finding, FindingKind, Inputs, Judged, Run, State, audit},
    inventory::{self},
    model::{
        ConnectorId, Hub, Listing, Observations, Observed, Reading, Summary, TargetObservation,
        Unread, UnreadReason,
    },
    observed::{ObservedFile, snapshot},
    plan::{Plan, plan},
    policy::{self, Policy, Source},
    waiver, wire,
    yaml::SourceFile,
};

const NOW: &str = "2026-11-22T12:00:00Z";
const ACCOUNT: &str = "111122223333";

fn id(n: usize) -> ConnectorId {
    format!("9a7f0a3e-0000-4000-8000-{n:012}")
        .parse()
        .expect("an id")
}

fn arn(n: usize) -> String {
    format!(
        "arn:aws:securityhub:us-east-1:{ACCOUNT}:connectorv2/{}",
        id(n)
    )
}

/// An answer about the `n`th connector in which every rule passes.
fn body(n: usize) -> String {
    format!(
        r#"{{"ConnectorId":"{}","ConnectorArn":"{}","Name":"c{n}","Description":"d","KmsKeyArn":"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",
        "CreatedAt":"2026-01-01T00:00:00Z","LastUpdatedAt":"2026-01-01T00:00:00Z","EnablementStatus":"ENABLED","EnablementStatusReason":"r",
        "Health":{{"ConnectorStatus":"CONNECTED","LastCheckedAt":"2026-11-22T11:00:00Z","Message":"ok","Issues":[]}},
        "ProviderDetail":{{"JiraCloud":{{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}}}}}"#,
        id(n),
        arn(n)
    )
}

fn with_arn(n: usize, other: &str) -> String {
    body(n).replace(&arn(n), other)
}

/// What one target says: its list, and what it answers when asked for a connector.
#[derive(Clone)]
struct Said {
    listed: Vec<(usize, Option<&'static str>)>,
    /// `None`: there is no such connector.
    answers: Vec<(usize, Option<String>)>,
}

impl Said {
    fn new(listed: &[(usize, &'static str)], answers: &[(usize, Option<String>)]) -> Self {
        Self {
            listed: listed.iter().map(|(n, name)| (*n, Some(*name))).collect(),
            answers: answers.to_vec(),
        }
    }

    /// One connector, listed as `c1`, about which this is the answer.
    fn one(answer: String) -> Self {
        Self::new(&[(1, "c1")], &[(1, Some(answer))])
    }
}

/// A policy of this one rule.
fn own_rule(id: &str, body: &str) -> Policy {
    let rule = Source {
        path: format!("{id}.rhai"),
        text: format!(
            "const META = #{{id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\"}};\nfn check(ctx) {{ {body} }}\n"
        ),
    };
    policy::compile(vec![rule], &[]).expect("a rule")
}

fn observe(said: &Said, plan: &Plan) -> Observations {
    let answer = |(n, answer): &(usize, Option<String>)| {
        let reading = match answer {
            None => Reading::Missing,
            Some(body) => match wire::connector(body.as_bytes(), &id(*n)) {
                Ok(mut connector) => {
                    connector.keep_answer(wire::redact(body).map(Arc::from));
                    Reading::Present(Arc::new(connector))
                }
                Err(error) => {
                    Unread::new(UnreadReason::MalformedResponse, error.to_string()).into()
                }
            },
        };
        let observed = Observed {
            reading,
            at: None,
            request_id: Some(format!("r-{n}")),
        };
        (id(*n), observed)
    };
    let summary = |(n, name): &(usize, Option<&str>)| Summary {
        id: id(*n),
        name: name.map(str::to_owned),
    };
    let of = |plan: &hubdrift::plan::TargetPlan| TargetObservation {
        name: plan.target.name.clone(),
        account: Some(ACCOUNT.to_owned()),
        region: Some("us-east-1".to_owned()),
        caller_arn: Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/hubdrift/run")),
        hub: Hub::Enabled,
        unread: None,
        listing: if plan.list {
            Listing::Complete(said.listed.iter().map(summary).collect())
        } else {
            Listing::NotNeeded
        },
        connectors: said.answers.iter().map(answer).collect::<BTreeMap<_, _>>(),
    };
    Observations {
        targets: plan.targets.iter().map(of).collect(),
        ..Observations::default()
    }
}

/// An inventory with one target, these settings of it, and these connectors in flow style.
fn inventory_of(settings: &str, connectors: &[&str]) -> String {
    let mut text = format!(
        "version: 1\ntargets: {{prod: {{account: \"{ACCOUNT}\", region: us-east-1{settings}}}}}\n"
    );
    if !connectors.is_empty() {
        text.push_str("connectors:\n");
    }
    for connector in connectors {
        text.push_str(&format!("  - {{target: prod, {connector}}}\n"));
    }
    text
}

struct World {
    inventory: String,
    waivers: String,
    policy: Policy,
}

impl World {
    fn new(settings: &str, connectors: &[&str]) -> Self {
        Self {
            inventory: inventory_of(settings, connectors),
            waivers: String::new(),
            policy: policy::compile(policy::builtin(), &[]).expect("the built-in rules"),
        }
    }

    fn judge(&self, observations: impl Fn(&Plan) -> Observations) -> Audit {
        let file = |name, text: &str| {
            SourceFile::from_bytes(name, text.as_bytes().to_vec()).expect("a text")
        };
        let inventory = inventory::parse(&[file("hubdrift.yaml", &self.inventory)]).expect("valid");
        let waivers = match self.waivers.as_str() {
            "" => Vec::new(),
            text => waiver::parse(&file("waivers.yaml", text), jiff::civil::date(2026, 11, 22))
                .expect("waivers"),
        };
        let plan = plan(&inventory, &[], self.policy.needs_tags(), true).expect("a plan");
        audit(Inputs {
            inventory: &inventory,
            plan: &plan,
            observations: &observations(&plan),
            policy: &self.policy,
            waivers: &waivers,
            now: NOW.parse().expect("a time"),
            judged: Judged::default(),
            run: Run::default(),
            include_observed: true,
            interrupted: false,
        })
    }

    /// Judges what was said, and what is replayed of it; both must come to the same.
    fn check(&self, said: &Said) -> Audit {
        let live = self.judge(|plan| observe(said, plan));
        let replayed = self.judge(|plan| {
            let observations = observe(said, plan);
            let snapshot = snapshot::from_observations(&observations, NOW.parse().expect("a time"));
            let text = snapshot::serialise(&snapshot).expect("JSON");
            ObservedFile::parse(&text)
                .expect(&text)
                .to_observations(plan)
        });
        assert_eq!(said_of(&live), said_of(&replayed));
        live
    }
}

/// All that an audit says of what was found.
fn said_of(audit: &Audit) -> Vec<String> {
    let finding = |it: &Finding| format!("{} {} {}", it.kind().as_str(), it.address, it.message);
    let state =
        |it: &hubdrift::audit::ConnectorRecord| format!("{} {}", it.address, it.state.as_str());
    let target = |it: &hubdrift::audit::TargetRecord| format!("{} {:?}", it.name, it.listed);
    let findings = audit.findings.iter().map(finding);
    findings
        .chain(audit.connectors.iter().map(state))
        .chain(audit.targets.iter().map(target))
        .chain([audit.verdict.exit_code.to_string()])
        .collect()
}

fn messages(audit: &Audit, kind: FindingKind) -> Vec<&str> {
    let of_kind = audit.findings.iter().filter(|it| it.kind() == kind);
    of_kind.map(|it| it.message.as_str()).collect()
}

/// Why the only connector is unread; empty where it isn't.
fn unread(audit: &Audit) -> &str {
    let connector = &audit.connectors[0];
    assert_eq!(
        connector.state == State::Unread,
        audit.verdict.exit_code == 4
    );
    connector
        .unread
        .as_ref()
        .map_or("", |why| why.kind.as_str())
}

const MAY_BE_MISSING: &str = "version: 1\nwaivers: [{drift: missing, connector: prod/e, reason: r, owner: o, expires: 2026-12-31}]\n";
const BY_NAME: &str = "id: e, name: c1";
const BY_ID: &str = "id: e, connector_id: 9a7f0a3e-0000-4000-8000-000000000001";
const BY_ARN: &str = "id: e, connector_arn: \"arn:aws:securityhub:us-east-1:111122223333:connectorv2/9a7f0a3e-0000-4000-8000-000000000001\"";

#[test]
fn an_answer_of_elsewhere_is_not_this_target_s() {
    let mine = arn(1);
    for (other, expected) in [
        (mine.clone(), ""),
        (mine.replace("us-east-1", "eu-west-1"), "wrong_region"),
        (mine.replace("arn:aws:", "arn:aws-cn:"), "wrong_region"),
        (mine.replace(ACCOUNT, "999988887777"), "wrong_account"),
        (mine.to_uppercase(), "malformed_response"),
        (mine.replace("9a7f", "9A7F"), "malformed_response"),
        (arn(2), "malformed_response"),
        (mine.replace("securityhub", "kms"), "malformed_response"),
        (mine.replace("us-east-1", ""), "malformed_response"),
        (mine.replace(ACCOUNT, ""), "malformed_response"),
        (
            mine.replace("connectorv2/", "connector/"),
            "malformed_response",
        ),
        (String::new(), "malformed_response"),
        (format!("{mine} "), "malformed_response"),
    ] {
        for identity in [BY_NAME, BY_ID, BY_ARN] {
            let audit = World::new("", &[identity]).check(&Said::one(with_arn(1, &other)));
            assert_eq!(unread(&audit), expected, "{identity} answered by `{other}`");
        }
        let unmanaged = World::new("", &[]).check(&Said::one(with_arn(1, &other)));
        let code = if expected.is_empty() { 2 } else { 4 };
        assert_eq!(unmanaged.verdict.exit_code, code, "{other}");
    }
}

#[test]
fn a_caller_of_elsewhere_read_nothing_of_this_target() {
    let world = World::new("", &[BY_NAME]);
    let said = Said::one(body(1));
    let by = |caller: &str| {
        let observed = |plan: &Plan| {
            let mut observations = observe(&said, plan);
            observations.targets[0].caller_arn = Some(caller.to_owned());
            observations
        };
        let replayed = world.judge(|plan| {
            let observations = observed(plan);
            let snapshot = snapshot::from_observations(&observations, NOW.parse().expect("a time"));
            let text = snapshot::serialise(&snapshot).expect("JSON");
            ObservedFile::parse(&text)
                .expect(&text)
                .to_observations(plan)
        });
        let audit = world.judge(observed);
        assert_eq!(said_of(&audit), said_of(&replayed));
        let reason = audit.targets[0].reason.as_ref();
        (audit.verdict.exit_code, reason.map(|it| it.kind.as_str()))
    };
    for own in [
        format!("arn:aws:iam::{ACCOUNT}:user/x"),
        format!("arn:aws:iam::{ACCOUNT}:root"),
        format!("arn:aws:sts::{ACCOUNT}:federated-user/x"),
    ] {
        assert_eq!(by(&own), (0, None), "{own}");
    }
    for other in [
        "arn:aws:iam::999999999999:user/x".to_owned(),
        format!("arn:aws-us-gov:iam::{ACCOUNT}:user/x"),
        "arn:aws:iam:::user/x".to_owned(),
        "somebody".to_owned(),
        String::new(),
    ] {
        assert_eq!(by(&other), (4, Some("malformed_response")), "{other}");
    }
}

#[test]
fn an_arn_that_the_inventory_names_is_the_answer_s() {
    let lacks = body(1).replace(&format!(r#""ConnectorArn":"{}","#, arn(1)), "");
    let said = Said::one(lacks);
    assert_eq!(unread(&World::new("", &[BY_ID]).check(&said)), "");
    assert_eq!(unread(&World::new("", &[BY_NAME]).check(&said)), "");
    assert_eq!(
        unread(&World::new("", &[BY_ARN]).check(&said)),
        "malformed_response"
    );
    let of_china = BY_ARN.replace("arn:aws:", "arn:aws-cn:");
    let china = World::new("", &[&of_china]).check(&Said::one(body(1)));
    assert_eq!(unread(&china), "wrong_region");
    // In a region that nobody knows, only the ARN says which partition is meant.
    let nowhere = |text: &str| text.replace("us-east-1", "xx-east-1");
    let mut world = World::new("", &[&nowhere(BY_ARN)]);
    world.inventory = nowhere(&world.inventory);
    let audit = world.judge(|plan| {
        let mut observations = observe(
            &Said::one(nowhere(&with_arn(
                1,
                &arn(1).replace("arn:aws:", "arn:aws-x:"),
            ))),
            plan,
        );
        observations.targets[0].region = Some("xx-east-1".to_owned());
        observations
    });
    assert_eq!(unread(&audit), "wrong_region");
}

#[test]
fn what_is_listed_and_not_there_is_unread_whoever_expects_it() {
    let said = Said::new(&[(1, "c1")], &[(1, None)]);
    for identity in [BY_NAME, BY_ID, BY_ARN] {
        let mut world = World::new("", &[identity]);
        world.waivers = MAY_BE_MISSING.to_owned();
        let audit = world.check(&said);
        assert_eq!(unread(&audit), "malformed_response", "{identity}");
        let says = "malformed_response: it is listed, but GetConnectorV2 says that there is none";
        assert_eq!(messages(&audit, FindingKind::Unread), [says]);
    }
    // Neither listed nor there is missing, and a permission for that is one.
    let mut world = World::new("", &[BY_ID]);
    world.waivers = MAY_BE_MISSING.to_owned();
    let audit = world.check(&Said::new(&[], &[(1, None)]));
    assert_eq!(audit.verdict.exit_code, 0);
}

#[test]
fn a_complete_list_that_lacks_what_is_there_is_none() {
    let says = "which connectors exist is not known: malformed_response: the listing lacks a connector that GetConnectorV2 shows (9a7f0a3e-0000-4000-8000-000000000001), so it is not complete";
    for listed in [&[][..], &[(2, "c2")][..]] {
        let mut answers = vec![(1, Some(body(1)))];
        answers.extend(listed.iter().map(|(n, _)| (*n, Some(body(*n)))));
        let said = Said::new(listed, &answers);
        let audit = World::new("", &[BY_ID]).check(&said);
        assert_eq!(audit.verdict.exit_code, 4);
        assert_eq!(messages(&audit, FindingKind::Unlisted), [says]);
        assert_eq!(
            messages(&audit, FindingKind::Unmanaged).len(),
            listed.len(),
            "what is known is said"
        );
        // Whom nobody has asked for a list, nobody has misled.
        let ignore = World::new(", unmanaged: ignore", &[BY_ID]).check(&said);
        assert_eq!(ignore.verdict.exit_code, 0);
        // But a name that isn't in it may be there all the same.
        let named = World::new(", unmanaged: ignore", &[BY_ID, "id: n, name: c9"]).check(&said);
        assert_eq!(named.verdict.exit_code, 4);
        assert_eq!(messages(&named, FindingKind::Missing), [""; 0]);
    }
}

#[test]
fn a_name_in_the_list_and_another_in_the_answer_are_two_contradicting_names() {
    let said = Said::new(&[(1, "tf-1")], &[(1, Some(body(1)))]);
    let except = ", unmanaged_except: [{name: {matches: \"^tf-\"}}]";
    let aside = World::new(except, &[]).check(&said);
    assert_eq!(
        aside.verdict.exit_code, 4,
        "not set aside as what only the list calls it"
    );
    assert_eq!(aside.targets[0].set_aside, 0);
    let says = "malformed_response: it is listed as `tf-1`, but the answer calls it `c1`";
    for identity in [BY_ID, BY_NAME, "id: e, name: tf-1"] {
        let audit = World::new("", &[identity]).check(&said);
        assert_eq!(unread(&audit), "malformed_response", "{identity}");
        assert_eq!(messages(&audit, FindingKind::Unread), [says], "{identity}");
    }
    // Under both names it is another's.
    let both = ", unmanaged_except: [{name: {matches: \"^(tf-|c)\"}}]";
    let aside = World::new(both, &[]).check(&said);
    assert_eq!(
        (aside.verdict.exit_code, aside.targets[0].set_aside),
        (0, 1)
    );
    let id = ", unmanaged_except: [{connector_id: {matches: \"^9a\"}}]";
    assert_eq!(World::new(id, &[]).check(&said).verdict.exit_code, 0);
}

#[test]
fn a_connector_listed_under_two_names_is_neither() {
    let said = Said::new(&[(1, "c1"), (1, "other")], &[(1, Some(body(1)))]);
    for identity in [BY_ID, BY_NAME, "id: e, name: other"] {
        let audit = World::new("", &[identity]).check(&said);
        assert_eq!(unread(&audit), "malformed_response", "{identity}");
    }
    // The same twice says nothing new: pages may overlap.
    let said = Said::new(&[(1, "c1"), (1, "c1")], &[(1, Some(body(1)))]);
    assert_eq!(unread(&World::new("", &[BY_NAME]).check(&said)), "");
}

#[test]
fn a_name_is_unique_or_it_is_not_known() {
    let here = |n: usize| (n, Some(body(n)));
    let mut said = Said::new(&[(1, "c1"), (2, "c2")], &[here(1), here(2)]);
    let ignore = || World::new(", unmanaged: ignore", &[BY_NAME]);
    assert_eq!(unread(&ignore().check(&said)), "");
    // One that the list calls nothing may be called the same.
    said.listed[1].1 = None;
    assert_eq!(unread(&ignore().check(&said)), "malformed_response");
    // One whose answer calls itself so is another of the name, or the one that is meant.
    let namesake = body(2).replace("\"c2\"", "\"c1\"");
    let said = Said::new(
        &[(1, "c1"), (2, "c2")],
        &[here(1), (2, Some(namesake.clone()))],
    );
    let audit = World::new("", &[BY_NAME]).check(&said);
    assert_eq!(audit.verdict.exit_code, 4);
    let said = Said::new(&[(2, "c2")], &[(2, Some(namesake))]);
    let audit = World::new("", &[BY_NAME]).check(&said);
    assert_eq!(messages(&audit, FindingKind::Missing), [""; 0]);
    assert_eq!(audit.verdict.exit_code, 4);
    // Two of one name.
    let said = Said::new(&[(1, "c1"), (2, "c1")], &[here(1), here(2)]);
    assert_eq!(ignore().check(&said).verdict.exit_code, 4);
}

#[test]
fn saved_answers_of_the_aws_cli_leave_it_open_whether_a_name_is_unique() {
    let judge = |connector: &str, answers: &str| {
        World::new(", unmanaged: ignore", &[connector]).judge(|plan| {
            ObservedFile::parse(answers)
                .expect("a file")
                .to_observations(plan)
        })
    };
    let by_id = judge(BY_ID, &body(1));
    assert_eq!((unread(&by_id), by_id.verdict.exit_code), ("", 0));
    let by_name = judge(BY_NAME, &body(1));
    assert_eq!(unread(&by_name), "not_in_file");
    let said = messages(&by_name, FindingKind::Unread)[0];
    assert!(said.contains("connector_id: 9a7f0a3e"), "{said}");
    let of_china = with_arn(1, &arn(1).replace("arn:aws:", "arn:aws-cn:"));
    assert_eq!(unread(&judge(BY_ID, &of_china)), "wrong_region");
}

#[test]
fn two_targets_that_turn_out_to_be_one_place_are_read_once() {
    let file = format!(
        "version: 1\ntargets: {{a: {{account: \"{ACCOUNT}\", region: us-east-1}}, b: {{region: us-east-1, profile: other}}}}\n"
    );
    for hub in ["", ", hub: disabled"] {
        let mut world = World::new("", &[]);
        world.inventory = file.replace("us-east-1", &format!("us-east-1{hub}"));
        let audit = world.judge(|plan| {
            let mut observations = observe(&Said::new(&[], &[]), plan);
            for target in &mut observations.targets {
                if !hub.is_empty() {
                    target.hub = Hub::Disabled;
                    let why = "ConflictException: Security Hub V2 is not enabled";
                    target.unread = Some(Unread::new(UnreadReason::HubDisabled, why));
                    target.listing = Listing::NotNeeded;
                }
            }
            observations
        });
        assert_eq!(audit.verdict.exit_code, 4, "{hub}");
        let says = "nothing of the target could be read: wrong_account: it turns out to be account 111122223333 in us-east-1, which is target `a` already: `a` and `b` are one place";
        assert_eq!(messages(&audit, FindingKind::Unlisted), [says]);
        let unread: Vec<_> = audit
            .findings
            .iter()
            .map(|it| it.address.as_str())
            .collect();
        assert_eq!(unread, ["b"]);
    }
}

#[test]
fn null_is_satisfied_only_by_what_was_read() {
    let acme = body(1).replace(
        r#"{"JiraCloud":{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}"#,
        r#"{"AcmeDesk":{"ProjectKey":"EVIL"}}"#,
    );
    let mut world = World::new("", &[]);
    // Rules of one's own, which need not look at the provider.
    world.policy = own_rule(
        "named",
        "if present(ctx.observed.name) { pass() } else { fail(\"n\") }",
    );
    let mut check = |expect: &str, body: &str| {
        world.inventory = inventory_of("", &[&format!("{BY_NAME}, expect: {expect}")]);
        let audit = world.check(&Said::one(body.to_owned()));
        (audit.verdict.exit_code, audit.connectors[0].drift.len())
    };
    assert_eq!(check("{provider: {type: AcmeDesk}}", &acme), (0, 0));
    assert_eq!(
        check("{provider: {type: AcmeDesk, project_key: null}}", &acme),
        (4, 0)
    );
    // What was not read doesn't differ either.
    assert_eq!(check("{provider: {project_key: SEC}}", &acme), (4, 0));
    assert_eq!(check("{provider: {domain: null}}", &body(1)), (0, 0));
    assert_eq!(check("{provider: {project_key: null}}", &body(1)), (2, 1));
}

#[test]
fn what_a_client_drops_is_not_known_to_be_absent() {
    let judge = |expect: &str, rule: Option<(&str, &str)>, body: &str| {
        let connector = format!("{BY_ID}{expect}");
        let mut world = World::new(", unmanaged: ignore", &[&connector]);
        if let Some((id, body)) = rule {
            world.policy = own_rule(id, body);
        }
        let saved = world.judge(|plan| {
            ObservedFile::parse(body)
                .expect("a file")
                .to_observations(plan)
        });
        let live = world.judge(|plan| observe(&Said::one(body.to_owned()), plan));
        (saved.verdict.exit_code, live.verdict.exit_code)
    };
    let no_status = body(1).replace(
        r#""EnablementStatus":"ENABLED","EnablementStatusReason":"r","#,
        "",
    );
    let no_issues = body(1).replace(r#","Issues":[]"#, "");
    let any = ("any", "pass()");
    let null = ", expect: {enablement_status: null, enablement_status_reason: null}";
    assert_eq!(judge(null, Some(any), &no_status), (4, 0));
    let reason = ", expect: {enablement_status_reason: null}";
    let without_reason = body(1).replace(r#""EnablementStatusReason":"r","#, "");
    assert_eq!(judge(reason, Some(any), &without_reason), (0, 0));
    let asks = (
        "asks",
        "if present(ctx.observed.health.issues) { fail(\"i\") } else { pass() }",
    );
    assert_eq!(judge("", Some(asks), &no_issues), (4, 0));
    let asks = (
        "asks",
        "if present(ctx.observed.enablement_status) { pass() } else { not_applicable(\"none\") }",
    );
    assert_eq!(judge("", Some(asks), &no_status).0, 4);
    assert_eq!(judge("", None, &body(1)), (0, 0));
}

#[test]
fn a_rule_can_t_pass_on_what_was_not_read() {
    let acme = body(1).replace(
        r#"{"JiraCloud":{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}"#,
        r#"{"AcmeDesk":{}}"#,
    );
    // The first has none, and that is known; of the second it isn't.
    let jira = body(2).replace(r#","ProjectKey":"SEC""#, "");
    let mut world = World::new(", unmanaged: judge", &[]);
    world.policy = own_rule(
        "asks",
        "if present(ctx.observed.provider.project_key) { fail(\"k\") } else { pass() }",
    );
    for numbers in [[1, 2], [2, 1]] {
        // A verdict on one of them is not said again of the other.
        let bodies = [acme.clone(), jira.clone()];
        let [first, second] = numbers.map(|n: usize| (n, bodies[n - 1].clone()));
        let renumbered = |n: usize, (was, body): (usize, String)| {
            let body = body.replace(id(was).as_str(), id(n).as_str());
            (
                n,
                Some(body.replace(&format!("\"c{was}\""), &format!("\"c{n}\""))),
            )
        };
        let said = Said::new(
            &[(1, "c1"), (2, "c2")],
            &[renumbered(1, first), renumbered(2, second)],
        );
        let audit = world.check(&said);
        let outcomes: Vec<_> = audit
            .connectors
            .iter()
            .map(|it| {
                (
                    it.provider.as_deref(),
                    it.results[0].result.outcome.as_str(),
                )
            })
            .collect();
        for (provider, outcome) in outcomes {
            let expected = if provider == Some("AcmeDesk") {
                "error"
            } else {
                "pass"
            };
            assert_eq!(outcome, expected, "{provider:?}");
        }
        assert_eq!(audit.verdict.exit_code, 4);
    }
}

#[test]
fn a_permission_for_what_is_absent_is_none_for_what_was_not_read() {
    let acme = body(1).replace(
        r#"{"JiraCloud":{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}"#,
        r#"{"AcmeDesk":{}}"#,
    );
    let jira = body(1).replace(r#","ProjectKey":"SEC""#, "");
    let points = |path: &str, observed: &str, body: &str| {
        let mut world = World::new("", &[BY_ID]);
        world.waivers = observed.to_owned();
        let fails = format!("return fail_at(\"{path}\", \"f\");");
        world.policy = own_rule("points", &fails);
        let audit = world.check(&Said::one(body.to_owned()));
        let finding = audit
            .findings
            .iter()
            .find(|it| it.kind() == FindingKind::Policy);
        finding.is_some_and(|it| it.waiver.is_some())
    };
    let waiver = |observed: &str| {
        format!(
            "version: 1\nwaivers: [{{rule: points, connector: prod/e, reason: r, owner: o, expires: 2026-12-31{observed}}}]\n"
        )
    };
    let null = waiver(", observed: null");
    assert!(points("provider.project_key", &null, &jira));
    assert!(!points("provider.project_key", &null, &acme));
    assert!(points("provider.project_key", &waiver(""), &acme));
    assert!(!points("tags", &null, &jira), "nobody asked for its tags");
}

#[test]
fn tags_without_an_arn_to_ask_for_them_by_are_nobody_s() {
    let plan_of = |text: &str| {
        let file = SourceFile::from_bytes("hubdrift.yaml", text.as_bytes().to_vec());
        let inventory = inventory::parse(&[file.expect("a text")]).expect("valid");
        plan(&inventory, &[], false, true).expect("a plan")
    };
    let plan = plan_of(&inventory_of(
        "",
        &[&format!("{BY_ID}, expect: {{tags: {{a: null}}}}")],
    ));
    let reading = |body: &str| {
        let text = format!(
            r#"{{"schema":"hubdrift.snapshot/1","targets":[{{"name":"prod","account":"{ACCOUNT}","region":"us-east-1","connectors":[{{"connector_id":"{}","body":{body},"tags":{{}}}}]}}]}}"#,
            id(1)
        );
        let observations = ObservedFile::parse(&text)
            .expect("a snapshot")
            .to_observations(&plan);
        match &observations.targets[0].connectors[&id(1)].reading {
            Reading::Present(_) => "present".to_owned(),
            Reading::Missing => "missing".to_owned(),
            Reading::Unread(why) => why.kind.to_string(),
        }
    };
    assert_eq!(reading(&body(1)), "present");
    let lacks = body(1).replace(&format!(r#""ConnectorArn":"{}","#, arn(1)), "");
    assert_eq!(reading(&lacks), "malformed_response");
}
