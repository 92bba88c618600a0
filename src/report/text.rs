//! The text report, read like a Terraform plan: what differs, connector by connector, and what that comes to.
//!
//! What is as it should be is counted and not listed. The last lines name every
//! kind found, before any flag, and how much was looked at.

mod connector;
mod ending;

use std::collections::{BTreeSet, HashSet};

use crate::{
    audit::{Audit, Finding, FindingKind, TargetRecord, TargetStatus},
    model::Unread,
};

use super::{
    Style,
    observed::observed,
    outcome::{self, Findings, count},
    reach,
    sheet::{Sheet, Tone},
    value,
};

/// How much of a message is shown; the JSON report has all of it.
const MESSAGE: usize = 600;

/// The symbols, in the order of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Missing,
    Unmanaged,
    Changed,
    Unread,
    Failed,
    Waived,
}

impl Symbol {
    const fn show(self) -> (&'static str, Tone, &'static str) {
        match self {
            Self::Missing => ("-", Tone::Bad, "missing: expected, and not there"),
            Self::Unmanaged => (
                "+",
                Tone::Good,
                "unmanaged: there, and not in the inventory",
            ),
            Self::Changed => ("~", Tone::Warn, "changed: observed -> expected"),
            Self::Unread => (
                "?",
                Tone::Warn,
                "unread: could not be read or judged, so nothing is known",
            ),
            Self::Failed => ("!", Tone::Bad, "a rule failed"),
            Self::Waived => ("w", Tone::Calm, "waived: permitted until a date"),
        }
    }
}

/// The lines so far, and the symbols that the legend has to explain.
struct Page {
    sheet: Sheet,
    used: BTreeSet<Symbol>,
}

impl Page {
    fn symbol(&mut self, symbol: Symbol) -> String {
        self.used.insert(symbol);
        let (sign, tone, _) = symbol.show();
        self.sheet.paint(tone, sign).into_owned()
    }

    fn faint(&self, text: &str) -> String {
        self.sheet.paint(Tone::Faint, text).into_owned()
    }

    fn strong(&self, text: &str) -> String {
        self.sheet.paint(Tone::Strong, text).into_owned()
    }
}

/// The audit as text.
pub(super) fn render(audit: &Audit, style: Style) -> Vec<u8> {
    let mut findings = Findings::of(audit);
    let mut page = Page {
        sheet: Sheet::new(style.color),
        used: BTreeSet::new(),
    };
    let lost = reach::lost_with_targets(audit);
    for target in &audit.targets {
        let own = findings.take(&target.name);
        let lost = lost
            .get(target.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        target_block(&mut page, audit, target, own.0, lost);
    }
    let told: HashSet<&str> = lost.values().flatten().copied().collect();
    for record in &audit.connectors {
        let own = findings.take(&record.address);
        let known = |f: &&Finding| matches!(f.kind(), FindingKind::Unread | FindingKind::RuleError);
        if !told.contains(record.address.as_str()) || !own.0.iter().all(known) {
            connector::block(&mut page, audit, record, own);
        }
    }
    others(&mut page, audit, &findings.rest(audit));

    let mut sheet = Sheet::new(style.color);
    beginning(&mut sheet, audit, &page);
    sheet.append(&page.sheet);
    ending::write(&mut sheet, audit);
    sheet.into_bytes()
}

/// Who says this, when, and what the symbols mean that follow.
fn beginning(sheet: &mut Sheet, audit: &Audit, page: &Page) {
    let tool = format!("hubdrift {}", value::line(&audit.tool.version, 40));
    let judged = match audit.judged.now {
        None => String::new(),
        Some(now) => format!(", judged at {now}"),
    };
    let said = [&sheet.paint(Tone::Strong, &tool), judged.as_str()].concat();
    sheet.line(0, &said);
    for said in observed(audit) {
        sheet.prose(0, Tone::Plain, &said);
    }
    if !page.used.is_empty() {
        sheet.gap();
        for symbol in &page.used {
            let (sign, tone, meaning) = symbol.show();
            let said = format!("{}  {meaning}", sheet.paint(tone, sign));
            sheet.line(2, &said);
        }
    }
    if !page.sheet.is_empty() {
        sheet.gap();
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
    page.sheet.gap();
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
    page.sheet
        .line(0, &format!("{symbol} {name}  {state}  {place}"));
    if let Some(reason) = &target.reason {
        unread(page, 4, reason);
    }
    let told = target.reason.as_ref().map(|reason| reason.message.as_str());
    for finding in findings {
        // The target's reason again, as a finding.
        if finding.kind() == FindingKind::Unlisted
            && told.is_some_and(|told| finding.full_message().contains(told))
        {
            continue;
        }
        finding_lines(page, audit, finding);
    }
    if is_bad {
        let unread = count(lost.len() as u64, "connector");
        let lost = match lost.len() {
            0 => "connectors that aren't in the inventory are not known".to_owned(),
            _ => format!("{unread} unread with it: {}", value::names(lost)),
        };
        page.sheet.prose(4, Tone::Plain, &lost);
    }
}

/// Why something is unread: the reason, what was said, and the request to ask AWS about.
fn unread(page: &mut Page, indent: usize, reason: &Unread) {
    let request = match &reason.request_id {
        Some(id) => format!(" (request {})", value::line(id, 80)),
        None => String::new(),
    };
    let said = format!(
        "{}: {}{request}",
        reason.kind,
        value::line(&reason.message, MESSAGE)
    );
    page.sheet.prose(indent, Tone::Plain, &said);
}

/// Findings that are no connector's and no target's in this report: stale waivers, and what isn't listed above.
fn others(page: &mut Page, audit: &Audit, findings: &[&Finding]) {
    for finding in findings {
        page.sheet.gap();
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
        page.sheet
            .line(0, &format!("{symbol} {address}  {}{place}", kind(finding)));
        finding_lines(page, audit, finding);
    }
}

/// What there is to say of a finding that has no record of its own.
fn finding_lines(page: &mut Page, audit: &Audit, finding: &Finding) {
    page.sheet.prose(
        4,
        Tone::Plain,
        &value::line(&finding.full_message(), MESSAGE),
    );
    let flags = &audit.judged.flags;
    if let Some(reason) = outcome::why_not(Some(finding), None, None, flags) {
        page.sheet.prose(4, Tone::Calm, &reason);
    }
    if let Some(age) = outcome::age(Some(finding)) {
        page.sheet.prose(4, Tone::Calm, age);
    }
}

/// A finding's kind in words, with the rule or the field.
fn kind(finding: &Finding) -> String {
    let kind = finding.kind().as_str().replace('_', " ");
    match finding.rule_or_path() {
        Some(about) => format!("{kind} {}", value::line(&about, 120)),
        None => kind,
    }
}

/// `  hubdrift.yaml:12:5`, faint.
fn place(page: &Page, place: Option<&crate::model::Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!("  {}", page.faint(&value::line(&place.to_string(), 300)))
    })
}
