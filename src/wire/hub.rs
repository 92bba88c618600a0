//! What AWS says where Security Hub is not enabled, and nothing else that sounds like it.

use crate::model::is_account;

/// The message of the conflict, to which AWS may add whose hub it is.
const OFF: &str = "Security Hub V2 is not enabled";

/// Whether the message of a `ConflictException` is what AWS says where Security Hub is not enabled.
pub fn says_hub_is_off(message: &str) -> bool {
    names(message).is_some()
}

/// Whether what was noted of an error says that Security Hub is not enabled in this account, if that
/// is known: with the error's name in front of its message, and how often it was tried behind it.
pub fn hub_is_off(noted: &str, account: Option<&str>) -> bool {
    let Some((_, message)) = noted.rsplit_once("ConflictException: ") else {
        return false;
    };
    let message = message.split(" (").next().unwrap_or_default();
    match (names(message), account) {
        (Some(""), _) => true,
        (Some(named), Some(account)) => named == account,
        (said, None) => said.is_some(),
        (None, _) => false,
    }
}

/// The account that the message names, empty where it names none; `None` when it is another message.
fn names(message: &str) -> Option<&str> {
    let rest = message.strip_prefix(OFF)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix(" for ").filter(|it| is_account(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_is_off_where_aws_says_so_of_this_account() {
        let own = Some("111122223333");
        let off = |noted: &str| hub_is_off(noted, own);
        for noted in [
            "ConflictException: Security Hub V2 is not enabled",
            "ConflictException: Security Hub V2 is not enabled for 111122223333",
            "page 1 of the listing: ConflictException: Security Hub V2 is not enabled (after 2 attempts)",
        ] {
            assert!(off(noted), "{noted}");
        }
        for noted in [
            "",
            "Security Hub V2 is not enabled",
            "ConflictException: AWS Config is not enabled",
            "ConflictException: Security Hub V2 is not enabled for 999988887777",
            "ConflictException: Security Hub V2 is not enabled for you",
        ] {
            assert!(!off(noted), "{noted}");
        }
        let other = "ConflictException: Security Hub V2 is not enabled for 999988887777";
        assert!(hub_is_off(other, None), "nobody knows whose it is");
    }
}
