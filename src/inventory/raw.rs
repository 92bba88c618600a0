//! The blocks of an inventory: which keys each has.

use crate::yaml::blocks;

blocks! {
    /// An inventory file.
    RawInventory "an inventory" {
        version,
        target_defaults,
        targets,
        connectors,
        policies,
        waivers,
    }
    /// A target, or what is the same for all of them.
    RawTarget "a target" {
        account,
        region,
        role_arn,
        role_name,
        profile,
        external_id,
        session_name,
        unmanaged,
        unmanaged_except,
        hub,
    }
    /// Unmanaged connectors that are another inventory's.
    RawException "an exception" {
        name,
        connector_id,
    }
    /// A connector.
    RawConnector "a connector" {
        id,
        target,
        name,
        connector_id,
        connector_arn,
        labels,
        expect,
    }
    /// Policy settings.
    RawPolicies "policies" {
        builtin,
        paths,
        rules,
    }
    /// The settings of one rule.
    RawRule "a rule's settings" {
        rule,
        level,
        severity,
        params,
        selector "match",
    }
    /// Which connectors a setting is for.
    RawSelector "`match`" {
        labels,
        target,
        provider,
    }
}
