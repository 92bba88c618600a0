//! Tests of the core, in process and without the SDK.

mod architecture;
mod inventory;
mod policy;
mod promise;
mod reports;
mod samples;
mod waivers;
