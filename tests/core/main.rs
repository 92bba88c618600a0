//! Tests of the core, in process and without the SDK.

mod inventory;
mod waivers;
