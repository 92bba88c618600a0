//! `connectors` becomes the list of expected connectors; two entries for one connector are refused.

use std::collections::HashMap;

use super::{
    expect::expect,
    raw::{RawConnector, RawInventory},
    references::{KnownTargets, NAME_HELP},
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
    known: &KnownTargets<'_>,
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
    known: &KnownTargets<'a>,
    seen: &mut Seen<'a>,
) -> Option<Expected> {
    let id = id(check, raw);
    let target_name = target_name(check, raw, known);
    let target = target_name.and_then(|name| known.target(name));
    let lookup = lookup(check, raw, target);
    check.refuse_empty(&raw.labels, "labels");
    let labels = check.text_map(&raw.labels, "labels");
    check.refuse_empty(&raw.expect, "expect");
    let expect = expect(check, &raw.expect);
    if lookup.as_ref().is_some_and(|it| it.identity.id().is_none()) {
        for name in expect.iter().filter(|it| it.fact == Fact::Name) {
            let message = "this connector is found by its name, so that can't differ";
            let problem = Problem::at(name.place.clone(), message).width("name".len());
            check.add(problem.help("take it away, or find the connector by its `connector_id`"));
        }
    }
    if let Some(target) = target.filter(|target| !target.hub_enabled) {
        let message = format!(
            "the target `{}` says `hub: disabled`, and a hub that is off has no connectors",
            target.name
        );
        let problem = raw.node.problem(message);
        let problem = problem.related(target.place.clone(), "the target is here");
        check.add(problem.help("take `hub: disabled` away, or the connector"));
    }
    if let (Some(target), Some(lookup)) = (target, &lookup) {
        refuse_exception(check, lookup, target, known);
    }
    if let Some(target) = target_name {
        seen.refuse_repeated(check, target, id.map(|id| (id, raw.id)), lookup.as_ref());
    }
    Some(Expected {
        id: id?.to_owned(),
        target: target_name?.to_owned(),
        identity: lookup?.identity,
        labels,
        expect,
        place: raw.node.place(),
    })
}

/// Refuses an exception for this connector: what is expected is never unmanaged.
fn refuse_exception(
    check: &mut Validator,
    lookup: &Lookup<'_>,
    target: &Target,
    known: &KnownTargets<'_>,
) {
    let (fact, text) = match lookup.identity.id() {
        Some(id) => (Fact::ConnectorId, id.to_string()),
        None => (Fact::Name, lookup.text.to_owned()),
    };
    let is_named = |matcher: &Matcher| match matcher {
        Matcher::Exact(name) => *name == text,
        Matcher::OneOf(names) => names.contains(&text),
        _ => false,
    };
    let exceptions = target.unmanaged_except.iter();
    for exception in exceptions.filter(|it| it.fact == fact && is_named(&it.matcher)) {
        let has_it = |target: &&Target| {
            let mut exceptions = target.unmanaged_except.iter();
            exceptions.any(|it| it.place == exception.place)
        };
        // One that several targets have is a default, and may be meant for another of them.
        if known.targets.iter().filter(has_it).count() > 1 {
            continue;
        }
        let message = format!(
            "`{}` is expected here, so it is never unmanaged",
            excerpt(&text)
        );
        let problem = Problem::at(exception.place.clone(), message);
        let problem = problem.related(lookup.node.place(), "the connector is here");
        check.add(problem.help("take it away from `unmanaged_except`, or from `connectors`"));
    }
}

/// The inventory's own name of a connector.
fn id<'a>(check: &mut Validator, raw: &RawConnector<'a>) -> Option<&'a str> {
    if raw.id.is_absent() {
        let help = "give it a name of your own, like `id: jira-secops`; reports call it TARGET/ID";
        check.add(raw.node.problem("this connector has no `id`").help(help));
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
        check.add(problem.help(NAME_HELP));
        return None;
    }
    Some(id)
}

/// The name of a connector's target, which needn't be written if there is only one.
fn target_name<'a>(
    check: &mut Validator,
    raw: &RawConnector<'a>,
    known: &KnownTargets<'a>,
) -> Option<&'a str> {
    if !raw.target.is_absent() {
        let name = check.text(&raw.target, "target")?;
        return known.check_target(check, name, &raw.target).then_some(name);
    }
    if let [only] = known.targets
        && known.broken.is_empty()
    {
        return Some(&only.name);
    }
    if known.is_whole && known.broken.is_empty() {
        const SHOWN: usize = 8;
        let mut names: Vec<&str> = known.target_names().take(SHOWN).collect();
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

/// By what a connector is looked up, as it is written.
struct Lookup<'a> {
    identity: Identity,
    text: &'a str,
    node: Node<'a>,
}

/// By what a connector is looked up: exactly one of `name`, `connector_id` and `connector_arn`.
fn lookup<'a>(
    check: &mut Validator,
    raw: &RawConnector<'a>,
    target: Option<&Target>,
) -> Option<Lookup<'a>> {
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
        let problem = problem.related(node.at_key().place(), format!("`{key}` is here"));
        check.add(problem.help(
            "keep the `name`: it survives a new id; what else should be so goes into `expect`",
        ));
        return None;
    }
    let text = check.text(&node, key)?;
    let identity = match key {
        "name" => Identity::Name(text.to_owned()),
        "connector_id" => Identity::Id(id_of(check, text, &node)?),
        _ => Identity::Arn(Box::new(arn_of(check, text, &node, target)?)),
    };
    Some(Lookup {
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
    let help = match lower.parse::<ConnectorId>() {
        Ok(_) => format!("write it in lowercase: {lower}"),
        Err(_) => "a connector's own name is written `name: …`".to_owned(),
    };
    check.add(node.problem(err).help(help));
    None
}

/// A connector's ARN, which must be one in its target.
fn arn_of(
    check: &mut Validator,
    text: &str,
    node: &Node<'_>,
    target: Option<&Target>,
) -> Option<ConnectorArn> {
    let arn = check.parse(text, node)?;
    if let Some(target) = target {
        refuse_other_target(check, &arn, target, node);
    }
    Some(arn)
}

/// Refuses an ARN whose account or region is not the target's.
fn refuse_other_target(
    check: &mut Validator,
    arn: &ConnectorArn,
    target: &Target,
    node: &Node<'_>,
) {
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

/// The ids, names and connectors of the entries so far, by target.
#[derive(Default)]
struct Seen<'a> {
    ids: HashMap<(&'a str, &'a str), Place>,
    named: HashMap<(&'a str, Named<'a>), Place>,
}

impl<'a> Seen<'a> {
    /// Refuses a second connector with one id, and a second entry for one connector.
    fn refuse_repeated(
        &mut self,
        check: &mut Validator,
        target: &'a str,
        id: Option<(&'a str, Node<'a>)>,
        lookup: Option<&Lookup<'a>>,
    ) {
        if let Some((id, node)) = id
            && let Some(first) = self.ids.insert((target, id), node.place())
        {
            let problem = node.problem(format!("two connectors have the id `{target}/{id}`"));
            check.add(problem.related(first, "the first is here"));
        }
        let Some(lookup) = lookup else {
            return;
        };
        let (named, what) = match lookup.identity.id() {
            None => (
                Named::Name(lookup.text),
                format!("the name `{}`", excerpt(lookup.text)),
            ),
            Some(id) => (Named::Connector(*id), format!("the connector {id}")),
        };
        if let Some(first) = self.named.insert((target, named), lookup.node.place()) {
            let problem = lookup
                .node
                .problem(format!("{what} in `{target}` has two entries"));
            check.add(problem.related(first, "the first is here"));
        }
    }
}
