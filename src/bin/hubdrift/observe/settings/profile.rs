//! Which profile counts, and its keys.

use super::{
    environment::Environment,
    files::{Files, Profile},
    flags::Flags,
    setting::Problem,
};

/// The profile that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Where it was named; nothing for `default` that nobody named.
    pub from: Option<String>,
    /// Whether it was named by the target or a flag: then the keys of the environment don't count.
    pub explicit: bool,
}

/// The profile that counts for a target, which may have one of its own.
///
/// An empty variable is as unset: that is what a variable of a CI system looks like that nobody filled in.
///
/// # Errors
/// When two variables name different ones.
pub fn choose(
    environment: &Environment,
    flags: &Flags,
    own: Option<(&str, &str)>,
) -> Result<Choice, Problem> {
    let choice = |name: &str, from: Option<&str>, explicit| Choice {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        explicit,
    };
    if let Some((profile, target)) = own {
        let from = format!("`profile` of target `{target}`");
        return Ok(choice(profile, Some(&from), true));
    }
    if let Some(profile) = &flags.profile {
        return Ok(choice(profile, Some("--profile"), true));
    }
    let named = |name: &'static str| Some((environment.filled(name)?, name));
    match (named("AWS_PROFILE"), named("AWS_DEFAULT_PROFILE")) {
        (Some((a, _)), Some((b, _))) if a != b => Err(format!(
            "AWS_PROFILE names `{a}` and AWS_DEFAULT_PROFILE names `{b}`: the AWS CLI takes the first and older \
             programs the second; unset one, or choose with --profile"
        )),
        (Some((profile, name)), _) | (None, Some((profile, name))) => {
            Ok(choice(profile, Some(name), false))
        }
        (None, None) => Ok(choice("default", None, false)),
    }
}

/// The profile of this choice. One that nobody named may be missing.
///
/// # Errors
/// When it was named and isn't there.
pub fn find(files: &Files, choice: &Choice) -> Result<Profile, Problem> {
    match (files.profile(&choice.name), &choice.from) {
        (Some(profile), _) => Ok(profile.clone()),
        (None, None) => Ok(Profile {
            name: choice.name.clone(),
            ..Profile::default()
        }),
        (None, Some(from)) => Err(format!(
            "there is no profile `{}`, which {from} names, in {}; add it, or name another",
            choice.name,
            files.places()
        )),
    }
}
