//! How a rule is set: the inventory's entries checked against the rules, and laid over each other for a connector.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::{
    inventory::{RuleSetting, Selector},
    model::{Fact, Level, Place, Severity},
    policy::{
        builtin,
        language::{json::from_json, nearest::did_you_mean, values::Params},
        paths::id_of,
        rule::Meta,
        subject::{Subject, SubjectState},
    },
    problem::Problem,
};

/// How a rule is set for one connector.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    pub level: Level,
    pub severity: Severity,
    pub params: Params,
    /// Where the level was set, if anywhere.
    pub level_place: Option<Place>,
}

/// All settings of one rule.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Without the entries that have a `match`.
    pub base: Effective,
    /// Every entry in order, if one of them has a `match`; else empty, and `base` is for all.
    entries: Vec<RuleSetting>,
    start: Effective,
}

impl Settings {
    /// Lays the entries for one rule over its defaults.
    pub(crate) fn new(meta: &Meta, settings: &[RuleSetting]) -> Self {
        let entries: Vec<_> = settings
            .iter()
            .filter(|entry| *entry.rule == *meta.id)
            .cloned()
            .collect();
        let start = Effective {
            level: meta.level,
            severity: meta.severity,
            params: Params(Arc::new(
                meta.params
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), from_json(value)?)))
                    .collect(),
            )),
            level_place: None,
        };
        let base = lay(
            &start,
            entries.iter().filter(|entry| entry.selector.is_none()),
        );
        let entries = if entries.iter().any(|entry| entry.selector.is_some()) {
            entries
        } else {
            Vec::new()
        };
        Self {
            base,
            entries,
            start,
        }
    }

    /// Whether the rule is on for any connector that could be.
    pub(crate) fn is_on(&self) -> bool {
        self.base.level != Level::Off
            || self
                .entries
                .iter()
                .any(|e| e.level.is_some_and(|level| level != Level::Off))
    }

    /// Whether the rule is on for a connector of this target with these labels, or may be: what a
    /// `match` asks of its provider can't be known before it is read.
    pub(crate) fn may_be_on(&self, target: &str, labels: &BTreeMap<String, String>) -> bool {
        if self.entries.is_empty() {
            return self.base.level != Level::Off;
        }
        let mut may_be = self.start.level != Level::Off;
        for entry in &self.entries {
            let Some(level) = entry.level else { continue };
            let selector = entry.selector.as_ref();
            if !selector.is_none_or(|it| is_within(it, target, labels)) {
                continue;
            }
            let is_certain = selector.is_none_or(|it| it.provider.is_none());
            may_be = level != Level::Off || (may_be && !is_certain);
        }
        may_be
    }

    /// How the rule is set for `subject`.
    pub(crate) fn for_subject(&self, subject: &Subject<'_>) -> std::borrow::Cow<'_, Effective> {
        if self.entries.is_empty() {
            return std::borrow::Cow::Borrowed(&self.base);
        }
        let holds = |entry: &&RuleSetting| {
            entry
                .selector
                .as_ref()
                .is_none_or(|selector| selects(selector, subject))
        };
        std::borrow::Cow::Owned(lay(&self.start, self.entries.iter().filter(holds)))
    }
}

/// Lays entries over `start`, in order: later ones win.
fn lay<'a>(start: &Effective, entries: impl Iterator<Item = &'a RuleSetting>) -> Effective {
    let mut effective = start.clone();
    for entry in entries {
        if let Some(level) = entry.level {
            effective.level = level;
            effective.level_place = Some(entry.rule_place.clone());
        }
        effective.severity = entry.severity.unwrap_or(effective.severity);
        if !entry.params.is_empty() {
            let params = Arc::make_mut(&mut effective.params.0);
            for (name, (value, _)) in &entry.params {
                let Some(mut value) = from_json(value) else {
                    continue;
                };
                // Where the default is a float an integer is one too.
                if params.get(name).is_some_and(rhai::Dynamic::is_float)
                    && let Ok(int) = value.as_int()
                {
                    #[expect(clippy::cast_precision_loss, reason = "as rhai itself does it")]
                    let float = int as f64;
                    value = float.into();
                }
                params.insert(name.clone(), value);
            }
        }
    }
    effective
}

/// Whether an entry's `match` holds. A provider that isn't known matches none:
/// then what is set for all connectors stays in force.
fn selects(selector: &Selector, subject: &Subject<'_>) -> bool {
    let provider = match subject.state {
        SubjectState::Present(connector) => connector.text(Fact::ProviderType),
        SubjectState::Missing | SubjectState::Unread(_) => None,
    };
    is_within(selector, &subject.target.name, subject.labels)
        && selector
            .provider
            .as_deref()
            .is_none_or(|wanted| provider == Some(wanted))
}

/// Whether an entry's `match` holds as far as the inventory decides it.
fn is_within(selector: &Selector, target: &str, labels: &BTreeMap<String, String>) -> bool {
    let mut wanted = selector.labels.iter();
    wanted.all(|(key, value)| labels.get(key) == Some(value))
        && selector.target.as_ref().is_none_or(|name| name == target)
}

/// What is wrong with the settings: rules that don't exist, parameters that they don't have.
pub(crate) fn check(
    metas: &BTreeMap<Arc<str>, &Meta>,
    known: &[String],
    settings: &[RuleSetting],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut of_rule: BTreeMap<&str, Vec<&RuleSetting>> = BTreeMap::new();
    for setting in settings {
        of_rule.entry(&setting.rule).or_default().push(setting);
    }
    for setting in settings {
        let Some(meta) = metas.get(setting.rule.as_str()) else {
            // A rule whose file is broken exists: its own problem is enough.
            if known.contains(&setting.rule) {
                continue;
            }
            let width = setting.rule.chars().count();
            if is_builtin(&setting.rule) {
                let message = format!(
                    "`{}` is a built-in rule, and those are left out",
                    setting.rule
                );
                let problem = Problem::at(setting.rule_place.clone(), message).width(width);
                problems.push(problem.help("take away this, or what leaves them out: `builtin: false` or `--no-builtin-rules`"));
            } else {
                let near = did_you_mean(&setting.rule, known.iter().map(String::as_str));
                let message = format!("there is no rule `{}`{near}", setting.rule);
                problems.push(Problem::at(setting.rule_place.clone(), message).width(width));
            }
            continue;
        };
        let all = of_rule.get(setting.rule.as_str());
        problems.extend(all.and_then(|all| without_effect(meta, setting, all)));
        for (name, (value, place)) in &setting.params {
            let message = match meta.params.get(name) {
                None => {
                    let near = did_you_mean(name, meta.params.keys().map(String::as_str));
                    Some(format!(
                        "the rule `{}` has no parameter `{name}`{near}",
                        meta.id
                    ))
                }
                Some(default) => {
                    unlike(default, value).map(|wanted| format!("`{name}` must be {wanted}"))
                }
            };
            if let Some(message) = message {
                problems.push(Problem::at(place.clone(), message));
            }
        }
    }
    problems
}

/// Whether hubdrift brings a rule of this id.
fn is_builtin(id: &str) -> bool {
    let mut all = builtin::builtin().into_iter();
    all.any(|source| id_of(&source.path) == id)
}

/// The problem of settings for connectors on which the rule is off, or that it isn't about: whoever
/// wrote them believes that it checks something.
fn without_effect(meta: &Meta, setting: &RuleSetting, all: &[&RuleSetting]) -> Option<Problem> {
    let here = |message: String| {
        Problem::at(setting.rule_place.clone(), message).width(setting.rule.chars().count())
    };
    let selector = setting.selector.as_ref();
    if let (Some(providers), Some(provider)) = (
        &meta.providers,
        selector.and_then(|it| it.provider.as_ref()),
    ) && !providers.contains(provider)
    {
        let message = format!(
            "the rule `{}` is not for {provider}, so this has no effect",
            meta.id
        );
        let help = format!("take it away; the rule is for: {}", providers.join(", "));
        return Some(here(message).help(help));
    }
    if setting.severity.is_none() && setting.params.is_empty() {
        return None;
    }
    let mut off = (meta.level == Level::Off).then_some(None);
    let mut is_later = false;
    for &entry in all {
        is_later |= std::ptr::eq(entry, setting);
        match entry.level {
            Some(Level::Off) => {
                // Another file may switch off what this one has set.
                let overlaid = is_later && entry.rule_place.file != setting.rule_place.file;
                if !overlaid && is_wider(entry.selector.as_ref(), selector) {
                    off = Some(Some(entry));
                }
            }
            Some(_) if may_overlap(entry.selector.as_ref(), selector) => off = None,
            Some(_) | None => {}
        }
    }
    let help = "add `level: mandatory` or `level: advisory`, or take it away";
    let off = off?;
    // What is off in the very entry is off on purpose.
    if let (Some(entry), Some((key, place))) = (off, &setting.set_at)
        && std::ptr::eq(entry, setting)
    {
        let message = format!("`{key}` has no effect while the rule `{}` is off", meta.id);
        let problem = Problem::at(place.clone(), message).width(key.len());
        return Some(problem.help("comment it out, or leave it away until the rule is on"));
    }
    Some(match off {
        None => here(format!(
            "the rule `{}` is off unless a level is set, so this has no effect",
            meta.id
        ))
        .help(help),
        Some(entry) => here(format!(
            "the rule `{}` is off for all that this is for, so this has no effect",
            meta.id
        ))
        .related(entry.rule_place.clone(), "it is switched off here")
        .help(help),
    })
}

/// Whether `wide` selects all that `narrow` does.
fn is_wider(wide: Option<&Selector>, narrow: Option<&Selector>) -> bool {
    let Some(wide) = wide else { return true };
    let Some(narrow) = narrow else { return false };
    let mut labels = wide.labels.iter();
    labels.all(|(key, value)| narrow.labels.get(key) == Some(value))
        && (wide.target.is_none() || wide.target == narrow.target)
        && (wide.provider.is_none() || wide.provider == narrow.provider)
}

/// Whether a connector may be selected by both.
fn may_overlap(one: Option<&Selector>, other: Option<&Selector>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return true;
    };
    let agree = |one: Option<&String>, other: Option<&String>| {
        one.is_none() || other.is_none() || one == other
    };
    let mut labels = one.labels.iter();
    labels.all(|(key, value)| agree(Some(value), other.labels.get(key)))
        && agree(one.target.as_ref(), other.target.as_ref())
        && agree(one.provider.as_ref(), other.provider.as_ref())
}

/// What `value` should be, if it isn't of the type of `default`.
fn unlike(default: &Value, value: &Value) -> Option<String> {
    let wanted = match (default, value) {
        (Value::Bool(_), Value::Bool(_)) | (Value::String(_), Value::String(_)) => return None,
        (Value::Number(default), Value::Number(value)) => {
            if value.as_i64().is_some() || (default.is_f64() && value.is_f64()) {
                return None;
            }
            if default.is_f64() {
                "a number"
            } else {
                "a whole number"
            }
        }
        (Value::Array(defaults), Value::Array(values)) => {
            let element = |value| match defaults.first() {
                Some(default) => unlike(default, value),
                None => from_json(value)
                    .is_none()
                    .then(|| "without null".to_owned()),
            };
            return values
                .iter()
                .find_map(element)
                .map(|wanted| format!("a list in which each element is {wanted}"));
        }
        (Value::Object(defaults), Value::Object(values)) => {
            for (key, value) in values {
                let Some(default) = defaults.get(key) else {
                    return Some(format!("a map without `{key}`"));
                };
                if let Some(wanted) = unlike(default, value) {
                    return Some(format!("a map in which `{key}` is {wanted}"));
                }
            }
            let lacking = defaults.keys().find(|key| !values.contains_key(*key));
            return lacking.map(|key| format!("a map with `{key}`"));
        }
        (Value::Bool(_), _) => "true or false",
        (Value::String(_), _) => "a text",
        (Value::Number(number), _) => {
            if number.is_f64() {
                "a number"
            } else {
                "a whole number"
            }
        }
        (Value::Array(_), _) => "a list",
        (Value::Object(_), _) => "a map",
        (Value::Null, _) => "nothing",
    };
    Some(wanted.to_owned())
}
