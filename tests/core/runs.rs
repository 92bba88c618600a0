//! Whole runs in process: an inventory and what its accounts hold go in, an audit comes out.

use std::collections::{BTreeMap, BTreeSet};

use hubdrift::{
    audit::{Audit, Flags, Input, InputKind, Inputs, Judged, Ratio, Run, Scope},
    inventory::{self},
    model::{
        Connector, ConnectorId, Fact, Hub, Listing, Observations, Observed, Reading, Summary,
        TargetObservation, Unread, UnreadReason, Value,
    },
    plan::{Shard, plan},
    policy::{self, Policy, Source},
    report::{Format, Style, json, render},
    saved::{self, Baseline, Part},
    text, waiver, wire,
    yaml::SourceFile,
};
use sha2::{Digest as _, Sha256};

pub const NOW: &str = "2026-11-22T12:00:00Z";

/// The id of the `n`th connector.
pub fn id(n: u32) -> ConnectorId {
    format!("00000000-0000-4000-8000-{n:012}")
        .parse()
        .expect("an id")
}

/// The id of the `n`th connector after it was made again.
pub fn second_id(n: u32) -> ConnectorId {
    id(n + 500)
}

/// A connector `c{n}` in which every built-in rule passes.
pub fn healthy(account: &str, n: u32, id: ConnectorId) -> Connector {
    let body = format!(
        r#"{{"ConnectorId":"{id}","ConnectorArn":"arn:aws:securityhub:us-east-1:{account}:connectorv2/{id}",
            "Name":"c{n}","Description":"d","KmsKeyArn":"arn:aws:kms:us-east-1:{account}:key/k",
            "CreatedAt":"2026-01-01T00:00:00Z","LastUpdatedAt":"2026-01-01T00:00:00Z","EnablementStatus":"ENABLED",
            "Health":{{"ConnectorStatus":"CONNECTED","LastCheckedAt":"2026-11-22T11:00:00Z","Message":"ok","Issues":[]}},
            "ProviderDetail":{{"JiraCloud":{{"AuthStatus":"ACTIVE","ProjectKey":"SEC"}}}}}}"#
    );
    wire::connector(body.as_bytes(), &id).expect("an answer")
}

/// What is to be seen of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Healthy,
    /// It has no KMS key, so that a rule fails.
    Keyless,
    /// Its description is this.
    Described(&'static str),
    /// A rule can't make anything of this status.
    Strange,
    Missing,
    Unread,
}

/// One target's account: what is there, by the number of the connector.
#[derive(Debug, Clone, Default)]
pub struct Held {
    pub connectors: BTreeMap<u32, Fate>,
    /// Nothing of it can be read.
    pub unread: bool,
}

/// A run: what goes in.
#[derive(Debug, Clone)]
pub struct Case {
    /// The inventory.
    pub inventory: String,
    /// The waivers file; empty for none.
    pub waivers: String,
    /// More rules than the built-in ones.
    pub rules: Vec<Source>,
    /// What each target's account holds.
    pub held: BTreeMap<String, Held>,
    pub flags: Flags,
    pub only: Vec<String>,
    pub shard: Option<Shard>,
    /// Connectors that were made again: they have their old names, and other ids and ARNs.
    pub again: BTreeSet<u32>,
    /// An earlier report, as it was written; nothing for a file that isn't there.
    pub baseline: Option<Vec<u8>>,
    pub now: &'static str,
}

impl Case {
    /// One target, `prod`, which holds these connectors.
    pub fn new(inventory: &str, held: &[(u32, Fate)]) -> Self {
        let target = format!(
            "version: 1\ntargets:\n  prod: {{account: \"111122223333\", region: us-east-1}}\n{inventory}"
        );
        let held = Held {
            connectors: held.iter().cloned().collect(),
            unread: false,
        };
        Self {
            inventory: target,
            waivers: String::new(),
            rules: Vec::new(),
            held: BTreeMap::from([("prod".to_owned(), held)]),
            flags: Flags::default(),
            only: Vec::new(),
            shard: None,
            again: BTreeSet::new(),
            baseline: None,
            now: NOW,
        }
    }

    /// The same against this report.
    pub fn against(&self, baseline: &Audit) -> Self {
        Self {
            baseline: Some(bytes(baseline)),
            ..self.clone()
        }
    }

    /// The same where what exists already doesn't count.
    pub fn new_only(mut self) -> Self {
        self.flags.new_only = true;
        self
    }

    /// The same with another fate of one of `prod`'s connectors.
    pub fn with(mut self, n: u32, fate: Fate) -> Self {
        let prod = self.held.get_mut("prod").expect("prod");
        prod.connectors.insert(n, fate);
        self
    }

    /// The same with the inventory changed.
    pub fn edited(mut self, from: &str, to: &str) -> Self {
        assert!(self.inventory.contains(from), "{from}");
        self.inventory = self.inventory.replace(from, to);
        self
    }

    /// The rules of the run.
    pub fn policy(&self) -> Policy {
        let inventory = inventory::parse(&[self.file()]).expect("valid");
        let sources = policy::builtin().into_iter().chain(self.rules.clone());
        policy::compile(sources.collect(), &inventory.policies.rules).expect("rules")
    }

    fn file(&self) -> SourceFile {
        SourceFile::from_bytes("hubdrift.yaml", self.inventory.clone().into_bytes()).expect("text")
    }

    /// Runs it.
    pub fn run(&self) -> Audit {
        self.run_with(&self.policy())
    }

    /// The same with rules that are compiled already.
    pub fn run_with(&self, policy: &Policy) -> Audit {
        let inventory = inventory::parse(&[self.file()]).expect("valid");
        let whole = plan(&inventory, &self.only, policy.needs_tags(), true).expect("a plan");
        let plan = match self.shard {
            Some(shard) => whole.shard(shard),
            None => whole,
        };
        let observations = Observations {
            targets: plan
                .targets
                .iter()
                .map(|plan| {
                    let account = plan.target.account.clone().expect("an account");
                    let held = self
                        .held
                        .get(&plan.target.name)
                        .cloned()
                        .unwrap_or_default();
                    observe(&plan.target.name, account, &held, &self.again)
                })
                .collect(),
            ..Observations::default()
        };
        let now: jiff::Timestamp = self.now.parse().expect("a time");
        let waivers = match self.waivers.as_str() {
            "" => Vec::new(),
            text => {
                let file = SourceFile {
                    path: "waivers.yaml".to_owned(),
                    text: text.to_owned(),
                };
                waiver::parse(&file, now.to_zoned(jiff::tz::TimeZone::UTC).date()).expect("waivers")
            }
        };
        let baseline = self.baseline.as_deref().map(|bytes| match bytes {
            [] => Baseline::none("last.json"),
            bytes => Baseline::of("last.json", json::parse(bytes).expect("a report")),
        });
        let input = |kind: InputKind, content: &[u8]| Input {
            path: kind.as_str().to_owned(),
            kind,
            sha256: text::hex(&Sha256::digest(content)),
            observed_at: None,
        };
        let mut files = vec![
            input(InputKind::Inventory, self.inventory.as_bytes()),
            input(InputKind::Waivers, self.waivers.as_bytes()),
        ];
        if let Some(bytes) = &self.baseline {
            files.push(input(InputKind::Baseline, bytes));
        }
        let inputs = Inputs {
            inventory: &inventory,
            plan: &plan,
            observations: &observations,
            policy,
            waivers: &waivers,
            now,
            judged: Judged {
                now: Some(now),
                since: None,
                now_overridden: true,
                flags: self.flags.clone(),
                scope: Scope {
                    targets: Ratio {
                        done: plan.targets.len() as u64,
                        of: plan.targets_of as u64,
                    },
                    shard: self.shard.map(|shard| shard.to_string()),
                    filters: plan.filters.clone(),
                },
                inputs: files,
                baseline: None,
                overrides: Vec::new(),
            },
            run: Run::default(),
            include_observed: true,
            interrupted: false,
        };
        saved::audit_against(inputs, baseline.as_ref())
    }

    /// The reports of `of` shards, read back from what each of them wrote.
    pub fn shards(&self, of: u32, policy: &Policy) -> Vec<Part> {
        let part = |number| {
            let shard = Some(Shard { number, of });
            let audit = Self {
                shard,
                ..self.clone()
            }
            .run_with(policy);
            Part {
                name: format!("shard-{number}.json"),
                audit: json::parse(&bytes(&audit)).expect("a report"),
            }
        };
        (1..=of).map(part).collect()
    }
}

fn observe(name: &str, account: String, held: &Held, again: &BTreeSet<u32>) -> TargetObservation {
    let id = |n: u32| {
        if again.contains(&n) {
            second_id(n)
        } else {
            id(n)
        }
    };
    let unread = || Unread::new(UnreadReason::AccessDenied, "no");
    let there = held.connectors.iter();
    let there = there.filter(|(_, fate)| **fate != Fate::Missing);
    let connectors = there.clone().map(|(n, fate)| {
        let mut connector = Box::new(healthy(&account, *n, id(*n)));
        let mut set = |fact, value: Option<&str>| {
            connector.set(fact, value.map(|text| Value::Text(text.to_owned())));
        };
        match fate {
            Fate::Keyless => set(Fact::KmsKeyArn, None),
            Fate::Described(text) => set(Fact::Description, Some(text)),
            Fate::Strange => set(Fact::EnablementStatus, Some("SNOOZED")),
            Fate::Healthy | Fate::Missing | Fate::Unread => {}
        }
        let observed = Observed {
            reading: match fate {
                Fate::Unread => unread().into(),
                _ => Reading::Present(connector.into()),
            },
            at: Some("2026-11-22T11:59:00Z".parse().expect("a time")),
            request_id: Some(format!("request-{n}")),
        };
        (id(*n), observed)
    });
    let connectors = connectors.collect();
    let summary = |(n, _): (&u32, &Fate)| Summary {
        id: id(*n),
        name: Some(format!("c{n}")),
    };
    TargetObservation {
        name: name.to_owned(),
        caller_arn: Some(format!("arn:aws:sts::{account}:assumed-role/hubdrift/run")),
        account: Some(account),
        region: Some("us-east-1".to_owned()),
        hub: Hub::Enabled,
        unread: held.unread.then(unread),
        listing: if held.unread {
            Listing::Unread(unread())
        } else {
            Listing::Complete(there.map(summary).collect())
        },
        connectors,
    }
}

/// The JSON report.
pub fn bytes(audit: &Audit) -> Vec<u8> {
    render(Format::Json, audit, Style::default())
}
