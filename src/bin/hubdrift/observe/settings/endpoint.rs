//! The endpoints at which services are asked: from environment, files and flags to an address, or to
//! nothing where it is AWS's own.

use super::{
    address::address,
    environment::Environment,
    files::{Files, Profile, text},
    flags::Flags,
    ini::Value,
    setting::{Problem, Problems, Setting},
};

/// The endpoints, where they are not AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// The endpoint of Security Hub.
    pub securityhub: Option<Setting>,
    /// The endpoint of STS.
    pub sts: Option<Setting>,
    /// The endpoint of Identity Center's portal, where credentials come from there.
    pub portal: Option<Setting>,
    /// Whether FIPS endpoints are asked, and who says so.
    pub fips: Option<Setting<bool>>,
    /// Whether dual-stack endpoints are asked, and who says so.
    pub dual_stack: Option<Setting<bool>>,
    /// Whether the endpoints of environment and files are ignored.
    pub ignores_configured: bool,
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
) -> Result<Endpoints, Vec<Problem>> {
    let mut problems = Problems::default();
    let mut switch = |variable, key| {
        let set = problems.value(switch(environment, profile, variable, key));
        set.flatten().filter(|it| it.value)
    };
    let fips = switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    let dual_stack = switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    let ignored = switch(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "ignore_configured_endpoint_urls",
    );
    let ignores_configured = ignored.is_some();
    let mut endpoint = |service| {
        let found = match &flags.endpoint_url {
            Some(url) => Ok(Some(Setting::new(url.clone(), "--endpoint-url"))),
            None if ignores_configured => Ok(None),
            None => configured(environment, files, profile, service),
        };
        let found = found.and_then(|it| it.map(checked).transpose());
        problems.value(found).flatten()
    };
    let (securityhub, sts) = (endpoint("securityhub"), endpoint("sts"));
    for (kind, on) in [("FIPS", &fips), ("dual-stack", &dual_stack)] {
        if let (Some(on), Some(url)) = (on, securityhub.as_ref().or(sts.as_ref())) {
            problems.push(format!(
                "{kind} endpoints ({}) and an endpoint of your own ({}) exclude each other; take one of them away",
                on.from, url.from
            ));
        }
    }
    problems.or(Endpoints {
        securityhub,
        sts,
        portal: None,
        fips,
        dual_stack,
        ignores_configured,
    })
}

impl Endpoints {
    /// Adds the endpoint of Identity Center's portal.
    ///
    /// # Errors
    /// When the AWS CLI asks the portal, or the service that renews its token, where the SDK does not:
    /// that has only the variables, and takes an empty one for an address.
    pub fn find_portal(
        &mut self,
        environment: &Environment,
        files: &Files,
        profile: &Profile,
    ) -> Result<(), Problem> {
        for service in ["sso_oidc", "sso"] {
            let of_cli = if self.ignores_configured {
                None
            } else {
                configured(environment, files, profile, service)?
            };
            let names = [variable(service), "AWS_ENDPOINT_URL".to_owned()];
            let of_sdk = names
                .iter()
                .find_map(|name| Some((name, environment.get(name)?)));
            if of_sdk.map(|(_, url)| url) != of_cli.as_ref().map(|it| it.value.as_str()) {
                let from = match (of_sdk, &of_cli) {
                    (_, Some(setting)) => setting.from.as_str(),
                    (Some((name, _)), None) => name.as_str(),
                    (None, None) => continue,
                };
                return Err(format!(
                    "the endpoint of {from} can't be kept to for IAM Identity Center, whose credentials are used: \
                     hubdrift asks it at {}, at AWS_ENDPOINT_URL or at AWS's own endpoint; give it there, or unset it",
                    names[0]
                ));
            }
            self.portal = of_cli.map(checked).transpose()?;
        }
        Ok(())
    }
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
) -> Result<Option<Setting<bool>>, Problem> {
    let setting = match environment.get(variable) {
        Some("") => return Ok(Some(Setting::new(false, variable))),
        Some(value) => Some(Setting::new(value, variable)),
        None => profile.text(key)?,
    };
    let Some(Setting { value, from }) = setting else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(Setting::new(true, from))),
        "false" => Ok(Some(Setting::new(false, from))),
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
) -> Result<Option<Setting>, Problem> {
    let own = variable(service);
    for name in [own.as_str(), "AWS_ENDPOINT_URL"] {
        if let Some(url) = environment.filled(name) {
            return Ok(Some(Setting::new(url, name)));
        }
    }
    if let Some(section) = profile.text("services")? {
        let Some(services) = files.services(&section.value) else {
            let Setting { value, from } = section;
            return Err(format!(
                "there is no section [services {value}], which `services` names ({from}); add it, or take the key away"
            ));
        };
        if let Some(Setting { value, from }) = services.get(service) {
            let Value::Block(keys) = value else {
                return Err(format!(
                    "`{service}` ({from}) has no keys of its own; write `endpoint_url = …` indented below it"
                ));
            };
            if let Some(url) = keys.get("endpoint_url").filter(|url| !url.is_empty()) {
                return Ok(Some(Setting::new(url.clone(), from.clone())));
            }
        }
    }
    text(&profile.keys, "endpoint_url")
}

/// The endpoint, if it can be one.
fn checked(url: Setting) -> Result<Setting, Problem> {
    let Setting { value, from } = &url;
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
