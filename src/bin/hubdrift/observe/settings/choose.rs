//! Which source credentials come from: the first that is set, in the order of AWS CLI v2. If it fails,
//! no other is tried.

use hubdrift::model::Arn;

use super::{
    connection::Metadata,
    environment::Environment,
    files::{Files, Keys, Profile, text},
    profile::Choice,
    python,
    region::checked,
    setting::{Problem, Setting},
    source::{Role, Secret, Source, Sso, Token},
};

/// What a source is chosen from.
#[derive(Debug, Clone, Copy)]
pub struct Chooser<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The two files.
    pub files: &'a Files,
    /// The metadata service.
    pub metadata: &'a Metadata,
}

type Found = Result<Option<Setting<Source>>, Problem>;

impl Chooser<'_> {
    /// The source of a profile's credentials.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn choose(self, choice: &Choice, profile: &Profile) -> Result<Setting<Source>, Problem> {
        if !choice.explicit
            && let Some(keys) = self.keys_of_environment()?
        {
            return Ok(keys);
        }
        if has_role(profile) {
            return self.role(profile, &mut vec![choice.name.clone()]);
        }
        if let Some(found) = self.of_profile(profile, choice.explicit)? {
            return Ok(found);
        }
        if self.environment.filled("AWS_CREDENTIAL_FILE").is_some() {
            return Err(
                "AWS_CREDENTIAL_FILE is not supported; write the keys to the credentials file"
                    .to_owned(),
            );
        }
        if let Some(container) = self.container()? {
            return Ok(container);
        }
        Ok(self.instance())
    }

    fn keys_of_environment(self) -> Found {
        let Some(id) = self.environment.filled("AWS_ACCESS_KEY_ID") else {
            return Ok(None);
        };
        let Some(secret) = self.environment.filled("AWS_SECRET_ACCESS_KEY") else {
            return Err(
                "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both, or neither"
                    .to_owned(),
            );
        };
        let tokens = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"];
        let token = tokens.iter().find_map(|name| self.environment.filled(name));
        let token = token.map(|it| Secret(it.to_owned()));
        let secret = Secret(secret.to_owned());
        as_source(Setting::new(id, "AWS_ACCESS_KEY_ID"), secret, token).map(Some)
    }

    /// What the profile itself has, or the environment's web identity, which counts as much.
    fn of_profile(self, profile: &Profile, without_environment: bool) -> Found {
        if let Some(token) = self.token(profile, without_environment)? {
            return Ok(Some(token));
        }
        if let Some(sso) = self.sso(profile)? {
            return Ok(Some(sso));
        }
        if let Some(keys) = keys_of(profile.shared.as_ref())? {
            return Ok(Some(keys));
        }
        if let Some(session) = profile.keys.get("login_session") {
            return Err(format!(
                "credentials of `aws login` are not supported (`login_session`: {}); give a profile `credential_process = \
                 aws configure export-credentials --profile {}`, and choose that",
                session.from, profile.name
            ));
        }
        if let Some(process) = profile.text("credential_process")? {
            let from = process.from;
            return match python::split(&process.value) {
                Ok(command) if command.first().is_some_and(|it| !it.is_empty()) => {
                    Ok(Some(Setting::new(Source::Process(command), from)))
                }
                Ok(_) => Err(format!("`credential_process` names no program ({from})")),
                Err(why) => Err(format!(
                    "`credential_process` can't be split into words: {why} ({from})"
                )),
            };
        }
        keys_of(profile.config.as_ref())
    }

    fn token(self, profile: &Profile, without_environment: bool) -> Found {
        let find = |variable: &str, key: &str| match self.environment.get(variable) {
            Some(value) if !without_environment => Ok(Some(Setting::new(value, variable))),
            _ => profile.text(key),
        };
        let in_profile = profile.keys.get("web_identity_token_file");
        let Some(file) = find("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")? else {
            return Ok(None);
        };
        if file.value.is_empty() {
            return match in_profile {
                None => Ok(None),
                Some(key) => Err(format!(
                    "AWS_WEB_IDENTITY_TOKEN_FILE is empty and hides `web_identity_token_file` ({}); unset it",
                    key.from
                )),
            };
        }
        let arn = find("AWS_ROLE_ARN", "role_arn")?.filter(|it| !it.value.is_empty());
        let Some(arn) = arn else {
            return Err(format!(
                "there is a web identity token ({}) and no role for it; set AWS_ROLE_ARN, or `role_arn` beside it",
                file.from
            ));
        };
        let session_name = find("AWS_ROLE_SESSION_NAME", "role_session_name")?;
        let token = Token {
            account: account(&arn)?,
            arn: arn.value,
            file: file.value,
            session_name: session_name.map(|it| it.value).filter(|it| !it.is_empty()),
        };
        Ok(Some(Setting::new(Source::Token(token), file.from)))
    }

    fn sso(self, profile: &Profile) -> Found {
        let named = ["sso_role_name", "sso_account_id"];
        let Some(first) = named.iter().find_map(|key| profile.keys.get(*key)) else {
            return Ok(None);
        };
        let from = first.from.clone();
        let session = profile.text("sso_session")?;
        let of_session = match &session {
            None => Keys::new(),
            Some(Setting { value, from }) => match self.files.session(value) {
                Some(keys) => keys.clone(),
                None => {
                    return Err(format!(
                        "there is no section [sso-session {value}], which `sso_session` names ({from}); add it"
                    ));
                }
            },
        };
        let mut keys = profile.keys.clone();
        for (key, set) in of_session {
            match keys.get(&key) {
                Some(own) if own.value != set.value => {
                    return Err(format!(
                        "`{key}` is one value in {} and another in {}; take one of them away",
                        own.from, set.from
                    ));
                }
                _ => _ = keys.insert(key, set),
            }
        }
        let needed = |key: &str| {
            text(&keys, key)?.ok_or_else(|| {
                format!(
                    "profile `{}` uses IAM Identity Center and has no `{key}` ({from}); add it",
                    profile.name
                )
            })
        };
        // The SDK would look for the sign-in in the current directory.
        if self.environment.home()? == Some("") {
            return Err(format!(
                "profile `{}` uses IAM Identity Center ({from}), and HOME is empty, so that it can't be known who signed in; set HOME",
                profile.name
            ));
        }
        let sso = Sso {
            profile: profile.name.clone(),
            session: session.map(|it| it.value),
            start_url: needed("sso_start_url")?.value,
            region: checked(needed("sso_region")?)?.value,
            account: needed("sso_account_id")?.value,
            role: needed("sso_role_name")?.value,
        };
        Ok(Some(Setting::new(Source::Sso(sso), from)))
    }

    /// The role of a profile, and who assumes it.
    fn role(
        self,
        profile: &Profile,
        visited: &mut Vec<String>,
    ) -> Result<Setting<Source>, Problem> {
        let name = &profile.name;
        let Some(arn) = profile.text("role_arn")? else {
            return Err(format!("profile `{name}` has no `role_arn`"));
        };
        let from = arn.from.clone();
        if let Some(serial) = profile.keys.get("mfa_serial") {
            return Err(format!(
                "`mfa_serial` ({}) needs somebody to type a code, which is not supported; use a profile with a \
                 session that is signed in, or `credential_process`",
                serial.from
            ));
        }
        let duration = match profile.text("duration_seconds")? {
            None => None,
            Some(set) => Some(set.value.parse().map_err(|_| {
                format!(
                    "`duration_seconds` is no number of seconds ({}); correct it",
                    set.from
                )
            })?),
        };
        let by = match (
            profile.text("source_profile")?,
            profile.text("credential_source")?,
        ) {
            (Some(a), Some(b)) => Err(format!(
                "profile `{name}` has `source_profile` ({}) and `credential_source` ({}); take one of them away",
                a.from, b.from
            )),
            (None, None) => Err(format!(
                "profile `{name}` has `role_arn` ({from}) and nobody to assume the role; add `source_profile` or \
                 `credential_source`"
            )),
            (None, Some(source)) => self.named(&source),
            (Some(source), None) => self.source_profile(profile, &source, visited),
        }?;
        let text = |key| Ok::<_, Problem>(profile.text(key)?.map(|it| it.value));
        let role = Role {
            account: account(&arn)?,
            arn: arn.value,
            by,
            session_name: text("role_session_name")?,
            external_id: text("external_id")?,
            duration,
        };
        Ok(Setting::new(Source::Role(Box::new(role)), from))
    }

    /// The source that `credential_source` names.
    fn named(self, source: &Setting) -> Result<Setting<Source>, Problem> {
        let from = &source.from;
        let found = match source.value.as_str() {
            "Environment" => self.keys_of_environment()?,
            "EcsContainer" => self.container()?,
            "Ec2InstanceMetadata" => Some(self.instance()).filter(|it| it.value != Source::Nothing),
            other => {
                return Err(format!(
                    "`credential_source = {other}` is unknown ({from}); it is Environment, EcsContainer or \
                     Ec2InstanceMetadata"
                ));
            }
        };
        found.ok_or_else(|| {
            format!(
                "`credential_source = {}` ({from}) gives no credentials: its variables are not set",
                source.value
            )
        })
    }

    /// The credentials of the profile that `source_profile` names.
    fn source_profile(
        self,
        of: &Profile,
        source: &Setting,
        visited: &mut Vec<String>,
    ) -> Result<Setting<Source>, Problem> {
        let Setting { value: name, from } = source;
        let Some(profile) = self.files.profile(name) else {
            return Err(format!(
                "there is no profile `{name}`, which `source_profile` names ({from}); add it, or name another"
            ));
        };
        let has_keys = ["aws_access_key_id", "aws_secret_access_key"]
            .iter()
            .any(|key| profile.keys.contains_key(*key));
        // A profile may name itself, to assume a role by keys that stand beside it.
        if visited.contains(name) && !(*name == of.name && has_keys) {
            return Err(format!(
                "`source_profile` leads back to profile `{name}` ({from}), so that nobody assumes the role; correct one of them"
            ));
        }
        visited.push(name.clone());
        if !has_keys && has_role(profile) {
            return self.role(profile, visited);
        }
        self.of_profile(profile, true)?.ok_or_else(|| {
            format!("profile `{name}`, which `source_profile` names ({from}), has no credentials; add them, or name another")
        })
    }

    fn container(self) -> Found {
        for name in [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ] {
            match self.environment.get(name) {
                None => {}
                Some("") => return Err(format!("{name} is empty; unset it")),
                Some(_) => return Ok(Some(Setting::new(Source::Container, name))),
            }
        }
        Ok(None)
    }

    fn instance(self) -> Setting<Source> {
        if self.metadata.disabled {
            Setting::new(Source::Nothing, "AWS_EC2_METADATA_DISABLED")
        } else {
            Setting::new(Source::Instance, self.metadata.endpoint.value.clone())
        }
    }
}

/// Whether the profile is a role that somebody assumes. One with a token is not assumed, but given for it.
fn has_role(profile: &Profile) -> bool {
    profile.keys.contains_key("role_arn") && !profile.keys.contains_key("web_identity_token_file")
}

/// The keys that one file has.
fn keys_of(keys: Option<&Keys>) -> Found {
    let Some(keys) = keys else {
        return Ok(None);
    };
    let Some(id) = text(keys, "aws_access_key_id")? else {
        return Ok(None);
    };
    let Some(secret) = text(keys, "aws_secret_access_key")? else {
        return Err(format!(
            "`aws_access_key_id` stands without `aws_secret_access_key` in its file ({}); write both there, or neither",
            id.from
        ));
    };
    let mut token = None;
    for key in ["aws_security_token", "aws_session_token"] {
        if token.is_none() {
            token = text(keys, key)?;
        }
    }
    let token = token.map(|it| Secret(it.value));
    as_source(id, Secret(secret.value), token).map(Some)
}

/// Keys as a source. A line break that came along from where they were copied is in no key.
fn as_source(
    id: Setting,
    secret: Secret,
    token: Option<Secret>,
) -> Result<Setting<Source>, Problem> {
    let Setting { value: id, from } = id;
    let is_token = |it: &str| it.bytes().all(|b| b.is_ascii_graphic());
    let is_good = is_token(&id)
        && token.as_ref().is_none_or(|it| is_token(&it.0))
        && !secret.0.contains(char::is_control);
    if is_good {
        Ok(Setting::new(Source::Keys { id, secret, token }, from))
    } else {
        Err(format!(
            "the key of {from}, its secret or its token has a blank, a line break or a letter in it that can't be in one; \
             copy them again"
        ))
    }
}

/// The account in a role's ARN.
fn account(arn: &Setting) -> Result<String, Problem> {
    match arn.value.parse::<Arn>() {
        Ok(parsed)
            if parsed.service == "iam"
                && parsed.resource.starts_with("role/")
                && !parsed.account.is_empty() =>
        {
            Ok(parsed.account)
        }
        _ => Err(format!(
            "`{}` ({}) is no role's ARN; it is like arn:aws:iam::111122223333:role/audit",
            arn.value.escape_debug(),
            arn.from
        )),
    }
}
