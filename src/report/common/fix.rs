//! How a drifted field is put right: by a command, or by what must happen to the connector.

use crate::{
    diff::{Fix, FixKind},
    text,
};

/// What must happen to the connector; `None` where the fix is a command, or there is none.
pub(in crate::report) const fn must(kind: FixKind) -> Option<&'static str> {
    match kind {
        FixKind::Replace => Some("must be replaced"),
        FixKind::Reauthorise => Some("must be authorised anew"),
        FixKind::Update | FixKind::Tag | FixKind::None => None,
    }
}

/// The command, if there is one; in its place an error that says so where it has more than `most`
/// bytes, because half a command helps nobody.
pub(in crate::report) fn command(fix: &Fix, most: usize) -> Option<Result<String, &'static str>> {
    if fix.argv.is_empty() {
        return None;
    }
    let command = text::shell_command(&fix.argv);
    Some(if command.len() <= most {
        Ok(command)
    } else {
        Err("a command too long to show; the JSON report has it")
    })
}
