//! Blocks: maps with a closed set of keys, as a user wrote them. Which blocks there are is not known here.
//!
//! Reading a block never fails because of what stands in a value, so that
//! validation finds all that is wrong in one pass.

use super::tree::Spot;

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
            pub spot: $crate::yaml::Spot<'a>,
            $(pub $key: $crate::yaml::Spot<'a>,)*
        }

        impl<'a> $crate::yaml::Block<'a> for $type<'a> {
            const KEYS: &'static [&'static str] = &[$($as),*];
            const NAME: &'static str = $name;

            fn read(
                map: $crate::yaml::Spot<'a>,
                mut unknown: impl FnMut(&'a str, $crate::yaml::Spot<'a>),
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
