//! hubdrift's core: from texts to an audit, with no I/O of its own.
//!
//! Data flows one way, and the modules stand in that order:
//!
//! `YAML -> Inventory -> plan -> (the shell observes) Observations -> diff -> rules -> waivers -> Audit -> bytes and exit code`
//!
//! Nothing here reads a file, an environment variable or a clock, opens a
//! socket, or is async. The binary does, and hands data over.

pub mod text;

mod recent;

pub mod model;

pub mod facts;

pub mod problem;

pub mod wire;

pub mod matcher;

pub mod yaml;

pub mod inventory;

pub mod plan;

pub mod observed;

pub mod diff;

pub mod policy;

pub mod waiver;

pub mod audit;

pub mod saved;

pub mod report;

pub mod schema;
