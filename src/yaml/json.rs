//! A YAML value becomes the same value as JSON.

use super::{scalar::Yaml, scan::scan, source::SourceFile, tree::Node, validator::Validator};

/// A text in YAML as JSON; `None` if an input file may not say it.
pub(crate) fn json_of(text: &str) -> Option<serde_json::Value> {
    let source = SourceFile {
        path: String::new(),
        text: text.to_owned(),
    };
    let mut check = Validator::default();
    let document = scan(&source, &mut check.problems)?;
    let value = json(&mut check, &document.root())?;
    check.problems.is_empty().then_some(value)
}

/// A value as JSON.
pub(crate) fn json(check: &mut Validator, node: &Node<'_>) -> Option<serde_json::Value> {
    use serde_json::{Number, Value as Json};
    match node.value() {
        Yaml::Absent | Yaml::Refused => None,
        Yaml::Null => Some(Json::Null),
        Yaml::Bool(flag) => Some(Json::Bool(flag)),
        Yaml::Text(text) => Some(Json::String(text.to_owned())),
        Yaml::Int(int) => {
            let number = Number::from_i128(int).map(Json::Number);
            if number.is_none() {
                check.add(node.problem("this number is too large"));
            }
            number
        }
        Yaml::Float(float) => {
            let number = Number::from_f64(float).map(Json::Number);
            if number.is_none() {
                check.add(node.problem("a parameter can't be infinite or no number at all"));
            }
            number
        }
        // Collected first, so that the problems of all items are found.
        Yaml::List => {
            let items: Vec<_> = node.items().map(|item| json(check, &item)).collect();
            items.into_iter().collect::<Option<_>>().map(Json::Array)
        }
        Yaml::Map => {
            let entries: Vec<_> = node
                .entries()
                .map(|(key, value)| Some((key.to_owned(), json(check, &value)?)))
                .collect();
            entries.into_iter().collect::<Option<_>>().map(Json::Object)
        }
    }
}
