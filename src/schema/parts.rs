//! What the schemas share.

use serde_json::{Value, json};

/// An id or a target's name.
pub(super) const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._-]*$";
/// A connector's id.
pub(super) const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// A map with a closed set of keys.
pub(super) fn block(description: &str, required: &[&str], properties: &Value) -> Value {
    let mut block = json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        block["required"] = json!(required);
    }
    block
}

/// A text that is not empty.
pub(super) fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1 })
}

/// One of the schema's own definitions.
pub(super) fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

/// The same with a description. In draft 7 nothing may stand beside a reference, so it is wrapped.
pub(super) fn described(schema: Value, description: &str) -> Value {
    if schema.get("$ref").is_some() {
        return json!({ "description": description, "allOf": [schema] });
    }
    let mut schema = schema;
    schema["description"] = json!(description);
    schema
}
