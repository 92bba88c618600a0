//! `hubdrift.report/1`, the JSON report as it is written and read: keys, their order, and what is left out.
//!
//! Goes in: an audit, or a report's JSON. Comes out: the other of the two. Nothing else knows how
//! findings and waivers are written; how a report is checked is not known here.

mod finding;
mod waiver;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::audit::SCHEMA;
use crate::{
    audit::{
        Audit, ConnectorRecord, ErrorRecord, Judged, RuleRecord, Run, Summary, TargetRecord, Tool,
        Verdict, code,
    },
    saved::Contradiction,
};
use finding::Finding;
use waiver::WaiverUse;

/// One run, joined and judged.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Audit")]
pub(crate) struct Report<'a> {
    /// [`SCHEMA`].
    schema: Cow<'a, str>,
    /// Who wrote it.
    tool: Cow<'a, Tool>,
    /// When and with how many requests; the only part that may differ between
    /// two runs over the same facts with the same `--now`.
    run: Cow<'a, Run>,
    /// Under which conditions it was judged.
    judged: Cow<'a, Judged>,
    /// The result of the whole run.
    verdict: Verdict,
    /// Counts.
    summary: Cow<'a, Summary>,
    /// The targets in scope, by name.
    targets: Cow<'a, [TargetRecord]>,
    /// The connectors in scope, by address.
    connectors: Cow<'a, [ConnectorRecord]>,
    /// Everything a person should look at, sorted.
    findings: Vec<Finding<'a>>,
    /// Findings of the baseline that are gone.
    #[serde(default)]
    resolved: Vec<Finding<'a>>,
    /// The rules that judged, by id.
    rules: Cow<'a, [RuleRecord]>,
    /// The waivers, in their file's order, and whether each was of use.
    #[serde(default)]
    waivers: Vec<WaiverUse<'a>>,
    /// With exit 1: what was wrong.
    #[serde(default)]
    errors: Cow<'a, [ErrorRecord]>,
}

impl<'a> From<&'a Audit> for Report<'a> {
    fn from(audit: &'a Audit) -> Self {
        let findings = audit.findings.iter();
        let resolved = audit.resolved.iter();
        Self {
            schema: Cow::Borrowed(&audit.schema),
            tool: Cow::Borrowed(&audit.tool),
            run: Cow::Borrowed(&audit.run),
            judged: Cow::Borrowed(&audit.judged),
            verdict: audit.verdict,
            summary: Cow::Borrowed(&audit.summary),
            targets: Cow::Borrowed(&audit.targets),
            connectors: Cow::Borrowed(&audit.connectors),
            findings: findings.map(|it| Finding::of(it, it.counted())).collect(),
            resolved: resolved.map(|it| Finding::of(it, false)).collect(),
            rules: Cow::Borrowed(&audit.rules),
            waivers: audit.waivers.iter().map(WaiverUse::of).collect(),
            errors: Cow::Borrowed(&audit.errors),
        }
    }
}

impl TryFrom<Report<'_>> for Audit {
    type Error = Contradiction;

    /// The audit that was written. The waivers are read before the findings that name them.
    fn try_from(report: Report<'_>) -> Result<Self, Contradiction> {
        let judged = report.judged.into_owned();
        let findings = report.findings.into_iter();
        let resolved = report.resolved.into_iter();
        let waivers = report.waivers.into_iter();
        let mut audit = Self {
            schema: report.schema.into_owned(),
            tool: report.tool.into_owned(),
            run: report.run.into_owned(),
            // Where there are errors too, the code is theirs.
            interrupted: report.verdict.exit_code == code::INTERRUPTED,
            verdict: report.verdict,
            summary: report.summary.into_owned(),
            targets: report.targets.into_owned(),
            connectors: report.connectors.into_owned(),
            findings: findings
                .map(|it| it.read_as_counted(&judged.flags))
                .collect::<Result<_, _>>()?,
            resolved: resolved.map(Finding::read).collect::<Result<_, _>>()?,
            rules: report.rules.into_owned(),
            waivers: waivers.map(WaiverUse::read).collect(),
            errors: report.errors.into_owned(),
            judged,
        };
        audit.link();
        finding::part_refusals(&mut audit);
        Ok(audit)
    }
}
