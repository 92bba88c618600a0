//! What the API says of a connector: a healthy one, and how to spoil it.

use serde_json::{Value, json};

/// The time at which everything here is healthy.
pub const NOW: &str = "2026-11-22T12:00:00Z";
pub const ACCOUNT: &str = "111122223333";
/// In every Jira connector, and in no output.
pub const SECRET: &str = "do-not-print-me";

/// The id of connector number `n`.
pub fn id(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

/// The body of a healthy Jira connector: every rule passes on it.
pub fn jira(n: u32, name: &str) -> Value {
    json!({
        "ConnectorArn": format!("arn:aws:securityhub:us-east-1:{ACCOUNT}:connectorv2/{}", id(n)),
        "ConnectorId": id(n),
        "Name": name,
        "Description": "tickets",
        "KmsKeyArn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/0c0ffee0-0000-4000-8000-000000000001"),
        "CreatedAt": "2026-03-02T09:15:00Z",
        "LastUpdatedAt": "2026-10-05T14:03:27Z",
        "EnablementStatus": "ENABLED",
        "Health": {
            "ConnectorStatus": "CONNECTED",
            "LastCheckedAt": "2026-11-22T11:42:10Z",
            "Issues": [],
        },
        "ProviderDetail": {"JiraCloud": {
            "CloudId": "cloud",
            "ProjectKey": "SEC",
            "Domain": "acme.atlassian.net",
            "AuthUrl": format!("https://auth.example/authorize?state={SECRET}"),
            "AuthStatus": "ACTIVE",
        }},
    })
}

/// `body`, but of a connector that lives in another account and region: what names either is in
/// its ARNs, that of its key too.
pub fn living_in(account: &str, region: &str, mut body: Value) -> Value {
    for (key, service) in [("ConnectorArn", "securityhub"), ("KmsKeyArn", "kms")] {
        let here = format!("arn:aws:{service}:us-east-1:{ACCOUNT}:");
        let arn = body[key].as_str().expect("an ARN");
        let resource = arn.strip_prefix(&here).expect("it lives in `prod`");
        body[key] = json!(format!("arn:aws:{service}:{region}:{account}:{resource}"));
    }
    body
}

/// `body` with another value at a JSON pointer.
pub fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a JSON pointer");
    let parent = body.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.expect("an object").insert(key.to_owned(), value);
    body
}

/// `body` without what is at a JSON pointer.
pub fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a JSON pointer");
    let parent = body.pointer_mut(parent).and_then(Value::as_object_mut);
    let gone = parent.expect("an object").remove(key);
    gone.expect("the field was there");
    body
}
