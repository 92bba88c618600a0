//! What a rule can see becomes a description of it, read off the table of facts: as JSON, and for people.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{
    facts::{Kind, Presence, Spec, TABLE},
    yaml::json_of,
};

/// The fields of `ctx`, but for the facts: name, type, what it is.
const CTX: [(&str, &str, &str); 10] = [
    ("now", "time", "the time that is judged at"),
    ("target.name", "text", "the target's name in the inventory"),
    (
        "target.account",
        "text, optional",
        "the account, if it is known",
    ),
    (
        "target.region",
        "text, optional",
        "the region, if it is known",
    ),
    (
        "target.partition",
        "text, optional",
        "the region's partition, such as aws or aws-us-gov",
    ),
    (
        "labels.KEY",
        "text, optional",
        "the connector's label of that name in the inventory",
    ),
    (
        "params.NAME",
        "as in META",
        "a parameter of the rule, as META or the inventory sets it",
    ),
    (
        "expected.FACT",
        "as the fact",
        "what the inventory expects exactly; absent where it says nothing or has a matcher",
    ),
    ("observed.FACT", "as the fact", "what the API answered"),
    (
        "drift",
        "list of {path, expected, observed}",
        "the fields that are not as expected",
    ),
];

/// What a rule can see: the fields of `ctx`, every fact, and an example.
pub fn facts_json() -> Value {
    let ctx = CTX.map(|(path, kind, doc)| json!({"path": path, "type": kind, "doc": doc}));
    json!({
        "ctx": ctx,
        "facts": TABLE.iter().map(fact_json).collect::<Vec<_>>(),
        "example": example(),
    })
}

fn fact_json(spec: &Spec) -> Value {
    let (optional, promised_for) = match spec.presence {
        Presence::Required => (false, Value::Null),
        Presence::RequiredFor(providers) => (true, json!(providers)),
        Presence::Optional => (true, Value::Null),
    };
    let mut fact = json!({
        "path": spec.path,
        "type": spec.kind.name(),
        "optional": optional,
        "doc": spec.doc,
        "example": value(spec),
    });
    if !promised_for.is_null() {
        fact["promised_for"] = promised_for;
    }
    if let Kind::Enum(members) = spec.kind {
        fact["enum"] = json!(members.name);
        fact["members"] = json!(members.members);
    }
    fact
}

/// The example of a fact as a value of its type.
fn value(spec: &Spec) -> Value {
    let text = || json!(spec.example);
    match spec.kind {
        // Written as in an inventory.
        Kind::Set | Kind::Issues | Kind::Tags => json_of(spec.example).unwrap_or_else(text),
        _ => text(),
    }
}

/// A `ctx` with every fact, though no connector has all of them.
fn example() -> Value {
    let mut observed = Map::new();
    for spec in &TABLE {
        match spec.path.split_once('.') {
            None => {
                observed.insert(spec.path.to_owned(), value(spec));
            }
            Some((group, name)) => {
                let group = observed.entry(group).or_insert_with(|| json!({}));
                group[name] = value(spec);
            }
        }
    }
    json!({
        "now": "2026-11-22T09:00:00Z",
        "target": {"name": "prod", "account": "111122223333", "region": "us-east-1", "partition": "aws"},
        "labels": {"env": "prod"},
        "params": {"max_age_hours": 24},
        "expected": {"name": "jira-secops", "provider": {"project_key": "OPS"}},
        "observed": observed,
        "drift": [{"path": "provider.project_key", "expected": "OPS", "observed": "SEC"}],
    })
}

/// The same for people.
pub fn facts_text() -> String {
    let mut out = String::from("What a rule sees, `ctx`:\n\n");
    // Writing to a String can't fail.
    for (path, kind, doc) in CTX {
        let _ = writeln!(out, "  {path:<17} {kind}\n  {:<17} {doc}", "");
    }
    out.push_str("\nThe facts, of ctx.observed and ctx.expected:\n\n");
    for spec in &TABLE {
        let presence = match spec.presence {
            Presence::Required => String::new(),
            Presence::RequiredFor(providers) => {
                format!(", optional but for {}", providers.join(" and "))
            }
            Presence::Optional => ", optional".to_owned(),
        };
        let _ = writeln!(
            out,
            "  {}\n      {}{presence}. {}",
            spec.path,
            spec.kind.name(),
            spec.doc
        );
        if let Kind::Enum(members) = spec.kind {
            let _ = writeln!(out, "      {}", members.members.join(" | "));
        }
    }
    out.push_str(
        "\nWhat is optional may be absent: ask `present(x)` before anything else. An enum is compared with the\n\
         names of its members; one that hubdrift doesn't know can't be compared. `ctx.observed.tags` needs\n\
         `needs: [\"tags\"]` in META.\n\nAn example (no connector has all of these facts):\n\n",
    );
    let example = format!("{:#}", example());
    for line in example.lines() {
        let _ = writeln!(out, "  {line}");
    }
    out
}
