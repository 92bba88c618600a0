//! How hosts are connected to: certificates, proxies, and the address of the instance's metadata
//! service, as the environment and a profile set them.

use super::{
    address::address,
    endpoint::switch,
    environment::Environment,
    files::Profile,
    setting::{Problem, Problems, Setting},
};

/// The file of certificates to trust instead of the system's.
///
/// # Errors
/// When it is set to nothing.
pub fn ca_bundle(environment: &Environment, profile: &Profile) -> Result<Option<Setting>, Problem> {
    match environment.get("AWS_CA_BUNDLE") {
        Some(path) if path.trim().is_empty() => {
            Err("AWS_CA_BUNDLE is empty; name a file of certificates, or unset it".to_owned())
        }
        Some(path) => Ok(Some(Setting::new(path, "AWS_CA_BUNDLE"))),
        None => profile.text("ca_bundle"),
    }
}

/// The proxies of the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http://`.
    pub http: Option<Setting>,
    /// For `https://`.
    pub https: Option<Setting>,
    /// The hosts that are connected to without one.
    pub none_for: Option<Setting>,
}

/// The proxy for one endpoint, and the hosts that it isn't used for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EndpointProxy {
    /// The address of the proxy, if there is one.
    pub url: Option<String>,
    /// Whether the proxy is for `https://`.
    pub tls: bool,
    /// Hosts that are connected to without it, separated by commas.
    pub none_for: String,
}

/// The proxies, as Python finds them: lower case counts before upper case, also where it is empty.
///
/// # Errors
/// When one can't be used.
pub fn proxies(environment: &Environment, profile: &Profile) -> Result<Proxies, Vec<Problem>> {
    let find = |lower: &str| {
        let upper = lower.to_ascii_uppercase();
        // A web server sets it from a header of whoever asks, so Python passes it over there.
        let is_header = upper == "HTTP_PROXY" && environment.get("REQUEST_METHOD").is_some();
        match (
            environment.get(lower),
            environment.filled(&upper).filter(|_| !is_header),
        ) {
            (Some(""), _) | (None, None) => None,
            (Some(value), _) => Some(Setting::new(value, lower)),
            (None, Some(value)) => Some(Setting::new(value, upper)),
        }
    };
    let mut problems = Problems::default();
    let odd_names = environment
        .names()
        .filter(|name| {
            ["http_proxy", "https_proxy", "no_proxy"].iter().any(|it| {
                name.eq_ignore_ascii_case(it) && name != it && *name != it.to_ascii_uppercase()
            })
        })
        .map(|name| {
            format!(
                "{name} counts in no case but upper and lower; write it in one of them, or unset it"
            )
        });
    problems.extend(odd_names);
    let mut proxy = |name| {
        let proxy = find(name).map(checked).transpose();
        problems.value(proxy).flatten()
    };
    let (http, https) = (proxy("http_proxy"), proxy("https_proxy"));
    if http.is_some() || https.is_some() {
        for key in [
            "proxy_ca_bundle",
            "proxy_client_cert",
            "proxy_use_forwarding_for_https",
        ] {
            let Some(set) = profile.keys.get(key) else {
                continue;
            };
            problems.push(format!(
                "`{key}` ({}) is not supported; take it away, or go by another proxy",
                set.from
            ));
        }
    }
    problems.or(Proxies {
        http,
        https,
        none_for: find("no_proxy"),
    })
}

/// The proxy, with a scheme. What is in its address may be a password, so it is in no message.
fn checked(proxy: Setting) -> Result<Setting, Problem> {
    let Setting { value, from } = proxy;
    let url = if value.starts_with("http:") || value.starts_with("https:") {
        value
    } else if value.starts_with("//") {
        format!("http:{value}")
    } else {
        format!("http://{value}")
    };
    if address(&url).is_some() {
        Ok(Setting::new(url, from))
    } else {
        Err(format!(
            "{from} is no address of a proxy; write it as http://HOST:PORT, or unset it"
        ))
    }
}

impl Proxies {
    /// The proxy for an endpoint; without one, for AWS's own endpoints, whose hosts the SDK knows.
    pub fn of(&self, endpoint: Option<&str>) -> EndpointProxy {
        let tls = endpoint.is_none_or(|url| !url.starts_with("http:"));
        let Some(proxy) = (if tls { &self.https } else { &self.http }) else {
            return EndpointProxy::default();
        };
        let none_for = self.none_for.as_ref().map_or("", |it| it.value.as_str());
        let authority = endpoint.map(|url| address(url).map_or("", |it| it.authority));
        if none_for == "*" || authority.is_some_and(|it| is_bypassed(it, none_for)) {
            return EndpointProxy::default();
        }
        // AWS's own endpoints have no port, so that an entry with one is never about them.
        let hosts = none_for.split(',').map(str::trim);
        let hosts = hosts.filter(|host| !host.is_empty() && !host.contains([':', '*']));
        EndpointProxy {
            url: Some(proxy.value.clone()),
            tls,
            none_for: match endpoint {
                Some(_) => String::new(),
                None => hosts.collect::<Vec<_>>().join(","),
            },
        }
    }
}

/// Whether `NO_PROXY` names this host, as Python's `proxy_bypass_environment` has it.
fn is_bypassed(authority: &str, none_for: &str) -> bool {
    let authority = authority.to_ascii_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority.as_str(),
    };
    none_for.split(',').any(|name| {
        let name = name.trim().trim_start_matches('.').to_ascii_lowercase();
        let within = |it: &str| it == name || it.ends_with(&format!(".{name}"));
        !name.is_empty() && (within(host) || within(&authority))
    })
}

/// The instance's metadata service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Whether it is not to be asked.
    pub disabled: bool,
    /// Its address.
    pub endpoint: Setting,
}

/// The metadata service that environment and profile name.
///
/// # Errors
/// When its address can't be one.
pub fn metadata(environment: &Environment, profile: &Profile) -> Result<Metadata, Problem> {
    let find = |variable: &str, key: &str| match environment.filled(variable) {
        Some(value) => Ok(Some(Setting::new(value, variable))),
        None => profile.text(key),
    };
    let endpoint = find(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "ec2_metadata_service_endpoint",
    )?;
    let mode = find(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    )?;
    let ipv6 = switch(environment, profile, "AWS_IMDS_USE_IPV6", "imds_use_ipv6")?;
    let standard = |six: bool, from: &str| {
        let url = if six {
            "http://[fd00:ec2::254]"
        } else {
            "http://169.254.169.254"
        };
        Setting::new(url, from)
    };
    let endpoint = match (endpoint, mode) {
        (Some(url), _) => {
            if address(&url.value).is_none() {
                return Err(format!(
                    "the metadata service of {} is no address; write it as http://HOST",
                    url.from
                ));
            }
            url
        }
        (None, Some(mode)) => match mode.value.to_ascii_lowercase().as_str() {
            "ipv4" => standard(false, &mode.from),
            "ipv6" => standard(true, &mode.from),
            _ => {
                return Err(format!(
                    "the endpoint mode of {} is neither IPv4 nor IPv6",
                    mode.from
                ));
            }
        },
        (None, None) => match ipv6.filter(|it| it.value) {
            Some(set) => standard(true, &set.from),
            None => standard(false, "usual"),
        },
    };
    let disabled = environment.get("AWS_EC2_METADATA_DISABLED");
    Ok(Metadata {
        disabled: disabled.is_some_and(|it| it.eq_ignore_ascii_case("true")),
        endpoint,
    })
}
