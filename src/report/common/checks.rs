//! The checks that are built in and not written as rules: drift, what is not known, waivers, and the run itself.

use crate::model::Severity;

/// A check that no rule makes.
#[derive(Debug)]
pub(in crate::report) struct Check {
    /// Its id: a slash keeps it apart from the rules', which hold none.
    pub(in crate::report) id: &'static str,
    /// What it finds, one line.
    pub(in crate::report) title: &'static str,
    /// What that means, and what to do.
    pub(in crate::report) help: &'static str,
    /// How bad that is.
    pub(in crate::report) severity: Severity,
}

/// The run failed: exit 1.
pub(super) const ERROR: &str = "run/error";
/// The run ended badly and nothing else says so.
pub(super) const VERDICT: &str = "run/verdict";

/// Every check that no rule makes.
pub(in crate::report) const CHECKS: [Check; 11] = [
    Check {
        id: ERROR,
        title: "The run failed",
        help: "There is no result to trust: the command line, the inventory, a rule, the waivers or the credentials are at fault, or a report could not be written. Put right what the message names and run again.",
        severity: Severity::High,
    },
    Check {
        id: VERDICT,
        title: "The run did not end well",
        help: "It was interrupted, it ended with an exit code that no finding explains, or it did not read and check everything. Run it again to its end.",
        severity: Severity::High,
    },
    Check {
        id: "incomplete/unread",
        title: "A connector could not be read",
        help: "Nothing is known of it, so nothing of it is clean. The message says why; give access, or run again.",
        severity: Severity::Medium,
    },
    Check {
        id: "incomplete/unlisted",
        title: "The connectors of a target could not be listed",
        help: "Connectors that nobody expects may be there unseen. The message says why; give access, or run again.",
        severity: Severity::Medium,
    },
    Check {
        id: "incomplete/rule-error",
        title: "A rule could not be evaluated",
        help: "What the rule asks for was not checked. Mend the rule, or let the facts that it needs be read.",
        severity: Severity::Medium,
    },
    Check {
        id: "incomplete/not-checked",
        title: "Nothing checked a connector",
        help: "It was read, but no rule gave a verdict on it and the inventory compares no field of it. Let a rule be on for it, or write what is expected of it.",
        severity: Severity::Medium,
    },
    Check {
        id: "drift/missing",
        title: "An expected connector is not there",
        help: "The inventory expects it and the account does not have it. Create it, or take it out of the inventory.",
        severity: Severity::High,
    },
    Check {
        id: "drift/changed",
        title: "A field differs from the inventory",
        help: "What was observed is not what the inventory expects. Change the connector back, or change the inventory if that is how it should be.",
        severity: Severity::Medium,
    },
    Check {
        id: "drift/unmanaged",
        title: "A connector is not in the inventory",
        help: "It exists and no inventory lists it. Add it to the inventory, or remove it from the account.",
        severity: Severity::Medium,
    },
    Check {
        id: "drift/planned",
        title: "A plan will change a connector",
        help: "Applying the plan will make what is observed differ from the inventory.",
        severity: Severity::Low,
    },
    Check {
        id: "waiver/stale",
        title: "A waiver is of no use any more, or soon",
        help: "It has expired, ends soon, or permits nothing that is found. Renew it or take it away.",
        severity: Severity::Low,
    },
];
