//! The JSON Schema of an inventory file.
//!
//! `expect` is read off the table of facts. Draft 7 is what editors' YAML servers understand best.

use serde_json::{Map, Value, json};

use super::parts::{NAME, UUID, block, described, reference, text};
use crate::{
    facts::{self, Expectable, Kind, PROVIDER_TYPE, Spec},
    inventory::Unmanaged,
    model::{Level, Severity},
};

/// The schema of an inventory file.
pub fn inventory() -> Value {
    let mut schema = block(
        "An inventory of hubdrift: which AWS Security Hub connectors a team expects, and how they are judged.",
        &["version"],
        &json!({
            "version": described(json!({ "const": 1 }), "The version of this format."),
            "target_defaults": described(reference("target"), "What is the same for all targets of this file."),
            "targets": {
                "description": "Where to look, by name. Without it there is one target, `default`: the environment's credentials and region.",
                "type": "object",
                "propertyNames": { "pattern": NAME },
                "additionalProperties": reference("target"),
            },
            "connectors": {
                "description": "The connectors that should exist.",
                "type": "array",
                "items": reference("connector"),
            },
            "policies": reference("policies"),
            "waivers": text("The waivers file, relative to this file."),
        }),
    );
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "hubdrift inventory",
        "definitions": definitions(),
    });
    if let (Value::Object(schema), Value::Object(head)) = (&mut schema, head) {
        schema.extend(head);
    }
    schema
}

fn definitions() -> Value {
    json!({
        "target": target(),
        "exception": exception(),
        "connector": connector(),
        "labels": {
            "type": "object",
            "additionalProperties": { "type": "string" },
        },
        "expect": expect(),
        "policies": policies(),
        "rule": rule(),
        "match": selector(),
        "matcher": matcher(&json!({ "type": "string" })),
        "set_matcher": set_matcher(),
    })
}

fn target() -> Value {
    block(
        "One (account, region) to look in.",
        &[],
        &json!({
            "account": {
                "description": "The account's twelve digits, in quotes; verified before anything is read.",
                "type": "string",
                "pattern": "^[0-9]{12}$",
            },
            "region": text("The region; the environment's if absent."),
            "role_arn": text("A role to assume, by its whole ARN."),
            "role_name": text("A role to assume, by its name in the target's account."),
            "profile": text("A profile of the AWS configuration."),
            "external_id": text("The external id that the role asks for."),
            "session_name": text("The name of the role's session."),
            "unmanaged": {
                "description": "What connectors are that the inventory doesn't list: findings that are judged (fail), only judged, or ignored.",
                "enum": Unmanaged::NAMES,
                "default": "fail",
            },
            "unmanaged_except": {
                "description": "Connectors that are another inventory's: counted, not findings.",
                "type": "array",
                "items": reference("exception"),
            },
            "hub": {
                "description": "Whether Security Hub is expected to be enabled.",
                "enum": ["enabled", "disabled"],
                "default": "enabled",
            },
        }),
    )
}

fn exception() -> Value {
    let mut exception = block(
        "Connectors by name or by id.",
        &[],
        &json!({ "name": reference("matcher"), "connector_id": reference("matcher") }),
    );
    exception["minProperties"] = json!(1);
    exception["maxProperties"] = json!(1);
    exception
}

fn connector() -> Value {
    let mut connector = block(
        "A connector that should exist, found by its name, id or ARN.",
        &["id"],
        &json!({
            "id": {
                "description": "Your own name for it; reports call it TARGET/ID.",
                "type": "string",
                "pattern": NAME,
            },
            "target": text("The name of its target; needed only if there are several."),
            "name": { "description": "The connector's name. It survives a new id.", "type": "string", "minLength": 1 },
            "connector_id": { "description": "The connector's id.", "type": "string", "pattern": UUID },
            "connector_arn": { "description": "The connector's ARN.", "type": "string", "pattern": "^arn:" },
            "labels": described(reference("labels"), "Your own labels, for rules and `match`."),
            "expect": reference("expect"),
        }),
    );
    connector["oneOf"] = json!([
        { "required": ["name"] },
        { "required": ["connector_id"] },
        { "required": ["connector_arn"] },
    ]);
    connector
}

fn policies() -> Value {
    block(
        "Which rules judge the connectors, and how.",
        &[],
        &json!({
            "builtin": { "description": "Whether the built-in rules are among them.", "type": "boolean", "default": true },
            "paths": {
                "description": "Directories or files of further rules, relative to this file.",
                "type": "array",
                "items": { "type": "string", "minLength": 1 },
            },
            "rules": {
                "description": "Settings of single rules; for a connector, later ones win.",
                "type": "array",
                "items": reference("rule"),
            },
        }),
    )
}

fn rule() -> Value {
    block(
        "The settings of one rule.",
        &["rule"],
        &json!({
            "rule": text("The rule's id."),
            "level": {
                "description": "Whether a failure counts. If absent, what the rule's META says: mandatory, but for built-in rules that mean nothing without settings; those are off.",
                "enum": Level::NAMES,
            },
            "severity": { "description": "How bad a failure is.", "enum": Severity::NAMES },
            "params": { "description": "The rule's parameters.", "type": "object" },
            "match": described(reference("match"), "Which connectors this is for; all if absent."),
        }),
    )
}

fn selector() -> Value {
    block(
        "Which connectors are meant. All that is given must hold.",
        &[],
        &json!({
            "labels": described(reference("labels"), "Labels with these values."),
            "target": text("The target's name."),
            "provider": { "description": "The provider's type.", "enum": PROVIDER_TYPE.members },
        }),
    )
}

/// What `expect` may say: a property for each fact that can be expected.
fn expect() -> Value {
    let mut properties = Map::new();
    for spec in facts::TABLE
        .iter()
        .filter(|spec| spec.expect == Expectable::Yes)
    {
        match spec.path.split_once('.') {
            None => {
                properties.insert(spec.path.to_owned(), fact(spec));
            }
            Some((group, name)) => {
                let group = properties.entry(group).or_insert_with(|| {
                    block("Only what is written here is compared.", &[], &json!({}))
                });
                group["properties"][name] = fact(spec);
            }
        }
    }
    block(
        "What the connector should be like. Only what is written here is compared.",
        &[],
        &Value::Object(properties),
    )
}

/// What one fact may be expected to be.
fn fact(spec: &Spec) -> Value {
    let doc = format!("{} For example: {}", spec.doc, spec.example);
    match spec.kind {
        Kind::Set => described(reference("set_matcher"), &doc),
        Kind::Tags => json!({
            "description": doc,
            "type": "object",
            "additionalProperties": reference("matcher"),
        }),
        Kind::Enum(members) => described(
            matcher(&suggestions(members.members, "One of the API's names.")),
            &doc,
        ),
        _ => described(reference("matcher"), &doc),
    }
}

/// A text or a matcher of one; `exact` is the schema of the text.
fn matcher(exact: &Value) -> Value {
    let mut one_of = exact.clone();
    one_of["description"] = json!("A possible value.");
    json!({
        "anyOf": [
            exact,
            { "type": "null", "description": "It must be absent." },
            only("one_of", &json!({ "description": "One of these.", "type": "array", "items": one_of, "minItems": 1 })),
            only("matches", &json!({ "description": "A regular expression that is found in it.", "type": "string", "format": "regex" })),
            present(),
        ],
    })
}

fn set_matcher() -> Value {
    json!({
        "anyOf": [
            { "type": "array", "items": { "type": "string" }, "description": "Exactly these, in any order." },
            { "type": "null", "description": "It must be absent." },
            present(),
        ],
    })
}

fn present() -> Value {
    only(
        "present",
        &json!({ "description": "It must be there, and have more in it than blanks.", "const": true }),
    )
}

/// A map with this key and no other.
fn only(key: &str, value: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { key: value },
        "required": [key],
        "additionalProperties": false,
    })
}

/// Any text, with names that an editor can offer.
fn suggestions(names: &[&str], description: &str) -> Value {
    json!({ "description": description, "type": "string", "examples": names })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        inventory::raw::{
            RawConnector, RawException, RawInventory, RawPolicies, RawRule, RawSelector, RawTarget,
        },
        yaml::Block,
    };

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        fn check<'a, T: Block<'a>>(schema: &Value) {
            let keys: BTreeSet<&str> = schema["properties"]
                .as_object()
                .expect("properties")
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(keys, T::KEYS.iter().copied().collect(), "{}", T::NAME);
        }
        let schema = inventory();
        let definition = |name: &str| schema["definitions"][name].clone();
        check::<RawInventory>(&schema);
        check::<RawTarget>(&definition("target"));
        check::<RawException>(&definition("exception"));
        check::<RawConnector>(&definition("connector"));
        check::<RawPolicies>(&definition("policies"));
        check::<RawRule>(&definition("rule"));
        check::<RawSelector>(&definition("match"));
    }

    #[test]
    fn every_fact_that_can_be_expected_is_in_the_schema_and_no_other() {
        let schema = expect();
        for spec in &facts::TABLE {
            let pointer = format!("/properties/{}", spec.path.replace('.', "/properties/"));
            assert_eq!(
                schema.pointer(&pointer).is_some(),
                spec.expect == Expectable::Yes,
                "{}",
                spec.path
            );
        }
    }
}
