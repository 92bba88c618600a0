//! What came of testing rules: checks that hold, or say why they don't.

use std::sync::Arc;

use crate::problem::Problem;

/// What came of testing rules, by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// The rules, by id.
    pub rules: Vec<RuleTests>,
}

/// What came of testing one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTests {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The path of its source.
    pub source: String,
    /// The path of its test file, which need not be there.
    pub tests: String,
    /// All that was checked.
    pub checks: Vec<TestCheck>,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCheck {
    /// Which kind of thing.
    pub kind: CheckKind,
    /// What it is called, unique among those of its kind: a case's name, a fact's path.
    pub name: String,
    /// How often the rule was evaluated for it.
    pub evaluations: usize,
    /// Why it doesn't hold; `None` if it does.
    pub failure: Option<Problem>,
}

/// The kinds of [`TestCheck`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// The rule has tests at all.
    Tested,
    /// A case of the test file.
    Case,
    /// The rule was seen passing, and failing.
    Coverage,
    /// It doesn't pass without a fact.
    Absence,
    /// It doesn't pass with an enum's value that is not known.
    UnknownEnum,
    /// What is tolerated happens.
    Tolerates,
}

impl CheckKind {
    /// The kind's name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::Case => "case",
            Self::Coverage => "coverage",
            Self::Absence => "absence",
            Self::UnknownEnum => "unknown enum",
            Self::Tolerates => "tolerates",
        }
    }

    /// The kind's name as a key: one word.
    pub const fn as_key(self) -> &'static str {
        match self {
            Self::UnknownEnum => "unknown_enum",
            other => other.as_str(),
        }
    }
}

impl TestReport {
    /// All that doesn't hold.
    pub fn failures(&self) -> impl Iterator<Item = &Problem> {
        let checks = self.rules.iter().flat_map(|rule| &rule.checks);
        checks.filter_map(|check| check.failure.as_ref())
    }
}

impl RuleTests {
    /// How many checks of a kind hold, and how many there are.
    pub fn count(&self, kind: CheckKind) -> (usize, usize) {
        let of_kind = || self.checks.iter().filter(move |check| check.kind == kind);
        let held = of_kind().filter(|check| check.failure.is_none()).count();
        (held, of_kind().count())
    }
}
