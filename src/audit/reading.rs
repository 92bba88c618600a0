//! What was seen of one connector: an answer that is whole, one that lacks something, or none.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    facts::{self, TABLE},
    inventory::Expected,
    model::{Connector, ConnectorArn, ConnectorId, Fact, Observed, Reading, Unread, UnreadReason},
    plan::TargetPlan,
};

/// What was observed of one connector, expected or not.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// What the inventory says; `None` when it is unmanaged.
    pub expected: Option<&'a Expected>,
    /// The connector's id, if it is known.
    pub id: Option<ConnectorId>,
    /// What was read.
    pub state: Seen<'a>,
    /// When and by which request, if there was one.
    pub observed: Option<&'a Observed>,
    /// For a missing connector: an unmanaged one of its name.
    pub replaced_by: Option<ConnectorId>,
    /// Whether the tags were asked for.
    pub tags_read: bool,
    /// Whether the whole listing of its target was empty.
    pub nothing_listed: bool,
}

impl<'a> Resolved<'a> {
    /// Its address, in the target of this name.
    pub fn address(&self, target: &str) -> String {
        match (self.expected, &self.id) {
            (Some(expected), _) => expected.address(),
            (None, Some(id)) => format!("{target}/{id}"),
            (None, None) => target.to_owned(),
        }
    }

    /// Why it is unread, or what of it is.
    pub const fn unread(&self) -> Option<&Unread> {
        match &self.state {
            Seen::Unread(why)
            | Seen::Present {
                lacking: Some(why), ..
            } => Some(why),
            Seen::Present { .. } | Seen::Missing => None,
        }
    }

    /// The connector, if it is there.
    pub fn connector(&self) -> Option<&'a Connector> {
        match &self.state {
            Seen::Present { connector, .. } => Some(connector),
            Seen::Missing | Seen::Unread(_) => None,
        }
    }
}

/// What was seen of a connector.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// It is there. `lacking` says what the API promises and did not send: then it is judged as
    /// far as it was read, and never clean.
    Present {
        connector: &'a Arc<Connector>,
        lacking: Option<Unread>,
    },
    /// It isn't there.
    Missing,
    /// Neither is known.
    Unread(Unread),
}

/// A connector that the inventory names by its ARN is the one whose answer bears that ARN, as it stands.
pub(super) fn named<'a>(expected: &ConnectorArn, resolved: Resolved<'a>) -> Resolved<'a> {
    let Seen::Present { connector, .. } = &resolved.state else {
        return resolved;
    };
    let (kind, message) = match connector.text(Fact::ConnectorArn) {
        None => (
            UnreadReason::MalformedResponse,
            "the answer has no ConnectorArn to compare with the inventory's".to_owned(),
        ),
        Some(arn) if arn == expected.arn.to_string() => return resolved,
        // Account, region and id were compared before: what is left is the partition.
        Some(arn) => (
            UnreadReason::WrongRegion,
            format!("the answer's ARN is {arn}, not the inventory's"),
        ),
    };
    let request_id = resolved.observed.and_then(|it| it.request_id.clone());
    Resolved {
        state: Seen::Unread(Unread {
            request_id,
            ..Unread::new(kind, message)
        }),
        ..resolved
    }
}

/// What was read of one connector, as far as it is all that the API promises and the inventory asks for.
pub(super) fn read<'a>(
    plan: &TargetPlan,
    expected: Option<&'a Expected>,
    id: Option<ConnectorId>,
    observed: Option<&'a Observed>,
) -> Resolved<'a> {
    let (state, tags_read) = match observed.map(|observed| &observed.reading) {
        Some(Reading::Present(connector)) => {
            let asked = id
                .as_ref()
                .is_some_and(|id| plan.asked_tags(id, connector.text(Fact::Name)));
            let lacking = lacking(connector, observed)
                .or_else(|| expected.and_then(|expected| not_read(connector, expected)));
            let lacking = lacking.or_else(|| {
                let expects = |it: &Expected| it.expect.iter().any(|e| e.fact == Fact::Tags);
                let unread = connector.tags().is_none() && expected.is_some_and(expects);
                // Not read is not absent.
                unread.then(|| {
                    let message = "its tags were not read, but the inventory expects some";
                    Unread::new(UnreadReason::MalformedResponse, message)
                })
            });
            (
                Seen::Present { connector, lacking },
                asked && connector.tags().is_some(),
            )
        }
        Some(Reading::Missing) => (Seen::Missing, false),
        Some(Reading::Unread(why)) => (Seen::Unread(Unread::clone(why)), false),
        None => (
            Seen::Unread(Unread::new(UnreadReason::Interrupted, "it was not read")),
            false,
        ),
    };
    Resolved {
        expected,
        id,
        state,
        observed,
        replaced_by: None,
        tags_read,
        nothing_listed: false,
    }
}

/// What the API promises to send of a connector and didn't.
fn lacking(connector: &Connector, observed: Option<&Observed>) -> Option<Unread> {
    let provider = connector.text(Fact::ProviderType);
    let absent = |spec: &&facts::Spec| {
        facts::is_promised(spec, provider) && connector.get(spec.fact).is_none()
    };
    let paths: Vec<_> = TABLE.iter().filter(absent).map(|spec| spec.path).collect();
    if paths.is_empty() {
        return None;
    }
    Some(Unread {
        kind: UnreadReason::MalformedResponse,
        message: format!(
            "the answer lacks what the API always sends: {}",
            paths.join(", ")
        ),
        request_id: observed.and_then(|observed| observed.request_id.clone()),
    })
}

/// What the inventory expects of a connector and nobody read: that is not absent, and not compared.
fn not_read(connector: &Connector, expected: &Expected) -> Option<Unread> {
    let facts = expected.expect.iter().map(|it| it.fact);
    let unread: BTreeSet<_> = facts
        .filter(|fact| *fact != Fact::Tags && connector.is_unread(*fact))
        .collect();
    let why = |fact: &Fact| {
        let why = facts::why_unread(*fact, connector);
        format!("`{}` was not read ({why})", facts::spec(*fact).path)
    };
    let whys: Vec<_> = unread.iter().map(why).collect();
    (!whys.is_empty()).then(|| {
        let message = format!(
            "{}, but the inventory expects something of it",
            whys.join(", ")
        );
        Unread::new(UnreadReason::MalformedResponse, message)
    })
}
