//! All settings together: for each target whose credentials, in which region, where, and by which way.

use super::{
    Endpoints, Environment, Files, Flags, Metadata, Proxies, Set, Source, Wrong, choose::Chooser,
    connection, endpoint, files::Profile, profile, region,
};

/// A target, as far as settings depend on it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its own region.
    pub region: Option<String>,
    /// Its own profile.
    pub profile: Option<String>,
}

/// Who and where would be read for a target.
#[derive(Debug, Clone)]
pub struct Route {
    /// The profile that counts; its name, and who named it.
    pub profile: Set,
    /// The region that is read; nothing while the instance is still to be asked for it.
    pub region: Option<Set>,
    /// The region in which STS is asked, as flag, environment or profile say; nothing for the target's.
    pub sts_region: Option<Set>,
    /// Where the credentials come from, before a role of the target's is assumed.
    pub source: Set<Source>,
    /// Where services are asked, other than at their usual endpoints.
    pub endpoints: Endpoints,
    /// A file of certificates to trust instead of the system's.
    pub ca_bundle: Option<Set>,
    /// The proxies.
    pub proxies: Proxies,
    /// The instance's metadata service.
    pub metadata: Metadata,
}

impl Route {
    /// Where a value is from that nobody set.
    pub const USUAL: &str = "usual";
}

/// The route of each target, in their order; or why one that depends on a profile of its own has none.
///
/// # Errors
/// When something is wrong that isn't one target's own: all of it.
pub fn routes(
    environment: &Environment,
    files: &Files,
    flags: &Flags,
    targets: &[Wanted],
) -> Result<Vec<Result<Route, Vec<Wrong>>>, Vec<Wrong>> {
    // What no profile has a part in is wrong for all of them.
    let mut wrong = Vec::new();
    let nobody = Profile::default();
    for found in [
        region::region(environment, flags, &nobody).err(),
        endpoint::endpoints(environment, files, flags, &nobody).err(),
        connection::ca_bundle(environment, &nobody)
            .err()
            .map(|why| vec![why]),
        connection::proxies(environment, &nobody).err(),
        connection::metadata(environment, &nobody)
            .err()
            .map(|why| vec![why]),
    ] {
        wrong.extend(found.into_iter().flatten());
    }
    let mut routes = Vec::new();
    for target in targets {
        let route = route(environment, files, flags, target);
        match route {
            Err(problems) if target.profile.is_none() => {
                for problem in problems {
                    if !wrong.contains(&problem) {
                        wrong.push(problem);
                    }
                }
            }
            route => routes.push(route),
        }
    }
    if wrong.is_empty() {
        Ok(routes)
    } else {
        Err(wrong)
    }
}

fn route(
    environment: &Environment,
    files: &Files,
    flags: &Flags,
    target: &Wanted,
) -> Result<Route, Vec<Wrong>> {
    let own = target
        .profile
        .as_deref()
        .map(|it| (it, target.name.as_str()));
    let choice = profile::choose(environment, flags, own).map_err(|why| vec![why])?;
    let profile = profile::find(files, &choice).map_err(|why| vec![why])?;
    let mut wrong = Vec::new();
    let sts_region = kept(region::region(environment, flags, &profile), &mut wrong).flatten();
    let mut endpoints = kept(
        endpoint::endpoints(environment, files, flags, &profile),
        &mut wrong,
    );
    let proxies = kept(connection::proxies(environment, &profile), &mut wrong);
    let one = |why| vec![why];
    let ca_bundle = kept(
        connection::ca_bundle(environment, &profile).map_err(one),
        &mut wrong,
    );
    let metadata = connection::metadata(environment, &profile).map_err(one);
    let metadata = kept(metadata, &mut wrong);
    let source = metadata.as_ref().map(|metadata| {
        let chooser = Chooser {
            environment,
            files,
            metadata,
        };
        chooser.choose(&choice, &profile).map_err(one)
    });
    let source = source.and_then(|source| kept(source, &mut wrong));
    if let (Some(source), Some(endpoints)) = (&source, &mut endpoints)
        && source.value.asks_portal()
    {
        let portal = endpoint::portal(environment, files, &profile).map_err(one);
        endpoints.portal = kept(portal, &mut wrong).flatten();
    }
    let own = target.region.as_ref();
    let own = own.map(|it| Set::new(it.clone(), format!("target `{}`", target.name)));
    match (endpoints, proxies, ca_bundle, metadata, source) {
        (Some(endpoints), Some(proxies), Some(ca_bundle), Some(metadata), Some(source))
            if wrong.is_empty() =>
        {
            Ok(Route {
                profile: Set::new(
                    choice.name,
                    choice.from.unwrap_or_else(|| Route::USUAL.to_owned()),
                ),
                region: own.or_else(|| sts_region.clone()),
                sts_region,
                source,
                endpoints,
                ca_bundle,
                proxies,
                metadata,
            })
        }
        _ => Err(wrong),
    }
}

/// What was found; what is wrong goes to the rest of it.
fn kept<T>(found: Result<T, Vec<Wrong>>, wrong: &mut Vec<Wrong>) -> Option<T> {
    found.map_err(|problems| wrong.extend(problems)).ok()
}
