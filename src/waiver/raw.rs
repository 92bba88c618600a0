//! The blocks of a waivers file: which keys each has.

use crate::yaml::blocks;

blocks! {
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
