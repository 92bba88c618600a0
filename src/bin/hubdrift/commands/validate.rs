//! `hubdrift validate`: everything that can be checked without AWS.

use std::io::Write as _;

use anstream::ColorChoice;
use hubdrift::policy::Policy;
use jiff::Timestamp;

use super::{
    check,
    load::{self, Input, Loaded},
};
use crate::terminal;

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Inventory, rules and waivers.
    pub input: Input,
    /// Whether there may be nothing to check.
    pub allow_empty: bool,
    /// The time at which dates are judged, if not now.
    pub now: Option<Timestamp>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to say nothing when all is well.
    pub quiet: bool,
}

/// Validates and gives the exit code, 0 or 1.
pub fn run(options: &Options) -> u8 {
    let now = options.now.unwrap_or_else(Timestamp::now);
    let loaded = load::load_strictly(&options.input, now).and_then(|loaded| {
        check::in_scope(&loaded, &[], options.allow_empty, true)?;
        Ok(loaded)
    });
    let Loaded {
        inventory,
        policy,
        waivers,
        ..
    } = match loaded {
        Ok(loaded) => loaded,
        Err(failure) => {
            terminal::note(&failure.render(terminal::colors_stderr(options.color)));
            return 1;
        }
    };
    if options.quiet {
        return 0;
    }
    let counts = [
        count(inventory.targets.len(), "target"),
        count(inventory.connectors.len(), "expected connector"),
        count(rules_on(&policy), "rule"),
        count(waivers.len(), "waiver"),
    ];
    let said = writeln!(std::io::stdout(), "valid: {}", counts.join(", "));
    u8::from(said.is_err())
}

/// How many rules a check would evaluate: those that are off judge nothing.
fn rules_on(policy: &Policy) -> usize {
    let rules = policy.rules().iter();
    rules.filter(|rule| rule.is_on()).count()
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
