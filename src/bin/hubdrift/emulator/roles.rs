//! Turns the roles of a state file, and a caller, into whether that caller may assume one.
//!
//! It knows trust, and nothing of forms, keys or signatures.

use serde::Deserialize;

/// A role's ARN, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RoleArn {
    /// All of it.
    pub arn: String,
    /// Whose role it is.
    pub account: String,
    partition: String,
    /// Without the path.
    name: String,
}

impl RoleArn {
    /// Reads `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let &["arn", partition, "iam", "", account, resource] = &parts[..] else {
            return None;
        };
        let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
        (!account.is_empty() && !name.is_empty()).then(|| Self {
            arn: arn.to_owned(),
            account: account.to_owned(),
            partition: partition.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Who the caller is in a session of the role.
    pub fn session_arn(&self, session: &str) -> String {
        let Self {
            partition,
            account,
            name,
            ..
        } = self;
        format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
    }
}

impl TryFrom<String> for RoleArn {
    type Error = String;

    fn try_from(arn: String) -> Result<Self, String> {
        Self::parse(&arn).ok_or_else(|| format!("`{arn}` is no ARN of a role"))
    }
}

/// A role, as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Which.
    #[serde(rename = "role_arn")]
    pub arn: RoleArn,
    /// The accounts, users and roles that may assume it.
    trusts: Vec<Trust>,
    /// The external id that they have to send; nothing: it is not checked.
    external_id: Option<String>,
    /// The longest session that may be asked for.
    #[serde(default = "an_hour")]
    pub max_session_seconds: u32,
    /// How long a session lasts instead of what is asked for, so that one can expire in a test.
    pub session_seconds: Option<u32>,
}

fn an_hour() -> u32 {
    3600
}

/// A role that is assumed with a web identity token, as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebIdentity {
    /// Which.
    #[serde(rename = "role_arn")]
    pub arn: RoleArn,
    /// The token that has to be sent.
    pub token: String,
}

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Trust {
    Anyone,
    Account(String),
    Arn(String),
}

impl TryFrom<String> for Trust {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Anyone);
        }
        if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
            return Ok(Self::Account(text));
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            // How IAM writes an account.
            ["arn", _, "iam", "", account, "root"] => Ok(Self::Account(account.to_owned())),
            ["arn", _, "iam" | "sts", "", _, _] => Ok(Self::Arn(text)),
            _ => Err(format!(
                "`{text}` is no account, no ARN of a user or role, and not `*`"
            )),
        }
    }
}

impl Role {
    /// Whether a caller is trusted, and sends the external id.
    pub fn admits(&self, account: &str, arn: &str, external_id: Option<&str>) -> bool {
        let trusted = self.trusts.iter().any(|it| it.covers(account, arn));
        let agreed = self.external_id.is_none() || self.external_id.as_deref() == external_id;
        trusted && agreed
    }

    /// How long a session lasts, in seconds, when this is asked for.
    pub fn lasts(&self, asked: u32) -> u32 {
        self.session_seconds.unwrap_or(asked)
    }
}

impl Trust {
    fn covers(&self, account: &str, arn: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::Account(trusted) => trusted == account,
            // To trust a role is to trust all its sessions.
            Self::Arn(trusted) => {
                let sessions = RoleArn::parse(trusted).map(|it| it.session_arn(""));
                trusted == arn || sessions.is_some_and(|it| arn.starts_with(&it))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "arn:aws:iam::111122223333:user/ci";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/audit/ci";

    fn admits(role: &str, arn: &str, external_id: Option<&str>) -> bool {
        let text = format!(r#"{{"role_arn":"arn:aws:iam::2:role/p/x",{role}}}"#);
        let role: Role = serde_json::from_str(&text).unwrap();
        role.admits("111122223333", arn, external_id)
    }

    #[test]
    fn a_session_has_an_arn_without_the_path() {
        let role = RoleArn::parse("arn:aws-cn:iam::222233334444:role/a/b/x").unwrap();
        assert_eq!(role.account, "222233334444");
        assert_eq!(
            role.session_arn("s"),
            "arn:aws-cn:sts::222233334444:assumed-role/x/s"
        );
        for other in [
            "x",
            "arn:aws:iam::1:user/x",
            "arn:aws:iam:us-east-1:1:role/x",
            "arn:aws:iam:::role/x",
            "arn:aws:iam::1:role/",
        ] {
            assert_eq!(RoleArn::parse(other), None, "{other}");
        }
    }

    #[test]
    fn trust_is_by_account_or_by_name() {
        for trusted in [
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "*",
            "arn:aws:iam::111122223333:role/path/audit",
            SESSION,
        ] {
            assert!(
                admits(&format!(r#""trusts":["9","{trusted}"]"#), SESSION, None),
                "{trusted}"
            );
        }
        for other in ["9", USER, "arn:aws:iam::111122223333:role/audi"] {
            assert!(
                !admits(&format!(r#""trusts":["{other}"]"#), SESSION, None),
                "{other}"
            );
        }
        assert!(admits(&format!(r#""trusts":["{USER}"]"#), USER, None));
        assert!(!admits(r#""trusts":[]"#, USER, None));
    }

    #[test]
    fn an_external_id_has_to_be_the_one() {
        let role = r#""trusts":["111122223333"],"external_id":"x-42""#;
        assert!(admits(role, USER, Some("x-42")));
        for wrong in [None, Some(""), Some("x-43")] {
            assert!(!admits(role, USER, wrong));
        }
        // A role without one accepts any.
        assert!(admits(r#""trusts":["111122223333"]"#, USER, Some("x")));
    }
}
