//! Findings and records refer to each other by index.

use std::collections::{HashMap, HashSet};

use super::{About, Audit, ConnectorRecord, DriftRecord, Finding, TargetRecord};
use crate::diff::Drift;

impl Audit {
    /// Notes in each finding which record it is about, and which field or result of that record:
    /// the one of its address, path and rule.
    pub fn link(&mut self) {
        let connectors = &self.connectors;
        let by_address = connectors.iter().enumerate();
        let by_address: HashMap<&str, usize> =
            by_address.map(|(at, it)| (&*it.address, at)).collect();
        let by_name = self.targets.iter().enumerate();
        let by_name: HashMap<&str, usize> = by_name.map(|(at, it)| (&*it.name, at)).collect();
        let mut linked = HashSet::new();
        for finding in &mut self.findings {
            let record = by_address.get(&*finding.address).copied();
            let own = || connectors.get(record?);
            finding.record = match &mut finding.about {
                About::Unlisted | About::HubEnabled => by_name.get(&*finding.address).copied(),
                About::StaleWaiver(subject) => self.waivers.iter().position(|it| {
                    it.connector == finding.address
                        && Some(&it.subject) == subject.as_ref()
                        && Some(&it.location) == finding.location.as_ref()
                }),
                About::Changed(change) => {
                    change.drift = own().and_then(|own| {
                        let mut fields = own.drift.iter().enumerate();
                        // Should fields share a path, each is the field of another finding.
                        let mut is_it = |(at, it): &(usize, &DriftRecord)| {
                            it.drift.path == change.path && linked.insert((record, *at))
                        };
                        fields.find(|it| is_it(it)).map(|(at, _)| at)
                    });
                    record
                }
                About::Policy(found) | About::RuleError(Some(found)) => {
                    let is_it = |it: &super::ResultRecord| it.result.rule == found.rule;
                    found.result = own().and_then(|own| own.results.iter().position(is_it));
                    record
                }
                About::Unread
                | About::RuleError(None)
                | About::NotChecked
                | About::Missing
                | About::Unmanaged => record,
            };
        }
    }

    /// The connector that a finding is about.
    pub fn connector_of(&self, finding: &Finding) -> Option<&ConnectorRecord> {
        let record = finding.record.filter(|_| finding.is_of_connector())?;
        self.connectors.get(record)
    }

    /// The target that a finding is about.
    pub fn target_of(&self, finding: &Finding) -> Option<&TargetRecord> {
        let is_of_target = matches!(finding.about, About::Unlisted | About::HubEnabled);
        self.targets.get(finding.record.filter(|_| is_of_target)?)
    }

    /// The field that a finding is about.
    pub fn drift_of(&self, finding: &Finding) -> Option<&Drift> {
        let About::Changed(change) = &finding.about else {
            return None;
        };
        let field = self.connector_of(finding)?.drift.get(change.drift?)?;
        Some(&field.drift)
    }
}

impl Finding {
    /// The same without its record, for an audit that doesn't have it.
    pub(crate) fn unlinked(mut self) -> Self {
        self.record = None;
        match &mut self.about {
            About::Changed(change) => change.drift = None,
            About::Policy(found) | About::RuleError(Some(found)) => found.result = None,
            _ => {}
        }
        self
    }

    /// Whether it is about a connector, and not about a target or a waiver.
    pub const fn is_of_connector(&self) -> bool {
        !matches!(
            self.about,
            About::Unlisted | About::HubEnabled | About::StaleWaiver(_)
        )
    }
}
