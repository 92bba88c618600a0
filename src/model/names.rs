//! Names of an enum's members, each written once.

/// Gives each member of an enum its name in files and reports. A member that is forgotten here does not compile.
macro_rules! names {
    ($type:ident { $($member:ident => $name:literal),* $(,)? }) => {
        impl $type {
            /// Every member.
            pub const ALL: [Self; Self::NAMES.len()] = [$(Self::$member),*];

            /// Every member's name, as files and reports write it.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name in files and reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $name),* }
            }

            /// The member of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$member),)* _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Gives each member of an enum its name in files and reports, where `Other` keeps any other name.
/// The enum is `#[serde(from = "String", into = "String")]`.
macro_rules! open_names {
    ($type:ident { $($member:ident => $name:literal),* $(,)? }) => {
        impl $type {
            /// The name in files and reports.
            pub fn as_str(&self) -> &str {
                match self { $(Self::$member => $name,)* Self::Other(name) => name }
            }
        }

        impl From<String> for $type {
            fn from(name: String) -> Self {
                match name.as_str() { $($name => Self::$member,)* _ => Self::Other(name) }
            }
        }

        impl From<$type> for String {
            fn from(it: $type) -> Self {
                it.as_str().to_owned()
            }
        }
    };
}

pub(crate) use {names, open_names};
