//! GitHub's annotations: workflow commands, one a line, for a step's standard output.
//!
//! GitHub shows ten of each kind a step, so ten are written, the worst first, and the last of them
//! says how many more there are. What counts or is not known is an `error`, what doesn't count a
//! `warning`, what is waived a `notice`; and each run ends in a `notice` of its result, so that a
//! step that says nothing has not run.
//!
//! The runner takes a line that begins with `::` for a command, up to the next `::`, and unescapes
//! what it finds. All that comes from elsewhere is made one safe line first, and then escaped.

use crate::audit::Audit;

use super::common::{
    basis,
    entry::{Entry, Standing, entries},
    headline::Headline,
    paths,
    value::{self, count},
};

/// How many annotations of a kind GitHub shows for a step.
const SHOWN: usize = 10;

/// How much of a title is written, in characters. The runner cuts a whole annotation at 4,096.
const TITLE: usize = 200;

/// How much of a path is written, in characters.
const PATH: usize = 1_000;

/// How much of a line of text is written, in characters.
const LINE: usize = 1_200;

/// The kinds of annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const fn of(standing: Standing) -> Self {
        match standing {
            Standing::Unknown | Standing::Counts => Self::Error,
            Standing::Aside => Self::Warning,
            Standing::Waived => Self::Notice,
        }
    }

    /// The command's name.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// The audit as workflow commands.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let entries = entries(audit);
    let mut out = String::new();
    for kind in [Kind::Error, Kind::Warning, Kind::Notice] {
        let of_kind: Vec<&Entry<'_>> = entries
            .iter()
            .filter(|entry| Kind::of(entry.standing) == kind)
            .collect();
        // The result is a notice too.
        let shown = SHOWN - usize::from(kind == Kind::Notice);
        let more = of_kind.len().saturating_sub(shown);
        for (at, entry) in of_kind.iter().take(shown).enumerate() {
            let more = if at + 1 == shown { more } else { 0 };
            annotate(&mut out, kind, entry, more);
        }
    }
    let result = Headline::of(audit).words;
    let title = format!("hubdrift: {result} exit={}", audit.verdict.exit_code);
    let scope = audit.judged.scope.targets;
    let coverage = audit.summary.coverage;
    let message = format!(
        "{} of {} in scope; read {}, managed {}, checked {} of the connectors; {} that count, {} waived",
        scope.done,
        count(scope.of, "target"),
        coverage.read,
        coverage.managed,
        coverage.checked,
        count(audit.summary.counted, "finding"),
        audit.summary.waived,
    );
    let message: Vec<String> = [message].into_iter().chain(basis::lines(audit)).collect();
    command(&mut out, Kind::Notice, None, &title, &message.join("\n"));
    out.into_bytes()
}

fn annotate(out: &mut String, kind: Kind, entry: &Entry<'_>, more: usize) {
    let about = entry.address.unwrap_or("hubdrift");
    let title = format!("{} {}", value::line(entry.check, 120), about);
    let mut message = entry.message();
    if let Some(advice) = entry.advice() {
        message.push('\n');
        message.push_str(&advice);
    }
    if more > 0 {
        message.push_str(&format!(
            "\n… and {more} more of this kind, which GitHub would not show: the other reports have them"
        ));
    }
    command(out, kind, Some(entry), &title, &message);
}

/// Writes one command. Line ends in `said` are shown as line ends.
fn command(out: &mut String, kind: Kind, entry: Option<&Entry<'_>>, title: &str, message: &str) {
    out.push_str(&format!("::{} ", kind.as_str()));
    if let Some(position) = entry.and_then(Entry::position) {
        out.push_str(&format!(
            "file={},line={},col={},",
            property(&paths::path(position.file), PATH),
            position.line,
            position.column
        ));
    }
    out.push_str(&format!("title={}::", property(title, TITLE)));
    let lines: Vec<String> = message
        .split('\n')
        .map(|line| data(&value::line(line, LINE)))
        .collect();
    out.push_str(&lines.join("%0A"));
    out.push('\n');
}

/// A text as the data of a command.
fn data(safe: &str) -> String {
    safe.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text as the property of a command.
fn property(text: &str, max_chars: usize) -> String {
    data(&value::line(text, max_chars))
        .replace(':', "%3A")
        .replace(',', "%2C")
}
