//! The JSON Schema of a waivers file, for editors that help while one is written.

use serde_json::{Value, json};

use super::parts::{NAME, block, described, reference, text};
use crate::waiver::drifting_fields;

/// An address: a target and a connector, in which `*` stands for any characters.
const ADDRESS: &str = "^[A-Za-z0-9*][A-Za-z0-9._*-]*/[A-Za-z0-9*][A-Za-z0-9._*-]*$";

/// The schema of a waivers file.
pub fn waivers() -> Value {
    let mut schema = block(
        "Waivers of hubdrift: dated, owned permissions for findings to exist.",
        &["version", "waivers"],
        &json!({
            "version": described(json!({ "const": 1 }), "The version of this format."),
            "waivers": {
                "description": "The waivers; an empty list if there are none.",
                "type": "array",
                "items": reference("waiver"),
            },
        }),
    );
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("hubdrift waivers");
    schema["definitions"] = json!({ "waiver": waiver() });
    schema
}

fn waiver() -> Value {
    let mut waiver = block(
        "A permission for one finding to exist until a day.",
        &["connector", "reason", "owner", "expires"],
        &json!({
            "rule": {
                "description": "The rule that may fail, or a list of such.",
                "anyOf": [
                    { "type": "string", "pattern": NAME },
                    { "type": "array", "items": { "type": "string", "pattern": NAME }, "minItems": 1 },
                ],
            },
            "drift": {
                "description": "The field that may differ, or `missing`, or `unmanaged`.",
                "anyOf": [
                    { "enum": drifting_fields().chain(["missing", "unmanaged"]).collect::<Vec<_>>() },
                    { "type": "string", "pattern": "^tags\\..+" },
                ],
            },
            "connector": {
                "description": "The connector's address, TARGET/ID. A `*` stands for any characters.",
                "type": "string",
                "pattern": ADDRESS,
            },
            "allow_wildcard": { "description": "Whether the address may hold a `*`.", "type": "boolean" },
            "reason": text("Why the finding may exist."),
            "owner": text("Who answers for it."),
            "ticket": text("Where it is followed up."),
            "expires": {
                "description": "The last day, UTC, at most 180 days ahead.",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            },
            "observed": {
                "description": "The observed value that is permitted; another one counts again. null: absent.",
                "type": ["string", "array", "null"],
                "items": { "type": "string" },
            },
        }),
    );
    waiver["oneOf"] = json!([
        { "required": ["rule"] },
        { "required": ["drift"] },
    ]);
    waiver["allOf"] = json!([
        {
            "if": { "properties": { "connector": { "pattern": "\\*" } }, "required": ["connector"] },
            "then": {
                "properties": { "allow_wildcard": { "const": true }, "drift": { "not": { "const": "missing" } } },
                "required": ["allow_wildcard"],
            },
        },
        {
            "if": { "properties": { "drift": { "enum": ["missing", "unmanaged"] } }, "required": ["drift"] },
            "then": { "not": { "required": ["observed"] } },
            "else": {
                "if": { "required": ["drift"] },
                "then": { "required": ["observed"] },
            },
        },
    ]);
    waiver
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        waiver::raw::{RawWaiver, RawWaivers},
        yaml::Block,
    };

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        fn keys(schema: &Value) -> BTreeSet<&str> {
            let keys = schema["properties"].as_object().expect("properties").keys();
            keys.map(String::as_str).collect()
        }
        let schema = waivers();
        assert_eq!(keys(&schema), RawWaivers::KEYS.iter().copied().collect());
        let waiver = &schema["definitions"]["waiver"];
        assert_eq!(keys(waiver), RawWaiver::KEYS.iter().copied().collect());
    }
}
