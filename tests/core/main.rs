//! Tests of the core, in process and without the SDK.

mod architecture;
mod baseline;
mod edges;
mod false_clean;
mod inventory;
mod merge;
mod policy;
mod promise;
mod promise_existing;
mod reports;
mod runs;
mod samples;
mod schemas;
mod snapshot;
mod waived;
mod waivers;
