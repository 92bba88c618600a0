//! At which endpoints services are asked.

use super::{
    Environment, Files, Flags, Set, Wrong,
    address::address,
    files::{Profile, text},
    ini::Value,
};

/// Where services are asked, other than at their usual endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Another endpoint of Security Hub.
    pub securityhub: Option<Set>,
    /// Another endpoint of STS.
    pub sts: Option<Set>,
    /// Another endpoint of Identity Center's portal, where credentials come from there.
    pub portal: Option<Set>,
    /// Whether FIPS endpoints are asked, and who says so.
    pub fips: Option<Set<bool>>,
    /// Whether dual-stack endpoints are asked, and who says so.
    pub dual_stack: Option<Set<bool>>,
}

/// The endpoints of a profile.
///
/// # Errors
/// When one can't be used.
pub fn endpoints(
    environment: &Environment,
    files: &Files,
    flags: &Flags,
    profile: &Profile,
) -> Result<Endpoints, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let switch = |variable: &str, key: &str, wrong: &mut Vec<Wrong>| {
        switch(environment, profile, variable, key).unwrap_or_else(|why| {
            wrong.push(why);
            None
        })
    };
    let fips = switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &mut wrong);
    let dual_stack = switch(
        "AWS_USE_DUALSTACK_ENDPOINT",
        "use_dualstack_endpoint",
        &mut wrong,
    );
    let ignored = switch(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "ignore_configured_endpoint_urls",
        &mut wrong,
    );
    let ignored = ignored.is_some_and(|it| it.value);
    let mut endpoint = |service: &str| {
        let found = match &flags.endpoint_url {
            Some(url) => Ok(Some(Set::new(url.clone(), "--endpoint-url"))),
            None if ignored => Ok(None),
            None => configured(environment, files, profile, service),
        };
        let checked = found.and_then(|it| it.map(checked).transpose());
        checked.unwrap_or_else(|why| {
            if !wrong.contains(&why) {
                wrong.push(why);
            }
            None
        })
    };
    let (securityhub, sts) = (endpoint("securityhub"), endpoint("sts"));
    let is_on = |it: &Option<Set<bool>>| it.as_ref().filter(|it| it.value).cloned();
    let (fips, dual_stack) = (is_on(&fips), is_on(&dual_stack));
    for (kind, on) in [("FIPS", &fips), ("dual-stack", &dual_stack)] {
        if let (Some(on), Some(url)) = (on, securityhub.as_ref().or(sts.as_ref())) {
            wrong.push(format!(
                "{kind} endpoints ({}) and an endpoint of your own ({}) exclude each other; take one of them away",
                on.from, url.from
            ));
        }
    }
    if wrong.is_empty() {
        Ok(Endpoints {
            securityhub,
            sts,
            portal: None,
            fips,
            dual_stack,
        })
    } else {
        Err(wrong)
    }
}

/// The endpoint of Identity Center's portal.
///
/// # Errors
/// When the AWS CLI asks the portal, or the service that renews its token, where the SDK does not:
/// that has only the variables, and takes an empty one for an address.
pub fn portal(
    environment: &Environment,
    files: &Files,
    profile: &Profile,
) -> Result<Option<Set>, Wrong> {
    let ignored = switch(
        environment,
        profile,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "ignore_configured_endpoint_urls",
    )?;
    let ignored = ignored.is_some_and(|it| it.value);
    let mut portal = None;
    for service in ["sso_oidc", "sso"] {
        portal = if ignored {
            None
        } else {
            configured(environment, files, profile, service)?
        };
        let names = [variable(service), "AWS_ENDPOINT_URL".to_owned()];
        let asked = names
            .iter()
            .find_map(|name| Some((name, environment.get(name)?)));
        if asked.map(|(_, url)| url) != portal.as_ref().map(|it| it.value.as_str()) {
            let from = match (asked, &portal) {
                (_, Some(set)) => set.from.as_str(),
                (Some((name, _)), None) => name.as_str(),
                (None, None) => continue,
            };
            return Err(format!(
                "the endpoint of {from} can't be kept to for IAM Identity Center, whose credentials are used: \
                 hubdrift asks it at {}, at AWS_ENDPOINT_URL or at AWS's own endpoint; give it there, or unset it",
                names[0]
            ));
        }
        portal = portal.map(checked).transpose()?;
    }
    Ok(portal)
}

/// The variable that has the endpoint of a service.
fn variable(service: &str) -> String {
    format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase())
}

/// A setting that is `true` or `false`. An empty variable is `false`, as in the AWS CLI.
pub fn switch(
    environment: &Environment,
    profile: &Profile,
    variable: &str,
    key: &str,
) -> Result<Option<Set<bool>>, Wrong> {
    let set = match environment.get(variable) {
        Some("") => return Ok(Some(Set::new(false, variable))),
        Some(value) => Some(Set::new(value, variable)),
        None => profile.text(key)?,
    };
    let Some(Set { value, from }) = set else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(Set::new(true, from))),
        "false" => Ok(Some(Set::new(false, from))),
        _ => Err(format!(
            "{} is `{}`, which is neither `true` nor `false`; the AWS CLI takes it for false: write which",
            if from == variable {
                from
            } else {
                format!("`{key}` ({from})")
            },
            value.escape_debug()
        )),
    }
}

/// The endpoint of a service as environment and profile have it.
fn configured(
    environment: &Environment,
    files: &Files,
    profile: &Profile,
    service: &str,
) -> Result<Option<Set>, Wrong> {
    let own = variable(service);
    for name in [own.as_str(), "AWS_ENDPOINT_URL"] {
        if let Some(url) = environment.filled(name) {
            return Ok(Some(Set::new(url, name)));
        }
    }
    if let Some(section) = profile.text("services")? {
        let Some(services) = files.services(&section.value) else {
            let Set { value, from } = section;
            return Err(format!(
                "there is no section [services {value}], which `services` names ({from}); add it, or take the key away"
            ));
        };
        if let Some(Set { value, from }) = services.get(service) {
            let Value::Block(keys) = value else {
                return Err(format!(
                    "`{service}` ({from}) has no keys of its own; write `endpoint_url = …` indented below it"
                ));
            };
            if let Some(url) = keys.get("endpoint_url").filter(|url| !url.is_empty()) {
                return Ok(Some(Set::new(url.clone(), from.clone())));
            }
        }
    }
    text(&profile.keys, "endpoint_url")
}

/// The endpoint, if it can be one.
fn checked(url: Set) -> Result<Set, Wrong> {
    let Set { value, from } = &url;
    let help = "write it as https://HOST or http://HOST:PORT";
    // The AWS CLI takes no `_` in the name of a host.
    let is_good = address(value).is_some_and(|it| it.user.is_none() && !it.authority.contains('_'));
    if is_good {
        Ok(url)
    } else {
        Err(format!(
            "the endpoint of {from} is no address of a service; {help}"
        ))
    }
}
