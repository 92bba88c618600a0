//! Which region counts, and whether it can be one.

use hubdrift::model::is_region;

use super::{
    environment::Environment,
    files::Profile,
    flags::Flags,
    setting::{Problem, Problems, Setting},
};

/// The region that flag, environment and profile name, in this order. An empty one is not passed over:
/// the AWS CLI stops there.
///
/// # Errors
/// When one that counts, or a variable, is empty or can't be a region.
pub fn region(
    environment: &Environment,
    flags: &Flags,
    profile: &Profile,
) -> Result<Option<Setting>, Vec<Problem>> {
    if let Some(region) = &flags.region {
        return checked(Setting::new(region.clone(), "--region"))
            .map(Some)
            .map_err(|why| vec![why]);
    }
    let mut problems = Problems::default();
    let mut found = None;
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(value) = environment.get(name) {
            let region = problems.value(checked(Setting::new(value, name)));
            found = found.or(region);
        }
    }
    let found = problems.or(found)?;
    if found.is_some() {
        return Ok(found);
    }
    let of_profile = profile
        .text("region")
        .and_then(|it| it.map(checked).transpose());
    of_profile.map_err(|why| vec![why])
}

/// The region, if it can be one.
///
/// # Errors
/// When it can't.
pub fn checked(region: Setting) -> Result<Setting, Problem> {
    let Setting { value, from } = &region;
    if value.trim().is_empty() {
        let name = from.split(',').next().unwrap_or_default();
        return Err(format!(
            "{from} is an empty region, and the AWS CLI goes no further there; name a region, or unset {name}"
        ));
    }
    if value.starts_with("fips-") || value.ends_with("-fips") {
        return Err(format!(
            "`{value}` ({from}) is a region and FIPS in one; name the region alone, and set AWS_USE_FIPS_ENDPOINT=true"
        ));
    }
    if value == "aws-global" {
        return Err(format!(
            "`{value}` ({from}) is no region that Security Hub is in; name one"
        ));
    }
    if is_region(value) {
        return Ok(region);
    }
    // One place by two names would be two targets.
    let meant = value.trim().to_ascii_lowercase();
    let meant = [
        meant.as_str(),
        meant.trim_end_matches(|c: char| c.is_ascii_lowercase()),
    ];
    let help = match meant.into_iter().find(|it| is_region(it)) {
        Some(meant) => format!("write `{meant}`"),
        None => "write it as AWS does, as in us-east-1".to_owned(),
    };
    Err(format!(
        "`{}` ({from}) can't be a region; {help}",
        value.escape_debug()
    ))
}
