//! The `emulator` object of a state file: what stands in it, and whether that makes sense with
//! the targets beside it.
//!
//! It serves nothing.

use std::collections::BTreeSet;

use hubdrift::observed::snapshot::Target;
use serde::Deserialize;

use super::faults::Fault;
use super::limits::{Limit, Limits};
use super::listing::MAX_PAGE;
use super::principals::Credential;
use super::roles::{Role, WebIdentity};

/// What the file says beside the snapshot.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The access keys; absent: any key is good, and no signature is checked.
    pub credentials: Option<Vec<Credential>>,
    /// The roles that can be assumed.
    pub roles: Vec<Role>,
    /// The roles that can be assumed with a token.
    pub web_identity: Vec<WebIdentity>,
    /// The rate limits of Security Hub.
    pub limits: Option<Limits>,
    /// The rate limit of STS.
    pub sts_limits: Option<Limit>,
    /// How long every answer takes.
    pub latency_ms: u64,
    /// The most entries of a page.
    pub page_size: Option<usize>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// The accounts that anyone could be of.
pub fn accounts<'a>(targets: &'a [Target], settings: &'a Settings) -> BTreeSet<&'a str> {
    let credentials = settings.credentials.iter().flatten();
    let roles = settings.roles.iter().map(|it| &it.arn);
    let tokens = settings.web_identity.iter().map(|it| &it.arn);
    targets
        .iter()
        .map(|it| &it.account)
        .chain(credentials.map(|it| &it.account))
        .chain(roles.chain(tokens).map(|it| &it.account))
        .map(String::as_str)
        .collect()
}

/// Everything that is well-formed but makes no sense.
pub fn problems(targets: &[Target<'_>], settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let mut places = BTreeSet::new();
    for target in targets {
        let Target {
            name,
            account,
            region,
            ..
        } = target;
        if !places.insert((account, region)) {
            problems.push(format!(
                "target `{name}`: {account} in {region} is there twice"
            ));
        }
        let mut ids = BTreeSet::new();
        for connector in &target.connectors {
            let id = &connector.connector_id;
            if !ids.insert(id) {
                problems.push(format!("target `{name}`: connector `{id}` is there twice"));
            }
        }
    }
    let accounts: BTreeSet<&str> = targets.iter().map(|it| it.account.as_str()).collect();
    match &settings.credentials {
        None if accounts.len() > 1 => problems.push(format!(
            "the targets have {} accounts: emulator.credentials must say which access key is whose",
            accounts.len()
        )),
        Some(known) if known.is_empty() => {
            problems.push("emulator.credentials is empty: nobody could ask".to_owned());
        }
        _ => {}
    }
    let mut keys = BTreeSet::new();
    for credential in settings.credentials.iter().flatten() {
        if !keys.insert(&credential.access_key_id) {
            let id = &credential.access_key_id;
            problems.push(format!("emulator.credentials: `{id}` is there twice"));
        }
    }
    let roles = settings.roles.iter().map(|it| ("roles", &it.arn));
    let tokens = settings.web_identity.iter();
    let mut seen = BTreeSet::new();
    for (key, role) in roles.chain(tokens.map(|it| ("web_identity", &it.arn))) {
        if !seen.insert((key, &role.arn)) {
            let arn = &role.arn;
            problems.push(format!("emulator.{key}: `{arn}` is there twice"));
        }
    }
    let mut seen = BTreeSet::new();
    for (account, region) in settings.limits.iter().flat_map(Limits::places) {
        let is_target = |it: &Target| it.account == account && it.region == region;
        if !targets.iter().any(is_target) {
            problems.push(format!(
                "emulator.limits: no target is {account} in {region}"
            ));
        }
        if !seen.insert((account, region)) {
            problems.push(format!(
                "emulator.limits: {account} in {region} is there twice"
            ));
        }
    }
    if settings
        .page_size
        .is_some_and(|size| !(1..=MAX_PAGE).contains(&size))
    {
        problems.push(format!(
            "emulator.page_size is not between 1 and {MAX_PAGE}"
        ));
    }
    problems
}
