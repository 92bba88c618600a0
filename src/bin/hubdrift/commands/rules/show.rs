//! `rules list` and `rules show`: rules as they are set, for people and as JSON.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anstream::ColorChoice;
use anyhow::bail;
use hubdrift::{
    policy::{self, Policy, Rule},
    problem::{self, Problem, Sources},
    text,
};
use serde_json::{Value, json};

use super::gather::INVENTORY;
use crate::{
    clock::Clock,
    commands::load::{self, Input},
    files, terminal,
};

/// Which rules to list or show: the built-in ones, those of the inventory, and more.
#[derive(Debug)]
pub struct Selection {
    /// The inventory's files; empty for `hubdrift.yaml`, if that is there.
    pub inventory: Vec<PathBuf>,
    /// More rules.
    pub policies: Vec<PathBuf>,
}

/// Problems, as they are shown.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// The rules that `from` says, with their settings, and their texts by path.
fn load(from: &Selection) -> anyhow::Result<(Policy, BTreeMap<String, String>)> {
    let color = terminal::colors_stderr(ColorChoice::Auto);
    let refused =
        |problems: &[Problem], texts: &Sources| Refused(problem::render(problems, texts, color));
    let mut sources = policy::builtin();
    let usual = Path::new(INVENTORY);
    let inventory = if from.inventory.is_empty() && usual.exists() {
        vec![PathBuf::from(usual)]
    } else {
        from.inventory.clone()
    };
    if !inventory.is_empty() {
        let input = Input {
            inventory,
            policies: from.policies.clone(),
            builtin_rules: true,
            waivers: None,
        };
        let loaded = load::load(&input, Clock::start(None).at)
            .map_err(|failure| Refused(failure.render(color)))?;
        let policy = loaded.policy;
        for rule in policy.rules().iter().filter(|rule| !is_builtin(rule)) {
            sources.extend(files::read_rules(Path::new(&rule.source)).unwrap_or_default());
        }
        return Ok((policy, texts_by_path(sources)));
    }
    for path in &from.policies {
        let read = files::read_rules(path);
        sources.extend(read.map_err(|problems| refused(&problems, &Sources::new()))?);
    }
    let by_path = texts_by_path(sources.clone());
    match policy::compile(sources, &[]) {
        Ok(policy) => Ok((policy, by_path)),
        Err(problems) => Err(refused(&problems, &by_path).into()),
    }
}

fn texts_by_path(sources: Vec<policy::Source>) -> BTreeMap<String, String> {
    let pairs = sources.into_iter().map(|source| (source.path, source.text));
    pairs.collect()
}

fn is_builtin(rule: &Rule) -> bool {
    rule.source.starts_with("builtin:")
}

/// The rules, by id.
///
/// # Errors
/// When inventory or rules are invalid.
pub fn list(from: &Selection, json: bool) -> anyhow::Result<String> {
    let (policy, _) = load(from)?;
    if json {
        let rules: Vec<_> = policy.rules().iter().map(as_json).collect();
        return Ok(format!("{:#}\n", Value::Array(rules)));
    }
    let mut rows = vec![["RULE", "SEVERITY", "LEVEL", "FROM", "CHECKS"].map(str::to_owned)];
    rows.extend(policy.rules().iter().map(|rule| {
        let source = if is_builtin(rule) {
            "builtin".to_owned()
        } else {
            text::terminal(&rule.source).into_owned()
        };
        [
            text::terminal(&rule.meta.id).into_owned(),
            rule.severity.to_string(),
            rule.level.to_string(),
            source,
            text::terminal(&rule.meta.title).into_owned(),
        ]
    }));
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a String can't fail.
            let _ = write!(out, "{cell:<width$}  ");
        }
        out.push_str(&row[4]);
        out.push('\n');
    }
    Ok(out)
}

fn as_json(rule: &Rule) -> Value {
    json!({
        "id": &*rule.meta.id,
        "title": rule.meta.title,
        "severity": rule.severity.as_str(),
        "level": rule.level.as_str(),
        "params": rule.params,
        "providers": rule.meta.providers,
        "remediation": rule.meta.remediation,
        "controls": rule.meta.controls,
        "help_uri": rule.meta.help_uri,
        "waivable": rule.meta.waivable,
        "needs_tags": rule.meta.needs_tags,
        "source": rule.source,
        "sha256": rule.sha256,
    })
}

/// One rule.
///
/// # Errors
/// When there is no such rule, or inventory or rules are invalid.
pub fn show(id: &str, from: &Selection, source: bool) -> anyhow::Result<String> {
    let (policy, by_path) = load(from)?;
    let Some(rule) = policy.rules().iter().find(|rule| *rule.meta.id == *id) else {
        let known = policy.rules().iter().map(|rule| &*rule.meta.id);
        let near = match text::nearest(id, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`hubdrift rules list` names them".to_owned(),
        };
        bail!(
            "there is no rule `{}`: {near}",
            text::terminal(&text::truncate(id, 80))
        );
    };
    let whole = by_path
        .get(&rule.source)
        .map(String::as_str)
        .unwrap_or_default();
    if source {
        return Ok(lines(whole, ""));
    }
    Ok(page(rule, whole))
}

/// A rule with its settings, what to do about a failure, and examples.
fn page(rule: &Rule, source: &str) -> String {
    let meta = &rule.meta;
    let mut out = format!(
        "{}\n  {}\n\n",
        text::terminal(&meta.id),
        text::terminal(&meta.title)
    );
    out.push_str(&lines(&policy::about(source), "  "));
    out.push('\n');
    let providers = match &meta.providers {
        Some(providers) => providers.join(", "),
        None => "all".to_owned(),
    };
    let mut rows = vec![
        ("severity", rule.severity.to_string()),
        ("level", rule.level.to_string()),
        ("providers", providers),
        (
            "waivable",
            if meta.waivable { "yes" } else { "no" }.to_owned(),
        ),
    ];
    if meta.needs_tags {
        rows.push(("needs", "the connector's tags".to_owned()));
    }
    if !meta.controls.is_empty() {
        rows.push(("controls", meta.controls.join(", ")));
    }
    if let Some(uri) = &meta.help_uri {
        rows.push(("see", uri.clone()));
    }
    rows.push(("from", rule.source.clone()));
    for (name, value) in rows {
        // Writing to a String can't fail.
        let _ = writeln!(out, "  {name:<10} {}", text::terminal(&value));
    }
    for (name, value) in &rule.params {
        let default = meta.params.get(name);
        let was = match default {
            Some(default) if default != value => format!(" (by default {default})"),
            _ => String::new(),
        };
        let shown = format!("{name} = {value}{was}");
        let _ = writeln!(out, "  {:<10} {}", "parameter", text::terminal(&shown));
    }
    out.push_str("\nWhat to do about a failure\n");
    out.push_str(&lines(&meta.remediation, "  "));
    out.push_str("\nIn an inventory\n");
    out.push_str(&lines(&policy::example_setting(meta), "  "));
    if meta.waivable {
        out.push_str("\nA waiver\n");
        out.push_str(&lines(&policy::example_waiver(meta), "  "));
    }
    out
}

/// Each line of a text behind `indent`, safe to show.
fn lines(text: &str, indent: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = text::terminal(line.trim_end());
        let _ = writeln!(out, "{}", format!("{indent}{line}").trim_end());
    }
    out
}
