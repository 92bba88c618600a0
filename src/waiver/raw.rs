//! The blocks of a waivers file: which keys each has.

use crate::yaml::blocks;

blocks! {
    /// A waivers file.
    RawWaivers "a waivers file" {
        version,
        waivers,
    }
    /// A waiver.
    RawWaiver "a waiver" {
        rule,
        drift,
        connector,
        allow_wildcard,
        reason,
        owner,
        ticket,
        expires,
        observed,
    }
}
