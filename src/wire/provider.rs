//! The union of providers: which member a provider's type is, and which member an answer has.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::model::provider::{AZURE, GCP, JIRA_CLOUD, SERVICENOW};

/// The names of the provider union's members, and the types they stand for.
pub(super) const PROVIDERS: [(&str, &str); 4] = [
    ("JiraCloud", JIRA_CLOUD),
    ("ServiceNow", SERVICENOW),
    ("Azure", AZURE),
    ("GCP", GCP),
];

/// Reads the members of a union that aren't null, names and bodies, in order.
pub(super) fn members<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, Box<RawValue>)>, D::Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Box<RawValue>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with one member")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, body)) = map.next_entry::<String, Box<RawValue>>()? {
                if body.get() != "null" {
                    members.push((name, body));
                }
            }
            Ok(members)
        }
    }
    deserializer.deserialize_any(Members)
}

/// The name of a provider that the client which saved an answer doesn't know: boto3 and the AWS CLI
/// write it below a marker of their own, without the provider's settings.
pub(super) fn unknown_member(name: &str, body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Unknown {
        name: String,
    }
    if name != "SDK_UNKNOWN_MEMBER" {
        return None;
    }
    let unknown: Unknown = serde_json::from_str(body).ok()?;
    Some(unknown.name)
}
