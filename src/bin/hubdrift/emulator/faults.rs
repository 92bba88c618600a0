//! Turns the faults of a state file, and one call, into what goes wrong with that call.
//!
//! It does not know what the usual answer is, nor how a connection is dropped or cut.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::header::HeaderValue;
use serde::Deserialize;

use super::operation::Operation;
use super::reply::{Answer, ApiError};

/// Something that goes wrong with some calls.
#[derive(Debug, Deserialize)]
#[serde(try_from = "WireFault")]
pub struct Fault {
    operation: Option<Operation>,
    account: Option<String>,
    region: Option<String>,
    connector_id: Option<String>,
    page: Option<u64>,
    role_arn: Option<String>,
    times: Option<u64>,
    effect: Effect,
    used: AtomicU64,
}

/// What a fault does to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An error of the API.
    Error(ApiError),
    /// The usual answer, later.
    Delay(Duration),
    /// No answer.
    Drop,
    /// Half of the usual answer.
    Truncate,
    /// This, whatever was asked.
    Answer(Answer),
}

/// What a fault can be for.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// Whose key asks; where no key is needed, whose role is asked for.
    pub account: &'a str,
    /// Where.
    pub region: &'a str,
    /// About which connector, if about one.
    pub connector_id: Option<&'a str>,
    /// For which page, from 1, of a list.
    pub page: Option<u64>,
    /// The role that is asked for, if one is.
    pub role_arn: Option<&'a str>,
}

/// What goes wrong with a call: the delays, added up, of the faults that match it, in the
/// order of the file, until one that does something else, which decides. The faults after
/// that one do not see the call, so that "429 twice, then 500 once" can be written as two.
pub fn apply<'a>(faults: &'a [Fault], call: &Call) -> (Duration, Option<&'a Effect>) {
    let mut delay = Duration::ZERO;
    for fault in faults {
        if !fault.matches(call) || !fault.take() {
            continue;
        }
        match &fault.effect {
            Effect::Delay(more) => delay += *more,
            other => return (delay, Some(other)),
        }
    }
    (delay, None)
}

impl Fault {
    fn matches(&self, call: &Call) -> bool {
        fn fits<T: PartialEq + Copy>(selector: Option<T>, value: Option<T>) -> bool {
            selector.is_none() || selector == value
        }
        fits(self.operation, Some(call.operation))
            && fits(self.account.as_deref(), Some(call.account))
            && fits(self.region.as_deref(), Some(call.region))
            && fits(self.connector_id.as_deref(), call.connector_id)
            && fits(self.page, call.page)
            && fits(self.role_arn.as_deref(), call.role_arn)
    }

    /// Uses the fault once more, if it has a time left.
    fn take(&self) -> bool {
        let limit = self.times.unwrap_or(u64::MAX);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used < limit).then(|| used.saturating_add(1))
            })
            .is_ok()
    }
}

/// A [`Fault`] as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFault {
    operation: Option<Operation>,
    account: Option<String>,
    region: Option<String>,
    connector_id: Option<String>,
    page: Option<u64>,
    role_arn: Option<String>,
    times: Option<u64>,
    error: Option<WireError>,
    delay_ms: Option<u64>,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    truncate: bool,
    answer: Option<WireAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireError {
    #[serde(rename = "type")]
    code: String,
    message: Option<String>,
    status: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAnswer {
    status: Option<u16>,
    content_type: Option<String>,
    body: String,
}

impl TryFrom<WireFault> for Fault {
    type Error = String;

    fn try_from(wire: WireFault) -> Result<Self, String> {
        if wire.page.is_some() && wire.operation != Some(Operation::List) {
            return Err("a fault with `page` needs `\"operation\": \"list\"`".to_owned());
        }
        let about_one = matches!(
            wire.operation,
            None | Some(Operation::Get | Operation::Tags)
        );
        if wire.connector_id.is_some() && !about_one {
            return Err("a fault with `connector_id` is for `get` or `tags`".to_owned());
        }
        let about_a_role = matches!(
            wire.operation,
            None | Some(Operation::AssumeRole | Operation::WebIdentity)
        );
        if wire.role_arn.is_some() && !about_a_role {
            return Err(
                "a fault with `role_arn` is for `assume_role` or `web_identity`".to_owned(),
            );
        }
        let effects = [
            wire.error.map(error).transpose()?.map(Effect::Error),
            wire.delay_ms.map(Duration::from_millis).map(Effect::Delay),
            wire.drop.then_some(Effect::Drop),
            wire.truncate.then_some(Effect::Truncate),
            wire.answer.map(answer).transpose()?.map(Effect::Answer),
        ];
        let mut effects = effects.into_iter().flatten();
        let (Some(effect), None) = (effects.next(), effects.next()) else {
            return Err(
                "a fault needs exactly one of `error`, `delay_ms`, `drop`, `truncate` and `answer`"
                    .to_owned(),
            );
        };
        Ok(Self {
            operation: wire.operation,
            account: wire.account,
            region: wire.region,
            connector_id: wire.connector_id,
            page: wire.page,
            role_arn: wire.role_arn,
            times: wire.times,
            effect,
            used: AtomicU64::new(0),
        })
    }
}

fn error(wire: WireError) -> Result<ApiError, String> {
    // The type becomes a header.
    if wire.code.is_empty() || !wire.code.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Err(format!("error type `{}` is not a name", wire.code));
    }
    let status = match wire.status {
        Some(status) => status,
        None => well_known_status(&wire.code).ok_or_else(|| {
            format!(
                "error type `{}` has no well-known status: say `status`",
                wire.code
            )
        })?,
    };
    let message = wire.message.unwrap_or_else(|| wire.code.clone());
    Ok(ApiError::new(http_status(status)?, wire.code, message))
}

fn answer(wire: WireAnswer) -> Result<Answer, String> {
    let content_type = wire
        .content_type
        .unwrap_or_else(|| "application/json".to_owned());
    if HeaderValue::from_str(&content_type).is_err() {
        return Err(format!("content type `{content_type}` cannot be a header"));
    }
    let status = http_status(wire.status.unwrap_or(200))?;
    Ok(Answer::new(status, content_type, wire.body))
}

/// Informational statuses are no answers: something has to follow them.
fn http_status(status: u16) -> Result<u16, String> {
    if (200..=599).contains(&status) {
        Ok(status)
    } else {
        Err(format!("status {status} is not between 200 and 599"))
    }
}

/// The status an error has in the service model, or by AWS's common errors.
fn well_known_status(code: &str) -> Option<u16> {
    Some(match code {
        // STS and the older query services throttle with a 400.
        "ExpiredIdentityToken"
        | "InvalidIdentityToken"
        | "InvalidInputException"
        | "LimitExceededException"
        | "SerializationException"
        | "Throttling"
        | "ValidationError"
        | "ValidationException" => 400,
        "InvalidAccessException" => 401,
        "AccessDenied"
        | "AccessDeniedException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "OptInRequired"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => 403,
        "ResourceNotFoundException" | "UnknownOperationException" => 404,
        "ConflictException" => 409,
        "ThrottlingException" | "TooManyRequestsException" => 429,
        "InternalException" | "InternalServerException" | "InternalFailure" => 500,
        "ServiceUnavailable" | "ServiceUnavailableException" => 503,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Fault>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    const CALL: Call = Call {
        operation: Operation::Get,
        account: "111122223333",
        region: "us-east-1",
        connector_id: Some("a"),
        page: None,
        role_arn: None,
    };

    #[test]
    fn each_selector_narrows() {
        let hits = |selector: &str| {
            let faults = read(&format!(r#"[{{{selector}"drop":true}}]"#)).unwrap();
            apply(&faults, &CALL).1.is_some()
        };
        for selector in [
            "",
            r#""operation":"get","#,
            r#""account":"111122223333","region":"us-east-1","connector_id":"a","#,
        ] {
            assert!(hits(selector), "{selector}");
        }
        for selector in [
            r#""operation":"tags","#,
            r#""operation":"list","page":1,"#,
            r#""account":"4","#,
            r#""region":"eu-west-1","#,
            r#""connector_id":"b","#,
            r#""role_arn":"arn:x","#,
        ] {
            assert!(!hits(selector), "{selector}");
        }
    }

    #[test]
    fn faults_come_one_after_the_other() {
        let faults = read(
            r#"[{"delay_ms":5},{"delay_ms":7,"times":1},
               {"error":{"type":"ThrottlingException"},"times":2},
               {"error":{"type":"InternalServerException","message":"oh"},"times":1},
               {"delay_ms":1000,"times":1}]"#,
        )
        .unwrap();
        let seen: Vec<_> = (0..5)
            .map(|_| {
                let (delay, effect) = apply(&faults, &CALL);
                let status = match effect {
                    Some(Effect::Error(error)) => error.status,
                    _ => 200,
                };
                (delay.as_millis(), status)
            })
            .collect();
        assert_eq!(seen, [(12, 429), (5, 429), (5, 500), (1005, 200), (5, 200)]);
    }

    #[test]
    fn a_fault_that_can_never_be_is_refused() {
        for (text, message) in [
            (r"[{}]", "exactly one of"),
            (r#"[{"drop":true,"truncate":true}]"#, "exactly one of"),
            (r#"[{"drop":false}]"#, "exactly one of"),
            (r#"[{"drop":true,"page":1}]"#, "`page` needs"),
            (
                r#"[{"drop":true,"operation":"list","connector_id":"a"}]"#,
                "is for `get` or `tags`",
            ),
            (
                r#"[{"drop":true,"operation":"get","role_arn":"a"}]"#,
                "is for `assume_role`",
            ),
            (r#"[{"error":{"type":"Odd"}}]"#, "say `status`"),
            (r#"[{"error":{"type":"O d","status":400}}]"#, "not a name"),
            (r#"[{"answer":{"body":"","status":101}}]"#, "between 200"),
            (
                r#"[{"answer":{"body":"","content_type":"a\nb"}}]"#,
                "cannot be a header",
            ),
            (r#"[{"operation":"delete","drop":true}]"#, "unknown variant"),
            (r#"[{"dorp":true}]"#, "unknown field `dorp`"),
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.contains(message), "{text}: {refusal}");
            assert!(refusal.contains("at line 1"), "{text}: {refusal}");
        }
    }
}
