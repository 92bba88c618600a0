//! `hubdrift validate`: everything that can be checked without AWS.

use anstream::ColorChoice;
use hubdrift::{audit::code, policy::Policy};
use jiff::Timestamp;

use super::{
    failure::Failure,
    load::{self, Input, Loaded},
    scope,
};
use crate::{clock::Clock, terminal};

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
    match validated(options) {
        Ok(_) if options.quiet => code::CLEAN,
        Ok(loaded) => {
            let counts = [
                count(loaded.inventory.targets.len(), "target"),
                count(loaded.inventory.connectors.len(), "expected connector"),
                count(rules_on(&loaded.policy), "rule"),
                count(loaded.waivers.len(), "waiver"),
            ];
            terminal::answer(&format!("valid: {}\n", counts.join(", ")))
        }
        Err(failure) => failure.end(options.color),
    }
}

/// What a check would load, and could plan.
fn validated(options: &Options) -> Result<Loaded, Box<Failure>> {
    let clock = Clock::start(options.now);
    let loaded = load::load_strictly(&options.input, clock.at)?;
    let (inventory, policy) = (&loaded.inventory, &loaded.policy);
    scope::to_check(inventory, policy, &[], options.allow_empty)?;
    Ok(loaded)
}

/// How many rules a check would evaluate: those that are off judge nothing.
fn rules_on(policy: &Policy) -> usize {
    let rules = policy.rules().iter();
    rules.filter(|rule| rule.is_on()).count()
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
