//! The JSON Schemas of reports and waivers: current as committed, true of every sample, and of
//! nothing that is broken.

use std::{fs, path::Path};

use hubdrift::{
    report::{Format, Style, render},
    schema, waiver,
    yaml::SourceFile,
};
use jiff::civil::date;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::samples;

fn validator(schema: &Value) -> Validator {
    jsonschema::draft7::meta::validate(schema).expect("a schema of draft 7");
    jsonschema::validator_for(schema).expect("a schema")
}

fn errors(validator: &Validator, instance: &Value) -> Vec<String> {
    let errors = validator.iter_errors(instance);
    errors
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

#[track_caller]
fn is_current(name: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"));
    let current = serde_json::to_string_pretty(schema).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).expect("the schema is written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "run `UPDATE_SCHEMAS=1 cargo test --no-default-features schema` and commit {}",
        path.display()
    );
}

#[test]
fn the_committed_schemas_of_reports_and_waivers_are_current() {
    is_current("report", &schema::report());
    is_current("waivers", &schema::waivers());
}

#[test]
fn every_report_is_of_its_schema() {
    let validator = validator(&schema::report());
    for (name, audit) in samples::named() {
        let bytes = render(Format::Json, &audit, Style::default());
        let report = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(errors(&validator, &report), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_later_report_of_the_same_version_is_of_the_schema_too() {
    let mut report = samples::json(&samples::everything());
    report["added_later"] = json!(1);
    report["connectors"][0]["added_later"] = json!({});
    report["findings"][0]["added_later"] = json!([null]);
    assert!(validator(&schema::report()).is_valid(&report));
}

#[test]
fn a_broken_report_is_not_of_the_schema() {
    let validator = validator(&schema::report());
    let whole = samples::json(&samples::everything());
    assert!(validator.is_valid(&whole));
    let breaks: [(&str, Value); 12] = [
        ("/schema", json!("hubdrift.report/2")),
        ("/verdict", json!(null)),
        ("/verdict/exit_code", json!("0")),
        ("/verdict/exit_code", json!(256)),
        ("/verdict/complete", json!(1)),
        ("/summary/states/missing", json!(-1)),
        ("/targets/0/status", json!("fine")),
        ("/connectors/0/state", json!("clean")),
        ("/connectors", json!({})),
        ("/findings/0/kind", json!("nothing")),
        ("/findings/0/why_not", json!("because")),
        ("/rules/0/sha256", json!(null)),
    ];
    for (pointer, value) in breaks {
        let mut report = whole.clone();
        *report.pointer_mut(pointer).expect(pointer) = value.clone();
        assert!(!validator.is_valid(&report), "{pointer}: {value}");
    }
    for pointer in ["/verdict", "/run", "/judged", "/connectors", "/findings"] {
        let mut report = whole.clone();
        let key = pointer.trim_start_matches('/');
        report.as_object_mut().expect("a map").remove(key);
        assert!(!validator.is_valid(&report), "without {key}");
    }
}

/// A file of waivers, from its entries.
fn file(entries: &str) -> SourceFile {
    let text = format!("version: 1\nwaivers: [{entries}]\n");
    SourceFile::from_bytes("waivers.yaml", text.into_bytes()).expect("a text")
}

fn is_read(file: &SourceFile) -> bool {
    waiver::parse(file, date(2026, 11, 22)).is_ok()
}

fn json_of(file: &SourceFile) -> Value {
    serde_yaml::from_str(&file.text).expect("YAML")
}

#[test]
fn the_schema_of_waivers_accepts_what_the_reader_accepts() {
    let validator = validator(&schema::waivers());
    let common = "reason: r, owner: o, expires: 2026-12-31";
    for entry in [
        "rule: kms-key-set, connector: prod/a",
        "rule: [kms-key-set, auth-active], connector: prod/a, observed: FAILED, ticket: T-1",
        "drift: kms_key_arn, connector: prod/a, observed: null",
        "drift: provider.azure_regions, connector: prod/a, observed: [a, b]",
        "drift: tags.team, connector: prod/a, observed: x",
        "drift: missing, connector: prod/a",
        "drift: unmanaged, connector: 'prod/*', allow_wildcard: true",
        "rule: x, connector: '*/*', allow_wildcard: true",
    ] {
        let file = file(&format!("{{{entry}, {common}}}"));
        assert!(is_read(&file), "{entry}");
        assert_eq!(
            errors(&validator, &json_of(&file)),
            Vec::<String>::new(),
            "{entry}"
        );
    }
    let empty = file("");
    assert!(is_read(&empty) && validator.is_valid(&json_of(&empty)));
    let example = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/01_quickstart/waivers.yaml"),
    );
    let example: Value = serde_yaml::from_str(&example.expect("an example")).expect("YAML");
    assert_eq!(errors(&validator, &example), Vec::<String>::new());
}

#[test]
fn the_schema_of_waivers_refuses_what_the_reader_refuses() {
    let validator = validator(&schema::waivers());
    for entry in [
        "",
        "rule: x, drift: missing, connector: prod/a, reason: r, owner: o, expires: 2026-12-31",
        "rule: x, connector: prod/a, owner: o, expires: 2026-12-31",
        "rule: x, connector: prod/a, reason: r, expires: 2026-12-31",
        "rule: x, connector: prod/a, reason: r, owner: o",
        "rule: x, connector: prod/a, reason: r, owner: o, expires: soon",
        "rule: x, connector: prod, reason: r, owner: o, expires: 2026-12-31",
        "rule: [], connector: prod/a, reason: r, owner: o, expires: 2026-12-31",
        "rule: x, connector: 'prod/*', reason: r, owner: o, expires: 2026-12-31",
        "rule: x, conector: prod/a, reason: r, owner: o, expires: 2026-12-31",
        "drift: kms_key, connector: prod/a, reason: r, owner: o, expires: 2026-12-31, observed: x",
        "drift: created_at, connector: prod/a, reason: r, owner: o, expires: 2026-12-31, observed: x",
        "drift: tags, connector: prod/a, reason: r, owner: o, expires: 2026-12-31, observed: x",
        "drift: kms_key_arn, connector: prod/a, reason: r, owner: o, expires: 2026-12-31",
        "drift: kms_key_arn, connector: prod/a, reason: r, owner: o, expires: 2026-12-31, observed: 1",
        "drift: missing, connector: prod/a, reason: r, owner: o, expires: 2026-12-31, observed: x",
        "drift: missing, connector: 'prod/*', allow_wildcard: true, reason: r, owner: o, expires: 2026-12-31",
    ] {
        let file = file(&format!("{{{entry}}}"));
        assert!(!is_read(&file), "the reader accepts: {entry}");
        assert!(
            !validator.is_valid(&json_of(&file)),
            "the schema accepts: {entry}"
        );
    }
    for text in [
        "{}",
        "version: 1",
        "{version: 2, waivers: []}",
        "{version: 1, waiver: []}",
    ] {
        let value: Value = serde_yaml::from_str(text).expect("YAML");
        assert!(!validator.is_valid(&value), "the schema accepts: {text}");
    }
}
