//! The rules that waivers name, compared with those there are.

use super::types::{Subject, Waiver};
use crate::{
    model::Place,
    problem::Problem,
    text::{excerpt, nearest},
};

/// Refuses waivers of rules that don't exist. Rules that are off exist.
pub fn check_rules(waivers: &[Waiver], known: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for waiver in waivers {
        let Subject::Rule(rules) = &waiver.subject else {
            continue;
        };
        let unknown = rules
            .iter()
            .filter(|(rule, _)| !known.contains(&rule.as_str()));
        for (rule, place) in unknown {
            let problem = Problem::at(
                place.clone(),
                format!("there is no rule `{}`", excerpt(rule)),
            )
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
