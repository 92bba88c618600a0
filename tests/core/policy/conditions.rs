//! What each built-in rule demands, written a second time: a rule passes exactly then.
//!
//! Connectors of every provider are taken apart at random: facts are absent, empty, of another
//! account, too old, or an enum's value that nobody knows.

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use hubdrift::{inventory, yaml::SourceFile};

use super::*;

/// What a condition may look at.
struct Seen<'a> {
    connector: &'a Connector,
    target: &'a TargetFacts,
    tags_read: bool,
    team: &'a Team,
}

/// A team's settings: as an inventory writes them, and what they mean.
struct Team {
    rules: &'static str,
    fresh_hours: i64,
    pending_hours: i64,
    accounts: &'static [&'static str],
    description: fn(&str) -> bool,
    name: fn(&str) -> bool,
    keys: &'static [&'static str],
    domain: fn(&str) -> bool,
    instance: fn(&str) -> bool,
    azure_allowed: fn(&str) -> bool,
    gcp_allowed: fn(&str) -> bool,
    azure_covered: &'static [&'static str],
    gcp_covered: &'static [&'static str],
}

pub(super) const TEAM_COUNT: usize = TEAMS.len();

const TEAMS: [Team; 3] = [
    Team {
        rules: r"
    - {rule: description-set, level: mandatory}
    - {rule: name-convention, level: mandatory}
    - {rule: required-tags, level: mandatory, params: {keys: [team]}}
    - {rule: jira-domain-allowed, level: mandatory, params: {domains: [acme.atlassian.net]}}
    - {rule: servicenow-instance-allowed, level: mandatory, params: {instances: [acme]}}
    - {rule: cloud-regions-allowed, level: mandatory, params: {azure: [westeurope], gcp: [europe-west1]}}
    - {rule: cloud-regions-covered, level: mandatory, params: {azure: [westeurope], gcp: [europe-west1]}}
",
        fresh_hours: 24,
        pending_hours: 72,
        accounts: &[],
        description: |text| text.chars().any(|c| !c.is_whitespace()),
        name: |name| {
            name.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
        },
        keys: &["team"],
        domain: |domain| domain.eq_ignore_ascii_case("acme.atlassian.net"),
        instance: |instance| instance.eq_ignore_ascii_case("acme"),
        azure_allowed: |region| region == "westeurope",
        gcp_allowed: |region| region == "europe-west1",
        azure_covered: &["westeurope"],
        gcp_covered: &["europe-west1"],
    },
    Team {
        rules: r#"
    - {rule: health-check-fresh, params: {max_age_hours: 1}}
    - {rule: pending-authorization-not-stale, params: {max_age_hours: 24}}
    - {rule: kms-key-same-account-and-region, params: {accounts: ["999988887777"]}}
    - {rule: servicenow-secret-same-account-and-region, params: {accounts: ["999988887777"]}}
    - {rule: description-set, level: advisory, params: {pattern: "^Owner: "}}
    - {rule: name-convention, level: advisory, params: {pattern: "[A-Z][a-z]*|x"}}
    - {rule: required-tags, level: advisory, params: {keys: [team, cost-center]}}
    - {rule: jira-domain-allowed, level: advisory, params: {domains: ["*.example.com", "?cme.atlassian.net"]}}
    - {rule: servicenow-instance-allowed, level: advisory, params: {instances: ["*-acme", "acme-*"]}}
    - {rule: cloud-regions-allowed, level: advisory, params: {azure: ["*europe", "*us"], gcp: ["*"]}}
    - {rule: cloud-regions-covered, level: advisory, params: {azure: [westeurope, eastus], gcp: [us-east1, europe-west1]}}
"#,
        fresh_hours: 1,
        pending_hours: 24,
        accounts: &["999988887777"],
        description: |text| text.starts_with("Owner: "),
        name: |name| {
            let mut letters = name.chars();
            name == "x"
                || letters.next().is_some_and(|c| c.is_ascii_uppercase())
                    && letters.all(|c| c.is_ascii_lowercase())
        },
        keys: &["team", "cost-center"],
        domain: |domain| {
            let domain = domain.to_lowercase();
            domain.ends_with(".example.com")
                || domain.ends_with("cme.atlassian.net")
                    && domain.chars().count() == "acme.atlassian.net".len()
        },
        instance: |instance| {
            let instance = instance.to_lowercase();
            instance.ends_with("-acme") || instance.starts_with("acme-")
        },
        azure_allowed: |region| region.ends_with("europe") || region.ends_with("us"),
        gcp_allowed: |_| true,
        azure_covered: &["westeurope", "eastus"],
        gcp_covered: &["us-east1", "europe-west1"],
    },
    // Switched on and not set: there is nothing that could be right.
    Team {
        rules: r#"
    - {rule: description-set, level: mandatory, params: {pattern: "$^x"}}
    - {rule: name-convention, level: mandatory, params: {pattern: ""}}
    - {rule: required-tags, level: mandatory}
    - {rule: jira-domain-allowed, level: mandatory}
    - {rule: servicenow-instance-allowed, level: mandatory}
    - {rule: cloud-regions-allowed, level: mandatory}
    - {rule: cloud-regions-covered, level: mandatory}
"#,
        fresh_hours: 24,
        pending_hours: 72,
        accounts: &[],
        description: |_| false,
        name: |_| false,
        keys: &[],
        domain: |_| false,
        instance: |_| false,
        azure_allowed: |_| false,
        gcp_allowed: |_| false,
        azure_covered: &[],
        gcp_covered: &[],
    },
];

impl Seen<'_> {
    /// A text that is there and has more than blanks in it.
    fn text(&self, fact: Fact) -> Option<&str> {
        let text = self.connector.text(fact);
        text.filter(|text| text.chars().any(|c| !c.is_whitespace()))
    }

    fn is(&self, fact: Fact, members: &[&str]) -> bool {
        self.connector
            .text(fact)
            .is_some_and(|text| members.contains(&text))
    }

    fn is_for(&self, providers: &[&str]) -> bool {
        self.is(Fact::ProviderType, providers)
    }

    /// Not more than so many hours ago, and not more than five minutes ahead.
    fn within(&self, fact: Fact, hours: i64) -> bool {
        match self.connector.get(fact) {
            Some(Value::Time(time)) => {
                let age = now().as_second() - time.at.as_second();
                (-300..=hours * 3_600).contains(&age)
            }
            _ => false,
        }
    }

    /// Whether a list names something.
    fn names(&self, fact: Fact) -> bool {
        let blank = |text: &String| text.chars().all(char::is_whitespace);
        !self.set(fact).iter().all(blank)
    }

    fn set(&self, fact: Fact) -> &[String] {
        match self.connector.get(fact) {
            Some(Value::Set(set)) => set,
            _ => &[],
        }
    }

    /// Whether the ARN at `fact` is one of `service`, in the connector's region, and in its
    /// account or one that the team allows.
    fn is_at_home(&self, fact: Fact, service: &str) -> bool {
        let (account, region) = match self.text(Fact::ConnectorArn) {
            Some(own) => arn(own).map_or((None, None), |arn| (Some(arn[4]), Some(arn[3]))),
            None => (
                self.target.account.as_deref(),
                self.target.region.as_deref(),
            ),
        };
        let (Some(account), Some(region)) = (account, region) else {
            return false;
        };
        self.text(fact).and_then(arn).is_some_and(|arn| {
            arn[2] == service
                && !arn[3].is_empty()
                && arn[3] == region
                && !arn[4].is_empty()
                && !account.is_empty()
                && (arn[4] == account || self.team.accounts.contains(&arn[4]))
        })
    }
}

fn arn(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    (parts.len() == 6 && parts[0] == "arn").then_some(parts)
}

/// Whether nothing in the text ends a host's name or stands before one.
fn is_host(text: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.chars().all(of_name)
}

/// When a rule passes.
type Condition = fn(&Seen<'_>) -> bool;

const JIRA: &str = "JIRA_CLOUD";
const SERVICENOW: &str = "SERVICENOW";
const AZURE: &str = "AZURE";
const GCP: &str = "GCP";

#[expect(clippy::too_many_lines, reason = "a table")]
fn conditions() -> BTreeMap<&'static str, Condition> {
    let table: [(&str, Condition); 20] = [
        ("auth-active", |seen| {
            seen.is_for(&[JIRA, SERVICENOW]) && seen.is(Fact::ProviderAuthStatus, &["ACTIVE"])
        }),
        ("cloud-regions-allowed", |seen| {
            let within = |fact, allowed: fn(&str) -> bool| {
                seen.names(fact) && seen.set(fact).iter().all(|region| allowed(region))
            };
            seen.is_for(&[AZURE]) && within(Fact::ProviderAzureRegions, seen.team.azure_allowed)
                || seen.is_for(&[GCP]) && within(Fact::ProviderGcpRegions, seen.team.gcp_allowed)
        }),
        ("cloud-regions-covered", |seen| {
            let covers = |fact, regions: &[&str]| {
                let looked_at = |region: &&str| seen.set(fact).iter().any(|r| r == region);
                !regions.is_empty() && regions.iter().all(looked_at)
            };
            seen.is_for(&[AZURE]) && covers(Fact::ProviderAzureRegions, seen.team.azure_covered)
                || seen.is_for(&[GCP]) && covers(Fact::ProviderGcpRegions, seen.team.gcp_covered)
        }),
        ("cloud-scope-not-empty", |seen| {
            let regions = if seen.is_for(&[AZURE]) {
                Fact::ProviderAzureRegions
            } else {
                Fact::ProviderGcpRegions
            };
            let whole = seen.is(Fact::ProviderScopeType, &["TENANT", "ORGANIZATION"]);
            let parts = seen.is(Fact::ProviderScopeType, &["SUBSCRIPTION", "PROJECT"]);
            seen.is_for(&[AZURE, GCP])
                && seen.names(regions)
                && (whole || parts && seen.names(Fact::ProviderScopeValues))
        }),
        ("connector-connected", |seen| {
            seen.is(Fact::HealthConnectorStatus, &["CONNECTED"])
        }),
        ("description-set", |seen| {
            seen.text(Fact::Description)
                .is_some_and(seen.team.description)
        }),
        ("enablement-enabled", |seen| {
            seen.is(Fact::EnablementStatus, &["ENABLED"])
        }),
        ("enablement-not-failed", |seen| {
            let right = [
                "ENABLED",
                "PENDING_ENABLEMENT",
                "PENDING_UPDATE",
                "PENDING_DELETION",
            ];
            seen.is(Fact::EnablementStatus, &right)
        }),
        ("health-check-fresh", |seen| {
            seen.within(Fact::HealthLastCheckedAt, seen.team.fresh_hours)
        }),
        ("jira-domain-allowed", |seen| {
            let domain = seen.text(Fact::ProviderDomain);
            seen.is_for(&[JIRA]) && domain.is_some_and(|it| is_host(it) && (seen.team.domain)(it))
        }),
        ("jira-project-key-set", |seen| {
            seen.is_for(&[JIRA]) && seen.text(Fact::ProviderProjectKey).is_some()
        }),
        ("kms-key-same-account-and-region", |seen| {
            seen.is_for(&[JIRA, SERVICENOW]) && seen.is_at_home(Fact::KmsKeyArn, "kms")
        }),
        ("kms-key-set", |seen| {
            seen.is_for(&[JIRA, SERVICENOW])
                && seen.text(Fact::KmsKeyArn).and_then(arn).is_some_and(|arn| {
                    let id = arn[5].strip_prefix("key/");
                    arn[2] == "kms" && id.is_some_and(|id| !id.is_empty())
                })
        }),
        ("name-convention", |seen| {
            seen.text(Fact::Name).is_some_and(seen.team.name)
        }),
        ("no-health-issues", |seen| {
            let issues = seen.connector.get(Fact::HealthIssues);
            seen.connector.get(Fact::HealthConnectorStatus).is_some()
                && issues == Some(&Value::Issues(Vec::new()))
        }),
        ("pending-authorization-not-stale", |seen| {
            let status = Fact::HealthConnectorStatus;
            let pending = ["PENDING_AUTHORIZATION", "PENDING_CONFIGURATION"];
            let others = ["CONNECTED", "DEGRADED", "FAILED_TO_CONNECT", "UNKNOWN"];
            seen.is(status, &others)
                || seen.is(status, &pending)
                    && seen.within(Fact::CreatedAt, seen.team.pending_hours)
        }),
        ("provider-recognised", |seen| {
            seen.is_for(&[JIRA, SERVICENOW, AZURE, GCP])
        }),
        ("required-tags", |seen| {
            let tags = seen.connector.tags();
            let keys = seen.team.keys;
            let set = |key: &&str| tags?.get(*key).filter(|value| !value.trim().is_empty());
            seen.tags_read && !keys.is_empty() && keys.iter().all(|key| set(key).is_some())
        }),
        ("servicenow-instance-allowed", |seen| {
            let instance = seen.text(Fact::ProviderInstanceName);
            seen.is_for(&[SERVICENOW])
                && instance.is_some_and(|it| is_host(it) && (seen.team.instance)(it))
        }),
        ("servicenow-secret-same-account-and-region", |seen| {
            seen.is_for(&[SERVICENOW]) && seen.is_at_home(Fact::ProviderSecretArn, "secretsmanager")
        }),
    ];
    table.into()
}

/// What a fact can be instead of what is right.
fn others(fact: Fact) -> Vec<Value> {
    let texts = |texts: &[&str]| {
        let texts = texts.iter().map(|text| Value::Text((*text).to_owned()));
        texts.collect::<Vec<_>>()
    };
    match facts::spec(fact).kind {
        Kind::Enum(members) => {
            let mut names = members.members.to_vec();
            names.extend(["SOMETHING_NEW", "active", ""]);
            texts(&names)
        }
        Kind::Time => [
            "2026-11-22T09:04:59Z",
            "2026-11-22T09:05:01Z",
            "2026-11-22T08:00:00Z",
            "2026-11-22T07:59:59Z",
            "2026-11-21T09:00:00Z",
            "2026-11-21T08:59:59Z",
            "2026-11-19T09:00:00Z",
            "2026-11-19T08:59:59Z",
            "1970-01-01T00:00:00Z",
            "9000-12-31T23:59:59Z",
        ]
        .into_iter()
        .filter_map(time)
        .collect(),
        Kind::Issues => {
            let issue = |code: Option<&str>, message: Option<&str>| Issue {
                code: code.map(str::to_owned),
                message: message.map(str::to_owned),
            };
            let lists = [
                vec![issue(Some("NO_HEALTH_DATA"), Some("none"))],
                vec![issue(Some("SOMETHING_NEW"), None), issue(None, None)],
            ];
            lists.into_iter().map(Value::Issues).collect()
        }
        Kind::Tags => [
            &[][..],
            &[("team", "")],
            &[("team", " "), ("cost-center", "1")],
            &[("team", "a"), ("cost-center", "1")],
            &[("Team", "a")],
        ]
        .into_iter()
        .map(|tags| {
            let tags = tags.iter();
            Value::Tags(
                tags.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
            )
        })
        .collect(),
        Kind::Arn => texts(&[
            "",
            "no ARN",
            "arn:aws:kms:us-east-1:111122223333:key/a",
            "arn:aws:kms:us-east-1:999988887777:key/a",
            "arn:aws:kms:eu-west-1:111122223333:key/a",
            "arn:aws:kms:eu-west-1:999988887777:key/a",
            "arn:aws:kms::111122223333:key/a",
            "arn:aws:kms:us-east-1::key/a",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:a",
            "arn:aws:secretsmanager:us-east-1:999988887777:secret:a",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a",
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:securityhub:eu-west-1:999988887777:connectorv2/a",
        ]),
        Kind::Set => other_sets(fact),
        Kind::Text => texts(&[
            "",
            " ",
            "x",
            "X",
            "Jira",
            "jira--secops",
            "jira-secops\nx",
            "jira-secops ",
            "Owner: secops",
            "ACME.atlassian.net",
            "bcme.atlassian.net",
            "acme.atlassian.net.evil.example",
            "jira.example.com",
            "evil.example/x.example.com",
            "evil.example/x-acme",
            "acme-emea",
            "Acme-EMEA",
            "ACME",
            "evil-acme",
            "\u{1b}[2J",
        ]),
    }
}

/// The same for lists whose order means nothing.
fn other_sets(fact: Fact) -> Vec<Value> {
    let sets: &[&[&str]] = match fact {
        Fact::ProviderAzureRegions => &[
            &[],
            &["", " "],
            &["eastus", "westeurope"],
            &["northeurope"],
            &["europe-west1"],
            &["eastus2", "westeurope"],
        ],
        Fact::ProviderGcpRegions => &[&[], &[""], &["europe-west1", "us-east1"], &["us-east1"]],
        _ => &[&[], &[""], &["a", "b"], &["", "a"]],
    };
    let set = |set: &&[&str]| Value::Set(set.iter().map(|text| (*text).to_owned()).collect());
    sets.iter().map(set).collect()
}

/// A connector that every rule for its provider passes under the first team's settings.
pub(super) fn sound(provider: &str) -> Connector {
    let mut connector = connector(provider);
    let set = |text: &str| Some(Value::Set(vec![text.to_owned()]));
    let region = ":us-east-1:111122223333:";
    for (fact, value) in [
        (
            Fact::ConnectorArn,
            text(&format!("arn:aws:securityhub{region}connectorv2/a")),
        ),
        (Fact::Description, text("Jira for the security team")),
        (Fact::ProviderProjectKey, text("SEC")),
        (Fact::ProviderDomain, text("acme.atlassian.net")),
        (Fact::ProviderInstanceName, text("acme")),
        (
            Fact::ProviderSecretArn,
            text(&format!("arn:aws:secretsmanager{region}secret:a")),
        ),
        (Fact::ProviderScopeType, text("SUBSCRIPTION")),
        (Fact::ProviderAzureRegions, set("westeurope")),
        (Fact::ProviderGcpRegions, set("europe-west1")),
        (
            Fact::Tags,
            Some(Value::Tags([("team".into(), "secops".into())].into())),
        ),
    ] {
        connector.set(fact, value);
    }
    connector
}

/// What becomes of a sound connector.
#[derive(Debug, Clone)]
pub(super) struct World {
    provider: &'static str,
    pub team: usize,
    account: Option<&'static str>,
    region: Option<&'static str>,
    tags_read: bool,
    /// For each fact: as it is, absent, or another value.
    fates: Vec<Fate>,
}

#[derive(Debug, Clone)]
enum Fate {
    Kept,
    Absent,
    Other(Index),
}

pub(super) fn world() -> impl Strategy<Value = World> + Clone {
    let fates = |kept, absent, other| {
        let fate = prop_oneof![
            kept => Just(Fate::Kept),
            absent => Just(Fate::Absent),
            other => any::<Index>().prop_map(Fate::Other),
        ];
        prop::collection::vec(fate, Fact::COUNT)
    };
    (
        prop::sample::select(vec![JIRA, SERVICENOW, AZURE, GCP]),
        prop_oneof![4 => Just(0_usize), 4 => Just(1), 1 => Just(2)],
        prop::sample::select(vec![Some("111122223333"), Some("999988887777"), None]),
        prop::sample::select(vec![Some("us-east-1"), Some("eu-west-1"), None]),
        prop::bool::weighted(0.9),
        // Mostly sound, so that rules pass at all; else with hardly anything left of it.
        prop_oneof![4 => fates(14, 1, 3), 1 => fates(1, 2, 1)],
    )
        .prop_map(
            |(provider, team, account, region, tags_read, fates)| World {
                provider,
                team,
                account,
                region,
                tags_read,
                fates,
            },
        )
}

impl World {
    pub(super) fn case(&self) -> Case {
        let mut connector = sound(self.provider);
        for (fact, fate) in Fact::ALL.iter().zip(&self.fates) {
            match fate {
                Fate::Kept => {}
                Fate::Absent => connector.set(*fact, None),
                Fate::Other(index) => connector.set(*fact, Some(index.get(&others(*fact)).clone())),
            }
        }
        Case {
            target: Arc::new(TargetFacts {
                name: "prod".to_owned(),
                account: self.account.map(str::to_owned),
                region: self.region.map(str::to_owned),
            }),
            connector: Arc::new(connector),
            tags_read: self.tags_read,
            expected: Vec::new(),
            drift: Vec::new(),
            ..Case::new()
        }
    }
}

/// The built-in rules as the team at `team` sets them.
pub(super) fn policy_of_team(team: usize) -> Policy {
    policy_of(&TEAMS[team])
}

fn policy_of(team: &Team) -> Policy {
    let file = SourceFile {
        path: "hubdrift.yaml".into(),
        text: format!("version: 1\npolicies:\n  rules:{}", team.rules),
    };
    let inventory = inventory::parse(&[file]).unwrap_or_else(|problems| panic!("{problems:?}"));
    policy::compile(policy::builtin(), &inventory.policies.rules)
        .unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

#[test]
fn every_built_in_rule_has_its_condition_here() {
    let rules = compile(policy::builtin());
    let ids: Vec<_> = rules.rules().iter().map(|rule| &*rule.meta.id).collect();
    assert_eq!(ids, conditions().into_keys().collect::<Vec<_>>());
}

#[test]
fn a_sound_connector_passes_every_rule_that_is_for_it() {
    let policy = policy_of(&TEAMS[0]);
    for provider in [JIRA, SERVICENOW, AZURE, GCP] {
        let case = Case {
            connector: Arc::new(sound(provider)),
            tags_read: true,
            ..Case::new()
        };
        let results = case.judge(&policy);
        assert_eq!(results.len(), conditions().len());
        for (rule, result) in policy.rules().iter().zip(results) {
            let is_for = rule.meta.providers.as_ref();
            let wanted = if is_for.is_none_or(|all| all.iter().any(|p| p == provider)) {
                Outcome::Pass
            } else {
                Outcome::NotApplicable
            };
            assert_eq!(result.outcome, wanted, "{provider}: {result:?}");
        }
    }
}

#[test]
fn a_rule_passes_exactly_where_its_condition_holds() {
    let policies = TEAMS.each_ref().map(policy_of);
    let conditions = conditions();
    let seen = std::cell::RefCell::new(BTreeMap::<(&str, bool), u32>::new());
    let config = Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    };
    // The same cases each time: what they show is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&world(), |world| {
        let case = world.case();
        for result in case.judge(&policies[world.team]) {
            let (id, condition) = conditions
                .get_key_value(&*result.rule)
                .expect("a condition");
            let holds = condition(&Seen {
                connector: &case.connector,
                target: &case.target,
                tags_read: case.tags_read,
                team: &TEAMS[world.team],
            });
            prop_assert_eq!(
                result.outcome == Outcome::Pass,
                holds,
                "{:?}\n{:?}",
                result,
                case.connector
            );
            *seen.borrow_mut().entry((*id, holds)).or_default() += 1;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // A test of cases in which a rule always passes, or never, would show nothing.
    for id in conditions.keys() {
        for holds in [true, false] {
            let times = seen.borrow().get(&(*id, holds)).copied().unwrap_or(0);
            assert!(times >= 10, "{id} {holds}: {times} times");
        }
    }
}
