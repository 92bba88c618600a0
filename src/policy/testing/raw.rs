//! The blocks of a test file, as they are written.

use crate::inventory::raw::{Free, Slot, Table, blocks};

blocks! {
    /// A test file.
    RawTests "a rule's tests" {
        base "base": Table<Free>,
        now "now": String,
        target "target": RawTarget,
        labels "labels": Table<String>,
        expected "expected": Table<Free>,
        params "params": Table<Free>,
        cases "cases": Vec<Slot<RawCase>>,
        tolerates "tolerates": Vec<Slot<String>>,
        tolerates_unknown "tolerates_unknown": Vec<Slot<String>>,
    }
    /// The target that the connector is in.
    RawTarget "a rule's target" {
        name "name": String,
        account "account": String,
        region "region": String,
    }
    /// One case.
    RawCase "a case" {
        name "name": String,
        set "set": Table<Free>,
        unset "unset": Vec<Slot<String>>,
        now "now": String,
        target "target": RawTarget,
        labels "labels": Table<String>,
        expected "expected": Table<Free>,
        params "params": Table<Free>,
        expect "expect": RawWanted,
    }
    /// What the rule should say.
    RawWanted "a case's `expect`" {
        outcome "outcome": String,
        path "path": String,
        message "message": Free,
    }
}
