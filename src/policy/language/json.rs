//! Parameters as rhai values and as JSON, there and back.

use rhai::{Array, Dynamic, ImmutableString, Map};
use serde_json::Value;

/// A rhai literal as JSON; `None` for what has no place there.
pub(crate) fn to_json(value: &Dynamic) -> Option<Value> {
    if let Ok(int) = value.as_int() {
        Some(int.into())
    } else if let Ok(float) = value.as_float() {
        serde_json::Number::from_f64(float).map(Value::Number)
    } else if let Ok(bool) = value.as_bool() {
        Some(bool.into())
    } else if let Some(text) = value.read_lock::<ImmutableString>() {
        Some(text.as_str().into())
    } else if let Some(items) = value.read_lock::<Array>() {
        items
            .iter()
            .map(to_json)
            .collect::<Option<Vec<_>>>()
            .map(Value::Array)
    } else if let Some(items) = value.read_lock::<Map>() {
        let items = items
            .iter()
            .map(|(key, value)| Some((key.to_string(), to_json(value)?)));
        items
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Value::Object)
    } else {
        None
    }
}

/// JSON as a rhai value; `None` for null and for numbers that rhai hasn't.
pub(crate) fn from_json(value: &Value) -> Option<Dynamic> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None if number.is_f64() => number.as_f64()?.into(),
            None => return None,
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items
            .iter()
            .map(from_json)
            .collect::<Option<Array>>()?
            .into(),
        Value::Object(items) => items
            .iter()
            .map(|(key, value)| Some((key.as_str().into(), from_json(value)?)))
            .collect::<Option<Map>>()?
            .into(),
    })
}
