//! The JSON Schema of the JSON report, read off the types that write it.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{audit::SCHEMA, report::json::v1::Report};

/// The schema of a JSON report. Keys that it doesn't name are permitted: later versions add some.
pub fn report() -> Value {
    // As it is written: then a key that is always there is required.
    let settings = SchemaSettings::draft07().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Report<'_>>();
    schema.insert("title".to_owned(), json!("hubdrift report"));
    let mut schema = schema.to_value();
    schema["properties"]["schema"] = json!({
        "description": "The version of this format.",
        "const": SCHEMA,
    });
    schema
}
