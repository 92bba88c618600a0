//! Findings by the address that they are about.
//!
//! A format takes each finding once, so that none is shown twice and what nobody took is left over.

use std::collections::HashMap;

use crate::{
    audit::{Audit, Finding, FindingKind},
    model::Outcome,
};

/// Findings by the address they are about; each is taken once, so that none is shown twice or lost.
///
/// Stale waivers are about the waivers file, even where their pattern is an address.
pub(in crate::report) struct Findings<'a> {
    by_address: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Findings<'a> {
    pub(in crate::report) fn of(audit: &'a Audit) -> Self {
        let mut by_address: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in audit
            .findings
            .iter()
            .filter(|finding| finding.kind() != FindingKind::StaleWaiver)
        {
            by_address
                .entry(&finding.address)
                .or_default()
                .push(finding);
        }
        Self { by_address }
    }

    /// What there is about that address, not taken yet.
    pub(in crate::report) fn take(&mut self, address: &str) -> OfAddress<'a> {
        OfAddress(self.by_address.remove(address).unwrap_or_default())
    }

    /// What nobody took, in the audit's order.
    pub(in crate::report) fn rest(self, audit: &'a Audit) -> Vec<&'a Finding> {
        audit
            .findings
            .iter()
            .filter(|finding| {
                finding.kind() == FindingKind::StaleWaiver
                    || self.by_address.contains_key(finding.address.as_str())
            })
            .collect()
    }
}

/// The findings about one address.
pub(in crate::report) struct OfAddress<'a>(pub(in crate::report) Vec<&'a Finding>);

impl<'a> OfAddress<'a> {
    /// Takes the first finding of that kind.
    pub(in crate::report) fn take(&mut self, kind: FindingKind) -> Option<&'a Finding> {
        self.take_where(|finding| finding.kind() == kind)
    }

    /// Takes the finding of that field's drift.
    pub(in crate::report) fn take_drift(&mut self, path: &str) -> Option<&'a Finding> {
        self.take_where(|finding| {
            finding.kind() == FindingKind::Changed && finding.path().as_deref() == Some(path)
        })
    }

    /// Takes the finding of that rule's failure or error.
    pub(in crate::report) fn take_rule(
        &mut self,
        rule: &str,
        outcome: Outcome,
    ) -> Option<&'a Finding> {
        let kind = match outcome {
            Outcome::Fail => FindingKind::Policy,
            Outcome::Error => FindingKind::RuleError,
            Outcome::Pass | Outcome::NotApplicable | Outcome::Skipped => return None,
        };
        self.take_where(|finding| finding.kind() == kind && finding.rule() == Some(rule))
    }

    fn take_where(&mut self, wanted: impl Fn(&Finding) -> bool) -> Option<&'a Finding> {
        let at = self.0.iter().position(|finding| wanted(finding))?;
        Some(self.0.remove(at))
    }
}
