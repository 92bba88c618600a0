//! `policies` become the settings of the rules. Whether a rule exists is not known here.

use std::collections::{BTreeMap, HashMap};

use super::{
    Expected, FileRef, Policies, RuleSetting, Selector, Unmanaged,
    check::{Check, suggest},
    parse::{Known, Root, labels},
    places::{Spot, short},
    raw::{Free, RawRule, RawSelector, Slot, Table},
};
use crate::{
    facts::PROVIDER_TYPE,
    model::{Level, Place, Severity},
};

/// The settings of all files: paths and rules one after the other.
///
/// `connectors` is `None` where not all of them are known, so that it can't be said that a `match` has none.
pub(super) fn policies(
    check: &mut Check,
    roots: &[Root<'_>],
    known: &Known<'_>,
    connectors: Option<&[Expected]>,
) -> Policies {
    let mut all = Policies::default();
    let mut builtin: Option<(bool, Place)> = None;
    let index = connectors.map(LabelIndex::new);
    let index = index.as_ref();
    for root in roots {
        let spot = root.spot.key("policies");
        let Some(raw) = check.block(&root.raw.policies, &spot, "policies") else {
            continue;
        };
        let builtin_spot = spot.key("builtin");
        if let Some(&wanted) = check.take(&raw.builtin, &builtin_spot, "builtin") {
            match &builtin {
                Some((first, place)) if *first != wanted => check.add(
                    builtin_spot
                        .problem(format!("`builtin` is {wanted} here and {first} elsewhere"))
                        .related(place.clone(), format!("{first} here"))
                        .help("one inventory has the built-in rules, or it hasn't"),
                ),
                _ => builtin = Some((wanted, builtin_spot.place())),
            }
        }
        for (path, spot) in check.items(&raw.paths, &spot.key("paths"), "paths") {
            if path.trim().is_empty() {
                check.add(spot.problem("a path is empty"));
            } else {
                all.paths.push(FileRef {
                    path: root.path(path),
                    place: spot.place(),
                });
            }
        }
        for (raw, spot) in check.items(&raw.rules, &spot.key("rules"), "rules") {
            if let Some(setting) = setting(check, raw, &spot, known, index) {
                all.rules.push(setting);
            }
        }
    }
    all.builtin = builtin.is_none_or(|(wanted, _)| wanted);
    all
}

/// The settings of one rule.
fn setting(
    check: &mut Check,
    raw: &RawRule,
    spot: &Spot<'_>,
    known: &Known<'_>,
    index: Option<&LabelIndex<'_>>,
) -> Option<RuleSetting> {
    check.unknown(raw, spot);
    let rule_spot = spot.key("rule");
    if let Slot::Absent = raw.rule {
        check.add(spot.problem("these settings don't say which `rule` they are for"));
    }
    let rule = check.text(&raw.rule, &rule_spot, "rule").map(str::to_owned);
    let level = check.member(
        &raw.level,
        &spot.key("level"),
        "level",
        Level::NAMES,
        Level::from_name,
    );
    let severity = check.member(
        &raw.severity,
        &spot.key("severity"),
        "severity",
        Severity::NAMES,
        Severity::from_name,
    );
    let params = params(check, &raw.params, &spot.key("params"));
    let selector_spot = spot.key("match");
    let selector = check
        .block(&raw.selector, &selector_spot, "match")
        .map(|raw| selector(check, raw, &selector_spot, known, index));
    Some(RuleSetting {
        rule: rule?,
        rule_place: rule_spot.place(),
        level,
        severity,
        params,
        selector,
    })
}

/// A rule's parameters as JSON, in which rules have their defaults too.
pub(crate) fn params(
    check: &mut Check,
    slot: &Slot<Table<Free>>,
    spot: &Spot<'_>,
) -> BTreeMap<String, (serde_json::Value, Place)> {
    let Some(Table(entries)) = check.take(slot, spot, "params") else {
        return BTreeMap::new();
    };
    entries
        .iter()
        .filter_map(|(key, value)| {
            let spot = spot.key(key);
            json(check, value, &spot).map(|value| (key.clone(), (value, spot.place())))
        })
        .collect()
}

/// A value of a parameter as JSON.
fn json(check: &mut Check, slot: &Slot<Free>, spot: &Spot<'_>) -> Option<serde_json::Value> {
    use serde_json::{Number, Value};
    let free = match slot {
        Slot::Null => return Some(Value::Null),
        Slot::Wrong(written) => {
            if *written == super::raw::Written::Number {
                check.add(spot.problem("this number is too large"));
            }
            return None;
        }
        Slot::Absent => return None,
        Slot::Given(free) => free,
    };
    match free {
        Free::Bool(flag) => Some(Value::Bool(*flag)),
        Free::Text(text) => Some(Value::String(text.clone())),
        Free::Int(int) => match (i64::try_from(*int), u64::try_from(*int)) {
            (Ok(int), _) => Some(int.into()),
            (_, Ok(int)) => Some(int.into()),
            _ => {
                check.add(spot.problem("this number is too large"));
                None
            }
        },
        Free::Float(float) => {
            let number = Number::from_f64(*float).map(Value::Number);
            if number.is_none() {
                check.add(spot.problem("a parameter can't be infinite or no number at all"));
            }
            number
        }
        Free::List(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(index, item)| json(check, item, &spot.item(index)));
            items
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<_>>()
                .map(Value::Array)
        }
        Free::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Some((key.clone(), json(check, value, &spot.key(key))?)));
            entries
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<_>>()
                .map(Value::Object)
        }
    }
}

/// A `match`, which must be able to select something.
fn selector(
    check: &mut Check,
    raw: &RawSelector,
    spot: &Spot<'_>,
    known: &Known<'_>,
    index: Option<&LabelIndex<'_>>,
) -> Selector {
    check.unknown(raw, spot);
    let before = check.problems.len();
    let target_spot = spot.key("target");
    let target = check
        .text(&raw.target, &target_spot, "target")
        .map(str::to_owned);
    let known_target = target
        .as_ref()
        .is_none_or(|name| known.check_target(check, name, &target_spot));
    let provider_spot = spot.key("provider");
    let provider = check
        .text(&raw.provider, &provider_spot, "provider")
        .map(str::to_owned);
    // Only an answer could tell one that is misspelt from one that is new, and by then the settings
    // would have had no effect.
    if let Some(name) = provider
        .as_deref()
        .filter(|name| !PROVIDER_TYPE.knows(name))
    {
        let message = format!("`{}` is no provider that hubdrift knows", short(name));
        let problem = provider_spot.problem(message);
        check.add(problem.help(suggest(name, PROVIDER_TYPE.members)));
    }
    let selector = Selector {
        labels: labels(check, &raw.labels, &spot.key("labels")),
        target,
        provider,
        place: spot.at_key().place(),
    };
    let sound = known.whole
        && known_target
        && known.broken_targets.is_empty()
        && check.problems.len() == before;
    if sound
        && index.is_some_and(|index| !index.any(&selector))
        && !may_be_unmanaged(&selector, known)
    {
        let mut wanted: Vec<String> = selector
            .labels
            .iter()
            .map(|(key, value)| format!("label {}: {}", short(key), short(value)))
            .collect();
        wanted.extend(
            selector
                .target
                .as_ref()
                .map(|target| format!("target {target}")),
        );
        let problem = spot.at_key().problem(format!(
            "no connector satisfies this `match` ({})",
            wanted.join(", ")
        ));
        check.add(problem.help("so the settings would change nothing; compare it with the connectors' `labels` and `target`"));
    }
    selector
}

/// Whether connectors that the inventory doesn't list may be selected: they have a target but no labels.
fn may_be_unmanaged(selector: &Selector, known: &Known<'_>) -> bool {
    selector.labels.is_empty()
        && known.targets.iter().any(|target| {
            target.unmanaged != Unmanaged::Ignore
                && selector
                    .target
                    .as_ref()
                    .is_none_or(|name| *name == target.name)
        })
}

/// The connectors by each of their labels, so that a `match` is tried on few of them.
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
        let lists = selector.labels.iter().map(|(key, value)| {
            self.by_label
                .get(&(key.as_str(), value.as_str()))
                .map_or(&[][..], Vec::as_slice)
        });
        match lists.min_by_key(|list| list.len()) {
            Some(rarest) => rarest.iter().any(|connector| {
                selector
                    .target
                    .as_ref()
                    .is_none_or(|target| connector.target == *target)
                    && selector
                        .labels
                        .iter()
                        .all(|(key, value)| connector.labels.get(key) == Some(value))
            }),
            None => match &selector.target {
                Some(target) => self.by_target.contains_key(target.as_str()),
                None => !self.connectors.is_empty(),
            },
        }
    }
}
