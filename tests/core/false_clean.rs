//! Bodies that are cut, bent or mixed up: none of them is read as what it isn't, and no
//! message about one holds the secret.

use hubdrift::{
    model::{Connector, ConnectorId, Fact},
    wire,
};
use serde_json::{Value, json};

const ID: &str = "00000000-0000-4000-8000-000000000001";
const SECRET: &str = "do-not-print-me";

fn body() -> Value {
    json!({
        "ConnectorArn": format!("arn:aws:securityhub:us-east-1:111122223333:connectorv2/{ID}"),
        "ConnectorId": ID,
        "Name": "alpha",
        "Description": "tickets",
        "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
        "CreatedAt": "2026-03-02T09:15:00Z",
        "LastUpdatedAt": "2026-10-05T14:03:27Z",
        "EnablementStatus": "ENABLED",
        "EnablementStatusReason": "r",
        "Health": {
            "ConnectorStatus": "CONNECTED",
            "Message": "m",
            "LastCheckedAt": "2026-11-22T11:42:10Z",
            "Issues": [{"Code": "DISCOVERY_FAILURE", "Message": "m"}],
        },
        "ProviderDetail": {"JiraCloud": {
            "CloudId": "c", "ProjectKey": "SEC", "Domain": "d", "AuthUrl": SECRET, "AuthStatus": "ACTIVE",
        }},
    })
}

fn read(body: &[u8]) -> Result<Connector, wire::Malformed> {
    let id: ConnectorId = ID.parse().expect("an id");
    let read = wire::connector(body, &id);
    let said = format!("{read:?}");
    assert!(!said.contains(SECRET), "{said}");
    read
}

/// The pointers of everything in a value, itself left out.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, child)| (index.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{at}/{key}");
        pointers(child, &pointer, into);
        into.push(pointer);
    }
}

#[test]
fn a_body_that_is_cut_off_is_none_wherever_it_ends() {
    let whole = body().to_string();
    read(whole.as_bytes()).expect("the whole is one");
    for end in 0..whole.len() {
        assert!(read(&whole.as_bytes()[..end]).is_err(), "{}", &whole[..end]);
    }
}

#[test]
fn anything_behind_a_body_makes_it_none() {
    let whole = body().to_string();
    for more in ["{}", "x", "]", "\0", "<html>"] {
        assert!(read(format!("{whole}{more}").as_bytes()).is_err(), "{more}");
    }
    read(format!(" {whole}\r\n").as_bytes()).expect("white space is nothing");
}

#[test]
fn a_field_of_another_type_makes_the_body_none() {
    let mut all = Vec::new();
    pointers(&body(), "", &mut all);
    assert!(all.len() > 20);
    for pointer in all {
        // Nobody looks into it.
        let is_secret = pointer.ends_with("/AuthUrl");
        for other in [
            json!(1),
            json!(true),
            json!("text"),
            json!([1]),
            json!({"a": {"b": 1}}),
        ] {
            let mut bent = body();
            let place = bent.pointer_mut(&pointer).expect("a place");
            let same = std::mem::discriminant(place) == std::mem::discriminant(&other);
            if is_secret || same && !place.is_array() {
                continue;
            }
            *place = other.clone();
            assert!(
                read(bent.to_string().as_bytes()).is_err(),
                "{pointer} = {other}"
            );
        }
    }
}

#[test]
fn a_null_is_an_absent_fact_and_never_an_empty_one() {
    let mut all = Vec::new();
    pointers(&body(), "", &mut all);
    let whole = read(body().to_string().as_bytes()).expect("a body");
    let count = |connector: &Connector| {
        Fact::ALL
            .iter()
            .filter(|fact| connector.get(**fact).is_some())
            .count()
    };
    for pointer in all.iter().filter(|it| !it.contains("/Issues/")) {
        let mut holed = body();
        *holed.pointer_mut(pointer).expect("a place") = Value::Null;
        match read(holed.to_string().as_bytes()) {
            Ok(connector) => assert!(count(&connector) < count(&whole), "{pointer}"),
            Err(error) => assert_eq!(
                (pointer.as_str(), error),
                ("/ConnectorId", wire::Malformed::NoId)
            ),
        }
    }
}

#[test]
fn a_field_that_is_there_twice_is_not_chosen_from() {
    let whole = body().to_string();
    for twice in [
        r#""Name":"alpha","#,
        r#""Name":"other","#,
        r#""EnablementStatus":"FAILED_TO_ENABLE","#,
    ] {
        let doubled = whole.replacen('{', &format!("{{{twice}"), 1);
        assert!(read(doubled.as_bytes()).is_err(), "{twice}");
    }
    let inner = whole.replace(
        r#""AuthStatus":"ACTIVE""#,
        r#""AuthStatus":"FAILED","AuthStatus":"ACTIVE""#,
    );
    assert_ne!(inner, whole);
    assert!(read(inner.as_bytes()).is_err());
}

#[test]
fn another_case_is_another_name() {
    // A proxy that "helps" with the names of fields has taken the fields away.
    let lower = body().to_string().replace("\"Health\"", "\"health\"");
    let connector = read(lower.as_bytes()).expect("a body");
    assert!(connector.get(Fact::HealthConnectorStatus).is_none());
}

#[test]
fn an_id_is_compared_letter_by_letter() {
    for other in [
        "",
        " ",
        &ID.to_uppercase(),
        &format!("{ID} "),
        &ID.replace('1', "2"),
        &format!("{ID}\0"),
    ] {
        let mut bent = body();
        bent["ConnectorId"] = json!(other);
        let same = *other == *ID;
        assert_eq!(read(bent.to_string().as_bytes()).is_ok(), same, "{other:?}");
    }
}

#[test]
fn a_page_without_its_list_is_none() {
    for text in [
        "{}",
        "null",
        "[]",
        "",
        r#"{"NextToken":"x"}"#,
        r#"{"Connectors":null}"#,
        r#"{"connectors":[]}"#,
    ] {
        assert!(wire::page(text.as_bytes()).is_err(), "{text}");
    }
    for text in [
        "{}",
        "null",
        "[]",
        r#"{"Tags":null}"#,
        r#"{"Tags":[]}"#,
        r#"{"Tags":{"a":1}}"#,
        r#"{"Tags":{"a":null}}"#,
    ] {
        assert!(wire::tags(text.as_bytes()).is_err(), "{text}");
    }
    let empty = wire::page(br#"{"Connectors":[]}"#).expect("an empty list is one");
    assert!(empty.summaries.is_empty() && empty.next_token.is_none());
}
