//! Sources and settings become rules on an engine: all that a thread needs to evaluate them.

use std::{collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};

use super::{meta, settings};
use crate::{
    inventory::RuleSetting,
    model::{Level, Place, Severity},
    policy::{
        language::{engine::engine, json},
        paths::id_of,
        rule::{Meta, Source},
    },
    problem::Problem,
};

/// An engine with the rules that were compiled on it, by id.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub engine: rhai::Engine,
    pub rules: Vec<Rule>,
}

impl Compiled {
    /// Compiles rules and lays their settings over them.
    ///
    /// # Errors
    /// All that is wrong with any of them, sorted by place.
    pub(crate) fn new(sources: &[Source], settings: &[RuleSetting]) -> Result<Self, Vec<Problem>> {
        let engine = engine();
        let rules = rules(&engine, sources, settings)?;
        Ok(Self { engine, rules })
    }
}

fn rules(
    engine: &rhai::Engine,
    sources: &[Source],
    settings: &[RuleSetting],
) -> Result<Vec<Rule>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut stems = Vec::new();
    let mut parsed: BTreeMap<Arc<str>, (&Source, meta::Parsed)> = BTreeMap::new();
    for source in sources {
        stems.push(id_of(&source.path).to_owned());
        match meta::parse(engine, source) {
            Err(mut more) => problems.append(&mut more),
            Ok(rule) => {
                if let Some((_, first)) = parsed.get(&rule.meta.id) {
                    let message = format!(
                        "two rules have the id `{}`: {} and {}",
                        rule.meta.id, first.place, rule.place
                    );
                    problems.push(
                        Problem::at(rule.place, message)
                            .related(first.place.clone(), "the other one"),
                    );
                } else {
                    parsed.insert(rule.meta.id.clone(), (source, rule));
                }
            }
        }
    }
    let metas = parsed
        .iter()
        .map(|(id, (_, rule))| (id.clone(), &rule.meta))
        .collect();
    problems.extend(settings::check(&metas, &stems, settings));
    if !problems.is_empty() {
        problems.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
        return Err(problems);
    }
    Ok(parsed
        .into_values()
        .map(|(source, rule)| Rule::new(source, rule, settings))
        .collect())
}

/// A rule, compiled and set.
#[derive(Debug)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// Its level, but for connectors for which a `match` sets another.
    pub level: Level,
    /// Its severity, but for connectors for which a `match` sets another.
    pub severity: Severity,
    /// Its parameters in force, but for connectors for which a `match` sets others.
    pub params: BTreeMap<String, serde_json::Value>,
    /// The path of its source.
    pub source: String,
    /// SHA-256 of its source, in hex.
    pub sha256: String,
    /// Where its `META` is.
    pub place: Place,
    pub(crate) settings: settings::Settings,
    pub(crate) ast: rhai::AST,
    pub(crate) has_constants: bool,
    pub(crate) largest_literal: usize,
}

impl Rule {
    /// Whether it is evaluated on any connector.
    pub fn is_on(&self) -> bool {
        self.settings.is_on()
    }

    fn new(source: &Source, parsed: meta::Parsed, settings: &[RuleSetting]) -> Self {
        let settings = settings::Settings::new(&parsed.meta, settings);
        let params = settings.base.params.0.iter();
        Self {
            level: settings.base.level,
            severity: settings.base.severity,
            params: params
                .filter_map(|(name, value)| Some((name.clone(), json::to_json(value)?)))
                .collect(),
            source: source.path.clone(),
            sha256: crate::text::hex(&Sha256::digest(&source.text)),
            place: parsed.place,
            meta: parsed.meta,
            settings,
            ast: parsed.ast,
            has_constants: parsed.has_constants,
            largest_literal: parsed.largest_literal,
        }
    }
}
