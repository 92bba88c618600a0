//! Settings, as the binary reads them: from its environment, the two files and its flags, to the emulator.
//!
//! `tests/python/test_settings.py` reads many more beside botocore.

use serde_json::json;

use crate::support::{ACCOUNT, Checked, Run, World, jira, living_in};

const OTHER: &str = "222233334444";
const KEYS: &str = "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n\
                    [audit]\naws_access_key_id = AUDIT\naws_secret_access_key = s\n";

/// Two accounts, in two regions, each with the healthy connector `alpha`, and one key for each. The
/// inventory is one target with these settings.
fn two(target: &str) -> World {
    let inventory = format!(
        "version: 1\ntargets:\n  t: {{{target}}}\nconnectors:\n  - {{id: alpha, name: alpha}}\n"
    );
    let mut world = World::new().has(jira(1, "alpha"));
    for (account, region) in [
        (ACCOUNT, "eu-west-1"),
        (OTHER, "us-east-1"),
        (OTHER, "eu-west-1"),
    ] {
        world = world
            .serves(&format!("{account}-{region}"), region)
            .target_state("account", account)
            .has(living_in(account, region, jira(1, "alpha")));
    }
    world
        .emulator(
            "credentials",
            json!([
                {"access_key_id": "DEFAULT", "secret_access_key": "s", "account": ACCOUNT},
                {"access_key_id": "AUDIT", "secret_access_key": "s", "account": OTHER},
            ]),
        )
        .file("hubdrift.yaml", &inventory)
        .file("home/.aws/credentials", KEYS)
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
}

/// Where it was read: `ACCOUNT REGION`.
fn place(checked: &Checked) -> String {
    let target = &checked.report["targets"][0];
    let text = |key: &str| target[key].as_str().unwrap_or("-").to_owned();
    format!("{} {}", text("account"), text("region"))
}

#[test]
fn the_older_variable_of_the_profile_counts() {
    let world = two("").env("AWS_REGION", "us-east-1");
    let checked = world
        .env("AWS_DEFAULT_PROFILE", "audit")
        .check(&[])
        .ends_with(0);
    assert_eq!(place(&checked), format!("{OTHER} us-east-1"));
    let checked = two("")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_PROFILE", "default")
        .env("AWS_DEFAULT_PROFILE", "audit")
        .check(&[])
        .ends_with(1);
    assert_eq!(checked.report["errors"][0]["kind"], "settings");
    let said = checked.report["errors"][0]["message"].to_string();
    assert!(
        said.contains("AWS_PROFILE") && said.contains("AWS_DEFAULT_PROFILE"),
        "{said}"
    );
}

#[test]
fn a_profile_has_its_own_region_and_no_other() {
    let config = "[default]\nregion = us-east-1\n[profile audit]\nregion = eu-west-1\n";
    let world = || two("profile: audit").file("home/.aws/config", config);
    assert_eq!(
        place(&world().check(&[]).ends_with(0)),
        format!("{OTHER} eu-west-1")
    );
    let world = world().file("home/.aws/config", "[default]\nregion = us-east-1\n");
    world
        .run(&["check"])
        .ends_with(1)
        .complains(&["no region", "`t`"]);
}

#[test]
fn an_empty_region_is_not_passed_over() {
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let world = two("").file("home/.aws/config", "[default]\nregion = us-east-1\n");
        let checked = world.env(name, "").check(&[]).ends_with(1);
        assert_eq!(checked.report["errors"][0]["kind"], "settings");
        assert!(checked.run.stderr.contains(name), "{}", checked.run.stderr);
    }
}

#[test]
fn without_roles_a_target_keeps_its_profile() {
    // There is no such role: it is left aside.
    let role = format!("role_arn: \"arn:aws:iam::{OTHER}:role/nobody\"");
    let world = || two(&format!("profile: audit, region: us-east-1, {role}"));
    let checked = world().check(&["--no-assume-role"]).ends_with(0);
    assert_eq!(place(&checked), format!("{OTHER} us-east-1"));
    world().check(&[]).ends_with(4);
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_before_anything_is_asked() {
    let checked = two("")
        .file("home/.aws/config", "[default]\nregion = us east\n")
        .env("AWS_USE_FIPS_ENDPOINT", "yes")
        .env("AWS_CA_BUNDLE", "")
        .env("HTTPS_PROXY", "socks5://me:hidden@x:1")
        .check(&[])
        .ends_with(1);
    let errors = checked.report["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 4, "{errors:#?}");
    assert!(errors.iter().all(|it| it["kind"] == "settings"));
    assert!(!checked.run.stderr.contains("hidden"));
    assert_eq!(checked.report["run"]["requests"]["sent"], 0);
}

#[test]
fn what_is_wrong_with_a_targets_own_profile_leaves_that_target_unread() {
    let inventory = "version: 1\ntargets:\n  a: {profile: audit, region: us-east-1}\n  b: {region: us-east-1}\n  \
                     c: {profile: nobody, region: us-east-1}\n\
                     connectors:\n  - {id: alpha, target: b, name: alpha}\n";
    let checked = two("")
        .file("hubdrift.yaml", inventory)
        .file(
            "home/.aws/config",
            "[profile audit]\nca_bundle = /nowhere.pem\n",
        )
        .check(&[])
        .ends_with(4);
    for (index, said) in [(0, "/nowhere.pem"), (2, "`nobody`")] {
        let reason = &checked.report["targets"][index]["reason"];
        assert_eq!(reason["kind"], "credentials");
        assert!(reason["message"].to_string().contains(said), "{reason}");
    }
    assert_eq!(checked.report["targets"][1]["status"], "read");
}

/// What STS says of a caller in this account, whoever asks.
fn identity(account: &str) -> serde_json::Value {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:sts::{account}:assumed-role/x/y</Arn><UserId>x</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    json!({"operation": "identity", "answer": {"status": 200, "content_type": "text/xml", "body": body}})
}

#[test]
fn the_account_of_a_profiles_role_and_of_a_tokens_role_is_held_to_who_answers() {
    let role = format!("arn:aws:iam::{OTHER}:role/audit");
    let config =
        format!("[profile r]\nregion = us-east-1\nrole_arn = {role}\nsource_profile = default\n");
    let world = || {
        two("")
            .file("home/.aws/config", &config)
            .file("home/token", "the token")
            .emulator("roles", json!([{"role_arn": role, "trusts": [ACCOUNT]}]))
            .emulator(
                "web_identity",
                json!([{"role_arn": role, "token": "the token"}]),
            )
    };
    let by_profile = |world: World| world.env("AWS_PROFILE", "r");
    let by_token = |world: World| {
        let token = world.path("home/token").display().to_string();
        world
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ROLE_ARN", &role)
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
    };
    for set in [&by_profile as &dyn Fn(World) -> World, &by_token] {
        let checked = set(world()).check(&[]).ends_with(0);
        assert_eq!(place(&checked), format!("{OTHER} us-east-1"));
        let checked = set(world())
            .fault(identity(ACCOUNT))
            .check(&[])
            .ends_with(4);
        assert_eq!(
            checked.report["targets"][0]["reason"]["kind"],
            "wrong_account"
        );
    }
}

#[test]
fn sts_is_asked_in_the_region_that_is_set_else_in_the_targets_own() {
    let inventory = "version: 1\ntargets:\n  a: {region: us-east-1}\n  b: {region: eu-west-1}\n\
                     connectors:\n  - {id: alpha, target: a, name: alpha}\n";
    let world = |silent: &str| {
        two("").file("hubdrift.yaml", inventory).fault(json!({
            "operation": "identity", "region": silent, "error": {"type": "AccessDenied", "status": 403},
        }))
    };
    let status = |world: World| {
        let report = world.check(&[]).report;
        ["0", "1"].map(|it| {
            report["targets"][it.parse::<usize>().expect("a number")]["status"].to_string()
        })
    };
    // The region of the other target is not asked.
    assert_eq!(status(world("us-east-1")), ["\"unread\"", "\"read\""]);
    assert_eq!(status(world("eu-west-1")), ["\"read\"", "\"unread\""]);
    let set = |silent| world(silent).env("AWS_REGION", "us-east-1");
    assert_eq!(status(set("eu-west-1")), ["\"read\"", "\"read\""]);
    assert_eq!(status(set("us-east-1")), ["\"unread\"", "\"unread\""]);
}

#[test]
fn certificates_that_are_none_are_refused() {
    for text in [
        "",
        "text",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ] {
        let world = two("")
            .env("AWS_REGION", "us-east-1")
            .file("bundle.pem", text);
        let bundle = world.path("bundle.pem").display().to_string();
        let checked = world.env("AWS_CA_BUNDLE", &bundle).check(&[]).ends_with(1);
        assert!(
            checked.run.stderr.contains("AWS_CA_BUNDLE"),
            "{}",
            checked.run.stderr
        );
    }
}

#[cfg(unix)]
#[test]
fn credentials_that_become_another_account_s_are_not_used() {
    // Each lasts so short that it is had anew for each use; after some uses they are another's.
    let mut used = usize::MAX;
    for uses in 1..20 {
        if uses > used {
            break;
        }
        let script = format!(
            "echo >>uses; key=DEFAULT; [ $(wc -l <uses) -gt {uses} ] && key=AUDIT\n\
             echo '{{\"Version\":1,\"AccessKeyId\":\"'$key'\",\"SecretAccessKey\":\"s\",\"Expiration\":\"'$(date -u -d '+1 min' +%FT%TZ)'\"}}'\n"
        );
        let world = two(&format!("account: \"{ACCOUNT}\", region: eu-west-1"))
            .file("keys.sh", &script)
            .file("home/.aws/credentials", "")
            .file(
                "home/.aws/config",
                "[default]\ncredential_process = sh keys.sh\n",
            );
        let checked = world.check(&["--concurrency", "1"]);
        used = world.read("uses").lines().count();
        if used > uses {
            let checked = checked.ends_with(4);
            assert_eq!(
                checked.unread("t/alpha"),
                "wrong_account",
                "{uses} of {used}"
            );
        } else {
            checked.ends_with(0);
            assert!(uses > 3, "they are verified, and used to list and to read");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_decides_where_the_files_are_is_not_passed_over() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let odd = OsStr::from_bytes(b"/home/\xff");
    let run = |world: &World, name: &str| {
        let mut command = world.command(&["check"]);
        command.env(name, odd);
        Run::of(command)
    };
    let run_odd = |world: World, name: &str, code| {
        let ran = run(&world, name).ends_with(code);
        if code == 1 {
            ran.complains(&[&format!("{name} is not UTF-8")]);
        }
    };
    run_odd(World::clean(), "HOME", 1);
    let of_config = |path: &str| World::clean().env("AWS_CONFIG_FILE", path);
    run_odd(of_config("/none/config"), "HOME", 1);
    run_odd(of_config("$DIR/config"), "DIR", 1);
    run_odd(of_config("${DIR}/config"), "DIR", 1);
    let of_credentials = |path: &str| World::clean().env("AWS_SHARED_CREDENTIALS_FILE", path);
    run_odd(of_credentials("$DIR/credentials"), "DIR", 1);
    // It has no part in where they are.
    run_odd(World::clean(), "DIR", 0);
    let both = of_config("/none/config").env("AWS_SHARED_CREDENTIALS_FILE", "/none/credentials");
    run_odd(both, "HOME", 0);
}

#[test]
fn a_target_whose_profile_is_wrong_is_shown_with_its_region() {
    two("profile: nobody, region: eu-west-1")
        .run(&["targets"])
        .ends_with(1)
        .says(&["t unknown eu-west-1 can't be read: "]);
}

#[test]
fn a_switch_that_is_neither_says_its_source_once() {
    for (name, world) in [
        (
            "AWS_USE_FIPS_ENDPOINT",
            two("region: eu-west-1").env("AWS_USE_FIPS_ENDPOINT", "yes"),
        ),
        (
            "use_fips_endpoint",
            two("region: eu-west-1")
                .file("home/.aws/config", "[default]\nuse_fips_endpoint = yes\n"),
        ),
    ] {
        let said = world.run(&["check"]).ends_with(1).stderr;
        assert_eq!(
            said.matches("_fips_endpoint").count() + said.matches("_FIPS_ENDPOINT").count(),
            1,
            "{said}"
        );
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn who_is_not_signed_in_is_told_how() {
    let config = "[profile center]\nregion = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n\
                  sso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = audit\n\
                  [profile by]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = center\n";
    for profile in ["center", "by"] {
        let world = two("region: eu-west-1").file("home/.aws/config", config);
        let run = world.run(&["check", "--profile", profile]);
        assert_ne!(run.code, 0);
        let said = format!("{}{}", run.stdout, run.stderr);
        // The text report breaks lines.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("aws sso login --profile center"), "{said}");
    }
}
