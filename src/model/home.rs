//! The account and region of a target, with which the ARNs in its answers are compared.

use std::collections::HashMap;

use super::{
    arn::{Arn, ConnectorArn, ConnectorId},
    region::partition,
    unread::{Unread, UnreadReason},
};

/// Where the connectors of a target are, as far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Home<'a> {
    /// The account.
    pub account: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
}

impl Home<'_> {
    /// Why an answer about the connector `id` that bears the ARN `text` is not this target's, if it
    /// isn't. All that is observed, replayed or listed is checked by this.
    pub fn refuses(self, text: &str, id: &ConnectorId) -> Option<Unread> {
        let unread = |kind, message| Some(Unread::new(kind, message));
        let ConnectorArn { arn, id: its } = match text.parse() {
            Ok(arn) => arn,
            Err(error) => {
                let message = format!("the answer's ARN: {error}");
                return unread(UnreadReason::MalformedResponse, message);
            }
        };
        if its != *id {
            let message = format!("the answer's ARN is that of another connector: {its}");
            return unread(UnreadReason::MalformedResponse, message);
        }
        if let Some(account) = self.account
            && arn.account != account
        {
            let message = format!(
                "the answer's ARN is of account {}, but the target is account {account}",
                arn.account
            );
            return unread(UnreadReason::WrongAccount, message);
        }
        let region = self.region?;
        if arn.region != region {
            let message = format!(
                "the answer's ARN is of {}, but the target is in {region}",
                arn.region
            );
            return unread(UnreadReason::WrongRegion, message);
        }
        let partition = partition(region).filter(|it| *it != arn.partition)?;
        let message = format!(
            "the answer's ARN is of the partition {}, but {region} is in {partition}",
            arn.partition
        );
        unread(UnreadReason::WrongRegion, message)
    }

    /// Why the caller with the ARN `text` can't have read anything here, if it can't. STS gives the
    /// account and the ARN in one answer, and one that contradicts itself is refused.
    pub fn refuses_caller(self, text: &str) -> Option<Unread> {
        let malformed = |message| Some(Unread::new(UnreadReason::MalformedResponse, message));
        let arn: Arn = match text.parse() {
            Ok(arn) => arn,
            Err(error) => return malformed(format!("the caller's ARN: {error}")),
        };
        if let Some(account) = self.account
            && arn.account != account
        {
            return malformed(format!(
                "the caller is {text}, which is not of account {account}"
            ));
        }
        let region = self.region?;
        let partition = partition(region).filter(|it| *it != arn.partition)?;
        malformed(format!(
            "the caller is {text}, but {region} is in the partition {partition}"
        ))
    }
}

/// For each account and region the index of an earlier one that is the same, if there is one. Two
/// of which one part isn't known are not the same.
pub fn same_places<'a>(
    places: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Vec<Option<usize>> {
    let mut first = HashMap::new();
    let earlier = |(index, (account, region))| {
        let place: (&str, &str) = Option::zip(account, region)?;
        let first = *first.entry(place).or_insert(index);
        (first != index).then_some(first)
    };
    places.into_iter().enumerate().map(earlier).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";

    fn refused(home: Home<'_>, text: &str) -> Option<(&'static str, String)> {
        let id = ID.parse().expect("an id");
        let why = home.refuses(text, &id)?;
        Some((why.kind.as_str(), why.message))
    }

    #[test]
    fn an_arn_is_of_here_or_says_whose_it_is() {
        let home = Home {
            account: Some("111122223333"),
            region: Some("us-gov-west-1"),
        };
        let arn = |partition: &str, region: &str, account: &str| {
            format!("arn:{partition}:securityhub:{region}:{account}:connectorv2/{ID}")
        };
        let kind = |text: &str| refused(home, text).map(|(kind, _)| kind);
        let own = arn("aws-us-gov", "us-gov-west-1", "111122223333");
        assert_eq!(kind(&own), None);
        for (other, expected) in [
            (own.replace("-west-", "-east-"), "wrong_region"),
            (own.replace("aws-us-gov", "aws"), "wrong_region"),
            (own.replace("1111", "9999"), "wrong_account"),
            (own.replace("1a2b", "ffff"), "malformed_response"),
            (own.replace("1a2b", "1A2B"), "malformed_response"),
            (own.replace("arn:", ""), "malformed_response"),
            (String::new(), "malformed_response"),
        ] {
            assert_eq!(kind(&other), Some(expected), "{other}");
        }
        let (_, message) = refused(home, &own.replace("aws-us-gov", "aws")).expect("refused");
        assert_eq!(
            message,
            "the answer's ARN is of the partition aws, but us-gov-west-1 is in aws-us-gov"
        );
        // What isn't known isn't compared; that it is a connector's ARN is.
        assert_eq!(refused(Home::default(), &own), None);
        assert!(refused(Home::default(), &arn("aws", "", "")).is_some());
    }

    #[test]
    fn a_caller_is_of_the_account_and_partition() {
        let home = Home {
            account: Some("111122223333"),
            region: Some("cn-north-1"),
        };
        let kind = |home: Home<'_>, text: &str| home.refuses_caller(text).map(|it| it.kind);
        let malformed = Some(UnreadReason::MalformedResponse);
        let own = "arn:aws-cn:sts::111122223333:assumed-role/x/y";
        assert_eq!(kind(home, own), None);
        for other in [
            own.replace("1111", "9999"),
            own.replace("111122223333", ""),
            own.replace("aws-cn", "aws"),
            own.replace("arn:", ""),
            String::new(),
        ] {
            assert_eq!(kind(home, &other), malformed, "{other}");
        }
        // What isn't known isn't compared.
        assert_eq!(kind(Home::default(), own), None);
        assert_eq!(kind(Home::default(), ""), malformed);
    }
}
