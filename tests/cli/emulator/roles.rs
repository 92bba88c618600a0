//! Assumes roles by hand: who may, with what, and what the credentials are then good for.

use super::signer::Signed;
use super::{A, Emulator, PROD, Response, STS, connector, emulate_with};

const ROLES: &str = r#""roles":[
    {"role_arn":"arn:aws:iam::444455556666:role/p/hubdrift","trusts":["111122223333"],"external_id":"x-42"},
    {"role_arn":"arn:aws:iam::444455556666:role/closed","trusts":["arn:aws:iam::111122223333:user/other"]},
    {"role_arn":"arn:aws:iam::111122223333:role/back","trusts":["arn:aws:iam::444455556666:role/p/hubdrift"],"max_session_seconds":7200},
    {"role_arn":"arn:aws:iam::111122223333:role/brief","trusts":["*"],"session_seconds":0}],
  "web_identity":[{"role_arn":"arn:aws:iam::111122223333:role/ci","token":"e.y.z"}]"#;

const HUBDRIFT: &str = "arn:aws:iam::444455556666:role/p/hubdrift";
const BACK: &str = "arn:aws:iam::111122223333:role/back";

/// What `AssumeRole` handed out.
struct Credentials {
    key: String,
    secret: String,
    token: String,
}

impl Credentials {
    fn of(response: &Response) -> Self {
        assert_eq!(response.status, 200, "{response:?}");
        let [key, secret, token] = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
            .map(|name| element(&response.body, name).to_owned());
        Self { key, secret, token }
    }

    fn sign(&self, like: Signed<'static>) -> Signed<'_> {
        Signed {
            key: &self.key,
            secret: &self.secret,
            token: Some(&self.token),
            ..like
        }
    }
}

fn element<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split('<').next().unwrap_or_default()
}

fn assume(emulator: &Emulator, signed: Option<Signed>, role: &str, more: &str) -> Response {
    let role = role.replace(':', "%3A").replace('/', "%2F");
    let action = if more.contains("WebIdentityToken") {
        "AssumeRoleWithWebIdentity"
    } else {
        "AssumeRole"
    };
    let form = format!("Action={action}&Version=2011-06-15&RoleArn={role}&{more}");
    emulator
        .send("POST", "/", signed, &form)
        .expect("a whole answer")
}

#[track_caller]
fn refused(response: &Response, status: u16, code: &str, message: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(element(&response.body, "Code"), code);
    let said = element(&response.body, "Message");
    assert!(said.contains(message), "{said}");
}

#[test]
fn a_role_gives_credentials_of_its_account() {
    let emulator = emulate_with(ROLES);
    let form = "RoleSessionName=ci%40x&ExternalId=x-42";
    let response = assume(&emulator, Some(STS), HUBDRIFT, form);
    let session = Credentials::of(&response);
    let arn = "arn:aws:sts::444455556666:assumed-role/hubdrift/ci@x";
    assert_eq!(element(&response.body, "Arn"), arn);
    assert!(session.key.starts_with("ASIA"));

    let identity = emulator.identity(Some(session.sign(STS)));
    assert_eq!(element(&identity.body, "Account"), "444455556666");
    assert_eq!(element(&identity.body, "Arn"), arn);
    assert_eq!(
        element(&identity.body, "UserId"),
        element(&response.body, "AssumedRoleId")
    );
    // The role's account has no such connector, and nothing in eu-west-1.
    let list = emulator.get_as(Some(session.sign(PROD)), "/connectorsv2");
    assert_eq!((list.status, &*list.body), (200, r#"{"Connectors":[]}"#));
    let get = emulator.get_as(Some(session.sign(PROD)), &connector(A));
    assert_eq!(get.status, 404);

    // And on to another role, for an hour at most.
    let form = "RoleSessionName=on";
    let response = assume(&emulator, Some(session.sign(STS)), BACK, form);
    let back = Credentials::of(&response);
    assert_eq!(
        emulator.get_as(Some(back.sign(PROD)), &connector(A)).status,
        200
    );
    let form = "RoleSessionName=on&DurationSeconds=7200";
    refused(
        &assume(&emulator, Some(session.sign(STS)), BACK, form),
        400,
        "ValidationError",
        "role chaining",
    );
}

#[test]
fn the_same_requests_give_the_same_credentials() {
    let keys = || {
        let emulator = emulate_with(ROLES);
        let form = "RoleSessionName=ci&ExternalId=x-42";
        [(); 2].map(|()| Credentials::of(&assume(&emulator, Some(STS), HUBDRIFT, form)).key)
    };
    let [first, second] = keys();
    assert_ne!(first, second);
    assert_eq!([first, second], keys());
}

#[test]
fn nobody_else_may_assume_it() {
    let emulator = emulate_with(ROLES);
    let user = "User: arn:aws:iam::111122223333:user/ci";
    let name = "RoleSessionName=ci";
    for (role, form) in [
        (HUBDRIFT, name),
        (HUBDRIFT, "RoleSessionName=ci&ExternalId=x-43"),
        ("arn:aws:iam::444455556666:role/closed", name),
        ("arn:aws:iam::444455556666:role/no-such", name),
        (BACK, name),
    ] {
        refused(
            &assume(&emulator, Some(STS), role, form),
            403,
            "AccessDenied",
            &format!("{user} is not authorized to perform: sts:AssumeRole on resource: {role}"),
        );
    }
    let other = Signed {
        key: "OTHER",
        ..STS
    };
    let form = "RoleSessionName=ci&ExternalId=x-42";
    let response = assume(&emulator, Some(other), HUBDRIFT, form);
    refused(&response, 403, "AccessDenied", "sts:AssumeRole on resource");
    let response = assume(&emulator, None, HUBDRIFT, form);
    refused(&response, 403, "MissingAuthenticationToken", "");
}

#[test]
fn a_form_has_to_make_sense() {
    let emulator = emulate_with(ROLES);
    let long = "x".repeat(65);
    for (form, said) in [
        ("", "'roleSessionName' failed to satisfy constraint"),
        ("RoleSessionName=x", "greater than or equal to 2"),
        ("RoleSessionName=a+b", r"pattern: [\w+=,.@-]*"),
        (
            &format!("RoleSessionName={long}"),
            "less than or equal to 64",
        ),
        ("RoleSessionName=ci&DurationSeconds=899", "equal to 900"),
        ("RoleSessionName=ci&DurationSeconds=43201", "equal to 43200"),
        (
            "RoleSessionName=ci&ExternalId=x-42&DurationSeconds=3601",
            "exceeds the MaxSessionDuration",
        ),
    ] {
        let response = assume(&emulator, Some(STS), HUBDRIFT, form);
        refused(&response, 400, "ValidationError", said);
    }
}

#[test]
fn a_session_ends() {
    let emulator = emulate_with(ROLES);
    let brief = "arn:aws:iam::111122223333:role/brief";
    let response = assume(&emulator, Some(STS), brief, "RoleSessionName=ci");
    let session = Credentials::of(&response);
    let get = emulator.get_as(Some(session.sign(PROD)), &connector(A));
    assert_eq!(get.error(), (403, "ExpiredTokenException"));
    let identity = emulator.identity(Some(session.sign(STS)));
    refused(&identity, 403, "ExpiredToken", "is expired");
}

#[test]
fn a_session_is_key_secret_and_token() {
    let emulator = emulate_with(ROLES);
    let form = "RoleSessionName=ci&ExternalId=x-42";
    let session = Credentials::of(&assume(&emulator, Some(STS), HUBDRIFT, form));
    let whole = session.sign(PROD);
    let without = Signed {
        token: None,
        ..whole
    };
    let other = Signed {
        token: Some("other"),
        ..whole
    };
    for signed in [without, other] {
        let refused = emulator.get_as(Some(signed), &connector(A));
        assert_eq!(refused.error(), (403, "UnrecognizedClientException"));
    }
    let wrong = Signed {
        secret: "s",
        ..whole
    };
    let refused = emulator.get_as(Some(wrong), &connector(A));
    assert_eq!(refused.error(), (403, "InvalidSignatureException"));
}

#[test]
fn a_token_of_somebody_else_is_worth_a_session() {
    let emulator = emulate_with(ROLES);
    let ci = "arn:aws:iam::111122223333:role/ci";
    let form = "RoleSessionName=run&WebIdentityToken=e.y.z";
    let session = Credentials::of(&assume(&emulator, None, ci, form));
    let get = emulator.get_as(Some(session.sign(PROD)), &connector(A));
    assert_eq!(get.status, 200);
    let wrong = "RoleSessionName=run&WebIdentityToken=e.y.x";
    let response = assume(&emulator, None, ci, wrong);
    refused(&response, 400, "InvalidIdentityToken", "");
    let response = assume(&emulator, None, HUBDRIFT, form);
    refused(
        &response,
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
}

#[test]
fn assuming_a_role_can_go_wrong() {
    let emulator = emulate_with(&format!(
        r#"{ROLES},"faults":[{{"operation":"assume_role","role_arn":"{HUBDRIFT}","times":1,"error":{{"type":"Throttling","message":"Rate exceeded"}}}},
            {{"operation":"web_identity","error":{{"type":"ServiceUnavailable"}}}}]"#
    ));
    let brief = "arn:aws:iam::111122223333:role/brief";
    assert_eq!(
        assume(&emulator, Some(STS), brief, "RoleSessionName=ci").status,
        200
    );
    let form = "RoleSessionName=ci&ExternalId=x-42";
    let throttled = assume(&emulator, Some(STS), HUBDRIFT, form);
    refused(&throttled, 400, "Throttling", "Rate exceeded");
    assert_eq!(assume(&emulator, Some(STS), HUBDRIFT, form).status, 200);
    let form = "RoleSessionName=run&WebIdentityToken=e.y.z";
    assert_eq!(assume(&emulator, None, BACK, form).status, 503);
}
