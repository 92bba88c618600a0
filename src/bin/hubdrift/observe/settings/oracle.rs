//! The order in which settings count, said a second time, from the CLI's documentation and without a
//! look at the code; and a comparison of both on set-ups that nobody thought of.

use proptest::{option, prelude::*};

use super::{files::tests::files, *};

const NAMES: [&str; 3] = ["default", "a", "b"];

/// What a profile has.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each thing it may have"
)]
struct Has {
    exists: bool,
    region: Option<&'static str>,
    keys_in_credentials: bool,
    keys_in_config: bool,
    process: bool,
    center: bool,
    token: bool,
    /// A role, assumed by the profile of this number.
    role: Option<usize>,
}

/// A set-up.
#[derive(Debug, Clone)]
struct World {
    profiles: [Has; 3],
    aws_profile: Option<&'static str>,
    aws_default_profile: Option<&'static str>,
    aws_region: Option<&'static str>,
    aws_default_region: Option<&'static str>,
    keys: bool,
    token: bool,
    container: bool,
    typed_profile: Option<&'static str>,
    typed_region: Option<&'static str>,
    own_profile: Option<&'static str>,
    own_region: Option<&'static str>,
}

/// Who is asked, in which region, and where STS is; nothing where the CLI stops.
type Led = Option<(String, Option<String>, Option<String>)>;

/// Where the documentation leads.
fn documented(world: &World) -> Led {
    // "AWS_PROFILE: … this can be overridden by --profile." An older name is the same thing.
    let variables: Vec<&str> = [world.aws_profile, world.aws_default_profile]
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty())
        .collect();
    let explicit = world.own_profile.or(world.typed_profile);
    let named = match (explicit, variables.as_slice()) {
        (Some(name), _) => Some(name),
        (None, [one, other]) if one != other => return None,
        (None, all) => all.first().copied(),
    };
    let number = NAMES
        .iter()
        .position(|it| *it == named.unwrap_or("default"));
    let profile = number.map(|it| &world.profiles[it]).filter(|it| it.exists);
    if named.is_some() && profile.is_none() {
        return None;
    }
    // "--region, AWS_REGION, AWS_DEFAULT_REGION, the region of the profile"; an empty one is no region.
    let places = [
        world.typed_region,
        world.aws_region,
        world.aws_default_region,
        profile.and_then(|it| it.region),
    ];
    let counting = if world.typed_region.is_some() {
        &places[..1]
    } else {
        &places[1..]
    };
    let of_variables = counting.iter().take(2).flatten().any(|it| it.is_empty());
    let session = counting.iter().flatten().next().copied();
    if of_variables || session == Some("") {
        return None;
    }
    let region = world.own_region.or(session).map(str::to_owned);

    // "Command line options, environment variables, assume role, assume role with web identity, IAM
    // Identity Center, credentials file, custom process, configuration file, container, instance."
    let role = profile.filter(|it| it.role.is_some() && !it.token);
    let who = if world.keys && explicit.is_none() {
        "environment".to_owned()
    } else if role.is_some() {
        assumed(world, number?, &mut Vec::new())?
    } else if world.token && explicit.is_none() {
        "token of the environment".to_owned()
    } else if let Some(found) = profile.zip(number).and_then(|(it, at)| of(it, at)) {
        found
    } else if world.container {
        "container".to_owned()
    } else {
        "instance".to_owned()
    };
    Some((who, region, session.map(str::to_owned)))
}

/// What a profile gives without a role.
fn of(profile: &Has, number: usize) -> Option<String> {
    let all = [
        (profile.token, "token"),
        (profile.center, "center"),
        (profile.keys_in_credentials, "credentials"),
        (profile.process, "process"),
        (profile.keys_in_config, "config"),
    ];
    let (_, what) = all.into_iter().find(|(has, _)| *has)?;
    Some(format!("{what}-{number}"))
}

/// "The role is assumed with the credentials of the source profile", which may have a role of its own.
fn assumed(world: &World, number: usize, before: &mut Vec<usize>) -> Option<String> {
    let source = world.profiles[number].role?;
    before.push(number);
    let profile = Some(&world.profiles[source]).filter(|it| it.exists)?;
    let has_keys = profile.keys_in_credentials || profile.keys_in_config;
    if before.contains(&source) && !(source == number && has_keys) {
        return None;
    }
    let by = if profile.role.is_some() && !profile.token && !has_keys {
        assumed(world, source, before)?
    } else {
        of(profile, source)?
    };
    Some(format!("role {number} by {by}"))
}

/// Where the code leads.
fn led(world: &World) -> Led {
    let (mut config, mut credentials) = (String::new(), String::new());
    let arn = |account: usize| format!("arn:aws:iam::{account:012}:role/x");
    for (number, (name, has)) in NAMES.iter().zip(&world.profiles).enumerate() {
        if !has.exists {
            continue;
        }
        config += &if number == 0 {
            "[default]\n".to_owned()
        } else {
            format!("[profile {name}]\n")
        };
        let mut line = |on: bool, text: String| {
            if on {
                config += &text;
            }
        };
        line(
            has.region.is_some(),
            format!("region = {}\n", has.region.unwrap_or_default()),
        );
        line(
            has.keys_in_config,
            format!("aws_access_key_id = config-{number}\naws_secret_access_key = x\n"),
        );
        line(
            has.process,
            format!("credential_process = process-{number}\n"),
        );
        line(
            has.center,
            format!(
                "sso_account_id = {number}\nsso_role_name = x\nsso_start_url = x\nsso_region = us-east-1\n"
            ),
        );
        line(
            has.token,
            format!("web_identity_token_file = token-{number}\n"),
        );
        line(
            has.token || has.role.is_some(),
            format!("role_arn = {}\n", arn(number)),
        );
        line(
            has.role.is_some(),
            format!("source_profile = {}\n", NAMES[has.role.unwrap_or_default()]),
        );
        if has.keys_in_credentials {
            credentials += &format!(
                "[{name}]\naws_access_key_id = credentials-{number}\naws_secret_access_key = x\n"
            );
        }
    }
    let role = arn(9);
    let variables = [
        ("AWS_PROFILE", world.aws_profile),
        ("AWS_DEFAULT_PROFILE", world.aws_default_profile),
        ("AWS_REGION", world.aws_region),
        ("AWS_DEFAULT_REGION", world.aws_default_region),
        ("AWS_ACCESS_KEY_ID", world.keys.then_some("environment")),
        ("AWS_SECRET_ACCESS_KEY", world.keys.then_some("x")),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            world.token.then_some("token of the environment"),
        ),
        ("AWS_ROLE_ARN", world.token.then_some(role.as_str())),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            world.container.then_some("http://localhost/"),
        ),
    ];
    let environment = Environment::new(
        variables
            .into_iter()
            .filter_map(|(name, it)| Some((name, it?))),
    );
    let flags = Flags {
        profile: world.typed_profile.map(str::to_owned),
        region: world.typed_region.map(str::to_owned),
        endpoint_url: None,
    };
    let own = OwnSettings {
        name: "t".to_owned(),
        region: world.own_region.map(str::to_owned),
        profile: world.own_profile.map(str::to_owned),
    };
    let files = files(&config, &credentials).expect("files");
    let settings = effective_settings(&environment, &files, &flags, &[own])
        .ok()?
        .remove(0)
        .ok()?;
    let region = |it: Option<Setting>| it.map(|it| it.value);
    Some((
        who(&settings.source.value),
        region(settings.region),
        region(settings.sts_region),
    ))
}

fn who(source: &Source) -> String {
    match source {
        Source::Keys { id, .. } => id.clone(),
        Source::Role(role) => {
            let number = role.account.trim_start_matches('0');
            let number = if number.is_empty() { "0" } else { number };
            format!("role {number} by {}", who(&role.by.value))
        }
        Source::Token(token) => token.file.clone(),
        Source::Sso(sso) => format!("center-{}", sso.account),
        Source::Process(command) => command.join(" "),
        Source::Container => "container".to_owned(),
        Source::Instance => "instance".to_owned(),
        Source::Nothing => "nothing".to_owned(),
    }
}

fn one_in(times: u32) -> impl Strategy<Value = bool> {
    prop::bool::weighted(1.0 / f64::from(times))
}

fn region() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(
        0.35,
        prop::sample::select(vec!["us-east-1", "eu-west-1", "ap-south-1", ""]),
    )
}

fn name() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(0.35, prop::sample::select(vec!["default", "a", "b", "c"]))
}

fn has() -> impl Strategy<Value = Has> {
    let flags = (
        prop::bool::weighted(0.85),
        one_in(3),
        one_in(3),
        one_in(4),
        one_in(5),
        one_in(6),
    );
    let role = option::weighted(0.35, 0..3_usize);
    (flags, region(), role).prop_map(
        |((exists, shared, config, process, center, token), region, role)| Has {
            exists,
            region,
            // A section of the credentials file is a profile as well.
            keys_in_credentials: exists && shared,
            keys_in_config: config,
            process,
            center,
            token,
            role,
        },
    )
}

fn worlds() -> impl Strategy<Value = World> {
    let empty = |it: Option<&'static str>| it.map(|it| if it == "c" { "" } else { it });
    let filled = |it: Option<&'static str>| it.filter(|it| !it.is_empty());
    let variables = (
        name().prop_map(empty),
        name().prop_map(empty),
        region(),
        region(),
    );
    let typed = (
        name(),
        region().prop_map(filled),
        name(),
        region().prop_map(filled),
    );
    let found = (one_in(4), one_in(4), one_in(3));
    ([has(), has(), has()], variables, typed, found).prop_map(
        |(profiles, variables, typed, found)| World {
            profiles,
            aws_profile: variables.0,
            aws_default_profile: variables.1,
            aws_region: variables.2,
            aws_default_region: variables.3,
            keys: found.0,
            token: found.1,
            container: found.2,
            typed_profile: typed.0.filter(|_| variables.2.is_none()),
            typed_region: typed.1,
            own_profile: typed.2.filter(|_| variables.3.is_none()),
            own_region: typed.3,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn settings_lead_where_the_documentation_says(world in worlds()) {
        prop_assert_eq!(led(&world), documented(&world));
    }
}
