//! The forms of single values of a target: account ids, regions, roles.

use crate::{
    model::{Arn, is_account, is_region},
    yaml::{
        check::Check,
        places::{Spot, short},
        scalar::Yaml,
    },
};

/// An account id. Without quotes YAML may read it as a number, and a leading zero would be lost.
pub(super) fn account(check: &mut Check, spot: &Spot<'_>) -> Option<String> {
    let unquoted = match spot.value() {
        Yaml::Int(_) | Yaml::Float(_) => true,
        Yaml::Text(text) => spot.plain() && text.bytes().all(|b| b.is_ascii_digit() || b == b'_'),
        _ => false,
    };
    if unquoted {
        let problem =
            spot.problem("an account id must stand in quotes: YAML takes it for a number");
        check.add(problem.help("write it like \"111122223333\""));
        return None;
    }
    let text = check.text(spot, "account")?;
    if is_account(text) {
        return Some(text.to_owned());
    }
    check.add(spot.problem(format!(
        "`{}` is not an account id: twelve digits are expected",
        short(text)
    )));
    None
}

/// A region's name.
pub(super) fn region(check: &mut Check, spot: &Spot<'_>) -> Option<String> {
    let text = check.text(spot, "region")?;
    if is_region(text) {
        return Some(text.to_owned());
    }
    check.add(spot.problem(format!(
        "`{}` is not a region: a name like us-east-1 is expected",
        short(text)
    )));
    None
}

/// A role's name, which may have a path before it.
pub(super) fn is_role_name(name: &str) -> bool {
    name.len() <= 512
        && !name.starts_with('/')
        && !name.ends_with('/')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b))
}

/// The ARN of a role.
pub(super) fn role_form(check: &mut Check, arn: &str, spot: &Spot<'_>) -> Option<String> {
    match arn.parse::<Arn>() {
        Ok(parsed) => {
            let role = parsed
                .resource
                .strip_prefix("role/")
                .is_some_and(is_role_name);
            if parsed.service == "iam"
                && role
                && parsed.region.is_empty()
                && parsed.account.len() == 12
            {
                return Some(arn.to_owned());
            }
            let message = format!(
                "`{}` is not a role's ARN: arn:PARTITION:iam::ACCOUNT:role/NAME is expected",
                short(arn)
            );
            check.add(spot.problem(message));
        }
        Err(err) => check.add(spot.problem(err.to_string())),
    }
    None
}
