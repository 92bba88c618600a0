//! Measures how many requests a second the emulator answers, on one core and with everything
//! checked: it must never be what a load test of something else measures.
//!
//! Not run with the others; it stops by itself after some seconds:
//! `cargo test --release --test cli emulator::load -- --ignored --nocapture`

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::signer::{self, Signed};
use super::write;
use crate::support;

const TARGETS: usize = 200;
const CONNECTORS: usize = 100;

/// How long is measured, and over how many connections.
const SECONDS: u64 = 5;
const CONNECTIONS: usize = 8;

fn account(target: usize) -> String {
    format!("{:012}", 100_000_000_000_u64 + target as u64)
}

fn uuid(target: usize, connector: usize) -> String {
    format!("00000000-0000-4000-8000-{target:06x}{connector:06x}")
}

fn state() -> String {
    let mut targets = Vec::new();
    let mut keys = Vec::new();
    for target in 0..TARGETS {
        let account = account(target);
        let connectors: Vec<String> = (0..CONNECTORS)
            .map(|connector| {
                let id = uuid(target, connector);
                format!(
                    r#"{{"connector_id":"{id}","body":{{"ConnectorArn":"arn:aws:securityhub:us-east-1:{account}:connectorv2/{id}","ConnectorId":"{id}","Name":"jira-{connector}","CreatedAt":"2026-01-02T03:04:05.678Z","LastUpdatedAt":"2026-02-03T04:05:06Z","Health":{{"ConnectorStatus":"CONNECTED","LastCheckedAt":"2026-11-22T09:00:00Z"}},"ProviderDetail":{{"JiraCloud":{{"ProjectKey":"SEC","Domain":"acme.atlassian.net","AuthStatus":"ACTIVE"}}}},"EnablementStatus":"ENABLED"}}}}"#
                )
            })
            .collect();
        targets.push(format!(
            r#"{{"name":"t{target}","account":"{account}","region":"us-east-1","connectors":[{}]}}"#,
            connectors.join(",")
        ));
        keys.push(format!(
            r#"{{"access_key_id":"AKID{target}","secret_access_key":"s{target}","account":"{account}"}}"#
        ));
    }
    format!(
        r#"{{"schema":"hubdrift.snapshot/1","targets":[{}],"emulator":{{"credentials":[{}]}}}}"#,
        targets.join(","),
        keys.join(",")
    )
}

/// Requests for all connectors, signed before the clock runs: signing is not what is measured.
fn requests() -> Vec<String> {
    let now = Timestamp::now();
    let pairs = (0..CONNECTORS).flat_map(|connector| (0..TARGETS).map(move |it| (it, connector)));
    let request = |(target, connector)| {
        let (key, secret) = (format!("AKID{target}"), format!("s{target}"));
        let signed = Signed {
            key: &key,
            secret: &secret,
            token: None,
            region: "us-east-1",
            service: "securityhub",
        };
        let path = format!("/connectorsv2/{}", uuid(target, connector));
        let headers = signer::headers(signed, "GET", &path, "", now);
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
    };
    pairs.map(request).collect()
}

/// Asks on one connection until the time is over; how many were answered with a 200.
fn ask(address: &str, requests: &[String], until: Instant) -> usize {
    let stream = TcpStream::connect(address).expect("the emulator listens");
    stream.set_nodelay(true).expect("a socket");
    let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
    let mut writer = stream;
    let mut answered = 0;
    let (mut line, mut body) = (String::new(), Vec::new());
    for request in requests.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        writer.write_all(request.as_bytes()).expect("a connection");
        let mut length = 0;
        let mut status = String::new();
        loop {
            line.clear();
            reader.read_line(&mut line).expect("an answer");
            if status.is_empty() {
                line.clone_into(&mut status);
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a number");
            }
            if line == "\r\n" {
                break;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).expect("a body");
        assert_eq!(&status[9..12], "200", "{}", String::from_utf8_lossy(&body));
        answered += 1;
    }
    answered
}

/// Processor time of a process so far, and the most memory it had; where the system says so.
fn used(process: u32) -> Option<(f64, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    // Everywhere that has this file, a hundred ticks are a second.
    Some((ticks / 100.0, peak.trim().to_owned()))
}

#[test]
#[ignore = "measures for some seconds, and means nothing without --release"]
fn thousands_of_requests_a_second() {
    let requests = requests();
    let (directory, path) = write(&state());
    let emulator = support::Emulator::start(&path, directory.path());
    let before = used(emulator.process());
    let began = Instant::now();
    let until = began + Duration::from_secs(SECONDS);
    let share = requests.len() / CONNECTIONS;
    let answered: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = requests
            .chunks(share)
            .take(CONNECTIONS)
            .map(|chunk| scope.spawn(|| ask(&emulator.address, chunk, until)))
            .collect();
        clients
            .into_iter()
            .map(|it| it.join().expect("a client"))
            .sum()
    });
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let answered = answered as f64;
    let mut said = format!(
        "{answered} answers in {took:.1} s: {:.0} a second",
        answered / took
    );
    if let (Some((before, _)), Some((after, peak))) = (before, used(emulator.process())) {
        let cpu = after - before;
        let _ = write!(
            said,
            "; {cpu:.1} s of processor: {:.0} a second on one core; at most {peak}",
            answered / cpu
        );
    }
    // For people; the test itself only wants it to be far from slow.
    eprintln!("{said}");
    assert!(answered / took > 2000.0, "{said}");
}
