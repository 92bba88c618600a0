//! Runs `hubdrift emulate` and speaks HTTP to it by hand: what any client may send, and what
//! no SDK would.

mod limits;
mod roles;
mod signatures;
mod signer;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use crate::support;
use signer::Signed;

const A: &str = "00000000-0000-4000-8000-00000000000a";
const B: &str = "00000000-0000-4000-8000-00000000000b";
const C: &str = "00000000-0000-4000-8000-00000000000c";

/// A running `hubdrift emulate`, spoken to by hand.
struct Emulator {
    running: support::Emulator,
    _directory: tempfile::TempDir,
}

fn write(state: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("state.json");
    std::fs::write(&path, state).expect("the state is written");
    (directory, path)
}

/// Serves three connectors and what else the `emulator` object says.
fn emulate_with(settings: &str) -> Emulator {
    let entry = |id: &str| {
        format!(
            r#"{{"connector_id":"{id}","body":{{"ConnectorId":"{id}","Name":"n-{id}"}},"tags":{{"team":"é"}}}}"#
        )
    };
    let state = format!(
        r#"{{"schema":"hubdrift.snapshot/1","targets":[
        {{"name":"prod","account":"111122223333","region":"us-east-1","connectors":[{},{},{}]}},
        {{"name":"west","account":"111122223333","region":"eu-west-1","hub":"disabled"}},
        {{"name":"other","account":"444455556666","region":"us-east-1"}},
        {{"name":"far","account":"444455556666","region":"ap-south-1"}}],
        "emulator":{{{settings},"page_size":2,"credentials":[
          {{"access_key_id":"PROD","secret_access_key":"s","account":"111122223333",
            "caller_arn":"arn:aws:iam::111122223333:user/ci"}},
          {{"access_key_id":"OTHER","secret_access_key":"s","account":"444455556666"}}]}}}}"#,
        entry(A),
        entry(B),
        entry(C)
    );
    let (directory, path) = write(&state);
    Emulator {
        running: support::Emulator::start(&path, directory.path()),
        _directory: directory,
    }
}

fn emulate(faults: &str) -> Emulator {
    emulate_with(&format!(r#""faults":{faults}"#))
}

const PROD: Signed = Signed {
    key: "PROD",
    secret: "s",
    token: None,
    region: "us-east-1",
    service: "securityhub",
};

const STS: Signed = Signed {
    service: "sts",
    ..PROD
};

#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and type of an error.
    fn error(&self) -> (u16, &str) {
        (self.status, self.header("x-amzn-ErrorType").unwrap_or(""))
    }
}

impl Emulator {
    fn get(&self, path: &str) -> Response {
        self.get_as(Some(PROD), path)
    }

    fn get_as(&self, signed: Option<Signed>, path: &str) -> Response {
        self.send("GET", path, signed, "").expect("a whole answer")
    }

    fn identity(&self, signed: Option<Signed>) -> Response {
        let form = "Action=GetCallerIdentity&Version=2011-06-15";
        self.send("POST", "/", signed, form)
            .expect("a whole answer")
    }

    /// One request on one connection; `None` when it is closed before the answer is whole.
    fn send(
        &self,
        method: &str,
        path: &str,
        signed: Option<Signed>,
        body: &str,
    ) -> Option<Response> {
        self.exchange(&request(method, path, signed, body, "close"))
    }

    /// The same, with a request that is written out.
    fn exchange(&self, request: &str) -> Option<Response> {
        let raw = self.exchange_raw(request);
        let (head, body) = raw.split_once("\r\n\r\n")?;
        let response = Response {
            status: head.get(9..12)?.parse().expect("a status"),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        let length: usize = response
            .header("content-length")?
            .parse()
            .expect("a length");
        (length == body.len()).then_some(response)
    }

    /// Everything that comes until the connection is closed.
    fn raw(&self, method: &str, path: &str, signed: Option<Signed>, body: &str) -> String {
        self.exchange_raw(&request(method, path, signed, body, "close"))
    }

    fn exchange_raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.running.address).expect("the emulator listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a time limit");
        stream
            .write_all(request.as_bytes())
            .expect("the request is sent");
        let mut bytes = Vec::new();
        // A connection that is reset ends as one that is closed.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8(bytes).expect("text")
    }
}

fn request(
    method: &str,
    path: &str,
    signed: Option<Signed>,
    body: &str,
    connection: &str,
) -> String {
    let headers = signed.map_or(String::new(), |signed| {
        signer::headers(signed, method, path, body, Timestamp::now())
    });
    whole(method, path, &headers, body, connection)
}

fn whole(method: &str, path: &str, headers: &str, body: &str, connection: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: {connection}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn connector(id: &str) -> String {
    format!("/connectorsv2/{id}")
}

#[test]
fn it_says_how_it_is_used() {
    let emulator = emulate("[]");
    assert_eq!(
        emulator.running.line,
        format!(
            "export AWS_ENDPOINT_URL=http://{} AWS_ACCESS_KEY_ID=PROD AWS_SECRET_ACCESS_KEY=s \
             AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n",
            emulator.running.address
        )
    );
}

#[test]
fn bodies_come_as_they_are_stored() {
    let emulator = emulate("[]");
    let response = emulator.get(&connector(A));
    assert_eq!(response.status, 200);
    assert_eq!(
        response.body,
        format!(r#"{{"ConnectorId":"{A}","Name":"n-{A}"}}"#)
    );
    assert_eq!(response.header("content-type"), Some("application/json"));
    let first = response.header("x-amzn-RequestId").unwrap().to_owned();
    let second = emulator.get(&connector(A));
    assert_eq!(first.len(), 36);
    assert_ne!(second.header("x-amzn-RequestId"), Some(&*first));

    let gone = emulator.get(&connector(&A.replace('a', "f")));
    assert_eq!(gone.error(), (404, "ResourceNotFoundException"));
    assert_eq!(gone.json()["Code"], "ResourceNotFoundException");
    assert!(gone.json()["Message"].is_string());

    let arn = format!("arn%3Aaws%3Asecurityhub%3Aus-east-1%3A111122223333%3Aconnectorv2%2F{A}");
    let tags = emulator.get(&format!("/tags/{arn}"));
    assert_eq!(tags.json()["Tags"]["team"], "é");
}

#[test]
fn only_signed_requests_are_answered() {
    let emulator = emulate("[]");
    let ask = |signed: Option<Signed>| {
        let response = emulator.get_as(signed, &connector(A));
        let (status, kind) = response.error();
        (status, kind.to_owned(), response.body)
    };
    let (status, kind, _) = ask(None);
    assert_eq!(
        (status, &*kind),
        (403, "MissingAuthenticationTokenException")
    );
    let (status, kind, body) = ask(Some(Signed { key: "WHO", ..PROD }));
    assert_eq!((status, &*kind), (403, "UnrecognizedClientException"));
    assert!(body.contains("The security token included in the request is invalid."));
    let (status, kind, body) = ask(Some(Signed {
        service: "s3",
        ..PROD
    }));
    assert_eq!((status, &*kind), (403, "InvalidSignatureException"));
    assert!(body.contains("Credential should be scoped to correct service: 'securityhub'."));
    let (status, kind, body) = ask(Some(Signed {
        region: "us-west-2",
        ..PROD
    }));
    assert_eq!((status, &*kind), (403, "InvalidSignatureException"));
    assert!(body.contains("Credential should be scoped to a valid region, not 'us-west-2'."));
}

#[test]
fn key_and_region_say_which_target() {
    let emulator = emulate("[]");
    let ask = |key, region| {
        let signed = Signed {
            key,
            region,
            ..PROD
        };
        let response = emulator.get_as(Some(signed), &connector(A));
        (response.status, response.body)
    };
    assert_eq!(ask("PROD", "us-east-1").0, 200);
    assert_eq!(ask("OTHER", "us-east-1").0, 404);
    // A hub that is off, and a region in which this account has no target.
    for region in ["eu-west-1", "ap-south-1"] {
        let (status, body) = ask("PROD", region);
        assert_eq!(status, 409);
        assert!(body.contains("Security Hub V2 is not enabled"), "{body}");
    }
}

#[test]
fn sts_says_who_is_calling() {
    let emulator = emulate("[]");
    let sts = Signed {
        region: "eu-north-1",
        ..STS
    };
    let response = emulator.identity(Some(sts));
    assert_eq!(response.status, 200);
    assert!(response.body.contains("<Account>111122223333</Account>"));
    assert_eq!(response.header("content-type"), Some("text/xml"));
    let id = response.header("x-amzn-RequestId").unwrap();
    assert!(
        response
            .body
            .contains(&format!("<RequestId>{id}</RequestId>"))
    );

    for (signed, status, code) in [
        (None, 403, "MissingAuthenticationToken"),
        (
            Some(Signed { key: "WHO", ..sts }),
            403,
            "InvalidClientTokenId",
        ),
        (Some(PROD), 403, "SignatureDoesNotMatch"),
        (
            Some(Signed { region: "x", ..sts }),
            403,
            "SignatureDoesNotMatch",
        ),
    ] {
        let response = emulator.identity(signed);
        assert_eq!(response.status, status);
        assert!(
            response.body.contains(&format!("<Code>{code}</Code>")),
            "{response:?}"
        );
    }
}

#[test]
fn lists_come_in_pages() {
    let emulator = emulate("[]");
    let mut path = "/connectorsv2?MaxResults=100".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = emulator.get(&path).json();
        let ids = page["Connectors"].as_array().unwrap().iter();
        let ids: Vec<_> = ids
            .map(|it| it["ConnectorId"].as_str().unwrap().to_owned())
            .collect();
        pages.push(ids);
        match page["NextToken"].as_str() {
            Some(token) => path = format!("/connectorsv2?MaxResults=100&NextToken={token}"),
            None => break,
        }
    }
    assert_eq!(pages, [vec![A, B], vec![C]]);
    for query in ["MaxResults=0", "MaxResults=101", "NextToken=x"] {
        let refused = emulator.get(&format!("/connectorsv2?{query}"));
        assert_eq!(refused.error(), (400, "ValidationException"), "{query}");
    }
}

#[test]
fn faults_of_errors_pass() {
    let emulator = emulate(&format!(
        r#"[{{"operation":"get","connector_id":"{A}","times":2,"error":{{"type":"ThrottlingException","message":"Rate exceeded"}}}},
           {{"operation":"identity","error":{{"type":"ServiceUnavailable","message":"a<b"}}}}]"#
    ));
    for _ in 0..2 {
        let throttled = emulator.get(&connector(A));
        assert_eq!(throttled.error(), (429, "ThrottlingException"));
        assert_eq!(throttled.json()["Message"], "Rate exceeded");
    }
    assert_eq!(emulator.get(&connector(A)).status, 200);
    assert_eq!(emulator.get(&connector(B)).status, 200);
    let identity = emulator.identity(Some(Signed {
        service: "sts",
        ..PROD
    }));
    assert_eq!(identity.status, 503);
    assert!(identity.body.contains("<Message>a&lt;b</Message>"));
}

#[test]
fn a_fault_can_be_for_one_page() {
    let emulator = emulate(
        r#"[{"operation":"list","page":2,"error":{"type":"InternalServerException","message":"x"}}]"#,
    );
    let first = emulator.get("/connectorsv2").json();
    let token = first["NextToken"].as_str().unwrap();
    let second = emulator.get(&format!("/connectorsv2?NextToken={token}"));
    assert_eq!(second.error(), (500, "InternalServerException"));
}

#[test]
fn faults_of_the_connection() {
    let emulator = emulate(&format!(
        r#"[{{"connector_id":"{A}","drop":true,"times":1}},
           {{"connector_id":"{B}","truncate":true,"times":1}},
           {{"connector_id":"{C}","delay_ms":300}},
           {{"connector_id":"{C}","answer":{{"status":200,"content_type":"text/html","body":"<html>"}},"times":1}}]"#
    ));
    assert_eq!(emulator.raw("GET", &connector(A), Some(PROD), ""), "");
    assert_eq!(emulator.get(&connector(A)).status, 200);

    let cut = emulator.raw("GET", &connector(B), Some(PROD), "");
    let whole = emulator.raw("GET", &connector(B), Some(PROD), "");
    let body = |raw: &str| raw.split_once("\r\n\r\n").unwrap().1.to_owned();
    let (cut, whole) = (body(&cut), body(&whole));
    assert_eq!(cut.len(), whole.len() / 2);
    assert!(whole.starts_with(&cut) && !cut.is_empty());

    let began = Instant::now();
    let html = emulator.get(&connector(C));
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!((html.status, &*html.body), (200, "<html>"));
    assert_eq!(html.header("content-type"), Some("text/html"));
    assert_eq!(emulator.get(&connector(C)).json()["ConnectorId"], C);
}

#[test]
fn a_connection_is_kept_and_others_do_not_wait() {
    let emulator = emulate(&format!(r#"[{{"connector_id":"{A}","delay_ms":2000}}]"#));
    let mut slow = TcpStream::connect(&emulator.running.address).unwrap();
    slow.write_all(request("GET", &connector(A), Some(PROD), "", "close").as_bytes())
        .unwrap();
    let began = Instant::now();
    // Two requests on one connection, the second sent before the first is answered.
    let mut kept = TcpStream::connect(&emulator.running.address).unwrap();
    let first = request("GET", &connector(B), Some(PROD), "", "keep-alive");
    let second = request("GET", &connector(C), Some(PROD), "", "close");
    kept.write_all((first + second.as_str()).as_bytes())
        .unwrap();
    let mut both = String::new();
    kept.read_to_string(&mut both).unwrap();
    assert_eq!(both.matches("HTTP/1.1 200 OK").count(), 2, "{both}");
    assert!(began.elapsed() < Duration::from_millis(1500));
}

#[test]
fn what_is_no_request_of_aws() {
    let emulator = emulate("[]");
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/connectors"),
        ("POST", "/connectorsv2"),
        ("DELETE", "/connectorsv2/x"),
    ] {
        let response = emulator.send(method, path, None, "").unwrap();
        assert_eq!(
            response.error(),
            (404, "UnknownOperationException"),
            "{method} {path}"
        );
    }
    // Only the head is sent: what is unread when a connection closes may take the answer with it.
    let long = request("POST", "/", None, &"x".repeat(64 * 1024 + 1), "close");
    let mut stream = TcpStream::connect(&emulator.running.address).unwrap();
    stream
        .write_all(long.trim_end_matches('x').as_bytes())
        .unwrap();
    let mut refused = String::new();
    stream.read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused:.80}");
}

#[test]
fn a_bad_state_is_refused_with_its_place() {
    let refusal = |state: &str| {
        let (directory, path) = write(state);
        let mut command = support::scrubbed(directory.path());
        let output = command.arg("emulate").arg(&path).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        said.replace(&path.display().to_string(), "STATE")
    };
    assert_eq!(
        refusal("{\"schema\": \"hubdrift.snapshot/1\",\n \"targets\": [}"),
        "error: STATE:2:14: expected value\n"
    );
    assert_eq!(
        refusal(
            "{\"schema\": \"hubdrift.snapshot/1\", \"targets\": [],\n \"emulator\": {\"fault\": 1}}"
        ),
        "error: STATE:2:21: unknown field `fault`, expected one of `credentials`, `roles`, `web_identity`, `limits`, `sts_limits`, `latency_ms`, `page_size`, `faults`\n"
    );
    assert_eq!(
        refusal("{\"schema\": \"hubdrift.snapshot/1\", \"targets\": []}"),
        "error: STATE: no targets\n"
    );
}
