//! Accounts that nobody would think of, judged live and from files: what is clean was read and checked.
//!
//! What "read and checked" means is said here a second time, of what the account holds and of what
//! the service says of it. Nothing of the audit's own words is used.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use hubdrift::{
    audit::{
        Audit, FailOn, Flags, Inputs, Judged, ReadCoverage, Run, audit, never_checked,
        read_coverage,
    },
    inventory::{self, Inventory, RuleSetting},
    model::{
        ConnectorId, Hub, Listing, Observations, Observed, Reading, Requests, Summary,
        TargetObservation, Unread, UnreadReason,
    },
    observed::{ObservedFile, snapshot},
    plan::{Plan, TargetPlan, plan},
    policy::{self, Policy, Source},
    report::{Format, Style, json, render},
    saved::verify,
    wire,
    yaml::SourceFile,
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value as Json, json};

use super::NOW;

/// The names, the accounts and the region of the targets.
const TARGETS: [&str; 2] = ["t0", "t1"];
const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const REGION: &str = "us-east-1";

/// What AWS says of a hub that is off, and what it might say of something else.
const OFF: &str = "Security Hub V2 is not enabled";
const OTHER: &str = "The integration is not enabled";

/// What a connector's answer is, beside a healthy one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Healthy,
    /// Nothing stands there.
    Lacks(&'static str),
    /// A value that nobody knows stands there.
    Strange(&'static str),
    OtherProject,
    /// Its provider is one that hubdrift doesn't know, with these settings and more.
    UnknownProvider,
    /// Its ARN is of this account, region and partition, or none at all.
    OfAccount,
    OfRegion,
    OfPartition,
    OfNobody,
}

/// What `GetConnectorV2` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Get {
    Body(Body),
    NoSuch,
    Refused,
    /// Nobody got an answer.
    Lost,
}

/// What `ListConnectorsV2` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    AsItIs,
    Not,
    /// Under a name of its own.
    Renamed,
    /// Under a name that the inventory may leave aside, and so it is called.
    Staging,
    Nameless,
    /// With an ARN of another account. Only files say so here.
    OfAccount,
}

/// What the inventory expects, if it expects the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    NotIt,
    Nothing,
    Project,
    NoDomain,
    /// The absence of what no connector of its provider has.
    NoInstance,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    get: Get,
    listed: Listed,
    expects: Expects,
    /// There is another of its name.
    namesake: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Name,
    Id,
    Arn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unmanaged {
    Fail,
    Judge,
    Ignore,
    /// `fail`, but for names that begin with `stg-`.
    Except,
}

/// What becomes of a whole target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Read,
    Unread,
    ListingUnread,
    ListingPartial,
    /// It should have no hub; it has none, or something else is not enabled.
    HubOff,
    HubUnknown,
}

#[derive(Debug, Clone)]
struct Target {
    reach: Reach,
    unmanaged: Unmanaged,
    identity: Identity,
    items: Vec<Item>,
    /// The inventory says whose account it is.
    is_known: bool,
}

/// Which rules judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rules {
    Builtin,
    /// All of them off for the first target.
    OffInFirst,
    /// One for a provider that no connector has.
    OfOthers,
    /// One that passes by the absence of a provider's setting.
    NoDomain,
    /// One that asks for nothing of the provider.
    HasName,
}

/// How the account is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Live,
    /// Live, saved and replayed.
    Again,
    /// A snapshot of all that the account answers, also to what no plan asks.
    Snapshot,
    /// The same, whose list says that it is whole and doesn't say what is in it.
    NoSummaries,
    /// What the AWS CLI printed.
    Answers,
}

#[derive(Debug, Clone)]
struct Scenario {
    targets: Vec<Target>,
    /// The second target turns out to be the first.
    is_one_place: bool,
    rules: Rules,
    way: Way,
    flags: Flags,
}

fn item() -> impl Strategy<Value = Item> {
    let pointers = [
        "/Name",
        "/Description",
        "/KmsKeyArn",
        "/CreatedAt",
        "/LastUpdatedAt",
        "/EnablementStatus",
        "/Health/ConnectorStatus",
        "/Health/LastCheckedAt",
        "/Health/Message",
        "/Health/Issues",
        "/ProviderDetail",
        "/ProviderDetail/JiraCloud/AuthStatus",
        "/ProviderDetail/JiraCloud/ProjectKey",
        "/ConnectorArn",
    ];
    let enums = [
        "/EnablementStatus",
        "/Health/ConnectorStatus",
        "/ProviderDetail/JiraCloud/AuthStatus",
    ];
    let body = prop_oneof![
        20 => Just(Body::Healthy),
        3 => proptest::sample::select(pointers.to_vec()).prop_map(Body::Lacks),
        1 => proptest::sample::select(enums.to_vec()).prop_map(Body::Strange),
        // Often enough that a rule which fails is the worst there is.
        2 => Just(Body::Lacks("/KmsKeyArn")),
        2 => Just(Body::OtherProject),
        2 => Just(Body::UnknownProvider),
        2 => proptest::sample::select(vec![
            Body::OfAccount, Body::OfRegion, Body::OfPartition, Body::OfNobody,
        ]),
    ];
    let get = prop_oneof![
        24 => body.prop_map(Get::Body),
        2 => Just(Get::NoSuch),
        1 => Just(Get::Refused),
        1 => Just(Get::Lost),
    ];
    let listed = prop_oneof![
        24 => Just(Listed::AsItIs),
        2 => Just(Listed::Not),
        1 => Just(Listed::Renamed),
        1 => Just(Listed::Staging),
        1 => Just(Listed::Nameless),
        1 => Just(Listed::OfAccount),
    ];
    let expects = prop_oneof![
        2 => Just(Expects::NotIt),
        4 => Just(Expects::Nothing),
        4 => Just(Expects::Project),
        2 => Just(Expects::NoDomain),
        1 => Just(Expects::NoInstance),
    ];
    (get, listed, expects, prop::bool::weighted(0.03)).prop_map(
        |(get, listed, expects, namesake)| Item {
            get,
            // What isn't there isn't listed either, most often.
            listed: match (get, listed) {
                (Get::NoSuch, Listed::AsItIs) => Listed::Not,
                (Get::NoSuch, Listed::Not) => Listed::AsItIs,
                (_, listed) => listed,
            },
            expects,
            namesake,
        },
    )
}

fn target() -> impl Strategy<Value = Target> {
    let reach = prop_oneof![
        24 => Just(Reach::Read),
        1 => Just(Reach::Unread),
        1 => Just(Reach::ListingUnread),
        1 => Just(Reach::ListingPartial),
        1 => Just(Reach::HubOff),
        1 => Just(Reach::HubUnknown),
    ];
    let unmanaged = proptest::sample::select(vec![
        Unmanaged::Fail,
        Unmanaged::Judge,
        Unmanaged::Ignore,
        Unmanaged::Ignore,
        Unmanaged::Except,
    ]);
    let identity = proptest::sample::select(vec![Identity::Name, Identity::Id, Identity::Arn]);
    let items = prop::collection::vec(item(), 0..4);
    let parts = (reach, unmanaged, identity, items, prop::bool::weighted(0.8));
    parts.prop_map(|(reach, unmanaged, identity, mut items, is_known)| {
        let hubless = matches!(reach, Reach::HubOff | Reach::HubUnknown);
        if hubless {
            items.clear();
        }
        Target {
            reach,
            // Nothing is said of what is in a hub that should not be there.
            unmanaged: if hubless { Unmanaged::Fail } else { unmanaged },
            identity,
            items,
            is_known,
        }
    })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let kinds = [
        FailOn::Changed,
        FailOn::Missing,
        FailOn::Unmanaged,
        FailOn::Policy,
        FailOn::StaleWaiver,
    ];
    let flags = (
        proptest::sample::subsequence(kinds.to_vec(), 0..=5),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
    );
    let flags = flags.prop_map(|(fail_on, report_only, allow_empty)| Flags {
        fail_on,
        report_only,
        allow_empty,
        ..Flags::default()
    });
    let rules = prop_oneof![
        4 => Just(Rules::Builtin),
        1 => Just(Rules::OffInFirst),
        1 => Just(Rules::OfOthers),
        1 => Just(Rules::NoDomain),
        1 => Just(Rules::HasName),
    ];
    let way = prop_oneof![
        4 => Just(Way::Live),
        2 => Just(Way::Again),
        3 => Just(Way::Snapshot),
        1 => Just(Way::NoSummaries),
        2 => Just(Way::Answers),
    ];
    let targets = prop::collection::vec(target(), 1..=2);
    let parts = (targets, prop::bool::weighted(0.1), rules, way, flags);
    parts.prop_map(|(targets, is_one_place, rules, way, flags)| {
        let is_one_place = is_one_place && targets.len() == 2;
        let mut scenario = Scenario {
            targets,
            is_one_place,
            rules,
            way,
            flags,
        };
        if is_one_place {
            // Otherwise the inventory itself would be refused, or the answers.
            scenario.targets[0].is_known = true;
            scenario.targets[1].is_known = false;
        } else if scenario.targets.len() == 2 {
            scenario
                .targets
                .iter_mut()
                .for_each(|it| it.is_known = true);
        }
        scenario
    })
}

// ---- the account, as the service shows it ----

fn id(at: usize, n: usize) -> ConnectorId {
    format!("00000000-0000-4000-8{at:03}-{n:012}")
        .parse()
        .expect("an id")
}

impl Scenario {
    /// The account that a target turns out to be.
    fn account(&self, at: usize) -> &'static str {
        ACCOUNTS[if self.is_one_place { 0 } else { at }]
    }

    fn arn(&self, at: usize, n: usize) -> String {
        let (account, id) = (self.account(at), id(at, n));
        format!("arn:aws:securityhub:{REGION}:{account}:connectorv2/{id}")
    }

    /// The body of an answer.
    fn body(&self, at: usize, n: usize, item: Item, body: Body) -> String {
        let arn = self.arn(at, n);
        let mut answer = json!({
            "ConnectorId": id(at, n).to_string(),
            "ConnectorArn": arn,
            "Name": Self::name(n, item),
            "Description": "d",
            "KmsKeyArn": format!("arn:aws:kms:{REGION}:{}:key/k", self.account(at)),
            "CreatedAt": "2026-01-01T00:00:00Z",
            "LastUpdatedAt": "2026-01-01T00:00:00Z",
            "EnablementStatus": "ENABLED",
            "EnablementStatusReason": "r",
            "Health": {
                "ConnectorStatus": "CONNECTED", "LastCheckedAt": "2026-11-22T11:00:00Z",
                "Message": "ok", "Issues": [],
            },
            "ProviderDetail": {"JiraCloud": {"AuthStatus": "ACTIVE", "ProjectKey": "SEC"}},
        });
        match body {
            Body::Healthy => {}
            Body::Lacks(pointer) => {
                let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
                let parent = answer.pointer_mut(parent).expect("a place");
                parent.as_object_mut().expect("an object").remove(key);
            }
            Body::Strange(pointer) => {
                *answer.pointer_mut(pointer).expect("a place") = "SNOOZED".into();
            }
            Body::OtherProject => {
                answer["ProviderDetail"]["JiraCloud"]["ProjectKey"] = "OTHER".into();
            }
            Body::UnknownProvider => {
                answer["ProviderDetail"] =
                    json!({"AcmeDesk": {"ProjectKey": "OTHER", "Domain": "evil.example.com"}});
            }
            Body::OfAccount => {
                answer["ConnectorArn"] = arn.replace(self.account(at), "999988887777").into();
            }
            Body::OfRegion => answer["ConnectorArn"] = arn.replace(REGION, "eu-west-1").into(),
            Body::OfPartition => {
                answer["ConnectorArn"] = arn.replace("arn:aws:", "arn:aws-cn:").into();
            }
            Body::OfNobody => answer["ConnectorArn"] = "arn:aws:of-nobody".into(),
        }
        answer.to_string()
    }

    /// What there is in a target: the number, the item, and whether it is a namesake of an item.
    fn held(&self, at: usize) -> Vec<(usize, Item)> {
        let items = self.targets[at].items.iter().copied().enumerate();
        let namesake = |(n, item): (usize, Item)| {
            let other = Item {
                get: Get::Body(Body::Healthy),
                listed: Listed::AsItIs,
                expects: Expects::NotIt,
                namesake: false,
            };
            [Some((n, item)), item.namesake.then_some((n + 100, other))]
        };
        items.flat_map(namesake).flatten().collect()
    }

    /// What an item calls itself.
    fn name(n: usize, item: Item) -> String {
        match item.listed {
            Listed::Staging => format!("stg-{n}"),
            _ => format!("c{}", n % 100),
        }
    }

    /// The name that a list has for an item; `None` where it has no entry, or none with a name.
    fn listed_name(n: usize, item: Item) -> Option<String> {
        match item.listed {
            Listed::AsItIs | Listed::OfAccount | Listed::Staging => Some(Self::name(n, item)),
            Listed::Renamed => Some(format!(
                "{}-{n}",
                if n.is_multiple_of(2) { "stg" } else { "other" }
            )),
            Listed::Not | Listed::Nameless => None,
        }
    }

    fn inventory(&self, settings: &[RuleSetting]) -> Inventory {
        let mut text = "version: 1\ntargets:\n".to_owned();
        for (at, target) in self.targets.iter().enumerate() {
            let name = TARGETS[at];
            let account = if target.is_known {
                format!("account: '{}', ", ACCOUNTS[at])
            } else {
                format!("profile: {name}, ")
            };
            let hub = match (target.reach, target.unmanaged) {
                (Reach::HubOff | Reach::HubUnknown, _) => "hub: disabled",
                (_, Unmanaged::Fail) => "unmanaged: fail",
                (_, Unmanaged::Judge) => "unmanaged: judge",
                (_, Unmanaged::Ignore) => "unmanaged: ignore",
                (_, Unmanaged::Except) => "unmanaged_except: [{name: {matches: ^stg-}}]",
            };
            writeln!(text, "  {name}: {{{account}region: {REGION}, {hub}}}").expect("a text");
        }
        let mut connectors = String::new();
        for (at, target) in self.targets.iter().enumerate() {
            for (n, item) in target.items.iter().enumerate() {
                let identity = match target.identity {
                    Identity::Name => format!("name: c{n}"),
                    Identity::Id => format!("connector_id: {}", id(at, n)),
                    Identity::Arn => format!("connector_arn: '{}'", self.arn(at, n)),
                };
                let expect = match item.expects {
                    Expects::NotIt => continue,
                    Expects::Nothing => "",
                    Expects::Project => ", expect: {provider: {project_key: SEC}}",
                    Expects::NoDomain => ", expect: {provider: {domain: null}}",
                    Expects::NoInstance => ", expect: {provider: {instance_name: null}}",
                };
                let target = TARGETS[at];
                writeln!(
                    connectors,
                    "  - {{id: e{n}, target: {target}, {identity}{expect}}}"
                )
                .expect("a text");
            }
        }
        if !connectors.is_empty() {
            write!(text, "connectors:\n{connectors}").expect("a text");
        }
        let file = SourceFile::from_bytes("hubdrift.yaml", text.clone().into_bytes());
        let mut inventory = inventory::parse(&[file.expect("a text")])
            .unwrap_or_else(|problems| panic!("{problems:?}: {text}"));
        inventory.policies.rules = settings.to_vec();
        inventory
    }

    // ---- what is observed of it ----

    fn reading(&self, at: usize, n: usize, item: Item) -> Option<Reading> {
        Some(match item.get {
            Get::Body(body) => {
                let text = self.body(at, n, item, body);
                match wire::connector(text.as_bytes(), &id(at, n)) {
                    Ok(mut connector) => {
                        connector.keep_answer(Some(text.into()));
                        Reading::Present(Arc::new(connector))
                    }
                    Err(error) => {
                        Unread::new(UnreadReason::MalformedResponse, error.to_string()).into()
                    }
                }
            }
            Get::NoSuch => Reading::Missing,
            Get::Refused => refused().into(),
            // What is saved has no gaps: the shell leaves none.
            Get::Lost if self.way == Way::Again => refused().into(),
            Get::Lost => return None,
        })
    }

    fn live(&self, plan: &Plan) -> Observations {
        let targets = plan.targets.iter().map(|plan| {
            let at = TARGETS.iter().position(|it| *it == plan.target.name);
            self.observe(at.expect("a target"), plan)
        });
        Observations {
            targets: targets.collect(),
            requests: Requests::default(),
            overrides: Vec::new(),
        }
    }

    /// What the shell would make of it: it lists, and then gets what the plan says.
    fn observe(&self, at: usize, plan: &TargetPlan) -> TargetObservation {
        let held = self.held(at);
        let summary = |(n, item): &(usize, Item)| {
            let is_listed = item.listed != Listed::Not;
            is_listed.then(|| Summary {
                id: id(at, *n),
                name: Self::listed_name(*n, *item),
            })
        };
        let summaries: Vec<_> = held.iter().filter_map(summary).collect();
        let conflict = |said: &str| {
            let kind = if wire::says_hub_is_off(said) {
                UnreadReason::HubDisabled
            } else {
                UnreadReason::ServiceError
            };
            Unread::new(kind, format!("ConflictException: {said}"))
        };
        let (hub, unread, listing) = match self.targets[at].reach {
            _ if !plan.list && self.targets[at].reach != Reach::Unread => {
                (Hub::Unknown, None, Listing::NotNeeded)
            }
            Reach::Read => (Hub::Enabled, None, Listing::Complete(summaries)),
            Reach::Unread => (Hub::Unknown, Some(refused()), Listing::NotNeeded),
            Reach::ListingUnread => (Hub::Unknown, None, Listing::Unread(refused())),
            Reach::ListingPartial => (Hub::Unknown, None, Listing::partial(summaries, refused())),
            Reach::HubOff | Reach::HubUnknown => {
                let said = if self.targets[at].reach == Reach::HubOff {
                    OFF
                } else {
                    OTHER
                };
                match conflict(said) {
                    why if why.kind == UnreadReason::HubDisabled => {
                        (Hub::Disabled, Some(why.clone()), Listing::Unread(why))
                    }
                    why => (Hub::Unknown, None, Listing::Unread(why)),
                }
            }
        };
        let mut reads = plan.first_reads();
        reads.extend(plan.further_reads(&listing));
        let asked: BTreeSet<_> = reads.iter().map(|read| read.id).collect();
        let answered = held.iter().filter(|(n, _)| asked.contains(&id(at, *n)));
        let answered = answered.filter_map(|(n, item)| {
            let observed = Observed {
                reading: self.reading(at, *n, *item)?,
                at: None,
                request_id: None,
            };
            Some((id(at, *n), observed))
        });
        let connectors = if unread.is_some() {
            BTreeMap::new()
        } else {
            answered.collect()
        };
        TargetObservation {
            name: TARGETS[at].to_owned(),
            account: Some(self.account(at).to_owned()),
            region: Some(REGION.to_owned()),
            caller_arn: None,
            hub,
            unread,
            listing,
            connectors,
        }
    }

    /// A snapshot of all that the account answers.
    fn snapshot(&self) -> String {
        let targets: Vec<Json> = (0..self.targets.len()).map(|at| self.saved(at)).collect();
        json!({"schema": "hubdrift.snapshot/1", "taken_at": NOW, "targets": targets}).to_string()
    }

    fn saved(&self, at: usize) -> Json {
        let target = &self.targets[at];
        let held = self.held(at);
        let summary = |(n, item): &(usize, Item)| {
            let mut entry = json!({"ConnectorId": id(at, *n).to_string()});
            if let Some(name) = Self::listed_name(*n, *item) {
                entry["Name"] = name.into();
            }
            if item.listed == Listed::OfAccount {
                let arn = self.arn(at, *n).replace(self.account(at), "999988887777");
                entry["ConnectorArn"] = arn.into();
            }
            (item.listed != Listed::Not).then_some(entry)
        };
        let summaries: Vec<Json> = held.iter().filter_map(summary).collect();
        let connector = |(n, item): &(usize, Item)| {
            let mut entry = json!({"connector_id": id(at, *n).to_string()});
            match item.get {
                Get::Body(body) => {
                    let body = self.body(at, *n, *item, body);
                    entry["body"] = serde_json::from_str(&body).expect("JSON");
                }
                Get::NoSuch => entry["missing"] = true.into(),
                Get::Refused => entry["unread"] = json!({"kind": "access_denied"}),
                Get::Lost => return None,
            }
            Some(entry)
        };
        let connectors: Vec<Json> = held.iter().filter_map(connector).collect();
        let why = json!({"kind": "access_denied", "message": "no"});
        let mut saved = json!({"name": TARGETS[at]});
        if target.is_known || self.is_one_place {
            saved["account"] = self.account(at).into();
            saved["region"] = REGION.into();
        }
        match target.reach {
            Reach::Read if self.way == Way::NoSummaries => {
                saved["listing"] = json!({"complete": true});
            }
            Reach::Read => saved["listing"] = json!({"complete": true, "summaries": summaries}),
            Reach::Unread => {
                saved["status"] = "unread".into();
                saved["reason"] = why;
                return saved;
            }
            Reach::ListingUnread => saved["listing"] = json!({"complete": false, "unread": why}),
            Reach::ListingPartial => {
                saved["listing"] = json!({"complete": false, "summaries": summaries});
            }
            Reach::HubOff | Reach::HubUnknown => {
                let said = if target.reach == Reach::HubOff {
                    OFF
                } else {
                    OTHER
                };
                let said = format!("ConflictException: {said}");
                saved["hub"] = "disabled".into();
                saved["status"] = "unread".into();
                saved["reason"] = json!({"kind": "hub_disabled", "message": said});
            }
        }
        saved["connectors"] = connectors.into();
        saved
    }

    /// What the AWS CLI printed of all that answers.
    fn answers(&self) -> String {
        let body = |at: usize| {
            let held = self.held(at).into_iter();
            held.filter_map(move |(n, item)| match item.get {
                Get::Body(body) => Some(self.body(at, n, item, body)),
                Get::NoSuch | Get::Refused | Get::Lost => None,
            })
        };
        let all: Vec<_> = (0..self.targets.len()).flat_map(body).collect();
        format!("[{}]", all.join(","))
    }

    /// What is observed; `None` where the file is refused, so that nothing is judged.
    fn observations(&self, plan: &Plan) -> Option<Observations> {
        let replayed = |text: &str| Some(ObservedFile::parse(text).ok()?.to_observations(plan));
        match self.way {
            Way::Live => Some(self.live(plan)),
            Way::Again => {
                let live = self.live(plan);
                let taken = snapshot::from_observations(&live, NOW.parse().expect("a time"));
                replayed(&snapshot::serialise(&taken).expect("a text"))
            }
            Way::Snapshot | Way::NoSummaries => replayed(&self.snapshot()),
            Way::Answers => replayed(&self.answers()),
        }
    }
}

fn refused() -> Unread {
    Unread::new(UnreadReason::AccessDenied, "no")
}

// ---- what is true of it ----

/// What is true of a run.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each may be true by itself")]
struct Truth {
    /// Something that had to be read was not read, or could not be judged.
    incomplete: bool,
    /// Something that was read was checked by nothing.
    unchecked: bool,
    /// A target was asked nothing.
    not_asked: bool,
    /// A built-in rule fails.
    fails: bool,
    changed: bool,
    missing: bool,
    unmanaged: bool,
}

impl Scenario {
    fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for at in 0..self.targets.len() {
            self.of_target(at, &mut truth);
        }
        truth.incomplete |= self.is_one_place && self.targets.iter().all(Target::shows_itself);
        truth
    }

    fn of_target(&self, at: usize, truth: &mut Truth) {
        let target = &self.targets[at];
        if !target.is_asked() {
            // That it can't be reached is found out all the same.
            truth.not_asked = true;
            return;
        }
        if target.reach == Reach::HubOff {
            // Who has only answers knows nothing of it.
            truth.incomplete |= self.way == Way::Answers;
            return;
        }
        let is_whole =
            target.reach == Reach::Read && !matches!(self.way, Way::Answers | Way::NoSummaries);
        if target.reach == Reach::Unread && self.way != Way::Answers {
            truth.incomplete = true;
            return;
        }
        if target.lists() && !is_whole {
            truth.incomplete = true;
            return;
        }
        let held = self.held(at);
        if self.is_file() && !target.is_known && !self.is_one_place {
            // Whose account it is, only the answers say: then they must be of one.
            truth.incomplete |= self.places(at) > 1;
        }
        for (n, item) in &held {
            self.of_item(at, *n, *item, truth);
        }
    }

    /// Whether there is a snapshot whose list can be believed to be whole.
    fn has_whole_list(&self, at: usize) -> bool {
        let lacks = |it: &Item| it.listed == Listed::Not && it.answers_of_here();
        let is_bad = |(_, it): &(usize, Item)| lacks(it) || it.listed == Listed::OfAccount;
        self.way == Way::Snapshot
            && self.targets[at].reach == Reach::Read
            && !self.held(at).iter().any(is_bad)
    }

    const fn is_file(&self) -> bool {
        matches!(self.way, Way::Snapshot | Way::NoSummaries | Way::Answers)
    }

    /// In how many accounts and regions the answers about a target are.
    fn places(&self, at: usize) -> usize {
        let held = self.held(at);
        let place = |(_, item): &(usize, Item)| match item.get {
            Get::Body(Body::OfAccount) => Some(1),
            Get::Body(Body::OfRegion) => Some(2),
            Get::Body(Body::OfNobody | Body::Lacks("/ConnectorArn"))
            | Get::NoSuch
            | Get::Refused
            | Get::Lost => None,
            Get::Body(_) => Some(0),
        };
        held.iter()
            .filter_map(place)
            .collect::<BTreeSet<i32>>()
            .len()
    }

    fn of_item(&self, at: usize, n: usize, item: Item, truth: &mut Truth) {
        let target = &self.targets[at];
        let is_expected = item.expects != Expects::NotIt;
        let by_id = is_expected && target.identity != Identity::Name;
        let listed = target.lists() && item.listed != Listed::Not;
        let name = Self::listed_name(n, item).filter(|_| listed);
        if listed
            && item.listed == Listed::OfAccount
            && self.is_snapshot()
            && target.says_whose(self)
        {
            truth.incomplete = true;
            return;
        }
        if is_expected && !by_id {
            let held = self.held(at);
            let own = Some(format!("c{n}"));
            let named = held
                .iter()
                .filter(|(n, it)| Self::listed_name(*n, *it) == own);
            let nameless = held.iter().any(|(_, it)| it.listed == Listed::Nameless);
            match named.count() {
                _ if nameless => truth.incomplete = true,
                0 => truth.missing = true,
                1 => {}
                _ => truth.incomplete = true,
            }
        }
        // By its name the list may show another item as the one that is expected.
        let expected = target.items.iter().enumerate();
        let mut expected = expected.filter(|(_, it)| it.expects != Expects::NotIt);
        let by_name = target.identity == Identity::Name
            && expected.any(|(n, _)| name == Some(format!("c{n}")));
        let is_managed = by_id || by_name;
        if !(by_id || listed && (target.looks_for_others() || by_name)) {
            // Nobody asks for it; a file may hold its answer all the same.
            let contradicts = target.lists() && !listed && item.answers_of_here();
            truth.incomplete |= contradicts && self.is_snapshot();
            return;
        }
        let is_aside = !is_managed
            && target.unmanaged == Unmanaged::Except
            && name.as_ref().is_some_and(|name| name.starts_with("stg-"));
        let Get::Body(body) = item.get else {
            let is_gone = match item.get {
                Get::NoSuch => !listed && self.way != Way::Answers,
                // A whole list says which others were there when the snapshot was taken.
                Get::Lost => item.listed == Listed::Not && self.has_whole_list(at),
                Get::Body(_) | Get::Refused => false,
            };
            // What is another team's by all that is known of it is theirs.
            truth.missing |= is_gone && by_id;
            truth.incomplete |= !is_gone && !is_aside;
            return;
        };
        let answer_name = Self::name(n, item);
        let has_name = body != Body::Lacks("/Name");
        let renamed = has_name && name.as_ref().is_some_and(|name| *name != answer_name);
        let unlisted = target.lists() && !listed && item.answers_of_here();
        let is_of_elsewhere = self.is_of_elsewhere(at, item, body);
        if is_aside && (!renamed || is_of_elsewhere) {
            return;
        }
        if renamed || unlisted || is_of_elsewhere || body.lacks_what_is_promised() {
            truth.incomplete = true;
            return;
        }
        truth.unmanaged |=
            !is_managed && matches!(target.unmanaged, Unmanaged::Fail | Unmanaged::Except);
        let expects = if is_managed {
            item.expects
        } else {
            Expects::NotIt
        };
        self.of_judged(at, body, expects, truth);
    }

    /// Of a connector that was read: what rules and expectations make of it.
    fn of_judged(&self, at: usize, body: Body, expects: Expects, truth: &mut Truth) {
        let compares = matches!(expects, Expects::Project | Expects::NoDomain);
        let is_unknown = body == Body::UnknownProvider;
        // Its settings were not read, and so they are not absent.
        truth.incomplete |= is_unknown && (compares || expects == Expects::NoInstance);
        truth.changed |= expects == Expects::Project
            && matches!(
                body,
                Body::OtherProject | Body::Lacks("/ProviderDetail/JiraCloud/ProjectKey")
            );
        let has_verdict = match self.rules {
            Rules::OffInFirst if at == 0 => false,
            Rules::Builtin | Rules::OffInFirst => {
                truth.incomplete |= is_unknown || matches!(body, Body::Strange(_));
                truth.fails |= matches!(
                    body,
                    Body::Lacks(
                        "/KmsKeyArn"
                            | "/EnablementStatus"
                            | "/ProviderDetail/JiraCloud/AuthStatus"
                            | "/ProviderDetail/JiraCloud/ProjectKey"
                    )
                );
                true
            }
            Rules::OfOthers => {
                truth.incomplete |= is_unknown;
                is_unknown
            }
            Rules::NoDomain => {
                truth.incomplete |= is_unknown;
                true
            }
            Rules::HasName => true,
        };
        truth.unchecked |= !has_verdict && !compares;
    }

    const fn is_snapshot(&self) -> bool {
        matches!(self.way, Way::Snapshot | Way::NoSummaries)
    }

    /// Whether an answer is not one of the target, as far as it is known whose that is.
    fn is_of_elsewhere(&self, at: usize, item: Item, body: Body) -> bool {
        let target = &self.targets[at];
        let is_named = item.expects != Expects::NotIt && target.identity == Identity::Arn;
        match body {
            Body::OfNobody => true,
            Body::OfAccount | Body::OfRegion | Body::OfPartition => {
                target.says_whose(self) || is_named
            }
            // Nothing shows that it is the one that the inventory names.
            Body::Lacks("/ConnectorArn") => is_named,
            _ => false,
        }
    }
}

impl Target {
    fn is_asked(&self) -> bool {
        let is_expected = |it: &Item| it.expects != Expects::NotIt;
        self.looks_for_others() || self.items.iter().any(is_expected)
    }

    fn looks_for_others(&self) -> bool {
        self.unmanaged != Unmanaged::Ignore
    }

    fn lists(&self) -> bool {
        let is_expected = |it: &Item| it.expects != Expects::NotIt;
        let by_name = self.identity == Identity::Name && self.items.iter().any(is_expected);
        self.looks_for_others() || by_name
    }

    /// Whether the account and region are known otherwise than by the answers.
    fn says_whose(&self, scenario: &Scenario) -> bool {
        self.is_known || scenario.is_one_place || !scenario.is_file()
    }

    /// Whether something is observed there.
    fn shows_itself(&self) -> bool {
        self.reach != Reach::Unread && self.is_asked()
    }
}

impl Item {
    fn answers_of_here(&self) -> bool {
        matches!(self.get, Get::Body(body) if !matches!(
            body,
            Body::OfAccount | Body::OfRegion | Body::OfPartition | Body::OfNobody
        ))
    }
}

impl Body {
    fn lacks_what_is_promised(self) -> bool {
        matches!(
            self,
            Self::Lacks(
                "/Name"
                    | "/CreatedAt"
                    | "/LastUpdatedAt"
                    | "/Health/ConnectorStatus"
                    | "/Health/LastCheckedAt"
                    | "/ProviderDetail"
            )
        )
    }
}

// ---- what is said of it ----

/// The reports that say that everything in scope was read and checked.
fn claims(audit: &Audit) -> Vec<&'static str> {
    let text = |format| String::from_utf8(render(format, audit, Style::default())).expect("text");
    let prometheus = text(Format::Prometheus);
    let sarif: Json = serde_json::from_str(&text(Format::Sarif)).expect("JSON");
    let ocsf = text(Format::Ocsf);
    let ocsf: Json = serde_json::from_str(ocsf.lines().next().expect("a run")).expect("JSON");
    let junit = text(Format::Junit);
    let passes = |name: &str| {
        let case = junit.find(&format!("name=\"{name}\"")).expect("a case");
        let end = junit[case..].find('>').expect("an end");
        junit[..=case + end].ends_with("/>")
    };
    let said = [
        ("text", text(Format::Text).contains("result: CLEAN")),
        ("markdown", text(Format::Markdown).contains('✅')),
        (
            "html",
            text(Format::Html).contains("Everything in scope was read and checked, and"),
        ),
        (
            "prometheus clean",
            prometheus.contains("hubdrift_clean 1\n"),
        ),
        (
            "prometheus complete",
            prometheus.contains("hubdrift_complete 1\n"),
        ),
        (
            "sarif",
            sarif["runs"][0]["invocations"][0]["executionSuccessful"] == true,
        ),
        ("ocsf", ocsf["compliance"]["status"] == "Pass"),
        ("junit complete", passes("complete")),
        ("junit verdict", passes("verdict")),
        ("gitlab", text(Format::Gitlab).trim() == "[]"),
        ("github", text(Format::Github).contains("CLEAN")),
    ];
    let said = said.into_iter().filter(|(_, says)| *says);
    said.map(|(name, _)| name).collect()
}

/// The rules of each kind with their settings, compiled once: that takes longer than judging.
fn policies() -> BTreeMap<Rules, (Policy, Vec<RuleSetting>)> {
    let own = |id: &str, providers: &str, body: &str| Source {
        path: format!("{id}.rhai"),
        text: format!(
            "const META = #{{id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\"{providers}}};\nfn check(ctx) {{ {body} }}\n"
        ),
    };
    let mut off =
        "version: 1\ntargets: {t0: {region: us-east-1}}\npolicies:\n  rules:\n".to_owned();
    for rule in policy::builtin() {
        let id = rule.path.replace("builtin:", "").replace(".rhai", "");
        writeln!(
            off,
            "    - {{rule: {id}, level: off, match: {{target: t0}}}}"
        )
        .expect("a text");
    }
    let off = SourceFile::from_bytes("hubdrift.yaml", off.into_bytes()).expect("a text");
    let off = inventory::parse(&[off]).expect("valid").policies.rules;
    let of = |sources, settings: Vec<RuleSetting>| {
        let policy = policy::compile(sources, &settings).expect("rules");
        (policy, settings)
    };
    let asks_domain = "if present(ctx.observed.provider.domain) { fail(\"d\") } else { pass() }";
    let asks_name = "if present(ctx.observed.name) { pass() } else { fail(\"n\") }";
    BTreeMap::from([
        (Rules::Builtin, of(policy::builtin(), Vec::new())),
        (Rules::OffInFirst, of(policy::builtin(), off)),
        (
            Rules::OfOthers,
            of(
                vec![own("of-others", ", providers: [\"SERVICENOW\"]", "pass()")],
                Vec::new(),
            ),
        ),
        (
            Rules::NoDomain,
            of(vec![own("no-domain", "", asks_domain)], Vec::new()),
        ),
        (
            Rules::HasName,
            of(vec![own("has-name", "", asks_name)], Vec::new()),
        ),
    ])
}

fn judge(
    scenario: &Scenario,
    inventory: &Inventory,
    plan: &Plan,
    policy: &Policy,
    observations: &Observations,
) -> Audit {
    audit(Inputs {
        inventory,
        plan,
        observations,
        policy,
        waivers: &[],
        now: NOW.parse().expect("a time"),
        judged: Judged {
            now: NOW.parse().ok(),
            flags: scenario.flags.clone(),
            ..Judged::default()
        },
        run: Run::default(),
        include_observed: false,
        interrupted: false,
    })
}

/// That a report has as unread what `coverage` has, in the same words and order, and counts the same.
fn assert_same_gaps(coverage: &ReadCoverage, report: &Json) -> Result<(), TestCaseError> {
    let ratio = |it: &Json| (it["done"].as_u64(), it["of"].as_u64());
    let (targets, connectors) = (coverage.targets, coverage.connectors);
    prop_assert_eq!(
        (Some(targets.done), Some(targets.of)),
        ratio(&report["judged"]["scope"]["targets"])
    );
    prop_assert_eq!(
        (Some(connectors.done), Some(connectors.of)),
        ratio(&report["summary"]["coverage"]["read"])
    );
    let findings = report["findings"].as_array().expect("findings").iter();
    let gaps = findings.filter(|it| it["kind"] == "unread" || it["kind"] == "unlisted");
    let gaps = gaps.map(|it| (it["address"].as_str(), it["message"].as_str()));
    let said = coverage.gaps.iter();
    let said = said.map(|it| (Some(&*it.address), Some(&*it.message)));
    prop_assert_eq!(said.collect::<Vec<_>>(), gaps.collect::<Vec<_>>());
    Ok(())
}

/// What a scenario comes to: the exit code.
fn check(
    scenario: &Scenario,
    policies: &BTreeMap<Rules, (Policy, Vec<RuleSetting>)>,
) -> Result<u8, TestCaseError> {
    let (policy, settings) = &policies[&scenario.rules];
    let inventory = scenario.inventory(settings);
    let truth = scenario.truth();
    let allow_empty = scenario.flags.allow_empty;
    let plan = plan(&inventory, &[], policy.needs_tags(), allow_empty);
    let Ok(plan) = plan else {
        prop_assert!(truth.not_asked && !allow_empty, "a plan is refused");
        return Ok(1);
    };
    prop_assert!(
        !truth.not_asked || allow_empty,
        "a target that nobody asks is planned"
    );
    let is_unchecked = |(at, target): (usize, &Target)| {
        let nothing = target.items.iter().any(|it| it.expects == Expects::Nothing);
        at == 0 && scenario.rules == Rules::OffInFirst && nothing
    };
    prop_assert_eq!(
        !never_checked(&inventory, &plan, policy).is_empty(),
        scenario.targets.iter().enumerate().any(is_unchecked),
        "what nothing would check is known before"
    );
    let Some(observations) = scenario.observations(&plan) else {
        return Ok(1);
    };
    let audit = judge(scenario, &inventory, &plan, policy, &observations);
    let code = audit.verdict.exit_code;
    let counts = |kind| !scenario.flags.report_only && scenario.flags.fail_on.contains(&kind);
    // Whatever the flags: what is not read is 4, and so is what nothing checked.
    if truth.incomplete || (truth.unchecked && !allow_empty) {
        prop_assert_eq!(code, 4, "{:?}", truth);
    }
    if code == 0 {
        for (found, kind) in [
            (truth.changed, FailOn::Changed),
            (truth.missing, FailOn::Missing),
            (truth.unmanaged, FailOn::Unmanaged),
            (truth.fails, FailOn::Policy),
        ] {
            prop_assert!(!(found && counts(kind)), "{:?} counts: {:?}", kind, truth);
        }
        prop_assert!(
            !truth.missing || allow_empty,
            "a missing connector was not judged"
        );
    }
    let may_claim = !truth.incomplete && !truth.unchecked && !truth.not_asked;
    // What no report may make of an incomplete run is asked in `reports.rs` as well.
    if !may_claim && (code != 4 || truth.unchecked || truth.not_asked) {
        prop_assert_eq!(claims(&audit), Vec::<&str>::new(), "{:?}", truth);
    }
    // So what is read back claims the same.
    let saved = render(Format::Json, &audit, Style::default());
    let read_back = json::parse(&saved).expect("a report");
    prop_assert_eq!(verify(&read_back), Ok(()));
    prop_assert!(read_back == audit, "it is read back otherwise");
    // What `hubdrift snapshot` says without judging is what the audit says.
    let coverage = read_coverage(&inventory, &plan, &observations);
    assert_same_gaps(&coverage, &serde_json::from_slice(&saved).expect("JSON"))?;
    for (record, target) in audit.targets.iter().zip(&scenario.targets) {
        let status = serde_json::to_value(record.status).expect("JSON");
        let is_read = status == "read";
        prop_assert!(
            !is_read || target.is_asked(),
            "{} was not asked",
            record.name
        );
    }
    Ok(code)
}

#[test]
fn exit_0_means_read_and_checked() {
    let policies = policies();
    let config = ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same cases each time: what they show is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = RefCell::new(BTreeMap::<(Way, u8), u32>::new());
    runner
        .run(&scenario(), |scenario| {
            let code = check(&scenario, &policies)?;
            *seen.borrow_mut().entry((scenario.way, code)).or_default() += 1;
            Ok(())
        })
        .expect("the promise");
    // The scenarios reach every code in every way that can, so that the property says something.
    let seen = seen.into_inner();
    let all: &[u8] = &[0, 1, 2, 3, 4];
    for (way, codes) in [
        (Way::Live, all),
        (Way::Again, all),
        (Way::Snapshot, all),
        (Way::Answers, &[0, 1, 4]),
    ] {
        for &code in codes {
            assert!(seen.contains_key(&(way, code)), "{way:?} {code}: {seen:?}");
        }
    }
}
