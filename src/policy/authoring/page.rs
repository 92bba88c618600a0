//! A rule becomes the page that documents it, in Markdown; all pages get an index.
//!
//! Read off `META` and the rule's own text, so that a page can't say what the rule doesn't do.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    model::{
        Level,
        provider::{AZURE, SERVICENOW},
    },
    policy::rule::{Meta, Source},
};

/// What a rule says in the `//!` lines at its beginning: a sentence, and what more there is to know.
pub fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The page of one rule, from its `META` and its source.
pub fn rule_page(meta: &Meta, source: &Source) -> String {
    let mut out = format!(
        "# {}\n\n**{}**\n\n{}\n\n",
        meta.id,
        meta.title,
        about(&source.text)
    );
    properties(&mut out, meta);
    // Writing to a String can't fail.
    let _ = write!(
        out,
        "\n## What to do about a failure\n\n{}\n",
        meta.remediation
    );
    parameters(&mut out, meta);
    let _ = write!(
        out,
        "\n## In an inventory\n\n{}",
        block("yaml", &example_setting(meta))
    );
    if meta.waivable {
        let _ = write!(
            out,
            "\n## A waiver\n\n{}",
            block("yaml", &example_waiver(meta))
        );
    }
    let _ = write!(out, "\n## Source\n\n{}", block("rhai", &source.text));
    out
}

/// The page that names all others, which lie beside it as `ID.md`; sorted as `rules` are.
pub fn rule_index<'a>(rules: impl IntoIterator<Item = &'a Meta>) -> String {
    let mut out = String::from(
        "# The built-in rules\n\n\
         They are part of every check unless the inventory says `policies: {builtin: false}`. What holds for \
         any sound connector is mandatory; what states a team's own convention is off until the inventory sets \
         a level for it.\n\n\
         | rule | checks | severity | level | providers |\n|---|---|---|---|---|\n",
    );
    for meta in rules {
        let _ = writeln!(
            out,
            "| [{id}]({id}.md) | {} | {} | {} | {} |",
            cell(&meta.title),
            meta.severity,
            meta.level,
            providers(meta),
            id = meta.id
        );
    }
    out
}

fn properties(out: &mut String, meta: &Meta) {
    let level = match meta.level {
        Level::Off => "off unless the inventory sets one".to_owned(),
        level => format!("{level} unless the inventory sets another"),
    };
    let mut rows = vec![
        ("severity", meta.severity.to_string()),
        ("level", level),
        ("providers", providers(meta)),
    ];
    if !meta.controls.is_empty() {
        rows.push(("controls", cell(&meta.controls.join(", "))));
    }
    if meta.needs_tags {
        rows.push(("needs", "the connector's tags".to_owned()));
    }
    let waivable = if meta.waivable { "yes" } else { "no" };
    rows.push(("may be waived", waivable.to_owned()));
    if let Some(uri) = &meta.help_uri {
        rows.push(("reference", format!("<{}>", cell(uri))));
    }
    out.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        let _ = writeln!(out, "| {name} | {value} |");
    }
}

fn parameters(out: &mut String, meta: &Meta) {
    if meta.params.is_empty() {
        return;
    }
    out.push_str("\n## Parameters\n\n| name | type | default |\n|---|---|---|\n");
    for (name, default) in &meta.params {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            code(name),
            type_name(default),
            code(&default.to_string())
        );
    }
}

/// An entry of `policies.rules` with all that can be set, as YAML.
pub fn example_setting(meta: &Meta) -> String {
    let id = &meta.id;
    let mut out = format!("policies:\n  rules:\n    - rule: {id}\n");
    let is_off = meta.level == Level::Off;
    out.push_str(if is_off {
        "      level: mandatory # or advisory; without a level the rule is off\n"
    } else {
        "      level: mandatory # the default; or advisory, or off\n"
    });
    let _ = writeln!(out, "      severity: {} # the default", meta.severity);
    if !meta.params.is_empty() {
        out.push_str("      params:\n");
    }
    for (name, default) in &meta.params {
        let whose = if is_off && default.as_array().is_some_and(Vec::is_empty) {
            "your own"
        } else {
            "the default"
        };
        // JSON is YAML too.
        let _ = writeln!(out, "        {name}: {default} # {whose}");
    }
    out
}

/// A waivers file for one failure of the rule, as YAML.
pub fn example_waiver(meta: &Meta) -> String {
    let provider = meta.providers.as_deref().and_then(<[String]>::first);
    let connector = match provider.map(String::as_str) {
        Some(SERVICENOW) => "servicenow-itsm",
        Some(AZURE) => "azure-landing-zone",
        _ => "jira-secops",
    };
    format!(
        "version: 1\nwaivers:\n  - rule: {}\n    connector: prod/{connector}\n    reason: what makes it right for the time being\n    owner: secops@example.com\n    expires: YYYY-MM-DD # its last day, UTC; at most 180 days ahead\n",
        meta.id
    )
}

fn providers(meta: &Meta) -> String {
    meta.providers
        .as_ref()
        .map_or_else(|| "all".to_owned(), |providers| providers.join(", "))
}

/// The type of a parameter by its default, for people.
fn type_name(default: &Value) -> &'static str {
    match default {
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "whole number",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
        Value::String(_) | Value::Null => "text",
    }
}

/// Text for a cell of a table, which `|` or a new line would end.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

/// Text as code in a cell of a table.
fn code(text: &str) -> String {
    let fence = fence(text, 1);
    format!("{fence}{}{fence}", cell(text))
}

/// Text as a block of code.
fn block(language: &str, text: &str) -> String {
    let fence = fence(text, 3);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// At least `least` backticks, and more than stand together anywhere in `text`.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}
