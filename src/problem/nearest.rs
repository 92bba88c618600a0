//! A misspelt name becomes the known one that was most likely meant.

/// The name among `known` that is nearest to `name`, if any is near enough to be meant.
///
/// Case and the kind of separator don't count: `kmsKeyArn` and `kms-key-arn` are both `kms_key_arn`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long texts are no typing errors, and the distance is quadratic.
    if name.len() > 100 {
        return None;
    }
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let name = plain(name);
    known
        .into_iter()
        .filter_map(|candidate| {
            let plain = plain(candidate);
            let distance = strsim::damerau_levenshtein(&name, &plain);
            // A word that was cut short, or has something added, is nearer than its length says.
            let is_part = name.len() >= 3
                && plain.len() >= 3
                && (plain.starts_with(&name) || name.starts_with(&plain));
            let most = (plain.len().min(name.len()) / 3).max(1);
            (distance <= most || is_part).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["name", "connector_id", "kms_key_arn", "expect"];
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("kmsKeyArn", known), Some("kms_key_arn"));
        assert_eq!(nearest("expects", known), Some("expect"));
        assert_eq!(nearest("kms_key", known), Some("kms_key_arn"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"n".repeat(1000), known), None);
    }
}
