//! "Did you mean": the nearest known name to one that is not known.

/// `: did you mean …?` for the nearest of `known`, or nothing when none is near.
pub(super) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The known name that is nearest to `name`, if one is near.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distance = |known: &str| {
        let known = known.to_lowercase();
        // Who writes `JIRA` means `JIRA_CLOUD`, however long the rest is.
        if name.len() >= 3 && known.starts_with(&name) {
            1
        } else {
            strsim::damerau_levenshtein(&name, &known)
        }
    };
    known
        .map(|known| (distance(known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.chars().count().max(3) / 3 + 1)
        .map(|(_, known)| known)
}
