//! What only a test inside can do: make the engine panic.

use std::collections::BTreeMap;

use std::sync::Arc;

use super::*;
use crate::{
    model::{Connector, Fact, Outcome, Value},
    policy::subject::{SubjectState, TargetFacts},
};

fn source(id: &str, body: &str) -> Source {
    let text = format!(
        "const META = #{{ id: \"{id}\", title: \"t\", severity: \"low\", remediation: \"r\" }};\nfn check(ctx) {{ {body} }}"
    );
    Source {
        path: format!("{id}.rhai"),
        text,
    }
}

#[test]
fn a_panic_in_the_engine_is_an_error_and_the_next_rule_runs() {
    let policy = compile(
        vec![
            source("a", "panic_for_a_test(); pass()"),
            source("b", "pass()"),
        ],
        &[],
    )
    .expect("rules");
    let mut connector = Connector::default();
    connector.set(Fact::Name, Some(Value::Text("x".into())));
    let connector = Arc::new(connector);
    let (target, labels) = (Arc::<TargetFacts>::default(), BTreeMap::new());
    let subject = Subject {
        target: &target,
        labels: &labels,
        expected: &[],
        state: SubjectState::Present(&connector),
        drift: &[],
        tags_read: false,
    };
    let results = policy.evaluate(&[subject, subject, subject], Timestamp::UNIX_EPOCH);
    for results in results {
        assert_eq!(results[0].outcome, Outcome::Error);
        assert_eq!(
            results[0].message.as_deref(),
            Some("the engine panicked: as asked")
        );
        assert_eq!(results[1].outcome, Outcome::Pass);
    }
}
