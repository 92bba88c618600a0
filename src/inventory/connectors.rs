//! `connectors` become expected connectors, each of them once.

use std::collections::HashMap;

use super::{
    Expected, Identity, Target,
    check::{Check, is_name},
    expect::expect,
    parse::{Known, Root, labels},
    places::{Spot, short},
    raw::{RawConnector, Slot},
};
use crate::model::{ConnectorArn, ConnectorId, Place};

/// The connectors of all files, in their order.
pub(super) fn connectors(
    check: &mut Check,
    roots: &[Root<'_>],
    known: &Known<'_>,
) -> Vec<Expected> {
    let mut all = Vec::new();
    let mut seen = Seen::default();
    for root in roots {
        let spot = root.spot.key("connectors");
        for (raw, spot) in check.items(&root.raw.connectors, &spot, "connectors") {
            check.unknown(raw, &spot);
            let id = id(check, raw, &spot);
            let target = target(check, raw, &spot, known);
            let identity = identity(
                check,
                raw,
                &spot,
                target.as_deref().and_then(|name| known.target(name)),
            );
            let labels = labels(check, &raw.labels, &spot.key("labels"));
            let expect = expect(check, &raw.expect, &spot.key("expect"));
            if let Some(target) = &target {
                seen.once(check, target, id.as_deref(), identity.as_ref(), &spot);
            }
            if let (Some(id), Some(target), Some(identity)) = (id, target, identity) {
                all.push(Expected {
                    id,
                    target,
                    identity,
                    labels,
                    expect,
                    place: spot.place(),
                });
            }
        }
    }
    all
}

/// The inventory's own name of a connector.
fn id(check: &mut Check, raw: &RawConnector, spot: &Spot<'_>) -> Option<String> {
    if let Slot::Absent = raw.id {
        let problem = spot.problem("this connector has no `id`");
        check.add(
            problem.help(
                "give it a name of your own, like `id: jira-secops`; reports call it TARGET/ID",
            ),
        );
        return None;
    }
    let spot = spot.key("id");
    let id = check.text(&raw.id, &spot, "id")?;
    if id.to_ascii_lowercase().parse::<ConnectorId>().is_ok() {
        let problem = spot.problem(format!(
            "`{id}` looks like a UUID, and `id` is the inventory's own name"
        ));
        check.add(problem.help(format!(
            "write `connector_id: {}`, and an `id` that people can read",
            id.to_ascii_lowercase()
        )));
        return None;
    }
    if !is_name(id) {
        let problem = spot.problem(format!("`{}` can't be an id", short(id)));
        check.add(problem.help(
            "letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit",
        ));
        return None;
    }
    Some(id.to_owned())
}

/// The name of a connector's target. Where there is only one, it needn't be written.
fn target(
    check: &mut Check,
    raw: &RawConnector,
    spot: &Spot<'_>,
    known: &Known<'_>,
) -> Option<String> {
    if !matches!(raw.target, Slot::Absent) {
        let spot = spot.key("target");
        let name = check.text(&raw.target, &spot, "target")?;
        return known
            .check_target(check, name, &spot)
            .then(|| name.to_owned());
    }
    if let [only] = known.targets
        && known.broken_targets.is_empty()
    {
        return Some(only.name.clone());
    }
    if known.whole && known.broken_targets.is_empty() {
        const SHOWN: usize = 8;
        let mut names: Vec<&str> = known
            .targets
            .iter()
            .map(|target| target.name.as_str())
            .take(SHOWN)
            .collect();
        if known.targets.len() > SHOWN {
            names.push("…");
        }
        let problem = spot.problem("this connector has no `target`, and there are several");
        let help = if names.is_empty() {
            "define one under `targets`".to_owned()
        } else {
            format!("write one of: {}", names.join(", "))
        };
        check.add(problem.help(help));
    }
    None
}

/// How a connector is found.
fn identity(
    check: &mut Check,
    raw: &RawConnector,
    spot: &Spot<'_>,
    target: Option<&Target>,
) -> Option<Identity> {
    let ways = [
        ("name", !matches!(raw.name, Slot::Absent)),
        ("connector_id", !matches!(raw.connector_id, Slot::Absent)),
        ("connector_arn", !matches!(raw.connector_arn, Slot::Absent)),
    ];
    let given: Vec<&str> = ways
        .iter()
        .filter(|(_, given)| *given)
        .map(|(key, _)| *key)
        .collect();
    let key = match given[..] {
        [key] => key,
        [] => {
            let problem = spot.problem("this connector has no `name`, so it can't be found");
            check.add(problem.help("write its `name`; or its `connector_id` or `connector_arn`"));
            return None;
        }
        [first, second, ..] => {
            let problem = spot.key(second).at_key().problem(format!(
                "this connector is named twice, by `{first}` and `{second}`"
            ));
            check.add(
                problem
                    .related(spot.key(first).at_key().place(), format!("`{first}` is here"))
                    .help("keep the `name`: it survives a new id; what else should be so goes into `expect`"),
            );
            return None;
        }
    };
    let spot = spot.key(key);
    match key {
        "name" => check
            .text(&raw.name, &spot, key)
            .map(|name| Identity::Name(name.to_owned())),
        "connector_id" => {
            let text = check.text(&raw.connector_id, &spot, key)?;
            match text.parse() {
                Ok(id) => Some(Identity::Id(id)),
                Err(err) => {
                    let lower = text.to_ascii_lowercase();
                    let problem = spot.problem(crate::model::ConnectorIdError::to_string(&err));
                    check.add(match lower.parse::<ConnectorId>() {
                        Ok(_) => problem.help(format!("write it in lowercase: {lower}")),
                        Err(_) => problem.help("a connector's own name is written `name: …`"),
                    });
                    None
                }
            }
        }
        _ => {
            let text = check.text(&raw.connector_arn, &spot, key)?;
            match text.parse::<ConnectorArn>() {
                Ok(arn) => {
                    if let Some(target) = target {
                        in_target(check, &arn, target, &spot);
                    }
                    Some(Identity::Arn(Box::new(arn)))
                }
                Err(err) => {
                    check.add(spot.problem(err.to_string()));
                    None
                }
            }
        }
    }
}

/// Whether a connector's ARN can be in its target.
fn in_target(check: &mut Check, arn: &ConnectorArn, target: &Target, spot: &Spot<'_>) {
    let parts = [
        ("account", &arn.arn.account, &target.account),
        ("region", &arn.arn.region, &target.region),
    ];
    for (what, of_arn, of_target) in parts {
        if let Some(of_target) = of_target
            && of_arn != of_target
        {
            let message = format!(
                "the {what} of this ARN is {of_arn}, that of the target `{}` is {of_target}",
                target.name
            );
            let problem = spot.problem(message);
            check.add(match &target.place {
                Some(place) => problem.related(place.clone(), "the target is here"),
                None => problem,
            });
        }
    }
}

/// What was named already, by target.
#[derive(Default)]
struct Seen {
    ids: HashMap<(String, String), Place>,
    names: HashMap<(String, String), Place>,
    connectors: HashMap<(String, ConnectorId), Place>,
}

impl Seen {
    /// Refuses a second connector of one id, and a second entry for one connector.
    fn once(
        &mut self,
        check: &mut Check,
        target: &str,
        id: Option<&str>,
        identity: Option<&Identity>,
        spot: &Spot<'_>,
    ) {
        if let Some(id) = id {
            let spot = spot.key("id");
            let first = self
                .ids
                .insert((target.to_owned(), id.to_owned()), spot.place());
            if let Some(first) = first {
                let problem = spot.problem(format!("two connectors have the id `{target}/{id}`"));
                check.add(problem.related(first, "the first is here"));
            }
        }
        let (key, what, first) = match identity {
            None => return,
            Some(Identity::Name(name)) => {
                let place = spot.key("name").place();
                (
                    "name",
                    format!("the name `{}`", short(name)),
                    self.names.insert((target.to_owned(), name.clone()), place),
                )
            }
            Some(Identity::Id(id)) => {
                let place = spot.key("connector_id").place();
                (
                    "connector_id",
                    format!("the connector {id}"),
                    self.connectors.insert((target.to_owned(), *id), place),
                )
            }
            Some(Identity::Arn(arn)) => {
                let place = spot.key("connector_arn").place();
                let id = arn.id;
                (
                    "connector_arn",
                    format!("the connector {id}"),
                    self.connectors.insert((target.to_owned(), id), place),
                )
            }
        };
        if let Some(first) = first {
            let problem = spot
                .key(key)
                .problem(format!("{what} in `{target}` has two entries"));
            check.add(problem.related(first, "the first is here"));
        }
    }
}
