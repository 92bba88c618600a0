//! What a saved report may contradict itself in.

use crate::audit::{FindingKind, State, Verdict};

/// Two parts of a report that can't both be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A finding's fingerprint is not that of what it is about.
    #[error("the fingerprint of {} {address} is another's", kind.as_str())]
    Fingerprint {
        /// Its kind.
        kind: FindingKind,
        /// Its address.
        address: String,
    },
    /// A finding lacks what every finding of its kind has.
    #[error("{} {address} doesn't say its {what}", kind.as_str())]
    Lacking {
        /// Its kind.
        kind: FindingKind,
        /// Its address.
        address: String,
        /// The key.
        what: &'static str,
    },
    /// A finding counts and should not, or the other way round.
    #[error("{} {address} {}, but it says otherwise", kind.as_str(), if *counts { "counts" } else { "doesn't count" })]
    Counted {
        /// Its kind.
        kind: FindingKind,
        /// Its address.
        address: String,
        /// Whether it counts by the flags.
        counts: bool,
    },
    /// A finding is waived by what is no waiver of the run.
    #[error("no waiver of the run permits {} {address}", kind.as_str())]
    NotPermitted {
        /// Its kind.
        kind: FindingKind,
        /// Its address.
        address: String,
    },
    /// A waiver was over when the run was judged.
    #[error("the waiver of {} {address} had expired", kind.as_str())]
    WaiverExpired {
        /// The kind of the finding that it permits.
        kind: FindingKind,
        /// The finding's address.
        address: String,
    },
    /// A finding exists already in a baseline that can't have it.
    #[error("{} {address} is in no baseline", kind.as_str())]
    NoBaseline {
        /// Its kind.
        kind: FindingKind,
        /// Its address.
        address: String,
    },
    /// Something is wrong in a record and is no finding.
    #[error("{address} is {}{}, and no finding says so", words(kind.as_str()), in_brackets(about.as_deref()))]
    NoFinding {
        /// What it should be found to be.
        kind: FindingKind,
        /// The connector's address.
        address: String,
        /// The rule or the field.
        about: Option<String>,
    },
    /// A connector doesn't say how much of it was compared.
    #[error("{0} doesn't say how many of its fields were compared")]
    Compared(String),
    /// A connector is in a target that was not looked at.
    #[error("{0} is in no target that was looked at")]
    NoTarget(String),
    /// Two connectors have one address.
    #[error("there are two connectors {0}")]
    TwoConnectors(String),
    /// A connector's state and its fields disagree.
    #[error("{address} is {}, and its fields don't say so", words(state.as_str()))]
    Drift {
        /// Its address.
        address: String,
        /// Its state.
        state: State,
    },
    /// A target is out of scope, and nothing narrows the scope.
    #[error("nothing leaves target {0} out of scope")]
    OutOfScope(String),
    /// A target was not asked, and had to be.
    #[error("target {0} was not asked, and something else says that it was, or had to be")]
    NotAsked(String),
    /// A target is unread, and no finding says so.
    #[error("target {0} was not read, and no finding says so")]
    TargetUnread(String),
    /// Two targets have one name.
    #[error("there are two targets {0}")]
    TwoTargets(String),
    /// A target lacks connectors that were listed there.
    #[error("target {0} has fewer connectors than were listed there")]
    LacksListed(String),
    /// Nothing was in scope, and that is no error.
    #[error("it looked at nothing, and that is no error")]
    Nothing,
    /// A rule's file was read, and the rule is not there.
    #[error("the rule of {0} is not there")]
    LostRule(String),
    /// No rule is on, and that is no error.
    #[error("no rule is on, and that is no error")]
    NoRule,
    /// Other rules judged a connector than those that are on.
    #[error("the rules that judged {0} are not those that are on")]
    OtherRules(String),
    /// A rule has a level that nothing sets.
    #[error("{rule} was {level} for {address}, to which nothing sets it")]
    Level {
        /// The rule.
        rule: String,
        /// Its level.
        level: &'static str,
        /// The connector's address.
        address: String,
    },
    /// A rule was skipped for a connector that is not missing.
    #[error("{rule} was skipped for {address}, which is not missing")]
    Skipped {
        /// The rule.
        rule: String,
        /// The connector's address.
        address: String,
    },
    /// The verdict doesn't follow from the records.
    #[error(
        "its verdict is {}, but from its records follows {}",
        in_words(*is),
        in_words(*follows)
    )]
    Verdict {
        /// What the report says.
        is: Verdict,
        /// What follows.
        follows: Verdict,
    },
    /// A merged report's times are not those of shards of one run.
    #[error("no shards are judged from its first time to its last")]
    Times,
    /// Its scope is not that of its targets.
    #[error("its scope is not that of its targets")]
    Scope,
    /// Its counts are not those of its records.
    #[error("its summary is not that of its records")]
    Summary,
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn in_brackets(about: Option<&str>) -> String {
    about.map(|about| format!(" ({about})")).unwrap_or_default()
}

fn in_words(verdict: Verdict) -> String {
    format!(
        "exit {}, complete {}, drift {}, policy {}",
        verdict.exit_code, verdict.complete, verdict.drift, verdict.policy
    )
}
