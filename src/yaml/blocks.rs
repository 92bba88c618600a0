//! Blocks: maps with a closed set of keys. Which blocks there are is not known here.
//!
//! Reading a block never fails because of what stands in a value, so that
//! validation finds all problems in one pass.

use super::tree::Node;

/// A block: the node of each of its keys, present or absent.
pub(crate) trait Block<'a>: Sized {
    /// The keys that it knows.
    const KEYS: &'static [&'static str];
    /// What it is called in messages.
    const NAME: &'static str;
    /// Reads a map. Keys that the block doesn't know go to `unknown`, with their values.
    fn read(map: Node<'a>, unknown: impl FnMut(&'a str, Node<'a>)) -> Self;
}

/// Declares blocks: from one list of keys the type, `KEYS` and the reader.
/// A key that is a keyword of Rust has its name in the file behind it: `selector "match"`.
macro_rules! blocks {
    ($($(#[$doc:meta])* $type:ident $name:literal { $($key:ident $($as:literal)?,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $type<'a> {
            /// The block itself.
            #[allow(dead_code, reason = "not every block has problems as a whole")]
            pub node: $crate::yaml::Node<'a>,
            $(pub $key: $crate::yaml::Node<'a>,)*
        }

        impl<'a> $crate::yaml::Block<'a> for $type<'a> {
            const KEYS: &'static [&'static str] =
                &[$($crate::yaml::key_name!($key $($as)?)),*];
            const NAME: &'static str = $name;

            fn read(
                map: $crate::yaml::Node<'a>,
                mut unknown: impl FnMut(&'a str, $crate::yaml::Node<'a>),
            ) -> Self {
                let mut block = Self { node: map, $($key: map.absent(),)* };
                for (key, value) in map.entries() {
                    match key {
                        $($crate::yaml::key_name!($key $($as)?) => block.$key = value,)*
                        _ => unknown(key, value),
                    }
                }
                block
            }
        }
    )*};
}
pub(crate) use blocks;

/// A key as files write it.
macro_rules! key_name {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:ident $name:literal) => {
        $name
    };
}
pub(crate) use key_name;
