//! Waivers: dated, owned permissions for findings to exist.
//!
//! [`parse()`] reads their file and checks its form; [`check_rules`] compares the
//! rules they name with those there are. Which findings they cover is for the
//! one function that applies them.

use jiff::civil::Date;

use crate::{matcher::Matcher, model::Place, problem::Problem, text::nearest, yaml::places::short};

mod apply;
mod parse;
pub(crate) mod raw;

pub use apply::{Decision, Ledger, Question, WARN_DAYS, refusal_at, stale};
pub use parse::{MAX_DAYS, parse};

/// A permission for a finding to exist.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// What is permitted.
    pub subject: Subject,
    /// The connector's address, in which `*` stands for any characters.
    pub connector: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is dealt with.
    pub ticket: Option<String>,
    /// The last day, UTC, on which it holds.
    pub expires: Date,
    /// The observed value that is permitted, exactly or `null` for absent; another one counts again.
    pub observed: Option<Matcher>,
    /// Where it is written.
    pub place: Place,
}

/// What a waiver permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// That these rules fail, each with where it is named.
    Rule(Vec<(String, Place)>),
    /// That a field differs: a fact's path, or `tags.KEY`.
    Drift(String),
    /// That the connector is missing. Its address has no `*`.
    Missing,
    /// That the connector is there though the inventory doesn't list it.
    Unmanaged,
}

impl Waiver {
    /// Whether it may cover several connectors. Then it covers no missing one.
    pub fn is_wildcard(&self) -> bool {
        self.connector.contains('*')
    }

    /// Whether `address` is the connector's, or one of them.
    pub fn covers_address(&self, address: &str) -> bool {
        covers(&self.connector, address)
    }

    /// Whether it still holds on `day`. Its last day counts.
    pub fn holds_on(&self, day: Date) -> bool {
        day <= self.expires
    }
}

/// Whether an address pattern can mean a connector of this target.
pub fn may_be_in(pattern: &str, target: &str) -> bool {
    match pattern.split_once('/') {
        Some((pattern, _)) => covers(pattern, target),
        None => true,
    }
}

/// Whether a pattern, in which `*` stands for any characters, is the whole of `text`.
pub fn covers(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    // What stands between two stars is taken as early as it comes, the last part as late.
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

/// Refuses waivers of rules that don't exist. Rules that are off exist.
pub fn check_rules(waivers: &[Waiver], known: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for waiver in waivers {
        let Subject::Rule(rules) = &waiver.subject else {
            continue;
        };
        for (rule, place) in rules
            .iter()
            .filter(|(rule, _)| !known.contains(&rule.as_str()))
        {
            let problem = Problem::at(place.clone(), format!("there is no rule `{}`", short(rule)))
                .width(rule.chars().count());
            problems.push(match nearest(rule, known.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("`hubdrift rules list` shows the rules there are"),
            });
        }
    }
    problems
}

/// Refuses waivers of rules that say of themselves that they can't be waived.
pub fn check_waivable(waivers: &[Waiver], unwaivable: &[&str]) -> Vec<Problem> {
    let rules = waivers.iter().filter_map(|waiver| match &waiver.subject {
        Subject::Rule(rules) => Some(rules),
        _ => None,
    });
    let problem = |(rule, place): &(String, Place)| {
        let message = format!("the rule `{rule}` can't be waived, so this has no effect");
        Problem::at(place.clone(), message)
            .width(rule.chars().count())
            .help("take it away; a level set in the inventory says whether the rule counts")
    };
    rules
        .flatten()
        .filter(|(rule, _)| unwaivable.contains(&rule.as_str()))
        .map(problem)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_any_characters_and_nothing_else_does() {
        for (pattern, text) in [
            ("prod/jira", "prod/jira"),
            ("prod/*", "prod/jira"),
            ("*/jira", "prod/jira"),
            ("*/*", "prod/jira"),
            ("prod/j*a", "prod/ja"),
            ("prod/*ab*ab", "prod/abab"),
            ("p*/*ra", "prod/jira"),
        ] {
            assert!(covers(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("prod/jira", "prod/jira2"),
            ("prod/*", "prod2/jira"),
            ("prod/j*a", "prod/j"),
            ("prod/*aba", "prod/ab"),
            ("prod/ab*b", "prod/ab"),
            ("prod/.ira", "prod/jira"),
            ("*/a*ab*b", "p/aab"),
        ] {
            assert!(!covers(pattern, text), "{pattern} {text}");
        }
    }
}
