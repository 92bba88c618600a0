//! Identifiers: connector ids and Amazon Resource Names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::region::is_account;

/// The id of a connector: a lowercase UUID.
///
/// Validated when made, because it becomes part of a request's path, in which the SDK escapes
/// neither `/` nor `.`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectorId([u8; 36]);

/// Why a text is not a connector id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a connector id: a lowercase UUID is expected, like 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"
)]
pub struct ConnectorIdError(String);

impl ConnectorId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII comes in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectorId").field(&self.as_str()).finish()
    }
}

/// Whether `text` has the form of a UUID, in either case.
fn has_uuid_form(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

impl FromStr for ConnectorId {
    type Err = ConnectorIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match <[u8; 36]>::try_from(text.as_bytes()) {
            Ok(bytes) if has_uuid_form(text) && !bytes.iter().any(u8::is_ascii_uppercase) => {
                Ok(Self(bytes))
            }
            _ => Err(ConnectorIdError(text.chars().take(80).collect())),
        }
    }
}

impl TryFrom<String> for ConnectorId {
    type Error = ConnectorIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ConnectorId> for String {
    fn from(id: ConnectorId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An Amazon Resource Name, taken apart:
/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// `securityhub`, `kms`, `iam`, …
    pub service: String,
    /// The region; empty for global services.
    pub region: String,
    /// The account's twelve digits; empty where the service has none.
    pub account: String,
    /// Everything after the fifth colon, colons and slashes included.
    pub resource: String,
}

/// Why a text is not the ARN that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Not of the form of an ARN.
    #[error("`{0}` is not an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE is expected")]
    Form(String),
    /// An ARN whose account is not twelve digits.
    #[error("`{0}` is not an account id: twelve digits are expected")]
    Account(String),
    /// An ARN, but of something else than a connector.
    #[error(
        "`{0}` is not a connector's ARN: arn:PARTITION:securityhub:REGION:ACCOUNT:connectorv2/UUID is expected"
    )]
    NotAConnector(String),
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || ArnError::Form(text.chars().take(200).collect());
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().map(str::to_owned).ok_or_else(form);
        let (scheme, partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if scheme != "arn"
            || !partition.starts_with("aws")
            || service.is_empty()
            || resource.is_empty()
            || text.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return Err(form());
        }
        if !(account.is_empty() || account == "aws" || is_account(&account)) {
            return Err(ArnError::Account(account.chars().take(80).collect()));
        }
        Ok(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The ARN of a connector, with the id that is its last part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorArn {
    /// The whole ARN.
    pub arn: Arn,
    /// The connector's id.
    pub id: ConnectorId,
}

impl FromStr for ConnectorArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let arn: Arn = text.parse()?;
        let id = arn
            .resource
            .strip_prefix("connectorv2/")
            .and_then(|id| id.parse().ok())
            .filter(|_| {
                arn.service == "securityhub" && !arn.region.is_empty() && !arn.account.is_empty()
            });
        match id {
            Some(id) => Ok(Self { arn, id }),
            None => Err(ArnError::NotAConnector(text.chars().take(200).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

    #[test]
    fn a_connector_id_is_a_lowercase_uuid_and_nothing_else() {
        assert!(ID.parse::<ConnectorId>().is_ok());
        for bad in [
            "",
            "..",
            "../tags",
            "1a2b3c4d",
            "1A2B3C4D-0000-4000-8000-5E6F7A8B9C0D",
            "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0/",
            "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d ",
            "1a2b3c4d00000-4000-8000-5e6f7a8b9c0d",
        ] {
            assert!(bad.parse::<ConnectorId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_arn_is_taken_apart_and_put_together_again() {
        let text =
            format!("arn:aws-us-gov:securityhub:us-gov-west-1:111122223333:connectorv2/{ID}");
        let parsed: ConnectorArn = text.parse().expect("a connector's ARN");
        assert_eq!(parsed.id.as_str(), ID);
        assert_eq!(parsed.arn.partition, "aws-us-gov");
        assert_eq!(parsed.arn.to_string(), text);
    }

    #[test]
    fn what_is_no_connector_arn_says_why() {
        let message = |text: &str| text.parse::<ConnectorArn>().expect_err(text).to_string();
        assert!(message("jira").contains("is not an ARN"));
        assert!(message("arn:aws:securityhub:us-east-1:1:connectorv2/x").contains("twelve digits"));
        assert!(
            message("arn:aws:kms:us-east-1:111122223333:key/x").contains("not a connector's ARN")
        );
        assert!(
            message(&format!("arn:aws:securityhub:us-east-1::connectorv2/{ID}"))
                .contains("not a connector's")
        );
    }
}
