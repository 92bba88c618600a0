//! The flags of the command line that are AWS settings.

/// The flags that are AWS settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// A profile instead of the environment's.
    pub profile: Option<String>,
    /// The region of targets without one.
    pub region: Option<String>,
    /// Another endpoint for every service.
    pub endpoint_url: Option<String>,
}
