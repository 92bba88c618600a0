//! The text report, read like a Terraform plan: what differs, connector by connector, and what that comes to.
//!
//! What is as it should be is counted and not listed. The last lines name every
//! kind found, before any flag, and how much was looked at.

mod connector;
mod ending;
mod page;

use std::collections::{BTreeSet, HashSet};

use crate::audit::{Audit, Finding, FindingKind, TargetRecord, TargetStatus};

use super::common::{
    coverage,
    findings::Findings,
    terminal::{Lines, Tone},
    times::observed,
    value::{self, count},
};

use page::{Page, Symbol, finding_lines, kind, place, unread};

/// What the reader's terminal can show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Whether the text report may use ANSI colours.
    pub color: bool,
}

/// The audit as text.
pub(super) fn render(audit: &Audit, style: Style) -> Vec<u8> {
    let mut findings = Findings::of(audit);
    let mut page = Page {
        lines: Lines::new(style.color),
        used: BTreeSet::new(),
    };
    let lost = coverage::lost_with_targets(audit);
    for (index, target) in audit.targets.iter().enumerate() {
        let own = findings.of_target(index);
        let lost = lost
            .get(target.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        target_block(&mut page, audit, target, own.0, lost);
    }
    let lost_with_target: HashSet<&str> = lost.values().flatten().copied().collect();
    for (index, record) in audit.connectors.iter().enumerate() {
        let own = findings.of_connector(index);
        if !lost_with_target.contains(record.address.as_str()) || !own.are_all_unread() {
            connector::block(&mut page, audit, record, own);
        }
    }
    others(&mut page, audit, &findings.rest(audit));

    let mut lines = Lines::new(style.color);
    beginning(&mut lines, audit, &page);
    lines.append(&page.lines);
    ending::write(&mut lines, audit);
    lines.into_bytes()
}

/// Who says this, when, and what the symbols mean that follow.
fn beginning(lines: &mut Lines, audit: &Audit, page: &Page) {
    let tool = format!("hubdrift {}", value::line(&audit.tool.version, 40));
    let judged = match audit.judged.now {
        None => String::new(),
        Some(now) => format!(", judged at {now}"),
    };
    let line = [&lines.paint(Tone::Strong, &tool), judged.as_str()].concat();
    lines.line(0, &line);
    for line in observed(audit) {
        lines.prose(0, Tone::Plain, &line);
    }
    if !page.used.is_empty() {
        lines.gap();
        for symbol in &page.used {
            let (sign, tone, meaning) = symbol.show();
            let line = format!("{}  {meaning}", lines.paint(tone, sign));
            lines.line(2, &line);
        }
    }
    if !page.lines.is_empty() {
        lines.gap();
    }
}

/// A target that wasn't read, or not whole, or isn't as expected itself.
fn target_block(
    page: &mut Page,
    audit: &Audit,
    target: &TargetRecord,
    findings: Vec<&Finding>,
    lost: &[&str],
) {
    let is_bad = matches!(
        target.status,
        TargetStatus::Unread | TargetStatus::Incomplete
    );
    let is_unasked = target.status == TargetStatus::NotAsked;
    if !is_bad && !is_unasked && findings.is_empty() {
        return;
    }
    page.lines.gap();
    let symbol = page.symbol(if is_bad || is_unasked {
        Symbol::Unread
    } else {
        Symbol::Changed
    });
    let name = page.strong(&value::line(&target.name, 120));
    let place = [&target.account, &target.region].map(|part| part.as_deref().unwrap_or("unknown"));
    let place = page.faint(&value::line(&place.join(" "), 80));
    let state = match target.status {
        TargetStatus::Unread => "the target could not be read",
        TargetStatus::Incomplete => "the target's connectors could not be listed",
        TargetStatus::Read => "the target was read, but",
        TargetStatus::NotAsked => "the target was not asked: there was nothing to read or list",
        TargetStatus::OutOfScope => "the target is out of scope, but",
    };
    page.lines
        .line(0, &format!("{symbol} {name}  {state}  {place}"));
    if let Some(reason) = &target.reason {
        unread(page, 4, reason);
    }
    for finding in findings {
        // Such a finding says the target's reason again.
        if finding.kind() != FindingKind::Unlisted || target.reason.is_none() {
            finding_lines(page, audit, finding);
        }
    }
    if is_bad {
        let unread = count(lost.len() as u64, "connector");
        let lost = match lost.len() {
            0 => "connectors that aren't in the inventory are not known".to_owned(),
            _ => format!("{unread} unread with it: {}", value::names(lost)),
        };
        page.lines.prose(4, Tone::Plain, &lost);
    }
}

/// Findings that are no connector's and no target's in this report: stale waivers, and what isn't listed above.
fn others(page: &mut Page, audit: &Audit, findings: &[&Finding]) {
    for finding in findings {
        page.lines.gap();
        let symbol = match finding.kind() {
            FindingKind::StaleWaiver => Symbol::Waived,
            FindingKind::Missing => Symbol::Missing,
            FindingKind::Unmanaged => Symbol::Unmanaged,
            FindingKind::Changed => Symbol::Changed,
            FindingKind::Policy => Symbol::Failed,
            FindingKind::Unread
            | FindingKind::Unlisted
            | FindingKind::RuleError
            | FindingKind::NotChecked => Symbol::Unread,
        };
        let symbol = page.symbol(symbol);
        let address = page.strong(&value::line(&finding.address, 200));
        let place = place(page, finding.location.as_ref());
        page.lines
            .line(0, &format!("{symbol} {address}  {}{place}", kind(finding)));
        finding_lines(page, audit, finding);
    }
}
