//! Starts the emulator in this process, as `demo` does. What it answers is tested beside the
//! services and, from outside, in `tests/cli`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use super::{Operation, State, start};

const STATE: &str = r#"{"schema":"hubdrift.snapshot/1","targets":[{"name":"t","account":"111122223333","region":"us-east-1"}]}"#;

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Date: 20261122T100000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=K/20261122/us-east-1/securityhub/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_and_it_stops() {
    let state = State::parse("s", STATE).unwrap();
    let running = start(state, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let address = running.address();
    let idle = TcpStream::connect(address).unwrap();

    let clients: Vec<_> = (0..100)
        .map(|_| tokio::task::spawn_blocking(move || ask(address, "/connectorsv2")))
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for client in clients {
        let answer = client.await.unwrap();
        assert!(answer.ends_with(r#"{"Connectors":[]}"#), "{answer}");
        let id = answer.split("x-amzn-requestid: ").nth(1).unwrap();
        ids.insert(id[..36].to_owned());
    }
    assert_eq!(ids.len(), 100);
    ask(address, "/nowhere");
    let requests = running.requests();
    assert_eq!(requests[&Operation::List], 100);
    assert_eq!(requests.values().sum::<u64>(), 100);

    running.shutdown().await;
    assert!(TcpStream::connect(address).is_err());
    // A connection that nobody speaks on is closed too.
    assert_eq!((&idle).read(&mut [0]).unwrap(), 0);
}

#[test]
fn the_states_of_the_documentation_are_good() {
    let page = include_str!("../../../../docs/emulator.md");
    let states: Vec<_> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(states.len(), 3);
    for state in states {
        State::parse("docs/emulator.md", state).unwrap();
    }
    for operation in Operation::ALL {
        assert!(page.contains(&format!("`{}`", operation.name())));
    }
}
