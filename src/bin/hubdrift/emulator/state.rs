//! Turns the text of a state file into what the emulator serves: a snapshot, the access
//! keys and roles, the limits, and what goes wrong.
//!
//! It opens no file and knows nothing of HTTP.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context as _, bail};
use hubdrift::model::partition;
use hubdrift::observed::{
    ParseError,
    snapshot::{self, Target},
};
use serde::Deserialize;

use super::faults::Fault;
use super::limits::Bucket;
use super::listing::MAX_PAGE;
use super::principals::{Keys, Principal};
use super::roles::{Role, WebIdentity};
use super::served::ServedTarget;
use super::sessions::Sessions;
use super::settings::{Settings, accounts, problems};

/// Everything the emulator serves.
#[derive(Debug)]
pub struct State {
    targets: Vec<ServedTarget>,
    /// Where in `targets` an account has which region.
    places: HashMap<String, HashMap<String, usize>>,
    regions: HashSet<String>,
    keys: Keys,
    roles: HashMap<String, Role>,
    web_identities: HashMap<String, WebIdentity>,
    sessions: Sessions,
    sts_buckets: HashMap<String, Bucket>,
    page_size: usize,
    latency: Duration,
    faults: Vec<Fault>,
}

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
        let buckets = |limit| {
            let accounts = accounts(&snapshot.targets, &settings).into_iter();
            accounts
                .map(|it| (it.to_owned(), Bucket::new(limit)))
                .collect()
        };
        let sts_buckets = settings.sts_limits.map(buckets).unwrap_or_default();
        let keys = match settings.credentials {
            Some(known) => Keys::known(known),
            None => Keys::any(
                snapshot
                    .targets
                    .first()
                    .map(|target| target.account.clone())
                    .with_context(|| format!("{name}: no targets"))?,
            ),
        };
        let limits = settings.limits.as_ref();
        let targets: Vec<ServedTarget> = snapshot
            .targets
            .into_iter()
            .map(|target| {
                let limit = limits.and_then(|it| it.of(&target.account, &target.region));
                ServedTarget::new(target.into_owned(), limit.map(Bucket::new))
            })
            .collect();
        let mut places: HashMap<String, HashMap<String, usize>> = HashMap::new();
        for (index, ServedTarget { target, .. }) in targets.iter().enumerate() {
            let regions = places.entry(target.account.clone()).or_default();
            regions.insert(target.region.clone(), index);
        }
        let regions = targets.iter().map(|it| it.target.region.clone()).collect();
        let roles = settings.roles.into_iter();
        let web_identities = settings.web_identity.into_iter();
        Ok(Self {
            targets,
            places,
            regions,
            keys,
            roles: roles.map(|it| (it.arn.arn.clone(), it)).collect(),
            web_identities: web_identities.map(|it| (it.arn.arn.clone(), it)).collect(),
            sessions: Sessions::default(),
            sts_buckets,
            page_size: settings.page_size.unwrap_or(MAX_PAGE),
            latency: Duration::from_millis(settings.latency_ms),
            faults: settings.faults,
        })
    }

    /// The targets that are served.
    pub fn targets(&self) -> impl Iterator<Item = &Target<'static>> {
        self.targets.iter().map(|served| &served.target)
    }

    /// An access key that is good here, to be shown to whoever wants to try: id and secret.
    pub fn example_key(&self) -> (&str, &str) {
        match &self.keys {
            Keys::Any(_) => ("EMULATOR", "emulator"),
            Keys::Known { first, .. } => (&first.0, &first.1),
        }
    }

    /// Which access keys are good.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The sessions that `AssumeRole` began.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The role with this ARN.
    pub fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.get(arn)
    }

    /// The role with this ARN, for those who bring a token.
    pub fn web_identity(&self, arn: &str) -> Option<&WebIdentity> {
        self.web_identities.get(arn)
    }

    /// Who a caller is; `region` is where the caller asks.
    pub fn arn<'a>(&'a self, caller: &'a Principal, region: &str) -> Cow<'a, str> {
        let account = &caller.account;
        // What a snapshot recorded is said again, so that "wrong account" can be replayed.
        let here = self.target(account, region).map(|it| &it.target);
        let recorded = || {
            let mut all = here.into_iter().chain(self.targets());
            all.find_map(|it| it.caller_arn.as_ref().filter(|_| it.account == *account))
        };
        match caller.arn.as_ref().or_else(recorded) {
            Some(arn) => Cow::Borrowed(arn),
            None => Cow::Owned(format!(
                "arn:{}:sts::{account}:assumed-role/emulator/hubdrift",
                partition(region).unwrap_or("aws")
            )),
        }
    }

    /// Whether any target is in this region.
    pub fn mentions(&self, region: &str) -> bool {
        self.regions.contains(region)
    }

    /// The target an account has in a region.
    pub fn target(&self, account: &str, region: &str) -> Option<&ServedTarget> {
        self.targets.get(*self.places.get(account)?.get(region)?)
    }

    /// How much an account may still ask of STS, where that is limited.
    pub fn sts_bucket(&self, account: &str) -> Option<&Bucket> {
        self.sts_buckets.get(account)
    }

    /// How long every answer takes, at least.
    pub fn latency(&self) -> Duration {
        self.latency
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

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "111111111111";
    const TWO: &str = "222222222222";
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
                ONE,
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
            .target(ONE, "us-east-1")
            .unwrap()
            .entries
            .iter()
            .map(|it| it.summary.get())
            .collect();
        assert_eq!(
            listed,
            [
                format!(
                    r#"{{"ConnectorId":"{ID}","Name":"n","ProviderSummary":{{"ProviderName":"AcmeDesk","ConnectorStatus":"NEW","ProviderConfiguration":{{"AcmeDesk":{{"A":1}}}}}}}}"#
                ),
                format!(
                    r#"{{"ConnectorArn":"arn:aws:securityhub:us-east-1:111111111111:connectorv2/{0}","ConnectorId":"{0}","ProviderSummary":{{}}}}"#,
                    ID.replace('a', "b")
                ),
            ]
        );
    }

    #[test]
    fn any_key_is_good_for_a_single_account_only() {
        let state = State::parse("s.json", &file(&target(ONE, ""), "{}")).unwrap();
        assert_eq!(state.example_key(), ("EMULATOR", "emulator"));
        assert!(matches!(state.keys(), Keys::Any(anyone) if anyone.account == ONE));
        assert_eq!(
            refusal(&file(
                &format!("{},{}", target(ONE, ""), target(TWO, "")),
                "{}"
            )),
            "s.json: the targets have 2 accounts: emulator.credentials must say which access key is whose"
        );
        let known = r#"{"credentials":[{"access_key_id":"B","secret_access_key":"s","account":"222222222222","caller_arn":"arn:x"}]}"#;
        let state = State::parse("s.json", &file(&target(TWO, ""), known)).unwrap();
        let Keys::Known { by_id, .. } = state.keys() else {
            panic!("any key is good");
        };
        assert_eq!(state.arn(&by_id["B"], "us-east-1"), "arn:x");
        assert_eq!(state.example_key(), ("B", "s"));
    }

    #[test]
    fn what_does_not_fit_together_is_said_at_once() {
        let one = format!(r#"{{"connector_id":"{ID}","missing":true}}"#);
        let twice = format!("{one},{one}");
        let text = file(
            &format!("{},{}", target(ONE, &twice), target(ONE, "")),
            r#"{"page_size":0,"credentials":[]}"#,
        );
        let said = refusal(&text);
        for part in [
            &format!("s.json: target `t{ONE}`: connector `{ID}` is there twice"),
            &format!("s.json: target `t{ONE}`: {ONE} in us-east-1 is there twice"),
            "s.json: emulator.credentials is empty",
            "s.json: emulator.page_size is not between 1 and 100",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn unknown_settings_are_refused_with_their_place() {
        let text = file(&target(ONE, ""), "{\n  \"pagesize\": 2}");
        assert_eq!(
            refusal(&text),
            "s.json:2:12: unknown field `pagesize`, expected one of `credentials`, `roles`, `web_identity`, `limits`, `sts_limits`, `latency_ms`, `page_size`, `faults`"
        );
        assert_eq!(refusal("{"), "s.json:1:1: EOF while parsing an object");
    }
}
