//! The keys of `META`: what each must be, and the problems where one is not.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, ImmutableString, Map, Position};
use serde_json::Value;

use super::problems::Problems;
use crate::{
    facts::PROVIDER_TYPE,
    model::{Level, Severity},
    policy::{
        language::{json::to_json, nearest::did_you_mean},
        rule::Meta,
    },
};

/// The keys of `META`.
const KEYS: &[&str] = &[
    "id",
    "title",
    "severity",
    "level",
    "remediation",
    "controls",
    "help_uri",
    "providers",
    "params",
    "waivable",
    "needs",
];
/// Those that must be there.
const REQUIRED: &[&str] = &["id", "title", "severity", "remediation"];

/// Reads `META` key by key.
pub(crate) struct Keys<'a> {
    pub problems: &'a mut Problems,
    pub map: Map,
    pub places: BTreeMap<String, Position>,
    pub position: Position,
}

impl Keys<'_> {
    fn problem(&mut self, key: &str, message: String) {
        let position = self.places.get(key).copied().unwrap_or(self.position);
        let problem = self.problems.at(position, message);
        self.problems.list.push(problem.width(key.chars().count()));
    }

    fn ill_typed(&mut self, key: &str, wanted: &str) {
        self.problem(key, format!("`{key}` must be {wanted}"));
    }

    pub(crate) fn read(&mut self, stem: &str) -> Meta {
        let unknown: Vec<_> = self
            .map
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(ToString::to_string)
            .collect();
        for key in unknown {
            let near = did_you_mean(&key, KEYS.iter().copied());
            self.problem(&key, format!("META has no key `{key}`{near}"));
        }
        for key in REQUIRED {
            if !self.map.contains_key(*key) {
                self.problems
                    .add(self.position, format!("META lacks `{key}`"));
            }
        }
        let id = self.text("id").unwrap_or_default();
        if self.map.contains_key("id") && !id.is_empty() && id != stem {
            self.problem(
                "id",
                format!("the id `{id}` is not the file's name `{stem}`"),
            );
        } else if !id.is_empty()
            && !id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            self.problem(
                "id",
                format!("the id `{id}` may have lowercase letters, digits and `-` only"),
            );
        }
        Meta {
            id: id.into(),
            title: self.text("title").unwrap_or_default(),
            severity: self.member(
                "severity",
                Severity::NAMES,
                Severity::from_name,
                Severity::Medium,
            ),
            level: self.member("level", Level::NAMES, Level::from_name, Level::Mandatory),
            remediation: self.text("remediation").unwrap_or_default(),
            controls: self.texts("controls").unwrap_or_default(),
            help_uri: self.text("help_uri"),
            providers: self.providers(),
            params: self.params(),
            waivable: self.bool("waivable").unwrap_or(true),
            needs_tags: self.needs_tags(),
        }
    }

    fn get(&self, key: &str) -> Option<Dynamic> {
        self.map.get(key).cloned()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)?.try_cast::<ImmutableString>() {
            Some(text) if !text.trim().is_empty() => Some(text.to_string()),
            Some(_) => {
                self.problem(key, format!("`{key}` is empty"));
                None
            }
            None => {
                self.ill_typed(key, "a text");
                None
            }
        }
    }

    fn bool(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?.as_bool().ok();
        if value.is_none() {
            self.ill_typed(key, "true or false");
        }
        value
    }

    fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let texts: Option<Vec<_>> = self.get(key)?.try_cast::<Array>().and_then(|items| {
            items
                .into_iter()
                .map(|item| {
                    item.try_cast::<ImmutableString>()
                        .map(|text| text.to_string())
                })
                .collect()
        });
        if texts.is_none() {
            self.ill_typed(key, "a list of texts");
        }
        texts
    }

    /// The member of an enum that `key` names, or `default`, also where the name is misspelt: that is a problem.
    fn member<T>(
        &mut self,
        key: &str,
        names: &[&str],
        from_name: impl Fn(&str) -> Option<T>,
        default: T,
    ) -> T {
        let Some(name) = self.text(key) else {
            return default;
        };
        from_name(&name).unwrap_or_else(|| {
            let near = did_you_mean(&name, names.iter().copied());
            let all = names.join(", ");
            self.problem(key, format!("`{name}` is no {key} ({all}){near}"));
            default
        })
    }

    fn providers(&mut self) -> Option<Vec<String>> {
        let providers = self.texts("providers")?;
        if providers.is_empty() {
            self.problem(
                "providers",
                "`providers` is empty: leave it out for all of them".into(),
            );
        }
        for provider in &providers {
            if !PROVIDER_TYPE.knows(provider) {
                let near = did_you_mean(provider, PROVIDER_TYPE.members.iter().copied());
                let all = PROVIDER_TYPE.members.join(", ");
                self.problem(
                    "providers",
                    format!("`{provider}` is no provider ({all}){near}"),
                );
            }
        }
        Some(providers)
    }

    fn params(&mut self) -> BTreeMap<String, Value> {
        let Some(value) = self.get("params") else {
            return BTreeMap::new();
        };
        let Some(map) = value.try_cast::<Map>() else {
            self.ill_typed("params", "a map of names to defaults");
            return BTreeMap::new();
        };
        let mut params = BTreeMap::new();
        for (name, default) in map {
            if let Some(value) = to_json(&default) {
                params.insert(name.to_string(), value);
            } else {
                let message = format!(
                    "the default of `{name}` must be a text, a number, a bool, a list or a map"
                );
                self.problem("params", message);
            }
        }
        params
    }

    fn needs_tags(&mut self) -> bool {
        let needs = self.texts("needs").unwrap_or_default();
        for need in &needs {
            if need != "tags" {
                let near = did_you_mean(need, ["tags"].into_iter());
                self.problem(
                    "needs",
                    format!("`{need}` can't be needed: only `tags` can{near}"),
                );
            }
        }
        needs.iter().any(|need| need == "tags")
    }
}
