//! Recognises the message in which AWS says that Security Hub is not enabled, and no other conflict.

use crate::model::is_account;

/// How the message begins; AWS may add ` for ` and an account.
const OFF: &str = "Security Hub V2 is not enabled";

/// Whether the message of a `ConflictException` is what AWS says where Security Hub is not enabled.
pub fn says_hub_is_off(message: &str) -> bool {
    names(message).is_some()
}

/// Whether a noted error says that Security Hub is not enabled in this account, or in any where the
/// account isn't known. A noted error has its name before the message, and may have the number of
/// attempts behind it.
pub fn hub_is_off(noted: &str, account: Option<&str>) -> bool {
    let Some((_, message)) = noted.rsplit_once("ConflictException: ") else {
        return false;
    };
    let message = message.split(" (").next().unwrap_or_default();
    match (names(message), account) {
        (Some(""), _) => true,
        (Some(named), Some(account)) => named == account,
        (named, None) => named.is_some(),
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
