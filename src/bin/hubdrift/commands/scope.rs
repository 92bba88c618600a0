//! The stage that plans: an inventory becomes what is to be read, or why nothing would be read or judged.
//! Flags that have no effect in that scope are refused here, too.

use hubdrift::{
    audit::{self, ErrorKind},
    inventory::Inventory,
    model::Override,
    plan::{self, Empty, Plan},
    policy::Policy,
    problem::Problem,
};

use super::failure::Failure;

/// What is to be read in the targets named in `only`, or in all if none is.
///
/// # Errors
/// When a name is no target's, or something would not be read at all and `allow_empty` is false.
pub fn to_read(
    inventory: &Inventory,
    policy: &Policy,
    only: &[String],
    allow_empty: bool,
) -> Result<Plan, Box<Failure>> {
    let plan = plan::plan(inventory, only, policy.needs_tags(), allow_empty);
    plan.map_err(|empty| Box::new(Failure::all(ErrorKind::Empty, of_empty(empty))))
}

/// The same, for a run that judges what it reads.
///
/// # Errors
/// Also when no rule is on for what would be read, or nothing would check a connector, and `allow_empty`
/// is false.
pub fn to_check(
    inventory: &Inventory,
    policy: &Policy,
    only: &[String],
    allow_empty: bool,
) -> Result<Plan, Box<Failure>> {
    let plan = to_read(inventory, policy, only, allow_empty)?;
    if !allow_empty {
        none(ErrorKind::Empty, unjudged(inventory, policy, &plan))?;
    }
    Ok(plan)
}

/// The problems of a plan of which something would be checked by nothing.
fn unjudged(inventory: &Inventory, policy: &Policy, plan: &Plan) -> Vec<Problem> {
    if policy.may_judge(plan.connectors(inventory)) {
        let unchecked = audit::never_checked(inventory, plan, policy).into_iter();
        unchecked
            .map(|(place, message)| Problem::at(place, message))
            .collect()
    } else {
        let message = "there are no rules, or all are off for what is in scope, so nothing would be judged (--allow-empty permits that)";
        vec![Problem::without_place(message)]
    }
}

/// Refuses problems of this kind, if there are any.
fn none(kind: ErrorKind, problems: Vec<Problem>) -> Result<(), Box<Failure>> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Box::new(Failure::all(kind, problems)))
    }
}

/// The problems of a plan by which nothing would be read, each with its place.
fn of_empty(empty: Empty) -> Vec<Problem> {
    let Empty::Unasked(targets) = empty else {
        return vec![Problem::without_place(empty.to_string())];
    };
    let problem = |(name, place): (String, _)| {
        let width = name.chars().count();
        let one = Empty::Unasked(vec![(name, None)]);
        Problem {
            place,
            ..Problem::without_place(one.to_string())
                .width(width)
                .help("expect a connector there, take `unmanaged: ignore` or the target away, or permit it with --allow-empty")
        }
    };
    targets.into_iter().map(problem).collect()
}

/// Refuses flags, among those that were `set`, that were typed and change nothing in the targets of
/// `plan`: whoever types one believes that it does. What the environment sets is for all of a runner's
/// jobs, and may have no effect on one of them.
///
/// # Errors
/// All of them.
pub fn flags_have_effect(set: &[Override], plan: &Plan) -> Result<(), Box<Failure>> {
    let targets = || plan.targets.iter().map(|it| &it.target);
    let all_have_region = targets().all(|it| it.region.is_some());
    let all_have_profile = targets().all(|it| it.credentials.profile.is_some());
    let none_has_role = targets().all(|it| it.credentials.role_arn.is_none());
    let flags = [
        (
            "--region",
            all_have_region,
            "each target in scope has a region of its own",
        ),
        (
            "--profile",
            all_have_profile,
            "each target in scope has a profile of its own",
        ),
        (
            "--no-assume-role",
            none_has_role,
            "no target in scope has a role",
        ),
    ];
    let is_typed = |flag: &str| {
        set.iter()
            .any(|it| it.setting == flag && it.from == Override::COMMAND_LINE)
    };
    let problem = |(flag, _, why)| {
        Problem::without_place(format!("`{flag}` has no effect: {why}")).help("take it away")
    };
    let is_without = |(flag, has_none, _): &(&str, bool, &str)| {
        *has_none && !plan.targets.is_empty() && is_typed(flag)
    };
    let useless = flags.into_iter().filter(is_without);
    none(ErrorKind::Usage, useless.map(problem).collect())
}
