//! Markdown for job summaries: the verdict, the findings as a table, and the details of each connector folded.
//!
//! What can't be known stands at the top. A summary larger than 1 MiB is
//! refused as a whole by GitHub, so it is cut well before that, at places where
//! the Markdown stays whole, the most important first, and what was left out is
//! counted where it would have stood.

mod connector;
mod escape;
mod rules;
mod sections;

use std::{cmp::Reverse, collections::HashSet};

use crate::{
    audit::{About, Audit, Finding, FindingKind},
    report::common::{coverage, findings::Findings, remarks, value::count},
};

use self::escape::{MESSAGE, PLACE, code};

/// The size that no report exceeds, in bytes.
const LIMIT: usize = 900 * 1024;

/// What is kept for the sections that say what was left out, and for the end.
const RESERVE: usize = 16 * 1024;

/// How much of it the table of findings may take, so that there is room for details.
const TABLE: usize = 500 * 1024;

/// The document so far, and how large it may get.
struct Page {
    text: String,
    limit: usize,
}

impl Page {
    /// Adds `block` if there is room for it.
    fn add(&mut self, block: &str) -> bool {
        let fits = self.text.len() + block.len() <= self.limit;
        if fits {
            self.text.push_str(block);
        }
        fits
    }

    /// Adds blocks while there is room; gives how many were left out.
    fn add_all(&mut self, blocks: impl Iterator<Item = String>) -> u64 {
        let mut left_out = 0;
        for block in blocks {
            // What comes after something left out is less important: it doesn't take its place.
            if left_out > 0 || !self.add(&block) {
                left_out += 1;
            }
        }
        left_out
    }

    /// A section: a title, what stands before its blocks, and its blocks; nothing where there are none.
    fn section(&mut self, title: &str, before: &str, blocks: Vec<String>, noun: &str) {
        let all = blocks.len() as u64;
        if all == 0 {
            return;
        }
        let head = format!("### {title}\n\n{before}");
        // Room for one line about what is left out is there in any case.
        // A head without a block below it would tell nothing.
        let first = blocks.first().map_or(0, String::len);
        let left_out = if self.text.len() + head.len() + first <= self.limit {
            self.text.push_str(&head);
            self.add_all(blocks.into_iter())
        } else {
            all
        };
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        if left_out > 0 {
            let line = format!(
                "**{} left out** of {all}, to keep this summary below its limit. The JSON report has all of them.\n\n",
                count(left_out, noun)
            );
            let title = if left_out == all {
                format!("### {title}\n\n")
            } else {
                String::new()
            };
            self.text.push_str(&title);
            self.text.push_str(&line);
        }
    }
}

/// Renders the report.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let mut page = Page {
        text: String::new(),
        limit: LIMIT - RESERVE,
    };
    page.text.push_str(&sections::beginning(audit));
    page.section(
        "Errors",
        "There is no result to trust.\n\n",
        sections::errors(audit),
        "error",
    );
    let lost = coverage::lost_with_targets(audit);
    page.section(
        "Targets that were not read",
        &escape::head(&[
            "target",
            "account",
            "region",
            "state",
            "why",
            "unread with it",
        ]),
        sections::targets(audit, &lost),
        "target",
    );

    // That a connector is unread with its target has been said of the target.
    let lost: HashSet<&str> = lost.into_values().flatten().collect();
    let is_told = |finding: &&Finding| {
        finding.kind() == FindingKind::Unread && lost.contains(finding.address.as_str())
    };
    let findings = audit.findings.iter().filter(|finding| !is_told(finding));
    let (mut counted, mut others): (Vec<&Finding>, Vec<&Finding>) =
        findings.partition(|finding| finding.counted());
    let with_targets = audit.findings.iter().filter(is_told).count();
    let all = (counted.len() + with_targets) as u64;
    let mut title = format!("{} that count", count(all, "finding"));
    if with_targets > 0 {
        title.push_str(&format!(", {with_targets} of them told with targets above"));
    }
    counted.sort_by_key(|finding| importance(finding));
    others.sort_by_key(|finding| importance(finding));
    let whole = page.limit;
    page.limit = TABLE;
    page.section(
        &title,
        &escape::head(&["kind", "address", "about", "severity", "what", "where"]),
        counted.iter().map(|finding| row(audit, finding)).collect(),
        "finding",
    );
    page.limit = whole;
    page.section(
        "Connectors",
        "",
        connectors(audit, &counted, &others),
        "connector",
    );
    page.section(
        &format!("{} that don't count", count(others.len() as u64, "finding")),
        &escape::head(&[
            "kind", "address", "about", "severity", "what", "why not", "where",
        ]),
        others.iter().map(|finding| row(audit, finding)).collect(),
        "finding",
    );
    page.section(
        "Waivers in use",
        &escape::head(&["address", "about", "until", "owner", "ticket", "reason"]),
        sections::waivers(audit),
        "waiver",
    );
    let tallies = rules::tallies(audit);
    page.section(
        "Rules that failed, and what to do",
        "",
        rules::failed(audit, &tallies),
        "rule",
    );
    page.section(
        "Rules",
        &escape::head(&rules::COLUMNS),
        rules::table(audit, &tallies),
        "rule",
    );
    page.section(
        "Gone since the baseline",
        &escape::head(&["kind", "address", "about", "severity", "what"]),
        sections::resolved(audit),
        "finding",
    );
    page.text.push_str(&sections::ending(audit));
    page.text.into_bytes()
}

/// What isn't known first, then by severity; the audit's order within.
fn importance(finding: &Finding) -> impl Ord + use<> {
    Reverse((finding.is_incomplete(), finding.severity))
}

/// A finding's row; with why it doesn't count, if it doesn't.
fn row(audit: &Audit, finding: &Finding) -> String {
    let mut cells = sections::cells(finding);
    let why_not = remarks::why_not(finding, &audit.judged.flags);
    cells.extend(why_not.map(|why| escape::text(&why, MESSAGE)));
    let place = finding.location.as_ref().map(ToString::to_string);
    cells.push(place.map_or_else(String::new, |place| code(&place, PLACE)));
    escape::row(&cells)
}

/// The details of each connector that has findings, in the order of these.
fn connectors(audit: &Audit, counted: &[&Finding], others: &[&Finding]) -> Vec<String> {
    let mut findings = Findings::of(audit);
    counted
        .iter()
        .chain(others)
        .filter_map(|finding| {
            let at = match finding.about {
                // Of its waiver, which may be for one connector: then that is shown.
                About::StaleWaiver(_) => {
                    let mut records = audit.connectors.iter();
                    records.position(|it| it.address == finding.address)?
                }
                _ => finding.record.filter(|_| finding.is_of_connector())?,
            };
            let record = &audit.connectors[at];
            let own = findings.of_connector(at);
            // Empty the second time: its block stands already.
            (!own.0.is_empty()).then(|| connector::details(audit, record, own))
        })
        .collect()
}
