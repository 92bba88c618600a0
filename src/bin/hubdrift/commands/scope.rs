//! Flags and targets that have no effect: nothing would be read otherwise, or at all.

use hubdrift::{
    model::Override,
    plan::{Empty, Plan},
    problem::Problem,
};

/// What is wrong where nothing would be read, each where it is.
pub fn of_empty(empty: Empty) -> Vec<Problem> {
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

/// The problems of flags, among those that were `set`, that were typed and change nothing in the targets
/// of `plan`: whoever types one believes that it does. What the environment sets is for all of a runner's
/// jobs, and may have no effect on one of them.
pub fn without_effect(set: &[Override], plan: &Plan) -> Vec<Problem> {
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
    flags.into_iter().filter(is_without).map(problem).collect()
}
