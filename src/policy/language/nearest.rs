//! "Did you mean": the end of a message about a name that is not known.

use crate::text::nearest;

/// `: did you mean …?` for the nearest of `known`, or nothing when none is near.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}
