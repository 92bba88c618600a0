//! `targets` and `target_defaults` become targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    effect::Defaults,
    exceptions::exceptions,
    forms::{account, is_role_name, region, role_arn},
    raw::{RawInventory, RawTarget},
    references::NAME_HELP,
    types::{Credentials, Exception, Target, Unmanaged},
};
use crate::{
    model::{Arn, assumed_partition},
    problem::Problem,
    text::{excerpt, is_name},
    yaml::{Node, Validator},
};

/// The values of one block, each checked by itself.
#[derive(Default, Clone)]
struct Settings<'s> {
    account: Option<String>,
    region: Option<String>,
    role_arn: Option<(String, Node<'s>)>,
    role_name: Option<(String, Node<'s>)>,
    profile: Option<String>,
    external_id: Option<String>,
    session_name: Option<String>,
    unmanaged: Option<Unmanaged>,
    unmanaged_except: Option<Vec<Exception>>,
    hub_enabled: Option<bool>,
}

/// The targets of all files that have no problems, sorted by name; and the names of those that have.
pub(super) fn targets(
    check: &mut Validator,
    roots: &[RawInventory<'_>],
) -> (Vec<Target>, BTreeSet<String>) {
    let mut all: BTreeMap<String, Target> = BTreeMap::new();
    let mut broken = BTreeSet::new();
    let no_targets = !roots.iter().any(|root| !root.targets.is_absent());
    for (index, root) in roots.iter().enumerate() {
        let raw = check.block::<RawTarget<'_>>(&root.target_defaults, "target_defaults");
        let defaults = raw
            .as_ref()
            .map_or_else(Settings::default, |raw| settings(check, raw));
        let mut file_defaults = Defaults::new(root.target_defaults, raw.as_ref());
        check.require_map(&root.targets, "targets");
        for (name, node) in root.targets.entries() {
            let before = check.problems.len();
            let Some(raw) = check.block(&node, &format!("targets.{name}")) else {
                broken.insert(name.to_owned());
                file_defaults.add_unknown();
                continue;
            };
            if !is_name(name) {
                let problem = node
                    .at_key()
                    .problem(format!("`{}` can't be a target's name", excerpt(name)));
                check.add(problem.help(NAME_HELP));
            }
            let own = settings(check, &raw);
            file_defaults.add(Some(&raw));
            file_defaults.refuse_own(check, name, &raw);
            let target = resolve(check, name, own, defaults.clone(), &node.at_key());
            if check.problems.len() > before {
                broken.insert(name.to_owned());
                continue;
            }
            add(check, &mut all, target, &node.at_key());
        }
        let is_implied = no_targets && index == 0;
        let has_targets = root.targets.entries().len() > 0;
        if is_implied {
            file_defaults.add(None);
            let (own, node) = (Settings::default(), root.target_defaults.at_key());
            let mut target = resolve(check, "default", own, defaults, &node);
            target.place = None;
            all.insert(target.name.clone(), target);
        }
        file_defaults.refuse_unused(check, has_targets, is_implied);
    }
    let all: Vec<Target> = all.into_values().collect();
    refuse_same_place(check, &all);
    (all, broken)
}

/// Adds a target. Several files may define it, but only with equal settings.
fn add(check: &mut Validator, all: &mut BTreeMap<String, Target>, target: Target, node: &Node<'_>) {
    match all.get(&target.name) {
        Some(first) if is_same(first, &target) => {}
        Some(first) => {
            let problem = node.problem(format!(
                "the target `{}` is defined otherwise elsewhere",
                target.name
            ));
            let problem = problem.related(first.place.clone(), "defined here");
            check
                .add(problem.help("files of one inventory may repeat a target, but only as it is"));
        }
        None => {
            all.insert(target.name.clone(), target);
        }
    }
}

/// Refuses two targets with one (account, region), as far as that is known before asking AWS.
fn refuse_same_place(check: &mut Validator, targets: &[Target]) {
    let mut by_place: HashMap<_, &Target> = HashMap::new();
    for target in targets {
        // If the account or region comes from the environment, only equal credentials give the same one.
        let unknown = target.account.is_none() || target.region.is_none();
        let key = (
            &target.account,
            &target.region,
            unknown.then_some(&target.credentials),
        );
        let Some(first) = by_place.insert(key, target) else {
            continue;
        };
        let Some(place) = target.place.clone() else {
            continue;
        };
        let what = match (&target.account, &target.region) {
            (Some(account), Some(region)) => format!("account {account} in {region}"),
            (Some(account), None) => format!("account {account} in the environment's region"),
            (None, Some(region)) => format!("the same credentials' account in {region}"),
            (None, None) => "the same credentials' account and region".to_owned(),
        };
        let message = format!(
            "the targets `{}` and `{}` are both {what}",
            first.name, target.name
        );
        let problem = Problem::at(place, message)
            .width(target.name.chars().count())
            .related(
                first.place.clone(),
                format!("`{}` is defined here", first.name),
            );
        check.add(problem.help("make them one, or its connectors are counted twice"));
    }
}

/// Whether two definitions say the same.
fn is_same(a: &Target, b: &Target) -> bool {
    let except = |target: &Target| -> Vec<_> {
        target
            .unmanaged_except
            .iter()
            .map(|e| (e.fact, e.matcher.to_json()))
            .collect()
    };
    a.account == b.account
        && a.region == b.region
        && a.credentials == b.credentials
        && a.unmanaged == b.unmanaged
        && a.hub_enabled == b.hub_enabled
        && except(a) == except(b)
}

/// The values of one block.
fn settings<'s>(check: &mut Validator, raw: &RawTarget<'s>) -> Settings<'s> {
    let text = |check: &mut Validator, node, name| check.text(node, name).map(str::to_owned);
    let role_arn = check
        .text(&raw.role_arn, "role_arn")
        .and_then(|arn| role_arn(check, arn, &raw.role_arn));
    let role_name = text(check, &raw.role_name, "role_name");
    if role_arn.is_some() && role_name.is_some() {
        let problem = raw
            .role_name
            .at_key()
            .problem("a target has `role_arn` or `role_name`, not both");
        check.add(problem.related(raw.role_arn.at_key().place(), "`role_arn` is here"));
    }
    if let Some(name) = role_name.as_ref().filter(|name| !is_role_name(name)) {
        let problem = raw
            .role_name
            .problem(format!("`{}` can't be a role's name", excerpt(name)));
        let help = if name.starts_with("arn:") {
            "a whole ARN is written as `role_arn`"
        } else {
            "write the role's name, like `hubdrift`"
        };
        check.add(problem.help(help));
    }
    let unmanaged = check.member(
        &raw.unmanaged,
        "value of `unmanaged`",
        Unmanaged::NAMES,
        Unmanaged::from_name,
    );
    let hub_enabled = check.member(
        &raw.hub,
        "value of `hub`",
        &["enabled", "disabled"],
        |name| match name {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        },
    );
    Settings {
        account: account(check, &raw.account),
        region: region(check, &raw.region),
        role_arn: role_arn.map(|arn| (arn, raw.role_arn)),
        role_name: role_name.map(|name| (name, raw.role_name)),
        profile: text(check, &raw.profile, "profile"),
        external_id: text(check, &raw.external_id, "external_id"),
        session_name: text(check, &raw.session_name, "session_name"),
        unmanaged,
        unmanaged_except: exceptions(check, &raw.unmanaged_except),
        hub_enabled,
    }
}

/// A target, from its own settings and the defaults.
fn resolve<'s>(
    check: &mut Validator,
    name: &str,
    own: Settings<'s>,
    defaults: Settings<'s>,
    node: &Node<'s>,
) -> Target {
    let account = own.account.or(defaults.account);
    let region = own.region.or(defaults.region);
    // A role of the target's own takes the place of a default one, however either is written.
    let (role_arn, role_name) = if own.role_arn.is_some() || own.role_name.is_some() {
        (own.role_arn, own.role_name)
    } else {
        (defaults.role_arn, defaults.role_name)
    };
    // A role's ARN says which account is meant, also if the target has no `account` of its own.
    let mut of_role = None;
    let role_arn = match (role_arn, role_name, &account) {
        (Some((arn, arn_node)), _, account) => {
            of_role = arn.parse::<Arn>().ok().map(|parsed| parsed.account);
            if let (Some(of_role), Some(account)) = (&of_role, account)
                && of_role != account
            {
                let message = format!(
                    "the role is in account {of_role}, the target `{name}` is account {account}"
                );
                check.add(
                    arn_node
                        .problem(message)
                        .related(node.place(), "the target is here"),
                );
            }
            Some(arn)
        }
        (None, Some((role, _)), Some(account)) => Some(format!(
            "arn:{}:iam::{account}:role/{role}",
            assumed_partition(region.as_deref().unwrap_or_default())
        )),
        (None, Some((_, role_node)), None) => {
            let message = format!("the target `{name}` has a `role_name` but no `account`");
            let problem = node
                .problem(message)
                .help("write the target's account, or the whole `role_arn`");
            check.add(problem.related(role_node.place(), "the role is named here"));
            None
        }
        (None, None, _) => None,
    };
    Target {
        name: name.to_owned(),
        account: account.or(of_role),
        region,
        credentials: Credentials {
            profile: own.profile.or(defaults.profile),
            role_arn,
            external_id: own.external_id.or(defaults.external_id),
            session_name: own.session_name.or(defaults.session_name),
        },
        unmanaged: own.unmanaged.or(defaults.unmanaged).unwrap_or_default(),
        unmanaged_except: own
            .unmanaged_except
            .or(defaults.unmanaged_except)
            .unwrap_or_default(),
        hub_enabled: own.hub_enabled.or(defaults.hub_enabled).unwrap_or(true),
        place: Some(node.place()),
    }
}
