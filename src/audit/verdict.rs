//! The verdict: a pure function from findings to three words and an exit code.

use super::{About, Audit, Verdict};
use crate::model::Level;

/// The exit codes, the only place where they are written as numbers.
pub mod code {
    /// Everything in scope was read and checked, and nothing counts as a finding.
    pub const CLEAN: u8 = 0;
    /// There is no result to trust.
    pub const FAILED: u8 = 1;
    /// Drift only.
    pub const DRIFT: u8 = 2;
    /// A mandatory rule failed.
    pub const POLICY: u8 = 3;
    /// Something was unread, unlisted or checked by nothing, or a rule ended in error.
    pub const INCOMPLETE: u8 = 4;
    /// The run was interrupted.
    pub const INTERRUPTED: u8 = 130;
}

/// What was found that counts, one flag for each kind that has an exit code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the table of exit codes is over independent flags"
)]
pub struct Counted {
    /// Something that leaves no result to trust.
    pub failed: bool,
    /// The run was interrupted.
    pub interrupted: bool,
    /// Something was unread, unlisted or checked by nothing, or a rule ended in error.
    pub incomplete: bool,
    /// A mandatory rule failed, or a stale waiver counts.
    pub policy: bool,
    /// Something is changed, missing or unmanaged.
    pub drift: bool,
}

impl Verdict {
    /// The verdict where nothing has been judged yet: nothing to trust.
    pub(crate) const NONE: Self = Self {
        exit_code: code::FAILED,
        complete: false,
        drift: false,
        policy: false,
    };
}

/// The exit code. Precedence is 1, 130, 4, 3, 2, so that a code which a
/// pipeline tolerates never covers a worse one.
pub const fn exit_code(counted: Counted) -> u8 {
    match counted {
        Counted { failed: true, .. } => code::FAILED,
        Counted {
            interrupted: true, ..
        } => code::INTERRUPTED,
        Counted {
            incomplete: true, ..
        } => code::INCOMPLETE,
        Counted { policy: true, .. } => code::POLICY,
        Counted { drift: true, .. } => code::DRIFT,
        Counted { .. } => code::CLEAN,
    }
}

/// The verdict that follows from an audit's findings, and from errors that leave no result to trust.
pub fn verdict(audit: &Audit) -> Verdict {
    let failed = !audit.errors.is_empty();
    let mut counted = Counted {
        failed,
        interrupted: audit.interrupted,
        ..Counted::default()
    };
    let mut incomplete = failed || audit.interrupted;
    let (mut drift, mut policy) = (false, false);
    for finding in &audit.findings {
        let unwaived = finding.waiver.is_none();
        match &finding.about {
            About::Unread | About::Unlisted | About::RuleError(_) => {
                incomplete = true;
                counted.incomplete = true;
            }
            About::NotChecked => {
                incomplete |= finding.counted();
                counted.incomplete |= finding.counted();
            }
            About::Missing | About::Changed(_) | About::HubEnabled | About::Unmanaged => {
                drift |= unwaived;
                counted.drift |= finding.counted();
            }
            About::Policy(found) => {
                policy |= unwaived && found.level == Level::Mandatory;
                counted.policy |= finding.counted();
            }
            About::StaleWaiver(_) => counted.policy |= finding.counted(),
        }
    }
    Verdict {
        exit_code: exit_code(counted),
        complete: !incomplete,
        drift,
        policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of section "exit codes", written a second time: the first row that applies.
    fn expected(counted: Counted) -> u8 {
        let rows = [
            (counted.failed, 1),
            (counted.interrupted, 130),
            (counted.incomplete, 4),
            (counted.policy, 3),
            (counted.drift, 2),
            (true, 0),
        ];
        rows.into_iter()
            .find(|(applies, _)| *applies)
            .map_or(1, |(_, code)| code)
    }

    #[test]
    fn every_combination_has_the_code_of_its_worst_part() {
        let mut seen = std::collections::BTreeMap::<u8, u32>::new();
        for bits in 0..32_u8 {
            let bit = |n: u8| bits & (1 << n) != 0;
            let counted = Counted {
                failed: bit(0),
                interrupted: bit(1),
                incomplete: bit(2),
                policy: bit(3),
                drift: bit(4),
            };
            assert_eq!(exit_code(counted), expected(counted), "{counted:?}");
            *seen.entry(exit_code(counted)).or_default() += 1;
        }
        assert_eq!(
            seen.into_iter().collect::<Vec<_>>(),
            [(0, 1), (1, 16), (2, 1), (3, 2), (4, 4), (130, 8)]
        );
    }

    #[test]
    fn zero_is_only_for_nothing_at_all() {
        for bits in 1..32_u8 {
            let bit = |n: u8| bits & (1 << n) != 0;
            let counted = Counted {
                failed: bit(0),
                interrupted: bit(1),
                incomplete: bit(2),
                policy: bit(3),
                drift: bit(4),
            };
            assert_ne!(exit_code(counted), 0, "{counted:?}");
        }
    }
}
