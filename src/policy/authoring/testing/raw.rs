//! The blocks of a test file, as they are written.

use crate::yaml::blocks;

blocks! {
    /// A test file.
    RawTests "a rule's tests" {
        base "base",
        now "now",
        target "target",
        labels "labels",
        expected "expected",
        params "params",
        cases "cases",
        tolerates "tolerates",
        tolerates_unknown "tolerates_unknown",
    }
    /// The target that the connector is in.
    RawTarget "a rule's target" {
        name "name",
        account "account",
        region "region",
    }
    /// One case.
    RawCase "a case" {
        name "name",
        set "set",
        unset "unset",
        now "now",
        target "target",
        labels "labels",
        expected "expected",
        params "params",
        expect "expect",
    }
    /// What the rule should say.
    RawWanted "a case's `expect`" {
        outcome "outcome",
        path "path",
        message "message",
    }
}
