//! Turns the headers of a request into who signed it, for what, and how: the parts of
//! Signature Version 4.
//!
//! It reads the form only; whether the signature is right is computed elsewhere, and it does
//! not know which keys or regions exist.

use hyper::HeaderMap;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::reply::ApiError;

/// The headers of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// With what it was signed, and for what.
    pub scope: Scope,
    /// When.
    pub at: Timestamp,
    /// The names of the headers that were signed, in lower case, as they came.
    pub signed_headers: Vec<String>,
    /// In hexadecimal.
    pub signature: String,
    /// The token that goes with the key of a session.
    pub session_token: Option<String>,
}

/// What a request was signed with, and for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The access key's id.
    pub access_key_id: String,
    /// The region the signature is good for.
    pub region: String,
    /// The service the signature is good for, by its signing name.
    pub service: String,
}

/// Why a request is refused before anyone asks what it wants. The two services have their
/// own names for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not signed.
    Unsigned,
    /// It is signed, but parts of the signature are not there.
    Incomplete(String),
    /// The signature is for something else.
    Mismatch(String),
    /// Nobody has this access key, or not with this session token.
    UnknownKey,
    /// The session is over.
    Expired,
}

impl Refusal {
    /// As the JSON services of AWS put it.
    pub fn rest_json(&self) -> ApiError {
        match self {
            Self::Unsigned => ApiError::new(
                403,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
            Self::Incomplete(message) => {
                ApiError::new(403, "IncompleteSignatureException", message)
            }
            Self::Mismatch(message) => ApiError::new(403, "InvalidSignatureException", message),
            Self::UnknownKey => {
                ApiError::new(403, "UnrecognizedClientException", Self::UNKNOWN_KEY)
            }
            Self::Expired => ApiError::new(403, "ExpiredTokenException", Self::EXPIRED),
        }
    }

    /// As the query services of AWS put it.
    pub fn query(&self) -> ApiError {
        match self {
            Self::Unsigned => ApiError::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            Self::Incomplete(message) => ApiError::new(403, "IncompleteSignature", message),
            Self::Mismatch(message) => ApiError::new(403, "SignatureDoesNotMatch", message),
            Self::UnknownKey => ApiError::new(403, "InvalidClientTokenId", Self::UNKNOWN_KEY),
            Self::Expired => ApiError::new(403, "ExpiredToken", Self::EXPIRED),
        }
    }

    const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";
    const EXPIRED: &str = "The security token included in the request is expired";
}

/// Reads the headers.
///
/// # Errors
/// When there is no signature, or not a whole one.
pub fn parse(headers: &HeaderMap) -> Result<Authorization, Refusal> {
    let authorization = headers
        .get("authorization")
        .ok_or(Refusal::Unsigned)?
        .to_str()
        .map_err(|_| Refusal::Incomplete("Authorization header is not text.".to_owned()))?;
    let Some(("AWS4-HMAC-SHA256", parameters)) = authorization.split_once(' ') else {
        return Err(Refusal::Incomplete(
            "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.".to_owned(),
        ));
    };
    let parameter = |name: &str| {
        parameters
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value)
    };
    let date = headers.get("x-amz-date").and_then(|it| it.to_str().ok());

    // AWS names everything that is not there, in this order.
    let missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
        .iter()
        .filter(|name| parameter(name).is_none())
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .chain(date.is_none().then(|| {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned()
        }))
        .collect();
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) = (
        parameter("Credential"),
        parameter("Signature"),
        parameter("SignedHeaders"),
        date,
    ) else {
        return Err(Refusal::Incomplete(missing.join(" ")));
    };
    Ok(Authorization {
        scope: scope(credential, date)?,
        at: time(date)?,
        signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
        signature: signature.to_owned(),
        session_token: match headers.get("x-amz-security-token") {
            None => None,
            Some(token) => Some(token.to_str().map_err(|_| Refusal::UnknownKey)?.to_owned()),
        },
    })
}

/// The form of a date in a signature.
pub const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";

fn time(date: &str) -> Result<Timestamp, Refusal> {
    DateTime::strptime(DATE_FORMAT, date)
        .and_then(|it| it.to_zoned(TimeZone::UTC))
        .map(|it| it.timestamp())
        .map_err(|_| {
            Refusal::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ))
        })
}

fn scope(credential: &str, date: &str) -> Result<Scope, Refusal> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [access_key_id, day, region, service, terminator] = parts[..] else {
        return Err(Refusal::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        )));
    };
    if terminator != "aws4_request" {
        return Err(Refusal::Mismatch(
            "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned(),
        ));
    }
    let sent = date.get(..8).unwrap_or(date);
    if day != sent {
        return Err(Refusal::Mismatch(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != '{sent}', from '{date}'."
        )));
    }
    Ok(Scope {
        access_key_id: access_key_id.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/securityhub/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=00ff";

    fn read(authorization: Option<&str>, date: Option<&str>) -> Result<Authorization, Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert("authorization", value.parse().unwrap());
        }
        if let Some(value) = date {
            headers.insert("x-amz-date", value.parse().unwrap());
        }
        parse(&headers)
    }

    #[test]
    fn a_whole_signature_has_its_parts() {
        let whole = read(Some(WHOLE), Some("20261122T100000Z")).unwrap();
        assert_eq!(whole.scope.access_key_id, "AKID");
        assert_eq!(whole.scope.region, "us-east-1");
        assert_eq!(whole.scope.service, "securityhub");
        assert_eq!(whole.at.to_string(), "2026-11-22T10:00:00Z");
        assert_eq!(whole.signed_headers, ["host", "x-amz-date"]);
        assert_eq!((&*whole.signature, &whole.session_token), ("00ff", &None));
        let unspaced = WHOLE.replace(", ", ",");
        assert_eq!(read(Some(&unspaced), Some("20261122T100000Z")), Ok(whole));
    }

    #[test]
    fn a_date_has_one_form() {
        for date in [
            "20261122",
            "20261122T100000",
            "20261122T990000Z",
            "20261122T100000Zx",
        ] {
            let Err(Refusal::Incomplete(message)) = read(Some(WHOLE), Some(date)) else {
                panic!("{date} is not refused");
            };
            assert!(message.contains(&format!("Got '{date}'")), "{message}");
        }
    }

    #[test]
    fn everything_that_is_not_there_is_named() {
        assert_eq!(read(None, Some("20261122T100000Z")), Err(Refusal::Unsigned));
        let Err(Refusal::Incomplete(message)) = read(Some("AWS4-HMAC-SHA256 Signature=,"), None)
        else {
            panic!("not refused");
        };
        for part in [
            "'Credential'",
            "'Signature'",
            "'SignedHeaders'",
            "'X-Amz-Date'",
        ] {
            assert!(message.contains(part), "{message}");
        }
        assert!(matches!(
            read(Some("Basic eDp5"), Some("20261122T100000Z")),
            Err(Refusal::Incomplete(_))
        ));
    }

    #[test]
    fn a_scope_of_another_day_or_form_is_refused() {
        assert!(matches!(
            read(Some(WHOLE), Some("20261123T100000Z")),
            Err(Refusal::Mismatch(_))
        ));
        let other = WHOLE.replace("aws4_request", "aws5_request");
        assert!(matches!(
            read(Some(&other), Some("20261122T100000Z")),
            Err(Refusal::Mismatch(_))
        ));
        let short = WHOLE.replace("/securityhub", "");
        assert!(matches!(
            read(Some(&short), Some("20261122T100000Z")),
            Err(Refusal::Incomplete(_))
        ));
    }
}
