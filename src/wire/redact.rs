//! The text of an answer becomes the same text with its secrets replaced. Every other byte stays:
//! order, spaces, numbers, unknown fields and fields that stand twice.

use serde::de::IgnoredAny;
use serde_json::{Deserializer, value::RawValue};

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// `text` with the value of every `AuthUrl` replaced, at any depth and in any spelling of the name;
/// `None` when it isn't JSON.
///
/// `null` stays: it holds no secret, and an absent value must not become a present one.
pub fn redact(text: &str) -> Option<String> {
    // Only in valid JSON does each quote begin a text, and a colon behind a text make it a name.
    serde_json::from_str::<&RawValue>(text).ok()?;
    let bytes = text.as_bytes();
    let mut redacted = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let end = at + value_len(&text[at..])?;
        let value_at = match after_spaces(bytes, end) {
            colon if bytes.get(colon) == Some(&b':') => after_spaces(bytes, colon + 1),
            // A value, and not a name.
            _ => {
                at = end;
                continue;
            }
        };
        let name: String = serde_json::from_str(&text[at..end]).ok()?;
        at = value_at;
        if is_secret(&name) {
            let end = value_at + value_len(&text[value_at..])?;
            if &text[value_at..end] != "null" {
                redacted.push_str(&text[copied..value_at]);
                redacted.push('"');
                redacted.push_str(REDACTED);
                redacted.push('"');
                copied = end;
            }
            at = end;
        }
    }
    redacted.push_str(&text[copied..]);
    Some(redacted)
}

/// Whether a field of this name is an `AuthUrl`: `authUrl`, `auth_url` and their like.
fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters
        .map(|c| c.to_ascii_lowercase())
        .eq("authurl".chars())
}

/// How long the value is that `text` begins with.
fn value_len(text: &str) -> Option<usize> {
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

fn after_spaces(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_authorisation_url_goes_and_nothing_else_does() {
        let body = r#"{ "N": 1.10,"AuthUrl" : "s3cret\"}", "X":[{"auth_url":{"a":["s3cret"]}},
            {"\u0041uthUrl":5,"AUTHURL":"s3cret","auth-url":"s3cret","Authurl":"s3cret"}],
            "AcmeDesk":{"AuthURL":["s3cret"],"AuthUrls":"kept","Domain":"AuthUrl","AuthUrl":"s3cret"},
            "Note":"\"AuthUrl\": \"kept\"", "AuthUrl":null, "AuthUrl":"s3cret", "E":{}, "Last":"é\u0000" }"#;
        let redacted = redact(body).expect("JSON");
        assert!(!redacted.contains("s3cret"), "{redacted}");
        assert_eq!(
            redacted,
            r#"{ "N": 1.10,"AuthUrl" : "[redacted]", "X":[{"auth_url":"[redacted]"},
            {"\u0041uthUrl":"[redacted]","AUTHURL":"[redacted]","auth-url":"[redacted]","Authurl":"[redacted]"}],
            "AcmeDesk":{"AuthURL":"[redacted]","AuthUrls":"kept","Domain":"AuthUrl","AuthUrl":"[redacted]"},
            "Note":"\"AuthUrl\": \"kept\"", "AuthUrl":null, "AuthUrl":"[redacted]", "E":{}, "Last":"é\u0000" }"#
        );
        assert_eq!(redact(&redacted), Some(redacted), "twice is once");
    }

    #[test]
    fn what_is_no_json_is_not_handed_on() {
        for text in ["", "{", "<html>", r#"{"AuthUrl":"s3cret""#, "{} {}"] {
            assert_eq!(redact(text), None, "{text}");
        }
        assert_eq!(redact("[]").as_deref(), Some("[]"));
    }
}
