//! Turns the text of a state file into what the emulator serves: a snapshot, the access
//! keys, and what goes wrong.
//!
//! It opens no file and knows nothing of HTTP.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use hubdrift::snapshot::{self, ParseError, Target};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::faults::Fault;
use super::summary::summarise;

/// Everything the emulator serves.
#[derive(Debug)]
pub struct State {
    targets: Vec<ServedTarget>,
    keys: Keys,
    page_size: usize,
    faults: Vec<Fault>,
}

/// A target, with the list that `ListConnectorsV2` reads out.
#[derive(Debug)]
pub struct ServedTarget {
    /// As the file has it.
    pub target: Target,
    /// The entries of the list.
    pub summaries: Vec<Box<RawValue>>,
    /// Whether the list has an end; if not, the page after the last entry is an error.
    pub complete: bool,
}

/// Whom an access key belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The user or role.
    pub arn: String,
}

/// Which access keys are good, and for what.
#[derive(Debug)]
enum Keys {
    /// Any, for the only account there is.
    Any { account: String },
    /// These.
    Known(Vec<Credential>),
}

/// One access key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    account: String,
    caller_arn: Option<String>,
}

/// What the file says beside the snapshot.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    credentials: Option<Vec<Credential>>,
    page_size: Option<usize>,
    faults: Vec<Fault>,
}

/// A page of the API has no more entries than this.
pub const MAX_PAGE: usize = 100;

impl State {
    /// Reads a state file. `name` is what the file is called in messages.
    ///
    /// # Errors
    /// When the text is no snapshot, the `emulator` object in it has an unknown key or a
    /// fault that cannot be (both with `name:line:column`), or what it says does not fit
    /// together (all such problems at once).
    pub fn parse(name: &str, text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(default)]
            emulator: Option<Settings>,
        }

        let at = |error: ParseError| anyhow::anyhow!("{name}:{error}");
        let mut snapshot = snapshot::parse(text).map_err(at)?;
        // A snapshot has targets that nobody reached, so that where they are is not known.
        snapshot
            .targets
            .retain(|it| !it.account.is_empty() && !it.region.is_empty());
        // A second reading of the same text: so the settings can be strict where snapshots are
        // not, and places are true.
        let envelope: Envelope =
            serde_json::from_str(text).map_err(|error| at(ParseError::from(&error)))?;
        let settings = envelope.emulator.unwrap_or_default();

        let problems = problems(&snapshot.targets, &settings);
        if !problems.is_empty() {
            bail!("{name}: {}", problems.join(&format!("\n{name}: ")));
        }
        let keys = match settings.credentials {
            Some(known) => Keys::Known(known),
            None => Keys::Any {
                account: snapshot
                    .targets
                    .first()
                    .map(|target| target.account.clone())
                    .with_context(|| format!("{name}: no targets"))?,
            },
        };
        Ok(Self {
            targets: snapshot.targets.into_iter().map(serve).collect(),
            keys,
            page_size: settings.page_size.unwrap_or(MAX_PAGE),
            faults: settings.faults,
        })
    }

    /// The targets that are served.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().map(|served| &served.target)
    }

    /// An access key that is good here, to be shown to whoever wants to try: id and secret.
    pub fn example_key(&self) -> (&str, &str) {
        match &self.keys {
            Keys::Any { .. } => ("EMULATOR", "emulator"),
            Keys::Known(known) => known
                .first()
                .map_or(("", ""), |it| (&it.access_key_id, &it.secret_access_key)),
        }
    }

    /// Whom an access key belongs to; `region` is where the caller asks.
    pub fn caller(&self, access_key_id: &str, region: &str) -> Option<Caller> {
        let (account, arn) = match &self.keys {
            Keys::Any { account } => (account, None),
            Keys::Known(known) => {
                let credential = known.iter().find(|it| it.access_key_id == access_key_id)?;
                (&credential.account, credential.caller_arn.as_ref())
            }
        };
        // What a snapshot recorded is said again, so that "wrong account" can be replayed.
        let recorded = || {
            let mut of_account: Vec<&Target> = self
                .targets()
                .filter(|target| target.account == *account && target.caller_arn.is_some())
                .collect();
            of_account.sort_by_key(|target| target.region != region);
            of_account.first()?.caller_arn.as_ref()
        };
        let arn = arn
            .or_else(recorded)
            .cloned()
            .unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/emulator/hubdrift"));
        Some(Caller {
            account: account.clone(),
            arn,
        })
    }

    /// Whether any target is in this region.
    pub fn mentions(&self, region: &str) -> bool {
        self.targets().any(|target| target.region == region)
    }

    /// The target an account has in a region.
    pub fn target(&self, account: &str, region: &str) -> Option<&ServedTarget> {
        self.targets
            .iter()
            .find(|it| it.target.account == account && it.target.region == region)
    }

    /// The most entries of a page.
    pub fn page_size(&self) -> usize {
        self.page_size
    }

    /// What goes wrong, in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

/// Whether this is the form of a connector's id.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Everything that is well-formed but makes no sense.
fn problems(targets: &[Target], settings: &Settings) -> Vec<String> {
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
            if !is_uuid(id) {
                problems.push(format!(
                    "target `{name}`: connector_id `{id}` is not a lowercase UUID"
                ));
            }
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

fn serve(mut target: Target) -> ServedTarget {
    let (summaries, complete) = match target.listing.take() {
        Some(listing) => (listing.summaries, listing.complete),
        None => (
            target
                .connectors
                .iter()
                .filter_map(|it| summarise(&target, it))
                .collect(),
            true,
        ),
    };
    ServedTarget {
        target,
        summaries,
        complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-00000000000a";

    fn file(targets: &str, emulator: &str) -> String {
        format!(r#"{{"schema":"hubdrift.snapshot/1","targets":[{targets}],"emulator":{emulator}}}"#)
    }

    fn target(account: &str, connectors: &str) -> String {
        format!(
            r#"{{"name":"t{account}","account":"{account}","region":"us-east-1","connectors":[{connectors}]}}"#
        )
    }

    fn refusal(text: &str) -> String {
        State::parse("s.json", text).unwrap_err().to_string()
    }

    #[test]
    fn a_summary_has_what_the_body_has() {
        let body = r#"{"ConnectorId":"x","Name":"n","Health":{"ConnectorStatus":"NEW"},"KmsKeyArn":"k","ProviderDetail":{"AcmeDesk":{"A":1}}}"#;
        let text = file(
            &target(
                "1",
                &format!(
                    r#"{{"connector_id":"{ID}","body":{body}}},
                    {{"connector_id":"{}","unread":{{"kind":"timeout"}}}},
                    {{"connector_id":"{}","missing":true}}"#,
                    ID.replace('a', "b"),
                    ID.replace('a', "c")
                ),
            ),
            "null",
        );
        let state = State::parse("s.json", &text).unwrap();
        let listed: Vec<_> = state
            .target("1", "us-east-1")
            .unwrap()
            .summaries
            .iter()
            .map(|it| it.get())
            .collect();
        assert_eq!(
            listed,
            [
                format!(
                    r#"{{"ConnectorId":"{ID}","Name":"n","ProviderSummary":{{"ProviderName":"AcmeDesk","ConnectorStatus":"NEW","ProviderConfiguration":{{"AcmeDesk":{{"A":1}}}}}}}}"#
                ),
                format!(
                    r#"{{"ConnectorArn":"arn:aws:securityhub:us-east-1:1:connectorv2/{0}","ConnectorId":"{0}","ProviderSummary":{{}}}}"#,
                    ID.replace('a', "b")
                ),
            ]
        );
    }

    #[test]
    fn any_key_is_good_for_a_single_account_only() {
        let state = State::parse("s.json", &file(&target("1", ""), "{}")).unwrap();
        assert_eq!(state.caller("whoever", "us-east-1").unwrap().account, "1");
        assert_eq!(
            refusal(&file(
                &format!("{},{}", target("1", ""), target("2", "")),
                "{}"
            )),
            "s.json: the targets have 2 accounts: emulator.credentials must say which access key is whose"
        );
        let known = r#"{"credentials":[{"access_key_id":"B","secret_access_key":"s","account":"2","caller_arn":"arn:x"}]}"#;
        let state = State::parse("s.json", &file(&target("2", ""), known)).unwrap();
        assert_eq!(state.caller("A", "us-east-1"), None);
        assert_eq!(state.caller("B", "us-east-1").unwrap().arn, "arn:x");
        assert_eq!(state.example_key(), ("B", "s"));
    }

    #[test]
    fn what_does_not_fit_together_is_said_at_once() {
        let twice = r#"{"connector_id":"X","missing":true},{"connector_id":"X","missing":true}"#;
        let text = file(
            &format!("{},{}", target("1", twice), target("1", "")),
            r#"{"page_size":0,"credentials":[]}"#,
        );
        let said = refusal(&text);
        for part in [
            "s.json: target `t1`: connector_id `X` is not a lowercase UUID",
            "s.json: target `t1`: connector `X` is there twice",
            "s.json: target `t1`: 1 in us-east-1 is there twice",
            "s.json: emulator.credentials is empty",
            "s.json: emulator.page_size is not between 1 and 100",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn unknown_settings_are_refused_with_their_place() {
        let text = file(&target("1", ""), "{\n  \"pagesize\": 2}");
        assert_eq!(
            refusal(&text),
            "s.json:2:12: unknown field `pagesize`, expected one of `credentials`, `page_size`, `faults`"
        );
        assert_eq!(refusal("{"), "s.json:1:1: EOF while parsing an object");
    }

    #[test]
    fn ids_are_lowercase_uuids() {
        assert!(is_uuid(ID));
        for other in [
            "",
            "a",
            &ID.to_uppercase(),
            &ID.replace('-', "0"),
            &format!("{ID}0"),
        ] {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
