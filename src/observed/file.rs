//! The text of a file that is checked instead of AWS becomes a snapshot or a set of saved answers,
//! or an error with its place; and either becomes the observations that a plan asks for.

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::{Deserializer, value::RawValue};

use super::{
    answers::Answers,
    parse_error::ParseError,
    snapshot::{self, Answer, Connector, Listing, Snapshot},
};
use crate::{
    model::{ConnectorArn, Observations},
    plan::Plan,
    wire::{self, Form},
};

/// A file that can be checked instead of AWS.
#[derive(Debug, Clone)]
pub enum ObservedFile<'a> {
    /// A snapshot.
    Snapshot(Box<Snapshot<'a>>),
    /// Answers that the AWS CLI or boto3 wrote down.
    Answers(Answers),
}

/// From when to when the contents of a file were observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The earliest time.
    pub from: Timestamp,
    /// The latest time.
    pub to: Timestamp,
}

impl<'a> ObservedFile<'a> {
    /// Reads a snapshot, an answer of `GetConnectorV2`, an array of such answers, or one after
    /// the other.
    ///
    /// # Errors
    /// When it is none of these; the first place where that shows. The message repeats nothing of
    /// an answer but ids.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Most files are snapshots, and large: trying that first reads them once.
        if let Ok(snapshot) = snapshot::parse(text) {
            refuse_contradictions(text, &snapshot)?;
            return Ok(Self::Snapshot(Box::new(snapshot)));
        }
        let mut answers = Answers::default();
        let mut any = false;
        for value in Deserializer::from_str(text).into_iter::<&RawValue>() {
            let value = value.map_err(|error| {
                let error = ParseError::from(&error);
                let advice = if any { "" } else { ADVICE };
                ParseError {
                    message: format!("{}{advice}", error.message),
                    ..error
                }
            })?;
            let is_first = !std::mem::replace(&mut any, true);
            let list: Vec<&RawValue> = match serde_json::from_str(value.get()) {
                Ok(list) if value.get().starts_with('[') => list,
                _ => vec![value],
            };
            for value in list {
                let at = |message: String| ParseError::at(text, value.get(), message);
                match wire::form(value.get()).map_err(|error| at(format!("{error}{ADVICE}")))? {
                    Form::Ours if is_first => {
                        return snapshot::parse(text).map(Box::new).map(Self::Snapshot);
                    }
                    form => take(&mut answers, form, value.get()).map_err(at)?,
                }
            }
        }
        if any {
            Ok(Self::Answers(answers))
        } else {
            Err(ParseError::at(
                text,
                text,
                format!("the file is empty{ADVICE}"),
            ))
        }
    }

    /// What `plan` asks for, as far as the file knows it.
    pub fn to_observations(&self, plan: &Plan) -> Observations {
        match self {
            Self::Snapshot(snapshot) => snapshot::to_observations(snapshot, plan),
            Self::Answers(answers) => answers.to_observations(plan),
        }
    }

    /// When the latest of its contents was observed; `None` when it gives no time at all.
    pub fn latest(&self) -> Option<Timestamp> {
        match self {
            Self::Snapshot(snapshot) => {
                let connectors = snapshot.targets.iter().flat_map(|it| &it.connectors);
                let read = connectors.filter_map(|connector| connector.observed_at);
                read.chain(snapshot.taken_at).max()
            }
            Self::Answers(answers) => answers.times().flatten().max(),
        }
    }

    /// From when to when its contents were observed; `None` when the time of any of them is absent.
    pub fn age(&self) -> Option<Age> {
        let times: Option<Vec<Timestamp>> = match self {
            Self::Snapshot(snapshot) => snapshot.taken_at.map(|taken_at| {
                let connectors = snapshot.targets.iter().flat_map(|it| &it.connectors);
                let read = connectors.filter_map(|connector| connector.observed_at);
                read.chain([taken_at]).collect()
            }),
            Self::Answers(answers) => answers.times().collect(),
        };
        let times = times?;
        Some(Age {
            from: *times.iter().min()?,
            to: *times.iter().max()?,
        })
    }
}

/// What is expected instead, for the end of a message.
const ADVICE: &str =
    "; a snapshot is expected, or what `aws securityhub get-connector-v2 --output json` prints";

/// Takes in an answer, or says why it is none.
fn take(answers: &mut Answers, form: Form, body: &str) -> Result<(), String> {
    let (id, arn, at, request_id) = match form {
        Form::Answer {
            id,
            arn,
            at,
            request_id,
        } => (id, arn, at, request_id),
        Form::List => {
            return Err(
                "this is what list-connectors-v2 prints, which lacks most of what is checked: save \
                 what `aws securityhub get-connector-v2 --connector-id ID` prints for each connector, or \
                 use `hubdrift snapshot`"
                    .to_owned(),
            );
        }
        Form::Nothing => {
            return Err(
                "`{}` says nothing: the AWS CLI prints that for an answer it could not read"
                    .to_owned(),
            );
        }
        Form::Ours => return Err("a snapshot stands alone in its file".to_owned()),
        Form::Other => return Err(format!("there is no ConnectorId{ADVICE}")),
    };
    let Some(arn) = arn else {
        return Err(format!(
            "connector {id} has no ConnectorArn, so whose it is is not known"
        ));
    };
    let arn: ConnectorArn = arn.parse().map_err(|error| format!("{error}"))?;
    if arn.id.as_str() != id {
        return Err(format!("the ARN {} is not that of {id}", arn.arn));
    }
    if answers.insert(arn, body, at, request_id) {
        Ok(())
    } else {
        Err(format!(
            "connector {id} is there twice, and which answer holds is not known"
        ))
    }
}

/// Refuses a snapshot in which a target contradicts itself: hubdrift never writes one.
fn refuse_contradictions(text: &str, snapshot: &Snapshot<'_>) -> Result<(), ParseError> {
    for target in &snapshot.targets {
        let bodies: Vec<_> = target.connectors.iter().filter_map(body).collect();
        let is_empty = |list: &Listing<'_>| list.complete && list.summaries.is_empty();
        if target.listing.as_ref().is_some_and(is_empty)
            && let Some(body) = bodies.first()
        {
            let message = format!(
                "the listing of target `{}` is `complete` and holds none, and here is a connector of it",
                target.name
            );
            return Err(ParseError::at(text, body, message));
        }
        // The connector's ARN without its id.
        let home = |body: &&str| {
            let text = wire::arn(body)?;
            let arn: ConnectorArn = text.parse().ok()?;
            Some(text.strip_suffix(arn.id.as_str())?.to_owned())
        };
        let homes: Vec<_> = bodies.par_iter().map(home).collect();
        let Some(first) = homes.iter().flatten().next() else {
            continue;
        };
        let other = homes
            .iter()
            .position(|it| it.as_ref().is_some_and(|it| it != first));
        if let Some(at) = other {
            let message = format!(
                "target `{}` has answers of two places: by their ARNs, this one is of another account, \
                 region or partition than those before it",
                target.name
            );
            return Err(ParseError::at(text, bodies[at], message));
        }
    }
    Ok(())
}

/// The answer about a connector, if there is one.
fn body<'a>(connector: &'a Connector<'_>) -> Option<&'a str> {
    match &connector.answer {
        Answer::Body(body) => Some(body.get()),
        Answer::Missing | Answer::Unread(_) => None,
    }
}
