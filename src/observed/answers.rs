//! Answers of `GetConnectorV2` that the AWS CLI or boto3 saved become observations.
//!
//! Such a file holds single connectors, and neither who asked, nor which others exist, nor tags. So
//! a connector that isn't in it is unread (`not_in_file`), and never missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::reading::{present, unread};
use crate::{
    model::{
        ConnectorArn, ConnectorId, Fact, Hub, Listing, Observations, Observed, Reading, Requests,
        Summary, TargetObservation, Unread, UnreadReason,
    },
    plan::{Plan, Read, TargetPlan},
};

/// The answers of a file, by account, region and id.
#[derive(Debug, Clone, Default)]
pub struct Answers(BTreeMap<Place, BTreeMap<ConnectorId, SavedAnswer>>);

/// An account and a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    account: String,
    region: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {}", self.account, self.region)
    }
}

/// One answer.
#[derive(Debug, Clone)]
struct SavedAnswer {
    body: String,
    at: Option<Timestamp>,
    request_id: Option<String>,
}

impl Answers {
    /// Takes in one answer, about the connector of this ARN. `false` when there is one already.
    pub(super) fn insert(
        &mut self,
        arn: ConnectorArn,
        body: &str,
        at: Option<Timestamp>,
        request_id: Option<String>,
    ) -> bool {
        let ConnectorArn { arn, id } = arn;
        let place = Place {
            account: arn.account,
            region: arn.region,
        };
        let saved = SavedAnswer {
            body: body.to_owned(),
            at,
            request_id,
        };
        self.0.entry(place).or_default().insert(id, saved).is_none()
    }

    /// When each was answered, as far as the file says.
    pub(super) fn times(&self) -> impl Iterator<Item = Option<Timestamp>> {
        self.0.values().flatten().map(|(_, saved)| saved.at)
    }

    /// What `plan` asks for, as far as the file knows it.
    pub fn to_observations(&self, plan: &Plan) -> Observations {
        let only_one = plan.targets_of == 1;
        let observe = |plan: &TargetPlan| match self.place_of(plan, only_one) {
            Ok((place, answers)) => observe(place, answers, plan),
            Err(message) => unread(plan, Unread::new(UnreadReason::NotInFile, message)),
        };
        Observations {
            overrides: Vec::new(),
            targets: plan.targets.iter().map(observe).collect(),
            requests: Requests::default(),
        }
    }

    /// The answers that are of the plan's target, by their ARNs.
    fn place_of(
        &self,
        plan: &TargetPlan,
        only_one: bool,
    ) -> Result<(&Place, &BTreeMap<ConnectorId, SavedAnswer>), String> {
        let target = &plan.target;
        let fits = |found: &str, expected: &Option<String>| {
            expected.as_ref().is_none_or(|expected| expected == found)
        };
        let fitting: Vec<_> = self
            .0
            .iter()
            .filter(|(place, _)| {
                fits(&place.account, &target.account) && fits(&place.region, &target.region)
            })
            .collect();
        let is_exact = target.account.is_some() && target.region.is_some();
        let all = |places: Vec<&Place>| {
            let places: Vec<_> = places.into_iter().map(ToString::to_string).collect();
            places.join("; ")
        };
        match fitting.as_slice() {
            [one] if is_exact || only_one => Ok(*one),
            [_] => Err(
                "of several targets, this one doesn't say its account and region, so that it is \
                 not known whether the file's connectors are its own"
                    .to_owned(),
            ),
            [] if self.0.is_empty() => Err("the file holds no connector".to_owned()),
            [] => Err(format!(
                "the file holds no connector of this account and region; it has some of {}",
                all(self.0.keys().collect())
            )),
            several => Err(format!(
                "the file holds connectors of {}, and which of these is meant is not known: \
                 write the target's account and region",
                all(several.iter().map(|(place, _)| *place).collect())
            )),
        }
    }
}

/// Marks as unread the absent fields that an older client doesn't know. Clients print the fields that
/// they know and drop the others, so it isn't known whether the service sent them.
fn without_dropped(reading: Reading) -> Reading {
    let Reading::Present(mut connector) = reading else {
        return reading;
    };
    let noted = Arc::make_mut(&mut connector);
    // The API got both at the same time: a client knows both or neither.
    if noted.get(Fact::EnablementStatus).is_none() {
        noted.set_unread(Fact::EnablementStatus);
        noted.set_unread(Fact::EnablementStatusReason);
    }
    noted.set_unread(Fact::HealthIssues);
    Reading::Present(connector)
}

fn observe(
    place: &Place,
    answers: &BTreeMap<ConnectorId, SavedAnswer>,
    plan: &TargetPlan,
) -> TargetObservation {
    let of = |saved: &SavedAnswer, read: &Read| {
        let absent = "its tags are needed, and get-connector-v2 doesn't print them";
        let reading = present(&saved.body, read, Err(absent)).map(without_dropped);
        let reading = reading.unwrap_or_else(|why| {
            Reading::from(Unread {
                request_id: saved.request_id.clone(),
                ..why
            })
        });
        Observed {
            reading,
            at: saved.at,
            request_id: saved.request_id.clone(),
        }
    };
    let mut is_enabled = false;
    let summary = |(id, saved): (&ConnectorId, &SavedAnswer)| {
        let read = Read {
            id: *id,
            tags: false,
        };
        let name = match of(saved, &read).reading {
            Reading::Present(connector) => {
                is_enabled = true;
                connector.text(Fact::Name).map(str::to_owned)
            }
            Reading::Missing | Reading::Unread(_) => None,
        };
        Summary { id: *id, name }
    };
    let known: Vec<_> = answers.iter().map(summary).collect();
    let rest = Unread::new(
        UnreadReason::NotInFile,
        "the file holds single connectors, and doesn't say which others exist",
    );
    let listing = if plan.list {
        Listing::Partial { known, rest }
    } else {
        Listing::NotNeeded
    };
    let reads: BTreeSet<Read> = plan
        .first_reads()
        .into_iter()
        .chain(plan.further_reads(&listing))
        .collect();
    let read = |read: Read| {
        let observed = match answers.get(&read.id) {
            Some(saved) => of(saved, &read),
            None => Observed {
                reading: Reading::from(Unread::new(
                    UnreadReason::NotInFile,
                    "the file doesn't hold it",
                )),
                at: None,
                request_id: None,
            },
        };
        (read.id, observed)
    };
    TargetObservation {
        name: plan.target.name.clone(),
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        caller_arn: None,
        hub: if is_enabled {
            Hub::Enabled
        } else {
            Hub::Unknown
        },
        unread: None,
        listing,
        connectors: reads.into_iter().map(read).collect(),
    }
}
