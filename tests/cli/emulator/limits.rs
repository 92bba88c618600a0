//! Asks too much, and waits for what is slow.

use std::time::{Duration, Instant};

use super::signer::Signed;
use super::{A, PROD, Response, STS, connector, emulate_with};

#[test]
fn each_target_has_its_rate() {
    let emulator = emulate_with(
        r#""limits":{"rps":0.01,"burst":3,"targets":[{"account":"444455556666","region":"us-east-1","rps":0.01,"burst":1}]},
           "sts_limits":{"rps":0.01,"burst":2}"#,
    );
    let other = Signed {
        key: "OTHER",
        ..PROD
    };
    let list = |signed| emulator.get_as(Some(signed), "/connectorsv2");
    for signed in [PROD, PROD, PROD, other] {
        assert_eq!(list(signed).status, 200);
    }
    for signed in [PROD, other] {
        let throttled = list(signed);
        assert_eq!(throttled.error(), (429, "ThrottlingException"));
        assert_eq!(throttled.json()["Message"], "Rate exceeded");
    }
    // Another region has tokens of its own, and a stranger takes none.
    let west = Signed {
        region: "eu-west-1",
        ..PROD
    };
    assert_eq!(list(west).status, 409);
    let wrong = Signed {
        secret: "S",
        ..west
    };
    for _ in 0..5 {
        assert_eq!(list(wrong).status, 403);
    }
    assert_eq!(list(west).status, 409);
    assert_eq!(emulator.identity(Some(STS)).status, 200);
    assert_eq!(emulator.identity(Some(STS)).status, 200);
    let throttled = emulator.identity(Some(STS));
    assert_eq!(throttled.status, 400);
    assert!(throttled.body.contains("<Code>Throttling</Code>"));
}

#[test]
fn every_answer_takes_its_time() {
    let emulator =
        emulate_with(r#""latency_ms":100,"faults":[{"operation":"list","delay_ms":100}]"#);
    let took = |ask: &dyn Fn() -> Response| {
        let began = Instant::now();
        ask();
        began.elapsed()
    };
    let (short, long) = (Duration::from_millis(100), Duration::from_millis(200));
    assert!(took(&|| emulator.get(&connector(A))) >= short);
    assert!(took(&|| emulator.get_as(None, "/connectorsv2")) >= short);
    assert!(took(&|| emulator.identity(Some(STS))) >= short);
    assert!(took(&|| emulator.get("/connectorsv2")) >= long);
}
