//! All settings together: the effective settings of each target, and which of them somebody made.

use hubdrift::text;

use super::{
    choose::Chooser,
    connection::{self, Metadata, Proxies},
    endpoint::{self, Endpoints},
    environment::Environment,
    files::{Files, Profile},
    flags::Flags,
    profile, region,
    setting::{Problem, Problems, Setting},
    source::Source,
};

/// What the inventory sets for a target itself.
#[derive(Debug, Clone)]
pub struct OwnSettings {
    /// The target's name.
    pub name: String,
    /// Its own region.
    pub region: Option<String>,
    /// Its own profile.
    pub profile: Option<String>,
}

/// Whose credentials read a target, in which region, at which endpoints and through which proxy.
#[derive(Debug, Clone)]
pub struct EffectiveSettings {
    /// The profile that counts; its name, and who named it.
    pub profile: Setting,
    /// The region that is read; nothing while the instance is still to be asked for it.
    pub region: Option<Setting>,
    /// The region in which STS is asked, by flag, environment or profile; nothing for the target's own.
    pub sts_region: Option<Setting>,
    /// Where the credentials come from, before a role of the target's is assumed.
    pub source: Setting<Source>,
    /// The endpoints, where they are not AWS's own.
    pub endpoints: Endpoints,
    /// A file of certificates to trust instead of the system's.
    pub ca_bundle: Option<Setting>,
    /// The proxies.
    pub proxies: Proxies,
    /// The instance's metadata service.
    pub metadata: Metadata,
}

impl EffectiveSettings {
    /// The origin of a value that nobody set.
    const DEFAULT: &str = "usual";

    /// The region in which STS is asked.
    pub fn region_of_sts(&self) -> Option<&Setting> {
        self.sts_region.as_ref().or(self.region.as_ref())
    }

    /// The source of the credentials in words.
    pub fn describe_source(&self) -> Setting {
        Setting::new(self.source.value.describe(), self.source.from.clone())
    }

    /// Every setting that somebody made, and where. There is no password in it.
    pub fn explicit(&self) -> Vec<(&'static str, Setting)> {
        let mut explicit = Vec::new();
        let mut add = |name: &'static str, setting: Option<&Setting>| {
            if let Some(setting) = setting.filter(|it| it.from != Self::DEFAULT) {
                let value = text::without_password(&setting.value);
                explicit.push((name, Setting::new(value, setting.from.clone())));
            }
        };
        add("profile", Some(&self.profile));
        add("region", self.region.as_ref());
        let sts_region = self.sts_region.as_ref();
        add(
            "region of sts",
            sts_region.filter(|it| Some(*it) != self.region.as_ref()),
        );
        let endpoints = &self.endpoints;
        if endpoints.securityhub == endpoints.sts {
            add("endpoint_url", endpoints.sts.as_ref());
        } else {
            add(
                "endpoint_url of securityhub",
                endpoints.securityhub.as_ref(),
            );
            add("endpoint_url of sts", endpoints.sts.as_ref());
        }
        add("endpoint_url of sso", endpoints.portal.as_ref());
        let switch = |it: &Option<Setting<bool>>| {
            let setting = it.as_ref()?;
            Some(Setting::new(
                setting.value.to_string(),
                setting.from.clone(),
            ))
        };
        add("use_fips_endpoint", switch(&endpoints.fips).as_ref());
        add(
            "use_dualstack_endpoint",
            switch(&endpoints.dual_stack).as_ref(),
        );
        add("ca_bundle", self.ca_bundle.as_ref());
        let proxies = &self.proxies;
        add("http_proxy", proxies.http.as_ref());
        add("https_proxy", proxies.https.as_ref());
        let is_any = proxies.http.is_some() || proxies.https.is_some();
        add("no_proxy", proxies.none_for.as_ref().filter(|_| is_any));
        if self.source.value == Source::Instance {
            add(
                "ec2_metadata_service_endpoint",
                Some(&self.metadata.endpoint),
            );
        }
        explicit
    }
}

/// The effective settings of each target, in their order; or why one that has a profile of its own has
/// none.
///
/// # Errors
/// When something is wrong that is not one target's own: all of it.
pub fn effective_settings(
    environment: &Environment,
    files: &Files,
    flags: &Flags,
    targets: &[OwnSettings],
) -> Result<Vec<Result<EffectiveSettings, Vec<Problem>>>, Vec<Problem>> {
    let mut problems = Problems::default();
    let gather = Gather {
        environment,
        files,
        flags,
    };
    // What is wrong without any profile is wrong for all targets.
    gather.common(&Profile::default(), &mut problems);
    let mut all = Vec::new();
    for target in targets {
        match gather.of_target(target) {
            Err(shared) if target.profile.is_none() => problems.extend(shared),
            settings => all.push(settings),
        }
    }
    problems.or(all)
}

/// What settings are gathered from.
#[derive(Clone, Copy)]
struct Gather<'a> {
    environment: &'a Environment,
    files: &'a Files,
    flags: &'a Flags,
}

/// The settings that any profile has; nothing where one of them is a problem.
struct Common {
    sts_region: Option<Setting>,
    endpoints: Option<Endpoints>,
    ca_bundle: Option<Setting>,
    proxies: Proxies,
    metadata: Option<Metadata>,
}

impl Gather<'_> {
    fn common(self, profile: &Profile, problems: &mut Problems) -> Common {
        let Self {
            environment,
            files,
            flags,
        } = self;
        let endpoints = endpoint::endpoints(environment, files, flags, profile);
        Common {
            sts_region: problems
                .value_of_all(region::region(environment, flags, profile))
                .flatten(),
            endpoints: problems.value_of_all(endpoints),
            ca_bundle: problems
                .value(connection::ca_bundle(environment, profile))
                .flatten(),
            proxies: problems
                .value_of_all(connection::proxies(environment, profile))
                .unwrap_or_default(),
            metadata: problems.value(connection::metadata(environment, profile)),
        }
    }

    fn of_target(self, target: &OwnSettings) -> Result<EffectiveSettings, Vec<Problem>> {
        let Self {
            environment, files, ..
        } = self;
        let own = target.profile.as_deref();
        let own = own.map(|it| (it, target.name.as_str()));
        let choice = profile::choose(environment, self.flags, own).map_err(|it| vec![it])?;
        let profile = profile::find(files, &choice).map_err(|it| vec![it])?;
        let mut problems = Problems::default();
        let Common {
            sts_region,
            mut endpoints,
            ca_bundle,
            proxies,
            metadata,
        } = self.common(&profile, &mut problems);
        let source = metadata.as_ref().and_then(|metadata| {
            let chooser = Chooser {
                environment,
                files,
                metadata,
            };
            problems.value(chooser.choose(&choice, &profile))
        });
        if let (Some(source), Some(endpoints)) = (&source, &mut endpoints)
            && source.value.asks_portal()
        {
            problems.value(endpoints.find_portal(environment, files, &profile));
        }
        let (Some(endpoints), Some(metadata), Some(source)) = (endpoints, metadata, source) else {
            return Err(problems.all());
        };
        let region = target.region.clone();
        let region = region.map(|it| Setting::new(it, format!("target `{}`", target.name)));
        problems.or(EffectiveSettings {
            profile: Setting::new(
                choice.name,
                choice.from.as_deref().unwrap_or(EffectiveSettings::DEFAULT),
            ),
            region: region.or_else(|| sts_region.clone()),
            sts_region,
            source,
            endpoints,
            ca_bundle,
            proxies,
            metadata,
        })
    }
}
