//! How a drifted field is put right, where no command does it.

use crate::diff::FixKind;

/// What must happen to the connector; `None` where the fix is a command, or there is none.
pub(in crate::report) const fn must(kind: FixKind) -> Option<&'static str> {
    match kind {
        FixKind::Replace => Some("must be replaced"),
        FixKind::Reauthorise => Some("must be authorised anew"),
        FixKind::Update | FixKind::Tag | FixKind::None => None,
    }
}
