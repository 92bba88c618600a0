//! The blocks of an inventory: which keys each has.

use crate::yaml::blocks;

blocks! {
    /// An inventory file.
    RawInventory "an inventory" {
        version "version",
        target_defaults "target_defaults",
        targets "targets",
        connectors "connectors",
        policies "policies",
        waivers "waivers",
    }
    /// A target, or what is the same for all of them.
    RawTarget "a target" {
        account "account",
        region "region",
        role_arn "role_arn",
        role_name "role_name",
        profile "profile",
        external_id "external_id",
        session_name "session_name",
        unmanaged "unmanaged",
        unmanaged_except "unmanaged_except",
        hub "hub",
    }
    /// Unmanaged connectors that are another inventory's.
    RawException "an exception" {
        name "name",
        connector_id "connector_id",
    }
    /// A connector.
    RawConnector "a connector" {
        id "id",
        target "target",
        name "name",
        connector_id "connector_id",
        connector_arn "connector_arn",
        labels "labels",
        expect "expect",
    }
    /// Policy settings.
    RawPolicies "policies" {
        builtin "builtin",
        paths "paths",
        rules "rules",
    }
    /// The settings of one rule.
    RawRule "a rule's settings" {
        rule "rule",
        level "level",
        severity "severity",
        params "params",
        selector "match",
    }
    /// Which connectors a setting is for.
    RawSelector "`match`" {
        labels "labels",
        target "target",
        provider "provider",
    }
}
