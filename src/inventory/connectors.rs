//! `connectors` become expected connectors, each of them once.

use std::collections::HashMap;

use super::{
    expect::expect,
    known::Known,
    raw::{RawConnector, RawInventory},
    types::{Expected, Identity, Target},
};
use crate::{
    matcher::Matcher,
    model::{ConnectorArn, ConnectorId, ConnectorIdError, Fact, Place},
    problem::Problem,
    text::{excerpt, is_name},
    yaml::{Node, Validator},
};

/// The connectors of all files, in their order.
pub(super) fn connectors(
    check: &mut Validator,
    roots: &[RawInventory<'_>],
    known: &Known<'_>,
) -> Vec<Expected> {
    let mut all = Vec::with_capacity(roots.iter().map(|root| root.connectors.items().len()).sum());
    let mut seen = Seen::default();
    for root in roots {
        check.blocks(&root.connectors, "connectors", |check, raw| {
            all.extend(connector(check, raw, known, &mut seen));
        });
    }
    all
}

/// One connector.
fn connector<'a>(
    check: &mut Validator,
    raw: &RawConnector<'a>,
    known: &Known<'a>,
    seen: &mut Seen<'a>,
) -> Option<Expected> {
    let id = id(check, raw);
    let target = target(check, raw, known);
    let found = found(check, raw, target.and_then(|name| known.target(name)));
    check.refuse_empty(&raw.labels, "labels");
    let labels = check.text_map(&raw.labels, "labels");
    check.refuse_empty(&raw.expect, "expect");
    let expect = expect(check, &raw.expect);
    if let Some(Found {
        identity: Identity::Name(_),
        ..
    }) = &found
    {
        for name in expect.iter().filter(|it| it.fact == Fact::Name) {
            let message = "this connector is found by its name, so that can't differ";
            let problem = Problem::at(name.place.clone(), message).width("name".len());
            check.add(problem.help("take it away, or find the connector by its `connector_id`"));
        }
    }
    if let Some(target) = target.and_then(|name| known.target(name))
        && !target.hub_enabled
    {
        let message = format!(
            "the target `{}` says `hub: disabled`, and a hub that is off has no connectors",
            target.name
        );
        let problem = raw.node.problem(message);
        let problem = problem.related(target.place.clone(), "the target is here");
        check.add(problem.help("take `hub: disabled` away, or the connector"));
    }
    if let (Some(target), Some(found)) = (target.and_then(|name| known.target(name)), &found) {
        never_unmanaged(check, found, target, known);
    }
    if let Some(target) = target {
        seen.once(check, target, id.map(|id| (id, raw.id)), found.as_ref());
    }
    Some(Expected {
        id: id?.to_owned(),
        target: target?.to_owned(),
        identity: found?.identity,
        labels,
        expect,
        place: raw.node.place(),
    })
}

/// Refuses an exception for what is expected: that is never unmanaged.
fn never_unmanaged(check: &mut Validator, found: &Found<'_>, target: &Target, known: &Known<'_>) {
    let (fact, text) = match (&found.identity, found.identity.id()) {
        (_, Some(id)) => (Fact::ConnectorId, id.to_string()),
        _ => (Fact::Name, found.text.to_owned()),
    };
    let is_named = |matcher: &Matcher| match matcher {
        Matcher::Exact(name) => *name == text,
        Matcher::OneOf(names) => names.contains(&text),
        _ => false,
    };
    let exceptions = target.unmanaged_except.iter();
    for exception in exceptions.filter(|it| it.fact == fact && is_named(&it.matcher)) {
        // A default may be meant for another target.
        let has_it = |target: &&Target| {
            let mut exceptions = target.unmanaged_except.iter();
            exceptions.any(|it| it.place == exception.place)
        };
        if known.targets.iter().filter(has_it).count() > 1 {
            continue;
        }
        let message = format!(
            "`{}` is expected here, so it is never unmanaged",
            excerpt(&text)
        );
        let problem = Problem::at(exception.place.clone(), message);
        let problem = problem.related(found.node.place(), "the connector is here");
        check.add(problem.help("take it away from `unmanaged_except`, or from `connectors`"));
    }
}

/// The inventory's own name of a connector.
fn id<'a>(check: &mut Validator, raw: &RawConnector<'a>) -> Option<&'a str> {
    if raw.id.is_absent() {
        let problem = raw.node.problem("this connector has no `id`");
        check.add(
            problem.help(
                "give it a name of your own, like `id: jira-secops`; reports call it TARGET/ID",
            ),
        );
        return None;
    }
    let node = raw.id;
    let id = check.text(&node, "id")?;
    if id.to_ascii_lowercase().parse::<ConnectorId>().is_ok() {
        let problem = node.problem(format!(
            "`{id}` looks like a UUID, and `id` is the inventory's own name"
        ));
        check.add(problem.help(format!(
            "write `connector_id: {}`, and an `id` that people can read",
            id.to_ascii_lowercase()
        )));
        return None;
    }
    if !is_name(id) {
        let problem = node.problem(format!("`{}` can't be an id", excerpt(id)));
        check.add(problem.help(
            "letters, digits, `.`, `_` and `-` can be used, and the first is a letter or digit",
        ));
        return None;
    }
    Some(id)
}

/// The name of a connector's target. Where there is only one, it needn't be written.
fn target<'a>(check: &mut Validator, raw: &RawConnector<'a>, known: &Known<'a>) -> Option<&'a str> {
    if !raw.target.is_absent() {
        let name = check.text(&raw.target, "target")?;
        return known.check_target(check, name, &raw.target).then_some(name);
    }
    if let [only] = known.targets
        && known.broken_targets.is_empty()
    {
        return Some(&only.name);
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
        let problem = raw
            .node
            .problem("this connector has no `target`, and there are several");
        let help = if names.is_empty() {
            "define one under `targets`".to_owned()
        } else {
            format!("write one of: {}", names.join(", "))
        };
        check.add(problem.help(help));
    }
    None
}

/// How a connector is found, and where that is written.
struct Found<'a> {
    identity: Identity,
    text: &'a str,
    node: Node<'a>,
}

/// How a connector is found.
fn found<'a>(
    check: &mut Validator,
    raw: &RawConnector<'a>,
    target: Option<&Target>,
) -> Option<Found<'a>> {
    let ways = [
        ("name", raw.name),
        ("connector_id", raw.connector_id),
        ("connector_arn", raw.connector_arn),
    ];
    let mut given = ways.into_iter().filter(|(_, node)| !node.is_absent());
    let Some((key, node)) = given.next() else {
        let problem = raw
            .node
            .problem("this connector has no `name`, so it can't be found");
        check.add(problem.help("write its `name`; or its `connector_id` or `connector_arn`"));
        return None;
    };
    if let Some((second, second_node)) = given.next() {
        let problem = second_node.at_key().problem(format!(
            "this connector is named twice, by `{key}` and `{second}`"
        ));
        check.add(
            problem
                .related(node.at_key().place(), format!("`{key}` is here"))
                .help("keep the `name`: it survives a new id; what else should be so goes into `expect`"),
        );
        return None;
    }
    let text = check.text(&node, key)?;
    let identity = match key {
        "name" => Identity::Name(text.to_owned()),
        "connector_id" => Identity::Id(id_of(check, text, &node)?),
        _ => Identity::Arn(Box::new(arn_of(check, text, &node, target)?)),
    };
    Some(Found {
        identity,
        text,
        node,
    })
}

/// A connector's id as AWS writes it.
fn id_of(check: &mut Validator, text: &str, node: &Node<'_>) -> Option<ConnectorId> {
    let err = match text.parse() {
        Ok(id) => return Some(id),
        Err(err) => ConnectorIdError::to_string(&err),
    };
    let lower = text.to_ascii_lowercase();
    check.add(match lower.parse::<ConnectorId>() {
        Ok(_) => node
            .problem(err)
            .help(format!("write it in lowercase: {lower}")),
        Err(_) => node
            .problem(err)
            .help("a connector's own name is written `name: …`"),
    });
    None
}

/// A connector's ARN, which must be one in its target.
fn arn_of(
    check: &mut Validator,
    text: &str,
    node: &Node<'_>,
    target: Option<&Target>,
) -> Option<ConnectorArn> {
    match text.parse::<ConnectorArn>() {
        Ok(arn) => {
            if let Some(target) = target {
                in_target(check, &arn, target, node);
            }
            Some(arn)
        }
        Err(err) => {
            check.add(node.problem(err.to_string()));
            None
        }
    }
}

/// Whether a connector's ARN can be in its target.
fn in_target(check: &mut Validator, arn: &ConnectorArn, target: &Target, node: &Node<'_>) {
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
            let problem = node.problem(message);
            check.add(problem.related(target.place.clone(), "the target is here"));
        }
    }
}

/// What only one entry of a target may name.
#[derive(PartialEq, Eq, Hash)]
enum Named<'a> {
    Name(&'a str),
    Connector(ConnectorId),
}

/// What was named already, by target.
#[derive(Default)]
struct Seen<'a> {
    ids: HashMap<(&'a str, &'a str), Place>,
    named: HashMap<(&'a str, Named<'a>), Place>,
}

impl<'a> Seen<'a> {
    /// Refuses a second connector of one id, and a second entry for one connector.
    fn once(
        &mut self,
        check: &mut Validator,
        target: &'a str,
        id: Option<(&'a str, Node<'a>)>,
        found: Option<&Found<'a>>,
    ) {
        if let Some((id, node)) = id
            && let Some(first) = self.ids.insert((target, id), node.place())
        {
            let problem = node.problem(format!("two connectors have the id `{target}/{id}`"));
            check.add(problem.related(first, "the first is here"));
        }
        let Some(Found {
            identity,
            text,
            node,
        }) = found
        else {
            return;
        };
        let named = match identity.id() {
            None => Named::Name(text),
            Some(id) => Named::Connector(*id),
        };
        if let Some(first) = self.named.insert((target, named), node.place()) {
            let what = match identity.id() {
                None => format!("the name `{}`", excerpt(text)),
                Some(id) => format!("the connector {id}"),
            };
            let problem = node.problem(format!("{what} in `{target}` has two entries"));
            check.add(problem.related(first, "the first is here"));
        }
    }
}
