//! Verifies signatures of Signature Version 4: computes one again with the SDK's own crate, and
//! compares. The only file that names that crate.
//!
//! It does not know whose secret it is.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use hyper::http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::authorization::{Authorization, DATE_FORMAT, Refusal};

/// How far the clocks of client and server may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Checks the date and the signature of a request.
///
/// # Errors
/// When it is too old or not yet due, or was not signed as it came, or not with this secret.
pub fn verify(
    request: &Parts,
    body: &[u8],
    authorization: &Authorization,
    secret: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    check_date(authorization.at, now)?;
    if !authorization.signed_headers.iter().any(|it| it == "host") {
        return Err(Refusal::Mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    match signature(request, body, authorization, secret) {
        Some(right) if right == authorization.signature => Ok(()),
        _ => Err(Refusal::Mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        )),
    }
}

fn check_date(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let basic = |it: Timestamp| it.strftime(DATE_FORMAT).to_string();
    let refuse = |what: &str, limit: Timestamp, sign| {
        Err(Refusal::Mismatch(format!(
            "Signature {what} {} ({} {sign} 5 min.)",
            basic(limit),
            basic(now)
        )))
    };
    let (earliest, latest) = (now.saturating_sub(SKEW), now.saturating_add(SKEW));
    match (earliest, latest) {
        (Ok(earliest), _) if at < earliest => {
            let what = format!("expired: {} is now earlier than", basic(at));
            refuse(&what, earliest, '-')
        }
        (_, Ok(latest)) if at > latest => {
            let what = format!("not yet current: {} is still later than", basic(at));
            refuse(&what, latest, '+')
        }
        _ => Ok(()),
    }
}

/// The signature of the request as it came, over the headers that the client signed. Nothing when the
/// request cannot be signed at all.
fn signature(
    request: &Parts,
    body: &[u8],
    authorization: &Authorization,
    secret: &str,
) -> Option<String> {
    let scope = &authorization.scope;
    // No session token here: it would be signed even where the client did not sign its header.
    let identity = Credentials::new(&scope.access_key_id, secret, None, None, "emulator").into();
    let mut settings = SigningSettings::default();
    // Every header that the client signed counts, also those that this crate would exclude.
    settings.excluded_headers = None;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(authorization.at.into())
        .settings(settings)
        .build()
        .ok()?
        .into();
    let signed = |name: &str| authorization.signed_headers.iter().any(|it| it == name);
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| signed(name.as_str()))
        .map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let headers: Vec<(&str, &str)> = headers.collect::<Option<_>>()?;
    // Without one, the crate would take the host from the URI, which here is only a path.
    headers.iter().find(|(name, _)| *name == "host")?;
    let path = request.uri.path_and_query()?.as_str();
    let request = SignableRequest::new(
        request.method.as_str(),
        path,
        headers.into_iter(),
        SignableBody::Bytes(body),
    );
    let output = sign(request.ok()?, &params).ok()?;
    Some(output.signature().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::authorization;
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    struct Signed {
        method: &'static str,
        path: &'static str,
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
    }

    /// What boto3 1.44.5 sent: an ARN in the path, a query with a session token, and a form.
    const SAMPLES: &[Signed] = &[
        Signed {
            method: "GET",
            path: "/tags/arn%3Aaws%3Asecurityhub%3Aus-east-1%3A111122223333%3Aconnectorv2%2F00000000-0000-4000-8000-00000000000a",
            headers: &[
                ("host", "127.0.0.1:4566"),
                ("x-amz-date", "20261122T133116Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/securityhub/aws4_request, SignedHeaders=host;x-amz-date, Signature=87965219f8c94dff4c4abbf74206f2031cf077724a6f7c81552e6b59db75556c",
                ),
            ],
            body: "",
        },
        Signed {
            method: "GET",
            path: "/connectorsv2?NextToken=a%20b%2Fc%2Bd%3D%C3%A9~&MaxResults=7",
            headers: &[
                ("host", "127.0.0.1:4566"),
                ("x-amz-date", "20261122T133116Z"),
                ("x-amz-security-token", "a/token+with=signs"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/securityhub/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=8a0f32ed82e1811c51104d696da9ed8c9c0a83c0567d4e37b8109c1bc9d5c04d",
                ),
            ],
            body: "",
        },
        Signed {
            method: "POST",
            path: "/",
            headers: &[
                ("host", "127.0.0.1:4566"),
                (
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("x-amz-date", "20261122T133116Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=7eb025432ee7b22e841bc8756813d0c2d224f83aa46a658ec338a5ed67feae69",
                ),
            ],
            body: "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A222233334444%3Arole%2Fhub+drift&RoleSessionName=ci%40x",
        },
    ];

    /// When it did.
    const NOW: &str = "2026-11-22T13:31:16Z";

    fn check(signed: &Signed, edit: impl FnOnce(&mut Parts), body: &str) -> Result<(), Refusal> {
        let mut request = hyper::Request::builder()
            .method(signed.method)
            .uri(signed.path);
        for (name, value) in signed.headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        edit(&mut parts);
        let authorization = authorization::parse(&parts.headers).unwrap();
        verify(
            &parts,
            body.as_bytes(),
            &authorization,
            SECRET,
            NOW.parse().unwrap(),
        )
    }

    #[test]
    fn what_another_client_signed_is_right() {
        for signed in SAMPLES {
            assert_eq!(
                check(signed, |_| {}, signed.body),
                Ok(()),
                "{}",
                signed.path
            );
        }
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        for signed in SAMPLES {
            let noticed = |edit: fn(&mut Parts)| {
                let Err(Refusal::Mismatch(message)) = check(signed, edit, signed.body) else {
                    panic!("not noticed: {}", signed.path);
                };
                assert!(message.starts_with("The request signature we"), "{message}");
            };
            noticed(|it| it.method = hyper::Method::DELETE);
            noticed(|it| it.uri = "/connectorsv2/x".parse().unwrap());
            noticed(|it| it.uri = format!("{}?a", it.uri.path()).parse().unwrap());
            noticed(|it| {
                it.headers.insert("host", "elsewhere".parse().unwrap());
            });
            noticed(|it| {
                it.headers.remove("host");
            });
            noticed(|it| {
                let later = "20261122T133117Z".parse().unwrap();
                it.headers.insert("x-amz-date", later);
            });
            // What was not signed may change.
            let edit = |it: &mut Parts| {
                it.headers.insert("user-agent", "other".parse().unwrap());
            };
            assert_eq!(check(signed, edit, signed.body), Ok(()));
            assert!(check(signed, |_| {}, "Action=Other").is_err());
        }
    }

    #[test]
    fn the_host_is_signed() {
        let signed = &SAMPLES[0];
        let mut request = hyper::Request::get(signed.path);
        for (name, value) in signed.headers {
            request = request.header(*name, value.replace("=host;", "="));
        }
        let parts = request.body(()).unwrap().into_parts().0;
        let authorization = authorization::parse(&parts.headers).unwrap();
        let refused = verify(&parts, b"", &authorization, SECRET, authorization.at);
        assert!(matches!(refused, Err(Refusal::Mismatch(it)) if it.contains("'SignedHeader'")));
    }

    #[test]
    fn clocks_may_be_five_minutes_apart() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let at = |text: &str| check_date(text.parse().unwrap(), now);
        assert_eq!(at("2026-11-22T09:55:00Z"), Ok(()));
        assert_eq!(at("2026-11-22T10:05:00Z"), Ok(()));
        assert_eq!(
            at("2026-11-22T09:54:59Z"),
            Err(Refusal::Mismatch(
                "Signature expired: 20261122T095459Z is now earlier than 20261122T095500Z (20261122T100000Z - 5 min.)"
                    .to_owned()
            ))
        );
        assert_eq!(
            at("2026-11-22T10:05:01Z"),
            Err(Refusal::Mismatch(
                "Signature not yet current: 20261122T100501Z is still later than 20261122T100500Z (20261122T100000Z + 5 min.)"
                    .to_owned()
            ))
        );
    }
}
