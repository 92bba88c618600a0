//! How AWS is accessed: the environment and the two files are read here, once, and become the
//! effective settings of each target. The only file that reads them; the SDK is given values.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hubdrift::plan::Plan;

use super::settings::{
    EffectiveSettings, Endpoints, Environment, File, Files, Flags, Metadata, OwnSettings, Paths,
    Problem, Proxies, Secret, Setting, Source, effective_settings,
};

/// How AWS is accessed.
#[derive(Debug, Clone)]
pub enum Access {
    /// As the environment and the AWS configuration files say, as the AWS CLI would.
    Environment {
        /// What was typed instead.
        flags: Flags,
        /// Whether roles are left aside, and the base credentials used for every target.
        no_assume_role: bool,
    },
    /// At this endpoint with this key, whatever the environment says.
    Fixed {
        /// The endpoint of every service.
        endpoint_url: String,
        /// The key's id.
        access_key_id: String,
        /// The key.
        secret_access_key: String,
    },
}

/// Why reading can't begin.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Settings that can't be used, each in words.
    #[error("{}", .0.join("\n"))]
    Settings(Vec<Problem>),
    /// There are no credentials.
    #[error("no AWS credentials: {0}")]
    NoCredentials(String),
}

/// The settings of each target of a plan, in its order; or why one that has a profile of its own has
/// none.
///
/// # Errors
/// When something is wrong that is not one target's own.
pub fn settings(
    access: &Access,
    plan: &Plan,
) -> Result<Vec<Result<EffectiveSettings, Vec<Problem>>>, AccessError> {
    let targets = plan.targets.iter().map(|it| OwnSettings {
        name: it.target.name.clone(),
        region: it.target.region.clone(),
        profile: it.target.credentials.profile.clone(),
    });
    let targets: Vec<_> = targets.collect();
    match access {
        Access::Fixed {
            endpoint_url,
            access_key_id,
            secret_access_key,
        } => {
            let source = Source::Keys {
                id: access_key_id.clone(),
                secret: Secret(secret_access_key.clone()),
                token: None,
            };
            let fixed = |it| Ok(fixed(it, endpoint_url, &source));
            Ok(targets.iter().map(fixed).collect())
        }
        Access::Environment { flags, .. } => {
            let (environment, files) = read().map_err(AccessError::Settings)?;
            effective_settings(&environment, &files, flags, &targets).map_err(AccessError::Settings)
        }
    }
}

/// The environment and the two files.
fn read() -> Result<(Environment, Files), Vec<Problem>> {
    let environment = Environment::new(std::env::vars_os())
        .or_home(|| std::env::home_dir().map(PathBuf::into_os_string));
    let mut problems = environment.problems();
    let paths = match Paths::of(&environment) {
        Ok(paths) => paths,
        Err(more) => {
            let more: Vec<_> = more
                .into_iter()
                .filter(|it| !problems.contains(it))
                .collect();
            problems.extend(more);
            return Err(problems);
        }
    };
    let mut file = |path: &str| File {
        path: path.to_owned(),
        // The AWS CLI ignores a path where there is nothing, or no file.
        content: match Path::new(path).is_file().then(|| fs::read(path)) {
            Some(Err(error)) => {
                problems.push(format!("{path} can't be read: {error}"));
                None
            }
            read => read.and_then(Result::ok),
        },
    };
    let (config, credentials) = (file(&paths.config), file(&paths.credentials));
    match Files::read(&config, &credentials) {
        Ok(files) if problems.is_empty() => Ok((environment, files)),
        read => {
            problems.extend(read.err().into_iter().flatten());
            Err(problems)
        }
    }
}

/// The settings of a target at a fixed endpoint with fixed keys.
fn fixed(target: &OwnSettings, endpoint_url: &str, source: &Source) -> EffectiveSettings {
    let endpoint = Some(Setting::new(endpoint_url, "hubdrift"));
    let region = target.region.clone();
    EffectiveSettings {
        profile: Setting::new("", "hubdrift"),
        region: region.map(|it| Setting::new(it, format!("target `{}`", target.name))),
        sts_region: None,
        source: Setting::new(source.clone(), "hubdrift"),
        endpoints: Endpoints {
            securityhub: endpoint.clone(),
            sts: endpoint,
            ..Endpoints::default()
        },
        ca_bundle: None,
        proxies: Proxies::default(),
        metadata: Metadata {
            disabled: true,
            endpoint: Setting::new("", "hubdrift"),
        },
    }
}
