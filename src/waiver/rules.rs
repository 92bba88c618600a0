//! The rules that waivers name, compared with those there are.

use super::types::{Subject, Waiver};
use crate::{
    model::Place,
    problem::Problem,
    text::{excerpt, nearest},
};

/// Refuses waivers of rules that don't exist. Rules that are off exist.
pub fn check_rules(waivers: &[Waiver], known: &[&str]) -> Vec<Problem> {
    let unknown = named_rules(waivers).filter(|(rule, _)| !known.contains(&rule.as_str()));
    let problem = |(rule, place): &(String, Place)| {
        let help = match nearest(rule, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`hubdrift rules list` shows the rules there are".to_owned(),
        };
        let message = format!("there is no rule `{}`", excerpt(rule));
        let problem = Problem::at(place.clone(), message);
        problem.width(rule.chars().count()).help(help)
    };
    unknown.map(problem).collect()
}

/// Refuses waivers of rules whose META says that they can't be waived.
pub fn check_waivable(waivers: &[Waiver], unwaivable: &[&str]) -> Vec<Problem> {
    let refused = named_rules(waivers).filter(|(rule, _)| unwaivable.contains(&rule.as_str()));
    let problem = |(rule, place): &(String, Place)| {
        let message = format!("the rule `{rule}` can't be waived, so this has no effect");
        Problem::at(place.clone(), message)
            .width(rule.chars().count())
            .help("take it away; a level set in the inventory says whether the rule counts")
    };
    refused.map(problem).collect()
}

/// The rules that the waivers name, each with its place.
fn named_rules(waivers: &[Waiver]) -> impl Iterator<Item = &(String, Place)> {
    let rules = waivers.iter().filter_map(|waiver| match &waiver.subject {
        Subject::Rule(rules) => Some(rules),
        _ => None,
    });
    rules.flatten()
}
