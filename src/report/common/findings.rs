//! Findings by the connector or target that they are about.
//!
//! A format takes each finding once, so that none is shown twice and what nobody took is left over.

use crate::{
    audit::{About, Audit, Finding, FindingKind},
    model::Outcome,
};

/// The findings of an audit that are not taken yet.
pub(in crate::report) struct Findings<'a> {
    /// By the index of the connector.
    of_connectors: Vec<Vec<&'a Finding>>,
    /// By the index of the target.
    of_targets: Vec<Vec<&'a Finding>>,
}

impl<'a> Findings<'a> {
    pub(in crate::report) fn of(audit: &'a Audit) -> Self {
        let mut all = Self {
            of_connectors: vec![Vec::new(); audit.connectors.len()],
            of_targets: vec![Vec::new(); audit.targets.len()],
        };
        for finding in &audit.findings {
            if let Some(own) = all.beside(finding) {
                own.push(finding);
            }
        }
        all
    }

    /// The findings about the connector or target that this one is about; `None` where it is about
    /// neither, or the audit has no record of it.
    fn beside(&mut self, finding: &Finding) -> Option<&mut Vec<&'a Finding>> {
        let all = match finding.about {
            About::StaleWaiver(_) => return None,
            About::Unlisted | About::HubEnabled => &mut self.of_targets,
            _ => &mut self.of_connectors,
        };
        all.get_mut(finding.record?)
    }

    /// Takes those about the connector of this index.
    pub(in crate::report) fn of_connector(&mut self, index: usize) -> OwnFindings<'a> {
        OwnFindings::take_from(&mut self.of_connectors, index)
    }

    /// Takes those about the target of this index.
    pub(in crate::report) fn of_target(&mut self, index: usize) -> OwnFindings<'a> {
        OwnFindings::take_from(&mut self.of_targets, index)
    }

    /// What nobody took, in the audit's order.
    pub(in crate::report) fn rest(mut self, audit: &'a Audit) -> Vec<&'a Finding> {
        let is_left = |it: &&Finding| self.beside(it).is_none_or(|own| !own.is_empty());
        audit.findings.iter().filter(is_left).collect()
    }
}

/// The findings about one connector or target.
pub(in crate::report) struct OwnFindings<'a>(pub(in crate::report) Vec<&'a Finding>);

impl<'a> OwnFindings<'a> {
    fn take_from(all: &mut [Vec<&'a Finding>], index: usize) -> Self {
        Self(all.get_mut(index).map(std::mem::take).unwrap_or_default())
    }

    /// Whether each says that the connector could not be read, or not be judged by a rule.
    pub(in crate::report) fn are_all_unread(&self) -> bool {
        let is_unread = |it: &&Finding| matches!(it.about, About::Unread | About::RuleError(_));
        self.0.iter().all(is_unread)
    }

    /// Takes the first finding of that kind.
    pub(in crate::report) fn take(&mut self, kind: FindingKind) -> Option<&'a Finding> {
        self.take_where(|finding| finding.kind() == kind)
    }

    /// Takes the finding of the field of this index.
    pub(in crate::report) fn take_drift(&mut self, index: usize) -> Option<&'a Finding> {
        self.take_where(
            |it| matches!(&it.about, About::Changed(change) if change.drift == Some(index)),
        )
    }

    /// Takes the finding of the rule's failure or error that is the result of this index.
    pub(in crate::report) fn take_result(
        &mut self,
        index: usize,
        outcome: Outcome,
    ) -> Option<&'a Finding> {
        self.take_where(|it| match (&it.about, outcome) {
            (About::Policy(found), Outcome::Fail)
            | (About::RuleError(Some(found)), Outcome::Error) => found.result == Some(index),
            _ => false,
        })
    }

    fn take_where(&mut self, wanted: impl Fn(&Finding) -> bool) -> Option<&'a Finding> {
        let at = self.0.iter().position(|finding| wanted(finding))?;
        Some(self.0.remove(at))
    }
}
