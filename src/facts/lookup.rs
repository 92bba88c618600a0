//! Finds rows of the table, and answers what follows from one for a connector.

use super::{
    enums::PROVIDER_TYPE,
    spec::{Presence, Spec},
    table::TABLE,
};
use crate::model::{Connector, Fact};

/// The row of `fact`.
pub fn spec(fact: Fact) -> &'static Spec {
    &TABLE[fact as usize]
}

/// The row whose path is `path`.
pub fn by_path(path: &str) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.path == path)
}

/// Whether the API promises `spec`'s fact for a connector of the type `provider`.
pub fn is_promised(spec: &Spec, provider: Option<&str>) -> bool {
    match spec.presence {
        Presence::Required => true,
        Presence::RequiredFor(providers) => provider.is_some_and(|p| providers.contains(&p)),
        Presence::Optional => false,
    }
}

/// Whether a connector of the type `provider` can have `spec`'s fact. What a provider that isn't
/// known can have isn't known.
pub fn can_have(spec: &Spec, provider: Option<&str>) -> bool {
    provider.is_none_or(|provider| {
        spec.providers.is_empty()
            || spec.providers.contains(&provider)
            || !PROVIDER_TYPE.knows(provider)
    })
}

/// Why this fact of a connector was not read, for a message; only where it wasn't.
pub fn why_unread(fact: Fact, connector: &Connector) -> String {
    if !spec(fact).path.starts_with("provider.") {
        return "the client that saved the answer may have dropped it".to_owned();
    }
    match connector.text(Fact::ProviderType) {
        Some(name) => format!("hubdrift doesn't know what the provider `{name}` says"),
        None => "the answer doesn't say which provider it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::spec::Expectable, *};
    use crate::model::provider::{GCP, JIRA_CLOUD};

    #[test]
    fn each_fact_has_its_own_row_and_path() {
        for (index, (spec, fact)) in TABLE.iter().zip(Fact::ALL).enumerate() {
            assert_eq!(spec.fact, *fact, "row {index}");
            assert_eq!(by_path(spec.path).map(|s| s.fact), Some(*fact));
        }
        let paths: BTreeSet<_> = TABLE.iter().map(|spec| spec.path).collect();
        assert_eq!(paths.len(), Fact::COUNT);
    }

    #[test]
    fn each_setting_of_a_provider_says_whose_it_is() {
        for spec in &TABLE {
            let is_setting = spec.path.starts_with("provider.") && spec.fact != Fact::ProviderType;
            assert_eq!(spec.providers.is_empty(), !is_setting, "{}", spec.path);
            assert!(spec.providers.iter().all(|it| PROVIDER_TYPE.knows(it)));
            if let Presence::RequiredFor(promised) = spec.presence {
                let can_have = |it: &&str| can_have(spec, Some(it));
                assert!(promised.iter().all(can_have), "{}", spec.path);
            }
        }
        let domain = spec(Fact::ProviderDomain);
        assert!(can_have(domain, Some(JIRA_CLOUD)) && can_have(domain, Some("AcmeDesk")));
        assert!(can_have(domain, None) && !can_have(domain, Some(GCP)));
    }

    #[test]
    fn a_path_has_at_most_two_parts() {
        // The getters that rules see are two levels deep; a third would need a type of its own.
        assert!(TABLE.iter().all(|spec| spec.path.matches('.').count() <= 1));
    }

    #[test]
    fn what_the_design_refuses_in_expect_is_refused() {
        for path in [
            "created_at",
            "last_updated_at",
            "health.last_checked_at",
            "health.message",
            "provider.auth_url",
        ] {
            let spec = by_path(path).expect(path);
            assert!(matches!(spec.expect, Expectable::No(_)), "{path}");
        }
    }
}
