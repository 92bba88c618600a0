//! The blocks of the input files: maps with a closed set of keys, as a user wrote them.
//!
//! Reading a block never fails because of what stands in a value, so that
//! validation finds all that is wrong in one pass. Nothing here judges.

use super::places::Spot;

/// A block: where each of its keys has its value, written or absent.
pub(crate) trait Block<'a>: Sized {
    /// The keys that it knows.
    const KEYS: &'static [&'static str];
    /// What it is called in messages.
    const NAME: &'static str;
    /// The block that a map is. Keys that it doesn't know go to `unknown`, with their values.
    fn read(map: Spot<'a>, unknown: impl FnMut(&'a str, Spot<'a>)) -> Self;
}

/// Declares blocks: the type, the list of its keys and its reader from one enumeration.
macro_rules! blocks {
    ($($(#[$doc:meta])* $type:ident $name:literal { $($key:ident $as:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $type<'a> {
            /// The whole of it.
            #[allow(dead_code, reason = "not every block is spoken of as a whole")]
            pub spot: $crate::inventory::places::Spot<'a>,
            $(pub $key: $crate::inventory::places::Spot<'a>,)*
        }

        impl<'a> $crate::inventory::raw::Block<'a> for $type<'a> {
            const KEYS: &'static [&'static str] = &[$($as),*];
            const NAME: &'static str = $name;

            fn read(
                map: $crate::inventory::places::Spot<'a>,
                mut unknown: impl FnMut(&'a str, $crate::inventory::places::Spot<'a>),
            ) -> Self {
                let mut block = Self { spot: map, $($key: map.absent(),)* };
                for (key, value) in map.entries() {
                    match key {
                        $($as => block.$key = value,)*
                        _ => unknown(key, value),
                    }
                }
                block
            }
        }
    )*};
}
pub(crate) use blocks;

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
    /// A waivers file.
    RawWaivers "a waivers file" {
        version "version",
        waivers "waivers",
    }
    /// A waiver.
    RawWaiver "a waiver" {
        rule "rule",
        drift "drift",
        connector "connector",
        allow_wildcard "allow_wildcard",
        reason "reason",
        owner "owner",
        ticket "ticket",
        expires "expires",
        observed "observed",
    }
}
