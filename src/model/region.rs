//! The forms of account ids and region names, and the partition that a region is in.

/// Whether this is the form of an account's id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}

/// Whether this is the form of a region's name: words and a number, like `us-east-1`.
pub fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase());
    parts.len() >= 2
        && parts.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|it| it.is_ascii_digit())
}

/// The partition that a region is in; `None` for a region whose name tells none that is known.
pub fn partition(region: &str) -> Option<&'static str> {
    let mut parts = region.split('-');
    Some(match (parts.next()?, parts.next()?) {
        ("cn", _) => "aws-cn",
        (_, "gov") => "aws-us-gov",
        (_, "iso") => "aws-iso",
        (_, "isob") => "aws-iso-b",
        (_, "isoe") => "aws-iso-e",
        (_, "isof") => "aws-iso-f",
        ("eusc", _) => "aws-eusc",
        ("us" | "eu" | "ap" | "sa" | "ca" | "me" | "af" | "il" | "mx", _) => "aws",
        _ => return None,
    })
}

/// The partition that a region is taken to be in: the one that its name tells, otherwise the one
/// that most regions are in.
pub fn assumed_partition(region: &str) -> &'static str {
    partition(region).unwrap_or("aws")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_s_name_tells_its_partition() {
        for (region, expected) in [
            ("us-east-1", Some("aws")),
            ("mx-central-1", Some("aws")),
            ("cn-north-1", Some("aws-cn")),
            ("us-gov-east-1", Some("aws-us-gov")),
            ("us-iso-east-1", Some("aws-iso")),
            ("us-isob-east-1", Some("aws-iso-b")),
            ("eu-isoe-west-1", Some("aws-iso-e")),
            ("us-isof-south-1", Some("aws-iso-f")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("moon-1", None),
            ("", None),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }
}
