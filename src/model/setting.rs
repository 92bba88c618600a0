//! A setting that changed what a run read or how it judged, and where it was set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that was set, and would be otherwise by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    /// What was set, in the word of whoever sets it: `--no-assume-role`, `endpoint_url`.
    pub setting: String,
    /// To what; absent for a flag that takes no value. No password is ever in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where: `command line`, a variable of the environment, or a place in a file.
    pub from: String,
    /// In a report of several shards: those it was set for, if that is not all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<u32>,
}

impl Override {
    /// Where something stands that was typed.
    pub const COMMAND_LINE: &str = "command line";

    /// This setting with this value, set there. A value with a password in it is none to give here.
    pub fn new(setting: impl Into<String>, value: Option<String>, from: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            value,
            from: from.into(),
            shards: Vec::new(),
        }
    }
}
