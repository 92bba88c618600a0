//! The order in which settings count.

use super::{files::tests::files, *};

/// The settings of one target, named `t`.
fn settings(
    variables: &[(&str, &str)],
    config: &str,
    credentials: &str,
    flags: &Flags,
    target: (Option<&str>, Option<&str>),
) -> Result<EffectiveSettings, Vec<Problem>> {
    let environment = Environment::new(variables.iter().copied());
    let files = files(config, credentials)?;
    let own = OwnSettings {
        name: "t".to_owned(),
        profile: target.0.map(str::to_owned),
        region: target.1.map(str::to_owned),
    };
    effective_settings(&environment, &files, flags, &[own])?.remove(0)
}

/// The settings of a target that sets nothing itself.
fn of(
    variables: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> Result<EffectiveSettings, Vec<Problem>> {
    settings(
        variables,
        config,
        credentials,
        &Flags::default(),
        (None, None),
    )
}

/// Who is asked, where: `SOURCE@REGION`.
fn said(settings: Result<EffectiveSettings, Vec<Problem>>) -> String {
    match settings {
        Ok(settings) => {
            let region = settings.region.map_or("?".to_owned(), |it| it.value);
            format!("{}@{region}", name(&settings.source.value))
        }
        Err(wrong) => format!("refused: {}", wrong.join("; ")),
    }
}

fn name(source: &Source) -> String {
    match source {
        Source::Keys { id, .. } => id.clone(),
        Source::Role(role) => format!("{} by {}", role.account, name(&role.by.value)),
        Source::Token(token) => format!("{} for {}", token.account, token.file),
        Source::Sso(sso) => format!("sso {} {}", sso.account, sso.start_url),
        Source::Process(command) => command.join("|"),
        source => source.describe(),
    }
}

fn refused(settings: Result<EffectiveSettings, Vec<Problem>>, words: &[&str]) {
    let said = said(settings);
    assert!(said.starts_with("refused"), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
const TWO: &str = "[default]\nregion=eu-west-1\n[profile a]\nregion=eu-west-2\n[profile b]\n";
const TWO_KEYS: &str = "[default]\naws_access_key_id=D\naws_secret_access_key=s\n\
                        [a]\naws_access_key_id=A\naws_secret_access_key=s\n\
                        [b]\naws_access_key_id=B\naws_secret_access_key=s\n";

fn role(more: &str) -> String {
    format!("[profile r]\nregion=us-east-1\nrole_arn=arn:aws:iam::444455556666:role/x\n{more}")
}

fn by(more: &str, credentials: &str) -> Result<EffectiveSettings, Vec<Problem>> {
    of(&[("AWS_PROFILE", "r")], &role(more), credentials)
}

#[test]
fn the_profile_is_the_targets_the_flags_or_the_environments() {
    let profile = |variables: &[(&str, &str)]| said(of(variables, TWO, TWO_KEYS));
    assert_eq!(profile(&[]), "D@eu-west-1");
    assert_eq!(profile(&[("AWS_PROFILE", "a")]), "A@eu-west-2");
    assert_eq!(profile(&[("AWS_DEFAULT_PROFILE", "a")]), "A@eu-west-2");
    assert_eq!(
        profile(&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "a")]),
        "A@eu-west-2"
    );
    assert_eq!(
        profile(&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "")]),
        "D@eu-west-1"
    );
    assert_eq!(
        profile(&[("AWS_PROFILE", "a"), ("AWS_DEFAULT_PROFILE", "a")]),
        "A@eu-west-2"
    );
    let both = [
        ("AWS_PROFILE", "a"),
        ("AWS_DEFAULT_PROFILE", "b"),
        ("AWS_REGION", "us-east-1"),
    ];
    refused(
        of(&both, TWO, TWO_KEYS),
        &["AWS_PROFILE", "`a`", "AWS_DEFAULT_PROFILE", "`b`"],
    );
    let flags = Flags {
        profile: Some("a".to_owned()),
        ..Flags::default()
    };
    assert_eq!(
        said(settings(&both[..2], TWO, TWO_KEYS, &flags, (None, None))),
        "A@eu-west-2"
    );
    assert_eq!(
        said(settings(&both, TWO, TWO_KEYS, &flags, (Some("b"), None))),
        "B@us-east-1"
    );
}

#[test]
fn a_profile_that_is_named_and_not_there_is_refused() {
    refused(
        of(&[("AWS_PROFILE", "x")], TWO, TWO_KEYS),
        &["`x`", "AWS_PROFILE", "config"],
    );
    refused(of(&[("AWS_PROFILE", "default")], "", ""), &["`default`"]);
    let with_keys = [
        KEYS[0],
        KEYS[1],
        ("AWS_PROFILE", "x"),
        ("AWS_REGION", "us-east-1"),
    ];
    refused(of(&with_keys, TWO, TWO_KEYS), &["`x`"]);
    assert_eq!(said(of(&KEYS, "", "")), "ENV@?");
}

#[test]
fn the_keys_of_the_environment_count_unless_a_profile_was_typed_or_is_the_targets() {
    let with_profile = [KEYS[0], KEYS[1], ("AWS_PROFILE", "a")];
    assert_eq!(said(of(&with_profile, TWO, TWO_KEYS)), "ENV@eu-west-2");
    let flags = Flags {
        profile: Some("a".to_owned()),
        ..Flags::default()
    };
    assert_eq!(
        said(settings(&KEYS, TWO, TWO_KEYS, &flags, (None, None))),
        "A@eu-west-2"
    );
    let own = settings(&KEYS, TWO, TWO_KEYS, &Flags::default(), (Some("a"), None));
    assert_eq!(said(own), "A@eu-west-2");
}

#[test]
fn the_region_is_the_targets_then_typed_then_the_environments_then_the_same_profiles() {
    let region = |variables: &[(&str, &str)], typed: Option<&str>, target| {
        let flags = Flags {
            region: typed.map(str::to_owned),
            ..Flags::default()
        };
        said(settings(variables, TWO, TWO_KEYS, &flags, target))
    };
    let both = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-2"),
    ];
    assert_eq!(
        region(&both, Some("us-west-1"), (None, Some("us-west-2"))),
        "D@us-west-2"
    );
    assert_eq!(
        region(&both, Some("us-west-1"), (None, None)),
        "D@us-west-1"
    );
    assert_eq!(region(&both, None, (None, None)), "D@us-east-1");
    assert_eq!(region(&both[1..], None, (None, None)), "D@us-east-2");
    assert_eq!(region(&[], None, (None, None)), "D@eu-west-1");
    assert_eq!(region(&[], None, (Some("a"), None)), "A@eu-west-2");
    // A profile without a region has none: another profile's isn't its own.
    assert_eq!(region(&[], None, (Some("b"), None)), "B@?");
    assert_eq!(region(&[("AWS_PROFILE", "b")], None, (None, None)), "B@?");
}

#[test]
fn nothing_is_read_instead_of_an_empty_region() {
    for empty in ["", " "] {
        refused(
            of(&[("AWS_REGION", empty)], TWO, TWO_KEYS),
            &["AWS_REGION", "empty"],
        );
        refused(
            of(&[("AWS_DEFAULT_REGION", empty)], TWO, TWO_KEYS),
            &["AWS_DEFAULT_REGION"],
        );
        let other = [("AWS_REGION", empty), ("AWS_DEFAULT_REGION", "us-east-1")];
        refused(of(&other, TWO, TWO_KEYS), &["AWS_REGION"]);
        let other = [("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", empty)];
        refused(of(&other, TWO, TWO_KEYS), &["AWS_DEFAULT_REGION"]);
    }
    refused(
        of(&[], "[default]\nregion =\n", TWO_KEYS),
        &["region", "config:2"],
    );
    let flags = Flags {
        region: Some(" ".to_owned()),
        ..Flags::default()
    };
    refused(
        settings(&[], TWO, TWO_KEYS, &flags, (None, None)),
        &["--region"],
    );
}

#[test]
fn what_can_not_be_a_region_is_refused() {
    for region in [
        "us-east-1 ",
        "us_east_1",
        "-x",
        "x-",
        "1",
        "fips-us-east-1",
        "aws-global",
        "é",
        // AWS takes some of these for us-east-1, which would be one place as two.
        "US-EAST-1",
        "us-east--1",
        "us-east-1a",
        "us-east-001",
        "us-east",
    ] {
        refused(of(&[("AWS_REGION", region)], "", TWO_KEYS), &["AWS_REGION"]);
        let flags = Flags {
            region: Some(region.to_owned()),
            ..Flags::default()
        };
        let typed = settings(&[], TWO, TWO_KEYS, &flags, (None, None));
        refused(typed, &["--region"]);
        let config = format!("[default]\nregion ={region}\n");
        if region.trim() == region {
            refused(of(&[], &config, TWO_KEYS), &["config:2"]);
        }
    }
    for other in ["US-EAST-1", "us-east-1a", "us-east-1 "] {
        let variables = [("AWS_REGION", other)];
        refused(of(&variables, "", TWO_KEYS), &["write `us-east-1`"]);
    }
    refused(
        of(&[], "[default]\nregion = us-east-1 # home\n", TWO_KEYS),
        &["config:2"],
    );
}

#[test]
fn sts_is_asked_where_flag_environment_or_profile_say() {
    let sts = |variables: &[(&str, &str)], profile| {
        let settings = settings(
            variables,
            TWO,
            TWO_KEYS,
            &Flags::default(),
            (profile, Some("ap-south-1")),
        );
        settings.expect("settings").sts_region.map(|it| it.value)
    };
    assert_eq!(
        sts(&[("AWS_REGION", "us-east-1")], Some("a")).as_deref(),
        Some("us-east-1")
    );
    assert_eq!(sts(&[], Some("a")).as_deref(), Some("eu-west-2"));
    assert_eq!(sts(&[], Some("b")), None);
}

#[test]
fn one_source_is_chosen_in_the_order_of_the_cli() {
    let all = "[profile r]\nregion=us-east-1\nrole_arn=arn:aws:iam::444455556666:role/x\nsource_profile=s\n\
               sso_role_name=R\nsso_account_id=1\nsso_start_url=u\nsso_region=us-east-1\n\
               credential_process=p \"q r\"\naws_access_key_id=C\naws_secret_access_key=s\n[profile s]\n";
    let shared = "[r]\naws_access_key_id=SH\naws_secret_access_key=s\n[s]\naws_access_key_id=S\naws_secret_access_key=s\n";
    let token = [
        ("AWS_PROFILE", "r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"),
        ("AWS_ROLE_ARN", "arn:aws:iam::777788889999:role/w"),
    ];
    let without = |config: &str, keys: &[&str]| -> String {
        let is_kept = |line: &&str| !keys.iter().any(|key| line.starts_with(key));
        config.split_inclusive('\n').filter(is_kept).collect()
    };
    let config = |keys: &[&str]| without(all, keys);
    assert_eq!(said(of(&token, all, shared)), "444455556666 by S@us-east-1");
    let role = ["role_arn", "source_profile"];
    assert_eq!(
        said(of(&token, &config(&role), shared)),
        "777788889999 for /t@us-east-1"
    );
    assert_eq!(
        said(of(&token[..1], &config(&role), shared)),
        "sso 1 u@us-east-1"
    );
    let sso = ["role_arn", "source_profile", "sso"];
    assert_eq!(said(of(&token[..1], &config(&sso), shared)), "SH@us-east-1");
    assert_eq!(said(of(&token[..1], &config(&sso), "")), "p|q r@us-east-1");
    let process = ["role_arn", "source_profile", "sso", "credential_process"];
    assert_eq!(said(of(&token[..1], &config(&process), "")), "C@us-east-1");
    let none = [
        "role_arn",
        "source_profile",
        "sso",
        "credential_process",
        "aws_",
    ];
    let container = [
        ("AWS_PROFILE", "r"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"),
    ];
    assert_eq!(
        said(of(&container, &config(&none), "")),
        "the container@us-east-1"
    );
    assert_eq!(
        said(of(&container[..1], &config(&none), "")),
        "the instance@us-east-1"
    );
    let off = [("AWS_PROFILE", "r"), ("AWS_EC2_METADATA_DISABLED", "TRUE")];
    assert_eq!(said(of(&off, &config(&none), "")), "none@us-east-1");
    // A profile that is typed or the target's has no part of the environment's token.
    let own = settings(
        &token,
        &config(&none),
        "",
        &Flags::default(),
        (Some("r"), None),
    );
    assert_eq!(said(own), "the instance@us-east-1");
}

#[test]
fn half_a_key_is_refused() {
    refused(of(&KEYS[..1], TWO, TWO_KEYS), &["AWS_SECRET_ACCESS_KEY"]);
    refused(
        of(&[KEYS[0], ("AWS_SECRET_ACCESS_KEY", "")], TWO, TWO_KEYS),
        &["AWS_SECRET_ACCESS_KEY"],
    );
    refused(
        of(&[], "", "[default]\naws_access_key_id=A\n"),
        &["credentials:2"],
    );
    for (id, secret, token) in [
        ("A\n", "s", "t"),
        ("A B", "s", "t"),
        ("A", "s\n", "t"),
        ("A", "s", "t\n"),
        ("A", "s", "é"),
    ] {
        let variables = [
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", token),
        ];
        refused(of(&variables, "", ""), &["AWS_ACCESS_KEY_ID", "line break"]);
    }
    // The two halves are not put together from two files.
    let config = "[default]\naws_secret_access_key=s\n";
    refused(
        of(&[], config, "[default]\naws_access_key_id=A\n"),
        &["credentials:2"],
    );
    refused(
        of(
            &[],
            "",
            "[default]\naws_access_key_id=\naws_secret_access_key=s\n",
        ),
        &["credentials:2"],
    );
}

#[test]
fn a_role_is_assumed_by_whom_the_profile_says() {
    let keys = "[s]\naws_access_key_id=S\naws_secret_access_key=s\n";
    assert_eq!(
        said(by("source_profile=s\n", keys)),
        "444455556666 by S@us-east-1"
    );
    let chain = "source_profile=q\n[profile q]\nrole_arn=arn:aws:iam::111122223333:role/q\nsource_profile=s\n";
    assert_eq!(
        said(by(chain, keys)),
        "444455556666 by 111122223333 by S@us-east-1"
    );
    let itself = "source_profile=r\naws_access_key_id=R\naws_secret_access_key=s\n";
    assert_eq!(said(by(itself, "")), "444455556666 by R@us-east-1");
    assert_eq!(
        said(by("credential_source=Ec2InstanceMetadata\n", "")),
        "444455556666 by the instance@us-east-1"
    );
    // Keys beside a role of the source count before the role.
    let both = "source_profile=q\n[profile q]\nrole_arn=arn:aws:iam::111122223333:role/q\nsource_profile=s\n";
    let credentials = format!("{keys}[q]\naws_access_key_id=Q\naws_secret_access_key=s\n");
    assert_eq!(said(by(both, &credentials)), "444455556666 by Q@us-east-1");
    let more = "source_profile=s\nexternal_id=e\nrole_session_name=n\nduration_seconds=900\n";
    match by(more, keys).expect("settings").source.value {
        Source::Role(role) => {
            let said = (
                role.external_id.as_deref(),
                role.session_name.as_deref(),
                role.duration,
            );
            assert_eq!(said, (Some("e"), Some("n"), Some(900)));
        }
        source => panic!("{source:?}"),
    }
}

#[test]
fn a_role_that_nobody_can_assume_is_refused() {
    let keys = "[s]\naws_access_key_id=S\naws_secret_access_key=s\n";
    for (more, words) in [
        ("", ["source_profile", "credential_source"]),
        (
            "source_profile=s\ncredential_source=Environment\n",
            ["source_profile", "config:4"],
        ),
        ("source_profile=x\n", ["`x`", "config:4"]),
        ("source_profile=r\n", ["leads back", "config:4"]),
        (
            "source_profile=q\n[profile q]\nrole_arn=arn:aws:iam::111122223333:role/q\nsource_profile=r\n",
            ["leads back", "config:7"],
        ),
        ("source_profile=q\n[profile q]\n", ["`q`", "no credentials"]),
        (
            "credential_source=Environment\n",
            ["Environment", "config:4"],
        ),
        (
            "credential_source=EcsContainer\n",
            ["EcsContainer", "config:4"],
        ),
        ("credential_source=environment\n", ["unknown", "config:4"]),
        (
            "source_profile=s\nmfa_serial=m\n",
            ["mfa_serial", "config:5"],
        ),
        (
            "source_profile=s\nduration_seconds=1h\n",
            ["duration_seconds", "config:5"],
        ),
    ] {
        refused(by(more, keys), &words);
    }
    let config = "[default]\nrole_arn=audit\nsource_profile=s\n";
    refused(
        of(&[], config, keys),
        &[
            "role_arn".replace("role_arn", "role's ARN").as_str(),
            "config:2",
        ],
    );
    // The environment's keys are not part of a profile that another one names.
    let variables = [
        ("AWS_PROFILE", "r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/w"),
    ];
    refused(
        of(&variables, &role("source_profile=q\n[profile q]\n"), ""),
        &["`q`", "no credentials"],
    );
}

#[test]
fn identity_center_needs_all_of_its_keys_and_no_two_values_of_one() {
    let session = "[sso-session s]\nsso_start_url=u\nsso_region=us-east-1\n";
    let of = |profile: &str| {
        of(
            &[("AWS_REGION", "us-east-1")],
            &format!("[default]\n{profile}\n{session}"),
            "",
        )
    };
    assert_eq!(
        said(of("sso_session=s\nsso_account_id=1\nsso_role_name=R")),
        "sso 1 u@us-east-1"
    );
    refused(of("sso_session=s\nsso_account_id=1"), &["sso_role_name"]);
    refused(of("sso_account_id=1\nsso_role_name=R"), &["sso_start_url"]);
    let place = "sso_start_url=u\nsso_region=x y\nsso_account_id=1\nsso_role_name=R";
    refused(of(place), &["`x y`", "config:3"]);
    refused(
        of("sso_session=q\nsso_account_id=1\nsso_role_name=R"),
        &["[sso-session q]"],
    );
    refused(
        of("sso_session=s\nsso_region=y\nsso_account_id=1\nsso_role_name=R"),
        &["sso_region", "config:3"],
    );
}

#[test]
fn identity_center_needs_a_home() {
    let config = "[profile r]\nregion=us-east-1\nsso_start_url=https://x\nsso_region=us-east-1\n\
                  sso_account_id=444455556666\nsso_role_name=x\n";
    let by = |home| of(&[("AWS_PROFILE", "r"), ("HOME", home)], config, "");
    refused(by(""), &["HOME is empty"]);
    assert_eq!(said(by("/u")), "sso 444455556666 https://x@us-east-1");
}

#[test]
fn what_is_not_supported_is_refused_with_its_place() {
    refused(
        of(&[], "[default]\nlogin_session=arn\n", ""),
        &["login_session", "config:2", "export-credentials"],
    );
    refused(
        of(&[("AWS_CREDENTIAL_FILE", "/x")], "", ""),
        &["AWS_CREDENTIAL_FILE"],
    );
    refused(
        of(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/x")], "", ""),
        &["AWS_ROLE_ARN"],
    );
    refused(
        of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")], "", ""),
        &["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    );
    refused(
        of(&[], "[default]\ncredential_process = \"x\n", ""),
        &["credential_process", "config:2"],
    );
    refused(
        of(&[], "[default]\ncredential_process = ''\n", ""),
        &["credential_process", "config:2"],
    );
}

fn endpoint(variables: &[(&str, &str)], config: &str) -> (Option<String>, Option<String>) {
    let endpoints = of(variables, config, TWO_KEYS).expect("settings").endpoints;
    let value = |it: Option<Setting>| it.map(|it| it.value);
    (value(endpoints.securityhub), value(endpoints.sts))
}

#[test]
fn endpoints_count_in_the_order_of_the_cli() {
    let config = "[default]\nendpoint_url=http://g\nservices=s\n[services s]\nsecurityhub =\n  endpoint_url = http://h\n";
    let pair = |a: &str, b: &str| (Some(format!("http://{a}")), Some(format!("http://{b}")));
    assert_eq!(endpoint(&[], config), pair("h", "g"));
    let all = [
        ("AWS_ENDPOINT_URL", "http://e"),
        ("AWS_ENDPOINT_URL_STS", "http://s"),
        ("AWS_ENDPOINT_URL_SECURITYHUB", ""),
    ];
    assert_eq!(endpoint(&all, config), pair("e", "s"));
    let ignored = [all[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    assert_eq!(endpoint(&ignored, config), (None, None));
    let ignoring = config.replace("services=s", "ignore_configured_endpoint_urls=true");
    assert_eq!(endpoint(&[], &ignoring), (None, None));
    let flags = Flags {
        endpoint_url: Some("http://f".to_owned()),
        ..Flags::default()
    };
    let settings = settings(&ignored, config, TWO_KEYS, &flags, (None, None)).expect("settings");
    assert_eq!(
        settings.endpoints.sts,
        Some(Setting::new("http://f", "--endpoint-url"))
    );
}

#[test]
fn identity_center_is_asked_where_the_cli_asks_it_or_not_at_all() {
    let settings = |more: &str, variables: &[(&str, &str)]| {
        let config = format!(
            "[default]\nregion=us-east-1\nsso_session=s\nsso_account_id=1\nsso_role_name=R\n{more}\n\
             [sso-session s]\nsso_start_url=u\nsso_region=us-east-1\n[services e]\nsso =\n  endpoint_url = http://s\n"
        );
        of(variables, &config, "")
    };
    let portal = |variables: &[(&str, &str)]| {
        let settings = settings("", variables).expect("settings");
        let explicit = settings.explicit().into_iter();
        let explicit: Vec<_> = explicit
            .filter(|(what, _)| what.ends_with("of sso"))
            .collect();
        let portal = settings.endpoints.portal.map(|it| it.value);
        assert_eq!(
            explicit.len(),
            usize::from(portal.is_some()),
            "it is listed"
        );
        portal
    };
    assert_eq!(portal(&[]), None);
    let own = ("AWS_ENDPOINT_URL_SSO", "http://p:1");
    assert_eq!(portal(&[own]).as_deref(), Some("http://p:1"));
    let all = ("AWS_ENDPOINT_URL", "http://a:1");
    assert_eq!(portal(&[own, all]).as_deref(), Some("http://p:1"));
    assert_eq!(portal(&[all]).as_deref(), Some("http://a:1"));
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    for (more, variables, word) in [
        // The SDK would take these for an address.
        (
            "",
            &[("AWS_ENDPOINT_URL_SSO", "")][..],
            "AWS_ENDPOINT_URL_SSO",
        ),
        ("", &[("AWS_ENDPOINT_URL", "")], "AWS_ENDPOINT_URL"),
        (
            "",
            &[("AWS_ENDPOINT_URL_SSO_OIDC", "")],
            "AWS_ENDPOINT_URL_SSO_OIDC",
        ),
        (
            "",
            &[("AWS_ENDPOINT_URL_SSO", "p:1")],
            "AWS_ENDPOINT_URL_SSO",
        ),
        // It would ask there, though they are to be ignored.
        ("", &[own, ignored], "AWS_ENDPOINT_URL_SSO"),
        ("", &[all, ignored], "AWS_ENDPOINT_URL"),
        // It would not ask there.
        ("services=e", &[], "config:"),
        ("endpoint_url=http://e", &[], "config:"),
    ] {
        refused(settings(more, variables), &[word]);
    }
    // Who doesn't ask the portal is not refused.
    let keys = [
        KEYS[0],
        KEYS[1],
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_SSO", ""),
    ];
    assert_eq!(said(of(&keys, "", "")), "ENV@us-east-1");
}

#[test]
fn an_endpoint_that_is_none_is_refused() {
    for url in [
        "localhost:1",
        "localhost",
        "http://",
        "ftp://x",
        "http://a b",
        "http://x ",
        "http://x?y",
        "http://u:p@x",
        "http://x:",
        "http://x#y",
    ] {
        refused(
            of(&[("AWS_ENDPOINT_URL", url)], "", TWO_KEYS),
            &["AWS_ENDPOINT_URL", "http://HOST"],
        );
    }
    refused(
        of(&[], "[default]\nservices=s\n", TWO_KEYS),
        &["[services s]", "config:2"],
    );
    refused(
        of(
            &[],
            "[default]\nservices=s\n[services s]\nsts=x\n",
            TWO_KEYS,
        ),
        &["sts", "config:4"],
    );
    for (name, value) in [
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "True"),
    ] {
        let both = [(name, value), ("AWS_ENDPOINT_URL_STS", "http://x")];
        refused(of(&both, "", TWO_KEYS), &[name, "AWS_ENDPOINT_URL_STS"]);
        assert!(of(&both[..1], "", TWO_KEYS).is_ok());
    }
    refused(
        of(&[("AWS_USE_FIPS_ENDPOINT", "1")], "", TWO_KEYS),
        &["AWS_USE_FIPS_ENDPOINT", "true"],
    );
    let of_profile = of(&[], "[default]\nuse_fips_endpoint=true\n", TWO_KEYS).expect("settings");
    assert_eq!(of_profile.endpoints.fips.map(|it| it.value), Some(true));
}

#[test]
fn certificates_and_proxies_are_those_of_environment_and_profile() {
    let config = "[default]\nca_bundle=/p\n";
    let bundle = |variables: &[(&str, &str)]| {
        of(variables, config, TWO_KEYS).map(|it| it.ca_bundle.map(|it| it.value))
    };
    assert_eq!(bundle(&[]), Ok(Some("/p".to_owned())));
    assert_eq!(
        bundle(&[("AWS_CA_BUNDLE", "/e")]),
        Ok(Some("/e".to_owned()))
    );
    assert!(bundle(&[("AWS_CA_BUNDLE", "")]).is_err());
    let proxy = |variables: &[(&str, &str)], endpoint| {
        of(variables, "", TWO_KEYS)
            .expect("settings")
            .proxies
            .of(endpoint)
    };
    let both = [
        ("HTTP_PROXY", "p:1"),
        ("HTTPS_PROXY", "http://u:w@q:2"),
        ("NO_PROXY", ".x.org, y:8,*.z"),
    ];
    let of_a_header = [both[0], ("REQUEST_METHOD", "GET")];
    assert_eq!(proxy(&of_a_header, Some("http://h:1")).url, None);
    for name in ["Http_Proxy", "No_Proxy"] {
        refused(
            of(
                &[(name, "p:1"), both[1], ("AWS_REGION", "us-east-1")],
                "",
                TWO_KEYS,
            ),
            &[name],
        );
    }
    assert_eq!(proxy(&both, None).url.as_deref(), Some("http://u:w@q:2"));
    assert_eq!(proxy(&both, None).none_for, ".x.org");
    assert_eq!(
        proxy(&both, Some("http://h:1")).url.as_deref(),
        Some("http://p:1")
    );
    assert_eq!(proxy(&both, Some("http://a.x.org:1/")).url, None);
    assert_eq!(proxy(&both, Some("https://y:8")).url, None);
    assert!(proxy(&both, Some("https://y:9")).url.is_some());
    assert_eq!(
        proxy(&[both[1], ("NO_PROXY", "*")], None),
        EndpointProxy::default()
    );
    assert_eq!(
        proxy(&[both[1], ("https_proxy", "")], None),
        EndpointProxy::default()
    );
    let wrong = said(of(
        &[("HTTPS_PROXY", "socks5://u:secret@h:1")],
        "",
        TWO_KEYS,
    ));
    assert!(
        wrong.contains("HTTPS_PROXY") && !wrong.contains("secret"),
        "{wrong}"
    );
    refused(
        of(&both, "[default]\nproxy_client_cert=/x\n", TWO_KEYS),
        &["proxy_client_cert", "config:2"],
    );
}

#[test]
fn of_a_variable_that_is_there_twice_the_first_counts() {
    let twice = [
        ("AWS_PROFILE", "a"),
        ("AWS_PROFILE", "b"),
        ("HOME", "/u"),
        ("HOME", "/v"),
    ];
    assert_eq!(said(of(&twice, TWO, TWO_KEYS)), "A@eu-west-2");
    let paths = Paths::of(&Environment::new(twice)).expect("paths");
    assert_eq!(paths.config, "/u/.aws/config");
    let empty = [("AWS_REGION", ""), ("AWS_REGION", "us-east-1")];
    refused(of(&empty, TWO, TWO_KEYS), &["AWS_REGION", "empty"]);
}

#[cfg(unix)]
#[test]
fn what_is_not_utf8_is_refused_where_it_counts() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
    let odd = || OsString::from_vec(b"\xff".to_vec());
    let environment = |name: &str| Environment::new([(OsString::from(name), odd())]);
    for name in ["AWS_PROFILE", "AWS_ANY", "HTTPS_PROXY", "no_proxy"] {
        let wrong = environment(name).problems();
        assert_eq!(
            wrong,
            [format!("{name} is not UTF-8; correct it, or unset it")]
        );
    }
    assert_eq!(environment("HOME").problems(), Vec::<Problem>::new());
    // Once for both files; and what is there twice is not the second.
    let said = ["HOME is not UTF-8; correct it, or unset it".to_owned()];
    assert_eq!(Paths::of(&environment("HOME")), Err(said.to_vec()));
    let twice = Environment::new([("HOME", odd()), ("HOME", "/u".into())]);
    assert_eq!(Paths::of(&twice), Err(said.to_vec()));
    let known = || Environment::default().or_home(|| Some(odd()));
    assert_eq!(Paths::of(&known()), Err(said.to_vec()));
    let without = Paths::of(&Environment::default().or_home(|| None)).expect("paths");
    assert_eq!(without.config, "");
    let empty = Environment::new([("HOME", "")]).or_home(|| Some("/u".into()));
    assert_eq!(Paths::of(&empty).expect("paths").config, "/.aws/config");
}

#[test]
fn everybodys_mistakes_are_refused_and_one_profiles_are_its_targets() {
    let environment = Environment::new([("AWS_REGION", "us-east-1")]);
    let files = files("[profile a]\nendpoint_url=x\n[profile b]\n", TWO_KEYS).expect("files");
    let wanted = |profile: &str| OwnSettings {
        name: profile.to_owned(),
        region: None,
        profile: Some(profile.to_owned()),
    };
    let targets = [wanted("a"), wanted("b"), wanted("c")];
    let all =
        |environment| super::effective_settings(environment, &files, &Flags::default(), &targets);
    let found: Vec<_> = all(&environment)
        .expect("settings")
        .iter()
        .map(Result::is_ok)
        .collect();
    assert_eq!(found, [false, true, false]);
    let empty = Environment::new([
        ("AWS_REGION", ""),
        ("AWS_ENDPOINT_URL", "x"),
        ("AWS_CA_BUNDLE", ""),
    ]);
    assert_eq!(all(&empty).expect_err("refused").len(), 3);
}

#[test]
fn no_secret_is_shown() {
    let settings = of(
        &[],
        "",
        "[default]\naws_access_key_id=AKIAXXXX1234\naws_secret_access_key=hidden\naws_session_token=hidden\n",
    );
    let settings = settings.expect("settings");
    assert!(!format!("{settings:?}").contains("hidden"));
    assert_eq!(settings.source.value.describe(), "keys …1234");
}
