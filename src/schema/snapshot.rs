//! The JSON Schema of snapshots, for whoever writes or reads one with other tools.

use serde_json::{Value, json};

use super::parts::{UUID, described, reference, text};
use crate::{model::UnreadReason, observed::snapshot::SCHEMA, wire};

/// The schema of a snapshot. Keys that it doesn't name are permitted: later versions add some.
pub fn snapshot() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "hubdrift snapshot",
        "description": "What hubdrift observed, to be checked later without AWS, or served by `hubdrift emulate`.",
        "type": "object",
        "properties": {
            "schema": described(json!({ "const": SCHEMA }), "The version of this format."),
            "taken_at": time("When reading began."),
            "overrides": {
                "description": "What was set that changed who was asked, and where.",
                "type": "array",
                "items": reference("override"),
            },
            "targets": {
                "description": "The targets that were looked into.",
                "type": "array",
                "items": reference("target"),
            },
        },
        "required": ["schema", "targets"],
        "definitions": {
            "override": setting(),
            "target": target(),
            "listing": listing(),
            "connector": connector(),
            "reason": reason(),
        },
    })
}

fn setting() -> Value {
    json!({
        "description": "A setting, and where it was set.",
        "type": "object",
        "properties": {
            "setting": text("What was set, such as --no-assume-role or endpoint_url."),
            "value": nullable("string", "To what, without passwords; absent or null for a flag that takes no value."),
            "from": text("Where: the command line, a variable of the environment, or a place in a file."),
        },
        "required": ["setting", "from"],
    })
}

fn target() -> Value {
    json!({
        "description": "One account and region, and what was found there.",
        "type": "object",
        "properties": {
            "name": text("The inventory's name for it."),
            "account": form("The account that was looked into; absent where that isn't known.", "^[0-9]{12}$"),
            "region": form(
                "The region that was looked into; absent where that isn't known.",
                "^[a-z]+(-[a-z]+)+-[0-9]{1,2}$",
            ),
            "caller_arn": nullable("string", "Who looked, as sts:GetCallerIdentity said."),
            "hub": {
                "description": "Whether Security Hub is enabled; absent or null: not known.",
                "enum": ["enabled", "disabled", null],
            },
            "status": {
                "description": "Whether the target could be read at all.",
                "enum": ["read", "unread"],
                "default": "read",
            },
            "reason": described(or_null("reason"), "Why it was unread."),
            "listing": described(or_null("listing"), "What ListConnectorsV2 said; absent or null: it was not asked."),
            "connectors": {
                "description": "The connectors that were asked for, one by one.",
                "type": "array",
                "items": reference("connector"),
            },
        },
        "required": ["name"],
    })
}

fn listing() -> Value {
    json!({
        "description": "The pages of ListConnectorsV2, joined.",
        "type": "object",
        "properties": {
            "complete": { "description": "Whether the last page was reached.", "type": "boolean" },
            "unread": described(or_null("reason"), "Why it was not."),
            "summaries": {
                "description": "The entries, in the API's form; needed where the list is complete.",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        (wire::CONNECTOR_ID): uuid(),
                        (wire::NAME): nullable("string", "The connector's name."),
                    },
                    "required": [wire::CONNECTOR_ID],
                },
            },
        },
        "required": ["complete"],
        "anyOf": [{ "properties": { "complete": { "const": false } } }, { "required": ["summaries"] }],
    })
}

fn connector() -> Value {
    json!({
        "description": "What is known of one connector: its body, that it is missing, or why it is unread.",
        "type": "object",
        "properties": {
            "connector_id": uuid(),
            "observed_at": time("When it was read."),
            "request_id": nullable("string", "The id of the request that read it."),
            "body": { "description": "What GetConnectorV2 answered, without its AuthUrl." },
            "missing": { "description": "The API said that there is none.", "type": "boolean" },
            "unread": described(or_null("reason"), "Why it could not be read."),
            "tags": {
                "description": "Its tags; absent or null: not read, which is not the same as none.",
                "type": ["object", "null"],
                "additionalProperties": { "type": "string" },
            },
        },
        "required": ["connector_id"],
        "oneOf": [
            { "required": ["body"] },
            { "properties": { "missing": { "const": true } }, "required": ["missing"] },
            { "properties": { "unread": reference("reason") }, "required": ["unread"] },
        ],
    })
}

fn reason() -> Value {
    json!({
        "description": "Why something is unread.",
        "type": "object",
        "properties": {
            "kind": { "description": "The kind of the reason.", "type": "string", "examples": UnreadReason::NAMES },
            "message": nullable("string", "What the API, or the network, said."),
            "request_id": nullable("string", "The id of the request that failed."),
        },
        "required": ["kind"],
    })
}

fn form(description: &str, pattern: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": pattern })
}

fn uuid() -> Value {
    json!({ "description": "The connector's id.", "type": "string", "pattern": UUID })
}

fn time(description: &str) -> Value {
    json!({ "description": description, "type": ["string", "null"], "format": "date-time" })
}

fn nullable(kind: &str, description: &str) -> Value {
    json!({ "description": description, "type": [kind, "null"] })
}

fn or_null(definition: &str) -> Value {
    json!({ "anyOf": [reference(definition), { "type": "null" }] })
}
