//! Signs wrongly, or something else, or too long ago.

use jiff::{SignedDuration, Timestamp};

use super::signer::{self, Signed};
use super::{A, PROD, STS, connector, emulate, whole};

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
                        Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

#[test]
fn a_wrong_secret_is_refused() {
    let emulator = emulate(r#"[{"drop":true}]"#);
    let wrong = Some(Signed {
        secret: "S",
        ..PROD
    });
    for path in [
        "/connectorsv2?MaxResults=1",
        &connector(A),
        "/tags/arn%3Aaws",
    ] {
        let refused = emulator.get_as(wrong, path);
        assert_eq!(refused.error(), (403, "InvalidSignatureException"));
        assert_eq!(refused.json()["Message"], MISMATCH);
    }
    let refused = emulator.identity(Some(Signed { secret: "S", ..STS }));
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("<Code>SignatureDoesNotMatch</Code>"));
    assert!(refused.body.contains(MISMATCH));
    // A token that does not belong to the key.
    let token = Some(Signed {
        token: Some("t"),
        ..PROD
    });
    let refused = emulator.get_as(token, &connector(A));
    assert_eq!(refused.error(), (403, "UnrecognizedClientException"));
}

#[test]
fn what_was_not_signed_so_is_refused() {
    let emulator = emulate("[]");
    let now = Timestamp::now();
    let path = "/connectorsv2?MaxResults=1&ProviderName=GCP";
    let signed = signer::headers(PROD, "GET", path, "", now);
    let ask = |path: &str, headers: &str, body: &str| {
        let response = emulator.exchange(&whole("GET", path, headers, body, "close"));
        response.expect("a whole answer").status
    };
    assert_eq!(ask(path, &signed, ""), 200);
    // The order of a query is not signed.
    assert_eq!(
        ask("/connectorsv2?ProviderName=GCP&MaxResults=1", &signed, ""),
        200
    );
    let later = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let later = signed.replacen(&later, &format!("{}Y", &later[..15]), 1);
    for (path, headers, body) in [
        ("/connectorsv2", &*signed, ""),
        ("/connectorsv2?MaxResults=2&ProviderName=GCP", &signed, ""),
        (&connector(A), &signed, ""),
        (path, &signed, "x"),
        (path, &signed.replace("Signature=", "Signature=0"), ""),
        (path, &signed.replace("host;", ""), ""),
        (path, &later, ""),
    ] {
        assert_eq!(ask(path, headers, body), 403, "{path} {headers} {body}");
    }
}

#[test]
fn a_stale_signature_is_refused() {
    let emulator = emulate("[]");
    let path = connector(A);
    let ask = |minutes: i64| {
        let at = Timestamp::now() + SignedDuration::from_mins(minutes);
        let headers = signer::headers(PROD, "GET", &path, "", at);
        let response = emulator.exchange(&whole("GET", &path, &headers, "", "close"));
        response.expect("a whole answer")
    };
    for minutes in [-4, 4] {
        assert_eq!(ask(minutes).status, 200);
    }
    for (minutes, said) in [
        (-6, "Signature expired: "),
        (6, "Signature not yet current: "),
    ] {
        let refused = ask(minutes);
        assert_eq!(refused.error(), (403, "InvalidSignatureException"));
        let message = refused.json()["Message"].as_str().unwrap_or("").to_owned();
        assert!(message.starts_with(said), "{message}");
    }
}
