//! `policies` become the settings of the rules. Whether a rule exists is not known here.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    path::{Component, Path, PathBuf},
};

use super::{
    raw::{RawInventory, RawPolicies, RawRule, RawSelector},
    references::{KnownTargets, file_ref},
    types::{Expected, FileRef, Policies, RuleSetting, Selector, Target, Unmanaged},
};
use crate::{
    facts::PROVIDER_TYPE,
    model::{Level, Place, Severity},
    problem::Problem,
    text::excerpt,
    yaml::{Node, Validator, json, suggest},
};

/// The settings of all files: paths and rules one after the other.
///
/// `connectors` is `None` if some have problems: then whether a `match` selects one is unknown.
pub(super) fn policies(
    check: &mut Validator,
    roots: &[RawInventory<'_>],
    known: &KnownTargets<'_>,
    connectors: Option<&[Expected]>,
) -> Policies {
    let mut all = Policies::default();
    let mut builtin: Option<(bool, Place)> = None;
    let index = connectors.map(LabelIndex::new);
    let index = index.as_ref();
    let mut named: BTreeMap<PathBuf, Place> = BTreeMap::new();
    for root in roots {
        let Some(raw) = check.block::<RawPolicies<'_>>(&root.policies, "policies") else {
            continue;
        };
        check.refuse_empty(&root.policies, "policies");
        check.refuse_empty(&raw.paths, "paths");
        check.refuse_empty(&raw.rules, "rules");
        if let Some(wanted) = check.flag(&raw.builtin, "builtin") {
            match &builtin {
                Some((first, place)) if *first != wanted => check.add(
                    raw.builtin
                        .problem(format!("`builtin` is {wanted} here and {first} elsewhere"))
                        .related(place.clone(), format!("{first} here"))
                        .help("one inventory has the built-in rules, or it hasn't"),
                ),
                _ => builtin = Some((wanted, raw.builtin.place())),
            }
        }
        add_paths(check, &raw.paths, &mut named, &mut all.paths);
        let before = all.rules.len();
        check.blocks(&raw.rules, "rules", |check, raw| {
            all.rules.extend(setting(check, raw, known, index));
        });
        refuse_replaced(check, all.rules.get(before..).unwrap_or_default());
    }
    all.builtin = builtin.is_none_or(|(wanted, _)| wanted);
    all
}

/// Adds the paths of one file. `named` has those so far, with their places.
fn add_paths(
    check: &mut Validator,
    list: &Node<'_>,
    named: &mut BTreeMap<PathBuf, Place>,
    all: &mut Vec<FileRef>,
) {
    for (path, node) in check.text_list(list, "paths") {
        if path.trim().is_empty() {
            check.add(node.problem("a path is empty"));
            continue;
        }
        let path = file_ref(path, &node);
        // `a/` and `./a` are `a`.
        let parts = Path::new(&path.path).components();
        match named.entry(parts.filter(|part| *part != Component::CurDir).collect()) {
            Entry::Vacant(entry) => {
                entry.insert(path.place.clone());
                all.push(path);
            }
            Entry::Occupied(first) => {
                let problem = node.problem(format!("`{}` is named twice", excerpt(&path.path)));
                let problem = problem.related(first.get().clone(), "the first is here");
                check.add(problem.help("take one away"));
            }
        }
    }
}

/// A `match` without its place: two that are equal select the same connectors.
type Selected<'a> = (
    &'a BTreeMap<String, String>,
    &'a Option<String>,
    &'a Option<String>,
);

/// Refuses a setting that a later entry of the same file sets again for all of its connectors. Between
/// files that is permitted: one may override another.
fn refuse_replaced(check: &mut Validator, entries: &[RuleSetting]) {
    // By rule and setting: the selectors with which later entries set it.
    let mut later: HashMap<_, HashMap<_, &RuleSetting>> = HashMap::new();
    for entry in entries.iter().rev() {
        let own = entry.selector.as_ref();
        let own: Option<Selected<'_>> = own.map(|it| (&it.labels, &it.target, &it.provider));
        let params = entry.params.iter();
        let params = params.map(|(name, (_, place))| (name.as_str(), Some(place)));
        let level = entry.level.map(|_| ("level", None));
        let severity = entry.severity.map(|_| ("severity", None));
        for (name, place) in level.into_iter().chain(severity).chain(params) {
            // A parameter has a place of its own, and may be called `level` too.
            let key = (entry.rule.as_str(), name, place.is_some());
            let set = later.entry(key).or_default();
            if let Some(later) = set.get(&None).or_else(|| set.get(&own)) {
                let message = format!(
                    "`{name}` has no effect here: a later entry sets it for the same connectors"
                );
                let problem = match place {
                    Some(place) => Problem::at(place.clone(), message),
                    None => Problem::at(entry.rule_place.clone(), message)
                        .width(entry.rule.chars().count()),
                };
                let problem = problem.related(later.rule_place.clone(), "the later entry");
                check.add(problem.help("take one of the two away"));
            }
            set.insert(own, entry);
        }
    }
}

/// The settings of one rule.
fn setting(
    check: &mut Validator,
    raw: &RawRule<'_>,
    known: &KnownTargets<'_>,
    index: Option<&LabelIndex<'_>>,
) -> Option<RuleSetting> {
    if raw.rule.is_absent() {
        let message = "these settings don't say which `rule` they are for";
        check.add(raw.node.problem(message));
    }
    let rule = check.text(&raw.rule, "rule");
    let level = check.member(&raw.level, "level", Level::NAMES, Level::from_name);
    let severity = check.member(
        &raw.severity,
        "severity",
        Severity::NAMES,
        Severity::from_name,
    );
    let mut keys = raw.node.entries().map(|(key, _)| key);
    if !raw.rule.is_absent() && keys.all(|key| matches!(key, "rule" | "match")) {
        let problem = raw.rule.problem("this entry sets nothing");
        check.add(problem.help("write a `level`, a `severity` or `params`, or take it away"));
    }
    check.refuse_empty(&raw.params, "params");
    let params = params(check, &raw.params);
    check.refuse_empty(&raw.selector, "match");
    let selector = check
        .block(&raw.selector, "match")
        .map(|raw| selector(check, &raw, known, index));
    let set_at = raw.node.entries().find_map(|(key, node)| {
        let key = ["severity", "params"].into_iter().find(|it| *it == key)?;
        Some((key, node.at_key().place()))
    });
    Some(RuleSetting {
        rule: rule?.to_owned(),
        rule_place: raw.rule.place(),
        level,
        severity,
        params,
        set_at,
        selector,
    })
}

/// A rule's parameters as JSON, which is what the defaults in its META are too.
pub(crate) fn params(
    check: &mut Validator,
    node: &Node<'_>,
) -> BTreeMap<String, (serde_json::Value, Place)> {
    check.require_map(node, "params");
    let param = |(key, node): (&str, Node<'_>)| {
        json(check, &node).map(|value| (key.to_owned(), (value, node.place())))
    };
    node.entries().filter_map(param).collect()
}

/// A `match`, which must be able to select something.
fn selector(
    check: &mut Validator,
    raw: &RawSelector<'_>,
    known: &KnownTargets<'_>,
    index: Option<&LabelIndex<'_>>,
) -> Selector {
    let before = check.problems.len();
    let target = check.text(&raw.target, "target");
    let known_target = target.is_none_or(|name| known.check_target(check, name, &raw.target));
    let provider = check.text(&raw.provider, "provider");
    // A misspelt provider would select nothing, and its settings would have no effect.
    if let Some(name) = provider.filter(|name| !PROVIDER_TYPE.knows(name)) {
        let message = format!("`{}` is no provider that hubdrift knows", excerpt(name));
        let problem = raw.provider.problem(message);
        check.add(problem.help(suggest(name, PROVIDER_TYPE.members)));
    }
    check.refuse_empty(&raw.labels, "labels");
    let selector = Selector {
        labels: check.text_map(&raw.labels, "labels"),
        target: target.map(str::to_owned),
        provider: provider.map(str::to_owned),
        place: raw.node.at_key().place(),
    };
    let is_checked =
        known.is_whole && known_target && known.broken.is_empty() && check.problems.len() == before;
    if is_checked
        && index.is_some_and(|index| !index.any(&selector))
        && !may_be_unmanaged(&selector, known)
    {
        let labels = selector.labels.iter();
        let labels =
            labels.map(|(key, value)| format!("label {}: {}", excerpt(key), excerpt(value)));
        let target = selector
            .target
            .iter()
            .map(|target| format!("target {target}"));
        let wanted: Vec<String> = labels.chain(target).collect();
        let problem = raw.node.at_key().problem(format!(
            "no connector satisfies this `match` ({})",
            wanted.join(", ")
        ));
        check.add(problem.help("so the settings would change nothing; compare it with the connectors' `labels` and `target`"));
    }
    selector
}

/// Whether unmanaged connectors may be selected: they have a target but no labels.
fn may_be_unmanaged(selector: &Selector, known: &KnownTargets<'_>) -> bool {
    let is_selected =
        |target: &Target| selector.target.as_ref().is_none_or(|it| *it == target.name);
    let mut judged = known
        .targets
        .iter()
        .filter(|it| it.unmanaged != Unmanaged::Ignore);
    selector.labels.is_empty() && judged.any(is_selected)
}

/// An index of the connectors by label, so that a `match` is compared with few of them.
struct LabelIndex<'a> {
    connectors: &'a [Expected],
    by_label: HashMap<(&'a str, &'a str), Vec<&'a Expected>>,
    by_target: HashMap<&'a str, usize>,
}

impl<'a> LabelIndex<'a> {
    fn new(connectors: &'a [Expected]) -> Self {
        let mut by_label: HashMap<_, Vec<_>> = HashMap::new();
        let mut by_target: HashMap<_, usize> = HashMap::new();
        for connector in connectors {
            *by_target.entry(connector.target.as_str()).or_default() += 1;
            for (key, value) in &connector.labels {
                by_label
                    .entry((key.as_str(), value.as_str()))
                    .or_default()
                    .push(connector);
            }
        }
        Self {
            connectors,
            by_label,
            by_target,
        }
    }

    /// Whether a connector of the inventory can satisfy the selector. Its provider can't be known yet.
    fn any(&self, selector: &Selector) -> bool {
        let has_all = |connector: &Expected| {
            let mut labels = selector.labels.iter();
            selector
                .target
                .as_ref()
                .is_none_or(|it| connector.target == *it)
                && labels.all(|(key, value)| connector.labels.get(key) == Some(value))
        };
        let lists = selector.labels.iter().map(|(key, value)| {
            let list = self.by_label.get(&(key.as_str(), value.as_str()));
            list.map_or(&[][..], Vec::as_slice)
        });
        match lists.min_by_key(|list| list.len()) {
            Some(rarest) => rarest.iter().copied().any(has_all),
            None => match &selector.target {
                Some(target) => self.by_target.contains_key(target.as_str()),
                None => !self.connectors.is_empty(),
            },
        }
    }
}
